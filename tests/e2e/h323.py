# SPDX-License-Identifier: GPL-2.0-or-later
"""h323gw in the lab, with the relay and agents, and terminals everywhere."""
import itertools
import os
import sys

from agents import AgentWorld
from world import SERVER4, TOP, Program, built, wait

sys.path.insert(0, os.path.join(TOP, "tests", "h323"))
from terminal import Missed, Terminals  # noqa: E402,F401

RAS_PORT, CALL_PORT = 1719, 1720
GATEKEEPER = """[h323gw]
socket = %(control)s
log_level = info

[gatekeeper]
identifier = lab
address = %(address)s

[policy]
rate = 0

[relay]
socket = %(relay)s

[store]
path = %(store)s
%(more)s
"""


def spoken(address, port):
    """As it is written with a port, of either family."""
    return ("[%s]:%d" if ":" in address else "%s:%d") % (address, port)


class Site:
    """Terminals of one host of the lab; the first of their addresses is made
    of net ("192.0.2", "2001:db8:") and first. gatekeeper: where they think it
    is."""

    def __init__(self, world, host, gatekeeper, net, first=101, own=None):
        self.world, self.host, self.gatekeeper = world, host, gatekeeper
        self.net, self.first, self.own = net, first, own
        self.terminals = Terminals(world.lab.namespace(host),
                                   world.path("terminals-%s.log" % host))
        self.addresses, self.calls = {}, set()
        world.sites.append(self)

    def add(self, name, register=True, **options):
        """A terminal with an IP address of its own, registered."""
        six = ":" in self.net
        address = "%s%s%d" % (self.net, ":" if six else ".",
                              self.first + len(self.addresses))
        self.world.address_add(self.host, address)
        self.addresses[name] = address
        options.setdefault("alias", [name])
        t = self.terminals.add(name, address=address,
                               gatekeeper=spoken(self.gatekeeper, RAS_PORT),
                               **options)
        t.site = self
        if register:
            t.register()
        return t


class H323World(AgentWorld):
    """No Kamailio: terminals speak H.323 alone."""
    goes_to = "ras = %s:%d" % (SERVER4, RAS_PORT)
    address = SERVER4  # h323gw's, of one family or both

    def __init__(self, tap, topology="two-nats:strict,strict", **options):
        super().__init__(tap, topology, **options)
        self.gatekeeper_more, self.gatekeeper, self.sites = "", None, []

    def __exit__(self, *exc):
        for site in self.sites:
            complaints = site.terminals.close()
            if complaints:
                self.tap.ok(False, "terminals of %s end well" % site.host,
                            complaints)
        if self.gatekeeper and self.gatekeeper.alive() and not exc[0]:
            status = self.gatekeeper.stop()
            if status:
                self.tap.ok(False, "h323gw ends well when asked, not with %s"
                            % status)
        return super().__exit__(*exc)

    def kamailio_start(self, tls=None, store=False):
        pass

    def begin(self, more=""):
        super().begin(more)
        self.gatekeeper_start()
        return self

    def gatekeeper_start(self):
        conf = self.write("h323gw.conf", GATEKEEPER % {
            "control": self.path("h323gw.sock"), "address": self.address,
            "relay": self.relay_socket, "store": self.store,
            "more": self.gatekeeper_more})
        self.gatekeeper = Program(self, "server", "h323gw",
                                  built("h323gw/h323gw"), "-f", conf)
        self.gatekeeper.says(r"\bready\b")
        wait(self.store_is_there, 20, "the database is there")

    def address_add(self, host, address):
        """One more address of a host's."""
        six = ":" in address
        self.lab.run(host, "ip", "address", "add",
                     address + ("/64" if six else "/24"), "dev", "eth0",
                     *(["nodad"] if six else []), check=True)

    def agent_for(self, host, name, address=None, **options):
        """An agent for H.323 in a host; its address there."""
        address = address or self.lab.address(host)
        agent, _ = self.agent(host, name, door="h323 = " + address, **options)
        return agent, address

    def errors(self):
        """What terminals did not understand."""
        return [e for s in self.sites for e in s.terminals.seen("error")]


def combinations(*, names=("fastStart", "tunnelling", "earlyH245")):
    return [dict(zip(names, values))
            for values in itertools.product((True, False),
                                            repeat=len(names))]


def spelled(options):
    return "/".join(word if options[name] else "no " + word
                    for name, word in (("fastStart", "fast"),
                                       ("tunnelling", "tunnel"),
                                       ("earlyH245", "early")))


def heard(call, hz, seconds=15):
    """The audio it hears, once that is this tone."""
    return call.hears(hz, seconds=seconds)
