# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes over loopback while a test runs, and what tshark says of it."""
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
sys.path.insert(0, HERE)
from by_tshark import Frames  # noqa: E402
from lab import Skip  # noqa: E402


class Sniffer:
    """What goes over loopback, as tshark reads it when it is over."""

    def __init__(self, path):
        self.path = path
        self.process = subprocess.Popen(
            ["dumpcap", "-q", "-i", "lo", "-B", "64", "-w", path],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if line.startswith("File:"):
                break
        else:
            raise Skip("dumpcap cannot listen on loopback")

    def stop(self):
        time.sleep(0.3)  # what was sent last is still on its way to it
        self.process.terminate()
        self.process.communicate()


def verdict(tap, what, path, **least):
    """least: so many frames of these protocols at least."""
    frames = Frames(path)
    for protocol, n in least.items():
        got = len(frames.of(protocol))
        tap.ok(got >= n, "%s: tshark sees %s" % (what, protocol), got)
    tap.equal(frames.bad(), [], what + ": tshark calls nothing malformed")
