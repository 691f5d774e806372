#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Media in-tunnel: UDP is blocked in the middle of a call and let through
again, the way there is slow, an agent has nothing but an HTTP proxy.

In a network namespace of its own, whose firewall and queues it sets."""
import os
import shutil
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
from lab import Skip, main, wait  # noqa: E402
from agent_client import Agent, Server  # noqa: E402
from relay_client import rtp, udp  # noqa: E402
from uplink_test import Proxy, fresh, through  # noqa: E402

EACH = 0.02  # s between packets
LOST_MAX = 150  # packets in a row: 3 s


def sh(*argv, check=True):
    return subprocess.run(argv, check=check, capture_output=True, text=True)


class Audio(threading.Thread):
    """Numbered packets at a pace: which arrive, and how late."""

    def __init__(self, name, send, sock, ssrc):
        super().__init__(daemon=True)
        self.name, self.send, self.sock, self.ssrc = name, send, sock, ssrc
        self.sent, self.got = [], []
        self.stop = threading.Event()
        self.talks = True
        self.listener = threading.Thread(target=self.listen, daemon=True)

    def run(self):
        self.listener.start()
        begin = time.monotonic()
        while not self.stop.is_set() and self.talks:
            self.send(rtp(len(self.sent), ssrc=self.ssrc))
            self.sent.append(time.monotonic())
            late = begin + EACH * len(self.sent) - time.monotonic()
            if late > 0:
                time.sleep(late)

    def listen(self):
        self.sock.settimeout(0.5)
        while not self.stop.is_set():
            try:
                data = self.sock.recv(4096)
            except OSError:
                continue
            n = int.from_bytes(data[2:4], "big")
            if n < len(self.sent) + 1:
                self.got.append((n, time.monotonic()))

    def mark(self):
        """What is sent from here on counts."""
        return len(self.sent)

    def since(self, mark):
        return sorted(n for n, _ in list(self.got) if n >= mark)

    def gap(self, mark):
        """Packets in a row that did not arrive, at most."""
        worst, last = 0, mark - 1
        for n in self.since(mark):
            worst, last = max(worst, n - last - 1), n
        return worst

    def late(self, mark):
        """s from sending to arriving, nine times of ten: what is queued makes
        all late, a machine that has no time some."""
        took = sorted(t - self.sent[n] for n, t in list(self.got)
                      if n >= mark)
        return took[len(took) * 9 // 10] if took else 99


class Call:
    """Both directions of a session whose leg a is the agent's."""

    def __init__(self, server, name, talk=(True, True)):
        self.c, self.id = server.client(), name
        r = self.c.result("session.open", id=name, owner="test", streams=[
            {"index": 0, "media": "audio",
             "a": {"agent": "branch-7", "signalling": "127.0.0.3"},
             "b": {"signalling": "127.0.0.1"}}])["streams"][0]
        la, lb = [(r[x]["local"]["address"], r[x]["local"]["port"])
                  for x in "ab"]
        self.term, self.peer = udp(address="127.0.0.3"), udp()
        self.up = Audio("up", lambda d: self.term.sendto(d, la), self.peer, 1)
        self.down = Audio("down", lambda d: self.peer.sendto(d, lb),
                          self.term, 2)
        self.both = (self.up, self.down)
        for a, talks in zip(self.both, talk):
            a.talks = talks
            a.start()

    def leg(self):
        return self.c.result("session.get", id=self.id)["streams"][0]["a"]

    def marks(self):
        return [a.mark() for a in self.both]

    def heard(self, marks, count=25):
        """Both have heard so many since."""
        return wait(lambda: all(len(a.since(m)) >= count for a, m in
                                zip(self.both, marks)), 20)

    def close(self):
        for a in self.both:
            a.stop.set()
        for a in self.both:
            a.join()
            a.listener.join()
        final = self.c.result("session.close", id=self.id, reason="test")
        self.c.close()
        self.term.close()
        self.peer.close()
        return final


def up(server, state="up"):
    return wait(lambda: server.agents().get("branch-7", {}).get("state") ==
                state, 10)


def way(server, which):
    return wait(lambda: server.agents()["branch-7"].get("mediaWay") == which,
                20)


