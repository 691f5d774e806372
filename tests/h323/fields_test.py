#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""h323dump shows what tshark shows, field for field: every leaf that either finds
in a message is looked for in the other, by its path, and compared. What tshark
presents in a way of its own is told below, field by field."""
import collections
import datetime
import glob
import ipaddress
import itertools
import json
import lzma
import os
import re
import shutil
import subprocess
import sys
import tempfile
import uuid
import xml.etree.ElementTree as ET

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
import forge  # noqa: E402
from lab import Skip, main  # noqa: E402

BUILD = os.path.realpath(os.environ.get("top_builddir", "."))
DUMP = os.path.join(BUILD, "h323gw", "h323dump")
VECTORS = os.path.join(HERE, "..", "vectors")
CAPTURES = sorted(glob.glob(os.path.join(HERE, "captures", "*.pcap")))
NULL, EMPTY, CUT = "NULL", "{}", "..."

# OCTET STRINGs that tshark shows as text; others it shows by their length
AS_OCTETS = {"h225.productId", "h225.versionId", "h245.productNumber",
             "h245.versionNumber"}
# numbers whose meaning tshark shows beside them, and is not that of an
# ENUMERATED
AS_NUMBER = {"h225.t35CountryCode", "h225.standard", "h245.t35CountryCode",
             "h225.protocol_discriminator"}
# what tshark adds by itself
NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd]")
NOT_SHOWN = re.compile("[\0-\x1f\x7f-\x9f\ud800-\udfff\ufffd-\uffff]")
ADDED = re.compile(r"^(per\.|h\d+\.debug\.|h225\.ras\.|_ws\.|data($|\.))")
MANUFACTURER = "h225.Manufacturer", "h245.Manufacturer"


# ---- tshark ----

def types():
    """What kind each of tshark's fields is."""
    text = subprocess.run(["tshark", "-G", "fields"], capture_output=True,
                          text=True).stdout
    out = {}
    for line in text.splitlines():
        f = line.split("\t")
        if f[0] == "F":
            out[f[2]] = f[3]
    return out


def by_tshark(path):
    """Messages, as (frame, protocol, element of its fields)."""
    pdml = subprocess.run(["tshark", "-T", "pdml", "-r", path],
                          capture_output=True, env={
                              **os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8"
                          }).stdout
    # characters that no XML may have, but its does
    pdml = NO_XML.sub("\ufffd", pdml.decode("utf-8", "surrogatepass"))
    for packet in ET.fromstring(pdml):
        frame = next(int(f.get("show")) for f in packet.iter("field")
                     if f.get("name") == "frame.number")
        for proto in packet:
            if proto.get("name") in ("q931", "h225", "h245"):
                yield frame, proto.get("name"), proto


# where it has another name than the Recommendation
OTHER_NAMES = {
    ("h2250LogicalChannelAckParameters", "nonStandardData"): "nonStandard",
    ("h2250LogicalChannelParameters", "nonStandardData"): "nonStandard",
    ("communicationModeTable", "nonStandardData"): "nonStandard",
}


def identifier(field):
    """A field's name as its Recommendation spells it, and what tshark says
    of it."""
    text = field.get("showname") or ""
    text = re.sub(r"^[01.]{4}( [01.]{4})* (= )?", "", text)
    text = text.replace(" [truncated]:", ":", 1)
    if ": " not in text:
        return text, ""
    name, rest = text.split(": ", 1)
    return name, rest


def children(field):
    """Without what tshark adds or hides; a protocol within is its fields."""
    out = []
    for c in field:
        if c.tag == "proto":
            out += children(c)
        elif not ADDED.match(c.get("name")) and c.get("hide") != "yes":
            out.append(c)
    return out


def value(field, kinds, said):
    name, show = field.get("name"), field.get("show")
    kind = kinds[name]
    if " [truncated]:" in field.get("showname"):
        return CUT
    if kind == "FT_NONE":
        return NULL if said == "NULL" else EMPTY
    if name in AS_OCTETS or re.match(r"\d+ octets?$", said) or kind in ("FT_BYTES", "FT_GUID", "FT_IPv4",
                                     "FT_IPv6"):
        return field.get("value")
    if kind == "FT_ABSOLUTE_TIME":
        return int(datetime.datetime.strptime(
            show.split(".")[0] + " +0000",
            "%b %d, %Y %H:%M:%S %z").timestamp())
    if kind == "FT_BOOLEAN":
        return show in ("1", "True")
    if re.match(r"FT_U?INT", kind):
        label = re.match(r"(.+) \(\d+\)$", said)
        if label and name not in AS_NUMBER:
            return label.group(1)
        return int(show, 0)
    return show


