#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The agent's ways to its server: through an HTTP proxy (tinyproxy), by SRV
records (dnsmasq), any of several servers, and from connection to connection
while a call goes on."""
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
from lab import main, wait  # noqa: E402
from agent_client import Agent, Server, Wire, free_port  # noqa: E402
from relay_client import rtp, udp  # noqa: E402

LAN = ("127.0.0.2", 15070)
SECONDS, ROTATE = 60, 2


def up(server, state="up"):
    return wait(lambda: server.agents().get("branch-7", {}).get("state") ==
                state, 10)


def fresh(server):
    """The next agent's log begins anew."""
    log = os.path.join(server.dir, "agent-%s:%d.log" % LAN)
    if os.path.exists(log):
        os.unlink(log)


# ---- a proxy

class Proxy:
    def __init__(self, server, *more):
        self.port = free_port()
        self.conf = os.path.join(server.dir, "tinyproxy.conf")
        self.log = os.path.join(server.dir, "tinyproxy.log")
        with open(self.conf, "w") as f:
            f.write("\n".join(("Port %d" % self.port, "Listen 127.0.0.1",
                               "Timeout 60", "LogLevel Connect", *more)))
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [shutil.which("tinyproxy"), "-d", "-c", self.conf],
                stdout=log, stderr=log)
        wait(self.answers, 10, "tinyproxy")

    def answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port)).close()
            return True
        except OSError:
            return False

    def said(self):
        with open(self.log, errors="replace") as f:
            return f.read()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.process.terminate()
        self.process.wait()


def through(conf, proxy, *more):
    return conf.replace("[server]", "\n".join(
        ("[server]", "proxy = 127.0.0.1:%d" % proxy.port, *more)), 1)


def proxied(tap, server, conf):
    if not shutil.which("tinyproxy"):
        tap.skip("through a proxy", "tinyproxy is not installed")
        return
    with Proxy(server, "ConnectPort %d" % server.port) as p, \
            Agent(server, through(conf, p)) as a:
        tap.ok(up(server), "through a proxy: the tunnel is up", a.said())
        tap.ok("CONNECT 127.0.0.1:%d" % server.port in p.said(),
               "through a proxy: it was asked", p.said())
        proxy, phone = udp(server.sip), udp(address="127.0.0.3")
        phone.sendto(b"REGISTER through a proxy", LAN)
        data, seen = proxy.recvfrom(2048)
        tap.equal(data, b"REGISTER through a proxy", "through a proxy: SIP")
        proxy.close()
        phone.close()
    wait(lambda: server.agents()["branch-7"]["state"] != "up")
    with Proxy(server, "ConnectPort %d" % server.port,
               "BasicAuth agent pass-of-the-proxy") as p:
        fresh(server)
        with Agent(server, through(conf, p)) as a:
            tap.ok(wait(lambda: "proxy_user" in a.said()),
                   "a proxy that wants to know who: what to do about it",
                   a.said())
        fresh(server)
        with Agent(server, through(conf, p, "proxy_user = agent",
                                   "proxy_password = wrong")) as a:
            tap.ok(wait(lambda: "no way to it" in a.said()),
                   "a wrong password: refused", a.said())
        with Agent(server, through(conf, p, "proxy_user = agent",
                                   "proxy_password = pass-of-the-proxy")) as a:
            tap.ok(up(server), "with user and password: up", a.said())
            tap.ok("pass-of-the-proxy" not in a.said(),
                   "the password is not in the log")
            with open("/proc/%d/cmdline" % a.process.pid) as f:
                tap.ok("pass-of-the-proxy" not in f.read(),
                       "nor on the command line")
    wait(lambda: server.agents()["branch-7"]["state"] != "up")
    with Proxy(server, "ConnectPort 1") as p, \
            Agent(server, through(conf, p)) as a:
        tap.ok(wait(lambda: "the proxy refuses: 403" in a.said()),
               "a proxy that refuses: as it says", a.said())
    # one that speaks something else, and one that says nothing to the end
    for says, words in ((b"SSH-2.0-x\r\n", "is no HTTP"),
                        (b"HTTP/1.1 200 OK\r\n\r\nmore", "says more"),
                        (b"HTTP/1.1 200" + b"x" * 9000, "is no HTTP")):
        with socket.create_server(("127.0.0.1", 0)) as s:
            def answer():
                s.settimeout(20)
                c, _ = s.accept()
                c.recv(4096)
                c.sendall(says)
                time.sleep(0.5)
                c.close()
            t = threading.Thread(target=answer)
            t.start()
            text = conf.replace("[server]", "[server]\nproxy = 127.0.0.1:%d" %
                                s.getsockname()[1], 1)
            fresh(server)
            with Agent(server, text) as a:
                tap.ok(wait(lambda: words in a.said()),
                       "a proxy whose answer %s" % words, a.said())
            t.join()


