#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Many H.323 calls through h323gw: 200 at once are held, and while they talk 50 a
second are set up and torn down. Afterwards nothing is left: descriptors, ports,
sessions, calls, rows, counters are what they were before, and memory is; in a
build with sanitizers its programs say at their end that nothing leaked.

	h323_load_test.py [--seconds N] [--held N] [--rate N]
"""
import argparse
import os
import time

from h323 import H323World, Site
from lab import allowance, rss
from world import SERVER4, main, wait

PHONES = 10  # of each kind and place
GAUGES = ("h323_calls_now", "h323_connections_now", "h323_endpoints",
          "h323_admitted")


def wanted():
    p = argparse.ArgumentParser()
    p.add_argument("--seconds", type=int, default=10,
                   help="how long brief calls are made")
    p.add_argument("--held", type=int, default=200)
    p.add_argument("--rate", type=int, default=50, help="brief calls a second")
    return p.parse_args()


def ports(program):
    """UDP sockets and TCP listeners of its host's, our terminals' among them."""
    count = {}
    for table, wanted in (("udp", None), ("tcp", "0A")):
        with open("/proc/%d/net/%s" % (program.pid, table)) as f:
            count[table] = sum(wanted in (None, line.split()[3])
                               for line in f.readlines()[1:])
    return count


def taken(*programs):
    """Descriptors and ports."""
    return {p.name: (len(os.listdir("/proc/%d/fd" % p.pid)), ports(p))
            for p in programs}


def counted(world):
    """Of what there is now: in h323gw and the relay."""
    ours = world.relay_rpc("stats", path=world.path("h323gw.sock"))["counters"]
    relay = world.relay_rpc("stats")["counters"]
    return {**{g: ours[g] for g in GAUGES},
            "sessions": relay["sessions_opened"] - relay["sessions_closed"]}


def memory(programs):
    return {p.name: rss(p.pid) for p in programs}


def settle(world):
    world.begin()
    agent1, door1 = world.agent_for("phone3", "north")
    agent2, door2 = world.agent_for("phone2", "south")
    sites = [Site(world, "phone1", door1, "10.1.0"),
             Site(world, "phone2", door2, "192.168.2"),
             Site(world, "pub", SERVER4, "203.0.113", first=201)]
    for site in sites:
        site.held = [site.add("held-%s-%d" % (site.host, n), answer="auto",
                              measure=False, open=["audio"])
                     for n in range(PHONES)]
        site.brief = [site.add("brief-%s-%d" % (site.host, n), answer="auto",
                               measure=False, media=False)
                      for n in range(PHONES)]
    return sites, (world.gatekeeper, world.relay, agent1, agent2)


def hold(sites, count):
    """Calls between all places, in all ways: with and without fastStart,
    tunnelled and not."""
    calls = []
    for n in range(count):
        a, b = sites[n % 3], sites[(n // 3 + n + 1) % 3]
        caller = a.held[n % PHONES]
        called = b.held[(n + 1) % PHONES]
        calls.append(caller.call(called.name, fastStart=n % 2 == 0,
                                 tunnelling=n % 4 < 2))
    return calls


def load(sites, want):
    """The brief ones: each place calls the next."""
    for site, other in zip(sites, sites[1:] + sites[:1]):
        site.terminals.send(do="quiet")
        site.brief[0].send(
            "load", **{"from": [p.name for p in site.brief],
                       "to": [p.name for p in other.brief],
                       "rate": -(-want.rate // len(sites)),
                       "seconds": want.seconds,
                       "hold": 200})


def heard(calls):
    """Packets that came to each, and that were missing."""
    audio = {c: c.media().get("audio", {}) for c in calls}
    return {c: (a.get("received", 0), a.get("lost", 0))
            for c, a in audio.items()}


def held_well(tap, calls, before, seconds):
    """They have heard each other all the time, and still do."""
    now = heard(calls)
    time.sleep(1)
    later, bad = heard(calls), []
    for call in calls:
        n, lost = (b - a for a, b in zip(before[call], now[call]))
        # how many were sent depends on how busy the machine is, and the
        # kernel's queue between devices drops some when others fill it
        if later[call][0] <= now[call][0] or n < 15 * seconds or lost > n // 8:
            bad.append((call.name, before[call], now[call], later[call]))
    tap.equal(bad[:5], [], "the calls that were held: all heard all the time")


def brief_calls(tap, sites, want):
    """How many there were."""
    load(sites, want)
    done = [s.terminals.wait("loadDone", want.seconds + 60) for s in sites]
    for site in sites:
        site.terminals.send(do="quiet", on=False)
    tap.equal([(d["failed"], d["connected"]) for d in done],
              [(0, d["started"]) for d in done],
              "brief ones: each was connected, and ended")
    brief = sum(d["started"] for d in done)
    tap.ok(brief >= 0.95 * want.rate * want.seconds, "%d of them" % brief)
    return brief


def nothing_left(tap, world, programs, before):
    # terminals' connections are closed by them within two seconds
    wait(lambda: taken(*programs) == before[0] and
         counted(world) == before[1], 10)
    tap.equal(taken(*programs), before[0], "descriptors and ports are as before")
    tap.equal(counted(world), before[1], "so is what is counted")
    tap.equal(world.query("SELECT * FROM sessions"), [],
              "no row of a session is left")
    grown = {n: m - before[2][n] for n, m in memory(programs).items()}
    tap.note("memory has grown by, KiB: %s" % {n: g >> 10
                                               for n, g in grown.items()})
    tap.equal([n for p, (n, g) in zip(programs, grown.items())
               if g > allowance(p.pid)], [], "memory stays within its bounds")


def test(tap):
    want = wanted()
    with H323World(tap) as world:
        sites, programs = settle(world)
        before = taken(*programs), counted(world), memory(programs)
        calls = hold(sites, want.held)
        for call in calls:
            call.wait("connected", 30)
        tap.ok(wait(lambda: len(world.calls(ended=False)) == want.held and
                    len(world.sessions()) == want.held, 10),
               "%d calls are held" % want.held, len(world.sessions()))
        time.sleep(1)
        talk = heard(calls)
        brief = brief_calls(tap, sites, want)
        held_well(tap, calls, talk, want.seconds)
        for call in calls:
            call.hangup()
        tap.ok(wait(lambda: not world.calls(ended=False) and
                    not world.sessions(), 20), "all have ended",
               len(world.sessions()))
        tap.equal(len(world.calls(ended=True)), want.held + brief,
                  "a row for each, and none more")
        nothing_left(tap, world, programs, before)
        # what a sanitizer has to say of leaks, it says at the end
        tap.equal([p.stop(30) for p in programs[2:]], [0, 0],
                  "the agents end well")


if __name__ == "__main__":
    main(test)
