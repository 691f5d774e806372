#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""SIPp calls, from INVITE to BYE: basic, digest, CANCEL, busy, nobody there,
hung up by the called party, late offer, PRACK, forked with early media from
two branches. Each side plays a tone; the tone is measured at the other."""
import time

from rtp import Party, Studio
from sides import ALICE, PROGRESS, invite, offer, with_sides
from sipp import Peer, gate, recv, sdp
from world import World, main, wait

def basic(tap, s, name):
    s.b.run([s.b.invited(), s.b.respond("180 Ringing"), gate(),
             s.b.respond("200 OK", offer(s.b, 7000)), recv("ACK"),
             recv("BYE"), s.b.answer("200 OK")])
    s.a.dial([invite(s.a), *PROGRESS, recv(200, rrs="true"),
              s.a.within("ACK", "bob", 1), gate(),
              s.a.within("BYE", "bob", 2), recv(200)])
    s.pb.remote = s.b.media("INVITE")
    tap.ok(s.a.has("SIP/2.0 180"), name + ": it rings",
           s.b.why())
    tap.ok(s.a.ip not in s.b.received()[0].split("\r\n\r\n")[-1]
           .split("v=0")[-1], name + ": the offer shows the relay alone",
           s.b.received()[0])
    s.b.open_gate()
    s.pa.remote = s.a.media("SIP/2.0 200")
    s.both(tap, name)
    s.a.open_gate()
    s.ended(tap, name, "bye", "caller")
    if not s.world.keeps_calls:
        return
    row = s.world.query("SELECT * FROM call_media ORDER BY sender")
    tap.ok(len(row) == 2 and all(r["packets"] > 40 for r in row),
           name + ": what each sent is in the database", row)


def by_callee(tap, s, name):
    s.b.run([s.b.invited(), s.b.respond("200 OK", offer(s.b, 7000)),
             recv("ACK"), gate(), s.b.back("BYE", 1), recv(200)])
    s.a.dial([invite(s.a), *PROGRESS, recv(200, rrs="true"),
              s.a.within("ACK", "bob", 1), recv("BYE"),
              s.a.answer("200 OK")])
    s.pb.remote = s.b.media("INVITE")
    s.pa.remote = s.a.media("SIP/2.0 200")
    s.both(tap, name)
    s.b.open_gate()
    s.ended(tap, name, "bye", "callee")


def cancel(tap, s, name):
    s.b.run([s.b.invited(), s.b.respond("180 Ringing"), recv("CANCEL"),
             s.b.answer("200 OK"),
             s.b.respond("487 Request Terminated"),
             recv("ACK")])
    via = "Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch-%d];rport"
    s.a.dial([invite(s.a), recv(100, True), recv(180), gate(),
              s.a.request("CANCEL", "bob", 1).replace(
                  via.replace("-%d", ""), via % 4).replace(
                  "[peer_tag_param]", ""),
              recv(200), recv(487),
              s.a.request("ACK", "bob", 1).replace(
                  via.replace("-%d", ""), via % 7).replace(
                  ' retrans="500"', "")])
    tap.ok(wait(s.world.sessions), name + ": the relay has a session")
    tap.ok(s.a.has("SIP/2.0 180"), name + ": it rings",
           s.b.why())
    s.a.open_gate()
    s.ended(tap, name, "cancel", "caller", 487)


def busy(tap, s, name):
    s.b.run([s.b.invited(), s.b.respond("486 Busy Here"), recv("ACK")])
    s.a.dial([invite(s.a), *PROGRESS, recv(486),
              s.a.request("ACK", "bob", 1).replace(
                  "branch=[branch]", "branch=[branch-5]").replace(
                  ' retrans="500"', "")])
    s.ended(tap, name, "busy", "callee", 486)


def late_offer(tap, s, name):
    s.b.run([s.b.invited(), s.b.respond("180 Ringing"),
             s.b.respond("200 OK", offer(s.b, 7000)), recv("ACK"),
             recv("BYE"), s.b.answer("200 OK")])
    s.a.dial([invite(s.a, body=""), *PROGRESS, recv(200, rrs="true"),
              s.a.within("ACK", "bob", 1, offer(s.a, 6000)), gate(),
              s.a.within("BYE", "bob", 2), recv(200)])
    s.pa.remote = s.a.media("SIP/2.0 200")
    s.pb.remote = s.b.media("ACK")
    s.both(tap, name)
    s.a.open_gate()
    s.ended(tap, name, "bye", "caller")


def prack(tap, s, name):
    s.b.run([s.b.invited(),
             s.b.respond("183 Session Progress", offer(s.b, 7000),
                        "Require: 100rel", "RSeq: 1"),
             recv("PRACK"), s.b.answer("200 OK"), gate(),
             s.b.respond("200 OK"),
             recv("ACK"), recv("BYE"), s.b.answer("200 OK")])
    s.a.dial([invite(s.a, "Supported: 100rel"), recv(100, True),
              recv(183, rrs="true"),
              s.a.within("PRACK", "bob", 2, "", "RAck: 1 1 INVITE"),
              recv(200), recv(200, rrs="true"),
              s.a.within("ACK", "bob", 1), gate(),
              s.a.within("BYE", "bob", 3), recv(200)])
    s.pb.remote = s.b.media("INVITE")
    s.pa.remote = s.a.media("SIP/2.0 183")
    s.both(tap, name + ", early")
    s.b.open_gate()
    tap.ok(s.b.has("ACK"), name + ": answered without an SDP")
    s.both(tap, name)
    s.a.open_gate()
    s.ended(tap, name, "bye", "caller")


def fork(tap, s, name, winner=1):
    """Both branches play early media, one after the other; one answers."""
    for i, b in enumerate(s.bs):
        media = offer(b, 7000 + 10 * i)
        b.user = "bob%d" % i
        b.run([b.invited(), gate(), b.respond("183 Session Progress", media)] +
              ([gate(), b.respond("200 OK", media), recv("ACK"), recv("BYE"),
                b.answer("200 OK")] if i == winner else
               [recv("CANCEL"), b.answer("200 OK"),
                b.respond("487 Request Terminated"), recv("ACK")]))
        b.user = "bob"
    s.a.dial([invite(s.a), recv(100, True), recv(183), recv(183),
              recv(200, rrs="true"), s.a.within("ACK", "bob", 1), gate(),
              s.a.within("BYE", "bob", 2), recv(200)])
    for i, (b, p) in enumerate(zip(s.bs, s.pbs)):
        p.remote = b.media("INVITE")
        b.open_gate()
        tap.ok(s.a.has("SIP/2.0 183", i + 1),
               "%s: alice hears of phone %d" % (name, i + 1), s.a.why())
    tap.ok(s.pbs[0].remote != s.pbs[1].remote,
           name + ": each branch has a leg of its own", s.pbs[0].remote)
    answers = {s.a.media("SIP/2.0 183", i) for i in (0, 1)}
    if s.world.aware:
        early_of_last(tap, s, name, answers)
    else:
        early_of_both(tap, s, name, answers)
    won = s.pbs[winner]
    s.bs[winner].open_gate()
    s.pa.remote = s.a.media("SIP/2.0 200")
    tap.ok(wait(lambda: len(s.world.sessions()) == s.sessions, 10),
           name + ": the other branch's session is closed",
           s.world.sessions())
    s.talk(tap, [(s.pa, won.hz, "alice"),
                 (won, ALICE, "the phone that answered")], name)
    s.a.open_gate()
    s.ended(tap, name, "bye", "caller")


def early_of_both(tap, s, name, answers):
    """The caller sends to both: each must hear it."""
    tap.equal(len(answers), 2, name + ": and so has the caller, for each")
    s.pa.remote, second = sorted(answers)
    pa2 = s.studio.add(Party(s.pa.sock, ALICE))
    pa2.remote = second
    since = time.monotonic()
    wait(lambda: len({h[1] for h in list(s.pa.heard + pa2.heard)
                      if h[0] > since}) == 2, 10)
    tap.equal({h[1] for h in list(s.pa.heard + pa2.heard) if h[0] > since},
              answers, name + ": early media comes from both branches")
    s.talk(tap, [(s.pbs[0], ALICE, "bob's first phone"),
                 (s.pbs[1], ALICE, "bob's second phone")], name + ", early")
    s.studio.remove(pa2)


def early_of_last(tap, s, name, answers):
    """Her agent knows one call: she is with who has last said something."""
    tap.equal(len(answers), 1, name + ": the caller has one leg for both")
    s.pa.remote, = answers
    s.talk(tap, [(s.pa, s.pbs[1].hz, "alice"),
                 (s.pbs[1], ALICE, "bob's second phone")], name + ", early")


def digest(tap, s, name):
    """The first INVITE is challenged, and is no call."""
    auth = "[authentication username=alice password=secret]"
    s.b.run([s.b.invited(), s.b.respond("200 OK", offer(s.b, 7000)),
             recv("ACK"), recv("BYE"), s.b.answer("200 OK")])
    s.a.dial([invite(s.a), recv(407, auth="true"),
              s.a.request("ACK", "bob", 1).replace(
                  "branch=[branch]", "branch=[branch-2]").replace(
                  ' retrans="500"', ""),
              s.a.request("INVITE", "bob", 2, offer(s.a, 6000), auth).replace(
                  "[peer_tag_param]", ""),
              *PROGRESS, recv(200, rrs="true"), s.a.within("ACK", "bob", 2),
              gate(), s.a.within("BYE", "bob", 3), recv(200)])
    s.pb.remote = s.b.media("INVITE")
    s.pa.remote = s.a.media("SIP/2.0 200")
    s.both(tap, name)
    got = [m for m in s.b.received() if m.startswith("INVITE")][-1]
    tap.ok("Proxy-Authorization" not in got,
           name + ": the credentials go no further", got)
    s.a.open_gate()
    s.ended(tap, name, "bye", "caller")


def nobody(tap, world):
    a = Peer(world, 5070, "alice", "nobody")
    a.dial([a.request("INVITE", "nobody", 1, sdp(a.ip, 6000)),
            recv(100, True), recv(404),
            a.request("ACK", "nobody", 1).replace(
                "branch=[branch]", "branch=[branch-3]").replace(
                ' retrans="500"', "")])
    tap.ok(a.done(), "nobody there: 404", a.why())
    tap.equal(world.sessions(), [], "nobody there: the relay is not asked")


def test(tap):
    with World(tap, "flat") as world, Studio() as studio:
        world.start()
        for f, n in ((basic, "basic"), (by_callee, "BYE by the callee"),
                     (cancel, "CANCEL"), (busy, "busy"),
                     (late_offer, "late offer"), (prack, "PRACK")):
            with_sides(tap, world, studio, n, f)
        with_sides(tap, world, studio, "fork", fork, 2)
        nobody(tap, world)
        tap.equal(world.calls(ended=False), [], "no row is left open")
    with World(tap, "flat") as world, Studio() as studio:
        world.start(password="secret")
        with_sides(tap, world, studio, "digest", digest)


if __name__ == "__main__":
    main(test)
