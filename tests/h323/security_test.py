#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Who proves a password registers, who does not is refused: H.235's MD5 and
CAT, and H.235.1, where the gatekeeper signs, too. Passwords in the store can't
be read there, and outlive a kill."""
import hashlib
import hmac
import os
import socket
import subprocess
import sys
import threading

from gateway import ADDRESS, BUILD, PROGRAM, Gateway
from terminal import Terminals

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
from lab import main, wait  # noqa: E402

POSTERNCTL = os.path.join(BUILD, "ctl", "posternctl")
SECRET, ALIAS = "sesame, öffne dich", "anna"


class Room:
    """Terminals that try, each anew."""

    def __init__(self, tap, gw, terminals):
        self.tap, self.gw, self.terminals = tap, gw, terminals
        self.count = 0
        self.file = os.path.join(gw.dir, "password")

    def terminal(self, secret=SECRET, alias=ALIAS, **options):
        self.count += 1
        with open(self.file, "w") as f:
            f.write(secret + "\n")
        return self.terminals.add(
            "t%d" % self.count, address="127.0.1.%d" % self.count,
            alias=alias, secret=self.file,
            **{"gatekeeper": "%s:1719" % ADDRESS, **options})

    def tries(self, name, good, counter=None, **options):
        t = self.terminal(**options)
        before = self.gw.stat(counter) if counter else 0
        t.send("register")
        e = t.wait(("registered", "rejected"))
        self.tap.equal(e["event"], "registered" if good else "rejected", name)
        if counter:
            self.tap.equal(self.gw.stat(counter), before + 1,
                           name + ": counted")
        if e["event"] == "registered":
            t.send("unregister")
            t.wait("unregistered")
        else:
            self.tap.equal(e["reason"], "securityDenial", name + ": why")
        t.send("gone")


def passwords(tap, gw, terminals):
    room = Room(tap, gw, terminals)
    gw.ask("h323.secret.set", alias=ALIAS, secret=SECRET)
    for how in "md5", "cat", "hmac":
        room.tries(how + ": the right password", True, "h323_proved", h235=how)
        room.tries(how + ": a wrong one", False, "h323_unproved", h235=how,
                   secret="sesame")
        room.tries(how + ": a clock that is late", False, "h323_unproved",
                   h235=how, clock=-1000)
        room.tries(how + ": a clock that is a minute early", True, h235=how,
                   clock=60)
    room.tries("no proof at all", False, "h323_unproved")
    room.tries("no proof, and no password needed", True, alias="otto")
    room.tries("with an alias that has one among others", False,
               alias=["otto", ALIAS])
    gw.ask("h323.secret.set", alias="berta", secret="other")
    room.tries("one's own password for somebody else's alias", False,
               alias=[ALIAS, "berta"], h235="md5")
    gw.ask("h323.secret.set", alias="berta", secret=SECRET)
    room.tries("who has both aliases' password has both", True,
               alias=[ALIAS, "berta"], h235="hmac")
    return room


class Between:
    """Hands datagrams on, and keeps them."""

    def __init__(self, to):
        self.near, self.far = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                               for _ in range(2))
        self.near.bind(("127.0.2.1", 0))
        self.far.bind(("127.0.2.2", 0))
        self.far.connect(to)
        self.address = "%s:%d" % self.near.getsockname()
        self.up, self.down = [], []
        self.client = None
        for way in self.out, self.back:
            threading.Thread(target=way, daemon=True).start()

    def out(self):
        while True:
            data, self.client = self.near.recvfrom(65536)
            self.up.append(data)
            self.far.send(data)

    def back(self):
        while True:
            data = self.far.recv(65536)
            self.down.append(data)
            self.near.sendto(data, self.client)


def signed(octets, token, secret):
    """Is this the hash of H.235.1 over these octets?"""
    found = bytes.fromhex(token["token"]["hash"])
    at = octets.index(found)
    key = hashlib.sha1(secret.encode()).digest()
    return hmac.digest(key, octets[:at] + bytes(12) + octets[at + 12:],
                       "sha1")[:12] == found


def h2351(tap, gw, room):
    """What the gatekeeper signs, and what it has seen before."""
    between = Between((ADDRESS, 1719))
    t = room.terminal(h235="hmac", gatekeeper=between.address)
    message = t.register()["message"]
    token = message["cryptoTokens"][0]["nestedcryptoToken"][
        "cryptoHashedToken"]
    tap.ok(signed(between.down[-1], token, SECRET), "hmac: RCF is signed")
    tap.ok(not signed(between.down[-1], token, "x"), "by that password alone")
    tap.equal((token["hashedVals"]["sendersID"],
               token["hashedVals"]["generalID"]),
              ("postern", message["endpointIdentifier"]),
              "by whom, and for whom")
    t.send("register", light=True)
    t.wait("registered")
    tap.equal(len(between.up), 2, "hmac: a lightweight one, proved by its "
              "endpointIdentifier")
    before = gw.stat("h323_replayed")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as thief:
        thief.bind(("127.0.2.3", 0))
        thief.settimeout(10)
        thief.sendto(between.up[0], (ADDRESS, 1719))
        thief.recv(4096)
        tap.equal(gw.stat("h323_replayed"), before + 1,
                  "hmac: the same octets from elsewhere are refused")
        changed = bytearray(between.up[0])
        changed[3] ^= 1  # requestSeqNum
        before = gw.stat("h323_unproved")
        thief.sendto(changed, (ADDRESS, 1719))
        thief.recv(4096)
        tap.equal(gw.stat("h323_unproved"), before + 1,
                  "hmac: and so are changed ones")
    t.send("unregister")
    t.wait("unregistered")


def offers(tap, room):
    """GCF says how to prove oneself."""
    offer = {"authenticationCapability": [{"pwdHash": None}],
             "algorithmOIDs": ["1.2.840.113548.10.1.2.1",
                               "1.2.840.113549.2.5"]}
    for alias, want in ((ALIAS, "1.2.840.113549.2.5"), ("otto", None)):
        t = room.terminal(alias=alias)
        t.send("discover", **{"with": offer})
        m = t.wait("discovered")["message"]
        tap.equal(m.get("algorithmOID"), want, "GCF for %s" % alias)


def by_operator(tap, gw, room):
    """posternctl, with the password on its standard input."""
    def ctl(*argv, text=None):
        return subprocess.run(
            [POSTERNCTL, "-H", os.path.join(gw.dir, "h323gw.sock"), "h323",
             *argv], input=text, capture_output=True, text=True, timeout=20)

    done = ctl("secret", "carla", text="mint\n")
    tap.equal((done.returncode, done.stderr), (0, ""), "posternctl h323 secret")
    room.tries("that is asked for", False, alias="carla")
    room.tries("and good", True, alias="carla", secret="mint", h235="cat")
    tap.ok("carla" in ctl("secrets").stdout, "posternctl h323 secrets")
    tap.equal(ctl("forget", "carla").returncode, 0, "posternctl h323 forget")
    tap.equal(ctl("forget", "carla").returncode, 3, "nothing to forget: 3")
    tap.ok(ctl("secret", "carla", text="\n").returncode == 2 and
           "carla" not in ctl("secrets").stdout, "an empty one is none")
    room.tries("and it is nobody's", True, alias="carla")


def kept(tap, gw, room):
    """The store, a kill, another key."""
    db = os.path.join(gw.dir, "registrations.db")
    key = os.path.join(gw.dir, "h323gw.key")
    tap.equal(os.stat(key).st_mode & 0o777, 0o600, "the key is nobody else's")
    wait(lambda: gw.rows("SELECT (SELECT count(*) FROM secrets) AS n, (SELECT "
                         "count(*) FROM contacts) AS m") == [
                             {"n": 2, "m": 0}], 5,
         "two passwords in the store, and nobody")
    gw.kill()
    gw.start()
    octets = b"".join(open(db + more, "rb").read() for more in ("", "-wal")
                      if os.path.exists(db + more))
    tap.ok(b"berta" in octets and b"sesame" not in octets,
           "no password can be read in the store")
    tap.ok(b"sesame" not in gw.said(), "nor in the log")
    tap.equal(sorted((s["alias"], s["type"])
                     for s in gw.ask("h323.secret.list")["secrets"]),
              [("anna", "h323-ID"), ("berta", "h323-ID")],
              "after a kill they are there")
    room.tries("and asked for", False, "h323_unproved")
    room.tries("and known", True, h235="md5")
    gw.ask("h323.secret.remove", alias=ALIAS)
    room.tries("none any more: nothing to prove", True)
    gw.kill(15)
    tap.equal(gw.rows("SELECT count(*) AS n FROM audit WHERE action LIKE "
                      "'secret.%'")[0]["n"], 6, "audited")
    os.rename(key, key + ".old")
    with open(key, "wb") as f:
        f.write(bytes(32))
    for mode, name, text in ((0o600, "with another key", b"put back their key"),
                             (0o644, "with one that all may read",
                              b"chmod 600")):
        os.chmod(key, mode)
        result = subprocess.run([PROGRAM, "-f", gw.conf],
                                capture_output=True, timeout=20)
        tap.ok(result.returncode and text in result.stderr,
               name + " it does not start, and says why", result.stderr)


def everybody(tap, terminals):
    with Gateway(security="require = all\nmethods = hmac, md5\n"
                 "messages = RRQ, ARQ") as gw:
        room = Room(tap, gw, terminals)
        room.count = 100
        gw.ask("h323.secret.set", alias=ALIAS, secret=SECRET)
        room.tries("require = all: who has no password", False, alias="otto")
        room.tries("require = all: who has", True, h235="md5")
        room.tries("a method that is not believed", False, h235="cat")
        t = room.terminal(h235="md5")
        t.register()
        t.send("set", h235="none")
        t.call("nobody")
        e = t.wait("ras", message=lambda m: "admissionReject" in m)
        tap.equal(e["message"]["admissionReject"]["rejectReason"],
                  "securityDenial", "ARQ without a proof")


def calls(tap, terminals, signalling):
    """Call signalling that is signed, and that is not; the first is called by
    one who has no password, and calls him."""
    def name(text):
        return "signalling = %s: %s" % (signalling, text)

    with Gateway(security="signalling = " + signalling) as gw:
        room = Room(tap, gw, terminals)
        room.count = 150 if signalling == "require" else 200
        gw.ask("h323.secret.set", alias=ALIAS, secret=SECRET)
        t = room.terminal(h235=["hmac", "signalling"], answer="auto")
        other = room.terminal(alias="otto", answer="auto")
        for one in t, other:
            one.register()
        for a, b, alias in ((t, other, "otto"), (other, t, ALIAS)):
            out = a.call(alias)
            out.wait("connected")
            back = b.incoming()
            out.hangup()
            out.wait("ended")
            back.wait("ended")
            mine, others = (out, back) if a is t else (back, out)
            # an empty body has no room for a token
            heard = [e for e in mine.seen("q931") if e["message"]["uuie"][
                "h323-uu-pdu"]["h323-message-body"] != "empty"]
            tap.ok(heard and all(e["signed"] for e in heard),
                   name("what it hears is signed"),
                   [e for e in heard if not e["signed"]][:1])
            tap.ok("cryptoTokens" not in str(others.seen("q931")),
                   name("its tokens are not for the other"))
        before = gw.stat("h323_unproved")
        t.send("set", secret=room.file + ".wrong")
        with open(room.file + ".wrong", "w") as f:
            f.write("x\n")
        end = refused(t)
        tap.equal((end, gw.stat("h323_unproved")), ("securityDenied",
                                                    before + 1),
                  name("a Setup with a wrong hash"))
        t.send("set", h235=["hmac"], secret=room.file)
        tap.equal(refused(t), "securityDenied" if signalling == "require"
                  else None, name("one without"))


def refused(terminal):
    """Why its call is, if it is."""
    call = terminal.call("otto", direct=ADDRESS + ":1720")
    e = call.wait(("connected", "ended"))
    call.hangup()
    return e.get("reason")


def test(tap):
    with Gateway() as gw, Terminals() as terminals:
        room = passwords(tap, gw, terminals)
        h2351(tap, gw, room)
        offers(tap, room)
        by_operator(tap, gw, room)
        kept(tap, gw, room)
    with Terminals() as terminals:
        everybody(tap, terminals)
        calls(tap, terminals, "verify")
        calls(tap, terminals, "require")


if __name__ == "__main__":
    main(test, own_network=True)
