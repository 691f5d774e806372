#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Logical channels through h323gw: every kind, closed and opened again, modes
changed, conflicts, pauses; what is counted; and no address of one terminal in
anything the other gets."""
import itertools
import os
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
sys.path.insert(0, HERE)
from gateway import ADDRESS, Gateway  # noqa: E402
from lab import main, wait  # noqa: E402
from terminal import Missed, Terminals  # noqa: E402

KINDS = ["audio", "video", "h239", "h224", "t38udp", "t38tcp", "t120"]
RTP = ["audio", "video", "h239", "h224"]
RELAY = "127.0.0.1"
WAYS = [dict(tunnelling=True), dict(tunnelling=False)]
number = itertools.count(1)


class Pair:
    """A call from a to b, connected, without fastStart unless options say."""

    def __init__(self, terminals, caller=None, called=None):
        self.n = next(number)
        self.a_ip, self.b_ip = "127.0.1.%d" % self.n, "127.0.2.%d" % self.n
        self.b = terminals.add(
            "b%d" % self.n, address=self.b_ip, alias=["b%d" % self.n],
            gatekeeper=ADDRESS + ":1719", answer="auto", tone=900,
            **{"fastStart": False, "open": [], **(called or {})})
        self.a = terminals.add(
            "a%d" % self.n, address=self.a_ip, alias=["a%d" % self.n],
            gatekeeper=ADDRESS + ":1719", tone=600,
            **{"fastStart": False, "open": [], **(caller or {})})
        self.b.register()
        self.a.register()
        self.out = self.a.call("b%d" % self.n)
        Pair.newest = self
        self.back = self.b.incoming()
        for call in (self.out, self.back):
            call.wait("connected")
            if not (caller or {}).get("fastStart"):
                call.wait("h245ready")

    def opened(self, call, kind, **options):
        call.send("open", kind=kind, **options)
        other = self.back if call is self.out else self.out
        e = call.wait("channel", kind=kind, direction="out",
                      state=lambda s: s in ("open", "rejected"))
        if e["state"] == "open":
            other.wait("channel", kind=kind, direction="in", state="open")
        return e

    def both(self, *kinds):
        """Channels of these kinds, each way; their numbers."""
        return [(self.opened(self.out, k)["number"],
                 self.opened(self.back, k)["number"]) for k in kinds]

    def closed(self, call, n):
        other = self.back if call is self.out else self.out
        call.send("close", number=n)
        other.wait("channel", direction="in", number=n, state="closed")

    def flows(self, seconds=10, **least):
        """Each of these kinds has come to both ends, so often; from where."""
        got = {}

        def there():
            for call in (self.out, self.back):
                got[call] = call.media()
            return all(m.get(k, {}).get("received", 0) >= n
                       for m in got.values() for k, n in least.items())
        if not wait(there, seconds):
            raise Missed("%s: %s" % (least, [
                {k: v.get("received") for k, v in m.items()}
                for m in got.values()]))
        return got

    def from_elsewhere(self):
        """Media that did not come from the relay, or not as sent."""
        bad = []
        for call in (self.out, self.back):
            for kind, m in call.media().items():
                hosts = {f.rsplit(":", 1)[0] for f in
                         m.get("from", []) + m.get("rtcpFrom", [])}
                if hosts - {RELAY} or m.get("odd") or m.get("wrong"):
                    bad.append((kind, m))
        return bad

    def leaks(self):
        """Messages in which one end saw an address of the other's."""
        return [e for call, ip in ((self.out, self.b_ip),
                                   (self.back, self.a_ip))
                for e in call.seen("h245") if ip + ":" in str(e["message"])]

    def end(self):
        self.out.hangup()
        self.back.wait("ended", by="remote")

    def row(self, gw):
        """Its flows, when it is over: {(media, sender): [packets, ...]}"""
        gw.idle()
        identifier = self.out.seen("calling")[0]["callIdentifier"]
        out = {}
        for f in gw.rows(
                "SELECT f.* FROM flows f JOIN calls c ON c.id = f.call "
                "WHERE replace(c.call_identifier, '-', '') = ? "
                "ORDER BY f.stream", identifier):
            out.setdefault((f["media"], f["sender"]), []).append(f)
        return out


def every_kind(tap, gw, terminals):
    for a, b in itertools.product(WAYS, WAYS):
        for both in (False, True):
            what = "%s -> %s, %s: " % (
                *("tunnel" if w["tunnelling"] else "TCP" for w in (a, b)),
                "bidirectional" if both else "one way")
            p = Pair(terminals, dict(a, open=KINDS,
                                     both=KINDS if both else []),
                     dict(b, open=[] if both else RTP + ["t38udp"]))
            try:
                p.flows(**{k: 3 for k in KINDS})
                p.out.hears(900)
                p.back.hears(600)
                tap.ok(True, what + "every kind of channel")
            except Missed as e:
                tap.ok(False, what + "every kind of channel", e)
            tap.equal(p.from_elsewhere(), [], what + "all of it the relay's")
            tap.equal(p.leaks(), [], what + "nobody sees the other's address")
            p.end()