def flatten(field, kinds, path, out):
    """Leaves of one field, by path."""
    name, said = identifier(field)
    inside = children(field)
    items = [c for c in inside if not c.get("name")]
    if field.get("name") in MANUFACTURER:
        out.append((path[:-1] + ("manufacturer",), int(field.get("show"), 0)))
    elif re.match(r"\d+ items?$", said) and not items:
        out.append((path, "[]"))
    elif items:
        for i, item in enumerate(items):
            element(children(item), kinds, path + (i,), out)
    elif re.search(r": \S+ \(\d+\)$", ": " + said) and inside:
        # a CHOICE
        alternative = said.rsplit(" ", 1)[0]
        fields(inside, kinds, path, out, alternative)
    elif inside:
        fields(inside, kinds, path, out)
    else:
        out.append((path, value(field, kinds, said)))


def message(field, kinds, path, out):
    """One that lies in an OCTET STRING: it stands beside it."""
    name, _ = identifier(field)
    name = {"PDU Type": "MultimediaSystemControlMessage"}.get(name, name)
    flatten(field, kinds, path + (name,), out)


def fields(inside, kinds, path, out, alternative=None):
    """alternative: of a CHOICE; what stands beside it is a message in it."""
    first = path + (alternative,)
    parent = next((x for x in reversed(path) if isinstance(x, str)), None)
    beside = [f for f in inside[1:] if f.get("name") not in MANUFACTURER]
    if alternative and beside:
        out.append((first + ("octets",), inside[0].get("value")))
        for field in beside:
            message(field, kinds, first, out)
        return
    for field in inside:
        name, _ = identifier(field)
        name = OTHER_NAMES.get((parent, name), name)
        # the CHOICE's word for it, where its field has another
        if alternative and field.get("name") not in MANUFACTURER:
            name = alternative
        flatten(field, kinds, path + (name,), out)


def element(inside, kinds, path, out):
    """One of a SEQUENCE OF: its name is its type's."""
    octets = inside and re.match(r"\d+ octets$", identifier(inside[0])[1])
    if octets:
        alone = len(inside) == 1
        out.append((path if alone else path + ("octets",),
                    inside[0].get("value")))
    for field in inside[1:] if octets else inside:
        if octets:
            message(field, kinds, path, out)
        else:
            flatten(field, kinds, path, out)


# ---- h323dump ----

def by_us(path):
    r = subprocess.run([DUMP, "--json", path], capture_output=True, text=True)
    return [json.loads(line) for line in r.stdout.split("\n") if line]


def walk(v, path, out):
    if isinstance(v, dict) and v:
        for k, x in v.items():
            walk(x, path + (k,), out)
            if isinstance(x, dict) and "manufacturerCode" in x:
                out.append((path + ("manufacturer",), x["t35CountryCode"] << 24
                            | x["t35Extension"] << 16 | x["manufacturerCode"]))
    elif isinstance(v, list) and v:
        for i, x in enumerate(v):
            walk(x, path + (i,), out)
    else:
        out.append((path, NULL if v is None else EMPTY if v == {} else
                    "[]" if v == [] else v))


# ---- Q.931, whose elements tshark shows in another order and shape ----

def extensions(ie, octets):
    """The upper bits of these octets of an element."""
    data = bytes.fromhex(ie["contents"])
    return [("extension_ind", data[i] >> 7) for i in octets if i < len(data)]


def number_leaves(which):
    def leaves(ie):
        data = bytes.fromhex(ie["contents"])
        out = [("numbering_plan", ie["plan"]), ("number_type", ie["type"])]
        out += extensions(ie, [0])
        if "screening" in ie:
            out += [("screening_ind", ie["screening"]),
                    ("presentation_ind", ie["presentation"]),
                    ("extension_ind", data[1] >> 7)]
        if "reason" in ie:
            out += [("extension.reason", ie["reason"])]
        out += [(which + ".digits", ie["digits"])]
        return out
    return leaves


