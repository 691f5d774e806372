#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Private addresses where a phone may well put them, though nobody has to know
them: in Call-IDs, branches, tags and headers of all kinds. A phone behind an
agent that does so calls the street and is called by one that does so too: no
such address leaves, and both get back what they said."""
import re

from agents import with_each_server
from rtp import Studio
from sipua import Phone, token
from world import main, wait

LAN = re.compile(rb"10\.1\.0\.\d+")
FOREIGN = "10.77.0.9"  # the street phone's, behind a NAT of its own


class Talkative(Phone):
    """Has its address in all it says."""
    says = None

    def where(self):
        return self.says or self.address

    def name(self):
        return "%s-%s" % (self.where(), token())

    def extra(self, call_id):
        at = self.where()
        return (("In-Reply-To", call_id),
                ("Alert-Info", "<http://%s/ring.wav>" % at),
                ("Warning", '399 %s "from %s"' % (at, at)),
                ("Reply-To", "<sip:me@%s>" % at),
                ("P-Preferred-Identity", "<sip:me@%s>" % at),
                ("X-Whatever", "ip=%s;y" % at))

    def dial(self, user, **options):
        return super().dial(user, extra=self.extra(self.name()), **options)


    def sdp(self, party):
        return super().sdp(party).replace("s=-", "s=%s" % self.where())


class Recorded(Talkative):
    """Notes the messages it gets."""

    def __init__(self, *args):
        self.got = []
        super().__init__(*args)

    def handle(self, m):
        self.got.append(m)
        super().handle(m)

    def request_of(self, method):
        return [m for m in self.got if not m.status and m.method == method]


def hung_up(tap, name, call, other):
    tap.equal(call.hangup(), 200, name + ": hung up")
    tap.ok(wait(lambda: other.state == "ended", 5),
           name + ": and the other end knows its call", other.state)


def called(tap, name, caller, callee):
    callee.calls.clear()
    call = caller.dial(callee.user)
    tap.ok(call, name + ": it is answered", caller.refused)
    if not call:
        return None, None
    other = callee.incoming()
    answer = next(m for m in caller.got if m.status == 200 and
                  m.method == "INVITE" and m["Call-ID"] == call.id)
    tap.ok(all(x and x[1] for x in (answer.media(), other.invite.media())),
           name + ": with media", answer.body, other.invite.body)
    tap.ok(call.local.endswith(answer.tag("From")),
           name + ": with the tag it had", answer["From"])
    return call, other


def shown(tap, name, m):
    """What the street sees of a request."""
    text = "\n".join("%s: %s" % h for h in m.headers) + m.body
    tap.equal(LAN.findall(text.encode()), [], name + ": the street sees none")
    tap.ok(all(m[h] for h in ("In-Reply-To", "Alert-Info", "X-Whatever")),
           name + ": and still all that was said", m.headers)


def run(tap, kind):
    with kind(tap) as world, Studio() as studio:
        world.begin()
        world.agent("phone3", "branch-1")
        world.lab.run("phone1", "ip", "route", "del", "default")
        alice = Recorded(world, studio, "phone1", "alice", 5060, 440,
                         world.lab.address("phone3"))
        carol = Recorded(world, studio, "pub", "carol", 5062, 800)
        carol.says = FOREIGN
        tap.equal([p.register() for p in (alice, carol)], [200, 200],
                  "they register")
        outside = world.outside()

        call, other = called(tap, "to the street", alice, carol)
        shown(tap, "to the street", carol.request_of("INVITE")[-1])
        hung_up(tap, "to the street", call, other)

        call, other = called(tap, "to the street, again", alice, carol)
        hung_up(tap, "to the street, again", other, call)

        call, other = called(tap, "from the street", carol, alice)
        tap.ok(FOREIGN not in other.id and other.id.endswith(
            call.id.split("-")[-1]), "from the street: nor is its own shown",
               other.id)
        hung_up(tap, "from the street", other, call)
        call, other = called(tap, "from the street, again", carol, alice)
        hung_up(tap, "from the street, again", call, other)
        data = outside.stop()
        tap.ok(data.count(b"INVITE sip:carol@") >= 2,
               "what passes outside is captured")
        tap.equal(re.findall(rb"[^\n]*(?:%s)[^\n]*" % LAN.pattern, data), [],
                  "no private address in any packet outside")


def test(tap):
    with_each_server(tap, run)


if __name__ == "__main__":
    main(test)