# ---- rotation

class Stream(threading.Thread):
    """Numbered messages at a pace, and what arrives of them."""

    def __init__(self, send, sock, make, number):
        super().__init__(daemon=True)
        self.send, self.sock, self.make, self.number = send, sock, make, number
        self.sent, self.got = 0, []
        self.stop = threading.Event()
        self.listener = threading.Thread(target=self.listen, daemon=True)

    def run(self):
        self.listener.start()
        while not self.stop.wait(0.02):
            self.sent += 1
            self.send(self.make(self.sent))

    def listen(self):
        self.sock.settimeout(1)
        while True:
            try:
                self.got.append(self.number(self.sock.recv(4096)))
            except OSError:
                if self.stop.is_set():
                    return

    def whole(self):
        return self.got == list(range(1, self.sent + 1))


def rotated(tap, server, conf):
    with Agent(server, conf.replace(
            "[server]", "[server]\nrotate = %ds" % ROTATE, 1)) as a:
        tap.ok(up(server), "rotation: the tunnel is up", a.said())
        before = server.agents()["branch-7"]
        c = server.client()
        r = c.result("session.open", id="r", owner="test", streams=[
            {"index": 0, "media": "audio",
             "a": {"agent": "branch-7", "signalling": "127.0.0.3"},
             "b": {"signalling": "127.0.0.1"}}])["streams"][0]
        la, lb = [(r[x]["local"]["address"], r[x]["local"]["port"])
                  for x in "ab"]
        term, peer = udp(address="127.0.0.3"), udp()
        # until each is known to the other
        for s in (term, peer):
            s.settimeout(0.2)

        def begun():
            term.sendto(rtp(0), la)
            peer.sendto(rtp(0, ssrc=2), lb)
            try:
                return term.recv(2048) and peer.recv(2048)
            except OSError:
                return None
        wait(begun, 10, "media")
        time.sleep(0.3)
        for s in (term, peer):
            try:
                while True:
                    s.recv(2048)
            except OSError:
                pass

        proxy, phone = udp(server.sip), udp(address="127.0.0.3")
        phone.sendto(b"hello", LAN)
        _, seen = proxy.recvfrom(2048)

        def of_rtp(d):
            return int.from_bytes(d[2:4], "big")

        def text(n):
            return b"message %d " % n + b"x" * 700

        def of_text(d):
            return int(d.split()[1])
        streams = {
            "audio up": Stream(lambda d: term.sendto(d, la), peer, rtp,
                               of_rtp),
            "audio down": Stream(lambda d: peer.sendto(d, lb), term,
                                 lambda n: rtp(n, ssrc=2), of_rtp),
            "SIP up": Stream(lambda d: phone.sendto(d, LAN), proxy, text,
                             of_text),
            "SIP down": Stream(lambda d: proxy.sendto(d, seen), phone, text,
                               of_text)}
        for s in streams.values():
            s.start()
        time.sleep(SECONDS)
        for s in streams.values():
            s.stop.set()
        for s in streams.values():
            s.join()
            s.listener.join()
        after = server.agents()["branch-7"]
        tap.ok(after["came"] - before["came"] >= SECONDS // ROTATE * 2 // 3 and
               after["came"] - before["came"] ==
               after["resumed"] - before["resumed"],
               "rotation: %d times in %d s" % (
                   after["came"] - before["came"], SECONDS), before, after)
        for name, s in streams.items():
            tap.ok(s.whole() and s.sent > 40 * SECONDS,
                   "rotation: %s: all %d, in order" % (name, s.sent),
                   len(s.got), s.sent)
        tap.ok("connection lost" not in a.said(),
               "rotation: nothing was lost on the way", a.said())
        c.close()


