#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""TCP services behind an agent, on ports of the relay: who may, octets both
ways, half closes, slow readers, cuts, and a tunnel that breaks meanwhile."""
import hashlib
import json
import os
import socket
import struct
import sys
import threading
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
from lab import main, wait  # noqa: E402
from agent_client import Agent, Server, Wire  # noqa: E402

OWN = "127.%%d.%d.%d" % (os.getpid() >> 8 & 255, os.getpid() & 255)
AT = OWN % 70    # of the server, where services are opened
HOST = OWN % 71  # in the agent's network
LAN = OWN % 72   # the agent
MIB = 1 << 20


class Service(threading.Thread):
    """A TCP server; each connection is handled by a function in a thread."""

    def __init__(self, handler):
        super().__init__(daemon=True)
        self.handler, self.came = handler, 0
        self.sock = socket.create_server((HOST, 0))
        self.address = "%s:%d" % self.sock.getsockname()
        self.start()

    def run(self):
        while True:
            s, _ = self.sock.accept()
            self.came += 1
            threading.Thread(target=self.handle, args=(s,),
                             daemon=True).start()

    def handle(self, s):
        try:
            with s:
                self.handler(s)
        except OSError:
            pass


def all_of(s):
    got = bytearray()
    while True:
        data = s.recv(65536)
        if not data:
            return bytes(got)
        got += data


def digest(s):
    """Says what it got when the other side has said all."""
    s.sendall(hashlib.sha256(all_of(s)).hexdigest().encode())


def parrot(s):
    while True:
        data = s.recv(65536)
        if not data:
            return
        s.sendall(data)


def flood(s):
    """Sends for ever to whoever connects."""
    while True:
        s.sendall(bytes(65536))


def connect(port):
    s = socket.create_connection((AT, port), timeout=20)
    s.settimeout(20)
    return s


def cut(s):
    """Ends with RST, and is seen to."""
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()


def ended(s):
    """'fin', 'reset', or what came instead."""
    try:
        data = s.recv(100)
        return data if data else "fin"
    except ConnectionError:
        return "reset"


def fate(port):
    """What becomes of a connection nobody says anything on."""
    try:
        with connect(port) as s:
            return ended(s)
    except ConnectionResetError:  # so soon
        return "reset"


def listed(server, port):
    r = server.ctl("--json", "services")
    return {s["listen"]: s for s in json.loads(r.stdout)}.get(
        "%s:%d" % (AT, port))


def opened(server, port, to):
    return server.ctl("service", "open", "branch-7", "%s:%d" % (AT, port),
                      to)


def open_one(server, port, to):
    """One that has to be there."""
    r = opened(server, port, to)
    if r.returncode:
        raise RuntimeError(r)


# ---- cases

def who_may(tap, server, agent, ports, services):
    digests, unlisted = services["digest"], services["unlisted"]

    r = opened(server, ports[0], digests.address)
    tap.ok(r.returncode == 0 and "leads to" in r.stdout,
           "open: a service the policy lists", r)
    tap.equal(listed(server, ports[0])["state"], "open", "open: and is listed")
    r = opened(server, ports[0], digests.address)
    tap.ok(r.returncode == 1 and "already" in r.stderr,
           "open: a port is given once", r)

    r = opened(server, ports[1], unlisted.address)
    tap.ok(r.returncode == 1 and "policy" in r.stderr,
           "refused: the agent's policy does not list it, and it is said", r)
    tap.ok(listed(server, ports[1]) is None, "refused: nothing is left")
    tap.ok(unlisted.address in agent.said() and "refuse" in agent.said(),
           "refused: in the agent's log")
    tap.ok(unlisted.address in server.said().decode() and
           server.counter("services_refused") == 1,
           "refused: in the relay's log, and counted")
    tap.equal(unlisted.came, 0, "refused: nobody knocked")

    for at in ("%s:1999" % AT, "%s:2007" % AT, "0.0.0.0:2001",
               "127.0.0.1:2001"):
        r = server.ctl("service", "open", "branch-7", at, digests.address)
        tap.ok(r.returncode == 1 and "[tunnel] services" in r.stderr,
               "refused: the relay's configuration does not allow %s" % at, r)
    r = server.ctl("service", "open", "branch-8", "%s:%d" % (AT, ports[1]),
                   digests.address)
    tap.equal(r.returncode, 3, "refused: there is no such agent")
    for bad in ("x", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:70000"):
        r = server.ctl("service", "open", "branch-7", bad, digests.address)
        tap.equal(r.returncode, 1, "refused: listen on %s" % bad)
    tap.equal(server.ctl("service", "close", "127.0.0.1:9").returncode, 3,
              "close: there is none")
    tap.equal(server.ctl("service", "open", "branch-7").returncode, 2,
              "open: words are missing")


def octets(tap, server, ports, services):
    data = os.urandom(10 * MIB)
    with connect(ports[0]) as s:
        s.sendall(data)
        s.shutdown(socket.SHUT_WR)
        tap.equal(all_of(s).decode(), hashlib.sha256(data).hexdigest(),
                  "10 MiB arrive; their end is seen, and the answer after it")

    r = opened(server, ports[1], services["parrot"].address)
    tap.equal(r.returncode, 0, "a second service")
    with connect(ports[1]) as s:
        threading.Thread(target=lambda: (s.sendall(data),
                                         s.shutdown(socket.SHUT_WR)),
                         daemon=True).start()
        tap.ok(all_of(s) == data, "10 MiB both ways at once")
    tap.ok(wait(lambda: listed(server, ports[1])["connections"] == 0),
           "and nothing is left of the connection")
    se = listed(server, ports[1])
    tap.ok(se["bytesIn"] == se["bytesOut"] == len(data) and
           se["accepted"] == 1, "octets are counted", se)


def slow(tap, server, agent, ports, services):
    """Who doesn't read holds up nobody, and memory stays bounded."""
    r = opened(server, ports[2], services["flood"].address)
    tap.equal(r.returncode, 0, "slow: a service that sends for ever")
    lazy = [connect(ports[2]) for _ in range(4)]
    stuck = services["digest_slow"]
    open_one(server, ports[3], stuck.address)
    writer = connect(ports[3])
    writer.setblocking(False)
    sent, last = 0, time.monotonic()
    while time.monotonic() - last < 0.5:
        try:
            sent += writer.send(bytes(65536))
            last = time.monotonic()
        except BlockingIOError:
            time.sleep(0.02)
    tap.ok(sent < 32 * MIB, "slow: a writer to a service that does not read "
           "comes to a stop", sent)
    with connect(ports[1]) as s:
        for n in range(50):
            s.sendall(b"%d" % n)
            if s.recv(100) != b"%d" % n:
                break
        tap.equal(n, 49, "slow: another channel goes on meanwhile")

    def resident(process):
        with open("/proc/%d/statm" % process.pid) as f:
            return int(f.read().split()[1]) * os.sysconf("SC_PAGESIZE")

    for name, p in (("relay", server.process), ("agent", agent.process)):
        before = resident(p)
        time.sleep(0.5)
        tap.ok(resident(p) - before < MIB, "slow: the %s grows no more" % name)
    lazy[0].settimeout(20)
    got = 0
    while got < 5 * MIB:
        got += len(lazy[0].recv(65536))
    tap.ok(got >= 5 * MIB, "slow: one that reads again gets on")
    for s in (*lazy, writer):
        s.close()
    tap.ok(wait(lambda: listed(server, ports[2])["connections"] == 0),
           "slow: all is let go of")


