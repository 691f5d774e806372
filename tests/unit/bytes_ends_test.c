/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file bytes_ends_test.c  lib/bytes: ends that are channels of two tunnels,
 * carried by hand, and sockets on loopback
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <unistd.h>
#include <cmocka.h>
#include "tests/unit/bytes_util.h"
#include "tunnel/frame.h"


struct world {
	struct tunnel *t[2]; /* server, agent */
	struct joint_end *ch[2];
	struct fake *f[2];
	struct outcome o[2];
};


static struct fake *fakes(struct world *w, int i)
{
	if (!w->f[i])
		w->f[i] = fake_new(SIZE_MAX);
	return w->f[i];
}


static void joined(struct world *w, int i, struct channel *ch)
{
	assert_int_equal(end_channel(&w->ch[i], ch), 0);
	assert_int_equal(joint_alloc(&w->o[i].j, w->ch[i], &fakes(w, i)->je, 0,
				     on_close, &w->o[i]), 0);
}


static void on_open(struct tunnel *t, struct channel *ch, const char *what,
		    size_t len, void *arg)
{
	static const struct channel_handlers none;
	(void)t;
	(void)what;
	(void)len;

	assert_int_equal(channel_accept(ch, &none, NULL), 0);
	joined(arg, 1, ch);
}


static const struct tunnel_handlers tunnel_handlers = {.openh = on_open};


static void carry(struct world *w)
{
	static uint8_t buf[4 * FRAME_MAX];
	size_t n, m;

	do {
		n = tunnel_output(w->t[0], buf, sizeof(buf));
		assert_int_equal(tunnel_input(w->t[1], buf, n), 0);
		m = tunnel_output(w->t[1], buf, sizeof(buf));
		assert_int_equal(tunnel_input(w->t[0], buf, m), 0);
		tunnel_ack(w->t[0]);
		tunnel_ack(w->t[1]);
	} while (n || m);
}


static void world_begin(struct world *w)
{
	static const struct channel_handlers none;
	struct channel *ch;

	memset(w, 0, sizeof(*w));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(tunnel_alloc(&w->t[i], (enum tunnel_side)i,
					      &tunnel_handlers, w), 0);
		assert_int_equal(tunnel_attach(w->t[i], 0), 0);
	}
	assert_int_equal(tunnel_open(&ch, w->t[0], CHANNEL_BYTES, "x", 1,
				     &none, NULL), 0);
	joined(w, 0, ch);
	carry(w);
	assert_non_null(w->o[1].j);
}


static void world_end(struct world *w)
{
	for (int i = 0; i < 2; i++) {
		mem_deref(w->o[i].j);
		mem_deref(w->ch[i]);
		mem_deref(w->f[i]);
		mem_deref(w->t[i]);
	}
}


static void channels_hold_back(void **state)
{
	static uint8_t data[16384];
	struct world w;
	size_t sent = 0;
	(void)state;

	world_begin(&w);
	w.f[1]->takes = 0;
	while (!joint_waits(&w.f[0]->je)) {
		fill(data, sizeof(data), (unsigned)(sent / sizeof(data)));
		joint_put(&w.f[0]->je, data, sizeof(data));
		sent += sizeof(data);
		carry(&w);
		assert_true(sent < 10 * JOINT_KEPT_MAX);
	}
	assert_true(joint_octets(w.o[1].j, 0) <= JOINT_KEPT_MAX);
	joint_fin(&w.f[0]->je);
	carry(&w);
	for (unsigned i = 0; i < 1000 && w.f[1]->len < sent; i++) {
		w.f[1]->takes = 5000;
		joint_writable(&w.f[1]->je);
		if (w.f[1]->len > sizeof(w.f[1]->got) - 5000)
			break;
		carry(&w);
	}
	for (size_t i = 0; i < w.f[1]->len; i += sizeof(data)) {
		size_t n = w.f[1]->len - i;

		fill(data, sizeof(data), (unsigned)(i / sizeof(data)));
		assert_memory_equal(w.f[1]->got + i, data,
				    n < sizeof(data) ? n : sizeof(data));
	}
	world_end(&w);
}


static void channels_end(void **state)
{
	struct world w;
	(void)state;

	/* both say all, and one is slow to take it */
	world_begin(&w);
	w.f[1]->takes = 0;
	joint_put(&w.f[0]->je, (const uint8_t *)"there", 5);
	joint_fin(&w.f[0]->je);
	carry(&w);
	joint_put(&w.f[1]->je, (const uint8_t *)"back", 4);
	joint_fin(&w.f[1]->je);
	carry(&w);
	assert_int_equal(w.o[0].closed, 1);
	assert_int_equal(w.o[0].why, TUNNEL_OK);
	assert_memory_equal(w.f[0]->got, "back", 4);
	assert_int_equal(w.o[1].closed, 0);
	w.f[1]->takes = 100;
	joint_writable(&w.f[1]->je);
	assert_int_equal(w.o[1].closed, 1);
	assert_int_equal(w.o[1].why, TUNNEL_OK);
	assert_memory_equal(w.f[1]->got, "there", 5);
	world_end(&w);

	/* one breaks: the other end is cut */
	world_begin(&w);
	joint_broken(&w.f[0]->je, TUNNEL_UNREACHABLE);
	carry(&w);
	assert_int_equal(w.o[1].closed, 1);
	assert_int_equal(w.o[1].why, TUNNEL_UNREACHABLE);
	assert_int_equal(w.f[1]->cuts, 1);
	world_end(&w);

	/* the tunnel goes */
	world_begin(&w);
	w.t[1] = mem_deref(w.t[1]);
	assert_int_equal(w.o[1].why, TUNNEL_GONE);
	assert_int_equal(w.f[1]->cuts, 1);
	world_end(&w);
}


