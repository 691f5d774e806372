#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What is not meant well: at the relay's door, from an agent that is let in,
from a server an agent trusts. Nothing changes hands, and it is counted."""
import base64
import json
import os
import socket
import struct
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
from lab import Skip, allowance, main, rss, wait  # noqa: E402
from agent_client import Agent, Server  # noqa: E402
from relay_client import quiet, rtp, udp  # noqa: E402
from tunnel_client import (ACK, Authority, CREDIT,  # noqa: E402
                           DATA, DATAGRAM, FIN, FRAME_MAX, HELLO,
                           MESSAGES, OPEN, PONG, REFUSE, RESET, Tunnel,
                           WELCOME, WINDOW, frame, sip_channel)

TERMINAL, PEER = "127.0.0.3", "127.0.0.1"
GUESTS_EACH, GUESTS_MAX, CHANNELS_MAX = 128, 512, 4096
PROTOCOL, LIMIT = 4, 2
sources = ("127.0.1.%d" % n for n in range(1, 255))


class World:
    """A relay, a good agent with a call, and certificates for bad ones."""

    def __init__(self, tap, server, agent, authority):
        self.tap, self.server, self.agent = tap, server, agent
        self.ca, self.c = authority, server.client()
        self.term, self.peer = udp(address=TERMINAL), udp(address=PEER)
        self.certificates = {}
        r = self.c.result("session.open", id="good", owner="test",
                          label="good", streams=[
                              {"index": 0, "media": "audio",
                               "a": {"agent": "good",
                                     "signalling": TERMINAL},
                               "b": {"signalling": PEER}}])["streams"][0]
        self.a, self.b = ((r[x]["local"]["address"], r[x]["local"]["port"])
                          for x in "ab")
        self.seq = 0
        tap.ok(wait(self.talk), "the good agent's call stands")
        self.quiet()
        self.state = self.good()

    def quiet(self):
        for s in (self.term, self.peer):
            while not quiet(s, 0.1):
                pass

    def talk(self):
        self.seq += 1
        self.term.sendto(rtp(self.seq), self.a)
        self.peer.sendto(rtp(self.seq, ssrc=2), self.b)
        return not quiet(self.term, 0.2) and not quiet(self.peer, 0.2)

    def good(self):
        """What nobody else may change."""
        ag = self.server.agents()["good"]
        leg = self.c.result("session.get", id="good")["streams"][0]["a"]
        return {"state": ag["state"], "came": ag["came"],
                "address": ag["address"], "channels": ag["channels"],
                "source": leg["source"], "agent": leg["agent"],
                "local": leg["local"]}

    def still(self, what):
        self.tap.equal(self.good(), self.state,
                       what + ": the good agent's is its own")
        self.tap.ok(self.talk(), what + ": its call goes on")
        self.quiet()

    def counters(self, *names):
        return [self.server.counter(n) for n in names]

    def certificate(self, name):
        if name not in self.certificates:
            r = self.server.ctl("agent", "add", name, "--certificate")
            if r.returncode:
                raise RuntimeError(r.stderr)
            self.certificates[name] = self.ca.sign(name)
        return self.certificates[name]

    def enter(self, name, source=None, **hello):
        """(connection, WELCOME) of a bad agent."""
        t = Tunnel(self.server.port, self.certificate(name),
                   source or next(sources))
        said = t.hello(name, **hello)
        if not said or said[0] != WELCOME:
            raise RuntimeError("%s: %s" % (name, said))
        return t, said[1]


def goes(sock, seconds=20):
    """The other end closes; what it said before, or None: it does not"""
    sock.settimeout(seconds)
    data = b""
    try:
        while True:
            more = sock.recv(65536)
            if not more:
                return data
            data += more
    except TimeoutError:
        return None
    except OSError:
        return data


# ---- at the door

def wrong_proofs(w):
    for n, proof in enumerate(("", "A" * 88, "x" * 20, "A" * 86 + "==",
                               base64.b64encode(os.urandom(64)).decode())):
        was, = w.counters("tunnels_refused")
        with Tunnel(w.server.port, source=next(sources)) as t:
            said = t.hello("good", proof=proof)
        w.tap.ok(said and said[0] == REFUSE and said[1]["code"] == 2 and
                 "session" not in said[1], "wrong proof %d: refused" % n, said)
        w.tap.equal(w.counters("tunnels_refused"), [was + 1],
                    "wrong proof %d: counted" % n)
    source, tried = next(sources), 0
    limited, = w.counters("tunnels_limited")
    while w.counters("tunnels_limited") == [limited] and tried < 20:
        tried += 1
        try:
            with Tunnel(w.server.port, source=source) as t:
                t.hello("good", proof="A" * 88)
        except OSError:
            pass
    w.tap.ok(1 < tried < 20, "who tries again and again has to wait", tried)
    w.still("wrong proofs")


def garbage(w):
    """Nothing of it is TLS, or it is not followed by a HELLO."""
    raw = [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\0" * 4096,
           b"\x16\x03\x01\xff\xff" + b"\0" * 70000,
           b"\x16\x03\x01\0\0" * 1000, b"\x80\x2e\1\0\2" + b"x" * 44,
           os.urandom(5000), frame(HELLO, b"{}")]
    was, = w.counters("tunnel_errors")
    for data in raw:
        with socket.create_connection(("127.0.0.1", w.server.port),
                                      source_address=(next(sources), 0)) as s:
            try:
                s.sendall(data)
            except OSError:
                pass
            w.tap.ok(goes(s) is not None, "garbage: %r…" % data[:6])
    w.tap.equal(w.counters("tunnel_errors"), [was + len(raw)],
                "garbage: counted")

    deep = b"[" * 4000
    hellos = [deep, b"{}", b"null", b"{\"versions\":[1],\"agent\":\"../x\"}",
              json.dumps({"versions": [1] * 1000, "agent": "good"}).encode(),
              json.dumps({"versions": [1], "agent": "good",
                          "session": "x" * 32}).encode(),
              json.dumps({"versions": [1], "agent": "good",
                          "received": -1}).encode(),
              b"{\"versions\":[1],\"agent\":\"good\\u0000\"}", b"\xff" * 100]
    frames = [frame(HELLO, h) for h in hellos]
    frames += [frame(OPEN, b"\2\0\1\0\0x", 1), frame(DATA, b"{}"),
               frame(WELCOME, b"{}"), frame(99), frame(HELLO, b"{}", 1),
               frame(HELLO, b"x" * 4097), struct.pack("!HBBI", 65535, 1, 0, 0)]
    was = sum(w.counters("tunnel_errors", "tunnels_refused"))
    for f in frames:
        with Tunnel(w.server.port, source=next(sources)) as t:
            t.sock.sendall(f)
            said = goes(t.sock)
            w.tap.ok(said is not None and not (said and said[2] == WELCOME),
                     "no HELLO: %r…" % f[:24])
    w.tap.equal(sum(w.counters("tunnel_errors", "tunnels_refused")),
                was + len(frames), "no HELLO: counted")
    w.still("garbage")


class Slow:
    """Connections that take their time, all at once."""

    def __init__(self, w):
        self.w = w
        self.was, = w.counters("tunnel_errors")
        self.idle = [self.raw() for _ in range(3)]
        self.begun = self.raw()
        self.begun.sendall(b"\x16\x03\x01\2\0\1")
        self.unsaid = Tunnel(w.server.port, source=next(sources))
        self.octets = Tunnel(w.server.port, source=next(sources))
        self.rest = frame(HELLO, json.dumps(
            {"versions": [1], "agent": "good", "proof": "A" * 88}).encode())

    def raw(self):
        return socket.create_connection(
            ("127.0.0.1", self.w.server.port), 10,
            source_address=(next(sources), 0))

    def drip(self):
        """One octet more; False: nobody listens any more."""
        try:
            self.octets.sock.sendall(self.rest[:1])
            self.begun.sendall(b"x")
        except OSError:
            return False
        self.rest = self.rest[1:]
        return len(self.rest) > 1

    def end(self):
        w, socks = self.w, [*self.idle, self.begun, self.unsaid.sock,
                            self.octets.sock]
        w.tap.ok(wait(lambda: w.counters("tunnel_errors")[0] >=
                      self.was + len(socks) or (self.drip() and False), 30),
                 "slow: the relay ends them all, and counts them")
        for s in socks:
            w.tap.ok(goes(s) is not None, "slow: closed")
            s.close()
        w.still("slow")


def connection_floods(w):
    """One source gets no more than its share; many don't keep others out."""
    def connect(source, n):
        out = []
        for _ in range(n):
            out.append(socket.create_connection(
                ("127.0.0.1", w.server.port), 10, source_address=(source, 0)))
        return out

    was, = w.counters("tunnels_limited")
    held = connect("127.0.3.1", GUESTS_EACH + 50)
    w.tap.ok(wait(lambda: w.counters("tunnels_limited")[0] >= was + 50),
             "connection flood: what is over a source's share is closed")
    w.tap.equal(w.counters("tunnels_limited"), [was + 50],
                "connection flood: and no more than that")
    for n in range(2, 8):
        held += connect("127.0.3.%d" % n, GUESTS_EACH)
    w.tap.ok(wait(lambda: w.counters("tunnels_limited")[0] >=
                  was + 50 + 7 * GUESTS_EACH - GUESTS_MAX),
             "connection flood: of many sources, the oldest go")
    t, _ = w.enter("bad")
    w.tap.ok(True, "connection flood: an agent is let in meanwhile")
    t.close()
    for s in held:
        s.close()
    w.still("connection flood")


