/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file store_history_test.c  Calls, flows, sessions, audit, and the views
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "store_util.h"

#define T0 1790000000000LL


static struct store_call call_full(void)
{
	return (struct store_call){
		.id = "c1", .kind = STORE_SIP, .callIdentifier = "abc@10.1",
		.caller = "alice@example.com", .callee = "bob@example.com",
		.callerAddress = "192.0.2.1:5060",
		.calleeAddress = "198.51.100.7:5061", .callerAgent = "left",
		.calleeAgent = "right", .start = T0, .answer = T0 + 4000,
		.end = T0 + 64000, .endReason = "bye", .endCode = 200,
		.endedBy = "callee",
	};
}


static int call_same(const struct store_call *c, void *arg)
{
	const struct store_call *e = arg;

	assert_string_equal(c->id, e->id);
	assert_int_equal(c->kind, e->kind);
	assert_string_equal(c->callIdentifier, e->callIdentifier);
	assert_string_equal(c->caller, e->caller);
	assert_string_equal(c->callee, e->callee);
	assert_string_equal(c->callerAddress, e->callerAddress);
	assert_string_equal(c->calleeAddress, e->calleeAddress);
	assert_string_equal(c->callerAgent, e->callerAgent);
	assert_string_equal(c->calleeAgent, e->calleeAgent);
	assert_true(c->start == e->start);
	assert_true(c->answer == e->answer);
	assert_true(c->end == e->end);
	assert_string_equal(c->endReason, e->endReason);
	assert_int_equal(c->endCode, e->endCode);
	assert_string_equal(c->endedBy, e->endedBy);
	return 1;
}


static void call_is_filled_in_as_it_goes(void **state)
{
	struct fixture *f = *state;
	struct store_call full = call_full();
	struct store_call start = full, answer = {.id = "c1"},
			  end = {.id = "c1"};

	start.answer = start.end = 0;
	start.endReason = start.endedBy = NULL;
	start.endCode = 0;
	answer.answer = full.answer;
	end.end = full.end;
	end.endReason = full.endReason;
	end.endCode = full.endCode;
	end.endedBy = full.endedBy;

	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(store_call_put(f->store, &start), 0);
	assert_string_equal(cli(f, "select caller, callee, state"
				   " from active_calls"),
			    "alice@example.com|bob@example.com|ringing");
	assert_int_equal(store_call_put(f->store, &answer), 0);
	assert_string_equal(cli(f, "select state from active_calls"),
			    "talking");
	assert_int_equal(store_call_put(f->store, &end), 0);
	assert_string_equal(cli(f, "select count(*) from active_calls"), "0");
	assert_string_equal(
		cli(f, "select started_utc, caller, answered, talk_seconds,"
		       " ring_seconds, end_reason, end_code, ended_by"
		       " from call_history"),
		"2026-09-21T14:13:20Z|alice@example.com|yes|60|4|bye|200|"
		"callee");
	assert_int_equal(store_call_each(f->store, false, 0, call_same,
					 &full), 1);
}


struct list {
	char text[256];
};


static int list_call(const struct store_call *c, void *arg)
{
	struct list *l = arg;
	size_t n = strlen(l->text);

	(void)snprintf(l->text + n, sizeof(l->text) - n, "%s ", c->id);
	return 0;
}


static void calls_newest_first(void **state)
{
	struct fixture *f = *state;
	struct list l;
	struct {
		const char *id;
		int64_t start, end;
	} v[] = {{"b", T0 + 2, 0}, {"a", T0 + 1, T0 + 9}, {"c", T0 + 3, 0}};

	assert_int_equal(fixture_open(f), 0);
	for (unsigned i = 0; i < 3; i++) {
		struct store_call c = {.id = v[i].id, .start = v[i].start,
				       .end = v[i].end};
		assert_int_equal(store_call_put(f->store, &c), 0);
	}

	l.text[0] = '\0';
	assert_int_equal(store_call_each(f->store, false, 0, list_call, &l),
			 0);
	assert_string_equal(l.text, "c b a ");
	l.text[0] = '\0';
	assert_int_equal(store_call_each(f->store, false, 2, list_call, &l),
			 0);
	assert_string_equal(l.text, "c b ");
	l.text[0] = '\0';
	assert_int_equal(store_call_each(f->store, true, 10, list_call, &l),
			 0);
	assert_string_equal(l.text, "c b ");
}


