#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Phones that speak SIP over TCP and TLS to their agent, behind a strict
firewall: they register, call each other and the street, and are called on the
connection they made."""
import re

from agents import Capture, asked, restart, with_each_server
from baresip import Baresip, call, connect
from transports_test import certificate
from world import main, wait

PORT, TLS_PORT = 5070, 5071
PRIVATE = re.compile(rb"[^\n]*10\.1\.0\.\d+[^\n]*")


def begin(world):
    address = world.lab.address("phone3")
    ca, _ = certificate(world, address)
    world.begin()
    branch, door = world.agent(
        "phone3", "branch-1", PORT,
        "sip_tls = %s:%d\ncertificate = %s\nkey = %s\n"
        "[policy]\nsignalled_only = yes\n" % (
            address, TLS_PORT, world.path("tls.pem"), world.path("tls.key")))
    # the phone beside the agent's host has no way out at all
    world.lab.run("phone1", "ip", "route", "del", "default")
    alice = Baresip(world, "phone1", "alice", 440, transport="tcp",
                    server=address, proxy=door)
    dave = Baresip(world, "phone3", "dave", 1200, transport="tls", cafile=ca,
                   server=address, proxy="%s:%d" % (address, TLS_PORT))
    carol = Baresip(world, "pub", "carol", 800)
    for phone in (alice, dave, carol):
        phone.registered()
    return branch, alice, dave, carol


def registrations(tap, world):
    def rows():
        return world.query("SELECT alias, transport, agent FROM "
                           "active_registrations")

    wait(lambda: len(rows()) == 3, 5)
    tap.equal({r["alias"].split("@")[0]: (r["transport"], r["agent"])
               for r in rows()},
              {"alice": ("tcp", "branch-1"), "dave": ("tls", "branch-1"),
               "carol": ("udp", None)},
              "the database says what each speaks")


def connections(world, port):
    """What is connected to the agent's port in its host."""
    text = world.lab.run("phone3", "ss", "-Htn", "state", "established",
                         "sport", "= :%d" % port).stdout
    return len(text.splitlines())


def shown(tap, world, data):
    """On the wire, over TCP, the far end is the agent by TCP."""
    door = "%s:%d" % (world.lab.address("phone3"), PORT)
    got = set(re.findall(rb"^Record-Route: <sip:([^>]+)>", data, re.M))
    tap.ok(got and all(r.startswith(door.encode() + b";transport=tcp")
                       for r in got),
           "in the network: Record-Route is the agent's, over TCP", got)
    got = set(re.findall(rb"^Via: (SIP/2.0/\w+ [\d.]+)", data, re.M))
    want = {b"SIP/2.0/TCP " + world.lab.address(h).encode()
            for h in ("phone1", "phone3")}
    tap.ok(want <= got and all(
        g in want or b"10.1.0." not in g for g in got),
        "in the network: Via says TCP", got)
    got = set(re.findall(rb"^Contact: <sip:carol[^@>]*@([^>]+)>", data, re.M))
    tap.ok(got and all(g.startswith(door.encode() + b";transport=tcp;dest=")
                       for g in got),
           "in the network: so does a far end's Contact", got)


def called(tap, alice, carol, capture):
    """What she calls herself in RTCP has no address in it."""
    def seen():
        with open(capture.path, "rb") as f:
            return re.search(rb"\x81\xca.{6}\x01.sip:alice@([^\0]+)",
                             f.read(), re.S)

    connect(alice, carol)
    got = wait(seen, 20)
    tap.ok(got and re.match(rb"[0-9a-f]{9}", got.group(1)),
           "on the street: RTCP names her without an address", got)
    alice.hangup()
    carol.happens("CALL_CLOSED")


def killed(tap, world, branch, alice, carol):
    """What is killed finds the phone again, or is found by it."""
    world.relay_restart()
    wait(lambda: re.search(r"^branch-1\s+up", asked(world, "agents"), re.M),
         20, "the agent comes again")
    call(tap, world, carol, alice, "relay killed: the street to TCP")
    branch.kill()
    branch.process.wait()
    restart(world, "phone3", branch).says("the tunnel is up", 20)
    call(tap, world, carol, alice, "agent killed: the street to TCP")


def run(tap, kind):
    with kind(tap) as world:
        branch, alice, dave, carol = begin(world)
        if world.keeps_calls:
            registrations(tap, world)
        outside = Capture(world, "pub")
        inside = Capture(world, "phone1", "tcp")
        call(tap, world, alice, dave, "TCP to TLS, behind one agent")
        call(tap, world, dave, alice, "TLS to TCP")
        call(tap, world, carol, alice, "the street to TCP")
        call(tap, world, alice, carol, "TCP to the street")
        call(tap, world, carol, dave, "the street to TLS")
        called(tap, alice, carol, outside)
        tap.equal(PRIVATE.findall(outside.stop()), [],
                  "on the street: no private address in any packet")
        shown(tap, world, inside.stop())
        tap.equal((connections(world, PORT), connections(world, TLS_PORT)),
                  (1, 1), "each was called on the connection it had made")
        killed(tap, world, branch, alice, carol)


if __name__ == "__main__":
    main(lambda tap: with_each_server(tap, run))
