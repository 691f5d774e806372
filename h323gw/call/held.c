/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file held.c  A call and what it holds: what the machine asks, done
 *
 * Owns the machine, the media, the sides' places on their connections, timers.
 */
#include <errno.h>
#include <string.h>
#include <sys/time.h>
#include "h323gw/call/host.h"


static void held_destructor(void *arg)
{
	struct held *h = arg;

	tmr_cancel(&h->free);
	tmr_cancel(&h->drq);
	for (int t = 0; t < CALL_TIMERS; t++)
		tmr_cancel(&h->timers[t].tmr);
	mem_deref(h->dial_req);
	mem_deref(h->dialling);
	for (int s = 0; s < SIDES; s++) {
		way_close(&h->way[s]);
		leg_release(&h->leg[s]);
	}
	mem_deref(h->media);
	mem_deref(h->call);
	json_decref(h->state);
	hash_unlink(&h->le_id);
	list_unlink(&h->le);
}


/* unique for ever: a random GUID (RFC 4122 §4.4) */
static void id_make(char id[CALLS_ID_LEN])
{
	uint8_t guid[GUID_LEN];

	rand_bytes(guid, sizeof(guid));
	guid[6] = (uint8_t)((guid[6] & 0x0f) | 0x40);
	guid[8] = (uint8_t)((guid[8] & 0x3f) | 0x80);
	(void)guid_str(guid, id);
}


int held_alloc(struct held **hp, struct calls *cs, struct sig *s,
	       uint32_t ref)
{
	struct held *h = mem_zalloc(sizeof(*h), held_destructor);
	int err	       = 0;

	if (!h)
		return ENOMEM;
	h->cs = cs;
	id_make(h->id);
	for (int i = 0; i < SIDES; i++) {
		h->leg[i].held = h->way[i].held = h;
		h->leg[i].side = h->way[i].side = (enum side)i;
	}
	for (int t = 0; t < CALL_TIMERS; t++) {
		h->timers[t].held  = h;
		h->timers[t].which = (enum call_timer)t;
	}
	if (s)
		err = call_alloc(&h->call, cs->env, ref, h);
	if (err) {
		mem_deref(h);
		return err;
	}
	if (s) {
		leg_bind(&h->leg[SIDE_A], s, ref, true);
		list_append(&cs->held, &h->le, h);
		++cs->count;
		metrics_inc(cs->stats, STAT_CALLS);
	}
	*hp = h;

	return 0;
}


/* ---- connections ---- */

static void dialled(struct held *h, struct sig *s, int err)
{
	if (!err) {
		leg_bind(&h->leg[SIDE_B], s, leg_ref(h->cs, s), false);
		call_ref_set(h->call, h->leg[SIDE_B].ref);
	}
	call_dialled(h->call, err);
}


static void on_connected(int err, void *arg)
{
	struct held *h = arg;
	struct sig *s  = h->dialling;

	h->dialling = NULL;
	if (err)
		mem_deref(s);
	else
		sig_connected(s);
	dialled(h, s, err);
}


static void on_channel(int err, const struct link_channel *ch, int fd,
		       void *arg)
{
	struct held *h = arg;
	struct sig *s  = NULL;

	h->dial_req = NULL;
	if (!err)
		err = sig_take(&s, h->cs, fd, ch);
	dialled(h, s, err);
}


static int io_dial(struct call *c, void *arg)
{
	struct held *h		   = arg;
	const struct call_party *p = &call_info(c)->party[SIDE_B];
	const struct reach *r	   = &p->reach;
	struct sig *s;

	if (r->agent[0])
		return h->cs->link ? link_channel_open(&h->dial_req,
						       h->cs->link, r->agent,
						       &r->signalling,
						       on_channel, h)
				   : ENOTCONN;
	if (!r->nat)
		return sig_connect(&h->dialling, h->cs, &p->own,
				   &r->signalling, on_connected, h);
	s = sig_kept(h->cs, r);
	if (!s)
		return EHOSTUNREACH;
	leg_bind(&h->leg[SIDE_B], s, leg_ref(h->cs, s), false);
	call_ref_set(c, h->leg[SIDE_B].ref);

	return EALREADY;
}