# ---- from an agent that is let in

def broken_rules(w):
    """Each ends the tunnel, and is counted; the next is a new one."""
    channel = (OPEN, struct.pack("!BI", MESSAGES, WINDOW) +
               json.dumps(sip_channel("127.0.9.1:5060")).encode())
    open1 = frame(*channel, 1)
    part = frame(DATA, b"x" * FRAME_MAX, 1, 1)
    cases = [
        ("an oversize frame", struct.pack("!HBBI", FRAME_MAX + 1, DATA, 0, 1)),
        ("an unknown type", frame(77)),
        ("an unknown flag", frame(DATA, b"{}", 0, 4)),
        ("a greeting again", frame(HELLO, b"{}")),
        ("a channel never opened", frame(DATA, b"x", 9)),
        ("the server's numbers", frame(*channel, 2)),
        ("channel 0 opened", frame(*channel, 0)),
        ("a number again", open1 + open1),
        ("a smaller number", frame(*channel, 7) + frame(*channel, 5)),
        ("an unknown kind", frame(OPEN, b"\7" + channel[1][1:], 1)),
        ("no room for a kind", frame(OPEN, b"\1", 1)),
        ("a window too large", frame(OPEN, struct.pack("!BI", 1, 1 << 31) +
                                     b"{}", 1)),
        ("credit without end", open1 + frame(CREDIT, b"\xff" * 4, 1)),
        ("credit again and again", open1 + 20 * frame(
            CREDIT, struct.pack("!I", WINDOW), 1)),
        ("a message without end", open1 + 5 * part),
        ("control without end", 5 * frame(DATA, b"x" * FRAME_MAX, 0, 1)),
        ("control closed", frame(FIN, b"", 0)),
        ("control reset", frame(RESET, b"\0\0", 0)),
        ("data after the end", open1 + frame(FIN, b"", 1) +
         frame(DATA, b"x", 1)),
        ("what was never sent is acknowledged", frame(4, b"\x7f" * 8)),
        ("a PING of another size", frame(5, b"x")),
        ("a media connection's frame", frame(DATAGRAM, b"x")),
    ]
    w.certificate("bad")
    for what, data in cases:
        was, = w.counters("tunnels_broken")
        t, _ = w.enter("bad")
        t.sock.sendall(data)
        w.tap.ok(goes(t.sock) is not None, "rules: %s: ended" % what)
        w.tap.ok(wait(lambda: w.counters("tunnels_broken") == [was + 1]),
                 "rules: %s: counted" % what)
        t.close()
    w.tap.ok(wait(lambda: w.server.agents()["bad"]["state"] == "down"),
             "rules: its tunnel does not wait for it")
    w.still("rules")


