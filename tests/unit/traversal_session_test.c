/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file traversal_session_test.c  Sessions: whose messages, the table, JSON,
 * the relay's words, the choice of a relay
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <cmocka.h>
#include "call/relay_params.h"
#include "logic/relayset.h"
#include "logic/session_json.h"
#include "logic/table.h"

enum {
	SLOTS = 16,
};

static int locked; /* slots held, all together */

static void lock(unsigned slot, void *arg)
{
	(void)arg;
	assert_in_range(slot, 0, SLOTS - 1);
	assert_int_equal(locked, 0);
	++locked;
}

static void unlock(unsigned slot, void *arg)
{
	(void)slot;
	(void)arg;
	--locked;
}

static struct table *table_new(void)
{
	const struct table_host host = {malloc, free, lock, unlock, NULL};
	struct table *t;

	assert_int_equal(table_alloc(&t, SLOTS, &host), 0);
	return t;
}

static struct session *session_new(const struct table *t, const char *callid,
				   const char *call, int branch)
{
	struct session *s = session_alloc();

	assert_non_null(s);
	assert_int_equal(session_set_callid(s, callid, strlen(callid)), 0);
	assert_int_equal(session_set_tag(s, SESSION_A, "alice", 5), 0);
	(void)strcpy(s->call, call);
	s->branch = branch;
	if (t)
		table_id(t, s->id, callid, strlen(callid), call, branch);
	return s;
}

static void stream_add(struct session *s, const char *media)
{
	struct session_stream *st = &s->streams[s->streams_count];

	memset(st, 0, sizeof(*st));
	st->mline = (uint16_t)s->streams_count++;
	st->state = SESSION_STREAM_ACTIVE;
	(void)strcpy(st->media, media);
	assert_int_equal(
		addr_parse(&st->leg[SESSION_A].local, "192.0.2.1", 30000), 0);
	st->leg[SESSION_A].local_rtcp = 30001;
	assert_int_equal(
		addr_parse(&st->leg[SESSION_B].local, "192.0.2.1", 30002), 0);
	st->leg[SESSION_B].local_rtcp = 30003;
	assert_int_equal(
		addr_parse(&st->leg[SESSION_A].cur.addr, "203.0.113.7", 4000),
		0);
	st->leg[SESSION_A].cur.rtcp_port = 4001;
	st->leg[SESSION_B].cur.hint = 5000;
}

static struct session_dialog dialog(const char *callid, const char *from,
				    const char *to)
{
	struct session_dialog d = {callid, strlen(callid), from,
				   to,	   strlen(from),   strlen(to)};

	return d;
}

/* ---- whose message is it */

static void senders(void **state)
{
	struct session *s = session_new(NULL, "c1", "call", 0);
	struct session_dialog d;

	(void)state;
	d = dialog("c1", "alice", "");
	assert_int_equal(session_sender(s, &d), SESSION_A);
	d = dialog("c1", "bob", "alice");
	assert_int_equal(session_sender(s, &d), SESSION_B);
	d = dialog("c2", "alice", "");
	assert_int_equal(session_sender(s, &d), SESSION_NOBODY);
	d = dialog("c1", "mallory", "eve");
	assert_int_equal(session_sender(s, &d), SESSION_NOBODY);

	/* once it is answered the called party's tag must be his */
	assert_int_equal(session_set_tag(s, SESSION_B, "bob", 3), 0);
	s->confirmed = true;
	d = dialog("c1", "bob2", "alice");
	assert_int_equal(session_sender(s, &d), SESSION_NOBODY);
	d = dialog("c1", "bob", "alice");
	assert_int_equal(session_sender(s, &d), SESSION_B);
	free(s);
}

static void limits_of_names(void **state)
{
	struct session *s = session_alloc();
	char text[300];

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(session_set_callid(s, text, 255), 0);
	assert_int_equal(session_set_callid(s, text, 256), E2BIG);
	assert_int_equal(session_set_callid(s, text, 0), EINVAL);
	assert_int_equal(session_set_tag(s, SESSION_A, text, 127), 0);
	assert_int_equal(session_set_tag(s, SESSION_A, text, 128), E2BIG);
	assert_int_equal(session_set_tag(s, SESSION_A, "a\0b", 3), EINVAL);
	free(s);
}

