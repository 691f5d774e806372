/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file traversal_batch_test.c  Records waiting to be written together
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "logic/batch.h"


static const struct batch_conf conf = {
	.delay_ms     = 20,
	.full	      = 4,
	.max_records  = 1000,
	.max_bytes    = 1 << 20,
	.retry_min_ms = 100,
	.retry_max_ms = 1000,
};


static int setup(void **state)
{
	return batch_alloc((struct batch **)state, &conf);
}


static int teardown(void **state)
{
	batch_free(*state);
	return 0;
}


static int add(struct batch *b, const struct record *r, uint64_t now)
{
	uint8_t buf[RECORD_MAX];
	size_t len;

	assert_int_equal(0, record_encode(buf, sizeof(buf), &len, r));
	return batch_add(b, buf, len, now);
}


static int put(struct batch *b, const char *id, const char *alias, int cseq)
{
	const struct record r = {.type = RECORD_CONTACT_PUT,
				 .u.contact = {.id = id, .alias = alias,
					       .cseq = cseq}};
	return add(b, &r, 0);
}


static int del(struct batch *b, const char *id, const char *reason)
{
	const struct record r = {.type = RECORD_CONTACT_DELETE,
				 .u.contact_delete = {.id = id,
						      .reason = reason}};
	return add(b, &r, 0);
}


static int session(struct batch *b, const char *id, const char *state)
{
	const struct record r = {.type = RECORD_SESSION_PUT,
				 .u.session = {.id = id, .state = state}};
	return add(b, &r, 0);
}


static int audit(struct batch *b, const char *what)
{
	const struct record r = {.type = RECORD_AUDIT_ADD,
				 .u.audit = {.action = what}};
	return add(b, &r, 0);
}


/* "+id/cseq" is a put, "-id/reason" a deletion … */
static int print_h(const struct record *r, unsigned place, void *arg)
{
	char *s = arg, one[128];
	(void)place;

	switch (r->type) {
	case RECORD_CONTACT_PUT:
		(void)snprintf(one, sizeof(one), "+%s/%d ", r->u.contact.id,
			       r->u.contact.cseq);
		break;
	case RECORD_CONTACT_DELETE:
		(void)snprintf(one, sizeof(one), "-%s/%s ",
			       r->u.contact_delete.id,
			       r->u.contact_delete.reason
				       ? r->u.contact_delete.reason : "");
		break;
	case RECORD_SESSION_PUT:
		(void)snprintf(one, sizeof(one), "s%s/%s ", r->u.session.id,
			       r->u.session.state);
		break;
	default:
		(void)snprintf(one, sizeof(one), "!%s ", r->u.audit.action);
		break;
	}
	(void)strcat(s, one);
	return 0;
}


static const char *text(const struct batch *b)
{
	static char s[4096];

	s[0] = '\0';
	assert_int_equal(0, batch_each(b, print_h, s));
	return s;
}


static void test_latest_put_wins(void **state)
{
	struct batch *b = *state;

	assert_int_equal(0, put(b, "a", "x", 1));
	assert_int_equal(0, put(b, "b", "x", 1));
	assert_int_equal(0, put(b, "a", "longer than it was", 2));
	assert_int_equal(0, put(b, "a", "x", 3));
	assert_string_equal("+a/3 +b/1 ", text(b));
	assert_int_equal(2, batch_count(b));

	assert_int_equal(0, session(b, "a", "1"));
	assert_int_equal(0, session(b, "a", "2"));
	assert_string_equal("+a/3 +b/1 sa/2 ", text(b));
}


static void test_order_is_kept(void **state)
{
	struct batch *b = *state;

	assert_int_equal(0, put(b, "a", "x", 1));
	assert_int_equal(0, del(b, "a", NULL));
	assert_int_equal(0, put(b, "a", "x", 2));
	assert_int_equal(0, put(b, "a", "x", 3));
	assert_int_equal(0, audit(b, "same"));
	assert_int_equal(0, audit(b, "same"));
	assert_string_equal("+a/1 -a/ +a/3 !same !same ", text(b));
}


/* The reason a contact was deleted for is not lost to a second deletion */
static void test_deletions(void **state)
{
	struct batch *b = *state;

	assert_int_equal(0, del(b, "a", "unreachable"));
	assert_int_equal(0, del(b, "a", NULL));
	assert_int_equal(0, del(b, "b", NULL));
	assert_int_equal(0, del(b, "b", "expired"));
	assert_int_equal(0, del(b, "b", NULL));
	assert_string_equal("-a/unreachable -b/ -b/expired ", text(b));
}


