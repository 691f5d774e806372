/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * h323gw/conn: connections over socket pairs and loopback. What a peer does is
 * done with plain send() and recv() on the other end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <unistd.h>
#include <fcntl.h>
#include <cmocka.h>
#include "rpc/libre.h"
#include "h323gw/conn/conn.h"
#include "tests/unit/re_until.h"


enum {
	GUARD = 5000,	/* ms, until a test that hangs has failed */
};

struct world {
	struct conns *cs;
	struct conn *c;
	int peer;		/* the other end */
	uint8_t got[65536];
	size_t len, messages, ups;
	int closed;		/* -1: not yet */
	int up;
	bool drop, finish;	/* in the handler */
	size_t want;		/* messages to wait for */
	int accepted;
	struct addr from;
	bool timeout;
};


static void on_recv(const uint8_t *p, size_t len, void *arg)
{
	struct world *w = arg;

	assert_true(len > 0 && w->len + len <= sizeof(w->got));
	memcpy(w->got + w->len, p, len);
	w->len += len;
	++w->messages;
	if (w->drop || w->finish) {
		struct conn *c = w->c;

		w->c = NULL;
		if (w->drop)
			conn_drop(c);
		else
			conn_finish(c);
	}
	if (w->messages == w->want)
		re_cancel();
}


static void on_close(int err, void *arg)
{
	struct world *w = arg;

	assert_int_equal(w->closed, -1);
	w->closed = err;
	conn_drop(w->c);
	w->c = NULL;
	re_cancel();
}


static void on_up(int err, void *arg)
{
	struct world *w = arg;

	w->up = err;
	++w->ups;
	if (err) {
		conn_drop(w->c);
		w->c = NULL;
	}
	re_cancel();
}


static void on_accept(int fd, const struct addr *peer, void *arg)
{
	struct world *w = arg;

	if (w->accepted >= 0)
		(void)close(w->accepted);
	w->accepted = fd;
	w->from	    = *peer;
	re_cancel();
}


static void on_guard(void *arg)
{
	struct world *w = arg;

	w->timeout = true;
	re_cancel();
}


/* until something has happened; false: nothing did for so long */
static bool run_for(struct world *w, uint32_t ms)
{
	struct tmr tmr;

	tmr_init(&tmr);
	w->timeout = false;
	tmr_start(&tmr, ms, on_guard, w);
	(void)re_main(NULL);
	tmr_cancel(&tmr);

	return !w->timeout;
}


static void run(struct world *w)
{
	assert_true(run_for(w, GUARD));
}


static struct conn_handlers handlers(struct world *w)
{
	return (struct conn_handlers){on_recv, on_close, w};
}


static void begin(struct world *w, const struct conns_conf *conf)
{
	static const struct conns_conf usual = {
		.max = 10, .source_max = 5, .connect = 2000, .first = 2000,
		.partial = 2000, .keepalive = 60000, .finish = 2000};

	memset(w, 0, sizeof(*w));
	w->closed   = -1;
	w->up	    = -1;
	w->accepted = -1;
	w->peer	    = -1;
	assert_int_equal(conns_alloc(&w->cs, conf ? conf : &usual), 0);
}


