#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The terminal that tests of the gatekeeper use, by itself: two of it call each
other in all ways, at once, and tshark has nothing to say against what it sends."""
import hashlib
import hmac
import itertools
import os
import shutil
import socket
import struct
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
sys.path.insert(0, HERE)
from gatekeeper import Gatekeeper  # noqa: E402
from lab import Skip, main  # noqa: E402
from sniffer import Sniffer, verdict  # noqa: E402
from terminal import PROGRAM, Missed, Terminals  # noqa: E402

A, B = "127.0.1.%d", "127.0.2.%d"
KINDS = ["audio", "video", "h239", "h224", "t38udp", "t38tcp", "t120"]


def combinations():
    """fastStart, tunnelling and early H.245 of the caller, and of the called."""
    each = [dict(fastStart=f, tunnelling=t, earlyH245=e)
            for f, t, e in itertools.product((True, False), repeat=3)]
    refuse = dict(each[0], fastStart="refuse")
    pairs = [(a, b) for a in each for b in each]
    return pairs + [(a, dict(b, fastStart="refuse"))
                    for a, b in pairs if a["fastStart"] and b["fastStart"]
                    and a["earlyH245"] == b["earlyH245"]] + [(each[0], refuse)]


def spelled(a, b):
    def one(o):
        return "%s start, %s, %s H.245" % (
            {True: "fast", False: "no fast", "refuse": "refused fast"}[
                o["fastStart"]],
            "tunnelled" if o["tunnelling"] else "own",
            "early" if o["earlyH245"] else "late")
    return "%s -> %s" % (one(a), one(b))


def matrix(tap, terminals):
    """All at once: each pair has addresses of its own."""
    calls = []
    for n, (a, b) in enumerate(combinations(), 1):
        called = terminals.add("b%d" % n, address=B % n, alias=["bert"],
                               answer="auto", tone=900, open=["audio"], **b)
        caller = terminals.add("a%d" % n, address=A % n, alias=["anna"],
                               tone=600, open=["audio"], **a)
        out = caller.call("bert", direct=called.signalling)
        calls.append((a, b, out, called))
    for a, b, out, called in calls:
        what, why = spelled(a, b), ""
        try:
            back = called.incoming()
            out.wait("connected")
            heard = out.hears(900), back.hears(600)
            ready = out.wait("h245ready"), back.wait("h245ready")
            good = ready[0]["master"] != ready[1]["master"]
            if a["tunnelling"] and b["tunnelling"]:
                good = good and ready[0]["tunnelled"]
            else:
                good = good and not ready[0]["tunnelled"]
            good = good and all(h["lost"] == 0 for h in heard)
            fast = bool(a["fastStart"]) and b["fastStart"] is True
            for call in (out, back):
                opened = call.seen("channel", state="open", kind="audio")
                good = good and len(opened) == 2 and \
                    all((c.get("why") == "fastStart") == fast for c in opened)
            why = (ready, heard)
        except Missed as e:
            good, why = False, e
        tap.ok(good, what, why)
    for _, _, out, _ in calls:
        out.hangup()
    ends = []
    for _, _, out, called in calls:
        try:
            ends += [(out.wait("ended")["by"], called.wait("ended")["by"])]
        except Missed as e:
            tap.note(e)
    tap.equal(ends, [("local", "remote")] * len(calls), "all end at both ends")


def media_of(call, want, seconds=10):
    """Waits until of each kind something has come; what there is then."""
    end = time.monotonic() + seconds
    while True:
        media = call.media()
        if all(media.get(k, {}).get("received", 0) >= n
               for k, n in want.items()):
            return media
        if time.monotonic() > end:
            raise Missed("%s: %s of %s" % (call.name, media, want))
        time.sleep(0.1)


def attempt(tap, what, function, *args):
    """A case that fails with what was missed."""
    try:
        why = function(*args)
        return tap.ok(why is None, what, why)
    except Missed as e:
        return tap.ok(False, what, e)


def pair(terminals, n, caller=None, called=None):
    b = terminals.add("d%d" % n, address=B % n, answer="auto", tone=900,
                      **(called or {}))
    a = terminals.add("c%d" % n, address=A % n, tone=600, **(caller or {}))
    out = a.call("bert", direct=b.signalling)
    return out, b.incoming()


def all_channels(terminals, n, both, options):
    """Every kind from the caller; the called opens those that go one way."""
    one_way = [] if both else ["audio", "video", "h239", "h224", "t38udp"]
    out, back = pair(terminals, n, dict(options, open=KINDS,
                                        both=KINDS if both else [],
                                        fastStart=False),
                     dict(options, open=one_way))
    for call in (out, back):
        for kind in KINDS:
            call.wait("channel", kind=kind, state="open", direction="out"
                      if call is out else "in")
    want = {k: 3 for k in KINDS}
    for call, hz in ((out, 900), (back, 600)):
        media = media_of(call, want)
        call.hears(hz)
        for kind, m in media.items():
            if m.get("lost") or m.get("odd") or m.get("wrong"):
                return m
        if media["h239"]["session"] != 4:
            return media["h239"]
    out.hangup()
    back.wait("ended", by="remote")


def closing(terminals, n, options):
    out, back = pair(terminals, n, dict(options, open=["audio", "video"]),
                     dict(options, open=["audio", "video"]))
    for call in (out, back):
        media_of(call, {"audio": 3, "video": 3})
    number = out.seen("channel", kind="video", direction="out")[-1]["number"]
    out.send("close", number=number)
    back.wait("channel", kind="video", direction="in", state="closed")
    number = out.seen("channel", kind="video", direction="in")[-1]["number"]
    out.send("request-close", number=number)
    back.wait("channel", kind="video", direction="out", state="closed")
    out.wait("channel", kind="video", direction="in", state="closed")
    # third-party pause: the other end stops sending, and begins again
    out.send("empty-tcs")
    back.wait("paused")
    back.wait("channel", kind="audio", direction="out", state="closed")
    before = out.media()["audio"]["received"]
    out.send("tcs")
    back.wait("resumed")
    back.wait("channel", kind="audio", direction="out", state="open")
    media_of(out, {"audio": before + 3})
    out.hangup()
    back.wait("ended", by="remote")


ODD = [
    ("an octet at a time", dict(octets=True), dict(octets=True)),
    ("messages gather in segments", dict(joined=30), dict(joined=30)),
    ("empty TPKTs", dict(keepalive=50), dict(keepalive=50)),
    ("an empty TPKT at a time", dict(keepalive=50, octets=True), {}),
    ("the called's H.245 address in Facility alone",
     dict(tunnelling=False), dict(h245In="facility")),
    ("the caller's H.245 address in Facility alone",
     dict(tunnelling=False, h245In="facility"), dict(h245In="none")),
    ("the called's H.245 address in Alerting", dict(tunnelling=False),
     dict(h245In="alerting")),
    ("late capabilities", dict(tcsAfter=500), dict(tcsAfter=300)),
    ("channels before who is master", dict(olcBeforeMsd=True),
     dict(olcBeforeMsd=True)),
    ("no CallProceeding, no Alerting", {}, dict(ring=False,
                                                proceeding=False)),
    ("ReleaseComplete without cause", dict(causeless=True), {}),
    ("an MCU's terminal type", dict(terminalType=190), {}),
    ("fastStart answered in CallProceeding", dict(fastStart=True),
     dict(fastStart=True, fastStartIn="callProceeding")),
    ("T.120's address in the request", dict(open=["audio", "t120"],
                                            t120In="olc"), {}),
    ("no H.245", dict(fastStart=True, h245=False),
     dict(fastStart=True, h245=False)),
]


def odd(terminals, n, caller, called):
    base = dict(fastStart=False, open=["audio"])
    out, back = pair(terminals, n, dict(base, **caller), dict(base, **called))
    out.wait("connected")
    out.hears(900)
    back.hears(600)
    if caller.get("keepalive"):
        back.wait("keepalive")
    if caller.get("terminalType") and not out.wait("h245ready")["master"]:
        return "it is not the master"
    if "t120" in caller.get("open", []):
        media_of(out, {"t120": 64})
    if called.get("ring", True):
        out.wait("alerting")
    elif out.seen("alerting"):
        return "it rang"
    out.hangup()
    end = back.wait("ended", by="remote")
    if (end["cause"], end["reason"]) != ((0, None) if caller.get("causeless")
                                         else (16, "undefinedReason")):
        return end


def status(terminals, n):
    out, back = pair(terminals, n, {}, dict(statusAfterNotify=True))
    out.wait("connected")
    out.send("signal", type="notify")
    out.wait("q931", type="status")
    out.send("signal", type="statusInquiry")
    out.wait("q931", type="status")
    out.send("cut")
    back.wait("ended", by="connection")


def refusal(terminals, n):
    b = terminals.add("d%d" % n, address=B % n)
    a = terminals.add("c%d" % n, address=A % n)
    out = a.call("bert", direct=b.signalling)
    back = b.incoming()
    out.wait("alerting")
    back.send("reject", reason="inConf", cause=17)
    end = out.wait("ended", by="remote")
    if (end["reason"], end["cause"]) != ("inConf", 17):
        return end
    if a.seen("connected"):
        return "it was connected"


def forwarding(terminals, n):
    away = terminals.add("d%d" % (n + 1), address=B % (n + 1), answer="auto")
    b = terminals.add("d%d" % n, address=B % n)
    a = terminals.add("c%d" % n, address=A % n, follow=True)
    a.call("bert", direct=b.signalling)
    b.incoming().send("signal", type="facility", body={
        "reason": "callForwarded",
        "alternativeAddress": {"ipAddress": away.signalling}})
    b.wait("ended", reason="facilityCallDeflection")
    away.incoming()
    a.wait("connected")


def load(terminals, n):
    terminals.add("d%d" % n, address=B % n, answer="auto")
    a = terminals.add("c%d" % n, address=A % n)
    terminals.send(do="quiet")
    a.send("load", **{"from": [a.name], "to": ["x"], "direct": (B % n) + ":1720",
                      "rate": 50, "seconds": 2, "hold": 100, "media": False,
                      "measure": False})
    e = terminals.wait("loadDone", 30)
    terminals.send(do="quiet", on=False)
    if not e["started"] or e["failed"] or e["connected"] != e["started"] or \
            e["ended"] != e["started"]:
        return e


def ras(tap, terminals):
    """A terminal and its gatekeeper, which is of this test's making."""
    gk = Gatekeeper(terminals, address=B % 200, port=0, rasPort=1719)
    a, b = (terminals.add(name, address=A % n, port=0, answer="auto",
                          alias=[name, "1001"] if n == 201 else [name],
                          gatekeeper=gk.address, timeout=300)
            for n, name in ((201, "anna"), (202, "bert")))
    a.send("discover")
    found = a.wait("discovered")
    tap.equal(found["gatekeeper"], {"ipAddress": gk.address}, "discovery")
    got = a.register()
    tap.equal(got["endpointIdentifier"], "of " + a.signalling, "registration")
    b.register()
    want = gk.heard("registrationRequest")[0]
    tap.equal((want["terminalAlias"], want["keepAlive"],
               want["discoveryComplete"]),
              ([{"h323-ID": "anna"}, {"dialledDigits": "1001"}],
               False, True), "which says who it is")
    a.send("resend")
    tap.equal([r["requestSeqNum"]
               for r in gk.heard("registrationRequest", 3)][::2],
              [want["requestSeqNum"]] * 2, "the same once more")
    before = gk.asked[-1][2]
    a.send("rebind")
    a.send("register", light=True)
    a.wait("registered")
    name, light, source = gk.asked[-1]
    tap.ok(light["keepAlive"] and "terminalAlias" not in light and
           source != before, "lightweight, from another port", light, source)
    a.register(additive=True, alias=["anne"])
    tap.ok(gk.heard("registrationRequest", 5)[-1]["additiveRegistration"] is
           None, "additive")

    call = a.call("bert")
    back = b.incoming()
    call.hears(1000)
    arqs = gk.heard("admissionRequest", 2)
    tap.equal([x["answerCall"] for x in arqs], [False, True],
              "both ends ask for admission")
    call.send("bandwidth", bandwidth=1234)
    tap.equal(a.wait("answered")["message"]["bandWidth"], 1234, "bandwidth")
    gk.ask(source, "infoRequest", callReferenceValue=0, callIdentifier={
        "guid": "00" * 16})
    irr = gk.heard("infoRequestResponse")[0]
    tap.equal([c["callIdentifier"]["guid"] for c in irr["perCallInfo"]],
              [call.seen("calling")[0]["callIdentifier"]],
              "it tells of its calls")
    gk.ask(b.ras, "disengageRequest", endpointIdentifier="x",
           conferenceID="00" * 16, callReferenceValue=1,
           disengageReason="forcedDrop", answeredCall=True,
           callIdentifier=irr["perCallInfo"][0]["callIdentifier"])
    back.wait("ended", by="local")
    call.wait("ended", by="remote")
    tap.equal(len(gk.heard("disengageRequest")), 1, "a call is taken from it")

    tries = iter((None, ("requestInProgress", {"delay": 400}), None))
    gk.ways["locationRequest"] = lambda *_: next(tries)
    a.send("lrq", to="nobody")
    a.wait("timeout")
    tap.equal(len(gk.heard("locationRequest", 3)), 3,
              "asks again, and waits when told to")
    a.call("nobody")
    tap.equal(a.wait("ended", by="gatekeeper")["reason"],
              "calledPartyNotRegistered", "a call is not admitted")
    gk.ask(b.ras, "unregistrationRequest", callSignalAddress=[])
    b.wait("unregistered", by="gatekeeper")
    gk.ttl = 1
    before = len(gk.heard("registrationRequest"))
    a.register()
    tap.ok(all(r["keepAlive"] for r in gk.heard("registrationRequest",
                                                before + 3)[before + 1:]),
           "it registers again by itself")
    gk.ways["registrationRequest"] = lambda body, _: (
        ("registrationReject", {
            "protocolIdentifier": "0.0.8.2250.0.4",
            "rejectReason": "fullRegistrationRequired"})
        if body["keepAlive"] else gk.registrationRequest(body, _))
    e = a.wait("rejected")
    tap.equal(e["reason"], "fullRegistrationRequired", "it is forgotten")
    a.wait("registered", time=lambda t: t > e["time"])
    a.send("unregister")
    a.wait("unregistered", by="local")


