#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""h323dump on captures of our own making: the messages of others' captures on
other links, over IPv6, in fragments, out of order, repeated. It finds what tshark
finds, and all that was in the original."""
import glob
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
import by_tshark  # noqa: E402
import forge  # noqa: E402
from lab import Skip, main  # noqa: E402

BUILD = os.path.realpath(os.environ.get("top_builddir", "."))
DUMP = os.path.join(BUILD, "h323gw", "h323dump")
CAPTURES = os.path.join(HERE, "captures")
ALL = sorted(glob.glob(os.path.join(CAPTURES, "*.pcap")))


def dump(*argv):
    return subprocess.run([DUMP, *argv], capture_output=True, text=True)


def summary(path):
    return [tuple(x.split("\t")) for x in
            dump("--summary", path).stdout.splitlines()]


def names(path):
    """Messages, whatever their frame and order."""
    return sorted(x[1:] for x in summary(path))


class Forge:
    """Where captures are made."""
    def __init__(self, tap, directory):
        self.tap = tap
        self.path = os.path.join(directory, "x.pcap")

    def save(self, ips, **options):
        forge.save(self.path, ips, **options)
        return self.path

    def same(self, what, want, frames=True, tshark=True):
        """All that was in the original is found, and where tshark finds
        it."""
        r = dump("--roundtrip", self.path)
        self.tap.ok(r.returncode == 0, what + ": all of it read", r)
        got = summary(self.path)
        self.tap.equal(sorted(x[1:] for x in got), want,
                       what + ": as in the original")
        if not tshark:
            return
        theirs = by_tshark.messages(by_tshark.verbose(self.path))
        if not frames:
            got, theirs = ([x[1:] for x in y] for y in (got, theirs))
        self.tap.equal(sorted(got), sorted(theirs), what + ": as tshark")


def links(tap, f):
    for path in (p for p in ALL if "fast" in p or "m_dtmf" in p):
        name, segments = os.path.basename(path), forge.load(path)
        for link in forge.LINKS:
            for ng in (False, True):
                f.save(forge.packets(segments), link=link, pcapng=ng)
                f.same("%s: %s%s" % (name, link, " pcapng" if ng else ""),
                       names(path), tshark=ng)


def streams(tap, f):
    for path in ALL:
        name, want = os.path.basename(path), names(path)
        segments = forge.load(path)
        for what, made in (
                ("cut into 7", forge.cut(segments, 7)),
                ("cut into 1", forge.cut(segments, 1)),
                ("repeated", forge.repeat(segments)),
                ("out of order", forge.swap(forge.cut(segments, 40), 3)),
                ("repeated, out of order",
                 forge.swap(forge.repeat(segments), 2)),
                ("numbers that wrap", forge.wrap(forge.cut(segments, 40)))):
            f.save(forge.packets(made))
            f.same("%s: %s" % (name, what), want, tshark=False)
        f.save(forge.packets(forge.cut(segments, 60)))
        f.same("%s: cut into 60" % name, want)


def fragments(tap, f):
    for path in ALL:
        name, want = os.path.basename(path), names(path)
        segments = forge.load(path)
        six = forge.ipv6(segments)
        for what, order in (("", None), (", last first",
                                         lambda x: x[::-1]),
                            (", each twice", lambda x: x[:-1] + x)):
            f.save(forge.packets(segments, 64, order))
            f.same("%s: fragments%s" % (name, what), want)
            # addresses in the messages are those of IPv4, so tshark knows
            # signalling by its port alone
            f.save(forge.packets(six, 64, order))
            f.same("%s: IPv6 fragments%s" % (name, what), want,
                   tshark=any(x in name for x in ("q_", "m_", "c2_")))


def contradictions(tap, f):
    """Fragments that overlap, or are too many, too long, too late: named, and
    nothing is made of them; packets after them are."""
    path = [p for p in ALL if "fast" in p][0]
    ras = [s for s in forge.load(path) if s.proto == forge.UDP][0]
    data = forge.transport(ras)
    after = forge.ip4(ras, data, 77)

    for make, extra, s in (
            (forge.ip4, {}, ras),
            (forge.ip6, {"fragment": True}, forge.ipv6([ras])[0])):
        def part(a, b, more=None, data=data):
            return make(s, data[a:b], 5, a, b < len(data) if more is None
                        else more, **extra)
        whole = [part(0, 48), part(48, len(data))]
        for what, parts, why in (
                ("overlap", [part(0, 48), part(40, len(data))], "overlap"),
                ("overlap, then all of it",
                 [part(0, 48), part(40, 64)] + whole, "overlap"),
                ("other contents",
                 [part(0, 48), part(0, 48, data=data[::-1])], "overlap"),
                ("two ends", [part(48, len(data)), part(48, 56, False)],
                 "where the packet ends"),
                ("behind the end", [part(48, 56, False), part(56, 64)],
                 "where the packet ends"),
                ("an end before what is here",
                 [part(48, 64, True), part(8, 16, False)],
                 "where the packet ends"),
                ("odd length", [part(0, 47)], "length that can't be"),
                ("empty", [part(0, 0)], "length that can't be"),
                ("one is missing", [part(0, 48)], "missing"),
                ("too many", [make(s, b"12345678", 5, i * 8, True, **extra)
                              for i in range(200)], "more fragments"),
                ("too long", [make(s, b"1" * 16, 5, 65528, False, **extra)],
                 "too long")):
            r = dump("--summary", f.save(parts + [after], link="raw"))
            tap.ok(r.stdout == "%d\tRAS\tgatekeeperRequest\n" %
                   (len(parts) + 1) and why in r.stderr and
                   r.stderr.count("\n") == 1,
                   "IPv%d, %s: named" % (6 if extra else 4, what), r)
        r = dump("--summary", f.save(whole, link="raw", seconds=[1, 62]))
        tap.ok(not r.stdout and "missing" in r.stderr, "too late", r)
        r = dump("--summary", f.save(whole, link="raw", seconds=[1, 60]))
        tap.equal(r.stdout, "2\tRAS\tgatekeeperRequest\n", "in time")
        # the oldest is given up for others
        many = [make(s, b"x" * 8, i, 0, True, **extra)
                for i in range(100, 170)]
        r = dump("--summary", f.save(whole[:1] + many + whole[1:],
                                     link="raw"))
        tap.ok(not r.stdout and "frame 1:" in r.stderr, "too many at a time",
               r.stdout)
    six = forge.ipv6([ras])[0]
    r = dump("--summary", f.save([forge.ip6(six, data, 3, fragment=True,
                                            extra=bytes(16)[:1] + b"\1" +
                                            bytes(14))], link="raw"))
    tap.equal(r.stdout, "1\tRAS\tgatekeeperRequest\n",
              "IPv6: a fragment by itself, behind other headers")


def many(tap, f):
    """A call goes on while thousands of other connections come and go."""
    path = [p for p in ALL if "slow-h245tcp" in p][0]
    other = forge.Segment(forge.TCP, b"\n\0\0\1", 80, b"\n\0\0\2", 0, 1, 1,
                          forge.ACK, b"HTTP/1.1 200 OK\r\n\r\n")
    count = iter(range(1 << 24))

    def among(s):
        """Over 4096 of them within a message, but not within a segment."""
        return [other._replace(src=b"\n" + next(count).to_bytes(3, "big"))
                for _ in range(120)] + [s]
    f.save(forge.packets(forge.each(forge.cut(forge.load(path), 10), among)),
           link="raw")
    f.same("among many connections", names(path), tshark=False)


def memory(tap, f):
    """Segments that wait for one that does not come."""
    s = forge.Segment(forge.TCP, b"\n\0\0\1", 1720, b"\n\0\0\2", 2000, 0, 0,
                      forge.ACK, b"")
    ips = []
    for port in range(2000, 2100):
        ips.append(forge.ip4(s, forge.transport(
            s._replace(dport=port, flags=forge.SYN)), 1))
        ips += [forge.ip4(s, forge.transport(s._replace(
            dport=port, seq=10 + i * 60000, data=b"\3\0\xff\xff" +
            bytes(59996))), 1) for i in range(40)]
    f.save(ips, link="raw")
    r = subprocess.run(["/bin/sh", "-c", "ulimit -v 120000; exec \"$@\"",
                        "sh", DUMP, "--summary", f.path],
                       capture_output=True, text=True)
    if "AddressSanitizer" in r.stderr or "ReserveShadow" in r.stderr:
        tap.skip("what waits is bounded", "built with sanitizers")
        return
    tap.ok(r.returncode == 0 and "missing" in r.stderr,
           "what waits is bounded", r.returncode, r.stderr[:500])


def test(tap):
    if not os.path.exists(DUMP):
        raise Skip("h323dump is not built")
    if not shutil.which("tshark"):
        raise Skip("tshark is missing: run tools/setup")
    with tempfile.TemporaryDirectory() as d:
        f = Forge(tap, d)
        contradictions(tap, f)
        links(tap, f)
        streams(tap, f)
        fragments(tap, f)
        many(tap, f)
        memory(tap, f)


main(test)