static void test_when_due(void **state)
{
	struct batch *b = *state;
	const struct record r = {.type = RECORD_AUDIT_ADD};

	assert_false(batch_due(b, 1000));
	assert_int_equal(-1, batch_wait(b, 1000));

	assert_int_equal(0, add(b, &r, 1000));
	assert_int_equal(0, add(b, &r, 1019));
	assert_false(batch_due(b, 1019));
	assert_int_equal(1, batch_wait(b, 1019));
	assert_true(batch_due(b, 1020));
	assert_int_equal(0, batch_wait(b, 1020));
	batch_written(b);
	assert_false(batch_due(b, 1020));

	/* a large one at once */
	for (unsigned i = 0; i < conf.full; i++) {
		assert_false(batch_due(b, 2000));
		assert_int_equal(0, add(b, &r, 2000));
	}
	assert_true(batch_due(b, 2000));
}


static void test_retry(void **state)
{
	static const unsigned pauses[] = {100, 200, 400, 800, 1000, 1000};
	struct batch *b = *state;
	const struct record r = {.type = RECORD_AUDIT_ADD};
	uint64_t now = 1000;

	for (unsigned i = 0; i < conf.full; i++)
		assert_int_equal(0, add(b, &r, now));

	for (size_t i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
		assert_true(batch_due(b, now));
		batch_failed(b, now);
		/* more records make it no sooner */
		assert_int_equal(0, add(b, &r, now));
		assert_int_equal(pauses[i], batch_wait(b, now));
		assert_false(batch_due(b, now + pauses[i] - 1));
		now += pauses[i];
	}

	batch_written(b);
	assert_int_equal(0, add(b, &r, now));
	assert_int_equal(conf.delay_ms, batch_wait(b, now));
}


static void test_bounds(void **state)
{
	struct batch *b = *state;
	char id[32];

	for (unsigned i = 0; i < conf.max_records - 1; i++) {
		(void)snprintf(id, sizeof(id), "c%u", i);
		assert_int_equal(0, put(b, id, "x", 1));
	}
	assert_int_equal(0, audit(b, "kept"));
	assert_int_equal(ENOBUFS, audit(b, "one too many"));
	assert_int_equal(ENOBUFS, put(b, "another", "x", 1));
	/* what is there can still be refreshed, and found: the table grew */
	for (unsigned i = 0; i < conf.max_records - 1; i++) {
		(void)snprintf(id, sizeof(id), "c%u", i);
		assert_int_equal(0, put(b, id, "x", 2));
	}
	assert_int_equal(conf.max_records, batch_count(b));

	assert_int_equal(conf.max_records - 1, batch_drop_contacts(b));
	assert_string_equal("!kept ", text(b));
	for (unsigned i = 0; i < conf.max_records - 1; i++) {
		(void)snprintf(id, sizeof(id), "d%u", i);
		assert_int_equal(0, put(b, id, "x", 1));
	}
	assert_int_equal(ENOBUFS, put(b, "another", "x", 1));
}


static void test_bytes_bound(void **state)
{
	struct batch *b = *state;
	char big[16001];
	unsigned n = 0;

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	while (!put(b, big, big, 1)) {
		big[0]++;
		n++;
		assert_true(n < 64);
	}
	assert_int_equal((1 << 20) / 32100, n);
	assert_int_equal(n, batch_drop_contacts(b));
	assert_int_equal(0, put(b, big, big, 1));
}


static void test_drop_one(void **state)
{
	struct batch *b = *state;

	assert_int_equal(0, put(b, "a", "x", 1));
	assert_int_equal(0, put(b, "b", "x", 1));
	batch_drop(b, 0);
	batch_drop(b, 0);
	batch_drop(b, 99);
	assert_string_equal("+b/1 ", text(b));
	assert_int_equal(1, batch_count(b));
	/* and one like it may come again */
	assert_int_equal(0, put(b, "a", "x", 2));
	assert_int_equal(0, put(b, "a", "x", 3));
	assert_string_equal("+b/1 +a/3 ", text(b));

	batch_written(b);
	assert_string_equal("", text(b));
	assert_int_equal(0, put(b, "a", "x", 4));
	assert_string_equal("+a/4 ", text(b));
}


static void test_refused(void **state)
{
	struct batch *b = *state, *other = NULL;
	struct batch_conf bad = conf;

	assert_int_equal(EBADMSG, batch_add(b, (const uint8_t *)"", 0, 0));
	assert_int_equal(EBADMSG, batch_add(b, (const uint8_t *)"abc", 3, 0));
	assert_int_equal(0, batch_count(b));

	bad.full = 0;
	assert_int_equal(EINVAL, batch_alloc(&other, &bad));
	bad = conf;
	bad.max_records = bad.full - 1;
	assert_int_equal(EINVAL, batch_alloc(&other, &bad));
	assert_null(other);
}


#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_latest_put_wins), T(test_order_is_kept),
		T(test_deletions),	 T(test_when_due),
		T(test_retry),		 T(test_bounds),
		T(test_bytes_bound),	 T(test_drop_one),
		T(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
