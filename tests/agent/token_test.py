#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Token mode: who may use it, and, with a real relay and real agents behind
real NATs, media both ways, a NAT that forgets, an agent that is killed, and
tokens shown by those who should not."""
import os
import re
import signal
import socket
import struct
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
from lab import Lab, in_namespace, main, wait  # noqa: E402
from agent_client import Agent, Server  # noqa: E402
from relay_client import rtp, udp  # noqa: E402
from tunnel_client import PING, PONG, WELCOME, Authority, Tunnel  # noqa: E402

SERVER, X, Y = "203.0.113.10", 443, 444
LIFE = 20  # s: of a token
CONF = """[relay]
socket = {dir}/relay.sock
group = {group}
user = nobody
workers = 2
{relay}
[interface default]
address = 203.0.113.10
ports = {ports}
{interface}
"""


def up(server, name):
    return wait(lambda: server.agents().get(name, {}).get("state") == "up",
                10)


# ---- who may

def agreed(tap):
    """What server and agent allow, what is used, how it is shown."""
    for allowed, able, used in (("sealed, token", "sealed, token", "sealed"),
                                ("token", "sealed, token", "token"),
                                ("sealed, token", "token", "token"),
                                ("token", "sealed", "none")):
        with Server(more="media_modes = " + allowed,
                    relay="workers = 0") as server:
            conf = server.ctl("agent", "add", "a1").stdout
            with Agent(server, conf, "127.0.0.21:15021",
                       media="23000-23099",
                       more="media_modes = " + able) as agent:
                what = "%s here, %s there: " % (allowed, able)
                tap.ok(up(server, "a1"), what + "the tunnel is up",
                       agent.said())
                tap.equal(server.agents()["a1"].get("mediaMode"), used,
                          what + used)
                shown = server.ctl("agents").stdout
                tap.ok(re.search(r"^a1\s+up\s.*\b%s\b" % used, shown, re.M),
                       what + "posternctl agents says so", shown)
                shown = server.ctl("agent", "a1").stdout
                tap.ok(re.search(r"^mode\s+%s$" % used, shown, re.M),
                       what + "and posternctl agent", shown)
                if used == "token":
                    heard(tap, server, what)
                if used != "none":
                    continue
                c = server.client()
                tap.equal(c.ask("session.open", id="x", owner="t", label="x",
                                streams=streams("a1"))[1], -32003,
                          what + "no session")
                c.close()
                tap.ok("media_modes" in agent.said(),
                       what + "the agent says why", agent.said())


def heard(tap, server, what, terminal="127.0.0.3", far="127.0.0.1"):
    what = what.rstrip(": ")
    wire = Wiretap(ports=(server.media,))
    call = Call(server, "heard", "a1", udp(address=terminal),
                udp(address=far), "separate", terminal, far)
    call.both(tap, what)
    if wire.probes(server.media):
        named_so(server, wire.probes(server.media)[0][1:5])
        call.both(tap, what + ": sealed datagrams in its name")
    call.close()
    wire.stop()


def named_so(server, stream):
    """Sealed datagrams for a stream without keys, in the relay's name."""
    with open("/proc/net/udp") as f:
        lines = [x.split() for x in f.readlines()[1:]]
    mine = "0100007F:%04X" % server.media
    ports = [int(x[1].split(":")[1], 16) for x in lines if x[2] == mine]
    for port in ports:
        for kind in b"\x50\x51\x54":
            raw("127.0.0.1", server.media, "127.0.0.1", port,
                bytes([kind]) + stream + bytes(40))


def six(tap):
    """The same over IPv6: one port for all, and two."""
    with Server(address="[::1]", more="media_modes = token",
                relay="workers = 2") as server:
        conf = server.ctl("agent", "add", "a1").stdout
        with Agent(server, conf, "127.0.0.21:15021",
                   media="23000-23099") as agent:
            tap.ok(up(server, "a1"), "IPv6: the tunnel is up", agent.said())
            heard(tap, server, "IPv6")


