/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * h323gw/per with messages of real programs: what was decoded encodes to the
 * same octets, and rewriting addresses changes nothing else.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tests/unit/per_util.h"
#include "tests/unit/per_group.h"

static uint8_t out[PER_UTIL_LEN], back[PER_UTIL_LEN];


/* Captured messages, and values that another compiler's codec encoded. */
static size_t each(per_util_h *h, void *arg)
{
	return per_util_each(per, "h323.txt", h, arg) +
	       per_util_each(per, "h323-values.txt", h, arg);
}


static struct per_msg *decoded(const struct per_type *type, const uint8_t *buf,
			       size_t len)
{
	struct per_fault fault = {0};
	struct per_msg *m = NULL;

	assert_non_null(type);
	if (per_decode(&m, per, type, buf, len, &fault))
		fail_msg("%s at %zu of %zu: %s: %s", per_type_name(type),
			 fault.octet, len, fault.type, fault.what);
	return m;
}


static void same_octets(const struct per_type *type, const uint8_t *buf,
			size_t len, void *arg)
{
	struct per_msg *m = decoded(type, buf, len);
	size_t n = 0;

	(void)arg;
	assert_int_equal(per_msg_encode(m, out, sizeof(out), &n, NULL), 0);
	assert_int_equal(n, per_msg_len(m));
	assert_memory_equal(out, buf, n);
	assert_memory_equal(per_msg_octets(m), buf, n);
	per_msg_free(m);
}


static void roundtrip(void **state)
{
	(void)state;
	assert_true(each(same_octets, NULL) > 700);
}


/* Nested messages encoded anew, the innermost first, are what they were. */
static void renew(const struct per_type *type, const uint8_t *buf, size_t len,
		  void *arg)
{
	struct per_msg *m = decoded(type, buf, len);
	const struct per_nested *nested;
	size_t i = per_msg_nested(m, &nested), n = 0;

	while (i--) {
		if (!nested[i].value)
			continue;
		assert_int_equal(per_nested_changed(m, &nested[i]), 0);
		++*(size_t *)arg;
	}
	assert_int_equal(per_msg_encode(m, out, sizeof(out), &n, NULL), 0);
	assert_int_equal(n, per_msg_len(m));
	assert_memory_equal(out, buf, n);
	per_msg_free(m);
}


static void nested_anew(void **state)
{
	size_t total = 0;

	(void)state;
	each(renew, &total);
	assert_true(total > 50);
}


static bool to_itself(const struct per_addr *a, struct per_ipport *to,
		      void *arg)
{
	size_t *count = arg;

	(void)a;
	(void)to;
	++*count;
	return true;
}


static void itself(const struct per_type *type, const uint8_t *buf, size_t len,
		   void *arg)
{
	struct per_msg *m = decoded(type, buf, len);
	size_t *total = arg, count = 0, n = 0;

	assert_int_equal(per_rewrite(per, type, buf, len, to_itself, &count,
				     out, sizeof(out), &n, NULL), 0);
	assert_int_equal(n, len);
	assert_memory_equal(out, buf, n);
	assert_int_equal(count, per_msg_addrs(m, NULL));
	*total += count;
	per_msg_free(m);
}


static void rewrite_to_itself(void **state)
{
	size_t total = 0;

	(void)state;
	each(itself, &total);
	assert_true(total > 200);
}


static bool to_other(const struct per_addr *a, struct per_ipport *to,
		     void *arg)
{
	(void)arg;
	memset(to->ip, 0x5c, a->ip_len);
	to->port = 0x6d7e;
	return true;
}


/* Exactly the addresses' octets differ, and they read as what was put there. */
static void other(const struct per_type *type, const uint8_t *buf, size_t len,
		  void *arg)
{
	struct per_msg *m = decoded(type, buf, len), *m2;
	const struct per_addr *a, *b;
	const size_t count = per_msg_addrs(m, &a);
	size_t n = 0;

	(void)arg;
	memcpy(back, buf, len);
	for (size_t i = 0; i < count; i++) {
		assert_true(a[i].in_place);
		assert_memory_equal(buf + a[i].ip_off, a[i].ip, a[i].ip_len);
		memset(back + a[i].ip_off, 0x5c, a[i].ip_len);
		back[a[i].port_off] = 0x6d;
		back[a[i].port_off + 1] = 0x7e;
	}
	assert_int_equal(per_rewrite(per, type, buf, len, to_other, NULL, out,
				     sizeof(out), &n, NULL), 0);
	assert_int_equal(n, len);
	assert_memory_equal(out, back, n);

	m2 = decoded(type, out, n);
	assert_int_equal(per_msg_addrs(m2, &b), count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(b[i].port, 0x6d7e);
		assert_int_equal(b[i].ip[0], 0x5c);
	}
	per_msg_free(m2);
	per_msg_free(m);
}


