#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""H.323 terminals behind an agent, for a gatekeeper at the relay: datagrams of
RAS and connections for calls, whoever begins. What is in them is not looked at,
so the parties here say whatever they like."""
import json
import os
import re
import select
import socket
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
from lab import main, wait  # noqa: E402
from agent_client import AGENT, Agent, Server  # noqa: E402
from relay_client import quiet, udp  # noqa: E402
from tcp_party import all_of, connect, refused, server, taken  # noqa: E402
from tcp_party import talk  # noqa: E402
from tunnel_client import (Authority, BYTES, OPEN, RESET,  # noqa: E402
                           Tunnel)

# the agent is in both networks, and there for terminals in the first
LAN, ALICE, CAROL, STRANGER = ("10.78.7.%d" % n for n in (2, 20, 21, 22))
ELSEWHERE, OUTSIDER = "10.78.8.2", "10.78.8.20"
LAN6, ALICE6 = "fd78:7::2", "fd78:7::20"
NOBODY = "10.78.7.99"
GK = "127.0.0.85"  # the gatekeeper, at the relay
GROUP = "224.0.1.41"
MIB = 1 << 20


def network():
    for name, addresses in (("lan7", (LAN, ALICE, CAROL, STRANGER)),
                            ("lan8", (ELSEWHERE, OUTSIDER))):
        for line in ["link add %s type veth peer name %s-far" % (name, name),
                     "link set %s up" % name, "link set %s-far up" % name] + [
                         "addr add %s/24 dev %s" % (x, name)
                         for x in addresses]:
            subprocess.run(["ip", *line.split()], check=True)
    for x in LAN6, ALICE6:
        subprocess.run(["ip", "addr", "add", x + "/64", "dev", "lan7",
                        "nodad"], check=True)


def said(s):
    """(what, from where), of the next datagram."""
    data, source = s.recvfrom(2048)
    return data, source


def who(c, source):
    return c.result("channel.get", address="%s:%d" % source)


def audit(agent):
    with open(agent.audit) as f:
        return [json.loads(x) for x in f if x.endswith("\n")]


def records(agent, **like):
    return [x for x in audit(agent)
            if all(x.get(k) == v for k, v in like.items())]


def descriptors(*processes):
    return [len(os.listdir("/proc/%d/fd" % x.process.pid))
            for x in processes]


def settled(*processes):
    """Whoever only asked something has gone."""
    seen = []

    def same():
        seen.append(descriptors(*processes))
        return len(seen) > 5 and len({tuple(x) for x in seen[-5:]}) == 1

    wait(same)
    return seen[-1]


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
    got = who(c, source)
    got.pop("hide")  # for SIP
    tap.equal(got, {
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
    for s in (alice, other):
        s.close()
    return source


def discovery(tap, c, agent, gk):
    """Who knows no gatekeeper asks the group."""
    def ask(address, text):
        s = udp(0, address)
        s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                     socket.inet_aton(address))
        s.sendto(text, (GROUP, 1718))
        return s

    outsider, alice = ask(OUTSIDER, b"not for us"), ask(ALICE, b"GRQ")
    data, source = said(gk)
    tap.equal(data, b"GRQ", "group: a question in the network is heard, one "
              "in another is not")
    gk.sendto(b"GCF", source)
    tap.equal(said(alice), (b"GCF", (LAN, 1719)),
              "group: the answer comes from the address to register at")
    tap.ok(quiet(outsider) and quiet(gk), "group: and none elsewhere")
    # another member's, who is on both
    other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    other.bind(("", 0))
    other.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                     socket.inet_aton(GROUP) + socket.inet_aton(ELSEWHERE))
    outsider.sendto(b"not for us", (GROUP, 1718))
    tap.ok(quiet(gk), "group: also where somebody else here is in it")
    for s in (outsider, alice, other):
        s.close()


def ras_floods(tap, server_, agent, gk):
    many = [udp(0, CAROL) for _ in range(80)]
    for s in many:
        s.sendto(b"many", (LAN, 1719))
    gk.settimeout(0.5)
    seen = set()
    try:
        while True:
            data, source = said(gk)
            seen |= {source} if data == b"many" else set()
    except TimeoutError:
        pass
    tap.equal(len(seen), 64, "flood: a host has so many ports and no more")
    for s in many:
        s.close()
    before = server_.counter("ras_up")
    server_.process.send_signal(19)
    alice = udp(1719, ALICE)
    for _ in range(4000):
        alice.sendto(bytes(1000), (LAN, 1719))
    server_.process.send_signal(18)
    got = 0
    try:
        while said(gk):
            got += 1
    except TimeoutError:
        pass
    gk.settimeout(3)
    tap.ok(0 < got <= 400, "flood: what the tunnel can't take is dropped",
           got, server_.counter("ras_up") - before)
    alice.sendto(b"RRQ", (LAN, 1719))
    data, source = said(gk)
    gk.sendto(b"RCF", source)
    tap.ok(data == b"RRQ" and said(alice)[0] == b"RCF",
           "flood: then all is as before")
    alice.close()


def ras_restarts(tap, server_, agent, gk, source):
    """A registration is an address of ours at the gatekeeper: it stays."""
    def reaches(s, what):
        s.sendto(what, (LAN, 1719))
        try:
            return said(gk)
        except TimeoutError:
            return None

    alice = udp(1719, ALICE)
    alice.settimeout(1)
    agent.process.kill()
    agent.process.wait()
    agent.start()
    up(tap, server_)
    gk.sendto(b"IRQ", source)
    tap.equal(said(alice), (b"IRQ", (LAN, 1719)), "restart: of the agent: the "
              "gatekeeper reaches a terminal that has said nothing since")
    tap.equal(reaches(alice, b"RRQ"), (b"RRQ", source),
              "restart: of the agent: it comes from where it was")
    server_.process.kill()
    server_.process.wait()
    server_.start()
    up(tap, server_)
    gk.settimeout(0.5)
    seen = wait(lambda: reaches(alice, b"RRQ"))
    gk.settimeout(3)
    tap.equal(seen, (b"RRQ", source),
              "restart: of the relay: it comes from where it was")
    gk.sendto(b"IRQ", source)
    tap.equal(said(alice)[0], b"IRQ", "restart: and is reached there")
    at = gk.getsockname()
    gk.close()
    alice.sendto(b"lost", (LAN, 1719))
    alice.sendto(b"lost, too", (LAN, 1719))
    gk = udp(at[1], GK)
    gk.settimeout(0.5)
    seen = wait(lambda: (reaches(alice, b"RRQ") or (0, 0))[1])
    gk.settimeout(3)
    tap.equal(seen, source,
              "restart: of the gatekeeper: it comes from where it was")
    quiet(gk)
    alice.close()
    return gk


def keyed(tap, params):
    """What a client is told of a connection, but for its key."""
    key = params.pop("key", "")
    tap.ok(re.fullmatch("[0-9a-f]{16}", key), "it has a key", key)
    return params


def called(tap, c, agent):
    tap.ok(refused((LAN, 1720), ALICE), "calls: nobody takes them: refused")
    c.result("channel.attach", kinds=["h225"])
    alice = connect((LAN, 1720), ALICE)
    alice.sendall(b"early ")
    e = c.event("channel.accepted", whole=True)
    gw = e["socket"]
    tap.equal(keyed(tap, e["params"]), {
        "kind": "h225", "agent": "branch-7", "local": LAN + ":1720",
        "from": "%s:%d" % alice.getsockname()}, "calls: one is told of")
    tap.equal(gw.recv(100), b"early ", "calls: what came early is not lost")
    talk(tap, alice, gw, "calls: both ways")
    alice.close()
    tap.equal(gw.recv(10), b"", "calls: the terminal's end is seen")
    gw.close()
    tap.ok(wait(lambda: records(agent, event="close", what="h323")),
           "calls: audited", audit(agent))


def who_takes_calls(tap, server_, c):
    with server_.client() as other:
        other.result("channel.attach", kinds=["h225"])
        alice = connect((LAN, 1720), ALICE)
        gw = other.event("channel.accepted", whole=True)["socket"]
        talk(tap, alice, gw, "attach: who said it last has them")
    talk(tap, alice, gw, "attach: its connection ends, and those it has don't")
    tap.ok(wait(lambda: refused((LAN, 1720), ALICE)),
           "attach: nobody takes them then")
    tap.equal(c.ask("channel.attach", kinds=["sip"])[1], -32602,
              "attach: for calls alone")
    c.result("channel.attach", kinds=["h225"])
    gw.close()
    tap.equal(alice.recv(10), b"", "attach: we hang up: the terminal hears it")
    alice.close()


def hangs_up(tap, c):
    """A terminal that won't, when the gatekeeper's side has: a while."""
    alice = connect((LAN, 1720), ALICE)
    c.event("channel.accepted", whole=True)["socket"].close()
    tap.equal(alice.recv(10), b"", "hung up: the terminal hears it")
    return alice


def hung_up(tap, alice):
    p = select.poll()
    p.register(alice, 0)
    tap.ok(p.poll(20000), "hung up: it is cut, in the end")
    alice.close()


def slow_reader(tap, c):
    """Nobody keeps what the other end does not read."""
    alice = connect((LAN, 1720), ALICE)
    slow = c.event("channel.accepted", whole=True)["socket"]
    for x, y, what in ((alice, slow, "up"), (slow, alice, "down")):
        x.setblocking(False)
        sent = 0
        for _ in range(20):
            try:
                while sent < 64 * MIB:
                    sent += x.send(bytes(65536))
            except BlockingIOError:
                threading.Event().wait(0.05)
        tap.ok(sent < 16 * MIB, "slow: who writes waits: " + what, sent)
        carol = connect((LAN, 1720), CAROL)
        gw = c.event("channel.accepted", whole=True)["socket"]
        talk(tap, carol, gw, "slow: another connection does not: " + what)
        carol.close()
        gw.close()
        x.settimeout(10)
        tap.equal(len(all_of(y, sent)), sent,
                  "slow: all of it is there: " + what)
    for s in (alice, slow):
        s.close()


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
    tap.equal(keyed(tap, e["params"]), {
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


def clients_ports(tap, server_, agent):
    with server_.client() as c:
        r = c.result("channel.listen", agent="branch-7", terminal=ALICE)
    tap.ok(wait(lambda: refused((r["address"], r["port"]), ALICE)),
           "listen: they end with who asked for them")


def agent_gone(tap, server_, c, agent):
    alice = connect((LAN, 1720), ALICE)
    gw = c.event("channel.accepted", whole=True)["socket"]
    talk(tap, alice, gw, "gone: a call")
    r = c.result("channel.listen", agent="branch-7", terminal=ALICE)
    agent.process.kill()
    agent.process.wait()
    tap.ok(wait(lambda: server_.agents()["branch-7"]["state"] == "down"),
           "gone: the agent")
    tap.ok(not gw.recv(100), "gone: its connections end")
    tap.equal(c.event("channel.closed"), {"id": r["id"], "reason": "agent"},
              "gone: its ports, and it is told")
    tap.equal([c.ask("channel.open", agent="branch-7", to=ALICE + ":1720")[1],
               c.ask("channel.listen", agent="branch-7",
                     terminal=ALICE)[1]], [-32003, -32003],
              "gone: no more are to be had")
    for s in (alice, gw):
        s.close()
    agent.start()
    up(tap, server_)


def hostile(tap, server_, c, gk, certificate, source):
    """An agent that speaks of what is another's."""
    r = c.result("channel.listen", agent="branch-7", terminal=ALICE)
    with Tunnel(server_.port, certificate) as t:
        t.hello("bad")
        t.open(1, {"kind": "ras", "terminal": ALICE + ":1719", "local":
                   LAN + ":1719", "signalling": LAN + ":1720"})
        t.recv(17)
        t.send(18, b"RRQ", 1)
        _, own = said(gk)
        tap.equal([who(c, x)["agent"] for x in (own, source)],
                  ["bad", "branch-7"], "hostile: another's terminal is its own")
        gk.sendto(b"for alice", source)
        number = 3
        for what in ({"id": r["id"], "from": ALICE + ":4000", "local":
                      "%s:%d" % (LAN, r["port"])}, {}, {"to": GK + ":1720"},
                     {"from": "x", "local": "y"}, {"from": "0.0.0.0:1",
                                                   "local": "1.2.3.4:5"},
                     {"id": -1, "from": "1.2.3.4:5", "local": "1.2.3.4:5"},
                     {"from": "1.2.3.4:5", "local": "1.2.3.4:5", "to":
                      "1.2.3.4:5"}):
            before = server_.counter("h323_refused")
            t.open(number, {"kind": "h225", **what}, BYTES)
            tap.ok(t.recv(17, RESET)[0] == RESET and
                   server_.counter("h323_refused") == before + 1,
                   "hostile: a call that is %s: refused" % what)
            number += 2
        for what in ({}, {"terminal": ALICE + ":1719"}, {"terminal": "x"}):
            t.open(number, {"kind": "ras", **what})
            tap.equal(t.recv(17, RESET)[0], RESET,
                      "hostile: a terminal that is %s: refused" % what)
            number += 2
        t.say("media.range", address=LAN, portMin=30000, portMax=30001)
        asked = c.n + 1
        c.sock.sendall(json.dumps({
            "jsonrpc": "2.0", "id": asked, "method": "channel.listen",
            "params": {"agent": "bad", "terminal": ALICE}}).encode() + b"\n")
        t.recv(18)
        t.send(18, b'{"jsonrpc":"2.0","id":1,"error":{"code":-32005,"message":'
               b'"no"}}')
        m = c.read()
        tap.equal((m["id"], m["error"]["code"]), (asked, -32005),
                  "hostile: it won't listen")
        c.n = asked
        for _ in range(3):  # all it has
            t.open(number, {"kind": "h225", "from": "1.2.3.4:5", "local":
                            "1.2.3.4:1720"}, BYTES)
            tap.equal(t.recv(17, RESET)[0], 17, "hostile: a call of its own")
            e = c.event("channel.accepted", whole=True)
            tap.equal(e["params"]["agent"], "bad", "hostile: is its own")
            e["socket"].close()
            number += 2
    alice = connect((r["address"], r["port"]), ALICE)
    gw = c.event("channel.accepted", whole=True)["socket"]
    talk(tap, alice, gw, "hostile: the other agent's port is as it was")
    for s in (alice, gw):
        s.close()


