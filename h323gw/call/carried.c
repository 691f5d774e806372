/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file carried.c  fastStart and H.245 that a message of call signalling brings
 *
 * Shown to media before the message goes on; what must not go on is taken out,
 * and refused where H.245 has an answer for that.
 */
#include <errno.h>
#include <string.h>
#include <MultimediaSystemControlMessage.h>
#include <OpenLogicalChannel.h>
#include "h323gw/call/priv.h"


/* ---- fastStart ---- */

/* those that can be read; the others are taken out */
static size_t olcs_read(struct call *c, struct item *it,
			const OpenLogicalChannel_t *v[UUIE_NESTED_MAX])
{
	void *list = *it->u.fastStart;
	size_t n   = 0;

	for (int i = 0; i < uuie_list(list).count;) {
		const void *os		   = uuie_list(list).array[i];
		const struct per_nested *p = per_nested_find(it->u.msg, os);

		if (p && p->value && n < UUIE_NESTED_MAX) {
			v[n++] = p->value;
			++i;
			continue;
		}
		c->env->io.odd(c, it->from, "an unreadable fastStart", c->arg);
		uuie_list_remove(list, i);
		it->changed = true;
	}

	return n;
}


static void fast_remove(struct call *c, struct item *it)
{
	*it->u.fastStart = NULL;
	it->changed	 = true;
	if (it->from != SIDE_B || !it->u.fastConnectRefused)
		return;
	/* the caller is to open its channels by H.245 (H.323 §8.1.7) */
	*it->u.fastConnectRefused =
		per_msg_zalloc(it->u.msg, sizeof(NULL_t));
	c->fast = FAST_REFUSED;
	c->env->io.media_refused(c, c->arg);
}


/* the called side says no, in so many words or by Connect without an answer */
static void fast_refused(struct call *c, const struct item *it)
{
	const struct uuie *u = &it->u;

	if (it->from != SIDE_B || c->fast != FAST_OFFERED)
		return;
	if (!(u->fastConnectRefused && *u->fastConnectRefused) &&
	    it->q.type != Q931_CONNECT)
		return;
	c->fast = FAST_REFUSED;
	c->env->io.media_refused(c, c->arg);
}


int carried_fast(struct call *c, struct item *it)
{
	const OpenLogicalChannel_t *v[UUIE_NESTED_MAX];
	struct uuie *u = &it->u;
	size_t n;
	int err;

	if (!u->fastStart || !*u->fastStart) {
		fast_refused(c, it);
		return 0;
	}
	if (!item_answered(c, it, &err)) {
		n   = olcs_read(c, it, v);
		err = n ? c->env->io.media_fast(c, it->from, v, n,
						it->from == SIDE_B, c->arg)
			: ENOENT;
		if (item_asked(it, err) == EINPROGRESS)
			return err;
	}
	if (err) {
		fast_remove(c, it);
		return 0;
	}
	if (c->fast == FAST_NONE && it->from == SIDE_A)
		c->fast = FAST_OFFERED;
	else if (it->from == SIDE_B)
		c->fast = FAST_ANSWERED;

	return 0;
}


/* ---- tunnelled H.245 ---- */

/* the list with the n-th tunnelled message, and its place there */
static void *list_at(const struct item *it, size_t n, int *i)
{
	const Setup_UUIE_t *s = uuie_setup(&it->u);
	void *control	      = it->u.pdu->h245Control;
	const size_t first    = (size_t)uuie_list(control).count;

	if (n < first) {
		*i = (int)n;
		return control;
	}
	if (!s || n - first >= (size_t)uuie_list(s->parallelH245Control).count)
		return NULL;
	*i = (int)(n - first);

	return s->parallelH245Control;
}


