/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file upstream.c  What all registrations share, and what comes to them
 *
 * Owns the codec's buffer and the handlers.
 */
#include <errno.h>
#include <string.h>
#include "h323gw/h225/address.h"
#include "h323gw/h225/field.h"
#include "h323gw/h225/text.h"
#include "priv.h"

enum {
	UNKNOWN_MAX = 1024, /* octets of a message that go into an XRS */
};


int upstream_alloc(struct upstream **upp, const struct upstream_conf *conf,
		   const struct upstream_handlers *h, void *arg)
{
	struct upstream *up = mem_zalloc(sizeof(*up), NULL);

	if (!up)
		return ENOMEM;
	up->conf = *conf;
	up->h	 = *h;
	up->arg	 = arg;
	up->type = per_type_find(conf->per, "RasMessage");
	if (!up->type) {
		mem_deref(up);
		return EINVAL;
	}
	*upp = up;

	return 0;
}


void upstream_conf_set(struct upstream *up, const struct upstream_conf *conf)
{
	const struct per *per = up->conf.per;

	up->conf     = *conf;
	up->conf.per = per;
}


/* ---- URQ of the gatekeeper's ---- */

static bool is_ours(const struct upstream_reg *reg, const BMPString_t *id)
{
	char text[REACH_ENDPOINT_LEN];

	return reg->id[0] && (!id || (h225_bmp_get(text, sizeof(text), id) &&
				      !strcmp(text, reg->id)));
}


static void unregister(struct upstream_reg *reg,
		       const UnregistrationRequest_t *urq,
		       const struct addr *from)
{
	const bool ours = is_ours(reg, urq->endpointIdentifier);
	UnregistrationConfirm_t *ucf;
	UnregistrationReject_t *urj;
	struct making m;

	if (ours) {
		ucf = making_begin(&m, reg,
				   RasMessage_PR_unregistrationConfirm);
		if (ucf)
			ucf->requestSeqNum = urq->requestSeqNum;
	}
	else {
		urj = making_begin(&m, reg,
				   RasMessage_PR_unregistrationReject);
		if (urj) {
			urj->requestSeqNum	  = urq->requestSeqNum;
			urj->rejectReason.present =
				UnregRejectReason_PR_notCurrentlyRegistered;
		}
	}
	making_say(&m, from);
	if (!ours)
		return;
	if (urq->alternateGatekeeper)
		reg_alternates(reg, &urq->alternateGatekeeper->list);
	reg_lost(reg, UPSTREAM_BACK_MS);
}


/* ---- what we do not know ---- */

static void unknown(struct upstream_reg *reg, const struct per_msg *msg,
		    const struct addr *from)
{
	const RasMessage_t *ras	   = per_msg_value(msg);
	const RequestSeqNum_t *seq = (const void *)&ras->choice;
	UnknownMessageResponse_t *xrs;
	const size_t len = per_msg_len(msg);
	struct making m;

	xrs = making_begin(&m, reg, RasMessage_PR_unknownMessageResponse);
	if (!xrs)
		return;
	/* in all that come here it is the first field */
	xrs->requestSeqNum = *seq;
	xrs->messageNotUnderstood =
		making_zalloc(&m, sizeof(*xrs->messageNotUnderstood));
	if (!m.err)
		m.err = h225_octets_set(xrs->messageNotUnderstood, m.msg,
					per_msg_octets(msg),
					len < UNKNOWN_MAX ? len : UNKNOWN_MAX);
	making_say(&m, from);
}


/* ---- a message ---- */

static bool is_gatekeeper(const struct upstream_reg *reg,
			  const struct addr *from)
{
	unsigned i;

	if (addr_ip_eq(from, &reg->gatekeeper) ||
	    addr_ip_eq(from, &reg->up->conf.gatekeeper))
		return true;
	for (i = 0; i < reg->alternatec; i++) {
		if (addr_ip_eq(from, &reg->alternates[i]))
			return true;
	}

	return false;
}


static int response(struct upstream_reg *reg, const struct addr *from,
		    const RasMessage_t *ras)
{
	const struct ras_source src   = {.from = *from, .seen = *from};
	const RequestSeqNum_t *seq    = (const void *)&ras->choice;
	const struct ras_response r = {.type = (int)ras->present,
				       .seq  = (uint16_t)*seq,
				       .src  = &src,
				       .message = ras};

	return reg->up->h.responseh(&r, reg->up->arg) ? 0 : ENOENT;
}


static int dispatch(struct upstream_reg *reg, const struct addr *from,
		    const struct per_msg *msg)
{
	const RasMessage_t *ras = per_msg_value(msg);

	switch (ras->present) {

	case RasMessage_PR_unregistrationRequest:
		unregister(reg, &ras->choice.unregistrationRequest, from);
		return 0;
	case RasMessage_PR_infoRequest:
		asked_info(reg, &ras->choice.infoRequest, from);
		return 0;
	case RasMessage_PR_disengageRequest:
		asked_disengage(reg, &ras->choice.disengageRequest, from);
		return 0;
	case RasMessage_PR_bandwidthRequest:
		asked_bandwidth(reg, &ras->choice.bandwidthRequest, from);
		return 0;
	case RasMessage_PR_gatekeeperRequest:
	case RasMessage_PR_registrationRequest:
	case RasMessage_PR_admissionRequest:
	case RasMessage_PR_locationRequest:
	case RasMessage_PR_nonStandardMessage:
	case RasMessage_PR_resourcesAvailableIndicate:
	case RasMessage_PR_serviceControlIndication:
		unknown(reg, msg, from);
		return 0;
	case RasMessage_PR_NOTHING:
	case RasMessage_PR_infoRequestResponse:
	case RasMessage_PR_admissionConfirmSequence:
		return ENOENT;
	default:
		return ras->present <= RasMessage_PR_serviceControlResponse
			       ? response(reg, from, ras)
			       : ENOENT;
	}
}


int upstream_receive(struct upstream_reg *reg, const struct addr *from,
		     const uint8_t *p, size_t len)
{
	struct per_msg *msg;
	int err;

	if (!is_gatekeeper(reg, from))
		return EPERM;
	if (per_decode(&msg, reg->up->conf.per, reg->up->type, p, len, NULL))
		return EBADMSG;
	/* it may be released by whoever hears of this */
	mem_ref(reg);
	err = dispatch(reg, from, msg);
	mem_deref(reg);
	per_msg_free(msg);

	return err;
}
