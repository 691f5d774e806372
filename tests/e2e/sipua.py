# SPDX-License-Identifier: GPL-2.0-or-later
"""A SIP phone over UDP, just large enough to register, call, answer and hang
up while the tests look at its media packet by packet."""
import random
import re
import threading
import time

from rtp import Party
from world import SERVER4, SIP_PORT, wait

T1 = 0.5  # seconds (RFC 3261 §17.1.1.1)


def token():
    return "%x" % random.getrandbits(64)


class Message:
    """A request or a response, taken apart."""

    def __init__(self, data):
        head, _, self.body = data.decode(errors="replace").partition("\r\n\r\n")
        self.first, *lines = head.split("\r\n")
        self.headers = [tuple(p.strip() for p in line.split(":", 1))
                        for line in lines if ":" in line]
        self.status = int(self.first.split()[1]) \
            if self.first.startswith("SIP/2.0 ") else 0
        self.method = self["CSeq"].split()[1]

    def all(self, name):
        return [v for n, v in self.headers if n.lower() == name.lower()]

    def __getitem__(self, name):
        return (self.all(name) or [""])[0]

    def tag(self, name):
        m = re.search(r";tag=([^;>\s]+)", self[name])
        return m.group(1) if m else None

    def uri(self, name):
        m = re.search(r"<([^>]+)>", self[name])
        return m.group(1) if m else self[name].split(";")[0]

    def media(self):
        """Where the SDP wants the media."""
        c = re.search(r"^c=IN IP[46] (\S+)", self.body, re.M)
        m = re.search(r"^m=audio (\d+)", self.body, re.M)
        return (c.group(1), int(m.group(1))) if c and m else None


class Call:
    def __init__(self, phone, call_id, party):
        self.phone, self.id, self.party = phone, call_id, party
        self.local = self.remote = None  # From and To values
        self.target, self.routes, self.cseq = None, [], 0
        self.state = "new"

    def request(self, method, body=""):
        """A request inside of the dialog; answers the final response."""
        self.cseq += 1
        return self.phone.request(method, self.target, self.local, self.remote,
                                  self.id, self.cseq, self.routes, body)

    def hangup(self):
        r = self.request("BYE")
        self.state = "ended"
        return r.status if r else None


def final(responses):
    return next((r for r in responses if r.status >= 200), None)