def zeroed(data, at, n):
    return data[:at] + bytes(n) + data[at + n:]


def secured(tap, terminals):
    """H.235, by what can be worked out from the outside."""
    secret = "kein Geheimnis"
    with tempfile.NamedTemporaryFile("w") as f, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        f.write(secret + "\n")
        f.flush()
        s.bind((B % 210, 1719))  # where tshark looks for RAS
        s.settimeout(10)
        t = terminals.add("otto", address=A % 210, alias="otto",
                          secret=f.name, gatekeeper="%s:%d" % s.getsockname())
        mirror = terminals.add("mirror", address=A % 211).ras.split(":")
        for way, proof in (("hmac", is_hmac), ("cat", is_cat),
                           ("md5", is_md5)):
            t.send("set", h235=way)
            t.send("register", tries=1, timeout=1)
            data = s.recv(4096)
            t.wait("rejected", name=None)
            s.sendto(data, (mirror[0], int(mirror[1])))
            rrq = terminals.wait("ras", terminal="mirror")["message"][
                "registrationRequest"]
            tap.ok(proof(data, rrq, secret),
                   "H.235: " + way, rrq.get("tokens"), rrq.get("cryptoTokens"))


def is_hmac(data, rrq, secret):
    key = hashlib.sha1(secret.encode()).digest()
    token = rrq["cryptoTokens"][0]["nestedcryptoToken"]["cryptoHashedToken"]
    got = bytes.fromhex(token["token"]["hash"])
    at = data.index(got)
    return hmac.digest(key, zeroed(data, at, len(got)), "sha1")[:12] == got


