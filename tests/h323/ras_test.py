#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The gatekeeper on its sockets: discovery, registration, time to live, what a
kill leaves, who may do what, floods and junk; and tshark reads all it says."""
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
sys.path.insert(0, HERE)
from gateway import ADDRESS, PROGRAM, Gateway  # noqa: E402
from lab import Skip, main, wait  # noqa: E402
from sniffer import Sniffer, verdict  # noqa: E402
from terminal import Terminals  # noqa: E402

BUILD = os.path.realpath(os.environ.get("top_builddir", "."))
TOP = os.path.realpath(os.environ.get("top_srcdir", "."))
RAS = ADDRESS + ":1719"
POLICY = """
calls_endpoint = 2
[subnet denied]
network = 127.0.66.0/24
allow = discover
[subnet others]
network = 127.0.77.0/24
allow = locate
[numbers]
rewrite = 0049/49
"""
CONTACTS = """SELECT r.alias, r.alias_type, c.contact, c.received,
    c.call_signal_address AS at FROM contacts c JOIN registrations r
    ON r.id = c.registration ORDER BY r.alias"""


def configuration(tap):
    """What is wrong is told with its line; what is an example is right."""
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as f:
        f.write("[gatekeeper]\nttl = 1s\nras_port = 0\naddress = here\n"
                "[policy]\nallow = everything\n[numbers]\nrewrite = 00-49\n"
                "[subnet x]\nallow = call\n[gatekeper]\n")
        f.flush()
        r = subprocess.run([PROGRAM, "-c", "-f", f.name], text=True,
                           capture_output=True)
        wrong = [line for line in range(1, 12)
                 if "%s:%d:" % (f.name, line) in r.stderr]
        tap.equal((r.returncode, wrong[:4]), (1, [2, 3, 11]),
                  "-c: what the table refuses")
        f.seek(0)
        f.truncate()
        f.write("[gatekeeper]\naddress = here\n[policy]\nallow = everything\n"
                "[numbers]\nrewrite = 00-49\n[subnet x]\nallow = call\n")
        f.flush()
        r = subprocess.run([PROGRAM, "-c", "-f", f.name], text=True,
                           capture_output=True)
        tap.equal((r.returncode, [s in r.stderr for s in (
            '"here"', '"everything"', '"00-49"', "network")]),
                  (1, [True, True, True, False]),
                  "-c: what it can't know")
    r = subprocess.run([PROGRAM, "-c", "-f", os.path.join(
        TOP, "examples", "h323gw.conf")], text=True, capture_output=True)
    tap.equal((r.returncode, r.stderr), (0, ""), "the example is one")


def answered(terminal, name):
    return terminal.wait("answered", name=name)["message"]


def registering(tap, gw, terminals):
    a = terminals.add("anna", address="127.0.1.1", alias=["anna", "1001"],
                      gatekeeper=RAS, refresh=False)
    a.send("discover")
    tap.equal(a.wait("discovered")["gatekeeper"], {"ipAddress": RAS},
              "discovery")
    got = a.register()
    tap.equal((got["callSignalAddress"], got["timeToLive"]),
              ({"ipAddress": ADDRESS + ":1720"}, 10),
              "registration: our address is the way to everybody")
    wait(lambda: len(gw.rows(CONTACTS)) == 2, 2, "the rows")
    tap.equal([(r["alias"], r["alias_type"], r["at"])
               for r in gw.rows(CONTACTS)],
              [("1001", "dialledDigits", "127.0.1.1:1720"),
               ("anna", "h323-ID", "127.0.1.1:1720")], "it is in the store")
    again = a.register(light=True)
    tap.equal(again["endpointIdentifier"], got["endpointIdentifier"],
              "lightweight")
    before = gw.stat("h323_rrq")
    a.send("resend")
    wait(lambda: gw.stat("h323_ras_repeated") == 1, 5, "the repeated one")
    tap.equal(gw.stat("h323_rrq"), before, "sent again: from memory")

    a.register(additive=True, alias=["1003"])
    tap.equal(len(gw.ask("h323.endpoints", filter="1003")["endpoints"][0][
        "aliases"]), 3, "additive")
    a.send("rebind")
    tap.equal(a.register()["endpointIdentifier"], got["endpointIdentifier"],
              "from another port: it is itself still")
    wait(lambda: [r["alias"] for r in gw.rows(CONTACTS)] == ["1001", "anna"],
         2, "two rows")
    tap.ok(True, "what it names no more is gone from the store")
    return a


def conflict(tap, gw, terminals):
    b = terminals.add("bert", address="127.0.1.2", alias=["bert", "anna"],
                      gatekeeper=RAS)
    b.send("register")
    b.wait("rejected")
    e = b.wait("ras", message=lambda m: "registrationReject" in m)
    tap.equal(e["message"]["registrationReject"]["rejectReason"],
              {"duplicateAlias": [{"h323-ID": "anna"}]}, "another's alias")
    b.send("set", alias=["bert", "491002"])
    b.register()
    return b


def admission(tap, gw, a, b):
    for to, found in (("bert", True), ("491002", True), ("00491002", True),
                      ("nobody", False)):
        a.send("lrq", to=to)
        m = answered(a, "locationConfirm" if found else "locationReject")
        tap.equal(m.get("callSignalAddress"),
                  {"ipAddress": ADDRESS + ":1720"} if found else None,
                  "LRQ: %s is %sfound" % (to, "" if found else "not "))
    a.send("irr")
    answered(a, "infoRequestAck")
    b.send("rai")
    answered(b, "resourcesAvailableConfirm")
    tap.ok(True, "IRR and RAI are acknowledged")


def places(tap, gw, terminals):
    c = terminals.add("carl", address="127.0.66.1", alias=["carl"],
                      gatekeeper=RAS)
    c.send("register")
    tap.equal(c.wait("rejected")["reason"], "securityDenial",
              "a subnet that may not register")
    d = terminals.add("dora", address="127.0.77.1", alias=["dora"],
                      gatekeeper=RAS)
    d.send("discover")
    tap.equal(d.wait("rejected")["reason"], "terminalExcluded",
              "one that may not even look for us")
    d.send("lrq", to="bert")
    answered(d, "locationConfirm")
    tap.ok(True, "but ask where somebody is")


def killed(tap, gw, a, b):
    was = {e["endpointIdentifier"]: e["aliases"]
           for e in gw.ask("h323.endpoints")["endpoints"]}
    wait(lambda: not gw.stat("h323_store_queued"), 2, "the store")
    rows = gw.rows(CONTACTS)
    gw.kill()
    gw.start()
    now = {e["endpointIdentifier"]: e["aliases"]
           for e in gw.ask("h323.endpoints")["endpoints"]}
    tap.equal(now, was, "kill -9: all endpoints are there again")
    tap.equal(gw.rows(CONTACTS), rows, "and stand as they were")
    a.register(light=True)
    a.send("lrq", to="bert")
    answered(a, "locationConfirm")
    tap.ok(True, "none of them had to register again")


def ctl(gw, *words):
    return subprocess.run(
        [os.path.join(BUILD, "ctl", "posternctl"), "--h323gw",
         os.path.join(gw.dir, "h323gw.sock"), "h323", *words],
        capture_output=True, text=True)


def operator(tap, gw):
    if not os.path.exists(os.path.join(BUILD, "ctl", "posternctl")):
        tap.skip("posternctl h323", "it is not built")
        return
    r = ctl(gw, "endpoints", "anna")
    tap.ok(r.returncode == 0 and "anna, 1001" in r.stdout and
           "127.0.1.1:1720" in r.stdout, "posternctl h323 endpoints", r)
    tap.equal([ctl(gw, *words).returncode for words in (
        ["status"], ["calls"], ["endpoints", "nobody"],
        ["unregister", "nobody"], ["disconnect", "nothing"], ["nonsense"])],
        [0, 0, 3, 3, 3, 2], "and the other commands' status")


def leaving(tap, gw, terminals, a, b):
    tap.equal(gw.ask("h323.unregister", endpoint="bert"),
              {"endpoint": "bert"}, "an operator throws one out")
    b.wait("unregistered", by="gatekeeper")
    a.send("unregister")
    a.wait("unregistered", by="local")
    wait(lambda: "anna" not in [r["alias"] for r in gw.rows(CONTACTS)], 2,
         "the row")
    tap.ok(True, "one leaves, and its rows")


def silent(tap, gw, s):
    """It answers nothing: it is asked, twice, and then forgotten."""
    wait(lambda: gw.stat("h323_expired") == 1, 40, "the silent one's end")
    wait(lambda: not gw.stat("h323_store_queued"), 2, "the store")
    tap.equal(len([e for e in s.seen("ras")
                   if "infoRequest" in e["message"]]), 2,
              "who is silent is asked")
    tap.equal([r["alias"] for r in gw.rows(CONTACTS)], ["lives"],
              "and forgotten; who answers stays")


def junk(tap, gw, terminals):
    """Nothing of this is seen by others, or makes it fall."""
    rng = random.Random(1)
    with open(os.path.join(TOP, "tests", "vectors", "h323.txt")) as f:
        real = [bytes.fromhex(line.split()[1]) for line in f
                if line.startswith("RasMessage")]
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.5.1", 0))
    for n in range(3000):
        data = bytearray(rng.choice(real))
        for _ in range(rng.randrange(1, 6)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        s.sendto(data[:rng.choice((len(data), rng.randrange(len(data) + 1)))],
                 (ADDRESS, 1719))
        if n % 50 == 0:
            gw.ask("h323.status")
    s.close()
    tap.ok(gw.stat("h323_ras_malformed") > 100, "junk is counted")
    e = terminals.add("emil", address="127.0.1.9", alias=["emil"],
                      gatekeeper=RAS)
    e.register()
    e.send("unregister")
    e.wait("unregistered")
    tap.ok(True, "and others are served")


def flood(tap, terminals):
    """One that sends too much is not heard, others are."""
    with Gateway() as gw:
        with open(gw.conf) as f:
            text = f.read()
        with open(gw.conf, "w") as f:
            for old, new in (("rate = 0", "rate = 5\nburst = 20"),
                             ("per_address = 0", "per_address = 1"),
                             ("multicast = no",
                              "multicast = no\nras_port = 9\nttl = 20s")):
                text = text.replace(old, new)
            f.write(text)
        gw.process.send_signal(1)
        wait(lambda: b"read again" in gw.said(), 5, "the reload")
        tap.ok(b"restart" in gw.said(), "SIGHUP: what it can't change is told")
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(("127.0.5.1", 0))
        for _ in range(500):
            s.sendto(b"\xff\xff\xff", (ADDRESS, 1719))
        s.close()
        f = terminals.add("fritz", address="127.0.1.8", alias=["fritz"],
                          gatekeeper=RAS)
        tap.equal(f.register()["timeToLive"], 20,
                  "and what it can holds for the next")
        g = terminals.add("franz", address="127.0.1.8", port=1721,
                          alias=["franz"], gatekeeper=RAS)
        g.send("register")
        tap.equal(g.wait("rejected")["reason"], "resourceUnavailable",
                  "one more from there is too many")
        f.send("unregister")
        f.wait("unregistered")
        g.register()
        tap.ok(gw.stat("h323_ras_flood") > 400,
               "a flood stops at its source's rate",
               gw.stat("h323_ras_flood"))


def multicast(tap, terminals):
    with Gateway(multicast="yes") as gw:
        if b"discovery:" in gw.said():
            tap.skip("discovery by multicast", "another has port 1718")
            return
        g = terminals.add("gerd", address="127.0.1.7", alias=["gerd"],
                          gatekeeper=RAS)
        g.send("discover", at="%s:1718" % ADDRESS)
        g.wait("discovered")
        tap.ok(True, "discovery on port 1718")
        g.send("discover", multicast=True)
        tap.equal(g.wait("discovered")["gatekeeper"], {"ipAddress": RAS},
                  "discovery by multicast")


def test(tap):
    if not os.path.exists(PROGRAM):
        raise Skip("h323gw is not built")
    configuration(tap)
    work = tempfile.mkdtemp()
    try:
        capture = os.path.join(work, "capture")
        sniffer = shutil.which("dumpcap") and shutil.which("tshark") and \
            Sniffer(capture)
        with Gateway(gatekeeper="ttl = 10s", policy=POLICY) as gw, \
                Terminals() as terminals:
            s = terminals.add("silent", address="127.0.1.3", alias=["silent"],
                              gatekeeper=RAS, refresh=False, answers=False)
            lives = terminals.add("lives", address="127.0.1.4",
                                  alias=["lives"], gatekeeper=RAS,
                                  refresh=False)
            a = registering(tap, gw, terminals)
            b = conflict(tap, gw, terminals)
            admission(tap, gw, a, b)
            places(tap, gw, terminals)
            killed(tap, gw, a, b)
            s.register()
            lives.register()
            operator(tap, gw)
            leaving(tap, gw, terminals, a, b)
            silent(tap, gw, s)
            if sniffer:
                sniffer.stop()
                verdict(tap, "all of it", capture, h225=40)
            else:
                tap.skip("what tshark says", "there is no tshark")
            junk(tap, gw, terminals)
            gw.kill(15)
            tap.ok(b"not freed" not in gw.said() and
                   b"memory leak" not in gw.said().lower(),
                   "nothing is left over", gw.said()[-2000:])
        with Terminals() as terminals:
            flood(tap, terminals)
            multicast(tap, terminals)
    finally:
        shutil.rmtree(work, True)


if __name__ == "__main__":
    main(test)
