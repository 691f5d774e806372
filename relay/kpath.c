/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file kpath.c  Settled streams, handed to a program in the kernel
 *
 * A leg goes over in two steps. Offered, its ports stand in the table, but the
 * program still passes its packets up and notes when. Then the sockets are
 * read empty, the state is written, and the time of that is put at the gate:
 * the program takes the leg's packets from there on if none went up after it.
 * So none overtakes another, and none is forgotten.
 *
 * Owns struct kpath_stream; what stands in the tables is kpath_slot.c's.
 */
#include "config.h"
#include <errno.h>
#include <string.h>
#include <time.h>
#include <bpf/bpf.h>
#include "forward.h"
#include "session.h"
#include "kpath_slot.h"
#include "kpath_table.h"
#include "uring.h"


#define ROOM "kernel"

enum {
	TRY_MS	     = 25,    /* between attempts to go over */
	TRIES	     = 12,    /* so often before it is left to the tick */
	TRY_AT_ONCE  = 256,   /* streams, while others wait */
	PARKED_NS    = 300000, /* a worker at a time, for these attempts */
	ALIVE_MS     = 3000,  /* the program trusts a silent relay so long */
	DELAY_MS     = 1000,  /* before a stream that came back is offered */
	DELAY_MAX_MS = 64000,
	PASSES	     = 4,     /* over the sockets until all are empty */
	DRAIN_MAX    = 64,    /* datagrams a pass */
};

static uint64_t clock_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);

	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}


/* ---- offering ---- */

static int side_arm(struct kpath *k, struct leg *leg, struct kpath_side *sd)
{
	struct kp_leg kl;
	unsigned c;
	int err;

	sd->gen	 = ++k->gen;
	sd->live = false;
	memset(&sd->seen, 0, sizeof(sd->seen));

	gate_set(k, sd->slot, 0);
	err = state_put(k, sd, leg, &kl);
	if (err)
		return err;

	for (c = 0; c < KP_COMPONENTS; c++) {
		const struct addr at = table_local(leg, c);

		if (!kl.flow[c].there)
			continue;
		sd->port[c] = prog_port(&k->prog, &at);
		if (!sd->port[c])
			return EADDRNOTAVAIL;
		__atomic_store_n(sd->port[c], KP_PORT(sd->slot, c),
				 __ATOMIC_SEQ_CST);
	}

	return 0;
}


static void side_disarm(struct kpath *k, struct leg *leg,
			struct kpath_side *sd)
{
	struct kp_leg kl;
	unsigned c;

	for (c = 0; c < KP_COMPONENTS; c++) {
		if (sd->port[c])
			__atomic_store_n(sd->port[c], 0, __ATOMIC_SEQ_CST);
		sd->port[c] = NULL;
	}

	gate_set(k, sd->slot, 0);
	if (state_get(k, sd, &kl))
		state_merge(leg, sd, &kl);
	sd->live = false;
}


static void pend(struct kpath *k, struct stream *st, unsigned tries);


static void offer(struct kpath *k, struct stream *st, uint64_t now)
{
	struct kpath_stream *ks = &st->kernel;
	int err = 0, i;

	if (!slots_have(k, ks))
		return;

	ks->offered = true;
	for (i = 0; i < 2 && !err; i++)
		err = side_arm(k, &st->leg[i], &ks->side[i]);
	if (err) {
		log_warn(ROOM, "call %s session %s: %s",
			 session_label(st->session), session_id(st->session),
			 strerror(err));
		kpath_withdraw(st, now);
		return;
	}
	metrics_inc(st->leg[0].worker->stats, STAT_KERNEL_OFFERED);
	pend(k, st, TRIES);
}


static void take_back(struct kpath *k, struct stream *st)
{
	struct kpath_stream *ks = &st->kernel;

	if (!ks->offered)
		return;

	side_disarm(k, &st->leg[0], &ks->side[0]);
	side_disarm(k, &st->leg[1], &ks->side[1]);
	ks->offered = false;
}


/**
 * Take a stream back; from now on its packets come up. Nothing happens to one
 * that is not there.
 *
 * @param st  Stream
 * @param now Milliseconds
 */
