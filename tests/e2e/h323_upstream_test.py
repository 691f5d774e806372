#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""H.323 terminals in a private network with an agent, behind a firewall that
lets out three ports, and a gatekeeper on the street above ours, with terminals
of its own. It takes a port of our server's for each of those in the network, or
is a neighbour of ours: they are called and call through it, and it learns nothing
of where they are."""
from h323 import H323World, Site
from h323_calls import matrix, settle, some
from h323_traffic import Traffic, nothing_private, verdict
from lab import in_namespace
from world import SERVER4, installed, main, wait

from gateway import Gateway  # tests/h323

STREET = "pub"
UPSTREAM = """[upstream]
gatekeeper = %s
mode = terminals
ports = 47000-47099
ttl = 10s
"""
NEIGHBOUR = "[neighbour other]\naddress = %s\n"


class AboveWorld(H323World):
    """The other gatekeeper is another h323gw, with a relay of its own. ours,
    theirs: what each has of the other, with a place for its address."""

    def __init__(self, tap, ours, theirs=None):
        super().__init__(tap, "one-nat:strict")
        self.above = None
        self.address_above = self.lab.address(STREET)
        self.gatekeeper_more = ours % self.address_above
        self.more_above = theirs % SERVER4 if theirs else ""

    def begin(self, more=""):
        where = self.address_above
        self.above = in_namespace(
            self.lab.namespace(STREET),
            lambda: Gateway("identifier = above", address=where, media=where,
                            more=self.more_above))
        return super().begin(more)

    def __exit__(self, *exc):
        if self.above:
            self.above.__exit__(*exc)
        return super().__exit__(*exc)

    def upstream(self):
        """What our h323gw says of its registrations there, in their order."""
        got = self.relay_rpc("h323.upstream", path=self.path("h323gw.sock"))
        return sorted((r["address"], r["endpointIdentifier"])
                      for r in got["registrations"]
                      if r["state"] == "registered")


def begin(world):
    world.begin()
    _, door = world.agent_for("phone3", "north")
    world.lab.run("phone1", "ip", "route", "del", "default")
    return {"north": Site(world, "phone1", door, "10.1.0"),
            "street": Site(world, STREET, world.address_above, "203.0.113",
                           first=201)}


def registered(tap, world, sites):
    """Each is there under a port of our server's."""
    names = [p.name for p, _ in sites["north"].phones]
    wait(lambda: len(world.upstream()) == len(names), 10, "all are above")
    there = [world.above.ask("h323.endpoints", filter=n)["endpoints"]
             for n in names]
    tap.equal([len(found) for found in there], [1] * len(names),
              "the gatekeeper above knows each of them")
    tap.equal(sorted((e["callSignalAddress"], e["endpointIdentifier"])
                     for e, in there), world.upstream(),
              "where our server says that they are")
    addresses = {e["callSignalAddress"] for e, in there}
    tap.ok(len(addresses) == len(names) and
           all(a.startswith(SERVER4 + ":47") for a in addresses),
           "which is a port of it for each", addresses)


def calls(tap, world, sites, what):
    """Both ways, and ended by either."""
    north, street = sites["north"], sites["street"]
    for frm, to in (north, street), (street, north):
        for by_called in False, True:
            matrix(tap, world, some(frm, to), by_called)
            tap.ok(world.above.idle(), what + ", too")
    rows = world.calls(ended=True)
    tap.equal(sorted(r["ended_by"] for r in rows),
              ["callee"] * 16 + ["caller"] * 16,
              "a row for each call says who ended it")


def through(tap, what, *conf):
    with AboveWorld(tap, *conf) as world:
        sites = begin(world)
        outside = Traffic(world, STREET)
        settle(sites)
        if what == "above":
            registered(tap, world, sites)
        calls(tap, world, sites, what)
        verdict(tap, what, outside, sites["street"])
        nothing_private(tap, what, outside.text())
        tap.equal(world.errors(), [], "terminals understood everything")


def test(tap):
    installed("tshark")
    through(tap, "above", UPSTREAM)
    through(tap, "a neighbour", NEIGHBOUR, NEIGHBOUR)


if __name__ == "__main__":
    main(test)
