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