void kpath_withdraw(struct stream *st, uint64_t now)
{
	struct kpath *k		= st->leg[0].relay->kpath;
	struct kpath_stream *ks = &st->kernel;

	if (!k || !ks->offered)
		return;

	take_back(k, st);
	ks->next = now + ks->delay;
	metrics_inc(st->leg[0].worker->stats, STAT_KERNEL_WITHDRAWN);
}


/** The stream is going; the control thread says so, and has parked */
void kpath_close(struct stream *st)
{
	struct kpath *k		= st->leg[0].relay->kpath;
	struct kpath_stream *ks = &st->kernel;

	if (!k)
		return;

	take_back(k, st);
	list_unlink(&ks->pending);
	slots_give(k, ks);
}


/* ---- going over ---- */

static bool drain(struct leg *leg, bool *empty)
{
	unsigned i, n;

	*empty = true;
	for (i = 0; i < 2 * LATCH_COMPONENTS; i++) {
		struct watch *wt = i & 1 ? &leg->catcher[i / 2].watch
					 : &leg->sock[i / 2].watch;

		for (n = 0; wt->fd >= 0 && forward_take(wt); n++) {
			*empty = false;
			if (n == DRAIN_MAX || !leg->stream->kernel.offered)
				return false;
		}
	}

	return true;
}


/* When all sockets of a leg were empty, ns; 0: they never were */
static uint64_t drained(struct leg *leg)
{
	unsigned pass;

	/* some of its packets may have been read and not passed on */
	if (uring_holds(leg->worker->uring))
		return 0;

	for (pass = 0; pass < PASSES; pass++) {
		const uint64_t now = clock_ns();
		bool empty;

		if (!drain(leg, &empty))
			return 0;
		if (empty)
			return now;
	}

	return 0;
}


/* @return false: not yet */
static bool side_try(struct kpath *k, struct leg *leg, struct kpath_side *sd)
{
	struct kp_leg kl;
	uint64_t when;

	if (sd->live)
		return true;

	/* after this it can't become live, so what is written stays */
	gate_set(k, sd->slot, 0);
	if (!state_get(k, sd, &kl))
		return false;
	if (kl.live) {
		state_merge(leg, sd, &kl);
		return true;
	}

	when = drained(leg);
	if (when && leg->stream->kernel.offered && !state_put(k, sd, leg, &kl))
		gate_set(k, sd->slot, when);

	return false;
}


static bool stream_try(struct kpath *k, struct stream *st)
{
	struct kpath_stream *ks = &st->kernel;
	unsigned i;
	bool done = true;

	for (i = 0; i < 2 && ks->offered; i++)
		done &= side_try(k, &st->leg[i], &ks->side[i]);

	return done || !ks->offered || !--ks->tries;
}


static void try_one(struct kpath *k, struct stream *st)
{
	const bool done = stream_try(k, st);

	list_unlink(&st->kernel.pending);
	if (!done)
		list_append(&k->pending, &st->kernel.pending, st);
}


/*
 *	A worker with more to do than it can is slow to park: it stays parked
 *	for as many streams as may be without others noticing. Else they would
 *	come one by one, and those that it is too busy for were its own still.
 */
static void try_pending(void *arg)
{
	struct kpath *k	   = arg;
	struct worker *w   = NULL;
	uint64_t since	   = 0;
	struct le *le	   = list_head(&k->pending);
	unsigned n;

	for (n = 0; le && n < TRY_AT_ONCE; n++) {
		struct stream *st = le->data;

		le = le->next;
		if (w && (w != st->leg[0].worker ||
			  clock_ns() - since > PARKED_NS)) {
			worker_resume(w);
			w = NULL;
		}
		if (!w) {
			w = st->leg[0].worker;
			worker_park(w);
			since = clock_ns();
		}
		try_one(k, st);
	}
	if (w)
		worker_resume(w);

	if (list_head(&k->pending))
		tmr_start(&k->tmr, TRY_MS, try_pending, k);
}


static void pend(struct kpath *k, struct stream *st, unsigned tries)
{
	st->kernel.tries = tries;
	if (st->kernel.pending.list)
		return;

	list_append(&k->pending, &st->kernel.pending, st);
	if (!tmr_isrunning(&k->tmr))
		tmr_start(&k->tmr, TRY_MS, try_pending, k);
}


/* ---- time ---- */