def counted(tap, gw, terminals):
    """A stream's flows are what its channels carried, to the packet."""
    p = Pair(terminals)
    first, = p.both("audio")
    p.flows(audio=20)
    p.closed(p.out, first[0])
    p.closed(p.back, first[1])
    time.sleep(0.1)  # what is on its way in loopback
    m = p.flows(audio=20)
    second, = p.both("audio")
    p.flows(audio=m[p.out]["audio"]["received"] + 20)
    p.closed(p.out, second[0])
    p.closed(p.back, second[1])
    time.sleep(0.1)
    after = p.flows(audio=40)
    p.end()
    flows = p.row(gw)
    for sender, hears in (("caller", p.back), ("callee", p.out)):
        packets = [f["packets"] for f in flows["audio", sender]]
        then = m[hears]["audio"]["received"]
        tap.equal(packets, [then, after[hears]["audio"]["received"] - then],
                  "what the %s sent is counted, for each opening" % sender)
        tap.ok(all(f["latched"].startswith("127.0.%d." % (
            1 if sender == "caller" else 2)) and f["ended"] >= f["started"]
            for f in flows["audio", sender]), "with where it came from")


def modes(tap, gw, terminals):
    """From audio to fax, and back."""
    for way in WAYS:
        p = Pair(terminals, way, way)
        audio, = p.both("audio")
        p.flows(audio=5)
        p.out.send("h245", message={"request": {"requestMode": {
            "sequenceNumber": 1, "requestedModes": [[{
                "type": {"dataMode": {"application": {"t38fax": {
                    "t38FaxProtocol": "udp", "t38FaxProfile": {
                        "fillBitRemoval": False, "transcodingJBIG": False,
                        "transcodingMMR": False}}},
                    "bitRate": 144}}}]]}}})
        p.closed(p.out, audio[0])
        p.closed(p.back, audio[1])
        p.both("t38udp")
        p.flows(t38udp=5)
        tap.equal([s["media"] for s in gw.sessions()[0]["streams"]],
                  ["image"], "fax in place of audio")
        n = p.flows()[p.out]["audio"]["received"]
        p.both("audio")
        p.flows(audio=n + 5, t38udp=8)
        tap.ok(True, "and both at once")
        tap.equal(p.leaks(), [], "nobody sees the other's address")
        p.end()
        gw.idle()


def presentation(tap, gw, terminals):
    """H.239: who is slave asks for a session, and is given one."""
    for caller, called in ((50, 190), (190, 50)):
        p = Pair(terminals, dict(terminalType=caller),
                 dict(terminalType=called))
        p.both("audio", "video")
        e = p.opened(p.out, "h239")
        tap.equal(e["session"], 4, "%s: the session the master gave"
                  % ("slave" if caller < called else "master"))
        wait(lambda: p.back.media().get("h239", {}).get("received", 0) > 3,
             what="the presentation")
        # stopped and begun again, as presenters do
        for _ in range(20):
            p.closed(p.out, e["number"])
            e = p.opened(p.out, "h239")
        n = p.back.media()["h239"]["received"]
        wait(lambda: p.back.media()["h239"]["received"] > n + 3,
             what="the presentation, again")
        streams = gw.sessions()[0]["streams"]
        tap.equal(sorted(s["media"] for s in streams),
                  ["audio", "video", "video"], "no more than there are")
        p.end()
        flows = p.row(gw)
        tap.equal(len(flows["video", "caller"]), 22, "a row for each time")


def conflict(tap, gw, terminals):
    """Both open T.120; one is refused, the other stays."""
    p = Pair(terminals, dict(t120In="olc"),
             dict(t120In="olc", refuse=["t120"]))
    p.back.send("open", kind="t120")
    e = p.opened(p.out, "t120")
    tap.equal(e["state"], "rejected", "one of two is refused")

    def octets(call):
        # the listener for what was refused is there still
        call.media()
        return any(e["received"] > 3 for e in call.seen("octets"))
    wait(lambda: octets(p.out) and octets(p.back), what="T.120 both ways")
    tap.equal(len(gw.sessions()[0]["streams"]), 1, "the other stays")
    p.end()
    gw.idle()


def both_open(tap, gw, terminals):
    """Both open T.120, at once, and nobody refuses: there are two."""
    p = Pair(terminals, dict(t120In="olc"), dict())
    p.out.send("open", kind="t120")
    p.back.send("open", kind="t120")

    def octets(call):
        call.media()  # says it of each connection
        got = [e["received"] for e in call.seen("octets")][-2:]
        return len(got) == 2 and min(got) > 3
    tap.ok(wait(lambda: octets(p.out) and octets(p.back), 10),
           "T.120 opened by both: both carry octets, both ways",
           p.out.seen("octets")[-2:], p.back.seen("octets")[-2:])
    tap.equal(len(gw.sessions()[0]["streams"]), 2, "as two streams")
    p.end()
    gw.idle()


