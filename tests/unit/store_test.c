/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file store_test.c  The store: what is put is read back, and by sqlite3 too
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "store_util.h"

#define T0 1790000000000LL /* a time to count from, in ms */


struct seen {
	unsigned n;
	struct store_contact c; /* of the last: numbers, and strings copied */
	char alias[64], id[64], address[64], received[64], callId[64];
	char host[64], agent[64], path[64], instance[64], aliasType[64];
};


static void keep(char dst[64], const char *src)
{
	(void)snprintf(dst, 64, "%s", src ? src : "(null)");
}


static int see(const struct store_contact *c, void *arg)
{
	struct seen *s = arg;

	s->n++;
	s->c = *c;
	keep(s->alias, c->alias);
	keep(s->aliasType, c->aliasType);
	keep(s->id, c->id);
	keep(s->address, c->callSignalAddress);
	keep(s->received, c->received);
	keep(s->callId, c->callId);
	keep(s->host, c->hostData);
	keep(s->agent, c->agent);
	keep(s->path, c->path);
	keep(s->instance, c->instance);
	return 0;
}


static void contact_reads_back_whole(void **state)
{
	struct fixture *f = *state;
	struct seen seen = {0};
	struct store_contact c = {
		.kind = STORE_H323, .alias = "5551234",
		.aliasType = "dialledDigits", .id = "ep1",
		.callSignalAddress = "10.0.0.9:1720",
		.received = "[2001:db8::1]:1720", .transport = "tcp",
		.agent = "branch-7", .path = "<sip:edge;lr>",
		.userAgent = "room \"blue\" \xc3\xa9", .expires = T0 + 60000,
		.firstSeen = T0 - 5, .lastSeen = T0, .nat = true,
		.callId = "x@y", .cseq = 2147483647, .q = 700,
		.instance = "<urn:uuid:1>", .regId = 4294967295u,
		.hostData = "{\"flags\": 3}",
	};

	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(store_contact_put(f->store, &c), 0);
	assert_int_equal(store_contact_each(f->store, STORE_H323, "5551234",
					    T0, see, &seen), 0);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.c.kind, STORE_H323);
	assert_string_equal(seen.alias, c.alias);
	assert_string_equal(seen.aliasType, c.aliasType);
	assert_string_equal(seen.id, c.id);
	assert_string_equal(seen.address, c.callSignalAddress);
	assert_string_equal(seen.received, c.received);
	assert_string_equal(seen.agent, c.agent);
	assert_string_equal(seen.path, c.path);
	assert_string_equal(seen.callId, c.callId);
	assert_string_equal(seen.instance, c.instance);
	assert_string_equal(seen.host, c.hostData);
	assert_true(seen.c.expires == c.expires);
	assert_true(seen.c.firstSeen == c.firstSeen);
	assert_true(seen.c.lastSeen == c.lastSeen);
	assert_true(seen.c.nat);
	assert_int_equal(seen.c.cseq, c.cseq);
	assert_int_equal(seen.c.q, c.q);
	assert_int_equal(seen.c.regId, c.regId);

	/* the other kind does not see it */
	assert_int_equal(count_contacts(f->store, 0), 0);
}


/* User-Agent and the like are what the sender likes; rows are for readers */
static void only_utf8_is_stored(void **state)
{
	static const struct {
		const char *put, *got;
	} texts[] = {
		{"na\xc3\xafve \xe2\x82\xac \xf0\x9f\x93\x9e",
		 "na\xc3\xafve \xe2\x82\xac \xf0\x9f\x93\x9e"},
		{"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf",
		 "\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf"},
		{"Latin \xe9t\xe9", "Latin ?t?"},
		{"cut \xe2\x82", "cut ??"},
		{"cut \xf0\x9f\x93 off", "cut ??? off"},
		{"too long \xc0\xaf \xe0\x80\xaf", "too long ?? ???"},
		{"surrogate \xed\xa0\x80", "surrogate ???"},
		{"beyond \xf4\x90\x80\x80 \xff", "beyond ???? ?"},
	};
	struct fixture *f = *state;

	assert_int_equal(fixture_open(f), 0);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct store_contact c = contact("a@b", "1", 0);
		struct seen seen = {0};

		c.path = texts[i].put;
		assert_int_equal(store_contact_put(f->store, &c), 0);
		assert_int_equal(store_contact_each(f->store, STORE_SIP, NULL,
						    0, see, &seen), 0);
		assert_string_equal(seen.path, texts[i].got);
	}

	/* and what was put is found again */
	assert_int_equal(store_contact_delete(f->store, STORE_SIP, "1", NULL),
			 0);
	{
		struct store_contact c = contact("\xe9", "\xff", 0);

		assert_int_equal(store_contact_put(f->store, &c), 0);
		assert_int_equal(store_contact_put(f->store, &c), 0);
		assert_int_equal(count_contacts(f->store, 0), 1);
		assert_int_equal(store_contact_delete(f->store, STORE_SIP,
						      "\xff", NULL), 0);
		assert_int_equal(count_contacts(f->store, 0), 0);
	}
}