def channel_floods(w):
    t, _ = w.enter("bad")
    n = CHANNELS_MAX + 100
    for i in range(n):
        t.open(2 * i + 1, sip_channel("127.9.%d.%d:5060" % (i >> 8, i & 255)))
    answers = {}
    for _ in range(n):
        kind, channel, payload, _ = t.recv(17, RESET)
        answers[channel] = kind == RESET and struct.unpack("!H", payload)[0]
    refused = [c for c, why in answers.items() if why]
    w.tap.ok(len(refused) >= 100 and
             all(answers[c] == LIMIT for c in refused),
             "channels: what is over the limit is refused", len(refused))
    ag = w.server.agents()["bad"]
    w.tap.ok(ag["channels"] <= CHANNELS_MAX, "channels: no more than may be")
    w.tap.ok(ag["channelsRefused"] >= 100, "channels: counted", ag)
    # beginnings of messages on all of them
    for c in sorted(set(answers) - set(refused)):
        t.send(DATA, b"x" * 8000, c, 1)
    w.tap.ok(t.recv(RESET), "channels: half messages have a limit together")
    w.tap.equal(w.server.agents()["bad"]["state"], "up",
                "channels: the tunnel stays")
    w.still("channels")
    other, _ = w.enter("bad2")
    other.open(1, sip_channel("127.9.0.1:5060"))
    w.tap.equal(other.recv(17, RESET)[0], 17,
                "channels: another agent gets one")
    other.close()
    t.close()
    for what in ({}, {"kind": "sip"}, {"kind": "x"}, b"", b"\0", b"[" * 4000,
                 {"kind": "sip", "terminal": "x", "local": "y"},
                 {"kind": "service", "name": "x"}):
        t, _ = w.enter("bad")
        was, = w.counters("channels_refused")
        t.open(1, what)
        w.tap.equal(t.recv(17, RESET)[0], RESET,
                    "channels: for %s: refused" % str(what)[:30])
        w.tap.equal(w.counters("channels_refused"), [was + 1],
                    "channels: counted")
        t.close()
    w.still("channels")