class Blocked:
    """A firewall between agent and server that lets no media port through."""

    def __init__(self, port):
        self.port = port
        sh("nft", "add table inet intun")
        sh("nft", "add chain inet intun out { type filter hook output "
           "priority 0 ; }")

    def on(self):
        sh("nft", "add rule inet intun out udp dport %d drop" % self.port)

    def only_back(self):
        sh("nft", "add rule inet intun out udp sport %d drop" % self.port)

    def cut(self, port):
        """All that TCP connections to a port carry makes them end."""
        sh("nft", "add rule inet intun out tcp dport %d tcp flags "
           "& (syn|ack) == ack reject with tcp reset" % port)
        time.sleep(0.3)
        self.off()
        self.on()

    def off(self):
        sh("nft", "flush chain inet intun out")


def moves(tap, server, conf, mode):
    """UDP, in-tunnel, UDP."""
    wall = Blocked(server.media)
    with Agent(server, conf) as a:
        tap.ok(up(server), mode + ": the tunnel is up", a.said())
        call = Call(server, "moves")
        tap.ok(call.heard([0, 0]), mode + ": they hear each other")
        tap.ok(way(server, "udp"), mode + ": over UDP, it is shown")
        tap.equal((call.leg()["way"], call.leg()["policy"]), ("udp", mode),
                  mode + ": over UDP, of the leg, too")
        source = call.leg()["source"]
        time.sleep(1)
        tap.equal(server.counter("intunnel_links"), 0,
                  mode + ": over UDP there is no second connection")

        for name, block in ((mode + ": UDP is blocked", wall.on),
                            (mode + ": UDP is blocked one way",
                             wall.only_back)):
            marks = call.marks()
            block()
            tap.ok(way(server, "tunnel"), name + ": it is shown", a.said())
            tap.ok(call.heard(call.marks()), name + ": they go on hearing")
            time.sleep(1)
            for audio, m in zip(call.both, marks):
                tap.ok(audio.gap(m) < LOST_MAX,
                       "%s: %s: %d packets were lost" %
                       (name, audio.name, audio.gap(m)))
            leg = call.leg()
            tap.equal((leg["way"], leg["source"], leg["state"]),
                      ("tunnel", None, "latched"), name + ": of the leg, too")
            text = server.ctl("agents").stdout
            tap.ok("tunnel" in text, name + ": posternctl agents", text)
            link = server.agents()["branch-7"].get("mediaLink", {})
            tap.ok(link.get("datagramsIn", 0) > 20 and
                   link.get("datagramsOut", 0) > 20,
                   name + ": its connection is shown", link)

            marks = call.marks()
            wall.off()
            tap.ok(way(server, "udp"), name + ", and no more: it moves back",
                   a.said())
            tap.ok(call.heard(call.marks()), name +
                   ", and no more: they go on hearing")
            tap.equal(call.leg()["source"], source,
                      name + ", and no more: the relay sees where it is")
            for audio, m in zip(call.both, marks):
                tap.ok(audio.gap(m) < 10,
                       "%s, and no more: %s: %d packets were lost" %
                       (name, audio.name, audio.gap(m)))
        said = [x for x in server.said().decode().splitlines()
                if "agent branch-7: media go" in x]
        tap.equal([x.split("media go ")[1] for x in said],
                  ["in-tunnel", "over UDP"] * 2,
                  mode + ": the log says each move once")
        tap.equal(server.counter("intunnel_moved"), 4,
                  mode + ": and they are counted")
        call.close()


def reports(tap, call):
    """RTCP has a way of its own, and goes in-tunnel, too."""
    report = b"\x80\xc9\0\1" + b"\0\0\0\7"
    legs = call.c.result("session.get", id=call.id)["streams"][0]
    socks = [udp(address="127.0.0.3"), udp()]

    def counted():
        for s, x in zip(socks, "ab"):
            local = legs[x]["local"]
            s.sendto(report, (local["address"], local["port"] + 1))
        time.sleep(0.05)
        now = call.c.result("session.get", id=call.id)["streams"][0]
        return all(now[x]["rtcpPackets"] > 2 for x in "ab")

    tap.ok(wait(counted, 10), "blocked from the beginning: RTCP from both",
           call.leg())
    for s in socks:
        s.settimeout(5)
        tap.ok(s.recv(100)[1:2] == b"\xc9",
               "blocked from the beginning: RTCP to both")
        s.close()


