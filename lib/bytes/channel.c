/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file bytes/channel.c  A byte channel of a tunnel as an end of a joint
 *
 * Its window holds the other end back: credit is given for what has gone on.
 * Owns the channel: an end that goes before the channel has ended resets it.
 *
 * An end may last: when the tunnel is gone it waits for a channel of another
 * one, whose first octets say how many the far end had received.
 */
#include <errno.h>
#include "rpc/libre.h"
#include "bytes/ends.h"
#include "bytes/lasting.h"


struct end {
	struct joint_end je;
	struct channel *ch; /* NULL: it has ended, or is away */
	struct mbuf *early; /* what came before it was joined; NULL: nothing */
	bool fin, fin_got;
	struct lasting *last; /* NULL: it does not */
	struct tmr tmr; /* to say that it is broken; to put what was early */
};


static const struct channel_handlers none;


static void end_destructor(void *arg)
{
	struct end *e = arg;

	tmr_cancel(&e->tmr);
	mem_deref(e->early);
	mem_deref(e->last);
	if (!e->ch)
		return;
	channel_handlers_set(e->ch, &none, NULL);
	/* what waits in it is still sent when all was said from here; it is
	 * for the other end then to end it */
	if (!e->fin)
		channel_reset(e->ch, TUNNEL_SHUTDOWN);
}


/* ---- one that lasts ---- */

static void let_go(struct end *e, enum tunnel_reason why);


/* it does not go on */
static void lost(struct end *e, enum tunnel_reason why)
{
	e->last->away = false;
	tmr_cancel(&e->last->tmr);
	let_go(e, why);
	joint_broken(&e->je, why);
}


static void on_lost(void *arg)
{
	lost(arg, TUNNEL_GONE);
}


/* true: the tunnel is gone, or the far end's program ends, and with it the
 * tunnel in a moment; it waits for another */
static bool go_away(struct end *e, enum tunnel_reason why)
{
	struct lasting *l = e->last;
	const bool gone	  = why == TUNNEL_GONE || why == TUNNEL_SHUTDOWN;

	if (!l || !gone || !e->je.joint || e->fin_got)
		return false;
	if (!tmr_isrunning(&l->tmr))
		tmr_start(&l->tmr, l->ms, on_lost, e);
	lasting_away(l);

	return true;
}


/* the far end has said how much it has: from there on */
static void go_on(struct end *e)
{
	struct lasting *l = e->last;
	const uint8_t *p;
	size_t len = 0;

	if (tail_since(l->tail, lasting_counted(l), &p, &len) ||
	    channel_send(e->ch, p, len)) {
		lost(e, TUNNEL_LIMIT);
		return;
	}
	l->away = false;
	tmr_cancel(&l->tmr);
	if (e->fin)
		channel_fin(e->ch);
	else
		joint_writable(&e->je);
}


/* how many of these octets are of the count; it may end by them */
static size_t count_take(struct end *e, const uint8_t *p, size_t len)
{
	bool all;
	const size_t n = lasting_count(e->last, p, len, &all);

	channel_consumed(e->ch, n);
	if (all)
		go_on(e);

	return n;
}


/* ---- from the channel ---- */

static void on_recv(struct channel *ch, const uint8_t *p, size_t len,
		    void *arg)
{
	struct end *e = arg;
	size_t n;

	if (e->last && e->last->away) {
		n = count_take(e, p, len);
		p += n;
		len -= n;
		if (!len || !e->ch)
			return;
	}
	if (e->last) {
		e->last->received += len;
		e->last->owed += len;
	}
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

	/* the far end does not know it */
	if (e->last && e->last->away) {
		lost(e, TUNNEL_REFUSED);
		return;
	}
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
	if ((!e->fin || !e->fin_got) && !go_away(e, why))
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

	if (e->last && e->last->away)
		return 0;
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
	if (e->last)
		tail_add(e->last->tail, p, len);

	return len;
}


static void end_fin(struct joint_end *je)
{
	struct end *e = (struct end *)je;

	e->fin = true;
	if (e->ch && !(e->last && e->last->away))
		channel_fin(e->ch);
}


static void end_consumed(struct joint_end *je, size_t len, bool all)
{
	struct end *e = (struct end *)je;
	(void)all;

	/* at its beginning the joint is not ready for more than that */
	if (!len && (e->early || e->fin_got))
		tmr_start(&e->tmr, 0, on_start, e);
	if (e->last)
		len = lasting_fresh(e->last, len);
	if (e->ch && len)
		channel_consumed(e->ch, len);
}


static bool end_dead(const struct joint_end *je)
{
	const struct end *e = (const struct end *)je;

	return !e->ch && !end_is_away(je);
}


static void end_cut(struct joint_end *je, enum tunnel_reason why)
{
	struct end *e = (struct end *)je;

	tmr_cancel(&e->tmr);
	if (e->last) {
		e->last->away = false;
		tmr_cancel(&e->last->tmr);
	}
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


/**
 * Let an end of a byte channel last longer than its channel
 *
 * @param je End of end_channel(), before anything went through it
 * @param ms For so long it waits for another channel when the tunnel is gone
 *
 * @return 0 or ENOMEM
 */
int end_lasts(struct joint_end *je, uint32_t ms)
{
	struct end *e = (struct end *)je;

	return lasting_alloc(&e->last, ms);
}


/** Does it wait for another channel? */
bool end_is_away(const struct joint_end *je)
{
	const struct end *e = (const struct end *)je;

	return e->last && e->last->away && !e->ch;
}


/** How many octets an end that lasts has received, which the far end is to be
 *  told when it goes on */
uint64_t end_received(const struct joint_end *je)
{
	return ((const struct end *)je)->last->received;
}


/**
 * It goes on in another channel
 *
 * @param je End that is away
 * @param ch Channel that was accepted, with the far end of the last one at its
 *	     other end; the end's from now on
 */
void end_again(struct joint_end *je, struct channel *ch)
{
	struct end *e = (struct end *)je;

	e->ch	    = ch;
	e->fin_got  = false;
	channel_handlers_set(ch, &channel_handlers, e);
}