def others_things(w):
    """Another's session, terminals, streams."""
    victim, session = w.enter("victim")
    victim.open(1, sip_channel("10.0.0.5:5060"))
    victim.recv(17)
    bad, got = w.enter("bad", session=session["session"], received=0)
    w.tap.ok(not got["resumed"] and got["session"] != session["session"],
             "another's session: a new tunnel of its own", got)
    ag = w.server.agents()["victim"]
    w.tap.ok(ag["state"] == "up" and ag["channels"] == 1,
             "another's session: the other keeps its tunnel", ag)
    with Tunnel(w.server.port, w.certificate("bad"), next(sources)) as t:
        said = t.hello("bad", session=session["session"],
                       carries="media")
        w.tap.ok(not said or said[0] == REFUSE,
                 "another's session: no media of it", said)
    with Tunnel(w.server.port, w.certificate("bad"), next(sources)) as t:
        was, = w.counters("tunnels_refused")
        w.tap.equal(t.hello("victim", session=session["session"],
                            received=0)[0], REFUSE,
                    "another's name: refused")
        w.tap.equal(w.counters("tunnels_refused"), [was + 1],
                    "another's name: counted")

    proxy = udp(w.server.sip)
    victim.send(DATA, b"REGISTER", 1)
    _, door = proxy.recvfrom(2048)
    bad.open(1, sip_channel("10.0.0.5:5060"))
    w.tap.equal(bad.recv(17, RESET)[0], 17,
                "another's terminal: the same address is another's")
    bad.send(DATA, b"REGISTER", 1)
    _, own = proxy.recvfrom(2048)
    w.tap.ok(own != door, "another's terminal: it comes from elsewhere")
    agent = [w.c.ask("channel.get", address="%s:%d" % a)[0]["agent"]
             for a in (door, own)]
    w.tap.equal(agent, ["victim", "bad"], "another's terminal: each its own")
    proxy.sendto(b"for the victim", door)
    w.tap.equal(victim.recv(DATA)[2], b"for the victim",
                "another's terminal: what is for it goes to it")
    proxy.close()

    failed, = w.counters("agent_legs_failed")
    ids = list(range(200)) + [-1, 1 << 32, "x", None, 1.5]
    for i in ids:
        bad.say("media.failed", id=i, reason="mine")
        bad.say("media.confirmed", id=i, token="A" * 22)
    bad.send(5, b"\0" * 8)
    bad.recv(PONG)
    w.tap.equal(w.counters("agent_legs_failed"), [failed],
                "another's streams: it has no say")
    victim.close()
    bad.close()
    w.still("another's things")


