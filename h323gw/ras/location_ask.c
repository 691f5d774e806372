/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file location_ask.c  LRQ: another gatekeeper is asked for somebody (§7.14)
 *
 * Pure.
 */
#include <errno.h>
#include <string.h>
#include "exchange.h"
#include "h323gw/h225/address.h"
#include "h323gw/h225/id.h"


static int fill(struct ras_exchange *x, LocationRequest_t *lrq,
		const struct ras_location_query *q)
{
	struct alias self = {.type = ALIAS_H323_ID};
	const struct addr own = ras_own(x->ras, x->src);
	CallIdentifier_t *ci;
	int err = 0;
	size_t i;

	for (i = 0; !err && i < q->calledc; i++)
		err = ras_alias_append(x, &lrq->destinationInfo.list,
				       &q->called[i]);
	if (!err)
		err = h225_addr_set(&lrq->replyAddress, x->answer, &own);
	memcpy(self.text, x->ras->gk_id, strlen(x->ras->gk_id) + 1);
	lrq->sourceInfo = per_msg_zalloc(x->answer, sizeof(*lrq->sourceInfo));
	if (!err && !lrq->sourceInfo)
		err = ENOMEM;
	if (!err)
		err = ras_alias_append(x, &lrq->sourceInfo->list, &self);
	if (err || !q->call_id)
		return err;
	ci = per_msg_zalloc(x->answer, sizeof(*ci));
	if (!ci)
		return ENOMEM;
	lrq->callIdentifier = ci;

	return guid_set(&ci->guid, x->answer, q->call_id);
}


int ras_lrq(struct ras *r, struct ras_answer *ans, const struct addr *to,
	    uint16_t seq, const struct ras_location_query *q)
{
	struct ras_source src = {.from = *to, .seen = *to};
	struct ras_exchange x = {.ras = r, .src = &src, .to = *to};
	LocationRequest_t *lrq;
	int err;

	lrq = ras_reply(&x, RasMessage_PR_locationRequest);
	if (!lrq)
		return ENOMEM;
	lrq->requestSeqNum = seq;
	lrq->canMapAlias   = ras_bool(&x, true);
	lrq->hopCount	   = per_msg_zalloc(x.answer, sizeof(*lrq->hopCount));
	err		   = lrq->hopCount ? fill(&x, lrq, q) : ENOMEM;
	if (!err) {
		*lrq->hopCount = (long)q->hops;
		ras_finish(&x, ans);
	}
	per_msg_free(x.answer);

	return err ? err : ans->len ? 0 : EINVAL;
}


bool ras_located(struct addr *signalling, struct alias *called,
		 const struct ras_response *resp)
{
	const RasMessage_t *m	     = resp->message;
	const LocationConfirm_t *lcf = &m->choice.locationConfirm;

	called->type = ALIAS_NONE;
	if (resp->type != RasMessage_PR_locationConfirm ||
	    !h225_addr_get(signalling, &lcf->callSignalAddress))
		return false;
	if (lcf->destinationInfo)
		(void)alias_list_get(called, 1, &lcf->destinationInfo->list);

	return true;
}