def streams(agent, rtcp="separate", terminal="127.0.0.3", far="127.0.0.1"):
    return [{"index": 0, "media": "audio",
             "a": {"agent": agent, "signalling": terminal, "rtcp": rtcp},
             "b": {"signalling": far, "rtcp": rtcp}}]


# ---- the network

class Talker(threading.Thread):
    """Sends a packet of RTP every 20 ms, and notes what it hears."""

    def __init__(self, sock, to, ssrc, talks):
        super().__init__(daemon=True)
        self.sock, self.to, self.ssrc, self.talks = sock, to, ssrc, talks
        self.heard, self.sent, self.foreign = 0, 0, 0
        self.there = True
        sock.settimeout(0.02)
        self.start()

    def run(self):
        due = time.monotonic()
        while self.there:
            if self.talks and time.monotonic() >= due:
                due += 0.02
                self.sent += 1
                self.sock.sendto(rtp(self.sent & 0xffff, self.ssrc), self.to)
            try:
                data = self.sock.recv(2048)
            except OSError:
                continue
            if data[:2] == b"\x80\0" and len(data) == 172:
                self.heard += 1
            else:
                self.foreign += 1

    def more(self, n=25):
        """Until it has heard so many more."""
        before = self.heard
        return wait(lambda: self.heard >= before + n, 10)

    def stop(self):
        self.there = False
        self.join()
        self.sock.close()


class Wiretap(threading.Thread):
    """The UDP datagrams that leave a host for the relay's ports."""

    def __init__(self, lab=None, host=None, ports=(X, Y)):
        super().__init__(daemon=True)
        self.seen, self.there, self.ports = [], True, ports

        def make():
            return socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM,
                                 socket.htons(3))

        self.sock = (in_namespace(lab.namespace(host), make) if lab
                     else make())
        self.sock.settimeout(0.1)
        self.start()

    def run(self):
        while self.there:
            try:
                p = self.sock.recv(2048)
            except OSError:
                continue
            if p[0] >> 4 != 4 or p[9] != 17:
                continue
            n = (p[0] & 15) * 4
            port = struct.unpack("!H", p[n + 2:n + 4])[0]
            if port in self.ports:
                self.seen.append((port, p[n + 8:]))

    def probes(self, port=X):
        return [p for to, p in self.seen if to == port and p[:1] == b"\x52"]

    def stop(self):
        self.there = False
        self.join()
        self.sock.close()


class World:
    def __init__(self):
        self.dir = tempfile.TemporaryDirectory()
        self.ca = Authority(self.dir.name)
        self.lab = Lab("two-nats:symmetric,symmetric")
        ns = self.lab.namespace
        self.server = Server(
            address=SERVER, ports=(443, X, Y), linger="60s",
            more="media_modes = token\nclient_ca = " + self.ca.cert,
            conf=CONF, inside=("ip", "netns", "exec", ns("server")))

    def agent(self, name, host):
        conf = self.server.ctl("agent", "add", name).stdout
        a = Agent(self.server, conf,
                  lan=self.lab.address(host) + ":5060",
                  inside=("ip", "netns", "exec", self.lab.namespace(host)))
        if not up(self.server, name):
            raise RuntimeError(a.said())
        return a

    def call(self, name, agent, terminal, rtcp="separate", phone=True,
             far=True):
        lab = self.lab
        return Call(self.server, name, agent, lab.udp(terminal),
                    lab.udp("pub"), rtcp, lab.address(terminal),
                    lab.address("pub"), talk=(phone, far))

    def close(self):
        self.server.__exit__()
        self.lab.close()
        self.dir.cleanup()


