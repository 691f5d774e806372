/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file pass.c  A message of call signalling goes on to the other side
 *
 * What need not change stays bit for bit. H.245 in it goes on in it where the
 * receiver tunnels, and by the receiver's own way where not.
 */
#include <errno.h>
#include <string.h>
#include <FacilityReason.h>
#include "h323gw/call/words.h"

#define BODY(name) H323_UU_PDU__h323_message_body_PR_##name

/* a message on its way */
struct passing {
	struct hiding h;
	enum side to;
	struct q931 q;
	struct list control; /* H.245 taken out: struct piece */
	struct called_number number;
	struct words_display display;
};


/* is the receiver told that we tunnel? */
static bool tells_tunnelling(const struct call *c, enum side to)
{
	const struct h245 *h = &c->side[to].h245;

	if (to == SIDE_B && h->tunnel == TUNNEL_UNKNOWN && h->own != OWN_UP)
		return c->env->tunnel ||
		       c->side[SIDE_A].h245.tunnel == TUNNEL_YES;

	return h245_tunnels(c, to);
}


/* ---- H.245 in it ---- */

static void take(struct call *c, struct item *it, struct passing *ps,
		 const OCTET_STRING_t *os, bool unsure)
{
	uint8_t *buf = c->env->buf[0];
	struct piece *p;
	size_t len;

	if (os->size <= 0 ||
	    h245_rewritten(c, it->from, os->buf, (size_t)os->size, buf,
			   CALL_MESSAGE_MAX, &len))
		return;
	if (unsure) {
		(void)h245_unsure(c, ps->to, buf, len);
		return;
	}
	p = mem_zalloc(sizeof(*p) + len, piece_destructor);
	if (!p)
		return;
	memcpy(p->p, buf, len);
	p->len = len;
	list_append(&ps->control, &p->le, p);
}


static void control_take(struct call *c, struct item *it, struct passing *ps)
{
	const bool tunnels   = tells_tunnelling(c, ps->to);
	Setup_UUIE_t *s	     = uuie_setup(&it->u);
	void *const lists[2] = {it->u.pdu->h245Control,
				s ? s->parallelH245Control : NULL};

	/* who tunnels has it by the message itself; who was only offered it
	 * may yet have to get it again */
	if (tunnels && c->side[ps->to].h245.tunnel == TUNNEL_YES)
		return;
	for (size_t l = 0; l < 2; l++) {
		const struct uuie_list list = uuie_list(lists[l]);

		for (int i = 0; i < list.count; i++)
			take(c, it, ps, list.array[i], tunnels);
	}
	if (tunnels || (!lists[0] && !lists[1]))
		return;
	it->u.pdu->h245Control = NULL;
	if (s)
		s->parallelH245Control = NULL;
	it->changed = true;
}


static void control_deliver(struct call *c, struct passing *ps)
{
	struct piece *p;

	while ((p = list_ledata(list_head(&ps->control)))) {
		list_unlink(&p->le);
		if (!c->ended || c->side[ps->to].h245.own == OWN_UP)
			h245_deliver(c, ps->to, p->p, p->len);
		if (p->len == sizeof(h245_end_session) &&
		    !memcmp(p->p, h245_end_session, p->len))
			c->side[ps->to].h245.end_sent = true;
		mem_deref(p);
	}
}


/* it brought no EndSessionCommand, and one is owed (H.323 §8.5) */
static int end_session(struct call *c, struct item *it, enum side to)
{
	struct h245 *h = &c->side[to].h245;

	h245_finish(c, to);
	if (!h245_tunnels(c, to) || !h->talked || h->end_sent ||
	    it->u.pdu->h245Control)
		return 0;
	it->changed = true;

	return own_control_put(&it->u, h245_end_session,
			       sizeof(h245_end_session));
}


/* ---- fields ---- */

static int tunnelling_edit(struct call *c, struct item *it, enum side to)
{
	BOOLEAN_t **b	= &it->u.pdu->h245Tunnelling;
	const bool want = tells_tunnelling(c, to);

	if (uuie_bool(*b) == want ||
	    (!*b && !h245_says_tunnelling(&it->u)))
		return 0;
	it->changed = true;

	return uuie_bool_set(&it->u, b, want);
}


