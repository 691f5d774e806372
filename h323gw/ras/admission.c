/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file admission.c  ARQ: may this call be, and where does it go (§7.11)
 *
 * All calls are routed: who is admitted is told our own call signalling
 * address. Numbers are rewritten when Setup comes, once, so not here.
 *
 * Pure.
 */
#include <errno.h>
#include <string.h>
#include "exchange.h"
#include "h323gw/h225/address.h"
#include "h323gw/h225/id.h"

enum {
	CALLER,
	CALLED,
};


static int reject(struct ras_exchange *x, long seq,
		  AdmissionRejectReason_PR reason)
{
	AdmissionReject_t *arj = ras_reply(x, RasMessage_PR_admissionReject);
	const struct addr own  = ras_own_signalling(x->ras, x->src);

	if (!arj)
		return ENOMEM;
	arj->requestSeqNum	  = seq;
	arj->rejectReason.present = reason;
	if (reason != AdmissionRejectReason_PR_routeCallToGatekeeper)
		return 0;

	arj->callSignalAddress =
		per_msg_zalloc(x->answer, sizeof(*arj->callSignalAddress));

	return arj->callSignalAddress
		       ? ras_addr_append(x, &arj->callSignalAddress->list, &own)
		       : ENOMEM;
}


static AdmissionRejectReason_PR reason_of(const struct route *r)
{
	switch (r->reason) {

	case ReleaseCompleteReason_PR_calledPartyNotRegistered:
	case ReleaseCompleteReason_PR_unreachableDestination:
		return AdmissionRejectReason_PR_calledPartyNotRegistered;
	case ReleaseCompleteReason_PR_noPermission:
	case ReleaseCompleteReason_PR_callerNotRegistered:
		return AdmissionRejectReason_PR_invalidPermission;
	case ReleaseCompleteReason_PR_badFormatAddress:
		return AdmissionRejectReason_PR_incompleteAddress;
	case ReleaseCompleteReason_PR_noBandwidth:
		return AdmissionRejectReason_PR_requestDenied;
	case ReleaseCompleteReason_PR_gatekeeperResources:
	case ReleaseCompleteReason_PR_gatewayResources:
		return AdmissionRejectReason_PR_resourceUnavailable;
	default:
		return AdmissionRejectReason_PR_undefinedReason;
	}
}


static int confirm(struct ras_exchange *x, long seq, uint32_t bandwidth)
{
	AdmissionConfirm_t *acf = ras_reply(x, RasMessage_PR_admissionConfirm);
	const struct addr own	= ras_own_signalling(x->ras, x->src);
	const uint32_t irr	= x->ras->conf.irr_interval;

	if (!acf)
		return ENOMEM;
	acf->requestSeqNum     = seq;
	acf->bandWidth	       = bandwidth;
	acf->callModel.present = CallModel_PR_gatekeeperRouted;
	acf->willRespondToIRR  = ras_bool(x, true);
	acf->uuiesRequested =
		per_msg_zalloc(x->answer, sizeof(*acf->uuiesRequested));
	if (irr) {
		acf->irrFrequency =
			per_msg_zalloc(x->answer, sizeof(*acf->irrFrequency));
		if (!acf->irrFrequency)
			return ENOMEM;
		*acf->irrFrequency = irr;
	}

	return h225_addr_set(&acf->destCallSignalAddress, x->answer, &own);
}


/* the call is counted from now on */
static int admit(struct ras_exchange *x, unsigned side, long seq,
		 const uint8_t call_id[GUID_LEN],
		 const uint8_t conference_id[GUID_LEN], uint32_t wanted)
{
	struct ras *r	   = x->ras;
	struct admitted *a = admitted_find(r->calls, call_id);
	const bool counted = a && a->side[side].counted &&
			     !strcmp(a->side[side].endpoint, x->ep->id);
	uint32_t granted;
	int err = 0;

	if (!counted && r->conf.calls_endpoint &&
	    x->ep->calls >= r->conf.calls_endpoint)
		return reject(x, seq,
			      AdmissionRejectReason_PR_resourceUnavailable);
	if (!ras_grant(r, &granted, x->ep, a, side, wanted))
		return reject(x, seq, AdmissionRejectReason_PR_requestDenied);
	if (!a)
		err = admitted_add(&a, r->calls, call_id, conference_id,
				   r->h.nowh(r->arg));
	if (err == ENFILE)
		return reject(x, seq,
			      AdmissionRejectReason_PR_resourceUnavailable);
	if (err)
		return err;
	ras_side_set(r, x->ep, a, side, granted);

	return confirm(x, seq, granted);
}