def control_floods(w):
    t, _ = w.enter("bad")
    before = rss(w.server.process.pid)
    more = allowance(w.server.process.pid)
    ranges = [{}, {"address": "x"}, {"address": "0.0.0.0", "portMin": 1,
                                     "portMax": 2},
              {"address": "10.0.0.1", "portMin": -5, "portMax": 1 << 40},
              {"address": [1], "portMin": "a", "portMax": {}},
              {"address": "10.0.0.1", "portMin": 30000, "portMax": 30000}]
    nonsense = [b"", b"\0", b"{", b"[]", b"{}", b"null", b"[" * 5000,
                b"{\"a\":" * 3000, b"\xff\xfe" * 100, b"1e999999",
                b"{\"jsonrpc\":\"2.0\",\"method\":\"session.close\","
                b"\"params\":{\"id\":\"good\"},\"id\":1}",
                b"{\"jsonrpc\":\"2.0\",\"method\":\"agent.revoke\","
                b"\"params\":{\"name\":\"good\"},\"id\":2}",
                b"{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}",
                b"{\"jsonrpc\":\"2.0\",\"method\":\"" + b"m" * 9000 + b"\"}"]
    pings = n = 0

    def alive():
        nonlocal pings
        pings += 1
        t.send(5, struct.pack("!Q", pings))
        while True:
            kind, _, payload, _ = t.recv(PONG)
            if payload == struct.pack("!Q", pings):
                return True

    for _ in range(150):
        for data in nonsense:
            t.send(DATA, data)
            n += 1
        for p in ranges:
            t.say("media.range", **p)
            t.say("media.alive", interval=-1, lost="x")
        alive()
    ag = w.server.agents()["bad"]
    w.tap.equal(ag["state"], "up", "nonsense: the tunnel stays")
    w.tap.ok(ag["controlErrors"] >= 1000, "nonsense: counted", ag)
    w.tap.ok("good" in w.server.agents() and
             w.c.ask("session.get", id="good")[0],
             "nonsense: the operator's methods are none of an agent's")
    w.tap.equal(w.c.ask("session.open", id="n", owner="t", label="n",
                        streams=[{"index": 0, "media": "audio",
                                  "a": {"agent": "bad",
                                        "signalling": TERMINAL},
                                  "b": {"signalling": PEER}}])[0], None,
                "nonsense: no ports came of it")
    w.tap.ok(rss(w.server.process.pid) - before < more,
             "nonsense: memory stays", before, rss(w.server.process.pid))
    w.tap.ok(len(w.server.said()) < 1 << 20, "nonsense: and the log short")
    t.close()

    # who asks and never reads fills nothing but its own pipe
    t, _ = w.enter("bad")
    t.sock.settimeout(2)
    try:
        for i in range(40000):
            t.send(5, struct.pack("!Q", i))
            t.send(DATA, b"{\"jsonrpc\":\"2.0\",\"method\":\"x\",\"id\":1}")
    except OSError:
        pass
    w.tap.ok(rss(w.server.process.pid) - before < more,
             "never reads: memory stays", before, rss(w.server.process.pid))
    t.close()
    w.still("nonsense")


# ---- sealed datagrams

class Sniffer:
    """What goes to the relay's media port, and from it."""

    def __init__(self, port):
        self.port = port
        try:
            self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                      socket.htons(3))
        except PermissionError:
            raise Skip("no raw sockets here")
        self.sock.bind(("lo", 0))
        self.sock.settimeout(5)

    def take(self, to_relay=True, more=lambda: None):
        """One sealed RTP datagram; more() makes some."""
        more()
        while True:
            p = self.sock.recv(65536)[14:]
            if len(p) < 28 or p[0] >> 4 != 4 or p[9] != 17:
                continue
            head = (p[0] & 15) * 4
            src, dst = struct.unpack_from("!HH", p, head)
            data = p[head + 8:]
            if (dst if to_relay else src) == self.port and \
                    data[:1] == b"\x50" and len(data) > 100:
                return data


