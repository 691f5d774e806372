/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ras.c  RAS: which family answers a message
 *
 * Decodes, finds the handler, encodes. Owns the codec's handle, the calls that
 * were admitted, and the requests that wait.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "exchange.h"
#include "h323gw/h225/text.h"

enum kind {
	REQUEST,  /* we answer it */
	RESPONSE, /* it answers something of ours */
};

static const struct {
	const char *name;
	enum kind kind;
	ras_family_h *h; /* of a request; NULL: we don't know it */
} messages[] = {
	[RasMessage_PR_gatekeeperRequest]	= {"GRQ", REQUEST,
						   ras_gatekeeper_request},
	[RasMessage_PR_gatekeeperConfirm]	= {"GCF", RESPONSE, NULL},
	[RasMessage_PR_gatekeeperReject]	= {"GRJ", RESPONSE, NULL},
	[RasMessage_PR_registrationRequest]	= {"RRQ", REQUEST,
						   ras_registration_request},
	[RasMessage_PR_registrationConfirm]	= {"RCF", RESPONSE, NULL},
	[RasMessage_PR_registrationReject]	= {"RRJ", RESPONSE, NULL},
	[RasMessage_PR_unregistrationRequest]	= {"URQ", REQUEST,
						   ras_unregistration_request},
	[RasMessage_PR_unregistrationConfirm]	= {"UCF", RESPONSE, NULL},
	[RasMessage_PR_unregistrationReject]	= {"URJ", RESPONSE, NULL},
	[RasMessage_PR_admissionRequest]	= {"ARQ", REQUEST,
						   ras_admission_request},
	[RasMessage_PR_admissionConfirm]	= {"ACF", RESPONSE, NULL},
	[RasMessage_PR_admissionReject]		= {"ARJ", RESPONSE, NULL},
	[RasMessage_PR_bandwidthRequest]	= {"BRQ", REQUEST,
						   ras_bandwidth_request},
	[RasMessage_PR_bandwidthConfirm]	= {"BCF", RESPONSE, NULL},
	[RasMessage_PR_bandwidthReject]		= {"BRJ", RESPONSE, NULL},
	[RasMessage_PR_disengageRequest]	= {"DRQ", REQUEST,
						   ras_disengage_request},
	[RasMessage_PR_disengageConfirm]	= {"DCF", RESPONSE, NULL},
	[RasMessage_PR_disengageReject]		= {"DRJ", RESPONSE, NULL},
	[RasMessage_PR_locationRequest]		= {"LRQ", REQUEST,
						   ras_location_request},
	[RasMessage_PR_locationConfirm]		= {"LCF", RESPONSE, NULL},
	[RasMessage_PR_locationReject]		= {"LRJ", RESPONSE, NULL},
	[RasMessage_PR_infoRequest]		= {"IRQ", REQUEST, NULL},
	[RasMessage_PR_infoRequestResponse]	= {"IRR", REQUEST,
						   ras_info_response},
	[RasMessage_PR_nonStandardMessage]	= {"NSM", REQUEST, NULL},
	[RasMessage_PR_unknownMessageResponse]	= {"XRS", RESPONSE, NULL},
	[RasMessage_PR_requestInProgress]	= {"RIP", RESPONSE, NULL},
	[RasMessage_PR_resourcesAvailableIndicate] = {"RAI", REQUEST,
						      ras_resources},
	[RasMessage_PR_resourcesAvailableConfirm]  = {"RAC", RESPONSE, NULL},
	[RasMessage_PR_infoRequestAck]		   = {"IACK", RESPONSE, NULL},
	[RasMessage_PR_infoRequestNak]		   = {"INAK", RESPONSE, NULL},
	[RasMessage_PR_serviceControlIndication]   = {"SCI", REQUEST,
						      ras_service_control},
	[RasMessage_PR_serviceControlResponse]	   = {"SCR", RESPONSE, NULL},
	[RasMessage_PR_admissionConfirmSequence]   = {"ACFs", RESPONSE, NULL},
};

enum {
	MESSAGES = sizeof(messages) / sizeof(messages[0]),
};


const char *ras_message_name(int type)
{
	return type > 0 && type < MESSAGES ? messages[type].name : "unknown";
}


/* ---- making one ---- */

static int identifier_set(struct ras *r, const char *identifier)
{
	struct per_msg *msg = NULL;
	BMPString_t bmp	    = {.buf = NULL};
	int err;

	if (!*identifier || strlen(identifier) >= sizeof(r->gk_id))
		return EINVAL;
	err = per_msg_alloc(&msg, r->conf.per, r->type);
	if (!err)
		err = h225_bmp_set(&bmp, msg, identifier);
	if (!err && (size_t)bmp.size > sizeof(r->gk_bmp))
		err = EINVAL;
	if (!err) {
		memcpy(r->gk_bmp, bmp.buf, (size_t)bmp.size);
		r->gk_bmp_len = (size_t)bmp.size;
		memcpy(r->gk_id, identifier, strlen(identifier) + 1);
	}
	per_msg_free(msg);

	return err;
}


