#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A third party sprays RTP at all of the relay's ports (RTP Bleed,
CVE-2025-53399), before the answer and after, and while a party is silent.

Neither party hears it, it hears neither party, the latch stays where it was,
and the counters say what happened.
"""
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from rtp import Party, Studio
from sipua import Phone
from world import SERVER4, World, expect_tone, main, wait

PORTS = range(30000, 30040)
STRANGER, NEIGHBOUR = 3000, 2500  # Hz
SILENCE = 3.0  # seconds: more than relatch_silence
LISTEN = 1.5


class Spray:
    """Sends RTP to every port of the relay, again and again, from a host."""

    def __init__(self, world, host, hz):
        self.party = Party(world.lab.udp(host), hz)
        self.running = True
        self.rounds = 0
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        while self.running:
            packet = self.party.packet()
            for port in PORTS:
                self.party.sock.sendto(packet, (SERVER4, port))
            self.party.receive(time.monotonic())
            self.rounds += 1
            time.sleep(0.02)

    def __enter__(self):
        self.thread.start()
        wait(lambda: self.rounds > 25, what="spraying")
        return self

    def __exit__(self, *exc):
        self.running = False
        self.thread.join()

    def heard(self):
        return len(self.party.heard)


def listen(tap, world, ears, name):
    """Each hears its tone and no other, from now on for a while."""
    since = time.monotonic()
    for who, party, hz in ears:
        wait(lambda: sum(h[0] > since for h in list(party.heard)) >=
             50 * LISTEN, 10)
        got = world.measure(party.record(world.path("heard.wav"), since))
        expect_tone(tap, got, hz, "%s: %s hears %d Hz, and nothing else" % (
            name, who, hz), least=1000 * LISTEN - 300)


def legs(world):
    stream = world.sessions()[0]["streams"][0]
    return stream["a"], stream["b"]


def sources(world):
    return [leg.get("source") for leg in legs(world)]


def refused(world):
    return [sum(leg["refused"].values()) for leg in legs(world)]


def before_the_answer(tap, w, alice, bob):
    bob.ringing_only = True
    with ThreadPoolExecutor(1) as pool, \
            Spray(w, "attacker", STRANGER) as spray:
        ringing = pool.submit(alice.dial, "bob")
        two = bob.incoming()
        rounds = spray.rounds
        wait(lambda: spray.rounds > rounds + 25, what="spraying")
        tap.ok(w.lab.address("attacker") not in
               [s["address"] for s in sources(w) if s],
               "before the answer: nobody latched on the attacker",
               sources(w))
        bob.answer(two)
        one = ringing.result()
        tap.ok(one, "the call is answered")
        ears = (("alice", one.party, bob.hz), ("bob", two.party, alice.hz))
        listen(tap, w, ears, "sprayed since before the answer")
        tap.equal(spray.heard(), 0, "the attacker hears nothing")
    tap.ok(all(refused(w)), "and is counted on both legs", refused(w))
    # what came before the answer was heard by nobody either
    for who, party, hz in ears:
        got = w.measure(party.record(w.path("heard.wav")))
        tap.ok(not any(abs(int(k) - STRANGER) <= 10 for k in got["heard"]),
               "%s has never heard the attacker" % who, got)
    return one, ears


def over(world):
    """Both legs are where they shall be, if that is the kernel."""
    return world.kernel == "off" or wait(
        lambda: [leg["path"] for leg in legs(world)] == ["kernel"] * 2, 15)


def test(tap):
    for kernel in ("off", "auto"):
        tap.note("kernel path: " + kernel)
        attacked(tap, kernel)


def attacked(tap, kernel):
    with World(tap, "two-nats:symmetric,preserving", ports="%d-%d" % (
            PORTS[0], PORTS[-1])) as w, Studio() as studio:
        w.kernel = kernel
        w.start()
        if kernel == "auto" and not w.relay_rpc("relay.status")["kernel"]:
            tap.skip("the kernel path", "not here")
            return
        alice = Phone(w, studio, "phone1", "alice", 5060, 440)
        bob = Phone(w, studio, "phone2", "bob", 5060, 1200)
        tap.equal([alice.register(), bob.register()], [200, 200],
                  "both register")
        one, ears = before_the_answer(tap, w, alice, bob)

        tap.ok(over(w), "the call is on its path", legs(w))
        latched, count = sources(w), refused(w)
        with Spray(w, "attacker", STRANGER) as spray:
            listen(tap, w, ears, "sprayed after the answer")
            tap.equal(spray.heard(), 0, "the attacker hears nothing still")
        tap.equal(sources(w), latched, "the latches stay")
        tap.ok(all(a > b for a, b in zip(refused(w), count)),
               "the counters go on", count, refused(w))
        tap.ok(over(w), "the call is on its path still", legs(w))

        # alice falls silent for longer than a source may need to move; the
        # neighbour sends from the very address that she has
        quiet = one.party.remote
        one.party.remote = None
        with Spray(w, "attacker", STRANGER) as spray, \
                Spray(w, "phone3", NEIGHBOUR) as neighbour:
            time.sleep(SILENCE)
            mark = time.monotonic() - SILENCE / 2
            bob_hears = [h for h in list(ears[1][1].heard) if h[0] > mark]
            tap.equal(len(bob_hears), 0,
                      "alice silent: bob hears neither attacker nor neighbour")
            tap.equal(sources(w), latched, "alice silent: the latches stay")
            one.party.remote = quiet
            listen(tap, w, ears, "alice speaks again")
            tap.equal((spray.heard(), neighbour.heard()), (0, 0),
                      "attacker and neighbour hear nothing")
        address = w.lab.address("attacker")
        lines = [line.partition(" leg ")[2]
                 for line in w.relay.log().splitlines() if address in line]
        tap.ok(lines and len(lines) == len(set(lines)),
               "the log says so once for each leg and reason", *lines[:5])
        tap.equal(one.hangup(), 200, "the call is hung up")


if __name__ == "__main__":
    main(test)
