/* SPDX-License-Identifier: GPL-2.0-or-later */
/* modules/traversal: a message at the edge to an agent's network, both ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <string.h>
#include <cmocka.h>
#include "edge/edge.h"


static struct edge edge_new(void)
{
	struct edge e = {0};

	assert_int_equal(addr_parse(&e.self, "203.0.113.10", 5060), 0);
	assert_int_equal(addr_parse(&e.channel, "203.0.113.10", 40660), 0);
	assert_int_equal(addr_parse(&e.door, "10.0.0.2", 5060), 0);
	assert_int_equal(addr_parse(&e.terminal, "10.0.0.5", 5062), 0);
	return e;
}


typedef int(edge_h)(char *out, size_t size, size_t *outlen, const char *msg,
		    size_t len, const struct edge *e);


static void becomes(edge_h *h, const char *from, const char *to)
{
	struct edge e = edge_new();
	char out[4096];
	size_t len = 0;

	assert_int_equal(h(out, sizeof(out) - 1, &len, from, strlen(from), &e),
			 0);
	out[len] = '\0';
	assert_string_equal(out, to);
}


static void a_register_and_its_answer(void **state)
{
	(void)state;

	becomes(edge_in,
		"REGISTER sip:10.0.0.2 SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 10.0.0.5:5062;rport;branch=z9hG4bK1\r\n"
		"From: <sip:alice@10.0.0.2>;tag=1\r\n"
		"To: <sip:alice@10.0.0.2>\r\n"
		"Call-ID: abc@10.0.0.5\r\n"
		"Contact: <sip:alice@10.0.0.5:5062>;expires=60\r\n"
		"Authorization: Digest uri=\"sip:10.0.0.2\"\r\n\r\n",
		"REGISTER sip:203.0.113.10 SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 203.0.113.10:40660;rport;branch=z9hG4bK1\r\n"
		"From: <sip:alice@203.0.113.10>;tag=1\r\n"
		"To: <sip:alice@203.0.113.10>\r\n"
		"Call-ID: abc@10.0.0.5\r\n"
		"Contact: <sip:alice@203.0.113.10:40660>;expires=60\r\n"
		"Authorization: Digest uri=\"sip:10.0.0.2\"\r\n\r\n");
	becomes(edge_out,
		"SIP/2.0 200 OK\r\n"
		"v: SIP/2.0/UDP 203.0.113.10:40660;rport=40660;branch=z9hG4bK1"
		"\r\n"
		"f: <sip:alice@203.0.113.10>;tag=1\r\n"
		"CSeq: 1 REGISTER\r\n"
		"m: <sip:alice@203.0.113.10:40660>, <sip:alice@192.0.2.7>\r\n"
		"\r\n",
		"SIP/2.0 200 OK\r\n"
		"v: SIP/2.0/UDP 10.0.0.5:5062;rport=5062;branch=z9hG4bK1\r\n"
		"f: <sip:alice@10.0.0.2>;tag=1\r\n"
		"CSeq: 1 REGISTER\r\n"
		"m: <sip:alice@10.0.0.5:5062>, <sip:alice@192.0.2.7>\r\n\r\n");
}


static void the_far_end_is_the_agent(void **state)
{
	(void)state;

	becomes(edge_out,
		"INVITE sip:alice@203.0.113.10:40660 SIP/2.0\r\n"
		"Record-Route: <sip:203.0.113.10;lr;ftag=7>\r\n"
		"Via: SIP/2.0/UDP 203.0.113.10;branch=z9hG4bK2\r\n"
		"Via: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK1\r\n"
		"Contact: \"Bob\" <sip:bob@192.0.2.9:6000;ob>;x=1\r\n"
		"CSeq: 1 INVITE\r\n\r\nv=0\r\no=- 1 1 IN IP4 203.0.113.10\r\n",
		"INVITE sip:alice@10.0.0.5:5062 SIP/2.0\r\n"
		"Record-Route: <sip:10.0.0.2;lr;ftag=7>\r\n"
		"Via: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK2\r\n"
		"Via: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK1\r\n"
		"Contact: \"Bob\" <sip:bob@10.0.0.2:5060;dest=192.0.2.9:6000;"
		"ob>;x=1\r\n"
		"CSeq: 1 INVITE\r\n\r\nv=0\r\no=- 1 1 IN IP4 203.0.113.10\r\n");
	becomes(edge_in,
		"BYE sip:bob@10.0.0.2:5060;dest=192.0.2.9:6000;ob SIP/2.0\r\n"
		"Route: <sip:10.0.0.2;lr;ftag=7>\r\n\r\n",
		"BYE sip:bob@192.0.2.9:6000;ob SIP/2.0\r\n"
		"Route: <sip:203.0.113.10;lr;ftag=7>\r\n\r\n");
}


/* there and back: what the proxy sees, and what the terminal sees again */
static void crosses(const struct edge *e, const char *terminal,
		    const char *proxy)
{
	char in[2048], out[2048];
	size_t n = 0, m = 0;

	assert_int_equal(edge_in(in, sizeof(in) - 1, &n, terminal,
				 strlen(terminal), e), 0);
	in[n] = '\0';
	assert_string_equal(in, proxy);
	assert_int_equal(edge_out(out, sizeof(out) - 1, &m, in, n, e), 0);
	out[m] = '\0';
	assert_string_equal(out, terminal);
}