def bare(tap):
    """In token mode, too, and UDP that is blocked from the beginning, to one
    who says next to nothing."""
    with Server(more="media_modes = token") as server:
        conf = server.ctl("agent", "add", "branch-7").stdout
        moves(tap, server, conf, "token")
        wall = Blocked(server.media)
        wall.on()
        served = server.counter("probes_good")
        with Agent(server, conf) as a:
            tap.ok(up(server), "blocked from the beginning: it is up",
                   a.said())
            call = Call(server, "listens", talk=(False, True))
            call.up.send(rtp(0, ssrc=1))  # so that the agent knows it
            tap.ok(wait(lambda: len(call.down.since(0)) >= 25, 10),
                   "blocked from the beginning: who listens hears",
                   a.said(), call.leg())
            tap.equal((call.leg()["way"], call.leg()["state"]),
                      ("tunnel", "latched"),
                      "blocked from the beginning: in-tunnel")
            tap.equal(server.counter("probes_good"), served,
                      "blocked from the beginning: no token served")
            reports(tap, call)
            call.close()
            second = Call(server, "second")
            tap.ok(second.heard([0, 0]), "a second stream: both hear",
                   a.said())
            wall.off()
            tap.ok(way(server, "udp") and second.heard(second.marks()),
                   "blocked from the beginning, and no more: over UDP",
                   a.said())
            second.close()
        tap.ok("Sanitizer" not in server.said().decode(errors="replace"),
               "token: no sanitizer spoke")


def slow(tap, server, conf):
    """The connection takes less than there is: what is old is dropped."""
    wall = Blocked(server.media)
    with Agent(server, conf) as a:
        tap.ok(up(server), "slow: the tunnel is up", a.said())
        wall.on()
        call = Call(server, "slow")
        tap.ok(way(server, "tunnel") and call.heard(call.marks()),
               "slow: they hear each other", a.said())
        before = server.counter("intunnel_old")
        queue(server, "60kbit")
        time.sleep(2)
        marks = call.marks()
        time.sleep(4)
        for audio, m in zip(call.both, marks):
            part = len(audio.since(m)) / (audio.mark() - m)
            tap.ok(0.1 < part < 0.9, "slow: %s: %d %% arrive" %
                   (audio.name, 100 * part))
            tap.ok(audio.late(m) < 1, "slow: %s: %d ms late" %
                   (audio.name, 1000 * audio.late(m)))
        tap.ok(server.counter("intunnel_old") > before,
               "slow: what was dropped is counted",
               server.counter("intunnel_old"))
        tap.equal(server.agents()["branch-7"]["state"], "up",
                  "slow: the tunnel stays")
        queue(server)
        time.sleep(1)
        marks = call.marks()
        call.heard(marks, 61)
        for audio, m in zip(call.both, marks):
            tap.ok(len(audio.since(m)) > 60 and audio.late(m) < 0.5,
                   "slow, and no more: %s: all of it, %d ms late" %
                   (audio.name, 1000 * audio.late(m)), len(audio.since(m)))
        call.close()
        wall.off()


def queue(server, rate=None):
    """What TCP to and from the server has to go through."""
    sh("tc", "qdisc", "del", "dev", "lo", "root", check=False)
    if not rate:
        return
    sh("tc", "qdisc", "add", "dev", "lo", "root", "handle", "1:", "htb",
       "default", "1")
    sh("tc", "class", "add", "dev", "lo", "parent", "1:", "classid", "1:1",
       "htb", "rate", "1gbit")
    for band, port in (("2", "dport"), ("3", "sport")):
        sh("tc", "class", "add", "dev", "lo", "parent", "1:", "classid",
           "1:" + band, "htb", "rate", rate)
        # much room: who fills it is late
        sh("tc", "qdisc", "add", "dev", "lo", "parent", "1:" + band, "pfifo",
           "limit", "1000")
        sh("tc", "filter", "add", "dev", "lo", "parent", "1:", "protocol",
           "ip", "u32", "match", "ip", "protocol", "6", "0xff", "match", "ip",
           port, str(server.port), "0xffff", "flowid", "1:" + band)