int ras_conf_set(struct ras *r, const struct ras_conf *conf)
{
	struct ras_conf c = *conf;

	c.per	  = r->conf.per;
	c.zone	  = r->conf.zone;
	c.seed[0] = r->conf.seed[0];
	c.seed[1] = r->conf.seed[1];
	if (!c.aliases_max || c.aliases_max > ENDPOINT_ALIASES_MAX)
		c.aliases_max = ENDPOINT_ALIASES_MAX;
	r->conf = c;

	return identifier_set(r, conf->identifier);
}


int ras_alloc(struct ras **rp, const struct ras_conf *conf,
	      const struct ras_handlers *h, void *arg)
{
	struct ras *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return ENOMEM;
	r->conf = *conf;
	r->h	= *h;
	r->arg	= arg;
	r->type = per_type_find(conf->per, "RasMessage");
	err	= r->type ? ras_conf_set(r, conf) : EINVAL;
	if (!err)
		err = admitted_alloc(&r->calls, conf->seed, RAS_ADMITTED_MAX);
	if (err)
		ras_free(r);
	else
		*rp = r;

	return err;
}


void ras_free(struct ras *r)
{
	if (!r)
		return;
	ras_waiting_flush(r);
	admitted_free(r->calls);
	free(r);
}


/* ---- who asks ---- */

bool ras_same_place(const struct endpoint *ep, const struct ras_source *src)
{
	return !strcmp(ep->at.agent, src->agent) &&
	       addr_ip_eq(&ep->at.seen, &src->seen);
}


struct endpoint *ras_claimed(const struct ras_exchange *x,
			     const EndpointIdentifier_t *id)
{
	char text[REACH_ENDPOINT_LEN];
	struct endpoint *ep;

	if (!id || !h225_bmp_get(text, sizeof(text), id))
		return NULL;
	ep = zone_by_id(x->ras->conf.zone, text);

	return ep && ras_same_place(ep, x->src) ? ep : NULL;
}


bool ras_meant(const struct ras *r, const GatekeeperIdentifier_t *id)
{
	return !id || ((size_t)id->size == r->gk_bmp_len &&
		       !memcmp(id->buf, r->gk_bmp, r->gk_bmp_len));
}


bool ras_authentic(struct ras_exchange *x, const struct endpoint *ep)
{
	int err;

	if (!x->ras->h.checkh)
		return true;
	err = x->ras->h.checkh(x, ep, x->ras->arg);
	if (err == EPERM)
		x->quiet = true;

	return !err;
}


/* ---- a message ---- */

/* the RIP that says it takes longer went out already */
void ras_finish(struct ras_exchange *x, struct ras_answer *ans)
{
	struct ras *r = x->ras;
	struct per_fault fault;
	int err = 0;

	ans->len    = 0;
	ans->reply  = 0;
	ans->to	    = x->to;
	ans->result = x->result;
	if (!x->out || x->quiet) {
		if (x->quiet)
			ans->result = RAS_SILENT;
		return;
	}
	if (r->h.signh)
		err = r->h.signh(x, x->ep, r->arg);
	if (!err)
		err = per_msg_encode(x->answer, ans->p, sizeof(ans->p),
				     &ans->len, &fault);
	if (err) {
		ans->len    = 0;
		ans->result = RAS_SILENT;
		return;
	}
	if (r->h.sealh)
		r->h.sealh(ans->p, ans->len, r->arg);
	ans->reply = x->out->present;
}


static void respond(struct ras_exchange *x)
{
	/* in all of these it is the first field */
	const RequestSeqNum_t *seq	= (const void *)&x->in->choice;
	const struct ras_response response = {
		.type	 = x->in->present,
		.seq	 = (uint16_t)*seq,
		.src	 = x->src,
		.message = x->in,
	};

	x->result = RAS_RESPONSE;
	if (x->in->present != RasMessage_PR_admissionConfirmSequence &&
	    x->ras->h.responseh)
		x->ras->h.responseh(&response, x->ras->arg);
}


static int handle(struct ras_exchange *x)
{
	const int type = x->in->present;

	if (type <= 0 || type >= MESSAGES)
		return ras_unknown(x);
	if (messages[type].kind == RESPONSE) {
		respond(x);
		return 0;
	}
	if (!messages[type].h)
		return ras_unknown(x);

	return messages[type].h(x);
}


void ras_request(struct ras *r, struct ras_answer *ans,
		 const struct ras_source *src, const uint8_t *p, size_t len)
{
	struct ras_exchange x = {.ras = r, .src = src, .p = p, .len = len,
				 .to = src->from, .result = RAS_SILENT};

	ans->request = 0;
	if (per_decode(&x.msg, r->conf.per, r->type, p, len, NULL))
		x.result = RAS_MALFORMED;
	else {
		x.in	     = per_msg_value(x.msg);
		ans->request = x.in->present;
		x.result     = RAS_ANSWERED;
		if (handle(&x))
			x.quiet = true;
		else if (!x.out && x.result == RAS_ANSWERED)
			x.result = RAS_SILENT;
	}
	ras_finish(&x, ans);
	per_msg_free(x.answer);
	per_msg_free(x.msg);
}