static struct edge edge_of(enum edge_transport t, uint16_t door)
{
	struct edge e = edge_new();

	e.transport = t;
	addr_set_port(&e.door, door);
	addr_set_port(&e.terminal, 43211); /* its connection's */
	return e;
}


static void over_tcp(void **state)
{
	const struct edge e = edge_of(EDGE_TCP, 5060);
	(void)state;

	crosses(&e,
		"SIP/2.0 200 OK\r\n"
		"Via: SIP/2.0/TCP 10.0.0.5:5060;rport=43211;"
		"received=10.0.0.5;branch=z9hG4bK1\r\n"
		"From: <sip:alice@10.0.0.2>;tag=1\r\n"
		"To: <sip:alice@10.0.0.2;transport=tcp>\r\n"
		"CSeq: 1 REGISTER\r\n"
		"Contact: <sip:alice@10.0.0.5:5060;transport=tcp>;expires=60,"
		" <sip:alice@10.0.0.5>\r\n\r\n",
		"SIP/2.0 200 OK\r\n"
		"Via: SIP/2.0/UDP 203.0.113.10:40660;own-port=5060;"
		"own-transport=TCP;rport=43211;received=10.0.0.5;"
		"branch=z9hG4bK1\r\n"
		"From: <sip:alice@203.0.113.10>;tag=1\r\n"
		"To: <sip:alice@203.0.113.10;transport=tcp>\r\n"
		"CSeq: 1 REGISTER\r\n"
		"Contact: <sip:alice@203.0.113.10:40660;own-port=5060;"
		"own-transport=tcp>;expires=60, "
		"<sip:alice@203.0.113.10:40660;own-port=0>\r\n\r\n");
	crosses(&e,
		"INVITE sip:alice@10.0.0.5:5060;transport=tcp;ob SIP/2.0\r\n"
		"Via: SIP/2.0/TCP 10.0.0.2;branch=1, "
		"SIP/2.0/TCP 10.0.0.2;far-transport=TLS;branch=0\r\n"
		"Record-Route: <sip:10.0.0.2;transport=tcp;r2=on;lr>,"
		"<sip:10.0.0.2;transport=tcp;far-transport=udp;lr>\r\n"
		"\r\n",
		"INVITE sip:alice@10.0.0.5:5060;transport=tcp;ob SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 203.0.113.10;branch=1, "
		"SIP/2.0/TLS 203.0.113.10;branch=0\r\n"
		"Record-Route: <sip:203.0.113.10;r2=on;lr>,"
		"<sip:203.0.113.10;transport=udp;lr>\r\n\r\n");
}