static void ids_name_their_call(void **state)
{
	char call[SESSION_CALL_SIZE];

	(void)state;
	assert_int_equal(session_id_call("a2-0123abcd-7", call), 0);
	assert_string_equal(call, "0123abcd");
	assert_int_equal(session_id_call("nothing", call), EINVAL);
	assert_int_equal(session_id_call("one-dash", call), EINVAL);
	assert_int_equal(
		session_id_call("1-0123456789012345678901234567890123456789-1",
				call),
		EINVAL);
}

/* ---- the table */

static void what_is_put_is_found(void **state)
{
	struct table *t = table_new();
	struct session *s = session_new(t, "c1", "call", 3),
		       *got = session_alloc();
	struct session_dialog d = dialog("c1", "alice", "");
	enum session_side side;

	(void)state;
	stream_add(s, "audio");
	assert_int_equal(table_add(t, s), 0);
	assert_int_equal(table_add(t, s), EEXIST);
	assert_int_equal(table_count(t), 1);
	assert_int_equal(table_get(t, s->id, got), 0);
	assert_memory_equal(got, s, session_size(1));
	assert_int_equal(table_find_branch(t, &d, 3, got), 0);
	assert_int_equal(table_find_branch(t, &d, 4, got), ENOENT);
	d = dialog("c1", "bob", "alice");
	assert_int_equal(table_find_dialog(t, &d, got, &side), 0);
	assert_int_equal(side, SESSION_B);
	assert_int_equal(table_get(t, "ff-none-0", got), ENOENT);
	assert_int_equal(table_get(t, "nonsense", got), ENOENT);
	assert_int_equal(table_remove(t, s->id, got), 0);
	assert_int_equal(table_remove(t, s->id, got), ENOENT);
	assert_int_equal(table_count(t), 0);
	assert_int_equal(locked, 0);
	free(s);
	free(got);
	table_free(t);
}

static void who_is_slower_tries_again(void **state)
{
	struct table *t = table_new();
	struct session *s = session_new(t, "c1", "call", 0);
	struct session *mine = session_alloc(), *other = session_alloc();

	(void)state;
	assert_int_equal(table_add(t, s), 0);
	assert_int_equal(table_get(t, s->id, mine), 0);
	assert_int_equal(table_get(t, s->id, other), 0);
	other->hold = true;
	assert_int_equal(table_replace(t, other), 0);
	mine->confirmed = true;
	assert_int_equal(table_replace(t, mine), EAGAIN);
	assert_int_equal(table_get(t, s->id, mine), 0);
	assert_true(mine->hold);
	/* and a session may grow */
	stream_add(mine, "audio");
	assert_int_equal(table_replace(t, mine), 0);
	assert_int_equal(table_get(t, s->id, other), 0);
	assert_int_equal(other->streams_count, 1);
	assert_int_equal(table_remove(t, s->id, NULL), 0);
	assert_int_equal(table_replace(t, other), ENOENT);
	free(s);
	free(mine);
	free(other);
	table_free(t);
}

static void the_tag_decides_between_branches(void **state)
{
	struct table *t = table_new();
	struct session *one = session_new(t, "c1", "call", 0);
	struct session *two = session_new(t, "c1", "call", 1);
	struct session *got = session_alloc();
	struct session_dialog d = dialog("c1", "alice", "bob1");
	enum session_side side;

	(void)state;
	assert_int_equal(session_set_tag(one, SESSION_B, "bob1", 4), 0);
	assert_int_equal(session_set_tag(two, SESSION_B, "bob2", 4), 0);
	assert_int_equal(table_add(t, one), 0);
	assert_int_equal(table_add(t, two), 0);
	assert_int_equal(table_find_dialog(t, &d, got, &side), 0);
	assert_int_equal(got->branch, 0);
	d = dialog("c1", "alice", "bob2");
	assert_int_equal(table_find_dialog(t, &d, got, &side), 0);
	assert_int_equal(got->branch, 1);
	free(one);
	free(two);
	free(got);
	table_free(t);
}

