/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file bytes_util.c  Joints under test: ends of the test's, and what became
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tests/unit/bytes_util.h"


static size_t fake_write(struct joint_end *je, const uint8_t *p, size_t len)
{
	struct fake *f = (struct fake *)je;

	if (len > f->takes)
		len = f->takes;
	assert_true(f->len + len <= sizeof(f->got));
	assert_int_equal(f->fins, 0);
	memcpy(f->got + f->len, p, len);
	f->len += len;
	f->takes -= len;

	return len;
}


static void fake_fin(struct joint_end *je)
{
	++((struct fake *)je)->fins;
}


static void fake_consumed(struct joint_end *je, size_t len, bool all)
{
	struct fake *f = (struct fake *)je;

	f->consumed += len;
	f->drained += all;
}


static void fake_cut(struct joint_end *je, enum tunnel_reason why)
{
	struct fake *f = (struct fake *)je;

	++f->cuts;
	f->why = why;
}


static const struct joint_ops fake_ops = {
	.write	  = fake_write,
	.fin	  = fake_fin,
	.consumed = fake_consumed,
	.cut	  = fake_cut,
};


struct fake *fake_new(size_t takes)
{
	struct fake *f = mem_zalloc(sizeof(*f), NULL);

	assert_non_null(f);
	f->je.ops = &fake_ops;
	f->takes  = takes;
	return f;
}


void on_close(struct joint *j, enum tunnel_reason why, void *arg)
{
	struct outcome *o = arg;

	assert_ptr_equal(o->j, j);
	assert_true(joint_closed(j));
	++o->closed;
	o->why = why;
	o->j   = mem_deref(j);
}


void fill(uint8_t *p, size_t len, unsigned seed)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(seed + i * 7 + (i >> 8));
}


static void on_tmr(void *arg)
{
	(void)arg;
	re_cancel();
}


void turn(unsigned ms)
{
	struct tmr tmr = {0};

	tmr_start(&tmr, ms, on_tmr, NULL);
	(void)re_main(NULL);
	tmr_cancel(&tmr);
}
