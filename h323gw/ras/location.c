/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file location.c  LRQ: another gatekeeper asks for somebody (§7.14)
 *
 * Told is our own call signalling address: calls are routed.
 *
 * Pure.
 */
#include <errno.h>
#include <string.h>
#include "exchange.h"
#include "h323gw/h225/address.h"
#include "h323gw/h225/id.h"


/* who asks everybody hears only from where it is */
static int reject(struct ras_exchange *x, long seq,
		  LocationRejectReason_PR reason)
{
	LocationReject_t *lrj;

	if (x->src->multicast)
		return 0;
	lrj = ras_reply(x, RasMessage_PR_locationReject);
	if (!lrj)
		return ENOMEM;
	lrj->requestSeqNum	  = seq;
	lrj->rejectReason.present = reason;

	return 0;
}


int ras_location_answer(struct ras_exchange *x, const struct ras_waiting *w,
			const struct route *r)
{
	const struct addr ras	     = ras_own(x->ras, x->src);
	const struct addr signalling = ras_own_signalling(x->ras, x->src);
	LocationConfirm_t *lcf;
	int err;

	if (r->reason)
		return reject(x, w->seq, LocationRejectReason_PR_notRegistered);
	lcf = ras_reply(x, RasMessage_PR_locationConfirm);
	if (!lcf)
		return ENOMEM;
	lcf->requestSeqNum = w->seq;
	err = h225_addr_set(&lcf->callSignalAddress, x->answer, &signalling);

	return err ? err : h225_addr_set(&lcf->rasAddress, x->answer, &ras);
}


/* an endpoint may ask, too */
static bool allowed(struct ras_exchange *x, const LocationRequest_t *lrq)
{
	x->ep = ras_claimed(x, lrq->endpointIdentifier);
	if (x->ep)
		return true;

	return x->ras->h.allowh(RAS_LOCATE, x->src, x->ras->arg);
}


int ras_location_request(struct ras_exchange *x)
{
	const LocationRequest_t *lrq = &x->in->choice.locationRequest;
	struct ras *r		     = x->ras;
	struct reach caller	     = {.seen = x->src->seen};
	struct route_query q	     = {.called = r->aliases,
					.caller = &caller, .located = true};
	struct ras_waiting *w;
	struct addr reply;
	int err;

	/* never to a third party */
	if (h225_addr_get(&reply, &lrq->replyAddress) && !x->src->agent[0] &&
	    addr_ip_eq(&reply, &x->src->from))
		x->to = reply;
	if (!allowed(x, lrq))
		return reject(x, lrq->requestSeqNum,
			      LocationRejectReason_PR_invalidPermission);
	if (!ras_authentic(x, x->ep))
		return reject(x, lrq->requestSeqNum,
			      LocationRejectReason_PR_securityDenial);

	q.calledc = alias_list_get(r->aliases, ALIASES_MAX,
				   &lrq->destinationInfo.list);
	q.hops	  = lrq->hopCount && *lrq->hopCount > 1
			    ? (unsigned)*lrq->hopCount - 1
			    : 0;
	if (lrq->callIdentifier &&
	    guid_get(q.call_id, &lrq->callIdentifier->guid))
		q.has_call_id = true;
	if (!q.calledc)
		return reject(x, lrq->requestSeqNum,
			      LocationRejectReason_PR_incompleteAddress);

	err = ras_waiting_alloc(&w, x, RAS_WAITING_LOCATION,
				lrq->requestSeqNum);
	if (err)
		return err == ENFILE
			       ? reject(x, lrq->requestSeqNum,
				LocationRejectReason_PR_resourceUnavailable)
			       : err;

	return ras_waiting_route(w, x, &q);
}
