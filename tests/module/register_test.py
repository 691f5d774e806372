#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Registrations through a real Kamailio with the module: in the database,
after kill -9, kept alive, and with a database in trouble.
"""
import os
import sqlite3

from phone import Phone
from registrar import Registrar, after, main, wait

PROMISE = 0.050  # seconds from the 200 to the row
TRIES = 20
LOCKED = 3.0
GONE = "(?i)traversal.*removed: no answer"


def promised(tap, reg, name, ask, good):
    """The first look after the promised time. A machine that is busy with
    something else may be late once, not most of the time, and never loses."""
    first = 0
    for i in range(TRIES):
        if ask(i) != 200:
            break
        after(PROMISE)
        first += bool(good(i))
        wait(lambda: good(i), 10)
    tap.ok(first > TRIES // 2, "%s: in the first look after 50 ms" % name,
           "%d of %d were" % (first, TRIES))
    tap.equal([i for i in range(TRIES) if not good(i)], [],
              "%s: none is lost" % name)


def life(tap, reg):
    """Register, refresh, unregister, expire."""
    phones = [Phone("life%d" % i, reg.port) for i in range(TRIES)]
    promised(tap, reg, "register", lambda i: phones[i].register(),
             lambda i: reg.has(phones[i]))
    one = phones[0]
    tap.equal(reg.rows(one.user),
              [(one.uri, one.seen, "udp", 1, "Phone/%d" % one.n, 1,
                one.call_id)], "a row says what is known of a contact")
    promised(tap, reg, "refresh", lambda i: phones[i].register(),
             lambda i: reg.has(phones[i]))
    promised(tap, reg, "unregister", lambda i: phones[i].register(expires=0),
             lambda i: not reg.rows(phones[i].user))

    two = [Phone("both", reg.port), Phone("both", reg.port)]
    tap.equal([p.register() for p in two], [200, 200], "two phones of one user")
    tap.ok(wait(lambda: all(reg.has(p) for p in two)), "two contacts")
    two[0].register(expires=0)
    tap.ok(wait(lambda: not reg.has(two[0])) and reg.has(two[1]),
           "one of them goes, the other stays")

    brief = Phone("brief", reg.port)
    brief.register(expires=2)
    tap.ok(wait(lambda: reg.has(brief)) and
           wait(lambda: not reg.rows("brief"), 20), "expired: the row goes")
    tap.ok(reg.sql("SELECT 1 FROM audit WHERE object = 'brief'"
                   " AND detail LIKE 'expired:%'"), "and the audit says so")
    listed = reg.rpc("traversal.registrations", "both")
    tap.equal([(c["contact"], c["received"], c["nat"]) for c in listed],
              [(two[1].uri, two[1].seen, "yes")], "traversal.registrations")
    tap.equal(reg.stat("store_queue_full"), 0, "traversal.stats")
    for p in phones + two + [brief]:
        p.close()


def killed(tap, reg):
    """kill -9, and what is there afterwards."""
    plain, rich = Phone("plain", reg.port), Phone("rich", reg.port)
    behind = Phone("behind", reg.port)
    other, caller = Phone("other", reg.other_port), Phone("caller", reg.port)
    many = [Phone("many%d" % i, reg.port) for i in range(50)]
    stream = Phone("stream", reg.port, tcp=True)
    path = "sip:127.0.0.1:%d;lr" % behind.port
    everybody = [plain, rich, behind, other, stream] + many

    got = [plain.register(), other.register(), stream.register(), rich.register(
        params=';q=0.5;methods="INVITE,ACK,BYE";'
        '+sip.instance="<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"'
        ";reg-id=2",
        headers=("Supported: path, outbound",)), behind.register(
        headers=("Supported: path", "Path: <%s>" % path))]
    got += [p.register() for p in many]
    tap.equal(got, [200] * len(everybody), "all register")
    wait(lambda: all(reg.has(p) for p in everybody), 10, "they are stored")
    before = {p.user: reg.in_usrloc(p.user) for p in everybody}
    tap.ok(before["rich"][0]["Instance"] != "[not set]"
           and before["behind"][0]["Path"] == "<%s>" % path
           and before["rich"][0]["Q"] == 0.5, "with all there is to a contact",
           before["rich"], before["behind"])

    reg.kill()
    reg.start()
    tap.equal({p.user: reg.in_usrloc(p.user) for p in everybody}, before,
              "kill -9: usrloc has all of it again")
    tap.equal(reg.stat("contacts_restored"), reg.sql(
        "SELECT count(*) FROM contacts")[0][0], "the counter says how many")
    tap.equal(reg.log_lines("shm_str_dup"), [], "without a word of complaint")
    tap.equal(caller.options("plain"), 200,
              "a request reaches a restored contact where it was seen")
    tap.ok([r for r in plain.requests if r.startswith("OPTIONS " + plain.uri)],
           "and is for its Contact")
    tap.equal(caller.options("behind"), 200, "and one by its Path")
    tap.equal([plain.register(), reg.in_usrloc("plain")[0]["Ruid"]],
              [200, before["plain"][0]["Ruid"]], "a refresh after it is one")

    reg.kill()
    reg.start(other_port=False)
    tap.equal([len(reg.in_usrloc("other")), len(reg.in_usrloc("plain"))],
              [0, 1], "a contact of a socket that is no more is left out")
    tap.equal(len(reg.log_lines("other came in on udp:127.0.0.1:%d"
                                % reg.other_port)), 1, "which is logged")

    last = Phone("last", reg.port)
    last.register()
    reg.stop()
    tap.ok(reg.rows("last"), "stopped at once after a 200: it is stored")
    for p in everybody + [caller, last]:
        p.close()


def locked(tap, reg):
    """Another program holds the database's lock."""
    phones = [Phone("lock%d" % i, reg.port) for i in range(TRIES)]
    db = sqlite3.connect(reg.store, isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    soon = [p.register_soon() for p in phones]
    tap.equal([s() for s in soon], [200] * TRIES,
              "database locked: REGISTERs are answered all the same")
    after(LOCKED)
    again = [p.register() for p in phones]
    tap.equal((again, [p for p in phones if reg.has(p)]), ([200] * TRIES, []),
              "after %.0f s still, and nothing is written" % LOCKED)
    db.execute("ROLLBACK")
    db.close()
    tap.ok(wait(lambda: all(reg.has(p) for p in phones)),
           "unlocked: all are written")
    tap.equal((len(reg.log_lines("is locked")), reg.stat("store_queue_full"),
               reg.stat("store_errors") > 0), (1, 0, True),
              "one line about it, nothing lost, and counted")
    for p in phones:
        p.close()


def corrupt(tap, reg):
    """A file that is no database."""
    with open(reg.store, "wb") as f:
        f.write(b"not a database, whatever its name says\n" * 1000)
    reg.start()
    phone, gone = Phone("anyway", reg.port), Phone("gone", reg.port)
    tap.equal([phone.register(), phone.register(), gone.register(),
               gone.register(expires=0)], [200] * 4,
              "corrupt database: Kamailio runs, REGISTERs are answered")
    after(1)
    tap.equal(len(reg.log_lines("ERROR: traversal")), 1,
              "and one error is logged")
    os.unlink(reg.store)

    def made():
        try:
            return reg.has(phone)
        except sqlite3.OperationalError:  # not there yet, or without tables
            return False
    tap.ok(wait(made, 30), "moved away: a new one has what usrloc has")
    tap.equal(reg.rows("gone"), [], "and nothing else")
    phone.close()
    gone.close()


def own_database(tap):
    """usrloc has its contacts from a database of its own."""
    with Registrar() as reg:
        reg.usrloc_database()
        reg.start()
        phone = Phone("two", reg.port)
        phone.register()
        tap.ok(wait(lambda: reg.has(phone)), "usrloc with a database: stored")
        before = [c["Ruid"] for c in reg.in_usrloc("two")]
        reg.kill()
        for name in ("", "-wal", "-shm"):
            os.unlink(reg.store + name)
        reg.start()
        tap.ok(wait(lambda: reg.has(phone)), "and again, after a restart")
        reg.kill()
        reg.start()
        tap.equal([c["Ruid"] for c in reg.in_usrloc("two")], before,
                  "its contacts are not doubled")
        phone.close()


def six(tap):
    """IPv6."""
    with Registrar("options", misses=3) as reg:
        if not reg.six:
            tap.skip("IPv6", "this machine has none")
            return
        reg.start()
        phone, caller = (Phone(u, reg.port, host="::1") for u in ("six", "cal"))
        phone.register()
        tap.ok(wait(lambda: reg.has(phone)), "IPv6: stored as seen")
        tap.ok(phone.until(lambda: phone.requests, 30), "IPv6: kept alive")
        before = reg.in_usrloc("six")
        reg.kill()
        reg.start()
        tap.equal(reg.in_usrloc("six"), before, "IPv6: restored")
        tap.equal(caller.options("six"), 200, "IPv6: and reached")
        phone.close()
        caller.close()


def kept_alive(tap):
    """CRLF, by UDP and TCP."""
    with Registrar("crlf") as reg:
        reg.start()
        udp, tcp = Phone("udp", reg.port), Phone("tcp", reg.port, tcp=True)
        tap.equal([udp.register(), tcp.register()], [200, 200],
                  "a UDP phone, a TCP phone")
        for p in (udp, tcp):
            p.until(lambda: len(p.pings) > 2, 30)
            tap.equal(p.pings[:3], [b"\r\n\r\n"] * 3,
                      "CRLF keepalive over %s" % p.user.upper())
        tap.ok(reg.rows("tcp")[0][2] == "tcp", "TCP is what the row says, too")
        wait(lambda: reg.stat("keepalives_sent") > 5, 20, "they are counted")
        gone = Phone("gone", reg.port)
        gone.register()
        gone.until(lambda: gone.pings, 30)
        gone.register(expires=0)
        seen = len(gone.pings)
        after(3)
        tap.ok(len(gone.pings) <= seen + 1, "none to who has unregistered")
        for p in (udp, tcp, gone):
            p.close()


def unanswered(tap, method, pinged):
    """A contact that stops answering is removed; who never did is not."""
    with Registrar(method, misses=3) as reg:
        reg.start()
        there, stops = Phone("there", reg.port), Phone("stops", reg.port)
        never = Phone("never", reg.port)
        never.answering = False
        tap.equal([p.register() for p in (there, stops, never)], [200] * 3,
                  "%s: three phones" % method)
        for p in (there, stops, never):
            p.until(lambda: len(pinged(p)) > 2, 30)
        tap.ok(all(len(pinged(p)) > 2 for p in (there, stops, never)),
               "%s: are all pinged" % method)
        tap.ok(wait(lambda: reg.stat("keepalive_answers") > 2, 30),
               "%s: answers are counted" % method)
        stops.answering = False
        tap.ok(wait(lambda: not reg.in_usrloc("stops"), 30),
               "%s: who stops answering is removed" % method)
        tap.ok(wait(lambda: not reg.rows("stops")), "%s: from the database, too"
               % method)
        tap.equal((len(reg.log_lines(GONE)), reg.stat("keepalive_removed"),
                   len(reg.sql("SELECT 1 FROM audit WHERE object = 'stops'"
                               " AND action = 'registration.remove'"))),
                  (1, 1, 1), "%s: logged, counted, in the audit" % method)
        tap.equal([len(reg.in_usrloc(p.user)) for p in (there, never)], [1, 1],
                  "%s: who answers stays, and who never did" % method)
        tap.equal(reg.log_lines("ERROR|parsing of SIP message failed"), [],
                  "%s: answers are no errors" % method)
        for p in (there, stops, never):
            p.close()


def options_pings(phone):
    return [r for r in phone.requests if r.startswith("OPTIONS ")]


def stun_pings(phone):
    return [p for p in phone.pings
            if p[:8] == b"\x00\x01\x00\x00\x21\x12\xa4\x42"]


def test(tap):
    with Registrar() as reg:
        reg.start()
        life(tap, reg)
        locked(tap, reg)
        killed(tap, reg)
    with Registrar() as reg:
        corrupt(tap, reg)
    own_database(tap)
    six(tap)
    kept_alive(tap)
    unanswered(tap, "options", options_pings)
    unanswered(tap, "stun", stun_pings)


main(test, own_network=True)
