#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The terminal that tests of the gatekeeper use, by itself: two of it call each
other in all ways, at once, and tshark has nothing to say against what it sends."""
import itertools
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
sys.path.insert(0, HERE)
from lab import Skip, main  # noqa: E402
from terminal import PROGRAM, Missed, Terminals  # noqa: E402

A, B = "127.0.1.%d", "127.0.2.%d"
KINDS = ["audio", "video", "h239", "h224", "t38udp", "t38tcp", "t120"]


class Sniffer:
    """What goes over loopback, as tshark reads it when it is over."""

    def __init__(self, path):
        self.path = path
        self.process = subprocess.Popen(
            ["dumpcap", "-q", "-i", "lo", "-w", path],
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

    def count(self, rule):
        out = subprocess.run(["tshark", "-r", self.path, "-Y", rule],
                             capture_output=True, text=True).stdout
        return out.splitlines()


def combinations():
    """fastStart, tunnelling and early H.245 of the caller, and of the called."""
    each = [dict(fastStart=f, tunnelling=t, earlyH245=e)
            for f, t, e in itertools.product((True, False), repeat=3)]
    refuse = dict(each[0], fastStart="refuse")
    pairs = [(a, b) for a in each for b in each]
    return pairs + [(a, dict(b, fastStart="refuse"))
                    for a, b in pairs if a["fastStart"] and b["fastStart"]
                    and a["earlyH245"] == b["earlyH245"]] + [(each[0], refuse)]


def spelled(a, b):
    def one(o):
        return "%s start, %s, %s H.245" % (
            {True: "fast", False: "no fast", "refuse": "refused fast"}[
                o["fastStart"]],
            "tunnelled" if o["tunnelling"] else "own",
            "early" if o["earlyH245"] else "late")
    return "%s -> %s" % (one(a), one(b))


def matrix(tap, terminals):
    """All at once: each pair has addresses of its own."""
    calls = []
    for n, (a, b) in enumerate(combinations(), 1):
        called = terminals.add("b%d" % n, address=B % n, alias=["bert"],
                               answer="auto", tone=900, open=["audio"], **b)
        caller = terminals.add("a%d" % n, address=A % n, alias=["anna"],
                               tone=600, open=["audio"], **a)
        out = caller.call("bert", direct=called.signalling)
        calls.append((a, b, out, called))
    for a, b, out, called in calls:
        what, why = spelled(a, b), ""
        try:
            back = called.incoming()
            out.wait("connected")
            heard = out.hears(900), back.hears(600)
            ready = out.wait("h245ready"), back.wait("h245ready")
            good = ready[0]["master"] != ready[1]["master"]
            if a["tunnelling"] and b["tunnelling"]:
                good = good and ready[0]["tunnelled"]
            else:
                good = good and not ready[0]["tunnelled"]
            good = good and all(h["lost"] == 0 for h in heard)
            fast = bool(a["fastStart"]) and b["fastStart"] is True
            for call in (out, back):
                opened = call.seen("channel", state="open", kind="audio")
                good = good and len(opened) == 2 and \
                    all((c.get("why") == "fastStart") == fast for c in opened)
            why = (ready, heard)
        except Missed as e:
            good, why = False, e
        tap.ok(good, what, why)
    for _, _, out, _ in calls:
        out.hangup()
    ends = []
    for _, _, out, called in calls:
        try:
            ends += [(out.wait("ended")["by"], called.wait("ended")["by"])]
        except Missed as e:
            tap.note(e)
    tap.equal(ends, [("local", "remote")] * len(calls), "all end at both ends")


def test(tap):
    if not os.path.exists(PROGRAM):
        raise Skip("h323term is not built")
    if not shutil.which("tshark"):
        raise Skip("tshark is missing: run tools/setup")
    with tempfile.TemporaryDirectory() as d:
        os.chmod(d, 0o777)
        sniffer = Sniffer(os.path.join(d, "x.pcapng"))
        terminals = Terminals()
        try:
            matrix(tap, terminals)
        finally:
            complaints = terminals.close()
            sniffer.stop()
        tap.equal(complaints, "", "it ends with nothing left behind")
        tap.equal([e["text"] for e in terminals.seen("error")], [],
                  "nothing was not understood")
        for rule, what in (("h225.h323_message_body", "call signalling"),
                           ("h245", "H.245"), ("rtp || udp", "media")):
            tap.ok(len(sniffer.count(rule)) > 100, "tshark sees " + what)
        for what, rule in (("malformed", "_ws.malformed"),
                           ("complained of",
                            "_ws.expert.severity >= 0x600000 && "
                            "(h225 || h245 || q931 || tpkt)")):
            tap.equal(sniffer.count(rule), [], "nothing is " + what)


if __name__ == "__main__":
    main(test, own_network=True)
