#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Streams through an agent: packets are marked (DSCP) as the relay was told,
on the agent's side and the relay's, and silent streams are kept alive."""
import os
import socket
import struct
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
from lab import main, wait  # noqa: E402
from agent_client import Agent, Server  # noqa: E402
from relay_client import quiet, rtp, udp  # noqa: E402

SEALED_EMPTY = 27  # octets
FIRSTS = 5  # signs of life until it is known that they arrive


class Street:
    """What goes between agent and relay over UDP, seen on loopback."""

    def __init__(self, port):
        self.port = port
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM,
                                  socket.htons(0x0800))
        self.sock.bind(("lo", 0x0800))
        self.sock.setblocking(False)
        self.seen = []

    def look(self):
        while True:
            try:
                p, src = self.sock.recvfrom(4096)
            except BlockingIOError:
                return self
            # loopback shows each twice; once is enough
            if src[2] == socket.PACKET_OUTGOING or p[9] != 17:
                continue
            at = (p[0] & 15) * 4
            a, b = struct.unpack("!HH", p[at:at + 4])
            if self.port in (a, b):
                self.seen.append((b == self.port, p[1] >> 2, p[at + 8:]))

    def marks(self, up, least=100):
        """DSCP of media of one direction since it was last asked."""
        return {d for u, d, p in self.look().seen if u == up and
                len(p) >= least}

    def forget(self):
        self.look().seen.clear()

    def beats(self, stream):
        return len([p for u, d, p in self.look().seen if u and
                    len(p) == SEALED_EMPTY and p[:1] == b"\x50" and
                    p[1:5] == stream])


def session(c, name, **more):
    r = c.result("session.open", id=name, owner="test", label=name, streams=[
        {"index": 0, "media": "audio",
         "a": {"agent": "branch-7", "signalling": "127.0.0.3", **more},
         "b": {"signalling": "127.0.0.1"}}])["streams"][0]
    return [(r[x]["local"]["address"], r[x]["local"]["port"]) for x in "ab"]


def received(sock):
    """DSCP of the packet that comes next."""
    _, anc, _, _ = sock.recvmsg(2048, 64)
    return [d[0] >> 2 for level, kind, d in anc if kind == socket.IP_TOS][0]


def talk(phone, a, peer, b, n=1):
    def once():
        phone.sendto(rtp(n), a)
        peer.sendto(rtp(n, ssrc=2), b)
        return not quiet(phone, 0.1) and not quiet(peer, 0.1)
    good = wait(once, 5)
    for s in (phone, peer):
        while not quiet(s, 0.1):
            pass
    return good


def marks(tap, server, street, mode):
    c = server.client()
    for name, more, want in (("usual", {}, 46), ("other", {"dscp": 34}, 34),
                             ("none", {"dscp": 0}, 0)):
        what = "%s, DSCP %d: " % (mode, want)
        phone, peer = udp(address="127.0.0.3"), udp()
        phone.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
        a, b = session(c, name, **more)
        tap.ok(talk(phone, a, peer, b), what + "media pass")
        street.forget()
        phone.sendto(rtp(9), a)
        peer.sendto(rtp(9, ssrc=2), b)
        tap.equal(received(phone), want, what + "at the terminal")
        peer.recv(2048)
        tap.equal(street.marks(True), {want}, what + "agent to relay")
        tap.equal(street.marks(False), {want}, what + "relay to agent")
        if name == "other":
            c.result("session.update", id=name, streams=[
                {"index": 0, "a": {"dscp": 18}}])
            time.sleep(0.3)
            street.forget()
            phone.sendto(rtp(10), a)
            peer.sendto(rtp(10, ssrc=2), b)
            tap.equal((received(phone), street.marks(True),
                       street.marks(False)), (18, {18}, {18}),
                      what + "changed to 18")
        c.result("session.close", id=name, reason="test")
        phone.close()
        peer.close()
    c.close()


def alive(tap, server, street):
    """Nobody says a word for longer than some NATs remember."""
    c = server.client()
    street.forget()
    session(c, "silent")
    wait(lambda: [p for u, d, p in street.look().seen if u and
                  len(p) == SEALED_EMPTY], 5)
    stream = [p[1:5] for u, d, p in street.seen if u][0]
    tap.ok(wait(lambda: street.beats(stream) >= FIRSTS, 10),
           "silent: the relay learns where it is")
    leg = c.result("session.get", id="silent")["streams"][0]["a"]
    tap.equal(leg["state"], "latched", "silent: and knows it")
    n = street.beats(stream)
    tap.ok(wait(lambda: street.beats(stream) > n, 30),
           "silent: and so it stays", street.beats(stream))
    c.result("session.close", id="silent", reason="test")
    c.close()


def test(tap):
    if os.geteuid():
        tap.skip("marks", "it takes root to look at packets")
        return
    with Server() as server:
        conf = server.ctl("agent", "add", "branch-7").stdout
        street = Street(server.media)
        for mode in "sealed", "token":
            with Agent(server, conf, lan="127.0.0.2:15081",
                       media="21500-21599", more="media_modes = " + mode):
                wait(lambda: server.agents()["branch-7"]["state"] == "up", 10)
                marks(tap, server, street, mode)
                if mode == "sealed":
                    alive(tap, server, street)
            wait(lambda: server.agents()["branch-7"]["state"] != "up", 10)
        tap.ok("Sanitizer" not in server.said().decode(errors="replace"),
               "no sanitizer spoke")


main(test, own_network=True)
