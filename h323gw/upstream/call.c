/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file upstream/call.c  Calls a gatekeeper admits: ARQ, BRQ, DRQ (§7.11 ff.)
 *
 * Owns a call from its ARQ to its DRQ.
 */
#include <errno.h>
#include <string.h>
#include <CallModel.h>
#include <ReleaseCompleteReason.h>
#include "h323gw/h225/address.h"
#include "h323gw/h225/field.h"
#include "priv.h"

enum {
	CAUSE_ABSENT	= 20, /* Q.850: subscriber absent */
	CAUSE_NO_ROUTE	= 3,
	CAUSE_UNALLOCATED = 1,
};


/* ---- its end ---- */

static void disengage(struct upstream_call *call)
{
	struct upstream_reg *reg = call->reg;
	DisengageRequest_t *drq;
	struct making m;

	drq = making_request(&m, reg, RasMessage_PR_disengageRequest);
	if (!drq)
		return;
	making_id(&m, &drq->endpointIdentifier);
	making_guid(&m, &drq->conferenceID, call->conference_id);
	drq->callReferenceValue	     = call->ref;
	drq->disengageReason.present = DisengageReason_PR_normalDrop;
	drq->callIdentifier	     = making_call_id(&m, call->call_id);
	drq->gatekeeperIdentifier    = making_gatekeeper_id(&m);
	drq->answeredCall	     = field_bool(m.msg, call->answer);
	(void)making_ask(&m, NULL);
}


static void destructor(void *arg)
{
	struct upstream_call *call = arg;
	struct upstream_reg *reg   = call->reg;

	if (!reg)
		return;
	if (call->ask.host)
		reg->up->h.forgeth(&call->ask, reg->up->arg);
	/* one that may yet be admitted is none any more */
	if ((call->admitted || call->ask.host) && reg->id[0])
		disengage(call);
	list_unlink(&call->le);
}


/* ---- ARQ ---- */

static int reason_of(int arj, int *cause)
{
	*cause = 0;
	switch (arj) {

	case AdmissionRejectReason_PR_calledPartyNotRegistered:
		*cause = CAUSE_ABSENT;
		return ReleaseCompleteReason_PR_calledPartyNotRegistered;
	case AdmissionRejectReason_PR_noRouteToDestination:
		*cause = CAUSE_NO_ROUTE;
		return ReleaseCompleteReason_PR_unreachableDestination;
	case AdmissionRejectReason_PR_unallocatedNumber:
		*cause = CAUSE_UNALLOCATED;
		return ReleaseCompleteReason_PR_unreachableDestination;
	case AdmissionRejectReason_PR_invalidPermission:
	case AdmissionRejectReason_PR_routeCallToGatekeeper:
		return ReleaseCompleteReason_PR_noPermission;
	case AdmissionRejectReason_PR_securityDenial:
	case AdmissionRejectReason_PR_securityError:
	case AdmissionRejectReason_PR_securityDHmismatch:
		return ReleaseCompleteReason_PR_securityDenied;
	case AdmissionRejectReason_PR_requestDenied:
		return ReleaseCompleteReason_PR_noBandwidth;
	case AdmissionRejectReason_PR_incompleteAddress:
	case AdmissionRejectReason_PR_aliasesInconsistent:
		return ReleaseCompleteReason_PR_badFormatAddress;
	case AdmissionRejectReason_PR_callerNotRegistered:
	case AdmissionRejectReason_PR_invalidEndpointIdentifier:
	case AdmissionRejectReason_PR_resourceUnavailable:
	case AdmissionRejectReason_PR_exceedsCallCapacity:
		return ReleaseCompleteReason_PR_gatekeeperResources;
	default:
		return ReleaseCompleteReason_PR_undefinedReason;
	}
}


/* it does not know us any more */
static bool is_lost(int arj)
{
	return arj == AdmissionRejectReason_PR_callerNotRegistered ||
	       arj == AdmissionRejectReason_PR_invalidEndpointIdentifier;
}


static void admit(struct upstream_call *call, struct upstream_admission *a,
		  const AdmissionConfirm_t *acf)
{
	call->admitted = true;
	if (!h225_addr_get(&a->dest, &acf->destCallSignalAddress) &&
	    !call->answer) {
		a->reason = ReleaseCompleteReason_PR_unreachableDestination;
		return;
	}
	if (acf->destinationInfo && !call->answer)
		(void)alias_list_get(&a->called, 1,
				     &acf->destinationInfo->list);
	if ((uint32_t)acf->bandWidth < call->bandwidth)
		a->bandwidth = call->bandwidth = (uint32_t)acf->bandWidth;
}


static void on_answer(const struct ras_response *r, void *arg)
{
	struct upstream_call *call  = arg;
	struct upstream_reg *reg    = call->reg;
	struct upstream_admission a = {.reason = 0};
	const RasMessage_t *m	    = r ? r->message : NULL;
	bool lost		    = false;
	int arj;

	if (!r)
		a.reason = ReleaseCompleteReason_PR_unreachableGatekeeper;
	else if (r->type == RasMessage_PR_admissionConfirm)
		admit(call, &a, &m->choice.admissionConfirm);
	else if (r->type == RasMessage_PR_admissionReject) {
		arj = (int)m->choice.admissionReject.rejectReason.present;
		a.reason = reason_of(arj, &a.cause);
		lost	 = is_lost(arj);
	}
	else
		a.reason = ReleaseCompleteReason_PR_undefinedReason;
	if (r)
		reg->heard = reg_now(reg);
	mem_ref(reg);
	/* who asked may release the call there */
	reg->up->h.admittedh(call, &a, reg->up->arg);
	if (lost && reg->id[0])
		reg_lost(reg, UPSTREAM_BACK_MS);
	mem_deref(reg);
}