def rotated(tap, server, conf):
    """The tunnel's connection is another each second: media don't notice."""
    wall = Blocked(server.media)
    wall.on()
    with Agent(server, conf.replace("[server]", "[server]\nrotate = 1s",
                                    1)) as a:
        tap.ok(up(server), "rotation: the tunnel is up", a.said())
        call = Call(server, "rotated")
        tap.ok(way(server, "tunnel") and call.heard(call.marks()),
               "rotation: in-tunnel")
        links, came = server.counter("intunnel_links"), \
            server.agents()["branch-7"]["came"]
        marks = call.marks()
        wait(lambda: server.agents()["branch-7"]["came"] >= came + 4, 20)
        end = call.marks()
        time.sleep(0.5)
        for audio, m, e in zip(call.both, marks, end):
            tap.equal([n for n in range(m, e) if n not in
                       set(audio.since(m))], [],
                      "rotation: %s: nothing is lost" % audio.name)
        tap.equal(server.counter("intunnel_links"), links,
                  "rotation: the media's connection is the same")

        # the media's own connection, cut
        wall.cut(server.port)
        tap.ok(wait(lambda: server.counter("intunnel_links") > links),
               "cut: there is another", a.said())
        tap.ok(call.heard(call.marks()), "cut: media go on", a.said())

        # the end of all
        r = server.ctl("agent", "revoke", "branch-7")
        tap.ok(r.returncode == 0, "revoked", r)
        tap.ok(wait(lambda: not sh("ss", "-Htn", "state", "established",
                                   "dport", "=", str(server.port)).stdout),
               "revoked: no connection is left")
        marks = call.marks()
        time.sleep(0.5)
        tap.equal([a.since(m) for a, m in zip(call.both, marks)], [[], []],
                  "revoked: no media")
        call.close()
    wall.off()


def proxied(tap, server, conf):
    """No UDP at all, and TCP to the proxy alone."""
    if not shutil.which("tinyproxy"):
        tap.skip("through a proxy", "tinyproxy is not installed")
        return
    wall = Blocked(server.media)
    wall.on()
    fresh(server)
    with Proxy(server, "ConnectPort %d" % server.port) as p, \
            Agent(server, through(conf, p, "rotate = 1s")) as a:
        tap.ok(up(server), "through a proxy: the tunnel is up", a.said())
        call = Call(server, "proxied")
        tap.ok(way(server, "tunnel"), "through a proxy: media in-tunnel",
               a.said())
        tap.ok(call.heard(call.marks(), 50), "through a proxy: both hear")
        marks = call.marks()
        time.sleep(2)
        end = call.marks()
        time.sleep(0.5)
        for audio, m, e in zip(call.both, marks, end):
            tap.equal([n for n in range(m, e) if n not in
                       set(audio.since(m))], [],
                      "through a proxy: %s: all of it" % audio.name)
        tap.ok(p.said().count("CONNECT 127.0.0.1:%d" % server.port) >= 2,
               "through a proxy: two connections", p.said())
        tap.equal(a.said().count("media go"), 1,
                  "through a proxy: it moves once, whatever the tunnel does")
        final = call.close()
        tap.ok(final["streams"][0]["a"]["lost"] < 100,
               "through a proxy: and counted", final)
    wall.off()


def unwanted(tap):
    """Neither end is made to."""
    no = "media_in_tunnel = no"
    for name, theirs, ours in (("the server: " + no, no, ""),
                               ("the agent: " + no, "", no),
                               ("token, the server: " + no,
                                "media_modes = token\n" + no, "")):
        with Server(more=theirs) as server:
            conf = server.ctl("agent", "add", "branch-7").stdout
            conf = conf.replace("[server]", "[server]\n" + ours, 1)
            wall = Blocked(server.media)
            wall.on()
            with Agent(server, conf):
                up(server)
                call = Call(server, "unwanted")
                time.sleep(2)
                tap.equal((server.counter("intunnel_links"), call.up.got),
                          (0, []), name + ": they don't go in-tunnel")
                call.close()
            wall.off()


def test(tap):
    if os.getuid() != 0 or not shutil.which("nft") or not shutil.which("tc"):
        raise Skip("needs root, nft and tc")
    sh("ip", "link", "set", "lo", "mtu", "1500")
    with Server() as server:
        conf = server.ctl("agent", "add", "branch-7").stdout
        moves(tap, server, conf, "sealed")
        slow(tap, server, conf)
        proxied(tap, server, conf)
        rotated(tap, server, conf)
        stats = server.client().result("stats")["counters"]
        tap.ok(stats["sealed_forged"] == 0 and stats["sealed_replayed"] == 0,
               "all the time: nothing was forged or came twice", stats)
        tap.ok("Sanitizer" not in server.said().decode(errors="replace"),
               "no sanitizer spoke")
    bare(tap)
    unwanted(tap)


main(test, own_network=True)
