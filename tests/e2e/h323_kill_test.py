#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""kill -9 in the middle of H.323 calls: of h323gw, of the relay, of an agent;
and bad input to all of h323gw's ports while they talk.

Registrations are all there without anybody's registering again, media flow on
or are back within two seconds, each call has one row in the end."""
import os
import random
import socket
import struct

from agents import restart
from h323 import CALL_PORT, RAS_PORT, H323World, Missed, Site
from lab import in_namespace
from world import SERVER4, TOP, main, wait

CALLS = 6
BACK = 2000  # ms, the promise
JITTER = 400  # ms: what a busy machine may drop when nothing is to be noticed
GOES_ON = 25  # packets
VECTORS = os.path.join(TOP, "tests", "vectors", "h323.txt")


class Town:
    def __init__(self, tap):
        self.tap, self.world = tap, H323World(tap)

    def settle(self):
        world = self.world
        world.begin()
        self.north, door1 = world.agent_for("phone3", "north")
        self.south, door2 = world.agent_for("phone2", "south")
        sites = [Site(world, "phone1", door1, "10.1.0"),
                 Site(world, "phone2", door2, "192.168.2"),
                 Site(world, "pub", SERVER4, "203.0.113", first=201)]
        self.phones = [
            [site.add("%s-%d" % (site.host, n), answer="auto",
                      tone=400 + 300 * n + 70 * s, refresh=False,
                      open=["audio"], fastStart=n % 2 == 0,
                      tunnelling=n % 4 < 2, endures=True)
             for n in range(CALLS)] for s, site in enumerate(sites)]
        for s, phones in enumerate(self.phones):
            for n, phone in enumerate(phones):
                phone.hz = 400 + 300 * n + 70 * s
        self.rows = 0

    def registered(self, name):
        def rows():
            return self.world.query("SELECT * FROM active_registrations")
        self.tap.ok(wait(lambda: len(rows()) == 3 * CALLS, 20),
                    name + ": all are registered", rows())
        again = [e for ps in self.phones for p in ps
                 for e in p.seen("registered")]
        self.tap.equal(len(again), 3 * CALLS,
                       name + ": nobody had to register again")

    def call(self, name, street=False):
        """Each calls one of the next place; street: those on it, another
        there."""
        self.pairs = []
        try:
            for n in range(CALLS):
                a = self.phones[2 if street else n % 3][n]
                b = self.phones[2][(n + 1) % CALLS] if street else \
                    self.phones[(n + 1) % 3][n]
                one = a.call(b.name)
                two = b.incoming(15)
                one.wait("connected", 15)
                self.pairs.append((one, two))
            self.hear(name)
        except Missed as e:
            self.tap.ok(False, name + ": calls are answered", e)
        self.rows += len(self.pairs)

    def hear(self, name, count=CALLS):
        try:
            for one, two in self.pairs:
                one.hears(two.terminal.hz, seconds=15)
                two.hears(one.terminal.hz, seconds=15)
        except Missed as e:
            self.tap.ok(False, name + ": they hear each other", e)
            return
        self.tap.equal(len(self.pairs), count,
                       name + ": all hear the other's tone")

    def lasts(self, name):
        over = [c for p in self.pairs for c in p if c.seen("ended")]
        self.tap.equal(over, [], name + ": no call has ended")

    def fresh(self):
        for call in (c for p in self.pairs for c in p):
            call.media(fresh=True)

    def gaps(self, name, most):
        """Media go on; what was sent meanwhile has come, but for so much."""
        calls = [call for pair in self.pairs for call in pair]

        def audio(what):
            return [call.media()["audio"][what] for call in calls]
        before = audio("received")
        self.tap.ok(wait(lambda: all(
            now >= was + GOES_ON
            for was, now in zip(before, audio("received"))), 15),
            name + ": media go on", before, audio("received"))
        got = audio("gap")
        self.tap.ok(max(got) <= most, "%s: no more than %d ms are missing" % (
            name, most), got)

    def hang_up(self, name):
        try:
            for n, (one, two) in enumerate(self.pairs):
                by, other = (one, two) if n % 2 else (two, one)
                by.hangup()
                other.wait("ended")
        except Missed as e:
            self.tap.ok(False, name + ": hung up", e)
        self.ended(name)

    def ended(self, name):
        world = self.world
        self.tap.ok(wait(lambda: not world.calls(ended=False) and
                         not world.sessions(), 15),
                    name + ": all have ended, the relay has no session",
                    world.calls(ended=False)[:2], world.sessions()[:2])
        rows = world.calls(ended=True)
        self.tap.equal(len([r for r in rows if r["answered"]]), self.rows,
                       name + ": one row a call")
        return rows


def gatekeeper_killed(town):
    """Media go on; the calls are resumed or ended, and accounted once."""
    world = town.world
    town.call("h323gw killed")
    town.fresh()
    world.gatekeeper.kill()
    world.gatekeeper.process.wait()
    world.gatekeeper_start()
    town.gaps("h323gw killed", JITTER)
    town.hear("h323gw killed")
    town.registered("h323gw killed")
    # no connection is left to say it on: each tells the gatekeeper
    for n, pair in enumerate(town.pairs):
        pair[n % 2].hangup()
    town.ended("h323gw killed")
    for call in (c for p in town.pairs for c in p):
        if not call.seen("ended"):
            call.hangup()
    town.call("after that")
    town.hang_up("after that")


def relay_killed(town):
    """No call ends by it, not even through agents: their terminals' own
    connections go on where they were, in another tunnel."""
    world = town.world
    town.call("relay killed")
    agents = town.pairs
    town.call("relay killed, street", street=True)
    street, town.pairs = town.pairs, agents + town.pairs
    town.fresh()
    world.relay.kill()
    world.relay.process.wait()
    world.relay_start()
    wait(lambda: len(world.sessions()) == 2 * CALLS, 20)
    town.hear("relay killed", 2 * CALLS)
    town.pairs = street
    town.gaps("relay killed, street", BACK + JITTER)
    town.pairs = agents + street
    town.registered("relay killed")
    town.lasts("relay killed")
    town.hang_up("relay killed")
    town.call("after that")
    town.hang_up("after that")


def relay_stopped(town):
    """As an update does it."""
    world = town.world
    town.call("relay stopped")
    world.relay.stop()
    world.relay_start()
    wait(lambda: len(world.sessions()) == CALLS, 20)
    town.hear("relay stopped")
    town.lasts("relay stopped")
    town.hang_up("relay stopped")


def tunnel_breaks(town):
    """An agent without its server for some seconds: no call ends."""
    world = town.world
    town.call("tunnel breaks")
    away = ("blackhole", SERVER4 + "/32")
    world.lab.run("phone3", "ip", "route", "add", *away, check=True)
    world.lab.run("phone3", "ss", "-K", "dst", SERVER4, check=True)
    town.north.says("connection lost", 20)
    # what is said meanwhile comes later
    one, two = town.pairs[0]
    one.hangup()
    world.lab.run("phone3", "ip", "route", "del", *away, check=True)
    town.north.says("the tunnel is up, it goes on", 20)
    try:
        two.wait("ended", 15)
    except Missed as e:
        town.tap.ok(False, "tunnel breaks: what was said meanwhile", e)
    del town.pairs[0]
    town.hear("tunnel breaks", CALLS - 1)
    town.lasts("tunnel breaks")
    town.hang_up("tunnel breaks")


def agent_killed(town):
    """Its calls end, and others do not notice; then it is all as before."""
    world = town.world
    town.call("agent killed")
    town.fresh()
    town.north.kill()
    town.north.process.wait()
    near = [p for p in town.pairs if any(
        c.terminal.site.host == "phone1" for c in p)]
    far = [p for p in town.pairs if p not in near]
    town.pairs = far
    town.gaps("agent killed, elsewhere", JITTER)
    town.north = restart(world, "phone3", town.north)
    town.north.says("the tunnel is up", 20)
    try:
        for call in (c for p in near for c in p):
            if call.terminal.site.host != "phone1":
                call.wait("ended")
    except Missed as e:
        town.tap.ok(False, "agent killed: the others are told", e)
    for call in (c for p in near for c in p):
        if not call.seen("ended"):
            call.hangup()
    town.hang_up("agent killed")
    town.call("after that")
    town.hang_up("after that")


def mutations(seed, count):
    """Messages of real programs, damaged."""
    rng = random.Random(seed)
    with open(VECTORS) as f:
        lines = [x.split() for x in f if " " in x and x[0] != "#"]
    for _ in range(count):
        kind, text = rng.choice(lines)
        data = bytearray(bytes.fromhex(text))
        for _ in range(rng.randrange(1, 6)):
            way = rng.randrange(4)
            at = rng.randrange(len(data) or 1)
            if way == 0 and data:
                data[at] ^= 1 << rng.randrange(8)
            elif way == 1:
                del data[at:]
            elif way == 2:
                data[at:at] = rng.randbytes(rng.randrange(1, 20))
            elif data:
                data[at] = rng.choice((0, 0x7f, 0x80, 0xff))
        yield kind, bytes(data)


def bad_input(town, count=3000):
    """From the street, to RAS and to call signalling."""
    tap, world = town.tap, town.world
    town.call("bad input")
    town.fresh()

    def attack():
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        tcp = None
        for kind, data in mutations(20261121, count):
            if kind == "RasMessage":
                udp.sendto(data[:9000], (SERVER4, RAS_PORT))
                continue
            q931 = b"\x08\x02\x00\x01\x05\x7e" + struct.pack(
                "!H", len(data) + 1 & 0xffff) + b"\x05" + data
            try:
                if not tcp:
                    tcp = socket.create_connection((SERVER4, CALL_PORT), 5)
                tcp.sendall(struct.pack("!BBH", 3, 0, len(q931) + 4 & 0xffff)
                            + q931)
            except OSError:
                tcp = None  # it was thrown out, as it should be
        udp.close()
    in_namespace(world.lab.namespace("attacker"), attack)
    tap.ok(world.gatekeeper.alive(), "bad input: h323gw lives")
    town.gaps("bad input", JITTER)
    town.registered("bad input")
    town.hang_up("bad input")


def test(tap):
    town = Town(tap)
    with town.world:
        town.settle()
        town.registered("at first")
        for case in (bad_input, gatekeeper_killed, relay_killed,
                     relay_stopped, tunnel_breaks, agent_killed):
            case(town)
        tap.equal(town.world.errors(), [], "terminals understood everything")


if __name__ == "__main__":
    main(test)
