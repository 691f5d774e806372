#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each kind of NAT behaves as its name says, seen from outside (RFC 4787 §4
mapping, §5 filtering); labs stand side by side; nothing is left behind."""
import os
import select
import signal
import socket
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from lab import LAB, Lab, main, wait  # noqa: E402

SOON, NEVER = 2.0, 0.3  # seconds to wait for what is to come, and is not to
NAT = {1: "203.0.113.101", 2: "203.0.113.102"}


def hears(sock, seconds=SOON):
    """The source of the next datagram, None if none comes."""
    if not select.select([sock], [], [], seconds)[0]:
        return None
    return sock.recvfrom(2000)[1]


class Street:
    """A phone behind the NAT under test, and who is on the street."""

    def __init__(self, lab, n):
        self.lab, self.n = lab, n
        self.phone = lab.udp("phone%d" % n, port=7000)
        self.pub = lab.udp("pub", port=9000)
        self.pub_other = lab.udp("pub", port=9001)
        self.server = lab.udp("server", port=9000)

    def close(self):
        for s in (self.phone, self.pub, self.pub_other, self.server):
            s.close()

    def seen_from(self, sock, host):
        """Where a datagram to this socket comes from, as it sees it."""
        self.phone.sendto(b"out", (self.lab.address(host),
                                   sock.getsockname()[1]))
        return hears(sock)

    def mapping(self):
        return [self.seen_from(self.pub, "pub"),
                self.seen_from(self.pub_other, "pub"),
                self.seen_from(self.server, "server")]

    def lets_in(self, sock, to):
        sock.sendto(b"in", to)
        return hears(self.phone) is not None


def natted(tap, lab, n, kind):
    street = Street(lab, n)
    phone = lab.address("phone%d" % n)

    # nothing has gone out: nothing comes in, and nothing is remembered of it
    for port in (7000, 5060):
        street.pub.sendto(b"early", (NAT[n], port))
    tap.equal(hears(street.phone, NEVER), None,
              "%s: unasked, nothing comes in" % kind)

    seen = street.mapping()
    tap.equal([a and a[0] for a in seen], [NAT[n]] * 3,
              "%s: the street sees the NAT's address, not %s" % (kind, phone))
    ports = [a[1] for a in seen if a]
    if kind == "symmetric":
        tap.equal(len(set(ports)), 3,
                  "symmetric: another port for each address and port")
    else:
        tap.equal(ports, [7000] * 3,
                  "%s: the phone's port, to all destinations, though a "
                  "packet was early" % kind)

    inside = seen[0]
    tap.ok(street.lets_in(street.pub, inside), "%s: an answer comes in" % kind)
    street.pub_other.close()
    stranger = lab.udp("pub", port=9002)
    thief = lab.udp("attacker", port=9000)
    for who, sock in (("another port", stranger),
                      ("another address", thief)):
        sock.sendto(b"in", inside)
        got = hears(street.phone, SOON if kind == "cone" else NEVER)
        tap.equal(got is not None, kind == "cone",
                  "%s: from %s %s" % (kind, who, "comes in too"
                                      if kind == "cone" else "does not"))
    stranger.close()
    thief.close()
    street.close()


def tcp_out(tap, lab, host, kind):
    with lab.listen("server", 5060) as server:
        with lab.tcp(host, (lab.address("server"), 5060)) as c:
            conn, source = server.accept()
            c.sendall(b"x")
            tap.equal((conn.recv(1), source[0]), (b"x", NAT[int(host[-1])]),
                      "%s: TCP goes out" % kind)
            conn.close()


def strict(tap):
    with Lab("strict", LAB_PUBLISHED="tcp/443 udp/3478 udp/3479") as lab:
        server, pub = lab.address("server"), lab.address("pub")
        phone = lab.udp("phone1", port=7000)
        for port, out in ((3478, True), (3479, True), (5060, False)):
            with lab.udp("server", port=port) as s:
                phone.sendto(b"x", (server, port))
                source = hears(s, SOON if out else NEVER)
                tap.equal(source is not None, out,
                          "strict: UDP %d %s" % (port, "goes out" if out
                                                 else "does not"))
                if source:
                    s.sendto(b"y", source)
                    tap.ok(hears(phone), "strict: and its answer comes in")
        with lab.udp("pub", port=3478) as s:
            phone.sendto(b"x", (pub, 3478))
            tap.equal(hears(s, NEVER), None,
                      "strict: the published port of another host does not")
        for port, out in ((443, True), (5061, False)):
            with lab.listen("server", port):
                try:
                    lab.tcp("phone2", (server, port),
                            timeout=SOON if out else NEVER).close()
                    got = True
                except OSError:
                    got = False
                tap.equal(got, out, "strict: TCP %d %s" % (
                    port, "goes out" if out else "does not"))
        phone.close()


def none(tap, lab):
    street = Street(lab, 1)
    me = lab.address("phone1")
    tap.equal(street.mapping(), [(me, 7000)] * 3,
              "none: the street sees the phone itself")
    with lab.udp("attacker") as anybody:
        anybody.sendto(b"in", (me, 7000))
        tap.ok(hears(street.phone), "none: anybody reaches it")
    street.close()


def neighbours(tap, lab):
    with lab.udp("phone1", port=7000) as a, lab.udp("phone3", port=7000) as b, \
            lab.udp("pub", port=9000) as pub:
        a.sendto(b"x", (lab.address("phone3"), 7000))
        tap.equal(hears(b), (lab.address("phone1"), 7000),
                  "phones behind one NAT reach each other directly")
        seen = []
        for s in (a, b):
            s.sendto(b"x", (lab.address("pub"), 9000))
            seen.append(hears(pub))
        tap.ok(all(seen) and seen[0] != seen[1] and
               {s[0] for s in seen} == {NAT[1]},
               "and are two ports of one address outside", seen)


def rebinding(tap, lab):
    street = Street(lab, 2)
    before = street.seen_from(street.pub, "pub")
    lab.run("nat2", "conntrack", "-F")
    street.pub.sendto(b"in", before)
    tap.equal(hears(street.phone, NEVER), None,
              "a NAT that forgets lets nothing in")
    tap.ok(street.seen_from(street.pub, "pub"), "until the phone sends again")
    street.close()


def six(tap, lab):
    server = "2001:db8:cafe::10"
    with lab.udp("pub6", family=socket.AF_INET6) as phone, \
            lab.udp("server", server, 5060, socket.AF_INET6) as s:
        phone.sendto(b"x", (server, 5060))
        source = hears(s)
        tap.equal(source and source[0], lab.address("pub6"),
                  "the server is reached by IPv6")


def namespaces():
    return {n for n in os.listdir("/run/netns") if n.startswith("pt%d" %
                                                               os.getpid())}


def lab_command(*argv, **environment):
    return subprocess.run([LAB, *argv], capture_output=True, text=True,
                          env=dict(os.environ, **environment))


def housekeeping(tap):
    p = "pt%dup" % os.getpid()
    tap.equal(namespaces(), set(), "labs taken down leave no namespace")

    r = lab_command("up", "no-such-thing", p)
    tap.ok(r.returncode not in (0, 77) and not namespaces(),
           "an unknown topology is refused")
    # a rule that nft refuses, when most has been built already
    r = lab_command("up", "strict", p, LAB_PUBLISHED="tcp/http/3")
    tap.ok(r.returncode == 1 and "could not build" in r.stderr and
           not namespaces(), "what could not be built is taken away", r.stderr)

    up = subprocess.Popen([LAB, "up", "two-nats", p])
    wait(namespaces, what="the first namespace")
    up.send_signal(signal.SIGTERM)
    up.wait()
    tap.equal(namespaces(), set(), "interrupted in the middle: nothing is left")

    lab_command("up", "flat", p)
    tap.ok(lab_command("up", "flat", p).returncode == 1,
           "a prefix that is taken is refused")
    tap.ok(p + ":" in lab_command("list").stdout, "list shows what is up")
    child = subprocess.Popen([LAB, "-p", p, "exec", "pub", "sleep", "600"])
    wait(lambda: lab_command("-p", p, "exec", "pub", "true").returncode == 0)
    wait(lambda: subprocess.check_output(["ip", "netns", "pids", p + "-pub"]),
         what="a process in the lab")
    lab_command("down", p)
    tap.equal((child.wait(), namespaces()), (-signal.SIGTERM, set()),
              "down ends what runs in the lab")

    # kill -9 of the program that has a lab
    code = ("import sys; sys.path.insert(0, %r); from lab import Lab; "
            "import os; Lab('flat'); print(os.getpid(), flush=True); "
            "sys.stdin.read()" % os.path.dirname(LAB))
    owner = subprocess.Popen([sys.executable, "-c", code], text=True,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    pid = owner.stdout.readline().strip()
    mine = lambda: [n for n in os.listdir("/run/netns")  # noqa: E731
                    if n.startswith("pt%sx" % pid)]
    tap.ok(mine(), "a test has a lab")
    owner.kill()
    owner.wait()
    tap.ok(wait(lambda: not mine()), "it is killed: its lab goes too")


def test(tap):
    with Lab("two-nats:symmetric,preserving") as a, \
            Lab("two-nats:none,cone") as b:
        natted(tap, a, 1, "symmetric")
        natted(tap, a, 2, "preserving")
        natted(tap, b, 2, "cone")
        none(tap, b)
        tcp_out(tap, a, "phone1", "symmetric")
        tcp_out(tap, b, "phone2", "cone")
        neighbours(tap, a)
        rebinding(tap, a)
        six(tap, a)
    strict(tap)
    housekeeping(tap)


main(test)
