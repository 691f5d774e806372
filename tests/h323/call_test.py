#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls through h323gw, all of it real: daemon, relay, terminals on loopback.
Every combination of each side's fastStart, tunnelling and early H.245; odd
behaviour; each way a call can end; what is written down and what is left."""
import json
import os
import signal
import socket
import struct
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
sys.path.insert(0, HERE)
from gateway import ADDRESS, Gateway  # noqa: E402
from lab import main  # noqa: E402
from terminal import Missed, Terminals  # noqa: E402
from terminal_test import (A, B, KINDS, ODD, combinations,  # noqa: E402
                           media_of, spelled)

GATEKEEPER = ADDRESS + ":1719"
VECTORS = os.path.join(HERE, "..", "vectors", "h323.txt")


def party(terminals, name, address, number, **options):
    return terminals.add(name, address=address, alias=[name, str(number)],
                         gatekeeper=GATEKEEPER, **options)


def pair(terminals, n, caller=None, called=None, to=None):
    """Two that have registered, and the call between them."""
    b = party(terminals, "b%d" % n, B % n, 2000 + n,
              **{"answer": "auto", "tone": 900, **(called or {})})
    a = party(terminals, "a%d" % n, A % n, 1000 + n,
              **{"tone": 600, **(caller or {})})
    a.register()
    b.register()
    out = a.call(to or "b%d" % n)
    return out, b.incoming()


def attempt(tap, what, function, *args):
    try:
        why = function(*args)
        return tap.ok(why is None, what, why)
    except Missed as e:
        return tap.ok(False, what, e)


def row(gateway, out):
    """The call's row, and there is one."""
    alias = out.terminal.name
    got = gateway.rows("SELECT * FROM calls WHERE caller = ? AND "
                       "ended NOT NULL", alias)
    if len(got) != 1:
        raise Missed("%d rows of %s" % (len(got), alias))
    return got[0]


def settled(gateway, out, seconds=10):
    end = time.monotonic() + seconds
    while True:
        try:
            return row(gateway, out)
        except Missed:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def told(call, own, far):
    """Does anything that it was sent say where the other one is?"""
    for e in call.seen("q931") + call.seen("h245") + [
            getattr(call, "setup", {})]:
        text = json.dumps(e)
        if far + ":" in text or far + '"' in text:
            return text
    return None


# ---- every combination

def matrix(tap, gateway, terminals):
    calls = []
    for n, (a, b) in enumerate(combinations(), 1):
        called = party(terminals, "b%d" % n, B % n, 2000 + n, answer="auto",
                       tone=900, open=["audio"], **b)
        caller = party(terminals, "a%d" % n, A % n, 1000 + n, tone=600,
                       open=["audio"], **a)
        calls.append((n, a, b, caller, called))
    for _, _, _, caller, called in calls:
        caller.register()
        called.register()
    outs = [caller.call("b%d" % n) for n, _, _, caller, _ in calls]
    for (n, a, b, caller, called), out in zip(calls, outs):
        what, why = spelled(a, b), ""
        try:
            back = called.incoming()
            out.wait("connected")
            heard = out.hears(900), back.hears(600)
            ready = out.wait("h245ready"), back.wait("h245ready")
            good = ready[0]["master"] != ready[1]["master"]
            # each side has H.245 the way it wants it
            good = good and all(r["tunnelled"] == o["tunnelling"]
                                for r, o in zip(ready, (a, b)))
            good = good and all(h["lost"] == 0 for h in heard)
            leak = told(out, A % n, B % n) or told(back, B % n, A % n)
            why = leak or (ready, heard)
            good = good and not leak
        except Missed as e:
            good, why = False, e
        tap.ok(good, what, why)
    for i, out in enumerate(outs):
        (out if i % 2 else calls[i][4]).send("hangup")
    ends = []
    for (_, _, _, _, called), out in zip(calls, outs):
        try:
            ends.append((out.wait("ended")["cause"],
                         called.wait("ended")["cause"]))
        except Missed as e:
            tap.note(e)
    tap.equal(ends, [(16, 16)] * len(calls), "all end at both ends")
    gateway.idle()
    got = gateway.rows("SELECT caller, ended_by, end_code, answered FROM calls")
    tap.equal(sorted((r["caller"], r["ended_by"], r["end_code"]) for r in got),
              sorted(("a%d" % (i + 1), "caller" if i % 2 else "callee", 16)
                     for i in range(len(calls))), "one row each")