struct peer {
	int fd;
	struct joint_end *e;
	int err;
	bool done;
};


static void on_connect(struct joint_end *e, int err, void *arg)
{
	struct peer *p = arg;
	(void)e;

	p->err	= err;
	p->done = true;
	re_cancel();
}


static void peer_connect(struct peer *p)
{
	struct addr at, from;
	socklen_t len = sizeof(at.u);
	int fd = -1;

	memset(p, 0, sizeof(*p));
	assert_int_equal(addr_parse(&at, "127.0.0.1", 0), 0);
	assert_int_equal(end_listen(&fd, &at), 0);
	assert_int_equal(getsockname(fd, &at.u.sa, &len), 0);
	assert_int_equal(end_accept(&p->fd, fd, &from), EAGAIN);
	assert_int_equal(end_connect(&p->e, NULL, &at, 1000, on_connect, p),
			 0);
	turn(5000);
	assert_true(p->done);
	assert_int_equal(p->err, 0);
	assert_int_equal(end_accept(&p->fd, fd, &from), 0);
	(void)close(fd);
}


static void sockets_join(void **state)
{
	struct peer a, b;
	struct outcome o = {0};
	char buf[16];
	(void)state;

	peer_connect(&a);
	peer_connect(&b);
	assert_int_equal(joint_alloc(&o.j, a.e, b.e, 0, on_close, &o), 0);
	assert_int_equal(send(a.fd, "hello", 5, 0), 5);
	for (int i = 0; i < 100 && recv(b.fd, buf, 16, MSG_PEEK) != 5; i++)
		turn(10);
	assert_int_equal(recv(b.fd, buf, 16, 0), 5);
	assert_int_equal(shutdown(a.fd, SHUT_WR), 0);
	for (int i = 0; i < 100 && recv(b.fd, buf, 16, 0); i++)
		turn(10);
	assert_int_equal(recv(b.fd, buf, 16, 0), 0);
	assert_int_equal(o.closed, 0);
	assert_int_equal(send(b.fd, "bye", 3, 0), 3);
	assert_int_equal(shutdown(b.fd, SHUT_WR), 0);
	for (int i = 0; i < 100 && !o.closed; i++)
		turn(10);
	assert_int_equal(o.closed, 1);
	assert_int_equal(o.why, TUNNEL_OK);
	assert_int_equal(recv(a.fd, buf, 16, 0), 3);
	assert_int_equal(recv(a.fd, buf, 16, 0), 0);
	(void)close(a.fd);
	(void)close(b.fd);
	mem_deref(a.e);
	mem_deref(b.e);
}


static void sockets_are_cut(void **state)
{
	struct peer a, b;
	struct outcome o = {0};
	char buf[16];
	(void)state;

	peer_connect(&a);
	peer_connect(&b);
	assert_int_equal(joint_alloc(&o.j, a.e, b.e, 0, on_close, &o), 0);
	end_refuse(a.fd);
	for (int i = 0; i < 100 && !o.closed; i++)
		turn(10);
	assert_int_equal(o.why, TUNNEL_UNREACHABLE);
	assert_int_equal(recv(b.fd, buf, 16, 0), -1);
	assert_int_equal(errno, ECONNRESET);
	(void)close(b.fd);
	mem_deref(a.e);
	mem_deref(b.e);

	/* nothing moves */
	peer_connect(&a);
	peer_connect(&b);
	memset(&o, 0, sizeof(o));
	assert_int_equal(joint_alloc(&o.j, a.e, b.e, 20, on_close, &o), 0);
	for (int i = 0; i < 100 && !o.closed; i++)
		turn(10);
	assert_int_equal(o.why, TUNNEL_LIMIT);
	(void)close(a.fd);
	(void)close(b.fd);
	mem_deref(a.e);
	mem_deref(b.e);
}


static void nobody_there(void **state)
{
	struct peer p = {0};
	struct addr at;
	socklen_t len = sizeof(at.u);
	int fd, err;
	(void)state;

	assert_int_equal(addr_parse(&at, "127.0.0.1", 0), 0);
	assert_int_equal(end_listen(&fd, &at), 0);
	assert_int_equal(getsockname(fd, &at.u.sa, &len), 0);
	(void)close(fd);
	err = end_connect(&p.e, NULL, &at, 1000, on_connect, &p);
	if (!err) {
		turn(5000);
		err = p.err;
	}
	assert_int_equal(err, ECONNREFUSED);
	mem_deref(p.e);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(channels_hold_back),
		cmocka_unit_test(channels_end),
		cmocka_unit_test(sockets_join),
		cmocka_unit_test(sockets_are_cut),
		cmocka_unit_test(nobody_there),
	};

	return cmocka_run_group_tests(tests, loop_begin, loop_end);
}
