# SPDX-License-Identifier: GPL-2.0-or-later
"""baresip as a telephone: plays a tone, keeps what it hears as a recording.

It is told what to do, and tells what happens, over its ctrl_tcp module
(netstrings of JSON), in the namespace it lives in.
"""
import glob
import json
import os
import threading

from world import (SERVER4, SIP_PORT, SIPS_PORT, Program, expect_tone,
                   installed, wait)

MODULES = "/usr/lib/baresip/modules"
CONTROL_PORT = 4444
CONFIG = """poll_method epoll
sip_listen {listen}
{sip}
audio_source aufile,{tone}
ausrc_srate 8000
ausrc_channels 1
auplay_srate 8000
auplay_channels 1
rtp_ports {rtp}
call_local_timeout 60
call_max_calls 4
audio_path /nonexistent
snd_path {dir}
ctrl_tcp_listen 127.0.0.1:{control}
module_path {modules}
module g711.so
module aufile.so
module sndfile.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
"""


class Baresip:
    def __init__(self, world, host, user, hz, server=None, transport="udp",
                 cafile=None, proxy=None, local=False):
        self.world, self.user, self.hz = world, user, hz
        self.dir = world.path(user)
        os.mkdir(self.dir)
        self.events, self.changed = [], threading.Condition()
        self.proxy, self.server = proxy, server or SERVER4
        self.local = local  # it knows no network but this machine's
        if self.server.count(":") > 1:
            self.server = "[%s]" % self.server
        self.configure(host, transport, cafile)
        self.program = Program(world, host, "baresip-" + user,
                               installed("baresip"), "-f", self.dir,
                               env=dict(os.environ, HOME=self.dir))
        self.program.binds(CONTROL_PORT, "tcp")
        self.control = world.lab.tcp(host, ("127.0.0.1", CONTROL_PORT))
        self.control.settimeout(None)
        threading.Thread(target=self.read, daemon=True).start()

    def configure(self, host, transport, cafile):
        port = SIPS_PORT if transport == "tls" else SIP_PORT
        sip = "sip_cafile %s\nsip_verify_server yes" % cafile if cafile else ""
        address = "127.0.0.1" if self.local else self.world.lab.address(host)
        if self.local:
            sip += "net_interface 127.0.0.1\n"
        if ":" in address:
            address = "[%s]" % address
        text = CONFIG.format(
            listen="%s:5060" % address, sip=sip, dir=self.dir,
            tone=self.world.tone(self.hz), rtp="10000-10100",
            control=CONTROL_PORT, modules=MODULES)
        account = ("<sip:%s@%s>;auth_pass=none;regint=60;audio_codecs=PCMU;"
                   "outbound=\"sip:%s;transport=%s\"\n" % (
                       self.user, self.server,
                       self.proxy or "%s:%d" % (self.server, port), transport))
        for name, content in (("config", text), ("accounts", account),
                              ("contacts", "")):
            with open(os.path.join(self.dir, name), "w") as f:
                f.write(content)

    def read(self):
        buf = b""
        while True:
            try:
                data = self.control.recv(65536)
            except OSError:
                return
            if not data:
                return
            buf += data
            while b":" in buf:
                n, rest = buf.split(b":", 1)
                if len(rest) < int(n) + 1:
                    break
                message, buf = rest[:int(n)], rest[int(n) + 1:]
                with self.changed:
                    self.events.append(json.loads(message))
                    self.changed.notify_all()

    def command(self, command, params=None):
        m = json.dumps({"command": command, **(
            {"params": params} if params else {})}).encode()
        self.control.sendall(b"%d:%s," % (len(m), m))

    def happens(self, kind, seconds=20):
        """Waits for an event that nobody has waited for before."""
        def look():
            for i, e in enumerate(self.events):
                if e.get("type") == kind:
                    del self.events[:i + 1]
                    return e
        with self.changed:
            got = []
            if not self.changed.wait_for(
                    lambda: got.append(look()) or got[-1], seconds):
                raise TimeoutError("%s: no %s" % (self.user, kind))
            return got[-1]

    def registered(self):
        # it may have done so before there was anybody to tell
        self.program.says(r"200 OK .*\[\d+ binding")
        return self

    def dial(self, user):
        self.command("dial", "sip:%s@%s" % (user, self.server))

    def answer(self):
        self.happens("CALL_INCOMING")
        self.command("accept")

    def hangup(self):
        self.command("hangup")

    def recording(self):
        files = sorted(glob.glob(os.path.join(self.dir, "dump-*-dec.wav")))
        return files[-1] if files else None

    def heard(self, milliseconds, seconds=15):
        """What it hears, once that is so long (or never comes)."""
        def look():
            wav = self.recording()
            size = os.path.getsize(wav) if wav else 0
            return size > 44 + 16 * milliseconds
        wait(look, seconds)
        wav = self.recording()
        return self.world.measure(wav) if wav else {"heard": {}}

    def stop(self):
        self.control.close()
        self.program.stop(3)


def connect(caller, callee):
    """A call from one to the other, answered."""
    caller.dial(callee.user)
    callee.answer()
    caller.happens("CALL_ESTABLISHED")
    callee.happens("CALL_ESTABLISHED")


def call(tap, world, caller, callee, name):
    """One call in a world that had none, from dialling to the database:
    both sides measured, the relay in between, hung up by the caller."""
    before = len(world.calls()) if world.keeps_calls else 0
    try:
        connect(caller, callee)
    except TimeoutError as e:
        tap.ok(False, name + ": the call is answered", e)
        return
    expect_tone(tap, callee.heard(1500), caller.hz,
                "%s: %s hears %s" % (name, callee.user, caller.user))
    expect_tone(tap, caller.heard(1500), callee.hz,
                "%s: %s hears %s" % (name, caller.user, callee.user))
    sessions = world.sessions()
    legs = [s["streams"][0][leg] for s in sessions for leg in "ab"]
    tap.ok(len(sessions) == world.sessions_of(caller.server, callee.server) and
           all(leg["state"] == "latched" and leg["packets"] for leg in legs),
           name + ": through the relay, both legs latched", sessions)
    caller.hangup()
    callee.happens("CALL_CLOSED")
    tap.ok(wait(lambda: not world.sessions(), 5),
           name + ": hung up, the relay's session is closed", world.sessions())
    if not world.keeps_calls:
        return
    rows = wait(lambda: len(world.calls(ended=True)) == before + 1, 5)
    tap.ok(rows and len(world.calls()) == before + 1,
           name + ": one row in the database, ended", *world.calls())


def goes_on(tap, world, what, *phones):
    """Each hears the other's tone in what comes from now on."""
    for p, q in (phones, phones[::-1]):
        before = os.path.getsize(p.recording())
        tap.ok(wait(lambda: os.path.getsize(p.recording()) >
                    before + 16 * 1500, 10),
               "%s: %s goes on hearing" % (what, p.user))
        got = world.measure(p.recording())
        tap.ok(any(abs(int(k) - q.hz) <= 10 for k in got["heard"]),
               "%s: it is %s" % (what, q.user), got)
