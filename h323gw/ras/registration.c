/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file registration.c  RRQ: full, lightweight, additive (H.225.0 §7.9)
 *
 * An endpoint that comes again is known by its endpointIdentifier, or by its
 * call signalling address, agent and IP: then it takes the place of itself. An
 * alias that another endpoint has is refused.
 *
 * Pure: changes the zone alone.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "h323gw/h225/id.h"
#include "h323gw/h225/text.h"
#include "registrant.h"


/* ---- answers ---- */

static RegistrationReject_t *reject_make(struct ras_exchange *x,
					 RegistrationRejectReason_PR reason)
{
	RegistrationReject_t *rrj =
		ras_reply(x, RasMessage_PR_registrationReject);

	if (!rrj)
		return NULL;
	rrj->requestSeqNum = x->in->choice.registrationRequest.requestSeqNum;
	rrj->gatekeeperIdentifier = ras_gk_id(x);
	rrj->rejectReason.present = reason;

	return ras_protocol(x, &rrj->protocolIdentifier) ? NULL : rrj;
}


static int reject(struct ras_exchange *x, RegistrationRejectReason_PR reason)
{
	return reject_make(x, reason) ? 0 : ENOMEM;
}


/* aliases as they stand registered; in a lightweight one none is told */
static int confirm_aliases(struct ras_exchange *x, RegistrationConfirm_t *rcf)
{
	const struct zone_alias *za;
	struct alias *a = &x->ras->aliases[0]; /* they are read by now */
	int err		= 0;

	if (!x->ep->aliases)
		return 0;
	rcf->terminalAlias =
		per_msg_zalloc(x->answer, sizeof(*rcf->terminalAlias));
	if (!rcf->terminalAlias)
		return ENOMEM;
	for (za = x->ep->aliases; za && !err; za = za->next) {
		a->type = za->type;
		a->ton	= za->ton;
		memcpy(a->text, za->text, strlen(za->text) + 1);
		err = ras_alias_append(x, &rcf->terminalAlias->list, a);
	}

	return err;
}


static int confirm(struct ras_exchange *x, bool full)
{
	RegistrationConfirm_t *rcf =
		ras_reply(x, RasMessage_PR_registrationConfirm);
	const struct addr own = ras_own_signalling(x->ras, x->src);
	int err;

	if (!rcf)
		return ENOMEM;
	rcf->requestSeqNum = x->in->choice.registrationRequest.requestSeqNum;
	rcf->gatekeeperIdentifier = ras_gk_id(x);
	rcf->timeToLive		  = ras_number(x, x->ep->ttl);
	rcf->willRespondToIRR	  = ras_bool(x, true);
	rcf->maintainConnection	  = ras_bool(x, false);
	err = ras_protocol(x, &rcf->protocolIdentifier);
	if (!err)
		err = ras_addr_append(x, &rcf->callSignalAddress.list, &own);
	if (!err)
		err = h225_bmp_set(&rcf->endpointIdentifier, x->answer,
				   x->ep->id);
	if (!err && full) {
		rcf->supportsAdditiveRegistration = ras_null(x);
		err = confirm_aliases(x, rcf);
	}

	return err;
}


/* ---- time to live ---- */

static uint32_t ttl_grant(const struct ras *r, const TimeToLive_t *wanted,
			  bool nat)
{
	uint32_t most = nat && r->conf.ttl_nat ? r->conf.ttl_nat : r->conf.ttl;

	if (!wanted || *wanted >= most)
		return most;

	return *wanted < RAS_TTL_MIN ? RAS_TTL_MIN : (uint32_t)*wanted;
}


static void heard(struct ras_exchange *x)
{
	struct endpoint *ep = x->ep;

	ep->ttl = ttl_grant(x->ras,
			    x->in->choice.registrationRequest.timeToLive,
			    ep->at.nat);
	ep->last_seen = x->ras->h.nowh(x->ras->arg);
	ep->expires   = ep->last_seen + (int64_t)ep->ttl * 1000;
	ep->asked     = 0;
	zone_due(ep, ep->expires);
}


/* ---- lightweight ---- */

static int keep_alive(struct ras_exchange *x)
{
	const RegistrationRequest_t *rrq = &x->in->choice.registrationRequest;
	struct endpoint_address at;
	bool moved;

	x->ep = ras_claimed(x, rrq->endpointIdentifier);
	if (!x->ep)
		return reject(x,
			RegistrationRejectReason_PR_fullRegistrationRequired);
	if (!ras_authentic(x, x->ep))
		return reject(x, RegistrationRejectReason_PR_securityDenial);

	/* a NAT may have given it another port, or it took one itself */
	at    = x->ep->at;
	moved = (at.nat || at.agent[0]) && !addr_eq(&at.ras, &x->src->from);
	if (moved) {
		at.ras	= x->src->from;
		at.seen = x->src->seen;
		(void)zone_move(x->ep, &at);
	}
	heard(x);
	x->ras->h.registeredh(x->ep, moved, x->ras->arg);

	return confirm(x, false);
}


/* ---- whose aliases they are ---- */

static int duplicate(struct ras_exchange *x, size_t aliasc)
{
	struct ras *r		  = x->ras;
	RegistrationReject_t *rrj = reject_make(x,
			RegistrationRejectReason_PR_duplicateAlias);
	size_t i;
	int err = rrj ? 0 : ENOMEM;

	for (i = 0; i < aliasc && !err; i++) {
		const struct endpoint *other =
			zone_by_alias(r->conf.zone, &r->aliases[i]);

		if (other && other != x->ep)
			err = ras_alias_append(x,
				&rrj->rejectReason.choice.duplicateAlias.list,
				&r->aliases[i]);
	}

	return err;
}


