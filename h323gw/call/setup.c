/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file setup.c  Setup: where to, by which streams, over which connection
 *
 * The same steps again when the called party sends the call elsewhere.
 */
#include <errno.h>
#include <string.h>
#include "h323gw/call/priv.h"
#include "h323gw/h225/text.h"


static int refuse(struct call *c, int reason, int cause, const char *why)
{
	release_all(c, CALL_BY_SERVER, reason, cause, why);

	return ECONNREFUSED;
}


/* ---- where to ---- */

static void facts(struct call *c, const struct item *it)
{
	const Setup_UUIE_t *s = uuie_setup(&it->u);

	c->info.has_call_id =
		it->u.callIdentifier &&
		guid_get(c->info.call_id, &it->u.callIdentifier->guid) &&
		!guid_is_zero(c->info.call_id);
	(void)guid_get(c->info.conference_id, &s->conferenceID);
}


static int read_setup(struct call *c, struct item *it)
{
	struct call_env *e = c->env;
	int err		   = uuie_decode(&it->u, e->per, e->uu, &it->q);

	if (err || !uuie_setup(&it->u)) {
		const int cause = err == ENOENT ? CAUSE_MISSING_IE
						: CAUSE_INVALID_IE;

		e->io.odd(c, it->from, "an unreadable Setup", c->arg);
		return refuse(c, ReleaseCompleteReason_PR_undefinedReason,
			      cause, "unreadable-Setup");
	}
	if (!c->setup) {
		facts(c, it);
		h245_facts(c, it);
		if (c->side[SIDE_A].h245.tunnel == TUNNEL_UNKNOWN)
			c->side[SIDE_A].h245.tunnel = TUNNEL_NO;
		c->setup = it;
		e->io.timer(c, CALL_TIMER_PROCEEDING, e->timeouts.proceeding,
			    c->arg);
	}

	return 0;
}


static size_t called_number(struct alias *a, const struct q931 *q)
{
	const struct q931_ie *ie = q931_find(q, Q931_IE_CALLED_NUMBER);
	struct q931_number n;

	if (!ie || q931_number_decode(&n, ie) || !n.digits[0])
		return 0;
	memset(a, 0, sizeof(*a));
	a->type = ALIAS_DIALLED_DIGITS;
	str_ncpy(a->text, n.digits, sizeof(a->text));

	return 1;
}


static int route_ask(struct call *c, struct item *it)
{
	const Setup_UUIE_t *s  = uuie_setup(&it->u);
	struct call_query q    = {.forwarded = c->forwards != 0};
	char endpoint[REACH_ENDPOINT_LEN];
	struct alias *v, *source;
	struct addr dest;
	size_t n = 0;
	int err;

	/* the last is who calls */
	v = mem_zalloc((ALIASES_MAX + 1) * sizeof(*v), NULL);
	if (!v)
		return ENOMEM;
	if (s->destinationAddress)
		n = alias_list_get(v, ALIASES_MAX,
				   &s->destinationAddress->list);
	if (!n)
		n = called_number(v, &it->q);
	if (n)
		c->info.called = v[0];
	source = &v[ALIASES_MAX];
	if (s->sourceAddress &&
	    alias_list_get(source, 1, &s->sourceAddress->list))
		q.source = source;
	q.conference_id = c->info.conference_id;
	q.call_id = c->info.has_call_id ? c->info.call_id : NULL;
	q.called  = c->forwards ? c->to : v;
	q.calledc = c->forwards ? c->toc : n;
	if (c->forwards)
		dest = c->to_addr;
	else if (!s->destCallSignalAddress ||
		 !h225_addr_get(&dest, s->destCallSignalAddress))
		memset(&dest, 0, sizeof(dest));
	q.dest = addr_is_set(&dest) ? &dest : NULL;
	if (s->endpointIdentifier &&
	    h225_bmp_get(endpoint, sizeof(endpoint), s->endpointIdentifier))
		q.endpointIdentifier = endpoint;

	item_proof(&q.proof, it);
	c->routed = false;
	err	  = c->env->io.route(c, &q, c->arg);
	mem_deref(v);

	return err;
}


static int step_route(struct call *c, struct item *it)
{
	const struct call_io *io = &c->env->io;
	const struct route *r	 = &c->route;
	int err, reason = 0;

	if (!item_answered(c, it, &err)) {
		err = route_ask(c, it);
		if (!err)
			return item_asked(it, EINPROGRESS);
		if (err == EALREADY)
			err = 0;
	}
	if (err)
		return refuse(c, ReleaseCompleteReason_PR_gatekeeperResources,
			      CAUSE_NO_RESOURCE, "no-route-asked");
	if (r->reason)
		return refuse(c, r->reason,
			      r->cause ? r->cause : cause_of_reason(r->reason),
			      "no-route");

	c->info.party[SIDE_B].reach = r->to;
	err = c->media ? io->media_party(c, SIDE_B, c->arg)
		       : io->media(c, &reason, c->arg);
	if (err)
		return refuse(c, reason ? reason :
			      ReleaseCompleteReason_PR_gatekeeperResources,
			      CAUSE_NO_RESOURCE, "no-media");
	c->media = true;

	return 0;
}