class Call:
    """Leg a is an agent's, leg b the street's."""

    def __init__(self, server, name, agent, phone, far, rtcp, *addresses,
                 talk=(True, True)):
        self.c, self.name = server.client(), name
        # an agent that is up may not have said yet which ports it has
        r = wait(lambda: self.c.ask(
            "session.open", id=name, owner="t", label=name,
            streams=streams(agent, rtcp, *addresses))[0])["streams"][0]
        self.a, self.b = [(r[x]["local"]["address"], r[x]["local"]["port"])
                          for x in "ab"]
        self.phone = Talker(phone, self.a, 1, talk[0])
        self.far = Talker(far, self.b, 2, talk[1])

    def leg(self, which="a"):
        return self.c.result("session.get",
                             id=self.name)["streams"][0][which]

    def both(self, tap, what):
        tap.ok(self.phone.more() and self.far.more(),
               what + ": they hear each other", self.leg())

    def close(self):
        self.phone.stop()
        self.far.stop()
        self.c.ask("session.close", id=self.name, reason="test")
        self.c.close()


# ---- cases

def deferred(tap, world, wire):
    """Nobody says anything: nothing is shown. One speaks: both can."""
    call = world.call("deferred", "branch-1", "phone1", phone=False,
                      far=False)
    time.sleep(0.5)
    tap.equal((wire.seen, call.leg()["state"]), ([], "learning"),
              "deferred: no probe before there is media")
    tap.equal(call.leg()["policy"], "token", "deferred: the leg is in token "
              "mode")
    call.far.talks = True
    tap.ok(wait(lambda: call.leg()["state"] == "latched"),
           "deferred: somebody waits, and the agent shows itself", call.leg())
    call.phone.talks = True
    call.both(tap, "deferred")
    source = call.leg()["source"]
    tap.equal(source["address"], world.lab.address("nat1"),
              "deferred: it is the NAT's address")
    tap.ok(all(len(p) == 22 for p in wire.probes()) and wire.probes(),
           "deferred: probes on X")
    tap.ok(any(p[:1] == b"\x80" for _, p in wire.seen),
           "deferred: RTP goes bare")
    call.close()


def rtcp(tap, world, wire):
    """By Y where it is separate, by X where it is not."""
    for how, port in (("separate", Y), ("mux", X)):
        call = world.call(how, "branch-1", "phone1", how)
        call.both(tap, "rtcp " + how)
        report = b"\x80\xc9\0\1" + b"\0\0\0\7"
        at = 1 if how == "separate" else 0
        lab = world.lab
        one = lab.udp("phone1") if at else call.phone.sock
        two = lab.udp("pub") if at else call.far.sock
        wire.seen.clear()

        def reported():
            one.sendto(report, (call.a[0], call.a[1] + at))
            two.sendto(report, (call.b[0], call.b[1] + at))
            time.sleep(0.05)
            return (call.leg("a")["rtcpPackets"] > 2 and
                    call.leg("b")["rtcpPackets"] > 2)

        tap.ok(wait(reported), "rtcp %s: both ways" % how, call.leg("a"),
               call.leg("b"))
        tap.ok((port, report) in wire.seen, "rtcp %s: on port %d" %
               (how, port), {(to, p[:2]) for to, p in wire.seen})
        source = call.leg()["source"]
        tap.equal("rtcpPort" in source and source["rtcpPort"] !=
                  source["port"], how == "separate",
                  "rtcp %s: a source of its own, or none" % how)
        call.close()


def frozen(tap, world, wire):
    """An agent whose token is known, and that cannot ask for another."""
    other = world.agent("branch-2", "phone2")
    nft(world.lab, "nat2", "udp", "dport", "{%d,%d}" % (X, Y), "drop")
    call = world.call("frozen", "branch-2", "phone2", far=False)
    tap.ok(wait(lambda: wire.probes()), "frozen: probes that do not arrive")
    other.process.send_signal(signal.SIGSTOP)
    call.phone.talks = False
    return other, call, wire.probes()[-1], time.monotonic()


