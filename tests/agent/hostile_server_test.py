#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A server an agent trusts, and which orders what it may not: ports out of
range, streams and channels without end, nonsense. The agent lives on, and opens
nothing it was not configured to."""
import base64
import hashlib
import json
import os
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
from lab import Skip, main  # noqa: E402
from agent_client import AGENT  # noqa: E402
from relay_client import quiet, udp  # noqa: E402
from tunnel_client import (CREDIT, DATA, FIN, FRAME_MAX, HELLO,  # noqa: E402
                           MESSAGES, OPEN, PONG, RESET, Tunnel, WELCOME,
                           WINDOW, frame, openssl)

LAN, SIP_PORT = "127.0.0.10", 15570
PORTS = range(24000, 24020)
CHANNELS_MAX, LIMIT, REFUSED = 4096, 2, 1
CONF = """[agent]
name = branch-7
secret = {secret}
log_level = info
[server]
address = 127.0.0.1:{port}
fingerprint = {pin}
[lan]
sip = {lan}:{sip}
media = {first}-{last}
"""


class Peer(Tunnel):
    """The server's end of a connection."""

    def __init__(self, sock):
        self.sock, self.buf = sock, b""
        sock.settimeout(20)


class Server:
    def __init__(self, directory):
        self.dir = directory
        cert, key = (os.path.join(directory, "s." + x) for x in ("crt", "key"))
        der = os.path.join(directory, "s.der")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x",
                "-keyout", key, "-out", cert)
        openssl("pkey", "-in", key, "-pubout", "-outform", "der", "-out", der)
        with open(der, "rb") as f:
            self.pin = base64.b64encode(
                hashlib.sha256(f.read()).digest()).decode()
        self.ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ctx.load_cert_chain(cert, key)
        self.ctx.set_alpn_protocols(["postern/1"])
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(20)
        self.media = udp()

    def agent(self, lan=LAN):
        return Agent(self, lan)

    def accept(self, **more):
        """A connection that has greeted; more: members of WELCOME"""
        raw, _ = self.listener.accept()
        p = Peer(self.ctx.wrap_socket(raw, server_side=True))
        kind, _, text, _ = p.frame()
        if kind != HELLO:
            raise RuntimeError("no HELLO")
        p.said = json.loads(text)
        port = self.media.getsockname()[1]
        w = {"version": 1, "session": os.urandom(16).hex(), "resumed": False,
             "received": 0, "keepalive": 4000, "media": [port, port], **more}
        p.send(WELCOME, json.dumps(
            {k: v for k, v in w.items() if v is not None}).encode())
        return p


class Agent:
    def __init__(self, server, lan):
        self.conf = os.path.join(server.dir, "agent.conf")
        self.log = os.path.join(server.dir, "agent.log")
        with open(self.conf, "w") as f:
            f.write(CONF.format(
                secret=base64.b64encode(os.urandom(32)).decode(),
                port=server.listener.getsockname()[1], pin=server.pin,
                lan=lan, sip=SIP_PORT, first=PORTS[0], last=PORTS[-1]))
        os.chmod(self.conf, 0o600)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([AGENT, "-f", self.conf],
                                            stderr=log)

    def said(self):
        with open(self.log, errors="replace") as f:
            return f.read()

    def lives(self):
        return self.process.poll() is None and "Sanitizer" not in self.said()

    def sockets(self):
        """UDP ports it has in the private network."""
        inodes = set()
        fds = "/proc/%d/fd" % self.process.pid
        for fd in os.listdir(fds):
            try:
                inodes.add(os.readlink(os.path.join(fds, fd)))
            except OSError:
                pass
        out = set()
        with open("/proc/%d/net/udp" % self.process.pid) as f:
            for line in list(f)[1:]:
                x = line.split()
                address, port = x[1].split(":")
                address = socket.inet_ntoa(bytes.fromhex(address)[::-1])
                if "socket:[%s]" % x[9] in inodes and address == LAN:
                    out.add(int(port, 16))
        return out - {SIP_PORT}

    def rss(self):
        with open("/proc/%d/statm" % self.process.pid) as f:
            return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def more(self):
        with open("/proc/%d/maps" % self.process.pid) as f:
            return (512 if "libasan" in f.read() else 16) << 20

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.process.kill()
        self.process.wait()


def order(n=1, port=PORTS[0], **more):
    """What media.open says."""
    o = {"id": n, "port": port, "rtcp": "separate", "rtp": True, "dscp": 46,
         "remote": None, "cipher": 1, "terminal": LAN,
         "up": base64.b64encode(os.urandom(44)).decode(),
         "down": base64.b64encode(os.urandom(44)).decode(), **more}
    return {k: v for k, v in o.items() if v != "absent"}


