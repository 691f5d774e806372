#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""kill -9 in the middle of ten calls: of Kamailio, of the relay, of both; and
an orderly stop of Kamailio, while another call rings.

Media flows on, or is back within two seconds of the relay's running again, on
the same ports; registrations are all there; calls can be hung up and have one
row each in the database.
"""
import re
import time
from concurrent.futures import ThreadPoolExecutor

from rtp import TICK, Studio, ahead, missing, number
from sipua import Phone
from world import World, main, wait

CALLS = 10
BACK = 2.0  # seconds, the promise
LISTEN = 1.0  # seconds of media that are measured


class Town:
    """Ten callers behind one NAT, ten called behind the other."""

    def __init__(self, tap, world, studio):
        self.tap, self.world = tap, world
        # frequencies that no harmonic of another comes near
        self.callers = [Phone(world, studio, "phone1", "caller%d" % i,
                              5060 + i, 400 + 50 * i) for i in range(CALLS)]
        self.callees = [Phone(world, studio, "phone2", "callee%d" % i,
                              5060 + i, 1600 + 50 * i) for i in range(CALLS)]
        self.pairs = []

    def users(self):
        return sorted(p.user for p in self.callers + self.callees)

    def register(self):
        got = [p.register() for p in self.callers + self.callees]
        self.tap.equal(got, [200] * 2 * CALLS, "all register")

    def call(self):
        self.pairs = []
        for a, b in zip(self.callers, self.callees):
            b.calls.clear()
            one = a.dial(b.user)
            if one:
                self.pairs.append((one, b.incoming()))
        self.tap.equal(len(self.pairs), CALLS, "%d calls are answered" % CALLS)

    def parties(self):
        """Each party with the tone that it is to hear."""
        for one, two in self.pairs:
            yield one.party, two.party.hz
            yield two.party, one.party.hz

    def flows(self, since, seconds=10):
        """True once every party has heard something since then."""
        return wait(lambda: all(p.last_heard() > since
                                for p, _ in self.parties()), seconds)

    def heard(self, name):
        """Everybody hears the right tone now, and no other."""
        since = time.monotonic()
        wait(lambda: all(sum(1 for h in p.heard[-100:] if h[0] > since) >= 50
                         for p, _ in self.parties()), 3 * LISTEN + 5)
        bad = 0
        for i, (p, hz) in enumerate(self.parties()):
            got = self.world.measure(p.record(self.world.path("heard.wav"),
                                              since))
            good = {int(k) for k in got["heard"]} <= {hz - 10, hz, hz + 10} \
                and got["heard"]
            if not good:
                bad += 1
                self.tap.note("party %d should hear %d Hz: %s" % (i, hz, got))
        self.tap.equal(bad, 0, "%s: all %d hear the other's tone" % (
            name, 2 * CALLS))

    def gap(self, since):
        """The most that anybody lacks in a row since then, in seconds."""
        return max(missing([h[2] for h in list(p.heard) if h[0] > since])
                   for p, _ in self.parties())

    def said(self):
        """For each party, what the other said last."""
        return [p.said() for one, two in self.pairs
                for p in (two.party, one.party)]

    def ports(self):
        return sorted((s["id"], leg, s["streams"][0][leg]["local"]["port"])
                      for s in self.world.sessions() for leg in "ab")

    def registrations(self, name):
        rows = self.world.query("SELECT alias FROM active_registrations")
        self.tap.equal(sorted(r["alias"].split("@")[0] for r in rows),
                       self.users(), name + ": all are in the database")

    def hangup(self, name, before):
        """Half by the caller, half by the callee."""
        got = []
        for i, (one, two) in enumerate(self.pairs):
            by, other = (one, two) if i % 2 else (two, one)
            got.append(by.hangup())
            wait(lambda: other.state == "ended", 5)
        self.tap.equal((got, [c.state for p in self.pairs for c in p]),
                       ([200] * CALLS, ["ended"] * 2 * CALLS),
                       name + ": calls are hung up, from either side")
        for p in (p for pair in self.pairs for p in pair):
            p.party.remote = None
        calls = [one.id for one, _ in self.pairs]
        self.tap.ok(wait(lambda: not [s for s in self.world.sessions()
                                      if s["label"] in calls], 5),
                    name + ": the relay has no session of theirs left",
                    *self.world.sessions())
        wait(lambda: len(self.world.calls(True)) == before + CALLS, 5)
        ids = [r["call_identifier"] for r in self.world.calls(True)]
        mine = [ids.count(i) for i in calls]
        self.tap.equal((mine, len(self.world.calls())),
                       ([1] * CALLS, before + CALLS),
                       name + ": one ended row a call")


def kamailio_gone(town, name, end):
    """Kamailio ends, by end(), and comes back."""
    tap, world = town.tap, town.world
    since = time.monotonic()
    end()
    town.heard(name)
    tap.ok(town.gap(since) < 1, name + ": media never stopped",
           "missing in a row: %.2f s" % town.gap(since))
    town.registrations(name)
    world.kamailio_start()
    town.heard(name + ", and back")
    town.registrations(name + ", and back")
    wait(lambda: len(contacts(world)) == 2 * CALLS, 5)
    tap.equal(contacts(world), town.users(), name + ", and back: it knows all")


def killed(world):
    world.kamailio.kill()
    world.kamailio.process.wait()


def stopped(town):
    """As an operator does it; one more call rings."""
    caller, callee = town.callers[0], town.callees[1]
    callee.ringing_only = True
    busy = len(callee.calls)
    with ThreadPoolExecutor(1) as pool:
        ringing = pool.submit(caller.dial, callee.user, 6)
        wait(lambda: len(callee.calls) > busy, what="ringing")
        town.tap.equal(town.world.kamailio.stop(), 0,
                       "Kamailio stopped while a call rings: it ends well")
        ringing.result()
    callee.ringing_only = False


def contacts(world):
    """Who Kamailio's usrloc knows."""
    return sorted(re.findall(r"AoR: (\w+)", world.kamcmd("ul.dump")))


