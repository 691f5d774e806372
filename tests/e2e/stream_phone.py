# SPDX-License-Identifier: GPL-2.0-or-later
"""A SIP phone that goes by what messages say, not by an outbound proxy: within
a dialog it sends to the first Route, over the transport that names. Over UDP,
or over TCP with a socket that takes connections too."""
import re
import socket
import threading

from lab import in_namespace
from sipua import Message, Phone


class RoutePhone(Phone):
    """door: the agent's address; the phone's own may be any of its host."""

    def __init__(self, world, studio, host, user, hz, address, door,
                 transport="udp"):
        self.transport, self.door = transport, door
        self.hops, self.conn, self.listener, self.raw = set(), None, None, []
        super().__init__(world, studio, host, user, 5060, hz, server=door,
                         address=address)

    @property
    def contact(self):
        return "<sip:%s@%s:%d%s>" % (
            self.user, self.address, self.port,
            ";transport=tcp" if self.transport == "tcp" else "")

    # ---- where messages go

    def hop(self, lines):
        """The first Route, or the agent: address, port, transport."""
        route = next((v for n, v in lines if n == "Route"), None)
        if not route:
            return self.door, 5060, self.transport
        m = re.match(r"<sip:([\d.]+)(?::(\d+))?([^>]*)>", route)
        t = re.search(r";transport=(\w+)", m.group(3))
        got = (m.group(1), int(m.group(2) or 5060), t.group(1) if t else "udp")
        self.hops.add(got)
        return got

    def transmit(self, data, lines):
        host, port, transport = self.hop(lines)
        if transport == "udp":
            self.sock.sendto(data, (host, port))
            return
        if not self.conn:
            self.connect(host, port)
        self.conn.sendall(data)

    def send(self, first, headers, body=""):
        if self.transport == "tcp":
            headers = [(n, v.replace("SIP/2.0/UDP " + self.address,
                                     "SIP/2.0/TCP " + self.address, 1))
                       if n == "Via" else (n, v) for n, v in headers]
        lines = [first] + ["%s: %s" % h for h in headers]
        if body:
            lines.append("Content-Type: application/sdp")
        lines.append("Content-Length: %d" % len(body))
        self.transmit(("\r\n".join(lines) + "\r\n\r\n" + body).encode(),
                      headers)

    # ---- connections

    def in_host(self, function):
        return in_namespace(self.world.lab.namespace(self.host), function)

    def connect(self, host, port):
        self.conn = self.in_host(lambda: socket.create_connection(
            (host, port), 5, source_address=(self.address, 0)))
        self.conn.settimeout(None)
        self.reads(self.conn)

    def listen(self):
        """From now on it may be called back."""
        self.listener = self.in_host(lambda: socket.create_server(
            (self.address, self.port)))

        def accept():
            while True:
                try:
                    self.conn = self.listener.accept()[0]
                except OSError:
                    return
                self.reads(self.conn)
        threading.Thread(target=accept, daemon=True).start()

    def disconnect(self):
        self.conn.shutdown(socket.SHUT_RDWR)
        self.conn = None

    def deaf(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def reads(self, conn):
        threading.Thread(target=self.stream, args=(conn,),
                         daemon=True).start()

    def stream(self, conn):
        buf = b""
        while True:
            try:
                data = conn.recv(65536)
            except OSError:
                return
            if not data:
                return
            buf = (buf + data).lstrip(b"\r\n")
            while b"\r\n\r\n" in buf:
                head = buf.index(b"\r\n\r\n") + 4
                n = head + int(re.search(rb"^Content-Length: *(\d+)",
                                         buf[:head], re.M | re.I).group(1))
                if len(buf) < n:
                    break
                self.take(buf[:n])
                buf = buf[n:].lstrip(b"\r\n")

    def take(self, data):
        with self.changed:
            self.raw.append(data)
            self.handle(Message(data))
            self.changed.notify_all()