static void pair(struct world *w, const char *source)
{
	const struct conn_handlers h = handlers(w);
	int sv[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	assert_int_equal(fcntl(sv[0], F_SETFL, O_NONBLOCK), 0);
	w->peer = sv[1];
	assert_int_equal(conn_take(&w->c, w->cs, sv[0], source, &h), 0);
}


static void end(struct world *w)
{
	conn_drop(w->c);
	if (w->peer >= 0)
		(void)close(w->peer);
	if (w->accepted >= 0)
		(void)close(w->accepted);
	assert_int_equal(conns_count(w->cs) -
				 (w->finish ? conns_count(w->cs) : 0),
			 0);
	mem_deref(w->cs);
}


static void put(struct world *w, const char *octets, size_t len)
{
	assert_int_equal(write(w->peer, octets, len), (ssize_t)len);
}


static void test_messages(void **state)
{
	static const char stream[] = "\3\0\0\6ab"
				     "\3\0\0\4"
				     "\3\0\0\5c";
	struct world w;
	(void)state;

	begin(&w, NULL);
	pair(&w, "192.0.2.1");
	w.want = 2;
	put(&w, stream, 3);
	assert_false(run_for(&w, 20));
	put(&w, stream + 3, sizeof(stream) - 1 - 3);
	run(&w);
	assert_int_equal(w.len, 3);
	assert_memory_equal(w.got, "abc", 3);
	(void)close(w.peer);
	w.peer = -1;
	run(&w);
	assert_int_equal(w.closed, 0);
	end(&w);
}


static void test_send(void **state)
{
	uint8_t buf[16];
	struct world w;
	(void)state;

	begin(&w, NULL);
	pair(&w, NULL);
	assert_int_equal(conn_send(w.c, (const uint8_t *)"xyz", 3), 0);
	assert_int_equal(read(w.peer, buf, sizeof(buf)), 7);
	assert_memory_equal(buf, "\3\0\0\7xyz", 7);
	end(&w);
}


static void test_malformed(void **state)
{
	struct world w;
	(void)state;

	begin(&w, NULL);
	pair(&w, "192.0.2.1");
	put(&w, "GET / HTTP/1.0\r\n\r\n", 18);
	run(&w);
	assert_int_equal(w.closed, EBADMSG);
	assert_int_equal(conns_stats(w.cs)->malformed, 1);
	end(&w);
}


/* nothing at all; a message that never ends, though octets come */
static void test_slow(void **state)
{
	const struct conns_conf conf = {.max = 9, .source_max = 9, .first = 40,
					.partial = 40, .keepalive = 60000};
	struct world w;
	(void)state;

	begin(&w, &conf);
	pair(&w, "192.0.2.1");
	put(&w, "\3\0\0", 3);
	run(&w);
	assert_int_equal(w.closed, ETIMEDOUT);
	(void)close(w.peer);

	w.closed = -1;
	pair(&w, "192.0.2.1");
	put(&w, "\3\0\0\5a\3\0\0\6b", 10);
	run(&w);
	assert_int_equal(w.messages, 1);
	assert_int_equal(w.closed, ETIMEDOUT);
	assert_int_equal(conns_stats(w.cs)->slow, 2);
	end(&w);
}


static void test_alive(void **state)
{
	const struct conns_conf conf = {.max = 9, .source_max = 9,
					.first = 60000, .partial = 60000,
					.keepalive = 10};
	uint8_t buf[8];
	struct world w;
	(void)state;

	begin(&w, &conf);
	pair(&w, NULL);
	assert_false(run_for(&w, 25));
	assert_true(read(w.peer, buf, sizeof(buf)) >= 4);
	assert_memory_equal(buf, "\3\0\0\4", 4);
	end(&w);
}


/* each that is silent has its own, also when another ends before its turn, or
 * sends and so goes behind the others */
static void test_alive_each(void **state)
{
	const struct conns_conf conf = {.max = 9, .source_max = 9,
					.first = 60000, .partial = 60000,
					.keepalive = 40};
	struct conn *c[3];
	int peer[3];
	uint8_t buf[64];
	struct world w;
	(void)state;

	begin(&w, &conf);
	for (int i = 0; i < 3; i++) {
		pair(&w, NULL);
		c[i]	= w.c;
		peer[i] = w.peer;
	}
	conn_drop(c[0]);
	assert_int_equal(conn_send(c[1], (const uint8_t *)"x", 1), 0);
	assert_true(read(peer[1], buf, sizeof(buf)) == 5);
	assert_false(run_for(&w, 100));
	for (int i = 1; i < 3; i++) {
		assert_true(read(peer[i], buf, sizeof(buf)) >= 4);
		assert_memory_equal(buf, "\3\0\0\4", 4);
	}
	assert_int_equal(read(peer[0], buf, sizeof(buf)), 0);
	conn_drop(c[1]);
	assert_int_equal(close(peer[0]) | close(peer[1]), 0);
	end(&w);
}


/* a peer that never reads costs so much memory and no more */
static void test_overflow(void **state)
{
	static uint8_t big[60000];
	struct world w;
	unsigned n = 0;
	int err	   = 0;
	(void)state;

	begin(&w, NULL);
	pair(&w, NULL);
	while (!err && ++n < 1000)
		err = conn_send(w.c, big, sizeof(big));
	assert_int_equal(err, ENOBUFS);
	assert_int_equal(w.closed, -1);
	assert_int_equal(conn_send(w.c, big, 1), ENOTCONN);
	run(&w);
	assert_int_equal(w.closed, ENOBUFS);
	end(&w);
}


static void test_drop_within(void **state)
{
	struct world w;
	(void)state;

	begin(&w, NULL);
	pair(&w, "192.0.2.1");
	w.drop = true;
	w.want = 1;
	put(&w, "\3\0\0\5a\3\0\0\5b", 10);
	run(&w);
	assert_int_equal(w.messages, 1);
	assert_int_equal(w.closed, -1);
	end(&w);
}


/* what was said last goes out, however slowly they read */
static void test_finish(void **state)
{
	static uint8_t big[60000];
	size_t sent = 0, got = 0;
	struct world w;
	ssize_t n;
	(void)state;

	begin(&w, NULL);
	pair(&w, NULL);
	for (unsigned i = 0; i < 6; i++) {
		assert_int_equal(conn_send(w.c, big, sizeof(big)), 0);
		sent += 4 + sizeof(big);
	}
	conn_finish(w.c);
	w.c = NULL;
	assert_int_equal(fcntl(w.peer, F_SETFL, O_NONBLOCK), 0);
	for (unsigned i = 0; i < 100; i++) {
		while ((n = read(w.peer, big, sizeof(big))) > 0)
			got += (size_t)n;
		if (!n)
			break;
		(void)run_for(&w, 5);
	}
	assert_int_equal(got, sent);
	assert_int_equal(conns_count(w.cs), 0);

	/* one that never gets rid of it ends with the others */
	(void)close(w.peer);
	pair(&w, NULL);
	for (unsigned i = 0; i < 4; i++)
		(void)conn_send(w.c, big, sizeof(big));
	conn_finish(w.c);
	w.c	 = NULL;
	w.finish = true;
	end(&w);
}


static void test_limits(void **state)
{
	const struct conns_conf conf = {.max = 3, .source_max = 2,
					.first = 60000, .partial = 60000,
					.keepalive = 60000};
	static const char *const sources[] = {"a", "a", "a", "b", "c"};
	struct conn_handlers h;
	struct conn *c[5] = {NULL};
	struct world w;
	int sv[2], err[5];
	(void)state;

	begin(&w, &conf);
	h = handlers(&w);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
		err[i] = conn_take(&c[i], w.cs, sv[0], sources[i], &h);
		(void)close(sv[1]);
	}
	assert_int_equal(err[0] | err[1] | err[3], 0);
	assert_int_equal(err[2], EMFILE);
	assert_int_equal(err[4], EMFILE);
	assert_int_equal(conns_stats(w.cs)->refused_source, 1);
	assert_int_equal(conns_stats(w.cs)->refused_max, 1);

	/* room again when one is gone */
	conn_drop(c[3]);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	assert_int_equal(conn_take(&c[3], w.cs, sv[0], "c", &h), 0);
	(void)close(sv[1]);
	conn_drop(c[0]);
	conn_drop(c[1]);
	conn_drop(c[3]);
	end(&w);
}


