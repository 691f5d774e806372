#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Several relays, relays that die or hang, and media that stop.

A call stays with its relay; a dead one is skipped for new calls and used again
when it is back; one that hangs holds nobody up; with none left the call is
refused. When media stop the call ends: event route, BYE to both, one row.
"""
import os
import re
import signal

from rtp import Studio
from sides import PROGRESS, Sides, invite, offer
from sipp import gate, recv
from world import World, main, wait


def states(world):
    """What Kamailio thinks of each relay."""
    text = world.kamcmd("traversal.relays")
    return dict(zip(re.findall(r"name: (\S+)", text),
                    re.findall(r"state: (\S+)", text)))


def counter(world, name):
    m = re.search(r"%s: (\d+)" % name, world.kamcmd("traversal.stats"))
    return int(m.group(1)) if m else -1


def call(tap, world, studio, name, refused=0):
    """Begins a call; answers its sides, or None when it is refused."""
    s = Sides(world, studio, name.replace(" ", "-"))
    tap.ok(s.b.register(), name + ": bob registers", s.b.why())
    if refused:
        s.a.dial([invite(s.a), recv(100, True), recv(refused),
                  s.a.request("ACK", "bob", 1).replace(
                      "branch=[branch]", "branch=[branch-3]").replace(
                      ' retrans="500"', "")])
        tap.ok(s.a.done(), "%s: refused with %d" % (name, refused), s.a.why())
        s.close()
        return None
    s.b.run([s.b.invited(), s.b.respond("200 OK", offer(s.b, 7000)),
             recv("ACK"), recv("BYE"), s.b.answer("200 OK")])
    s.a.dial([invite(s.a), *PROGRESS, recv(200, rrs="true"),
              s.a.within("ACK", "bob", 1), gate(),
              s.a.within("BYE", "bob", 2), recv(200)])
    s.pb.remote = s.b.media("INVITE")
    s.pa.remote = s.a.media("SIP/2.0 200")
    s.both(tap, name)
    return s


def end(tap, s, name):
    s.a.open_gate()
    for p in (s.a, s.b):
        tap.ok(p.done(), "%s: %s's scenario is through" % (name, p.user),
               p.why())
    s.close()


def two_relays(tap, world, studio):
    # the second has weight 0: it is for when the first can't
    path = world.path("second.sock")
    world.start(more="modparam(\"traversal\", \"relay\", "
                "\"unix:%s;name=second;weight=0\")\n"
                "modparam(\"traversal\", \"relay_timeout\", 300)\n" % path)
    second = world.relay_run("second-relay", path, "31000-31999")
    tap.ok(wait(lambda: states(world) == {"relay1": "up", "second": "up"}),
           "both relays are up", states(world))

    s = call(tap, world, studio, "first")
    tap.ok(30000 <= s.pa.remote[1] < 31000, "first: by the first relay",
           s.pa.remote)
    world.relay.kill()
    world.relay.process.wait()
    tap.ok(wait(lambda: states(world)["relay1"] == "down"),
           "killed: it is known to be down", states(world))
    world.relay_start()
    tap.ok(wait(lambda: states(world)["relay1"] == "up"), "back: it is up again")
    s.both(tap, "back: the call is still with it")
    end(tap, s, "first")

    # a hanging relay answers nothing, but its socket is there
    os.kill(world.relay.pid, signal.SIGSTOP)
    s = call(tap, world, studio, "hangs")
    tap.ok(31000 <= s.pa.remote[1] < 32000, "hangs: by the second relay",
           s.pa.remote)
    tap.ok(counter(world, "relay_timeouts") > 0, "hangs: it was counted")
    os.kill(world.relay.pid, signal.SIGCONT)
    tap.ok(wait(lambda: states(world)["relay1"] == "up"), "goes on: it is up")
    tap.ok(wait(lambda: not world.sessions(), 30),
           "goes on: what was asked of it in vain is closed", world.sessions())
    end(tap, s, "hangs")
    s = call(tap, world, studio, "goes on")
    tap.ok(30000 <= s.pa.remote[1] < 31000, "goes on: by the first relay",
           s.pa.remote)
    end(tap, s, "goes on")

    world.relay_rpc("relay.drain", on=True)
    s = call(tap, world, studio, "drained")
    tap.ok(31000 <= s.pa.remote[1] < 32000, "drained: by the second relay",
           s.pa.remote)
    end(tap, s, "drained")

    # nobody knows yet that none is there: the branch is not sent
    world.relay_rpc("relay.drain", on=False)
    relays = (world.relay, second)
    for r in relays:
        os.kill(r.pid, signal.SIGSTOP)
    call(tap, world, studio, "all hang", 503)
    for r in relays:
        os.kill(r.pid, signal.SIGCONT)
    tap.ok(wait(lambda: set(states(world).values()) == {"up"}),
           "all hang: they go on", states(world))

    for r in relays:
        r.kill()
        r.process.wait()
    wait(lambda: set(states(world).values()) == {"down"})
    call(tap, world, studio, "none left", 503)
    tap.ok(wait(lambda: not world.calls(ended=False)), "no row is left open",
           world.calls())


def media_stop(tap, world, studio):
    world.start(more='modparam("traversal", "media_timeout", 2)\n')
    s = Sides(world, studio, "silent")
    tap.ok(s.b.register(), "media stop: bob registers", s.b.why())
    s.b.run([s.b.invited(), s.b.respond("200 OK", offer(s.b, 7000)),
             recv("ACK"), recv("BYE"), s.b.answer("200 OK")])
    # Kamailio's dialog sends one BYE after the other, and not the second if the
    # first has been answered by then: a phone isn't that quick
    s.a.dial([invite(s.a), *PROGRESS, recv(200, rrs="true"),
              s.a.within("ACK", "bob", 1), recv("BYE"),
              '<pause milliseconds="300"/>',
              s.a.answer("200 OK")])
    s.pb.remote = s.b.media("INVITE")
    s.pa.remote = s.a.media("SIP/2.0 200")
    s.both(tap, "media stop")
    session = world.sessions()[0]["id"]
    s.pa.remote = s.pb.remote = None
    row = s.ended(tap, "media stop", "media-timeout", "server")
    log = world.kamailio.log()
    tap.ok(row and re.search(r"call silent@lab \(%s\): no media on relay1, "
                             r"session %s" % (row["id"], session), log),
           "media stop: the event route knows the call", log[-2000:])
    tap.equal(counter(world, "media_timeouts"), 1, "media stop: it is counted")
    s.close()


def test(tap):
    with World(tap, "flat") as world, Studio() as studio:
        two_relays(tap, world, studio)
    with World(tap, "flat") as world, Studio() as studio:
        media_stop(tap, world, studio)


main(test)