static void rewrite_to_other(void **state)
{
	(void)state;
	each(other, NULL);
}


struct turn {
	const struct per_addr *old;
	size_t n;
};

static bool to_v6(const struct per_addr *a, struct per_ipport *to, void *arg)
{
	struct turn *t = arg;

	(void)a;
	to->ip_len = 16;
	memset(to->ip, 0xfd, 16);
	to->port = (uint16_t)(20000 + t->n++);
	return true;
}


static bool to_old(const struct per_addr *a, struct per_ipport *to, void *arg)
{
	struct turn *t = arg;
	const struct per_addr *old = &t->old[t->n++];

	assert_int_equal(a->ip_len, 16);
	assert_int_equal(a->port, 20000 + t->n - 1);
	to->ip_len = old->ip_len;
	memcpy(to->ip, old->ip, sizeof(to->ip));
	to->port = old->port;
	return true;
}


/* To IPv6 and back again is where it began: nothing was lost on the way. */
static void there_and_back(const struct per_type *type, const uint8_t *buf,
			   size_t len, void *arg)
{
	struct per_msg *m = decoded(type, buf, len);
	const size_t room = sizeof(out);
	struct turn t = {0};
	size_t n = 0, n2 = 0;
	const size_t count = per_msg_addrs(m, &t.old);

	(void)arg;
	assert_int_equal(per_rewrite(per, type, buf, len, to_v6, &t, out, room,
				     &n, NULL), 0);
	assert_int_equal(t.n, count);
	assert_true(count ? n >= len + count * 12 : n == len);
	t.n = 0;
	assert_int_equal(per_rewrite(per, type, out, n, to_old, &t, back, room,
				     &n2, NULL), 0);
	assert_int_equal(t.n, count);
	assert_int_equal(n2, len);
	assert_memory_equal(back, buf, len);
	per_msg_free(m);
}


static void rewrite_resized(void **state)
{
	(void)state;
	per_util_each(per, "h323.txt", there_and_back, NULL);
}


static bool leave(const struct per_addr *a, struct per_ipport *to, void *arg)
{
	(void)a;
	(void)to;
	(void)arg;
	return false;
}


/* Every beginning of a message is refused in peace, or is one by itself. */
static void cut(const struct per_type *type, const uint8_t *buf, size_t len,
		void *arg)
{
	uint8_t *own;

	(void)arg;
	for (size_t n = 0; n < len; n++) {
		struct per_fault fault = {0};
		struct per_msg *m = NULL;
		size_t len2;
		int err;

		/* exactly as long, so that a sanitizer sees reading on */
		own = malloc(n + !n);
		assert_non_null(own);
		memcpy(own, buf, n);
		err = per_decode(&m, per, type, own, n, &fault);
		if (err) {
			assert_int_equal(err, EBADMSG);
			assert_non_null(fault.what);
			assert_non_null(fault.type);
		}
		else
			per_msg_free(m);
		/* and where it lies, not in a copy */
		assert_int_equal(per_rewrite(per, type, own, n, leave, NULL,
					     out, sizeof(out), &len2, NULL),
				 err);
		free(own);
	}
}


static void truncated(void **state)
{
	(void)state;
	each(cut, NULL);
}


