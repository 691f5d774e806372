# SPDX-License-Identifier: GPL-2.0-or-later
"""What the demo's parts share: telling what happens, and a call."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__))), "e2e"))
from baresip import connect  # noqa: E402
from world import built, wait  # noqa: E402

TALK = 3000  # ms


class Stage:
    """Tells what happens, and keeps count (where World wants a Tap)."""

    def __init__(self):
        self.steps = self.failed = self.calls = self.good = 0
        self.ended = 0  # calls in the database of the world at hand

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
                    "%s plays %d Hz: %s hears %d Hz%s, in %.0f %% of %.1f s" % (
                        speaker.user, speaker.hz, listener.user,
                        got.get("frequency", 0),
                        ", %.1f dBFS" % got["level"] if "level" in got else "",
                        100 * got.get("share", 0), got.get("seconds", 0)))


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


def call(stage, world, caller, callee, show, connect=connect,
         shown=lambda: None):
    """A call, and whether each heard the other. show: what posternctl says of
    it; shown(): what else there is to show."""
    stage.calls += 1
    stage.ended += 1
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
        shown()
    callee.hangup() if show else caller.hangup()
    stage.ok(wait(lambda: not world.sessions(), 10) and
             wait(lambda: len(world.calls(True)) == stage.ended, 10),
             "%s hangs up: the session is closed, the call is in the database"
             % (callee if show else caller).user)
    if all(heard) and stage.failed == failed:
        stage.good += 1