static void refuse(struct call *c, enum side to,
		   const MultimediaSystemControlMessage_t *msg)
{
	struct call_env *e = c->env;
	struct per_msg *reply;
	uint8_t buf[1024];
	size_t len;

	if (e->io.media_reply(c, &reply, msg, c->arg))
		return;
	if (!per_msg_encode(reply, buf, sizeof(buf), &len, NULL))
		h245_deliver(c, to, buf, len);
	per_msg_free(reply);
}


/* 0: it may go on; EINPROGRESS; else it must not */
int carried_shown(struct call *c, struct item *it,
		  const MultimediaSystemControlMessage_t *msg)
{
	struct h245 *h = &c->side[it->from].h245;
	int err;

	if (!item_answered(c, it, &err)) {
		h->talked = true;
		err	  = c->env->io.media_h245(c, it->from, msg, c->arg);
		if (item_asked(it, err) == EINPROGRESS)
			return err;
	}
	if (err == ENOENT)
		err = 0;
	if (err) {
		refuse(c, it->from, msg);
		c->env->io.odd(c, it->from, "a channel is refused", c->arg);
		return err;
	}
	if (msg->present == MultimediaSystemControlMessage_PR_command &&
	    msg->choice.command.present ==
		    CommandMessage_PR_endSessionCommand) {
		h->end_got = true;
		c->side[side_other(it->from)].h245.end_sent = true;
	}

	return 0;
}


/* an empty list is none */
static void lists_trim(struct item *it)
{
	Setup_UUIE_t *s = uuie_setup(&it->u);

	if (!uuie_list(it->u.pdu->h245Control).count)
		it->u.pdu->h245Control = NULL;
	if (s && !uuie_list(s->parallelH245Control).count)
		s->parallelH245Control = NULL;
}


int carried_h245(struct call *c, struct item *it)
{
	void *list;
	int i;

	while ((list = list_at(it, it->next, &i))) {
		const struct per_nested *n =
			it->next < UUIE_NESTED_MAX
				? per_nested_find(it->u.msg,
						  uuie_list(list).array[i])
				: NULL;
		int err = n && n->value ? carried_shown(c, it, n->value)
					: EBADMSG;

		if (err == EINPROGRESS)
			return err;
		if (err == EBADMSG)
			c->env->io.odd(c, it->from, "unreadable H.245",
				       c->arg);
		if (err) {
			uuie_list_remove(list, i);
			it->changed = true;
		} else
			++it->next;
	}
	lists_trim(it);

	return 0;
}


/* ---- an address for H.245 ---- */

/* is our address to stand in this message, for a side that tunnels nothing? */
static bool needs_address(const struct call *c, const struct item *it)
{
	const enum side to   = side_other(it->from);
	const struct h245 *h = &c->side[to].h245;
	bool h245;

	if (!it->u.h245Address || h->tunnel == TUNNEL_YES ||
	    h->own == OWN_UP || h->own == OWN_CONNECTING || h->own == OWN_OVER)
		return false;
	if (addr_is_set(&h->theirs) && !h->failed &&
	    !c->info.party[to].reach.nat)
		return false;
	h245 = uuie_h245Address(&it->u) ||
	       (it->q.type != Q931_SETUP && it->u.pdu->h245Control);

	return h245 || (it->q.type == Q931_CONNECT &&
			c->side[it->from].h245.tunnel == TUNNEL_YES);
}


int carried_listen(struct call *c, struct item *it)
{
	const enum side to = side_other(it->from);
	struct h245 *h	   = &c->side[to].h245;
	int err;

	if (!item_answered(c, it, &err)) {
		if (!needs_address(c, it))
			return 0;
		if (h->own == OWN_NONE) {
			h->own = OWN_LISTENING;
			err = c->env->io.h245_listen(c, to, c->arg);
			if (!err)
				return item_asked(it, EINPROGRESS);
			h->own = OWN_NONE;
		}
		/* one is being made already: the answer comes here, too */
		else if (h->own == OWN_LISTENING)
			return item_asked(it, EINPROGRESS);
	}
	it->tell_h245 = h->own == OWN_WAITING;

	return 0;
}
