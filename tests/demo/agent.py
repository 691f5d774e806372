# SPDX-License-Identifier: GPL-2.0-or-later
"""The demo of the agent: a phone in a network that lets out three ports and
nothing else calls one on the street, through postern-agent."""
from agents import AgentWorld, ctl
from baresip import Baresip
from stage import call
from world import wait

PICTURE = """
  alice  %(phone1)s (no route to the outside)
    │                                ╔═ TLS to port 443 ═╗
  postern-agent  %(phone3)s ── strict firewall      %(server)s: Kamailio,
                                     ╚═ UDP to port 3478 ╝    postern-relay
  carol  %(pub)s, on the street ─────────────────────────┘
"""


def play(stage, world):
    lab = world.lab
    print(PICTURE % {h: lab.address(h) for h in (
        "phone1", "phone3", "server", "pub")}, end="")
    stage.step("the server's programs start; agents may come to port 443")
    world.begin()

    stage.step("posternctl agent add branch-1; its agent starts in the network")
    _, door = world.agent("phone3", "branch-1")
    lab.run("phone1", "ip", "route", "del", "default")
    stage.shell(*ctl(world, "agents"))

    stage.step("the phones register: alice at her agent, carol at the server")
    alice = Baresip(world, "phone1", "alice", 440,
                    server=door.replace(":5060", "")).registered()
    carol = Baresip(world, "pub", "carol", 800).registered()
    rows = wait(lambda: world.query("SELECT * FROM active_registrations "
                                    "WHERE agent = 'branch-1'"), 5)
    stage.ok(bool(rows), "the database has alice behind branch-1")

    call(stage, world, alice, carol, show=True)
    call(stage, world, carol, alice, show=False)


def show(stage):
    with AgentWorld(stage) as world:
        play(stage, world)
