#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sessions come and go beside streams that stay, on both paths, and nothing is
left over: ports, descriptors, entries of the kernel's tables, memory.

    tests/relay/soak_test.py [--seconds N] [--streams N] [--rate N]
                             [--load PACKETS]

A short one by default. --rate is sessions opened a second, each heard from both
sides, some of them moved to the kernel before they end. --load is more media
beside all that, in packets a second, from the generator of tests/bench/relay.
"""
import argparse
import array
import collections
import ctypes
import json
import mmap
import os
import select
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
from kernel_test import ADDRESS, KernelRelay  # noqa: E402
from lab import main, wait  # noqa: E402
from netns import Wires  # noqa: E402
from relay_client import rtp  # noqa: E402

PATIENCE = 3  # seconds a session of the coming and going lives
LOAD_STREAMS = 2000


class Side:
    """One party of all streams: a socket, and what it sends to."""

    def __init__(self, wires, host):
        self.sock = wires.udp(host, ADDRESS[host, 4])
        self.sock.setblocking(False)
        self.to = {}  # SSRC -> the relay's port
        self.got = collections.Counter()
        self.sent = collections.Counter()
        self.seq = 0
        self.lock = threading.Lock()

    def send(self):
        self.seq += 1
        with self.lock:
            to = list(self.to.items())
        for ssrc, port in to:
            try:
                self.sock.sendto(rtp(self.seq & 0xffff, ssrc), port)
                self.sent[ssrc] += 1
            except BlockingIOError:
                pass

    def receive(self):
        while True:
            try:
                data = self.sock.recv(2048)
            except BlockingIOError:
                return
            self.got[int.from_bytes(data[8:12], "big")] += 1


class Load(threading.Thread):
    def __init__(self, sides):
        super().__init__(daemon=True)
        self.sides, self.stop = sides, threading.Event()

    def run(self):
        due = time.monotonic()
        while not self.stop.is_set():
            for s in self.sides:
                s.send()
            due += 0.02
            while True:
                left = due - time.monotonic()
                if left <= 0:
                    break
                ready, _, _ = select.select([s.sock for s in self.sides], [],
                                            [], left)
                for s in self.sides:
                    if s.sock in ready:
                        s.receive()


class Generator:
    """Media by the million: LOAD_STREAMS streams of the bench's generator."""

    def __init__(self, wires, soak, rate, seconds):
        sys.path.insert(0, os.path.join(HERE, "..", "bench"))
        import bench
        env = bench.Env(".", seconds, "loadgen")
        env.bpf("wire")
        plan = os.path.join(env.work, "plan")
        with open(plan, "w") as f:
            for i in range(LOAD_STREAMS):
                relay = soak.ports("l%d" % i)
                f.write(" ".join("%s %d %s %d" % (
                    ADDRESS[k, 4], port, *relay[k])
                    for k, port in (("a", 9000), ("b", 9002))) + "\n")
        places = []
        for k in "ab":
            mac = json.loads(wires.run("r", "ip", "-j", "link", "show", "dev",
                                       "to-" + k).stdout)[0]["address"]
            places += [wires.prefix + k, "eth0", mac]
        self.process = subprocess.Popen(
            [env.tool("loadgen"), plan,
             str(2 * LOAD_STREAMS * 1000000 // rate), "10", str(seconds),
             env.tool("wire.bpf.o"), *places], stdout=subprocess.PIPE,
            text=True)

    def end(self, tap, soak):
        """It ends by itself, and says what it has seen."""
        said = self.process.communicate()[0].split("\n")
        tap.ok(said[:2] == ["begin", "end"], "the generator played", said)
        out = json.loads(said[2])
        lost = 100 * (1 - out["received"] / max(out["sent"], 1))
        tap.note("%d packets of %d streams beside, %.4f %% lost, %.0f a second"
                 ", p99 %.0f us" % (out["sent"], LOAD_STREAMS, lost,
                                    out["sent"] / out["seconds"], out["p99"]))
        paths = collections.Counter(
            soak.c.result("session.close", id="l%d" % i)["streams"][0]["a"]
            ["path"] for i in range(LOAD_STREAMS))
        tap.equal(dict(paths), {"kernel": LOAD_STREAMS},
                  "the kernel has all of them")


def resident(pid):
    with open("/proc/%d/status" % pid) as f:
        for line in f:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return 0


def sanitized(pid):
    """AddressSanitizer keeps what was freed, and reserves terabytes."""
    with open("/proc/%d/status" % pid) as f:
        return any(line.startswith("VmSize:") and
                   int(line.split()[1]) > 1 << 32 for line in f)


def ports(pid):
    """How many ports of ours the kernel's table has."""
    for fd in os.listdir("/proc/%d/fdinfo" % pid):
        try:
            with open("/proc/%d/fdinfo/%s" % (pid, fd)) as f:
                info = dict(line.split(":", 1) for line in f if ":" in line)
        except OSError:
            continue
        if info.get("map_type", "").strip() != "2" or int(
                info["max_entries"]) % 32768 or int(info["value_size"]) != 8:
            continue  # not that one
        table = ctypes.CDLL("libbpf.so.1").bpf_map_get_fd_by_id(
            int(info["map_id"]))
        if table < 0:
            raise OSError(-table, "the table of ports")
        try:
            with mmap.mmap(table, 8 * int(info["max_entries"]),
                           prot=mmap.PROT_READ) as m:
                return sum(map(bool, array.array("I", m[:])))
        finally:
            os.close(table)
    return None


class Soak:
    def __init__(self, wires, relay):
        self.relay, self.c = relay, relay.client()
        self.a, self.b = Side(wires, "a"), Side(wires, "b")
        self.n = 0
        self.load = Load([self.a, self.b])

    def ports(self, sid):
        """Opens a session; where each side's relay is."""
        st = self.c.result("session.open", id=sid, owner="soak", streams=[
            {"index": 0, "media": "audio", **{
                k: {"interface": "w" + k, "family": "ipv4",
                    "signalling": ADDRESS[k, 4]} for k in "ab"}}])
        return {k: (st["streams"][0][k]["local"]["address"],
                    st["streams"][0][k]["local"]["port"]) for k in "ab"}

    def open(self):
        self.n += 1
        at = self.ports("s%d" % self.n)
        for s, k in ((self.a, "a"), (self.b, "b")):
            with s.lock:
                s.to[self.n] = at[k]
        return self.n

    def close(self, n):
        for s in (self.a, self.b):
            with s.lock:
                del s.to[n]
        return self.c.result("session.close", id="s%d" % n)

    def state(self):
        return {"ports": self.c.result("relay.status")["portsFree"],
                "descriptors": len(os.listdir("/proc/%d/fd" %
                                              self.relay.process.pid)),
                "kernel": ports(self.relay.process.pid)}


def run(tap, o):
    more = {"ports": "20000-59999"} if o.load else {}
    with Wires() as wires, KernelRelay(wires, **more) as relay:
        s = Soak(wires, relay)
        pid = relay.process.pid
        time.sleep(0.5)  # the stock of sockets is full
        before = s.state()
        generator = o.load and Generator(wires, s, o.load, int(o.seconds))
        s.load.start()
        stay = [s.open() for _ in range(o.streams)]
        wait(lambda: all(s.b.got[n] for n in stay), 20, "media")
        end = time.monotonic() + o.seconds
        going, opened, moved = collections.deque(), 0, 0
        memory = None
        while time.monotonic() < end:
            due = time.monotonic() + 1 / o.rate
            going.append((time.monotonic(), s.open()))
            opened += 1
            while going and time.monotonic() - going[0][0] > PATIENCE:
                final = s.close(going.popleft()[1])["streams"][0]
                moved += final["a"]["path"] == "kernel"
            # when as many are open as ever will be
            if memory is None and opened > 2 * PATIENCE * o.rate:
                memory = resident(pid)
            time.sleep(max(0, due - time.monotonic()))
        after = resident(pid)
        if generator:
            generator.end(tap, s)
        tap.ok(opened > o.seconds, "%d sessions came and went" % opened)
        tap.ok(moved > opened / 4, "%d of them were in the kernel" % moved)
        tap.equal([s.c.result("session.get", id="s%d" % n)["streams"][0]["a"]
                   ["path"] for n in stay], ["kernel"] * len(stay),
                  "those that stay are in the kernel")
        while going:
            s.close(going.popleft()[1])
        s.load.stop.set()
        s.load.join()
        time.sleep(0.3)
        s.a.receive()
        s.b.receive()
        # the first packet of each finds a leg that knows nobody yet; what
        # this program was too slow to read the relay has passed on
        sent = sum(s.a.sent[n] + s.b.sent[n] for n in stay)
        got = sum(s.a.got[n] + s.b.got[n] for n in stay)
        passed = lost = 0
        for n in stay:
            st = s.close(n)["streams"][0]
            passed += st["a"]["packets"] + st["b"]["packets"]
            lost += st["a"]["lost"] + st["b"]["lost"]
        tap.ok(sent - passed <= 2 * len(stay) and not lost,
               "no packet of theirs is lost", sent, passed, lost)
        tap.note("%d packets of %d streams, %d read here" % (
            sent, len(stay), got))
        tap.ok(wait(lambda: s.state() == before, 10), "nothing is left over",
               before, s.state())
        if memory and not sanitized(pid):
            tap.note("memory %d KB, at the end %d KB" % (memory, after))
            tap.ok(after < memory * 1.05 + 512, "memory doesn't grow", memory,
                   after)
        tap.ok(b"Sanitizer" not in relay.said() and relay.process.poll()
               is None, "the relay is well", relay.said().decode())


def test(tap):
    ap = argparse.ArgumentParser()
    ap.add_argument("--seconds", type=float, default=25)
    ap.add_argument("--streams", type=int, default=20)
    ap.add_argument("--rate", type=float, default=40)
    ap.add_argument("--load", type=int)
    run(tap, ap.parse_args())


if __name__ == "__main__":
    main(test)
