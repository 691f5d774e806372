# SPDX-License-Identifier: GPL-2.0-or-later
"""An agent that does as it is told, right or wrong: frames of the tunnel over
TLS, and certificates to show (doc/tunnel-protocol.md)."""
import json
import os
import socket
import ssl
import struct
import subprocess

HELLO, WELCOME, REFUSE, ACK, PING, PONG, GOAWAY, DATAGRAM = \
    range(1, 9)
OPEN, ACCEPT, DATA, CREDIT, FIN, RESET = range(16, 22)
BYTES, MESSAGES = 1, 2
WINDOW, FRAME_MAX = 65536, 16384


def openssl(*argv):
    subprocess.run(["openssl", *argv], check=True, stdin=subprocess.DEVNULL,
                   capture_output=True)


class Authority:
    """Signs certificates, in a directory."""

    def __init__(self, directory, name="ca"):
        self.dir, self.name = directory, name
        self.cert = os.path.join(directory, name + ".crt")
        self.key = os.path.join(directory, name + ".key")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                "/CN=" + name, "-keyout", self.key, "-out", self.cert)
        for f, text in (("index.txt", ""), ("serial", "01\n"), ("conf", """
[ca]
default_ca = d
[d]
database = {0}/{1}.index.txt
serial = {0}/{1}.serial
new_certs_dir = {0}
default_md = sha256
unique_subject = no
policy = p
copy_extensions = copy
[p]
commonName = optional
""".format(directory, name))):
            with open(os.path.join(directory, name + "." + f), "w") as out:
                out.write(text)

    def sign(self, name, san=None, days=1, file=None):
        """Certificate and key, files; days: negative, it is over."""
        base = os.path.join(self.dir, file or name)
        cert, key, req = base + ".crt", base + ".key", base + ".csr"
        openssl("req", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name,
                *(["-addext", "subjectAltName=" + san] if san else []),
                "-keyout", key, "-out", req)
        openssl("ca", "-batch", "-config", "%s/%s.conf" % (self.dir,
                                                           self.name),
                "-cert", self.cert, "-keyfile", self.key, "-notext",
                "-startdate", "20200101000000Z", "-enddate",
                "20200102000000Z" if days < 0 else "20480101000000Z",
                "-in", req, "-out", cert)
        return cert, key


class Tunnel:
    """One connection; nothing is sent that was not asked for."""

    def __init__(self, port, certificate=None, source="127.0.0.1",
                 address="127.0.0.1"):
        ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        ctx.check_hostname = False
        ctx.verify_mode = ssl.CERT_NONE
        ctx.minimum_version = ssl.TLSVersion.TLSv1_3
        ctx.set_alpn_protocols(["postern/1"])
        if certificate:
            ctx.load_cert_chain(*certificate)
        raw = socket.create_connection((address, port), 10,
                                       source_address=(source, 0))
        self.sock = ctx.wrap_socket(raw)
        self.buf = b""

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def send(self, kind, payload=b"", channel=0, flags=0):
        self.sock.sendall(frame(kind, payload, channel, flags))

    def recv(self, *kinds):
        """The next frame, of these kinds if any are named: (type, channel,
        payload, flags); None: the connection has ended"""
        while True:
            f = self.frame()
            if f and f[0] == PING:
                self.send(PONG, f[2])
            if not f or not kinds or f[0] in kinds:
                return f

    def frame(self):
        while True:
            if len(self.buf) >= 8:
                length, kind, flags, channel = struct.unpack_from("!HBBI",
                                                                  self.buf)
                if len(self.buf) >= 8 + length:
                    payload = self.buf[8:8 + length]
                    self.buf = self.buf[8 + length:]
                    return kind, channel, payload, flags
            try:
                data = self.sock.recv(65536)
            except (ssl.SSLError, ConnectionError):
                return None
            if not data:
                return None
            self.buf += data

    def hello(self, agent, **more):
        """WELCOME or REFUSE: (type, what it says); None: it just ended"""
        h = {"versions": [1], "agent": agent, "software": "test", **more}
        try:
            self.send(HELLO, json.dumps(h).encode())
        except (ssl.SSLError, ConnectionError):
            return None
        f = self.frame()
        return f and (f[0], json.loads(f[2]))

    def say(self, method, **params):
        """A notification on the control channel."""
        self.send(DATA, json.dumps({"jsonrpc": "2.0", "method": method,
                                    "params": params}).encode())

    def open(self, channel, what, kind=MESSAGES, window=WINDOW):
        self.send(OPEN, struct.pack("!BI", kind, window) +
                  (what if isinstance(what, bytes)
                   else json.dumps(what).encode()), channel)


def frame(kind, payload=b"", channel=0, flags=0):
    return struct.pack("!HBBI", len(payload), kind, flags, channel) + payload


def sip_channel(terminal, local="127.0.0.2:15070"):
    return {"kind": "sip", "transport": "udp", "terminal": terminal,
            "local": local}