static void the_answer_on_its_way(void **state)
{
	const struct edge e = edge_of(EDGE_TCP, 5060);
	static const char from[] =
		"SIP/2.0 200 OK\r\n"
		"Via: SIP/2.0/UDP 203.0.113.10:40660;own-port=5060;"
		"own-transport=TCP;rport=40660;branch=2;"
		"received=203.0.113.10\r\n"
		"Contact: sip:bob@192.0.2.9;q=1\r\n\r\n";
	static const char to[] =
		"SIP/2.0 200 OK\r\n"
		"Via: SIP/2.0/TCP 10.0.0.5:5060;rport=43211;branch=2;"
		"received=10.0.0.5\r\n"
		"Contact: <sip:bob@10.0.0.2:5060;transport=tcp;"
		"dest=192.0.2.9>;q=1\r\n\r\n";
	char out[1024];
	size_t len = 0;
	(void)state;

	assert_int_equal(edge_out(out, sizeof(out) - 1, &len, from,
				  sizeof(from) - 1, &e), 0);
	out[len] = '\0';
	assert_string_equal(out, to);
}


static void over_tls(void **state)
{
	const struct edge e = edge_of(EDGE_TLS, 5061);
	(void)state;

	crosses(&e,
		"BYE sip:10.0.0.5;transport=tls SIP/2.0\r\n"
		"Via: SIP/2.0/TLS 10.0.0.2;branch=1\r\n"
		"From: <sips:bob@10.0.0.2>\r\n"
		"Contact: <sip:alice@10.0.0.5;transport=tls>\r\n"
		"Route: <sip:10.0.0.2:5061;transport=tls;lr>\r\n\r\n",
		"BYE sip:10.0.0.5;transport=tls SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 203.0.113.10;branch=1\r\n"
		"From: <sips:bob@203.0.113.10>\r\n"
		"Contact: <sip:alice@203.0.113.10:40660;own-port=0;"
		"own-transport=tls>\r\n"
		"Route: <sip:203.0.113.10:5060;lr>\r\n\r\n");
	/* a call to a sips: URI */
	crosses(&e,
		"SIP/2.0 200 OK\r\n"
		"From: <sips:alice@10.0.0.2>\r\n"
		"Record-Route: <sips:10.0.0.2;lr>\r\n"
		"Contact: <sips:alice@10.0.0.5>\r\n\r\n",
		"SIP/2.0 200 OK\r\n"
		"From: <sips:alice@203.0.113.10>\r\n"
		"Record-Route: <sip:203.0.113.10;lr>\r\n"
		"Contact: <sip:alice@203.0.113.10:40660;own-port=0;"
		"own-scheme=sips>\r\n\r\n");
}


/* the far end's own transport and scheme come back when it is spoken to */
static void a_far_end_over_tls(void **state)
{
	const struct edge e = edge_of(EDGE_TCP, 5060);
	static const char from[] =
		"INVITE sip:alice@203.0.113.10:40660;own-port=5060 SIP/2.0"
		"\r\nContact: <sips:bob@192.0.2.9:7000;transport=tcp;ob>"
		"\r\n\r\n";
	static const char to[] =
		"INVITE sip:alice@10.0.0.5:5060 SIP/2.0"
		"\r\nContact: <sip:bob@10.0.0.2:5060;transport=tcp;"
		"dest=192.0.2.9:7000;far-scheme=sips;far-transport=tcp;ob>"
		"\r\n\r\n";
	static const char bye[] =
		"BYE sip:bob@10.0.0.2:5060;transport=tcp;"
		"dest=192.0.2.9:7000;far-scheme=sips;far-transport=tcp;ob"
		" SIP/2.0\r\n\r\n";
	char out[1024];
	size_t len = 0;
	(void)state;

	assert_int_equal(edge_out(out, sizeof(out) - 1, &len, from,
				  sizeof(from) - 1, &e), 0);
	out[len] = '\0';
	assert_string_equal(out, to);
	assert_int_equal(edge_in(out, sizeof(out) - 1, &len, bye,
				 sizeof(bye) - 1, &e), 0);
	out[len] = '\0';
	assert_string_equal(out, "BYE sips:bob@192.0.2.9:7000;transport=tcp;ob"
			    " SIP/2.0\r\n\r\n");
}


