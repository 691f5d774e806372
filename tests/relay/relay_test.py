#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The relay's program itself: its options and configuration, who may ask it,
what it does with packets, limits, drain, idle and orphaned sessions, signals,
a client that dies, and the same ports after kill -9."""
import grp
import os
import pwd
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
from lab import main, wait  # noqa: E402
from relay_client import (PROGRAM, Client, Relay, leg, open_call,  # noqa: E402
                          quiet, rtp, udp)

NOBODY = pwd.getpwnam("nobody").pw_uid


# ---- cases

def options(tap):
    def run(*argv):
        return subprocess.run([PROGRAM, *argv], capture_output=True, text=True)

    tap.ok(run("-V").stdout.startswith("postern-relay "), "-V names itself")
    tap.equal(run("-x").returncode, 2, "an unknown option: status 2")
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as f:
        f.write(run("-r").stdout.replace("[interface *]",
                                         "[interface default]").replace(
            "#address = ", "address = 127.0.0.1"))
        f.flush()
        r = run("-c", "-f", f.name)
        tap.equal(r.returncode, 0, "what -r prints, -c takes")
    wrong = (("[relay]\nsockt = /x\n", "sockt", "unknown key"),
             ("[relay]\nmax_sessions = many\n", "max_sessions", "number"),
             ("[interface default]\nports = 1-2\naddress = 127.0.0.1\n",
              "ports", "a range that starts too low"),
             ("[interface default]\naddress = nowhere\n", "address", "address"),
             ("[interface default]\naddress = 127.0.0.1, 127.0.0.2\n",
              "address", "two of one family"),
             ("[interface default]\naddress = 127.0.0.1\ndscp = 64\n", "dscp",
              "beyond its range"), ("[elsewhere]\nx = 1\n", "elsewhere",
                                    "unknown section"))
    for text, word, what in wrong:
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as f:
            f.write(text)
            f.flush()
            for argv in (["-c", "-f", f.name], ["-f", f.name]):
                r = run(*argv)
                tap.ok(r.returncode == 1 and word in r.stderr and
                       f.name in r.stderr,
                       "%s: %s: refused, with file and key" %
                       (argv[0], what), r)
    tap.ok(run("-c", "-f", "/nonexistent.conf").returncode == 1,
           "no file: refused")


def rights(tap):
    if os.getuid() != 0:
        tap.skip("who may ask", "needs root")
        return
    group = grp.getgrgid(pwd.getpwnam("nobody").pw_gid).gr_name

    def as_nobody(path):
        pid = os.fork()
        if pid == 0:
            os.setgroups([])
            os.setgid(pwd.getpwnam("nobody").pw_gid)
            os.setuid(NOBODY)
            try:
                Client(path).close()
                os._exit(0)
            except OSError:
                os._exit(1)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    with Relay() as r:
        tap.equal(as_nobody(r.socket), 1, "who isn't in the group is kept out")
        tap.equal(oct(os.stat(r.socket).st_mode & 0o777), "0o660",
                  "the socket's mode")
    with Relay(group=group) as r:
        tap.equal(as_nobody(r.socket), 0, "who is in it is let in")
    with Relay(relay="user = nobody", group=group) as r:
        with open("/proc/%d/status" % r.process.pid) as f:
            status = f.read()
        tap.ok("Uid:\t%d\t%d" % (NOBODY, NOBODY) in status,
               "it becomes the user named", status)
        tap.ok("CapEff:\t0000000000000000" in status and
               "NoNewPrivs:\t1" in status, "with no capability left", status)


def media(tap):
    with Relay(interface="dscp = 34") as r:
        c, a, b = r.client(), udp(), udp()
        la, lb = open_call(c, "m", leg(a), leg(b))
        a.sendto(rtp(1), la)
        data, source = b.recvfrom(2048)
        tap.ok(data == rtp(1) and source == lb, "from a to b, unchanged")
        b.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
        b.sendto(rtp(1, 2), lb)
        tap.equal(a.recvfrom(2048), (rtp(1, 2), la), "and back")
        a.sendto(rtp(2), la)
        _, anc, _, _ = b.recvmsg(2048, 100)
        tos = [d[0] for lvl, t, d in anc if t == socket.IP_TOS]
        tap.equal(tos, [34 << 2], "with the interface's DSCP")
        stranger = udp()
        stranger.sendto(rtp(9), (la[0], la[1]))
        # same address, other port, while a is heard: refused
        a.sendto(rtp(3), la)
        tap.equal(b.recv(2048), rtp(3), "a goes on")
        tap.ok(quiet(b), "another port of its address isn't taken at once")
        got = c.result("session.get", id="m")["streams"][0]["a"]
        tap.ok(got["dropped"] == 1 and got["packets"] == 3 and
               got["state"] == "latched", "and is counted", got)
        for s in (a, b):
            s.close()
        final = c.result("session.close", id="m")["streams"][0]
        tap.ok(final["a"]["packets"] == 3 and
               final["a"]["bytes"] == 3 * len(rtp(1)) and
               final["b"]["packets"] == 1, "exact counters at the end", final)

        a6, b4 = udp(address="::1"), udp()
        la, lb = open_call(c, "6", leg(a6, family="ipv6", signalling="::1"),
                           leg(b4))
        a6.sendto(rtp(1), la)
        tap.equal(b4.recv(2048), rtp(1), "from IPv6 to IPv4")
        b4.sendto(rtp(1), lb)
        tap.equal(a6.recv(2048), rtp(1), "and back")
        c.close()


def advertised(tap):
    with Relay(interface="advertised = 198.51.100.1, 2001:db8::1") as r:
        c = r.client()
        la, lb = open_call(c, "x", leg(), leg(family="ipv6"))
        tap.equal((la[0], lb[0]), ("198.51.100.1", "2001:db8::1"),
                  "behind a 1:1 NAT parties are told the advertised addresses")
        a, b = udp(), udp(address="::1")
        c.result("session.update", id="x", streams=[{"index": 0, "b": leg(
            b, signalling="::1")}])
        a.sendto(rtp(2), ("127.0.0.1", la[1]))
        tap.equal(b.recv(2048), rtp(2), "and media flow on the local ones")
        c.close()


def limits(tap):
    with Relay(relay="max_sessions = 3\n", ports="42000-42011") as r:
        c = r.client()
        codes = [c.ask("session.open", id="s%d" % i, owner="test", streams=[
            {"index": 0, "a": {}, "b": {}}])[1] for i in range(4)]
        tap.equal(codes, [None, None, None, -32003], "max_sessions")
        c.result("session.close", id="s0")
        c.result("session.close", id="s1")
        c.result("session.close", id="s2")
        free = c.result("relay.status")["portsFree"]
        tap.ok(c.ask("session.open", id="big", owner="test", streams=[
            {"index": i, "a": {}, "b": {}} for i in range(4)])[1] == -32003,
            "no port left")
        tap.equal(c.result("relay.status")["portsFree"], free,
                  "and nothing stays open")
        tap.equal(c.ask("session.get", id="none")[1], -32001, "unknown session")
        c.result("session.open", id="mine", owner="test", streams=[])
        tap.equal(c.ask("session.open", id="mine", owner="other",
                        streams=[])[1], -32002, "somebody else's session")
        tap.equal(c.ask("no.method")[1], -32601, "unknown method")
        tap.equal(c.ask("session.open", id=7)[1], -32602, "wrong parameters")
        c.sock.sendall(b"this is no JSON\n")
        tap.equal(c.read()["error"]["code"], -32700,
                  "no JSON is answered so")
        tap.equal(c.result("relay.drain", on=True), {"draining": True}, "drain")
        tap.equal(c.ask("session.open", id="d", owner="test", streams=[])[1],
                  -32004, "no new session then")
        tap.ok("id" in c.result("session.get", id="mine"),
               "those that are there go on")
        c.close()


def idle(tap):
    with Relay() as r:
        c = r.client()
        c.result("subscribe", owner="test")
        open_call(c, "i", leg(), leg(), timeout=1)
        e = c.event("session.idle")
        tap.ok(e["id"] == "i" and e["idle"] >= 1, "session.idle", e)
        c.result("session.update", id="i", hold=True)
        c.events.clear()
        c.sock.settimeout(1.6)
        try:
            c.event("session.idle")
            heard = True
        except OSError:
            heard = False
        tap.ok(not heard, "on hold silence is in order")
    with Relay(relay="orphan_timeout = 1s") as r:
        c = r.client()
        open_call(c, "o", leg(), leg(), timeout=0)
        tap.ok(wait(lambda: r.said().count(b"orphan") or
                    b"session o" in r.said(), 10),
               "a session nobody asks for is closed, and logged")
        tap.equal(c.ask("session.get", id="o")[1], -32001, "it is gone")
        c.close()


def death(tap):
    with Relay() as r:
        c, a, b = r.client(), udp(), udp()
        la, lb = open_call(c, "k", leg(a), leg(b))
        a.sendto(rtp(1), la)
        b.recv(2048)
        c.close()
        a.sendto(rtp(2), la)
        tap.equal(b.recv(2048), rtp(2), "its client has died: media go on")
        c = r.client()
        tap.equal([s["id"] for s in c.result(
            "session.list", owner="test")["sessions"]], ["k"],
            "another client finds the session")
        first = c.result("relay.status")["instance"]
        r.process.kill()
        r.process.wait()
        os.truncate(r.log, 0)
        r.start()
        c = r.client()
        tap.ok(c.result("relay.status")["instance"] != first,
               "killed and started: another instance")
        again = open_call(
            c, "k", leg(a, local={"address": la[0], "port": la[1],
                                  "rtcpPort": la[1] + 1}),
            leg(b, local={"address": lb[0], "port": lb[1],
                          "rtcpPort": lb[1] + 1}))
        tap.equal(again, [la, lb], "the same ports")
        a.sendto(rtp(3), la)
        tap.equal(b.recv(2048), rtp(3), "and media go on")
        tap.equal(c.ask("session.open", id="z", owner="test", streams=[
            {"index": 0, "a": leg(local={"address": la[0], "port": la[1]}),
             "b": {}}])[1], -32003, "a port that is taken is refused")
        r.process.send_signal(signal.SIGHUP)
        time.sleep(0.2)
        tap.ok(r.process.poll() is None and c.result("relay.status"),
               "SIGHUP doesn't end it")
        r.process.send_signal(signal.SIGTERM)
        tap.equal(r.process.wait(10), 0, "SIGTERM ends it: status 0")
        tap.ok(not os.path.exists(r.socket), "and its socket is gone")


def test(tap):
    with Relay():
        tap.ok(True, "it starts")
    for case in (options, rights, media, advertised, limits, idle, death):
        case(tap)


main(test, own_network=True)
