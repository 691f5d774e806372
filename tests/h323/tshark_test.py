#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What our codec encodes, tshark dissects: messages of real programs, and random
values no program would send, each decoded and encoded by us, in a capture of RAS
and call signalling. None is malformed, and none raises an expert's error."""
import lzma
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
from lab import Skip, main  # noqa: E402

BUILD = os.path.realpath(os.environ.get("top_builddir", "."))
DUMP = os.path.join(BUILD, "h323gw", "h323dump")
VECTORS = os.path.join(HERE, "..", "vectors")
A, B = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])


def vectors():
    for name in ("h323.txt", "h323-values.txt"):
        with open(os.path.join(VECTORS, name)) as f:
            for line in f:
                if not line.startswith("#") and " " in line:
                    kind, text = line.split()
                    if name == "h323.txt" or kind == "RasMessage":
                        yield kind, bytes.fromhex(text)


# What tshark calls malformed though it is not, in a value's text: supplementary
# services (random octets here, which it takes for H.450), what is signed, an
# INTEGER that takes more than 32 bits. See doc/h323-codec.md.
GAPS = re.compile(r"h4501SupplementaryService=\[[^\]]|toBeSigned=|"
                  r"(random|integer|ranInt)[=:]-?[0-9]{10}")


def random_signalling():
    """Of tests/conformance, which per_conformance_test decodes and encodes."""
    with lzma.open(os.path.join(VECTORS, "conformance-h323.xz"), "rt") as f:
        for line in f:
            kind, text, value = line.split(" ", 2)
            if kind == "H323-UserInformation" and not GAPS.search(value) and \
                    len(text) < 2 * 16384:
                yield bytes.fromhex(text)


class Capture:
    def __init__(self, path):
        self.f = open(path, "wb")
        self.f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144,
                                 101))
        self.seq, self.n = 1, 0

    def ip(self, proto, payload):
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0, 64,
                           proto, 0) + A + B
        self.n += 1
        self.f.write(struct.pack("<IIII", self.n, 0, 20 + len(payload),
                                 20 + len(payload)) + head + payload)

    def udp(self, payload):
        self.ip(17, struct.pack("!HHHH", 1719, 1719, 8 + len(payload), 0) +
                payload)

    def tcp(self, payload):
        self.ip(6, struct.pack("!HHIIBBHHH", 40000, 1720, self.seq, 1, 0x50,
                               0x18, 65535, 0, 0) + payload)
        self.seq += len(payload)

    def signalling(self, uuie):
        q931 = b"\x08\x02\x00\x01\x62\x7e" + \
            struct.pack("!H", len(uuie) + 1) + b"\x05" + uuie
        self.tcp(struct.pack("!BBH", 3, 0, len(q931) + 4) + q931)


def ours(kind, data):
    """Is this what our codec makes of it?"""
    argv = [DUMP, "--roundtrip"]
    if kind == "RasMessage":
        r = subprocess.run(argv + ["--hex=ras"], input=data.hex(), text=True,
                           capture_output=True)
    else:
        q931 = b"\x08\x02\x00\x01\x62\x7e" + \
            struct.pack("!H", len(data) + 1) + b"\x05" + data
        r = subprocess.run(argv + ["--hex=h225"], input=q931.hex(), text=True,
                           capture_output=True)
    return r.returncode == 0


def test(tap):
    if not os.path.exists(DUMP):
        raise Skip("h323dump is not built")
    if not shutil.which("tshark"):
        raise Skip("tshark is missing: run tools/setup")
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "x.pcap")
        c = Capture(path)
        count, other = 0, []
        for kind, data in vectors():
            if kind not in ("RasMessage", "H323-UserInformation") or \
                    len(data) > 30000:
                continue
            if not ours(kind, data):
                other.append((kind, data.hex()[:80]))
                continue
            c.udp(data) if kind == "RasMessage" else c.signalling(data)
            count += 1
        for n, data in enumerate(random_signalling(), 1):
            c.signalling(data)
            count += 1
        c.f.close()
        tap.ok(n > 300, "so much random call signalling", n)
        tap.equal(other, [], "our codec encodes them to the same octets")
        tap.ok(count > 150, "so many messages", count)
        for what, rule in (("malformed", "_ws.malformed"),
                           ("an expert's error",
                            "_ws.expert.severity == error")):
            r = subprocess.run(["tshark", "-r", path, "-Y", rule, "-T",
                                "fields", "-e", "frame.number", "-e",
                                "_ws.expert.message"],
                               capture_output=True, text=True)
            # its gap: it does not know what a signed token signs
            bad = [x for x in r.stdout.splitlines()
                   if "[ToBeSigned]" not in x]
            tap.equal(bad, [], "tshark: none of them is " + what)
            tap.ok(len(r.stdout.splitlines()) < count / 4,
                   "tshark: and few have what it does not know")
        r = subprocess.run(["tshark", "-r", path, "-Y", "h225", "-T", "fields",
                            "-e", "frame.number"], capture_output=True,
                           text=True)
        tap.equal(len(r.stdout.split()), count,
                  "tshark: each of them is one of H.225.0's")


main(test)
