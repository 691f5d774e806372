#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel path over real wires: streams go over to it and come back without
losing, doubling or reordering a packet; what the latch refuses is refused on
it; counters, limits, DSCP and checksums are those of the other path; nothing
stays behind when the relay ends."""
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
from lab import Skip, main, wait  # noqa: E402
from netns import Wires  # noqa: E402
from relay_client import PROGRAM, Relay, rtp  # noqa: E402

CONF = """[relay]
socket = {dir}/relay.sock
{user}
kernel = on
relatch_silence = 2s
{relay}
[interface wa]
address = 10.77.1.1, fd77:1::1
ports = {ports}
dscp = 46
[interface wb]
address = 10.77.2.1, fd77:2::1
ports = {ports}
dscp = 34
"""
ADDRESS = {("a", 4): "10.77.1.2", ("b", 4): "10.77.2.2",
           ("a", 6): "fd77:1::2", ("b", 6): "fd77:2::2"}


class KernelRelay(Relay):
    """A relay in the host r; not root once it runs."""

    def __init__(self, wires, ports="40000-40999", **more):
        self.wires, self.ports = wires, ports
        super().__init__(ports=ports, **more)

    def prefix(self):
        return []

    def user(self):
        return "user = nobody"

    def start(self):
        with open(self.conf, "w") as f:
            f.write(CONF.format(dir=self.dir, relay="", ports=self.ports,
                                user=self.user()))
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                self.wires.command("r", *self.prefix(), PROGRAM, "-f",
                                   self.conf), stderr=log)
        wait(lambda: b"ready" in self.said() or
             self.process.poll() is not None, 10, "ready")
        if self.process.poll() is not None:
            raise Skip("no kernel path here: %s" % self.said().decode())


class Party:
    """One end: sends numbered RTP every 10 ms, and keeps what it gets."""

    def __init__(self, wires, host, family, ssrc):
        self.wires, self.host, self.family = wires, host, family
        self.ssrc, self.seq = ssrc, 0
        self.socks = [None, None]
        self.got, self.got_rtcp = [], []
        self.open()
        self.stop = threading.Event()
        self.threads = []

    def open(self):
        for i in (0, 1):
            s = self.wires.udp(self.host, ADDRESS[self.host, self.family])
            level, option = ((socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS)
                             if self.family == 6 else
                             (socket.IPPROTO_IP, socket.IP_RECVTOS))
            s.setsockopt(level, option, 1)
            self.socks[i] = s

    def to(self, local):
        self.relay, self.relay_rtcp = local, (local[0], local[1] + 1)

    def send(self, n=1, sock=None, payload=b"x" * 160):
        for _ in range(n):
            (sock or self.socks[0]).sendto(
                rtp(self.seq & 0xffff, self.ssrc, payload), self.relay)
            self.seq += 1

    def rtcp(self):
        self.socks[1].sendto(struct.pack("!BBHI", 0x80, 201, 1, self.ssrc),
                             self.relay_rtcp)

    def _run(self):
        while not self.stop.wait(0.01):
            self.send()

    def _listen(self, sock, into):
        while True:
            try:
                data, anc, _, src = sock.recvmsg(2048, 256)
            except OSError:
                return
            tos = struct.unpack("i" if len(anc[0][2]) == 4 else "B",
                                anc[0][2])[0] if anc else 0
            into.append((struct.unpack("!H", data[2:4])[0], data, src, tos))

    def start(self):
        for args in ((self._run, ()),
                     (self._listen, (self.socks[0], self.got)),
                     (self._listen, (self.socks[1], self.got_rtcp))):
            t = threading.Thread(target=args[0], args=args[1], daemon=True)
            t.start()
            self.threads.append(t)

    def halt(self):
        self.stop.set()
        self.threads[0].join()
        time.sleep(0.2)

    def close(self):
        self.stop.set()
        for s in self.socks:
            s.close()


class Call:
    def __init__(self, wires, client, sid, fa=4, fb=4, **legs):
        self.client, self.sid = client, sid
        self.a = Party(wires, "a", fa, 0xa0000001)
        self.b = Party(wires, "b", fb, 0xb0000001)

        def leg(host, family, interface):
            return {"interface": interface,
                    "family": "ipv%d" % family,
                    "signalling": ADDRESS[host, family],
                    **legs.get(host, {})}
        r = client.result("session.open", id=sid, owner="test", label=sid,
                          timeout=legs.get("timeout", 60), streams=[
                              {"index": 0, "media": "audio",
                               "a": leg("a", fa, "wa"),
                               "b": leg("b", fb, "wb")}])
        st = r["streams"][0]
        for p, k in ((self.a, "a"), (self.b, "b")):
            p.to((st[k]["local"]["address"], st[k]["local"]["port"]))

    def leg(self, name):
        r = self.client.result("session.get", id=self.sid)
        return r["streams"][0][name]

    def paths(self):
        st = self.client.result("session.get", id=self.sid)["streams"][0]
        return st["a"]["path"], st["b"]["path"]

    def go(self):
        # one first, so that both are latched when the rest comes
        self.a.send()
        self.b.send()
        time.sleep(0.1)
        self.a.start()
        self.b.start()

    def over(self):
        return wait(lambda: self.paths() == ("kernel", "kernel"), 20)

    def halt(self):
        self.a.halt()
        self.b.halt()

    def close(self):
        r = self.client.result("session.close", id=self.sid)
        self.a.close()
        self.b.close()
        return r["streams"][0]


def whole(party, sender, first):
    """Nothing lost, doubled or in another order, from number `first` on."""
    seqs = [s for s, *_ in party.got]
    return seqs == list(range(first, sender.seq))


# ---- cases

def goes_over(tap, wires, relay, c, fa, fb):
    name = "IPv%d to IPv%d" % (fa, fb)
    before = c.result("stats")["counters"]
    call = Call(wires, c, "over-%d%d" % (fa, fb), fa, fb)
    call.go()
    if not tap.ok(call.over(), name + ": the kernel has it", call.paths()):
        tap.note(relay.said().decode())
    time.sleep(0.5)
    call.halt()
    # the very first met a leg whose other party was not known
    for one, other, what in ((call.a, call.b, "a"), (call.b, call.a, "b")):
        first = one.got[0][0] if one.got else -1
        tap.ok(first <= 1 and whole(one, other, first),
               name + ": %s got all, in order" % what,
               first, len(one.got), other.seq)
    data = call.b.got[-1]
    tap.ok(data[1] == rtp(data[0], call.a.ssrc), name + ": the packet itself")
    tap.equal(data[2][0], "10.77.2.1" if fb == 4 else "fd77:2::1",
              name + ": from the relay's address")
    tap.equal(data[2][1], call.b.relay[1], name + ": and the leg's port")
    tap.equal((call.a.got[-1][3], call.b.got[-1][3]), (46 << 2, 34 << 2),
              name + ": DSCP of each leg")
    final = call.close()
    counters = c.result("stats")["counters"]
    tap.ok(counters["kernel_packets"] > before["kernel_packets"] + 50,
           name + ": the kernel moved packets", counters["kernel_packets"])
    for k, sender in (("a", call.a), ("b", call.b)):
        leg = final[k]
        lost = sender.seq - leg["packets"] - leg["dropped"]
        tap.ok(lost == 0 and leg["lost"] == 0 and
               leg["bytes"] == 172 * leg["packets"],
               name + ": %s: every packet counted" % k, leg, sender.seq)


def rtcp_too(tap, wires, c):
    call = Call(wires, c, "rtcp")
    call.go()
    call.a.rtcp()
    call.b.rtcp()
    wait(call.over)
    time.sleep(1.5)
    wait(call.over)
    before = call.leg("a")["rtcpPackets"], len(call.b.got_rtcp)
    for _ in range(5):
        call.a.rtcp()
        call.b.rtcp()
        time.sleep(0.05)
    tap.equal(call.paths(), ("kernel", "kernel"), "RTCP: still in the kernel")
    tap.equal(len(call.b.got_rtcp) - before[1], 5, "RTCP: arrives")
    tap.equal(call.leg("a")["rtcpPackets"] - before[0], 5, "RTCP: counted")
    call.halt()
    call.close()


def refused(tap, wires, c):
    call = Call(wires, c, "refused")
    call.go()
    wait(call.over)
    before = call.leg("a")["refused"]
    n = len(call.b.got)
    evil = wires.udp("a", ADDRESS["a", 4])
    for i in range(20):
        # the same stream, going on, from another port of the same address
        evil.sendto(rtp((call.a.seq + 5 + i) & 0xffff, call.a.ssrc, b"e" * 160),
                    call.a.relay)
        time.sleep(0.01)
    after = call.leg("a")
    tap.equal(after["refused"]["source"] - before["source"], 20,
              "a second source: refused, each one counted")
    evil.sendto(rtp(1, 99, b"e" * 160), call.a.relay_rtcp)
    call.a.socks[0].sendto(b"\x16\xfe\xfd" + bytes(8) + b"\0\x01x",
                           call.a.relay)
    call.a.socks[0].sendto(b"\xffno media", call.a.relay)
    wait(lambda: call.leg("a")["refused"]["kind"] > before["kind"])
    tap.equal(call.leg("a")["refused"]["kind"] - before["kind"], 2,
              "no media: refused, RTP on RTCP's port too")
    tap.ok(not any(b"e" * 160 in d for _, d, *_ in call.b.got[n:]),
           "nothing of it went through")
    n = len(call.b.got)
    wait(lambda: len(call.b.got) > n + 5)
    tap.ok(b"x" * 160 in call.b.got[-1][1] and
           call.paths() == ("kernel", "kernel"), "the stream is where it was",
           call.paths())
    call.halt()
    call.close()
    evil.close()


def moves(tap, wires, c):
    """A NAT gives the stream another port: no silence, a gap of 300 ms."""
    call = Call(wires, c, "moves")
    call.go()
    wait(call.over)
    call.a.stop.set()
    call.a.threads[0].join()
    time.sleep(0.3)
    fresh = wires.udp("a", ADDRESS["a", 4])
    n = len(call.b.got)
    for _ in range(50):
        call.a.send(sock=fresh)
        time.sleep(0.01)
    tap.ok(wait(lambda: len(call.b.got) - n >= 50), "another port: followed",
           len(call.b.got) - n)
    tap.equal(call.leg("a")["source"]["port"], fresh.getsockname()[1],
              "another port: latched")
    old = call.a.socks[0]
    call.a.socks[0] = fresh
    call.a.stop.clear()
    t = threading.Thread(target=call.a._run, daemon=True)
    t.start()
    tap.ok(call.over(), "another port: in the kernel again")
    call.a.stop.set()
    t.join()
    call.b.halt()
    call.close()
    old.close()


def changed(tap, wires, c):
    """A re-INVITE takes the stream back, and it goes over again."""
    call = Call(wires, c, "changed")
    call.go()
    wait(call.over)
    before = c.result("stats")["counters"]["kernel_withdrawn"]
    c.result("session.update", id="changed", streams=[
        {"index": 0, "a": {"dscp": 10}, "b": {"dscp": 12}}])
    tap.equal(call.paths(), ("user", "user"), "changed: taken back at once")
    tap.ok(c.result("stats")["counters"]["kernel_withdrawn"] > before,
           "changed: counted")
    tap.ok(call.over(), "changed: goes over again")
    time.sleep(0.3)
    call.halt()
    for one, other, what in ((call.a, call.b, "a"), (call.b, call.a, "b")):
        tap.ok(whole(one, other, one.got[0][0]),
               "changed: %s got all, in order" % what)
    tap.equal((call.a.got[-1][3], call.b.got[-1][3]), (10 << 2, 12 << 2),
              "changed: the new DSCP")
    call.close()


def policed(tap, wires, c):
    # 8,600 octets a second, and 25 packets of 172 in hand
    call = Call(wires, c, "policed", a={"bandwidth": 68800})
    call.go()
    wait(call.over)
    call.halt()

    def refused():
        call.a.send(50)  # more at once than there is for half a second
        return call.leg("a")["refused"]["bandwidth"] > 50
    tap.ok(wait(refused, 20), "bandwidth: refused", call.leg("a"))
    wait(lambda: sum(call.leg("a")[x] for x in ("packets", "dropped")) ==
         call.a.seq)
    leg = call.leg("a")
    tap.equal(leg["packets"] + leg["dropped"], call.a.seq,
              "bandwidth: every packet is one or the other")
    tap.equal(call.leg("b")["refused"]["bandwidth"], 0,
              "bandwidth: not on the other leg")
    call.close()


def idle(tap, wires, c):
    c.result("subscribe")
    call = Call(wires, c, "idle", timeout=3)
    call.go()
    wait(call.over)
    time.sleep(4)
    tap.ok(c.result("session.get", id="idle")["idle"] <= 2 and
           not [e for e in c.events if e["method"] == "session.idle"],
           "media in the kernel is media")
    call.halt()
    tap.equal(c.event("session.idle")["id"], "idle", "silence is told")
    call.close()


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    n = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while n >> 16:
        n = (n & 0xffff) + (n >> 16)
    return ~n & 0xffff


def mac(wires, host, device):
    text = wires.run(host, "cat", "/sys/class/net/%s/address" % device).stdout
    return bytes.fromhex(text.strip().replace(":", ""))


def frame(wires, src, dst, payload, good=True, pad=0, zero=False):
    """An Ethernet frame from a to the relay, checksums in software."""
    ips = socket.inet_aton(src[0]), socket.inet_aton(dst[0])
    udp = struct.pack("!HHHH", src[1], dst[1], 8 + len(payload), 0)
    csum = checksum(ips[0] + ips[1] + struct.pack("!HH", 17,
                                                  8 + len(payload)) +
                    udp + payload) or 0xffff
    if not good:
        csum ^= 0x5555
    udp = udp[:6] + struct.pack("!H", 0 if zero else csum)
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28 + len(payload), 7, 0, 9, 17,
                     0, *ips)
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    return (mac(wires, "r", "to-a") + mac(wires, "a", "eth0") + b"\x08\0" + ip +
            udp + payload + b"P" * pad)


def checksums(tap, wires, c):
    for fb in (4, 6):
        call = Call(wires, c, "sum-%d" % fb, 4, fb)
        call.go()
        wait(call.over)
        call.a.halt()
        raw = wires.inside("a", lambda: socket.socket(
            socket.AF_PACKET, socket.SOCK_RAW))
        raw.bind(("eth0", 0))
        src = call.a.socks[0].getsockname()
        n = len(call.b.got)

        def put(payload, **how):
            raw.send(frame(wires, src, call.a.relay, payload, **how))

        put(rtp(call.a.seq, call.a.ssrc, b"1" * 161))
        put(rtp(call.a.seq + 1, call.a.ssrc, b"2" * 4), pad=6)
        put(rtp(call.a.seq + 2, call.a.ssrc, b"3" * 160), good=False)
        put(rtp(call.a.seq + 3, call.a.ssrc, b"4" * 1300))
        if fb == 4:
            put(rtp(call.a.seq + 4, call.a.ssrc, b"5" * 20), zero=True)
        want = [b"1" * 161, b"2" * 4, b"4" * 1300] + [b"5" * 20] * (fb == 4)
        wait(lambda: len(call.b.got) - n >= len(want))
        time.sleep(0.2)
        tap.equal([d[12:] for _, d, *_ in call.b.got[n:]], want,
                  "IPv4 to IPv%d: checksums are right, wrong ones stay wrong, "
                  "padding is cut off" % fb)
        call.b.halt()
        call.close()
        raw.close()


def filters(wires, device):
    return wires.run("r", "tc", "filter", "show", "dev", device,
                     "ingress").stdout


def rights(tap, wires, relay):
    pid = relay.process.pid
    with open("/proc/%d/status" % pid) as f:
        lines = dict(line.split(":", 1) for line in f)
    tap.equal([lines[k].strip() for k in ("CapEff", "CapPrm", "CapInh")],
              ["0" * 16] * 3, "the relay has no rights left")
    tap.ok(lines["Uid"].split()[0] != "0", "and is not root")
    tap.ok("postern_kpath" in filters(wires, "to-a") and
           "postern_kpath" in filters(wires, "to-b"), "the program is attached",
           filters(wires, "to-a"))


def ends(tap, wires, relay, c):
    call = Call(wires, c, "ends")
    call.go()
    wait(call.over)
    os.kill(relay.process.pid, signal.SIGKILL)
    relay.process.wait()
    tap.ok(wait(lambda: not filters(wires, "to-a") and not filters(wires, "to-b")),
           "kill -9: the program goes with the relay", filters(wires, "to-a"))
    time.sleep(0.2)
    n = len(call.b.got)
    time.sleep(0.5)
    tap.equal(len(call.b.got), n, "kill -9: nobody moves packets")
    call.halt()
    call.a.close()
    call.b.close()
    relay.start()
    with relay.client() as c2:
        again = Call(wires, c2, "again")
        again.go()
        tap.ok(again.over(), "and it comes back with a new one")
        again.halt()
        again.close()
    relay.process.terminate()
    relay.process.wait()
    tap.ok(wait(lambda: not filters(wires, "to-a")), "an orderly end: the same")


CAPS = "-all,+bpf,+net_admin,+perfmon"


def as_a_unit(tap, wires):
    """As systemd starts it: a user with three capabilities, and no more."""
    for v in (4, 6):
        wires.run("r", "sysctl", "-qw", "net.ipv%d.conf.lo.forwarding=1" % v)

    class Unit(KernelRelay):
        def prefix(self):
            os.chown(self.dir, 65534, 65534)
            os.chown(self.log, 65534, 65534)
            return ["setpriv", "--reuid=65534", "--regid=65534",
                    "--clear-groups", "--inh-caps=" + CAPS,
                    "--ambient-caps=" + CAPS, "--bounding-set=" + CAPS]

        def user(self):
            return ""

    with Unit(wires) as relay, relay.client() as c:
        call = Call(wires, c, "unit")
        call.go()
        tap.ok(call.over(), "as a unit: the kernel has it",
               relay.said().decode())
        with open("/proc/%d/status" % relay.process.pid) as f:
            lines = dict(line.split(":", 1) for line in f)
        tap.equal([lines[k].strip() for k in ("CapEff", "CapPrm", "CapAmb")],
                  ["0" * 16] * 3, "as a unit: no rights left")
        call.halt()
        call.close()
    tap.ok(wait(lambda: not filters(wires, "to-a")), "as a unit: cleaned up")


def refusals(tap):
    """On loopback alone there is no device to attach to."""
    with Relay() as r:
        tap.equal(r.client().result("relay.status")["kernel"], "",
                  "auto: without a device, through sockets")
    try:
        with Relay(relay="kernel = on"):
            tap.ok(False, "on: refuses to start without")
    except TimeoutError:
        tap.ok(True, "on: refuses to start without")


def test(tap):
    with Wires() as wires:
        with KernelRelay(wires) as relay:
            c = relay.client()
            rights(tap, wires, relay)
            for fa, fb in ((4, 4), (6, 6), (4, 6), (6, 4)):
                goes_over(tap, wires, relay, c, fa, fb)
            rtcp_too(tap, wires, c)
            refused(tap, wires, c)
            moves(tap, wires, c)
            changed(tap, wires, c)
            policed(tap, wires, c)
            idle(tap, wires, c)
            checksums(tap, wires, c)
            tap.ok(b"Sanitizer" not in relay.said(), "no sanitizer spoke",
                   relay.said().decode())
            ends(tap, wires, relay, c)
        as_a_unit(tap, wires)
    refusals(tap)


if __name__ == "__main__":
    main(test)