# ---- channels

def channels(gateway, terminals, n, options):
    one_way = ["audio", "video", "h239", "h224", "t38udp"]
    out, back = pair(terminals, n, dict(options, open=KINDS, fastStart=False),
                     dict(options, open=one_way))
    want = {k: 3 for k in KINDS}
    for call, hz in ((out, 900), (back, 600)):
        media = media_of(call, want)
        call.hears(hz)
        for m in media.values():
            if m.get("lost") or m.get("odd") or m.get("wrong"):
                return m
    out.hangup()
    back.wait("ended", by="remote")
    settled(gateway, out)
    gateway.idle()
    # each datagram that a party sent is counted, once
    for call, sender in ((out, "caller"), (back, "callee")):
        got = gateway.rows("SELECT sum(packets + dropped) AS n FROM flows "
                           "WHERE sender = ? AND call = ?", sender,
                           row(gateway, out)["id"])
        if not got[0]["n"]:
            return got


# ---- odd behaviour

def odd(gateway, terminals, n, caller, called):
    base = dict(fastStart=False, open=["audio"])
    out, back = pair(terminals, n, dict(base, **caller), dict(base, **called))
    out.wait("connected")
    out.hears(900)
    back.hears(600)
    out.hangup()
    end = back.wait("ended", by="remote")
    # one that says nothing gets a cause all the same
    want = (31, None) if caller.get("causeless") else (16, "undefinedReason")
    if (end["cause"], end["reason"]) != want:
        return end
    if settled(gateway, out)["ended_by"] != "caller":
        return row(gateway, out)


def clash(gateway, terminals, n, called_at):
    """Both ends of an H.245 connection open it at once: the one with the
    smaller address closes its own, and H.245 goes on over the other."""
    seen = gateway.stat("h323_h245_clashes")
    ways = dict(tunnelling=False, fastStart=False, open=["audio"],
                earlyH245=True)
    b = party(terminals, "b%d" % n, called_at, 2000 + n, answer="auto",
              tone=900, clash=True, **ways)
    a = party(terminals, "a%d" % n, A % n, 1000 + n, tone=600, **ways)
    a.register()
    b.register()
    out = a.call("b%d" % n)
    back = b.incoming()
    closed = back.wait("h245clash")["closed"]
    out.wait("connected")
    out.hears(900)
    back.hears(600)
    if gateway.stat("h323_h245_clashes") != seen + 1:
        return "no clash"
    smaller = socket.inet_aton(called_at) < socket.inet_aton(ADDRESS)
    if closed != ("ours" if smaller else "theirs") and not smaller:
        return closed
    back.send("close", number=1)
    out.wait("channel", kind="audio", direction="in", state="closed")
    if back.seen("h245closed") or out.seen("h245closed"):
        return "H.245 was lost"
    out.hangup()
    back.wait("ended", by="remote")
    settled(gateway, out)


def status(gateway, terminals, n):
    out, back = pair(terminals, n, {}, dict(statusAfterNotify=True))
    out.wait("connected")
    for kind in ("notify", "information", "progress"):
        out.send("signal", type=kind)
        back.wait("q931", type=kind)
    out.wait("q931", type="status")
    out.send("signal", type="statusInquiry")
    out.wait("q931", type="status")
    out.hangup()
    back.wait("ended", by="remote")


# ---- ends

def refused(gateway, terminals, n):
    out, back = pair(terminals, n, {}, dict(answer=None))
    out.wait("alerting")
    back.send("reject", reason="inConf", cause=17)
    end = out.wait("ended", by="remote")
    if (end["reason"], end["cause"]) != ("inConf", 17):
        return end
    got = settled(gateway, out)
    if (got["end_code"], got["ended_by"], got["answered"]) != (17, "callee",
                                                               None):
        return got


def given_up(gateway, terminals, n):
    out, back = pair(terminals, n, {}, dict(answer=None))
    out.wait("alerting")
    out.hangup()
    back.wait("ended", by="remote")
    if settled(gateway, out)["ended_by"] != "caller":
        return row(gateway, out)


