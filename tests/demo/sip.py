# SPDX-License-Identifier: GPL-2.0-or-later
"""The demo of SIP: two phones (baresip), each behind a NAT of its own, register,
call each other and hear each other, through Kamailio, the module and the
relay."""
from stage import call
from baresip import Baresip
from world import SERVER4, World, installed, wait

PICTURE = """
  alice  %(phone1)-13s ── symmetric NAT ── %(nat1)s ──┐
                                                          ├── %(server)s: Kamailio
  bob    %(phone2)-13s ── preserving NAT ─ %(nat2)s ──┘   with traversal.so,
                                                              postern-relay
"""


def register(stage, world, host, user, hz):
    phone = Baresip(world, host, user, hz).registered()
    rows = wait(lambda: world.query(
        "SELECT * FROM active_registrations WHERE alias IN (?, ?)", user,
        "%s@%s" % (user, SERVER4)), 5) or [{}]
    stage.ok(rows[0].get("nat") == "yes",
             "%s says that it is at %s, and is seen at %s: behind a NAT" % (
                 user, world.lab.address(host), rows[0].get("received")))
    return phone


def play(stage, world):
    lab = world.lab
    print(PICTURE % {h: lab.address(h) for h in (
        "phone1", "nat1", "phone2", "nat2", "server")}, end="")
    stage.step("the server's programs start, with examples/kamailio-postern.cfg")
    world.start()
    stage.ok(world.kamailio.alive() and world.relay.alive(),
             "Kamailio and postern-relay run on %s" % SERVER4)

    stage.step("the phones register")
    alice = register(stage, world, "phone1", "alice", 440)
    bob = register(stage, world, "phone2", "bob", 1200)

    call(stage, world, alice, bob, show=True)
    call(stage, world, bob, alice, show=False)

    stage.step("what the database has")
    sqlite = installed("sqlite3")
    for view in ("active_registrations", "call_history"):
        stage.ok(stage.shell(sqlite, "-line", world.store,
                             "select * from " + view), view)


def show(stage):
    with World(stage, "two-nats:symmetric,preserving") as world:
        play(stage, world)
