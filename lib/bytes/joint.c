/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file joint.c  Octets from one end to another, both ways
 *
 * Owns what is on its way between them, and a reference to each end.
 */
#include <errno.h>
#include <string.h>
#include "rpc/libre.h"
#include "bytes/joint.h"


enum {
	SIDES	= 2,
	GROWTH	= 4, /* what a filter may make of a window, at most */
};

/** What comes from one end, for the other */
struct way {
	struct joint_end *from;
	struct mbuf *kept; /* NULL: nothing */
	uint64_t octets;
	joint_filter_h *filterh;
	void *arg;	   /* its own */
	const struct joint_pace *pace; /* NULL: as the other end takes them */
	void *pace_arg;
	struct tmr tmr;	   /* then more may go */
	size_t owed;	   /* octets that were filtered, and wait */
	bool fin;	   /* no more comes */
	bool fin_said;	   /* and the other end knows */
};

struct joint {
	struct way ways[SIDES];
	struct tmr tmr;
	uint32_t idle; /* ms, 0: no limit */
	bool moved;    /* since the timer was started */
	bool closed;
	joint_close_h *closeh;
	void *arg;
};


static void joint_destructor(void *arg)
{
	struct joint *j = arg;
	unsigned i;

	joint_cut(j, TUNNEL_SHUTDOWN);
	for (i = 0; i < SIDES; i++) {
		mem_deref(j->ways[i].from);
		mem_deref(j->ways[i].kept);
		mem_deref(j->ways[i].arg);
	}
}


/* the ends are on their own again */
static void let_go(struct joint *j)
{
	unsigned i;

	j->closed = true;
	tmr_cancel(&j->tmr);
	for (i = 0; i < SIDES; i++) {
		tmr_cancel(&j->ways[i].tmr);
		j->ways[i].from->joint = NULL;
		j->ways[i].kept	       = mem_deref(j->ways[i].kept);
	}
}


static void finish(struct joint *j, enum tunnel_reason why)
{
	let_go(j);
	if (j->closeh)
		j->closeh(j, why, j->arg);
}


static void cut(struct joint *j, const struct joint_end *but,
		enum tunnel_reason why)
{
	unsigned i;

	for (i = 0; i < SIDES; i++) {
		struct joint_end *e = j->ways[i].from;

		if (e != but)
			e->ops->cut(e, why);
	}
}


/**
 * End it now: both ends see that they were cut. closeh() is not called
 *
 * @param j   Joint
 * @param why What a channel's other end is told
 */
void joint_cut(struct joint *j, enum tunnel_reason why)
{
	if (j->closed)
		return;

	cut(j, NULL, why);
	let_go(j);
}


/**
 * End it now: both ends see a FIN, after what they have been given already.
 * closeh() is not called
 */
void joint_release(struct joint *j)
{
	unsigned i;

	if (j->closed)
		return;

	for (i = 0; i < SIDES; i++) {
		struct joint_end *e = j->ways[i].from;

		if (!j->ways[!i].fin_said)
			e->ops->fin(e);
	}
	let_go(j);
}


static void on_idle(void *arg)
{
	struct joint *j = arg;

	if (j->moved) {
		j->moved = false;
		tmr_start(&j->tmr, j->idle, on_idle, j);
		return;
	}
	mem_ref(j);
	cut(j, NULL, TUNNEL_OK);
	finish(j, TUNNEL_LIMIT);
	mem_deref(j);
}


static struct way *way_from(const struct joint_end *e)
{
	return &e->joint->ways[e->side];
}


static struct joint_end *other_end(const struct joint_end *e)
{
	return e->joint->ways[!e->side].from;
}


/* says the end of a way when all before it has gone; true: it was the last */
static bool way_end(struct joint *j, struct way *w)
{
	struct joint_end *to = other_end(w->from);

	if (!w->fin || w->fin_said || w->kept)
		return false;

	w->fin_said = true;
	to->ops->fin(to);
	if (!j->ways[0].fin_said || !j->ways[1].fin_said)
		return false;

	finish(j, TUNNEL_OK);

	return true;
}


