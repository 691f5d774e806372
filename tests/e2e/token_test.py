#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""strict_test's phones with media in token mode: bare packets from sockets of
each stream's own, through firewalls that let out three ports. They hear each
other, no private address is seen outside, and a NAT that forgets is noticed.
Media pass one agent only where signalling has named the port: a relay that was
killed has it opened again, and not for good before the other agent is back.
"""
import os
import re
import signal

from agents import Capture, asked, with_each_server
from baresip import call, connect, goes_on
from strict_test import PRIVATE, begin, hear
from world import main, wait

OPENED = '"event":"open","what":"media"'  # in an agent's audit log


def run(tap, kind):
    with kind(tap) as world:
        group, home, alice, bob, carol = begin(
            world, "media_modes = token\n", "[policy]\nsignalled_only = yes\n")
        agents = asked(world, "agents")
        tap.ok(re.search(r"^branch-1\s+up\s.*\btoken\b", agents, re.M),
               "posternctl agents: it is token mode", agents)
        outside = Capture(world, "pub", "udp")
        call(tap, world, alice, carol, "agent to the street")
        call(tap, world, bob, alice, "agent to agent")
        tap.equal(PRIVATE.findall(outside.stop()), [],
                  "on the street: no private address in any packet")

        connect(alice, bob)
        hear(tap, alice, bob, "disturbed")
        world.lab.run("nat1", "conntrack", "-F")
        goes_on(tap, world, "NAT 1 forgets", alice, bob)
        before = group.log().count(OPENED)
        os.kill(home.pid, signal.SIGSTOP)
        world.relay_restart()
        wait(lambda: group.log().count(OPENED) > before, 20, "opened again")
        os.kill(home.pid, signal.SIGCONT)
        goes_on(tap, world, "relay killed, one agent late", alice, bob)
        group.kill()
        group.process.wait()
        alice.hangup()


if __name__ == "__main__":
    main(lambda tap: with_each_server(tap, run))