def hostile(tap, world, wire, token):
    """Tokens from elsewhere change nothing, and are counted."""
    call = world.call("hostile", "branch-1", "phone1")
    call.both(tap, "hostile: before")
    attacker = world.lab.udp("attacker")
    good = wire.probes()[-1]
    source = call.leg()["source"]

    def shown(what, counter, probe, port=X, sock=attacker):
        before = world.server.counter(counter)
        sock.sendto(probe, (SERVER, port))
        tap.ok(wait(lambda: world.server.counter(counter) == before + 1),
               "hostile: %s: %s" % (what, counter))
        tap.equal(call.leg()["source"], source, "hostile: nothing moves")

    shown("a probe again, from elsewhere", "probes_replayed", good)
    shown("a token nobody gave", "probes_forged", good[:6] + os.urandom(16))
    shown("on the other port", "probes_forged", good, Y)
    shown("another agent's token for this stream", "probes_forged",
          good[:6] + token[6:])
    shown("this stream's token for another", "probes_forged",
          token[:6] + good[6:])
    shown("a stream that is none", "probes_unknown",
          b"\x52" + os.urandom(4) + b"\1" + os.urandom(16))
    shown("a version to come", "probes_unknown", good[:5] + b"\2" + good[6:])
    shown("one octet short", "probes_unknown", good[:-1])
    shown("a packet without any", "bare_unknown", rtp(1))
    shown("a sealed one", "sealed_unknown", b"\x50" + good[1:5] + bytes(60))
    attacker.close()
    for_another(tap, world, int.from_bytes(good[1:5], "big"))
    tap.equal(call.leg()["source"], source, "hostile: nothing moves")
    call.both(tap, "hostile: after all that")
    tap.equal((call.phone.foreign, call.far.foreign), (0, 0),
              "hostile: nobody heard anything else")
    call.close()


def for_another(tap, world, stream):
    """An agent asks for tokens of streams that are not its own."""
    lab = world.lab
    world.server.ctl("agent", "add", "bad", "--certificate")
    bad = in_namespace(lab.namespace("attacker"), lambda: Tunnel(
        443, world.ca.sign("bad"), lab.address("attacker"), SERVER))
    tap.equal(bad.hello("bad", mediaModes=["token"])[0], WELCOME,
              "hostile: an agent that is let in")
    ids = (stream, stream ^ 1, -1, 1 << 32, "x", None)
    before = world.server.counter("tokens_refused")
    for i in ids:
        bad.say("media.token", id=i)
    refused = world.server.counter("ways_refused")
    for i in ids:
        bad.say("media.way", id=i, component="rtp", way="tunnel")
    bad.send(PING, bytes(8))
    tap.ok(bad.recv(PONG) and
           world.server.counter("tokens_refused") >= before + len(ids),
           "hostile: it gets no tokens for another's stream")
    tap.equal(world.server.counter("ways_refused"), refused + len(ids),
              "hostile: nor says it where another's stream goes")
    bad.close()


def raw(source, sport, to, port, data):
    """A datagram in the name of somebody else."""
    with socket.socket(socket.AF_INET, socket.SOCK_RAW,
                       socket.IPPROTO_RAW) as s:
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28 + len(data), 0, 0, 64,
                         17, 0, socket.inet_aton(source),
                         socket.inet_aton(to))
        s.sendto(ip + struct.pack("!HHHH", sport, port, 8 + len(data), 0) +
                 data, (to, 0))


def spoofed(lab, source, port, data):
    in_namespace(lab.namespace("attacker"), lambda: raw(
        source["address"], source["port"], SERVER, port, data))


NEW = ("udp", "dport", "{%d,%d}" % (X, Y), "ct", "state", "new", "drop")


def port_of(call):
    return (call.leg()["source"] or {}).get("port")


