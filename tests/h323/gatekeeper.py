# SPDX-License-Identifier: GPL-2.0-or-later
"""A gatekeeper of a few lines, for tests of what asks one: a terminal of
h323term that answers what others ask. ways: how it answers a request, by its
name; None: as it is here, which is to agree."""
import threading

VERSION = "0.0.8.2250.0.4"


class Gatekeeper:
    def __init__(self, terminals, name="gk", ttl=60, **options):
        self.terminals, self.ttl = terminals, ttl
        self.terminal = terminals.add(name, **options)
        self.address = self.terminal.ras
        self.ways, self.asked, self.numbers = {}, [], {}
        self.changed = threading.Condition()
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        t = self.terminals
        at = 0
        while True:
            with t.changed:
                while at == len(t.all) and not t.over:
                    t.changed.wait()
                if at == len(t.all):
                    return
                e = t.all[at]
            at += 1
            if e["event"] == "ras" and e["terminal"] == self.terminal.name:
                (name, body), = e["message"].items()
                self.request(name, body, e["from"])

    def request(self, name, body, source):
        with self.changed:
            self.asked.append((name, body, source))
            self.changed.notify_all()
        way = self.ways.get(name) or getattr(self, name, None)
        answer = way and way(body, source)
        if answer:
            kind, more = answer
            self.say(source, kind, dict(
                more, requestSeqNum=body["requestSeqNum"]))

    def say(self, to, name, body):
        self.terminal.send("say", at=to, message={name: body})

    def ask(self, to, name, **body):
        self.terminal.send("ras", at=to, message={name: body}, tries=1)

    def heard(self, name, count=1, seconds=10):
        """The bodies of the first requests of a name, once so many are here."""
        with self.changed:
            def got():
                return [b for n, b, _ in self.asked if n == name]
            self.changed.wait_for(lambda: len(got()) >= count, seconds)
            return got()

    # ---- how it agrees

    def gatekeeperRequest(self, body, source):
        return "gatekeeperConfirm", {
            "protocolIdentifier": VERSION, "gatekeeperIdentifier": "gk",
            "rasAddress": {"ipAddress": self.address}}

    def registrationRequest(self, body, source):
        where = body["callSignalAddress"][0]["ipAddress"]
        for alias in body.get("terminalAlias", []):
            text, = alias.values()
            self.numbers[text] = where
        return "registrationConfirm", {
            "protocolIdentifier": VERSION, "gatekeeperIdentifier": "gk",
            "callSignalAddress": [{"ipAddress": self.address}],
            "endpointIdentifier": "of " + where, "timeToLive": self.ttl,
            "willRespondToIRR": False, "maintainConnection": False}

    def unregistrationRequest(self, body, source):
        return "unregistrationConfirm", {}

    def admissionRequest(self, body, source):
        where = body.get("destCallSignalAddress", {}).get("ipAddress")
        for alias in body.get("destinationInfo", []):
            text, = alias.values()
            where = self.numbers.get(text, where)
        if not where:
            return "admissionReject", {
                "rejectReason": "calledPartyNotRegistered"}
        return "admissionConfirm", {
            "bandWidth": body["bandWidth"], "callModel": "direct",
            "destCallSignalAddress": {"ipAddress": where},
            "willRespondToIRR": False, "uuiesRequested": {
                k: False for k in (
                    "setup", "callProceeding", "connect", "alerting",
                    "information", "releaseComplete", "facility", "progress",
                    "empty")}}

    def disengageRequest(self, body, source):
        return "disengageConfirm", {}

    def bandwidthRequest(self, body, source):
        return "bandwidthConfirm", {"bandWidth": body["bandWidth"]}