static void starve(const struct per_type *type, const uint8_t *buf, size_t len,
		   void *arg)
{
	struct per_util_mem mem = {0};
	struct per_conf conf = {0};
	struct per *poor;
	size_t n = 0;
	int err = ENOMEM;

	(void)arg;
	per_util_mem(&conf, &mem);
	assert_int_equal(per_alloc(&poor, &conf), 0);
	type = per_type_find(poor, per_type_name(type));
	for (size_t i = 1; err == ENOMEM; i++) {
		struct turn t = {0};
		struct per_msg *m = NULL;

		mem.calls = 0;
		mem.fail_at = i;
		err = per_decode(&m, poor, type, buf, len, NULL);
		if (!err)
			per_msg_free(m);
		assert_int_equal(mem.live, 0);
		if (err)
			continue;

		mem.calls = 0;
		err = per_rewrite(poor, type, buf, len, to_v6, &t, out,
				  sizeof(out), &n, NULL);
		assert_int_equal(mem.live, 0);
	}
	assert_int_equal(err, 0);
	per_free(poor);
}


static void out_of_memory(void **state)
{
	(void)state;
	each(starve, NULL);
}


struct seen {
	unsigned depth;
	size_t fields, nested;
};

static int see(const struct per_field *f, bool leave, void *arg)
{
	struct seen *s = arg;

	if (leave) {
		assert_int_equal(f->depth, s->depth - 1);
		--s->depth;
		return 0;
	}
	assert_int_equal(f->depth, s->depth);
	assert_true(!f->up == !f->depth);
	assert_non_null(f->type_name);
	if (f->kind == PER_SEQUENCE || f->kind == PER_SEQUENCE_OF ||
	    f->kind == PER_CHOICE || f->kind == PER_NESTED)
		++s->depth;
	if (f->kind == PER_CHOICE)
		assert_non_null(f->label);
	s->nested += f->kind == PER_NESTED;
	++s->fields;
	return 0;
}


static void look(const struct per_type *type, const uint8_t *buf, size_t len,
		 void *arg)
{
	struct per_msg *m = decoded(type, buf, len);
	const struct per_nested *nested;
	const size_t n = per_msg_nested(m, &nested);
	struct seen s = {0};
	size_t good = 0;

	for (size_t i = 0; i < n; i++) {
		assert_true(!nested[i].value == !!nested[i].err);
		assert_ptr_equal(per_nested_find(m, nested[i].carrier),
				 &nested[i]);
		good += nested[i].value != NULL;
	}
	assert_int_equal(per_msg_walk(m, see, &s), 0);
	assert_int_equal(s.depth, 0);
	assert_int_equal(s.nested, good);
	*(size_t *)arg += s.nested;
	per_msg_free(m);
}


static void walk(void **state)
{
	size_t nested = 0;

	(void)state;
	each(look, &nested);
	assert_true(nested > 50);
}


struct carried {
	size_t indication, traversal, call, keepalive;
};

static void carried(const struct per_type *type, const uint8_t *buf,
		    size_t len, void *arg)
{
	struct per_msg *m = decoded(type, buf, len);
	const struct per_nested *nested;
	const struct per_addr *a;
	size_t n = per_msg_nested(m, &nested);
	struct carried *c = arg;

	for (size_t i = 0; i < n; i++) {
		const char *name = per_type_name(nested[i].type);

		c->indication += !strcmp(name, "IncomingCallIndication");
		c->traversal += !strcmp(name, "TraversalParameters");
	}
	n = per_msg_addrs(m, &a);
	for (size_t i = 0; i < n; i++) {
		c->call += per_addr_within(&a[i], "raw") &&
			   per_addr_within(&a[i], "callSignallingAddress");
		c->keepalive += per_addr_within(&a[i], "octetString") &&
				per_addr_within(&a[i], "keepAliveChannel");
	}
	per_msg_free(m);
}


/* H.460.18 and H.460.19 lie in generic data, and their addresses are found. */
static void generic_data(void **state)
{
	struct carried c = {0};

	(void)state;
	per_util_each(per, "h323.txt", carried, &c);
	assert_true(c.indication > 0);
	assert_true(c.traversal > 0);
	assert_int_equal(c.call, c.indication);
	assert_true(c.keepalive > 0);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roundtrip),
		cmocka_unit_test(nested_anew),
		cmocka_unit_test(rewrite_to_itself),
		cmocka_unit_test(rewrite_to_other),
		cmocka_unit_test(rewrite_resized),
		cmocka_unit_test(truncated),
		cmocka_unit_test(out_of_memory),
		cmocka_unit_test(walk),
		cmocka_unit_test(generic_data),
	};

	return cmocka_run_group_tests(tests, per_group_begin, per_group_end);
}