static void unknown_stays_unknown(void **state)
{
	struct fixture *f = *state;
	struct seen seen = {0};
	struct store_contact c = {.kind = STORE_SIP, .alias = "a@b",
				  .id = "1", .q = -1};

	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(store_contact_put(f->store, &c), 0);
	assert_int_equal(store_contact_each(f->store, STORE_SIP, NULL, T0,
					    see, &seen), 0);
	assert_int_equal(seen.n, 1);
	assert_string_equal(seen.address, "(null)");
	assert_true(seen.c.expires == 0); /* never */
	assert_int_equal(seen.c.q, -1);
	assert_false(seen.c.nat);
}


static void refresh_changes_expiry_and_keeps_first_seen(void **state)
{
	struct fixture *f = *state;
	struct store_contact c = contact("alice@example.com", "r1", T0);
	struct seen seen = {0};

	assert_int_equal(fixture_open(f), 0);
	c.firstSeen = T0 - 100;
	assert_int_equal(store_contact_put(f->store, &c), 0);

	c.expires = T0 + 60000;
	c.lastSeen = T0 + 1;
	c.firstSeen = T0 + 1;
	c.cseq = 2;
	c.callId = "another@10.0.0.5";
	assert_int_equal(store_contact_put(f->store, &c), 0);

	assert_int_equal(store_contact_each(f->store, STORE_SIP, NULL, 0,
					    see, &seen), 0);
	assert_int_equal(seen.n, 1);
	assert_true(seen.c.expires == T0 + 60000);
	assert_true(seen.c.lastSeen == T0 + 1);
	assert_true(seen.c.firstSeen == T0 - 100);
	assert_int_equal(seen.c.cseq, 2);
	assert_string_equal(seen.callId, "another@10.0.0.5");
}


/* Each field by itself is noticed, although a refresh looks only at a digest */
static void every_change_is_noticed(void **state)
{
	struct fixture *f = *state;
	struct store_contact c = contact("alice@example.com", "r1", T0);

#define NOTICED(change, column, value)                                         \
	do {                                                                   \
		change;                                                        \
		assert_int_equal(store_contact_put(f->store, &c), 0);          \
		assert_string_equal(                                           \
			cli(f, "select " column " from contacts join"          \
			       " registrations r on r.id = registration"),     \
			value);                                                \
	} while (0)

	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(store_contact_put(f->store, &c), 0);

	NOTICED(c.received = "192.0.2.1:40002", "received",
		"192.0.2.1:40002");
	NOTICED(c.callSignalAddress = "sip:al@10.0.0.6",
		"call_signal_address", "sip:al@10.0.0.6");
	NOTICED(c.transport = "tcp", "transport", "tcp");
	NOTICED(c.agent = "b", "agent", "b");
	NOTICED(c.path = "<sip:p;lr>", "path", "<sip:p;lr>");
	NOTICED(c.userAgent = NULL, "user_agent is null", "1");
	NOTICED(c.userAgent = "", "user_agent is null", "0");
	NOTICED(c.q = 0, "q", "0");
	NOTICED(c.nat = false, "nat", "0");
	NOTICED(c.instance = "<urn:uuid:2>", "instance", "<urn:uuid:2>");
	NOTICED(c.regId = 1, "reg_id", "1");
	NOTICED(c.hostData = "{}", "host_data", "{}");
	NOTICED(c.aliasType = "other", "alias_type", "other");
	NOTICED(c.alias = "bob@example.com", "alias", "bob@example.com");
}


