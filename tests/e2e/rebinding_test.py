#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A NAT forgets its bindings in the middle of a call: the caller's media comes
from another port all at once. The relay follows it, after the silence that
tells it from a thief, and nobody else."""
import time

from rtp import Studio
from sipua import Phone
from world import World, expect_tone, main, wait

LISTEN = 1.0  # seconds


def source(world):
    return world.sessions()[0]["streams"][0]["a"]["source"]


def hear(tap, world, party, hz, name):
    since = time.monotonic()
    wait(lambda: sum(h[0] > since for h in list(party.heard)) >= 50 * LISTEN,
         15)
    expect_tone(tap, world.measure(party.record(world.path("heard.wav"),
                                                since)), hz, name,
                least=1000 * LISTEN - 200)


def paths(world):
    stream = world.sessions()[0]["streams"][0]
    return [stream["a"]["path"], stream["b"]["path"]]


def test(tap):
    for kernel in ("off", "auto"):
        tap.note("kernel path: " + kernel)
        forgotten(tap, kernel)


def forgotten(tap, kernel):
    with World(tap, "two-nats:symmetric,preserving") as w, Studio() as studio:
        w.kernel = kernel
        w.start()
        if kernel == "auto" and not w.relay_rpc("relay.status")["kernel"]:
            tap.skip("the kernel path", "not here")
            return
        want = ["user" if kernel == "off" else "kernel"] * 2
        alice = Phone(w, studio, "phone1", "alice", 5060, 440)
        bob = Phone(w, studio, "phone2", "bob", 5060, 1200)
        tap.equal([alice.register(), bob.register()], [200, 200],
                  "both register")
        one = alice.dial("bob")
        two = bob.incoming()
        hear(tap, w, one.party, bob.hz, "before: alice hears bob")
        hear(tap, w, two.party, alice.hz, "before: bob hears alice")
        tap.ok(wait(lambda: paths(w) == want, 15), "before: the path",
               paths(w))
        before = source(w)
        r = w.lab.run("nat1", "conntrack", "-F")
        tap.equal(r.returncode, 0, "alice's NAT forgets")
        wait(lambda: source(w)["port"] != before["port"], 15)
        after = source(w)
        tap.ok(after["port"] != before["port"] and
               after["address"] == before["address"],
               "the relay follows to another port of the same address",
               before, after)
        hear(tap, w, two.party, alice.hz, "after: bob hears alice")
        hear(tap, w, one.party, bob.hz, "after: alice hears bob")
        tap.ok(wait(lambda: paths(w) == want, 15), "after: the path",
               paths(w))
        # her signalling has moved too: a refresh tells the registrar
        tap.equal(alice.register(), 200, "alice registers anew")
        rows = wait(lambda: [x for x in w.query(
            "SELECT received FROM active_registrations WHERE alias LIKE "
            "'alice%'")], 5)
        tap.equal(len(rows), 1, "and has one contact, where she is now")
        tap.equal(one.hangup(), 200, "she hangs up")
        tap.ok(wait(lambda: two.state == "ended", 5), "and bob is told")


if __name__ == "__main__":
    main(test)
