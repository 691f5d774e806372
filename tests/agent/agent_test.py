#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""postern-agent and a relay: who is let in, SIP messages through the tunnel,
sealed media, a tunnel that breaks and goes on, either end killed."""
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
from lab import main, wait  # noqa: E402
from agent_client import AGENT, Agent, Server, Wire  # noqa: E402
from relay_client import quiet, rtp, udp  # noqa: E402

LAN = ("127.0.0.2", 15070)


def up(server, name="branch-7", state="up"):
    return wait(lambda: server.agents().get(name, {}).get("state") == state,
                10)


def pair(server, name="branch-7"):
    return server.ctl("agent", "add", name).stdout


# ---- cases

def options(tap):
    def run(text, *argv):
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as f:
            f.write(text)
            f.flush()
            return subprocess.run([AGENT, "-c", "-f", f.name, *argv],
                                  capture_output=True, text=True), f.name

    good = ("[agent]\nname = a1\nsecret = %s=\n[server]\n"
            "address = relay.example:7443, [2001:db8::1]:443\n" % ("A" * 43))
    r, _ = run(good)
    tap.ok(r.returncode == 0, "a configuration that stands", r)
    for old, new, key in (("name = a1", "name = ../a", "name"),
                          ("secret = AAAA", "secret = !!!!", "secret"),
                          ("secret = ", "key = x\nsecret = ", "key"),
                          ("secret = ", "key = x\ncertificate = x\nsecret = ",
                           "secret"),
                          ("secret = ", "user = ", "secret"),
                          ("relay.example:7443", "192.0.2.1", "address"),
                          ("[server]", "[server]\nrotate = 10ms", "rotate"),
                          ("[server]", "[server]\nproxy = x", "proxy"),
                          ("[server]", "[server]\nproxy_user = x",
                           "proxy_user"),
                          (":443", ":70000", "address"),
                          ("[server]", "[server]\nfingerprint = x",
                           "fingerprint"),
                          ("[server]", "[lan]\nsip = 0.0.0.0\n[server]",
                           "sip"),
                          ("[server]", "[lan]\nsip = 10.0.0.300\n[server]",
                           "[lan] sip"),
                          ("[server]", "[lan]\nsip = eth0:sip\n[server]",
                           "[lan] sip"),
                          ("[server]", "[lan]\nsip = eth0\nsip_tls = eth1\n"
                           "certificate = x\nkey = x\n[server]",
                           "[lan] sip_tls"),
                          ("[server]", "[lan]\nmedia = 80-90\n[server]",
                           "media"),
                          ("[server]", "[policy]\nallow = wan\n[server]",
                           "[policy] allow"),
                          ("[server]", "[policy]\nallow = 10.0.0.0/8:90-80"
                           "\n[server]", "[policy] allow"),
                          ("[server]", "[policy]\nprotocols = sip, service"
                           "\n[server]", "[policy] protocols"),
                          ("[server]", "[policy]\nservices = nas:22"
                           "\n[server]", "[policy] services"),
                          ("[server]", "[policy]\nsockets_max = 1"
                           "\n[server]", "[policy] sockets_max"),
                          ("[server]", "[policy]\nsignalled_only = maybe"
                           "\n[server]", "[policy] signalled_only"),
                          ("name = a1", "name = a1\nmode = family",
                           "[agent] mode"),
                          ("[agent]", "[lan]\nsip = 192.168.1.2\n"
                           "[agent]\nmode = personal", "[lan] sip"),
                          ("[server]", "[sever]", "sever")):
        r, name = run(good.replace(old, new))
        tap.ok(r.returncode == 1 and key in r.stderr and name in r.stderr,
               "refused, with file and key: " + key, r)
        tap.ok("!!!!" not in r.stderr, "a secret is not repeated: " + key, r)


def sip(tap, server):
    """Messages both ways; what the proxy sees of a terminal."""
    proxy, phone = udp(server.sip), udp(address="127.0.0.3")
    phone.sendto(b"REGISTER sip:example SIP/2.0\r\n\r\n", LAN)
    data, seen = proxy.recvfrom(65536)
    tap.equal(data, b"REGISTER sip:example SIP/2.0\r\n\r\n",
              "SIP: the terminal's message is at the proxy")
    tap.equal(seen[0], "127.0.0.1", "SIP: from a local socket")
    proxy.sendto(b"SIP/2.0 200 OK\r\n\r\n", seen)
    tap.equal(phone.recvfrom(65536), (b"SIP/2.0 200 OK\r\n\r\n", LAN),
              "SIP: the answer comes from the agent")
    big = os.urandom(30000)
    proxy.sendto(big, seen)
    tap.equal(phone.recv(65536), big, "SIP: a message of 30,000 octets")
    phone.sendto(big, LAN)
    tap.equal(proxy.recv(65536), big, "SIP: and up")

    c = server.client()
    got, _ = c.ask("channel.get", address="%s:%d" % seen)
    tap.ok(re.fullmatch("[0-9a-f]{32}", got.pop("hide")),
           "channel.get: what its private addresses are hidden under")
    tap.equal(got, {"agent": "branch-7", "transport": "udp",
                    "terminal": "127.0.0.3:%d" % phone.getsockname()[1],
                    "local": "%s:%d" % LAN}, "channel.get: who it is")
    tap.equal(c.ask("channel.get", address="127.0.0.1:9")[1], -32001,
              "channel.get: an address that is nobody's")
    c.close()
    return proxy, phone, seen


def call(c, name="call", agent="branch-7", **more):
    """A session with leg a at the agent; the ports of its legs."""
    r = c.result("session.open", id=name, owner="test", label=name, streams=[
        {"index": 0, "media": "audio",
         "a": {"agent": agent, "signalling": "127.0.0.3", **more},
         "b": {"signalling": "127.0.0.1"}}])["streams"][0]
    return [(r[x]["local"]["address"], r[x]["local"]["port"]) for x in "ab"]


def media(tap, server):
    c = server.client()
    a, b = call(c)
    tap.ok(a[0] == "127.0.0.2" and 21000 <= a[1] < 21100 and a[1] % 2 == 0,
           "media: leg a is at the agent's address and port", a)
    tap.equal(b[0], "127.0.0.1", "media: leg b is the relay's")
    phone, peer = udp(address="127.0.0.3"), udp()
    stranger = udp(address="127.0.0.4")

    def leg():
        return c.result("session.get", id="call")["streams"][0]["a"]

    tap.ok(wait(lambda: leg()["state"] == "latched"),
           "media: the agent is known before there is media", leg())
    tap.equal(leg()["policy"], "sealed", "media: sealed")
    tap.ok(wait(lambda: server.agents()["branch-7"]["mediaKeepalive"] ==
                10000), "media: the relay answers signs of life")
    tap.equal(leg()["agent"], "branch-7", "media: the leg says whose")
    stranger.sendto(rtp(1, ssrc=9), a)

    def begun():
        """Until each has been heard the other's have nowhere to go."""
        phone.sendto(rtp(1), a)
        peer.sendto(rtp(1, ssrc=2), b)
        return not quiet(phone, 0.1) and not quiet(peer, 0.1)

    tap.ok(wait(begun), "media: the first packets, both ways")
    for s in (phone, peer):
        while not quiet(s, 0.2):
            pass
    for n in range(2, 12):
        phone.sendto(rtp(n), a)
        peer.sendto(rtp(n, ssrc=2), b)
        tap.ok(peer.recv(2048)[8:12] == b"\0\0\0\1" and
               phone.recv(2048)[8:12] == b"\0\0\0\2",
               "media: packet %d, both ways" % n)
    phone.sendto(b"\x80\xc9\0\1" + b"\0\0\0\1", (a[0], a[1] + 1))
    time.sleep(0.2)
    tap.equal(leg()["rtcpPackets"], 0, "media: RTCP had nowhere to go yet")
    got = leg()
    tap.equal(got["source"]["address"], "127.0.0.1",
              "media: the source is the agent's uplink")
    tap.ok(got["packets"] >= 10 and got["lost"] == 0,
           "media: counted, none lost", got)

    forged = b"\x50" + os.urandom(60)
    udp().sendto(forged, ("127.0.0.1", server.media))
    tap.ok(wait(lambda: server.counter("sealed_unknown") == 1),
           "media: a datagram of no stream is counted")
    tap.equal(leg()["source"], got["source"], "media: and moves nothing")
    final = c.result("session.close", id="call", reason="test")
    tap.ok(final["streams"][0]["a"]["packets"] >= 10, "media: final counters")
    tap.ok(wait(lambda: udp_free(a)), "media: the agent closed its ports", a)
    c.close()
    for s in (phone, peer, stranger):
        s.close()


