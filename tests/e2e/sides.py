# SPDX-License-Identifier: GPL-2.0-or-later
"""Two or more SIPps with media: what the SIPp tests share.

Who is called registers first. Each side plays a tone of its own from a socket
of its own; the tone is measured at the other.
"""
import time

from rtp import Party
from sipp import Peer, recv, sdp
from world import expect_tone, wait

ALICE, BOB, BOB2 = 440, 1200, 2000  # Hz
LISTEN = 1.0  # s
PROGRESS = [recv(100, True), recv(180, True), recv(183, True)]


class Sides:
    """Caller and called party with a socket for media each."""

    def __init__(self, world, studio, call, callees=1):
        self.world, self.studio = world, studio
        self.a = Peer(world, 5070, "alice", call)
        self.bs = [Peer(world, 5080 + i, "bob", call)
                   for i in range(callees)]
        self.b = self.bs[0]
        self.sessions = world.sessions_of(self.a.server, self.b.server)
        self.parties = []
        self.pa = self.party(self.a, 6000, ALICE)
        self.pbs = [self.party(b, 7000 + 10 * i, (BOB, BOB2)[i])
                    for i, b in enumerate(self.bs)]
        self.pb = self.pbs[0]

    def party(self, peer, port, hz):
        p = self.studio.add(Party(peer.udp(port), hz))
        self.parties.append(p)
        return p

    def close(self):
        for b in self.bs:
            b.register(expires=0, cseq=3, password=self.world.password)
        for p in self.parties:
            self.studio.remove(p)
        time.sleep(0.1)  # the studio may still look at them
        for p in self.parties:
            p.sock.close()

    def talk(self, tap, pairs, name):
        """Each party hears its tone and no other, for a while from now on."""
        time.sleep(0.2)  # what was on its way
        since = time.monotonic()
        for party, hz, who in pairs:
            wait(lambda: sum(h[0] > since for h in list(party.heard)) >=
                 50 * LISTEN, 10)
            wav = party.record(self.world.path("heard.wav"), since)
            expect_tone(tap, self.world.measure(wav), hz,
                        "%s: %s hears %d Hz" % (name, who, hz),
                        LISTEN * 1000 * 0.7)

    def both(self, tap, name):
        self.talk(tap, [(self.pa, BOB, "alice"), (self.pb, ALICE, "bob")],
                  name)

    def ended(self, tap, name, reason, by=None, code=0):
        for p in [self.a, *self.bs]:
            tap.ok(p.done(), "%s: %s's scenario is through" % (name, p.user),
                   p.why())
        tap.ok(wait(lambda: not self.world.sessions()),
               "%s: no session is left at the relay" % name,
               self.world.sessions())
        if not self.world.keeps_calls:
            return None
        row = wait(lambda: self.world.query(
            "SELECT * FROM calls WHERE call_identifier = ? AND "
            "ended IS NOT NULL", self.a.call + "@lab"), 5)
        tap.ok(len(row or []) == 1 and row[0]["end_reason"] == reason and
               (not by or row[0]["ended_by"] == by) and
               (row[0]["end_code"] or 0) == code,
               "%s: one row, ended by %s" % (name, reason), row)
        return row[0] if row else None


def with_sides(tap, world, studio, name, run, callees=1):
    s = Sides(world, studio, name.replace(" ", "-"), callees)
    try:
        for b in s.bs:
            tap.ok(b.register(password=world.password),
                   "%s: bob registers" % name, b.why())
        run(tap, s, name)
    finally:
        s.close()


def offer(p, port, *more):
    return sdp(p.ip, port, (0,), 1, None, *more)


def invite(a, *more, body=None):
    body = offer(a, 6000) if body is None else body
    return a.request("INVITE", "bob", 1, body, *more)