static void a_calls_other_branches_are_taken(void **state)
{
	struct table *t = table_new();
	struct session *got = session_alloc();

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct session *s =
			session_new(t, "c1", i == 2 ? "other" : "call", i);

		s->confirmed = i == 0;
		assert_int_equal(table_add(t, s), 0);
		free(s);
	}
	assert_int_equal(table_take_call(t, "c1", "call", NULL, false, got),
			 0);
	assert_int_equal(got->branch, 1);
	assert_int_equal(table_take_call(t, "c1", "call", NULL, false, got),
			 ENOENT);
	assert_int_equal(table_take_call(t, "c1", "call", NULL, true, got), 0);
	assert_int_equal(got->branch, 0);
	assert_int_equal(table_count(t), 1);
	free(got);
	table_free(t);
}

/* ---- JSON */

static void json_and_back(void **state)
{
	struct session *s = session_new(NULL, "c1@h", "call", 2);
	struct session *got = session_alloc();
	json_t *o;

	(void)state;
	(void)strcpy(s->id, "1-call-2");
	stream_add(s, "audio");
	stream_add(s, "video");
	s->streams[1].leg[SESSION_A].ice = true;
	(void)strcpy(s->streams[1].leg[SESSION_A].cur.ufrag, "them");
	stream_add(s, "message");
	s->streams[2].tcp = true;
	s->streams[2].leg[SESSION_B].cur.setup = SESSION_SETUP_ACTIVE;
	(void)strcpy(s->streams[2].leg[SESSION_B].cur.path, "[fd00::5]:2855");
	s->opened = s->confirmed = s->hold = true;
	s->created = 1790000000000;
	s->family[0] = 4;
	s->family[1] = 6;
	s->known[0] = true;
	assert_int_equal(addr_parse(&s->signalling[0], "2001:db8::1", 5060),
			 0);
	o = session_json_encode(s);
	assert_non_null(o);
	assert_int_equal(session_json_decode(got, o), 0);
	assert_memory_equal(got, s, session_size(3));
	json_decref(o);
	free(s);
	free(got);
}

static void json_that_is_none_of_ours(void **state)
{
	static const char *const texts[] = {
		"{}",
		"[]",
		"null",
		"{\"format\":2}",
		"{\"format\":1,\"streams\":[]}",
		"{\"format\":1,\"streams\":[],\"id\":7}",
		"{\"format\":1,\"id\":\"1-c-0\",\"call\":\"c\",\"callId\":\"x\","
		"\"a\":{\"tag\":\"t\"},\"streams\":[{\"state\":\"odd\"}]}",
		"{\"format\":1,\"id\":\"1-c-0\",\"call\":\"c\",\"callId\":\"x\","
		"\"a\":{\"tag\":\"t\",\"family\":99},\"streams\":[]}",
		"{\"format\":1,\"id\":\"1-c-0\",\"call\":\"c\",\"callId\":\"x\","
		"\"a\":{\"tag\":\"t\",\"signalling\":\"no address\"},"
		"\"streams\":[]}"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct session *s = session_alloc();
		json_t *o = json_loads(texts[i], JSON_DECODE_ANY, NULL);

		assert_int_equal(session_json_decode(s, o), EBADMSG);
		json_decref(o);
		free(s);
	}
}

/* ---- the relay's words */

static const struct relay_conf conf = {
	.owner = "traversal",
	.interface = "default",
	.timeout = 60,
	.dscp = -1,
};

