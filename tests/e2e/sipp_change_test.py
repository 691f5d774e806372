#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""SIPp changes a call that is going on: hold in each of its forms and resumed,
another media port by re-INVITE and by UPDATE, from either side; another codec;
an offer that is refused; from audio to T.38 and back."""
from rtp import Studio
from sides import ALICE, BOB, PROGRESS, invite, offer, with_sides
from sipp import gate, recv, sdp
from world import World, main, wait

MOVED = 880  # Hz, of the party that moves
T38 = """v=0
o=- 3 3 IN IP4 {ip}
s=-
c=IN IP4 {ip}
t=0 0
m=image {port} udptl t38
a=T38FaxVersion:0"""


def call(s, caller, callee):
    """A call with further steps of each side between ACK and BYE."""
    s.b.run([s.b.invited(), s.b.respond("200 OK", offer(s.b, 7000)),
             recv("ACK"), *callee, recv("BYE"), s.b.answer("200 OK")])
    s.a.dial([invite(s.a), *PROGRESS, recv(200, rrs="true"),
              s.a.within("ACK", "bob", 1), gate(), *caller, gate(),
              s.a.within("BYE", "bob", 99), recv(200)])
    s.pb.remote = s.b.media("INVITE")
    s.pa.remote = s.a.media("SIP/2.0 200")


def reinvite(s, cseq, body):
    return [s.a.within("INVITE", "bob", cseq, body), recv(100, True),
            recv(200), s.a.within("ACK", "bob", cseq)]


def reinvited(s, body):
    return [recv("INVITE"), s.b.answer("200 OK", body), recv("ACK")]


def held(s):
    return any(se["hold"] for se in s.world.sessions())


def hold(tap, s, name):
    a, b = s.a, s.b
    forms = (("sendonly", sdp(a.ip, 6000, (0,), 2, None, "a=sendonly"),
              "a=recvonly"),
             ("inactive", sdp(a.ip, 6000, (0,), 4, None, "a=inactive"),
              "a=inactive"),
             ("0.0.0.0", sdp(a.ip, 6000, (0,), 6, "0.0.0.0"), "a=sendrecv"))
    caller, callee = [], []
    for i, (_, body, answer) in enumerate(forms):
        caller += [*reinvite(s, 2 + 2 * i, body), gate(),
                   *reinvite(s, 3 + 2 * i, sdp(a.ip, 6000, (0,), 3 + 2 * i)),
                   gate()]
        callee += [*reinvited(s, sdp(b.ip, 7000, (0,), 2, None, answer)),
                   *reinvited(s, sdp(b.ip, 7000, (0,), 3))]
    call(s, caller, callee)
    s.both(tap, name + ", before")
    a.open_gate()
    for i, (form, _, _) in enumerate(forms):
        b.has("ACK", 2 + 2 * i)
        tap.ok(wait(lambda: held(s), 5),
               "%s by %s: the relay expects silence" % (name, form),
               s.world.sessions())
        if form == "0.0.0.0":
            got = [m for m in b.received() if m.startswith("INVITE")][-1]
            tap.ok("c=IN IP4 0.0.0.0" in got,
                   name + ": the called party sees 0.0.0.0", got)
        a.open_gate()
        b.has("ACK", 3 + 2 * i)
        tap.ok(wait(lambda: not held(s), 5),
               "%s by %s: resumed" % (name, form), s.world.sessions())
        s.both(tap, "%s by %s, resumed" % (name, form))
        a.open_gate()
    a.open_gate()
    s.ended(tap, name, "bye", "caller")


def port_change(tap, s, name):
    call(s, reinvite(s, 2, sdp(s.a.ip, 6010, (0,), 2)),
         reinvited(s, offer(s.b, 7000)))
    s.both(tap, name + ", before")
    s.a.open_gate()
    s.b.has("ACK", 2)
    moved = s.party(s.a, 6010, MOVED)
    moved.remote, s.pa.remote = s.pa.remote, None
    s.talk(tap, [(moved, BOB, "alice's new port"), (s.pb, MOVED, "bob")], name)
    tap.equal(s.b.media("INVITE", 0), s.b.media("INVITE", 1),
              name + ": bob is told the same port of the relay")
    s.a.open_gate()
    s.ended(tap, name, "bye", "caller")


def callee_moves(tap, s, name):
    call(s, [recv("INVITE"), s.a.answer("200 OK", offer(s.a, 6000)),
             recv("ACK")],
         [gate(), s.b.back("INVITE", 1, sdp(s.b.ip, 7010, (0,), 2)),
          recv(100, True), recv(200), s.b.back("ACK", 1)])
    s.both(tap, name + ", before")
    s.a.open_gate()
    s.b.open_gate()
    s.a.has("ACK")
    moved = s.party(s.b, 7010, MOVED)
    moved.remote, s.pb.remote = s.pb.remote, None
    s.talk(tap, [(moved, ALICE, "bob's new port"), (s.pa, MOVED, "alice")],
           name)
    s.a.open_gate()
    s.ended(tap, name, "bye", "caller")


def update(tap, s, name):
    call(s, [s.a.within("UPDATE", "bob", 2, sdp(s.a.ip, 6010, (0,), 2)),
             recv(200)],
         [recv("UPDATE"), s.b.answer("200 OK", offer(s.b, 7000))])
    s.both(tap, name + ", before")
    s.a.open_gate()
    s.a.media("SIP/2.0 200", 1)
    moved = s.party(s.a, 6010, MOVED)
    moved.remote, s.pa.remote = s.pa.remote, None
    s.talk(tap, [(moved, BOB, "alice's new port"), (s.pb, MOVED, "bob")], name)
    s.a.open_gate()
    s.ended(tap, name, "bye", "caller")


def codec(tap, s, name):
    call(s, reinvite(s, 2, sdp(s.a.ip, 6000, (8,), 2)),
         reinvited(s, sdp(s.b.ip, 7000, (8,), 2)))
    s.both(tap, name + ", before")
    s.a.open_gate()
    s.b.has("ACK", 2)
    got = [m for m in s.b.received() if m.startswith("INVITE")][-1]
    tap.ok("RTP/AVP 8" in got and "a=rtpmap:8 PCMA/8000" in got,
           name + ": the new codec gets through", got)
    s.both(tap, name)
    s.a.open_gate()
    s.ended(tap, name, "bye", "caller")


def refused(tap, s, name):
    """What was offered in vain has no effect."""
    call(s, [s.a.within("INVITE", "bob", 2, sdp(s.a.ip, 6010, (0,), 2)),
             recv(100, True), recv(488),
             s.a.within("ACK", "bob", 2).replace(
                 "branch=[branch]", "branch=[branch-3]")],
         [recv("INVITE"), s.b.answer("488 Not Acceptable Here"), recv("ACK")])
    s.both(tap, name + ", before")
    s.a.open_gate()
    s.b.has("ACK", 2)
    s.both(tap, name + ", after")
    s.a.open_gate()
    s.ended(tap, name, "bye", "caller")


def fax(tap, s, name):
    a, b = s.a, s.b
    call(s, [*reinvite(s, 2, T38.format(ip=a.ip, port=6020)), gate(),
             *reinvite(s, 3, sdp(a.ip, 6000, (0,), 4))],
         [*reinvited(s, T38.format(ip=b.ip, port=7020)),
          *reinvited(s, sdp(b.ip, 7000, (0,), 4))])
    s.both(tap, name + ", before")
    a.open_gate()
    b.has("ACK", 2)
    images = [st["media"] for se in wait(s.world.sessions)
              for st in se["streams"]]
    tap.equal(images, ["image"] * s.sessions, name + ": one stream at a relay")
    fa, fb = a.udp(6020), b.udp(7020)
    fa.settimeout(5)
    fb.settimeout(5)
    fa.sendto(b"\x00\x01\x02udptl", a.media("SIP/2.0 200", kind="image"))
    tap.equal(fb.recv(100), b"\x00\x01\x02udptl",
              name + ": a datagram gets to bob")
    fb.sendto(b"answer", b.media("INVITE", kind="image"))
    tap.equal(fa.recv(100), b"answer", name + ": and one to alice")
    fa.close()
    fb.close()
    a.open_gate()
    b.has("ACK", 3)
    s.pa.remote = a.media("SIP/2.0 200", 1)
    s.pb.remote = b.media("INVITE", 1)
    s.both(tap, name + ", back to audio")
    a.open_gate()
    s.ended(tap, name, "bye", "caller")
    if not s.world.keeps_calls:
        return
    flows = s.world.query("SELECT DISTINCT media FROM call_media WHERE call = "
                          "(SELECT id FROM calls WHERE call_identifier = ?)",
                          a.call + "@lab")
    tap.equal(sorted(f["media"] for f in flows), ["audio", "image"],
              name + ": each stream is in the database")


def test(tap):
    with World(tap, "flat") as world, Studio() as studio:
        world.start()
        for f, n in ((hold, "hold"), (port_change, "port change"),
                     (callee_moves, "the called party moves"),
                     (update, "UPDATE"), (codec, "codec change"),
                     (refused, "offer refused"), (fax, "T.38")):
            with_sides(tap, world, studio, n, f)


if __name__ == "__main__":
    main(test)