def relay_back(town, name, before):
    """The relay has just said that it is ready."""
    ready, said = time.monotonic(), town.said()
    town.tap.ok(town.flows(ready), name + ": all hear something again",
                "silent: %d parties" % sum(p.last_heard() < ready
                                           for p, _ in town.parties()))
    first = [next((TICK * ahead(number(h[2]), n) for h in list(p.heard)
                   if h[0] > ready), 99)
             for (p, _), n in zip(town.parties(), said)]
    town.tap.ok(max(first) <= BACK, name + ": media is back within %.0f s" %
                BACK, "after %.2f s" % max(first))
    town.tap.note("media back after %.2f s" % max(first))
    town.tap.equal(town.ports(), before, name + ": on the same ports")
    town.heard(name)


def test(tap):
    with World(tap, "two-nats:symmetric,preserving") as w, Studio() as studio:
        w.start()
        town = Town(tap, w, studio)
        town.register()

        town.call()
        town.heard("before")
        kamailio_gone(town, "Kamailio killed", lambda: killed(w))
        town.hangup("Kamailio killed", 0)

        town.call()
        town.heard("once more")
        before = town.ports()
        w.relay.kill()
        w.relay.process.wait()
        w.relay_start()
        relay_back(town, "relay killed", before)
        town.hangup("relay killed", CALLS)

        town.call()
        town.heard("a third time")
        before = town.ports()
        w.relay.kill()
        w.kamailio.kill()
        w.relay.process.wait()
        w.kamailio.process.wait()
        town.registrations("both killed")
        w.relay_start()
        w.kamailio_start()
        relay_back(town, "both killed", before)
        wait(lambda: len(contacts(w)) == 2 * CALLS, 5)
        tap.equal(contacts(w), town.users(), "both back: Kamailio knows all")
        town.hangup("both killed", 2 * CALLS)

        town.call()
        town.heard("a fourth time")
        kamailio_gone(town, "Kamailio stopped", lambda: stopped(town))
        # the call that rang: its caller has been told nothing, but the
        # database knows that it is over
        rows = [r for r in w.calls() if r["end_reason"] == "restart"]
        tap.ok(len(rows) == 1 and not rows[0]["answered"],
               "Kamailio stopped: the call that rang ended with it", *rows)
        town.hangup("Kamailio stopped", 3 * CALLS + 1)


if __name__ == "__main__":
    main(test)
