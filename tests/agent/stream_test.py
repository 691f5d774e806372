#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Terminals that speak SIP to postern-agent over TCP and TLS: messages and
signs of life in the stream, large ones, what is no SIP, limits; a terminal
that connects again, and one that is called back."""
import os
import re
import socket
import ssl
import subprocess
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
from lab import Skip, main, wait  # noqa: E402
from agent_client import Agent, Server, free_port  # noqa: E402
from relay_client import quiet, udp  # noqa: E402

LAN, LAN_TLS = ("127.0.0.2", 15170), ("127.0.0.2", 15171)
OF_ONE = 64  # connections of an address's


def message(first, via=None, body=b"", length=True):
    head = [first + " SIP/2.0"]
    if via:
        head.append("Via: SIP/2.0/TCP %s:%d;branch=z9hG4bK1" % via)
    head += ["From: <sip:a@x>;tag=1", "To: <sip:b@x>", "Call-ID: 1",
             "CSeq: 1 " + first.split()[0]]
    if length:
        head.append("Content-Length: %d" % len(body))
    return ("\r\n".join(head) + "\r\n\r\n").encode() + body


def connect(address="127.0.0.3", to=LAN, context=None):
    s = socket.create_connection(to, 5, source_address=(address, 0))
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return context.wrap_socket(s) if context else s


def gone(s):
    """The other end closes it."""
    try:
        return s.recv(1) == b""
    except ConnectionResetError:
        return True


def exactly(s, n):
    data = b""
    while len(data) < n:
        more = s.recv(n - len(data))
        if not more:
            break
        data += more
    return data


def soon(s, seconds=0.3):
    """What comes, if something does."""
    before = s.gettimeout()
    s.settimeout(seconds)
    try:
        return s.recv(65536)
    except socket.timeout:
        return b""
    finally:
        s.settimeout(before)


class Proxy:
    """In place of Kamailio: a UDP socket the relay's channels come from."""

    def __init__(self, server):
        self.server, self.sock = server, udp(server.sip)

    def got(self):
        return self.sock.recvfrom(65536)

    def send(self, data, to):
        self.sock.sendto(data, to)

    def who(self, address):
        c = self.server.client()
        got, _ = c.ask("channel.get", address="%s:%d" % address)
        c.close()
        got.pop("hide", None)
        return got


def in_the_stream(tap, proxy):
    s = connect()
    first = message("REGISTER sip:x", ("127.0.0.3", 5099))
    for i in range(0, len(first), 7):
        s.sendall(first[i:i + 7])
    data, seen = proxy.got()
    tap.equal(data, first, "a message in pieces is one datagram")
    tap.equal(proxy.who(seen), {
        "agent": "branch-7", "transport": "tcp", "local": "%s:%d" % LAN,
        "terminal": "127.0.0.3:%d" % s.getsockname()[1]},
        "channel.get: who it is, and over TCP")
    one, two = message("A sip:x", body=b"1"), message("B sip:x")
    s.sendall(one + b"\r\n" + two)
    tap.equal([proxy.got() for _ in range(2)], [(one, seen), (two, seen)],
              "two in one piece are two, of the same terminal")
    s.sendall(b"\r\n\r\n")
    tap.equal(s.recv(100), b"\r\n", "a sign of life is answered")
    tap.ok(quiet(proxy.sock, 0.2), "and goes no further")

    proxy.send(message("OPTIONS sip:x", length=False, body=b"abc"), seen)
    want = message("OPTIONS sip:x", length=False).replace(
        b"\r\n\r\n", b"\r\nContent-Length: 3\r\n\r\nabc")
    tap.equal(exactly(s, len(want)), want,
              "to the terminal: every message says its length")
    proxy.send(b"\0\0\0\0", seen)
    proxy.send(b"not SIP at all\r\n\r\n", seen)
    proxy.send(one + b"more", seen)
    tap.equal(exactly(s, len(one)), one, "to the terminal: nothing but SIP")

    big = message("INVITE sip:x", body=os.urandom(60000))
    s.sendall(big)
    tap.equal(proxy.got(), (big, seen), "60,000 octets go up")
    proxy.send(big, seen)
    tap.equal(exactly(s, len(big)), big, "and down")
    s.close()