int ras_admission_answer(struct ras_exchange *x, const struct ras_waiting *w,
			 const struct route *r)
{
	if (r->reason)
		return reject(x, w->seq, reason_of(r));

	return admit(x, CALLER, w->seq, w->call_id, w->conference_id,
		     w->bandwidth);
}


/* ---- who calls ---- */

static bool is_own(const struct ras *r, const struct ras_source *src,
		   const struct addr *a)
{
	const struct addr own = ras_own_signalling(r, src);

	return addr_eq(a, &own) || addr_eq(a, &r->conf.own.signalling[0]) ||
	       addr_eq(a, &r->conf.own.signalling[1]);
}


static int ask(struct ras_exchange *x, const AdmissionRequest_t *arq)
{
	struct ras *r	     = x->ras;
	struct route_query q = {.called = r->aliases,
				.bandwidth = (uint32_t)arq->bandWidth,
				.has_call_id = true};
	struct ras_waiting *w;
	struct reach caller;
	struct addr dest;
	int err;

	err = ras_waiting_alloc(&w, x, RAS_WAITING_ADMISSION,
				arq->requestSeqNum);
	if (err)
		return err == ENFILE
			       ? reject(x, arq->requestSeqNum,
				AdmissionRejectReason_PR_resourceUnavailable)
			       : err;
	ras_call_id(w->call_id, arq->callIdentifier, &arq->conferenceID);
	(void)guid_get(w->conference_id, &arq->conferenceID);
	w->bandwidth = (uint32_t)arq->bandWidth;

	endpoint_reach(&caller, x->ep);
	memcpy(q.call_id, w->call_id, GUID_LEN);
	memcpy(q.conference_id, w->conference_id, GUID_LEN);
	q.caller = &caller;
	if (arq->destinationInfo)
		q.calledc = alias_list_get(r->aliases, ALIASES_MAX,
					   &arq->destinationInfo->list);
	if (arq->destCallSignalAddress &&
	    h225_addr_get(&dest, arq->destCallSignalAddress) &&
	    !is_own(r, x->src, &dest))
		q.dest = &dest;

	return ras_waiting_route(w, x, &q);
}


/* ---- who is called: the Setup must have come through us ---- */

static int answer(struct ras_exchange *x, const AdmissionRequest_t *arq)
{
	uint8_t call_id[GUID_LEN], conference_id[GUID_LEN];
	const struct admitted *a;

	ras_call_id(call_id, arq->callIdentifier, &arq->conferenceID);
	(void)guid_get(conference_id, &arq->conferenceID);
	a = admitted_find(x->ras->calls, call_id);
	if (!a || !a->started)
		return reject(x, arq->requestSeqNum,
			AdmissionRejectReason_PR_routeCallToGatekeeper);

	return admit(x, CALLED, arq->requestSeqNum, call_id, conference_id,
		     (uint32_t)arq->bandWidth);
}


int ras_admission_request(struct ras_exchange *x)
{
	const AdmissionRequest_t *arq = &x->in->choice.admissionRequest;
	const long seq		      = arq->requestSeqNum;

	if (x->src->multicast)
		return 0;
	x->ep = ras_claimed(x, &arq->endpointIdentifier);
	if (!x->ep)
		return reject(x, seq,
			AdmissionRejectReason_PR_callerNotRegistered);
	if (!ras_authentic(x, x->ep))
		return reject(x, seq, AdmissionRejectReason_PR_securityDenial);
	if (!ras_meant(x->ras, arq->gatekeeperIdentifier) ||
	    !x->ras->h.allowh(RAS_CALL, x->src, x->ras->arg))
		return reject(x, seq,
			      AdmissionRejectReason_PR_invalidPermission);

	return arq->answerCall ? answer(x, arq) : ask(x, arq);
}
