/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file relay_control_test.c  Calls over real sockets on loopback
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "relay_util.h"


enum { RTP_LEN = 172, RTCP_LEN = 8 };


/* A call of two parties, opened and not heard yet */
struct call {
	struct relay *r;
	struct party alice, bob, thief;
	struct leg *a, *b;
};


static void call_open(struct call *c, void **state, const char *params)
{
	c->r = util_relay(state);
	party_open(&c->alice, "127.0.0.2");
	party_open(&c->bob, "127.0.0.3");
	party_open(&c->thief, "127.0.0.66");
	json_decref(util_call(c->r, "session.open", params));
	c->a = util_leg(c->r, "s", 0, 'a');
	c->b = util_leg(c->r, "s", 0, 'b');
}


static void call_close(struct call *c)
{
	party_close(&c->alice);
	party_close(&c->bob);
	party_close(&c->thief);
}


#define OPEN_BOTH                                                              \
	"{'id':'s','owner':'me','label':'c1','streams':[{'index':0,"           \
	"'a':{'signalling':'127.0.0.2'},'b':{'signalling':'127.0.0.3'}}]}"


static void both_ways(void **state)
{
	struct call c;

	call_open(&c, state, OPEN_BOTH);

	/* nobody to send it to yet */
	party_rtp(&c.alice, c.a, 0xa, 1);
	party_gets_nothing(&c.bob);
	assert_int_equal(1, c.a->n.unsent);

	party_rtp(&c.bob, c.b, 0xb, 1);
	party_gets(&c.alice, RTP_LEN);
	party_rtp(&c.alice, c.a, 0xa, 2);
	party_gets(&c.bob, RTP_LEN);

	assert_int_equal(1, c.a->n.packets);
	assert_int_equal(RTP_LEN, c.a->n.bytes);
	assert_int_equal(1, c.b->n.packets);
	call_close(&c);
}


/* What arrives is what was sent, octet for octet, SSRC and all */
static void nothing_is_changed_on_the_way(void **state)
{
	uint8_t out[200], in[200];
	struct call c;
	size_t i;

	call_open(&c, state, OPEN_BOTH);
	party_rtp(&c.bob, c.b, 0xb, 1);

	for (i = 0; i < sizeof(out); i++)
		out[i] = (uint8_t)i;
	out[0] = 0x80;
	out[1] = 0x60;
	party_send(&c.alice, c.a, LATCH_RTP, out, sizeof(out));
	assert_int_equal(sizeof(out), party_recv(&c.bob, in, sizeof(in)));
	assert_memory_equal(out, in, sizeof(out));
	call_close(&c);
}


static void a_third_party_gets_nothing_and_gives_nothing(void **state)
{
	struct call c;

	call_open(&c, state,
		  "{'id':'s','owner':'me','streams':[{'index':0,"
		  "'a':{'signalling':'127.0.0.2'}}]}");

	/* before the answer: closed */
	party_rtp(&c.thief, c.b, 0xbad, 1);
	party_rtp(&c.alice, c.a, 0xa, 1);
	party_gets_nothing(&c.thief);
	assert_int_equal(1, c.b->n.refused[LATCH_R_CLOSED]);

	json_decref(util_call(c.r, "session.update",
			      "{'id':'s','streams':[{'index':0,"
			      "'b':{'signalling':'127.0.0.3'}}]}"));

	/* after it: not his address */
	party_rtp(&c.thief, c.b, 0xbad, 2);
	party_gets_nothing(&c.alice);
	party_rtp(&c.bob, c.b, 0xb, 1);
	party_gets(&c.alice, RTP_LEN);
	party_rtp(&c.thief, c.b, 0xbad, 3);
	party_gets_nothing(&c.alice);

	party_rtp(&c.alice, c.a, 0xa, 2);
	party_gets(&c.bob, RTP_LEN);
	party_gets_nothing(&c.thief);

	assert_int_equal(2, c.b->n.refused[LATCH_R_ADDRESS]);
	assert_int_equal(3, leg_dropped(c.b));
	call_close(&c);
}


static void ipv4_to_ipv6_and_back(void **state)
{
	struct party six;
	struct call c;

	call_open(&c, state,
		  "{'id':'s','owner':'me','streams':[{'index':0,"
		  "'a':{'signalling':'127.0.0.2'},"
		  "'b':{'family':'ipv6','signalling':'::1'}}]}");
	party_open(&six, "::1");

	party_rtp(&six, c.b, 0x6, 1);
	party_rtp(&c.alice, c.a, 0xa, 1);
	party_gets(&six, RTP_LEN);
	party_rtp(&six, c.b, 0x6, 2);
	party_gets(&c.alice, RTP_LEN);

	party_close(&six);
	call_close(&c);
}


