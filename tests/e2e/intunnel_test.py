#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Phones whose agents' media don't get through over UDP: one network lets TCP
to an HTTP proxy out and nothing else, the other stops UDP in the middle of a
call, and lets it through again."""
import json
import struct

from agents import Capture, asked, with_each_server
from baresip import Baresip, connect, goes_on
from world import Program, expect_tone, installed, main, wait

LOST_MAX = 150  # packets in a row, 20 ms each: 3 s
PROXY_PORT = 3128
WALL = """table inet intun {
	chain forward {
		type filter hook forward priority -10
		%s
	}
}"""


def proxy(world, host):
    """An HTTP proxy on a network's own router, which forwards nothing."""
    conf = world.write("tinyproxy.conf", "\n".join((
        "Port %d" % PROXY_PORT, "Timeout 600", "LogLevel Connect",
        "ConnectPort 443", "")))
    p = Program(world, host, "tinyproxy", installed("tinyproxy"), "-d", "-c",
                conf)
    p.binds(PROXY_PORT, "tcp")
    # the router itself has business outside now
    world.lab.run(host, "nft", "add", "rule", "ip", "nat", "input",
                  "ct state established accept", check=True)
    wall(world, host, "drop")
    return p


def gateway(world, host):
    return world.lab.run(host, "ip", "route", "show",
                         "default").stdout.split()[2]


def wall(world, host, rules):
    world.lab.run(host, "nft", "delete", "table", "inet", "intun")
    if rules:
        r = world.lab.run(host, "nft", WALL % rules)
        if r.returncode:
            raise RuntimeError(r)


def way(world, name):
    return {a["name"]: a for a in json.loads(asked(world, "--json", "agents"))
            }[name].get("mediaWay")


def gaps(pcap, address):
    """RTP to an address: packets, and the most that are missing in a row."""
    seen, at = {}, 24
    link = struct.unpack_from("<I", pcap, 20)[0]
    skip = {276: 20, 113: 16}[link]
    to = bytes(int(x) for x in address.split("."))
    while at + 16 <= len(pcap):
        size = struct.unpack_from("<I", pcap, at + 8)[0]
        ip = pcap[at + 16 + skip:at + 16 + size]
        at += 16 + size
        rtp = ip[28:]
        if len(ip) > 40 and ip[0] == 0x45 and ip[9] == 17 and \
                ip[16:20] == to and rtp[0] >> 6 == 2 and rtp[1] & 127 < 64:
            seen.setdefault(rtp[8:12], []).append(
                struct.unpack_from("!H", rtp, 2)[0])
    worst = 0
    for numbers in seen.values():
        last = numbers[0]
        for n in numbers[1:]:
            step = (n - last) & 0xffff
            if step < 0x8000:
                worst, last = max(worst, step - 1), n
    return sum(map(len, seen.values())), worst


def run(tap, kind):
    with kind(tap) as world:
        world.begin()
        router = proxy(world, "nat2")
        _, door1 = world.agent("phone3", "branch-1")
        _, door2 = world.agent("phone2", "home-2", 5070,
                               server="proxy = %s:%d\n" % (
                                   gateway(world, "phone2"), PROXY_PORT))
        alice = Baresip(world, "phone1", "alice", 440,
                        server=door1.replace(":5060", ""))
        bob = Baresip(world, "phone2", "bob", 1200, server=door2, proxy=door2)
        phones = (alice, bob)
        for phone in phones:
            phone.registered()

        heard = [Capture(world, h, "udp") for h in ("phone1", "phone2")]
        connect(alice, bob)
        for p, q in (phones, phones[::-1]):
            expect_tone(tap, p.heard(1500), q.hz,
                        "a proxy alone: %s hears %s" % (p.user, q.user))
        tap.equal((way(world, "branch-1"), way(world, "home-2")),
                  ("udp", "tunnel"), "each goes its way")
        tap.ok(router.log().count("CONNECT") >= 2, "the proxy was asked twice",
               router.tail())

        wall(world, "nat1", "meta l4proto udp drop")
        tap.ok(wait(lambda: way(world, "branch-1") == "tunnel", 10),
               "UDP is blocked: in-tunnel, too")
        goes_on(tap, world, "UDP is blocked", *phones)
        wall(world, "nat1", None)
        tap.ok(wait(lambda: way(world, "branch-1") == "udp", 20),
               "and no more: over UDP again")
        goes_on(tap, world, "and no more", *phones)
        alice.hangup()
        bob.happens("CALL_CLOSED")
        for capture, host in zip(heard, ("phone1", "phone2")):
            n, worst = gaps(capture.stop(), world.lab.address(host))
            tap.ok(n > 200 and worst < LOST_MAX,
                   "%s got %d packets, %d were missing in a row at most" %
                   (host, n, worst))


if __name__ == "__main__":
    main(lambda tap: with_each_server(tap, run))
