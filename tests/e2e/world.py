# SPDX-License-Identifier: GPL-2.0-or-later
"""A lab with programs in it: Kamailio with our module, the relay, phones.

A World owns a lab, a folder, and the processes it started; all of them go
when it is closed. If a test case failed, the ends of their logs are shown.
"""
import glob
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
import traceback

HERE = os.path.dirname(os.path.realpath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, "tests", "lab"))
from lab import Lab, Skip, Tap, libc, main, wait  # noqa: E402,F401

BUILD = os.path.realpath(os.environ.get("top_builddir", "."))
SERVER4, SERVER6 = "203.0.113.10", "2001:db8:cafe::10"
SIP_PORT, SIPS_PORT = 5060, 5061
MEDIA_PORTS = "30000-30999"
KAMAILIO_MODULES = "".join(glob.glob("/usr/lib/*/kamailio/modules")[:1])
LOG_LINES = 60
CLONE_NEWNS = 0x00020000
NOISE = re.compile(r"\(bit/s\)| INFO: ")  # in logs that are shown


def built(path):
    """A program of ours; a build without it skips the test."""
    p = os.path.join(BUILD, path)
    if not os.path.exists(p):
        raise Skip("%s is not built" % path)
    return p


def installed(program):
    p = shutil.which(program) or shutil.which(program, path="/usr/sbin")
    if not p:
        raise Skip("%s is missing: run tools/setup" % program)
    return p


class Program:
    """A process in a host of the lab, with its log."""

    def __init__(self, world, host, name, *argv, **options):
        self.world, self.name, self.asked = world, name, False
        self.log_path = world.path(name + ".log")
        with open(self.log_path, "ab") as log:
            self.started_at = log.tell()
            self.process = world.lab.spawn(host, *argv, stdout=log,
                                           stderr=log, start_new_session=True,
                                           **options)
        self.pid = self.process.pid
        world.programs.append(self)

    def alive(self):
        return self.process.poll() is None

    def log(self):
        with open(self.log_path, errors="replace") as f:
            return f.read()

    def says(self, pattern, seconds=10):
        """Waits for a line of its log, since it was started."""
        def look():
            with open(self.log_path, errors="replace") as f:
                f.seek(self.started_at)
                got = re.search(pattern, f.read(), re.M)
            if not got and not self.alive():
                raise RuntimeError("%s ended:\n%s" % (self.name, self.tail()))
            return got
        return wait(look, seconds, "%s says %r" % (self.name, pattern))

    def binds(self, port, table="udp", seconds=20):
        """Waits until a port is bound in its network namespace."""
        want = ":%04X" % port

        def look():
            if not self.alive():
                raise RuntimeError("%s ended:\n%s" % (self.name, self.tail()))
            with open("/proc/%d/net/%s" % (self.pid, table)) as f:
                return any(line.split()[1].endswith(want)
                           for line in f if ":" in line)
        wait(look, seconds, "%s binds %s %d" % (self.name, table, port))

    def tail(self):
        lines = [line for line in self.log().splitlines()
                 if line.strip() and not NOISE.search(line)]
        return "\n".join(lines[-LOG_LINES:])

    def kill(self):
        """kill -9, of the process and its children: its session is its own."""
        if self.alive():
            os.killpg(self.pid, signal.SIGKILL)

    def ask(self):
        """SIGTERM, once: a second one may well end it at once."""
        if self.alive() and not self.asked:
            self.process.send_signal(signal.SIGTERM)
        self.asked = True

    def stop(self, seconds=10):
        self.ask()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            with open(self.log_path, "a") as log:
                log.write("after %d s it is still here:\n%s\n" % (
                    seconds, self.waits_for()))
            self.kill()
            return self.process.wait()

    def waits_for(self):
        """What each thread of its session is in the middle of."""
        lines = []
        for task in glob.glob("/proc/[0-9]*/task/[0-9]*"):
            try:
                if os.getsid(int(task.split("/")[2])) != self.pid:
                    continue
                lines.append("%s %s" % (task, " ".join(
                    open(os.path.join(task, f)).read().strip()
                    for f in ("comm", "wchan", "syscall"))))
            except (OSError, ValueError):
                pass  # gone meanwhile
        return "\n".join(lines)