def cut(gateway, terminals, n, who):
    out, back = pair(terminals, n, {"open": ["audio"]}, {"open": ["audio"]})
    out.wait("connected")
    one, other = (out, back) if who == "caller" else (back, out)
    one.send("cut")
    other.wait("ended", by="remote")
    got = settled(gateway, out)
    if got["ended_by"] != who or "connection-lost" not in got["end_reason"]:
        return got


def operator(gateway, terminals, n):
    out, back = pair(terminals, n, {"tunnelling": False, "open": ["audio"]},
                     {"open": ["audio"]})
    out.wait("connected")
    out.hears(900)
    call, = [c for c in gateway.calls()
             if c["caller"]["alias"] == out.terminal.name]
    gateway.ask("h323.disconnect", id=call["id"])
    ends = out.wait("ended"), back.wait("ended")
    got = settled(gateway, out)
    if got["ended_by"] != "operator" or [e["by"] for e in ends] != [
            "remote"] * 2:
        return got, ends


def unregistered(gateway, terminals, n):
    out, back = pair(terminals, n)
    out.wait("connected")
    gateway.ask("h323.unregister", endpoint=back.terminal.name)
    out.wait("ended", by="remote")
    if "unregistered" not in settled(gateway, out)["end_reason"]:
        return row(gateway, out)


def silence(gateway, terminals, n):
    """No media: the relay notices."""
    out, back = pair(terminals, n, {"media": False, "open": ["audio"]},
                     {"media": False, "open": ["audio"]})
    out.wait("connected")
    out.wait("ended", 20, by="remote")
    back.wait("ended", 20, by="remote")
    if "media-timeout" not in settled(gateway, out)["end_reason"]:
        return row(gateway, out)


def nobody(gateway, terminals, n):
    a = party(terminals, "a%d" % n, A % n, 1000 + n)
    a.register()
    out = a.call("nobody", direct=ADDRESS + ":1720")
    end = out.wait("ended", by="remote")
    if end["reason"] not in ("calledPartyNotRegistered",
                             "unreachableDestination"):
        return end


def gone(gateway, terminals, n):
    """It registered, and nobody listens there any more."""
    a = party(terminals, "a%d" % n, A % n, 1000 + n)
    a.register()
    b = party(terminals, "b%d" % n, B % n, 2000 + n)
    b.register(**{"with": {"callSignalAddress": [
        {"ipAddress": (B % n) + ":9"}]}})
    end = a.call("b%d" % n).wait("ended", by="remote")
    if (end["reason"], end["cause"]) != ("unreachableDestination", 3):
        return end


# ---- elsewhere

def forwarding(gateway, terminals, n):
    away = party(terminals, "b%d" % (n + 1), B % (n + 1), 2001 + n,
                 answer="auto", tone=800, open=["audio"])
    away.register()
    out, back = pair(terminals, n, {"open": ["audio"]}, {"answer": None})
    back.send("signal", type="facility", body={
        "reason": "callForwarded",
        "alternativeAliasAddress": [{"dialledDigits": str(2001 + n)}]})
    back.wait("ended", reason="facilityCallDeflection")
    there = away.incoming()
    out.wait("connected")
    out.hears(800)
    there.hears(600)
    out.hangup()
    there.wait("ended", by="remote")
    if settled(gateway, out)["callee"] != away.name:
        return row(gateway, out)


# ---- odd peers, by hand

def tpkt(payload):
    return struct.pack("!BBH", 3, 0, 4 + len(payload)) + payload


def answers(sock, data, seconds=3):
    """What comes back on a connection, as Q.931's types."""
    sock.settimeout(seconds)
    sock.sendall(data)
    buf, types = b"", []
    try:
        while not types:
            more = sock.recv(65536)
            if not more:
                return types or "closed"
            buf += more
            while len(buf) >= 4 and len(buf) >= struct.unpack(
                    "!H", buf[2:4])[0]:
                n = struct.unpack("!H", buf[2:4])[0]
                if n > 4:
                    types.append(buf[4 + 2 + buf[5]])
                buf = buf[n:]
    except socket.timeout:
        pass
    return types