def taken(tap, world, agent, wire, wire2):
    """Good tokens from where another stream is."""
    call = world.call("first", "branch-1", "phone1")
    call.both(tap, "taken: before")
    source, count = call.leg()["source"], world.server.counter
    nft(world.lab, "nat2", *NEW)
    del wire2.seen[:]
    third = world.call("third", "branch-2", "phone2")
    spoofed(world.lab, source, X, wait(wire2.probes)[0])
    tap.ok(wait(lambda: count("probes_taken") == 1),
           "taken: another agent's is counted")
    tap.equal(call.leg()["source"], source, "taken: and moves nothing")
    call.both(tap, "taken: another agent's")
    nft_undo(world.lab, "nat2")
    third.both(tap, "taken: the other agent's, with the next token")
    third.close()

    # one of the same agent's: a NAT may have given it the first one's port
    nft(world.lab, "nat1", *NEW)
    del wire.seen[:]
    second = world.call("second", "branch-1", "phone1")
    probe = wait(wire.probes)[0]
    agent.process.send_signal(signal.SIGSTOP)  # or the first takes it back
    spoofed(world.lab, source, X, probe)
    tap.ok(wait(lambda: port_of(second) == source["port"]),
           "taken: a stream of the same agent's gives way", second.leg())
    agent.process.send_signal(signal.SIGCONT)
    tap.ok(wait(lambda: port_of(call) == source["port"]),
           "taken: and the first comes back to where it is", call.leg())
    nft_undo(world.lab, "nat1")
    call.both(tap, "taken: the first, again")
    second.both(tap, "taken: the second")
    call.close()
    second.close()


def nft(lab, host, *rule):
    lab.run(host, "nft", "insert", "rule", "ip", "nat", "forward", *rule)


def nft_undo(lab, host):
    chain = ("ip", "nat", "forward")
    shown = lab.run(host, "nft", "-a", "list", "chain", *chain).stdout
    lab.run(host, "nft", "delete", "rule", *chain, "handle",
            re.search(r"drop # handle (\d+)", shown).group(1))


def expired(tap, world, other, call, token, since):
    """The token of the agent that stood still."""
    time.sleep(max(0, since + LIFE + 1 - time.monotonic()))
    attacker = world.lab.udp("attacker")
    attacker.sendto(token, (SERVER, X))
    tap.ok(wait(lambda: world.server.counter("probes_expired") == 1),
           "expired: counted")
    tap.equal(call.leg()["state"], "learning", "expired: nothing moves")
    attacker.close()
    nft_undo(world.lab, "nat2")
    other.process.send_signal(signal.SIGCONT)
    call.phone.talks = call.far.talks = True
    call.both(tap, "expired: with the next token")
    call.close()


def forgotten(tap, world):
    """A NAT that gives other ports in the middle of a call."""
    call = world.call("forgotten", "branch-1", "phone1")
    call.both(tap, "NAT forgets: before")
    before = call.leg()
    moved = world.server.counter("token_moved")
    world.lab.run("nat1", "conntrack", "-F")
    tap.ok(wait(lambda: call.leg()["source"] != before["source"]),
           "NAT forgets: the agent shows itself from the new port",
           call.leg())
    call.both(tap, "NAT forgets: after")
    tap.ok(world.server.counter("token_moved") > moved and
           call.leg()["moved"] > before["moved"], "NAT forgets: counted")
    return call


def killed(tap, world, agent, call):
    agent.process.kill()
    agent.process.wait()
    agent.start()
    tap.ok(up(world.server, "branch-1"), "agent killed: it is up again")
    call.both(tap, "agent killed: after")
    call.close()


def ended(tap, *programs):
    """They go when they are asked to, and a sanitizer has its last word."""
    for p in programs:
        p.process.terminate()
        p.process.wait()
        said = p.said()
        said = said if isinstance(said, str) else said.decode()
        tap.ok(p.process.returncode == 0 and "Sanitizer" not in said,
               "it ends in order", p.process.returncode, said[-2000:])


def test(tap):
    agreed(tap)
    six(tap)
    world = World()
    try:
        with world.agent("branch-1", "phone3") as agent:
            wire, wire2 = [Wiretap(world.lab, h) for h in ("phone3",
                                                            "phone2")]
            deferred(tap, world, wire)
            rtcp(tap, world, wire)
            still = frozen(tap, world, wire2)
            with still[0]:
                hostile(tap, world, wire, still[2])
                killed(tap, world, agent, forgotten(tap, world))
                expired(tap, world, *still)
                taken(tap, world, agent, wire, wire2)
                ended(tap, still[0], agent, world.server)
            wire.stop()
            wire2.stop()
    finally:
        world.close()


main(test, own_network=True)
