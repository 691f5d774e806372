#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How much an agent's media may take: a stream's own ceiling, the agent's over
all its streams, each way, TCP media's too, and sessions that would be too
much."""
import os
import socket
import sys
import threading
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
from lab import main, wait  # noqa: E402
from agent_client import Agent, Server  # noqa: E402
from relay_client import quiet, rtp, udp  # noqa: E402

TERMINAL, PEER = "127.0.0.3", "127.0.0.1"
NO_RESOURCE = -32003
EACH = 200


class Call:
    """A session with leg a at the agent, heard on both sides."""

    def __init__(self, tap, c, name, **more):
        self.c, self.name = c, name
        self.term, self.peer = udp(address=TERMINAL), udp(address=PEER)
        r = c.result("session.open", id=name, owner="test", label=name,
                     streams=[{"index": 0, "media": "audio",
                               "a": {"agent": "branch-7",
                                     "signalling": TERMINAL, **more},
                               "b": {"signalling": PEER}}])["streams"][0]
        self.a, self.b = ((r[x]["local"]["address"], r[x]["local"]["port"])
                          for x in "ab")
        self.seq = 0
        tap.ok(wait(self.begun), name + ": both are heard")
        for s in (self.term, self.peer):
            while not quiet(s, 0.2):
                pass

    def begun(self):
        self.seq += 1
        self.term.sendto(rtp(self.seq), self.a)
        self.peer.sendto(rtp(self.seq, ssrc=2), self.b)
        return not quiet(self.term, 0.1) and not quiet(self.peer, 0.1)

    def leg(self, name):
        return self.c.result("session.get",
                             id=self.name)["streams"][0][name]

    def burst(self, up=True):
        """(passed, over the leg's own, over the agent's) of EACH at once."""
        was = self.leg("a" if up else "b")

        def now():
            leg = self.leg("a" if up else "b")
            return (leg["packets"] - was["packets"],
                    leg["refused"]["bandwidth"] - was["refused"]["bandwidth"],
                    leg["refused"]["agentBandwidth"] -
                    was["refused"]["agentBandwidth"])

        for _ in range(EACH):
            self.seq += 1
            if up:
                self.term.sendto(rtp(self.seq), self.a)
            else:
                self.peer.sendto(rtp(self.seq, ssrc=2), self.b)
        wait(lambda: sum(now()) == EACH, 5)
        return now()

    def close(self):
        self.c.result("session.close", id=self.name, reason="test")
        self.term.close()
        self.peer.close()


def own(tap, server, c):
    call = Call(tap, c, "own", bandwidth=64000)
    passed, over, agent = call.burst()
    tap.ok(passed and over and passed + over == EACH and not agent,
           "a stream's own ceiling holds at an agent's leg",
           passed, over, agent)
    tap.ok(server.counter("refused_bandwidth") >= over, "and is counted")
    tap.equal(call.burst(up=False)[0], EACH, "but not the other way")
    call.close()


def total(tap, server, c):
    server.ctl("agent", "set", "branch-7", "--bandwidth", "64k")
    tap.equal(server.agents()["branch-7"]["bandwidth"], 64000,
              "posternctl agent set: bits per second")
    calls = [Call(tap, c, "total%d" % n) for n in range(4)]
    passed = over = 0
    for call in calls:
        p, own_, agent = call.burst()
        passed, over = passed + p, over + agent
        tap.ok(agent and not own_, "%s: over the agent's ceiling, not the "
               "stream's" % call.name, p, own_, agent)
    tap.ok(passed < EACH, "the ceiling is one for all streams", passed)
    tap.equal(passed + over, 4 * EACH, "no packet is uncounted")
    down = 0
    for call in calls:
        down += call.burst(up=False)[2]
    ag = server.agents()["branch-7"]
    tap.ok(down and ag["overBandwidth"]["down"] >= down and
           ag["overBandwidth"]["up"] >= over,
           "each way has its own, both are shown", ag)
    tap.ok(server.counter("refused_agent_bandwidth") >= over + down,
           "and counted")
    server.ctl("agent", "set", "branch-7", "--bandwidth", "0")
    tap.equal(calls[0].burst()[0], EACH, "without a ceiling all passes again")
    for call in calls:
        call.close()


def reserved(tap, server, c):
    def opened(name, **more):
        return c.ask("session.open", id=name, owner="test", label=name,
                     streams=[{"index": 0, "media": "audio",
                               "a": {"agent": "branch-7",
                                     "signalling": TERMINAL, **more},
                               "b": {"signalling": PEER}}])[1]

    server.ctl("agent", "set", "branch-7", "--bandwidth", "100k")
    tap.equal(opened("r1", bandwidth=64000), None, "there is room for one")
    tap.equal(opened("r2", bandwidth=64000), NO_RESOURCE,
              "a second would be too much: refused")
    tap.equal(opened("r2", bandwidth=36000), None, "what is left is given")
    tap.equal(opened("r3"), None, "a session that names none is let in")
    tap.equal(server.agents()["branch-7"]["reserved"], 100000, "it is shown")
    shown = server.ctl("agent", "branch-7").stdout
    tap.ok("100000 bit/s each way, 100000 of it promised" in shown,
           "it is shown in words, too", shown)
    c.result("session.close", id="r1", reason="test")
    tap.equal(opened("r1", bandwidth=64000), None, "after an end there is room")
    for name in ("r1", "r2", "r3"):
        c.result("session.close", id=name, reason="test")
    tap.equal(server.agents()["branch-7"]["reserved"], 0, "nothing is left")


def tcp(tap, server, c):
    """A connection's octets wait; packets still go."""
    def leg(x):
        return c.result("session.get", id="tcp")["streams"][0][x]

    def slowed(what, counter, sender, receiver):
        """All of it arrives, and has waited."""
        data = os.urandom(30000)
        held = server.counter(counter)
        threading.Thread(target=sender.sendall, args=(data,),
                         daemon=True).start()
        got = b""
        while len(got) < len(data):
            got += receiver.recv(65536)
        tap.ok(got == data, "tcp: %s: nothing is lost" % what)
        tap.ok(server.counter(counter) > held, "tcp: %s: %s" %
               (what, counter))

    server.ctl("agent", "set", "branch-7", "--bandwidth", "0")
    r = c.result("session.open", id="tcp", owner="test", label="tcp", streams=[
        {"index": 0, "media": "message", "transport": "tcp",
         "a": {"agent": "branch-7", "signalling": TERMINAL,
               "bandwidth": 200000},
         "b": {"signalling": PEER}}])["streams"][0]
    ports = [(r[x]["local"]["address"], r[x]["local"]["port"]) for x in "ab"]
    term, peer = [wait(lambda at=at, own=own: there(at, own)) for at, own in
                  zip(ports, (TERMINAL, PEER))]
    slowed("a leg's own", "tcp_held", term, peer)
    tap.ok(leg("a")["held"] > 0 and leg("b")["held"] == 0,
           "tcp: it is shown", leg("a"))
    held = server.counter("tcp_held")
    peer.sendall(bytes(500000))
    left = 500000
    while left:
        left -= len(term.recv(left))
    tap.equal(server.counter("tcp_held"), held, "tcp: not the other way")

    tap.equal(server.agents()["branch-7"]["reserved"], 200000,
              "tcp: it is reserved of the agent's")
    server.ctl("agent", "set", "branch-7", "--bandwidth", "150k")
    slowed("the agent's, up", "tcp_held_agent", term, peer)
    slowed("the agent's, down", "tcp_held_agent", peer, term)
    # packets do not wait for what can
    call = Call(tap, c, "beside")
    over = server.counter("refused_agent_bandwidth")
    threading.Thread(target=peer.sendall, args=(bytes(60000),),
                     daemon=True).start()
    for _ in range(20):
        call.seq += 1
        call.peer.sendto(rtp(call.seq, ssrc=2), call.b)
        time.sleep(0.02)
    tap.equal(server.counter("refused_agent_bandwidth"), over,
              "tcp: packets beside it are not too much")
    call.close()
    term.close()
    peer.close()
    c.result("session.close", id="tcp", reason="test")
    tap.equal(server.agents()["branch-7"]["reserved"], 0,
              "tcp: nothing is left")


