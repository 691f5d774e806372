/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file relay_session_test.c  Requests read, sessions kept, time passing
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "relay_util.h"


#define OPEN_1                                                                 \
	"{'id':'s1','owner':'me','label':'call-1','streams':[{'index':0}]}"


/* What is wrong, and the words the answer must have */
static const struct {
	const char *params;
	int code;
	const char *words;
} wrong[] = {
	{"[]", RPC_INVALID_PARAMS, "params: must be an object"},
	{"{}", RPC_INVALID_PARAMS, "id: is missing"},
	{"{'id':1}", RPC_INVALID_PARAMS, "id: must be a string"},
	{"{'id':''}", RPC_INVALID_PARAMS, "id: must have 1 to 128"},
	{"{'id':'a\\nb'}", RPC_INVALID_PARAMS, "id: must have printable"},
	{"{'id':'x'}", RPC_INVALID_PARAMS, "owner: is missing"},
	{"{'id':'x','owner':'o','timeout':-1}", RPC_INVALID_PARAMS,
	 "timeout: must be a whole number from 0 to 86400"},
	{"{'id':'x','owner':'o','timeout':1.5}", RPC_INVALID_PARAMS,
	 "timeout: must be a whole number"},
	{"{'id':'x','owner':'o','hold':1}", RPC_INVALID_PARAMS,
	 "hold: must be true or false"},
	{"{'id':'x','owner':'o','streams':{}}", RPC_INVALID_PARAMS,
	 "streams: must be an array"},
	{"{'id':'x','owner':'o','streams':[1]}", RPC_INVALID_PARAMS,
	 "streams[0]: must be an object"},
	{"{'id':'x','owner':'o','streams':[{}]}", RPC_INVALID_PARAMS,
	 "streams[0].index: is missing"},
	{"{'id':'x','owner':'o','streams':[{'index':0},{'index':0}]}",
	 RPC_INVALID_PARAMS, "streams[1].index: stands here twice"},
	{"{'id':'x','owner':'o','streams':[{'index':0,'a':[]}]}",
	 RPC_INVALID_PARAMS, "streams[0].a: must be an object"},
	{"{'id':'x','owner':'o','streams':[{'index':0,"
	 "'a':{'family':'ipx'}}]}",
	 RPC_INVALID_PARAMS, "streams[0].a.family: must be one of ipv4, ipv6"},
	{"{'id':'x','owner':'o','streams':[{'index':0,'a':{'rtcp':'no'}}]}",
	 RPC_INVALID_PARAMS, "streams[0].a.rtcp: must be one of separate, mux,"
	 " none"},
	{"{'id':'x','owner':'o','streams':[{'index':0,"
	 "'b':{'policy':'open'}}]}",
	 RPC_INVALID_PARAMS, "streams[0].b.policy: must be one of constrained,"
	 " stun, fixed"},
	{"{'id':'x','owner':'o','streams':[{'index':0,"
	 "'b':{'signalling':'host.example'}}]}",
	 RPC_INVALID_PARAMS, "streams[0].b.signalling: must be a numeric"},
	{"{'id':'x','owner':'o','streams':[{'index':0,'b':{'remote':7}}]}",
	 RPC_INVALID_PARAMS, "streams[0].b.remote: must be an object"},
	{"{'id':'x','owner':'o','streams':[{'index':0,'b':{'remote':{"
	 "'port':5}}}]}",
	 RPC_INVALID_PARAMS, "streams[0].b.remote.address: is missing"},
	{"{'id':'x','owner':'o','streams':[{'index':0,'b':{'remote':{"
	 "'address':'127.0.0.9'}}}]}",
	 RPC_INVALID_PARAMS, "streams[0].b.remote.port: is missing"},
	{"{'id':'x','owner':'o','streams':[{'index':0,'b':{'remote':{"
	 "'address':'127.0.0.9','port':65536}}}]}",
	 RPC_INVALID_PARAMS, "streams[0].b.remote.port: must be a whole number"
	 " from 1 to 65535"},
	{"{'id':'x','owner':'o','streams':[{'index':0,'b':{'remote':{"
	 "'address':'0.0.0.0','port':4000}}}]}",
	 RPC_INVALID_PARAMS, "stream 0, leg b: remote.address is not the "
	 "address of one host"},
	{"{'id':'x','owner':'o','streams':[{'index':0,'b':{'remote':{"
	 "'address':'::2','port':4000}}}]}",
	 RPC_INVALID_PARAMS, "is not of the leg's family"},
	{"{'id':'x','owner':'o','streams':[{'index':0,'b':{'remoteHint':{"
	 "'rtcpPort':4000}}}]}",
	 RPC_INVALID_PARAMS, "streams[0].b.remoteHint.port: is missing"},
	{"{'id':'x','owner':'o','streams':[{'index':0,'a':{'dscp':64}}]}",
	 RPC_INVALID_PARAMS, "streams[0].a.dscp: must be a whole number from 0"
	 " to 63"},
	{"{'id':'x','owner':'o','streams':[{'index':0,"
	 "'a':{'bandwidth':'much'}}]}",
	 RPC_INVALID_PARAMS, "streams[0].a.bandwidth: must be a whole number"},
	{"{'id':'x','owner':'o','streams':[{'index':0,'a':{'local':{"
	 "'port':30001}}}]}",
	 RPC_INVALID_PARAMS, "streams[0].a.local.port: must be even"},
	{"{'id':'x','owner':'o','streams':[{'index':0,'a':{'local':{"
	 "'port':30000,'rtcpPort':30005}}}]}",
	 RPC_INVALID_PARAMS, "streams[0].a.local.rtcpPort: must be port"},
	{"{'id':'x','owner':'o','streams':[{'index':0,'a':{'local':{"
	 "'port':10}}}]}",
	 RPC_INVALID_PARAMS, "local.port is not one of the interface's"},
	{"{'id':'x','owner':'o','streams':[{'index':0,"
	 "'a':{'policy':'stun'}}]}",
	 RPC_INVALID_PARAMS, "stream 0, leg a: ice is needed by policy stun"},
	{"{'id':'x','owner':'o','streams':[{'index':0,'a':{'ice':{"
	 "'ufrag':'abcd'}}}]}",
	 RPC_INVALID_PARAMS, "streams[0].a.ice.pwd: is missing"},
	{"{'id':'x','owner':'o','streams':[{'index':0,"
	 "'a':{'interface':'dmz'}}]}",
	 RPC_INVALID_PARAMS, "there is no \"dmz\" with an IPv4 address"},
};


