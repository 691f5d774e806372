# SPDX-License-Identifier: GPL-2.0-or-later
"""Kamailio as a registrar with the module, on ports and in a folder of its own."""
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.realpath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, "tests", "lab"))
from lab import Skip, main, wait  # noqa: E402,F401

BUILD = os.path.realpath(os.environ.get("top_builddir", "."))
LOG_LINES = 60
MODULE = os.path.join(BUILD, ".libs", "traversal.so")
KAMAILIO_SQL = "/usr/share/kamailio/db_sqlite"


def free_port():
    """One that is free for UDP and TCP."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as u, \
                socket.socket(socket.AF_INET, socket.SOCK_STREAM) as t:
            u.bind(("127.0.0.1", 0))
            try:
                t.bind(u.getsockname())
            except OSError:
                continue
            return u.getsockname()[1]


class Registrar:
    def __init__(self, method="crlf", misses=0):
        self.program = shutil.which("kamailio", path="/usr/sbin:/usr/bin")
        if not self.program:
            raise Skip("Kamailio is missing: run tools/setup")
        if not os.path.exists(MODULE):
            raise Skip("the module is not built")
        self.dir = tempfile.mkdtemp(prefix="postern-register-")
        self.store = os.path.join(self.dir, "registrations.db")
        self.port, self.other_port = free_port(), free_port()
        self.defines = {"METHOD": '"%s"' % method, "MISSES": str(misses)}
        self.process = None
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
            self.six = True
            self.defines["SIX"] = "1"
        except OSError:
            self.six = False

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind and self.process:
            for line in self.log().splitlines()[-LOG_LINES:]:
                print("# " + line)
        self.kill()
        shutil.rmtree(self.dir, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.dir, name)

    # start and stop

    def start(self, other_port=True):
        defines = dict(
            self.defines, PORT=self.port, MODULE='"%s"' % MODULE,
            STORE='"%s"' % self.store, RPC_SOCKET='"%s"' % self.path("rpc"))
        if other_port:
            defines["OTHER_PORT"] = self.other_port
        argv = [self.program, "-DD", "-E", "-m", "64", "-M", "8",
                "-f", os.path.join(HERE, "register.cfg"),
                "-P", self.path("pid"), "-Y", self.dir]
        for name, value in defines.items():
            argv += ["-A", "%s=%s" % (name, value)]
        with open(self.path("log"), "w") as log:
            self.process = subprocess.Popen(
                argv, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                start_new_session=True)
        wait(self.answers, 30, "Kamailio answers")

    def usrloc_database(self):
        """Has usrloc keep its contacts in a database of its own."""
        db = self.path("location.db")
        for name in ("standard", "usrloc"):
            script = os.path.join(KAMAILIO_SQL, name + "-create.sql")
            if not os.path.exists(script):
                raise Skip("db_sqlite is missing: run tools/setup")
            with open(script) as f:
                subprocess.run(["sqlite3", db], stdin=f, check=True,
                               stdout=subprocess.DEVNULL)
        self.defines["USRLOC_DB"] = '"sqlite://%s"' % db

    def answers(self):
        if self.process.poll() is not None:
            raise RuntimeError("Kamailio ended:\n" + self.log()[-4000:])
        try:
            return self.rpc("core.uptime")
        except OSError:
            return None

    def signal(self, number):
        if self.process:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                pass
            self.process.wait()
            wait(lambda: not self.left(), 10, "all its processes end")
            self.process = None

    def left(self):
        """Whether one of its processes, its process group, still runs."""
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def kill(self):
        """All processes at once, as kill -9 or a power cut does."""
        self.signal(signal.SIGKILL)

    def stop(self):
        """As systemd does it."""
        if self.process:
            self.process.terminate()
            self.process.wait()
            self.signal(signal.SIGKILL)

    # looking inside

    def log(self):
        with open(self.path("log"), errors="replace") as f:
            return f.read()

    def log_lines(self, pattern):
        return [line for line in self.log().splitlines()
                if re.search(pattern, line)]

    def rpc(self, method, *params):
        mine = self.path("rpc-client")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.settimeout(5)
            if os.path.exists(mine):
                os.unlink(mine)
            s.bind(mine)
            s.sendto(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method,
                                 "params": list(params)}).encode(),
                     self.path("rpc"))
            answer = json.loads(s.recv(262144))
        if "error" in answer:
            raise LookupError("%s: %s" % (method, answer["error"]))
        return answer["result"]

    def stat(self, name):
        return self.rpc("traversal.stats")[name]

    def sql(self, query, *args):
        with sqlite3.connect("file:%s?mode=ro" % self.store, uri=True,
                             timeout=5) as db:
            try:
                return db.execute(query, args).fetchall()
            finally:
                db.rollback()

    def rows(self, user):
        """What the database says of a user's contacts, in order."""
        return self.sql(
            "SELECT call_signal_address, received, transport, nat, user_agent,"
            " cseq, call_id FROM contacts c JOIN registrations r"
            " ON r.id = c.registration JOIN refreshes f ON f.contact = c.id"
            " WHERE alias = ? ORDER BY received", user)

    def has(self, phone, user=None):
        """Whether the phone's latest REGISTER is in the database."""
        return [row for row in self.rows(user or phone.user)
                if row[1] == phone.seen and row[5] == phone.cseq]

    def in_usrloc(self, user):
        """What usrloc knows of a user's contacts, without what must change."""
        try:
            got = self.rpc("ul.lookup", "location", user)
        except LookupError:
            return []
        contacts = [c["Contact"] for c in got["Contacts"]]
        for c in contacts:
            for name in ("Expires", "Last-Keepalive", "KA-Roundtrip",
                         "Tcpconn-Id"):
                c.pop(name, None)
        return sorted(contacts, key=lambda c: c["Ruid"])


def after(seconds):
    """A pause that is part of what is tested, not a wait for something."""
    time.sleep(seconds)