def there(at, own):
    """A connection, as soon as somebody listens."""
    try:
        s = socket.create_connection(at, 10, (own, 0))
    except ConnectionRefusedError:
        return None
    s.settimeout(10)
    return s


def test(tap):
    with Server() as server:
        r = server.ctl("agent", "add", "branch-7", "--bandwidth", "12M")
        for bad in ("x", "2m", "-1", "1.5M", "200G"):
            tap.equal(server.ctl("agent", "add", "b", "--bandwidth",
                                 bad).returncode, 2, "no rate: " + bad)
        tap.equal(server.ctl("agent", "set", "branch-7").returncode, 2,
                  "agent set: without a rate")
        tap.equal(server.ctl("agent", "set", "nobody", "--bandwidth",
                             "1M").returncode, 3, "agent set: nobody")
        server.process.kill()
        server.process.wait()
        server.start()
        tap.ok(wait(lambda: server.agents().get("branch-7", {}).get(
            "bandwidth") == 12000000, 10), "it is kept over a restart")
        with Agent(server, r.stdout, lan="127.0.0.8:15370",
                   media="22000-22099") as agent:
            tap.ok(wait(lambda: server.agents()["branch-7"]["state"] == "up",
                        10), "the agent is up", agent.said())
            c = server.client()
            own(tap, server, c)
            total(tap, server, c)
            reserved(tap, server, c)
            tcp(tap, server, c)
            c.close()
        tap.ok("Sanitizer" not in server.said().decode(errors="replace"),
               "no sanitizer spoke")


main(test, own_network=True)