static void wrong_requests_name_the_member(void **state)
{
	struct relay *r = util_relay(state);
	const uint32_t before = iface_ports_free(&r->ifaces);
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		util_refused(r, "session.open", wrong[i].params,
			     wrong[i].code, wrong[i].words);

	assert_int_equal(0, r->sessionc);
	assert_int_equal(0, r->streamc);
	assert_int_equal(before, iface_ports_free(&r->ifaces));
}


static void unknown_methods_and_sessions(void **state)
{
	struct relay *r = util_relay(state);

	util_refused(r, "session.explode", "{}", RPC_METHOD_NOT_FOUND,
		     "there is no method session.explode");
	util_refused(r, "session.get", "{'id':'no'}", RPC_NOT_FOUND,
		     "there is no session no");
	util_refused(r, "session.update", "{'id':'no'}", RPC_NOT_FOUND, "no");
	util_refused(r, "session.close", "{'id':'no'}", RPC_NOT_FOUND, "no");
}


static void opening_twice_is_an_update(void **state)
{
	struct relay *r = util_relay(state);
	json_t *one, *two;

	one = util_call(r, "session.open", OPEN_1);
	two = util_call(r, "session.open", OPEN_1);

	assert_true(json_is_true(json_object_get(one, "created")));
	assert_true(json_is_false(json_object_get(two, "created")));
	assert_true(json_equal(json_object_get(one, "streams"),
			       json_object_get(two, "streams")));
	assert_int_equal(1, r->sessionc);

	util_refused(r, "session.open", "{'id':'s1','owner':'you'}",
		     RPC_EXISTS, "belongs to \"me\"");

	json_decref(one);
	json_decref(two);
}


static void what_cannot_change(void **state)
{
	struct relay *r = util_relay(state);

	json_decref(util_call(r, "session.open", OPEN_1));

	util_refused(r, "session.update",
		     "{'id':'s1','streams':[{'index':0,'a':{"
		     "'family':'ipv6'}}]}",
		     RPC_INVALID_PARAMS, "family can't change");
	util_refused(r, "session.update",
		     "{'id':'s1','streams':[{'index':0,'a':{"
		     "'interface':'x'}}]}",
		     RPC_INVALID_PARAMS, "interface can't change");
	util_refused(r, "session.update",
		     "{'id':'s1','streams':[{'index':0,'a':{"
		     "'local':{'port':20}}}]}",
		     RPC_INVALID_PARAMS, "local.port can't change");
}