static int keep(struct way *w, const uint8_t *p, size_t len)
{
	struct mbuf *mb = w->kept;
	int err;

	if (!mb)
		mb = w->kept = mbuf_alloc(len);
	if (!mb)
		return ENOMEM;
	if (mbuf_get_left(mb) + len >
	    (w->filterh ? GROWTH : 1u) * (size_t)JOINT_KEPT_MAX)
		return EOVERFLOW;

	/* what has gone makes room */
	if (mb->pos) {
		memmove(mb->buf, mbuf_buf(mb), mbuf_get_left(mb));
		mb->end -= mb->pos;
	}
	mb->pos = mb->end;
	err	= mbuf_write_mem(mb, p, len);
	mb->pos = 0;

	return err;
}


static void on_pace(void *arg)
{
	struct way *w = arg;

	joint_writable(other_end(w->from));
}


/* what the other end takes now, and may */
static size_t write_on(struct way *w, const uint8_t *p, size_t len)
{
	struct joint_end *to = other_end(w->from);
	uint32_t wait	     = 0;
	size_t n, may;

	if (!w->pace)
		return to->ops->write(to, p, len);

	may = w->pace->mayh(len, &wait, w->pace_arg);
	n   = may ? to->ops->write(to, p, may) : 0;
	if (n)
		w->pace->wenth(n, w->pace_arg);
	if (n == may && may < len)
		tmr_start(&w->tmr, wait, on_pace, w);

	return n;
}


/* to the other end, or kept for it */
static int pass(struct way *w, const uint8_t *p, size_t len, size_t *taken)
{
	size_t n = 0;

	if (!w->kept && len)
		n = write_on(w, p, len);
	*taken = n;

	return n < len ? keep(w, p + n, len - n) : 0;
}


/* of what was filtered, nobody can say how much has gone before all has */
static int pass_filtered(struct way *w, const uint8_t *p, size_t len)
{
	struct mbuf *mb = mbuf_alloc(len + 1);
	size_t taken;
	int err;

	if (!mb)
		return ENOMEM;

	err = w->filterh(mb, p, len, w->arg);
	if (!err)
		err = pass(w, mb->buf, mb->end, &taken);
	mem_deref(mb);
	w->owed += len;

	return err;
}


static void overflow(struct joint *j)
{
	mem_ref(j);
	cut(j, NULL, TUNNEL_LIMIT);
	finish(j, TUNNEL_LIMIT);
	mem_deref(j);
}


static void settle(struct way *w)
{
	const size_t n = w->owed;

	if (w->kept)
		return;
	w->owed = 0;
	w->from->ops->consumed(w->from, n, true);
}


/**
 * Octets came to an end
 *
 * @param e   End
 * @param p   Octets
 * @param len How many; an end that goes on although joint_waits() may put
 *            JOINT_KEPT_MAX in all
 */
void joint_put(struct joint_end *e, const uint8_t *p, size_t len)
{
	struct joint *j = e->joint;
	struct way *w;
	size_t n = 0;
	int err;

	if (!j || way_from(e)->fin || !len)
		return;

	w	 = way_from(e);
	j->moved = true;
	w->octets += len;
	err = w->filterh ? pass_filtered(w, p, len) : pass(w, p, len, &n);
	if (err)
		overflow(j);
	else if (w->filterh)
		settle(w);
	else if (n)
		e->ops->consumed(e, n, n == len);
}


/** Is there something from this end that the other has not taken? */
bool joint_waits(const struct joint_end *e)
{
	return e->joint && way_from(e)->kept;
}


/** Nothing more comes from this end */
void joint_fin(struct joint_end *e)
{
	struct joint *j = e->joint;

	if (!j || way_from(e)->fin)
		return;

	mem_ref(j);
	j->moved	 = true;
	way_from(e)->fin = true;
	if (way_from(e)->filterh && pass_filtered(way_from(e), NULL, 0))
		overflow(j);
	else
		(void)way_end(j, way_from(e));
	mem_deref(j);
}