def bearer_leaves(ie):
    data = bytes.fromhex(ie["contents"])
    out = extensions(ie, [0]) + [
        ("coding_standard", ie["coding"]),
        ("information_transfer_capability", ie["capability"])]
    out += extensions(ie, [1]) + [
        ("transfer_mode", ie["mode"]),
        ("information_transfer_rate", ie["rate"])]
    if "multiplier" in ie:
        out += [("bearer_capability.rate_multiplier", ie["multiplier"])]
    if "layer1" in ie:
        out += [("extension_ind", data[-1] >> 7), ("layer_ident", 1),
                ("uil1", ie["layer1"])]
    return out


def cause_leaves(ie):
    out = [("cause_location", ie["location"]),
           ("coding_standard", ie["coding"])] + extensions(ie, [0])
    if "recommendation" in ie:
        out += [("cause.recommendation", ie["recommendation"])] + \
            extensions(ie, [1])
    return out + [("cause_value", ie["value"]), ("extension_ind", 1)]


def progress_leaves(ie):
    return [("coding_standard", ie["coding"]),
            ("progress_indicator.location", ie["location"]),
            ("progress_indicator.description", ie["description"])]


ELEMENTS = {
    "bearerCapability": bearer_leaves,
    "cause": cause_leaves,
    "callState": lambda ie: [("coding_standard", ie["coding"]),
                             ("call_state", ie["state"])],
    "facility": lambda ie: [("pp", ie["profile"])] if "profile" in ie else [],
    "progressIndicator": progress_leaves,
    "notificationIndicator": lambda ie: [("nd", ie["description"])],
    "display": lambda ie: [("display_information", ie["text"])],
    "keypadFacility": lambda ie: [("keypad_facility", ie["text"])],
    "signal": lambda ie: [("signal", ie["value"])],
    "connectedNumber": number_leaves("connected_number"),
    "callingPartyNumber": number_leaves("calling_party_number"),
    "calledPartyNumber": number_leaves("called_party_number"),
    "redirectingNumber": number_leaves("redirecting_number"),
    "userUser": lambda ie: [("user.protocol_discriminator",
                             int(ie["contents"][:2], 16))],
}
# its names for what all elements have
HEADS = {"information_element": "id", "information_element_len": "length",
         "ie.type": "id", "ie.len": "length"}


def q931_theirs(proto):
    out, elements = [], []
    for f in children(proto):
        if f.get("name"):
            out.append((f.get("name")[5:], f))
        else:
            elements.append(f)
    known = {"disc": lambda f: int(f.get("show"), 0),
             "call_ref_len": lambda f: int(f.get("show")),
             "call_ref_flag": lambda f: f.get("show") in ("1", "True"),
             "call_ref": lambda f: int(f.get("show").replace(":", ""), 16),
             "message_type": lambda f: int(f.get("show"), 0)}
    leaves = [((k,), known[k](f) if k in known else f.get("show"))
              for k, f in out]
    # two of them are read by another of its protocols, which come first
    for i, ie in enumerate(elements):
        leaves.append(((i, "all"), ie.get("value")))
        for f in children(ie):
            name = f.get("name").split(".", 1)
            if name[0] not in ("q931", "q932"):
                continue
            show = f.get("show")
            text = "digits" in name[1] or name[1] in (
                "display_information", "keypad_facility")
            leaves.append(((i, HEADS.get(name[1], name[1])),
                           show if text else int(show, 0)))
    return leaves


def q931_ours(q):
    leaves = [(("disc",), q["protocolDiscriminator"]),
              (("call_ref_len",), q["callReferenceLength"])]
    if q["callReferenceLength"]:
        leaves += [(("call_ref_flag",), q["fromDestination"]),
                   (("call_ref",), q["callReference"])]
    leaves += [(("message_type",), q["messageType"])]
    for i, ie in enumerate(q["elements"]):
        size = len(ie["contents"]) // 2
        wide = 4 if ie["name"] == "userUser" else 2
        leaves += [((i, "all"), "%02x%0*x%s" % (ie["id"], wide, size,
                                                ie["contents"])),
                   ((i, "id"), ie["id"]), ((i, "length"), size)]
        # it shows no text that is empty
        leaves += [((i, k), v) for k, v in ELEMENTS[ie["name"]](ie)
                   if v != ""]
    return leaves


