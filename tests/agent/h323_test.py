#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""H.323 terminals behind an agent, for a gatekeeper at the relay: datagrams of
RAS and connections for calls, whoever begins. What is in them is not looked at,
so the parties here say whatever they like."""
import json
import os
import socket
import sys
import threading

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
from lab import main, wait  # noqa: E402
from agent_client import Agent, Server  # noqa: E402
from relay_client import quiet, udp  # noqa: E402
from tcp_party import all_of, connect, refused, server, taken  # noqa: E402
from tcp_party import talk  # noqa: E402

OWN = "127.%%d.%d.%d" % (os.getpid() >> 8 & 255, os.getpid() & 255)
LAN, ALICE, CAROL, STRANGER = OWN % 81, OWN % 82, OWN % 83, OWN % 84
GK = OWN % 85  # the gatekeeper, at the relay
MIB = 1 << 20


def said(s):
    """(what, from where), of the next datagram."""
    data, source = s.recvfrom(2048)
    return data, source


def who(c, source):
    return c.result("channel.get", address="%s:%d" % source)


def audit(agent):
    with open(agent.audit) as f:
        return [json.loads(x) for x in f]


def records(agent, **like):
    return [x for x in audit(agent)
            if all(x.get(k) == v for k, v in like.items())]


def descriptors(*processes):
    return [len(os.listdir("/proc/%d/fd" % x.process.pid))
            for x in processes]


def up(tap, server_, name="branch-7"):
    tap.ok(wait(lambda: server_.agents().get(name, {}).get("state") == "up",
                10), "the agent's tunnel is up")


# ---- cases

def ras(tap, c, agent, gk):
    alice = udp(1719, ALICE)
    alice.sendto(b"RRQ", (LAN, 1719))
    data, source = said(gk)
    tap.equal(data, b"RRQ", "ras: a terminal's datagram comes to the "
              "gatekeeper")
    tap.equal(source[0], GK, "ras: from an address of this host")
    tap.equal(who(c, source), {
        "agent": "branch-7", "terminal": ALICE + ":1719", "transport": "ras",
        "local": LAN + ":1719", "signalling": LAN + ":1720"},
        "ras: channel.get says whose it is")
    gk.sendto(b"RCF", source)
    tap.equal(said(alice), (b"RCF", (LAN, 1719)),
              "ras: the answer comes from the address the terminal knows")
    gk.sendto(b"IRQ", source)
    tap.equal(said(alice)[0], b"IRQ", "ras: and what nobody asked for")

    other = udp(0, ALICE)
    other.sendto(b"GRQ", (LAN, 1718))
    data, second = said(gk)
    tap.ok(data == b"GRQ" and second != source,
           "ras: another port is another terminal", data, second)
    gk.sendto(b"GCF", second)
    tap.equal(said(other), (b"GCF", (LAN, 1719)),
              "ras: who looks for a gatekeeper at port 1718 is told of 1719")
    tap.ok(records(agent, event="open", what="ras", address=ALICE + ":1719"),
           "ras: audited", audit(agent))
    other.close()
    return alice, source


def called(tap, c, agent):
    tap.ok(refused((LAN, 1720), ALICE), "calls: nobody takes them: refused")
    c.result("channel.attach", kinds=["h225"])
    alice = connect((LAN, 1720), ALICE)
    alice.sendall(b"early ")
    e = c.event("channel.accepted", whole=True)
    gw = e["socket"]
    tap.equal(e["params"], {
        "kind": "h225", "agent": "branch-7", "local": LAN + ":1720",
        "from": "%s:%d" % alice.getsockname()}, "calls: one is told of")
    tap.equal(gw.recv(100), b"early ", "calls: what came early is not lost")
    talk(tap, alice, gw, "calls: both ways")
    alice.close()
    tap.equal(gw.recv(10), b"", "calls: the terminal's end is seen")
    gw.close()
    tap.ok(wait(lambda: records(agent, event="close", what="h323")),
           "calls: audited", audit(agent))


def calls_out(tap, c, agent):
    alices, at = server(ALICE)
    to = "%s:%d" % (ALICE, at["port"])
    m = c.answer("channel.open", agent="branch-7", to=to)
    alice = taken(alices)
    gw = m["socket"]
    tap.equal((m["result"], alice.getpeername()[0]), ({}, LAN),
              "open: the agent connects, from the address terminals know")
    talk(tap, alice, gw, "open: both ways")
    data = os.urandom(10 * MIB)
    for x, y, what in ((alice, gw, "up"), (gw, alice, "down")):
        threading.Thread(target=lambda x=x: (x.sendall(data),
                                             x.shutdown(socket.SHUT_WR)),
                         daemon=True).start()
        tap.ok(all_of(y) == data, "open: 10 MiB, and their end: " + what)
    for s in (alice, gw, alices):
        s.close()
    ask = [c.ask("channel.open", agent=a, to=t)[1] for a, t in (
        ("nobody", to), ("branch-7", to), ("branch-7", "192.0.2.1:1720"),
        ("branch-7", ALICE + ":22"), ("branch-7", "0.0.0.0:1720"),
        ("branch-7", "here"))]
    tap.equal(ask, [-32001, -32006, -32005, -32005, -32602, -32602],
              "open: or it is said why not")


def listens(tap, c, agent):
    r = c.result("channel.listen", agent="branch-7", terminal=ALICE)
    at = (r["address"], r["port"])
    tap.ok(at[0] == LAN and 22000 <= at[1] < 22100,
           "listen: a port of the agent's range", r)
    tap.ok(refused(at, STRANGER), "listen: another host's connection: refused")
    alice = connect(at, ALICE)
    e = c.event("channel.accepted", whole=True)
    gw = e["socket"]
    tap.equal(e["params"], {
        "kind": "listen", "agent": "branch-7", "id": r["id"],
        "from": "%s:%d" % alice.getsockname()}, "listen: it is told of")
    talk(tap, alice, gw, "listen: both ways")
    tap.ok(refused(at, ALICE), "listen: a second one: refused")
    tap.equal(c.ask("channel.close", id=r["id"])[1], -32001,
              "listen: it has served")
    talk(tap, alice, gw, "listen: the connection notices nothing")
    alice.close()
    gw.close()

    r = c.result("channel.listen", agent="branch-7", terminal=ALICE)
    at = (r["address"], r["port"])
    c.result("channel.close", id=r["id"])
    tap.ok(wait(lambda: refused(at, ALICE)), "listen: closed: nobody listens")
    r = c.result("channel.listen", agent="branch-7", terminal=ALICE, expires=1)
    tap.equal(c.event("channel.closed"), {"id": r["id"], "reason": "expired"},
              "listen: in its time, or not at all")
    tap.ok(wait(lambda: refused((r["address"], r["port"]), ALICE)),
           "listen: expired: nobody listens")


def test(tap):
    gk = udp(0, GK)
    ras_at = "ras = %s:%d" % gk.getsockname()
    with Server(linger="2s", more=ras_at) as server_:
        conf = server_.ctl("agent", "add", "branch-7").stdout
        trail = os.path.join(server_.dir, "audit")
        conf = conf.replace("[agent]", "[agent]\naudit = " + trail)
        conf = conf.replace("[lan]", "[lan]\nh323 = " + LAN)
        with Agent(server_, conf, lan=LAN + ":15092",
                   media="22000-22099") as agent:
            agent.audit = trail
            up(tap, server_)
            with server_.client() as c:
                before = descriptors(server_, agent)
                ras(tap, c, agent, gk)
                called(tap, c, agent)
                calls_out(tap, c, agent)
                listens(tap, c, agent)
            agent.process.terminate()
            tap.equal(agent.process.wait(), 0, "the agent ends")
        tap.ok("Sanitizer" not in server_.said().decode(errors="replace") and
               "Sanitizer" not in agent.said(), "no sanitizer spoke")


main(test, own_network=True)