def heard(p):
    """The agent has done all it was told so far."""
    token = os.urandom(8)
    p.send(5, token)
    while True:
        f = p.recv(PONG)
        if not f:
            return False
        if f[2] == token:
            return True


def ports(tap, server):
    """Only those of its range, each once."""
    with server.agent() as a:
        p = server.accept()
        for port in (0, 22, 80, 1023, 1024, 23998, 24020, 65534, 65535, 65536,
                     -2, 1 << 40, PORTS[1], PORTS[-1], "24000", None, 24000.5,
                     [24000], "absent"):
            p.say("media.open", **order(port=port))
        wrong = {"id": (-1, 1 << 32, "1", None, "absent"),
                 "cipher": (0, 3, "1", None), "dscp": (-1, 64, 1 << 40),
                 "up": ("", "x", None, "A" * 60, "!" * 60, "absent"),
                 "down": ("", 5, "A" * 56, "absent"),
                 "rtcp": ("both", 1, None, "absent"),
                 "remote": (5, {"address": "x", "port": 1, "rtcpPort": 2},
                            {"address": "10.0.0.1", "port": 0,
                             "rtcpPort": 2},
                            {"address": "10.0.0.1", "port": 70000,
                             "rtcpPort": -1}),
                 "terminal": ("x", "10.0.0.1:5060", "")}
        for member, values in wrong.items():
            for v in values:
                p.say("media.open", **order(**{member: v}))
        for what in ("media.update", "media.close"):
            for n in (1, -1, "x", None, 1 << 40):
                p.say(what, id=n)
        tap.ok(heard(p), "ports: the tunnel stays")
        got = a.sockets()
        tap.ok(got <= {PORTS[0], PORTS[1]},
               "ports: none that is not the agent's to give", got)
        tap.ok(a.lives(), "ports: the agent lives", a.said())
        p.close()

    with server.agent() as a:
        p, term = server.accept(), udp(address=LAN)
        there = {"address": LAN, "port": term.getsockname()[1],
                 "rtcpPort": term.getsockname()[1]}
        for i, port in enumerate(PORTS[::2]):
            p.say("media.open", **order(100 + i, port, remote=there))
        heard(p)
        tap.equal(a.sockets(), set(PORTS), "streams: all of its range")
        for i in range(300):
            p.say("media.open", **order(1000 + i, PORTS[2 * i % 20]))
            p.say("media.open", **order(100, PORTS[2 * i % 20]))
        heard(p)
        tap.equal(a.sockets(), set(PORTS), "streams: and no more")
        garbage(tap, server, a, term)
        for i in range(300):
            p.say("media.close", id=100 + i)
        heard(p)
        tap.equal(a.sockets(), set(), "streams: all closed")
        tap.ok(a.lives(), "streams: the agent lives", a.said())
        p.close()


def garbage(tap, server, a, term):
    """Datagrams from where the relay is, with no key."""
    data = b""
    while data[1:5] != struct.pack("!I", 100):
        data, way = server.media.recvfrom(2048)
    tap.ok(data[0] == 0x50 and len(data) == 27,
           "datagrams: the agent's sign of life", data)
    for kind in (0x50, 0x51, 0x52, 0x53, 0x54, 0x80, 0):
        for n in (0, 1, 10, 11, 26, 27, 28, 100, 1400, 5000):
            d = bytes([kind]) + data[1:5] + os.urandom(6 + n)
            server.media.sendto(d[:n], way)
    server.media.sendto(data, way)
    tap.ok(quiet(term, 0.2), "datagrams: the terminal hears nothing")
    tap.ok(a.lives(), "datagrams: the agent lives", a.said())
    term.close()