def cuts(tap, server, ports, services):
    r = opened(server, ports[4], services["gone"])
    tap.equal(r.returncode, 0, "a service where nobody listens")
    tap.equal(fate(ports[4]), "reset", "unreachable: the connection is cut")
    se = listed(server, ports[4])
    tap.ok(se["refused"] == 1 and "reach" in se["last"],
           "unreachable: it is said why", se)

    tap.equal(fate(ports[5]), "reset",
                  "a service that is cut: so is the connection")
    with connect(ports[1]) as s:
        s.sendall(b"x")
        s.recv(1)
        cut(s)
    tap.ok(wait(lambda: listed(server, ports[1])["connections"] == 0),
           "a connection that is cut: so is the service's")

    s = connect(ports[1])
    s.sendall(b"x")
    s.recv(1)
    r = server.ctl("service", "close", "%s:%d" % (AT, ports[1]))
    tap.ok(r.returncode == 0 and "1 connections cut" in r.stdout,
           "close: with its connections", r)
    tap.equal(ended(s), "reset", "close: they are cut")
    s.close()
    try:
        connect(ports[1]).close()
        tap.ok(False, "close: nobody listens any more")
    except ConnectionRefusedError:
        tap.ok(True, "close: nobody listens any more")


def breaks(tap, server, agent, wire, ports, services):
    data = os.urandom(4 * MIB)
    open_one(server, ports[1], services["parrot"].address)
    with connect(ports[1]) as s:
        def write():
            for n in range(0, len(data), 65536):
                s.sendall(data[n:n + 65536])
                if n == MIB:
                    wire.cut()
            s.shutdown(socket.SHUT_WR)

        threading.Thread(target=write, daemon=True).start()
        tap.ok(all_of(s) == data, "break: the tunnel's connection is cut, "
               "and not an octet is missing")

    s = connect(ports[1])
    s.sendall(b"x")
    s.recv(1)
    agent.process.kill()
    agent.process.wait()
    tap.equal(ended(s), "reset", "agent killed: the connection is cut")
    s.close()
    tap.equal(fate(ports[1]), "reset", "agent killed: new ones too")
    agent.start()
    tap.ok(wait(lambda: server.agents()["branch-7"]["state"] == "up", 10),
           "agent killed: it is up again")
    with connect(ports[1]) as s:
        s.sendall(b"again")
        tap.equal(s.recv(100), b"again", "agent killed: the service is there")


