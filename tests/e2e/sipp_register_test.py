#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""SIPp registers: first, refreshed, taken back, expired, with digest. What the
database says is looked at 50 ms after the 200 at the latest."""
import time

from sipp import Peer, message, recv, send
from world import SERVER4, SIP_PORT, World, main, wait

IN_DATABASE = 0.05  # s after the 200
SQL = "SELECT * FROM active_registrations WHERE alias = ?"


def after_200(world, user):
    time.sleep(IN_DATABASE)
    return world.query(SQL, user)


def lifecycle(tap, world):
    alice = Peer(world, 5070, "alice", "register")
    tap.ok(alice.register(), "registered", alice.why())
    rows = after_200(world, "alice")
    tap.equal(len(rows), 1, "and in the database 50 ms later")
    tap.ok(rows and rows[0]["contact"] == "sip:alice@%s:5070" % alice.ip,
           "with her Contact", rows)

    first = world.query("SELECT * FROM contacts")
    tap.ok(alice.register(cseq=2), "refreshed", alice.why())
    again = world.query("SELECT * FROM contacts")
    tap.ok(wait(lambda: world.query("SELECT * FROM refreshes WHERE cseq = 2"),
                1), "the refresh is in the database")
    tap.ok(len(again) == 1 and
           again[0]["first_seen"] == first[0]["first_seen"],
           "in the same row, first seen when she was", first, again)

    other = Peer(world, 5071, "alice", "register")
    tap.ok(other.register(), "a second contact registers", other.why())
    tap.equal(len(after_200(world, "alice")), 2, "two rows")

    tap.ok(alice.register(expires=0, cseq=3), "unregistered", alice.why())
    rows = after_200(world, "alice")
    tap.ok([r["contact"] for r in rows] ==
           ["sip:alice@%s:5071" % other.ip], "gone from the database", rows)

    tap.ok(other.register(expires=2, cseq=2), "registered for 2 s")
    tap.ok(wait(lambda: not world.query(SQL, "alice"), 10),
           "it expires from the view")
    tap.ok(wait(lambda: not world.query("SELECT * FROM contacts"), 10),
           "and from the table")


def digest(tap, world):
    bob = Peer(world, 5072, "bob", "digest")

    def steps(password):
        def register(cseq, *more):
            return send(message("REGISTER sip:%s SIP/2.0" % SERVER4, [
                "Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]",
                "From: <sip:bob@%s>;tag=d" % SERVER4,
                "To: <sip:bob@%s>" % SERVER4, "Call-ID: [call_id]",
                "CSeq: %d REGISTER" % cseq, "Max-Forwards: 70",
                "Contact: <sip:bob@[local_ip]:[local_port]>", *more], ""))
        return [register(1), recv(401, auth="true"),
                register(2, "[authentication username=bob password=%s]" %
                         password),
                recv(200 if password == "secret" else 401)]

    bob.run(steps("wrong"), "%s:%d" % (SERVER4, SIP_PORT), uac=True)
    tap.ok(bob.done(), "a wrong password is refused", bob.why())
    tap.equal(after_200(world, "bob"), [], "and registers nobody")
    bob.run(steps("secret"), "%s:%d" % (SERVER4, SIP_PORT), uac=True)
    tap.ok(bob.done(), "the right one is not", bob.why())
    tap.equal(len(after_200(world, "bob")), 1, "and registers bob")


def test(tap):
    with World(tap, "flat") as world:
        lifecycle(tap, world.start())
    with World(tap, "flat") as world:
        digest(tap, world.start(password="secret"))


main(test)
