# SPDX-License-Identifier: GPL-2.0-or-later
"""Parties that speak over TCP: sockets that give up in time, and what two of them
say to each other."""
import socket


def legs(c, name="call"):
    st = c.result("session.get", id=name)["streams"][0]
    return st["a"], st["b"]


def connect(to, address):
    s = socket.create_connection(to, timeout=10,
                                 source_address=(address, 0))
    s.settimeout(10)
    return s


def server(address):
    s = socket.create_server((address, 0))
    s.settimeout(10)
    return s, {"address": address, "port": s.getsockname()[1]}


def taken(s):
    a, _ = s.accept()
    a.settimeout(10)
    return a


def all_of(s, n=1 << 30):
    got = bytearray()
    while len(got) < n:
        data = s.recv(65536)
        if not data:
            break
        got += data
    return bytes(got)


def ended(s):
    """It is closed before a word was said."""
    try:
        with s:
            return not s.recv(10)
    except ConnectionError:
        return True


def refused(to, address):
    try:
        return ended(connect(to, address))
    except ConnectionError:
        return True


def talk(tap, a, b, what):
    a.sendall(b"from a")
    b.sendall(b"from b")
    tap.equal((b.recv(100), a.recv(100)), (b"from a", b"from b"), what)
