/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file traversal_nat_test.c  Signs of a NAT, by the facts that show them
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "logic/nat.h"


static struct addr at(const char *hostport)
{
	struct addr a;

	memset(&a, 0, sizeof(a));
	if (hostport)
		assert_int_equal(0, addr_parse_hostport(&a, hostport));
	return a;
}


static const struct {
	const char *what;
	enum nat_transport transport;
	const char *source, *via, *contact, *sdp;
	bool relayed, invalid;
	unsigned signs;
} table[] = {
	{"public phone, all the same", NAT_UDP, "192.0.2.1:5060",
	 "192.0.2.1:5060", "192.0.2.1:5060", "192.0.2.1:0", false, false, 0},
	{"home NAT", NAT_UDP, "192.0.2.1:40001", "10.0.0.5:5060",
	 "10.0.0.5:5060", "10.0.0.5:0", false, false,
	 NAT_VIA_ADDRESS | NAT_VIA_PORT | NAT_VIA_PRIVATE |
		 NAT_CONTACT_PRIVATE | NAT_CONTACT_ADDRESS | NAT_CONTACT_PORT |
		 NAT_SDP_PRIVATE | NAT_SDP_ADDRESS},
	{"phone that knows its public address, port mapped", NAT_UDP,
	 "192.0.2.1:40001", "192.0.2.1:5060", "192.0.2.1:5060", NULL, false,
	 false, NAT_VIA_PORT | NAT_CONTACT_PORT},
	{"TCP from any port is no sign", NAT_TCP, "192.0.2.1:40001",
	 "192.0.2.1:5060", "192.0.2.1:5060", NULL, false, false, 0},
	{"phone in the server's own private network", NAT_UDP, "10.0.0.5:5060",
	 "10.0.0.5:5060", "10.0.0.5:5060", "10.0.0.5:0", false, false,
	 NAT_SOURCE_PRIVATE},
	{"behind a proxy: its Contact is not the source's", NAT_UDP,
	 "192.0.2.9:5060", "192.0.2.9:5060", "192.0.2.1:5066", "192.0.2.1:0",
	 true, false, 0},
	{"behind a proxy, private Contact", NAT_UDP, "192.0.2.9:5060",
	 "192.0.2.9:5060", "192.168.1.4:5060", NULL, true, false,
	 NAT_CONTACT_PRIVATE},
	{"carrier grade NAT (RFC 6598)", NAT_UDP, "192.0.2.1:5060",
	 "100.64.3.4:5060", "100.64.3.4:5060", NULL, false, false,
	 NAT_VIA_ADDRESS | NAT_VIA_PRIVATE | NAT_CONTACT_PRIVATE |
		 NAT_CONTACT_ADDRESS},
	{"browser", NAT_WSS, "192.0.2.1:40001", NULL, NULL, NULL, false, true,
	 NAT_WEBSOCKET | NAT_CONTACT_INVALID},
	{"on hold the old way", NAT_UDP, "192.0.2.1:5060", "192.0.2.1:5060",
	 "192.0.2.1:5060", "0.0.0.0:0", false, false, 0},
	{"media elsewhere", NAT_UDP, "192.0.2.1:5060", "192.0.2.1:5060",
	 "192.0.2.1:5060", "198.51.100.7:0", false, false, NAT_SDP_ADDRESS},
	{"IPv6, unique local", NAT_UDP, "[2001:db8::1]:5060", "[fd00::5]:5060",
	 "[fd00::5]:5060", NULL, false, false,
	 NAT_VIA_ADDRESS | NAT_VIA_PRIVATE | NAT_CONTACT_PRIVATE |
		 NAT_CONTACT_ADDRESS},
	{"names say nothing", NAT_UDP, "192.0.2.1:5060", NULL, NULL, NULL,
	 false, false, 0},
	{"no source, no signs", NAT_WS, NULL, "10.0.0.5:5060", "10.0.0.5:5060",
	 NULL, false, false, 0},
};


static void test_signs(void **state)
{
	(void)state;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct nat_facts f = {
			.transport	 = table[i].transport,
			.source		 = at(table[i].source),
			.via		 = at(table[i].via),
			.contact	 = at(table[i].contact),
			.sdp		 = at(table[i].sdp),
			.contact_invalid = table[i].invalid,
			.direct		 = !table[i].relayed,
		};
		const unsigned signs = nat_signs(&f);

		if (signs != table[i].signs)
			fail_msg("%s: %#x, not %#x", table[i].what, signs,
				 table[i].signs);
	}
	assert_int_equal(0, nat_signs(NULL));
}


static void test_default(void **state)
{
	struct nat_facts f = {.transport = NAT_UDP, .direct = true};
	(void)state;

	/* a phone in the server's private network is not behind a NAT */
	f.source = f.via = f.contact = f.sdp = at("192.168.0.9:5060");
	assert_int_equal(0, nat_signs(&f) & NAT_SIGNS_DEFAULT);

	f.source = at("192.0.2.1:5060");
	assert_int_not_equal(0, nat_signs(&f) & NAT_SIGNS_DEFAULT);
}


static void test_names(void **state)
{
	unsigned all = 0, signs = 0;
	(void)state;

	for (unsigned s = 1; s & NAT_SIGNS_ALL; s <<= 1) {
		const char *name = nat_sign_name((enum nat_sign)s);

		assert_non_null(name);
		assert_int_equal(0, nat_signs_decode(&signs, name));
		assert_int_equal(s, signs);
		all |= s;
	}
	assert_int_equal(NAT_SIGNS_ALL, all);
	assert_null(nat_sign_name((enum nat_sign)(NAT_SIGNS_ALL + 1)));
}


static void test_decode(void **state)
{
	unsigned signs = 77;
	(void)state;

	assert_int_equal(0, nat_signs_decode(&signs,
					     " via-port, Contact-Private"));
	assert_int_equal(NAT_VIA_PORT | NAT_CONTACT_PRIVATE, signs);
	assert_int_equal(0, nat_signs_decode(&signs, "default,-contact-port"));
	assert_int_equal(NAT_SIGNS_DEFAULT & ~(unsigned)NAT_CONTACT_PORT,
			 signs);
	assert_int_equal(0, nat_signs_decode(&signs, "all"));
	assert_int_equal(NAT_SIGNS_ALL, signs);

	signs = 77;
	assert_int_equal(EINVAL, nat_signs_decode(&signs, "via-prot"));
	assert_int_equal(EINVAL, nat_signs_decode(&signs, "via"));
	assert_int_equal(EINVAL, nat_signs_decode(&signs, " , "));
	assert_int_equal(EINVAL, nat_signs_decode(&signs, "-"));
	assert_int_equal(EINVAL, nat_signs_decode(&signs, NULL));
	assert_int_equal(77, signs);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signs),
		cmocka_unit_test(test_default),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_decode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