def is_cat(data, rrq, secret):
    token = rrq["tokens"][0]
    return token["generalID"] == "otto" and hashlib.md5(
        bytes([token["random"]]) + secret.encode() +
        struct.pack("!I", token["timeStamp"])).hexdigest() == \
        token["challenge"]


def is_md5(data, rrq, secret):
    """The token that is hashed, by X.691: which options there are, the OID 0.0,
    the time less 1, two BMPStrings."""
    token = rrq["cryptoTokens"][0]["cryptoEPPwdHash"]
    clear = b"\x61\x00" + b"\x01\x00" + struct.pack(
        "!BI", 0xc0, token["timeStamp"] - 1)
    for text in (secret, "otto"):
        clear += bytes([(len(text) - 1) << 1]) + text.encode("utf-16-be")
    return hashlib.md5(clear).hexdigest() == token["token"]["hash"]


def more(tap, terminals):
    n = itertools.count(1)
    own = dict(tunnelling=False)
    for how, options in (("tunnelled", {}), ("own connection", own)):
        for both in (False, True):
            attempt(tap, "every kind of channel, %s: %s" % (
                "both ways" if both else "one way", how), all_channels,
                terminals, next(n), both, options)
        attempt(tap, "closing and pausing: " + how, closing, terminals,
                next(n), options)
    for what, caller, called in ODD:
        attempt(tap, "odd: " + what, odd, terminals, next(n), caller, called)
    attempt(tap, "Status on request, and after Notify", status, terminals,
            next(n))
    attempt(tap, "a call is refused", refusal, terminals, next(n))
    attempt(tap, "a call is forwarded", forwarding, terminals, next(n))
    next(n)
    attempt(tap, "many calls", load, terminals, next(n))


def test(tap):
    if not os.path.exists(PROGRAM):
        raise Skip("h323term is not built")
    if not shutil.which("tshark"):
        raise Skip("tshark is missing: run tools/setup")
    for what, function, least in (
            ("all ways to call", matrix, dict(h225=300, h245=300)),
            ("the rest", more, dict(h225=300, h245=100)),
            ("RAS", ras, dict(h225=20)), ("H.235", secured, dict(h225=2))):
        with tempfile.TemporaryDirectory() as d:
            os.chmod(d, 0o777)  # dumpcap may give up its rights
            sniffer = Sniffer(os.path.join(d, "x.pcapng"))
            terminals = Terminals()
            try:
                function(tap, terminals)
            finally:
                complaints = terminals.close()
                sniffer.stop()
            tap.equal(complaints, "", what + ": nothing is left behind")
            tap.equal([e["text"] for e in terminals.seen("error")], [],
                      what + ": nothing was not understood")
            verdict(tap, what, sniffer.path, **least)


if __name__ == "__main__":
    main(test, own_network=True)
