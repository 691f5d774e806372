#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Phones behind firewalls that let out three ports and nothing else, through
agents: one that serves a network and one, in personal mode, that serves the
phone beside it.

The phones have no route to the outside. They register, call each other and a
phone on the street, in both directions, and hear each other. What leaves shows
no private address; the phones see their agent alone. NATs forget, programs are
killed.
"""
import re

from agents import Capture, asked, restart, with_each_server
from baresip import Baresip, call, connect, goes_on
from world import expect_tone, main, wait

PRIVATE = re.compile(rb"10\.1\.0\.\d+|192\.168\.2\.\d+|127\.0\.0\.1")


def begin(world, more="", lan=""):
    """more: of the relay's [tunnel]; lan: of the first agent's, and on."""
    world.begin(more)
    group, door1 = world.agent("phone3", "branch-1", more=lan)
    home, door2 = world.agent("phone2", "home-2", 5070, address="127.0.0.1",
                           server="rotate = 2s\n", own="mode = personal\n")
    # the phone of the first network has no way out at all
    world.lab.run("phone1", "ip", "route", "del", "default")
    alice = Baresip(world, "phone1", "alice", 440,
                    server=door1.replace(":5060", ""))
    bob = Baresip(world, "phone2", "bob", 1200, server=door2, proxy=door2,
                  local=True)
    carol = Baresip(world, "pub", "carol", 800)
    for phone in (alice, bob, carol):
        phone.registered()
    return group, home, alice, bob, carol


def registrations(tap, world):
    def rows():
        return {r["alias"].split("@")[0]: r["agent"] for r in
                world.query("SELECT * FROM active_registrations")}

    wait(lambda: len(rows()) == 3, 5)
    tap.equal(rows(), {"alice": "branch-1", "bob": "home-2", "carol": None},
              "the database says which agent each is behind")
    agents = asked(world, "agents")
    tap.ok(re.search(r"^branch-1\s+up", agents, re.M) and
           re.search(r"^home-2\s+up", agents, re.M),
           "posternctl agents: both are up", agents)


def calls(tap, world, alice, bob, carol):
    outside = Capture(world, "pub", "udp")
    inside = Capture(world, "phone1", "udp")
    call(tap, world, alice, bob, "agent to agent")
    call(tap, world, bob, alice, "and back")
    call(tap, world, alice, carol, "agent to the street")
    call(tap, world, carol, alice, "the street to an agent")
    seen = re.findall(rb"[^\n]*(?:%s)[^\n]*" % PRIVATE.pattern,
                      outside.stop())
    tap.equal(seen, [], "on the street: no private address in any packet")
    shown(tap, alice.world, inside.stop())


def shown(tap, world, data):
    """In the network the far end is the agent: where the next request goes,
    and where media go."""
    mine = (world.lab.address("phone1") + "|" +
            world.lab.address("phone3")).encode()
    for what, pattern in (("Record-Route", rb"^Record-Route: <sip:([\d.]+)"),
                          ("Contact", rb"^Contact: <sip:[^@]+@([\d.]+)"),
                          ("SDP", rb"^[co]=.*IN IP4 ([\d.]+)")):
        hosts = set(re.findall(pattern, data, re.M))
        tap.ok(hosts and all(re.fullmatch(mine, h) for h in hosts),
               "in the network: %s shows the agent and the phone alone" % what,
               hosts)


def hear(tap, p, q, name):
    for a, b in ((p, q), (q, p)):
        expect_tone(tap, a.heard(1500), b.hz,
                    "%s: %s hears %s" % (name, a.user, b.user))


def hang_up(tap, world, p, q, name):
    p.hangup()
    q.happens("CALL_CLOSED")
    none_left(tap, world, name + ": hung up")


def none_left(tap, world, name):
    tap.ok(wait(lambda: not world.sessions(), 5),
           name + ", the relay has no session", world.sessions())


def packets(world):
    return {s["id"] + leg: s["streams"][0][leg]["packets"]
            for s in world.sessions() for leg in "ab"}


def held(tap, world, caller, callee):
    connect(caller, callee)
    hear(tap, caller, callee, "hold")
    caller.command("hold")
    tap.ok(wait(lambda: all(s["hold"] for s in world.sessions()), 5),
           "hold: the relay knows", world.sessions())
    caller.command("resume")
    tap.ok(wait(lambda: not any(s["hold"] for s in world.sessions()), 5),
           "hold: and knows when it ends", world.sessions())
    # what is heard after a hold baresip does not record
    before = packets(world)
    tap.ok(wait(lambda: all(n > before[k] + 50
                            for k, n in packets(world).items()), 10),
           "hold ended: packets come from both again",
           before, packets(world))
    hang_up(tap, world, callee, caller, "hold")


def refused(tap, world, caller, callee):
    caller.dial(callee.user)
    callee.happens("CALL_INCOMING")
    callee.hangup()
    caller.happens("CALL_CLOSED")
    none_left(tap, world, "declined")
    caller.dial(callee.user)
    callee.happens("CALL_INCOMING")
    caller.hangup()
    callee.happens("CALL_CLOSED")
    none_left(tap, world, "cancelled")


def disturbed(tap, world, group, alice, bob):
    """A call goes on while things go wrong."""
    connect(alice, bob)
    hear(tap, alice, bob, "disturbed")

    world.lab.run("nat1", "conntrack", "-F")
    goes_on(tap, world, "NAT 1 forgets", alice, bob)
    world.relay_restart()
    goes_on(tap, world, "relay killed", alice, bob)
    group.kill()
    group.process.wait()
    group = restart(world, "phone3", group)
    group.says("the tunnel is up", 20)
    goes_on(tap, world, "agent killed", alice, bob)
    hang_up(tap, world, alice, bob, "disturbed")


def run(tap, kind):
    with kind(tap) as world:
        group, _, alice, bob, carol = begin(world)
        if world.keeps_calls:
            registrations(tap, world)
        calls(tap, world, alice, bob, carol)
        held(tap, world, alice, carol)
        held(tap, world, bob, alice)
        refused(tap, world, alice, carol)
        refused(tap, world, carol, bob)
        disturbed(tap, world, group, alice, bob)
        call(tap, world, bob, alice, "after all that")


def test(tap):
    with_each_server(tap, run)


if __name__ == "__main__":
    main(test)
