/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file unregistration.c  URQ, both ways (H.225.0 §7.10), and IRQ, DRQ of ours
 *
 * Pure: changes the zone alone.
 */
#include <errno.h>
#include <string.h>
#include <SupportedPrefix.h>
#include "exchange.h"
#include "h323gw/h225/address.h"
#include "h323gw/h225/id.h"
#include "h323gw/h225/text.h"


/** An endpoint leaves; its calls are the handlers' */
void ras_unregister(struct ras *r, struct endpoint *ep, const char *why)
{
	r->h.unregisteredh(ep, why, r->arg);
	zone_remove(ep);
}


static int reject(struct ras_exchange *x, UnregRejectReason_PR reason)
{
	UnregistrationReject_t *urj =
		ras_reply(x, RasMessage_PR_unregistrationReject);

	if (!urj)
		return ENOMEM;
	urj->requestSeqNum = x->in->choice.unregistrationRequest.requestSeqNum;
	urj->rejectReason.present = reason;

	return 0;
}


static int confirm(struct ras_exchange *x)
{
	UnregistrationConfirm_t *ucf =
		ras_reply(x, RasMessage_PR_unregistrationConfirm);

	if (!ucf)
		return ENOMEM;
	ucf->requestSeqNum = x->in->choice.unregistrationRequest.requestSeqNum;

	return 0;
}


/* by identifier, or from where it signals */
static struct endpoint *whose(const struct ras_exchange *x)
{
	const UnregistrationRequest_t *urq =
		&x->in->choice.unregistrationRequest;
	int i;

	if (urq->endpointIdentifier)
		return ras_claimed(x, urq->endpointIdentifier);

	for (i = 0; i < urq->callSignalAddress.list.count; i++) {
		struct endpoint *ep = NULL;
		struct addr a;

		if (h225_addr_get(&a, urq->callSignalAddress.list.array[i]))
			ep = zone_by_address(x->ras->conf.zone, x->src->agent,
					     &a, &x->src->seen);
		if (ep)
			return ep;
	}

	return NULL;
}


static bool names(const struct alias *v, size_t n, const struct zone_alias *za)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (alias_class(v[i].type) == alias_class(za->type) &&
		    !strcmp(v[i].text, za->text))
			return true;
	}

	return false;
}


static size_t prefixes_get(struct alias *v,
			   const UnregistrationRequest_t *urq)
{
	size_t n = 0;
	int i;

	for (i = 0; urq->supportedPrefixes && n < ALIASES_MAX &&
		    i < urq->supportedPrefixes->list.count; i++)
		n += alias_get(&v[n],
			       &urq->supportedPrefixes->list.array[i]->prefix);

	return n;
}


/* takes off what is named; true: nothing is left of it */
static bool take_off(struct ras_exchange *x)
{
	const UnregistrationRequest_t *urq =
		&x->in->choice.unregistrationRequest;
	struct ras *r	       = x->ras;
	size_t aliasc	       = 0;
	const size_t prefixc   = prefixes_get(r->prefixes, urq);
	struct zone_alias *za;

	if (urq->endpointAlias)
		aliasc = alias_list_get(r->aliases, ALIASES_MAX,
					&urq->endpointAlias->list);
	for (za = x->ep->aliases; za; za = za->next)
		za->marked = !names(r->aliases, aliasc, za);
	for (za = x->ep->prefixes; za; za = za->next)
		za->marked = !names(r->prefixes, prefixc, za);
	r->h.droppedh(x->ep, r->arg);
	(void)zone_drop_unmarked(x->ep);

	return !x->ep->aliases && !x->ep->prefixes;
}


int ras_unregistration_request(struct ras_exchange *x)
{
	const UnregistrationRequest_t *urq =
		&x->in->choice.unregistrationRequest;
	struct endpoint *ep;
	bool all;

	if (x->src->multicast)
		return 0;
	x->ep = ep = whose(x);
	if (!ep)
		return reject(x, UnregRejectReason_PR_notCurrentlyRegistered);
	if (!ras_authentic(x, ep))
		return reject(x, UnregRejectReason_PR_securityDenial);

	all = !urq->endpointAlias && !urq->supportedPrefixes;
	if (!all)
		all = take_off(x);
	if (all) {
		x->ep = NULL;
		ras_unregister(x->ras, ep, "unregistered");
	}
	else
		x->ras->h.registeredh(ep, true, x->ras->arg);

	return confirm(x);
}


/* ---- requests of ours ---- */

