#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sockets read by io_uring and by epoll: the same media, order, counters and
refusals; ports that are free at once; a kernel that refuses io_uring."""
import ctypes
import os
import struct
import sys
import threading
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
from lab import Skip, main, wait  # noqa: E402
from relay_client import Relay, leg, open_call, quiet, rtp, udp  # noqa: E402

CONF = "workers = 1\nkernel = off\nrelatch_silence = 500ms\nio_uring = %s"
IO_URING_SETUP = 425  # on every architecture
EPERM = 1


class Call:
    """Two parties that have been heard: the ring, where there is one, has
    their sockets, once they were found empty."""

    def __init__(self, c, sid, **more):
        self.c, self.sid = c, sid
        self.party = {"a": udp(), "b": udp()}
        self.to = dict(zip("ab", open_call(
            c, sid, leg(self.party["a"], **more), leg(self.party["b"],
                                                      **more))))
        self.seq = {"a": 0, "b": 0}
        for _ in range(4):
            self.passes("a", "b")
            self.passes("b", "a")

    def send(self, k, payload=b"x" * 160):
        self.seq[k] += 1
        p = rtp(self.seq[k], ord(k), payload)
        self.party[k].sendto(p, self.to[k])
        return p

    def passes(self, k, other):
        p = self.send(k)
        return self.party[other].recv(65536) == p

    def leg(self, k):
        got = self.c.result("session.get", id=self.sid)
        return got["streams"][0][k]

    def local(self, k):
        return {"address": self.to[k][0], "port": self.to[k][1],
                "rtcpPort": self.to[k][1] + 1}

    def close(self):
        for s in self.party.values():
            s.close()
        return self.c.result("session.close", id=self.sid)["streams"][0]


# ---- cases, for both ways

def in_order(tap, r, c, way):
    calls = [Call(c, "o%d" % i) for i in range(20)]
    lost = 0
    for _ in range(10):
        sent = {(i, k): [call.send(k) for _ in range(20)]
                for i, call in enumerate(calls) for k in "ab"}
        for (i, k), v in sent.items():
            other = calls[i].party["b" if k == "a" else "a"]
            lost += sum(other.recv(2048) != p for p in v)
    tap.equal(lost, 0, way + "8,000 packets of 20 calls in bursts: all come, "
              "in order, unchanged")
    final = [call.close() for call in calls]
    tap.ok(all(st[k]["packets"] == 204 and st[k]["bytes"] == 204 * 172 and
               st[k]["dropped"] == 0 for st in final for k in "ab"),
           way + "and are counted exactly", final[0])


def thieves(tap, r, c, way):
    call = Call(c, "t")
    thief = udp()
    for i in range(10):
        thief.sendto(rtp(100 + i, 9), call.to["a"])
        call.passes("a", "b")
    tap.ok(quiet(call.party["b"]) and call.leg("a")["dropped"] == 10,
           way + "what another source sends is refused and counted",
           call.leg("a"))
    # a NAT has forgotten: the same stream from another port
    call.party["a"].close()
    call.party["a"] = udp()
    time.sleep(0.6)
    tap.ok(call.passes("a", "b") and call.passes("b", "a"),
           way + "the same stream from another port is followed")
    burst = [call.send("a") for _ in range(50)]
    tap.ok([call.party["b"].recv(2048) for _ in burst] == burst,
           way + "and goes on, in order")
    thief.close()
    call.close()


def changes(tap, r, c, way):
    call = Call(c, "u")
    done, stop = [], threading.Event()

    def play():
        while not stop.is_set():
            done.append(call.passes("a", "b"))
            time.sleep(0.0005)

    t = threading.Thread(target=play)
    t.start()
    i = 0
    while i < 100 or len(done) < 1000:
        i += 1
        c.result("session.update", id="u", streams=[
            {"index": 0, "a": leg(call.party["a"], dscp=i % 3),
             "b": {"policy": "fixed" if i % 10 == 5 else "constrained",
                   **leg(call.party["b"])}}])
    stop.set()
    t.join()
    tap.ok(all(done), way + "%d changes in mid-call lose nothing "
           "(%d packets, %d came)" % (i, len(done), sum(done)))
    call.close()


def gone(tap, r, c, way):
    call = Call(c, "g")
    address = call.party["b"].getsockname()
    call.party["b"].close()
    for _ in range(6):
        call.send("a")
        time.sleep(0.01)
    before = call.leg("a")
    call.party["b"] = udp(address[1])
    # whether the packet itself or an earlier one's ICMP error: sent
    tap.ok(call.passes("a", "b"), way + "a party that was away for a moment "
           "gets the first packet after it", before)
    tap.ok(call.passes("b", "a"), way + "and is heard")
    call.close()


def sizes(tap, r, c, way):
    call = Call(c, "z")
    good = True
    for n in (0, 1, 1400, 2036):
        p = call.send("a", b"y" * n)
        good &= call.party["b"].recv(65536) == p
    tap.ok(good, way + "datagrams of 12 to 2,048 octets")
    call.send("a", b"y" * 9000)
    if way.startswith("io_uring"):
        time.sleep(0.05)
    else:
        call.party["b"].recv(65536)
    good = all(call.party["b"].recv(65536) == p for p in
               [call.send("a", b"y" * n) for n in (9000, 160, 30000)])
    tap.ok(good, way + "and, after the first, longer ones")
    call.party["a"].sendto(b"", call.to["a"])
    tap.ok(call.passes("a", "b"), way + "an empty one is in nobody's way")
    call.close()


def ports(tap, r, c, way):
    call = Call(c, "p")
    again = []
    for _ in range(100):
        # what is on the way when it ends is nobody's
        for k in "ab":
            call.send(k)
        c.result("session.close", id="p")
        got, code = c.ask("session.open", id="p", owner="test", streams=[
            {"index": 0, "media": "audio",
             **{k: leg(call.party[k], local=call.local(k)) for k in "ab"}}])
        again.append(code)
        for k, other in ("ab", "ba", "ab", "ba"):
            p = call.send(k)
            while call.party[other].recv(2048) != p:
                pass
    tap.equal(again, [None] * 100, way + "a port is free when its session "
              "is closed, 100 times")
    call.close()


def beside(tap, r, c, way):
    calls = [Call(c, "s%d" % i) for i in range(4)]
    stop, wrong, n = threading.Event(), [], [0]

    def play(call):
        while not stop.is_set():
            n[0] += 1
            if not call.passes("a", "b") or not call.passes("b", "a"):
                wrong.append(call.sid)

    threads = [threading.Thread(target=play, args=(x,)) for x in calls]
    for t in threads:
        t.start()
    fds = len(os.listdir("/proc/%d/fd" % r.process.pid))
    for i in range(150):
        Call(c, "x%d" % i).close()
    stop.set()
    for t in threads:
        t.join()
    tap.ok(not wrong, way + "150 calls come and go beside others, which lose "
           "nothing (%d packets)" % (2 * n[0]))
    wait(lambda: len(os.listdir("/proc/%d/fd" % r.process.pid)) <= fds + 2, 3,
         "descriptors")
    tap.ok(True, way + "no descriptor is left over")
    for call in calls:
        call.close()


def death(tap, r, c, way):
    call = Call(c, "d")
    c.close()
    r.process.kill()
    r.process.wait()
    os.truncate(r.log, 0)
    r.start()
    with r.client() as again:
        to = open_call(again, "d", *(leg(call.party[k], local=call.local(k))
                                     for k in "ab"))
        tap.equal(dict(zip("ab", to)), call.to,
                  way + "killed and started, the same ports")
        call.c = again
        tap.ok(call.passes("a", "b") and call.passes("b", "a"),
               way + "and media")
        call.close()


# ---- a kernel that refuses

def no_io_uring():
    """Whoever is started has a kernel that refuses it."""
    def op(code, k, jt=0, jf=0):
        return struct.pack("HBBI", code, jt, jf, k)

    class Program(ctypes.Structure):
        _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_char_p)]

    text = b"".join((op(0x20, 0), op(0x15, IO_URING_SETUP, 0, 1),
                     op(0x06, 0x00050000 | EPERM), op(0x06, 0x7fff0000)))
    libc = ctypes.CDLL(None)
    # PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP with SECCOMP_MODE_FILTER
    libc.prctl(38, 1, 0, 0, 0)
    if libc.prctl(22, 2, ctypes.byref(Program(4, text)), 0, 0):
        raise OSError("no seccomp")


def refused(tap):
    inside = [sys.executable, "-c",
              "import os, sys; sys.path.insert(0, %r); import uring_test; "
              "uring_test.no_io_uring(); os.execv(sys.argv[1], sys.argv[1:])" %
              HERE]
    with Relay(relay=CONF % "auto", inside=inside) as r, r.client() as c:
        tap.equal(r.said().count(b"no io_uring"), 1,
                  "refused by the kernel: said, once")
        tap.ok(c.result("relay.status")["ioUring"] is False,
               "and in relay.status")
        call = Call(c, "n")
        tap.ok(call.passes("a", "b") and call.passes("b", "a"),
               "media go by epoll")
    try:
        with Relay(relay=CONF % "on", inside=inside):
            tap.ok(False, "asked for by name, it doesn't start")
    except Exception:  # it never was ready
        tap.ok(True, "asked for by name, it doesn't start")


def test(tap):
    with Relay(relay=CONF % "auto") as r, r.client() as c:
        has = c.result("relay.status")["ioUring"]
    for value in ("on", "off"):
        way = {"on": "io_uring: ", "off": "epoll: "}[value]
        if value == "on" and not has:
            tap.skip(way + "all of it", "the kernel, or the build, has none")
            continue
        for case in (in_order, thieves, changes, gone, sizes, ports, beside,
                     death):
            with Relay(relay=CONF % value) as r:
                c = r.client()
                tap.ok(c.result("relay.status")["ioUring"] == (value == "on"),
                       way + case.__name__)
                case(tap, r, c, way)
    if has:
        refused(tap)


if __name__ == "__main__":
    main(test, own_network=True)
