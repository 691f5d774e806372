#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""H.323 terminals in two private networks behind firewalls that let out three
ports, each with an agent, and on the street: they find h323gw, register, call
each other in every way there is, hear and see each other. Nothing that leaves a
network says a private address, nothing that comes in says one of the far end.
"""
import re
import sys

from h323 import (H323World, Missed, Site, Traffic, combinations, lines_with,
                  spelled)
from world import SERVER4, installed, main, wait

TONES = {"north": 600, "south": 900, "street": 1500, "nat": 2100}
KINDS = ["audio", "video", "h239", "h224", "t38udp", "t38tcp", "t120"]
PRIVATE = r"\b(10\.1\.0|192\.168\.2|127\.\d+\.\d+)\.\d+\b"


def begin(world):
    """north: behind an agent, without any way out; south: likewise."""
    world.begin()
    _, door1 = world.agent_for("phone3", "north")
    _, door2 = world.agent_for("phone2", "south")
    world.lab.run("phone1", "ip", "route", "del", "default")
    return {"north": Site(world, "phone1", door1, "10.1.0"),
            "south": Site(world, "phone2", door2, "192.168.2"),
            "street": Site(world, "pub", SERVER4, "203.0.113", first=201)}


def discovery(tap, sites):
    """Terminals that know nobody find their agent, or h323gw itself."""
    for name, site in sites.items():
        phone = site.add(name + "-lost", register=False)
        phone.send("discover", multicast=True)
        try:
            found, = phone.wait("discovered")["gatekeeper"].values()
        except Missed as e:
            found = str(e)
        tap.equal(found, "%s:1719" % site.gatekeeper,
                  name + ": found by multicast")
        phone.send("gone")


def settle(sites):
    """In each place a terminal of each kind, that answers by itself."""
    for name, site in sites.items():
        site.phones = [
            (site.add("%s-%d" % (name, n), answer="auto", tone=TONES[name],
                      open=["audio"], **options), options)
            for n, options in enumerate(combinations())]
        for phone, _ in site.phones:
            phone.place = name


def seen_as(world, site):
    """Where media come from, for a terminal of that place."""
    return SERVER4 if site.gatekeeper == SERVER4 else site.gatekeeper


def one(world, out, caller, called):
    """A call that was made is answered, and both hear the other."""
    back = called.incoming(15, callIdentifier=out.identifier)
    out.wait("connected", 15)
    audio = [(out, caller, out.hears(TONES[called.place], seconds=15)),
             (back, called, back.hears(TONES[caller.place], seconds=15))]
    for call, terminal, a in audio:
        hosts = {f.rsplit(":", 1)[0] for f in a["from"] + a["rtcpFrom"]}
        if hosts != {seen_as(world, terminal.site)}:
            return "%s hears from %s" % (terminal.name, hosts)
        if a["odd"]:
            return a
    return back


def matrix(tap, world, frm, to):
    """All combinations between two places, at once; how many were well."""
    calls, good = [], 0
    for caller, a in frm.phones:
        for called, b in to.phones:
            call = caller.call(called.name)
            calls.append((call, caller, called, a, b))
    for call, caller, called, a, b in calls:
        what = "%s -> %s: %s -> %s" % (caller.place, called.place, spelled(a),
                                       spelled(b))
        try:
            call.identifier = call.wait("calling")["callIdentifier"]
            got = one(world, call, caller, called)
        except Missed as e:
            got = str(e)
        if isinstance(got, str) or isinstance(got, dict):
            tap.ok(False, what, got)
        else:
            good += 1
    tap.equal(good, len(calls), "%s -> %s: every combination, %d calls" % (
        frm.phones[0][0].place, to.phones[0][0].place, len(calls)))
    rows = world.calls(ended=False)
    tap.equal(len(rows), good, "as many rows")
    for call, *_ in calls:
        call.hangup()
    tap.ok(wait(lambda: not world.calls(ended=False) and not world.sessions(),
                15), "all have ended, the relay has no session",
           world.calls(ended=False)[:3], world.sessions()[:3])


def rows(tap, world, count):
    ended = world.calls(ended=True)
    tap.equal(len(ended), count, "a row for each call")
    tap.ok(all(r["kind"] == "h323" and r["answered"] and r["end_reason"] and
               r["end_code"] == 16 and r["ended_by"] == "caller"
               for r in ended), "which says how it went",
           [r for r in ended][:2])

    def flows():
        return world.query("SELECT call, sender, sum(packets) AS n FROM flows "
                           "GROUP BY call, sender")
    wait(lambda: len(flows()) == 2 * count, 5)  # the relay is asked for them
    tap.ok(len(flows()) == 2 * count and all(f["n"] > 5 for f in flows()),
           "and what flowed each way", len(flows()), flows()[:5])


def channels(tap, world, caller, called, both):
    """All kinds of channels in one call."""
    what = "%s -> %s, %s: " % (caller.place, called.place,
                               "both ways" if both else "one way")
    called.send("set", open=[] if both else
                ["audio", "video", "h239", "h224", "t38udp"])
    out = caller.call(called.name, open=KINDS, both=KINDS if both else [],
                      fastStart=False)
    back = called.incoming(15)
    got = {}

    def flowing():
        for call in (out, back):
            got[call] = call.media()
        return all(m.get(k, {}).get("received", 0) > 2
                   for m in got.values() for k in KINDS)
    tap.ok(wait(flowing, 15), what + "every kind of channel",
           *({k: m.get(k) for k in KINDS} for m in got.values()))
    bad = [m for ms in got.values() for m in ms.values()
           if m.get("odd") or m.get("wrong")]
    tap.equal(bad, [], what + "and nothing else in them")
    out.hangup()
    try:
        back.wait("ended", by="remote")
    except Missed as e:
        tap.ok(False, what + "it ends", e)
    called.send("set", open=["audio"])


def private(tap, world, outside, inside):
    """What was said where."""
    outside.stop()
    text = outside.text()
    tap.equal(lines_with(text, PRIVATE)[:5], [],
              "on the street: no private address")
    tap.ok(len(lines_with(text, r"\b203\.0\.113\.\d+\b")) > 1000,
           "on the street: but many others")
    for name, capture, near in (("north", inside[0], r"10\.1\.0"),
                                ("south", inside[1], r"192\.168\.2")):
        capture.stop()
        text = capture.text()
        found = [x for x in lines_with(text, r"\b\d+\.\d+\.\d+\.\d+\b")
                 if re.match(r"(ip|network|tsap\w*|\w*address): ", x, re.I)]
        own = [x for x in found if re.search(r"\b%s\.\d+\b" % near, x)]
        tap.ok(len(own) > 1000, name + ": addresses of its own")
        tap.equal([x for x in found if x not in own][:5], [],
                  name + ": and no other")
    for name, capture in (("street", outside), ("north", inside[0]),
                          ("south", inside[1])):
        frames = capture.frames()
        tap.ok(len(frames.of("h225")) > 100 and len(frames.of("h245")) > 100,
               name + ": tshark sees H.225.0 and H.245",
               len(frames.of("h225")), len(frames.of("h245")))
        tap.equal(frames.bad()[:5], [], name + ": nothing is malformed")


def behind_nat(tap):
    """Behind a NAT without an agent: it can call, over what it opens itself."""
    with H323World(tap, "two-nats:symmetric,strict") as world:
        world.begin()
        _, door = world.agent_for("phone2", "south")
        sites = {"nat": Site(world, "phone1", SERVER4, "10.1.0"),
                 "south": Site(world, "phone2", door, "192.168.2"),
                 "street": Site(world, "pub", SERVER4, "203.0.113",
                                first=201)}
        settle(sites)
        outside = Traffic(world, "pub")
        for to in ("south", "street"):
            matrix(tap, world, sites["nat"], sites[to])
        outside.stop()
        tap.equal(lines_with(outside.text(), PRIVATE)[:5], [],
                  "nat: no private address comes to the street")
        tap.equal(world.errors(), [], "nat: terminals understood everything")


PAIRS = [("north", "south"), ("south", "north"), ("north", "street"),
         ("street", "south"), ("north", "north")]


def between_networks(tap):
    with H323World(tap) as world:
        sites = begin(world)
        outside = Traffic(world, "pub")
        inside = Traffic(world, "phone1"), Traffic(world, "phone2")
        discovery(tap, sites)
        settle(sites)
        count = sum(len(s.phones) for s in sites.values())
        tap.ok(wait(lambda: len(world.query(
            "SELECT * FROM active_registrations WHERE kind = 'h323'")) ==
            count, 5), "all are registered")
        for frm, to in PAIRS:
            matrix(tap, world, sites[frm], sites[to])
        rows(tap, world, 64 * len(PAIRS))
        own = [p for p, o in sites["north"].phones if not o["tunnelling"]]
        tunnel = [p for p, o in sites["south"].phones if o["tunnelling"]]
        street = [p for p, _ in sites["street"].phones]
        for both in (False, True):
            channels(tap, world, own[0], tunnel[0], both)
            channels(tap, world, tunnel[1], own[1], both)
            channels(tap, world, street[0], own[2], both)
        private(tap, world, outside, inside)
        tap.equal(world.errors(), [], "terminals understood everything")


def test(tap):
    installed("tshark")
    between_networks(tap)
    behind_nat(tap)


if __name__ == "__main__":
    main(test)
