#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What no well-behaved phone sends: messages with the oddities and faults of
RFC 4475 (named as there), and session descriptions with faults of their own.

Kamailio stays up, answers as RFC 3261 has it or not at all where there is
nobody to answer, and a call that is going on and the registrations are as they
were. Answers: a set of statuses; None in it: silence is right, too.
"""
import re
import time

from rtp import Studio
from sides import PROGRESS, Sides, invite, offer
from sipp import gate, recv, sdp
from world import SERVER4, SIP_PORT, World, main, wait

HEAD = {"Via": "SIP/2.0/UDP {ip}:{port};rport;branch=z9hG4bK{name}",
        "From": "<sip:torture@{server}>;tag=t{name}",
        "To": "<sip:bob@{server}>", "Call-ID": "{name}@torture",
        "CSeq": "7 {method}", "Max-Forwards": "70",
        "Contact": "<sip:torture@{ip}:{port}>"}
GONE = {404, 480}


class Torture:
    """Sends one message, and takes the final answer."""

    def __init__(self, world):
        self.sock = world.lab.udp("pub", world.lab.address("pub"), 5099)
        self.sock.settimeout(0.02)
        self.ip, self.port = self.sock.getsockname()

    def text(self, name, method="INVITE", uri=None, drop=(), body=b"", start=None,
             length=None, **headers):
        fill = {"ip": self.ip, "port": self.port, "server": SERVER4,
                "name": name, "method": method}
        h = {k: v.format(**fill) for k, v in HEAD.items() if k not in drop}
        for k, v in headers.items():
            h[k.replace("_", "-")] = v.format(**fill)
        first = start or "%s %s SIP/2.0" % (
            method, uri or "sip:nobody@%s" % SERVER4)
        if body:
            h.setdefault("Content-Type", "application/sdp")
        h["Content-Length"] = str(len(body) if length is None else length)
        lines = [first] + ["%s: %s" % i for i in h.items()]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body

    def ask(self, name, message, seconds=1.5):
        self.sock.sendto(message, (SERVER4, SIP_PORT))
        return self.final(name, seconds)

    def final(self, name, seconds):
        """Status of the final answer to this one, however late others come."""
        mine = ("%s@torture" % name).encode()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                data = self.sock.recv(65535)
            except OSError:
                continue
            m = re.match(rb"SIP/2.0 ([2-6]\d\d)", data)
            if m and mine in data:
                return int(m.group(1))
        return None


def messages(t):
    """(name in RFC 4475, message, what may be answered)"""
    # 3.1.1: valid, though it does not look so
    yield "wsinv", t.text(
        "wsinv", To="\"A bob\" <sip:nobody@{server}>\r\n ;unknownparam",
        Subject="", NewFangledHeader="a value\r\n  continued;and = more",
        Route="<sip:{server};lr;unknown=\"x\">"), GONE | {200}
    yield "intmeth", t.text(
        "intmeth", "!interesting-Method0123456789_*+`.%indeed'~",
        uri="sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:"
            "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@" + SERVER4), \
        GONE | {400, 405, 501}
    yield "esc01", t.text(
        "esc01", uri="sip:sips%3Auser%40example.com@" + SERVER4,
        To="<sip:%75se%72@{server}>"), GONE
    yield "escnull", t.text(
        "escnull", "REGISTER", uri="sip:" + SERVER4,
        To="<sip:null-%00-null@{server}>", Contact="<sip:%00@192.0.2.3>;expires=1"
        ), {200, 400}
    yield "esc02", t.text("esc02", "RE%47IST%45R",
                          uri="sip:registrar." + SERVER4), {400, 403, 405, 501}
    yield "lwsdisp", t.text("lwsdisp", "OPTIONS", From="caller<sip:caller@"
                            "example.com>;tag=323"), GONE | {200}
    yield "longreq", t.text(
        "longreq", To='"%s" <sip:nobody@{server}>' % ("long " * 200),
        From='<sip:%s@example.com>;tag=12%s4' % ("a" * 300, "9" * 200)), \
        GONE | {400}
    yield "dblreq", t.text("dblreq", "OPTIONS") + t.text("dbl2"), GONE | {200}
    yield "semiuri", t.text("semiuri", "OPTIONS",
                            uri="sip:user;par=u%40example.net@" + SERVER4), \
        GONE | {200}
    yield "transports", t.text(
        "transports", "OPTIONS",
        Via="SIP/2.0/UDP {ip}:{port};rport;branch=z9hG4bKtransports\r\n"
            "Via: SIP/2.0/UNKNOWN t5.example.com;branch=z9hG4bKkj"), GONE | {200}
    yield "mpart01", t.text(
        "mpart01", "MESSAGE", body=b"--7a9cbec02ceef655\r\nContent-Type: text/"
        b"plain\r\n\r\nHello\r\n--7a9cbec02ceef655\r\nContent-Type: application"
        b"/octet-stream\r\n\r\n" + bytes(range(256)) + b"\r\n--7a9cbec02ceef655"
        b"--", Content_Type="multipart/mixed;boundary=7a9cbec02ceef655"), GONE
    # 3.1.2: invalid
    yield "badinv01", t.text(
        "badinv01", Contact="\"Joe\" <sip:joe@{ip}>;;;;",
        Via="SIP/2.0/UDP {ip}:{port};rport;branch=z9hG4bKbadinv01;,;,,"), \
        {400, None} | GONE
    yield "clerr", t.text("clerr", body=sdp(t.ip, 9).encode(), length=9999), \
        {400}
    yield "ncl", t.text("ncl", length=-999), {400, None}
    yield "scalar02", t.text("scalar02", "REGISTER", uri="sip:" + SERVER4,
                             CSeq="36893488147419103232 REGISTER"), {400, None}
    yield "quotbal", t.text(
        "quotbal", To="\"Mr. J. User <sip:j.user@{server}>"), {400, None}
    yield "ltgtruri", t.text("ltgtruri", uri="<sip:user@%s>" % SERVER4), \
        {400, 403, None}
    yield "lwsruri", t.text("lwsruri", uri="sip:user@%s; lr" % SERVER4), \
        {400, None}
    yield "lwsstart", t.text(
        "lwsstart", start="INVITE  sip:user@%s  SIP/2.0" % SERVER4), \
        {400, None} | GONE
    yield "trws", t.text("trws", "OPTIONS",
                         start="OPTIONS sip:x@%s SIP/2.0  " % SERVER4), \
        {400, None} | GONE
    yield "escruri", t.text(
        "escruri", uri="sip:user@%s?Route=%%3Csip:%s%%3E" % (SERVER4, SERVER4)), \
        {400} | GONE
    yield "baddate", t.text("baddate", Date="Fri, 01 Jan 2010 16:00:00 EST"), \
        {400} | GONE
    yield "regbadct", t.text(
        "regbadct", "REGISTER", uri="sip:" + SERVER4, To="<sip:r@{server}>",
        Contact="sip:user@example.com?Route=%3Csip:sip.example.com%3E",
        Expires="1"), {400, 200}
    yield "badaspec", t.text("badaspec", "OPTIONS",
                             To="\"Watson, Thomas\" < sip:t@{server} >"), \
        {400, 200} | GONE
    yield "baddn", t.text("baddn", "OPTIONS",
                          From="Bell, Alexander <sip:a@example.com>;tag=43"), \
        {400, None, 200} | GONE
    yield "badvers", t.text(
        "badvers", "OPTIONS", start="OPTIONS sip:x@%s SIP/7.0" % SERVER4), \
        {400, 505, None}
    yield "mismatch01", t.text("mismatch01", "OPTIONS", CSeq="8 INVITE"), \
        {400, None}
    yield "bigcode", b"SIP/2.0 4294967301 better not break the receiver\r\n" + \
        t.text("bigcode").split(b"\r\n", 1)[1], {None}
    # 3.2: transaction layer
    yield "badbranch", t.text("badbranch", "OPTIONS", Via="SIP/2.0/UDP "
                              "{ip}:{port};rport;branch=z9hG4bK"), {200, 400} | GONE
    # 3.3: application layer
    yield "insuf", t.text("insuf", drop=("Call-ID", "From", "To")), {400, None}
    yield "unkscm", t.text("unkscm", "OPTIONS", uri="nobodyKnowsThisScheme:"
                           "totallyopaquecontent"), {400, 416, None}
    yield "novelsc", t.text("novelsc", "OPTIONS",
                            uri="soap.beep://192.0.2.103:3002"), {400, 416, None}
    yield "unksm2", t.text("unksm2", "REGISTER", uri="sip:" + SERVER4,
                           To="isbn:2983792873"), {400, 404, None}
    yield "bext01", t.text("bext01", "OPTIONS", Require="nothingSupportsThis",
                           Proxy_Require="noProxiesSupportThis"), {420}
    yield "invut", t.text("invut", body=b"<audio>\r\n </audio>\r\n",
                          Content_Type="application/unknownformat"), GONE
    yield "multi01", t.text(
        "multi01", CSeq="8 INVITE\r\nCSeq: 59 INVITE",
        Call_ID="a@multi\r\nCall-ID: b@multi", To="<sip:nobody@{server}>\r\n"
        "To: <sip:other@{server}>"), {400, None} | GONE
    yield "mcl01", t.text("mcl01", "OPTIONS", Via="SIP/2.0/UDP {ip}:{port};rport;"
                          "branch=z9hG4bKmcl01\r\nContent-Length: 13"), \
        {400, None, 200} | GONE
    yield "bcast", b"SIP/2.0 200 OK\r\n" + \
        t.text("bcast").split(b"\r\n", 1)[1].replace(
            t.ip.encode(), b"255.255.255.255", 1), {None}
    yield "zeromf", t.text("zeromf", "OPTIONS", Max_Forwards="0"), {483}
    yield "cparam01", t.text(
        "cparam01", "REGISTER", uri="sip:" + SERVER4, To="<sip:w@{server}>",
        Contact="sip:+19725552222@gw1.example.net;unknownparam;expires=1"), {200}
    yield "regescrt", t.text(
        "regescrt", "REGISTER", uri="sip:" + SERVER4, To="<sip:e@{server}>",
        Contact="<sip:u@example.com?Route=%3Csip:example.com%3E>;expires=1"), \
        {200, 400}
    yield "sdp01", t.text("sdp01", drop=("Content-Type",), Accept="text/nobodyKnows"), \
        GONE | {406}
    # 3.4: from before RFC 3261
    yield "inv2543", t.text(
        "inv2543", drop=("Max-Forwards",), Via="SIP/2.0/UDP {ip}:{port}",
        From="<sip:old@{server}>"), {400} | GONE
    # ours: what is no SIP at all
    yield "nothing", b"\0" * 64, {None}
    yield "binary", bytes(range(256)) * 4, {None}
    yield "only a start", b"INVITE sip:bob@" + SERVER4.encode(), {None}


def bodies(ip):
    """(what is wrong, text, is the call refused because of it?)"""
    good = sdp(ip, 6100)
    yield "no line is one", "this is no session description\r\n", True
    yield "one octet", "v", True
    yield "binary", "v=0\r\n\0\1\2\3\xff\xfe", True
    yield "no port", good.replace("m=audio 6100", "m=audio"), True
    yield "a port of letters", good.replace("6100", "abcd"), True
    yield "a port beyond", good.replace("6100", "99999"), True
    yield "a port below", good.replace("6100", "-1"), True
    yield "100 streams", good + "".join(
        "\r\nm=audio %d RTP/AVP 0" % (7000 + 2 * i) for i in range(100)), True
    yield "17 streams", good + "".join(
        "\r\nm=audio %d RTP/AVP 0" % (7000 + 2 * i) for i in range(16)), True
    yield "40,000 octets of attributes", good + "\r\na=x:" + "y" * 40000, None
    yield "3,000 lines", good + "\r\na=x" * 3000, True
    yield "a name for an address", good.replace(
        "c=IN IP4 " + ip, "c=IN IP4 phone.example.com"), False
    yield "no address", re.sub(r"c=IN.*\n", "", good), False
    yield "unknown lines", good + "\r\nz=0 0\r\na=unknown:\x7f~{}", False
    yield "bare line feeds", good.replace("\r", ""), False


def torture(tap, world, t):
    for name, message, allowed in messages(t):
        got = t.ask(name, message, 0.4 if None in allowed else 2)
        tap.ok(got in allowed, "%s: answered %s" % (name, got or "by nothing"),
               "may be answered: %s" % allowed)


def malformed(tap, world, t):
    for i, (what, text, refused) in enumerate(bodies(t.ip)):
        name = "sdp%d" % i
        got = t.ask(name, t.text(name, uri="sip:bob@" + SERVER4, body=text.encode(
            "latin-1")), 2 if refused else 0.3)
        if refused is None:
            tap.ok(got in (None, 400, 413, 513), "SDP: %s: %s" % (what, got))
        elif refused:
            tap.equal(got, 400, "SDP: %s: 400" % what)
        else:
            tap.ok(got in (None, 180, 486, 503), "SDP: %s: not refused" % what, got)
        if not refused:
            t.ask(name, t.text(name, "CANCEL", uri="sip:bob@" + SERVER4), 0.2)


def steady(tap, world, before, name):
    tap.ok(world.kamailio.alive() and world.kamcmd("core.uptime"),
           name + ": Kamailio is up")
    tap.ok(world.relay.alive(), name + ": the relay is up")
    now = world.query("SELECT alias, contact FROM active_registrations "
                      "WHERE alias = 'bob' ORDER BY contact")
    tap.equal(now, before, name + ": the registrations are as they were")


def test(tap):
    with World(tap, "flat") as world, Studio() as studio:
        world.start()
        s = Sides(world, studio, "during")
        tap.ok(s.b.register(), "bob registers", s.b.why())
        before = wait(lambda: world.query(
            "SELECT alias, contact FROM active_registrations "
            "WHERE alias = 'bob'"))
        s.b.run([s.b.invited(), s.b.respond("200 OK", offer(s.b, 7000)),
                 recv("ACK"), recv("BYE"), s.b.answer("200 OK")])
        s.a.dial([invite(s.a), *PROGRESS, recv(200, rrs="true"),
                  s.a.within("ACK", "bob", 1), gate(),
                  s.a.within("BYE", "bob", 2), recv(200)])
        s.pb.remote = s.b.media("INVITE")
        s.pa.remote = s.a.media("SIP/2.0 200")
        s.both(tap, "before")
        t = Torture(world)
        torture(tap, world, t)
        steady(tap, world, before, "after RFC 4475")
        s.both(tap, "after RFC 4475")
        malformed(tap, world, t)
        steady(tap, world, before, "after malformed SDP")
        s.both(tap, "after malformed SDP")
        s.a.open_gate()
        # those that bob's phone did not answer end when tm gives up
        wait(lambda: len(world.sessions()) < 2, 40)
        s.ended(tap, "the call", "bye", "caller")
        wait(lambda: not world.calls(ended=False), 40)
        tap.equal(world.calls(ended=False), [], "no row is left open")
        s.close()


main(test)
