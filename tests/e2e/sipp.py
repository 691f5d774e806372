# SPDX-License-Identifier: GPL-2.0-or-later
"""SIPp with scenarios written as Python lists, and gates in them.

A scenario is a list of steps: send(...), recv(...), gate(). At a gate SIPp
waits for a NOTIFY that the test itself sends to it, so the test decides when a
call goes on and nothing depends on how fast a machine is.
"""
import os
import re
import subprocess

from world import SERVER4, SIP_PORT, Program, installed, wait

SDP = """v=0
o=- {version} {version} IN IP4 {ip}
s=-
c=IN IP4 {c}
t=0 0
m=audio {port} RTP/AVP {pt}
{lines}"""
RTPMAP = {0: "PCMU/8000", 8: "PCMA/8000"}


def sdp(ip, port, pt=(0,), version=1, c=None, *more):
    lines = ["a=rtpmap:%d %s" % (p, RTPMAP[p]) for p in pt] + list(more)
    return SDP.format(version=version, ip=ip, c=c or ip, port=port,
                      pt=" ".join(map(str, pt)), lines="\n".join(lines))


def message(first, headers, body):
    if body:
        headers = headers + ["Content-Type: application/sdp"]
    return "\n".join([first, *headers, "Content-Length: [len]", "",
                      (body + "\n") if body else ""])


def send(text, retrans=True, start=None):
    return '<send%s><![CDATA[\n%s\n]]></send>' % (
        ' retrans="500"' if retrans else "", text)


def recv(what, optional=False, action="", **attributes):
    kind = "response" if str(what).isdigit() else "request"
    more = "".join(' %s="%s"' % i for i in attributes.items())
    return '<recv %s="%s"%s%s>%s</recv>' % (
        kind, what, ' optional="true"' if optional else "", more,
        "<action>%s</action>" % action if action else "")


def gate():
    return recv("NOTIFY")


