/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file other.c  IRR, RAI, service control, and what is unknown
 *
 * Pure.
 */
#include <errno.h>
#include "exchange.h"
#include "h323gw/h225/id.h"
#include "h323gw/h225/text.h"

enum {
	UNKNOWN_MAX = 1024, /* octets of a message that go into an XRS */
};


/* an endpoint that says something is there still */
static void heard(struct ras_exchange *x)
{
	struct endpoint *ep = x->ep;

	ep->last_seen = x->ras->h.nowh(x->ras->arg);
	if (!ep->asked)
		return;
	ep->asked   = 0;
	ep->expires = ep->last_seen + (int64_t)ep->ttl * 1000;
	zone_due(ep, ep->expires);
	x->ras->h.registeredh(ep, false, x->ras->arg);
}


static int info_nak(struct ras_exchange *x, InfoRequestNakReason_PR reason)
{
	InfoRequestNak_t *nak = ras_reply(x, RasMessage_PR_infoRequestNak);

	if (!nak)
		return ENOMEM;
	nak->requestSeqNum = x->in->choice.infoRequestResponse.requestSeqNum;
	nak->nakReason.present = reason;

	return 0;
}


/* also the answer to an IRQ of ours, which needs none */
int ras_info_response(struct ras_exchange *x)
{
	const InfoRequestResponse_t *irr = &x->in->choice.infoRequestResponse;
	const bool answer = irr->needResponse && *irr->needResponse;
	InfoRequestAck_t *ack;

	x->ep = ras_claimed(x, &irr->endpointIdentifier);
	if (!x->ep)
		return answer ? info_nak(x,
					 InfoRequestNakReason_PR_notRegistered)
			      : 0;
	if (!ras_authentic(x, x->ep))
		return answer ? info_nak(x,
					 InfoRequestNakReason_PR_securityDenial)
			      : 0;
	heard(x);
	if (!answer)
		return 0;

	ack = ras_reply(x, RasMessage_PR_infoRequestAck);
	if (!ack)
		return ENOMEM;
	ack->requestSeqNum = irr->requestSeqNum;

	return 0;
}


/* a gateway that is out of resources is passed over */
int ras_resources(struct ras_exchange *x)
{
	const ResourcesAvailableIndicate_t *rai =
		&x->in->choice.resourcesAvailableIndicate;
	ResourcesAvailableConfirm_t *rac;

	x->ep = ras_claimed(x, &rai->endpointIdentifier);
	if (!x->ep || !ras_authentic(x, x->ep))
		return 0;
	x->ep->busy = rai->almostOutOfResources;

	rac = ras_reply(x, RasMessage_PR_resourcesAvailableConfirm);
	if (!rac)
		return ENOMEM;
	rac->requestSeqNum = rai->requestSeqNum;

	return ras_protocol(x, &rac->protocolIdentifier);
}


/* there are no services here */
int ras_service_control(struct ras_exchange *x)
{
	const ServiceControlIndication_t *sci =
		&x->in->choice.serviceControlIndication;
	ServiceControlResponse_t *scr;
	struct ServiceControlResponse__result *result;

	x->ep = ras_claimed(x, sci->endpointIdentifier);
	if (!x->ep || !ras_authentic(x, x->ep))
		return 0;

	scr = ras_reply(x, RasMessage_PR_serviceControlResponse);
	result = scr ? per_msg_zalloc(x->answer, sizeof(*result)) : NULL;
	if (!result)
		return ENOMEM;
	scr->requestSeqNum = sci->requestSeqNum;
	result->present = ServiceControlResponse__result_PR_notAvailable;
	scr->result	= result;

	return 0;
}


/* the number stands first in what we know; of what we don't nobody knows */
static long sequence(const RasMessage_t *m)
{
	switch (m->present) {

	case RasMessage_PR_infoRequest:
		return m->choice.infoRequest.requestSeqNum;
	case RasMessage_PR_nonStandardMessage:
		return m->choice.nonStandardMessage.requestSeqNum;
	default:
		return 1;
	}
}


int ras_unknown(struct ras_exchange *x)
{
	UnknownMessageResponse_t *xrs;
	OCTET_STRING_t *os;

	if (x->src->multicast || x->len > UNKNOWN_MAX)
		return 0;
	xrs = ras_reply(x, RasMessage_PR_unknownMessageResponse);
	os  = xrs ? per_msg_zalloc(x->answer, sizeof(*os)) : NULL;
	if (!os)
		return ENOMEM;
	xrs->requestSeqNum	  = sequence(x->in);
	xrs->messageNotUnderstood = os;

	return h225_octets_set(os, x->answer, x->p, x->len);
}