def strangers(tap, gateway):
    def peer():
        return socket.create_connection((ADDRESS, 1720))

    header = b"\x08\x02\x12\x34"
    with peer() as s:
        tap.equal(answers(s, tpkt(b"") + tpkt(header + b"\x62")), [0x5a],
                  "an unknown call reference: ReleaseComplete")
        tap.equal(answers(s, tpkt(header + b"\x75")), [0x7d],
                  "StatusInquiry: Status")
        tap.equal(answers(s, tpkt(header + b"\x5a"), 0.3), [],
                  "ReleaseComplete: nothing")
        tap.equal(answers(s, tpkt(header + b"\x7d"), 0.3), [],
                  "Status: nothing")
        tap.equal(answers(s, tpkt(header + b"\x05")), [0x5a],
                  "a Setup without anything in it: ReleaseComplete")
        none = b"\x08\x02\x00\x00"
        tap.equal(answers(s, tpkt(none + b"\x05")), [0x7d],
                  "a Setup with the global call reference: Status")
        tap.equal(answers(s, tpkt(none + b"\x7d") + tpkt(none + b"\x46") +
                          tpkt(none + b"\x7b") + tpkt(b"\x08\x00\x05"), 0.3),
                  [], "Status, Restart, Information with it: nothing")
        tap.equal(answers(s, tpkt(b"\xff" * 40), 0.3), [],
                  "no Q.931: nothing, and the connection stays")
    with peer() as s:
        tap.equal(answers(s, b"GET / HTTP/1.0\r\n\r\n"), "closed",
                  "no TPKT: closed")
    gateway.idle()


def setups(address, count):
    """Setups of nobody known; how many were answered by ReleaseComplete."""
    with open(VECTORS) as f:
        body = next(bytes.fromhex(x.split()[1]) for x in f
                    if x.startswith("H323-UserInformation"))
    with socket.create_connection((ADDRESS, 1720),
                                  source_address=(address, 0)) as s:
        got = 0
        for n in range(count):
            got += answers(s, tpkt(struct.pack(
                "!BBHBBHB", 8, 2, n + 1, 5, 0x7e, len(body) + 1, 5) +
                body)) == [0x5a]
    return got


def floods(tap, gateway):
    """Who is not known may not fill the store."""
    def rows():
        return gateway.rows("SELECT count(*) AS n FROM calls")[0]["n"]
    before = rows(), gateway.stat("h323_calls_strangers")
    tap.equal(setups(B % 1, 30), 30, "strangers: all are refused")
    gateway.idle()
    passed = gateway.stat("h323_calls_strangers") - before[1]
    tap.ok(10 <= passed < 20, "no more than a few a second are looked at",
           passed)
    tap.equal(gateway.stat("h323_calls_flood"), 30 - passed,
              "the others are counted")
    tap.equal(setups(B % 2, 1), 1, "another one is refused, too")
    tap.equal(gateway.stat("h323_calls_strangers") - before[1], passed + 1,
              "but was looked at")
    tap.equal(rows(), before[0], "none has a row")


def read_message(sock):
    def exactly(n):
        data = b""
        while len(data) < n:
            more = sock.recv(n - len(data))
            if not more:
                raise Missed("the connection is closed")
            data += more
        return data
    while True:
        n = struct.unpack("!xxH", exactly(4))[0] - 4
        if n:
            return exactly(n)


def nat(gateway, terminals, n):
    """One that says it is where nobody can reach it keeps a connection open,
    by which it is called."""
    a = party(terminals, "a%d" % n, A % n, 1000 + n)
    a.register()
    b = party(terminals, "b%d" % n, B % n, 2000 + n)
    b.register(**{"with": {"callSignalAddress": [
        {"ipAddress": "10.77.1.1:1720"}]}})
    end = a.call("b%d" % n).wait("ended", by="remote")
    if end["reason"] != "unreachableDestination":
        return end
    with socket.create_connection((ADDRESS, 1720),
                                  source_address=(B % n, 0)) as s:
        s.settimeout(5)
        s.sendall(tpkt(b"\x08\x02\x00\x00\x7b"))
        time.sleep(0.1)
        for _ in range(2):
            call = a.call("b%d" % n)
            setup = read_message(s)
            if setup[4] != 5:
                return setup
            if socket.inet_aton("10.77.1.1") in setup or \
                    socket.inet_aton(A % n) in setup:
                return "an address that is nobody's business", setup
            s.sendall(tpkt(b"\x08\x02" + bytes([setup[2] | 0x80, setup[3]]) +
                           b"\x5a\x08\x02\x80\x91"))
            end = call.wait("ended", by="remote")
            if end["cause"] != 17:
                return end


