/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file asked.c  What a gatekeeper asks of calls: IRQ, BRQ, DRQ
 *
 * Owns no state.
 */
#include <errno.h>
#include <string.h>
#include <CallModel.h>
#include "h323gw/h225/address.h"
#include "h323gw/h225/field.h"
#include "priv.h"

typedef struct InfoRequestResponse__perCallInfo__Member call_info_t;


static struct upstream_call *find(const struct upstream_reg *reg,
				  const struct CallIdentifier *ci,
				  const ConferenceIdentifier_t *conference)
{
	uint8_t id[GUID_LEN];
	const bool by_call = ci && guid_get(id, &ci->guid) &&
			     !guid_is_zero(id);
	struct le *le;

	if (!by_call && !(conference && guid_get(id, conference)))
		return NULL;
	for (le = list_head(&reg->calls); le; le = le->next) {
		struct upstream_call *c = le->data;

		if (!memcmp(by_call ? c->call_id : c->conference_id, id,
			    GUID_LEN))
			return c;
	}

	return NULL;
}


/* ---- DRQ ---- */

void asked_disengage(struct upstream_reg *reg, const DisengageRequest_t *drq,
		     const struct addr *from)
{
	struct upstream_call *call =
		find(reg, drq->callIdentifier, &drq->conferenceID);
	DisengageConfirm_t *dcf;
	struct making m;

	/* one that is over already is fine, too */
	dcf = making_begin(&m, reg, RasMessage_PR_disengageConfirm);
	if (dcf)
		dcf->requestSeqNum = drq->requestSeqNum;
	making_say(&m, from);
	if (!call)
		return;
	call->admitted = false;
	reg->up->h.endedh(call, reg->up->arg);
}


/* ---- BRQ ---- */

void asked_bandwidth(struct upstream_reg *reg, const BandwidthRequest_t *brq,
		     const struct addr *from)
{
	struct upstream_call *call =
		find(reg, brq->callIdentifier, &brq->conferenceID);
	const uint32_t bandwidth = (uint32_t)brq->bandWidth;
	BandwidthConfirm_t *bcf;
	BandwidthReject_t *brj;
	struct making m;

	if (call) {
		bcf = making_begin(&m, reg, RasMessage_PR_bandwidthConfirm);
		if (bcf) {
			bcf->requestSeqNum = brq->requestSeqNum;
			bcf->bandWidth	   = brq->bandWidth;
		}
	}
	else {
		brj = making_begin(&m, reg, RasMessage_PR_bandwidthReject);
		if (brj) {
			brj->requestSeqNum	  = brq->requestSeqNum;
			brj->rejectReason.present =
				BandRejectReason_PR_invalidConferenceID;
		}
	}
	making_say(&m, from);
	if (!call)
		return;
	call->bandwidth = bandwidth;
	reg->up->h.bandwidthh(call, bandwidth, reg->up->arg);
}


/* ---- IRQ ---- */

static void info(struct making *m, InfoRequestResponse_t *irr,
		 const struct upstream_call *call)
{
	call_info_t *i = making_zalloc(m, sizeof(*i));

	if (!i)
		return;
	i->callReferenceValue = call->ref;
	making_guid(m, &i->conferenceID, call->conference_id);
	i->callType.present  = CallType_PR_pointToPoint;
	i->bandWidth	     = call->bandwidth;
	i->callModel.present = CallModel_PR_gatekeeperRouted;
	i->callIdentifier    = making_call_id(m, call->call_id);
	if (m->err)
		return;
	i->originator = field_bool(m->msg, !call->answer);
	i->callSignalling.recvAddress =
		making_zalloc(m, sizeof(*i->callSignalling.recvAddress));
	if (i->callSignalling.recvAddress)
		making_own(m, i->callSignalling.recvAddress);
	if (!m->err)
		m->err = per_msg_append(m->msg, &irr->perCallInfo->list, i);
}


/* which calls it asks for: one, or all (callReferenceValue 0) */
static void infos(struct making *m, InfoRequestResponse_t *irr,
		  const InfoRequest_t *irq)
{
	const struct upstream_call *one = find(m->reg, irq->callIdentifier,
					       NULL);
	struct le *le = list_head(&m->reg->calls);
	unsigned n    = 0;

	if (!le || (irq->callReferenceValue && !one))
		return;
	irr->perCallInfo = making_zalloc(m, sizeof(*irr->perCallInfo));
	for (; le && n < UPSTREAM_CALL_INFOS && !m->err; le = le->next) {
		const struct upstream_call *call = le->data;

		if (!call->admitted || (one && call != one))
			continue;
		info(m, irr, call);
		++n;
	}
}


void asked_info(struct upstream_reg *reg, const InfoRequest_t *irq,
		const struct addr *from)
{
	struct addr to = *from, reply;
	InfoRequestResponse_t *irr;
	struct making m;

	/* never to a third party */
	if (irq->replyAddress && h225_addr_get(&reply, irq->replyAddress) &&
	    addr_ip_eq(&reply, from))
		to = reply;
	irr = making_begin(&m, reg, RasMessage_PR_infoRequestResponse);
	if (!irr)
		return;
	irr->requestSeqNum = irq->requestSeqNum;
	making_type(&m, &irr->endpointType, false);
	making_id(&m, &irr->endpointIdentifier);
	making_own(&m, &irr->rasAddress);
	making_own_append(&m, &irr->callSignalAddress.list);
	infos(&m, irr, irq);
	if (!m.err) {
		irr->needResponse = field_bool(m.msg, false);
		irr->unsolicited  = field_bool(m.msg, false);
	}
	making_say(&m, &to);
}