def udp_free(addr):
    try:
        udp(addr[1], addr[0]).close()
        return True
    except OSError:
        return False


def breaks(tap, server, wire, sip_state):
    """The connection goes, the tunnel stays."""
    proxy, phone, seen = sip_state
    before = server.agents()["branch-7"]
    c = server.client()
    a, b = call(c, "through")
    term, peer = udp(address="127.0.0.3"), udp()

    def audio(n, what):
        term.sendto(rtp(n), a)
        peer.sendto(rtp(n, ssrc=2), b)
        tap.ok(peer.recv(2048)[2:4] == n.to_bytes(2, "big") and
               term.recv(2048)[2:4] == n.to_bytes(2, "big"), what)

    time.sleep(0.3)
    term.sendto(rtp(1), a)
    peer.sendto(rtp(1, ssrc=2), b)
    time.sleep(0.2)
    for s in (term, peer):
        while not quiet(s, 0.1):
            pass
        s.settimeout(3)
    audio(5, "break: audio before it")
    wire.cut()
    proxy.sendto(b"while it is cut", seen)
    phone.sendto(b"and the other way", LAN)
    audio(6, "break: audio goes on without the tunnel")
    tap.ok(wait(lambda: server.agents()["branch-7"]["resumed"] >
                before["resumed"], 10), "break: the tunnel goes on")
    tap.equal(phone.recv(2048), b"while it is cut",
              "break: what was said meanwhile arrives")
    tap.equal(proxy.recvfrom(2048), (b"and the other way", seen),
              "break: in both directions, on the same channel")
    audio(7, "break: audio after it")

    wire.freeze()
    tap.ok(up(server, state="waiting"), "dead path: noticed")
    wire.dead = False
    wire.cut()
    tap.ok(up(server), "dead path: the agent comes again")
    audio(8, "dead path: audio")
    c.result("session.close", id="through", reason="test")
    c.close()
    term.close()
    peer.close()


