#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Phones (baresip) that differ in more than their NAT: two behind the same
one, IPv6 to IPv4 and back, SIP over TCP, SIP over TLS."""
import subprocess

from baresip import Baresip, call
from world import SERVER4, SERVER6, World, installed, main


def certificate(world, address=SERVER4):
    """A CA and a server's certificate; a TLS configuration for Kamailio."""
    ca, key, crt = (world.path(n) for n in ("ca.pem", "tls.key", "tls.pem"))
    ca_key, csr = world.path("ca.key"), world.path("tls.csr")
    names = world.write("names", "subjectAltName=IP:%s\n" % address)
    openssl = installed("openssl")
    ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    for argv in (["req", "-x509", *ec, "-days", "2", "-subj", "/CN=Test CA",
                  "-keyout", ca_key, "-out", ca],
                 ["req", *ec, "-subj", "/CN=" + address, "-keyout", key,
                  "-out", csr],
                 ["x509", "-req", "-in", csr, "-CA", ca, "-CAkey", ca_key,
                  "-CAcreateserial", "-days", "2", "-extfile", names,
                  "-out", crt]):
        subprocess.run([openssl, *argv], check=True, capture_output=True)
    conf = world.write("tls.cfg", """[server:default]
method = TLSv1.2+
private_key = %s
certificate = %s
verify_certificate = no
""" % (key, crt))
    return ca, conf


def test(tap):
    with World(tap, "one-nat:symmetric") as w:
        ca, conf = certificate(w)
        w.start(tls=conf)
        alice = Baresip(w, "phone1", "alice", 440).registered()
        bob = Baresip(w, "phone3", "bob", 1200).registered()
        call(tap, w, alice, bob, "behind one NAT")

        carol = Baresip(w, "pub6", "carol", 800, server=SERVER6).registered()
        call(tap, w, carol, alice, "IPv6 to IPv4")
        call(tap, w, alice, carol, "IPv4 to IPv6")

        bob.stop()
        dave = Baresip(w, "phone3", "dave", 1600, transport="tcp").registered()
        call(tap, w, alice, dave, "UDP to TCP")
        call(tap, w, dave, alice, "TCP to UDP")

        dave.stop()
        erin = Baresip(w, "phone3", "erin", 2000, transport="tls",
                       cafile=ca).registered()
        call(tap, w, alice, erin, "UDP to TLS")
        call(tap, w, erin, alice, "TLS to UDP")

        rows = w.query("SELECT alias, transport FROM active_registrations")
        tap.equal({r["alias"].split("@")[0]: r["transport"] for r in rows},
                  {"alice": "udp", "carol": "udp", "erin": "tls"},
                  "the database knows who is here, and by which transport; "
                  "bob and dave have gone")


if __name__ == "__main__":
    main(test)
