/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file discovery.c  GRQ: which gatekeeper is there (H.225.0 §7.8)
 *
 * Pure.
 */
#include <errno.h>
#include "exchange.h"
#include "h323gw/h225/address.h"
#include "h323gw/h225/id.h"


/* who asked everybody is not told that it isn't us */
static int reject(struct ras_exchange *x, GatekeeperRejectReason_PR reason)
{
	GatekeeperReject_t *grj;

	if (x->src->multicast)
		return 0;
	grj = ras_reply(x, RasMessage_PR_gatekeeperReject);
	if (!grj)
		return ENOMEM;
	grj->requestSeqNum = x->in->choice.gatekeeperRequest.requestSeqNum;
	grj->gatekeeperIdentifier = ras_gk_id(x);
	grj->rejectReason.present = reason;

	return ras_protocol(x, &grj->protocolIdentifier);
}


static int confirm(struct ras_exchange *x)
{
	GatekeeperConfirm_t *gcf =
		ras_reply(x, RasMessage_PR_gatekeeperConfirm);
	const struct addr own = ras_own(x->ras, x->src);
	int err;

	if (!gcf)
		return ENOMEM;
	gcf->requestSeqNum = x->in->choice.gatekeeperRequest.requestSeqNum;
	gcf->gatekeeperIdentifier = ras_gk_id(x);
	err = ras_protocol(x, &gcf->protocolIdentifier);

	return err ? err : h225_addr_set(&gcf->rasAddress, x->answer, &own);
}


int ras_gatekeeper_request(struct ras_exchange *x)
{
	const GatekeeperRequest_t *grq = &x->in->choice.gatekeeperRequest;
	struct addr ras;

	/* one host may ask from one port and listen on another */
	if (h225_addr_get(&ras, &grq->rasAddress) && !x->src->agent[0] &&
	    addr_ip_eq(&ras, &x->src->from))
		x->to = ras;

	if (!h225_version_get(&grq->protocolIdentifier))
		return reject(x, GatekeeperRejectReason_PR_invalidRevision);
	if (!ras_meant(x->ras, grq->gatekeeperIdentifier) ||
	    !x->ras->h.allowh(RAS_DISCOVER, x->src, x->ras->arg))
		return reject(x, GatekeeperRejectReason_PR_terminalExcluded);
	if (!ras_authentic(x, NULL))
		return reject(x, GatekeeperRejectReason_PR_securityDenial);

	return confirm(x);
}
