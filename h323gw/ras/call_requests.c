/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call_requests.c  BRQ and DRQ: calls change and end (§7.12, §7.13)
 *
 * Pure.
 */
#include <errno.h>
#include <string.h>
#include "exchange.h"
#include "h323gw/h225/id.h"


/* the side an endpoint has in a call; -1: none */
static int side_of(const struct admitted *a, const struct endpoint *ep,
		   bool answered)
{
	if (a && !strcmp(a->side[answered].endpoint, ep->id))
		return answered;
	if (a && !strcmp(a->side[!answered].endpoint, ep->id))
		return !answered;

	return -1;
}


/* ---- bandwidth ---- */

static int bandwidth_reject(struct ras_exchange *x, BandRejectReason_PR reason,
			    uint32_t allowed)
{
	BandwidthReject_t *brj = ras_reply(x, RasMessage_PR_bandwidthReject);

	if (!brj)
		return ENOMEM;
	brj->requestSeqNum = x->in->choice.bandwidthRequest.requestSeqNum;
	brj->rejectReason.present = reason;
	brj->allowedBandWidth	  = allowed;

	return 0;
}


int ras_bandwidth_request(struct ras_exchange *x)
{
	const BandwidthRequest_t *brq = &x->in->choice.bandwidthRequest;
	const uint32_t wanted	      = (uint32_t)brq->bandWidth;
	struct ras *r		      = x->ras;
	uint8_t call_id[GUID_LEN];
	BandwidthConfirm_t *bcf;
	struct admitted *a;
	uint32_t granted;
	int side;

	if (x->src->multicast)
		return 0;
	x->ep = ras_claimed(x, &brq->endpointIdentifier);
	if (!x->ep)
		return bandwidth_reject(x, BandRejectReason_PR_notBound, 0);
	if (!ras_authentic(x, x->ep))
		return bandwidth_reject(x, BandRejectReason_PR_securityDenial,
					0);
	ras_call_id(call_id, brq->callIdentifier, &brq->conferenceID);
	a    = admitted_find(r->calls, call_id);
	side = side_of(a, x->ep, brq->answeredCall && *brq->answeredCall);
	if (side < 0)
		return bandwidth_reject(x,
			BandRejectReason_PR_invalidConferenceID, 0);

	(void)ras_grant(r, &granted, x->ep, a, (unsigned)side, wanted);
	if (granted < wanted)
		return bandwidth_reject(x,
			BandRejectReason_PR_insufficientResources, granted);
	bcf = ras_reply(x, RasMessage_PR_bandwidthConfirm);
	if (!bcf)
		return ENOMEM;
	bcf->requestSeqNum = brq->requestSeqNum;
	bcf->bandWidth	   = granted;
	ras_side_set(r, x->ep, a, (unsigned)side, granted);
	r->h.bandwidthh(call_id, x->ep->id, granted, r->arg);

	return 0;
}


/* ---- the end ---- */

static int disengage_reject(struct ras_exchange *x,
			    DisengageRejectReason_PR reason)
{
	DisengageReject_t *drj = ras_reply(x, RasMessage_PR_disengageReject);

	if (!drj)
		return ENOMEM;
	drj->requestSeqNum = x->in->choice.disengageRequest.requestSeqNum;
	drj->rejectReason.present = reason;

	return 0;
}


/* a call that is over already is fine, too */
int ras_disengage_request(struct ras_exchange *x)
{
	const DisengageRequest_t *drq = &x->in->choice.disengageRequest;
	struct ras *r		      = x->ras;
	uint8_t call_id[GUID_LEN];
	DisengageConfirm_t *dcf;
	struct admitted *a;

	if (x->src->multicast)
		return 0;
	x->ep = ras_claimed(x, &drq->endpointIdentifier);
	if (!x->ep)
		return disengage_reject(x,
			DisengageRejectReason_PR_notRegistered);
	if (!ras_authentic(x, x->ep))
		return disengage_reject(x,
			DisengageRejectReason_PR_securityDenial);
	ras_call_id(call_id, drq->callIdentifier, &drq->conferenceID);
	a = admitted_find(r->calls, call_id);
	if (a && side_of(a, x->ep, false) < 0)
		return disengage_reject(x,
			DisengageRejectReason_PR_requestToDropOther);

	dcf = ras_reply(x, RasMessage_PR_disengageConfirm);
	if (!dcf)
		return ENOMEM;
	dcf->requestSeqNum = drq->requestSeqNum;
	/* its end may be told before this returns: look again */
	if (!r->h.disengageh(call_id, x->ep->id,
			     (int)drq->disengageReason.present, r->arg)) {
		a = admitted_find(r->calls, call_id);
		if (a)
			ras_forget(r, a);
	}

	return 0;
}
