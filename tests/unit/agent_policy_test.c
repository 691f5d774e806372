/* SPDX-License-Identifier: GPL-2.0-or-later */
/* agent: policy: what the agent does for a server, and what it never does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <string.h>
#include <cmocka.h>
#include "rpc/libre.h"
#include "../../agent/policy.h"


static struct addr at(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse_hostport(&a, text), 0);

	return a;
}


static void list_add(struct policy_range *v, size_t *n, const char *text)
{
	assert_int_equal(policy_range_parse(&v[*n], text), 0);
	++*n;
}


static struct policy_conf usual(void)
{
	struct policy_conf c = {.sockets_max = 8};

	c.protocol[POLICY_SIP]	 = true;
	c.protocol[POLICY_MEDIA] = true;
	c.protocol[POLICY_DATA]	 = true;
	list_add(c.allow, &c.allowc, "lan");

	return c;
}


static struct policy *made(const struct policy_conf *c, const char *lan)
{
	struct policy *p = NULL;
	struct addr_net net;

	assert_int_equal(policy_alloc(&p, c), 0);
	if (lan) {
		assert_int_equal(addr_net_parse(&net, lan), 0);
		policy_lan_set(p, &net, 1);
	}

	return p;
}


static bool may(struct policy *p, enum policy_protocol protocol,
		const char *text)
{
	const struct addr a = at(text);
	const char *why	    = NULL;
	const bool ok	    = policy_ask(p, protocol, &a, &why);

	assert_true(ok || (why && why[0]));

	return ok;
}


static void what_a_range_is(void **state)
{
	static const char *const good[] = {
		"192.168.1.0/24", "192.168.1.0/24:1024-65535", "10.0.0.5:5060",
		"lan", "lan:5060", "lan:5000-5100", "0.0.0.0/0:1-65535",
		"fd00::/64", "[fd00::/64]:5060", "[fd00::1]", "10.1.2.3",
		"[::1]:1-1",
	};
	static const char *const bad[] = {
		"", ":", "lan:", "lan:0", "lan:70000", "lan:9-8", "lan:5060-",
		"lan:-5060", "lan: 5060", "lan:5060 ", "LAN", "wan",
		"192.168.1.0/33", "192.168.1.0/24:", "192.168.1.0/24:x",
		"192.168.1/24", "[fd00::/64", "[fd00::/64]x", "[]", "[]:80",
		"[fd00::/64]:", "fd00::/129", "example.net:5060",
		"lan:99999999999999999999",
		"1111111111111111111111111111111111111111111111111111111111111"
		"11111111111111111111",
	};
	struct policy_range r;
	(void)state;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (policy_range_parse(&r, good[i]))
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!policy_range_parse(&r, bad[i]))
			fail_msg("taken: %s", bad[i]);

	assert_int_equal(policy_range_parse(&r, "10.0.0.0/8"), 0);
	assert_int_equal(r.min, 1024);
	assert_int_equal(r.max, 65535);
	assert_int_equal(policy_range_parse(&r, "10.0.0.0/8:80"), 0);
	assert_int_equal(r.min, 80);
	assert_int_equal(r.max, 80);
}


static void protocols_have_names(void **state)
{
	enum policy_protocol pr;
	(void)state;

	for (unsigned i = 0; i < POLICY_PROTOCOLS; i++) {
		const char *name = policy_protocol_name(
			(enum policy_protocol)i);

		assert_int_equal(policy_protocol_decode(&pr, name), 0);
		assert_int_equal(pr, i);
	}
	assert_int_equal(policy_protocol_decode(&pr, "smtp"), ENOENT);
}


/* by default: the network terminals are in, and no service of any system */
static void the_lan_is_allowed(void **state)
{
	const struct policy_conf c = usual();
	struct policy *p	   = made(&c, "192.168.1.0/24");
	(void)state;

	assert_true(may(p, POLICY_SIP, "192.168.1.9:5060"));
	assert_true(may(p, POLICY_MEDIA, "192.168.1.255:4000"));
	assert_false(may(p, POLICY_MEDIA, "192.168.2.9:4000"));
	assert_false(may(p, POLICY_MEDIA, "127.0.0.1:4000"));
	assert_false(may(p, POLICY_MEDIA, "203.0.113.9:4000"));
	assert_false(may(p, POLICY_MEDIA, "[fd00::1]:4000"));
	assert_false(may(p, POLICY_DATA, "192.168.1.9:22"));
	assert_false(may(p, POLICY_DATA, "192.168.1.9:1023"));
	assert_true(may(p, POLICY_DATA, "192.168.1.9:1024"));
	/* not known yet which port */
	assert_true(may(p, POLICY_MEDIA, "192.168.1.9:0"));
	assert_false(may(p, POLICY_MEDIA, "192.168.2.9:0"));
	assert_false(may(p, POLICY_MEDIA, "0.0.0.0:4000"));
	assert_false(may(p, POLICY_MEDIA, "255.255.255.255:4000"));
	assert_false(may(p, POLICY_MEDIA, "224.0.0.1:4000"));

	/* it moves, and the policy with it */
	policy_lan_set(p, NULL, 0);
	assert_false(may(p, POLICY_SIP, "192.168.1.9:5060"));
	assert_int_equal(policy_stats(p)->allowed[POLICY_SIP], 1);
	assert_int_equal(policy_stats(p)->refused[POLICY_SIP], 1);
	assert_int_equal(policy_stats(p)->refused[POLICY_DATA], 2);
	mem_deref(p);
}


