#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""TCP media: MSRP, BFCP and T.38 between phones behind NATs and behind agents.

Whoever is to connect by its SDP connects, to where the SDP says, and a megabyte
goes each way. What they see of each other is the relay, or their agent."""
import os
import re
import socket
import sys
import threading

from agents import Capture, asked, with_each_server
from sipua import Phone
from world import SERVER4, World, main, wait

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
from lab import in_namespace  # noqa: E402

MIB = 1 << 20
MSRP, BFCP, FAX = ("message %d TCP/MSRP *", "application %d TCP/BFCP *",
                   "image %d TCP t38")
PRIVATE = re.compile(rb"[^\n]*(?:10\.1\.0\.\d+|192\.168\.2\.\d+)[^\n]*")


class End:
    """What a phone has for one call: a port, a role, a connection."""

    def __init__(self, phone):
        self.listener = phone.world.lab.listen(phone.host, 0)
        self.listener.settimeout(15)
        self.port = self.listener.getsockname()[1]
        self.remote = self.role = self.sock = self.meeting = None
        self.lock = threading.Lock()

    def meets(self, how, *args):
        """Once, whoever asks first."""
        with self.lock:
            if not self.meeting:
                self.meeting = threading.Thread(target=how, args=args)
                self.meeting.start()
        return self.meeting


class Nobody:
    """In place of a studio: these phones have no voices."""

    def add(self, party):
        return party

    def remove(self, party):
        party.listener.close()


class DataPhone(Phone):
    """offers: the a=setup it offers. answers: what it chooses if it may."""

    def __init__(self, world, host, user, port, server=SERVER4):
        super().__init__(world, Nobody(), host, user, port, 0, server)
        self.kind, self.offers, self.answers_as = MSRP, "actpass", "active"
        self.offer = None

    def party(self):
        return End(self)

    def role(self):
        if not self.offer:
            return self.offers
        theirs = setup(self.offer)
        return {"active": "passive", "passive": "active"}.get(
            theirs, self.answers_as)

    def sdp(self, party):
        party.role = self.role()
        port = 9 if party.role == "active" and self.kind != MSRP else \
            party.port
        lines = ["v=0", "o=- 1 1 IN IP4 " + self.address, "s=-",
                 "c=IN IP4 " + self.address, "t=0 0",
                 "m=" + self.kind % port, "a=setup:" + party.role,
                 "a=connection:new"]
        if self.kind == MSRP:
            self.path = "msrp://%s:%d/%s;tcp" % (
                self.address, party.port, self.user)
            lines += ["a=accept-types:text/plain", "a=path:" + self.path]
        return "\r\n".join(lines) + "\r\n"

    def invited(self, m):
        self.offer = m
        super().invited(m)

    def answer(self, call):
        """Who is to connect does so at once."""
        super().answer(call)
        if call.party.role == "active":
            call.party.meets(self.meet, call.party, self.offer)

    def dial(self, user, seconds=20):
        self.offer = None
        return super().dial(user, seconds)

    def handle(self, m):
        if m.method == "INVITE" and m.body and m.status != 100:
            self.seen = m
        super().handle(m)

    def meet(self, party, m):
        """Its connection, as agreed."""
        def connect():
            to = (re.search(r"^c=IN IP4 (\S+)", m.body, re.M).group(1),
                  int(re.search(r"^m=\S+ (\d+)", m.body, re.M).group(1)))
            return socket.create_connection(to, timeout=15)

        if party.role == "actpass":
            party.role = {"active": "passive"}.get(setup(m), "active")
        if party.role == "active":
            party.sock = in_namespace(self.world.lab.namespace(self.host),
                                      connect)
        else:
            party.sock, _ = party.listener.accept()
        party.sock.settimeout(15)


def setup(m):
    return re.search(r"^a=setup:(\S+)", m.body, re.M).group(1)


def all_of(s, n):
    got = bytearray()
    while len(got) < n:
        data = s.recv(65536)
        if not data:
            break
        got += data
    return bytes(got)


def shows(m, hosts):
    """The addresses in a message's SDP, a=path and all, are among these."""
    got = set(re.findall(r"(?:IN IP4 |msrp://)([\d.]+)", m.body))
    return got and got <= set(hosts), got


def path(m):
    return re.search(r"^a=path:(\S+)", m.body, re.M).group(1)


def message(tap, sender, receiver, x, y, name):
    """To the path one was shown, from one's own; and the other sees its own,
    from the path it was shown (RFC 4975 §6.1)."""
    text = ("MSRP d93kswow SEND\r\nTo-Path: %s\r\nFrom-Path: %s\r\n"
            "Message-ID: 1\r\nByte-Range: 1-2/2\r\n"
            "Content-Type: text/plain\r\n\r\nhi\r\n-------d93kswow$\r\n")
    x.sendall((text % (path(sender.seen), sender.path)).encode())
    want = text % (receiver.path, path(receiver.seen))
    tap.equal(all_of(y, len(want)).decode(), want, name + ": MSRP")


