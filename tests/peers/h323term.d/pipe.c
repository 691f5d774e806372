/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file pipe.c  T.120 and T.38 over TCP: who connects writes, who listens
 * sends the same octets back
 *
 * What comes back is compared with what was written. Owns its socket.
 */
#include <errno.h>
#include "media.h"


enum {
	PERIOD	= 100, /* ms */
	PIECE	= 64,  /* octets */
	PRIME	= 251, /* the pattern repeats no power of two */
};

struct pipe {
	struct le le;
	struct call *call;
	enum kind kind;
	long number;
	bool writer;
	struct tcp_sock *listener;
	struct tcp_conn *tc;
	struct tmr tmr;
	struct sa peer;
	uint64_t sent, received, wrong;
};


static void destructor(void *data)
{
	struct pipe *p = data;

	list_unlink(&p->le);
	tmr_cancel(&p->tmr);
	mem_deref(p->tc);
	mem_deref(p->listener);
}


static void on_tick(void *arg)
{
	struct pipe *p = arg;
	uint8_t piece[PIECE];
	struct mbuf mb = {.buf = piece, .size = PIECE, .end = PIECE};

	for (size_t i = 0; i < PIECE; i++)
		piece[i] = (uint8_t)((p->sent + i) % PRIME);
	if (p->tc && !tcp_send(p->tc, &mb))
		p->sent += PIECE;
	tmr_start(&p->tmr, PERIOD, on_tick, p);
}


static void on_established(void *arg)
{
	struct pipe *p = arg;

	(void)tcp_conn_peer_get(p->tc, &p->peer);
	if (p->writer)
		on_tick(p);
}


static void on_receive(struct mbuf *mb, void *arg)
{
	struct pipe *p = arg;
	const size_t n = mbuf_get_left(mb);

	for (size_t i = 0; i < n; i++) {
		if (mbuf_buf(mb)[i] != (p->received + i) % PRIME)
			++p->wrong;
	}
	p->received += n;
	if (!p->writer && !tcp_send(p->tc, mb))
		p->sent += n;
}


static void on_close(int err, void *arg)
{
	struct pipe *p = arg;

	p->tc = mem_deref(p->tc);
	tmr_cancel(&p->tmr);
	call_event(p->call, "pipeClosed", "{s:s,s:i}", "kind",
		   kind_name(p->kind), "error", err);
}


static void on_accept(const struct sa *peer, void *arg)
{
	struct pipe *p = arg;

	(void)peer;
	if (p->tc)
		tcp_reject(p->listener);
	else
		(void)tcp_accept(&p->tc, p->listener, on_established,
				 on_receive, on_close, p);
}


static struct pipe *make(struct call *c, enum kind kind, long number)
{
	struct pipe *p = mem_zalloc(sizeof(*p), destructor);

	if (!p)
		return NULL;
	p->call	  = c;
	p->kind	  = kind;
	p->number = number;
	sa_init(&p->peer, AF_UNSPEC);
	list_append(&c->pipes, &p->le, p);

	return p;
}


int pipe_listen(struct pipe **pp, struct call *c, enum kind kind, long number,
		struct sa *addr)
{
	struct pipe *p = make(c, kind, number);
	int err;

	if (!p)
		return ENOMEM;
	*addr = c->term->own;
	sa_set_port(addr, 0);
	err = tcp_listen(&p->listener, addr, on_accept, p);
	if (!err)
		err = tcp_sock_local_get(p->listener, addr);
	if (err)
		mem_deref(p);
	else
		*pp = p;

	return err;
}


int pipe_connect(struct pipe **pp, struct call *c, enum kind kind, long number,
		 const struct sa *addr)
{
	struct pipe *p = make(c, kind, number);
	struct sa own  = c->term->own;
	int err;

	if (!p)
		return ENOMEM;
	p->writer = true;
	sa_set_port(&own, 0);
	err = tcp_connect_bind(&p->tc, addr, on_established, on_receive,
			       on_close, &own, p);
	if (err)
		mem_deref(p);
	else
		*pp = p;

	return err;
}


static void pipe_event(const struct pipe *p)
{
	char from[64] = "";

	if (sa_isset(&p->peer, SA_ALL))
		(void)re_snprintf(from, sizeof(from), "%J", &p->peer);
	call_event(p->call, "octets", "{s:s,s:I,s:I,s:I,s:I,s:b,s:s}", "kind",
		   kind_name(p->kind), "number", (json_int_t)p->number, "sent",
		   (json_int_t)p->sent, "received", (json_int_t)p->received,
		   "wrong", (json_int_t)p->wrong, "writer", (int)p->writer,
		   "peer", from);
}


void pipe_close(struct pipe *p)
{
	pipe_event(p);
	mem_deref(p);
}


void pipe_events(const struct call *c)
{
	struct le *le;

	for (le = list_head(&c->pipes); le; le = le->next)
		pipe_event(le->data);
}