/* The second stream can't be opened: the first must not be there either */
static void open_is_whole_or_not_at_all(void **state)
{
	struct relay *r = util_relay(state);
	const uint32_t before = iface_ports_free(&r->ifaces);

	util_refused(r, "session.open",
		     "{'id':'s','owner':'me','streams':[{'index':0},"
		     "{'index':1,'b':{'interface':'dmz'}}]}",
		     RPC_INVALID_PARAMS, "stream 1, leg b");

	assert_int_equal(0, r->sessionc);
	assert_int_equal(before, iface_ports_free(&r->ifaces));
}


static void update_is_whole_or_not_at_all(void **state)
{
	struct relay *r = util_relay(state);
	uint32_t before;

	json_decref(util_call(r, "session.open", OPEN_1));
	before = iface_ports_free(&r->ifaces);

	util_refused(r, "session.update",
		     "{'id':'s1','hold':true,'streams':[{'index':0,"
		     "'a':{'signalling':'127.0.0.5'}},{'index':1},"
		     "{'index':2,'a':{'interface':'dmz'}}]}",
		     RPC_INVALID_PARAMS, "stream 2");

	assert_int_equal(before, iface_ports_free(&r->ifaces));
	assert_false(session_find(r, "s1")->hold);
	assert_int_equal(LATCH_CLOSED,
			 latch_state(&util_leg(r, "s1", 0, 'a')->latch));
}


static void streams_come_and_go(void **state)
{
	struct relay *r = util_relay(state);
	const uint32_t before = iface_ports_free(&r->ifaces);
	json_t *j, *gone;

	json_decref(util_call(r, "session.open", OPEN_1));
	util_leg(r, "s1", 0, 'b')->n.packets = 7;
	j = util_call(r, "session.update",
		      "{'id':'s1','streams':[{'index':0,'remove':true},"
		      "{'index':1,'media':'video'},{'index':9,"
		      "'remove':true}]}");

	assert_int_equal(1, json_array_size(json_object_get(j, "streams")));
	assert_int_equal(1, r->streamc);
	assert_string_equal("video",
			    util_leg(r, "s1", 1, 'a')->stream->media);
	gone = json_object_get(j, "removed");
	assert_int_equal(1, json_array_size(gone));
	gone = json_object_get(json_array_get(gone, 0), "b");
	assert_int_equal(7, json_integer_value(json_object_get(gone,
							       "packets")));
	json_decref(j);

	j = util_call(r, "session.update", "{'id':'s1'}");
	assert_null(json_object_get(j, "removed"));
	json_decref(j);

	json_decref(util_call(r, "session.close", "{'id':'s1'}"));
	assert_int_equal(0, r->streamc);
	assert_int_equal(before, iface_ports_free(&r->ifaces));
}


static void the_same_ports_again(void **state)
{
	struct relay *r = util_relay(state);
	uint16_t a, b;
	char text[256];

	json_decref(util_call(r, "session.open", OPEN_1));
	a = util_leg(r, "s1", 0, 'a')->port;
	b = util_leg(r, "s1", 0, 'b')->port;

	(void)snprintf(text, sizeof(text),
		       "{'id':'s2','owner':'me','streams':[{'index':0,"
		       "'a':{'local':{'address':'ignored','port':%u}}}]}", a);
	util_refused(r, "session.open", text, RPC_NO_RESOURCE, "local.port");

	json_decref(util_call(r, "session.close", "{'id':'s1'}"));

	(void)snprintf(text, sizeof(text),
		       "{'id':'s1','owner':'me','streams':[{'index':0,"
		       "'a':{'local':{'port':%u,'rtcpPort':%u}},"
		       "'b':{'local':{'port':%u,'rtcpPort':%u}}}]}",
		       a, a + 1, b, b + 1);
	json_decref(util_call(r, "session.open", text));
	assert_int_equal(a, util_leg(r, "s1", 0, 'a')->port);
	assert_int_equal(b, util_leg(r, "s1", 0, 'b')->port);
}


