/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file h245.c  How H.245 gets to each side (H.323 §8.2)
 *
 * Each side has a way of its own: tunnelled in call signalling, a connection
 * that it or we open, or none yet; then what is for it waits. Addresses are
 * written before, so what waits has none that is not to be seen.
 */
#include <errno.h>
#include <string.h>
#include <MultimediaSystemControlMessage.h>
#include "h323gw/call/priv.h"


enum {
	WAITING_MAX = 256 * 1024, /* octets towards one side */
};


/* ---- what waits ---- */

void piece_destructor(void *arg)
{
	struct piece *p = arg;

	list_unlink(&p->le);
}


/* ENOBUFS: too much waits */
static int piece_add(struct h245 *h, struct list *l, const uint8_t *p,
		     size_t len)
{
	struct piece *pc;

	if (h->octets + len > WAITING_MAX)
		return ENOBUFS;
	pc = mem_zalloc(sizeof(*pc) + len, piece_destructor);
	if (!pc)
		return ENOMEM;
	memcpy(pc->p, p, len);
	pc->len = len;
	h->octets += len;
	list_append(l, &pc->le, pc);

	return 0;
}


void h245_pieces_drop(struct h245 *h, struct list *l)
{
	struct piece *p;

	while ((p = list_ledata(list_head(l)))) {
		h->octets -= p->len;
		mem_deref(p);
	}
}


/* what Setup brought, and its receiver may have had */
int h245_unsure(struct call *c, enum side s, const uint8_t *p, size_t len)
{
	struct h245 *h = &c->side[s].h245;

	return piece_add(h, &h->unsure, p, len);
}


void h245_reset(struct h245 *h)
{
	h245_pieces_drop(h, &h->outl);
	h245_pieces_drop(h, &h->unsure);
	memset(h, 0, sizeof(*h));
}


/* ---- the ways ---- */

/* is H.245 to this side tunnelled? A connection of its own goes before */
bool h245_tunnels(const struct call *c, enum side s)
{
	const struct h245 *h = &c->side[s].h245;

	return h->tunnel == TUNNEL_YES && h->own != OWN_UP;
}


void h245_flush(struct call *c, enum side s)
{
	struct h245 *h = &c->side[s].h245;
	struct piece *p;

	while (!c->ended && (p = list_ledata(list_head(&h->outl)))) {
		h->talked = true;
		if (h->own == OWN_UP)
			c->env->io.h245_send(c, s, p->p, p->len, c->arg);
		else if (h245_tunnels(c, s))
			own_tunnel(c, s, p->p, p->len);
		else
			return;
		h->octets -= p->len;
		mem_deref(p);
	}
}


void h245_deliver(struct call *c, enum side to, const uint8_t *p, size_t len)
{
	struct h245 *h = &c->side[to].h245;
	int err;

	h->talked = true;
	if (h->own == OWN_UP) {
		c->env->io.h245_send(c, to, p, len, c->arg);
		return;
	}
	if (h245_tunnels(c, to)) {
		own_tunnel(c, to, p, len);
		return;
	}
	err = piece_add(h, &h->outl, p, len);
	if (err) {
		release_all(c, CALL_BY_SERVER,
			    ReleaseCompleteReason_PR_gatekeeperResources,
			    CAUSE_NO_RESOURCE, "too-much-H.245");
		return;
	}
	h245_start(c, to);
}


static bool can_connect(const struct call *c, enum side s)
{
	const struct h245 *h = &c->side[s].h245;

	return addr_is_set(&h->theirs) && !h->failed &&
	       !c->info.party[s].reach.nat;
}


/* may it be told an address of ours in a Facility by now? The called side has
 * its chance to give its own first, until Connect */
static bool can_tell(const struct call *c, enum side s)
{
	return c->info.party[s].open &&
	       (s == SIDE_A || c->connected || c->side[s].h245.failed);
}


void h245_no_way(struct call *c, enum side s)
{
	struct h245 *h = &c->side[s].h245;

	if (c->fast == FAST_ANSWERED && !c->side[s].h245.outl.head)
		return;
	if (!h->outl.head && !h->wants)
		return;
	release_all(c, CALL_BY_SERVER,
		    ReleaseCompleteReason_PR_undefinedReason,
		    CAUSE_TEMPORARY_FAILURE, "no-H.245-connection");
}


/* see to it that there is a way for what waits, or for what they wait for */
void h245_start(struct call *c, enum side s)
{
	struct h245 *h = &c->side[s].h245;

	if (c->ended || h->own == OWN_UP || h245_tunnels(c, s)) {
		h245_flush(c, s);
		return;
	}
	/* the called side has not said what it can */
	if (s == SIDE_B && h->tunnel == TUNNEL_UNKNOWN)
		return;
	if ((h->own == OWN_NONE || h->own == OWN_WAITING) &&
	    can_connect(c, s)) {
		h->own = OWN_CONNECTING;
		if (!c->env->io.h245_connect(c, s, &h->theirs, c->arg))
			return;
		h->own	  = OWN_NONE;
		h->failed = true;
	}
	if (h->own == OWN_NONE && can_tell(c, s)) {
		h->own = OWN_LISTENING;
		if (c->env->io.h245_listen(c, s, c->arg)) {
			h->own = OWN_NONE;
			h245_no_way(c, s);
		}
	}
}


/* the end of what is said to a side, on a connection of its own */
void h245_finish(struct call *c, enum side s)
{
	struct h245 *h = &c->side[s].h245;

	if (h->own != OWN_UP || !h->talked || h->end_sent)
		return;
	h->end_sent = true;
	c->env->io.h245_send(c, s, h245_end_session, sizeof(h245_end_session),
			     c->arg);
}


/* ---- messages on a connection of its own ---- */

struct rewriting {
	struct call *c;
	enum side from;
};


static bool rewrite(const struct per_addr *a, struct per_ipport *to, void *arg)
{
	const struct rewriting *r = arg;

	return r->c->env->io.media_rewrite(r->c, r->from, a, to, r->c->arg);
}


int h245_rewritten(struct call *c, enum side from, const uint8_t *p,
		   size_t len, uint8_t *buf, size_t size, size_t *lenp)
{
	struct rewriting r = {c, from};

	return per_rewrite(c->env->per, c->env->h245, p, len, rewrite, &r, buf,
			   size, lenp, NULL);
}


/* one message of a TPKT, which may hold several */
static int one(struct call *c, struct item *it)
{
	struct call_env *e = c->env;
	const uint8_t *p   = it->p + it->at;
	size_t len;
	int err;

	if (!it->msg) {
		err = per_decode(&it->msg, e->per, e->h245, p,
				 it->len - it->at, NULL);
		if (err)
			return err;
	}
	err = carried_shown(c, it, per_msg_value(it->msg));
	if (err == EINPROGRESS)
		return err;
	len = per_msg_len(it->msg);
	if (!err)
		err = h245_rewritten(c, it->from, p, len, e->buf[0],
				     CALL_MESSAGE_MAX, &len);
	if (!err)
		h245_deliver(c, side_other(it->from), e->buf[0], len);
	it->at += per_msg_len(it->msg);
	per_msg_free(it->msg);
	it->msg = NULL;

	return 0;
}


int h245_step(struct call *c, struct item *it)
{
	int err = 0;

	while (!err && !c->ended && it->at < it->len)
		err = one(c, it);
	if (err && err != EINPROGRESS)
		c->env->io.odd(c, it->from, "unreadable H.245", c->arg);

	return err;
}
