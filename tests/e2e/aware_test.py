#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Agents that know SIP, before a server whose Kamailio has no module of ours:
a plain registrar and proxy.

The phones are behind firewalls that let out three ports; they register, call
each other and a phone on the street, in both directions, hold, and hear each
other. What leaves shows no private address. NATs forget, programs are killed.
"""
import os
import re

from agents import TUNNEL, Capture, agent, restart
from baresip import Baresip, connect, goes_on
from strict_test import PRIVATE, shown
from world import (KAMAILIO_MODULES, SERVER4, SIP_PORT, Program, World,
                   expect_tone, installed, main, wait)

CONFIG = os.path.join(os.path.dirname(os.path.realpath(__file__)),
                      "plain_registrar.cfg")


class PlainWorld(World):
    def kamailio_start(self, tls=None, store=False):
        self.kamailio = Program(
            self, "server", "kamailio", installed("kamailio"), "-DD", "-E",
            "-m", "64", "-M", "8", "-f", CONFIG, "-L", KAMAILIO_MODULES,
            "-P", self.path("kamailio.pid"), "-Y", self.dir,
            "-A", "CTL=\"%s\"" % self.ctl,
            "-l", "udp:%s:%d" % (SERVER4, SIP_PORT))
        self.kamailio.binds(SIP_PORT)
        wait(lambda: self.kamcmd("core.uptime"), 20, "Kamailio answers")


def begin(world):
    world.relay_more = TUNNEL.replace("sip =", "registrar =") % \
        world.path("state")
    world.start()
    group, door1 = agent(world, "phone3", "branch-1", own="aware = yes\n")
    _, door2 = agent(world, "phone2", "home-2", 5070, address="127.0.0.1",
                     own="mode = personal\naware = yes\n")
    world.lab.run("phone1", "ip", "route", "del", "default")
    alice = Baresip(world, "phone1", "alice", 440,
                    server=door1.replace(":5060", ""))
    bob = Baresip(world, "phone2", "bob", 1200, server=door2, proxy=door2,
                  local=True)
    carol = Baresip(world, "pub", "carol", 800)
    for phone in (alice, bob, carol):
        phone.registered()
    return group, alice, bob, carol


def hear(tap, p, q, name):
    for a, b in ((p, q), (q, p)):
        expect_tone(tap, a.heard(1500), b.hz,
                    "%s: %s hears %s" % (name, a.user, b.user))


def hang_up(tap, world, p, q, name):
    p.hangup()
    q.happens("CALL_CLOSED")
    tap.ok(wait(lambda: not world.sessions(), 5),
           name + ": hung up, the relay's sessions are closed",
           world.sessions())


def call(tap, world, caller, callee, sessions, name):
    connect(caller, callee)
    hear(tap, caller, callee, name)
    got = world.sessions()
    tap.ok(len(got) == sessions and
           all(s["owner"].startswith("agent ") and
               s["streams"][0][leg]["state"] == "latched"
               for s in got for leg in "ab"),
           name + ": a session for each agent's side, latched", got)
    hang_up(tap, world, caller, callee, name)


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
    tap.ok(wait(lambda: not world.sessions(), 5),
           "declined: no session is left", world.sessions())
    caller.dial(callee.user)
    callee.happens("CALL_INCOMING")
    caller.hangup()
    callee.happens("CALL_CLOSED")
    tap.ok(wait(lambda: not world.sessions(), 5),
           "cancelled: no session is left", world.sessions())


def calls(tap, world, alice, bob, carol):
    outside = Capture(world, "pub", "udp")
    inside = Capture(world, "phone1", "udp")
    call(tap, world, alice, bob, 2, "agent to agent")
    call(tap, world, bob, alice, 2, "and back")
    call(tap, world, alice, carol, 1, "agent to the street")
    call(tap, world, carol, alice, 1, "the street to an agent")
    held(tap, world, alice, carol)
    held(tap, world, bob, alice)
    refused(tap, world, alice, carol)
    refused(tap, world, carol, bob)
    seen = re.findall(rb"[^\n]*(?:%s)[^\n]*" % PRIVATE.pattern,
                      outside.stop())
    tap.equal(seen, [], "on the street: no private address in any packet")
    shown(tap, world, inside.stop())


def disturbed(tap, world, group, alice, bob):
    connect(alice, bob)
    hear(tap, alice, bob, "disturbed")
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
    hang_up(tap, world, alice, bob, "disturbed")


def test(tap):
    with PlainWorld(tap, "two-nats:strict,strict") as world:
        group, alice, bob, carol = begin(world)
        calls(tap, world, alice, bob, carol)
        disturbed(tap, world, group, alice, bob)
        call(tap, world, bob, alice, 2, "after all that")


if __name__ == "__main__":
    main(test)