/** This end can take octets again */
void joint_writable(struct joint_end *e)
{
	struct joint *j = e->joint;
	struct joint_end *from;
	struct way *w;
	size_t n, left;

	if (!j)
		return;
	from = other_end(e);
	w    = way_from(from);
	if (!w->kept)
		return;

	left = mbuf_get_left(w->kept);
	n    = write_on(w, mbuf_buf(w->kept), left);
	if (!n)
		return;

	mem_ref(j);
	j->moved = true;
	mbuf_advance(w->kept, (ssize_t)n);
	if (n == left)
		w->kept = mem_deref(w->kept);
	if (!way_end(j, w) && !j->closed) {
		if (w->filterh)
			settle(w);
		else
			from->ops->consumed(from, n, n == left);
	}
	mem_deref(j);
}


/** This end is no more, before it had said all */
void joint_broken(struct joint_end *e, enum tunnel_reason why)
{
	struct joint *j = e->joint;

	if (!j)
		return;

	mem_ref(j);
	cut(j, e, why);
	finish(j, why);
	mem_deref(j);
}


/**
 * Put something else in place of what comes from an end
 *
 * @param j	  Joint, before anything came
 * @param side	  End: 0, 1 in joint_alloc()'s order
 * @param filterh Filter
 * @param arg	  Its own; the joint takes the reference over
 */
void joint_filter(struct joint *j, unsigned side, joint_filter_h *filterh,
		  void *arg)
{
	struct way *w = &j->ways[side ? 1 : 0];

	mem_deref(w->arg);
	w->filterh = filterh;
	w->arg	   = arg;
}


/**
 * Say how fast what comes from an end goes on: no more is asked for before
 * what has come has gone
 *
 * @param j    Joint
 * @param side End: 0, 1 in joint_alloc()'s order
 * @param pace Pace; must outlive the joint
 * @param arg  For it
 */
void joint_pace(struct joint *j, unsigned side, const struct joint_pace *pace,
		void *arg)
{
	struct way *w = &j->ways[side ? 1 : 0];

	w->pace	    = pace;
	w->pace_arg = arg;
}


/** Octets that came from an end so far: 0, 1 in joint_alloc()'s order */
uint64_t joint_octets(const struct joint *j, unsigned side)
{
	return j->ways[side ? 1 : 0].octets;
}


/** It has ended, and its ends are their own */
bool joint_closed(const struct joint *j)
{
	return j->closed;
}


/**
 * Join two ends, from now on
 *
 * @param jp     Result; mem_deref() it, which cuts what still goes on
 * @param a      One end; the joint keeps a reference
 * @param b      The other; likewise
 * @param idle   Milliseconds without anything moving (up to twice as long may
 *               pass), then both are cut; 0: no limit
 * @param closeh Called once, at its end; TUNNEL_LIMIT: for idleness
 * @param arg    Its argument
 *
 * @return 0 or ENOMEM
 */
int joint_alloc(struct joint **jp, struct joint_end *a, struct joint_end *b,
		uint32_t idle, joint_close_h *closeh, void *arg)
{
	struct joint_end *ends[SIDES] = {a, b};
	struct joint *j = mem_zalloc(sizeof(*j), joint_destructor);
	unsigned i;

	if (!j)
		return ENOMEM;

	for (i = 0; i < SIDES; i++) {
		j->ways[i].from = mem_ref(ends[i]);
		ends[i]->joint	= j;
		ends[i]->side	= i;
	}
	j->idle	  = idle;
	j->closeh = closeh;
	j->arg	  = arg;
	if (idle)
		tmr_start(&j->tmr, idle, on_idle, j);
	for (i = 0; i < SIDES; i++)
		ends[i]->ops->consumed(ends[i], 0, true);
	*jp = j;

	return 0;
}
