# SPDX-License-Identifier: GPL-2.0-or-later
"""A SIP phone that registers, and is asked now and then whether it is there.

Its Contact and Via name a private address, so it seems to be behind a NAT: what
the proxy sees is 127.0.0.1 and a port of its own.
"""
import itertools
import re
import socket
import threading

PRIVATE = "192.168.7.7"
SECONDS = 10  # for an answer; the server's never being slow is not tested


class Phone:
    ids = itertools.count(1)

    def __init__(self, user, port, tcp=False, host="127.0.0.1"):
        self.user, self.server, self.host = user, (host, port), host
        self.n = next(self.ids)
        self.call_id = "reg-%d@%s" % (self.n, PRIVATE)
        self.cseq = 0
        self.answering = True
        self.answers, self.requests, self.pings = [], [], []
        self.news = threading.Condition()
        self.tcp = tcp
        if tcp:
            self.socket = socket.create_connection(self.server)
        else:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            self.socket = socket.socket(family, socket.SOCK_DGRAM)
            self.socket.bind((host, 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.listen, daemon=True).start()

    @property
    def uri(self):
        return "sip:%s@%s:%d%s" % (self.user, PRIVATE, 5060 + self.n,
                                   ";transport=tcp" if self.tcp else "")

    @property
    def seen(self):
        host = "[%s]" % self.host if ":" in self.host else self.host
        return "%s:%d" % (host, self.port)

    def close(self):
        self.socket.close()

    # what comes in

    def listen(self):
        while True:
            try:
                data, source = self.socket.recvfrom(65535)
            except OSError:
                return
            if not data:
                return
            self.take(data, source)

    def take(self, data, source):
        with self.news:
            if data.startswith(b"SIP/2.0 "):
                self.answers.append(data.decode())
            elif re.match(rb"[A-Z]+ sip:", data):
                self.requests.append(data.decode())
            else:
                self.pings.append(data)
            self.news.notify_all()
        if self.answering and data.startswith(b"OPTIONS "):
            self.send(self.ok(data.decode()), source)
        if self.answering and data[:2] == b"\x00\x01":
            self.send(b"\x01\x01\x00\x00" + data[4:20], source)

    @staticmethod
    def ok(request):
        keep = re.findall(r"(?mi)^(?:via|from|call-id|cseq):.*\r\n", request)
        to = re.search(r"(?mi)^to:.*", request).group().strip()
        return "SIP/2.0 200 OK\r\n%s%s;tag=there\r\nContent-Length: 0\r\n\r\n" \
            % ("".join(keep), to)

    def send(self, text, to=None):
        data = text if isinstance(text, bytes) else text.encode()
        if self.tcp:
            self.socket.sendall(data)
        else:
            self.socket.sendto(data, to or self.server)

    def until(self, condition, seconds=SECONDS):
        with self.news:
            return self.news.wait_for(condition, seconds)

    # what it asks for

    def request(self, method, uri, *headers, to=None):
        """Sends a request, answers the response's status (None: no answer)."""
        self.cseq += 1
        cseq = "CSeq: %d %s" % (self.cseq, method)
        me = "sip:%s@127.0.0.1" % self.user
        self.send("\r\n".join((
            "%s %s SIP/2.0" % (method, uri),
            "Via: SIP/2.0/%s %s:%d;branch=z9hG4bK-%d-%d" % (
                "TCP" if self.tcp else "UDP", PRIVATE, 5060 + self.n, self.n,
                self.cseq),
            "Max-Forwards: 70",
            "From: <%s>;tag=%d" % (me, self.n),
            "To: <%s>" % (to or me),
            "Call-ID: " + self.call_id, cseq) + headers
            + ("Content-Length: 0", "", "")))
        return lambda: self.status(cseq)

    def status(self, cseq):
        def found():
            return [a for a in self.answers
                    if "\r\n%s\r\n" % cseq in a and " 100 " not in a[:12]]
        self.until(found)
        return int(found()[0].split()[1]) if found() else None

    def register_soon(self, expires=300, params="", headers=()):
        contact = "Contact: <%s>%s;expires=%d" % (self.uri, params, expires)
        return self.request("REGISTER", "sip:127.0.0.1", contact,
                            "User-Agent: Phone/%d" % self.n, *headers)

    def register(self, expires=300, params="", headers=()):
        return self.register_soon(expires, params, headers)()

    def options(self, user):
        return self.request("OPTIONS", "sip:%s@127.0.0.1" % user,
                            to="sip:%s@127.0.0.1" % user)()
