# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures of our own making: what others' captures hold, sent another way.

load() takes a capture's datagrams and segments out of it; functions on such lists
cut, repeat and shuffle them; save() writes them as pcap or pcapng, on one of
several kinds of link, over IPv4 or IPv6, whole or in fragments."""
import struct
from collections import namedtuple

TCP, UDP = 6, 17
SYN, ACK = 2, 16
# addresses as 4 or 16 octets; seq, ack, flags: TCP
Segment = namedtuple("Segment", "proto src sport dst dport seq ack flags data")


# ---- reading ----

def load(path):
    """UDP and TCP of a pcap of Ethernet frames with IPv4."""
    with open(path, "rb") as f:
        data = f.read()
    assert struct.unpack("<I", data[:4])[0] == 0xa1b2c3d4
    at, out = 24, []
    while at < len(data):
        n = struct.unpack("<I", data[at + 8:at + 12])[0]
        frame = data[at + 16:at + 16 + n]
        at += 16 + n
        if frame[12:14] == b"\x08\x00" and frame[23] in (TCP, UDP):
            out.append(parse(frame[14:]))
    return out


def parse(ip):
    size = struct.unpack("!H", ip[2:4])[0]
    src, dst = ip[12:16], ip[16:20]
    l4 = ip[(ip[0] & 15) * 4:size]
    sport, dport = struct.unpack("!HH", l4[:4])
    if ip[9] == UDP:
        return Segment(UDP, src, sport, dst, dport, 0, 0, 0, l4[8:])
    return Segment(TCP, src, sport, dst, dport,
                   *struct.unpack("!II", l4[4:12]), l4[13],
                   l4[(l4[12] >> 4) * 4:])


# ---- the same, sent another way ----

def each(segments, function):
    """function(segment) gives those that come instead of it."""
    return [x for s in segments for x in function(s)]


def cut(segments, size):
    """TCP in pieces of at most so many octets."""
    def pieces(s):
        if s.proto != TCP or len(s.data) <= size:
            return [s]
        return [s._replace(seq=(s.seq + i) & 0xffffffff,
                           data=s.data[i:i + size])
                for i in range(0, len(s.data), size)]
    return each(segments, pieces)


def swap(segments, distance=2):
    """Each segment that carries something, sent that many of its own
    connection's too late."""
    out, held = [], {}
    for s in segments:
        key = s[1:5]
        if s.proto != TCP or not s.data:
            out.append(s)
            continue
        waiting = held.setdefault(key, [])
        waiting.append(s)
        if len(waiting) == distance:
            out.extend(reversed(waiting))
            waiting.clear()
    return out + each(held.values(), lambda w: list(reversed(w)))


def repeat(segments):
    """Each segment twice; the second time it begins and ends elsewhere."""
    def again(s):
        if s.proto != TCP or len(s.data) < 8:
            return [s]
        head, middle = s._replace(data=s.data[:6]), s._replace(
            seq=(s.seq + 3) & 0xffffffff, data=s.data[3:])
        return [head, s, middle, s] if s.seq % 2 else [head, head, middle, s]
    return each(segments, again)


def wrap(segments):
    """Sequence numbers that go over their end within each connection."""
    first = {}

    def moved(s):
        if s.proto != TCP:
            return [s]
        base = first.setdefault(s[1:5], s.seq)
        return [s._replace(seq=(s.seq - base - 100) & 0xffffffff)]
    return each(segments, moved)


def ipv6(segments):
    """The same between addresses of IPv6 (RFC 6052's form of them)."""
    def six(a):
        return bytes.fromhex("0064ff9b0000000000000000") + a
    return each(segments, lambda s: [s._replace(src=six(s.src),
                                                dst=six(s.dst))])


def ports(segments, table):
    """Other ports, as the table has them."""
    return each(segments, lambda s: [s._replace(
        sport=table.get(s.sport, s.sport),
        dport=table.get(s.dport, s.dport))])


# ---- writing ----

def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def transport(s):
    if s.proto == UDP:
        return struct.pack("!HHHH", s.sport, s.dport, 8 + len(s.data), 0) + \
            s.data
    return struct.pack("!HHIIBBHHH", s.sport, s.dport, s.seq, s.ack, 0x50,
                       s.flags, 65535, 0, 0) + s.data


def ip4(s, payload, ident, offset=0, more=False):
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload),
                       ident & 0xffff, offset // 8 | (0x2000 if more else 0),
                       64, s.proto, 0) + s.src + s.dst
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def ip6(s, payload, ident, offset=0, more=False, fragment=False, extra=b""):
    """extra: extension headers that stand before, 0 (hop by hop) first."""
    nxt = s.proto
    if fragment:
        payload = struct.pack("!BBHI", nxt, 0, offset | more, ident) + payload
        nxt = 44
    if extra:
        payload = bytes([nxt]) + extra[1:] + payload
        nxt = 0
    return struct.pack("!IHBB", 6 << 28, len(payload), nxt, 64) + s.src + \
        s.dst + payload


def packets(segments, size=None, order=None):
    """IP packets; size: fragments of so many octets, in an order that the
    function order makes of the list."""
    out = []
    for ident, s in enumerate(segments, 1):
        make = ip4 if len(s.src) == 4 else ip6
        data = transport(s)
        if not size or len(data) <= size:
            out.append(make(s, data, ident))
            continue
        more = {} if make == ip4 else {"fragment": True}
        parts = [make(s, data[i:i + size], ident, i, i + size < len(data),
                      **more) for i in range(0, len(data), size)]
        out.extend(order(parts) if order else parts)
    return out


def kind(ip):
    return b"\x86\xdd" if ip[0] >> 4 == 6 else b"\x08\x00"


MAC = bytes.fromhex("020000000001020000000002")
# name: (number of the link's kind, what comes before an IP packet)
LINKS = {
    "ethernet": (1, lambda ip: MAC + kind(ip)),
    "vlan": (1, lambda ip: MAC + b"\x81\x00\x00\x05" + kind(ip)),
    "qinq": (1, lambda ip: MAC + b"\x88\xa8\x00\x07\x81\x00\x00\x05" +
             kind(ip)),
    "sll": (113, lambda ip: b"\0\0\0\1\0\6" + MAC[:6] + b"\0\0" + kind(ip)),
    "sll2": (276, lambda ip: kind(ip) + b"\0\0\0\0\0\1\0\1\0\6" + MAC[:6] +
             b"\0\0"),
    "raw": (101, lambda ip: b""),
    "null": (0, lambda ip: struct.pack("<I", 10 if ip[0] >> 4 == 6 else 2)),
}


def save(path, ips, link="ethernet", pcapng=False, seconds=None):
    """seconds: when each comes; else a millisecond after the other."""
    number, head = LINKS[link]
    with open(path, "wb") as f:
        if pcapng:
            f.write(block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0,
                                                  -1)) +
                    block(1, struct.pack("<HHI", number, 0, 0)))
        else:
            f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144,
                                number))
        for i, ip in enumerate(ips):
            data = head(ip) + ip
            us = seconds[i] * 1000000 if seconds else 1000000 + i * 1000
            if pcapng:
                f.write(block(6, struct.pack("<IIIII", 0, us >> 32,
                                             us & 0xffffffff, len(data),
                                             len(data)) +
                              data + b"\0" * (-len(data) % 4)))
            else:
                f.write(struct.pack("<IIII", us // 1000000, us % 1000000,
                                    len(data), len(data)) + data)


def block(number, body):
    size = struct.pack("<I", 12 + len(body))
    return struct.pack("<I", number) + size + body + size
