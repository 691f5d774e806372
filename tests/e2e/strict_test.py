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

from agents import MODPARAM, TUNNEL, Capture, agent, asked, restart
from baresip import Baresip, call, connect, goes_on
from world import World, expect_tone, main, wait

PRIVATE = re.compile(rb"10\.1\.0\.\d+|192\.168\.2\.\d+|127\.0\.0\.1")


def begin(world, more=""):
    world.relay_more = TUNNEL % world.path("state") + more
    world.start(more=MODPARAM)
    group, door1 = agent(world, "phone3", "branch-1")
    personal, door2 = agent(world, "phone2", "home-2", 5070,
                            address="127.0.0.1", own="mode = personal\n")
    # the phone of the first network has no way out at all
    world.lab.run("phone1", "ip", "route", "del", "default")
    alice = Baresip(world, "phone1", "alice", 440,
                    server=door1.replace(":5060", ""))
    bob = Baresip(world, "phone2", "bob", 1200, server=door2, proxy=door2,
                  local=True)
    carol = Baresip(world, "pub", "carol", 800)
    for phone in (alice, bob, carol):
        phone.registered()
    return group, personal, alice, bob, carol


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


def disturbed(tap, world, group, alice, bob):
    """A call goes on while things go wrong."""
    connect(alice, bob)
    expect_tone(tap, bob.heard(1500), alice.hz, "disturbed: they hear")

    world.lab.run("nat1", "conntrack", "-F")
    goes_on(tap, world, "NAT 1 forgets", alice, bob)
    world.relay.kill()
    world.relay.process.wait()
    world.relay_start()
    goes_on(tap, world, "relay killed", alice, bob)
    group.kill()
    group.process.wait()
    group = restart(world, "phone3", group)
    group.says("the tunnel is up", 20)
    goes_on(tap, world, "agent killed", alice, bob)
    alice.hangup()
    bob.happens("CALL_CLOSED")
    tap.ok(wait(lambda: not world.sessions(), 5), "the call ends",
           world.sessions())
    return group


def test(tap):
    with World(tap, "two-nats:strict,strict") as world:
        group, _, alice, bob, carol = begin(world)
        registrations(tap, world)
        calls(tap, world, alice, bob, carol)
        disturbed(tap, world, group, alice, bob)
        call(tap, world, bob, alice, "after all that")


if __name__ == "__main__":
    main(test)