static void transports_have_names(void **state)
{
	enum edge_transport t;
	(void)state;

	assert_int_equal(edge_transport_decode(&t, "tls"), 0);
	assert_int_equal(t, EDGE_TLS);
	assert_string_equal(edge_transport_name(t), "tls");
	assert_int_equal(edge_transport_decode(&t, NULL), 0);
	assert_int_equal(t, EDGE_UDP);
	assert_int_equal(edge_transport_decode(&t, "ws"), EINVAL);
}


static void only_whole_addresses(void **state)
{
	static const char *const same[] = {
		"OPTIONS sip:x@110.0.0.2 SIP/2.0\r\nTo: <sip:x@10.0.0.20>\r\n"
		"\r\n",
		"OPTIONS sip:x@a SIP/2.0\r\nRefer-To: <sip:10.0.0.5:5063>\r\n"
		"\r\n",
		"OPTIONS sip:x@a SIP/2.0\r\nTo: \"sip:x@10.0.0.2\" <sip:a>\r\n"
		"\r\n",
		"OPTIONS sip:x@a SIP/2.0\r\nSubject: 10.0.0.2\r\n\r\n10.0.0.2",
		"SIP/2.0 200 10.0.0.2\r\n\r\n", "", "\r\n", "x", "Via",
	};
	struct edge e = edge_new();
	char out[256];
	size_t len;
	(void)state;

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		if (edge_in(out, sizeof(out), &len, same[i], strlen(same[i]),
			    &e) != ENOENT)
			fail_msg("changed: %s", same[i]);
	}
	assert_int_equal(edge_in(out, 30, &len,
				 "OPTIONS sip:x@10.0.0.2 SIP/2.0\r\n\r\n", 34,
				 &e), ENOBUFS);
}


static void folded_lines_and_ipv6(void **state)
{
	struct edge e = edge_new();
	static const char from[] =
		"ACK sip:[2001:db8::2] SIP/2.0\r\n"
		"Route: <sip:[2001:db8::2];lr>,\r\n <sip:[2001:db8::2];x>\r\n"
		"\r\n";
	char out[256];
	size_t len = 0;
	(void)state;

	assert_int_equal(addr_parse(&e.door, "2001:db8::2", 5060), 0);
	assert_int_equal(edge_in(out, sizeof(out) - 1, &len, from,
				 strlen(from), &e), 0);
	out[len] = '\0';
	assert_string_equal(out, "ACK sip:203.0.113.10 SIP/2.0\r\n"
			    "Route: <sip:203.0.113.10;lr>,\r\n "
			    "<sip:203.0.113.10;x>\r\n\r\n");
}


/* ---- private addresses in text ---- */

static const char key_hex[] = "000102030405060708090a0b0c0d0e0f";


static struct edge edge_hiding(void)
{
	struct edge e = edge_new();

	e.hides = true;
	assert_int_equal(edge_hide_decode(e.hide, key_hex), 0);
	return e;
}


/* what the far side sees of a text; the terminal sees it again */
static void hidden(const struct edge *e, const char *text, char far[512])
{
	char back[512];
	size_t n = 0, m = 0;

	assert_int_equal(edge_text(far, 511, &n, text, strlen(text), e), 0);
	far[n] = '\0';
	assert_int_equal(edge_text(back, 511, &m, far, n, e), 0);
	back[m] = '\0';
	assert_string_equal(back, text);
}


static void untouched(const struct edge *e, const char *text)
{
	char out[512];
	size_t n = 0;

	assert_int_equal(edge_text(out, sizeof(out), &n, text, strlen(text),
				   e), ENOENT);
	assert_int_equal(n, strlen(text));
	assert_memory_equal(out, text, n);
}


