/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * h323gw/conn: a connection that goes on over another descriptor. The far end,
 * which counts as an agent does, is played with plain send() and recv().
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <endian.h>
#include <errno.h>
#include <unistd.h>
#include <fcntl.h>
#include <cmocka.h>
#include "rpc/libre.h"
#include "h323gw/conn/conn.h"
#include "tests/unit/re_until.h"


#define NAME "office/0123456789abcdef"

struct world {
	struct conns *cs;
	struct conn *c;
	int peer;
	char got[256];
	size_t len;
	unsigned aways;
	int closed; /* -1: not yet */
	bool stirred; /* something came to a handler */
};


static void on_recv(const uint8_t *p, size_t len, void *arg)
{
	struct world *w = arg;

	memcpy(w->got + w->len, p, len);
	w->len += len;
	w->stirred = true;
}


static void on_close(int err, void *arg)
{
	struct world *w = arg;

	assert_int_equal(w->closed, -1);
	w->closed = err;
	conn_drop(w->c);
	w->c = NULL;
	w->stirred = true;
}


static void on_away(const char *name, void *arg)
{
	struct world *w = arg;

	assert_string_equal(name, NAME);
	++w->aways;
	w->stirred = true;
}


static bool has_stirred(const void *arg)
{
	return ((const struct world *)arg)->stirred;
}


/* until something has happened */
static void run(struct world *w)
{
	w->stirred = false;
	assert_true(re_until(has_stirred, w));
}


