# SPDX-License-Identifier: GPL-2.0-or-later
"""h323gw: what a routed call costs while ten or a thousand stand, and memory of
those that stand.

A relay and h323gw on loopback as they always run, with their store; terminals
(tests/peers/h323term) register, admit themselves, set up calls with audio, and
hang up, ten at a time, as fast as that goes. Counted is the CPU time of all of h323gw's threads per
call, from ARQ to DRQ, that of those which only stand included; media are not
sent."""
import os
import statistics
import sys
import time

from bench import process_ns, resident

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                "..", "..", "h323"))
from gateway import Gateway, wait  # noqa: E402
from terminal import Terminals  # noqa: E402

SMALL, LARGE = 10, 1000  # concurrent calls
RATE, RATE_STILL = 2000, 200  # calls/s at most; of those that stay
PARTIES = 20
FOREVER = 10 ** 9  # ms
WAYS = {
    "fastStart, H.245 tunnelled": {},
    "H.245 on connections of its own": {"fastStart": False,
                                        "tunnelling": False},
}
RELAY_PORTS = "2000-19999"


def settle(terminals, net):
    """Callers and called, registered; what load takes of them."""
    names = {"from": [], "to": []}
    for n in range(PARTIES):
        kind = ("from", "to")[n % 2]
        t = terminals.add("%s-%d" % (net, n), address="127.%d.0.%d" % (
            net, n + 1), gatekeeper="127.0.0.9:1719", answer="auto",
            alias=["%s-%d" % (net, n)], media=False, measure=False,
            open=["audio"])
        t.register()
        names[kind].append(t.name)
    terminals.send(do="quiet")
    return names


def load(terminals, names, **options):
    terminals.send(do="load", terminal=names["from"][0], **names, **options)


def played(terminals, names, seconds, **options):
    """Brief calls; how many, and how long they took."""
    load(terminals, names, rate=RATE, seconds=seconds, concurrent=SMALL,
         **options)
    done = terminals.wait("loadDone", seconds + 60)
    if done["failed"] or done["connected"] != done["started"]:
        sys.exit("bench h323: calls failed: %s" % done)
    return done["connected"], done["seconds"]


def hold(gateway, terminals, names, count, **options):
    """So many calls that stay."""
    began = gateway.stat("h323_calls_answered")
    load(terminals, names, rate=RATE_STILL,
         seconds=count // RATE_STILL + 2, hold=FOREVER,
         concurrent=count, **options)
    wait(lambda: gateway.stat("h323_calls_answered") - began >= count, 60,
         "%d calls stand" % count)
    time.sleep(0.5)  # the last ones' channels


def one(way, concurrent, seconds):
    """us of h323gw's CPU a call, of the relay's, calls/s, octets a call that
    stands."""
    held = concurrent - SMALL
    with Gateway(level="notice", ports=RELAY_PORTS,
                 call="connections = 10000\nconnections_source = 10000"
                 ) as gateway, Terminals() as still, Terminals() as brief:
        names, other = settle(brief, 20), settle(still, 21)
        pids = gateway.process.pid, gateway.relay.process.pid
        played(brief, names, 1, **WAYS[way])  # what is made once is made
        memory = resident(pids[0])
        if held:
            hold(gateway, still, other, held, **WAYS[way])
            memory = (resident(pids[0]) - memory) / held
        before = [process_ns([p]) for p in pids]
        calls, took = played(brief, names, seconds, **WAYS[way])
        gateway_us, relay_us = ((process_ns([p]) - b) / 1000 / calls
                                for p, b in zip(pids, before))
    return {"gateway": gateway_us, "relay": relay_us, "rate": calls / took,
            "memory": memory}


def measure(runs, seconds, quick):
    ways = list(WAYS)[:1] if quick else list(WAYS)
    got = {}
    for i in range(runs):
        for way in ways:
            for n in (SMALL, LARGE)[::1 if i % 2 else -1]:
                got.setdefault((way, n), []).append(one(way, n, seconds))

    def median(way, n, what):
        return statistics.median(r[what] for r in got[way, n])
    print("| calls | at once | us a call | calls per CPU second | calls/s | "
          "relay, us a call | octets a call |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for way in ways:
        for n in (SMALL, LARGE):
            us = median(way, n, "gateway")
            print("| %s | %d | %d | %d | %d | %d | %s |" % (
                way, n, us, 1e6 / us, median(way, n, "rate"), median(way, n, "relay"),
                "%d" % median(way, n, "memory") if n == LARGE else ""))
    print("medians of %d runs of %d s" % (runs, seconds))
    print("ratio calls_1000_vs_10 %.2f" % (
        median(ways[0], SMALL, "gateway") / median(ways[0], LARGE, "gateway")))