def sealed(w):
    sniffer = Sniffer(w.server.media)
    up = sniffer.take(True, w.talk)
    down = sniffer.take(False, w.talk)
    w.quiet()
    thief = udp(address=next(sources))
    to = ("127.0.0.1", w.server.media)

    def sent(data, counter, what):
        was, = w.counters(counter)
        packets = w.c.result("session.get",
                             id="good")["streams"][0]["a"]["packets"]
        thief.sendto(data, to)
        w.tap.ok(wait(lambda: w.counters(counter) == [was + 1]),
                 "sealed: %s: counted" % what)
        w.tap.equal(w.c.result("session.get", id="good")["streams"][0]["a"]
                    ["packets"], packets, "sealed: %s: goes nowhere" % what)
        w.tap.ok(quiet(w.peer, 0.1) and quiet(thief, 0.1),
                 "sealed: %s: nobody hears it" % what)

    fresh = up[:5] + b"\0\0\1\0\0\0" + up[11:]
    sent(up, "sealed_replayed", "one that came before")
    sent(fresh, "sealed_forged", "with another counter")
    sent(up[:5] + b"\xff" * 6 + up[11:], "sealed_forged",
         "with the last counter")
    sent(b"\x51" + fresh[1:], "sealed_forged", "as another kind")
    sent(fresh[:-1] + bytes([fresh[-1] ^ 1]), "sealed_forged",
         "with another tag")
    sent(fresh[:40], "sealed_forged", "cut")
    sent(fresh[:11] + fresh[-16:], "sealed_forged", "a sign of life")
    sent(down[:5] + b"\0\0\1\0\0\0" + down[11:], "sealed_forged",
         "our own, back to us")
    sent(up[:1] + bytes([up[1] ^ 0x55]) + up[2:], "sealed_unknown",
         "of another stream")
    was = sum(w.counters("sealed_forged", "sealed_unknown",
                         "sealed_replayed"))
    for _ in range(500):
        thief.sendto(fresh, to)
    wait(lambda: sum(w.counters("sealed_forged")) >= 400)
    w.tap.ok(sum(w.counters("sealed_forged", "sealed_unknown",
                            "sealed_replayed")) > was, "sealed: a flood")
    w.still("sealed")
    thief.close()


def media_links(w):
    """Connections for media: whose they are, and what goes there."""
    sniffer = Sniffer(w.server.media)
    up = sniffer.take(True, w.talk)
    w.quiet()
    bad, got = w.enter("bad")

    def link(**hello):
        t = Tunnel(w.server.port, w.certificate("bad"), next(sources))
        said = t.hello("bad", carries="media", **hello)
        return t, said and said[0]

    t, said = link()
    w.tap.equal(said, None, "media links: of no tunnel: closed")
    t.close()
    t, said = link(session="0" * 32)
    w.tap.equal(said, REFUSE, "media links: of a tunnel that is not there")
    t.close()

    t, said = link(session=got["session"])
    w.tap.equal(said, WELCOME, "media links: of its own tunnel")
    for what, data in (("another's stream", up[:5] + b"\0\0\2" + up[8:]),
                       ("no stream", bytes([up[0], up[1] ^ 0x55]) + up[2:]),
                       ("no datagram", b"\x80" + up[1:])):
        was, = w.counters("sealed_unknown")
        t.send(DATAGRAM, data)
        w.tap.ok(wait(lambda: w.counters("sealed_unknown") == [was + 1]),
                 "media links: %s: counted" % what)
    w.tap.ok(quiet(w.peer, 0.1), "media links: nobody hears it")
    other, said = link(session=got["session"])
    w.tap.equal((said, t.recv(WELCOME)), (WELCOME, None),
                "media links: one at a time")
    other.close()

    for what, broken in (
            ("a channel's frame", frame(DATA, b"x")),
            ("a greeting", frame(HELLO, b"{}")),
            ("too long a datagram", frame(DATAGRAM, up * 30)),
            ("an empty one", frame(DATAGRAM)),
            ("what was never sent has come", frame(ACK, b"\1" * 8)),
            ("noise", os.urandom(4096))):
        t, said = link(session=got["session"])
        t.sock.sendall(broken)
        w.tap.ok(said == WELCOME and t.recv(WELCOME) is None,
                 "media links: %s: it is closed" % what)
        t.close()
    bad.close()
    w.still("media links")


def test(tap):
    with tempfile.TemporaryDirectory() as directory:
        ca = Authority(directory)
        with Server(more="client_ca = " + ca.cert, linger="1s") as server:
            conf = server.ctl("agent", "add", "good").stdout
            with Agent(server, conf, lan="127.0.0.9:15470",
                       media="23000-23099") as agent:
                tap.ok(wait(lambda: server.agents()["good"]["state"] == "up",
                            10), "the good agent is up", agent.said())
                w = World(tap, server, agent, ca)
                slow = Slow(w)
                wrong_proofs(w)
                garbage(w)
                sealed(w)
                media_links(w)
                broken_rules(w)
                channel_floods(w)
                others_things(w)
                control_floods(w)
                slow.end()
                connection_floods(w)
            tap.ok("Sanitizer" not in server.said().decode(errors="replace")
                   and "Sanitizer" not in agent.said(), "no sanitizer spoke")


main(test, own_network=True)