static void everybody_is_not_everything(void **state)
{
	struct policy_conf c = usual();
	struct policy *p;
	struct addr unset = {0};
	const char *why	  = NULL;
	(void)state;

	c.allowc = 0;
	list_add(c.allow, &c.allowc, "0.0.0.0/0:1-65535");
	list_add(c.allow, &c.allowc, "[fd00::/64]:5060-5061");
	p = made(&c, NULL);
	assert_true(may(p, POLICY_MEDIA, "203.0.113.9:7"));
	assert_false(may(p, POLICY_MEDIA, "224.0.0.1:4000"));
	assert_false(may(p, POLICY_MEDIA, "255.255.255.255:4000"));
	assert_false(may(p, POLICY_MEDIA, "0.0.0.0:4000"));
	assert_true(may(p, POLICY_SIP, "[fd00::5]:5061"));
	assert_false(may(p, POLICY_SIP, "[fd00::5]:5062"));
	assert_false(may(p, POLICY_SIP, "[fd00:0:0:1::5]:5061"));
	assert_false(policy_ask(p, POLICY_MEDIA, &unset, &why));
	assert_non_null(why);
	why = NULL;
	assert_false(policy_ask(p, POLICY_PROTOCOLS, &unset, &why));
	assert_non_null(why);
	mem_deref(p);
}


static void protocols_are_allowed_one_by_one(void **state)
{
	struct policy_conf c = usual();
	struct policy *p;
	(void)state;

	c.protocol[POLICY_DATA] = false;
	p			= made(&c, "192.168.1.0/24");
	assert_true(may(p, POLICY_SIP, "192.168.1.9:5060"));
	assert_false(may(p, POLICY_DATA, "192.168.1.9:5060"));
	mem_deref(p);
}


/* a service is what the list says, whatever else is allowed */
static void services_are_off(void **state)
{
	struct policy_conf c = usual();
	struct policy *p;
	(void)state;

	c.protocol[POLICY_SERVICE] = true;
	p			   = made(&c, "192.168.1.0/24");
	assert_false(may(p, POLICY_SERVICE, "192.168.1.9:2222"));
	mem_deref(p);

	c.protocol[POLICY_SERVICE] = false;
	list_add(c.service, &c.servicec, "192.168.1.9:22");
	p = made(&c, "192.168.1.0/24");
	assert_true(may(p, POLICY_SERVICE, "192.168.1.9:22"));
	assert_false(may(p, POLICY_SERVICE, "192.168.1.9:23"));
	assert_false(may(p, POLICY_SERVICE, "192.168.1.8:22"));
	assert_false(may(p, POLICY_DATA, "192.168.1.9:22"));
	mem_deref(p);
}


static void personal_is_this_machine(void **state)
{
	struct policy_conf c = usual();
	struct policy *p;
	(void)state;

	c.personal = true;
	list_add(c.allow, &c.allowc, "0.0.0.0/0");
	list_add(c.service, &c.servicec, "0.0.0.0/0");
	p = made(&c, "127.0.0.0/8");
	assert_true(may(p, POLICY_SIP, "127.0.0.1:5070"));
	assert_true(may(p, POLICY_MEDIA, "127.0.0.1:5070"));
	assert_false(may(p, POLICY_MEDIA, "192.168.1.9:5070"));
	assert_false(may(p, POLICY_SERVICE, "192.168.1.9:5070"));
	mem_deref(p);
}


