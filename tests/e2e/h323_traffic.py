# SPDX-License-Identifier: GPL-2.0-or-later
"""What passes a host of H.323, all of it, and what tshark says about that."""
import os
import re
import subprocess
import sys

from agents import Capture
from world import TOP, wait

sys.path.insert(0, os.path.join(TOP, "tests", "h323"))
import by_tshark  # noqa: E402

MARK_PORT = 9  # discard
PIPE = bytes(range(64)).hex()  # what h323term's pipe.c begins with
MESSAGES = "setup", "connect", "releaseComplete"
PRIVATE = r"\b(10\.1\.0|192\.168\.2|127\.\d+\.\d+)\.\d+\b"


class Frames(by_tshark.Frames):
    """Those of H.323, every one of them."""
    MORE = ("tcp.stream", "tcp.len", "tcp.analysis.lost_segment",
            "tcp.analysis.ack_lost_segment", "tcp.payload", "h225.guid",
            *("h225.%s_element" % m for m in MESSAGES))

    def __init__(self, path):
        super().__init__(path, self.MORE)
        at = len(self.FIELDS)
        for frame in self.all:
            frame[at:] = [dict(zip(self.MORE, frame[at:]))]
        # T.120 and T.38
        self.pipes = self.streams(lambda f: f["tcp.payload"].startswith(PIPE))
        self.other = [f for f in self.all if f[-1]["tcp.stream"] in self.pipes]
        self.all = [f for f in self.all
                    if f[-1]["tcp.stream"] not in self.pipes]

    def streams(self, fits):
        """Connections with a frame that does."""
        return {f[-1]["tcp.stream"] for f in self.all
                if f[-1]["tcp.stream"] and fits(f[-1])}

    def lost(self):
        """Segments that somebody got, and that are not here."""
        return [f for f in self.all + self.other
                if f[-1]["tcp.analysis.lost_segment"] or
                f[-1]["tcp.analysis.ack_lost_segment"]]

    def not_understood(self):
        """Connections with octets that tshark does not take for H.323."""
        known = {f[-1]["tcp.stream"] for f in self.of("h225") + self.of("h245")}
        return self.streams(lambda f: f["tcp.len"] not in ("", "0")) - known

    def calls(self, message):
        """Identifiers of those of which this message is here."""
        return {g for f in self.all if f[-1]["h225.%s_element" % message]
                for g in f[-1]["h225.guid"].split(",")}


class Traffic(Capture):
    """H.323 past a host, media and agents' tunnels left out. Nothing is missed:
    the kernel keeps more of it than there is in a whole test, in blocks that
    are full of packets (--immediate-mode would give each packet 256 KiB), and
    tcpdump is not asked to end before it wrote a datagram that was sent last.
    """
    how = ["-B", "65536"]  # KiB

    def __init__(self, world, host):
        super().__init__(world, host, "(", "tcp", "and", "not", "port", "443",
                         ")", "or", "udp", "portrange", "1718-1719", "or",
                         "udp", "port", str(MARK_PORT))
        self.host, self.stopped = host, False

    def stop(self):
        if not self.stopped:
            self.stopped = True
            self.drain()
            self.program.stop()

    def drain(self):
        """What was sent until now is in the file."""
        world, mark = self.program.world, os.urandom(32)
        world.lab.udp(self.host).sendto(mark, ("127.0.0.1", MARK_PORT))

        def written():
            with open(self.path, "rb") as f:
                return mark in f.read()
        wait(written, 20, "the capture of " + self.host)

    def dropped(self):
        """How many packets were missed, by the kernel or an interface."""
        counts = re.findall(r"^(\d+) packets dropped by", self.program.log(),
                            re.M)
        return sum(map(int, counts)) if counts else None

    def text(self):
        """As tshark spells it, H.323 alone."""
        return subprocess.run(
            ["tshark", "-r", self.path, "-V", "-Y", "h225 || h245 || q931"],
            capture_output=True, text=True).stdout

    def frames(self):
        return Frames(self.path)


def lines_with(text, pattern):
    """Those lines of H.323's part of what tshark says that show this."""
    found = []
    for line in text.splitlines():
        if re.match(r"(Internet Protocol|Frame|Linux cooked|    (Source|"
                    r"Destination) Address|    \[)", line):
            continue
        if re.search(pattern, line):
            found.append(line.strip())
    return found


def verdict(tap, name, capture, site):
    """tshark's, about every message of every call that touched a place."""
    capture.stop()
    frames = capture.frames()
    tap.equal((capture.dropped(), frames.lost()), (0, []),
              name + ": nothing is missing in the capture")
    tap.equal([len(site.calls ^ frames.calls(m)) for m in MESSAGES],
              [0] * len(MESSAGES),
              name + ": all of %d calls is in it" % len(site.calls))
    tap.equal(frames.not_understood(), set(),
              name + ": every connection is H.323 to tshark, but T.120 and T.38")
    tap.ok(len(frames.of("h225")) > 100 and len(frames.of("h245")) > 100,
           name + ": it sees H.225.0 and H.245",
           len(frames.of("h225")), len(frames.of("h245")))
    tap.equal(frames.bad()[:5], [], name + ": nothing is malformed")


def nothing_private(tap, name, text):
    """No address of a network behind an agent or a NAT, nor of loopback."""
    tap.equal(lines_with(text, PRIVATE)[:5], [], name + ": no private address")
