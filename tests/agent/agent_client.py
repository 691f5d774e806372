# SPDX-License-Identifier: GPL-2.0-or-later
"""An agent and its relay, started by a test, and a wire between them that can
be cut."""
import json
import os
import select
import socket
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
sys.path.insert(0, os.path.join(HERE, "..", "relay"))
from lab import Skip, wait  # noqa: E402
from relay_client import BUILD, Relay  # noqa: E402

AGENT = os.path.join(BUILD, "agent", "postern-agent")
CTL = os.path.join(BUILD, "ctl", "posternctl")
TUNNEL = """
[tunnel]
listen = {address}:{port}
state = {dir}/state
keepalive = {keepalive}
linger = {linger}
sip = {address}:{sip}
media = {media}-{rtcp}
{more}
"""


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server(Relay):
    """A relay that lets agents in."""

    def __init__(self, keepalive="1s", linger="5s", more="",
                 address="127.0.0.1", ports=None, **options):
        """ports: Z, X and Y."""
        if not os.path.exists(AGENT):
            raise Skip("postern-agent is not built")
        self.address = address
        self.sip = free_port(socket.SOCK_DGRAM)
        if ports:
            self.port, self.media, self.rtcp = ports
        else:
            self.port = free_port()
            self.media = self.rtcp = free_port(socket.SOCK_DGRAM)
        self.keepalive, self.linger, self.more = keepalive, linger, more
        super().__init__(interface="@TUNNEL@", **options)

    def start(self):
        with open(self.conf) as f:
            text = f.read()
        with open(self.conf, "w") as f:
            f.write(text.replace("@TUNNEL@", TUNNEL.format(**vars(self))))
        super().start()

    def ctl(self, *argv):
        return subprocess.run([CTL, "-r", self.socket, *argv],
                              capture_output=True, text=True)

    def agents(self):
        r = self.ctl("--json", "agents")
        return {a["name"]: a for a in json.loads(r.stdout)}

    def counter(self, name):
        c = self.client()
        n = c.result("stats")["counters"][name]
        c.close()
        return n


class Agent:
    """lan: the address terminals know; port: the server's, as it sees it."""
    prefix = []

    def __init__(self, server, conf, lan="127.0.0.2:15070", port=None,
                 media="21000-21099", more="", inside=()):
        """more: of [server]; inside: the command that starts it somewhere
        else."""
        self.server, self.name = server, "agent"
        self.inside = list(inside)
        self.conf = os.path.join(server.dir, "agent-%s.conf" % lan)
        self.log = os.path.join(server.dir, "agent-%s.log" % lan)
        text = conf.replace("# sip = 192.168.1.2:5060",
                            "sip = %s\nmedia = %s" % (lan, media))
        text = text.replace("[server]", "[server]\n" + more)
        if port:
            text = text.replace(":%d" % server.port, ":%d" % port)
        with open(self.conf, "w") as f:
            f.write(text)
        os.chmod(self.conf, 0o600)
        self.start()

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*self.prefix, *self.inside, AGENT, "-f", self.conf],
                stderr=log)
        wait(lambda: "ready" in self.said() or
             self.process.poll() is not None, 10)

    def said(self):
        with open(self.log, errors="replace") as f:
            return f.read()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.process.kill()
        self.process.wait()


class Wire(threading.Thread):
    """TCP from a port of its own to the server, until cut."""

    def __init__(self, to):
        super().__init__(daemon=True)
        self.to, self.pairs, self.open, self.dead = to, [], True, False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.start()

    def cut(self, stay=False):
        """Ends all connections; stay: and refuses new ones."""
        self.open = not stay
        for pair in self.pairs:
            for s in pair:
                try:
                    s.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def freeze(self):
        """Carries nothing any more, but closes nothing either."""
        self.dead = True

    def carry(self, a, b):
        while True:
            for s in select.select([a, b], [], [])[0]:
                try:
                    data = s.recv(65536)
                except OSError:
                    data = b""
                if self.dead:
                    continue
                if not data:
                    a.close()
                    b.close()
                    return
                try:
                    (b if s is a else a).sendall(data)
                except OSError:
                    pass  # cut meanwhile

    def run(self):
        while True:
            a, _ = self.listener.accept()
            if not self.open:
                a.close()
                continue
            try:
                b = socket.create_connection(("127.0.0.1", self.to))
            except OSError:
                a.close()
                continue
            self.pairs.append((a, b))
            threading.Thread(target=self.carry, args=(a, b),
                             daemon=True).start()