static const char *str_at(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static void who_has_not_spoken_has_no_address(void **state)
{
	struct session *s = session_new(NULL, "c1", "call", 0);
	json_t *o, *st, *b;

	(void)state;
	stream_add(s, "audio");
	memset(&s->streams[0].leg[0].local, 0, sizeof(struct addr));
	memset(&s->streams[0].leg[1].local, 0, sizeof(struct addr));
	s->known[SESSION_A] = true;
	assert_int_equal(addr_parse(&s->signalling[0], "203.0.113.7", 5060),
			 0);
	s->family[0] = 4;
	s->family[1] = 6;
	o = relay_open_params(s, &conf);
	assert_string_equal(str_at(o, "owner"), "traversal");
	assert_string_equal(str_at(o, "label"), "c1");
	st = json_array_get(json_object_get(o, "streams"), 0);
	assert_string_equal(str_at(json_object_get(st, "a"), "signalling"),
			    "203.0.113.7");
	b = json_object_get(st, "b");
	assert_string_equal(str_at(b, "family"), "ipv6");
	assert_null(json_object_get(b, "signalling"));
	assert_null(json_object_get(b, "remoteHint"));
	assert_null(json_object_get(b, "local"));
	json_decref(o);
	free(s);
}

static void tcp_is_said_with_who_connects(void **state)
{
	struct session *old = session_new(NULL, "c1", "call", 0);
	struct session *now = session_alloc();
	json_t *o, *st;

	(void)state;
	stream_add(old, "message");
	old->streams[0].tcp = true;
	old->known[SESSION_A] = old->known[SESSION_B] = true;
	old->streams[0].leg[SESSION_B].cur.setup = SESSION_SETUP_ACTIVE;
	(void)strcpy(old->streams[0].leg[SESSION_A].cur.path, "h:1");
	o = relay_open_params(old, &conf);
	st = json_array_get(json_object_get(o, "streams"), 0);
	assert_string_equal(str_at(json_object_get(st, "a"), "path"), "h:1");
	assert_string_equal(str_at(st, "transport"), "tcp");
	assert_null(str_at(json_object_get(st, "a"), "setup"));
	assert_string_equal(str_at(json_object_get(st, "b"), "setup"),
			    "active");
	json_decref(o);

	session_copy(now, old);
	now->streams[0].leg[SESSION_A].cur.path[0] = '\0';
	now->streams[0].leg[SESSION_A].cur.setup = SESSION_SETUP_HOLDCONN;
	now->streams[0].leg[SESSION_B].cur.setup = SESSION_SETUP_PASSIVE;
	o = relay_update_params(old, now, &conf);
	st = json_array_get(json_object_get(o, "streams"), 0);
	assert_null(str_at(st, "transport"));
	assert_true(json_is_null(
		json_object_get(json_object_get(st, "a"), "path")));
	assert_string_equal(str_at(json_object_get(st, "a"), "setup"),
			    "holdconn");
	assert_string_equal(str_at(json_object_get(st, "b"), "setup"),
			    "passive");
	json_decref(o);
	free(old);
	free(now);
}

static void only_what_changed_is_said(void **state)
{
	struct session *old = session_new(NULL, "c1", "call", 0);
	struct session *now = session_alloc();
	json_t *o, *st;

	(void)state;
	stream_add(old, "audio");
	old->known[0] = old->known[1] = true;
	assert_int_equal(addr_parse(&old->signalling[0], "203.0.113.7", 1), 0);
	assert_int_equal(addr_parse(&old->signalling[1], "198.51.100.9", 1),
			 0);
	session_copy(now, old);
	assert_null(relay_update_params(old, now, &conf));

	now->hold = true;
	o = relay_update_params(old, now, &conf);
	assert_true(json_is_true(json_object_get(o, "hold")));
	assert_null(json_object_get(o, "streams"));
	json_decref(o);

	now->hold = false;
	addr_set_port(&now->streams[0].leg[0].cur.addr, 4444);
	o = relay_update_params(old, now, &conf);
	st = json_array_get(json_object_get(o, "streams"), 0);
	assert_null(json_object_get(st, "b"));
	assert_int_equal(
		json_integer_value(json_object_get(
			json_object_get(json_object_get(st, "a"), "remote"),
			"port")),
		4444);
	json_decref(o);

	now->streams[0].state = SESSION_STREAM_ENDED;
	o = relay_update_params(old, now, &conf);
	st = json_array_get(json_object_get(o, "streams"), 0);
	assert_true(json_is_true(json_object_get(st, "remove")));
	json_decref(o);
	free(old);
	free(now);
}

static void odd_answers_are_refused(void **state)
{
	static const char *const texts[] = {
		"{}",
		"{\"streams\":7}",
		"{\"streams\":[{}]}",
		"{\"streams\":[{\"index\":9}]}",
		"{\"streams\":[{\"index\":-1}]}",
		"{\"streams\":[{\"index\":0}]}",
		"{\"streams\":[{\"index\":0,\"a\":{\"local\":{\"address\":\"x\","
		"\"port\":1}}}]}",
		"{\"streams\":[{\"index\":0,\"a\":{\"local\":{\"address\":"
		"\"192.0.2.1\",\"port\":99999}}}]}"};
	struct session *s = session_new(NULL, "c1", "call", 0);

	(void)state;
	stream_add(s, "audio");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		json_t *o = json_loads(texts[i], 0, NULL);

		assert_non_null(o);
		assert_int_equal(relay_result_read(s, o), EBADMSG);
		json_decref(o);
	}
	free(s);
}

