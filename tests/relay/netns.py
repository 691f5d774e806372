# SPDX-License-Identifier: GPL-2.0-or-later
"""Three hosts on wires: a relay between two parties, over Ethernet.

	a 10.77.1.2 ---- 10.77.1.1 relay 10.77.2.1 ---- 10.77.2.2 b
	  fd77:1::2      fd77:1::1       fd77:2::1      fd77:2::2

A guard takes the namespaces away, whatever becomes of the program.
"""
import os
import socket
import subprocess
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
from lab import Skip, in_namespace  # noqa: E402

GUARD = 'read line; for n in a r b; do ip netns delete "$0$n"; done'
SIDES = (("a", 1), ("b", 2))


class Wires:
    def __init__(self):
        self.prefix = "pk%d" % os.getpid()
        if os.getuid() != 0:
            raise Skip("namespaces need root")
        self.guard = subprocess.Popen(["sh", "-c", GUARD, self.prefix],
                                      stdin=subprocess.PIPE,
                                      stderr=subprocess.DEVNULL,
                                      start_new_session=True)
        try:
            self._up()
        except subprocess.CalledProcessError as e:
            self.close()
            raise Skip("no namespaces here: %s" % e)

    def ip(self, host, *argv):
        subprocess.run(["ip", "-n", self.prefix + host, *argv], check=True)

    def _up(self):
        for host in "arb":
            subprocess.run(["ip", "netns", "add", self.prefix + host],
                           check=True)
            self.ip(host, "link", "set", "lo", "up")
        for host, n in SIDES:
            self.ip("r", "link", "add", "to-" + host, "type", "veth", "peer", "name",
                    "eth0", "netns", self.prefix + host)
            for where, device, last in ((host, "eth0", 2), ("r", "to-" + host, 1)):
                self.ip(where, "address", "add", "10.77.%d.%d/24" % (n, last),
                        "dev", device)
                self.ip(where, "address", "add", "fd77:%d::%d/64" % (n, last),
                        "dev", device, "nodad")
                self.ip(where, "link", "set", device, "up")
            self.ip(host, "route", "add", "default", "via", "10.77.%d.1" % n)
            self.ip(host, "-6", "route", "add", "default", "via",
                    "fd77:%d::1" % n)

    def command(self, host, *argv):
        return ["ip", "netns", "exec", self.prefix + host, *argv]

    def run(self, host, *argv, **options):
        return subprocess.run(self.command(host, *argv), capture_output=True,
                              text=True, **options)

    def udp(self, host, address, port=0):
        def make():
            s = socket.socket(socket.AF_INET6 if ":" in address
                              else socket.AF_INET, socket.SOCK_DGRAM)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            s.bind((address, port))
            s.settimeout(3)
            return s
        return in_namespace(self.prefix + host, make)

    def inside(self, host, function):
        return in_namespace(self.prefix + host, function)

    def close(self):
        self.guard.stdin.close()
        self.guard.wait()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()
