#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""H.323 terminals that speak IPv6, and calls between them and such that speak
IPv4: on the street, behind agents that have an IPv6 network, an IPv4 network,
or none but IPv6 to reach the server with. Each is told addresses of its own
family alone, of its agent or of the server."""
from h323 import H323World, Site, spoken
from h323_calls import matrix, settle, some
from h323_traffic import Traffic, lines_with, verdict
from world import SERVER4, SERVER6, installed, main

LAN6, LAN66 = "fd00:10:", "fd00:66:"  # behind agents
PUBLIC6 = "2001:db8:cafe:"
FOUR = r"\b\d+\.\d+\.\d+\.\d+\b"
PRIVATE6 = r"\bfd00:"
PAIRS = [("six", "street"), ("street", "six"), ("six", "six"),
         ("north", "street"), ("street", "north"), ("north", "north"),
         ("north", "south"), ("south", "north"), ("six", "north"),
         ("tunnel6", "street"), ("south", "tunnel6"), ("tunnel6", "north")]


class Six(H323World):
    """The server has both families, and agents may come by either."""
    address = SERVER4 + ", " + SERVER6

    def relay_start(self):
        self.relay_more = self.relay_more.replace(
            "listen = %s:443" % SERVER4, "listen = %s:443, [%s]:443" % (
                SERVER4, SERVER6))
        super().relay_start()


def begin(world):
    """north: a network of IPv6 whose agent has IPv4 to the server; tunnel6: the
    other way round, but that there is no IPv4 at all."""
    world.begin()
    for host, address in (("phone3", LAN6 + ":13"), ("pub6", LAN66 + ":26")):
        world.address_add(host, address)
    world.agent_for("phone3", "north", LAN6 + ":13")
    world.agent_for("pub6", "tunnel6", LAN66 + ":26", by=SERVER6)
    _, door = world.agent_for("phone2", "south")
    world.lab.run("phone1", "ip", "route", "del", "default")
    return {"north": Site(world, "phone1", LAN6 + ":13", LAN6),
            "south": Site(world, "phone2", door, "192.168.2"),
            "tunnel6": Site(world, "pub6", LAN66 + ":26", LAN66),
            "six": Site(world, "pub6", SERVER6, PUBLIC6, first=2601),
            "street": Site(world, "pub", SERVER4, "203.0.113", first=201)}


def families(tap, captures):
    """Of the addresses that H.323 says, in each place."""
    for name, capture in captures.items():
        text = capture.text()
        said = [x for x in lines_with(text, FOUR) if "IP" in x or "ip" in x]
        if name == "street":
            tap.equal(lines_with(text, r"ip6Address|iP6Address")[:5], [],
                      "street: nobody hears of IPv6")
        else:
            tap.equal([x for x in said if "0.0.0.0" not in x][:5], [],
                      name + ": nobody hears of IPv4")
            tap.ok(len(lines_with(text, r"(?i)ip6Address")) > 500,
                   name + ": but of IPv6")


def private(tap, captures):
    text = captures["six"].text()
    # its host has two places
    tap.ok(lines_with(text, PUBLIC6), "six: addresses of the street")
    tap.equal(lines_with(captures["street"].text(), PRIVATE6)[:5], [],
              "street: no private address")
    own = lines_with(captures["north"].text(), r"(fd00:66|2001:db8):")
    tap.equal(own[:5], [], "north: no address of others")


def test(tap):
    installed("tshark")
    with Six(tap) as world:
        sites = begin(world)
        captures = {"street": Traffic(world, "pub"),
                    "six": Traffic(world, "pub6"),
                    "north": Traffic(world, "phone1")}
        settle(sites)
        tap.equal(sites["six"].phones[0][0].signalling, spoken(
            PUBLIC6 + ":2601", 1720), "a terminal of IPv6")
        for frm, to in PAIRS:
            matrix(tap, world, some(sites[frm], sites[to]))
        sites["six"].calls |= sites["tunnel6"].calls
        for name, capture in captures.items():
            verdict(tap, name, capture, sites[name])
        families(tap, captures)
        private(tap, captures)
        tap.equal(world.errors(), [], "terminals understood everything")


if __name__ == "__main__":
    main(test)
