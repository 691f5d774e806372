#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""h323dump finds H.323 on ports that nobody named, and takes nothing else for
it: RAS between any ports, H.245 without the signalling that announces it; media,
names and other protocols over TPKT are left alone."""
import glob
import os
import random
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
import forge  # noqa: E402
from lab import Skip, main  # noqa: E402

BUILD = os.path.realpath(os.environ.get("top_builddir", "."))
DUMP = os.path.join(BUILD, "h323gw", "h323dump")
ALL = sorted(glob.glob(os.path.join(HERE, "captures", "*.pcap")))
A, B = b"\n\0\0\1", b"\n\0\0\2"


def summary(path):
    r = subprocess.run([DUMP, "--summary", path], capture_output=True,
                       text=True)
    return r, [tuple(x.split("\t")[1:]) for x in r.stdout.splitlines()]


class Find:
    def __init__(self, tap, directory):
        self.tap = tap
        self.path = os.path.join(directory, "x.pcap")

    def read(self, segments):
        forge.save(self.path, forge.packets(segments), link="raw")
        return summary(self.path)


def ras_elsewhere(tap, find):
    for path in ALL:
        name = os.path.basename(path)
        segments = forge.load(path)
        _, want = summary(path)
        moved = forge.ports(segments, {1719: 5719})
        r, got = find.read(moved)
        tap.equal((sorted(got), r.stderr), (sorted(want), ""),
                  "%s: RAS on a port of its own" % name)
        # no registration, which names addresses: what is asked and answered
        moved = [s for s in moved if s.proto == forge.UDP]
        first = next(i for i, s in enumerate(moved)
                     if s.data[0] & 0xfc == 9 << 2)
        r, got = find.read(moved[first:])
        later = summary_of(find, segments, first)
        lost = [x for x in later if x not in got]
        tap.ok(("RAS", "admissionRequest") in got and len(got) > 5 and
               len(lost) <= 1 and not r.stderr,
               "%s: RAS without its beginning" % name, got, lost, r.stderr)
        # admission, disengage, unregistration: none names its protocol
        asked = [s for s in moved[first:] if s.data[0] >> 2 in (9, 15, 6)]
        r, got = find.read(asked)
        tap.equal((len(asked) > 3, got), (True, []),
                  "%s: questions alone prove nothing" % name)


def summary_of(find, segments, first):
    udp = [s for s in segments if s.proto == forge.UDP]
    return find.read(udp[first:])[1]


def datagram(data, back=False, port=4000):
    if back:
        return forge.Segment(forge.UDP, B, 5000, A, port, 0, 0, 0, data)
    return forge.Segment(forge.UDP, A, port, B, 5000, 0, 0, 0, data)


def noise(tap, find):
    rng = random.Random(1)
    octets = rng.randbytes

    def rtp(i):
        return struct.pack("!BBHII", 0x80, 8, i & 0xffff, 160 * i, 77) + \
            octets(160)

    def dns(i):
        return struct.pack("!HHHHHH", rng.randrange(65536), 0x100, 1, 0, 0,
                           0) + b"\3www\7example\3com\0\0\1\0\1"

    def stun(i):
        return struct.pack("!HHI", 1, 8, 0x2112a442) + octets(20)

    def sip(i):
        return (b"INVITE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP "
                b"10.0.0.1\r\n\r\n", b"SIP/2.0 200 OK\r\n\r\n")[i % 2]

    def short(i):
        return octets(1 + i % 12)

    def any_length(i):
        return octets(rng.randrange(1, 300))

    for make in (rtp, dns, stun, sip, short, any_length):
        r, got = find.read([datagram(make(i), i % 2 == 1, 4000 + i % 7)
                            for i in range(6000)])
        tap.equal((got, r.stderr), ([], ""),
                  "no RAS among 6000 datagrams: %s" % make.__name__)


def connection(messages, port):
    """A TCP connection, its messages by turns from either side."""
    seq, out = [100, 200], []
    for i, data in enumerate(messages):
        k = i % 2
        data = struct.pack("!BBH", 3, 0, len(data) + 4) + data
        ends = (A, port, B, 102) if k == 0 else (B, 102, A, port)
        out.append(forge.Segment(forge.TCP, *ends, seq[k], seq[1 - k],
                                 forge.ACK, data))
        seq[k] += len(data)
    return out


def others_over_tpkt(tap, find):
    rng = random.Random(2)
    octets = rng.randbytes

    def x224(code):
        rest = octets(rng.randrange(4, 40))
        return bytes([len(rest) + 1, code]) + rest

    def data(body):
        return b"\x02\xf0\x80" + body

    def rdp():
        return [bytes.fromhex("0ee000000000000100080003000000"),
                bytes.fromhex("0ed000001234000200080002000000")] + \
            [data(b"\x7f\x65" + octets(90)) for _ in range(6)]

    def mms():
        return [x224(0xe0), x224(0xd0)] + [
            data(bytes.fromhex("01000100a0") + octets(rng.randrange(1, 60)))
            for _ in range(6)]

    def nothing():
        return [octets(rng.randrange(1, 60)) for _ in range(6)]

    for make, most in ((rdp, 0), (mms, 0), (nothing, 0)):
        segments = []
        for i in range(1500):
            segments += connection(make(), 10000 + i)
        r, got = find.read(segments)
        tap.ok(len(got) <= most and not r.stderr,
               "no H.245 on 1500 connections: %s" % make.__name__, got[:9],
               r.stderr[:300])


def h245_alone(tap, find):
    for path in (p for p in ALL if "tcp" in p):
        name = os.path.basename(path)
        segments = forge.load(path)
        _, all_of_it = summary(path)
        want = sorted(x for x in all_of_it if x[0] == "H.245")
        alone = [s for s in segments if s.proto == forge.TCP and
                 1721 not in (s.sport, s.dport) and
                 1720 not in (s.sport, s.dport)]
        r, got = find.read(alone)
        tap.ok(len(want) > 20 and not r.stderr,
               "%s: there is H.245 of its own" % name, r.stderr)
        tap.equal(sorted(got), want,
                  "%s: H.245 without call signalling" % name)
        # the first message is nothing that can be read
        at = next(i for i, s in enumerate(segments) if s in alone and s.data)
        bad = segments[at]._replace(data=segments[at].data[:4] + b"\x7f" *
                                    (len(segments[at].data) - 4))
        r, got = find.read([bad if s == segments[at] else s
                            for s in segments])
        tap.ok(": H.245: " in r.stderr, "%s: what h245Address announced is "
               "H.245, though it can't be read" % name, r.stderr)
        r, got = find.read([bad if s == segments[at] else s for s in alone])
        tap.ok(len(got) == len(want) - 1 and "before it" in r.stderr,
               "%s: without it, the next message tells" % name, len(got),
               len(want), r.stderr)


def test(tap):
    if not os.path.exists(DUMP):
        raise Skip("h323dump is not built")
    with tempfile.TemporaryDirectory() as d:
        find = Find(tap, d)
        ras_elsewhere(tap, find)
        noise(tap, find)
        others_over_tpkt(tap, find)
        h245_alone(tap, find)


main(test)