static void test_connect(void **state)
{
	struct conn_listener *l = NULL, *other = NULL;
	struct conn_handlers h;
	struct addr ip, who;
	struct world w;
	(void)state;

	begin(&w, NULL);
	h = handlers(&w);
	assert_int_equal(addr_parse(&ip, "127.0.0.1", 0), 0);
	assert_int_equal(addr_parse(&who, "127.0.0.2", 0), 0);
	assert_int_equal(conn_listen_range(&l, w.cs, &ip, 39710, 39730, &who,
					   on_accept, &w),
			 0);
	assert_int_equal(conn_listen_range(&other, w.cs, &ip, 39710, 39730,
					   NULL, on_accept, &w),
			 0);
	assert_int_not_equal(addr_port(conn_listener_addr(l)),
			     addr_port(conn_listener_addr(other)));

	/* somebody else than who was waited for is cut off, and it goes on */
	assert_int_equal(conn_connect(&w.c, w.cs, &ip, conn_listener_addr(l),
				      &h, on_up),
			 0);
	while (w.closed == -1 && w.up <= 0)
		run(&w);
	assert_int_equal(w.ups, 1);
	assert_int_equal(w.accepted, -1);
	assert_int_equal(conns_stats(w.cs)->refused_other, 1);
	w.closed = -1;
	assert_int_equal(conn_connect(&w.c, w.cs, &who, conn_listener_addr(l),
				      &h, on_up),
			 0);
	assert_int_equal(conn_send(w.c, (const uint8_t *)"!", 1), 0);
	while (w.accepted < 0 || w.ups < 2)
		run(&w);
	assert_int_equal(w.up, 0);
	assert_true(addr_ip_eq(&w.from, &who));
	mem_deref(l);
	mem_deref(other);
	end(&w);
}


static void test_connect_refused(void **state)
{
	struct conn_listener *l = NULL;
	struct conn_handlers h;
	struct addr at;
	struct world w;
	int err;
	(void)state;

	begin(&w, NULL);
	h = handlers(&w);
	assert_int_equal(addr_parse(&at, "127.0.0.1", 0), 0);
	assert_int_equal(conn_listen(&l, w.cs, &at, on_accept, &w), 0);
	at = *conn_listener_addr(l);
	mem_deref(l);
	err = conn_connect(&w.c, w.cs, NULL, &at, &h, on_up);
	if (!err) {
		run(&w);
		err = w.up;
	}
	assert_int_equal(err, ECONNREFUSED);
	end(&w);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_send),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_alive),
		cmocka_unit_test(test_alive_each),
		cmocka_unit_test(test_overflow),
		cmocka_unit_test(test_drop_within),
		cmocka_unit_test(test_finish),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_connect),
		cmocka_unit_test(test_connect_refused),
	};

	return cmocka_run_group_tests_name("conn", tests, loop_begin,
					   loop_end);
}
