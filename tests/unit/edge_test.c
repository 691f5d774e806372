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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
