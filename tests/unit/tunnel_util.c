/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tunnel_util.c  Two ends of a tunnel, and a wire between them
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tests/unit/tunnel_util.h"


static void on_accept(struct channel *ch, void *arg)
{
	struct user *u = arg;

	assert_ptr_equal(u->ch, ch);
	++u->accepted;
}


static void on_recv(struct channel *ch, const uint8_t *p, size_t len,
		    void *arg)
{
	struct user *u = arg;

	++u->messages;
	u->got->pos = u->got->end;
	assert_int_equal(mbuf_write_mem(u->got, p, len), 0);
	if (!u->hold)
		channel_consumed(ch, len);
}


static void on_sendable(struct channel *ch, void *arg)
{
	(void)ch;
	++((struct user *)arg)->sendable;
}


static void on_fin(struct channel *ch, void *arg)
{
	(void)ch;
	++((struct user *)arg)->fins;
}


static void on_close(struct channel *ch, enum tunnel_reason why, void *arg)
{
	struct user *u = arg;
	(void)ch;

	++u->closed;
	u->why = why;
	u->ch  = NULL;
}


static const struct channel_handlers user_handlers = {
	.accepth   = on_accept,
	.recvh	   = on_recv,
	.sendableh = on_sendable,
	.finh	   = on_fin,
	.closeh	   = on_close,
};


struct user *user_new(struct end *e)
{
	struct user *u;

	assert_true(e->userc < MESSAGES);
	u      = &e->users[e->userc++];
	u->got = mbuf_alloc(64);
	assert_non_null(u->got);
	return u;
}


static void on_open(struct tunnel *t, struct channel *ch, const char *what,
		    size_t len, void *arg)
{
	struct end *e = arg;
	struct user *u;
	(void)t;

	++e->opens;
	assert_true(len < sizeof(e->what));
	memcpy(e->what, what, len);
	e->what[len] = '\0';
	if (e->refuse) {
		channel_reset(ch, e->refuse);
		return;
	}
	u     = user_new(e);
	u->ch = ch;
	assert_int_equal(channel_accept(ch, &user_handlers, u), 0);
}


static void on_end(struct tunnel *t, enum tunnel_reason why, void *arg)
{
	struct end *e = arg;
	(void)t;

	++e->ends;
	e->why = why;
}


const struct tunnel_handlers end_handlers = {
	.openh = on_open,
	.endh  = on_end,
};


void join(struct world *w)
{
	uint64_t r[ENDS];

	for (int i = 0; i < ENDS; i++) {
		r[i]	  = tunnel_received(w->e[i].t);
		w->len[i] = 0;
	}
	for (int i = 0; i < ENDS; i++)
		assert_int_equal(tunnel_attach(w->e[i].t, r[1 - i]), 0);
}


int world_setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	for (int i = 0; i < ENDS; i++)
		assert_int_equal(tunnel_alloc(&w->e[i].t, (enum tunnel_side)i,
					      &end_handlers, &w->e[i]),
				 0);
	join(w);
	*state = w;
	return 0;
}


int world_teardown(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < ENDS; i++) {
		mem_deref(w->e[i].t);
		for (unsigned k = 0; k < w->e[i].userc; k++) {
			mem_deref(w->e[i].users[k].got);
			assert_null(w->e[i].users[k].ch);
		}
	}
	free(w);
	return 0;
}


bool emit(struct world *w, int i)
{
	uint8_t *p = w->wire[i] + w->len[i];
	size_t n;

	if (w->len[i] + ROOM > sizeof(w->wire[i]))
		return false;
	n = tunnel_output(w->e[i].t, p, ROOM);
	w->len[i] += n;
	return n > 0;
}


int deliver(struct world *w, int i, size_t max)
{
	size_t n = w->len[i] < max ? w->len[i] : max, at = 0;
	int err = 0;

	while (at < n && !err) {
		size_t m = w->chunk && w->chunk < n - at ? w->chunk : n - at;

		err = tunnel_input(w->e[1 - i].t, w->wire[i] + at, m);
		at += m;
	}
	memmove(w->wire[i], w->wire[i] + n, w->len[i] - n);
	w->len[i] -= n;
	return err;
}


void run(struct world *w)
{
	bool more;

	do {
		more = false;
		for (int i = 0; i < ENDS; i++) {
			more |= emit(w, i);
			assert_int_equal(deliver(w, i, SIZE_MAX), 0);
		}
	} while (more);
}


struct user *open_channel(struct world *w, int i, enum channel_kind kind,
			  const char *what)
{
	struct user *u = user_new(&w->e[i]);

	assert_int_equal(tunnel_open(&u->ch, w->e[i].t, kind, what,
				     strlen(what), &user_handlers, u),
			 0);
	return u;
}


void fill(uint8_t *p, size_t len, unsigned seed)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(seed + i * 7 + (i >> 8));
}