static void registration_lives_with_its_contacts(void **state)
{
	struct fixture *f = *state;
	struct store_contact a = contact("alice@example.com", "r1", T0);
	struct store_contact b = contact("alice@example.com", "r2", T0);

	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(store_contact_put(f->store, &a), 0);
	assert_int_equal(store_contact_put(f->store, &b), 0);
	assert_string_equal(cli(f, "select count(*) from registrations"),
			    "1");

	assert_int_equal(store_contact_delete(f->store, STORE_SIP, "r1",
					      NULL), 0);
	assert_string_equal(cli(f, "select count(*) from registrations"),
			    "1");
	assert_string_equal(cli(f, "select count(*) from audit"), "0");

	assert_int_equal(store_contact_delete(f->store, STORE_SIP, "r2",
					      "unreachable"), 0);
	assert_string_equal(cli(f, "select count(*) from registrations"),
			    "0");
	assert_string_equal(cli(f, "select count(*) from refreshes"), "0");
	assert_string_equal(
		cli(f, "select actor, action, object, result, detail"
		       " from audit"),
		"test|registration.remove|alice@example.com|ok|"
		"unreachable: sip:alice@10.0.0.5:5060");

	/* what is not there, and again after it was there */
	assert_int_equal(store_contact_delete(f->store, STORE_SIP, "r2", "x"),
			 0);
	assert_string_equal(cli(f, "select count(*) from audit"), "1");
	assert_int_equal(store_contact_put(f->store, &b), 0);
	assert_int_equal(count_contacts(f->store, 0), 1);
}


static void contact_moves_to_another_alias(void **state)
{
	struct fixture *f = *state;
	struct store_contact c = contact("alice@example.com", "r1", T0);

	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(store_contact_put(f->store, &c), 0);
	c.alias = "bob@example.com";
	assert_int_equal(store_contact_put(f->store, &c), 0);
	assert_string_equal(cli(f, "select group_concat(alias)"
				   " from registrations"),
			    "bob@example.com");
}


static void expired_go_in_bounded_batches(void **state)
{
	struct fixture *f = *state;
	unsigned n = 0, total = 0;
	char id[16];

	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(store_begin(f->store), 0);
	for (unsigned i = 0; i < 2503; i++) {
		struct store_contact c = contact("many@example.com", id,
						 i < 2500 ? T0 : T0 + 1000);

		(void)snprintf(id, sizeof(id), "r%u", i);
		c.expires = i == 2502 ? 0 : c.expires;
		assert_int_equal(store_contact_put(f->store, &c), 0);
	}
	assert_int_equal(store_commit(f->store), 0);
	assert_int_equal(count_contacts(f->store, 0), 2503);
	assert_int_equal(count_contacts(f->store, T0), 3);
	assert_int_equal(count_contacts(f->store, T0 + 1000), 1);

	do {
		assert_int_equal(store_contact_expire(f->store, STORE_SIP, T0,
						      &n), 0);
		assert_true(n <= 1000);
		total += n;
	} while (n == 1000);

	assert_int_equal(total, 2500);
	assert_int_equal(count_contacts(f->store, 0), 3);
	assert_string_equal(cli(f, "select count(*) from audit where detail"
				   " like 'expired: sip:%'"), "2500");
}


static void batch_is_written_once_or_not(void **state)
{
	struct fixture *f = *state;
	struct store_contact c = contact("alice@example.com", "r1", T0);
	struct store_contact bad = contact("", "r2", T0);

	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(store_commit(f->store), EINVAL);
	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_begin(f->store), EALREADY);
	assert_int_equal(store_contact_put(f->store, &c), 0);
	assert_string_equal(cli(f, "select count(*) from contacts"), "0");
	store_rollback(f->store);
	assert_int_equal(count_contacts(f->store, 0), 0);

	/* a refused argument does the batch no harm */
	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_contact_put(f->store, &c), 0);
	assert_int_equal(store_contact_put(f->store, &bad), EINVAL);
	assert_int_equal(store_commit(f->store), 0);
	assert_string_equal(cli(f, "select count(*) from contacts"), "1");
	assert_int_equal(f->log_lines, 0);

	/* a batch that is open when the store closes is taken back */
	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_contact_delete(f->store, STORE_SIP, "r1",
					      NULL), 0);
	fixture_close(f);
	assert_string_equal(cli(f, "select count(*) from contacts"), "1");
}