class World:
    aware = False  # agents know SIP, and the server has no module of ours
    keeps_calls = True  # in the database

    def __init__(self, tap, topology, ports=MEDIA_PORTS, **environment):
        self.tap, self.failed_before, self.ports = tap, tap.failed, ports
        self.programs = []
        self.dir = tempfile.mkdtemp(prefix="postern-")
        os.chmod(self.dir, 0o755)
        self.relay = self.kamailio = None
        self.tls = self.password = None
        self.more = self.relay_more = ""
        self.kernel = "auto"  # the relay's way for media
        self.disk = self.path("disk")
        os.mkdir(self.disk)
        self.store = os.path.join(self.disk, "registrations.db")
        self.relay_socket = self.path("relay.sock")
        self.ctl = "unix:" + self.path("ctl")
        self.lab = Lab(topology, self.dir, **environment)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        broken = kind and issubclass(kind, Exception) and kind is not Skip
        ours = [p for p in (self.kamailio, self.relay) if p and p.alive()]
        try:
            for p in self.programs:
                if p not in ours:
                    p.kill()  # a phone would wait for an answer to its goodbye
            for p in ours:
                p.ask()
            self.report(value if broken else None,
                        {p.name: p.stop() for p in ours})
        finally:
            for p in self.programs:
                p.kill()
            self.lab.close()
        return broken  # reported: what comes next has its turn

    def report(self, error, ends):
        for name, status in ends.items():
            if status:
                self.tap.ok(False, "%s ends well when asked, not with %d" % (
                    name, status))
        if error:
            self.tap.ok(False, "the test runs to its end",
                        "".join(traceback.format_exception(error)))
        if self.tap.failed > self.failed_before:
            for p in {p.name: p for p in self.programs}.values():
                self.tap.note("---- end of %s's log" % p.name)
                self.tap.note(p.tail())

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        with open(self.path(name), "w") as f:
            f.write(text)
        return self.path(name)

    def start(self, tls=None, password=None, more=""):
        """The server's programs; more: lines for Kamailio's configuration."""
        self.password, self.more = password, more
        self.relay_start()
        self.kamailio_start(tls)
        return self

    def kamailio_config(self):
        """The example, with shorter times and what else a test asks for."""
        auth = "#!define WITH_AUTH\n#!define PASSWORD \"%s\"\n" % \
            self.password if self.password else ""
        return self.write("kamailio.cfg", """#!KAMAILIO
%sinclude_file "%s"
modparam("registrar", "min_expires", 1)
modparam("usrloc", "timer_interval", 1)
modparam("tm", "wt_timer", 1000)
modparam("tm", "fr_timer", 10000)
%s""" % (auth, os.path.join(TOP, "examples", "kamailio-postern.cfg"),
         self.more))

    def relay_start(self):
        self.relay = self.relay_run("postern-relay", self.relay_socket,
                                    self.ports)

    def relay_run(self, name, path, ports):
        conf = self.write(name + ".conf", """[relay]
socket = %s
session_timeout = 60s
kernel = %s

[interface default]
address = %s, %s
ports = %s
%s
""" % (path, self.kernel, SERVER4, SERVER6, ports, self.relay_more))
        relay = Program(self, "server", name, built("relay/postern-relay"),
                        "-f", conf)
        relay.says(r"\bready\b")
        return relay

    def kamailio_start(self, tls=None, store=True):
        """Kamailio with the example configuration; tls: a file for its module,
        which stays when it is started again; store: it must open."""
        self.tls = tls or self.tls
        modules = os.path.dirname(built(".libs/traversal.so"))
        argv = [installed("kamailio"), "-DD", "-E", "-m", "64", "-M", "8",
                "-f", self.kamailio_config(),
                "-L", "%s:%s" % (modules, KAMAILIO_MODULES),
                "-P", self.path("kamailio.pid"), "-Y", self.dir,
                "-A", "STORE=\"%s\"" % self.store,
                "-A", "RELAY=\"unix:%s\"" % self.relay_socket,
                "-A", "CTL=\"%s\"" % self.ctl,
                "-l", "udp:%s:%d" % (SERVER4, SIP_PORT),
                "-l", "udp:[%s]:%d" % (SERVER6, SIP_PORT),
                "-l", "tcp:%s:%d" % (SERVER4, SIP_PORT)]
        if self.tls:
            argv += ["-A", "WITH_TLS", "-A", "TLSCFG=\"%s\"" % self.tls,
                     "-l", "tls:%s:%d" % (SERVER4, SIPS_PORT)]
        self.kamailio = Program(self, "server", "kamailio", *argv)
        self.kamailio.binds(SIP_PORT)
        wait(lambda: self.kamcmd("core.uptime"), 20, "Kamailio answers")
        if store:
            wait(self.store_is_there, 20, "the database is there")

    def kamcmd(self, *command):
        """What Kamailio says to an RPC command; "" if it is an error."""
        r = subprocess.run([installed("kamcmd"), "-s", self.ctl, *command],
                           capture_output=True, text=True)
        return r.stdout if r.returncode == 0 else ""

    def relay_rpc(self, method, path=None, **params):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
            s.settimeout(20)
            s.connect(path or self.relay_socket)
            s.sendall(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method,
                                  "params": params}).encode() + b"\n")
            answer = json.loads(s.makefile().readline())
        if "error" in answer:
            raise RuntimeError("%s: %s" % (method, answer["error"]))
        return answer["result"]

    def sessions(self):
        page = self.relay_rpc("session.list")
        found = page["sessions"]
        while page["more"]:
            page = self.relay_rpc("session.list", after=found[-1]["id"])
            found += page["sessions"]
        return found

    def place(self, user):
        """Where a phone is, and the server it is told."""
        return "pub", SERVER4

    def sessions_of(self, *_):
        """How many carry a call of phones that were told these servers."""
        return 1

    def small_disk(self, size):
        """Puts a tmpfs where the database is to be. Only this program and its
        children have it, so it goes with the last of them."""
        if libc.unshare(CLONE_NEWNS):
            raise Skip("no mount namespaces here")
        for argv in (["--make-rslave", "/"],
                     ["-t", "tmpfs", "-o", "size=" + size, "tmpfs", self.disk]):
            subprocess.run(["mount", *argv], check=True)

    def query(self, sql, *values):
        """Rows of the database, as dictionaries."""
        db = sqlite3.connect("file:%s?mode=ro" % self.store, uri=True,
                             timeout=5)
        try:
            db.row_factory = sqlite3.Row
            return [dict(r) for r in db.execute(sql, values)]
        finally:
            db.close()

    def store_is_there(self):
        try:
            return self.query("SELECT count(*) FROM active_registrations")
        except sqlite3.OperationalError:
            return None  # not made yet

    def calls(self, ended=None):
        where = "" if ended is None else " WHERE ended IS %sNULL" % (
            "NOT " if ended else "")
        return self.query("SELECT * FROM calls" + where)

    def measure(self, wav):
        """What a recording holds."""
        return json.loads(subprocess.check_output(
            [built("tests/peers/wavrec"), wav]))

    def tone(self, hz, seconds=120):
        wav = self.path("tone-%d.wav" % hz)
        if not os.path.exists(wav):
            subprocess.check_call([built("tests/peers/wavtone"), str(hz),
                                   str(seconds), wav])
        return wav


def expect_tone(tap, got, hz, name, least=1000):
    """A recording holds this tone, for so many ms, and no other."""
    heard = {int(k): v for k, v in got["heard"].items()}
    mine = sum(v for k, v in heard.items() if abs(k - hz) <= 10)
    others = {k: v for k, v in heard.items() if abs(k - hz) > 10}
    return tap.ok(mine >= least and not others, name,
                  "want %d Hz for %d ms, and no other" % (hz, least), got)