static int h245_address_edit(struct call *c, struct item *it,
			     struct passing *ps)
{
	TransportAddress_t **ta = it->u.h245Address;

	if (!ta || (!*ta && !it->tell_h245))
		return 0;
	if (!it->tell_h245) {
		*ta	    = NULL;
		it->changed = true;
		return 0;
	}
	ps->h.h245 = c->side[ps->to].h245.ours;
	if (*ta)
		return 0;
	it->changed = true;
	*ta	    = per_msg_zalloc(it->u.msg, sizeof(**ta));

	return *ta ? h225_addr_set(*ta, it->u.msg, &ps->h.h245) : ENOMEM;
}


static int destination_edit(struct call *c, struct item *it,
			    struct passing *ps)
{
	const struct alias *v = c->to;
	size_t n	      = c->toc;

	if (c->route.rewritten) {
		v = &c->route.called;
		n = 1;
	}
	if (it->q.type != Q931_SETUP || !n)
		return 0;
	it->changed = true;

	return hide_called_number(&ps->q, v, &ps->number) ||
			       hide_destination(&it->u, v, n)
		       ? EINVAL
		       : 0;
}


static int edit(struct call *c, struct item *it, struct passing *ps)
{
	int err;

	control_take(c, it, ps);
	err = tunnelling_edit(c, it, ps->to);
	if (!err)
		err = h245_address_edit(c, it, ps);
	if (!err)
		err = destination_edit(c, it, ps);
	if (!err)
		err = hide_edit(&it->u, &ps->h, &it->changed);

	return err;
}


/* nothing is left in it that would mean anything to the receiver */
static bool is_empty(const struct item *it)
{
	const H323_UU_PDU_t *pdu = it->u.pdu;
	Facility_UUIE_t *f	 = uuie_facility(&it->u);

	if (pdu->h245Control || pdu->h4501SupplementaryService ||
	    pdu->nonStandardControl || pdu->tunnelledSignallingMessage ||
	    pdu->stimulusControl || pdu->genericData || pdu->nonStandardData)
		return false;
	if (it->u.body == BODY(empty))
		return true;
	if (!f || f->h245Address || f->fastStart || f->serviceControl)
		return false;

	return f->reason.present == FacilityReason_PR_startH245 ||
	       f->reason.present == FacilityReason_PR_transportedInformation;
}


/* ---- its octets ---- */

/* into q, in buf[1] from octet 1 on */
static int user_user(struct call *c, struct item *it, struct passing *ps)
{
	struct call_env *e = c->env;
	const uint8_t *p   = per_msg_octets(it->u.msg);
	size_t len	   = per_msg_len(it->u.msg);
	const bool sign	   = e->io.sign(c, ps->to, &it->u, c->arg);
	int err		   = 0;

	if (it->changed || sign) {
		err = per_msg_encode(it->u.msg, e->buf[0], CALL_MESSAGE_MAX,
				     &len, NULL);
		p   = e->buf[0];
	}
	if (!err)
		err = per_rewrite(e->per, e->uu, p, len, hide_address, &ps->h,
				  e->buf[1] + 1, CALL_MESSAGE_MAX, &len, NULL);
	e->buf[1][0] = 5; /* Q.931 §4.5.30 */
	if (!err && sign)
		e->io.seal(c, e->buf[1] + 1, len, c->arg);

	return err ? err
		   : q931_ie_set(&ps->q, Q931_IE_USER_USER, e->buf[1],
				 len + 1);
}


static int put(struct call *c, struct passing *ps)
{
	const struct call_party *p = &c->info.party[ps->to];
	struct call_env *e	   = c->env;
	size_t len;
	int err;

	ps->q.callref_len      = 2;
	ps->q.callref	       = p->callref;
	ps->q.from_destination = p->chose;
	err = q931_encode(&ps->q, e->buf[0], CALL_MESSAGE_MAX, &len);
	if (!err)
		e->io.send(c, ps->to, e->buf[0], len, c->arg);

	return err;
}