static void begin(struct ras_exchange *x, struct ras_source *src,
		  struct ras *r, const struct endpoint *ep)
{
	memset(src, 0, sizeof(*src));
	src->from      = ep->at.ras;
	src->seen      = ep->at.seen;
	src->local     = ep->at.local;
	src->local_ras = ep->at.local_ras;
	memset(x, 0, sizeof(*x));
	x->ras = r;
	x->src = src;
	x->to  = ep->at.ras;
	x->ep  = (struct endpoint *)(uintptr_t)ep;
}


static int finish(struct ras_exchange *x, struct ras_answer *ans, int err)
{
	ans->request = 0;
	if (!err)
		ras_finish(x, ans);
	per_msg_free(x->answer);

	return err ? err : ans->len ? 0 : EINVAL;
}


/**
 * IRQ: is it there still?
 *
 * @param r   RAS
 * @param ans Where the octets go
 * @param ep  Endpoint
 * @param seq requestSeqNum
 *
 * @return 0 or errno
 */
int ras_irq(struct ras *r, struct ras_answer *ans, const struct endpoint *ep,
	    uint16_t seq)
{
	static const uint8_t none[GUID_LEN];
	struct ras_exchange x;
	struct ras_source src;
	CallIdentifier_t *ci;
	InfoRequest_t *irq;
	struct addr own;
	int err;

	begin(&x, &src, r, ep);
	irq = ras_reply(&x, RasMessage_PR_infoRequest);
	if (!irq)
		return ENOMEM;
	irq->requestSeqNum = seq;
	own = ras_own(r, &src);
	irq->replyAddress = per_msg_zalloc(x.answer,
					   sizeof(*irq->replyAddress));
	ci  = per_msg_zalloc(x.answer, sizeof(*ci));
	err = irq->replyAddress && ci
		      ? h225_addr_set(irq->replyAddress, x.answer, &own)
		      : ENOMEM;
	if (!err)
		err = guid_set(&ci->guid, x.answer, none);
	irq->callIdentifier = ci;

	return finish(&x, ans, err);
}


/** URQ: the registration is over. reason: UnregRequestReason_PR_… */
int ras_urq(struct ras *r, struct ras_answer *ans, const struct endpoint *ep,
	    uint16_t seq, int reason)
{
	struct UnregRequestReason *why;
	UnregistrationRequest_t *urq;
	struct ras_exchange x;
	struct ras_source src;
	struct addr own;
	int err;

	begin(&x, &src, r, ep);
	urq = ras_reply(&x, RasMessage_PR_unregistrationRequest);
	if (!urq)
		return ENOMEM;
	own		   = ras_own_signalling(r, &src);
	urq->requestSeqNum = seq;
	urq->gatekeeperIdentifier = ras_gk_id(&x);
	urq->endpointIdentifier =
		per_msg_zalloc(x.answer, sizeof(*urq->endpointIdentifier));
	why = per_msg_zalloc(x.answer, sizeof(*why));
	err = urq->endpointIdentifier && why ? 0 : ENOMEM;
	if (!err)
		err = h225_bmp_set(urq->endpointIdentifier, x.answer, ep->id);
	if (!err)
		err = ras_addr_append(&x, &urq->callSignalAddress.list, &own);
	if (!err) {
		why->present = (UnregRequestReason_PR)reason;
		urq->reason  = why;
	}

	return finish(&x, ans, err);
}


/** DRQ: the endpoint is to end a call */
int ras_drq(struct ras *r, struct ras_answer *ans, const struct endpoint *ep,
	    uint16_t seq, const uint8_t call_id[GUID_LEN])
{
	const struct admitted *a = admitted_find(r->calls, call_id);
	DisengageRequest_t *drq;
	struct ras_exchange x;
	struct ras_source src;
	CallIdentifier_t *ci;
	int err;

	if (!a)
		return ENOENT;
	begin(&x, &src, r, ep);
	drq = ras_reply(&x, RasMessage_PR_disengageRequest);
	ci  = drq ? per_msg_zalloc(x.answer, sizeof(*ci)) : NULL;
	if (!ci)
		return finish(&x, ans, ENOMEM);
	drq->requestSeqNum	     = seq;
	drq->disengageReason.present = DisengageReason_PR_forcedDrop;
	drq->callIdentifier	     = ci;
	drq->gatekeeperIdentifier    = ras_gk_id(&x);
	drq->answeredCall = ras_bool(&x, !strcmp(a->side[1].endpoint, ep->id));
	err = h225_bmp_set(&drq->endpointIdentifier, x.answer, ep->id);
	if (!err)
		err = guid_set(&drq->conferenceID, x.answer, a->conference_id);
	if (!err)
		err = guid_set(&ci->guid, x.answer, call_id);

	return finish(&x, ans, err);
}