static int list_flow(const struct store_flow *w, void *arg)
{
	struct list *l = arg;
	size_t n = strlen(l->text);

	(void)snprintf(l->text + n, sizeof(l->text) - n,
		       "%s/%u/%s/%s/%llu/%llu/%llu/%llu/%s/%lld ",
		       w->session ? w->session : "-", w->stream, w->from,
		       w->media, (unsigned long long)w->packets,
		       (unsigned long long)w->bytes,
		       (unsigned long long)w->dropped,
		       (unsigned long long)w->lost,
		       w->latched ? w->latched : "-",
		       (long long)w->latchedAt);
	return 0;
}


static void flows_one_row_per_direction(void **state)
{
	struct fixture *f = *state;
	struct store_call c = call_full();
	struct list l = {""};
	struct store_flow w = {
		.call = "c1", .session = "s1", .relay = "r", .stream = 0,
		.media = "audio", .from = "caller", .packets = 990,
		.bytes = 172000, .dropped = 3, .lost = 10,
		.latched = "192.0.2.1:5004", .latchedAt = T0 + 4100,
		.start = T0 + 4000, .end = T0 + 24000,
	};
	struct store_flow again = {.call = "c1", .session = "s1",
				   .from = "caller", .packets = UINT64_MAX};

	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(store_flow_put(f->store, &w), ENOENT);
	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_flow_put(f->store, &w), ENOENT);
	assert_int_equal(store_call_put(f->store, &c), 0);
	assert_int_equal(store_flow_put(f->store, &w), 0);
	w.from = "callee";
	w.latched = NULL;
	w.latchedAt = 0;
	w.lost = 0;
	assert_int_equal(store_flow_put(f->store, &w), 0);
	assert_int_equal(store_commit(f->store), 0);

	assert_string_equal(
		cli(f, "select caller, sender, media, packets, lost_percent,"
		       " seconds, kbit_per_s, latched, relay"
		       " from call_media"),
		"alice@example.com|caller|audio|990|1.0|20|68.8|"
		"192.0.2.1:5004|r\n"
		"alice@example.com|callee|audio|990|0.0|20|68.8||r");

	/* what is known stays, counters are the last put's */
	assert_int_equal(store_flow_put(f->store, &again), 0);
	assert_int_equal(store_flow_each(f->store, "c1", list_flow, &l), 0);
	assert_string_equal(
		l.text,
		"s1/0/caller/audio/9223372036854775807/0/0/0/"
		"192.0.2.1:5004/1790000004100 "
		"s1/0/callee/audio/990/172000/3/0/-/0 ");
	assert_int_equal(store_flow_each(f->store, "c2", list_flow, &l), 0);
}


static int list_secret(const struct store_secret *se, void *arg)
{
	char *text = arg;

	assert_int_equal(se->kind, STORE_H323);
	(void)snprintf(text + strlen(text), 128 - strlen(text), "%s/%s=%s@%d ",
		       se->alias, se->aliasType, se->sealed,
		       (int)se->changed);

	return 0;
}


static void one_secret_an_alias(void **state)
{
	struct fixture *f = *state;
	struct store_secret a = {.kind = STORE_H323, .alias = "anna",
				 .aliasType = "h323-ID", .sealed = "x",
				 .changed = 1};
	struct store_secret sip = {.kind = STORE_SIP, .alias = "anna",
				   .sealed = "z"};
	char text[128] = "";

	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(store_secret_put(f->store, &a), 0);
	assert_int_equal(store_secret_put(f->store, &sip), 0);
	a.sealed  = "y";
	a.changed = 2;
	assert_int_equal(store_secret_put(f->store, &a), 0);
	assert_int_equal(store_secret_each(f->store, STORE_H323, list_secret,
					   text), 0);
	assert_string_equal(text, "anna/h323-ID=y@2 ");
	assert_int_equal(store_secret_delete(f->store, STORE_H323, "anna"), 0);
	assert_int_equal(store_secret_delete(f->store, STORE_H323, "anna"), 0);
	assert_string_equal(cli(f, "select kind from secrets"), "sip");
	a.sealed = NULL;
	assert_int_equal(store_secret_put(f->store, &a), EINVAL);
}


static int list_session(const struct store_session *se, void *arg)
{
	struct list *l = arg;
	size_t n = strlen(l->text);

	(void)snprintf(l->text + n, sizeof(l->text) - n, "%s/%s/%s/%s/%s/%lld ",
		       se->id, se->owner, se->relay ? se->relay : "-",
		       se->call, se->state, (long long)se->updated);
	return 0;
}