def behind_one_nat(gateway, terminals, n):
    """Two of one address, each with a connection: who says whose it is by its
    endpointIdentifier is called, and nobody gets another one's call."""
    a = party(terminals, "a%d" % n, A % n, 1000 + n)
    a.register()
    ids = []
    for name, port in ("b", 1720), ("c", 1721):
        b = party(terminals, "%s%d" % (name, n), B % n, 3000 + n + port,
                  port=port)
        ids.append(b.register(**{"with": {"callSignalAddress": [
            {"ipAddress": "10.77.1.%d:1720" % ord(name)}]}})
            ["endpointIdentifier"])

    def connection():
        s = socket.create_connection((ADDRESS, 1720), source_address=(B % n,
                                                                      0))
        s.settimeout(5)
        return s

    def says(s, text):
        s.sendall(tpkt(b"\x08\x02\x00\x00\x7b\x1c" + bytes([len(text)]) +
                       text.encode()))
        time.sleep(0.1)

    with connection() as first, connection() as second:
        says(second, ids[1])
        first.sendall(tpkt(b""))
        time.sleep(0.1)
        # the other one is the only one without, and so is its connection
        for name, s in ("c", second), ("b", first):
            call = a.call("%s%d" % (name, n))
            setup = read_message(s)
            s.sendall(tpkt(b"\x08\x02" + bytes([setup[2] | 0x80, setup[3]]) +
                           b"\x5a\x08\x02\x80\x91"))
            if call.wait("ended", by="remote")["cause"] != 17:
                return name
    with connection() as first:
        says(first, "nobody")
        end = a.call("b%d" % n).wait("ended", by="remote")
        if end["reason"] != "unreachableDestination":
            return end
        says(first, ids[0])
        a.call("b%d" % n)
        if read_message(first)[4] != 5:
            return "no Setup"


# ---- a new life

def survives(gateway, terminals, n):
    """kill -9: media go on; the call ends by DRQ, and is counted."""
    out, back = pair(terminals, n, {"open": ["audio"], "silent": True},
                     {"open": ["audio"], "silent": True})
    out.wait("connected")
    out.hears(900)
    time.sleep(0.2)
    gateway.kill(signal.SIGKILL)
    gateway.start()
    if [c["state"] for c in gateway.calls()] != ["signalling lost"]:
        return gateway.calls()
    if len(gateway.sessions()) != 1:
        return gateway.sessions()
    call, = gateway.calls()
    gateway.ask("h323.disconnect", id=call["id"])
    gateway.idle()
    got = settled(gateway, out)
    flows = gateway.rows("SELECT * FROM flows WHERE call = ?", got["id"])
    if got["ended_by"] != "operator" or len(flows) != 2 or \
            not all(f["packets"] for f in flows):
        return got, flows


def resumes(gateway, terminals, n, both):
    """kill -9, and then terminals connect again and say which call it is for
    (H.323 annex R)."""
    ways = {"open": ["audio"], "endures": True}
    out, back = pair(terminals, n, ways, ways)
    out.wait("connected")
    out.hears(900)
    gateway.kill(signal.SIGKILL)
    gateway.start()
    for call in (out, back)[:2 if both else 1]:
        call.wait("signallingLost")
        call.send("reconnect", to=ADDRESS + ":1720")
        e = call.wait("q931", type="status")
        if e["message"]["q931"]["callState"] != 10:
            return e
    if [c["state"] for c in gateway.calls()] != ["connected"]:
        return gateway.calls()
    by = out
    if both:
        by = back
        out.send("signal", type="notify")
        back.wait("q931", type="notify")
        out.send("h245", message={"request": {"roundTripDelayRequest": {
            "sequenceNumber": 7}}})
        back.wait("h245", message=lambda m: "roundTripDelayRequest" in
                  json.dumps(m))
        # what channels there are is not known any more
        back.send("open", kind="video")
        back.wait("channel", kind="video", direction="out", state="rejected")
    out.hears(900)
    by.hangup()
    if both:
        out.wait("ended", by="remote")
    gateway.idle()
    got = settled(gateway, out)
    flows = gateway.rows("SELECT * FROM flows WHERE call = ?", got["id"])
    if got["ended_by"] != ("callee" if both else "caller") or \
            not got["answered"] or len(flows) != 2 or \
            not got["end_reason"].startswith("ReleaseComplete"):
        return got, flows


