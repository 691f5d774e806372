#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""posternctl against a real relay and a real database: each command, as a
table and as JSON, exit statuses, what it says when one of the two is away."""
import json
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
sys.path.insert(0, os.path.join(HERE, "..", "relay"))
from lab import Skip, main  # noqa: E402
from relay_client import Relay, leg, open_call, rtp, udp  # noqa: E402

BUILD = os.path.realpath(os.environ.get("top_builddir", "."))
TOP = os.path.dirname(os.path.dirname(HERE))
PROGRAM = os.path.join(BUILD, "ctl", "posternctl")
ESCAPE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
ROWS = """
INSERT INTO registrations (id, kind, alias, alias_type) VALUES
 (1, 'sip', 'alice', 'aor'), (2, 'sip', 'bob', 'aor');
INSERT INTO contacts (id, registration, kind, contact, call_signal_address,
 received, transport, nat, reg_id, user_agent, first_seen) VALUES
 (1, 1, 'sip', 'r1', 'sip:alice@10.0.0.5', '203.0.113.7:40001', 'udp', 1, 0,
  'Phone' || char(27) || '[31m', {now}),
 (2, 2, 'sip', 'r2', 'sip:bob@192.0.2.9', '192.0.2.9:5060', 'tcp', 0, 0, 'P',
  {now});
INSERT INTO refreshes (contact, digest, expires, last_seen, cseq) VALUES
 (1, 1, {now} + 600000, {now}, 1), (2, 2, {now} + 600000, {now}, 1);
INSERT INTO calls (id, kind, call_identifier, caller, callee, started,
 answered, ended, end_reason) VALUES
 ('c1', 'sip', 'one@x', 'alice', 'bob', {now} - 9000, {now} - 8000, NULL, NULL),
 ('c2', 'sip', 'two@x', 'bob', 'alice', {now} - 99000, NULL, {now} - 90000,
  'busy');
