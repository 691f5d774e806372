# SPDX-License-Identifier: GPL-2.0-or-later
"""H.323 terminals for tests: drives tests/peers/h323term, many in a process.

    with Terminals() as terminals:
        a = terminals.add("a", address="127.0.0.2", alias=["anna", "1001"])
        b = terminals.add("b", address="127.0.0.3", answer="auto")
        call = a.call("bert", direct="127.0.0.3:1720", fastStart=False)
        call.wait("connected")
        call.hangup()

A wait takes the first event of that name with these values that no wait has
taken before, or raises Missed, whose text says what came instead.
"""
import itertools
import json
import os
import subprocess
import threading
import time

BUILD = os.path.realpath(os.environ.get("top_builddir", "."))
PROGRAM = os.path.join(BUILD, "tests", "peers", "h323term")
SHOWN, WIDTH = 25, 300


class Missed(Exception):
    """What was awaited did not come in time."""


def fits(event, want):
    for name, value in want.items():
        got = event.get(name)
        if not (value(got) if callable(value) else got == value):
            return False
    return True


def brief(event):
    text = json.dumps({k: v for k, v in event.items()
                       if k not in ("terminal", "time")})
    return "%.3f %-8s %s" % (event.get("time", 0), event.get("terminal", "-"),
                             text[:WIDTH])


class Terminals:
    """One process. namespace: the network namespace it runs in."""

    numbers = itertools.count(1)

    def __init__(self, namespace=None, log=None):
        argv = [PROGRAM]
        if namespace:
            argv = ["ip", "netns", "exec", namespace] + argv
        self.changed = threading.Condition()
        # all events; those of each terminal, and of them what nobody took
        self.all, self.of, self.left, self.over = [], {}, {}, False
        self.log = open(log, "w") if log else None
        self.process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        self.complaints = ""
        self.threads = [threading.Thread(target=f, daemon=True)
                        for f in (self.read, self.read_complaints)]
        for t in self.threads:
            t.start()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def read(self):
        for line in self.process.stdout:
            if self.log:
                self.log.write(line)
                self.log.flush()
            event = json.loads(line)
            name = event.get("terminal")
            with self.changed:
                self.all.append(event)
                self.of.setdefault(name, []).append(event)
                self.left.setdefault(name, []).append(event)
                self.changed.notify_all()
        with self.changed:
            self.over = True
            self.changed.notify_all()

    def read_complaints(self):
        self.complaints = self.process.stderr.read()

    def send(self, **command):
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()

    def add(self, name, **options):
        self.send(do="terminal", name=name, **options)
        return Terminal(self, name)

    def wait(self, name, /, seconds=10, terminal=None, **want):
        """name: of an event, or several of which one is to come."""
        names = (name,) if isinstance(name, str) else name
        end = time.monotonic() + seconds
        with self.changed:
            seen = 0
            while True:
                left = self.left.setdefault(terminal, [])
                for i in range(seen, len(left)):
                    e = left[i]
                    if e["event"] in names and fits(e, want):
                        return left.pop(i)
                seen, more = len(left), end - time.monotonic()
                if more <= 0 or self.over:
                    raise Missed(self.instead(names, terminal, want))
                self.changed.wait(more)
                # another thread may have taken some
                seen = min(seen, len(left))

    def instead(self, names, terminal, want):
        about = self.of.get(terminal, [])
        return "no %s of %s %s%s; the last of %d events:\n%s\n%s" % (
            "/".join(names), terminal,
            {k: v for k, v in want.items() if not callable(v)},
            " (the program has ended)" if self.over else "", len(about),
            "\n".join(map(brief, about[-SHOWN:])), self.complaints[-2000:])

    def seen(self, name, /, terminal=None, since=0, **want):
        """All events so far that fit, whoever waited for them; of one terminal,
        if it is said."""
        with self.changed:
            return [e for e in (self.of.get(terminal, []) if terminal
                                else self.all)[since:]
                    if e["event"] == name and fits(e, want)]

    def sync(self, seconds=10):
        """All commands before this have been carried out."""
        self.send(do="sync")
        self.wait("sync", seconds)

    def close(self):
        """Ends it; answers what it complained of, which is nothing."""
        if self.process.poll() is None:
            try:
                self.send(do="quit")
                self.process.stdin.close()
                self.process.wait(20)
            except (OSError, ValueError):
                pass  # it has ended by itself, or is closed already
            except subprocess.TimeoutExpired:
                self.process.kill()
        for t in self.threads:
            t.join(20)
        if self.log:
            self.log.close()
            self.log = None
        if self.process.returncode:
            return "it ended with %s\n%s" % (self.process.returncode,
                                             self.complaints)
        return self.complaints


class Terminal:
    def __init__(self, terminals, name):
        self.terminals, self.name = terminals, name
        ready = self.ready()
        self.signalling, = ready["signalling"].values()
        self.ras, = ready["ras"].values()

    def ready(self):
        self.terminals.sync()
        for e in self.seen("ready"):
            return e
        raise Missed("%s: %s" % (self.name,
                                 self.terminals.seen("failed")[-1:]))

    def send(self, do, **options):
        self.terminals.send(do=do, terminal=self.name, **options)

    def wait(self, name, /, seconds=10, **want):
        return self.terminals.wait(name, seconds, terminal=self.name, **want)

    def seen(self, name, /, **want):
        return self.terminals.seen(name, terminal=self.name, **want)

    def register(self, seconds=10, **options):
        self.send("register", **options)
        e = self.wait(("registered", "rejected"), seconds)
        if e["event"] == "rejected":
            raise Missed("%s: not registered: %s" % (self.name, e))
        return e

    def call(self, to=None, **options):
        call = Call(self, "%s-%d" % (self.name, next(Terminals.numbers)))
        self.send("call", to=to, call=call.name, **options)
        return call

    def incoming(self, seconds=10, **want):
        """The next call to it."""
        e = self.wait("incoming", seconds, **want)
        call = Call(self, e["call"])
        call.setup = e
        return call


class Call:
    def __init__(self, terminal, name):
        self.terminal, self.name = terminal, name

    def send(self, do, **options):
        self.terminal.send(do, call=self.name, **options)

    def wait(self, event, /, seconds=10, **want):
        return self.terminal.wait(event, seconds, call=self.name, **want)

    def seen(self, event, /, **want):
        return self.terminal.seen(event, call=self.name, **want)

    def answer(self, **options):
        self.send("answer", **options)

    def hangup(self, **options):
        self.send("hangup", **options)

    def media(self, seconds=10, fresh=False):
        """How its media stand: by kind. fresh: what is heard, from where and
        how long nothing came is looked at anew from then on."""
        t = self.terminal.terminals
        since = len(t.of.get(self.terminal.name, []))
        self.send("media", fresh=fresh)
        self.wait("mediaDone", seconds)
        return {e["kind"]: e for name in ("media", "octets")
                for e in self.seen(name, since=since)}

    def hears(self, hz, ms=200, seconds=10, **want):
        """Waits until so much of this tone has been heard."""
        end = time.monotonic() + seconds
        while True:
            audio = self.media(seconds).get("audio", {})
            if abs(audio.get("tone", 0) - hz) <= 10 and \
                    audio.get("heard", 0) >= ms and fits(audio, want):
                return audio
            if time.monotonic() > end:
                raise Missed("%s %s does not hear %d Hz: %s\n%s" % (
                    self.terminal.name, self.name, hz, audio,
                    self.terminal.terminals.instead(
                        ("tone",), self.terminal.name, {})))
            time.sleep(0.1)