def survives_not(gateway, terminals, n, how, why):
    """kill -9, and then nobody wants the call any more."""
    out, back = pair(terminals, n, {"open": ["audio"], "silent": how != "DRQ"},
                     {"open": ["audio"], "silent": how != "DRQ"})
    out.wait("connected")
    out.hears(900)
    gateway.kill(signal.SIGKILL)
    if how == "relay":
        gateway.relay.process.kill()
        gateway.relay.process.wait()
        gateway.relay.start()
    gateway.start()
    gateway.idle(25)
    got = settled(gateway, out)
    if why not in got["end_reason"]:
        return got


def load(gateway, terminals, n):
    b = party(terminals, "b%d" % n, B % n, 2000 + n, answer="auto")
    a = party(terminals, "a%d" % n, A % n, 1000 + n)
    a.register()
    b.register()
    gateway.idle()
    before = gateway.descriptors()
    terminals.send(do="quiet")
    a.send("load", **{"from": [a.name], "to": [b.name], "rate": 50,
                      "seconds": 3, "hold": 100, "media": False,
                      "measure": False})
    e = terminals.wait("loadDone", 30)
    terminals.send(do="quiet", on=False)
    if not e["started"] or e["failed"] or e["connected"] != e["started"] or \
            e["ended"] != e["started"]:
        return e
    gateway.idle()
    end = time.monotonic() + 20
    while gateway.descriptors() > before:
        if time.monotonic() > end:
            return before, gateway.descriptors()
        time.sleep(0.1)


def details(tap, gateway, terminals):
    for n, (what, a, b) in enumerate(ODD, 100):
        attempt(tap, what, odd, gateway, terminals, n, a, b)
    n = 100 + len(ODD)
    for what, function, *args in (
            ("all kinds of channels, tunnelled", channels, {}),
            ("all kinds of channels, H.245 on its own", channels,
             dict(tunnelling=False)),
            ("H.245 opened by both, theirs is smaller", clash, "127.0.0.8"),
            ("H.245 opened by both, ours is smaller", clash, "127.0.0.10"),
            ("Notify, Information, Progress, Status", status),
            ("refused", refused), ("given up", given_up),
            ("the caller's connection breaks", cut, "caller"),
            ("the called's connection breaks", cut, "callee"),
            ("an operator ends it", operator),
            ("one is thrown out", unregistered),
            ("nobody there", nobody), ("nobody listens there", gone),
            ("forwarded", forwarding), ("behind a NAT", nat),
            ("two behind one NAT", behind_one_nat),
            ("calls a second", load)):
        attempt(tap, what, function, gateway, terminals, n, *args)
        n += 2


def run(tap):
    with Gateway() as gateway:
        with Terminals() as terminals:
            matrix(tap, gateway, terminals)
            tap.equal(terminals.close(), "", "the terminals end well")
        with Terminals() as terminals:
            details(tap, gateway, terminals)
            strangers(tap, gateway)
            tap.equal(terminals.close(), "", "these, too")
        tap.equal(gateway.stat("h323_messages_malformed"), 1,
                  "one thing was no message")
        with Terminals() as terminals:
            attempt(tap, "after kill -9", survives, gateway, terminals, 200)
            attempt(tap, "after kill -9 both come back", resumes, gateway,
                    terminals, 204, True)
            attempt(tap, "after kill -9 one comes back, to hang up", resumes,
                    gateway, terminals, 206, False)
            attempt(tap, "kill -9, then a DRQ", survives_not, gateway,
                    terminals, 202, "DRQ", "DRQ")
        tap.equal(gateway.kill(signal.SIGTERM), 0, "it ends well")
    with Gateway(policy="burst = 10", rate=5) as gateway:
        floods(tap, gateway)
    with Gateway(call="media_timeout = 2s") as gateway:
        with Terminals() as terminals:
            attempt(tap, "silence", silence, gateway, terminals, 1)
            attempt(tap, "kill -9, then silence", survives_not, gateway,
                    terminals, 2, "silence", "media-timeout")
            attempt(tap, "kill -9 of both, the relay, too", survives_not,
                    gateway, terminals, 6, "relay", "relay-lost")


if __name__ == "__main__":
    main(run, own_network=True)
