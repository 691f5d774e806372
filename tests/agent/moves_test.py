#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""postern-agent where things change under it: its address towards the server,
its address in the private network, and time it has slept through.

Three namespaces: the server's, in which this runs, the agent's, a phone's."""
import os
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
from lab import in_namespace, main_among, wait  # noqa: E402
from agent_client import Agent, Server  # noqa: E402
from relay_client import quiet, rtp, udp  # noqa: E402

NAMES = SERVER, AGENT, PHONE = ["pmv%s-%d" % (x, os.getppid() if
                                              "MOVES" in os.environ else
                                              os.getpid()) for x in "sap"]
WORLD = """
link add pmvs type veth peer name wan netns {1}
-n {1} link add lan type veth peer name lan netns {2}
link set lo up
-n {1} link set lo up
addr add 10.77.0.1/24 dev pmvs
link set pmvs up
-n {1} addr add 10.77.0.2/24 dev wan
-n {1} link set wan up
-n {1} link set lan up
-n {2} addr add 192.168.77.9/24 dev lan
-n {2} link set lan up
"""


def ip(*argv):
    subprocess.run(["ip", *argv], check=True)


def lan(verb, address):
    ip("-n", AGENT, "addr", verb, address + "/24", "dev", "lan")


class Away(Agent):
    """An agent in its namespace."""
    prefix = ["ip", "netns", "exec", AGENT]

    def __init__(self, server, conf, sip):
        super().__init__(server, conf, lan=sip)


class Phone:
    def __init__(self, port=5060):
        self.sock = in_namespace(
            PHONE, lambda: udp(port, "192.168.77.9"))
        self.sock.settimeout(1)

    def reaches(self, proxy, to, text=b"REGISTER sip:x SIP/2.0\r\n\r\n"):
        """Says something until it arrives; what the proxy sees of it."""
        def once():
            try:
                self.sock.sendto(text, (to, 5060))
                data, seen = proxy.recvfrom(2048)
            except OSError:
                return None
            return seen if data == text else None
        return wait(once, 10)

    def reached(self, proxy, seen, text):
        def once():
            proxy.sendto(text, seen)
            try:
                return self.sock.recv(2048) == text
            except OSError:
                return False
        return wait(once, 10)


def up(server):
    return wait(lambda: server.agents()["branch-7"]["state"] == "up", 10)


def session(c, name):
    r = c.result("session.open", id=name, owner="test", label=name, streams=[
        {"index": 0, "a": {"agent": "branch-7", "signalling": "192.168.77.9"},
         "b": {"signalling": "127.0.0.1"}}])["streams"][0]
    return [(r[x]["local"]["address"], r[x]["local"]["port"]) for x in "ab"]


def audio(phone, a, peer, b):
    """Packets of this moment arrive, both ways."""
    stamp = [int(time.monotonic() * 50) & 0xffff]

    def once():
        stamp[0] = stamp[0] + 1 & 0xffff
        phone.sendto(rtp(stamp[0]), a)
        peer.sendto(rtp(stamp[0], ssrc=2), b)
        return not quiet(phone, 0.1) and not quiet(peer, 0.1)
    good = wait(once, 10)
    for s in (phone, peer):
        while not quiet(s, 0.05):
            pass
    return good


# ---- cases

