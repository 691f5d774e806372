/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file answers.c  What a gatekeeper answers to a registration's requests
 *
 * Owns no state: the registration is registration.c's.
 */
#include <errno.h>
#include <string.h>
#include "h323gw/h225/address.h"
#include "h323gw/h225/text.h"
#include "priv.h"

enum {
	TTL_MIN = 10, /* s */
	TTL_MAX = 86400,
};


typedef A_SEQUENCE_OF(struct AlternateGK) alternate_list;

void reg_alternates(struct upstream_reg *reg, const void *list)
{
	const alternate_list *l = list;
	int i;

	if (!l)
		return;
	reg->alternatec = reg->alternate = 0;
	for (i = 0; i < l->count && reg->alternatec < UPSTREAM_ALTERNATES;
	     i++) {
		struct addr a;

		if (h225_addr_get(&a, &l->array[i]->rasAddress) &&
		    addr_family(&a) == addr_family(&reg->own) &&
		    !addr_is_any(&a) && !addr_is_multicast(&a))
			reg->alternates[reg->alternatec++] = a;
	}
}


/* another gatekeeper, if it named one, or later this one again */
static void elsewhere(struct upstream_reg *reg, enum upstream_state state)
{
	reg->discovered = false;
	str_ncpy(reg->gatekeeper_id, reg->up->conf.gatekeeper_id,
		 sizeof(reg->gatekeeper_id));
	reg_state_set(reg, state);
	if (reg->alternate < reg->alternatec) {
		reg->gatekeeper	      = reg->alternates[reg->alternate++];
		reg->gatekeeper_id[0] = '\0';
		reg_begin(reg);
		return;
	}
	reg->alternate	= 0;
	reg->gatekeeper = reg->up->conf.gatekeeper;
	reg_timer(reg, reg_again(reg));
}


static void silent(struct upstream_reg *reg, enum asking what)
{
	if (reg->leaving) {
		reg_state_set(reg, UPSTREAM_GONE);
		return;
	}
	reg_forget(reg);
	if (what == ASK_URQ && !reg->namec)
		reg_state_set(reg, UPSTREAM_IDLE);
	else
		elsewhere(reg, UPSTREAM_SILENT);
}


static void discovered(struct upstream_reg *reg, const struct ras_response *r)
{
	const RasMessage_t *m = r->message;
	const GatekeeperConfirm_t *gcf = &m->choice.gatekeeperConfirm;
	const GatekeeperReject_t *grj  = &m->choice.gatekeeperReject;
	struct addr a;

	if (r->type != RasMessage_PR_gatekeeperConfirm) {
		if (r->type == RasMessage_PR_gatekeeperReject &&
		    grj->altGKInfo)
			reg_alternates(reg,
				&grj->altGKInfo->alternateGatekeeper.list);
		elsewhere(reg, UPSTREAM_REFUSED);
		return;
	}
	if (gcf->gatekeeperIdentifier)
		(void)h225_bmp_get(reg->gatekeeper_id,
				   sizeof(reg->gatekeeper_id),
				   gcf->gatekeeperIdentifier);
	if (h225_addr_get(&a, &gcf->rasAddress) &&
	    addr_family(&a) == addr_family(&reg->own) && !addr_is_any(&a) &&
	    !addr_is_multicast(&a))
		reg->gatekeeper = a;
	if (gcf->alternateGatekeeper)
		reg_alternates(reg, &gcf->alternateGatekeeper->list);
	reg->discovered = true;
	reg_begin(reg);
}


static void confirmed(struct upstream_reg *reg, enum asking what,
		      const RegistrationConfirm_t *rcf)
{
	unsigned long ttl = rcf->timeToLive ? *rcf->timeToLive
					    : reg->up->conf.ttl;

	if (!h225_bmp_get(reg->id, sizeof(reg->id),
			  &rcf->endpointIdentifier)) {
		elsewhere(reg, UPSTREAM_REFUSED);
		return;
	}
	if (rcf->gatekeeperIdentifier)
		(void)h225_bmp_get(reg->gatekeeper_id,
				   sizeof(reg->gatekeeper_id),
				   rcf->gatekeeperIdentifier);
	if (rcf->alternateGatekeeper)
		reg_alternates(reg, &rcf->alternateGatekeeper->list);
	ttl	    = ttl < TTL_MIN ? TTL_MIN : ttl > TTL_MAX ? TTL_MAX : ttl;
	reg->ttl    = (uint32_t)ttl;
	reg->tries  = 0;
	reg->reason = 0;
	if (!reg->since)
		reg->since = reg_now(reg);
	if (what != ASK_KEEP)
		names_told(reg);
	/* who was refused may be welcome by now */
	else if (names_again(reg))
		reg->stale = true;
	reg_state_set(reg, UPSTREAM_REGISTERED);
	reg_timer(reg, ttl * 1000 / 2);
}