def call(tap, a, b, name, roles, kind=MSRP, hosts=((SERVER4,), (SERVER4,))):
    """One call: what each role comes to, what is shown, what is said."""
    a.kind = b.kind = kind
    c = a.dial(b.user)
    if not tap.ok(c, name + ": answered"):
        return
    other = b.incoming()
    for meeting in [one.party.meets(phone.meet, one.party, phone.seen)
                    for phone, one in ((a, c), (b, other))]:
        meeting.join()
    tap.equal((c.party.role, other.party.role), roles, name + ": who connects")
    for phone, allowed in zip((a, b), hosts):
        good, got = shows(phone.seen, allowed)
        tap.ok(good, "%s: %s sees no address of the other's" % (
            name, phone.user), got, phone.seen.body)
    x, y = c.party.sock, other.party.sock
    if tap.ok(x and y, name + ": connected"):
        if kind == MSRP:
            message(tap, a, b, x, y, name)
            message(tap, b, a, y, x, name + ", and back")
        data = os.urandom(MIB)
        for s, r, way in ((x, y, "there"), (y, x, "back")):
            threading.Thread(target=s.sendall, args=(data,),
                             daemon=True).start()
            tap.ok(all_of(r, MIB) == data, "%s: 1 MiB %s" % (name, way))
    tap.equal(c.hangup(), 200, name + ": hung up")
    for s in (x, y):
        if s:
            try:
                tap.equal(s.recv(10), b"", name + ": the connection ends")
            except ConnectionError:
                tap.ok(True, name + ": the connection ends")
            s.close()
    tap.ok(wait(lambda: not a.world.sessions(), 5), name + ": no session left",
           a.world.sessions())
    b.calls.clear()
    c.party.listener.close()
    other.party.listener.close()


def nats(tap):
    with World(tap, "two-nats") as world:
        world.start()
        alice = DataPhone(world, "phone1", "alice", 5062)
        bob = DataPhone(world, "phone2", "bob", 5062)
        carol = DataPhone(world, "pub", "carol", 5062)
        for phone in (alice, bob, carol):
            tap.equal(phone.register(), 200, phone.user + " registers")
        both = ("active", "active")
        call(tap, alice, bob, "NAT to NAT", both)
        alice.offers = "active"
        call(tap, alice, bob, "NAT to NAT, active", both)
        carol.answers_as = "passive"
        call(tap, alice, carol, "NAT to a passive phone",
             ("active", "passive"))
        carol.offers = "passive"
        call(tap, carol, alice, "a passive phone to NAT",
             ("passive", "active"), BFCP)
        call(tap, alice, bob, "fax", both, FAX)
        carol.answers_as = "active"
        tap.ok(world.kamailio.alive(), "Kamailio is there")


def agents(tap, kind):
    with kind(tap) as world:
        world.begin("services = 127.0.0.1:2222\n")
        world.agent("phone3", "branch-1", more="[policy]\nservices = " +
                    world.lab.address("phone1") + ":8022\n")
        world.agent("phone2", "home-2")
        door = {h: world.lab.address(h) for h in ("phone3", "phone2")}
        world.lab.run("phone1", "ip", "route", "del", "default")
        alice = DataPhone(world, "phone1", "alice", 5062, door["phone3"])
        bob = DataPhone(world, "phone2", "bob", 5062, door["phone2"])
        carol = DataPhone(world, "pub", "carol", 5062)
        for phone in (alice, bob, carol):
            tap.equal(phone.register(), 200, phone.user + " registers")
        service(tap, world, "phone1")
        outside = Capture(world, "pub")
        ours, theirs, street = (door["phone3"],), (door["phone2"],), (SERVER4,)
        call(tap, alice, bob, "agent to agent", ("active", "active"),
             hosts=(ours, theirs))
        bob.answers_as = "passive"
        call(tap, alice, bob, "agent to a passive phone behind an agent",
             ("active", "passive"), hosts=(ours, theirs))
        call(tap, alice, carol, "agent to the street", ("active", "active"),
             hosts=(ours, street))
        carol.offers = "active"
        alice.answers_as = "passive"
        call(tap, carol, alice, "the street to a passive phone behind an "
             "agent", ("active", "passive"), BFCP, (street, ours))
        alice.offers = "passive"
        call(tap, alice, carol, "a passive phone behind an agent to the "
             "street", ("passive", "active"), FAX, (ours, street))
        seen = outside.stop()
        tap.equal(PRIVATE.findall(seen), [],
                  "on the street: no private address in any packet")
        tap.ok(b"TCP/MSRP" in seen, "and it was looked at")


def service(tap, world, host):
    """A TCP service in a network that lets nothing in, from the server."""
    lan = world.lab.listen(host, 8022)
    lan.settimeout(15)
    at, to = "127.0.0.1:2222", world.lab.address(host) + ":8022"
    tap.ok("leads to" in asked(world, "service", "open", "branch-1", at, to),
           "a service: open")
    data = os.urandom(10 * MIB)
    out = world.lab.tcp("server", ("127.0.0.1", 2222), 15)
    inside, seen = lan.accept()
    tap.equal(seen[0], world.lab.address("phone3"),
              "a service: it is the agent that comes")
    threading.Thread(target=lambda: (out.sendall(data),
                                     out.shutdown(socket.SHUT_WR)),
                     daemon=True).start()
    tap.ok(all_of(inside, len(data) + 1) == data,
           "a service: 10 MiB through the tunnel")
    inside.sendall(b"thanks")
    inside.close()
    tap.equal(all_of(out, 100), b"thanks", "a service: and the answer")
    out.close()
    lan.close()


def test(tap):
    nats(tap)
    with_each_server(tap, agents)


if __name__ == "__main__":
    main(test)
