#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A NAT that forgets: the agent's silent streams are found again, and its signs
of life come more often from then on. In sealed mode, where they share a
mapping, and in token mode, where each has its own.

Three namespaces: the server's, in which this runs, a NAT's, the agent's."""
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
from lab import Skip, in_namespace, main_among, wait  # noqa: E402
from agent_client import Agent, Server  # noqa: E402
from relay_client import quiet, rtp, udp  # noqa: E402

NAMES = SERVER, NAT, AGENT = ["pnat%s-%d" % (
    x, os.getppid() if "NAT" in os.environ else os.getpid()) for x in "sna"]
WORLD = """
link add wan type veth peer name wan netns {1}
-n {1} link add lan type veth peer name lan netns {2}
link set lo up
-n {2} link set lo up
addr add 10.78.0.1/24 dev wan
link set wan up
-n {1} addr add 10.78.0.2/24 dev wan
-n {1} link set wan up
-n {1} addr add 10.79.0.1/24 dev lan
-n {1} link set lan up
-n {2} addr add 10.79.0.2/24 dev lan
-n {2} link set lan up
-n {2} route add default via 10.79.0.1
"""
FORGETS = """
table ip nat {
	chain out {
		type nat hook postrouting priority srcnat;
		oifname wan masquerade fully-random
	}
}
"""
REPORT = b"\x80\xc9\0\1" + b"\0\0\0\2"  # RTCP
STREAMS = 8


def ip(*argv):
    subprocess.run(["ip", *argv], check=True)


def nat(*argv, text=None):
    r = subprocess.run(["ip", "netns", "exec", NAT, *argv], input=text,
                       capture_output=True, text=True)
    if r.returncode:
        raise Skip("%s: %s" % (argv[0], r.stderr.strip()))


class Inside(Agent):
    prefix = ["ip", "netns", "exec", AGENT]


def forgets(tap, server, c, mode):
    own = mode == "token"

    def agent():
        return server.agents()["branch-7"]

    def source(n):
        return c.result("session.get",
                        id="s%d" % n)["streams"][0]["a"]["source"]

    ports = []
    for n in range(STREAMS):
        r = c.result("session.open", id="s%d" % n, owner="test", label="x",
                     streams=[{"index": 0, "media": "audio",
                               "a": {"agent": "branch-7",
                                     "signalling": "127.0.0.3"},
                               "b": {"signalling": "10.78.0.1"}}])
        ports.append([(x["local"]["address"], x["local"]["port"])
                      for x in (r["streams"][0]["a"], r["streams"][0]["b"])])
    term = in_namespace(AGENT, lambda: udp(address="127.0.0.3"))
    peer = udp(address="10.78.0.1")
    seq = [0]

    def say(n):
        seq[0] += 1
        peer.sendto(rtp(seq[0], ssrc=2), ports[n][1])
        address, port = ports[n][1]
        peer.sendto(REPORT, (address, port + 1))

    def talk():
        term.sendto(rtp(seq[0]), ports[1][0])
        say(1)
        return not quiet(term, 0.2) and not quiet(peer, 0.2)

    def known():
        for n in range(STREAMS if own else 0):
            say(n)  # in token mode only who has something to hear is there
        sources = [source(n) for n in range(STREAMS)]
        return all(s and (s.get("rtcpPort") or not own) for s in sources)

    tap.ok(wait(known), mode + ": the relay knows where all streams are")
    was = [source(n) for n in range(STREAMS)]
    tap.equal(len({x["port"] for x in was}), STREAMS if own else 1,
              mode + ": through as many mappings as they have")
    tap.equal(agent()["mappingsLost"], 0, mode + ": none is lost yet")
    tap.equal(agent()["mediaKeepalive"], 10000,
              mode + ": signs of life as usual")

    # so that the next sign of life comes after silence, not in a row of them
    time.sleep(4)
    moved = server.counter(mode + "_moved")
    nat("conntrack", "-D", "-p", "udp")
    lost = 2 * STREAMS if own else 1  # RTP and RTCP
    tap.ok(wait(lambda: agent()["mappingsLost"] >= lost, 30),
           mode + ": the NAT forgets: it is noticed with nothing said",
           agent())
    tap.equal(agent()["mappingsLost"], lost, mode + ": each is counted once")
    tap.ok(2500 <= agent()["mediaKeepalive"] <= 5000,
           mode + ": signs of life come more often", agent())

    def moved_on():
        now = [source(n) for n in range(STREAMS)]
        return all(now) and all(a != b for a, b in zip(now, was)) and \
            len({s["port"] for s in now}) == (STREAMS if own else 1)
    tap.ok(wait(moved_on), mode + ": all streams are found where they are now")
    tap.ok(server.counter(mode + "_moved") >= moved + STREAMS,
           mode + ": counted")
    tap.ok(wait(talk), mode + ": and carry media")
    term.close()
    peer.close()


def test(tap):
    for line in WORLD.format(*NAMES).strip().splitlines():
        ip(*line.split())
    nat("sysctl", "-qw", "net.ipv4.ip_forward=1")
    nat("nft", "-f", "-", text=FORGETS)
    for mode in "sealed", "token":
        one(tap, mode)


def one(tap, mode):
    with Server(address="10.78.0.1",
                more="media_modes = " + mode) as server:
        conf = server.ctl("agent", "add", "branch-7").stdout
        with Inside(server, conf) as agent:
            tap.ok(wait(lambda: server.agents()["branch-7"]["state"] == "up",
                        10), "the agent is up", agent.said())
            c = server.client()
            forgets(tap, server, c, mode)
            c.close()
        tap.ok("Sanitizer" not in server.said().decode(errors="replace"),
               "no sanitizer spoke")


main_among(NAMES, "NAT", test)
