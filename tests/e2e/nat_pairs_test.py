#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Two phones (baresip), each behind a NAT of each kind, call each other and
hear each other's tone.

The strict firewall lets out three published ports, and a phone without an
agent speaks SIP to port 5060 and RTP to any port of the relay's range. So the
phones behind strict firewalls here have those ports published; with the three
alone they need an agent.
"""
from baresip import Baresip, call
from world import MEDIA_PORTS, World, main

KINDS = ("symmetric", "preserving", "none")


def pair(tap, one, two):
    name = "%s to %s" % (one, two)
    with World(tap, "two-nats:%s,%s" % (one, two),
               LAB_PUBLISHED="udp/5060 udp/%s" % MEDIA_PORTS) as w:
        w.start()
        alice = Baresip(w, "phone1", "alice", 440)
        bob = Baresip(w, "phone2", "bob", 1200)
        alice.registered()
        bob.registered()
        call(tap, w, alice, bob, name)


def test(tap):
    for one in KINDS:
        for two in KINDS:
            pair(tap, one, two)
    pair(tap, "strict", "strict")


if __name__ == "__main__":
    main(test)