/* A row number that was remembered and now belongs to somebody else */
static void stale_hints_do_no_harm(void **state)
{
	struct fixture *f = *state;
	struct store_contact a = contact("alice@example.com", "r1", T0);

	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(store_contact_put(f->store, &a), 0);
	assert_non_null(cli(f, "pragma foreign_keys=on;"
			       "delete from contacts;"
			       "insert into registrations(id, kind, alias)"
			       " values (1, 'sip', 'eve@example.com');"
			       "insert into contacts(id, registration, kind,"
			       " contact, nat, reg_id)"
			       " values (1, 1, 'sip', 'e1', 0, 0);"
			       "insert into refreshes(contact, digest, cseq)"
			       " values (1, 0, 77)"));
	assert_int_equal(store_contact_put(f->store, &a), 0);
	assert_string_equal(cli(f, "select contact, cseq from refreshes"
				   " order by 1"), "1|77\n2|1");
}


static int delete_each(const struct store_contact *c, void *arg)
{
	struct fixture *f = arg;
	int err;

	err = store_contact_delete(f->store, c->kind, c->id, NULL);
	if (err)
		return err;

	/* the same iteration once more inside of itself */
	return count_contacts(f->store, 0) >= 0 ? 0 : EIO;
}


static int stop(const struct store_contact *c, void *arg)
{
	(void)c;
	++*(unsigned *)arg;
	return 4711;
}


static void handlers_may_call_the_store(void **state)
{
	struct fixture *f = *state;
	unsigned n = 0;
	char id[16];

	assert_int_equal(fixture_open(f), 0);
	for (unsigned i = 0; i < 10; i++) {
		struct store_contact c = contact("alice@example.com", id, T0);

		(void)snprintf(id, sizeof(id), "r%u", i);
		assert_int_equal(store_contact_put(f->store, &c), 0);
	}

	assert_int_equal(store_contact_each(f->store, STORE_SIP, NULL, 0,
					    stop, &n), 4711);
	assert_int_equal(n, 1);
	assert_int_equal(store_contact_each(f->store, STORE_SIP, NULL, 0,
					    delete_each, f), 0);
	assert_int_equal(count_contacts(f->store, 0), 0);
}


static void arguments_are_checked(void **state)
{
	struct fixture *f = *state;
	struct store_contact c = contact("a@b", "1", T0);
	struct store_call call = {.kind = STORE_SIP};
	struct store_flow flow = {.call = "x", .from = "nobody"};
	struct store_session se = {.id = "x"};
	struct store_audit a = {.when = T0};
	struct store *s = NULL;
	const struct store_conf none = {.path = ""};

	assert_int_equal(store_open(&s, &none, NULL, 0), EINVAL);
	assert_int_equal(store_open(&s, NULL, NULL, 0), EINVAL);
	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(store_contact_put(NULL, &c), EINVAL);
	assert_int_equal(store_contact_put(f->store, NULL), EINVAL);
	c.q = 1001;
	assert_int_equal(store_contact_put(f->store, &c), EINVAL);
	assert_int_equal(store_call_put(f->store, &call), EINVAL);
	assert_int_equal(store_flow_put(f->store, &flow), EINVAL);
	assert_int_equal(store_session_put(f->store, &se), EINVAL);
	assert_int_equal(store_audit_add(f->store, &a), EINVAL);
	assert_non_null(strstr(store_strerror(f->store), "action"));
	store_close(NULL);
	store_rollback(NULL);
}


int main(void)
{
#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(contact_reads_back_whole),
		T(only_utf8_is_stored),
		T(unknown_stays_unknown),
		T(refresh_changes_expiry_and_keeps_first_seen),
		T(every_change_is_noticed),
		T(registration_lives_with_its_contacts),
		T(contact_moves_to_another_alias),
		T(expired_go_in_bounded_batches),
		T(batch_is_written_once_or_not),
		T(stale_hints_do_no_harm),
		T(handlers_may_call_the_store),
		T(arguments_are_checked),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