static void io_send(struct call *c, enum side side, const uint8_t *p,
		    size_t len, void *arg)
{
	struct held *h = arg;
	struct sig *s  = h->leg[side].sig;
	(void)c;

	/* one that is lost says so by itself */
	if (s && s->conn)
		(void)conn_send(s->conn, p, len);
}


static void io_released(struct call *c, enum side side, void *arg)
{
	struct held *h = arg;
	(void)c;

	if (side == SIDE_B) {
		h->dial_req = mem_deref(h->dial_req);
		h->dialling = mem_deref(h->dialling);
	}
	leg_release(&h->leg[side]);
}


/* ---- time ---- */

static void on_timer(void *arg)
{
	struct held_timer *t = arg;

	call_timeout(t->held->call, t->which);
}


static void io_timer(struct call *c, enum call_timer which, uint32_t ms,
		     void *arg)
{
	struct held_timer *t = &((struct held *)arg)->timers[which];
	(void)c;

	if (ms)
		tmr_start(&t->tmr, ms, on_timer, t);
	else
		tmr_cancel(&t->tmr);
}


static uint64_t io_now(void *arg)
{
	struct timeval tv;
	(void)arg;

	(void)gettimeofday(&tv, NULL);

	return (uint64_t)tv.tv_sec * 1000 + (uint64_t)tv.tv_usec / 1000;
}


/* ---- its life ---- */

static void io_answered(struct call *c, void *arg)
{
	struct held *h = arg;
	(void)c;

	metrics_inc(h->cs->stats, STAT_CALLS_ANSWERED);
	record_call(h);
	if (h->state)
		record_state(h);
}


static void on_free(void *arg)
{
	mem_deref(arg);
}


static void log_end(const struct held *h)
{
	const struct call_info *i = held_info(h);
	const uint64_t ms	  = i->answer ? i->end - i->answer : 0;

	log_info(CALL_ROOM, "%s: %s to %s ended: %s, %s, cause %d, %u.%us",
		 h->id, i->party[SIDE_A].reach.alias,
		 i->party[SIDE_B].reach.alias, i->why, reason_name(i->reason),
		 i->cause, (unsigned)(ms / 1000), (unsigned)(ms % 1000 / 100));
}


/* the machine is further up the stack: it and we go when it has returned */
static void io_ended(struct call *c, void *arg)
{
	struct held *h	 = arg;
	struct calls *cs = h->cs;
	(void)c;

	gk_route_cancel(cs->gk, h);
	if (h->counted && !h->restored)
		gk_call_ended(cs->gk, call_info(c)->call_id);
	/* then restored_over() looks at it */
	h->counted = h->counted && h->restored;
	tmr_cancel(&h->drq);
	hash_unlink(&h->le_id);
	list_unlink(&h->le);
	list_append(&cs->ending, &h->le, h);
	cs->count -= !h->restored;
	/* whoever can reach us could fill the store and the log otherwise */
	if (h->known || h->media || h->stored) {
		log_end(h);
		record_call(h);
	} else {
		metrics_inc(cs->stats, STAT_CALLS_STRANGERS);
		calls_odd(cs, "nobody known", call_info(c)->why);
	}
	if (h->restored)
		restored_over(h);
	else if (h->media)
		streams_close(h);
	else
		record_over(h);
}


/* nothing of it is to be done any more */
void held_over(struct held *h)
{
	tmr_start(&h->free, 0, on_free, h);
}


static void io_odd(struct call *c, enum side s, const char *what, void *arg)
{
	struct held *h = arg;

	calls_odd(h->cs, call_info(c)->party[s].reach.alias, what);
}


void held_io(struct call_io *io)
{
	io->dial	 = io_dial;
	io->send	 = io_send;
	io->released	 = io_released;
	io->timer	 = io_timer;
	io->now		 = io_now;
	io->answered	 = io_answered;
	io->ended	 = io_ended;
	io->odd		 = io_odd;
}