static void texts_are_hidden(void **state)
{
	static const char *const texts[] = {
		"abc@10.0.0.5",
		"10.1.2.3-77",
		"abc@192.168.1.7:5060",
		"z9hG4bK172.16.4.4x",
		"y=172.31.255.255,169.254.1.1;100.64.0.1",
		"1192.168.1.777", /* glued together, and more than one can be */
		"a@[fd00::5]",
		"a@fe80::1",
		"[fd00::5]:5060 127.0.0.1 ::1",
		"bob@192.168.1.9?Replaces=abc%40192.168.1.7%3Bto-tag%3D1",
	};
	const struct edge e = edge_hiding();
	(void)state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char far[512];

		hidden(&e, texts[i], far);
		assert_null(strstr(far, "168."));
		assert_null(strstr(far, "10.0."));
		assert_null(strstr(far, "172."));
		assert_null(strstr(far, "fd00"));
		assert_non_null(strstr(far, ".invalid"));
	}
}


static void the_rest_is_not(void **state)
{
	static const char *const texts[] = {
		"",
		"abc@198.51.100.7",
		"172.32.0.1 192.169.0.1 11.0.0.1 100.128.0.1 8.8.8.8",
		"10.0.0 1.2.3 192.168.1 256.10.0.300",
		"192.168.001.007", /* would not come back the same */
		"FD00::5 fd00:0::5 2001:db8::5 12:34:56",
		"ip-00112233445566778899aabbccddeeff.invalid",
		"ip-00112233445566778899aabbccddee.invalid",
		"ip-",
		"i[i:[",
	};
	const struct edge e = edge_hiding();
	struct edge plain = edge_new();
	(void)state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		untouched(&e, texts[i]);
	untouched(&plain, "abc@10.0.0.5");
}


/* where the terminal's network has public addresses, those are hidden */
static void where_the_terminal_is(void **state)
{
	struct edge e = edge_hiding();
	char far[512];
	(void)state;

	assert_int_equal(addr_parse(&e.terminal, "198.51.100.7", 5060), 0);
	hidden(&e, "abc@198.51.100.7", far);
	untouched(&e, "abc@198.51.100.8");
}


/* what one agent has hidden is nothing to another */
static void under_a_key(void **state)
{
	struct edge e = edge_hiding(), other = edge_hiding();
	char far[512], theirs[512];
	(void)state;

	other.hide[15] ^= 1;
	hidden(&e, "abc@10.0.0.5", far);
	hidden(&other, "abc@10.0.0.5", theirs);
	assert_string_not_equal(far, theirs);
	untouched(&other, far);
	/* for ever: a Call-ID has to be the same after an update of ours */
	assert_string_equal(far, "abc@ip-b9d05ef5ecf72e4e3e2db1ffb6778eed"
				 ".invalid");
}


static void keys(void **state)
{
	uint8_t key[EDGE_HIDE_KEY];
	(void)state;

	assert_int_equal(edge_hide_decode(key, NULL), EINVAL);
	assert_int_equal(edge_hide_decode(key, ""), EINVAL);
	assert_int_equal(edge_hide_decode(key, key_hex + 1), EINVAL);
	assert_int_equal(edge_hide_decode(
		key, "000102030405060708090a0b0c0d0e0g"), EINVAL);
}


