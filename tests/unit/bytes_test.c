/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/bytes: the joint with ends of the test's, which take as much as they are
 * told to; channels of two tunnels carried by hand; sockets on loopback.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <unistd.h>
#include <cmocka.h>
#include "rpc/libre.h"
#include "bytes/ends.h"
#include "bytes/what.h"
#include "tunnel/frame.h"


/* ---- the joint ---- */

struct fake {
	struct joint_end je;
	uint8_t got[4 * JOINT_KEPT_MAX];
	size_t len, takes, consumed;
	unsigned fins, cuts, drained;
	enum tunnel_reason why;
};

struct outcome {
	struct joint *j;
	unsigned closed;
	enum tunnel_reason why;
};


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


static struct fake *fake_new(size_t takes)
{
	struct fake *f = mem_zalloc(sizeof(*f), NULL);

	assert_non_null(f);
	f->je.ops = &fake_ops;
	f->takes  = takes;
	return f;
}


static void on_close(struct joint *j, enum tunnel_reason why, void *arg)
{
	struct outcome *o = arg;

	assert_ptr_equal(o->j, j);
	assert_true(joint_closed(j));
	++o->closed;
	o->why = why;
	o->j   = mem_deref(j);
}


static void begin(struct outcome *o, struct fake *a, struct fake *b)
{
	memset(o, 0, sizeof(*o));
	assert_int_equal(joint_alloc(&o->j, &a->je, &b->je, 0, on_close, o), 0);
	assert_int_equal(a->drained, 1); /* and may begin */
	assert_int_equal(b->drained, 1);
}


static void fill(uint8_t *p, size_t len, unsigned seed)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(seed + i * 7 + (i >> 8));
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


/* ---- two tunnels, and on each end of a channel a joint ---- */

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


/* ---- sockets ---- */

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


static void on_tmr(void *arg)
{
	(void)arg;
	re_cancel();
}


/* the loop, until somebody stops it or for some ms */
static void turn(unsigned ms)
{
	struct tmr tmr = {0};

	tmr_start(&tmr, ms, on_tmr, NULL);
	(void)re_main(NULL);
	tmr_cancel(&tmr);
}


/* ---- paced ---- */

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


/* ---- what it is for ---- */

static void what_for(void **state)
{
	static const struct {
		const char *text;
		int err;
	} cases[] = {
		{"{\"kind\":\"service\",\"to\":\"192.0.2.1:22\"}", 0},
		{"{\"kind\":\"service\",\"to\":\"[2001:db8::1]:22\","
		 "\"from\":\"192.0.2.9:1\",\"ask\":true}", 0},
		{"{\"kind\":\"service\",\"to\":\"192.0.2.1\"}", EBADMSG},
		{"{\"kind\":\"service\",\"to\":\"0.0.0.0:22\"}", EBADMSG},
		{"{\"kind\":\"service\",\"to\":\"224.0.0.1:22\"}", EBADMSG},
		{"{\"kind\":\"service\",\"to\":\"host:22\"}", EBADMSG},
		{"{\"kind\":\"service\",\"to\":22}", EBADMSG},
		{"{\"kind\":\"service\"}", EBADMSG},
		{"{\"kind\":\"service\",\"to\":\"192.0.2.1:22\",\"ask\":1}",
		 EBADMSG},
		{"{\"kind\":\"service\",\"to\":\"192.0.2.1:22\","
		 "\"from\":\"x\"}", EBADMSG},
		{"{\"kind\":\"sip\",\"to\":\"192.0.2.1:22\"}", ENOENT},
		{"{}", ENOENT},
		{"[]", ENOENT},
		{"", ENOENT},
		{"service", ENOENT},
	};
	struct what_service w;
	char buf[WHAT_LEN];
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *text = cases[i].text;

		assert_int_equal(what_service_decode(&w, text, strlen(text)),
				 cases[i].err);
		if (cases[i].err)
			continue;
		assert_int_equal(what_service_encode(&w, buf), strlen(text));
		assert_string_equal(buf, text);
	}
}


static void what_call_for(void **state)
{
	static const struct {
		const char *text;
		int err;
	} cases[] = {
		{"{\"kind\":\"h225\",\"to\":\"10.0.0.5:1720\"}", 0},
		{"{\"kind\":\"h225\",\"id\":0,\"from\":\"10.0.0.5:4000\","
		 "\"local\":\"10.0.0.2:1720\"}", 0},
		{"{\"kind\":\"h225\",\"id\":4294967295,\"from\":"
		 "\"[fd00:1111:2222:3333:4444:5555:6666:7777]:65535\","
		 "\"local\":"
		 "\"[fd00:1111:2222:3333:4444:5555:6666:8888]:65535\"}", 0},
		{"{\"kind\":\"h225\"}", EBADMSG},
		{"{\"kind\":\"h225\",\"to\":\"10.0.0.5\"}", EBADMSG},
		{"{\"kind\":\"h225\",\"to\":\"0.0.0.0:1720\"}", EBADMSG},
		{"{\"kind\":\"h225\",\"to\":7}", EBADMSG},
		{"{\"kind\":\"h225\",\"from\":\"10.0.0.5:4000\"}", EBADMSG},
		{"{\"kind\":\"h225\",\"local\":\"10.0.0.2:1720\"}",
		 EBADMSG},
		{"{\"kind\":\"h225\",\"to\":\"10.0.0.5:1720\",\"from\":"
		 "\"10.0.0.5:4000\",\"local\":\"10.0.0.2:1720\"}", EBADMSG},
		{"{\"kind\":\"h225\",\"id\":-1,\"from\":\"10.0.0.5:4000\","
		 "\"local\":\"10.0.0.2:1720\"}", EBADMSG},
		{"{\"kind\":\"h225\",\"id\":4294967296,\"from\":"
		 "\"10.0.0.5:4000\",\"local\":\"10.0.0.2:1720\"}", EBADMSG},
		{"{\"kind\":\"h225\",\"from\":\"224.0.0.1:4000\","
		 "\"local\":\"10.0.0.2:1720\"}", EBADMSG},
		{"{\"kind\":\"tcp\",\"to\":\"10.0.0.5:1720\"}", ENOENT},
		{"h225", ENOENT},
	};
	struct what_h225 w;
	char buf[WHAT_LEN];
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *text = cases[i].text;

		assert_int_equal(what_h225_decode(&w, text, strlen(text)),
				 cases[i].err);
		if (cases[i].err)
			continue;
		assert_int_equal(what_h225_encode(&w, buf), strlen(text));
		assert_string_equal(buf, text);
	}
}


static int loop_begin(void **state)
{
	(void)state;
	return libre_init();
}


static int loop_end(void **state)
{
	(void)state;
	libre_close();
	return 0;
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
		cmocka_unit_test(channels_hold_back),
		cmocka_unit_test(channels_end),
		cmocka_unit_test(sockets_join),
		cmocka_unit_test(sockets_are_cut),
		cmocka_unit_test(nobody_there),
		cmocka_unit_test(what_for),
		cmocka_unit_test(what_call_for),
	};

	return cmocka_run_group_tests(tests, loop_begin, loop_end);
}
