#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A gatekeeper above ours: our terminals registered there, each on its own or
all as one, calls both ways, and what it does that one would rather it did
not."""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
sys.path.insert(0, HERE)
from gateway import Gateway  # noqa: E402
from lab import main, wait  # noqa: E402
from sniffer import Sniffer, verdict  # noqa: E402
from terminal import Terminals  # noqa: E402

OURS, ABOVE = "127.0.0.9", "127.0.0.20"
UPSTREAM = "[upstream]\ngatekeeper = %s\nports = 47000-47099\nttl = 10s\n"


def ours(more="", to=ABOVE, **options):
    return Gateway("identifier = ours", address=OURS, ports="42000-42999",
                   more=UPSTREAM % to + more, **options)


def above(**options):
    return Gateway("identifier = above", address=ABOVE, ports="43000-43999",
                   **options)


def registered(gw, count=1):
    """The registrations above, once so many are there."""
    def look():
        return [r for r in gw.ask("h323.upstream")["registrations"]
                if r["state"] == "registered"]
    wait(lambda: len(look()) == count, 10, "%d registrations above" % count)
    return look()


def talk(tap, out, back, tones, what):
    out.wait("connected")
    tap.ok(out.hears(tones[1]) and back.hears(tones[0]), what + ": they talk")


def calls(tap, terminals, gw, up, a, x):
    out = a.call("3001")
    back = x.incoming()
    talk(tap, out, back, (600, 900), "a call up")
    ids = [g.calls()[0]["callIdentifier"] for g in (gw, up)]
    tap.equal(ids[0], ids[1], "one call in both zones")
    out.hangup()
    back.wait("ended")
    gw.idle()
    up.idle()
    out = x.call("1001")
    back = a.incoming()
    talk(tap, out, back, (900, 600), "a call down")
    out.hangup()
    back.wait("ended")
    gw.idle()
    up.idle()


def each(tap, terminals):
    with above() as up, ours() as gw:
        a = terminals.add("a", address="127.0.1.1", alias=["anna", "1001"],
                          gatekeeper=OURS + ":1719", tone=600,
                          open=["audio"], answer="auto")
        x = terminals.add("x", address="127.0.2.1", alias=["xaver", "3001"],
                          gatekeeper=ABOVE + ":1719", tone=900,
                          open=["audio"], answer="auto")
        a.register()
        x.register()
        r, = registered(gw)
        there, = up.ask("h323.endpoints", filter="1001")["endpoints"]
        tap.equal((there["callSignalAddress"], there["rasAddress"],
                   there["endpointIdentifier"]),
                  (r["address"], r["address"], r["endpointIdentifier"]),
                  "the gatekeeper above sees our address as the terminal's")
        calls(tap, terminals, gw, up, a, x)


def test(tap):
    with Terminals() as terminals:
        each(tap, terminals)


if __name__ == "__main__":
    main(test, own_network=True)
