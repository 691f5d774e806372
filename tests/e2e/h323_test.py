#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""H.323 terminals in two private networks behind firewalls that let out three
ports, each with an agent, and on the street: they find h323gw, register, call
each other in every way there is, hear and see each other. Nothing that leaves a
network says a private address, nothing that comes in says one of the far end.
"""
import re

from h323 import H323World, Missed, Site
from h323_calls import all_to_all, made, matrix, settle
from h323_traffic import Traffic, lines_with, nothing_private, verdict
from world import SERVER4, installed, main, wait

KINDS = ["audio", "video", "h239", "h224", "t38udp", "t38tcp", "t120"]


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
    made(out, caller, called)
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


def private(tap, sites, outside, inside):
    """What was said where."""
    verdict(tap, "street", outside, sites["street"])
    text = outside.text()
    nothing_private(tap, "street", text)
    tap.ok(len(lines_with(text, r"\b203\.0\.113\.\d+\b")) > 1000,
           "street: but many others")
    for name, capture, near in (("north", inside[0], r"10\.1\.0"),
                                ("south", inside[1], r"192\.168\.2")):
        verdict(tap, name, capture, sites[name])
        text = capture.text()
        found = [x for x in lines_with(text, r"\b\d+\.\d+\.\d+\.\d+\b")
                 if re.match(r"(ip|network|tsap\w*|\w*address): ", x, re.I)]
        own = [x for x in found if re.search(r"\b%s\.\d+\b" % near, x)]
        tap.ok(len(own) > 1000, name + ": addresses of its own")
        tap.equal([x for x in found if x not in own][:5], [],
                  name + ": and no other")


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
            matrix(tap, world, all_to_all(sites["nat"], sites[to]))
        verdict(tap, "nat, street", outside, sites["street"])
        nothing_private(tap, "nat, street", outside.text())
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
            matrix(tap, world, all_to_all(sites[frm], sites[to]))
        rows(tap, world, 64 * len(PAIRS))
        own = [p for p, o in sites["north"].phones if not o["tunnelling"]]
        tunnel = [p for p, o in sites["south"].phones if o["tunnelling"]]
        street = [p for p, _ in sites["street"].phones]
        for both in (False, True):
            channels(tap, world, own[0], tunnel[0], both)
            channels(tap, world, tunnel[1], own[1], both)
            channels(tap, world, street[0], own[2], both)
        private(tap, sites, outside, inside)
        tap.equal(world.errors(), [], "terminals understood everything")


def test(tap):
    installed("tshark")
    between_networks(tap)
    behind_nat(tap)


if __name__ == "__main__":
    main(test)