/*
 *	What the kernel knows of a slot, read with those beside it: streams are
 *	asked in the order in which they came, and mostly have slots that follow
 *	one another. NULL: not known now.
 */
static const struct kp_leg *window_get(struct kpath *k, uint32_t slot)
{
	LIBBPF_OPTS(bpf_map_batch_opts, opts, .elem_flags = BPF_F_LOCK);
	const uint32_t first = slot - slot % KPATH_WINDOW;
	uint32_t before = first - 1, next, keys[KPATH_WINDOW];

	if (!k->windowc || k->window_first != first) {
		k->window_first = first;
		k->windowc	= KPATH_WINDOW;
		if (bpf_map_lookup_batch(k->prog.legs,
					 first ? &before : NULL, &next, keys,
					 k->window, &k->windowc, &opts) &&
		    errno != ENOENT)
			k->windowc = 0;
	}

	return slot - first < k->windowc ? &k->window[slot - first] : NULL;
}


/**
 * Let time pass, about once a second, before the streams are asked
 *
 * @param k   NULL: there is no kernel path
 * @param now Milliseconds
 */
void kpath_tick(struct kpath *k, uint64_t now)
{
	(void)now;

	if (!k)
		return;

	__atomic_store_n(k->prog.alive, clock_ns() + ALIVE_MS * 1000000ull,
			 __ATOMIC_SEQ_CST);
	k->windowc = 0;
}


static bool side_tick(struct kpath *k, struct leg *leg, struct kpath_side *sd)
{
	const struct kp_leg *kl = window_get(k, sd->slot);

	if (kl && kl->gen == sd->gen)
		state_merge(leg, sd, kl);

	return sd->live;
}


/**
 * Let time pass for one stream: after kpath_tick(), its worker parked
 *
 * @param st  Stream
 * @param now Milliseconds
 */
void kpath_stream_tick(struct stream *st, uint64_t now)
{
	struct kpath *k		= st->leg[0].relay->kpath;
	struct kpath_stream *ks = &st->kernel;
	bool live;

	if (!k)
		return;

	if (!ks->offered) {
		if (now >= ks->next && table_eligible(st))
			offer(k, st, now);
		return;
	}
	if (!table_eligible(st)) {
		kpath_withdraw(st, now);
		return;
	}

	live  = side_tick(k, &st->leg[0], &ks->side[0]);
	live &= side_tick(k, &st->leg[1], &ks->side[1]);
	if (!live)
		pend(k, st, 1);
	else if (now > ks->next + DELAY_MAX_MS)
		ks->delay = 0;
}


static struct kpath_side *side_of(const struct leg *leg)
{
	return &leg->stream->kernel.side[leg != &leg->stream->leg[0]];
}


/**
 * Bring here what the kernel knows of a leg
 *
 * @param leg Leg
 */
void kpath_refresh(struct leg *leg)
{
	struct kpath *k = leg->relay->kpath;
	struct kp_leg kl;

	if (!k || !leg->stream->kernel.offered)
		return;

	if (state_get(k, side_of(leg), &kl))
		state_merge(leg, side_of(leg), &kl);
}


/**
 * A packet of the latched source came up and was passed on. Where the leg is
 * live that would have been the kernel's to count: it gets the stream back when
 * its state is one again. A stream to which this happens all the time stays up
 * here longer and longer.
 *
 * @param leg  Leg, refreshed before
 * @param kind What came
 * @param now  Milliseconds
 */
void kpath_strayed(struct leg *leg, enum latch_kind kind, uint64_t now)
{
	struct kpath_stream *ks = &leg->stream->kernel;

	if (!side_of(leg)->live ||
	    !(kind == LATCH_PKT_RTP || leg->bandwidth))
		return;

	ks->delay = ks->delay ? min(2 * ks->delay, (uint32_t)DELAY_MAX_MS)
			      : DELAY_MS;
	kpath_withdraw(leg->stream, now);
}


/** @return Whether the kernel moves what comes in on this leg */
bool kpath_is_live(const struct leg *leg)
{
	return leg->stream->kernel.offered && side_of(leg)->live;
}


/** @return The names of the devices, "": there is no kernel path */
const char *kpath_devices(const struct kpath *k)
{
	return k ? k->devices : "";
}