def rotation_fails(tap, server, conf):
    """The second connection is never answered: the first one goes on."""
    wire = Wire(server.port)
    text = conf.replace("[server]", "[server]\nrotate = 1s", 1)
    with Agent(server, text, port=wire.port) as a:
        tap.ok(up(server), "a rotation that fails: up before")
        wire.open = False  # what is there stays, nothing new comes through
        tap.ok(wait(lambda: "no new connection" in a.said(), 15),
               "a rotation that fails: said", a.said())
        proxy, phone = udp(server.sip), udp(address="127.0.0.3")
        phone.sendto(b"still there", LAN)
        tap.equal(proxy.recv(2048), b"still there",
                  "a rotation that fails: the tunnel goes on")
        proxy.close()
        phone.close()


# ---- several servers

def spread(tap, server, conf):
    dead = "127.0.0.1:%d" % free_port()
    line = [x for x in conf.splitlines() if x.startswith("address = ")][0]
    text = conf.replace(line, line + ", " + dead)

    def first(order):
        fresh(server)
        with Agent(server, text.replace("[server]", "[server]\norder = " +
                                        order, 1)) as a:
            ok = up(server)
            said = a.said()
        wait(lambda: server.agents()["branch-7"]["state"] != "up")
        return ok and "can't be reached" not in said
    tap.ok(all(first("preference") for _ in range(4)),
           "preference: the first is tried first")
    tries = set()
    wait(lambda: tries.add(first("spread")) or len(tries) == 2, 60)
    tap.equal(tries, {True, False}, "spread: sometimes the other is")


# ---- DNS

def by_name(tap, server, conf):
    """In a network namespace of its own, with a name server."""
    if os.getuid() != 0 or not shutil.which("dnsmasq"):
        tap.skip("by SRV record", "needs root and dnsmasq")
        return
    work = tempfile.mkdtemp(prefix="postern-srv-")
    r = subprocess.run(["unshare", "-nm", sys.executable,
                        os.path.realpath(__file__), "--inside", work],
                       capture_output=True, text=True)
    shutil.rmtree(work)
    lines = r.stdout.splitlines()
    tap.ok("up" in lines, "by SRV record: host and port are found",
           r.stdout, r.stderr)
    tap.ok("fallback" in lines, "without one: the name itself, port 7443",
           r.stdout, r.stderr)


def inside(work):
    def sh(*argv):
        subprocess.run(argv, check=True)
    sh("mount", "--make-rprivate", "/")
    sh("ip", "link", "set", "lo", "up")
    with open(work + "/resolv.conf", "w") as f:
        f.write("nameserver 127.0.0.1\n")
    sh("mount", "--bind", work + "/resolv.conf", "/etc/resolv.conf")
    with Server() as server:
        conf = server.ctl("agent", "add", "branch-7").stdout
        line = [x for x in conf.splitlines() if x.startswith("address = ")][0]
        dns = subprocess.Popen(
            ["dnsmasq", "-k", "-C", "/dev/null", "-u", "root", "--no-resolv",
             "--no-hosts", "--listen-address=127.0.0.1",
             "--bind-interfaces", "--pid-file=" + work + "/pid",
             "--address=/relay.postern.test/127.0.0.1",
             "--address=/plain.test/127.0.0.1",
             "--srv-host=_postern._tcp.postern.test,relay.postern.test,%d" %
             server.port], stderr=subprocess.DEVNULL)
        try:
            time.sleep(0.5)
            with Agent(server, conf.replace(line,
                                            "address = postern.test")) as a:
                print("up" if up(server) else a.said(), flush=True)
            # nobody listens there; that it is tried is what matters
            with Agent(server, conf.replace(line,
                                            "address = plain.test")) as a, \
                    socket.create_server(("127.0.0.1", 7443)) as s:
                s.settimeout(20)
                c, _ = s.accept()
                c.close()
                print("fallback", flush=True)
        finally:
            dns.kill()
            dns.wait()


def test(tap):
    with Server() as server:
        conf = server.ctl("agent", "add", "branch-7").stdout
        proxied(tap, server, conf)
        rotated(tap, server, conf)
        rotation_fails(tap, server, conf)
        spread(tap, server, conf)
        by_name(tap, server, conf)
        tap.ok("Sanitizer" not in server.said().decode(errors="replace"),
               "no sanitizer spoke")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        inside(sys.argv[2])
    else:
        main(test, own_network=True)