def killed(tap, server, agent, sip_state):
    proxy, phone, seen = sip_state
    server.process.kill()
    server.process.wait()
    server.start()
    tap.ok(up(server), "relay killed: the agent comes again by itself")
    phone.sendto(b"REGISTER again", LAN)
    data, again = proxy.recvfrom(2048)
    tap.equal(data, b"REGISTER again", "relay killed: SIP goes through")
    c = server.client()
    tap.equal(call(c, "x", local={"port": 21040})[0], ("127.0.0.2", 21040),
              "relay killed: a session on the same port of the agent's")
    c.close()

    agent.process.send_signal(signal.SIGKILL)
    agent.process.wait()
    tap.ok(wait(lambda: server.agents()["branch-7"]["state"] != "up", 10),
           "agent killed: noticed")
    agent.start()
    tap.ok(up(server), "agent killed: it is up again")
    phone.sendto(b"REGISTER three", LAN)
    tap.equal(proxy.recv(2048), b"REGISTER three",
              "agent killed: SIP goes through")


def who_may(tap, server, conf):
    other = pair(server, "branch-8")
    secret = [x for x in other.splitlines() if x.startswith("secret")][0]
    mine = [x for x in conf.splitlines() if x.startswith("secret")][0]
    with open(os.path.join(server.dir, "state", "agents")) as f:
        kept = f.read()
    tap.ok(secret.split()[2] not in kept and "branch-8" in kept,
           "the server keeps no secret")
    tap.equal(os.stat(os.path.join(server.dir, "state", "agents")).st_mode &
              0o077, 0, "and its list is its own")
    tap.ok(server.ctl("agent", "add", "branch-8").returncode != 0,
           "an agent is added once")
    tap.ok(server.ctl("agent", "add", "a/b").returncode != 0,
           "a name is a name")
    with Agent(server, conf.replace(mine, secret), lan="127.0.0.5:15071") as a:
        tap.ok(wait(lambda: "refuses" in a.said()),
               "another agent's secret: refused", a.said())
        tap.ok(secret.split()[2] not in a.said(), "no secret in the log")
    tap.ok(server.counter("tunnels_refused") >= 1, "refused: counted")
    wrong = conf.replace(conf.split("fingerprint = ")[1][:43], "A" * 43)
    with Agent(server, wrong, lan="127.0.0.5:15072") as a:
        tap.ok(wait(lambda: "certificate" in a.said()),
               "a server with another key: not spoken to", a.said())

    for _ in range(12):
        with socket.create_connection(("127.0.0.1", server.port)) as s:
            s.sendall(b"\x16\x03\x01\x02\x00" + b"x" * 512)
            s.settimeout(5)
            try:
                while s.recv(100):
                    pass
            except OSError:
                pass
    tap.ok(server.counter("tunnel_errors") >= 12, "noise: counted")
    tap.equal(server.agents()["branch-7"]["state"], "up",
              "noise: the others don't notice")


def revoked(tap, server, agent):
    r = server.ctl("agent", "revoke", "branch-7")
    tap.ok(r.returncode == 0 and "ended" in r.stdout, "revoked", r)
    tap.ok(wait(lambda: "revoked" in agent.said()), "the agent is told")
    tap.ok("branch-7" not in server.agents(), "it is gone from the list")
    tap.ok(wait(lambda: "refuses" in agent.said(), 15),
           "and is not let in again", agent.said())
    tap.equal(server.ctl("agent", "revoke", "branch-7").returncode, 3,
              "revoking it again: there is none")


def test(tap):
    options(tap)
    with Server() as server:
        conf = pair(server)
        wire = Wire(server.port)
        with Agent(server, conf, port=wire.port) as agent:
            tap.ok(up(server), "the agent's tunnel is up", agent.said())
            state = sip(tap, server)
            media(tap, server)
            breaks(tap, server, wire, state)
            killed(tap, server, agent, state)
            who_may(tap, server, conf)
            revoked(tap, server, agent)
        tap.ok("Sanitizer" not in server.said().decode(errors="replace"),
               "no sanitizer spoke")


main(test, own_network=True)