# ---- the comparison ----

class Comparison:
    def __init__(self, kinds, wild=False):
        self.kinds = kinds
        self.wild = wild
        self.leaves = 0
        self.differences = []
        self.messages = collections.Counter()

    def leaf_by_leaf(self, where, theirs, ours):
        self.leaves += len(theirs)
        a, b = collections.Counter(theirs), collections.Counter(ours)
        if theirs != ours:
            self.differences.append("%s: order" % where)
        for p, v in (a - b):
            self.differences.append("%s: tshark alone: %s: %r" % (
                where, ".".join(map(str, p)), v))
        for p, v in (b - a):
            self.differences.append("%s: h323dump alone: %s: %r" % (
                where, ".".join(map(str, p)), v))

    def capture(self, path):
        """A file's messages, all of them, in their order."""
        messages = by_us(path)
        ours = iter(messages)
        m = None
        for frame, name, proto in by_tshark(path):
            where = "frame %d %s" % (frame, name)
            if name == "q931" or not (m and m.get("q931") and
                                      "used" not in m):
                m = next(ours, None)
            if not m or m["frame"] != frame:
                self.differences.append("%s: h323dump has no such message "
                                        "there" % where)
                return
            m["seen"] = True
            if name == "q931":
                self.leaf_by_leaf(where, q931_theirs(proto),
                                  q931_ours(m["q931"]))
                continue
            m["used"] = True
            theirs, mine = [], []
            element(children(proto), self.kinds, (), theirs)
            walk(m["message"], (), mine)
            if self.wild:
                theirs, mine = tamed(theirs, mine)
            self.leaf_by_leaf(where + " " + m["name"], theirs, mine)
            self.messages[m["name"]] += 1
            nested(m["message"], self.messages)
        for m in messages:
            if "seen" not in m or ("message" in m and "used" not in m):
                self.differences.append("frame %d: h323dump alone: %s" %
                                        (m["frame"], m["name"]))


def tamed(theirs, ours):
    """Without what it does not show, or not all of: what is empty, OBJECT
    IDENTIFIERs of more than 32 bits, long text, text that is none; and
    integers without bounds as it has them, of 32 bits and unsigned."""
    left = {p for p, v in theirs if v == CUT or
            isinstance(v, str) and "\ufffd" in v}
    left |= {p for p, v in ours if isinstance(v, str) and (
        NOT_SHOWN.search(v) or "\\" in v or
        re.match(r"[0-2](\.\d+)+$", v) and
        max(map(int, v.split("."))) >> 32)}

    def tame(leaves):
        return [(p, v & 0xffffffff if type(v) is int else v)
                for p, v in leaves
                if v not in ("", None, "[]", EMPTY) and p not in left]
    return tame(theirs), tame(ours)


def nested(v, count):
    """Messages within: tunnelled H.245, and the channels of fastStart."""
    if isinstance(v, dict):
        for k, x in v.items():
            if k == "fastStart":
                count["fastStart"] += 1
            if k == "MultimediaSystemControlMessage":
                for kind in x.values():
                    count.update(kind.keys())
            nested(x, count)
    elif isinstance(v, list):
        for x in v:
            nested(x, count)


# ---- what is compared ----

def report(tap, c, name, least):
    tap.note("%s: %d leaves compared" % (name, c.leaves))
    tap.ok(c.leaves >= least, "%s: %d leaves and more" % (name, least),
           c.leaves)
    tap.equal(c.differences[:20], [], "%s: the same leaves, the same values" %
              name)