/* names that are somebody else's, or no good: the others go on without */
static void names_wrong(struct upstream_reg *reg, enum asking what,
			const void *list)
{
	names_refused(reg, list);
	if (what == ASK_ADD)
		return;
	if (names_waiting(reg) && ++reg->tries < UPSTREAM_TRIES_MAX)
		reg_ask(reg, ASK_RRQ, reg->state);
	else {
		reg_forget(reg);
		elsewhere(reg, UPSTREAM_REFUSED);
	}
}


static const void *duplicates(const RegistrationReject_t *rrj)
{
	const RegistrationRejectReason_t *r = &rrj->rejectReason;

	if (r->present == RegistrationRejectReason_PR_duplicateAlias)
		return &r->choice.duplicateAlias.list;
	if (r->present == RegistrationRejectReason_PR_invalidTerminalAliases &&
	    r->choice.invalidTerminalAliases.terminalAlias)
		return &r->choice.invalidTerminalAliases.terminalAlias->list;

	return NULL;
}


static void rejected(struct upstream_reg *reg, enum asking what,
		     const RegistrationReject_t *rrj)
{
	reg->reason = (int)rrj->rejectReason.present;
	if (rrj->altGKInfo)
		reg_alternates(reg, &rrj->altGKInfo->alternateGatekeeper.list);
	switch (rrj->rejectReason.present) {

	case RegistrationRejectReason_PR_duplicateAlias:
	case RegistrationRejectReason_PR_invalidAlias:
	case RegistrationRejectReason_PR_invalidTerminalAliases:
		if (what != ASK_KEEP) {
			names_wrong(reg, what, duplicates(rrj));
			return;
		}
		break;

	case RegistrationRejectReason_PR_additiveRegistrationNotSupported:
		/* then all that one message holds, and no more */
		reg->additive = false;
		reg->stale    = true;
		names_anew(reg, false);
		return;

	case RegistrationRejectReason_PR_discoveryRequired:
		if (!reg->discovered) {
			reg_forget(reg);
			reg_ask(reg, ASK_GRQ, UPSTREAM_DISCOVERING);
			return;
		}
		break;

	case RegistrationRejectReason_PR_resourceUnavailable:
		/* of an endpoint's names there may be no more */
		if (what == ASK_ADD) {
			names_wrong(reg, what, NULL);
			return;
		}
		break;

	case RegistrationRejectReason_PR_fullRegistrationRequired:
		if (what != ASK_RRQ || reg->id[0]) {
			reg_forget(reg);
			reg_ask(reg, ASK_RRQ, UPSTREAM_REGISTERING);
			return;
		}
		break;

	default:
		break;
	}
	reg_forget(reg);
	elsewhere(reg, UPSTREAM_REFUSED);
}


static void unregistered(struct upstream_reg *reg, enum asking what,
			 const struct ras_response *r)
{
	const RasMessage_t *m = r->message;

	if (reg->leaving) {
		reg_state_set(reg, UPSTREAM_GONE);
		return;
	}
	if (what == ASK_URQ) {
		reg_forget(reg);
		reg_state_set(reg, UPSTREAM_IDLE);
		/* somebody came in the meantime */
		upstream_reg_start(reg, 0);
		return;
	}
	names_left(reg);
	if (r->type == RasMessage_PR_unregistrationReject &&
	    m->choice.unregistrationReject.rejectReason.present ==
		    UnregRejectReason_PR_notCurrentlyRegistered)
		reg_lost(reg, UPSTREAM_BACK_MS);
}


void reg_answered(const struct ras_response *r, void *arg)
{
	struct upstream_reg *reg = arg;
	const enum asking what	 = reg->asking;
	const RasMessage_t *m	 = r ? r->message : NULL;

	reg->asking = ASK_NONE;
	if (!r)
		silent(reg, what);
	else {
		reg->heard = reg_now(reg);
		if (what == ASK_GRQ)
			discovered(reg, r);
		else if (what == ASK_URQ || what == ASK_DROP)
			unregistered(reg, what, r);
		else if (r->type == RasMessage_PR_registrationConfirm)
			confirmed(reg, what, &m->choice.registrationConfirm);
		else if (r->type == RasMessage_PR_registrationReject)
			rejected(reg, what, &m->choice.registrationReject);
		else
			silent(reg, what); /* XRS: it knows no such request */
	}
	reg_next(reg);
}
