# SPDX-License-Identifier: GPL-2.0-or-later
"""RTP parties (RFC 3550) that play a tone in G.711 and keep what they hear."""
import math
import random
import select
import struct
import threading
import time
import wave

RATE, FRAME, TICK = 8000, 160, 0.02
PCMU = 0


def ulaw_encode(sample):
    """ITU-T G.711: sign, segment and step, all bits inverted."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), 32635) + 0x84
    segment = magnitude.bit_length() - 8
    step = magnitude >> (segment + 3) & 0xF
    return ~(sign | segment << 4 | step) & 0xFF


def ulaw_decode(code):
    u = ~code & 0xFF
    magnitude = (((u & 0xF) << 3) + 0x84) << (u >> 4 & 7)
    return 0x84 - magnitude if u & 0x80 else magnitude - 0x84


DECODED = [struct.pack("<h", ulaw_decode(c)) for c in range(256)]


def tone_frames(hz):
    """A second of a tone, as payloads: it joins itself seamlessly."""
    codes = bytes(ulaw_encode(int(16384 * math.sin(
        2 * math.pi * hz * i / RATE))) for i in range(RATE))
    return [codes[i:i + FRAME] for i in range(0, RATE, FRAME)]


class Party:
    """One end of a stream. heard: (time, source, packet), in order."""

    def __init__(self, sock, hz):
        self.sock, self.hz = sock, hz
        self.sock.setblocking(False)
        self.frames = tone_frames(hz)
        self.remote = None
        self.seq, self.ssrc = random.getrandbits(16), random.getrandbits(32)
        self.n = random.getrandbits(24)
        self.heard = []

    def packet(self):
        self.n += 1
        return struct.pack("!BBHII", 0x80, PCMU, (self.seq + self.n) & 0xFFFF,
                           self.n * FRAME & 0xFFFFFFFF, self.ssrc) + \
            self.frames[self.n % len(self.frames)]

    def send(self):
        if self.remote:
            try:
                self.sock.sendto(self.packet(), self.remote)
            except OSError:
                pass  # refused by ICMP, or full: RTP goes on

    def receive(self, now):
        try:
            while True:
                data, source = self.sock.recvfrom(2048)
                if len(data) >= 12 and data[0] >> 6 == 2 and \
                        not 200 <= data[1] <= 223:
                    self.heard.append((now, source, data))
        except OSError:
            pass

    def said(self):
        """The number of the packet it sent last."""
        return self.seq + self.n & 0xFFFF

    def last_heard(self):
        return self.heard[-1][0] if self.heard else 0

    def record(self, path, since=0):
        """Writes what was heard since then as a WAVE file."""
        with wave.open(path, "wb") as w:
            w.setnchannels(1)
            w.setsampwidth(2)
            w.setframerate(RATE)
            for at, _, data in list(self.heard):
                if at >= since:
                    w.writeframes(b"".join(DECODED[c] for c in data[12:]))
        return path


def number(packet):
    return int.from_bytes(packet[2:4], "big")


def ahead(now, was):
    """How many packets after the other this one is; 0: it is before it."""
    n = now - was & 0xFFFF
    return n if n < 0x8000 else 0


def missing(packets):
    """Seconds of media in a row that are missing, at most. A machine that has
    no time for a while sends nothing, so this is no measure of it."""
    numbers = [number(p) for p in packets]
    return TICK * max([ahead(b, a) - 1 for a, b in
                       zip(numbers, numbers[1:])] + [0])


class Studio:
    """Drives many parties: each sends a packet a tick, and hears."""

    def __init__(self):
        self.parties, self.lock = [], threading.Lock()
        self.running = True
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.running = False
        self.thread.join()

    def add(self, party):
        with self.lock:
            self.parties.append(party)
        return party

    def remove(self, party):
        with self.lock:
            self.parties.remove(party)

    def run(self):
        tick = time.monotonic()
        while self.running:
            with self.lock:
                parties = list(self.parties)
            for p in parties:
                p.send()
            tick = max(tick + TICK, time.monotonic() - 1)
            while True:
                left = tick - time.monotonic()
                if left <= 0:
                    break
                ready, _, _ = select.select([p.sock for p in parties], [], [],
                                            left)
                now = time.monotonic()
                for p in parties:
                    if p.sock in ready:
                        p.receive(now)
