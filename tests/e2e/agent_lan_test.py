#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Two agents behind the same NAT, each with a phone at 10.0.0.5, one over UDP
and one over TCP.

The phones go by Record-Route, not by an outbound proxy, and see their agent
alone. INVITEs over 8 KB pass both ways, in fragments where they are datagrams.
The TCP phone's connection ends: it is called back, and known again.
"""
import re

from agents import asked, with_each_server
from rtp import Studio
from stream_phone import RoutePhone
from world import expect_tone, main, wait

DOOR, PHONE = "10.0.0.1", "10.0.0.5"
PRIVATE = re.compile(rb"[^\n]*(?:10\.0\.0\.\d|10\.1\.0\.\d)[^\n]*")
LARGE = 9000  # octets of a header
LISTEN = 1.0  # seconds


def network(world, host):
    """A network in a host, with its agent and its phone in it."""
    for argv in (("ip", "link", "add", "lan0", "type", "veth", "peer", "name",
                  "lan1"),
                 ("ip", "link", "set", "lan1", "up"),
                 ("ip", "link", "set", "lan0", "up"),
                 ("ip", "link", "set", "lo", "mtu", "1500"),
                 ("ip", "addr", "add", DOOR + "/24", "dev", "lan0"),
                 ("ip", "addr", "add", PHONE + "/24", "dev", "lan0")):
        r = world.lab.run(host, *argv)
        if r.returncode:
            raise RuntimeError(r)


def begin(world, studio):
    world.begin()
    phones = []
    for host, name, user, hz, transport in (
            ("phone1", "one", "alice", 440, "udp"),
            ("phone3", "two", "bob", 1200, "tcp")):
        network(world, host)
        world.agent(host, name, address=DOOR)
        phones.append(RoutePhone(world, studio, host, user, hz, PHONE, DOOR,
                                 transport))
    return phones


def hear(tap, world, party, hz, name):
    since = party.last_heard()
    wait(lambda: sum(h[0] > since for h in list(party.heard)) >= 50 * LISTEN,
         15)
    expect_tone(tap, world.measure(party.record(world.path("heard.wav"),
                                                since)), hz, name,
                least=1000 * LISTEN - 200)


def call(tap, world, one, two, name, large=False):
    two.calls.clear()
    text = "x" * LARGE
    c = one.dial(two.user, extra=[("Subject", text)] if large else ())
    if not tap.ok(c, name + ": answered", one.refused):
        return
    d = two.incoming()
    if large:
        tap.equal(d.invite["Subject"], text, name + ": all of it is there")
    hear(tap, world, c.party, two.hz, "%s: %s hears %s" % (
        name, one.user, two.user))
    hear(tap, world, d.party, one.hz, "%s: %s hears %s" % (
        name, two.user, one.user))
    # who was called hangs up: by what the INVITE said of the way back
    tap.equal(d.hangup(), 200, name + ": hung up by the other")
    tap.ok(wait(lambda: c.state == "ended", 5), name + ": and it is told")
    # or it would speak to the next call's port, if it is the same one
    for ended in (c, d):
        ended.phone.studio.remove(ended.party)
    tap.ok(wait(lambda: not world.sessions(), 5), name + ": no session left")


def rows(world):
    """Who is registered; where no database is kept, nobody."""
    found = world.query("SELECT * FROM active_registrations") \
        if world.keeps_calls else []
    return {r["alias"].split("@")[0]: r for r in found}


def registrations(tap, world, alice, bob):
    tap.equal([alice.register(), bob.register()], [200, 200], "they register")
    if world.keeps_calls:
        wait(lambda: len(rows(world)) == 2, 5)
        tap.equal({u: (r["agent"], r["transport"])
                   for u, r in rows(world).items()},
                  {"alice": ("one", "udp"), "bob": ("two", "tcp")},
                  "the same address twice: the database keeps them apart")
    tap.equal(len(re.findall(r"^(?:one|two)\s+up", asked(world, "agents"),
                             re.M)), 2, "two agents behind one NAT are up")


def ways(tap, alice, bob):
    tap.equal((alice.hops, bob.hops),
              ({(DOOR, 5060, "udp")}, {(DOOR, 5060, "tcp")}),
              "Record-Route leads to the agent, each over its transport")


def reconnects(tap, world, alice, bob):
    before = rows(world)
    bob.listen()
    bob.disconnect()
    call(tap, world, alice, bob, "called back")
    bob.disconnect()
    tap.equal(bob.register(), 200, "connected again: it registers")
    tap.equal([r["contact"] for r in rows(world).values()],
              [r["contact"] for r in before.values()], "and is who it was")
    call(tap, world, alice, bob, "connected again")
    bob.disconnect()
    bob.deaf()
    bob.calls.clear()
    alice.dial("bob", seconds=8)
    tap.equal((alice.refused, len(bob.calls)), (480, 0),
              "not to be reached: the caller is told at once")
    tap.ok(wait(lambda: not world.sessions(), 5),
           "not to be reached: no session left", world.sessions())


def run(tap, kind):
    with kind(tap) as world, Studio() as studio:
        alice, bob = begin(world, studio)
        registrations(tap, world, alice, bob)
        outside = world.outside()
        call(tap, world, alice, bob, "UDP to TCP", large=True)
        call(tap, world, bob, alice, "TCP to UDP", large=True)
        ways(tap, alice, bob)
        reconnects(tap, world, alice, bob)
        tap.equal(PRIVATE.findall(outside.stop()), [],
                  "no private address in any packet")


if __name__ == "__main__":
    main(lambda tap: with_each_server(tap, run))