"""


class Ctl:
    def __init__(self, relay, store):
        self.base = [PROGRAM, "-r", relay, "-s", store]

    def run(self, *argv):
        return subprocess.run([*self.base, *argv], capture_output=True,
                              text=True, timeout=20)

    def json(self, command, *argv):
        got = json.loads(self.run("--json", command, *argv).stdout)
        return got.get(command, got)


def store(path):
    """A database as the module makes it, with rows in it."""
    sql = subprocess.run(["sh", os.path.join(TOP, "tools", "schema")],
                         capture_output=True, text=True, check=True).stdout
    now = int(time.time() * 1000)
    subprocess.run(["sqlite3", "-bail", path], check=True, text=True,
                   input=sql + ROWS.format(now=now), stdout=subprocess.DEVNULL)


def relay_commands(tap, ctl, r):
    c, a, b = r.client(), udp(), udp()
    la, _ = open_call(c, "s1", leg(a), leg(b))
    a.sendto(rtp(1), la)
    b.recv(2048)

    got = ctl.run("sessions")
    tap.ok(got.returncode == 0 and got.stdout.splitlines()[1].startswith("s1"),
           "sessions: a line a session", got)
    tap.equal([s["id"] for s in ctl.json("sessions")], ["s1"],
              "sessions: as JSON")
    tap.ok("PATH" in ctl.run("sessions").stdout and
           "user" in ctl.run("sessions").stdout.splitlines()[1],
           "sessions: who moves the packets")
    got = ctl.run("session", "s1")
    tap.ok("127.0.0.1:%d" % a.getsockname()[1] in got.stdout,
           "session: with the address learnt", got)
    tap.equal(ctl.json("session", "s1")["streams"][0]["a"]["packets"], 1,
              "session: as JSON, with its counters")
    got = ctl.run("session", "none")
    tap.ok(got.returncode == 3 and "none" in got.stderr,
           "session: unknown: status 3, and says so", got)

    tail = subprocess.Popen([*ctl.base, "tail"], stdout=subprocess.PIPE,
                            text=True)
    time.sleep(0.5)
    got = ctl.run("close", "s1")
    tap.equal(got.returncode, 0, "close")
    line = tail.stdout.readline()
    tail.terminate()
    tail.wait()
    tail.stdout.close()
    tap.ok("s1" in line and "closed" in line, "tail: shows it as it happens",
           line)
    tap.equal(ctl.json("sessions"), [], "and it is gone")

    tap.equal(ctl.run("drain", "on").returncode, 0, "drain on")
    tap.ok("draining" in ctl.run("status").stdout, "status: draining")
    tap.equal(c.ask("session.open", id="x", owner="t", streams=[])[1], -32004,
              "no new session then")
    tap.equal(ctl.run("drain", "off").returncode, 0, "drain off")
    c.close()


def store_commands(tap, ctl):
    got = ctl.run("registrations")
    tap.ok("203.0.113.7:40001" in got.stdout and "bob" in got.stdout,
           "registrations: all", got)
    tap.ok(not ESCAPE.search(got.stdout),
           "registrations: a User-Agent can't speak to the terminal",
           repr(got.stdout))
    got = ctl.json("registrations", "alice")
    tap.ok(len(got) == 1 and got[0]["nat"] is True, "registrations: one, as JSON",
           got)
    tap.equal(ctl.run("registrations", "eve").returncode, 3,
              "registrations: nobody: status 3")
    tap.equal([x["callIdentifier"] for x in ctl.json("calls")], ["one@x"],
              "calls: those going on")
    tap.equal(len(ctl.json("calls", "--all")), 2, "calls: all")
    tap.equal(len(ctl.json("calls", "--all", "-n", "1")), 1, "calls: at most")
    got = ctl.run("calls", "--all")
    tap.ok("busy" in got.stdout, "calls: with how they ended", got)


def trouble(tap, ctl, r, path):
    away = Ctl(r.socket + "x", path)
    got = away.run("sessions")
    tap.ok(got.returncode == 4 and "is postern-relay running" in got.stderr,
           "no relay: status 4, and what to look at", got)
    got = away.run("status")
    tap.ok("2 SIP" in got.stdout, "no relay: status shows the database", got)
    tap.equal(away.run("calls").returncode, 0, "no relay: calls are shown")
    away = Ctl(r.socket, path + "x")
    got = away.run("calls")
    tap.ok(got.returncode == 4 and path + "x" in got.stderr,
           "no database: status 4, and which", got)
    tap.equal(away.run("sessions").returncode, 0,
              "no database: sessions are shown")
    for argv in ((), ("nonsense",), ("session",), ("drain", "maybe"),
                 ("--nonsense",), ("calls", "-n", "x")):
        got = ctl.run(*argv)
        tap.ok(got.returncode == 2 and got.stderr,
               "%s: status 2, and why" % (" ".join(argv) or "no command"), got)
    tap.ok("sessions" in ctl.run("--help").stdout, "--help")
    tap.ok(ctl.run("-V").stdout.startswith("posternctl "), "-V")


def completion(tap):
    script = 'source "%s"; COMP_WORDS=(posternctl ses); COMP_CWORD=1; ' \
        '$(complete -p posternctl | sed "s/.*-F \\([^ ]*\\).*/\\1/"); ' \
        'printf "%%s\\n" "${COMPREPLY[@]}"' % os.path.join(
            TOP, "ctl", "posternctl.bash")
    got = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
    tap.equal(sorted(got.stdout.split()), ["session", "sessions"],
              "bash completes commands")


def test(tap):
    if not os.path.exists(PROGRAM):
        raise Skip("posternctl is not built")
    with Relay() as r:
        path = os.path.join(r.dir, "registrations.db")
        store(path)
        ctl = Ctl(r.socket, path)
        relay_commands(tap, ctl, r)
        store_commands(tap, ctl)
        trouble(tap, ctl, r, path)
        completion(tap)


main(test, own_network=True)
