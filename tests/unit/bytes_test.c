/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file bytes_test.c  lib/bytes: the joint, with ends of the test's
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <unistd.h>
#include <cmocka.h>
#include "tests/unit/bytes_util.h"


static void begin(struct outcome *o, struct fake *a, struct fake *b)
{
	memset(o, 0, sizeof(*o));
	assert_int_equal(joint_alloc(&o->j, &a->je, &b->je, 0, on_close, o), 0);
	assert_int_equal(a->drained, 1); /* and may begin */
	assert_int_equal(b->drained, 1);
}


static void octets_go_on(void **state)
{
	struct fake *a = fake_new(SIZE_MAX), *b = fake_new(SIZE_MAX);
	struct outcome o;
	(void)state;

	begin(&o, a, b);
	joint_put(&a->je, (const uint8_t *)"hello", 5);
	joint_put(&b->je, (const uint8_t *)"hi", 2);
	assert_int_equal(b->len, 5);
	assert_memory_equal(b->got, "hello", 5);
	assert_memory_equal(a->got, "hi", 2);
	assert_int_equal(a->consumed, 5);
	assert_false(joint_waits(&a->je));
	assert_int_equal(joint_octets(o.j, 0), 5);
	assert_int_equal(joint_octets(o.j, 1), 2);

	joint_fin(&a->je);
	assert_int_equal(b->fins, 1);
	assert_int_equal(o.closed, 0);
	joint_fin(&a->je); /* said twice is said once */
	joint_put(&a->je, (const uint8_t *)"more", 4);
	assert_int_equal(b->len, 5);
	joint_put(&b->je, (const uint8_t *)"!", 1);
	assert_memory_equal(a->got, "hi!", 3);
	joint_fin(&b->je);
	assert_int_equal(o.closed, 1);
	assert_int_equal(o.why, TUNNEL_OK);
	assert_int_equal(a->cuts + b->cuts, 0);

	/* nobody listens any more */
	joint_put(&a->je, (const uint8_t *)"x", 1);
	joint_writable(&a->je);
	joint_fin(&b->je);
	joint_broken(&b->je, TUNNEL_GONE);
	assert_int_equal(o.closed, 1);
	mem_deref(a);
	mem_deref(b);
}


static void what_is_not_taken_is_kept(void **state)
{
	static uint8_t data[JOINT_KEPT_MAX];
	struct fake *a = fake_new(SIZE_MAX), *b = fake_new(10);
	struct outcome o;
	size_t sent = 0;
	(void)state;

	fill(data, sizeof(data), 1);
	begin(&o, a, b);
	joint_put(&a->je, data, 100);
	sent = 100;
	assert_int_equal(b->len, 10);
	assert_int_equal(a->consumed, 10);
	assert_true(joint_waits(&a->je));
	assert_int_equal(a->drained, 1);

	/* it goes in its order, in pieces of all sizes */
	for (size_t n = 1; sent + n < sizeof(data); n = n * 3 / 2 + 1) {
		joint_put(&a->je, data + sent, n);
		sent += n;
		b->takes = n / 2 + 1;
		joint_writable(&b->je);
		assert_int_equal(a->consumed, b->len);
		assert_memory_equal(b->got, data, b->len);
	}
	joint_fin(&a->je);
	assert_int_equal(b->fins, 0);
	b->takes = SIZE_MAX;
	joint_writable(&b->je);
	assert_int_equal(b->len, sent);
	assert_memory_equal(b->got, data, sent);
	assert_int_equal(a->consumed, sent);
	assert_int_equal(b->fins, 1);
	assert_false(joint_waits(&a->je));
	joint_writable(&b->je);
	mem_deref(o.j);
	assert_int_equal(a->cuts, 1);
	assert_int_equal(b->cuts, 1);
	mem_deref(a);
	mem_deref(b);
}


static void the_last_octets_end_it(void **state)
{
	struct fake *a = fake_new(SIZE_MAX), *b = fake_new(0);
	struct outcome o;
	(void)state;

	begin(&o, a, b);
	joint_put(&a->je, (const uint8_t *)"last", 4);
	joint_fin(&a->je);
	joint_fin(&b->je);
	assert_int_equal(o.closed, 0);
	b->takes = 3;
	joint_writable(&b->je);
	assert_int_equal(o.closed, 0);
	b->takes = 3;
	joint_writable(&b->je);
	assert_int_equal(o.closed, 1);
	assert_int_equal(b->fins, 1);
	assert_memory_equal(b->got, "last", 4);
	mem_deref(a);
	mem_deref(b);
}


static void what_breaks_is_cut(void **state)
{
	struct fake *a = fake_new(SIZE_MAX), *b = fake_new(0);
	struct outcome o;
	(void)state;

	begin(&o, a, b);
	joint_put(&a->je, (const uint8_t *)"lost", 4);
	joint_broken(&b->je, TUNNEL_UNREACHABLE);
	assert_int_equal(o.closed, 1);
	assert_int_equal(o.why, TUNNEL_UNREACHABLE);
	assert_int_equal(a->cuts, 1);
	assert_int_equal(a->why, TUNNEL_UNREACHABLE);
	assert_int_equal(b->cuts, 0);
	mem_deref(a);
	mem_deref(b);
}


