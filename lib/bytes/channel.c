/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file bytes/channel.c  A byte channel of a tunnel as an end of a joint
 *
 * Its window holds the other end back: credit is given for what has gone on.
 * Owns the channel: an end that goes before the channel has ended resets it.
 */
#include <errno.h>
#include "rpc/libre.h"
#include "bytes/ends.h"


struct end {
	struct joint_end je;
	struct channel *ch; /* NULL: it has ended */
	struct mbuf *early; /* what came before it was joined; NULL: nothing */
	bool fin, fin_got;
	struct tmr tmr; /* to say that it is broken; to put what was early */
};


static const struct channel_handlers none;


static void end_destructor(void *arg)
{
	struct end *e = arg;

	tmr_cancel(&e->tmr);
	mem_deref(e->early);
	if (!e->ch)
		return;
	channel_handlers_set(e->ch, &none, NULL);
	/* what waits in it is still sent when all was said from here; it is
	 * for the other end then to end it */
	if (!e->fin)
		channel_reset(e->ch, TUNNEL_SHUTDOWN);
}


/* ---- from the channel ---- */

static void on_recv(struct channel *ch, const uint8_t *p, size_t len,
		    void *arg)
{
	struct end *e = arg;

	if (e->je.joint && !e->early) {
		joint_put(&e->je, p, len);
		return;
	}
	/* no more than the window: no credit is given for it */
	if (!e->early)
		e->early = mbuf_alloc(len);
	if (!e->early || mbuf_write_mem(e->early, p, len))
		channel_reset(ch, TUNNEL_LIMIT);
}


static void on_start(void *arg)
{
	struct end *e	   = arg;
	struct mbuf *early = e->early;

	mem_ref(e);
	e->early = NULL;
	if (early)
		joint_put(&e->je, early->buf, early->end);
	mem_deref(early);
	if (e->fin_got)
		joint_fin(&e->je);
	mem_deref(e);
}


static void on_sendable(struct channel *ch, void *arg)
{
	struct end *e = arg;
	(void)ch;

	joint_writable(&e->je);
}


static void on_fin(struct channel *ch, void *arg)
{
	struct end *e = arg;
	(void)ch;

	e->fin_got = true;
	if (!e->early)
		joint_fin(&e->je);
}


static void on_close(struct channel *ch, enum tunnel_reason why, void *arg)
{
	struct end *e = arg;
	(void)ch;

	e->ch = NULL;
	/* both have said all, and the joint may still have some of it */
	if (!e->fin || !e->fin_got)
		joint_broken(&e->je, why);
}


static const struct channel_handlers channel_handlers = {
	.recvh	   = on_recv,
	.sendableh = on_sendable,
	.finh	   = on_fin,
	.closeh	   = on_close,
};


/* ---- what the joint asks for ---- */

static void let_go(struct end *e, enum tunnel_reason why)
{
	struct channel *ch = e->ch;

	e->ch = NULL;
	if (!ch)
		return;
	channel_handlers_set(ch, &none, NULL);
	channel_reset(ch, why);
}


static void on_broken(void *arg)
{
	struct end *e = arg;

	joint_broken(&e->je, TUNNEL_LIMIT);
}


static size_t end_write(struct joint_end *je, const uint8_t *p, size_t len)
{
	struct end *e = (struct end *)je;
	int err;

	/* if it has ended, the joint has heard of it or will */
	if (!e->ch)
		return len;

	err = channel_send(e->ch, p, len);
	if (err == EAGAIN)
		return 0;
	if (err) { /* no memory: a hole in the middle is worse than an end */
		let_go(e, TUNNEL_LIMIT);
		tmr_start(&e->tmr, 0, on_broken, e);
	}

	return len;
}


static void end_fin(struct joint_end *je)
{
	struct end *e = (struct end *)je;

	e->fin = true;
	if (e->ch)
		channel_fin(e->ch);
}


static void end_consumed(struct joint_end *je, size_t len, bool all)
{
	struct end *e = (struct end *)je;
	(void)all;

	/* at its beginning the joint is not ready for more than that */
	if (!len && (e->early || e->fin_got))
		tmr_start(&e->tmr, 0, on_start, e);
	if (e->ch && len)
		channel_consumed(e->ch, len);
}


static bool end_dead(const struct joint_end *je)
{
	const struct end *e = (const struct end *)je;

	return !e->ch;
}


static void end_cut(struct joint_end *je, enum tunnel_reason why)
{
	struct end *e = (struct end *)je;

	tmr_cancel(&e->tmr);
	let_go(e, why);
}


static const struct joint_ops channel_ops = {
	.write	  = end_write,
	.fin	  = end_fin,
	.consumed = end_consumed,
	.dead	  = end_dead,
	.cut	  = end_cut,
};


/**
 * Make an end of a byte channel
 *
 * @param ep Result; mem_deref() it, which resets the channel if it goes on
 * @param ch Channel that was accepted, at either end: its handlers are ours
 *
 * @return 0 or ENOMEM
 */
int end_channel(struct joint_end **ep, struct channel *ch)
{
	struct end *e = mem_zalloc(sizeof(*e), end_destructor);

	if (!e)
		return ENOMEM;

	e->je.ops = &channel_ops;
	e->ch	  = ch;
	channel_handlers_set(ch, &channel_handlers, e);
	*ep = &e->je;

	return 0;
}
