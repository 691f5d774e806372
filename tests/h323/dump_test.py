#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""h323dump on captures of other programs' traffic: the same frames, protocols and
names as tshark finds, and chosen fields; every message encodes to the same
octets; damaged captures and wrong input get a clear answer."""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
import by_tshark  # noqa: E402
from lab import Skip, main  # noqa: E402

BUILD = os.path.realpath(os.environ.get("top_builddir", "."))
DUMP = os.path.join(BUILD, "h323gw", "h323dump")
CAPTURES = sorted(glob.glob(os.path.join(HERE, "captures", "*.pcap")))


def dump(*argv, **options):
    return subprocess.run([DUMP, *argv], capture_output=True, text=True,
                          **options)


def summary(path):
    return [tuple(line.split("\t")) for line in
            dump("--summary", path).stdout.splitlines()]


def compare(tap):
    if not shutil.which("tshark"):
        raise Skip("tshark is missing: run tools/setup")
    for path in CAPTURES:
        name = os.path.basename(path)
        text = by_tshark.verbose(path)
        want, got = by_tshark.messages(text), summary(path)
        tap.ok(len(want) > 20 and got == want,
               "%s: the messages tshark finds" % name,
               [x for x in want if x not in got][:5],
               [x for x in got if x not in want][:5])
        fields(tap, name, text, path)


def leaves(value, found):
    """All of a message's fields that hold a value, by name."""
    for k, v in (value.items() if isinstance(value, dict)
                 else enumerate(value)):
        if isinstance(v, (dict, list)):
            leaves(v, found)
        elif isinstance(k, str):
            found.setdefault(k, []).append(v)
    return found


def fields(tap, name, text, path):
    """Numbers, of all messages together, field by field."""
    ours = {}
    for line in dump("--json", path).stdout.splitlines():
        leaves(json.loads(line).get("message", {}), ours)
    for field in ("requestSeqNum", "timeToLive", "sessionID",
                  "forwardLogicalChannelNumber", "bandWidth", "port",
                  "terminalType", "statusDeterminationNumber"):
        theirs = [int(x) for x in
                  re.findall(r"^ *%s: (\d+)\b" % field, text, re.M)]
        mine = [x for x in ours.get(field, []) if isinstance(x, int)]
        tap.equal(sorted(mine), sorted(theirs), "%s: %s" % (name, field))


def roundtrip(tap):
    for path in CAPTURES:
        r = dump("--roundtrip", path)
        tap.ok(r.returncode == 0 and "all the same" in r.stdout,
               "%s: encodes to the same octets" % os.path.basename(path), r)
        r = dump(path)
        tap.ok(r.returncode == 0 and not r.stderr and
               r.stdout.count("Frame ") > 20,
               "%s: all of it is readable" % os.path.basename(path), r.stderr)