static void remote_is_sent_to_before_it_is_heard(void **state)
{
	struct call c;
	char text[256];

	call_open(&c, state,
		  "{'id':'s','owner':'me','streams':[{'index':0,"
		  "'a':{'signalling':'127.0.0.2'}}]}");

	(void)snprintf(text, sizeof(text),
		       "{'id':'s','streams':[{'index':0,'b':{'remote':{"
		       "'address':'127.0.0.3','port':%u}}}]}",
		       addr_port(&c.bob.addr));
	json_decref(util_call(c.r, "session.update", text));

	party_rtp(&c.alice, c.a, 0xa, 1);
	party_gets(&c.bob, RTP_LEN);
	assert_int_equal(LATCH_LEARNING, latch_state(&c.b->latch));
	call_close(&c);
}


static void rtcp_goes_its_own_way(void **state)
{
	struct party rtcp_bob;
	struct call c;

	call_open(&c, state, OPEN_BOTH);
	party_open(&rtcp_bob, "127.0.0.3");

	party_rtp(&c.bob, c.b, 0xb, 1);
	party_rtcp(&rtcp_bob, c.b, LATCH_RTCP, 0xb);
	party_rtcp(&c.alice, c.a, LATCH_RTCP, 0xa);
	party_gets(&rtcp_bob, RTCP_LEN);
	party_gets_nothing(&c.bob);

	assert_int_equal(1, c.a->n.rtcp_packets);
	assert_int_equal(RTCP_LEN, c.a->n.rtcp_bytes);
	assert_int_equal(0, c.a->n.packets);
	/* the RTCP that had nowhere to go is nobody's loss */
	assert_int_equal(1, leg_dropped(c.b));

	party_close(&rtcp_bob);
	call_close(&c);
}


static void mux_on_one_side_only(void **state)
{
	struct party rtcp_bob;
	struct call c;

	call_open(&c, state,
		  "{'id':'s','owner':'me','streams':[{'index':0,"
		  "'a':{'signalling':'127.0.0.2','rtcp':'mux'},"
		  "'b':{'signalling':'127.0.0.3'}}]}");
	party_open(&rtcp_bob, "127.0.0.3");

	party_rtp(&c.alice, c.a, 0xa, 1);
	party_rtp(&c.bob, c.b, 0xb, 1);
	party_gets(&c.alice, RTP_LEN);

	party_rtcp(&rtcp_bob, c.b, LATCH_RTCP, 0xb);
	party_gets(&c.alice, RTCP_LEN);
	party_rtcp(&c.alice, c.a, LATCH_RTP, 0xa);
	party_gets(&rtcp_bob, RTCP_LEN);

	party_close(&rtcp_bob);
	call_close(&c);
}


static void fax_takes_any_datagram(void **state)
{
	struct call c;

	call_open(&c, state, OPEN_BOTH);
	party_rtp(&c.bob, c.b, 0xb, 1);
	party_rtp(&c.alice, c.a, 0xa, 1);
	party_gets(&c.bob, RTP_LEN);

	party_send(&c.alice, c.a, LATCH_RTP, "\0\1\2", 3);
	party_gets_nothing(&c.bob);
	assert_int_equal(1, c.a->n.refused[LATCH_R_KIND]);

	json_decref(util_call(c.r, "session.update",
			      "{'id':'s','streams':[{'index':0,"
			      "'media':'image'}]}"));
	party_send(&c.alice, c.a, LATCH_RTP, "\0\1\2", 3);
	party_gets(&c.bob, 3);
	call_close(&c);
}


static void bandwidth_is_policed(void **state)
{
	struct call c;
	unsigned i, got = 0;
	uint8_t buf[256];

	/* 8000 octets a second, 4000 in hand */
	call_open(&c, state,
		  "{'id':'s','owner':'me','streams':[{'index':0,"
		  "'a':{'signalling':'127.0.0.2','bandwidth':64000},"
		  "'b':{'signalling':'127.0.0.3'}}]}");
	party_rtp(&c.bob, c.b, 0xb, 1);

	for (i = 0; i < 100; i++) {
		party_rtp(&c.alice, c.a, 0xa, (uint16_t)i);
		got += party_recv(&c.bob, buf, sizeof(buf)) > 0;
	}
	assert_int_equal(4000 / RTP_LEN, got);
	assert_int_equal(100 - got, c.a->n.refused_bandwidth);

	util_now += 100;
	party_rtp(&c.alice, c.a, 0xa, 200);
	party_gets(&c.bob, RTP_LEN);
	call_close(&c);
}


