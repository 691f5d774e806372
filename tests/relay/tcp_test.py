#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""TCP media through the relay: who connects to whom, whose connections are
taken, octets both ways, one connection after another."""
import json
import os
import socket
import sys
import threading

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
from lab import main, wait  # noqa: E402
from relay_client import Relay  # noqa: E402
from tcp_party import all_of, connect, ended, legs  # noqa: E402
from tcp_party import refused, server, taken, talk  # noqa: E402

OWN = "127.%%d.%d.%d" % (os.getpid() >> 8 & 255, os.getpid() & 255)
ALICE, BOB, STRANGER = OWN % 73, OWN % 74, OWN % 75
MIB = 1 << 20


def leg(address, **more):
    return dict({"signalling": address}, **more)


def opened(c, name="call", a=None, b=None, **stream):
    """A session; where its two legs are."""
    r = c.result("session.open", id=name, owner="test", label=name, streams=[
        dict({"index": 0, "media": "message", "transport": "tcp",
              "a": leg(ALICE) if a is None else a,
              "b": leg(BOB) if b is None else b}, **stream)])
    st = r["streams"][0]
    return [(st[x]["local"]["address"], st[x]["local"]["port"]) for x in "ab"]


def update(c, name="call", **stream):
    return c.ask("session.update", id=name, streams=[dict(index=0, **stream)])


# ---- cases

def both_connect(tap, c):
    a, b = opened(c)
    tap.equal([x["state"] for x in legs(c)], ["waiting", "waiting"],
              "passive: nobody is there")
    alice = connect(a, ALICE)
    alice.sendall(b"early ")
    tap.ok(wait(lambda: legs(c)[0]["state"] == "connected"),
           "passive: one party is there", legs(c))
    bob = connect(b, BOB)
    tap.equal(bob.recv(100), b"early ", "passive: what was said before the "
              "other came is not lost")
    talk(tap, alice, bob, "passive: joined, both ways")
    got = legs(c)
    tap.equal([x["state"] for x in got], ["joined", "joined"],
              "passive: and it is seen")
    tap.equal([x["bytes"] for x in got], [12, 6], "passive: counted")
    tap.equal(got[0]["source"]["address"], ALICE, "passive: the source")
    tap.equal(c.result("session.get", id="call")["idle"], 0,
              "a connection that is there is not idle")

    tap.ok(refused(a, ALICE), "a second connection: refused")
    tap.ok(refused(b, STRANGER), "a stranger's connection: refused")
    got = legs(c)
    tap.equal((got[0]["refused"]["source"], got[1]["refused"]["address"]),
              (1, 1), "refused: counted")
    talk(tap, alice, bob, "refused: the parties notice nothing")

    data = os.urandom(10 * MIB)
    threading.Thread(target=lambda: (alice.sendall(data),
                                     alice.shutdown(socket.SHUT_WR)),
                     daemon=True).start()
    tap.ok(all_of(bob) == data, "10 MiB, and their end")
    bob.sendall(b"still here")
    tap.equal(alice.recv(100), b"still here", "the other way is still open")
    bob.close()
    tap.equal(all_of(alice), b"", "and ends by itself")
    alice.close()
    tap.ok(wait(lambda: legs(c)[0]["state"] == "waiting"), "all was said")

    alice, bob = connect(a, ALICE), connect(b, BOB)
    talk(tap, alice, bob, "another connection, on the same ports")
    tap.equal(legs(c)[0]["bytes"], 12 + 10 * MIB + 6 + 6,
              "counters go on")
    final = c.result("session.close", id="call", reason="test")
    tap.equal(final["streams"][0]["b"]["bytes"], 6 + 6 + 10 + 6,
              "closed: final counters")
    tap.equal((alice.recv(10), bob.recv(10)), (b"", b""),
              "closed: the connections end")
    tap.ok(refused(a, ALICE), "closed: nobody listens any more")
    alice.close()
    bob.close()


def we_connect(tap, c):
    bobs, at = server(BOB)
    a, b = opened(c, b=leg(BOB, setup="active", remote=at))
    bob = taken(bobs)
    tap.equal(bob.getpeername()[0], "127.0.0.1",
              "active: the relay connects, from its address")
    alice = connect(a, ALICE)
    talk(tap, alice, bob, "active: joined")
    alice.close()
    tap.equal(all_of(bob), b"", "active: the end is seen")
    bob.close()
    tap.ok(wait(lambda: legs(c)[1]["state"] == "waiting"),
           "active: no connection again without need", legs(c))
    alice = connect(a, ALICE)
    bob = taken(bobs)
    talk(tap, alice, bob, "active: with the other party's next, another")
    alice.close()
    bob.close()
    c.result("session.close", id="call")

    # a change of something else, before it knows that it is connected
    both = [{"method": "session.open", "params": {
        "id": "call", "owner": "test", "streams": [{
            "index": 0, "transport": "tcp", "media": "message",
            "a": leg(ALICE), "b": leg(BOB, setup="active", remote=at)}]}},
            {"method": "session.update", "params": {"id": "call", "streams": [
                {"index": 0, "a": {"remote": {"address": ALICE, "port": 9}},
                 "b": leg(BOB, setup="active", remote=at)}]}}]
    c.sock.sendall(b"".join(json.dumps(dict(jsonrpc="2.0", id=7000 + n, **r))
                            .encode() + b"\n" for n, r in enumerate(both)))
    c.read()
    st = c.read()["result"]["streams"][0]["a"]["local"]
    bob = taken(bobs)
    alice = connect((st["address"], st["port"]), ALICE)
    talk(tap, alice, bob, "active: no second connection for that")
    alice.close()
    bob.close()
    bobs.close()
    c.result("session.close", id="call")

    # the answer comes later than the offer, and the listener later still
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((BOB, 0))
        at = {"address": BOB, "port": s.getsockname()[1]}
        a, b = opened(c, b={})
        alice = connect(a, ALICE)
        tap.equal(update(c, b=leg(BOB, setup="active", remote=at))[1], None,
                  "late: the answer")
        tap.ok(wait(lambda: c.result("stats")["counters"]["tcp_failed"]),
               "late: nobody listens yet")
        s.listen()
        s.settimeout(10)
        bob = taken(s)
        talk(tap, alice, bob, "late: it is tried again")
        alice.close()
        bob.close()
    c.result("session.close", id="call")

    # T.38 with both parties passive, towards IPv6
    six = socket.create_server(("::1", 0), family=socket.AF_INET6)
    four, at = server(ALICE)
    opened(c, media="image", a=leg(ALICE, setup="active", remote=at),
           b={"signalling": "::1", "family": "ipv6", "setup": "active",
              "remote": {"address": "::1", "port": six.getsockname()[1]}})
    alice, bob = taken(four), taken(six)
    talk(tap, alice, bob, "both active, IPv4 and IPv6")
    for s in (alice, bob, six, four):
        s.close()
    c.result("session.close", id="call")


def whose(tap, c):
    a, b = opened(c, a={}, b=leg(BOB, setup="holdconn"))
    tap.ok(refused(b, BOB), "holdconn: refused")
    tap.equal(legs(c)[1]["refused"]["closed"], 1, "refused: counted")
    stranger, alice = connect(a, STRANGER), connect(a, ALICE)
    tap.equal(legs(c)[0]["state"], "waiting",
              "nobody knows the party: connections wait")
    update(c, a={"remote": {"address": ALICE, "port": 9}},
           b={"setup": "passive"})
    tap.ok(ended(stranger), "it is known: a stranger's is refused")
    bob = connect(b, BOB)
    talk(tap, alice, bob, "by the address of its SDP")

    # a party whose first try came to nothing may try again
    c.result("session.close", id="call")
    a, b = opened(c)
    connect(a, ALICE).close()
    tap.ok(wait(lambda: legs(c)[0]["state"] == "connected"),
           "given up: a connection that waits")
    alice, bob = connect(a, ALICE), connect(b, BOB)
    talk(tap, alice, bob, "given up: the next takes its place")

    # what isn't so
    tap.equal(update(c, transport="udp")[1], -32602,
              "the transport of an open stream stays")
    for bad in ({"transport": "sctp"}, {"a": {"setup": "actpass"}}):
        tap.equal(update(c, **bad)[1], -32602, "refused: %s" % bad)
    tap.equal(c.ask("session.open", id="x", owner="test", streams=[
        {"index": 0, "transport": "tcp", "a": {"agent": "nobody"}}])[1],
        -32003, "refused: an agent that isn't there")
    alice.close()
    tap.equal(all_of(bob), b"", "and the connection goes on until it ends")
    bob.close()
    c.result("session.close", id="call")


SEND = ("MSRP d93k SEND\r\nTo-Path: msrp://%s/to;tcp\r\n"
        "From-Path: msrp://%s/from;tcp\r\n\r\nhello\r\n-------d93k$\r\n")


def msrp(tap, c):
    """Each party reads of addresses it has been told."""
    a, b = opened(c, a=leg(ALICE, path="10.0.0.5:2855"),
                  b=leg(BOB, path="[fd00::5]:2855"))
    alice, bob = connect(a, ALICE), connect(b, BOB)
    sent = (SEND % ("%s:%d" % a, "10.0.0.5:2855")).encode()
    for n in range(0, len(sent), 7):
        alice.sendall(sent[n:n + 7])
    want = (SEND % ("[fd00::5]:2855", "%s:%d" % b)).encode()
    tap.equal(all_of(bob, len(want)), want, "MSRP: its paths are put right")
    bob.sendall((SEND % ("%s:%d" % b, "[fd00::5]:2855")).encode())
    want = (SEND % ("10.0.0.5:2855", "%s:%d" % a)).encode()
    tap.equal(all_of(alice, len(want)), want, "MSRP: and back")
    alice.sendall(b"MSRP x")
    alice.shutdown(socket.SHUT_WR)
    tap.equal(all_of(bob), b"MSRP x", "MSRP: to the end")
    alice.close()
    bob.close()
    tap.equal(update(c, a={"path": "x" * 256})[1], -32602,
              "MSRP: a path that is too long")
    c.result("session.close", id="call")


def beside(tap, c):
    """A stream of datagrams in the same session."""
    r = c.result("session.open", id="mixed", owner="test", streams=[
        {"index": 0, "a": leg(ALICE), "b": leg(BOB)},
        {"index": 1, "transport": "tcp", "a": leg(ALICE), "b": leg(BOB)}])
    tap.ok("rtcpPort" in r["streams"][0]["a"]["local"] and
           "rtcpPort" not in r["streams"][1]["a"]["local"],
           "beside RTP: ports of both kinds", r)
    st = c.result("session.get", id="mixed")["streams"]
    tap.equal([x.get("transport") for x in st], [None, "tcp"],
              "beside RTP: and it is seen")
    free = c.result("relay.status")["portsFree"]
    tap.equal(c.ask("session.update", id="mixed", streams=[
        {"index": 1, "remove": True}])[1], None, "beside RTP: removed")
    tap.equal(c.result("relay.status")["portsFree"], free + 4,
              "beside RTP: its ports are free")
    c.result("session.close", id="mixed")


def test(tap):
    with Relay() as relay:
        with relay.client() as c:
            both_connect(tap, c)
            we_connect(tap, c)
            whose(tap, c)
            msrp(tap, c)
            beside(tap, c)
            n = c.result("stats")["counters"]
            tap.ok(n["tcp_refused"] == 4 and n["tcp_failed"] >= 1 and
                   n["tcp_connections"] >= 16, "counted over all", n)
        tap.ok("Sanitizer" not in relay.said().decode(), "no sanitizer spoke")


main(test, own_network=True)
