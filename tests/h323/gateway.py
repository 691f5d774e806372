# SPDX-License-Identifier: GPL-2.0-or-later
"""h323gw and a relay of its own on loopback, for tests."""
import os
import sqlite3
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
sys.path.insert(0, os.path.join(HERE, "..", "relay"))
from lab import Skip, wait  # noqa: E402
from relay_client import Client, Relay  # noqa: E402

BUILD = os.path.realpath(os.environ.get("top_builddir", "."))
PROGRAM = os.path.join(BUILD, "h323gw", "h323gw")
ADDRESS = "127.0.0.9"
CONF = """[h323gw]
socket = {dir}/h323gw.sock
group = root
log_level = {level}
[gatekeeper]
address = {address}
multicast = {multicast}
{gatekeeper}
[policy]
rate = {rate}
per_address = 0
{policy}
[call]
{call}
[security]
key = {dir}/h323gw.key
{security}
[relay]
socket = {dir}/relay.sock
[store]
path = {dir}/registrations.db
"""


class Gateway:
    """relay: more for its [relay] section; media: the relay's addresses, if
    they are not of loopback."""

    def __init__(self, gatekeeper="", policy="", call="", relay="",
                 security="", ports="42000-44999", level="info",
                 multicast="no", address=ADDRESS, rate=0, more="", media=None):
        if not os.path.exists(PROGRAM):
            raise Skip("h323gw is not built")
        self.relay = Relay(relay=relay, ports=ports,
                           **({"address": media} if media else {}))
        self.dir = self.relay.dir
        self.conf = os.path.join(self.dir, "h323gw.conf")
        with open(self.conf, "w") as f:
            f.write(CONF.format(dir=self.dir, address=address, level=level,
                                gatekeeper=gatekeeper, policy=policy,
                                call=call, security=security,
                                multicast=multicast, rate=rate) + more)
        self.log = os.path.join(self.dir, "h323gw.log")
        self.process = None
        self.start()

    def start(self):
        before = len(self.said())
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([PROGRAM, "-f", self.conf],
                                            stderr=log)
        wait(lambda: b"ready" in self.said()[before:], 10, "h323gw's ready")

    def said(self):
        try:
            with open(self.log, "rb") as f:
                return f.read()
        except FileNotFoundError:
            return b""

    def ask(self, method, **params):
        with Client(os.path.join(self.dir, "h323gw.sock")) as c:
            return c.result(method, **params)

    def calls(self):
        return self.ask("h323.calls")["calls"]

    def stat(self, name):
        return self.ask("stats")["counters"][name]

    def rows(self, sql, *values):
        db = sqlite3.connect(os.path.join(self.dir, "registrations.db"))
        try:
            db.row_factory = sqlite3.Row
            return [dict(r) for r in db.execute(sql, values)]
        finally:
            db.close()

    def sessions(self):
        with self.relay.client() as c:
            return c.result("session.list")["sessions"]

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.process.pid))

    def idle(self, seconds=15):
        """Nothing of any call is left."""
        end = time.monotonic() + seconds
        left = None
        while time.monotonic() < end:
            left = (self.calls(), self.sessions(), self.rows(
                "SELECT id FROM calls WHERE ended IS NULL"),
                self.rows("SELECT id FROM sessions"))
            if not any(left):
                return True
            time.sleep(0.05)
        raise AssertionError("still there: %s" % (left,))

    def kill(self, signal=9):
        self.process.send_signal(signal)
        return self.process.wait(20)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        try:
            if self.process.poll() is None:
                self.kill(15)
        finally:
            if exc[0]:
                sys.stderr.write(self.said().decode(errors="replace")[-4000:])
            self.relay.__exit__(*exc)