def captures(tap, kinds):
    leaves, messages = 0, collections.Counter()
    for path in CAPTURES:
        c = Comparison(kinds)
        c.capture(path)
        report(tap, c, os.path.basename(path), 500)
        leaves += c.leaves
        messages += c.messages
    tap.note("all captures: %d leaves compared" % leaves)
    tap.ok(leaves > 7000, "of all captures over 7000 leaves", leaves)
    missing = [m for m in (
        "registrationRequest", "registrationConfirm", "gatekeeperRequest",
        "gatekeeperConfirm", "admissionRequest", "admissionConfirm",
        "disengageRequest", "disengageConfirm", "unregistrationRequest",
        "unregistrationConfirm", "serviceControlIndication",
        "serviceControlResponse", "setup", "callProceeding", "alerting",
        "connect", "facility", "releaseComplete", "empty", "fastStart",
        "terminalCapabilitySet", "terminalCapabilitySetAck",
        "masterSlaveDetermination", "masterSlaveDeterminationAck",
        "openLogicalChannel", "openLogicalChannelAck", "userInput",
        "endSessionCommand", "genericIndication")
        if messages[m] < (1 if m == "alerting" else 2) and m not in
        ("endSessionCommand",) or not messages[m]]
    tap.equal(missing, [], "each kind of message was among them")


def text_leaves(lines):
    """Leaves of a message as people see it: lines that none lies in."""
    out = []
    for line, after in zip(lines, lines[1:] + [""]):
        depth = len(line) - len(line.lstrip())
        if depth >= len(after) - len(after.lstrip()):
            name, _, v = line.strip().partition(": ")
            out.append((name, v))
    return out


def as_text(path, v):
    """A leaf of JSON in the text's words."""
    name = path[-1]
    if isinstance(v, bool):
        v = "true" if v else "false"
    elif v == "[]":
        v = "0"
    elif v == EMPTY:
        v = ""
    elif name in ("ip", "network"):
        v = str(ipaddress.ip_address(bytes.fromhex(v)))
    elif name in ("guid", "conferenceID"):
        v = str(uuid.UUID(v))
    return "[%d]" % name if isinstance(name, int) else name, str(v)


def same_in_text(tap):
    """What people see is what programs see."""
    leaves = 0
    for path in CAPTURES:
        text = subprocess.run([DUMP, path], capture_output=True,
                              text=True).stdout.split("\n\n")
        wrong = []
        for m, t in zip(by_us(path), text):
            ours = []
            walk(m.get("message", {}), (), ours)
            lines = t.splitlines()[1:]
            start = next((i for i, x in enumerate(lines) if x.strip() in
                          ("H323-UserInformation",)), 0)
            theirs = text_leaves(lines[start:])
            ours = [as_text(p, v) for p, v in ours
                    if p and p[-1] not in ("octets", "manufacturer")]
            leaves += len(ours)
            # strings are quoted; octets that are text have it beside them
            wrong += [(m["frame"], x, y) for x, y in
                      itertools.zip_longest(theirs, ours)
                      if not x or not y or x[0] != y[0] or
                      y[1] not in (x[1], x[1].strip('"'), x[1].split(" ")[0])]
        tap.equal(wrong[:9], [], "%s: in text as in JSON" %
                  os.path.basename(path))
    tap.ok(leaves > 4000, "so many leaves of text", leaves)


A, B = b"\n\0\0\1", b"\n\0\0\2"


class Signalling:
    """A TCP connection whose messages we make, behind what was there."""
    def __init__(self, before=(), ends=(A, 4000, B, 1720)):
        self.segments, self.ends, self.seq = list(before), ends, 1

    def add(self, data):
        data = b"\3\0" + (len(data) + 4).to_bytes(2, "big") + data
        self.segments.append(forge.Segment(
            forge.TCP, *self.ends, self.seq, 1, forge.ACK, data))
        self.seq += len(data)

    def save(self, path):
        forge.save(path, forge.packets(self.segments), link="raw")