/* mux offered and refused in the answer: the odd port is ours all the time */
static void rtcp_port_opens_later(void **state)
{
	struct relay *r = util_relay(state);
	json_t *j, *local;
	uint16_t port;

	json_decref(util_call(r, "session.open",
			      "{'id':'s','owner':'me','streams':[{'index':0,"
			      "'a':{'rtcp':'mux'}}]}"));
	port = util_leg(r, "s", 0, 'a')->port;
	assert_int_equal(-1, util_leg(r, "s", 0, 'a')->sock[LATCH_RTCP].watch.fd);

	j = util_call(r, "session.update",
		      "{'id':'s','streams':[{'index':0,"
		      "'a':{'rtcp':'separate'}}]}");
	local = json_object_get(
		json_object_get(json_array_get(json_object_get(j, "streams"),
					       0), "a"), "local");
	assert_int_equal(port, json_integer_value(json_object_get(local,
								  "port")));
	assert_int_equal(port + 1, json_integer_value(
				json_object_get(local, "rtcpPort")));
	assert_true(util_leg(r, "s", 0, 'a')->sock[LATCH_RTCP].watch.fd >= 0);
	json_decref(j);
}


static void limits_of_the_configuration(void **state)
{
	struct relay *r = util_relay(state);
	char text[128];
	unsigned i;

	for (i = 0; i < 10; i++) {
		(void)snprintf(text, sizeof(text),
			       "{'id':'s%u','owner':'me'}", i);
		json_decref(util_call(r, "session.open", text));
	}

	util_refused(r, "session.open", "{'id':'one-more','owner':'me'}",
		     RPC_NO_RESOURCE, "max_sessions");

	r->conf.max_streams = 1;
	util_refused(r, "session.update",
		     "{'id':'s0','streams':[{'index':0},{'index':1}]}",
		     RPC_NO_RESOURCE, "max_streams");
}


static void no_port_is_left(void **state)
{
	struct relay *r = util_relay(state);
	const uint32_t before = iface_ports_free(&r->ifaces);
	char text[4096];
	size_t n = 0;
	unsigned i;

	r->conf.max_streams = 1000;

	n = (size_t)snprintf(text, sizeof(text),
			     "{'id':'s','owner':'me','streams':[");
	for (i = 0; i < 26; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      "%s{'index':%u}", i ? "," : "", i);
	(void)snprintf(text + n, sizeof(text) - n, "]}");

	/* 50 pairs, two a stream */
	util_refused(r, "session.open", text, RPC_NO_RESOURCE, "no port");
	assert_int_equal(before, iface_ports_free(&r->ifaces));
	assert_int_equal(0, r->streamc);
}


static void draining(void **state)
{
	struct relay *r = util_relay(state);

	json_decref(util_call(r, "session.open", OPEN_1));
	json_decref(util_call(r, "relay.drain", "{'on':true}"));

	util_refused(r, "session.open", "{'id':'new','owner':'me'}", RPC_BUSY,
		     "draining");
	/* calls that are there go on */
	json_decref(util_call(r, "session.open", OPEN_1));
	json_decref(util_call(r, "session.update",
			      "{'id':'s1','streams':[{'index':1}]}"));

	json_decref(util_call(r, "relay.drain", "{'on':false}"));
	json_decref(util_call(r, "session.open", "{'id':'new','owner':'me'}"));
}


static void idle_is_told_again_and_again(void **state)
{
	struct relay *r = util_relay(state);
	struct session *se;

	json_decref(util_call(r, "session.open",
			      "{'id':'s','owner':'me','timeout':10,"
			      "'streams':[{'index':0}]}"));
	se = session_find(r, "s");

	assert_int_equal(SESSION_NOTHING, session_tick(se, util_now + 9999));
	assert_int_equal(SESSION_IDLE, session_tick(se, util_now + 10000));
	assert_int_equal(SESSION_NOTHING, session_tick(se, util_now + 11000));
	assert_int_equal(SESSION_NOTHING, session_tick(se, util_now + 19999));
	assert_int_equal(SESSION_IDLE, session_tick(se, util_now + 20000));

	/* media comes back */
	util_leg(r, "s", 0, 'a')->heard = util_now + 20500;
	assert_int_equal(SESSION_NOTHING, session_tick(se, util_now + 21000));
	assert_int_equal(SESSION_NOTHING, session_tick(se, util_now + 30000));
	assert_int_equal(SESSION_IDLE, session_tick(se, util_now + 30500));
}


static void on_hold_nothing_is_idle(void **state)
{
	struct relay *r = util_relay(state);
	struct session *se;

	json_decref(util_call(r, "session.open",
			      "{'id':'s','owner':'me','timeout':10,"
			      "'hold':true}"));
	se = session_find(r, "s");
	assert_int_equal(SESSION_NOTHING, session_tick(se, util_now + 60000));

	/* and afterwards it has its whole time */
	util_now += 60000;
	json_decref(util_call(r, "session.update",
			      "{'id':'s','hold':false}"));
	assert_int_equal(SESSION_NOTHING, session_tick(se, util_now + 9999));
	assert_int_equal(SESSION_IDLE, session_tick(se, util_now + 10000));
}


