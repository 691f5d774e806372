# SPDX-License-Identifier: GPL-2.0-or-later
"""Agents in the lab: what the server needs for them, and the programs.

The server is of one of two kinds: its Kamailio has our module, or it is a
plain registrar and proxy, and the agents know SIP themselves."""
import os
import re
import signal
import subprocess
import time

from world import (KAMAILIO_MODULES, SERVER4, SIP_PORT, Program, World, built,
                   installed, wait)

PLAIN_REGISTRAR = os.path.join(os.path.dirname(os.path.realpath(__file__)),
                               "plain_registrar.cfg")

TUNNEL_PORT, MEDIA = 443, "3478-3479"  # the lab's three published ports
TUNNEL = """[tunnel]
listen = %s:%d
state = %%s
%%s
media = %s
linger = 10s
keepalive = 1s
""" % (SERVER4, TUNNEL_PORT, MEDIA)


class AgentWorld(World):
    """Agents before a server whose Kamailio has our module."""
    # the relay's setting for what terminals say
    goes_to = "sip = %s:%d" % (SERVER4, SIP_PORT)
    own = ""  # lines of each agent's [agent]

    def __init__(self, tap, topology="two-nats:strict,strict", **options):
        super().__init__(tap, topology, **options)
        self.places = {}  # of phones behind agents, by user

    def begin(self, more=""):
        """The server's programs; more: lines of the relay's [tunnel]."""
        self.relay_more = TUNNEL % (self.path("state"), self.goes_to) + more
        return self.start(more='modparam("traversal", "agents", 1)\n')

    def agent(self, host, name, *args, own="", **options):
        """As agent(), of the kind that is needed here."""
        return agent(self, host, name, *args, own=self.own + own, **options)

    def place(self, user):
        return self.places.get(user) or super().place(user)

    def outside(self):
        """What the server's host sees, but for what its programs say there."""
        return Capture(self, "server", "not", "(", "src", "host", SERVER4,
                       "and", "dst", "host", SERVER4, ")")

    def relay_restart(self):
        """kill -9; its Kamailio, too, has noticed when this is over."""
        self.relay.kill()
        self.relay.process.wait()
        self.relay_known("down")
        self.relay_start()
        self.relay_known("up")

    def relay_known(self, state):
        wait(lambda: "state: " + state in self.kamcmd("traversal.relays"), 20,
             "Kamailio knows")


class AwareWorld(AgentWorld):
    """Agents that know SIP, before a plain registrar and proxy."""
    aware, own = True, "aware = yes\n"
    goes_to = "registrar = %s:%d" % (SERVER4, SIP_PORT)
    keeps_calls = False

    def kamailio_start(self, tls=None, store=False):
        self.kamailio = Program(
            self, "server", "kamailio", installed("kamailio"), "-DD", "-E",
            "-m", "64", "-M", "8", "-f", PLAIN_REGISTRAR,
            "-L", KAMAILIO_MODULES, "-P", self.path("kamailio.pid"),
            "-Y", self.dir, "-A", "CTL=\"%s\"" % self.ctl,
            "-l", "udp:%s:%d" % (SERVER4, SIP_PORT))
        self.kamailio.binds(SIP_PORT)
        wait(lambda: self.kamcmd("core.uptime"), 20, "Kamailio answers")

    def outside(self):
        """The registrar is told no more than everybody."""
        return Capture(self, "server")

    def sessions_of(self, *servers):
        """Each agent has its own, for its terminal's side."""
        return sum(s != SERVER4 for s in servers)

    def relay_known(self, state):
        pass  # it knows of none


def with_each_server(tap, run):
    """run(tap, world class), before a server of each kind."""
    for kind in (AgentWorld, AwareWorld):
        tap.note(kind.__doc__)
        run(tap, kind)


def ctl(world, *argv):
    """A command of posternctl's, as it is typed."""
    return (built("ctl/posternctl"), "-r", world.relay_socket, *argv)


def asked(world, *argv):
    r = subprocess.run(ctl(world, *argv), capture_output=True, text=True)
    if r.returncode:
        raise RuntimeError(r)
    return r.stdout


def agent(world, host, name, port=SIP_PORT, more="", address=None, server="",
          own="", door=None, by=None):
    """An agent in a host, and the address it is known by there; more, server,
    own: lines of its [lan], [server] and [agent]; door: in place of its SIP;
    by: where it finds the server, in place of what it was told."""
    address = address or world.lab.address(host)
    conf = asked(world, "agent", "add", name).replace(
        "# sip = 192.168.1.2:5060", "%s\n%s" % (
            door or "sip = %s:%d" % (address, port), more)).replace(
            "[server]", "[server]\n" + server, 1).replace(
                "[agent]", "[agent]\n" + own, 1)
    if by:
        conf = conf.replace(SERVER4, "[%s]" % by if ":" in by else by)
    path = world.write(name + ".conf", conf)
    os.chmod(path, 0o600)
    a = Program(world, host, name, built("agent/postern-agent"), "-f", path)
    a.argv = (built("agent/postern-agent"), "-f", path)
    a.says("the tunnel is up", 20)
    return a, "%s:%d" % (address, port)


def restart(world, host, old):
    a = Program(world, host, old.name, *old.argv)
    a.argv = old.argv
    return a


class Capture:
    """All that passes an interface of a host.

    The kernel hands packets over in blocks that many fit into, though late:
    one by one, eight would fill what is there for them by itself."""
    REPORT = re.compile(r"(\d+) packets? captured, \d+ packets? received by "
                        r"filter, (\d+) packets? dropped by kernel")
    how = ["-B", "32768"]  # KiB
    LATE = 1.2  # s; a block is handed over when it is full, or a second old

    def __init__(self, world, host, *what):
        self.world, self.host = world, host
        self.path = world.path("capture-%s.pcap" % host)
        self.program = Program(world, host, "tcpdump-" + host,
                               installed("tcpdump"), "-i", "any", "-U", "-n",
                               "-Z", "root", "-w", self.path, *self.how, *what)
        self.program.says("listening on")

    def reports(self):
        """All of tcpdump's, and one more: captured so far, and missed."""
        n = len(self.REPORT.findall(self.program.log()))
        self.program.process.send_signal(signal.SIGUSR1)
        return wait(lambda: self.REPORT.findall(self.program.log())[n:], 10,
                    "tcpdump says how far it is")[-1]

    def stop(self):
        """What it holds; all that passed before is among it."""
        if self.program.alive():
            now, before, rounds = self.reports(), None, 5
            while now != before and rounds:  # media may go on for ever
                time.sleep(self.LATE)
                before, now = now, self.reports()
                rounds -= 1
            if now[1] != "0":
                self.world.tap.note("%s: %s packets were not captured" % (
                    self.host, now[1]))
            self.program.stop()
        with open(self.path, "rb") as f:
            return f.read()