static void flows_are_read(void **state)
{
	json_t *o = json_loads(
		"{\"streams\":[{\"index\":1,\"a\":{\"packets\":5,\"bytes\":50,"
		"\"dropped\":2,\"lost\":1,\"latchedAt\":7,\"source\":{\"address\":"
		"\"203.0.113.7\",\"port\":4000}},\"b\":{\"packets\":-3}}]}",
		0, NULL);
	struct relay_flow f;

	(void)state;
	assert_int_equal(relay_flow_read(&f, o, 1, SESSION_A), 0);
	assert_int_equal(f.packets, 5);
	assert_int_equal(f.bytes, 50);
	assert_int_equal(f.dropped, 2);
	assert_int_equal(f.lost, 1);
	assert_string_equal(f.latched, "203.0.113.7:4000");
	assert_int_equal(relay_flow_read(&f, o, 1, SESSION_B), 0);
	assert_int_equal(f.packets, 0);
	assert_string_equal(f.latched, "");
	assert_int_equal(relay_flow_read(&f, o, 0, SESSION_A), ENOENT);
	json_decref(o);
}

/* ---- the choice */

static void relays_as_operators_write_them(void **state)
{
	static const char *const wrong[] = {"",
					    "unix:",
					    "relay.sock",
					    "unix:/a;weight=x",
					    "unix:/a;weight=1001",
					    "unix:/a;name=",
					    "unix:/a;colour=red",
					    "unix:/a;name=east"};
	struct relayset rs = {0};
	const char *why = NULL;

	(void)state;
	assert_int_equal(relayset_add(&rs, "unix:/a;name=east;weight=3", &why),
			 0);
	assert_int_equal(relayset_add(&rs, "/b", &why), 0);
	assert_int_equal(rs.m[0].weight, 3);
	assert_string_equal(rs.m[1].path, "/b");
	assert_string_equal(rs.m[1].name, "relay2");
	assert_int_equal(relayset_find(&rs, "relay2"), 1);
	assert_int_equal(relayset_find(&rs, "west"), RELAYSET_NONE);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		why = NULL;
		assert_int_equal(relayset_add(&rs, wrong[i], &why), EINVAL);
		assert_non_null(why);
	}
	assert_int_equal(rs.n, 2);
}

static void weights_share_the_calls(void **state)
{
	struct relayset rs = {0};
	const char *why;
	unsigned n[3] = {0};

	(void)state;
	assert_int_equal(relayset_add(&rs, "/a;weight=3", &why), 0);
	assert_int_equal(relayset_add(&rs, "/b;weight=1", &why), 0);
	assert_int_equal(relayset_add(&rs, "/c;weight=0", &why), 0);
	for (uint64_t i = 0; i < 400; i++)
		++n[relayset_pick(&rs, 7, i)];
	assert_int_equal(n[0], 300);
	assert_int_equal(n[1], 100);
	assert_int_equal(n[2], 0);
	/* the one of weight 0 is the last resort */
	assert_int_equal(relayset_pick(&rs, 4, 17), 2);
	assert_int_equal(relayset_pick(&rs, 2, 17), 1);
	assert_int_equal(relayset_pick(&rs, 0, 17), RELAYSET_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(senders),
		cmocka_unit_test(limits_of_names),
		cmocka_unit_test(ids_name_their_call),
		cmocka_unit_test(what_is_put_is_found),
		cmocka_unit_test(who_is_slower_tries_again),
		cmocka_unit_test(the_tag_decides_between_branches),
		cmocka_unit_test(a_calls_other_branches_are_taken),
		cmocka_unit_test(json_and_back),
		cmocka_unit_test(json_that_is_none_of_ours),
		cmocka_unit_test(who_has_not_spoken_has_no_address),
		cmocka_unit_test(tcp_is_said_with_who_connects),
		cmocka_unit_test(only_what_changed_is_said),
		cmocka_unit_test(odd_answers_are_refused),
		cmocka_unit_test(flows_are_read),
		cmocka_unit_test(relays_as_operators_write_them),
		cmocka_unit_test(weights_share_the_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