class Phone:
    def __init__(self, world, studio, host, user, port, hz, server=SERVER4,
                 address=None):
        self.world, self.studio, self.user, self.hz = world, studio, user, hz
        self.host, self.server = host, server
        self.address = address or world.lab.address(host)
        self.port = port
        self.sock = world.lab.udp(host, self.address, port)
        self.answers, self.calls = {}, {}
        self.changed = threading.Condition()
        self.ringing_only = False
        threading.Thread(target=self.run, daemon=True).start()

    @property
    def contact(self):
        return "<sip:%s@%s:%d>" % (self.user, self.address, self.port)

    def name(self):
        """Of a call, a transaction, or its part of a dialog."""
        return token()

    def send(self, first, headers, body=""):
        lines = [first] + ["%s: %s" % h for h in headers]
        if body:
            lines.append("Content-Type: application/sdp")
        lines.append("Content-Length: %d" % len(body))
        self.sock.sendto(("\r\n".join(lines) + "\r\n\r\n" + body).encode(),
                         (self.server, SIP_PORT))

    def request(self, method, uri, local, remote, call_id, cseq, routes=(),
                body="", extra=(), seconds=20):
        """Sends until a final response comes; None if none does."""
        branch = "z9hG4bK" + self.name()
        headers = [("Via", "SIP/2.0/UDP %s:%d;branch=%s;rport" % (
                        self.address, self.port, branch)),
                   ("Max-Forwards", "70"), ("From", local), ("To", remote),
                   ("Call-ID", call_id), ("CSeq", "%d %s" % (cseq, method)),
                   ("Contact", self.contact)]
        headers += [("Route", r) for r in routes] + list(extra)
        end, pause = time.monotonic() + seconds, T1
        with self.changed:
            self.answers[branch] = []
        while time.monotonic() < end:
            with self.changed:
                got = self.answers[branch]
                if not got:
                    self.send("%s %s SIP/2.0" % (method, uri), headers, body)
                # a provisional one may come after it, of UDP
                if self.changed.wait_for(lambda: final(got), pause):
                    return final(got)
            pause = min(2 * pause, 4)
        return None

    def register(self, expires=600):
        me = "<sip:%s@%s>" % (self.user, self.server)
        r = self.request("REGISTER", "sip:" + self.server,
                         "%s;tag=%s" % (me, token()), me, token(), 1,
                         extra=[("Expires", str(expires))])
        return r.status if r else None

    def party(self):
        return self.studio.add(Party(self.world.lab.udp(
            self.host, self.address), self.hz))

    def sdp(self, party):
        n = random.getrandbits(31)
        return ("v=0\r\no=- %d %d IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\n"
                "m=audio %d RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n" % (
                    n, n, self.address, self.address,
                    party.sock.getsockname()[1]))

    def dial(self, user, seconds=20, extra=()):
        """Calls; the call if it is answered, else None."""
        call = Call(self, self.name(), self.party())
        call.local = "<sip:%s@%s>;tag=%s" % (self.user, self.server,
                                             self.name())
        uri = "sip:%s@%s" % (user, self.server)
        call.cseq = 1
        r = self.request("INVITE", uri, call.local, "<%s>" % uri, call.id, 1,
                         body=self.sdp(call.party), seconds=seconds,
                         extra=extra)
        self.refused = r.status if r else None
        if not r or r.status != 200:
            self.studio.remove(call.party)
            return None
        call.remote, call.target = r["To"], r.uri("Contact")
        call.routes = list(reversed(r.all("Record-Route")))
        call.party.remote = r.media()
        call.state = "up"
        self.calls[call.id] = call
        self.ack(call)
        return call

    def ack(self, call):
        self.send("ACK %s SIP/2.0" % call.target, [
            ("Via", "SIP/2.0/UDP %s:%d;branch=z9hG4bK%s;rport" % (
                self.address, self.port, token())),
            ("Max-Forwards", "70"), ("From", call.local), ("To", call.remote),
            ("Call-ID", call.id), ("CSeq", "1 ACK"),
            *[("Route", r) for r in call.routes]])

    def reply(self, m, status, reason, to=None, body=""):
        self.send("SIP/2.0 %d %s" % (status, reason), [
            *[("Via", v) for v in m.all("Via")],
            *[("Record-Route", v) for v in m.all("Record-Route")],
            ("From", m["From"]), ("To", to or m["To"]),
            ("Call-ID", m["Call-ID"]), ("CSeq", m["CSeq"]),
            ("Contact", self.contact)], body)

    def invited(self, m):
        call = self.calls.get(m["Call-ID"])
        if not call:
            call = Call(self, m["Call-ID"], self.party())
            call.local = m["To"] + ";tag=" + token()
            call.remote, call.target = m["From"], m.uri("Contact")
            call.routes = m.all("Record-Route")
            call.party.remote = m.media()
            call.sdp = self.sdp(call.party)
            call.invite = m
            self.calls[call.id] = call
        self.reply(m, 180, "Ringing", call.local)
        if not self.ringing_only:
            self.answer(call)

    def answer(self, call):
        self.reply(call.invite, 200, "OK", call.local, call.sdp)
        call.state = "up"

    def handle(self, m):
        if m.status:
            branch = re.search(r"branch=([^;,\s]+)", m["Via"]).group(1)
            if branch in self.answers:
                self.answers[branch].append(m)
            call = self.calls.get(m["Call-ID"])
            if call and m.status == 200 and m.method == "INVITE":
                self.ack(call)
        elif m.method == "INVITE":
            self.invited(m)
        elif m.method == "BYE":
            call = self.calls.get(m["Call-ID"])
            self.reply(m, 200 if call else 481, "Bye")
            if call:
                call.state = "ended"
        elif m.method != "ACK":
            self.reply(m, 200, "OK")

    def run(self):
        while True:
            data = self.sock.recv(65536)
            if len(data) < 20 or b"CSeq" not in data:
                continue  # keepalive
            self.take(data)

    def take(self, data):
        with self.changed:
            self.handle(Message(data))
            self.changed.notify_all()

    def incoming(self, seconds=10):
        """The call that came last, once one has."""
        wait(lambda: self.calls, seconds, self.user + " is called")
        return list(self.calls.values())[-1]
