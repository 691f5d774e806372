# SPDX-License-Identifier: GPL-2.0-or-later
"""The demo of H.323: terminals in two networks that let out three ports and
nothing else, and one on the street, register at h323gw and call each other.
Those behind firewalls know their agent alone, which they find by multicast."""
import time

from agents import ctl
from h323 import H323World, Missed, Site
from h323_traffic import Traffic, lines_with
from stage import TALK, call
from world import SERVER4, wait

PICTURE = """
  anna  10.1.0.101 (no route to the outside)
    │                                 ╔═ TLS to port 443 ══╗
  postern-agent  %(phone3)-12s ─ strict firewall   ║
                                      ╚═ UDP to port 3478 ═╣
                                                     %(server)s: h323gw,
                                      ╔═ UDP to port 3478 ═╣       postern-relay
  postern-agent  %(phone2)-12s ─ strict firewall   ║       │
    │                                 ╚═ TLS to port 443 ══╝       │
  bert  192.168.2.101                                              │
  carl  203.0.113.201, on the street ──────────────────────────────┘
"""
PRIVATE = r"\b(10\.1\.0|192\.168\.2)\.\d+\b"
KINDS = {"audio": "packets of audio", "video": "of video",
         "t120": "octets of T.120"}


class Phone:
    """A terminal, as the stage knows phones."""

    def __init__(self, stage, site, user, hz, multicast=True):
        self.stage, self.user, self.hz, self.call = stage, user, hz, None
        self.terminal = site.add(user, register=False, answer="auto", tone=hz,
                                 measure="always", open=["audio", "video"])
        if multicast:
            self.terminal.send("discover", multicast=True)
            at = self.terminal.wait("discovered")["gatekeeper"]
            stage.ok(at == {"ipAddress": "%s:1719" % site.gatekeeper},
                     "%s asks by multicast for a gatekeeper: %s" % (
                         user, *at.values()))
        self.terminal.register()
        stage.ok(True, "%s is registered" % user)

    def hangup(self):
        self.call.hangup()

    def heard(self, ms):
        """As wavrec says it of a recording."""
        self.call.media(fresh=True)
        time.sleep(ms / 1000)
        got = self.call.media()["audio"]
        hz = got["tone"]
        return {"frequency": hz, "heard": {hz: got["heard"]}, "seconds":
                ms / 1000, "share": min(1, got["heard"] / ms)}

    def got(self):
        media = self.call.media()
        return {k: media.get(k, {}).get("received", 0) for k in KINDS}


def connector(text, how):
    """How caller and called come together. how: options of the call."""
    def connect(caller, callee):
        caller.stage.say(text)
        caller.call = caller.terminal.call(callee.user, open=list(KINDS),
                                           **how)
        try:
            callee.call = callee.terminal.incoming(15)
            caller.call.wait("connected", 15)
            caller.call.hears(callee.hz, seconds=15)
            callee.call.hears(caller.hz, seconds=15)
        except Missed as e:
            raise TimeoutError(str(e)) from e
        stage = caller.stage
        wait(lambda: all(n for p in (caller, callee)
                         for n in p.got().values()), 10)
        for p in caller, callee:
            got = p.got()
            stage.ok(all(got.values()), "%s has got %s" % (
                p.user, ", ".join("%d %s" % (n, KINDS[k])
                                  for k, n in got.items())))
    return connect


def start(stage, world):
    stage.step("the server's programs start: postern-relay, h323gw")
    world.begin()
    stage.ok(world.gatekeeper.alive() and world.relay.alive(),
             "they run on %s" % SERVER4)

    stage.step("posternctl agent add branch-1, branch-2; the agents start")
    _, door1 = world.agent_for("phone3", "branch-1")
    _, door2 = world.agent_for("phone2", "branch-2")
    world.lab.run("phone1", "ip", "route", "del", "default")
    stage.shell(*ctl(world, "agents"))
    return door1, door2


def h323(stage, world, *what):
    stage.shell(*ctl(world, "-H", world.path("h323gw.sock"), "h323", *what))


def play(stage, world):
    print(PICTURE % {h: world.lab.address(h) for h in (
        "phone2", "phone3", "server")}, end="")
    door1, door2 = start(stage, world)
    street = Traffic(world, "pub")

    stage.step("the terminals find their gatekeeper and register")
    anna = Phone(stage, Site(world, "phone1", door1, "10.1.0"), "anna", 440)
    bert = Phone(stage, Site(world, "phone2", door2, "192.168.2"), "bert", 800)
    carl = Phone(stage, Site(world, "pub", SERVER4, "203.0.113", first=201),
                 "carl", 1200, multicast=False)
    h323(stage, world, "endpoints")

    call(stage, world, anna, bert, True,
         connector("fastStart, and H.245 tunnelled", {}),
         lambda: h323(stage, world, "calls"))
    call(stage, world, bert, anna, False,
         connector("no fastStart, H.245 on a connection of its own",
                   {"fastStart": False, "tunnelling": False}))
    call(stage, world, carl, anna, False,
         connector("H.245 begins with Setup", {"earlyH245": True}))

    stage.step("what went past the street")
    street.stop()
    text = street.text()
    seen = lines_with(text, r"\b203\.0\.113\.\d+\b")
    private = lines_with(text, PRIVATE)
    stage.ok(seen and not private, "H.323 messages there say %d addresses, %s "
             "of them private" % (len(seen), len(private) or "none"),
             *private[:5])


def show(stage):
    with H323World(stage) as world:
        play(stage, world)