/* ---- the called side ---- */

static int step_dial(struct call *c, struct item *it)
{
	const struct call_io *io = &c->env->io;
	int err;

	if (!item_answered(c, it, &err)) {
		c->dialling = true;
		err	    = io->dial(c, c->arg);
		if (!err)
			return item_asked(it, EINPROGRESS);
		c->dialling = false;
		if (err == EALREADY) {
			c->info.party[SIDE_B].open = true;
			err			   = 0;
		}
	}
	if (err)
		return refuse(c,
			      ReleaseCompleteReason_PR_unreachableDestination,
			      CAUSE_NO_ROUTE, "unreachable");

	return 0;
}


static int step_send(struct call *c, struct item *it)
{
	const struct call_io *io = &c->env->io;

	if (pass_on(c, it))
		return refuse(c, ReleaseCompleteReason_PR_undefinedReason,
			      CAUSE_INVALID_IE, "Setup-not-encoded");
	if (c->ended)
		return ECONNREFUSED;
	c->side[SIDE_B].state = STATE_INITIATED;
	io->timer(c, CALL_TIMER_STATE, c->env->timeouts.t303, c->arg);
	h245_went_on(c, it);
	/* kept for another called party; what was read of it is not */
	uuie_reset(&it->u);

	return 0;
}


int setup_step(struct call *c, struct item *it)
{
	static int (*const steps[])(struct call *, struct item *) = {
		[STEP_READ] = read_setup,     [STEP_ROUTE] = step_route,
		[STEP_FAST] = carried_fast,   [STEP_H245] = carried_h245,
		[STEP_LISTEN] = carried_listen, [STEP_DIAL] = step_dial,
		[STEP_SEND] = step_send,
	};

	for (; it->step <= STEP_SEND && !c->ended; it->step++) {
		int err = steps[it->step](c, it);

		if (err)
			return err;
	}

	return 0;
}


/* ---- call forwarding ---- */

static int destination_read(struct call *c, const struct item *it)
{
	Facility_UUIE_t *f = uuie_facility(&it->u);
	struct alias *v	   = mem_zalloc(ALIASES_MAX * sizeof(*v), NULL);
	size_t n	   = 0;

	if (!v)
		return ENOMEM;
	if (f->alternativeAliasAddress)
		n = alias_list_get(v, ALIASES_MAX,
				   &f->alternativeAliasAddress->list);
	memset(&c->to_addr, 0, sizeof(c->to_addr));
	if (f->alternativeAddress)
		(void)h225_addr_get(&c->to_addr, f->alternativeAddress);
	mem_deref(c->to);
	c->to  = v;
	c->toc = n;

	return n || addr_is_set(&c->to_addr) ? 0 : ENOENT;
}


/* the called side is to forget the call, and another to hear of it */
static void leave(struct call *c, const struct item *it)
{
	const struct call_io *io = &c->env->io;

	own_release(c, SIDE_B, ReleaseCompleteReason_PR_facilityCallDeflection,
		    CAUSE_NORMAL);
	io->timer(c, CALL_TIMER_STATE, 0, c->arg);
	io->timer(c, CALL_TIMER_H245_B, 0, c->arg);
	io->h245_close(c, SIDE_B, c->arg);
	c->info.party[SIDE_B].open = false;
	io->released(c, SIDE_B, c->arg);
	h245_reset(&c->side[SIDE_B].h245);
	c->side[SIDE_B].state = STATE_NULL;
	c->fast		      = FAST_NONE;
	line_drop(c, SIDE_B, it);
}


/* callForwarded, routeCallToGatekeeper: it is us who call the other one */
bool setup_forward(struct call *c, struct item *it)
{
	struct item *again;
	const char *why;

	if (c->connected || it->from != SIDE_B || !c->setup ||
	    destination_read(c, it))
		return false;
	if (++c->forwards > CALL_FORWARDS_MAX) {
		release_all(c, CALL_BY_SERVER,
			    ReleaseCompleteReason_PR_facilityCallDeflection,
			    CAUSE_TEMPORARY_FAILURE, "forwarded-too-often");
		return true;
	}
	leave(c, it);
	if (item_alloc(&again, ITEM_Q931, SIDE_A, c->setup->p,
		       c->setup->len) ||
	    q931_decode(&again->q, again->p, again->len, &why))
		return true;
	/* next after the one that is done with now */
	list_insert_after(&c->line, &it->le, &again->le, again);
	c->line_octets += again->len;

	return true;
}