static void begin(struct passing *ps, struct call *c, const struct item *it)
{
	const struct call_party *p;

	memset(ps, 0, sizeof(*ps));
	ps->to	   = side_other(it->from);
	ps->q	   = it->q;
	p	   = &c->info.party[ps->to];
	ps->h.c	   = c;
	ps->h.from = it->from;
	ps->h.own  = p->own;
	ps->h.as   = ps->to == SIDE_B ? p->reach.as : "";
	if (ps->to == SIDE_B)
		ps->h.dest = p->reach.nat ? p->reach.seen
					  : p->reach.signalling;
}


static int encode(struct call *c, struct item *it, struct passing *ps)
{
	int err = 0;

	words_display(&ps->q, &ps->h, &ps->display);
	if (it->u.msg)
		err = user_user(c, it, ps);
	else
		q931_ie_remove(&ps->q, Q931_IE_USER_USER);

	return err ? err : put(c, ps);
}


/* CallProceeding has been told already: what it brings comes otherwise
 * (H.225.0 §7.3.9, forwardedElements) */
static int forward_elements(struct call *c, struct item *it,
			    struct passing *ps)
{
	const struct uuie *o = &it->u;
	Facility_UUIE_t *f;
	struct uuie u;
	int err;

	if (!(o->h245Address && *o->h245Address) && !*o->fastStart &&
	    !o->pdu->h245Control)
		return 0;
	err = uuie_alloc(&u, c->env->per, c->env->uu, BODY(facility),
			 c->info.has_call_id ? c->info.call_id : NULL);
	if (err)
		return err;
	f		  = uuie_facility(&u);
	f->reason.present = FacilityReason_PR_forwardedElements;
	f->h245Address	  = *o->h245Address;
	f->fastStart	  = *o->fastStart;
	u.pdu->h245Tunnelling = o->pdu->h245Tunnelling;
	u.pdu->h245Control    = (void *)o->pdu->h245Control;
	err = uuie_bool_set(&u, &f->multipleCalls, false);
	if (!err)
		err = uuie_bool_set(&u, &f->maintainConnection, false);
	if (!err) {
		/* the old one's octets are in use until it is encoded */
		struct item fresh = {.u = u, .changed = true};

		memset(&ps->q, 0, sizeof(ps->q));
		ps->q.type = Q931_FACILITY;
		(void)q931_ie_set(&ps->q, Q931_IE_FACILITY, NULL, 0);
		err = encode(c, &fresh, ps);
	}
	uuie_reset(&u);

	return err;
}


int pass_on(struct call *c, struct item *it)
{
	struct passing ps;
	int err;

	begin(&ps, c, it);
	err = it->u.msg ? edit(c, it, &ps) : 0;
	if (err)
		goto out;
	if (it->q.type == Q931_CALL_PROCEEDING && c->proceeding_told &&
	    it->u.msg)
		err = forward_elements(c, it, &ps);
	else if (!it->u.msg || it->q.type != Q931_FACILITY || !is_empty(it))
		err = encode(c, it, &ps);
	control_deliver(c, &ps);
 out:
	if (err)
		c->env->io.odd(c, it->from, "a message can't be passed on",
			       c->arg);
	list_flush(&ps.control);

	return err;
}


int pass_release(struct call *c, struct item *it, int cause)
{
	const uint8_t ie[] = {0x81, (uint8_t)(0x80 | cause)};
	struct passing ps;
	int err;

	begin(&ps, c, it);
	if (!q931_find(&ps.q, Q931_IE_CAUSE))
		(void)q931_ie_set(&ps.q, Q931_IE_CAUSE, ie, sizeof(ie));
	err = edit(c, it, &ps);
	if (!err) {
		control_deliver(c, &ps);
		err = end_session(c, it, ps.to);
	}
	if (!err)
		err = encode(c, it, &ps);
	list_flush(&ps.control);

	return err;
}
