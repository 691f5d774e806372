#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The disk is full, the database is locked, the file is spoilt: calls go on,
and the log says what is the matter, once."""
import os
import sqlite3
import time

from rtp import Studio
from sipua import Phone
from world import World, expect_tone, main, wait

DISK = "2m"
USERS_MAX = 1500  # registrations that must have filled the rest of the disk
BUSY = 8.0  # seconds: the store waits less for a lock


class Office:
    """Two phones that call each other when asked."""

    def __init__(self, tap, world, studio):
        self.tap, self.world = tap, world
        self.alice = Phone(world, studio, "phone1", "alice", 5060, 440)
        self.bob = Phone(world, studio, "pub", "bob", 5060, 1200)
        self.ids = []
        tap.equal([self.alice.register(), self.bob.register()], [200] * 2,
                  "both register")

    def call(self, name):
        """A call that is heard on both sides, and hung up."""
        one = self.alice.dial("bob")
        if not self.tap.ok(one, name + ": a call is answered"):
            return
        two = self.bob.incoming()
        self.ids.append(one.id)
        for who, party, hz in (("alice", one.party, self.bob.hz),
                               ("bob", two.party, self.alice.hz)):
            wait(lambda: len(party.heard) > 50)
            expect_tone(self.tap, self.world.measure(party.record(
                self.world.path("heard.wav"))), hz,
                "%s: %s hears the other" % (name, who), least=800)
        self.tap.equal(one.hangup(), 200, name + ": and hung up")
        for p in (one.party, two.party):
            self.alice.studio.remove(p)

    def in_database(self, call_id):
        return self.world.query("SELECT * FROM calls WHERE call_identifier = ?"
                                " AND ended IS NOT NULL", call_id)

    def last_is_kept(self, name):
        self.tap.ok(wait(lambda: self.in_database(self.ids[-1])),
                    name + ": the call is in the database")


def complaints(world):
    return [line for line in world.kamailio.log().splitlines()
            if "ERROR" in line or "CRITICAL" in line]


def says_once(tap, world, before, words, name):
    wait(lambda: len(complaints(world)) > before)
    lines = complaints(world)[before:]
    tap.ok(len(lines) == 1 and words in lines[0],
           "%s: the log says so, once" % name, "%d lines" % len(lines),
           *lines[:5])


def fill(world):
    """Leaves no block of the disk free."""
    path = os.path.join(world.disk, "ballast")
    with open(path, "wb", buffering=0) as f:
        try:
            while True:
                f.write(bytes(4096))
        except OSError:
            pass
    return path


def full_disk(tap, office):
    world = office.world
    before = len(complaints(world))
    ballast = fill(world)
    # what SQLite's log still has room for is used up by registrations
    crowd = Phone(world, office.alice.studio, "phone3", "u", 5060, 0)
    bad = n = 0
    while len(complaints(world)) == before and n < USERS_MAX:
        crowd.user = "user%d" % n
        n += 1
        if crowd.register() != 200:
            bad += 1
    tap.equal(bad, 0, "full disk: %d phones register all the same" % n)
    office.call("full disk")
    says_once(tap, world, before, "no room on the disk", "full disk")
    os.unlink(ballast)
    office.call("room again")
    office.last_is_kept("room again")
    rows = wait(lambda: world.query(
        "SELECT count(*) AS n FROM active_registrations "
        "WHERE alias LIKE 'user%'")[0]["n"] == n)
    tap.ok(rows, "room again: and every registration", world.query(
        "SELECT count(*) FROM active_registrations"))


def locked(tap, office):
    world = office.world
    before = len(complaints(world))
    db = sqlite3.connect(world.store, isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    since = time.monotonic()
    office.call("locked")
    tap.equal(office.alice.register(), 200, "locked: a phone registers")
    wait(lambda: len(complaints(world)) > before or
         time.monotonic() > since + BUSY, BUSY + 1)
    tap.equal(office.in_database(office.ids[-1]), [],
              "locked: it is, indeed")
    db.execute("ROLLBACK")
    db.close()
    office.last_is_kept("unlocked")
    says_once(tap, world, before, "is locked by another program", "locked")


def spoilt(tap, office):
    """Found when Kamailio starts: a running one has what it needs in memory."""
    world = office.world
    world.kamailio.kill()
    world.kamailio.process.wait()
    before = len(complaints(world))
    with open(world.store, "r+b") as f:
        size = f.seek(0, os.SEEK_END)
        f.seek(0)
        f.write(b"\xa5" * size)
    os.unlink(world.store + "-wal")
    world.kamailio_start(store=False)
    tap.equal([office.alice.register(), office.bob.register()], [200] * 2,
              "spoilt file: phones register")
    time.sleep(3)  # what there is to say at the start
    lines = complaints(world)[before:]
    office.call("spoilt file")
    # each thing it can't do at the start is named: contacts, sessions, writing
    tap.ok(1 <= len(lines) <= 3 and
           all("is corrupted" in line for line in lines) and
           complaints(world)[before:] == lines,
           "spoilt file: the log says so at the start, and not again",
           *complaints(world)[before:])


def test(tap):
    with World(tap, "one-nat:symmetric") as w, Studio() as studio:
        w.small_disk(DISK)
        w.start()
        office = Office(tap, w, studio)
        office.call("before")
        office.last_is_kept("before")
        locked(tap, office)
        full_disk(tap, office)
        spoilt(tap, office)
        tap.ok(w.kamailio.alive() and w.relay.alive(), "both still run")


if __name__ == "__main__":
    main(test)