def policy(tap, server_, c, agent, gk, conf):
    """The agent's operator has the last word."""
    agent.process.kill()
    agent.process.wait()
    with open(agent.conf) as f:
        text = f.read()
    with open(agent.conf, "w") as f:
        f.write(text + "[policy]\nprotocols = sip, media\n")
    agent.start()
    up(tap, server_)
    alices, at = server(ALICE)
    alice = udp(0, ALICE)
    alice.sendto(b"RRQ", (LAN, 1719))
    tap.ok(quiet(gk), "policy: without h323 there is no RAS")
    tap.ok(refused((LAN, 1720), ALICE), "policy: no call is taken")
    tap.equal([c.ask("channel.open", agent="branch-7",
                     to="%s:%d" % (ALICE, at["port"]))[1],
               c.ask("channel.listen", agent="branch-7",
                     terminal=ALICE)[1]], [-32005, -32005],
              "policy: nor made, nor listened for")
    tap.ok(len(records(agent, event="refuse", what="h323")) >= 3 and
           records(agent, event="refuse", what="ras"), "policy: audited",
           audit(agent))
    for s in (alices, alice):
        s.close()
    path = agent.conf + ".x"
    for more, why in (("h323 = %s\n" % LAN, None), ("h323 = lan7\n", None),
                      ("h323 = %s:1719\n" % LAN, "no port is expected"),
                      ("h323 = lan7:1719\n", "no port is expected"),
                      ("h323 = 0.0.0.0\n", "that stands for all"),
                      ("h323 = %s\nsip = %s\n" % (LAN, ALICE), "that sip"),
                      ("h323 = lan7\nsip = lan8\n", "that sip names"),
                      ("h323 = lan7\nsip = lan7:5062\n", None),
                      ("h323 = lan7\n[policy]\nsignalled_only = yes\n",
                       "signalled_only")):
        with open(path, "w") as f:
            f.write(conf.replace("# the address terminals", more + "#")
                    if "policy" not in more else conf + more)
        os.chmod(path, 0o600)
        r = subprocess.run([AGENT, "-c", "-f", path], capture_output=True)
        tap.ok(why in r.stderr.decode() if why else not r.returncode,
               "conf: %s" % more.strip().replace("\n", ", "), r)


