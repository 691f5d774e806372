#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""SIPps behind an agent each, which know SIP themselves: what SIPp does to a
call at its beginning (a late offer, PRACK, forks) and while it goes on (hold,
move, offers that are refused, fax), as it does before our module. Each side
plays a tone, which is measured at the other; the registrar is told no private
address, and nobody else is."""
from agents import AwareWorld
from rtp import Studio
from sides import with_sides
from sipp_call_test import fork, late_offer, prack
from sipp_change_test import callee_moves, fax, hold, refused, update
from strict_test import PRIVATE
from world import main


def first_answers(tap, s, name):
    fork(tap, s, name, 0)


def test(tap):
    with AwareWorld(tap) as world, Studio() as studio:
        world.begin()
        for user, host, at in (("alice", "phone1", "phone3"),
                               ("bob", "phone2", "phone2")):
            world.agent(at, "of-" + user)
            world.places[user] = host, world.lab.address(at)
        world.lab.run("phone1", "ip", "route", "del", "default")
        outside = world.outside()
        for f, name in ((late_offer, "late offer"), (prack, "PRACK"),
                        (hold, "hold"), (update, "UPDATE"),
                        (callee_moves, "the called party moves"),
                        (refused, "offer refused"), (fax, "T.38")):
            with_sides(tap, world, studio, name, f)
        for f, name in ((fork, "fork"), (first_answers, "the first answers")):
            with_sides(tap, world, studio, name, f, 2)
        seen = outside.stop()
        tap.equal(PRIVATE.findall(seen), [],
                  "no private address in any packet")
        tap.ok(b"INVITE sip:bob" in seen, "and it was looked at")


main(test)
