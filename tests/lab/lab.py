# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab from Python: one topology, with sockets and processes in its hosts.

A Lab owns its namespaces. Whatever becomes of the program that made it (an
exception, a signal, kill -9), a guard takes them away.
"""
import ctypes
import os
import socket
import subprocess
import sys
import threading
import time

LAB = os.path.join(os.path.dirname(os.path.realpath(__file__)), "lab")
SKIPPED = 77
CLONE_NEWNET = 0x40000000
PATIENCE = 20  # s, at least, with what is to come about
GUARD = """read line
"$0" down "$1"
[ -z "${2:-}" ] || rm -rf "$2"
"""
libc = ctypes.CDLL(None, use_errno=True)


class Skip(Exception):
    """The machine can't do this; the text says why."""


def in_namespace(name, function):
    """What function() answers when called inside a network namespace.

    A thread moves there and ends, so the caller stays where it is; sockets
    made there stay there.
    """
    out = []

    def run():
        try:
            fd = os.open("/run/netns/" + name, os.O_RDONLY | os.O_CLOEXEC)
            try:
                if libc.setns(fd, CLONE_NEWNET):
                    e = ctypes.get_errno()
                    raise OSError(e, os.strerror(e), name)
            finally:
                os.close(fd)
            out.append((function(), None))
        except BaseException as e:  # handed to the caller, whatever it is
            out.append((None, e))

    t = threading.Thread(target=run)
    t.start()
    t.join()
    value, error = out[0]
    if error:
        raise error
    return value


class Lab:
    """A topology that is up; use it in a with statement.

    directory: goes with it. environment: for the lab command (LAB_PUBLISHED).
    """

    count = 0

    def __init__(self, topology, directory=None, **environment):
        Lab.count += 1
        self.prefix = "pt%dx%d" % (os.getpid(), Lab.count)
        self.guard = subprocess.Popen(
            ["sh", "-c", GUARD, LAB, self.prefix] +
            ([directory] if directory else []),
            stdin=subprocess.PIPE, start_new_session=True)
        r = subprocess.run([LAB, "up", topology, self.prefix],
                           env=dict(os.environ, **environment),
                           stdin=subprocess.DEVNULL,
                           capture_output=True, text=True)
        if r.returncode:
            self.close()
            if r.returncode == SKIPPED:
                raise Skip(r.stderr.strip())
            raise RuntimeError(r.stderr.strip())

    def close(self):
        self.guard.stdin.close()
        self.guard.wait()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def namespace(self, host):
        return "%s-%s" % (self.prefix, host)

    def address(self, host):
        return subprocess.check_output(
            [LAB, "-p", self.prefix, "address", host], text=True).strip()

    def run(self, host, *argv, **options):
        """subprocess.run() in a host, its output captured as text."""
        options.setdefault("capture_output", True)
        return subprocess.run(
            ["ip", "netns", "exec", self.namespace(host), *argv],
            text=True, **options)

    def spawn(self, host, *argv, **options):
        """subprocess.Popen() in a host; its pid is that of argv[0]."""
        return subprocess.Popen(
            ["ip", "netns", "exec", self.namespace(host), *argv],
            stdin=subprocess.DEVNULL, **options)

    def udp(self, host, address="", port=0, family=socket.AF_INET):
        def make():
            s = socket.socket(family, socket.SOCK_DGRAM)
            s.bind((address, port))
            return s
        return in_namespace(self.namespace(host), make)

    def tcp(self, host, to, timeout=5):
        return in_namespace(
            self.namespace(host),
            lambda: socket.create_connection(to, timeout=timeout))

    def listen(self, host, port):
        return in_namespace(
            self.namespace(host),
            lambda: socket.create_server(("", port)))


class Tap:
    """Test cases, numbered as they come (Test Anything Protocol)."""

    def __init__(self):
        self.n = self.failed = 0

    def ok(self, good, name, *why):
        self.n += 1
        print("%sok %d - %s" % ("" if good else "not ", self.n, name),
              flush=True)
        if not good:
            self.failed += 1
            for line in why:
                self.note(line)
        return good

    def equal(self, got, want, name):
        return self.ok(got == want, name, "got:  %r" % (got,),
                       "want: %r" % (want,))

    def note(self, text):
        for line in str(text).splitlines():
            print("# " + line, flush=True)

    def skip(self, name, why):
        self.n += 1
        print("ok %d - %s # SKIP %s" % (self.n, name, why), flush=True)

    def done(self):
        print("1..%d" % self.n, flush=True)
        return 1 if self.failed else 0


def network_of_its_own():
    """Addresses and ports of loopback are this program's alone from now on.

    Where that needs rights it doesn't have, they stay everybody's.
    """
    if libc.unshare(CLONE_NEWNET) == 0:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def main(function, own_network=False):
    """Runs function(tap) as a test program."""
    if own_network:
        network_of_its_own()
    tap = Tap()
    try:
        function(tap)
    except Skip as e:
        if not tap.n:
            print("1..0 # SKIP " + str(e), flush=True)
            sys.exit(0)
        tap.skip("the rest", e)
    sys.exit(tap.done())


def main_among(names, marker, function):
    """main(), in the first of these namespaces; all are made for it, and go.

    The program runs itself again there, with marker in its environment.
    """
    if marker in os.environ:
        main(function)
    if os.geteuid():
        print("1..0 # SKIP it takes root to make namespaces")
        sys.exit(0)
    try:
        for name in names:
            subprocess.run(["ip", "netns", "add", name], check=True)
        status = subprocess.run(
            ["ip", "netns", "exec", names[0], sys.executable, *sys.argv],
            env={**os.environ, marker: "1"}).returncode
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name])
    sys.exit(status)


def wait(condition, seconds=10, what=None):
    """Polls until condition() is true, and answers what it answered.

    The time is a safety net for a machine that hangs, not a measure, and never
    less than PATIENCE: it ends in TimeoutError, or, if nothing is said about
    what was awaited, in what condition() answered last.
    """
    seconds = max(seconds, PATIENCE)
    end = time.monotonic() + seconds
    while True:
        got = condition()
        if got:
            return got
        if time.monotonic() > end:
            if what:
                raise TimeoutError("%s: not within %d s" % (what, seconds))
            return got
        time.sleep(0.02)


def rss(pid):
    """Octets of memory a process has."""
    with open("/proc/%d/statm" % pid) as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def allowance(pid):
    """Octets memory may grow by; a sanitizer keeps what was freed a while."""
    with open("/proc/%d/maps" % pid) as f:
        return (512 if "libasan" in f.read() else 16) << 20
