#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Many H.323 calls through h323gw: 200 at once are held, and while they talk 50 a
second are set up and torn down, for H323_LOAD_SECONDS. Afterwards nothing is
left: descriptors, ports, sessions, calls, rows are what they were before."""
import os
import time

from h323 import H323World, Site
from world import SERVER4, main, wait

HELD, RATE = 200, 50
SECONDS = int(os.environ.get("H323_LOAD_SECONDS", "10"))
PHONES = 10  # of each kind and place


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


def hold(sites):
    """Calls between all places, in all ways: with and without fastStart,
    tunnelled and not."""
    calls = []
    for n in range(HELD):
        a, b = sites[n % 3], sites[(n // 3 + n + 1) % 3]
        caller = a.held[n % PHONES]
        called = b.held[(n + 1) % PHONES]
        calls.append(caller.call(called.name, fastStart=n % 2 == 0,
                                 tunnelling=n % 4 < 2))
    return calls


def load(sites):
    """The brief ones: each place calls the next."""
    for site, other in zip(sites, sites[1:] + sites[:1]):
        site.terminals.send(do="quiet")
        site.brief[0].send(
            "load", **{"from": [p.name for p in site.brief],
                       "to": [p.name for p in other.brief],
                       "rate": RATE // len(sites) + 1, "seconds": SECONDS,
                       "hold": 200})


def held_well(tap, calls):
    """They have heard each other all the time, and still do."""
    before = {c: c.media().get("audio", {}).get("received", 0) for c in calls}
    time.sleep(1)
    bad = []
    for call in calls:
        a = call.media().get("audio", {})
        n = a.get("received", 0)
        # how many were sent depends on how busy the machine is
        if n <= before[call] or n < 15 * SECONDS or a["lost"] > n // 50:
            bad.append((call.name, a))
    tap.equal(bad[:5], [], "the calls that were held: all heard all the time")


def test(tap):
    with H323World(tap) as world:
        sites, programs = settle(world)
        before = taken(*programs)
        calls = hold(sites)
        for call in calls:
            call.wait("connected", 30)
        tap.ok(wait(lambda: len(world.calls(ended=False)) == HELD and
                    len(world.sessions()) == HELD, 10),
               "%d calls are held" % HELD, len(world.sessions()))
        time.sleep(1)
        load(sites)
        done = [s.terminals.wait("loadDone", SECONDS + 60) for s in sites]
        for site in sites:
            site.terminals.send(do="quiet", on=False)
        tap.equal([(d["failed"], d["connected"]) for d in done],
                  [(0, d["started"]) for d in done],
                  "brief ones: each was connected, and ended")
        brief = sum(d["started"] for d in done)
        tap.ok(brief >= 0.95 * RATE * SECONDS, "%d of them" % brief)
        held_well(tap, calls)
        for call in calls:
            call.hangup()
        tap.ok(wait(lambda: not world.calls(ended=False) and
                    not world.sessions(), 20), "all have ended",
               len(world.sessions()))
        tap.equal(len(world.calls(ended=True)), HELD + brief,
                  "a row for each, and none more")
        # terminals' connections are closed by them within two seconds
        wait(lambda: taken(*programs) == before, 10)
        tap.equal(taken(*programs), before,
                  "descriptors and ports are as before")
        tap.equal(world.query("SELECT * FROM sessions"), [],
                  "no row of a session is left")


if __name__ == "__main__":
    main(test)