static void sessions_come_back_by_owner(void **state)
{
	struct fixture *f = *state;
	struct list l = {""};
	struct store_session a = {.id = "s1", .owner = "traversal",
				  .relay = "r1", .call = "c1", .state = "{}",
				  .updated = T0};
	struct store_session b = {.id = "s2", .owner = "h323gw",
				  .call = "c2", .state = "[1]"};

	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(store_session_put(f->store, &a), 0);
	assert_int_equal(store_session_put(f->store, &b), 0);
	a.state = "{\"x\":1}";
	assert_int_equal(store_session_put(f->store, &a), 0);
	assert_int_equal(store_session_each(f->store, "traversal",
					    list_session, &l), 0);
	assert_string_equal(l.text,
			    "s1/traversal/r1/c1/{\"x\":1}/1790000000000 ");

	l.text[0] = '\0';
	assert_int_equal(store_session_delete(f->store, "s1"), 0);
	assert_int_equal(store_session_delete(f->store, "s1"), 0);
	assert_int_equal(store_session_each(f->store, NULL, list_session, &l),
			 0);
	assert_string_equal(l.text, "s2/h323gw/-/c2/[1]/0 ");
}


static void audit_fills_in_who_and_when(void **state)
{
	struct fixture *f = *state;
	struct store_audit a = {.when = T0, .actor = "operator",
				.action = "call.end", .object = "c1",
				.result = "no such call", .detail = "d"};
	struct store_audit b = {.action = "start"};

	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(store_audit_add(f->store, &a), 0);
	assert_int_equal(store_audit_add(f->store, &b), 0);
	assert_string_equal(
		cli(f, "select at_utc, actor, action, object, result, detail"
		       " from audit_trail where actor = 'operator'"),
		"2026-09-21T14:13:20Z|operator|call.end|c1|no such call|d");
	assert_string_equal(
		cli(f, "select actor, action, result, abs(at / 1000 -"
		       " unixepoch()) < 100 from audit where action ="
		       " 'start'"),
		"test|start|ok|1");
}


static void history_is_trimmed(void **state)
{
	struct fixture *f = *state;
	struct store_call old = call_full(), new = call_full(),
			  active = {.id = "c3", .start = T0};
	struct store_flow w = {.call = "c1", .from = "caller"};
	struct store_audit a = {.when = T0, .action = "x"};
	unsigned n = 0;

	new.id = "c2";
	new.end = T0 + 100000;

	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(store_call_put(f->store, &old), 0);
	assert_int_equal(store_call_put(f->store, &new), 0);
	assert_int_equal(store_call_put(f->store, &active), 0);
	assert_int_equal(store_flow_put(f->store, &w), 0);
	assert_int_equal(store_audit_add(f->store, &a), 0);

	assert_int_equal(store_trim(f->store, T0 + 70000, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(store_trim(f->store, T0 + 70000, &n), 0);
	assert_int_equal(n, 0);
	assert_string_equal(cli(f, "select group_concat(id) from (select id"
				   " from calls order by id)"), "c2,c3");
	assert_string_equal(cli(f, "select count(*) from flows"), "0");
	assert_string_equal(cli(f, "select count(*) from audit"), "0");
}


static void active_registrations_are_pleasant(void **state)
{
	struct fixture *f = *state;
	const int64_t now = (int64_t)time(NULL) * 1000;
	struct store_contact a = contact("alice@example.com", "1",
					 now + 300000);
	struct store_contact b = contact("bob@example.com", "2", now - 1);
	struct store_contact c = contact("carol@example.com", "3", 0);
	const char *out;

	c.lastSeen = now;
	c.nat = false;

	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(store_contact_put(f->store, &a), 0);
	assert_int_equal(store_contact_put(f->store, &b), 0);
	assert_int_equal(store_contact_put(f->store, &c), 0);
	out = cli(f, "select alias, kind, contact, received, transport, nat,"
		     " user_agent, seconds_left between 200 and 300,"
		     " since glob '20*-*-* *:*:*',"
		     " last_seen glob '20*-*-* *:*:*'"
		     " from active_registrations");
	assert_non_null(out);
	assert_string_equal(
		out,
		"alice@example.com|sip|sip:alice@10.0.0.5:5060|"
		"192.0.2.1:40001|udp|yes|phone 1.0|1|1|1\n"
		"carol@example.com|sip|sip:alice@10.0.0.5:5060|"
		"192.0.2.1:40001|udp|no|phone 1.0||1|1");
}


int main(void)
{
#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(call_is_filled_in_as_it_goes),
		T(calls_newest_first),
		T(flows_one_row_per_direction),
		T(sessions_come_back_by_owner),
		T(one_secret_an_alias),
		T(audit_fills_in_who_and_when),
		T(history_is_trimmed),
		T(active_registrations_are_pleasant),
	};

	return cmocka_run_group_tests_name("store_history", tests, NULL,
					   NULL);
}