def addresses(tap, server, conf):
    proxy, phone = udp(server.sip, server.address), Phone()
    proxy.settimeout(0.5)
    c = server.client()
    media, peer = in_namespace(PHONE, lambda: udp(0, "192.168.77.9")), udp()
    with Away(server, conf, "192.168.77.2:5060") as agent:
        tap.ok(up(server), "the tunnel is up", agent.said())
        tap.ok("192.168.77.2 is no address" in agent.said(),
               "sip: an address that isn't there yet: waits", agent.said())
        lan("add", "192.168.77.2")
        seen = phone.reaches(proxy, "192.168.77.2")
        tap.ok(seen, "sip: served as soon as it is there", agent.said())
        a, b = session(c, "x")
        tap.equal(a[0], "192.168.77.2", "media there too")
        tap.ok(audio(media, a, peer, b), "audio", agent.said())

        before = server.agents()["branch-7"]
        ip("-n", AGENT, "addr", "add", "10.77.0.3/24", "dev", "wan")
        ip("-n", AGENT, "addr", "del", "10.77.0.2/24", "dev", "wan")
        # the second of a subnet goes with the first
        ip("-n", AGENT, "addr", "replace", "10.77.0.3/24", "dev", "wan")
        tap.ok(wait(lambda: server.agents()["branch-7"]["resumed"] >
                    before["resumed"], 10),
               "uplink: another address: the tunnel goes on from there",
               agent.said())
        tap.ok("from 10.77.0.3 now" in agent.said(), "and it knows why",
               agent.said())
        tap.ok(phone.reached(proxy, seen, b"OPTIONS one"),
               "the phone's channel is the same")
        tap.ok(audio(media, a, peer, b), "audio from the new address")
        leg = c.result("session.get", id="x")["streams"][0]["a"]
        tap.equal(leg["source"]["address"], "10.77.0.3", "as the relay sees")

        lan("del", "192.168.77.2")
        time.sleep(0.5)
        lan("add", "192.168.77.2")
        tap.equal(phone.reaches(proxy, "192.168.77.2"), seen,
                  "sip: the address goes and comes back: nothing is lost")
        tap.ok(audio(media, a, peer, b), "nor of the call")
    c.result("session.close", id="x", reason="test")

    wait(lambda: server.agents()["branch-7"]["state"] != "up", 10)
    with Away(server, conf, "lan") as agent:
        tap.ok(up(server), "sip = lan: the tunnel is up", agent.said())
        seen = phone.reaches(proxy, "192.168.77.2")
        tap.ok(seen, "sip = lan: served at the interface's address",
               agent.said())
        lan("del", "192.168.77.2")
        lan("add", "192.168.77.5")
        again = phone.reaches(proxy, "192.168.77.5")
        tap.ok(again, "sip = lan: and at its new one", agent.said())
        r, _ = c.ask("channel.get", address="%s:%d" % again)
        tap.equal((r["terminal"], r["local"]),
                  ("192.168.77.9:5060", "192.168.77.5:5060"),
                  "sip = lan: the server knows")
        tap.ok(phone.reached(proxy, again, b"OPTIONS two"),
               "sip = lan: calls come in there")
        a, b = session(c, "y")
        tap.equal(a[0], "192.168.77.5", "sip = lan: media are there too")
        tap.ok(audio(media, a, peer, b), "sip = lan: audio")
        c.result("session.close", id="y", reason="test")
        lan("del", "192.168.77.5")
    c.close()
    for s in (proxy, phone.sock, media, peer):
        s.close()


def sleeps(tap, server, conf, seconds, kept):
    """Neither end hears of the other, then all is as before."""
    proxy, phone = udp(server.sip, server.address), Phone()
    proxy.settimeout(0.5)
    lan("add", "192.168.77.2")
    with Away(server, conf, "192.168.77.2:5060") as agent:
        up(server)
        seen = phone.reaches(proxy, "192.168.77.2")
        agent.process.send_signal(signal.SIGSTOP)
        tap.ok(wait(lambda: server.agents()["branch-7"]["state"] ==
                    ("waiting" if kept else "down"), 20),
               "slept: the server has noticed", server.agents())
        time.sleep(seconds)
        agent.process.send_signal(signal.SIGCONT)
        tap.ok(up(server), "slept: the tunnel is up again", agent.said())
        tap.ok(wait(lambda: "nothing ran for" in agent.said()),
               "slept: and it has noticed", agent.said())
        tap.equal(server.agents()["branch-7"]["resumed"] > 0, kept,
                  "slept: it %s" % ("goes on" if kept else "begins anew"))
        if kept:
            tap.ok(phone.reached(proxy, seen, b"INVITE"),
                   "slept: a call comes in, without a word from the phone")
        tap.ok(phone.reaches(proxy, "192.168.77.2"),
               "slept: the phone reaches its server", agent.said())
    lan("del", "192.168.77.2")
    proxy.close()
    phone.sock.close()


def test(tap):
    for line in WORLD.format(*NAMES).strip().splitlines():
        ip(*line.split())
    for linger in "30s", "1s":
        with Server(address="10.77.0.1", linger=linger) as server:
            conf = server.ctl("agent", "add", "branch-7").stdout
            if linger == "30s":
                addresses(tap, server, conf)
            sleeps(tap, server, conf, 2 if linger == "30s" else 1,
                   linger == "30s")
            tap.ok("Sanitizer" not in server.said().decode(errors="replace"),
                   "no sanitizer spoke")


main_among(NAMES, "MOVES", test)