def damaged(tap):
    """Any octet may be wrong, and the file may end anywhere."""
    with open(CAPTURES[0], "rb") as f:
        data = f.read()
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "x.pcap")
        seen = set()
        for i in range(24, len(data), 101):
            with open(path, "wb") as f:
                f.write(data[:i] + bytes([data[i] ^ 0xff]) + data[i + 1:])
            r = dump("--roundtrip", path)
            seen.add(r.returncode)
        tap.ok(seen <= {0, 1, 3}, "damaged: an answer, whatever it is", seen)
        for n in (0, 10, 24, 30, len(data) // 2):
            with open(path, "wb") as f:
                f.write(data[:n])
            r = dump("--summary", path)
            tap.ok(r.returncode in (0, 3) and "Sanitizer" not in r.stderr,
                   "cut after %d octets" % n, r)


def packets(data):
    """Where each packet of a capture begins and ends."""
    at, out = 24, []
    while at < len(data):
        n = int.from_bytes(data[at + 8:at + 12], "little")
        out.append((at, at + 16 + n))
        at += 16 + n
    return out


def missing(tap):
    """A segment that was not captured is said, and what follows is shown."""
    path = [p for p in CAPTURES if "slow-h245tcp" in p][0]
    with open(path, "rb") as f:
        data = f.read()
    whole = summary(path)
    said = quiet = 0
    with tempfile.TemporaryDirectory() as d:
        part = os.path.join(d, "x.pcap")
        for a, b in packets(data):
            with open(part, "wb") as f:
                f.write(data[:a] + data[b:])
            got, r = summary(part), dump("--roundtrip", part)
            lost = len(whole) - len(got)
            if lost and "missing" in r.stderr and r.returncode == 1:
                said += 1
            # a datagram, an acknowledgement, or a connection's last message:
            # nothing in the capture shows that there was one
            elif lost > 1:
                quiet += 1
    tap.ok(said > 10, "missing segments: said, and status 1", said)
    tap.equal(quiet, 0, "missing segments: no more than one message is lost "
              "without a word")
    with tempfile.TemporaryDirectory() as d:
        part = os.path.join(d, "x.pcap")
        with open(part, "wb") as f:
            f.write(data[:24] + data[packets(data)[40][0]:])
        got = [x[1:] for x in summary(part)]
        tap.ok(len(got) > 20, "a capture that begins in the middle of calls",
               len(got))


def elements(tap):
    """What stands in elements of Q.931, for people and for programs."""
    digits = "08 02 80 05 05 04 04 88 98 84 a5 08 02 80 90 14 01 0a " \
        "1c 03 91 a1 00 1e 02 84 83 27 01 82 28 04 42 6f 62 00 " \
        "2c 02 31 23 34 01 4f 4c 03 21 a3 37 6c 04 a1 31 32 33 " \
        "70 03 81 34 35 74 05 01 20 8f 32 33 a1 7d 01 c9"
    want = [
        ("bearerCapability", "coding 0 (ITU-T), capability 8 (unrestricted "
         "digital), mode 0 (circuit), rate 24 (multirate), multiplier 4, "
         "layer1 5 (H.221 and H.242)"),
        ("cause", "coding 0 (ITU-T), location 0 (user), value 16 (normal "
         "call clearing)"),
        ("callState", "coding 0 (ITU-T), state 10 (active)"),
        ("facility", "profile 17 (remote operations), components a100"),
        ("progressIndicator", "coding 0 (ITU-T), location 4 (public network "
         "of the remote user), description 3 (origin is not ISDN)"),
        ("notificationIndicator", "description 2 (bearer service change)"),
        ("display", 'text "Bob"'),
        ("keypadFacility", 'text "1#"'),
        ("signal", "value 79 (alerting off)"),
        ("connectedNumber", "type 2 (national), plan 1 (ISDN), presentation "
         '1 (restricted), screening 3 (network), digits "7"'),
        ("callingPartyNumber", 'type 2 (national), plan 1 (ISDN), digits '
         '"123"'),
        ("calledPartyNumber", 'type 0 (unknown), plan 1 (ISDN), digits "45"'),
        ("redirectingNumber", "type 0 (unknown), plan 1 (ISDN), presentation "
         "1 (restricted), screening 0 (user, not screened), reason 15 (call "
         'forwarding unconditional), digits "23"'),
        ("sendingComplete", "0xa1"),
        ("element 0x7d of codeset 0", "c9"),
    ]
    r = dump("--hex=h225", input=digits)
    tap.equal([tuple(x.strip().split(": ", 1)) for x in
               r.stdout.splitlines()[3:] if x], want,
              "elements of Q.931, readably")
    q = json.loads(dump("--json", "--hex=h225", input=digits).stdout)["q931"]
    by_name = {x["name"]: x for x in q["elements"]}
    tap.equal(by_name["progressIndicator"], {
        "name": "progressIndicator", "id": 30, "codeset": 0,
        "contents": "8483", "coding": 0, "codingName": "ITU-T",
        "location": 4, "locationName": "public network of the remote user",
        "description": 3, "descriptionName": "origin is not ISDN"},
        "elements of Q.931, for programs")
    tap.equal((q["callReference"], q["fromDestination"],
               by_name["connectedNumber"]["digits"],
               by_name["facility"]["components"]), (5, True, "7", "a100"),
              "numbers and facilities, for programs")
    # too short to be looked into: its octets
    r = dump("--hex=h225", input="08 02 00 05 05 1e 01 84 34 00 28 00")
    tap.ok("progressIndicator: 84\n" in r.stdout and
           "signal: \n" in r.stdout and 'display: text ""' in r.stdout,
           "elements that end too soon", r.stdout)
    # another coding standard: its numbers mean something else
    r = dump("--hex=h225", input="08 02 00 05 05 08 02 e0 90")
    tap.ok("cause: coding 3 (specific), location 0, value 16\n" in r.stdout,
           "no meaning of ITU-T's where another's is", r.stdout)


def short(tap):
    """A capture of the first octets of each packet: what is missing of H.323
    is said, and nothing of other traffic."""
    path = [p for p in CAPTURES if "slow-h245tcp" in p][0]
    with open(path, "rb") as f:
        data = f.read()
    with tempfile.TemporaryDirectory() as d:
        part = os.path.join(d, "x.pcap")
        for other in (False, True):
            with open(part, "wb") as f:
                f.write(data[:24])
                for a, b in packets(data):
                    packet = bytearray(data[a:b])
                    if other:  # ports and contents of something else
                        packet[16 + 34:16 + 38] = b"\x00\x35\x00\x35"
                        packet[16 + 66:] = b"*" * len(packet[16 + 66:])
                    packet[8:12] = min(96, b - a - 16).to_bytes(4, "little")
                    f.write(packet[:16 + 96])
            r = dump("--roundtrip", part)
            if other:
                tap.equal((r.returncode, r.stderr), (0, ""),
                          "cut packets of others: not a word")
            else:
                tap.ok(r.returncode == 1 and "frame 3: the capture has not "
                       "all of it" in r.stderr and "missing" in r.stderr,
                       "cut packets of ours: said", r)


def usage(tap):
    tap.equal(dump().returncode, 2, "without a file: status 2")
    tap.equal(dump("--hex=sip", input="00").returncode, 2,
              "a protocol that isn't: status 2")
    r = dump("/nonexistent")
    tap.ok(r.returncode == 3 and "/nonexistent" in r.stderr,
           "a file that isn't: status 3, named", r)
    r = dump("--hex=ras", input="zz")
    tap.ok(r.returncode == 3 and "hexadecimal" in r.stderr, "no digits", r)
    # a gatekeeperReject, and the same with a bit too few
    good = "08 0000 06 0008914a0004 40"
    r = dump("--summary", "--hex=ras", input=good)
    tap.ok(r.stdout.startswith("1\tRAS\t") or "frame 1" in r.stderr,
           "digits from standard input", r)
    r = dump("--roundtrip", "--hex=h225", input="08 02 00 01 05 7e ff ff 05")
    tap.ok(r.returncode == 1 and "frame 1" in r.stderr and
           "beyond its end" in r.stderr, "an element that goes too far: named",
           r)
    r = dump("--summary", "--hex=h225", input="08 02 00 01 7b 7e 00 00")
    tap.equal(r.stdout, "1\tH.225\tinformation\n",
              "a User-user of no octets is none")


def test(tap):
    if not os.path.exists(DUMP):
        raise Skip("h323dump is not built")
    usage(tap)
    elements(tap)
    roundtrip(tap)
    damaged(tap)
    missing(tap)
    short(tap)
    compare(tap)


main(test)
