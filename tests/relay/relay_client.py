# SPDX-License-Identifier: GPL-2.0-or-later
"""A relay started by a test, and a client of its control socket."""
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
from lab import PATIENCE, Skip, wait  # noqa: E402

BUILD = os.path.realpath(os.environ.get("top_builddir", "."))
PROGRAM = os.path.join(BUILD, "relay", "postern-relay")
NO_RESOURCE = -32003
CONF = """[relay]
socket = {dir}/relay.sock
group = {group}
{relay}
[interface default]
address = {address}
ports = {ports}
{interface}
"""


class Client:
    """A connection to the relay: requests, and the events between. What comes
    with a descriptor has it as a socket, in ["socket"]."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(20)
        self.sock.connect(path)
        self.buf, self.messages = b"", []
        self.n, self.events = 0, []

    def read(self):
        """The next message."""
        while not self.messages:
            data, fds, _, _ = socket.recv_fds(self.sock, 65536, 8)
            if not data:
                raise ConnectionError("the relay has closed the connection")
            *lines, self.buf = (self.buf + data).split(b"\n")
            self.messages += [json.loads(x) for x in lines]
            if fds:  # of the last that begins in what came (unix(7))
                s = socket.socket(fileno=fds[0])
                s.settimeout(10)
                self.messages[-1]["socket"] = s
        return self.messages.pop(0)

    def answer(self, method, **params):
        self.n += 1
        self.sock.sendall(json.dumps({
            "jsonrpc": "2.0", "id": self.n, "method": method,
            "params": params}).encode() + b"\n")
        while True:
            m = self.read()
            if "method" in m:
                self.events.append(m)
            else:
                return m

    def ask(self, method, **params):
        """(result, error code)"""
        m = self.answer(method, **params)
        return m.get("result"), m.get("error", {}).get("code")

    def result(self, method, **params):
        """The same, and there is no error. An agent that is up says a moment
        later which ports it has: a session with it is asked for again."""
        end = time.monotonic() + PATIENCE
        while True:
            got, code = self.ask(method, **params)
            if method != "session.open" or code != NO_RESOURCE or \
                    time.monotonic() > end:
                break
            time.sleep(0.05)
        if code:
            raise RuntimeError("%s: %d" % (method, code))
        return got

    def event(self, method, whole=False):
        """The next of its kind; whole: with all that came with it."""
        while True:
            for e in self.events:
                if e["method"] == method:
                    self.events.remove(e)
                    return e if whole else e["params"]
            self.events.append(self.read())

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


class Relay:
    def __init__(self, relay="", interface="", ports="42000-42199",
                 group="root", inside=(), conf=CONF,
                 address="127.0.0.1, ::1"):
        """inside: the command that starts it somewhere else. address: for
        media, of each family."""
        if not os.path.exists(PROGRAM):
            raise Skip("postern-relay is not built")
        self.dir = tempfile.mkdtemp(prefix="postern-relay-")
        os.chmod(self.dir, 0o755)
        self.conf = os.path.join(self.dir, "relay.conf")
        with open(self.conf, "w") as f:
            f.write(conf.format(dir=self.dir, relay=relay, ports=ports,
                                interface=interface, group=group,
                                address=address))
        self.inside = list(inside)
        self.socket = os.path.join(self.dir, "relay.sock")
        self.log = os.path.join(self.dir, "log")
        self.start()

    def start(self):
        with open(self.log, "ab") as log:
            before = log.tell()
            self.process = subprocess.Popen(
                [*self.inside, PROGRAM, "-f", self.conf], stderr=log)
        wait(lambda: b"ready" in self.said()[before:], 10, "ready")

    def said(self):
        with open(self.log, "rb") as f:
            return f.read()

    def client(self):
        return Client(self.socket)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.process.kill()
        self.process.wait()
        subprocess.run(["rm", "-rf", self.dir], check=True)


def udp(port=0, address="127.0.0.1"):
    s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET,
                      socket.SOCK_DGRAM)
    s.bind((address, port))
    s.settimeout(10)
    return s


def rtp(seq, ssrc=1, payload=b"x" * 160):
    return struct.pack("!BBHII", 0x80, 0, seq, seq * 160, ssrc) + payload


def leg(sock=None, **more):
    d = {"signalling": "127.0.0.1", **more}
    if sock:
        d["remote"] = {"address": sock.getsockname()[0],
                       "port": sock.getsockname()[1]}
    return d


def open_call(c, sid, a, b, **more):
    """Opens a session; answers the local addresses of both legs."""
    r = c.result("session.open", id=sid, owner="test", label=sid, streams=[
        {"index": 0, "media": "audio", "a": a, "b": b}], **more)
    return [(st["local"]["address"], st["local"]["port"])
            for st in (r["streams"][0]["a"], r["streams"][0]["b"])]


def quiet(sock, seconds=0.3):
    sock.settimeout(seconds)
    try:
        sock.recv(2048)
        return False
    except OSError:
        return True
    finally:
        sock.settimeout(10)
