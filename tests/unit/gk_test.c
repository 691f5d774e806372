/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file gk_test.c  Parts of the gatekeeper: memory, floods, the writer
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <unistd.h>
#include <cmocka.h>
#include "h323gw/gk/flood.h"
#include "h323gw/gk/memory.h"
#include "h323gw/writer/writer.h"

static const uint64_t seed[2] = {5, 6};


static struct addr address(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse_hostport(&a, text), 0);

	return a;
}


/* ---- memory ---- */

static void put(struct memory *m, unsigned n, size_t len, int64_t now)
{
	const struct addr from = address("192.0.2.1:1719");
	uint8_t p[256];

	memset(p, (int)n, sizeof(p));
	memory_put(m, memory_key(m, &from, (void *)&n, sizeof(n)), &from, &from,
		   p, len, now);
}


static bool has(struct memory *m, unsigned n, size_t len, int64_t now)
{
	const struct addr from = address("192.0.2.1:1719");
	struct remembered r;
	size_t i;

	if (!memory_find(m, &r, memory_key(m, &from, (void *)&n, sizeof(n)),
			 &from, now))
		return false;
	assert_int_equal(r.len, len);
	for (i = 0; i < len; i++)
		assert_int_equal(r.p[i], n & 0xff);
	assert_true(addr_eq(r.to, &from));

	return true;
}


static void test_memory(void **state)
{
	const struct addr a = address("192.0.2.1:1719");
	const struct addr b = address("192.0.2.1:1720");
	struct remembered r;
	struct memory *m;
	(void)state;

	assert_int_equal(memory_alloc(&m, 4, 1000, seed), 0);
	assert_true(memory_key(m, &a, (const void *)"x", 1) !=
		    memory_key(m, &b, (const void *)"x", 1));
	assert_false(has(m, 1, 10, 0));
	put(m, 1, 10, 0);
	assert_true(has(m, 1, 10, MEMORY_LIFE_MS - 1));
	assert_false(has(m, 1, 10, MEMORY_LIFE_MS));
	/* the same key from elsewhere is nothing */
	assert_false(memory_find(m, &r, memory_key(m, &a, (void *)&(unsigned){
			1}, sizeof(unsigned)), &b, 0));

	/* its answer is another now: none at first, then one */
	put(m, 2, 0, 0);
	assert_true(has(m, 2, 0, 0));
	put(m, 2, 20, 0);
	assert_true(has(m, 2, 20, 0));
	memory_free(m);
}


static void test_memory_entries(void **state)
{
	struct memory *m;
	unsigned i;
	(void)state;

	assert_int_equal(memory_alloc(&m, 4, 1000, seed), 0);
	for (i = 0; i < 10; i++)
		put(m, i, i & 1 ? 10 : 0, 0);
	for (i = 0; i < 10; i++)
		assert_int_equal(has(m, i, i & 1 ? 10 : 0, 0), i >= 6);
	memory_free(m);
}


/* whatever was written over is forgotten, and what is there is whole */
static void test_memory_octets(void **state)
{
	static size_t len[2000];
	unsigned r = 1, i, k, there = 0;
	struct memory *m;
	(void)state;

	assert_int_equal(memory_alloc(&m, 64, 1000, seed), 0);
	for (i = 0; i < 2000; i++) {
		r      = r * 1103515245 + 12345;
		len[i] = r >> 16 & 255;
		put(m, i, len[i], 0);
		for (k = i > 20 ? i - 20 : 0; k <= i; k++)
			there += has(m, k, len[k], 0);
		assert_true(has(m, i, len[i], 0));
	}
	assert_true(there > 2000 * 2);
	memory_free(m);
}


/* ---- floods ---- */

static void test_flood(void **state)
{
	struct flood *f;
	unsigned i, n = 0;
	(void)state;

	assert_int_equal(flood_alloc(&f), 0);
	assert_true(flood_pass(f, 1, 1000)); /* no limit is set */
	flood_set(f, 10, 5);
	for (i = 0; i < 20; i++)
		n += flood_pass(f, 1, 1000);
	assert_int_equal(n, 5);
	assert_true(flood_pass(f, 2, 1000));
	assert_false(flood_pass(f, 1, 1099));
	assert_true(flood_pass(f, 1, 1100));
	assert_false(flood_pass(f, 1, 1100));
	/* never more than the burst */
	for (n = 0, i = 0; i < 20; i++)
		n += flood_pass(f, 1, 100000);
	assert_int_equal(n, 5);

	/* as many sources as one likes: each has its burst at least */
	for (i = 0; i < 100000; i++)
		assert_true(flood_pass(f, 1000 + i, 100000 + i / 1000));
	flood_free(f);
}