static void called(struct making *m, AdmissionRequest_t *arq,
		   const struct upstream_call_query *q)
{
	size_t i;

	if (q->calledc)
		arq->destinationInfo =
			making_zalloc(m, sizeof(*arq->destinationInfo));
	for (i = 0; i < q->calledc && i < UPSTREAM_BATCH && !m->err; i++)
		m->err = field_alias_append(
			m->msg, &arq->destinationInfo->list, &q->called[i]);
	if (!m->err && (q->dest || q->answer)) {
		arq->destCallSignalAddress = making_zalloc(
			m, sizeof(*arq->destCallSignalAddress));
		if (!m->err)
			m->err = h225_addr_set(arq->destCallSignalAddress,
					       m->msg,
					       q->answer ? &m->reg->own
							 : q->dest);
	}
}


static void caller(struct making *m, AdmissionRequest_t *arq,
		   const struct upstream_call_query *q)
{
	size_t i;

	for (i = 0; i < q->callerc && i < UPSTREAM_BATCH && !m->err; i++)
		m->err = field_alias_append(m->msg, &arq->srcInfo.list,
					    &q->caller[i]);
	arq->srcCallSignalAddress =
		making_zalloc(m, sizeof(*arq->srcCallSignalAddress));
	if (!m->err)
		m->err = h225_addr_set(arq->srcCallSignalAddress, m->msg,
				       q->from ? q->from : &m->reg->own);
}


static int ask(struct upstream_call *call, const struct upstream_call_query *q)
{
	AdmissionRequest_t *arq;
	struct making m;

	arq = making_request(&m, call->reg, RasMessage_PR_admissionRequest);
	if (!arq)
		return m.err;
	arq->callType.present = CallType_PR_pointToPoint;
	making_id(&m, &arq->endpointIdentifier);
	called(&m, arq, q);
	caller(&m, arq, q);
	arq->bandWidth		= q->bandwidth;
	arq->callReferenceValue = call->ref;
	making_guid(&m, &arq->conferenceID, q->conference_id);
	arq->answerCall	    = q->answer;
	arq->callIdentifier = making_call_id(&m, q->call_id);
	arq->gatekeeperIdentifier = making_gatekeeper_id(&m);
	if (!m.err) {
		arq->canMapAlias     = field_bool(m.msg, true);
		arq->willSupplyUUIEs = field_bool(m.msg, false);
		arq->canMapSrcAlias  = field_bool(m.msg, false);
	}

	return making_ask(&m, &call->ask);
}


int upstream_call_alloc(struct upstream_call **cp, struct upstream_reg *reg,
			const struct upstream_call_query *q, void *arg)
{
	struct upstream_call *call;
	int err;

	if (!reg->id[0])
		return ENOTCONN;
	call = mem_zalloc(sizeof(*call), destructor);
	if (!call)
		return ENOMEM;
	call->reg	= reg;
	call->arg	= arg;
	call->ask.h	= on_answer;
	call->ask.arg	= call;
	call->answer	= q->answer;
	call->bandwidth = q->bandwidth;
	call->ref	= (uint16_t)(rand_u16() & 0x7fff);
	memcpy(call->call_id, q->call_id, GUID_LEN);
	memcpy(call->conference_id, q->conference_id, GUID_LEN);
	list_append(&reg->calls, &call->le, call);
	err = ask(call, q);
	if (err)
		mem_deref(call);
	else
		*cp = call;

	return err;
}


void *upstream_call_arg(const struct upstream_call *call)
{
	return call->arg;
}


void upstream_call_arg_set(struct upstream_call *call, void *arg)
{
	call->arg = arg;
}


const uint8_t *upstream_call_id(const struct upstream_call *call)
{
	return call->call_id;
}


struct upstream_reg *upstream_call_reg(const struct upstream_call *call)
{
	return call->reg;
}


const char *upstream_call_endpoint(const struct upstream_call *call)
{
	return call->reg ? call->reg->id : "";
}


/* ---- BRQ ---- */

void upstream_call_bandwidth(struct upstream_call *call, uint32_t bandwidth)
{
	BandwidthRequest_t *brq;
	struct making m;

	if (!call->reg || !call->admitted || call->bandwidth == bandwidth)
		return;
	call->bandwidth = bandwidth;
	brq = making_request(&m, call->reg, RasMessage_PR_bandwidthRequest);
	if (!brq)
		return;
	making_id(&m, &brq->endpointIdentifier);
	making_guid(&m, &brq->conferenceID, call->conference_id);
	brq->callReferenceValue	  = call->ref;
	brq->bandWidth		  = bandwidth;
	brq->callIdentifier	  = making_call_id(&m, call->call_id);
	brq->gatekeeperIdentifier = making_gatekeeper_id(&m);
	if (!m.err)
		brq->answeredCall = field_bool(m.msg, call->answer);
	(void)making_ask(&m, NULL);
}