static void a_closed_port_is_no_end(void **state)
{
	struct call c;
	unsigned i;

	call_open(&c, state, OPEN_BOTH);
	party_rtp(&c.bob, c.b, 0xb, 1);
	party_rtp(&c.alice, c.a, 0xa, 1);
	party_gets(&c.bob, RTP_LEN);

	(void)close(c.bob.fd);
	for (i = 2; i < 6; i++)
		party_rtp(&c.alice, c.a, 0xa, (uint16_t)i);
	assert_int_equal(LATCH_LATCHED, latch_state(&c.a->latch));

	c.bob.fd = -1;
	party_close(&c.alice);
	party_close(&c.thief);
}


static void final_counters(void **state)
{
	struct call c;
	json_t *j, *a, *source;

	call_open(&c, state, OPEN_BOTH);
	party_rtp(&c.bob, c.b, 0xb, 1);
	party_rtp(&c.alice, c.a, 0xa, 1);
	party_rtp(&c.alice, c.a, 0xa, 4);
	party_rtp(&c.thief, c.a, 0xbad, 4);
	util_now += 7000;

	j = util_call(c.r, "session.close", "{'id':'s','reason':'bye'}");
	assert_int_equal(7, json_integer_value(json_object_get(j, "idle")));
	assert_string_equal("c1", json_string_value(json_object_get(j,
								    "label")));
	a = json_object_get(json_array_get(json_object_get(j, "streams"), 0),
			    "a");
	source = json_object_get(a, "source");
	assert_string_equal("latched",
			    json_string_value(json_object_get(a, "state")));
	assert_int_equal(2, json_integer_value(json_object_get(a, "packets")));
	assert_int_equal(2, json_integer_value(json_object_get(a, "lost")));
	assert_int_equal(1, json_integer_value(json_object_get(a, "dropped")));
	assert_string_equal("127.0.0.2", json_string_value(
				    json_object_get(source, "address")));
	assert_int_equal(addr_port(&c.alice.addr),
			 json_integer_value(json_object_get(source, "port")));
	assert_null(json_object_get(source, "rtcpPort"));
	json_decref(j);
	call_close(&c);
}


static void own_ports_are_refused_as_remote(void **state)
{
	struct call c;
	char text[256];

	call_open(&c, state, OPEN_BOTH);
	(void)snprintf(text, sizeof(text),
		       "{'id':'s','streams':[{'index':0,'a':{'remote':{"
		       "'address':'127.0.0.1','port':%u}}}]}", c.b->port);
	util_refused(c.r, "session.update", text, RPC_REFUSED, "own port");
	call_close(&c);
}


/* ---- ICE-lite ---- */

struct check {
	const char *user, *pwd;
	bool nominate, controlled, unknown, fingerprint;
};


static size_t check_encode(uint8_t *buf, size_t size, const struct check *ck)
{
	static const uint8_t tid[STUN_TID_SIZE] = {1, 2, 3};
	const uint32_t priority = 1000;
	const uint64_t tie = 42;
	struct mbuf *mb = mbuf_alloc(256);
	size_t len;

	assert_int_equal(0, stun_msg_encode(
		mb, STUN_METHOD_BINDING, STUN_CLASS_REQUEST, tid, NULL,
		(const uint8_t *)ck->pwd, ck->pwd ? strlen(ck->pwd) : 0,
		ck->fingerprint, 0x00, 5,
		STUN_ATTR_USERNAME, ck->user,
		STUN_ATTR_PRIORITY, &priority,
		ck->controlled ? STUN_ATTR_CONTROLLED : STUN_ATTR_CONTROLLING,
		&tie,
		STUN_ATTR_USE_CAND, ck->nominate ? &tie : NULL,
		STUN_ATTR_REQ_TRANSPORT, NULL));

	len = mb->end;
	assert_true(len <= size);
	memcpy(buf, mb->buf, len);
	mem_deref(mb);

	return len;
}


/* Sends a check from p and gives the answer's error code; 0: success,
 * -1: no answer */
static int check_send(const struct party *p, const struct leg *leg,
		      const struct check *ck, const char *key)
{
	struct stun_unknown_attr ua;
	struct stun_msg *msg = NULL;
	const struct stun_attr *at;
	struct mbuf *mb;
	uint8_t buf[512];
	ssize_t n;
	int code = 0;

	party_send(p, leg, LATCH_RTP, buf, check_encode(buf, sizeof(buf), ck));
	n = party_recv(p, buf, sizeof(buf));
	if (n < 0)
		return -1;

	mb = mbuf_alloc((size_t)n);
	assert_int_equal(0, mbuf_write_mem(mb, buf, (size_t)n));
	mbuf_set_pos(mb, 0);
	assert_int_equal(0, stun_msg_decode(&msg, mb, &ua));
	assert_int_equal(0, stun_msg_chk_fingerprint(msg));

	if (stun_msg_class(msg) == STUN_CLASS_ERROR_RESP) {
		at   = stun_msg_attr(msg, STUN_ATTR_ERR_CODE);
		code = at->v.err_code.code;
	}
	else {
		assert_int_equal(0, stun_msg_chk_mi(msg, (const uint8_t *)key,
						    strlen(key)));
		at = stun_msg_attr(msg, STUN_ATTR_XOR_MAPPED_ADDR);
		assert_non_null(at);
		assert_int_equal(addr_port(&p->addr),
				 sa_port(&at->v.xor_mapped_addr));
	}

	mem_deref(msg);
	mem_deref(mb);

	return code;
}