/* our end; the other one is w->peer */
static int pair(struct world *w)
{
	int sv[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	assert_int_equal(fcntl(sv[0], F_SETFL, O_NONBLOCK), 0);
	w->peer = sv[1];

	return sv[0];
}


static void begin(struct world *w)
{
	static const struct conns_conf conf = {
		.max = 10, .source_max = 5, .connect = 2000, .first = 2000,
		.partial = 2000, .keepalive = 60000, .finish = 2000};
	const struct conn_handlers h = {on_recv, on_close, w};

	memset(w, 0, sizeof(*w));
	w->closed = -1;
	assert_int_equal(conns_alloc(&w->cs, &conf), 0);
	conns_away_handler(w->cs, on_away, w);
	assert_int_equal(conn_take(&w->c, w->cs, pair(w), "agent:office", &h),
			 0);
	assert_int_equal(conn_lasts(w->c, NAME), 0);
	assert_int_equal(conn_lasts(w->c, "other"), EEXIST);
}


static void end(struct world *w)
{
	conn_drop(w->c);
	if (w->peer >= 0)
		(void)close(w->peer);
	assert_int_equal(conns_count(w->cs), 0);
	mem_deref(w->cs);
}


static void peer_says(struct world *w, const char *octets, size_t len)
{
	assert_int_equal(write(w->peer, octets, len), (ssize_t)len);
}


static void peer_hears(struct world *w, const char *octets, size_t len)
{
	char buf[256];

	assert_int_equal(read(w->peer, buf, sizeof(buf)), (ssize_t)len);
	assert_memory_equal(buf, octets, len);
}


static void we_say(struct world *w, const char *text)
{
	assert_int_equal(conn_send(w->c, (const uint8_t *)text, strlen(text)),
			 0);
}


static void peer_goes(struct world *w)
{
	const unsigned before = w->aways;

	(void)close(w->peer);
	w->peer = -1;
	while (w->aways == before && w->closed < 0)
		run(w);
}


static void it_goes_on(void **state)
{
	struct world w;
	(void)state;

	begin(&w);
	we_say(&w, "ab");
	peer_hears(&w, "\3\0\0\6ab", 6);
	peer_says(&w, "\3\0\0\6xy\3\0\0\6", 10); /* and half a message */
	run(&w);
	we_say(&w, "lost");
	peer_goes(&w);
	assert_int_equal(w.closed, -1);
	we_say(&w, "later");

	assert_int_equal(conn_again(w.cs, NAME, 6, pair(&w)), 0);
	peer_hears(&w, "\0\0\0\0\0\0\0\12\3\0\0\10lost\3\0\0\11later", 25);
	peer_says(&w, "zz", 2);
	run(&w);
	assert_memory_equal(w.got, "xyzz", 4);
	we_say(&w, "on");
	peer_hears(&w, "\3\0\0\6on", 6);

	/* a second time, without anything lost */
	peer_goes(&w);
	assert_int_equal(conn_again(w.cs, NAME, 29, pair(&w)), 0);
	peer_hears(&w, "\0\0\0\0\0\0\0\14", 8);
	we_say(&w, "!");
	peer_hears(&w, "\3\0\0\5!", 5);
	end(&w);
}


/* the end of the old one has not been seen yet */
static void another_takes_its_place(void **state)
{
	struct world w;
	int old;
	(void)state;

	begin(&w);
	we_say(&w, "ab");
	old = w.peer;
	assert_int_equal(conn_again(w.cs, NAME, 0, pair(&w)), 0);
	peer_hears(&w, "\0\0\0\0\0\0\0\0\3\0\0\6ab", 14);
	(void)close(old);
	peer_says(&w, "\3\0\0\5c", 5);
	run(&w);
	assert_int_equal(w.closed, -1);
	assert_memory_equal(w.got, "c", 1);
	end(&w);
}


static void what_is_not_kept_ends_it(void **state)
{
	struct world w;
	(void)state;

	begin(&w);
	we_say(&w, "ab");
	peer_goes(&w);
	assert_int_equal(conn_again(w.cs, NAME, 7, pair(&w)), ERANGE);
	assert_int_equal(w.closed, ERANGE);
	(void)close(w.peer);
	assert_int_equal(conn_again(w.cs, NAME, 0, pair(&w)), ENOENT);
	end(&w);
}


static void it_is_said_to_be_gone(void **state)
{
	struct world w;
	(void)state;

	begin(&w);
	conns_gone(w.cs, NAME); /* it is not away */
	conns_gone(w.cs, "somebody/else");
	assert_int_equal(w.closed, -1);
	peer_goes(&w);
	assert_int_equal(w.closed, -1);
	conns_gone(w.cs, NAME);
	assert_int_equal(w.closed, 0);
	end(&w);
}


/* what is no TPKT ends it at once, and who reads nothing */
static void it_does_not_last_if_it_is_bad(void **state)
{
	struct world w;
	(void)state;

	begin(&w);
	peer_says(&w, "GET / HTTP/1.0\r\n\r\n", 18);
	run(&w);
	assert_int_equal(w.closed, EBADMSG);
	assert_int_equal(w.aways, 0);
	end(&w);

	begin(&w);
	peer_goes(&w);
	for (size_t n = 0; n < CONN_QUEUE_MAX; n += 16384) {
		static const uint8_t big[16384];

		(void)conn_send(w.c, big, sizeof(big));
	}
	run(&w);
	assert_int_equal(w.closed, ENOBUFS);
	end(&w);
}


/* nobody listens to one that is let go */
static void dropped_while_away(void **state)
{
	struct world w;
	(void)state;

	begin(&w);
	peer_goes(&w);
	conn_finish(w.c);
	w.c = NULL;
	assert_int_equal(conns_count(w.cs), 0);
	assert_int_equal(conn_again(w.cs, NAME, 0, pair(&w)), ENOENT);
	end(&w);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_goes_on),
		cmocka_unit_test(another_takes_its_place),
		cmocka_unit_test(what_is_not_kept_ends_it),
		cmocka_unit_test(it_is_said_to_be_gone),
		cmocka_unit_test(it_does_not_last_if_it_is_bad),
		cmocka_unit_test(dropped_while_away),
	};

	return cmocka_run_group_tests_name("conn_lasting", tests, loop_begin,
					   loop_end);
}