/* all that a phone with nothing to hide may say */
static void nothing_leaves(void **state)
{
	static const char invite[] =
		"INVITE sip:bob@192.168.1.99 SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 10.0.0.5:5062;branch=z9hG4bK-10.0.0.5-1\r\n"
		"Via: SIP/2.0/UDP 192.168.7.7:5060;branch=z9hG4bK3\r\n"
		"From: \"10.0.0.5\" <sip:alice@10.0.0.77>;tag=10.0.0.5-1\r\n"
		"To: <sip:bob@192.168.1.99:5070>\r\n"
		"Call-ID: abc@10.0.0.5\r\n"
		"Contact: <sip:alice@10.0.0.5:5062;x=10.0.0.5>;y=10.0.0.5\r\n"
		"Refer-To: <sip:bob@192.0.2.1?Replaces=abc%4010.0.0.5%3Bto-tag"
		"%3D1>\r\n"
		"Replaces: abc@10.0.0.5;to-tag=1;from-tag=2\r\n"
		"In-Reply-To: abc@10.0.0.5, def@10.0.0.6\r\n"
		"P-Asserted-Identity: <sip:alice@10.0.0.77>\r\n"
		"Remote-Party-ID: <sip:alice@10.0.0.5>\r\n"
		"Diversion: <sip:carol@[fd00::9]>;reason=unknown\r\n"
		"Alert-Info: <http://10.0.0.5/ring.wav>\r\n"
		"Warning: 399 10.0.0.5:5062 \"from 10.0.0.5\"\r\n"
		"X-Mine: 10.0.0.5\r\n"
		"\r\n";
	const struct edge e = edge_hiding();
	char in[8192], out[8192];
	size_t n = 0, m = 0;
	(void)state;

	assert_int_equal(edge_in(in, sizeof(in) - 1, &n, invite,
				 strlen(invite), &e), 0);
	in[n] = '\0';
	assert_null(strstr(in, "10.0.0."));
	assert_null(strstr(in, "192.168."));
	assert_null(strstr(in, "fd00"));
	assert_non_null(strstr(in, "Contact: <sip:alice@203.0.113.10:40660"));
	assert_int_equal(edge_out(out, sizeof(out) - 1, &m, in, n, &e), 0);
	out[m] = '\0';
	assert_string_equal(out, invite);
}


/* a far end's own are restored in what the terminal answers; what is signed,
 * and bodies, are left alone */
static void there_and_back(void **state)
{
	static const char invite[] =
		"INVITE sip:alice@203.0.113.10:40660 SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 203.0.113.10;branch=z9hG4bK2\r\n"
		"Via: SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bK1;rport=4000;"
		"received=192.0.2.9\r\n"
		"From: <sip:bob@10.0.0.5>;tag=7\r\n"
		"Call-ID: abc@10.0.0.5\r\n"
		"CSeq: 1 INVITE\r\n"
		"Proxy-Authorization: Digest uri=\"sip:10.0.0.5\"\r\n"
		"User-Agent: phone 10.1.2.3\r\n"
		"\r\no=- 1 1 IN IP4 10.0.0.5\r\n";
	const struct edge e = edge_hiding();
	char in[8192], out[8192];
	size_t n = 0, m = 0;
	(void)state;

	assert_int_equal(edge_out(out, sizeof(out) - 1, &m, invite,
				  strlen(invite), &e), 0);
	out[m] = '\0';
	assert_non_null(strstr(out, "Call-ID: abc@ip-"));
	assert_non_null(strstr(out, "uri=\"sip:10.0.0.5\""));
	assert_non_null(strstr(out, "phone 10.1.2.3"));
	assert_non_null(strstr(out, "IN IP4 10.0.0.5"));
	assert_int_equal(edge_in(in, sizeof(in) - 1, &n, out, m, &e), 0);
	in[n] = '\0';
	assert_string_equal(in, invite);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_register_and_its_answer),
		cmocka_unit_test(the_far_end_is_the_agent),
		cmocka_unit_test(over_tcp),
		cmocka_unit_test(the_answer_on_its_way),
		cmocka_unit_test(over_tls),
		cmocka_unit_test(a_far_end_over_tls),
		cmocka_unit_test(transports_have_names),
		cmocka_unit_test(only_whole_addresses),
		cmocka_unit_test(folded_lines_and_ipv6),
		cmocka_unit_test(texts_are_hidden),
		cmocka_unit_test(the_rest_is_not),
		cmocka_unit_test(where_the_terminal_is),
		cmocka_unit_test(under_a_key),
		cmocka_unit_test(keys),
		cmocka_unit_test(nothing_leaves),
		cmocka_unit_test(there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