#define OPEN_ICE                                                               \
	"{'id':'s','owner':'me','streams':[{'index':0,'a':{"                   \
	"'policy':'stun','rtcp':'mux','signalling':'127.0.0.2',"               \
	"'ice':{'ufrag':'ours','pwd':'our-secret-password-22',"                \
	"'remoteUfrag':'them','remotePwd':'x'}},"                              \
	"'b':{'signalling':'127.0.0.3'}}]}"
#define PWD "our-secret-password-22"


static void ice_nominates(void **state)
{
	struct call c;

	call_open(&c, state, OPEN_ICE);
	party_rtp(&c.bob, c.b, 0xb, 1);

	/* media without a check goes nowhere, whoever sends it */
	party_rtp(&c.alice, c.a, 0xa, 1);
	party_gets_nothing(&c.bob);

	assert_int_equal(0, check_send(&c.alice, c.a,
				       &(struct check){"ours:them", PWD,
						       .fingerprint = true},
				       PWD));
	assert_int_equal(LATCH_LEARNING, latch_state(&c.a->latch));

	assert_int_equal(0, check_send(&c.alice, c.a,
				       &(struct check){"ours:them", PWD,
						       .nominate = true,
						       .fingerprint = true},
				       PWD));
	assert_int_equal(LATCH_LATCHED, latch_state(&c.a->latch));

	party_rtp(&c.alice, c.a, 0xa, 2);
	party_gets(&c.bob, RTP_LEN);
	party_rtp(&c.bob, c.b, 0xb, 2);
	party_gets(&c.alice, RTP_LEN);
	party_rtp(&c.thief, c.a, 0xa, 3);
	party_gets_nothing(&c.bob);
	call_close(&c);
}


static void ice_errors(void **state)
{
	static const struct {
		struct check check;
		int code;
	} v[] = {
		{{"ours:them", "wrong", true, false, false, true}, 401},
		{{"ours:they", PWD, true, false, false, true}, 401},
		{{"other:them", PWD, true, false, false, true}, 401},
		{{"ours", PWD, true, false, false, true}, 401},
		{{NULL, PWD, true, false, false, true}, 400},
		{{"ours:them", NULL, true, false, false, true}, 400},
		{{"ours:them", PWD, true, true, false, true}, 487},
		{{"ours:them", PWD, true, false, false, false}, -1},
	};
	struct call c;
	size_t i;

	call_open(&c, state, OPEN_ICE);

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		int code = check_send(&c.thief, c.a, &v[i].check, PWD);

		if (code != v[i].code)
			fail_msg("check %zu: %d, wanted %d", i, code,
				 v[i].code);
	}

	assert_int_equal(LATCH_LEARNING, latch_state(&c.a->latch));
	call_close(&c);
}


/* A flood of checks is not worth a flood of HMACs */
static void ice_checks_are_limited(void **state)
{
	const struct check ck = {"ours:them", "wrong", .fingerprint = true};
	struct call c;
	unsigned i, answered = 0;

	call_open(&c, state, OPEN_ICE);
	for (i = 0; i < 150; i++)
		answered += check_send(&c.thief, c.a, &ck, PWD) == 401;
	assert_int_equal(100, answered);

	util_now += 1000;
	assert_int_equal(401, check_send(&c.thief, c.a, &ck, PWD));
	call_close(&c);
}


#define CALL(f) cmocka_unit_test_setup_teardown(f, util_setup, util_teardown)


int main(void)
{
	const struct CMUnitTest tests[] = {
		CALL(both_ways),
		CALL(nothing_is_changed_on_the_way),
		CALL(a_third_party_gets_nothing_and_gives_nothing),
		CALL(ipv4_to_ipv6_and_back),
		CALL(remote_is_sent_to_before_it_is_heard),
		CALL(rtcp_goes_its_own_way),
		CALL(mux_on_one_side_only),
		CALL(fax_takes_any_datagram),
		CALL(bandwidth_is_policed),
		CALL(a_closed_port_is_no_end),
		CALL(final_counters),
		CALL(own_ports_are_refused_as_remote),
		CALL(ice_nominates),
		CALL(ice_errors),
		CALL(ice_checks_are_limited),
	};

	return cmocka_run_group_tests_name("relay_control", tests, NULL, NULL);
}
