# SPDX-License-Identifier: GPL-2.0-or-later
"""Terminals of every kind in each place, and calls between them."""
import itertools

from h323 import Missed, combinations, spelled
from world import wait

TONES = {"north": 600, "south": 900, "street": 1500, "nat": 2100, "six": 2600,
         "tunnel6": 3100}
DISTANCES = [3]  # of 8 kinds of terminals each calls one


def settle(sites):
    """In each place a terminal of each kind, that answers by itself."""
    for name, site in sites.items():
        site.phones = [
            (site.add("%s-%d" % (name, n), answer="auto", tone=TONES[name],
                      open=["audio"], **options), options)
            for n, options in enumerate(combinations())]
        for phone, _ in site.phones:
            phone.place = name


def made(call, caller, called):
    """Notes a call that is seen where either of them is."""
    call.identifier = call.wait("calling")["callIdentifier"]
    text = call.identifier.replace("-", "")
    for terminal in (caller, called):
        terminal.site.calls.add("-".join(
            text[a:b] for a, b in zip((0, 8, 12, 16, 20),
                                      (8, 12, 16, 20, 32))))


def one(world, out, caller, called):
    """A call that was made is answered, and both hear the other."""
    back = called.incoming(15, callIdentifier=out.identifier)
    out.wait("connected", 15)
    audio = [(out, caller, out.hears(TONES[called.place], seconds=15)),
             (back, called, back.hears(TONES[caller.place], seconds=15))]
    for call, terminal, a in audio:
        hosts = {f.rsplit(":", 1)[0].strip("[]")
                 for f in a["from"] + a["rtcpFrom"]}
        if hosts != {terminal.site.gatekeeper}:
            return "%s hears from %s" % (terminal.name, hosts)
        if a["odd"]:
            return a
    return back


def all_to_all(frm, to):
    """Every combination of one place with every one of another."""
    return list(itertools.product(frm.phones, to.phones))


def some(frm, to):
    """Each kind of terminal with another kind of the other place."""
    return [(a, to.phones[(n + far) % len(to.phones)])
            for far in DISTANCES for n, a in enumerate(frm.phones)]


def matrix(tap, world, pairs, by_called=False):
    """Calls between these, all at once, and what becomes of them; by_called:
    it is who was called that ends them."""
    calls, good, ends = [], 0, []
    for (caller, a), (called, b) in pairs:
        calls.append((caller.call(called.name), caller, called, a, b))
    for call, caller, called, a, b in calls:
        what = "%s -> %s: %s -> %s" % (caller.place, called.place, spelled(a),
                                       spelled(b))
        try:
            made(call, caller, called)
            got = one(world, call, caller, called)
        except Missed as e:
            got = str(e)
        if isinstance(got, str) or isinstance(got, dict):
            tap.ok(False, what, got)
            got = call
        else:
            good += 1
        ends.append(got if by_called else call)
    tap.equal(good, len(calls), "%s -> %s: every combination, %d calls" % (
        caller.place, called.place, len(calls)))
    rows = world.calls(ended=False)
    tap.equal(len(rows), good, "as many rows")
    for end in ends:
        end.hangup()
    tap.ok(wait(lambda: not world.calls(ended=False) and not world.sessions(),
                15), "all have ended, the relay has no session",
           world.calls(ended=False)[:3], world.sessions()[:3])