def pause(tap, gw, terminals):
    p = Pair(terminals, dict(open=["audio"]), dict(open=["audio"]))
    p.flows(audio=5)
    p.out.send("empty-tcs")
    p.back.wait("paused")
    p.back.wait("channel", kind="audio", direction="out", state="closed")
    tap.ok(wait(lambda: gw.sessions()[0]["hold"], 5),
           "a pause: silence is no fault")
    before = p.out.media()["audio"]["received"]
    p.out.send("tcs")
    p.back.wait("resumed")
    p.back.wait("channel", kind="audio", direction="out", state="open")
    p.flows(audio=before + 5)
    tap.ok(wait(lambda: not gw.sessions()[0]["hold"], 5), "it is over")
    p.end()
    gw.idle()


def strange_addresses(tap, gw, terminals):
    """In messages that open nothing, too."""
    p = Pair(terminals)
    p.both("audio")
    media = p.out.media()["audio"]["address"]
    address = {"unicastAddress": {"iPAddress": media}}
    own = {"unicastAddress": {"iPAddress": p.a_ip + ":1720"}}
    p.out.send("h245", message={"indication": {"mcLocationIndication": {
        "signalAddress": own}}})
    p.out.send("h245", message={"command": {"communicationModeCommand": {
        "communicationModeTable": [{
            "sessionID": 1, "sessionDescription": "x",
            "dataType": {"audioData": {"g711Ulaw64k": 20}},
            "mediaChannel": address, "mediaControlChannel": own}]}}})
    p.opened(p.out, "video")

    def got(name):
        return [str(e["message"]) for e in p.back.seen("h245")
                if name in str(e["message"])]
    tap.ok(any(ADDRESS + ":1720" in m for m in got("mcLocationIndication")),
           "the MC is where we are", got("mcLocationIndication"))
    tap.ok(any(RELAY + ":" in m for m in got("communicationModeCommand")),
           "a session's address is the relay's",
           got("communicationModeCommand"))
    tap.equal(p.leaks(), [], "and none is the other's")
    p.end()
    gw.idle()


def fast(tap, gw, terminals):
    """Channels of fastStart are closed by H.245 under their numbers."""
    for way in WAYS:
        p = Pair(terminals, dict(way, fastStart=True, open=["audio"]),
                 dict(way, fastStart=True, open=["audio"]))
        p.flows(audio=5)
        p.out.send("h245Begin")
        p.out.wait("h245ready")
        for call, other in ((p.out, p.back), (p.back, p.out)):
            n = call.seen("channel", kind="audio", direction="out")
            p.closed(call, n[-1]["number"])
        tap.ok(wait(lambda: not gw.sessions()[0]["streams"], 5),
               "fastStart's channels are closed")
        p.both("audio")
        n = min(m["audio"]["received"] for m in p.flows().values())
        p.flows(audio=n + 5)
        tap.equal(p.leaks(), [], "nobody sees the other's address")
        p.end()
        gw.idle()


def limits(tap, gw, terminals):
    """More than there may be is refused, and harms nothing."""
    p = Pair(terminals)
    p.both("audio")
    states = [p.opened(p.out, "h239", session=40 + i)["state"]
              for i in range(18)]
    tap.equal(states.count("open"), 15, "16 streams at a time")
    tap.equal(states[15:], ["rejected"] * 3, "what is more is refused")
    n = p.flows()[p.out]["audio"]["received"]
    p.flows(audio=n + 5)
    p.end()
    gw.idle()


def relay_dies(tap, gw, terminals):
    """The relay is killed: the call goes on, on the same ports."""
    p = Pair(terminals)
    p.both("audio", "video")
    m = p.flows(audio=5, video=5)
    gw.relay.process.kill()
    gw.relay.process.wait()
    gw.relay.start()
    n = {k: max(x[k]["received"] for x in m.values()) for k in ("audio",
                                                                 "video")}
    p.flows(15, **{k: v + 20 for k, v in n.items()})
    tap.ok(True, "the relay was killed, media go on")
    e = p.opened(p.out, "h224")
    tap.equal(e["state"], "open", "and channels are opened")
    p.end()
    gw.idle()


TESTS = [every_kind, counted, modes, presentation, conflict, both_open, pause,
         strange_addresses, fast, limits, relay_dies]


def test(tap):
    with Gateway() as gw, Terminals() as terminals:
        for f in TESTS:
            if len(sys.argv) > 1 and f.__name__ not in sys.argv[1:]:
                continue
            try:
                f(tap, gw, terminals)
            except (Missed, TimeoutError, AssertionError, KeyError,
                    IndexError) as e:
                tap.ok(False, f.__name__, repr(e))
                Pair.newest.out.hangup()  # nothing for those that follow
        gw.idle()
        tap.equal(terminals.close(), "", "terminals end well")


if __name__ == "__main__":
    main(test, own_network=True)