def by_ipv6(tap, server_, gk, c):
    conf = server_.ctl("agent", "add", "six").stdout.replace(
        "[lan]", "[lan]\nh323 = " + LAN6)
    with Agent(server_, conf, lan="[%s]:15092" % LAN6,
               media="23000-23099") as agent:
        up(tap, server_, "six")
        alice = udp(0, ALICE6)
        alice.sendto(b"RRQ six", (LAN6, 1719))
        data, source = said(gk)
        gk.sendto(b"RCF six", source)
        tap.equal((data, said(alice)[0]), (b"RRQ six", b"RCF six"),
                  "IPv6: RAS")
        tap.equal(who(c, source)["signalling"], "[%s]:1720" % LAN6,
                  "IPv6: where calls go")
        r = c.result("channel.listen", agent="six", terminal=ALICE6)
        for at in (LAN6, 1720), (r["address"], r["port"]):
            a = connect(at, ALICE6)
            gw = c.event("channel.accepted", whole=True)["socket"]
            talk(tap, a, gw, "IPv6: a connection to %s:%d" % at)
            a.close()
            gw.close()
        tap.equal(c.ask("channel.listen", agent="six", terminal=ALICE)[1],
                  -32003, "IPv6: and nothing else")
        alice.close()
        agent.process.terminate()
        tap.equal(agent.process.wait(), 0, "IPv6: the agent ends")


