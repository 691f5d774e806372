#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sessions an agent asks for itself: what it may, what it may not, and that
others' are not in its reach."""
import json
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
from lab import allowance, main, rss, wait  # noqa: E402
from agent_client import Server  # noqa: E402
from tunnel_client import (ACCEPT, Authority, CREDIT, DATA,  # noqa: E402
                           RESET, Tunnel, WELCOME, sip_channel)

REFUSED, NO_RESOURCE, NOT_FOUND, INVALID = -32005, -32003, -32001, -32602
FLOOD = 1000
TERMINAL, PEER = "127.0.0.3", "127.0.0.1"


class Asker(Tunnel):
    """An agent with a certificate that asks and reads answers."""

    def __init__(self, server, certificate, name):
        super().__init__(server.port, certificate)
        self.name, self.asked, self.told = name, 0, []
        welcome = self.hello(name)
        assert welcome and welcome[0] == WELCOME, welcome
        self.say("media.range", address="127.0.0.2", portMin=24000,
                 portMax=24099)

    def message(self):
        """The next one on the control channel."""
        text = b""
        while True:
            f = self.recv(DATA)
            if not f:
                raise EOFError(self.name)
            if f[1] == 0:
                text += f[2]
                self.send(CREDIT, len(f[2]).to_bytes(4, "big"))
                if not f[3] & 1:
                    return json.loads(text)

    def post(self, method, **params):
        """Asks, and does not read."""
        self.asked += 1
        self.send(DATA, json.dumps({"jsonrpc": "2.0", "id": self.asked,
                                    "method": method,
                                    "params": params}).encode())

    def ask(self, method, **params):
        """Its result, or its error's code."""
        self.post(method, **params)
        while True:
            m = self.message()
            if m.get("id") == self.asked and "method" not in m:
                return m["result"] if "result" in m else m["error"]["code"]
            self.told.append(m)

    def hears(self, method):
        while not any(m.get("method") == method for m in self.told):
            self.told.append(self.message())
        return [m["params"] for m in self.told if m.get("method") == method]

    def stream(self, **more):
        return {"index": 0, "media": "audio",
                "a": {"agent": self.name, "signalling": TERMINAL},
                "b": {"signalling": PEER, **more}}


def asks(tap, a, server):
    r = a.ask("session.open", id="one", owner="traversal",
              streams=[a.stream()])
    tap.ok(isinstance(r, dict) and r["id"] == "one" and r["created"] and
           r["streams"][0]["a"]["local"]["address"] == "127.0.0.2",
           "it opens one, with a leg of its own", r)
    s, = server.client().result("session.list")["sessions"]
    tap.equal((s["id"], s["owner"]), (a.name + "/one", "agent " + a.name),
              "whoever it says it is, it is the owner")
    r = a.ask("session.open", id="one", streams=[a.stream()])
    tap.ok(isinstance(r, dict) and not r["created"], "asked again: no other",
           r)
    r = a.ask("session.update", id="one", streams=[
        {"index": 0, "b": {"remote": {"address": PEER, "port": 4000}}}])
    tap.ok(isinstance(r, dict), "it changes it", r)
    r = a.ask("session.close", id="one")
    tap.ok(isinstance(r, dict) and r["id"] == "one", "it closes it", r)
    tap.equal(server.client().result("session.list")["sessions"], [],
              "and it is gone")


def may_not(tap, a, server):
    both = {**a.stream(), "b": {"agent": a.name}}
    none = {"index": 0, "a": {"signalling": PEER}, "b": {"signalling": PEER}}
    another = {**none, "a": {"agent": "evil", "signalling": TERMINAL}}
    before = server.counter("agent_requests_refused")
    cases = (
        ("both legs in its network", REFUSED, [both]),
        ("no leg in its network", REFUSED, [none]),
        ("a leg in another's network", REFUSED, [another]),
        ("an interface it names", REFUSED, [a.stream(interface="default")]),
        ("a policy it names", REFUSED, [a.stream(policy="fixed")]),
        ("more streams than a session has", INVALID,
         [{**a.stream(), "index": i} for i in range(33)]),
        ("media to nobody", INVALID,
         [a.stream(remote={"address": "224.0.0.1", "port": 4000})]),
    )
    for what, code, streams in cases:
        tap.equal(a.ask("session.open", id="bad", streams=streams), code,
                  "refused: " + what)
    for timeout in (0, 3601):
        tap.equal(a.ask("session.open", id="bad", timeout=timeout,
                        streams=[a.stream()]), REFUSED,
                  "refused: a timeout of %d s" % timeout)
    for ident in ("a/b", "", "x" * 49, "\u00e9"):
        tap.equal(a.ask("session.open", id=ident, streams=[a.stream()]),
                  INVALID, "refused: id %r" % ident)
    for method in ("session.get", "session.list", "agent.list",
                   "relay.drain"):
        tap.equal(a.ask(method, id="one"), -32601, "not asked for: " + method)
    tap.equal(server.counter("agent_requests_refused") - before,
              len(cases) + 6, "counted")
    tap.equal(server.client().result("session.list")["sessions"], [],
              "nothing was opened")


