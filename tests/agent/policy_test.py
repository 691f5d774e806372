#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""postern-agent's own policy: what it refuses whatever the server says, what
it writes down, media only where signalling has named the ports, personal
mode."""
import json
import os
import re
import signal
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
from lab import main, wait  # noqa: E402
from agent_client import Agent, Server  # noqa: E402
from relay_client import quiet, rtp, udp  # noqa: E402

LAN = ("127.0.0.2", 15077)


class Audit:
    def __init__(self, path):
        self.path = path

    def lines(self, **like):
        if not os.path.exists(self.path):
            return []
        with open(self.path) as f:
            records = [json.loads(x) for x in f.read().splitlines()]
        return [r for r in records
                if all(r.get(k) == v for k, v in like.items())]

    def wait(self, **like):
        return wait(lambda: self.lines(**like), 5)


class Case:
    """An agent with a policy, up."""

    def __init__(self, server, conf, policy="", lan="%s:%d" % LAN, agent=""):
        self.server = server
        self.audit = Audit(os.path.join(server.dir, "audit"))
        if os.path.exists(self.audit.path):
            os.unlink(self.audit.path)
        conf = conf.replace("[agent]", "[agent]\naudit = %s\n%s" % (
            self.audit.path, agent))
        self.agent = Agent(server, conf + "\n[policy]\n" + policy, lan=lan,
                           media="21300-21399")
        wait(lambda: server.agents()["branch-7"]["state"] == "up", 10)
        self.client = server.client()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.client.close()
        self.agent.process.terminate()
        self.agent.process.wait(10)
        if "Sanitizer" in self.agent.said():
            raise RuntimeError(self.agent.said())
        wait(lambda: self.server.agents()["branch-7"]["state"] != "up", 10)

    def call(self, name="call", signalling="127.0.0.3", **more):
        """The ports of both legs."""
        r = self.client.result(
            "session.open", id=name, owner="test", label=name, streams=[
                {"index": 0, "media": "audio",
                 "a": {"agent": "branch-7", "signalling": signalling, **more},
                 "b": {"signalling": "127.0.0.1"}}])["streams"][0]
        return [(r[x]["local"]["address"], r[x]["local"]["port"])
                for x in "ab"]

    def end(self, name="call"):
        self.client.result("session.close", id=name, reason="test")


def begun(phone, a, peer, b):
    """Packets both ways, until each has been heard."""
    def once():
        phone.sendto(rtp(1), a)
        peer.sendto(rtp(1, ssrc=2), b)
        return not quiet(phone, 0.1) and not quiet(peer, 0.1)
    return wait(once, 5)


# ---- cases

def written(tap, server, conf):
    with Case(server, conf) as c:
        start = c.audit.wait(event="start")
        tap.ok(start and re.fullmatch(
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", start[0]["time"]) and
            start[0]["agent"] == "branch-7" and
            start[0]["address"] == "%s:%d" % LAN, "audit: the start", start)
        tap.ok(c.audit.wait(event="open", what="tunnel"), "audit: the tunnel")
        phone, peer = udp(address="127.0.0.3"), udp()
        phone.sendto(b"REGISTER sip:example SIP/2.0\r\n\r\n", LAN)
        name = "127.0.0.3:%d" % phone.getsockname()[1]
        tap.ok(c.audit.wait(event="open", what="sip", address=name),
               "audit: a terminal", c.audit.lines())

        a, b = c.call()
        tap.ok(begun(phone, a, peer, b), "media passes")
        opened = c.audit.lines(event="open", what="media")
        tap.ok(len(opened) == 1 and opened[0]["address"] == "%s:%d" % a and
               opened[0]["terminal"] == "127.0.0.3" and
               "stream" in opened[0], "audit: a stream is open", opened)
        c.end()
        closed = c.audit.wait(event="close", what="media")
        tap.ok(closed and closed[0]["stream"] == opened[0]["stream"] and
               closed[0]["packetsUp"] >= 1 and closed[0]["packetsDown"] >= 1
               and closed[0]["bytesUp"] == 172 * closed[0]["packetsUp"],
               "audit: and closed, counted", closed)

        os.rename(c.audit.path, c.audit.path + ".1")
        c.agent.process.send_signal(signal.SIGHUP)
        wait(lambda: os.path.exists(c.audit.path), 5)
        tap.ok(c.audit.wait(event="count"), "audit: and it counts",
               c.audit.lines())
        c.call("again")
        tap.ok(c.audit.wait(event="open", what="media"),
               "audit: after SIGHUP in a new file", c.audit.lines())
        c.end("again")
        c.agent.process.send_signal(signal.SIGTERM)
        stop = c.audit.wait(event="stop")
        tap.ok(stop and stop[0]["media"] == {"allowed": 2, "refused": 0} and
               stop[0]["sockets"] == 0, "audit: the stop, with counts", stop)
        tap.ok(c.audit.lines(event="close", what="sip", address=name),
               "audit: the terminal is gone with it", c.audit.lines())
        phone.close()
        peer.close()


def refused(tap, server, conf):
    policy = "allow = 127.0.0.3:20000-29999, 127.0.0.6/31\nsockets_max = 4\n"
    with Case(server, conf, policy) as c:
        proxy = udp(server.sip)
        proxy.settimeout(0.5)
        for where, port, good in (("127.0.0.3", 25060, True),
                                  ("127.0.0.3", 35060, False),
                                  ("127.0.0.7", 0, True),
                                  ("127.0.0.8", 0, False)):
            s = udp(port, where)
            s.sendto(b"REGISTER from %s" % where.encode(), LAN)
            name = "%s:%d" % s.getsockname()
            try:
                got = proxy.recv(2048) == b"REGISTER from %s" % where.encode()
            except OSError:
                got = False
            tap.equal(got, good, "a terminal at %s port %d: %s" % (
                where, port, "served" if good else "not served"))
            if not good:
                r = c.audit.wait(event="refuse", what="sip", address=name)
                tap.ok(r and "policy" in r[0]["why"],
                       "and it is in the audit log", c.audit.lines())
                tap.ok("refused: sip " + name in c.agent.said(),
                       "and in the log")
            s.close()
        proxy.close()

        before = server.counter("agent_legs_failed")
        bad = c.call("bad", signalling="127.0.0.8")[0]
        r = c.audit.wait(event="refuse", what="media", terminal="127.0.0.8")
        tap.ok(r, "media for who may not: refused", c.audit.lines())
        tap.ok(wait(lambda: server.counter("agent_legs_failed") ==
                    before + 1), "and the server knows")
        tap.ok(b"does not allow" in server.said(), "and why")
        udp(bad[1], bad[0]).close()  # nobody has opened it
        c.end("bad")
        c.call("remote", remote={"address": "127.0.0.3", "port": 30000})
        tap.ok(c.audit.wait(event="refuse", what="media", remote={
            "address": "127.0.0.3", "port": 30000, "rtcpPort": 30001}),
            "media to a port that may not be", c.audit.lines())
        wait(lambda: server.counter("agent_legs_failed") == before + 2)
        c.end("remote")

        c.call("first")
        c.client.result("session.update", id="first", streams=[
            {"index": 0, "a": {"remote": {"address": "127.0.0.8",
                                          "port": 25000}}}])
        tap.ok(wait(lambda: server.counter("agent_legs_failed") ==
                    before + 3), "an update elsewhere: refused")
        c.call("second")
        c.call("third")
        tap.ok(wait(lambda: [r for r in c.audit.lines(event="refuse")
                             if "as many sockets" in r["why"]], 5),
               "more sockets than may be: refused", c.audit.lines())
        c.end("first")
        n = len(c.audit.lines(event="open", what="media"))
        c.audit.wait(event="close", what="media")
        c.call("fourth")
        tap.ok(wait(lambda: len(c.audit.lines(event="open", what="media")) ==
                    n + 1), "and again when one is closed")
        for name in ("second", "third", "fourth"):
            c.end(name)

    with Case(server, conf, "protocols = sip\n") as c:
        c.call("x")
        r = c.audit.wait(event="refuse", what="media")
        tap.ok(r and "protocol" in r[0]["why"], "no media at all", r)
        c.end("x")
    with Case(server, conf, "protocols = media\n") as c:
        udp(address="127.0.0.3").sendto(b"REGISTER x", LAN)
        tap.ok(c.audit.wait(event="refuse", what="sip"), "no SIP at all")


def message(first, address, port, call="77@host"):
    sdp = ("v=0\r\no=- 1 1 IN IP4 {0}\r\ns=-\r\nc=IN IP4 {0}\r\nt=0 0\r\n"
           "m=audio {1} RTP/AVP 0\r\n").format(address, port)
    return ("%s\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"
            "From: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: %s\r\n"
            "CSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n"
            "Content-Length: %d\r\n\r\n%s" % (first, call, len(sdp),
                                              sdp)).encode()


def signalled(tap, server, conf):
    """The phone calls: what its INVITE names, what the answer to it names."""
    with Case(server, conf, "signalled_only = yes\n") as c:
        proxy, phone = udp(server.sip), udp(address="127.0.0.3")
        media, peer = udp(address="127.0.0.3"), udp()
        remote = {"address": "127.0.0.3", "port": media.getsockname()[1]}
        c.call("unnamed", remote=remote)
        r = c.audit.wait(event="refuse", what="media")
        tap.ok(r and "signalling" in r[0]["why"],
               "signalled: a port nobody has named: refused", r)
        c.end("unnamed")

        phone.sendto(message("INVITE sip:b@h SIP/2.0", "127.0.0.3",
                             remote["port"]), LAN)
        _, seen = proxy.recvfrom(65536)
        a, b = c.call("call", remote=remote)
        opened = c.audit.wait(event="open", what="media")
        tap.ok(opened and opened[0]["call"] == "77@host",
               "signalled: named, and in which call", c.audit.lines())
        tap.ok(wait(lambda: c.client.result("session.get", id="call")[
            "streams"][0]["a"]["state"] == "latched"), "signalled: latched")
        for n in range(3):
            media.sendto(rtp(n), a)
            peer.sendto(rtp(n, ssrc=2), b)
        tap.ok(quiet(peer) and quiet(media),
               "signalled: nothing passes before the phone was told")
        proxy.sendto(message("SIP/2.0 200 OK", "127.0.0.2", a[1] + 2), seen)
        phone.recv(65536)
        media.sendto(rtp(9), a)
        tap.ok(quiet(peer), "signalled: nor after it was told of another")
        proxy.sendto(message("SIP/2.0 200 OK", *a), seen)
        phone.recv(65536)
        tap.ok(begun(media, a, peer, b), "signalled: then it passes")
        c.end()
        closed = c.audit.wait(event="close", what="media")
        tap.ok(closed and closed[0]["unsignalled"] >= 4,
               "signalled: what did not pass is counted", closed)

        a2, b2 = c.call("next", remote=remote, local={"port": a[1]})
        tap.equal(a2, a, "signalled: the same port for another call")
        time.sleep(0.3)
        media.sendto(rtp(1), a2)
        tap.ok(quiet(peer), "signalled: it must be named again")
        c.end("next")
        for s in (proxy, phone, media, peer):
            s.close()


def personal(tap, server, conf):
    lan = ("127.0.0.1", 15075)
    with Case(server, conf, agent="mode = personal\n",
              lan="%s:%d" % lan) as c:
        proxy, one, two = udp(server.sip), udp(), udp()
        for s in (one, two):
            s.sendto(b"REGISTER sip:x SIP/2.0\r\n\r\n", lan)
            _, seen = proxy.recvfrom(2048)
            proxy.sendto(b"SIP/2.0 200 OK\r\n\r\n", seen)
            tap.equal(s.recv(2048), b"SIP/2.0 200 OK\r\n\r\n",
                      "personal: a terminal is served")
        tap.ok(c.audit.wait(event="close", what="sip",
                            address="127.0.0.1:%d" % one.getsockname()[1]),
               "personal: the last one is the one", c.audit.lines())
        c.call("x", signalling="192.0.2.7")
        r = c.audit.wait(event="refuse", what="media")
        tap.ok(r and "personal" in r[0]["why"],
               "personal: no other host is spoken to", r)
        c.end("x")
        for s in (proxy, one, two):
            s.close()


def to_the_log(tap, server, conf):
    with Agent(server, conf, lan="%s:%d" % LAN) as a:
        tap.ok(wait(lambda: '"what":"tunnel"' in a.said()),
               "audit: without a file it is in the log", a.said())
    with Agent(server, conf.replace("[agent]", "[agent]\naudit = /nowhere/x"),
               lan="127.0.0.5:15078") as a:
        tap.ok(wait(lambda: a.process.poll() == 1) and
               "/nowhere/x" in a.said(),
               "audit: a file that can't be: it says so", a.said())


def test(tap):
    with Server() as server:
        conf = server.ctl("agent", "add", "branch-7").stdout
        written(tap, server, conf)
        refused(tap, server, conf)
        signalled(tap, server, conf)
        personal(tap, server, conf)
        to_the_log(tap, server, conf)
        tap.ok("Sanitizer" not in server.said().decode(errors="replace"),
               "no sanitizer spoke")


main(test, own_network=True)