def policy(tap, server, agent, ports, services):
    """It is the agent's, and may change."""
    agent.process.kill()
    agent.process.wait()
    with open(agent.conf) as f:
        text = f.read()
    with open(agent.conf, "w") as f:
        f.write(text[:text.index("[policy]")])
    agent.start()
    tap.ok(wait(lambda: server.agents()["branch-7"]["state"] == "up", 10),
           "no policy: the agent is up")
    came = services["parrot"].came
    tap.equal(fate(ports[1]), "reset", "no policy: an open service is refused")
    tap.ok("policy" in listed(server, ports[1])["last"] and
           services["parrot"].came == came,
           "no policy: it is said why, and nobody knocked")
    r = opened(server, ports[6], services["parrot"].address)
    tap.ok(r.returncode == 1 and "policy" in r.stderr,
           "no policy: nothing can be opened", r)
    r = server.ctl("agent", "revoke", "branch-7")
    tap.ok(listed(server, ports[1]) is None,
           "revoked: its services are closed", r)


def gone():
    with socket.create_server((HOST, 0)) as s:
        return "%s:%d" % s.getsockname()


def test(tap):
    services = {
        "digest": Service(digest), "parrot": Service(parrot),
        "flood": Service(flood), "unlisted": Service(parrot),
        "digest_slow": Service(lambda s: time.sleep(3600)),
        "cutter": Service(cut), "gone": gone(),
    }
    ports = range(2000, 2007)
    lists = ", ".join(getattr(s, "address", s)
                      for name, s in services.items() if name != "unlisted")
    with Server(linger="2s", more="services = %s:2000-2006" % AT) as server:
        conf = server.ctl("agent", "add", "branch-7").stdout
        wire = Wire(server.port)
        with Agent(server, conf + "\n[policy]\nservices = %s\n" % lists,
                   lan=LAN + ":15090", port=wire.port) as agent:
            tap.ok(wait(lambda: server.agents().get("branch-7", {}).get(
                "state") == "up", 10), "the agent's tunnel is up",
                agent.said())
            with server.client() as events:
                events.result("subscribe")
                who_may(tap, server, agent, ports, services)
                tap.equal([events.event("service." + e)["to"] ==
                           services[s].address for e, s in
                           (("opened", "digest"), ("refused", "unlisted"))],
                          [True, True], "events say what was opened, refused")
            octets(tap, server, ports, services)
            slow(tap, server, agent, ports, services)
            open_one(server, ports[5], services["cutter"].address)
            cuts(tap, server, ports, services)
            breaks(tap, server, agent, wire, ports, services)
            policy(tap, server, agent, ports, services)
            agent.process.terminate()
            tap.equal(agent.process.wait(), 0, "the agent ends")
        tap.ok("Sanitizer" not in server.said().decode(errors="replace") and
               "Sanitizer" not in agent.said(), "no sanitizer spoke")


main(test, own_network=True)
