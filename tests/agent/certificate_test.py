#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Agents that show a certificate: whose, for which name, until when, and what
happens when it or the authority changes."""
import os
import re
import signal
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
from lab import main, wait  # noqa: E402
from agent_client import Agent, Server  # noqa: E402
from tunnel_client import Authority, REFUSE, Tunnel, WELCOME  # noqa: E402


class Trust:
    """What the server has as client_ca: one authority's certificate."""

    def __init__(self, directory):
        self.dir, self.ca = directory, Authority(directory)
        self.file = os.path.join(directory, "trusted.pem")
        self.only(self.ca)

    def only(self, ca):
        with open(self.file, "w"):
            pass
        self.too(ca)

    def too(self, ca):
        with open(ca.cert) as f, open(self.file, "a") as to:
            to.write(f.read())


def who(server, agent, certificate, source):
    """"welcome", "refuse" or "end" for who comes like this."""
    with Tunnel(server.port, certificate, source) as t:
        said = t.hello(agent)
    return {WELCOME: "welcome", REFUSE: "refuse"}[said[0]] if said else "end"


def refusals(tap, server, trust):
    ca, c = trust.ca, server.client()
    c.result("subscribe")
    other = Authority(trust.dir, "other")
    good = ca.sign("branch-7", file="good")
    state = os.path.join(server.dir, "state", "agents")
    with open(state) as f:
        tap.ok("branch-7 certificate " in f.read(), "kept without any key")

    def refused(agent, certificate, source, what, reason, stands):
        was = server.counter("certificates_refused")
        got = who(server, agent, certificate, source)
        tap.equal(got, "refuse" if stands else "end", what)
        tap.equal(server.counter("certificates_refused") - was,
                  0 if stands else 1, what + ": counted")
        e = c.event("agent.refused")
        tap.ok(e["address"].startswith(source + ":") and
               e["reason"] == reason, what + ": reported", e)
        tap.ok(server.agents()["branch-7"]["state"] == "down" and
               server.agents()["keyed"]["state"] == "down",
               what + ": nobody is up")

    refused("branch-7", other.sign("branch-7", file="wrong"), "127.0.0.11",
            "another authority's", "certificate", False)
    refused("branch-7", ca.sign("branch-7", days=-1, file="over"),
            "127.0.0.12", "one that is over", "certificate", False)
    refused("branch-7", None, "127.0.0.13", "none at all", "proof", True)
    for n, (name, san, what) in enumerate((
            ("branch-8", None, "another name's"),
            ("branch-7", "DNS:branch-8", "a dNSName goes before the CN"),
            ("x", "DNS:*", "no pattern stands for a name"),
            ("Branch-7", None, "capitals are other letters"),
            ("x", "URI:branch-7", "a URI is no name"))):
        refused("branch-7", ca.sign(name, san, file="n%d" % n),
                "127.0.0.%d" % (20 + n), what, "proof", True)
    refused("keyed", ca.sign("keyed"), "127.0.0.30",
            "an agent with a secret needs it", "proof", True)
    refused("nobody", ca.sign("nobody"), "127.0.0.31",
            "who was not added", "proof", True)
    c.close()

    tap.equal(who(server, "branch-7", good, "127.0.0.40"), "welcome",
              "the right one")
    tap.equal(who(server, "branch-7", ca.sign("x", "DNS:a,DNS:branch-7"),
                  "127.0.0.41"), "welcome", "one of several names")
    limited = server.counter("tunnels_limited")
    bad = other.sign("branch-7", file="bad")
    for _ in range(8):
        try:
            who(server, "branch-7", bad, "127.0.0.50")
        except OSError:
            pass
    tap.ok(server.counter("tunnels_limited") > limited,
           "who fails again and again has to wait")
    return good


def changes(tap, server, trust, conf, good):
    conf = re.sub("certificate = .*", "certificate = " + good[0], conf)
    conf = re.sub("key = .*", "key = " + good[1], conf)

    def agent():
        return server.agents()["branch-7"]

    with Agent(server, conf, lan="127.0.0.7:15270") as a:
        tap.ok(wait(lambda: agent()["state"] == "up", 10), "the agent is up",
               a.said())
        session, was = agent()["channels"], agent()
        tap.equal(was["proof"], "certificate", "and how is shown")

        # a new authority on both sides, one after the other
        new = Authority(trust.dir, "new")
        trust.too(new)
        server.process.send_signal(signal.SIGHUP)
        wait(lambda: b"SIGHUP" in server.said())
        for to, of in zip(good, new.sign("branch-7", file="renewed")):
            os.replace(of, to)
        a.process.send_signal(signal.SIGHUP)
        tap.ok(wait(lambda: agent()["came"] == was["came"] + 1 and
                    agent()["resumed"] == was["resumed"] + 1, 10),
               "SIGHUP: the tunnel moves to a connection with the new one",
               a.said())
        tap.equal(agent()["channels"], session, "with its channels")
        trust.only(new)
        server.process.send_signal(signal.SIGHUP)
        wait(lambda: server.said().count(b"read again") == 2)
        tap.equal(who(server, "branch-7", trust.ca.sign("branch-7", file="y"),
                      "127.0.0.60"), "end",
                  "the old authority's are good no more")
        came = agent()["came"]
        a.process.send_signal(signal.SIGHUP)
        tap.ok(wait(lambda: agent()["came"] == came + 1, 10),
               "the new authority's are", a.said())

        with open(good[0], "w") as f:
            f.write("half of one")
        a.process.send_signal(signal.SIGHUP)
        tap.ok(wait(lambda: agent()["came"] == came + 2, 10),
               "a file that can't be read: what was read serves on", a.said())
        tap.ok("serves on" in a.said(), "and it is said")
        with open(trust.file, "w") as f:
            f.write("half of one")
        server.process.send_signal(signal.SIGHUP)
        tap.ok(wait(lambda: b"authorities" in server.said()),
               "the same at the server")
        a.process.send_signal(signal.SIGHUP)
        tap.ok(wait(lambda: agent()["came"] == came + 3, 10),
               "there too what was read serves on", a.said())

        r = server.ctl("agent", "revoke", "branch-7")
        tap.ok(r.returncode == 0 and "ended" in r.stdout, "revoked", r)
        tap.ok(wait(lambda: "refuses" in a.said(), 15),
               "and the certificate gives no access", a.said())


def let_in(tap, server, trust):
    r = server.ctl("agent", "add", "branch-7", "--certificate")
    tap.ok(r.returncode == 0 and "secret" not in r.stdout and
           "certificate = " in r.stdout, "added, without a secret", r)
    server.ctl("agent", "add", "keyed")
    good = refusals(tap, server, trust)
    changes(tap, server, trust, r.stdout, good)
    tap.ok("Sanitizer" not in server.said().decode(errors="replace"),
           "no sanitizer spoke")


def test(tap):
    with Server() as server:
        r = server.ctl("agent", "add", "branch-7", "--certificate")
        tap.ok(r.returncode == 1 and "client_ca" in r.stderr,
               "without client_ca no agent has a certificate", r)
    with tempfile.TemporaryDirectory() as directory:
        trust = Trust(directory)
        with Server(more="client_ca = " + trust.file) as server:
            let_in(tap, server, trust)


main(test, own_network=True)
