#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""TCP media behind an agent: byte channels between the terminal's connection
and the other leg's, whoever connects; what the agent's policy says to it."""
import json
import os
import socket
import sys
import threading

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
from lab import main, wait  # noqa: E402
from agent_client import Agent, Server  # noqa: E402
from tcp_party import all_of, connect, legs, refused  # noqa: E402
from tcp_party import server, taken, talk  # noqa: E402

OWN = "127.%%d.%d.%d" % (os.getpid() >> 8 & 255, os.getpid() & 255)
LAN, ALICE, CAROL = OWN % 76, OWN % 77, OWN % 78  # behind the agent
BOB, STRANGER = OWN % 79, OWN % 80
MIB = 1 << 20


def opened(c, name="call", a=None, b=None):
    a = dict({"agent": "branch-7", "signalling": ALICE}, **(a or {}))
    b = dict({"signalling": BOB}, **(b or {}))
    r = c.result("session.open", id=name, owner="test", label=name, streams=[
        {"index": 0, "media": "message", "transport": "tcp", "a": a, "b": b}])
    st = r["streams"][0]
    return [(st[x]["local"]["address"], st[x]["local"]["port"]) for x in "ab"]


def later(to, address):
    """As soon as the agent listens."""
    got = []

    def there():
        try:
            got.append(connect(to, address))
        except ConnectionRefusedError:
            pass
        return got

    wait(there, 10, "nobody listens at %s:%d" % to)
    return got[0]


def audit(agent):
    with open(agent.audit) as f:
        return [json.loads(x) for x in f]


def records(agent, event):
    return [x for x in audit(agent)
            if x["what"] == "data" and x["event"] == event]


# ---- cases

def it_connects(tap, c, agent):
    a, b = opened(c)
    tap.ok(a[0] == LAN and 22000 <= a[1] < 22100,
           "the leg is at the agent's address", a)
    alice = later(a, ALICE)
    alice.sendall(b"early ")
    tap.ok(wait(lambda: legs(c)[0]["state"] == "connected"),
           "its connection is known at the relay", legs(c))
    tap.equal((legs(c)[0]["agent"], legs(c)[0]["source"]["address"]),
              ("branch-7", ALICE), "and whose it is")
    bob = connect(b, BOB)
    tap.equal(bob.recv(100), b"early ", "what came early is not lost")
    talk(tap, alice, bob, "both ways")

    tap.ok(refused(a, STRANGER), "a stranger's connection: refused")
    tap.ok(refused(a, ALICE), "a second one: refused")
    talk(tap, alice, bob, "refused: the parties notice nothing")
    tap.ok(wait(lambda: len(records(agent, "refuse")) >= 2),
           "refused: in the agent's audit log", audit(agent))

    data = os.urandom(10 * MIB)
    for x, y, what in ((alice, bob, "up"), (bob, alice, "down")):
        threading.Thread(target=lambda x=x: (x.sendall(data),
                                             x.shutdown(socket.SHUT_WR)),
                         daemon=True).start()
        tap.ok(all_of(y) == data, "10 MiB, and their end: " + what)
    tap.ok(wait(lambda: legs(c)[0]["state"] == "waiting"), "all was said",
           legs(c))
    tap.equal([x["bytes"] for x in legs(c)],
              [10 * MIB + 18, 10 * MIB + 12], "counted")
    tap.ok(wait(lambda: records(agent, "close")), "closed: audited")
    tap.equal([records(agent, "close")[0][x] for x in ("bytesUp",
                                                       "bytesDown")],
              [10 * MIB + 18, 10 * MIB + 12], "closed: with its octets")
    for s in (alice, bob):
        s.close()

    alice, bob = connect(a, ALICE), connect(b, BOB)
    talk(tap, alice, bob, "another connection, on the same port")
    c.result("session.close", id="call", reason="test")
    tap.equal((alice.recv(10), bob.recv(10)), (b"", b""),
              "closed: the connections end")
    tap.ok(wait(lambda: refused(a, ALICE)), "closed: nobody listens")
    for s in (alice, bob):
        s.close()


def we_connect(tap, c, agent):
    alices, at = server(ALICE)
    a, b = opened(c, a={"setup": "active", "remote": at})
    alice = taken(alices)
    tap.equal(alice.getpeername()[0], LAN, "active: the agent connects")
    alice.sendall(b"early ")
    bob = connect(b, BOB)
    tap.equal(bob.recv(100), b"early ", "active: what came early is there")
    talk(tap, alice, bob, "active: both ways")
    bob.close()
    tap.equal(all_of(alice), b"", "active: the end is seen")
    alice.close()
    c.result("session.close", id="call")

    # both parties behind the agent, one of them waiting
    a, b = opened(c, a={"setup": "active", "remote": at},
                  b={"agent": "branch-7", "signalling": CAROL})
    tap.equal((a[0], b[0]), (LAN, LAN), "both behind the agent")
    alice, carol = taken(alices), later(b, CAROL)
    talk(tap, alice, carol, "both behind the agent: both ways")
    carol.close()
    tap.equal(all_of(alice), b"", "both behind the agent: the end")
    alice.close()
    alices.close()
    c.result("session.close", id="call")

    # nobody listens, then somebody does
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((ALICE, 0))
        opened(c, a={"setup": "active", "remote": {
            "address": ALICE, "port": s.getsockname()[1]}})
        tap.ok(wait(lambda: c.result("stats")["counters"]["tcp_failed"]),
               "late: nobody listens yet")
        s.listen()
        s.settimeout(10)
        alice = taken(s)
        tap.ok(alice, "late: it is tried again")
        alice.close()
    c.result("session.close", id="call")


def comes_back(tap, server_, c, agent):
    a, b = opened(c)
    alice, bob = later(a, ALICE), connect(b, BOB)
    talk(tap, alice, bob, "before the agent is killed")
    agent.process.kill()
    agent.process.wait()
    for s in (alice, bob):
        try:
            tap.equal(s.recv(10), b"", "killed: the connection ends")
        except ConnectionError:
            tap.ok(True, "killed: the connection is cut")
        s.close()
    agent.start()
    tap.ok(wait(lambda: server_.agents()["branch-7"]["state"] == "up", 10),
           "killed: the agent is back")
    alice, bob = later(a, ALICE), connect(b, BOB)
    talk(tap, alice, bob, "killed: the same port, another connection")
    for s in (alice, bob):
        s.close()
    c.result("session.close", id="call")


def policy(tap, server_, c, agent):
    """Its own, above what the relay orders."""
    agent.process.kill()
    agent.process.wait()
    with open(agent.conf) as f:
        text = f.read()
    with open(agent.conf, "w") as f:
        f.write(text + "[policy]\nprotocols = sip, media\n")
    agent.start()
    tap.ok(wait(lambda: server_.agents()["branch-7"]["state"] == "up", 10),
           "policy: without data")
    before = len(records(agent, "refuse"))
    wait(lambda: opened(c, name="no"), 10)
    a, _ = opened(c, name="no")
    tap.ok(wait(lambda: refused(a, ALICE)), "policy: no connection is taken")
    alices, at = server(ALICE)
    opened(c, name="neither", a={"setup": "active", "remote": at})
    tap.ok(wait(lambda: len(records(agent, "refuse")) >= before + 2),
           "policy: nor made; audited", records(agent, "refuse"))
    alices.settimeout(0.1)
    try:
        alices.accept()
        tap.ok(False, "policy: nobody knocked")
    except TimeoutError:
        tap.ok(True, "policy: nobody knocked")
    alices.close()
    c.result("session.close", id="no")
    c.result("session.close", id="neither")


def test(tap):
    with Server(linger="2s") as server_:
        conf = server_.ctl("agent", "add", "branch-7").stdout
        trail = os.path.join(server_.dir, "audit")
        conf = conf.replace("[agent]", "[agent]\naudit = " + trail)
        with Agent(server_, conf, lan=LAN + ":15091",
                   media="22000-22099") as agent:
            agent.audit = trail
            tap.ok(wait(lambda: server_.agents().get("branch-7", {}).get(
                "state") == "up", 10), "the agent's tunnel is up",
                agent.said())
            with server_.client() as c:
                it_connects(tap, c, agent)
                we_connect(tap, c, agent)
                comes_back(tap, server_, c, agent)
                policy(tap, server_, c, agent)
            agent.process.terminate()
            tap.equal(agent.process.wait(), 0, "the agent ends")
        tap.ok("Sanitizer" not in server_.said().decode(errors="replace") and
               "Sanitizer" not in agent.said(), "no sanitizer spoke")


main(test, own_network=True)