def elements(tap, kinds, path):
    """Elements of Q.931 that the captures have not."""
    s = Signalling()
    for head, contents in (
            ("04", "8890"), ("04", "889884a5"), ("04", "8090a2"),
            ("08", "8090"), ("08", "82ff"), ("08", "009f90"),
            ("14", "0a"), ("1c", ""), ("1c", "91"), ("1c", "92"),
            ("1e", "8088"), ("1e", "8483"), ("1e", "8a81"),
            ("27", "80"), ("27", "82"), ("27", "f1"),
            ("28", "426f62"), ("28", "416c696365204200"), ("28", ""),
            ("2c", "313233232a"), ("34", "02"), ("34", "3f"), ("34", "4f"),
            ("4c", "2180373839"), ("4c", "c933"), ("6c", "0183313233"),
            ("6c", "81313233"), ("6c", "21a3"), ("70", "81343536"),
            ("70", "e9"), ("74", "01008f3233"), ("74", "0181313233")):
        data = bytes.fromhex(contents)
        for start in ("0802000505", "080280017b", "0801057d", "080062"):
            s.add(bytes.fromhex(start) + bytes.fromhex(head) +
                  bytes([len(data)]) + data)
    s.save(path)
    c = Comparison(kinds)
    c.capture(path)
    report(tap, c, "elements of Q.931", 1000)


def h245_addresses(v):
    """Where messages say that H.245 is."""
    if isinstance(v, dict):
        for k, x in v.items():
            if k == "h245Address":
                yield bytes.fromhex(x["ipAddress"]["ip"]), \
                    x["ipAddress"]["port"]
            else:
                yield from h245_addresses(x)
    elif isinstance(v, list):
        for x in v:
            yield from h245_addresses(x)


def announced():
    """A capture in which a message says where H.245 is, and where it is."""
    path = [x for x in CAPTURES if "slow-h245tcp" in x][0]
    return forge.load(path), next(h245_addresses(by_us(path)))


class Conversations:
    """Messages of all kinds, as encoded: RAS; what lies in User-user; and
    H.245, behind a capture that says where that goes."""
    def __init__(self):
        before, h245 = announced()
        self.ras, self.h245 = [], Signalling(before, (A, 4001, *h245))
        self.h225 = Signalling()

    def add(self, kind, data):
        if kind == "RasMessage":
            self.ras.append(forge.Segment(forge.UDP, A, 1719, B, 1719, 0, 0,
                                          0, data))
        elif kind == "H323-UserInformation":
            self.h225.add(b"\x08\x02\x00\x01\x62\x7e" +
                          (len(data) + 1).to_bytes(2, "big") + b"\x05" + data)
        elif kind == "MultimediaSystemControlMessage":
            self.h245.add(data)

    def compare(self, tap, kinds, path, name, least, wild=False):
        s = Signalling(self.h245.segments + self.ras + self.h225.segments)
        s.save(path)
        c = Comparison(kinds, wild)
        c.capture(path)
        report(tap, c, name, least)


def real(tap, kinds, path):
    """The codec's vectors, messages of other programs."""
    c = Conversations()
    with open(os.path.join(VECTORS, "h323.txt")) as f:
        for line in f:
            kind, _, text = line.strip().partition(" ")
            if kind != "#" and text:
                c.add(kind, bytes.fromhex(text))
    c.compare(tap, kinds, path, "the codec's vectors", 5500)


# What tshark does not see to its end, in a value's text: supplementary services
# and functions not supported (random octets here, which it dissects), what is
# signed, an INTEGER of more than 32 bits. See doc/h323-codec.md.
GAPS = re.compile(r"h4501SupplementaryService=\[[^\]]|toBeSigned=|"
                  r"returnedFunction=|(random|integer|ranInt|standard|"
                  r"t38FaxMax\w+|rfc-number|rfc2733\w+)[=:]-?[0-9]{10}")


def wild(tap, kinds, path):
    """Values that no program would send, of tests/conformance."""
    c = Conversations()
    with lzma.open(os.path.join(VECTORS, "conformance-h323.xz"), "rt") as f:
        for line in f:
            kind, text, v = line.split(" ", 2)
            if not GAPS.search(v) and len(text) < 20000:
                c.add(kind, bytes.fromhex(text))
    c.compare(tap, kinds, path, "random values", 12000, True)


def test(tap):
    if not os.path.exists(DUMP):
        raise Skip("h323dump is not built")
    if not shutil.which("tshark"):
        raise Skip("tshark is missing: run tools/setup")
    kinds = types()
    with tempfile.TemporaryDirectory() as d:
        captures(tap, kinds)
        same_in_text(tap)
        elements(tap, kinds, os.path.join(d, "x.pcap"))
        real(tap, kinds, os.path.join(d, "x.pcap"))
        wild(tap, kinds, os.path.join(d, "x.pcap"))


main(test)
