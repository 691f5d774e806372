#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A gatekeeper above ours: our terminals registered there, each on its own or
all as one, calls both ways, and what it does that one would rather it did
not."""
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
sys.path.insert(0, HERE)
from gatekeeper import Gatekeeper  # noqa: E402
from gateway import Gateway  # noqa: E402
from lab import main, wait  # noqa: E402
from sniffer import Sniffer, verdict  # noqa: E402
from terminal import Terminals  # noqa: E402

OURS, ABOVE = "127.0.0.9", "127.0.0.20"
UPSTREAM = "[upstream]\ngatekeeper = %s\nports = 47000-47099\nttl = 10s\n"


def ours(more="", to=ABOVE, **options):
    return Gateway("identifier = ours", address=OURS, ports="42000-42999",
                   more=UPSTREAM % to + more, **options)


def above(**options):
    return Gateway("identifier = above", address=ABOVE, ports="43000-43999",
                   **options)


def registered(gw, count=1):
    """The registrations above, once so many are there."""
    def look():
        return [r for r in gw.ask("h323.upstream")["registrations"]
                if r["state"] == "registered"]
    wait(lambda: len(look()) == count, 10, "%d registrations above" % count)
    return look()


def talk(tap, out, back, tones, what):
    out.wait("connected")
    tap.ok(out.hears(tones[1]) and back.hears(tones[0]), what + ": they talk")


def calls(tap, terminals, gw, up, a, x):
    out = a.call("3001")
    back = x.incoming()
    talk(tap, out, back, (600, 900), "a call up")
    ids = [g.calls()[0]["callIdentifier"] for g in (gw, up)]
    tap.equal(ids[0], ids[1], "one call in both zones")
    out.hangup()
    back.wait("ended")
    gw.idle()
    up.idle()
    out = x.call("1001")
    back = a.incoming()
    talk(tap, out, back, (900, 600), "a call down")
    out.hangup()
    back.wait("ended")
    gw.idle()
    up.idle()


def phone(terminals, name, n, gatekeeper, **options):
    return terminals.add(name, answer="auto", open=["audio"],
                         gatekeeper=gatekeeper + ":1719", **dict(
                             {"address": "127.0.1.%d" % n,
                              "alias": [name, "100%d" % n], "tone": 600},
                             **options))


def each(tap, terminals, capture):
    with above() as up, ours() as gw:
        sniffer = Sniffer(capture)
        a = phone(terminals, "anna", 1, OURS)
        x = phone(terminals, "xaver", 0, ABOVE, address="127.0.2.1",
                  alias=["xaver", "3001"], tone=900)
        a.register()
        x.register()
        r, = registered(gw)
        there, = up.ask("h323.endpoints", filter="1001")["endpoints"]
        tap.equal((there["callSignalAddress"], there["rasAddress"],
                   there["endpointIdentifier"]),
                  (r["address"], r["address"], r["endpointIdentifier"]),
                  "the gatekeeper above sees our address as the terminal's")
        calls(tap, terminals, gw, up, a, x)
        sniffer.stop()

        up.ask("h323.unregister", endpoint="1001")
        wait(lambda: gw.stat("h323_upstream_lost") == 1, 10, "URQ")
        r, = registered(gw)
        tap.ok(True, "thrown out there, it is registered again")
        gw.kill()
        gw.start()
        again, = registered(gw)
        tap.equal((again["address"], again["endpointIdentifier"]),
                  (r["address"], r["endpointIdentifier"]),
                  "after a kill it is who it was")
        calls(tap, terminals, gw, up, a, x)
        a.send("unregister")
        wait(lambda: not up.ask("h323.endpoints", filter="1001")["endpoints"],
             10, "it is gone there, too")
        tap.equal(gw.ask("h323.upstream")["registrations"], [],
                  "who leaves here leaves there")


def hidden(tap, capture):
    """What goes between the two gatekeepers names nobody behind ours."""
    def frames(what):
        return subprocess.run(
            ["tshark", "-r", capture, "-Y", "ip.addr == %s && ip.addr == %s"
             "%s" % (OURS, ABOVE, what)], capture_output=True,
            text=True).stdout.splitlines()
    tap.ok(len(frames("")) > 20, "there is a capture")
    tap.equal(frames(" && (frame contains 7f:00:01:01 || "
                     'frame contains "127.0.1.1")'), [],
              "no address of the terminal's in it")
    verdict(tap, "between them", capture, h225=4)


def one(tap, terminals):
    with above() as up, ours("mode = one\nalias = ours\n") as gw:
        a = phone(terminals, "bert", 2, OURS)
        b = phone(terminals, "carl", 3, OURS, tone=1200)
        x = phone(terminals, "yves", 0, ABOVE, address="127.0.2.2",
                  alias=["yves", "3001"], tone=900)
        for t in a, b, x:
            t.register()

        def names():
            e = up.ask("h323.endpoints", filter="ours")["endpoints"]
            return sorted(n["text"] for r in e for n in r["aliases"])
        everybody = ["1002", "1003", "bert", "carl", "ours"]
        wait(lambda: names() == everybody, 10, "additive registrations")
        tap.ok(len(registered(gw)) == 1, "one endpoint with all names")
        calls_of_one(tap, gw, up, a, b, x)
        b.send("unregister")
        wait(lambda: names() == ["1002", "bert", "ours"], 10, "two are gone")
        tap.ok(True, "names that go are taken back")


def calls_of_one(tap, gw, up, a, b, x):
    for t, number, tone in (a, "1002", 600), (b, "1003", 1200):
        out = x.call(number)
        back = t.incoming()
        talk(tap, out, back, (900, tone), "down to " + number)
        out.hangup()
        back.wait("ended")
    gw.idle()
    up.idle()
    out = b.call("3001")
    back = x.incoming()
    talk(tap, out, back, (1200, 900), "up from 1003")
    out.hangup()
    back.wait("ended")
    gw.idle()
    up.idle()


def by_hand(tap, terminals):
    """A gatekeeper that says nothing, then no, then yes, and then asks."""
    gk = Gatekeeper(terminals, "gk", address=ABOVE, rasPort=1719)
    gk.ways["registrationRequest"] = lambda body, source: None
    with ours("calls = all\n") as gw:
        a = phone(terminals, "dora", 4, OURS)
        b = phone(terminals, "emil", 5, OURS, tone=1200)
        a.register()
        b.register()
        out = a.call("1005")
        back = b.incoming()
        talk(tap, out, back, (600, 1200), "above is silent, here")
        out.hangup()
        back.wait("ended")
        gk.ways["registrationRequest"] = lambda body, source: (
            "registrationReject", {
                "protocolIdentifier": "0.0.8.2250.0.4",
                "rejectReason": {"duplicateAlias": body["terminalAlias"]}})
        wait(lambda: gw.stat("h323_upstream_refused") > 0, 15, "RRJ")
        tap.ok(True, "refused: they are registered here still")
        del gk.ways["registrationRequest"]
        rs = registered_late(gw)
        there_and_back(tap, gw, gk, a, b)
        admission(tap, gw, gk, a, rs)


def registered_late(gw):
    def look():
        return gw.stat("h323_upstream_registered") == 2
    gw.ask("stats")
    wait(look, 30, "both are registered in the end")
    return gw.ask("h323.upstream")["registrations"]


def there_and_back(tap, gw, gk, a, b):
    """Calls are direct there, and this one leads to another of our doors."""
    out = a.call("1005")
    back = b.incoming()
    talk(tap, out, back, (600, 1200), "admitted there, it stays here")
    tap.equal([q["answerCall"] for q in gk.heard("admissionRequest", 2)],
              [False, True], "ARQ of both ends")
    tap.equal(len(gw.calls()), 1, "one call")
    out.hangup()
    back.wait("ended")
    tap.equal(sorted(q["answeredCall"] for q in gk.heard(
        "disengageRequest", 2)), [False, True], "DRQ of both ends")
    gw.idle()


def admission(tap, gw, gk, a, rs):
    r, = [r for r in rs if any(n["text"] == "1004" for n in r["aliases"])]
    out = a.call("9999")
    out.wait("ended")
    arq = gk.heard("admissionRequest")[-1]
    tap.equal((arq["destinationInfo"], arq["answerCall"],
               arq["srcCallSignalAddress"]),
              ([{"dialledDigits": "9999"}], False,
               {"ipAddress": r["address"]}),
              "ARQ says who is called, and our address as the caller's")
    tap.ok(gw.stat("h323_upstream_calls_refused") == 1, "ARJ: it ends")
    gk.ask(r["address"], "unregistrationRequest",
           callSignalAddress=[{"ipAddress": r["address"]}])
    wait(lambda: gw.stat("h323_upstream_lost") == 1, 10, "URQ")
    registered_late(gw)
    tap.ok(True, "URQ: it registers again")


def everything(tap, terminals):
    """calls = all: even ours to ours go there, and come back; by password."""
    with above() as up, ours("calls = all\nuser = postern\n") as gw:
        for g in up, gw:
            g.ask("h323.secret.set", alias="postern", secret="sesame")
        up.ask("h323.secret.set", alias="1006", secret="sesame")
        a = phone(terminals, "fritz", 6, OURS)
        b = phone(terminals, "gerd", 7, OURS, tone=1200)
        for t in a, b:
            t.register()
        registered(gw, 2)
        tap.ok(up.stat("h323_proved") >= 2 and not up.stat("h323_unproved"),
               "the user's password is proved there")
        out = a.call("1007")
        back = b.incoming()
        talk(tap, out, back, (600, 1200), "up and down again")
        tap.equal((len(up.calls()), len(gw.calls())), (1, 2),
                  "one call there, two here")
        out.hangup()
        back.wait("ended")
        up.idle()
        gw.idle()
        wait(lambda: up.stat("h323_admitted") == 0, 10, "DRQ")
        tap.ok(True, "it knows that it is over")


def test(tap):
    with tempfile.TemporaryDirectory() as d, Terminals() as terminals:
        capture = os.path.join(d, "upstream.pcapng")
        each(tap, terminals, capture)
        hidden(tap, capture)
        one(tap, terminals)
        everything(tap, terminals)
        by_hand(tap, terminals)


if __name__ == "__main__":
    main(test, own_network=True)