/* false: one is another's, who keeps it */
static bool aliases_free(struct ras_exchange *x, size_t aliasc)
{
	struct ras *r = x->ras;
	size_t i;

	for (i = 0; i < aliasc; i++) {
		struct endpoint *other =
			zone_by_alias(r->conf.zone, &r->aliases[i]);

		if (!other || other == x->ep)
			continue;
		if (!r->conf.replace)
			return false;
		ras_unregister(r, other, "replaced");
	}

	return true;
}


/* ---- full ---- */

static void name(struct ras *r, char *id, size_t size)
{
	do {
		const uint64_t n = ++r->ids;

		(void)snprintf(id, size, "%016" PRIx64,
			       index_hash(r->conf.seed, &n, sizeof(n)));
	} while (zone_by_id(r->conf.zone, id));
}


/* the endpoint that stands where this one is now is this one */
static int move(struct ras_exchange *x, const struct registrant *rg)
{
	struct endpoint *other =
		zone_by_address(x->ras->conf.zone, rg->at.agent,
				&rg->at.signalling, &rg->at.seen);

	if (other && other != x->ep)
		ras_unregister(x->ras, other, "replaced");

	return zone_move(x->ep, &rg->at);
}


static int enter(struct ras_exchange *x, const struct registrant *rg)
{
	char id[sizeof(x->ep->id)];
	int err;

	name(x->ras, id, sizeof(id));
	err = zone_add(&x->ep, x->ras->conf.zone, id, &rg->at, 0);
	if (!err)
		x->ep->first_seen = x->ras->h.nowh(x->ras->arg);

	return err;
}


static int names_put(struct ras_exchange *x, const struct registrant *rg)
{
	struct ras *r = x->ras;
	size_t i;
	int err = 0;

	for (i = 0; i < rg->aliasc && (!err || err == EALREADY); i++)
		err = zone_alias_add(x->ep, &r->aliases[i]);
	for (i = 0; i < rg->prefixc && (!err || err == EALREADY); i++)
		err = zone_prefix_add(x->ep, &r->prefixes[i]);

	return err == EALREADY ? 0 : err;
}


static int take(struct ras_exchange *x, const struct registrant *rg,
		bool additive)
{
	struct endpoint *ep = x->ep;
	int err;

	zone_unmark(ep);
	err = names_put(x, rg);
	if (err)
		return err;
	if (!additive) {
		ep->type    = rg->type;
		ep->version = rg->version;
		(void)zone_vendor(ep, rg->vendor);
		x->ras->h.droppedh(ep, x->ras->arg);
		(void)zone_drop_unmarked(ep);
	}
	heard(x);
	x->ras->h.registeredh(ep, true, x->ras->arg);

	return confirm(x, true);
}


/* by what it says it is, or by where it is; NULL: it is new */
static struct endpoint *known(const struct ras_exchange *x,
			      const struct registrant *rg)
{
	const RegistrationRequest_t *rrq = &x->in->choice.registrationRequest;
	struct zone *z			 = x->ras->conf.zone;
	char id[REACH_ENDPOINT_LEN];
	struct endpoint *ep = NULL;

	if (rrq->endpointIdentifier &&
	    h225_bmp_get(id, sizeof(id), rrq->endpointIdentifier))
		ep = zone_by_id(z, id);
	if (ep && !strcmp(ep->at.agent, x->src->agent))
		return ep;

	return zone_by_address(z, rg->at.agent, &rg->at.signalling,
			       &rg->at.seen);
}


static int refused(struct ras_exchange *x, int err)
{
	if (err == ENFILE || err == ENOBUFS)
		return reject(x,
			      RegistrationRejectReason_PR_resourceUnavailable);

	return err;
}


static int full(struct ras_exchange *x, bool additive)
{
	const RegistrationRequest_t *rrq = &x->in->choice.registrationRequest;
	struct registrant rg		 = {.type = ENDPOINT_OTHER};
	RegistrationRejectReason_PR reason;
	bool fresh;
	int err;

	reason = registrant_read(&rg, x);
	if (reason)
		return reject(x, reason);

	x->ep = known(x, &rg);
	fresh = !x->ep;
	if (additive && (fresh || !ras_same_place(x->ep, x->src)))
		return reject(x,
			RegistrationRejectReason_PR_fullRegistrationRequired);
	if (!ras_authentic(x, x->ep) ||
	    !x->ras->h.allowh(RAS_REGISTER, x->src, x->ras->arg))
		return reject(x, RegistrationRejectReason_PR_securityDenial);
	if (fresh && !x->ras->h.allowh(RAS_ENTER, x->src, x->ras->arg))
		return refused(x, ENFILE);
	if (!aliases_free(x, rg.aliasc))
		return duplicate(x, rg.aliasc);

	if (rrq->restart && !fresh)
		x->ras->h.goneh(x->ep->id, x->ras->arg);
	err = fresh ? enter(x, &rg) : move(x, &rg);
	if (!err)
		err = take(x, &rg, additive);
	if (err && fresh && x->ep) {
		zone_remove(x->ep);
		x->ep = NULL;
	}

	return err ? refused(x, err) : 0;
}


int ras_registration_request(struct ras_exchange *x)
{
	const RegistrationRequest_t *rrq = &x->in->choice.registrationRequest;

	if (x->src->multicast)
		return 0;
	if (!h225_version_get(&rrq->protocolIdentifier))
		return reject(x, RegistrationRejectReason_PR_invalidRevision);
	if (!ras_meant(x->ras, rrq->gatekeeperIdentifier))
		return reject(x, RegistrationRejectReason_PR_discoveryRequired);
	if (rrq->keepAlive && *rrq->keepAlive)
		return keep_alive(x);

	return full(x, rrq->additiveRegistration != NULL);
}