def channels(tap, server):
    with server.agent() as a:
        p = server.accept()
        before, n = a.rss(), CHANNELS_MAX + 104
        answers = {}

        def take():
            kind, channel, payload, _ = p.recv(17, RESET)
            answers[channel] = (kind == RESET and
                                struct.unpack("!H", payload)[0])

        for i in range(1, n + 1):
            p.open(2 * i, {"kind": "sip", "transport": "udp", "terminal":
                           "127.8.%d.%d:5060" % (i >> 8, i & 255)})
            # the pipe back is not to be full
            if i % 64 == 0:
                while len(answers) < i:
                    take()
        while len(answers) < n:
            take()
        refused = sum(1 for why in answers.values() if why)
        tap.ok(refused >= 104, "channels: over the limit: refused", refused)
        tap.ok(a.rss() - before < a.more(), "channels: memory is bounded",
               before, a.rss())
        tap.ok(heard(p) and a.lives(), "channels: the agent lives")
        p.close()

    with server.agent() as a:
        p = server.accept()
        for i, what in enumerate((
                {}, {"kind": "x"}, {"kind": "sip"}, b"", b"\0", b"[" * 4000,
                {"kind": "sip", "terminal": "x"}, b"\xff" * 4000,
                {"kind": "sip", "transport": "carrier pigeon",
                 "terminal": "127.8.0.1:5060"},
                {"kind": "sip", "terminal": "127.8.0.1:53"},
                {"kind": "sip", "terminal": "0.0.0.0:5060"},
                {"kind": "sip", "terminal": "224.0.1.75:5060"},
                {"kind": "sip", "terminal": "198.51.100.1:5060"},
                {"kind": "service", "name": "ssh"},
                {"kind": "service", "to": "127.0.0.1:22"}), 1):
            p.open(2 * i, what)
            kind, channel, _, _ = p.recv(17, RESET)
            tap.equal((kind, channel), (RESET, 2 * i),
                      "channels: for %s: refused" % str(what)[:50])
        tap.ok(heard(p) and a.lives(), "channels: the agent lives")
        p.close()


def broken(n, directory, data, more):
    """Whether the agent, told this, begins anew; and what it says then."""
    place = os.path.join(directory, "rules%d" % n)
    os.mkdir(place)
    server = Server(place)
    with server.agent("127.0.2.%d" % (n + 1)) as a:
        p = server.accept(**more)
        p.sock.sendall(data)
        again = server.accept()
        good = "session" not in again.said and heard(again) and a.lives()
        p.close()
        again.close()
        return good, again.said


def rules(tap, directory):
    """Each ends the tunnel; the agent comes again."""
    what = struct.pack("!BI", MESSAGES, WINDOW) + b"{}"
    cases = [(name, data, {}) for name, data in (
        ("an oversize frame", struct.pack("!HBBI", FRAME_MAX + 1, DATA, 0,
                                          2)),
        ("an unknown type", frame(77)),
        ("a WELCOME again", frame(WELCOME, b"{}")),
        ("the agent's numbers", frame(OPEN, what, 1)),
        ("a channel never opened", frame(DATA, b"x", 8)),
        ("credit without end", frame(CREDIT, b"\xff" * 4, 0)),
        ("control without end", 5 * frame(DATA, b"x" * FRAME_MAX, 0, 1)),
        ("control closed", frame(FIN, b"", 0)),
        ("acknowledged too much", frame(4, b"\x7f" * 8)))]
    cases += [("WELCOME: " + name, b"", more) for name, more in (
        ("version 2", {"version": 2}), ("no session", {"session": None}),
        ("a session that is none", {"session": "x" * 32}),
        ("nothing resumed", {"resumed": True}),
        ("no keepalive", {"keepalive": 0}),
        ("no sign of life for years", {"keepalive": 1 << 40}),
        ("ports that are none", {"media": [-1, 70000]}),
        ("received less than nothing", {"received": -1}))]
    # each waits a while before it comes again: all at once
    with ThreadPoolExecutor(len(cases)) as pool:
        done = [pool.submit(broken, n, directory, data, more)
                for n, (_, data, more) in enumerate(cases)]
        for (name, _, _), d in zip(cases, done):
            good, said = d.result()
            tap.ok(good, "rules: %s: it begins anew" % name, said)


def nonsense(tap, server):
    with server.agent() as a:
        p = server.accept()
        heard(p)
        before = a.rss()
        for _ in range(200):
            for data in (b"", b"\0", b"{", b"[]", b"null", b"[" * 5000,
                         b"{\"a\":" * 3000, b"\xff\xfe" * 100,
                         b"{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}",
                         b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"x\"}",
                         b"{\"jsonrpc\":\"2.0\",\"method\":\"media.open\","
                         b"\"params\":[]}",
                         b"{\"jsonrpc\":\"2.0\",\"method\":\"" + b"m" * 9000 +
                         b"\"}"):
                p.send(DATA, data)
            heard(p)
        tap.ok(heard(p) and a.lives(), "nonsense: the tunnel stays")
        tap.ok(a.rss() - before < a.more(), "nonsense: memory is bounded",
               before, a.rss())
        tap.equal(a.sockets(), set(), "nonsense: nothing is open")
        tap.ok(len(a.said()) < 1 << 20, "nonsense: the log is short")
        p.close()


def test(tap):
    if not os.path.exists(AGENT):
        raise Skip("postern-agent is not built")
    with tempfile.TemporaryDirectory() as directory:
        server = Server(directory)
        ports(tap, server)
        channels(tap, server)
        rules(tap, directory)
        nonsense(tap, server)


main(test, own_network=True)