static void no_more_is_kept_than_said(void **state)
{
	static uint8_t data[JOINT_KEPT_MAX];
	struct fake *a = fake_new(SIZE_MAX), *b = fake_new(0);
	struct outcome o;
	(void)state;

	begin(&o, a, b);
	joint_put(&a->je, data, sizeof(data));
	assert_int_equal(o.closed, 0);
	joint_put(&a->je, data, 1);
	assert_int_equal(o.closed, 1);
	assert_int_equal(o.why, TUNNEL_LIMIT);
	assert_int_equal(a->cuts, 1);
	assert_int_equal(b->cuts, 1);
	mem_deref(a);
	mem_deref(b);
}


/* octets twice, and an end mark */
static int twice(struct mbuf *out, const uint8_t *p, size_t len, void *arg)
{
	int err = 0;
	(void)arg;

	if (!p)
		return mbuf_write_mem(out, (const uint8_t *)".", 1);
	while (len-- && !err) {
		err = mbuf_write_mem(out, p, 1);
		if (!err)
			err = mbuf_write_mem(out, p++, 1);
	}

	return err;
}


static void what_is_filtered_is_owed(void **state)
{
	static uint8_t data[JOINT_KEPT_MAX];
	struct fake *a = fake_new(SIZE_MAX), *b = fake_new(3);
	struct outcome o;
	(void)state;

	begin(&o, a, b);
	joint_filter(o.j, 0, twice, mem_zalloc(1, NULL));
	joint_put(&a->je, (const uint8_t *)"ab", 2);
	assert_memory_equal(b->got, "aab", 3);
	assert_int_equal(a->consumed, 0);
	assert_true(joint_waits(&a->je));
	joint_put(&a->je, (const uint8_t *)"c", 1);
	b->takes = 2;
	joint_writable(&b->je);
	assert_int_equal(a->consumed, 0);
	b->takes = 100;
	joint_writable(&b->je);
	assert_memory_equal(b->got, "aabbcc", 6);
	assert_int_equal(a->consumed, 3);
	assert_int_equal(a->drained, 2);
	joint_put(&b->je, (const uint8_t *)"as it is", 8);
	assert_int_equal(a->len, 8);
	b->takes = 0;
	joint_fin(&a->je);
	joint_fin(&b->je);
	assert_int_equal(o.closed, 0);
	b->takes = 1;
	joint_writable(&b->je);
	assert_memory_equal(b->got, "aabbcc.", 7);
	assert_int_equal(o.closed, 1);
	assert_int_equal(o.why, TUNNEL_OK);
	mem_deref(a);
	mem_deref(b);

	/* it can't grow without end */
	a = fake_new(SIZE_MAX);
	b = fake_new(0);
	begin(&o, a, b);
	joint_filter(o.j, 0, twice, NULL);
	joint_put(&a->je, data, sizeof(data));
	joint_put(&a->je, data, sizeof(data));
	assert_int_equal(o.closed, 0);
	joint_put(&a->je, data, 1);
	assert_int_equal(o.why, TUNNEL_LIMIT);
	mem_deref(a);
	mem_deref(b);
}


struct allowance {
	size_t left, went;
	unsigned asked;
};


static size_t may(size_t len, uint32_t *wait, void *arg)
{
	struct allowance *al = arg;

	++al->asked;
	*wait = 1;

	return len < al->left ? len : al->left;
}


static void went(size_t len, void *arg)
{
	struct allowance *al = arg;

	al->left -= len;
	al->went += len;
}


static const struct joint_pace pace = {.mayh = may, .wenth = went};


static void as_fast_as_it_may(void **state)
{
	struct allowance al = {.left = 10};
	struct fake *a = fake_new(SIZE_MAX), *b = fake_new(SIZE_MAX);
	uint8_t data[100];
	struct outcome o;
	(void)state;

	fill(data, sizeof(data), 3);
	begin(&o, a, b);
	joint_pace(o.j, 0, &pace, &al);
	joint_put(&a->je, data, sizeof(data));
	assert_int_equal(b->len, 10);
	assert_int_equal(a->consumed, 10);
	assert_true(joint_waits(&a->je)); /* and so nothing more is read */
	joint_put(&b->je, data, 5);	  /* the other way is another */
	assert_int_equal(a->len, 5);

	/* neither because the other end could, nor after its time */
	joint_writable(&b->je);
	turn(20);
	assert_int_equal(b->len, 10);
	assert_true(al.asked > 2);

	al.left = 50;
	turn(20);
	assert_int_equal(b->len, 60);
	joint_fin(&a->je);
	assert_int_equal(b->fins, 0);

	/* what the other end does not take is not counted */
	al.left	 = 1000;
	b->takes = 15;
	turn(20);
	assert_int_equal(b->len, 75);
	assert_int_equal(al.went, 75);
	b->takes = SIZE_MAX;
	joint_writable(&b->je);
	assert_memory_equal(b->got, data, sizeof(data));
	assert_int_equal(b->len, sizeof(data));
	assert_int_equal(b->fins, 1);
	assert_int_equal(a->consumed, sizeof(data));

	/* nobody is asked when it is over */
	al.left = 0;
	mem_deref(o.j);
	al.asked = 0;
	turn(20);
	assert_int_equal(al.asked, 0);
	mem_deref(a);
	mem_deref(b);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(octets_go_on),
		cmocka_unit_test(what_is_not_taken_is_kept),
		cmocka_unit_test(the_last_octets_end_it),
		cmocka_unit_test(what_breaks_is_cut),
		cmocka_unit_test(no_more_is_kept_than_said),
		cmocka_unit_test(what_is_filtered_is_owed),
		cmocka_unit_test(as_fast_as_it_may),
	};

	return cmocka_run_group_tests(tests, loop_begin, loop_end);
}
