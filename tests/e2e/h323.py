# SPDX-License-Identifier: GPL-2.0-or-later
"""h323gw in the lab, with the relay and agents, and terminals everywhere."""
import itertools
import os
import re
import subprocess
import sys

from agents import AgentWorld, Capture
from world import SERVER4, TOP, Program, built, wait

sys.path.insert(0, os.path.join(TOP, "tests", "h323"))
from by_tshark import Frames  # noqa: E402
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


class Site:
    """Terminals of one host of the lab; the first of their addresses is made
    of net and first. gatekeeper: where they think it is."""

    def __init__(self, world, host, gatekeeper, net, first=101, own=None):
        self.world, self.host, self.gatekeeper = world, host, gatekeeper
        self.net, self.first, self.own = net, first, own
        self.terminals = Terminals(world.lab.namespace(host),
                                   world.path("terminals-%s.log" % host))
        self.addresses = {}
        world.sites.append(self)

    def add(self, name, register=True, **options):
        """A terminal with an IP address of its own, registered."""
        address = "%s.%d" % (self.net, self.first + len(self.addresses))
        self.world.lab.run(self.host, "ip", "address", "add", address + "/24",
                           "dev", "eth0", check=True)
        self.addresses[name] = address
        options.setdefault("alias", [name])
        t = self.terminals.add(name, address=address,
                               gatekeeper="%s:%d" % (self.gatekeeper,
                                                     RAS_PORT), **options)
        t.site = self
        if register:
            t.register()
        return t


class H323World(AgentWorld):
    """No Kamailio: terminals speak H.323 alone."""
    goes_to = "ras = %s:%d" % (SERVER4, RAS_PORT)

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
            "control": self.path("h323gw.sock"), "address": SERVER4,
            "relay": self.relay_socket, "store": self.store,
            "more": self.gatekeeper_more})
        self.gatekeeper = Program(self, "server", "h323gw",
                                  built("h323gw/h323gw"), "-f", conf)
        self.gatekeeper.says(r"\bready\b")
        wait(self.store_is_there, 20, "the database is there")

    def agent_for(self, host, name):
        """An agent for H.323 in a host; its address there."""
        address = self.lab.address(host)
        agent, _ = self.agent(host, name, door="h323 = " + address)
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


class Traffic(Capture):
    """H.323 past a host, media and agents' tunnels left out."""

    def __init__(self, world, host):
        super().__init__(world, host, "-B", "65536",  # KiB: none is missed
                         "(", "tcp", "and", "not", "port", "443",
                         ")", "or", "udp", "portrange", "1718-1719")

    def text(self):
        """As tshark spells it, H.323 alone."""
        return subprocess.run(
            ["tshark", "-r", self.path, "-V", "-Y", "h225 || h245 || q931"],
            capture_output=True, text=True).stdout

    def frames(self):
        return Frames(self.path)


def lines_with(text, pattern):
    """Those lines of H.323's part of what tshark says that show this."""
    found = []
    for line in text.splitlines():
        if re.match(r"(Internet Protocol|Frame|Linux cooked|    (Source|"
                    r"Destination) Address|    \[)", line):
            continue
        if re.search(pattern, line):
            found.append(line.strip())
    return found