static void sockets_are_counted(void **state)
{
	const struct policy_conf c = usual();
	struct policy *p	   = made(&c, "192.168.1.0/24");
	const struct addr a	   = at("192.168.1.9:4000");
	const struct addr b	   = at("192.168.9.9:4000");
	const char *why		   = NULL;
	(void)state;

	assert_true(policy_take(p, POLICY_MEDIA, 7, &why));
	assert_false(policy_take(p, POLICY_MEDIA, 2, &why));
	assert_non_null(why);
	assert_false(policy_take(p, POLICY_MEDIA, 0x80000000u, &why));
	assert_false(policy_service(p, POLICY_DATA, &b, &why));
	assert_int_equal(policy_stats(p)->sockets, 7);
	assert_true(policy_service(p, POLICY_DATA, &a, &why));
	assert_false(policy_service(p, POLICY_DATA, &a, &why));
	assert_int_equal(policy_stats(p)->sockets, 8);
	policy_give(p, 1);
	assert_true(policy_service(p, POLICY_DATA, &a, &why));
	/* who gives back too much does not make room for the others */
	policy_give(p, 100);
	assert_int_equal(policy_stats(p)->sockets, 0);
	assert_true(policy_take(p, POLICY_MEDIA, 8, &why));
	assert_false(policy_take(p, POLICY_MEDIA, 1, &why));
	mem_deref(p);
}


static const char offer[] =
	"INVITE sip:b@example.net SIP/2.0\r\n"
	"Via: SIP/2.0/UDP 192.168.1.9:5060;branch=z9hG4bK1\r\n"
	"From: <sip:a@example.net>;tag=1\r\n"
	"To: <sip:b@example.net>\r\n"
	"Call-ID: 77@192.168.1.9\r\n"
	"CSeq: 1 INVITE\r\n"
	"Content-Type: application/sdp\r\n"
	"Content-Length: 93\r\n\r\n"
	"v=0\r\no=- 1 1 IN IP4 192.168.1.9\r\ns=-\r\nc=IN IP4 192.168.1.9\r\n"
	"t=0 0\r\nm=audio 4000 RTP/AVP 0 8\r\n";


static void only_what_was_named(void **state)
{
	struct policy_conf c  = usual();
	const struct addr a   = at("192.168.1.9:4000");
	struct policy *p      = made(&c, "192.168.1.0/24");
	const uint8_t *msg    = (const uint8_t *)offer;
	const size_t len      = sizeof(offer) - 1;
	(void)state;

	/* nobody asks: nothing is read, and all is named */
	assert_true(policy_named(p, POLICY_TERMINAL, &a));
	policy_message(p, POLICY_TERMINAL, msg, len);
	assert_string_equal(policy_call(p, POLICY_TERMINAL, &a), "");
	policy_forget(p, &a);
	mem_deref(p);

	c.signalled_only = true;
	p		 = made(&c, "192.168.1.0/24");
	assert_false(policy_named(p, POLICY_TERMINAL, &a));
	policy_message(p, POLICY_TERMINAL, msg, len);
	assert_true(policy_named(p, POLICY_TERMINAL, &a));
	assert_false(policy_named(p, POLICY_SERVER, &a));
	assert_string_equal(policy_call(p, POLICY_TERMINAL, &a),
			    "77@192.168.1.9");
	policy_message(p, POLICY_SERVER, msg, len);
	assert_true(policy_named(p, POLICY_SERVER, &a));
	policy_forget(p, &a);
	assert_false(policy_named(p, POLICY_SERVER, &a));
	assert_true(policy_named(p, POLICY_TERMINAL, &a));
	mem_deref(p);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_range_is),
		cmocka_unit_test(protocols_have_names),
		cmocka_unit_test(the_lan_is_allowed),
		cmocka_unit_test(everybody_is_not_everything),
		cmocka_unit_test(protocols_are_allowed_one_by_one),
		cmocka_unit_test(services_are_off),
		cmocka_unit_test(personal_is_this_machine),
		cmocka_unit_test(sockets_are_counted),
		cmocka_unit_test(only_what_was_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