def over_tls(tap, proxy, ca):
    context = ssl.create_default_context(cafile=ca)
    context.check_hostname = False
    s = connect(to=LAN_TLS, context=context)
    text = message("REGISTER sip:x", ("127.0.0.3", 5098))
    s.sendall(text)
    data, seen = proxy.got()
    tap.equal(data, text, "TLS: a message goes up")
    tap.equal([proxy.who(seen)[k] for k in ("transport", "local")],
              ["tls", "%s:%d" % LAN_TLS], "TLS: channel.get knows")
    proxy.send(text, seen)
    tap.equal(exactly(s, len(text)), text, "TLS: and down")
    s.sendall(b"\r\n\r\n")
    tap.equal(s.recv(2), b"\r\n", "TLS: a sign of life is answered")
    s.close()
    old = ssl.create_default_context(cafile=ca)
    old.check_hostname = False
    old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    try:
        connect(to=LAN_TLS, context=old)
        tap.ok(False, "TLS: not below 1.2")
    except (ssl.SSLError, OSError):
        tap.ok(True, "TLS: not below 1.2")


def again(tap, proxy):
    """A terminal is known again by where it takes connections."""
    with socket.create_server(("127.0.0.3", 0)) as listener:
        me = listener.getsockname()
        text = message("REGISTER sip:x", me)
        s = connect()
        s.sendall(text)
        seen = proxy.got()[1]
        s.sendall(message("REGISTER sip:x", me))
        s.close()
        tap.equal(proxy.got()[1], seen, "what it said last arrives")
        s = connect()
        s.sendall(text)
        tap.equal(proxy.got()[1], seen, "connected again: the same terminal")
        other = connect()
        other.sendall(text)
        tap.ok(proxy.got()[1] != seen,
               "while it is there, another is another")
        s.close()
        bye = message("BYE sip:x").replace(b"To: <sip:b@x>",
                                           b"To: <sip:b@x>;tag=2")
        data = b""
        while not data:
            proxy.send(bye, seen)
            data = soon(other)
        tap.equal(data[:len(bye)], bye, "gone: a call's messages find it "
                  "where it is now")
        proxy.send(message("INVITE sip:x"), seen)
        tap.ok(proxy.got()[0].startswith(b"SIP/2.0 480 "),
               "gone: no call comes to it twice")
        other.close()
        request = message("INVITE sip:x", ("127.0.0.2", 1))
        listener.settimeout(5)
        back = None
        while not back:  # the proxy sends again, as SIP over UDP does
            proxy.send(request, seen)
            try:
                listener.settimeout(0.5)
                back = listener.accept()[0]
            except socket.timeout:
                pass
        tap.equal(back.getpeername()[0], LAN[0],
                  "gone: the agent calls it back")
        tap.equal(exactly(back, len(request)), request,
                  "and hands the message over")
        back.settimeout(0.3)
        back.sendall(message("X sip:x"))
        tap.equal(proxy.got()[1], seen, "what it says there is its own")
        back.close()
    data = b""
    while not data.startswith(b"SIP/2.0 "):
        proxy.send(request, seen)
        data = soon(proxy.sock)
    tap.ok(data.startswith(b"SIP/2.0 480 ") and
           b"\r\nCSeq: 1 INVITE\r\n" in data,
           "not to be reached: the proxy is told 480", data)


def no_sip(tap, agent, proxy):
    for text, what in ((b"GET / HTTP/1.1\r\n\r\n", "HTTP"),
                       (b"\x16\x03\x01\x02\x00\x01", "TLS where there is none"),
                       (message("A sip:x").replace(b": 0", b": x"),
                        "a length that is none"),
                       (message("A sip:x").replace(b": 0", b": 70000"),
                        "a length beyond what there may be"),
                       (b"INVITE " + b"x" * 70000, "a line without end")):
        s = connect("127.0.0.4")
        try:
            s.sendall(text)
        except OSError:
            pass
        tap.ok(gone(s), "closed: " + what)
        s.close()
    tap.ok(quiet(proxy.sock, 0.2), "and none of it went on")
    tap.ok("not SIP" in agent.said() and "too long" in agent.said(),
           "the log says so", agent.said())


def limits(tap, agent, proxy):
    many = [connect("127.0.0.6") for _ in range(OF_ONE)]
    s = connect("127.0.0.6")
    tap.ok(gone(s), "one address has no more connections than it may")
    s.close()
    s = connect("127.0.0.7")
    s.sendall(message("A sip:x"))
    tap.equal(proxy.got()[0], message("A sip:x"), "others have theirs")
    s.close()
    for m in many:
        m.close()
    tap.ok("too many connections of this address" in agent.said(),
           "the log says so")


