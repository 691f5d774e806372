# SPDX-License-Identifier: GPL-2.0-or-later
"""What tshark finds in a capture, in the form of "h323dump --summary"."""
import re
import subprocess


def verbose(path):
    return subprocess.run(["tshark", "-V", "-r", path], capture_output=True,
                          text=True).stdout


def messages(text):
    """Which messages are in what verbose() gave, and in which frame."""
    out, frame, kind = [], None, None
    for line in text.splitlines():
        m = re.match(r"Frame (\d+):", line)
        if m:
            frame, kind = m.group(1), None
            continue
        line = line.strip()
        m = re.match(r"RasMessage: (\w+) \(", line)
        if m:
            out.append((frame, "RAS", m.group(1)))
        m = re.match(r"h323-message-body: ([\w-]+) \(", line)
        if m:
            out.append((frame, "H.225", m.group(1)))
        m = re.match(r"PDU Type: (request|response|command|indication) \(",
                     line)
        if m:
            kind = m.group(1)
            continue
        m = kind and re.match(r"%s: (\w+) \(" % kind, line)
        if m:
            out.append((frame, "H.245", m.group(1)))
        if m or not line.startswith("PDU"):
            kind = None
    return out


ERROR = 0x800000  # the worst of its severities


def fields(path, what, *names):
    """Of each frame that fits."""
    out = subprocess.run(
        ["tshark", "-r", path, "-Y", what, "-T", "fields",
         *(a for name in names for a in ("-e", name))],
        capture_output=True, text=True).stdout
    return [line.split("\t") for line in out.splitlines()]


class Frames:
    """Those of a capture with something of H.323, or of TCP. more: fields that
    are wanted beside these."""
    FIELDS = ("frame.number", "frame.protocols", "_ws.malformed",
              "_ws.expert.severity", "_ws.expert.message")

    def __init__(self, path, more=()):
        self.all = fields(path, "tcp || h225 || h245", *self.FIELDS, *more)

    def of(self, protocol):
        return [f for f in self.all if protocol in f[1].split(":")]

    def bad(self):
        """Malformed, or with an error that an expert complains of."""
        return [f for f in self.all if f[2] or
                any(int(s) >= ERROR for s in f[3].split(",") if s)]