static void timeout_zero_is_never(void **state)
{
	struct relay *r = util_relay(state);

	json_decref(util_call(r, "session.open",
			      "{'id':'s','owner':'me','timeout':0}"));
	assert_int_equal(SESSION_NOTHING,
			 session_tick(session_find(r, "s"),
				      util_now + 3000000));
}


static void orphans_are_closed(void **state)
{
	struct relay *r = util_relay(state);

	json_decref(util_call(r, "session.open",
			      "{'id':'dead','owner':'me','timeout':0}"));
	json_decref(util_call(r, "session.open",
			      "{'id':'loved','owner':'me','timeout':0}"));
	json_decref(util_call(r, "session.open",
			      "{'id':'heard','owner':'me','timeout':0,"
			      "'streams':[{'index':0}]}"));

	util_now += 3000000;
	json_decref(util_call(r, "session.get", "{'id':'loved'}"));
	util_leg(r, "heard", 0, 'b')->heard = util_now;

	util_now += 600000;
	relay_tick(r, util_now);
	assert_null(session_find(r, "dead"));
	assert_non_null(session_find(r, "loved"));
	assert_non_null(session_find(r, "heard"));
	assert_int_equal(1, metrics_get(r->stats, STAT_SESSIONS_ORPHANED));

	/* listing one's own is claiming; listing all is looking */
	util_now += 3000000;
	json_decref(util_call(r, "session.list", "{'owner':'me'}"));
	util_now += 3000000;
	json_decref(util_call(r, "session.list", "{}"));
	relay_tick(r, util_now);
	assert_int_equal(2, r->sessionc);
	util_now += 600000;
	relay_tick(r, util_now);
	assert_int_equal(0, r->sessionc);
}


static void list_pages(void **state)
{
	struct relay *r = util_relay(state);
	static const char *const id[] = {"c", "a", "e", "b", "d"};
	const char *last;
	char text[128];
	json_t *j, *v;
	size_t i;

	for (i = 0; i < 5; i++) {
		(void)snprintf(text, sizeof(text),
			       "{'id':'%s','owner':'%s'}", id[i],
			       i == 2 ? "you" : "me");
		json_decref(util_call(r, "session.open", text));
	}

	j = util_call(r, "session.list", "{'owner':'me','limit':3}");
	v = json_object_get(j, "sessions");
	assert_int_equal(3, json_array_size(v));
	assert_true(json_is_true(json_object_get(j, "more")));
	last = json_string_value(json_object_get(json_array_get(v, 2), "id"));
	assert_string_equal("c", last);
	json_decref(j);

	/* the last one may be gone by then */
	json_decref(util_call(r, "session.close", "{'id':'c'}"));
	j = util_call(r, "session.list", "{'owner':'me','after':'c'}");
	v = json_object_get(j, "sessions");
	assert_int_equal(1, json_array_size(v));
	assert_true(json_is_false(json_object_get(j, "more")));
	assert_string_equal("d", json_string_value(json_object_get(
					 json_array_get(v, 0), "id")));
	json_decref(j);
}


#define WITH_RELAY(f) cmocka_unit_test_setup_teardown(f, util_setup,           \
						       util_teardown)


int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_RELAY(wrong_requests_name_the_member),
		WITH_RELAY(unknown_methods_and_sessions),
		WITH_RELAY(opening_twice_is_an_update),
		WITH_RELAY(what_cannot_change),
		WITH_RELAY(open_is_whole_or_not_at_all),
		WITH_RELAY(update_is_whole_or_not_at_all),
		WITH_RELAY(streams_come_and_go),
		WITH_RELAY(the_same_ports_again),
		WITH_RELAY(rtcp_port_opens_later),
		WITH_RELAY(limits_of_the_configuration),
		WITH_RELAY(no_port_is_left),
		WITH_RELAY(draining),
		WITH_RELAY(idle_is_told_again_and_again),
		WITH_RELAY(on_hold_nothing_is_idle),
		WITH_RELAY(timeout_zero_is_never),
		WITH_RELAY(orphans_are_closed),
		WITH_RELAY(list_pages),
	};

	return cmocka_run_group_tests_name("relay_session", tests, NULL, NULL);
}