/* ---- the writer ---- */

static char dir[] = "/tmp/postern-gk-XXXXXX";
static char path[64];


static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return 1;
	(void)snprintf(path, sizeof(path), "%s/db", dir);

	return 0;
}


static int teardown(void **state)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	char name[80];
	(void)state;

	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		(void)unlink(name);
	}

	return rmdir(dir);
}


static int count(const struct store_contact *c, void *arg)
{
	unsigned *n = arg;

	assert_string_equal(c->hostData, "{\"a\":1}");
	assert_null(c->path);
	assert_int_equal(c->q, -1);
	*n += (unsigned)strtoul(c->alias, NULL, 10);

	return 0;
}


static int see_call(const struct store_call *c, void *arg)
{
	assert_string_equal(c->caller, "anna");
	assert_int_equal(c->endCode, 16);
	++*(unsigned *)arg;

	return 0;
}


static void submit(struct writer *w, unsigned from, unsigned to)
{
	for (unsigned i = from; i <= to; i++) {
		char id[16], alias[16];
		struct store_contact c = {
			.kind = STORE_H323, .id = id, .alias = alias,
			.aliasType = "dialledDigits", .hostData = "{\"a\":1}",
			.q = -1, .lastSeen = 1, .expires = 2};

		(void)snprintf(id, sizeof(id), "e.%u", i);
		(void)snprintf(alias, sizeof(alias), "%u", i);
		assert_int_equal(writer_contact_put(w, &c), 0);
		/* it is a copy */
		memset(alias, 'x', 1);
	}
}


static void test_writer(void **state)
{
	const struct store_conf conf	    = {.path = path};
	const struct store_contact bad	    = {.kind = STORE_H323};
	const struct store_call call	    = {.id = "c", .kind = STORE_H323,
					       .caller = "anna",
					       .endCode = 16};
	const struct store_session session  = {.id = "s", .owner = "h323gw",
					       .state = "{}"};
	const struct store_session no_state = {.id = "s"};
	unsigned sum = 0, calls = 0;
	struct writer_stats st;
	struct writer *w;
	struct store *s;
	char err[256];
	(void)state;

	assert_int_equal(writer_alloc(&w, &conf), 0);
	submit(w, 1, 2500);
	assert_int_equal(writer_contact_put(w, &bad), 0);
	assert_int_equal(writer_contact_delete(w, "e.2500", NULL), 0);
	assert_int_equal(writer_call_put(w, &call), 0);
	assert_int_equal(writer_session_put(w, &session), 0);
	assert_int_equal(writer_session_put(w, &no_state), 0);
	/* all of it is written before it ends */
	writer_stats(w, &st);
	assert_true(st.queued + st.written + st.dropped == 2505);
	writer_free(w);

	assert_int_equal(store_open(&s, &conf, err, sizeof(err)), 0);
	assert_int_equal(store_contact_each(s, STORE_H323, NULL, 0, count,
					    &sum), 0);
	assert_int_equal(sum, 2499 * 2500 / 2);
	assert_int_equal(store_call_each(s, false, 10, see_call, &calls), 0);
	assert_int_equal(calls, 1);
	store_close(s);
}


/* the database is another's for a while: nothing is lost, in order */
static void test_writer_trouble(void **state)
{
	const struct store_conf conf = {.path = path, .busy_timeout_ms = 1};
	struct writer_stats st;
	struct writer *w;
	struct store *s;
	unsigned i, sum = 0;
	char err[256];
	(void)state;

	assert_int_equal(writer_alloc(&w, &conf), 0);
	assert_int_equal(store_open(&s, &conf, err, sizeof(err)), 0);
	assert_int_equal(store_begin(s), 0);
	submit(w, 1, 10);
	for (i = 0; i < 1000; i++) {
		writer_stats(w, &st);
		if (st.failures)
			break;
		(void)usleep(10000);
	}
	assert_true(st.failures > 0);
	assert_int_equal(st.queued, 10);
	assert_false(writer_behind(w)); /* it is no reason to stop */
	store_rollback(s);
	for (i = 0; i < 1000; i++) {
		writer_stats(w, &st);
		if (!st.queued)
			break;
		(void)usleep(10000);
	}
	assert_int_equal(st.queued, 0);
	writer_free(w);
	assert_int_equal(store_contact_each(s, STORE_H323, NULL, 0, count,
					    &sum), 0);
	assert_int_equal(sum, 2499 * 2500 / 2);
	store_close(s);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_memory_entries),
		cmocka_unit_test(test_memory_octets),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_writer),
		cmocka_unit_test(test_writer_trouble),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