def slow_reader(tap, proxy):
    """One that does not read stops nobody, and loses nothing of a window."""
    s, t = connect("127.0.0.8"), connect("127.0.0.9")
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    seen = []
    for x in (s, t):
        x.sendall(message("A sip:x"))
        seen.append(proxy.got()[1])
    big = message("B sip:x", body=b"x" * 60000)
    for _ in range(100):
        proxy.send(big, seen[0])
    proxy.send(message("C sip:x"), seen[1])
    tap.equal(exactly(t, len(message("C sip:x"))), message("C sip:x"),
              "another is served while one does not read")
    got = 0
    s.settimeout(1)
    try:
        while exactly(s, len(big)) == big:
            got += 1
    except socket.timeout:
        pass
    tap.ok(0 < got < 100, "what it did not read was bounded", got)
    proxy.send(message("C sip:x"), seen[0])
    tap.equal(exactly(s, len(message("C sip:x"))), message("C sip:x"),
              "and it is served again")
    s.close()
    t.close()


def without_tunnel(tap, server, conf):
    lan = ("127.0.0.2", 15172)
    with Agent(server, conf, lan="%s:%d" % lan, port=free_port()):
        s = connect(to=lan)
        s.sendall(message("REGISTER sip:x"))
        got = s.recv(4096)
        tap.ok(got.startswith(b"SIP/2.0 503 ") and b"CSeq: 1 REGISTER" in got,
               "without a tunnel: 503 at once", got)
        s.close()


def begin_late():
    """Connections that say nothing, nothing but signs of life, half a TLS
    handshake, half a message."""
    late = [connect("127.0.0.11") for _ in range(3)]
    late.append(connect("127.0.0.11", to=LAN_TLS))
    late[1].sendall(b"\r\n\r\n")
    late[2].sendall(message("A sip:x")[:-3])
    late[3].sendall(b"\x16\x03\x01\x02\x00\x01")
    return late


def end_late(tap, agent, late):
    for s, what in zip(late, ("nothing", "signs of life", "half a message",
                              "half a handshake")):
        s.settimeout(40)
        if what == "signs of life":
            tap.equal(s.recv(2), b"\r\n", "late: answered until then")
        tap.ok(gone(s), "late: closed: " + what)
        s.close()
    tap.ok("connected, and says nothing" in agent.said(),
           "late: the log says so")


def certificate(folder):
    key, crt = (os.path.join(folder, n) for n in ("lan.key", "lan.pem"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=agent", "-keyout", key, "-out", crt],
                   check=True, capture_output=True)
    return crt, key


def test(tap):
    if not hasattr(ssl, "create_default_context"):
        raise Skip("no TLS here")
    with Server() as server:
        crt, key = certificate(server.dir)
        plain = server.ctl("agent", "add", "branch-7").stdout.replace(
            "[agent]", "[agent]\nlog_level = info")
        conf = plain.replace(
            "# sip = 192.168.1.2:5060", "# sip = 192.168.1.2:5060\n"
            "sip_tls = %s:%d\ncertificate = %s\nkey = %s" % (
                *LAN_TLS, crt, key))
        with Agent(server, conf, lan="%s:%d" % LAN) as agent:
            tap.ok(wait(lambda: server.agents()["branch-7"]["state"] == "up",
                        10), "the agent is up", agent.said())
            proxy, late = Proxy(server), begin_late()
            in_the_stream(tap, proxy)
            over_tls(tap, proxy, crt)
            again(tap, proxy)
            no_sip(tap, agent, proxy)
            limits(tap, agent, proxy)
            slow_reader(tap, proxy)
            end_late(tap, agent, late)
            agent.process.terminate()
            tap.equal(agent.process.wait(10), 0, "the agent ends well")
            got = dict(re.findall(r"(\w+) (\d+)", agent.said().split(
                "in all: ")[-1].splitlines()[0]))
            tap.ok(all(int(got.get(k, 0)) > 0 for k in (
                "up", "down", "dropped", "connections", "refused", "broken",
                "late", "called_back")), "all of that was counted", got)
            tap.ok("Sanitizer" not in agent.said(), "no sanitizer spoke",
                   agent.said())
        without_tunnel(tap, server, plain)


if __name__ == "__main__":
    main(test, own_network=True)
