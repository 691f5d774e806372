#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The demo: two SIP phones (baresip), each behind a NAT of its own, register,
call each other and hear each other, through Kamailio, the module and the
relay. tools/demo builds and starts it."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__))), "e2e"))
from baresip import Baresip, connect  # noqa: E402
from world import SERVER4, Skip, World, built, installed, wait  # noqa: E402

PICTURE = """
  alice  %(phone1)-13s ── symmetric NAT ── %(nat1)s ──┐
                                                          ├── %(server)s: Kamailio
  bob    %(phone2)-13s ── preserving NAT ─ %(nat2)s ──┘   with traversal.so,
                                                              postern-relay
"""
TALK = 3000  # ms


class Stage:
    """Tells what happens, and keeps count (where World wants a Tap)."""

    def __init__(self):
        self.steps = self.failed = self.calls = self.good = 0

    def step(self, text):
        self.steps += 1
        print("\n%d. %s" % (self.steps, text), flush=True)

    def say(self, text):
        for line in str(text).rstrip().splitlines():
            print("   " + line, flush=True)

    note = say

    def ok(self, good, text, *why):
        self.say("%s %s" % ("[ ok ]" if good else "[FAIL]", text))
        if not good:
            self.failed += 1
            for line in why:
                self.say("       %s" % (line,))
        return good

    def shell(self, *argv):
        """Shows a command and what it prints."""
        shown = [os.path.basename(a) if a.startswith("/") else a for a in argv]
        self.say("$ " + " ".join("'%s'" % a if " " in a else a for a in shown))
        r = subprocess.run(argv, capture_output=True, text=True)
        self.say(r.stdout + r.stderr)
        print(flush=True)
        return r.returncode == 0


def hears(stage, listener, speaker):
    got = listener.heard(TALK)
    mine = sum(v for hz, v in got["heard"].items()
               if abs(int(hz) - speaker.hz) <= 10)
    return stage.ok(mine > TALK / 2 and got["frequency"] == speaker.hz,
                    "%s plays %d Hz: %s hears %d Hz, %.1f dBFS, in %.0f %% "
                    "of %.1f s" % (speaker.user, speaker.hz, listener.user,
                                   got.get("frequency", 0),
                                   got.get("level", 0),
                                   100 * got.get("share", 0),
                                   got.get("seconds", 0)))


def address(a):
    return "%s:%d" % (a["address"], a["port"]) if a else "nowhere"


def media(stage, world):
    """Where the relay meets the two, and where it has learnt that they are."""
    sessions = world.sessions()
    if not stage.ok(len(sessions) == 1, "the relay has one session"):
        return
    stream = sessions[0]["streams"][0]
    for leg, who in (("a", "the caller"), ("b", "the called")):
        leg = stream[leg]
        stage.say("%s sends media to %s; it comes from %s" % (
            who, address(leg["local"]), address(leg.get("source"))))


def call(stage, world, caller, callee, show):
    stage.calls += 1
    failed = stage.failed
    stage.step("%s calls %s" % (caller.user, callee.user))
    try:
        connect(caller, callee)
    except TimeoutError as e:
        stage.ok(False, "%s answers" % callee.user, e)
        return
    stage.ok(True, "%s answers" % callee.user)
    heard = [hears(stage, callee, caller), hears(stage, caller, callee)]
    media(stage, world)
    if show:
        print(flush=True)
        stage.shell(built("ctl/posternctl"), "-r", world.relay_socket, "-s",
                    world.store, "sessions")
    callee.hangup() if show else caller.hangup()
    stage.ok(wait(lambda: not world.sessions(), 10) and
             wait(lambda: len(world.calls(True)) == stage.calls, 10),
             "%s hangs up: the session is closed, the call is in the database"
             % (callee if show else caller).user)
    if all(heard) and stage.failed == failed:
        stage.good += 1


def register(stage, world, host, user, hz):
    phone = Baresip(world, host, user, hz).registered()
    rows = wait(lambda: world.query(
        "SELECT * FROM active_registrations WHERE alias IN (?, ?)", user,
        "%s@%s" % (user, SERVER4)), 5) or [{}]
    stage.ok(rows[0].get("nat") == "yes",
             "%s says that it is at %s, and is seen at %s: behind a NAT" % (
                 user, world.lab.address(host), rows[0].get("received")))
    return phone


def play(stage, world):
    lab = world.lab
    print(PICTURE % {h: lab.address(h) for h in (
        "phone1", "nat1", "phone2", "nat2", "server")}, end="")
    stage.step("the server's programs start, with examples/kamailio-postern.cfg")
    world.start()
    stage.ok(world.kamailio.alive() and world.relay.alive(),
             "Kamailio and postern-relay run on %s" % SERVER4)

    stage.step("the phones register")
    alice = register(stage, world, "phone1", "alice", 440)
    bob = register(stage, world, "phone2", "bob", 1200)

    call(stage, world, alice, bob, show=True)
    call(stage, world, bob, alice, show=False)

    stage.step("what the database has")
    sqlite = installed("sqlite3")
    for view in ("active_registrations", "call_history"):
        stage.ok(stage.shell(sqlite, "-line", world.store,
                             "select * from " + view), view)


def main():
    stage = Stage()
    try:
        with World(stage, "two-nats:symmetric,preserving") as world:
            play(stage, world)
    except Skip as e:
        stage.ok(False, str(e))
    print("\ndemo: %d calls, %d ok" % (stage.calls, stage.good), flush=True)
    return 0 if stage.calls and stage.calls == stage.good and \
        not stage.failed else 1


if __name__ == "__main__":
    sys.exit(main())