def others(tap, a, b, server):
    c = server.client()
    c.result("session.open", id="evil/mine", owner="traversal", streams=[
        {"index": 0, "a": {"signalling": PEER}, "b": {"signalling": PEER}}])
    a.ask("session.open", id="secret", streams=[a.stream()])
    for ident in ("secret", "victim/secret", "mine"):
        for method in ("session.update", "session.close"):
            tap.ok(b.ask(method, id=ident, hold=True) in (NOT_FOUND, INVALID),
                   "another's session: %s %s" % (method, ident))
    tap.ok(not isinstance(b.ask("session.open", id="mine",
                                streams=[b.stream()]), dict),
           "another's session: not opened again")
    tap.equal(sorted(s["id"] for s in c.result("session.list")["sessions"]),
              ["evil/mine", "victim/secret"], "they are as they were")
    c.result("session.close", id="evil/mine")
    c.result("session.close", id="victim/secret")
    tap.equal(a.hears("session.closed")[0]["id"], "secret",
              "who closes an agent's: it is told")


def floods(tap, a, b, server):
    """Who asks and does not read is served, and fills nothing of others'."""
    c = server.client()
    a.ask("session.open", id="kept", streams=[a.stream()])
    before, memory = server.counter("agent_requests_refused"), rss(
        server.process.pid)
    more = allowance(server.process.pid)
    for i in range(FLOOD):
        b.post("session.open", id="n%d" % i, streams=[
            {**b.stream(), "index": n} for n in range(16 if i < 4 else 1)])
        b.post("session.update", id="kept", hold=True)
        b.post("session.close", id="kept")
        if i % 100 == 0:
            r = a.ask("session.update", id="kept", hold=i % 200 == 0)
            if not isinstance(r, dict):
                break
    tap.ok(isinstance(r, dict), "a flood: others are answered meanwhile", r)
    tap.ok(wait(lambda: server.counter("agent_requests_refused") - before ==
                3 * FLOOD - 1, 20), "a flood: each was counted",
           server.counter("agent_requests_refused") - before)
    got = c.result("session.list")["sessions"]
    tap.equal(sorted(s["id"] for s in got), ["evil/n0", "victim/kept"],
              "a flood: it has what is its share of streams, and no more")
    tap.ok(rss(server.process.pid) - memory < more,
           "a flood: memory stays", memory, rss(server.process.pid))
    tap.ok(len(server.said()) < 1 << 20, "a flood: and the log short")
    for ident in ("evil/n0", "victim/kept"):
        c.result("session.close", id=ident)


def limits(tap, a, server):
    got = [a.ask("session.open", id="n%d" % i, streams=[a.stream()])
           for i in range(5)]
    tap.equal([isinstance(g, dict) for g in got], [True] * 4 + [False],
              "no more than agent_sessions")
    tap.equal(got[4], NO_RESOURCE, "and it is told so")
    server.ctl("agent", "revoke", a.name)
    tap.ok(wait(lambda: not server.client().result(
        "session.list")["sessions"], 5), "revoked: its sessions end")


def local(tap, a):
    what = {**sip_channel(TERMINAL + ":5060"), "aware": True}
    a.open(1, what)
    said = a.hears("sip.local")[0]
    tap.equal(said["registrar"], "127.0.0.1:15999",
              "a terminal's channel: where the registrar is")
    tap.ok(said["address"].startswith("127.0.0.1:") and
           said["terminal"] == TERMINAL + ":5060",
           "and where the terminal is to it", said)
    a.open(3, sip_channel("127.0.0.4:5060"))
    f = a.recv(ACCEPT, RESET)
    while f[1] != 3:
        f = a.recv(ACCEPT, RESET)
    tap.equal(f[0], ACCEPT, "an unaware one goes to the proxy")


def test(tap):
    with tempfile.TemporaryDirectory() as directory:
        ca = Authority(directory)
        for name in ("victim", "evil"):
            ca.sign(name)
        files = {n: tuple(os.path.join(directory, n + e)
                          for e in (".crt", ".key"))
                 for n in ("victim", "evil")}
        more = "client_ca = " + ca.cert
        with Server(more=more) as server:
            server.ctl("agent", "add", "--certificate", "victim")
            with Asker(server, files["victim"], "victim") as a:
                tap.equal(a.ask("session.open", id="one",
                                streams=[a.stream()]), REFUSED,
                          "without a registrar there are none")
        with Server(more=more + "\nregistrar = 127.0.0.1:15999\n"
                    "agent_sessions = 4") as server:
            for name in files:
                server.ctl("agent", "add", "--certificate", name)
            with Asker(server, files["victim"], "victim") as a, \
                    Asker(server, files["evil"], "evil") as b:
                asks(tap, a, server)
                may_not(tap, a, server)
                others(tap, a, b, server)
                floods(tap, a, b, server)
                local(tap, a)
                limits(tap, a, server)
            tap.ok("Sanitizer" not in server.said().decode(errors="replace"),
                   "no sanitizer spoke")


main(test, own_network=True)
