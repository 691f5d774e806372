#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Gatekeepers that are neighbours: calls from zone to zone, through both, and
what is asked of whom."""
import os
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
sys.path.insert(0, HERE)
from gatekeeper import Gatekeeper  # noqa: E402
from gateway import Gateway  # noqa: E402
from lab import main  # noqa: E402
from terminal import Terminals  # noqa: E402

WEST, EAST, NORTH = "127.0.0.9", "127.0.0.10", "127.0.0.11"


def neighbour(name, address, prefixes=""):
    return "[neighbour %s]\naddress = %s\n%s" % (
        name, address, "prefixes = %s\n" % prefixes if prefixes else "")


def zone(name, address, ports, more):
    return Gateway("identifier = " + name, address=address, ports=ports,
                   more=more)


def calls(tap, terminals, west, east):
    a = terminals.add("a", address="127.0.1.1", alias=["anna", "1001"],
                      gatekeeper=WEST + ":1719", tone=600, open=["audio"])
    b = terminals.add("b", address="127.0.1.2", alias=["bert", "2001"],
                      gatekeeper=EAST + ":1719", tone=900, open=["audio"],
                      answer="auto")
    for t in a, b:
        t.register()
    for to in "2001", "bert":
        out = a.call(to)
        back = b.incoming()
        out.wait("connected")
        tap.ok(out.hears(900) and back.hears(600), to + ": they talk")
        ids = [gw.calls()[0]["callIdentifier"] for gw in (west, east)]
        tap.equal(ids[0], ids[1], to + ": one call in both zones")
        out.hangup()
        back.wait("ended")
        for gw in west, east:
            gw.idle()
    tap.equal([r["caller"] for r in east.rows(
        "SELECT caller FROM calls ORDER BY started")], ["west", "west"],
        "whose neighbour called stands in the store")
    back = b.call("1001")
    there = a.incoming()
    there.answer()
    back.wait("connected")
    back.hangup()
    there.wait("ended")
    tap.equal((west.stat("h323_located"), east.stat("h323_located")), (2, 1),
              "located")
    a.call("nobody").wait("ended")
    tap.ok(west.stat("h323_not_located") == 1, "nobody has that name: refused")
    return a


def asked(tap, terminals, west, a):
    """A third zone, played by hand: what it is asked, and when."""
    north = Gatekeeper(terminals, "north", address=NORTH, rasPort=1719)
    c = terminals.add("c", address="127.0.1.3", alias=["30011"],
                      answer="auto")
    where = {"ipAddress": c.signalling}
    north.ways["locationRequest"] = lambda body, source: (
        "locationConfirm", {"callSignalAddress": where, "rasAddress": where,
                            "destinationInfo": [{"dialledDigits": "30011"}]})
    out = a.call("30010")
    there = c.incoming()
    setup = there.setup["message"]["uuie"]["h323-uu-pdu"][
        "h323-message-body"]["setup"]
    lrq, = north.heard("locationRequest")
    tap.equal((lrq["destinationInfo"], lrq["hopCount"], lrq["sourceInfo"]),
              ([{"dialledDigits": "30010"}], 6, [{"h323-ID": "west"}]),
              "LRQ says who is called, by whom, and how far it may go")
    tap.equal(setup["destinationAddress"],
              [{"dialledDigits": "30011"}], "LCF's name is called")
    tap.equal(lrq["callIdentifier"]["guid"],
              setup["callIdentifier"]["guid"],
              "LRQ and Setup are one call's")
    out.hangup()
    there.wait("ended")

    north.ways["locationRequest"] = lambda body, source: (
        "locationConfirm", {"callSignalAddress": {"ipAddress": WEST + ":1720"},
                            "rasAddress": {"ipAddress": NORTH + ":1719"}})
    a.call("30012").wait("ended")
    tap.ok(True, "who leads back here leads nowhere")

    north.ways["locationRequest"] = lambda body, source: (
        "locationReject", {"rejectReason": "notRegistered"})
    before = len(north.heard("locationRequest"))
    a.call("2999").wait("ended")
    a.call("399").wait("ended")
    tap.equal(len(north.heard("locationRequest", before + 1)), before + 1,
              "it is asked for numbers with its prefix alone")
    return north.terminal


def between(tap, terminals, west, north):
    """LRQs from elsewhere: who may, and how far they go."""
    def lrq(t, alias, **more):
        t.send("ras", at=WEST + ":1719", tries=1, message={
            "locationRequest": dict(
                more, destinationInfo=[alias],
                replyAddress={"ipAddress": t.ras})})
        e = t.wait("ras", message=lambda m: list(m)[0] in (
            "locationConfirm", "locationReject"))
        answer, = e["message"].items()
        return answer

    stranger = terminals.add("stranger", address="127.0.1.9")
    name, body = lrq(stranger, {"dialledDigits": "1001"})
    tap.equal((name, body.get("rejectReason")),
              ("locationReject", "invalidPermission"),
              "a stranger is told nothing")
    name, body = lrq(north, {"dialledDigits": "1001"})
    tap.equal((name, body.get("callSignalAddress")),
              ("locationConfirm", {"ipAddress": WEST + ":1720"}),
              "a neighbour is: calls go through us")
    before = west.stat("h323_located"), west.stat("h323_not_located")
    name, body = lrq(north, {"dialledDigits": "2001"}, hopCount=1)
    tap.equal(name, "locationReject", "its last hop: nobody else is asked")
    tap.equal((west.stat("h323_located"), west.stat("h323_not_located")),
              before, "and nobody was")
    name, body = lrq(north, {"dialledDigits": "2001"}, hopCount=2)
    tap.equal(name, "locationConfirm", "one more: the next zone is")


def test(tap):
    with zone("west", WEST, "42000-42999", neighbour("east", EAST, "2") +
              neighbour("north", NORTH, "3") +
              neighbour("everybody", EAST)) as west, \
            zone("east", EAST, "43000-43999", neighbour("west", WEST)) as \
            east, Terminals() as terminals:
        a = calls(tap, terminals, west, east)
        north = asked(tap, terminals, west, a)
        between(tap, terminals, west, north)


if __name__ == "__main__":
    main(test, own_network=True)
