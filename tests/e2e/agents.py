# SPDX-License-Identifier: GPL-2.0-or-later
"""Agents in the lab: what the server needs for them, and the programs."""
import os
import subprocess

from world import SERVER4, SIP_PORT, Program, built, installed

TUNNEL_PORT, MEDIA = 443, "3478-3479"  # the lab's three published ports
TUNNEL = """[tunnel]
listen = %s:%d
state = %%s
sip = %s:%d
media = %s
linger = 10s
keepalive = 1s
""" % (SERVER4, TUNNEL_PORT, SERVER4, SIP_PORT, MEDIA)
MODPARAM = 'modparam("traversal", "agents", 1)\n'


def ctl(world, *argv):
    """A command of posternctl's, as it is typed."""
    return (built("ctl/posternctl"), "-r", world.relay_socket, *argv)


def asked(world, *argv):
    r = subprocess.run(ctl(world, *argv), capture_output=True, text=True)
    if r.returncode:
        raise RuntimeError(r)
    return r.stdout


def agent(world, host, name, port=SIP_PORT, more="", address=None, server="",
          own=""):
    """An agent in a host, and the address it is known by there; more, server,
    own: lines of its [lan], [server] and [agent]."""
    address = address or world.lab.address(host)
    conf = asked(world, "agent", "add", name).replace(
        "# sip = 192.168.1.2:5060", "sip = %s:%d\n%s" % (address, port, more)).replace(
            "[server]", "[server]\n" + server, 1).replace(
                "[agent]", "[agent]\n" + own, 1)
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
    """All that passes an interface of a host."""

    def __init__(self, world, host, *what):
        self.path = world.path("capture-%s.pcap" % host)
        self.program = Program(world, host, "tcpdump-" + host,
                               installed("tcpdump"), "-i", "any", "-U", "-n",
                               "-Z", "root", "-w", self.path, *what)
        self.program.says("listening on")

    def stop(self):
        self.program.stop()
        with open(self.path, "rb") as f:
            return f.read()
