#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Anomalies by the thousand (tests/peers/anomalies) to the RAS and call
signalling ports of a gatekeeper through which calls go: from somebody it does
not know, and from one that is registered. The calls don't notice, all is
counted, nothing is left."""
import os
import socket
import struct
import subprocess
import sys

from gateway import ADDRESS, BUILD, Gateway, Skip, wait
from terminal import Missed, Terminals

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                "..", "lab"))
from lab import allowance, main, rss  # noqa: E402

PROGRAM = os.path.join(BUILD, "tests", "peers", "anomalies")
STRANGER, MALLORY = "127.6.6.6", "127.6.6.7"
EVERY = {"ras": 1, "signalling": 5}  # of some 7,500 and 17,500
BURST = 16  # datagrams, between which the gatekeeper is let speak
WAYS = [{}, {"fastStart": False}, {"fastStart": False, "tunnelling": False}]


def anomalies(kind):
    if not os.path.exists(PROGRAM):
        raise Skip("tests/peers/anomalies is not built")
    data = subprocess.run([PROGRAM, kind, str(EVERY[kind])], check=True,
                          capture_output=True, env={
                              **os.environ, "top_srcdir": os.path.join(
                                  os.path.dirname(os.path.realpath(
                                      __file__)), "..", "..")}).stdout
    cases, at = [], 0
    while at < len(data):
        n, = struct.unpack_from("!I", data, at)
        cases.append(data[at + 4:at + 4 + n])
        at += 4 + n
    return cases


def by_udp(gateway, who, cases):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind((who, 0))
        for n, case in enumerate(cases):
            s.sendto(case, (ADDRESS, 1719))
            if n % BURST == 0:
                gateway.stat("h323_messages")  # it has its turn


def by_tcp(who, cases):
    """Each on a connection of its own, which the gatekeeper closes."""
    stayed = 0
    for case in cases:
        with socket.create_connection((ADDRESS, 1720), 5, (who, 0)) as s:
            try:
                s.sendall(case)
                s.shutdown(socket.SHUT_WR)
                while s.recv(65536):
                    pass
            except socket.timeout:
                stayed += 1
            except OSError:
                pass  # thrown out before the end
    return stayed


def calls(terminals):
    pairs = []
    for n, how in enumerate(WAYS):
        a, b = (terminals.add("%s%d" % (name, n), address="127.5.%d.%d" % (
            n, last), gatekeeper=ADDRESS + ":1719", tone=hz, answer="auto",
            alias=["%s%d" % (name, n)], open=["audio"], **how)
            for name, last, hz in (("a", 1, 600 + 100 * n),
                                   ("b", 2, 1000 + 100 * n)))
        a.register()
        b.register()
        a.hz, b.hz = 600 + 100 * n, 1000 + 100 * n
        one = a.call(b.name)
        two = b.incoming()
        one.wait("connected")
        pairs.append((one, two))
    return pairs


def hear(tap, pairs, what):
    """Each hears the other, and has all the time."""
    try:
        audio = []
        for one, two in pairs:
            for call, other in ((one, two), (two, one)):
                call.media(fresh=True)
                audio.append(call.hears(other.terminal.hz))
        tap.equal([a for a in audio if a["lost"] or a["odd"]], [],
                  what + ": all hear each other, no packet is lost")
    except Missed as e:
        tap.ok(False, what + ": all hear each other", e)


def settled(gateway, before):
    """Whatever anomalies began is over."""
    wait(lambda: len(gateway.calls()) == len(WAYS) and
         gateway.descriptors() <= before, 20, "what they began is over")


def attack(tap, gateway, cases, before, what):
    counters = ("h323_ras_malformed", "h323_messages_malformed",
                "h323_connections_malformed")
    had = [gateway.stat(c) for c in counters]
    stayed = 0
    for who in STRANGER, MALLORY:
        by_udp(gateway, who, cases["ras"])
        stayed += by_tcp(who, cases["signalling"])
    tap.equal(stayed, 0, what + ": each connection ends with its peer's")
    tap.ok(gateway.process.poll() is None, what + ": h323gw lives")
    now = [gateway.stat(c) for c in counters]
    tap.ok(all(b > a + 50 for a, b in zip(had, now)),
           what + ": what was malformed is counted", had, now)
    try:
        settled(gateway, before)
    except TimeoutError:
        pass
    tap.equal(gateway.descriptors(), before, what + ": no descriptor is left")
    tap.equal(len(gateway.calls()), len(WAYS), what + ": nor a call")
    tap.equal(len(gateway.sessions()), len(WAYS), what + ": nor a session")


def run(tap):
    cases = {kind: anomalies(kind) for kind in EVERY}
    tap.ok(all(len(c) > 1000 for c in cases.values()), "anomalies: %s" % {
        k: len(c) for k, c in cases.items()})
    with Gateway() as gateway, Terminals() as terminals:
        mallory = terminals.add("mallory", address=MALLORY, refresh=False,
                                gatekeeper=ADDRESS + ":1719")
        mallory.register()
        pairs = calls(terminals)
        hear(tap, pairs, "before")
        before = gateway.descriptors()
        attack(tap, gateway, cases, before, "once")
        once = rss(gateway.process.pid)
        hear(tap, pairs, "once")
        attack(tap, gateway, cases, before, "twice")
        hear(tap, pairs, "twice")
        grown = rss(gateway.process.pid) - once
        tap.ok(grown < allowance(gateway.process.pid),
               "the second time memory is as before", grown)
        tap.equal([e for p in pairs for c in p for e in c.seen("ended")], [],
                  "no call was touched")
        for one, two in pairs:
            one.hangup()
            two.wait("ended", by="remote")
        gateway.idle()
        rows = gateway.rows("SELECT * FROM calls WHERE answered IS NOT NULL")
        tap.equal(len(rows), len(WAYS), "a row for each call that was one")
        tap.equal(gateway.kill(15), 0, "it ends well")


if __name__ == "__main__":
    main(run, own_network=True)