class Peer:
    """One SIPp, as caller or called party, at an address of its own."""

    def __init__(self, world, port, user, call):
        self.world, self.port = world, port
        self.host, self.server = world.place(user)
        self.user, self.call = user, call
        self.ip = world.lab.address(self.host)
        self.program = None
        self.n = 0

    # ---- texts

    def headers(self, to, cseq, method, contact=True):
        h = ["Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch];rport",
             "From: <sip:%s@%s>;tag=%s-[call_number]" %
             (self.user, SERVER4, self.user),
             "To: <sip:%s@%s>[peer_tag_param]" % (to, SERVER4),
             "Call-ID: [call_id]", "CSeq: %d %s" % (cseq, method),
             "Max-Forwards: 70"]
        if contact:
            h.append("Contact: <sip:%s@[local_ip]:[local_port]>" % self.user)
        return h

    def request(self, method, to, cseq, body="", *more):
        """The first of a dialog, or outside of any."""
        return send(message("%s sip:%s@%s SIP/2.0" % (method, to, SERVER4),
                            self.headers(to, cseq, method) + list(more), body))

    def within(self, method, to, cseq, body="", *more):
        """Within the dialog this side began."""
        return send(message("%s [next_url] SIP/2.0" % method,
                            ["[routes]"] +
                            self.headers(to, cseq, method, body != "") +
                            list(more), body), method != "ACK")

    def back(self, method, cseq, body="", *more):
        """Within the dialog the other side began; see invited()."""
        h = ["Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch];rport",
             "[routes]", "From:[$2];tag=%s" % self.user, "To:[$1]",
             "Call-ID: [call_id]", "CSeq: %d %s" % (cseq, method),
             "Max-Forwards: 70"]
        if body:
            h.append("Contact: <sip:%s@[local_ip]:[local_port]>" % self.user)
        return send(message("%s [next_url] SIP/2.0" % method,
                            h + list(more), body), method != "ACK")

    def contact(self):
        return "Contact: <sip:%s@[local_ip]:[local_port]>" % self.user

    def answer(self, first, body="", *more):
        """To the request that came last, which is within a dialog."""
        h = ["[last_Via:]", "[last_Record-Route:]", "[last_From:]",
             "[last_To:]", "[last_Call-ID:]", "[last_CSeq:]", self.contact()]
        return send(message("SIP/2.0 " + first, h + list(more), body), False)

    def respond(self, first, body="", *more):
        """To the INVITE of invited(), whatever came since."""
        h = ["[$3]", "[$4]", "[$5]", "[$6];tag=%s" % self.user, "[$7]",
             "[$8]", self.contact()]
        return send(message("SIP/2.0 " + first, h + list(more), body),
                    first.startswith("2"))

    @staticmethod
    def invited():
        """The INVITE; kept for respond() and back()."""
        kept = "".join('<assignstr assign_to="%d" value="[last_%s:]"/>' % i
                       for i in ((3, "Via"), (4, "Record-Route"), (5, "From"),
                                 (6, "To"), (7, "Call-ID"), (8, "CSeq")))
        return recv("INVITE", rrs="true", action=(
            '<ereg regexp=".*" search_in="hdr" header="From:" '
            'assign_to="1"/>'
            '<ereg regexp=".*" search_in="hdr" header="To:" assign_to="2"/>')
        ) + "<nop><action>%s</action></nop>" % kept

    # ---- running it

    def run(self, steps, *argv, uac=False):
        self.n += 1
        name = "%s-%s-%d" % (self.call, self.user, self.n)
        refs = ('<Reference variables="1,2,3,4,5,6,7,8"/>'
                if any("assign_to" in s for s in steps) else "")
        xml = self.world.write(
            name + ".xml", '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<scenario name="%s">\n%s\n%s</scenario>\n' %
            (name, "\n".join(steps), refs))
        self.messages = self.world.path(name + ".msg")
        self.program = Program(
            self.world, self.host, name, installed("sipp"), "-sf", xml,
            "-i", self.ip, "-p", str(self.port), "-m", "1", "-nostdin",
            "-timeout", "60s", "-timeout_error", "-trace_msg",
            "-message_file", self.messages, "-trace_err", "-error_file",
            self.world.path(name + ".err"), *argv)
        if uac:
            return self
        self.program.binds(self.port)
        return self

    def dial(self, steps):
        return self.run(steps, "-cid_str", self.call + "@lab",
                        "%s:%d" % (self.server, SIP_PORT), uac=True)

    def done(self, seconds=40):
        """Waits for SIPp's end: True when all went as the scenario says."""
        try:
            return self.program.process.wait(seconds) == 0
        except subprocess.TimeoutExpired:
            return False

    def why(self):
        out = []
        for path in (self.messages.replace(".msg", ".err"), self.messages):
            if os.path.exists(path):
                with open(path, errors="replace") as f:
                    out.append(f.read()[-3000:])
        return "\n".join(out)

    def open_gate(self):
        """Lets the scenario go on."""
        self.n += 1
        text = "\r\n".join([
            "NOTIFY sip:%s@%s:%d SIP/2.0" % (self.user, self.ip, self.port),
            "Via: SIP/2.0/UDP %s:9;branch=z9hG4bKgate%d" % (self.ip, self.n),
            "From: <sip:gate@lab>;tag=gate", "To: <sip:gate@lab>",
            "Call-ID: %s@lab" % self.call, "CSeq: %d NOTIFY" % self.n,
            "Content-Length: 0", "", ""])
        with self.world.lab.udp(self.host) as s:
            s.sendto(text.encode(), (self.ip, self.port))

    # ---- its media, and what it got

    def udp(self, port):
        return self.world.lab.udp(self.host, self.ip, port)

    def received(self):
        """Every message that came in, in order."""
        if not os.path.exists(self.messages):
            return []
        with open(self.messages, errors="replace") as f:
            parts = re.split(r"^-{20,}.*\n", f.read(), flags=re.M)
        return [p.split("\n\n", 1)[1] for p in parts
                if "message received" in p[:60] and "\n\n" in p]

    def media(self, first, nth=-1, kind="audio"):
        """Where the SDP of a received message wants media: waits for it. first:
        how the message begins; nth: which of these."""
        def look():
            found = []
            for m in self.received():
                c = re.search(r"^c=IN IP[46] (\S+)", m, re.M)
                p = re.search(r"^m=%s (\d+)" % kind, m, re.M)
                if m.startswith(first) and c and p:
                    found.append((c.group(1), int(p.group(1))))
            return found[nth] if len(found) > (nth if nth >= 0 else 0) else None
        return wait(look, 20, "%s gets an SDP in %s" % (self.user, first))

    def has(self, first, count=1):
        """Waits until this many such messages came."""
        return wait(lambda: sum(m.startswith(first)
                                for m in self.received()) >= count, 20)

    def register(self, expires=600, cseq=1, password=None):
        """Registers this address, and waits for the answer; True: 200."""
        def steps(cseq, *more):
            return send(message("REGISTER sip:%s SIP/2.0" % SERVER4,
                                self.register_head(expires, cseq) +
                                list(more), ""))
        auth = "[authentication username=%s password=%s]" % (self.user,
                                                             password)
        challenged = [] if not password else [
            recv(401, auth="true"), steps(cseq + 1, auth)]
        self.run([steps(cseq), *challenged, recv(200)], "-cid_str",
                 "register-%s-%d@lab" % (self.user, self.port),
                 "%s:%d" % (self.server, SIP_PORT), uac=True)
        return self.done()

    def register_head(self, expires, cseq):
        return ["Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]",
                "From: <sip:%s@%s>;tag=r%d" % (self.user, SERVER4, self.n),
                "To: <sip:%s@%s>" % (self.user, SERVER4),
                "Call-ID: [call_id]", "CSeq: %d REGISTER" % cseq,
                "Max-Forwards: 70", self.contact(),
                "Expires: %d" % expires]