def in_the_middle(server_, c, agent):
    """All that may be there when a program ends."""
    with open(agent.conf) as f:
        text = f.read().replace("protocols = ", "# ")
    agent.process.kill()
    agent.process.wait()
    with open(agent.conf, "w") as f:
        f.write(text)
    agent.start()
    wait(lambda: server_.agents()["branch-7"]["state"] == "up", 10, "up")
    alices, at = server(ALICE)
    kept = [alices, c.answer("channel.open", agent="branch-7",
                             to="%s:%d" % (ALICE, at["port"]))["socket"],
            connect((LAN, 1720), ALICE), connect((LAN, 1720), CAROL)]
    for _ in range(2):
        kept.append(c.event("channel.accepted", whole=True)["socket"])
    c.result("channel.listen", agent="branch-7", terminal=ALICE)
    for n, what in enumerate(("open", "listen")):
        c.sock.sendall(json.dumps({
            "jsonrpc": "2.0", "id": 1000 + n, "method": "channel." + what,
            "params": {"agent": "branch-7", "to": NOBODY + ":1720",
                       "terminal": ALICE}}).encode() + b"\n")
    return kept


def everything(tap, server_, gk, ca):
    server_.ctl("agent", "add", "--certificate", "bad")
    conf = server_.ctl("agent", "add", "branch-7").stdout
    trail = os.path.join(server_.dir, "audit")
    text = conf.replace("[agent]", "[agent]\naudit = " + trail)
    text = text.replace("[lan]", "[lan]\nh323 = " + LAN)
    with Agent(server_, text, lan=LAN + ":15092",
               media="22000-22099") as agent:
        agent.audit = trail
        up(tap, server_)
        with server_.client() as c:
            before = settled(server_, agent)
            called(tap, c, agent)
            stubborn = hangs_up(tap, c)
            who_takes_calls(tap, server_, c)
            calls_out(tap, c, agent)
            listens(tap, c, agent)
            clients_ports(tap, server_, agent)
            slow_reader(tap, c)
            hung_up(tap, stubborn)
            tap.equal(settled(server_, agent), before,
                      "no descriptor stays open")
            source = ras(tap, c, agent, gk)
            discovery(tap, c, agent, gk)
            agent_gone(tap, server_, c, agent)
        gk = ras_restarts(tap, server_, agent, gk, source)
        ras_floods(tap, server_, agent, gk)
        with server_.client() as c:
            c.result("channel.attach", kinds=["h225"])
            hostile(tap, server_, c, gk, ca.sign("bad"), source)
            policy(tap, server_, c, agent, gk, conf)
            by_ipv6(tap, server_, gk, c)
            kept = in_the_middle(server_, c, agent)
            server_.process.terminate()
            tap.equal(server_.process.wait(), 0, "the relay ends")
            agent.process.terminate()
            tap.equal(agent.process.wait(), 0, "the agent ends")
            for s in kept:
                s.close()
    tap.ok("Sanitizer" not in agent.said(), "no sanitizer spoke")


def test(tap):
    network()
    gk = udp(0, GK)
    with tempfile.TemporaryDirectory() as directory:
        ca = Authority(directory)
        with Server(linger="1s", more="ras = %s:%d\nclient_ca = %s" % (
                *gk.getsockname(), ca.cert)) as server_:
            everything(tap, server_, gk, ca)
            tap.ok("Sanitizer" not in server_.said().decode(errors="replace"),
                   "no sanitizer spoke")


main(test, own_network=True)
