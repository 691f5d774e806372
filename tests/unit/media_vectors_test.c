/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file media_vectors_test.c  h323gw/media: messages of real programs leave
 * without a sender's address
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <MultimediaSystemControlMessage.h>
#include "tests/unit/streams_util.h"
#include "tests/unit/per_util.h"


struct vectors {
	struct world *w;
	size_t h245, olcs, addrs;
};


static void look_at(struct vectors *v, enum side from,
		    const struct per_type *type, const void *value)
{
	const struct OpenLogicalChannel *olc = value;
	const struct media_olcs olcs = {&olc, 1};

	if (!strcmp(per_type_name(type), "OpenLogicalChannel")) {
		++v->olcs;
		(void)streams_fast(v->w->s, from, &olcs, v->olcs % 2);
	}
	else if (!strcmp(per_type_name(type),
			 "MultimediaSystemControlMessage")) {
		++v->h245;
		(void)streams_h245(v->w->s, from, value);
	}
}


static bool ours(const struct per_addr *a)
{
	return a->multicast || (a->ip[0] >= 224 && a->ip[0] < 240) ||
	       (a->ip[0] == 198 && a->ip[1] == 51) ||
	       !memcmp(a->ip, (const uint8_t[16]){0}, a->ip_len);
}


static void vector(const struct per_type *type, const uint8_t *buf, size_t len,
		   void *arg)
{
	static uint8_t out[PER_UTIL_LEN];
	struct vectors *v = arg;
	const struct per_nested *nested;
	const struct per_addr *addr;
	struct per_msg *msg;
	size_t n, k;

	if (!strcmp(per_type_name(type), "RasMessage") ||
	    per_decode(&msg, per, type, buf, len, NULL))
		return;
	for (int x = 0; x < SIDES; x++) {
		struct rewriting r = {v->w, (enum side)x};
		struct per_msg *back;

		look_at(v, (enum side)x, type, per_msg_value(msg));
		n = per_msg_nested(msg, &nested);
		for (k = 0; k < n; k++) {
			if (nested[k].value)
				look_at(v, (enum side)x, nested[k].type,
					nested[k].value);
		}
		relay(v->w);
		if (per_rewrite(per, type, buf, len, rewrite, &r, out,
				sizeof(out), &n, NULL))
			continue;
		assert_int_equal(per_decode(&back, per, type, out, n, NULL),
				 0);
		n = per_msg_addrs(back, &addr);
		for (k = 0; k < n; k++, v->addrs++)
			assert_true(ours(&addr[k]));
		per_msg_free(back);
	}
	per_msg_free(msg);
}


static void messages_of_real_programs(void **state)
{
	struct vectors v = {.w = *state};

	/* nobody in them is at our addresses */
	(void)per_util_each(per, "h323.txt", vector, &v);
	assert_true(v.h245 > 50);
	assert_true(v.olcs > 20);
	assert_true(v.addrs > 100);
	(void)per_util_each(per, "h323-values.txt", vector, &v);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(messages_of_real_programs),
	};

	return cmocka_run_group_tests_name("media_vectors", tests, NULL, NULL);
}
