/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ras_util.c  RAS without sockets: requests made, answers looked at
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include "h323gw/h225/address.h"
#include "h323gw/h225/id.h"
#include "h323gw/h225/text.h"
#include "tests/unit/ras_util.h"


/* ---- the world ---- */

static int64_t on_now(void *arg)
{
	return ((struct util *)arg)->now;
}


static bool on_allow(enum ras_wish wish, const struct ras_source *src,
		     void *arg)
{
	(void)src;

	return !((struct util *)arg)->deny[wish];
}


static int on_check(struct ras_exchange *x, const struct endpoint *ep,
		    void *arg)
{
	(void)x;
	(void)ep;

	return ((struct util *)arg)->authentic;
}


static void on_registered(struct endpoint *ep, bool whole, void *arg)
{
	struct util *u = arg;

	ep->stored = 1;
	if (whole)
		++u->registered;
	else
		++u->refreshed;
}


static void on_dropped(struct endpoint *ep, void *arg)
{
	const struct zone_alias *za;

	for (za = ep->aliases; za; za = za->next)
		((struct util *)arg)->dropped += !za->marked;
}


static void on_unregistered(struct endpoint *ep, const char *why, void *arg)
{
	struct util *u = arg;
	(void)ep;

	++u->unregistered;
	u->why = why;
}


static void answer_route(struct util *u, gk_route_h *h, void *harg)
{
	struct route r;

	memset(&r, 0, sizeof(r));
	r.reason = u->reason;
	h(&r, harg);
}


static int on_route(const struct route_query *q, gk_route_h *h, void *harg,
		    void *arg)
{
	struct util *u = arg;

	u->query = *q;
	if (q->calledc)
		u->called = q->called[0];
	if (!u->later) {
		answer_route(u, h, harg);
		return 0;
	}
	u->routeh     = h;
	u->routeh_arg = harg;

	return 0;
}


static void on_route_cancel(const void *harg, void *arg)
{
	struct util *u = arg;

	if (harg == u->routeh_arg)
		++u->cancelled;
}


static void decode(struct util *u, const uint8_t *p, size_t len)
{
	per_msg_free(u->msg);
	u->msg = NULL;
	u->m   = NULL;
	if (!len)
		return;
	assert_int_equal(per_decode(&u->msg, u->per,
				    per_type_find(u->per, "RasMessage"), p,
				    len, NULL), 0);
	u->m = per_msg_value(u->msg);
}


static void on_send(const struct ras_source *src, const struct addr *to,
		    const uint8_t *p, size_t len, void *arg)
{
	struct util *u = arg;

	assert_true(addr_eq(to, &src->from));
	++u->sent;
	decode(u, p, len);
}


static bool on_disengage(const uint8_t call_id[GUID_LEN], const char *id,
			 int reason, void *arg)
{
	struct util *u = arg;
	(void)call_id;
	(void)id;
	(void)reason;
	++u->disengaged;

	return u->knows_call;
}


static void on_bandwidth(const uint8_t call_id[GUID_LEN], const char *id,
			 uint32_t bandwidth, void *arg)
{
	struct util *u = arg;
	(void)call_id;
	(void)id;

	++u->bandwidths;
	u->bandwidth = bandwidth;
}


static void on_gone(const char *id, void *arg)
{
	(void)id;
	++((struct util *)arg)->gone;
}


static void on_response(const struct ras_response *r, void *arg)
{
	(void)r;
	++((struct util *)arg)->responses;
}


static const struct ras_handlers handlers = {
	.nowh	       = on_now,
	.allowh	       = on_allow,
	.checkh	       = on_check,
	.registeredh   = on_registered,
	.droppedh      = on_dropped,
	.unregisteredh = on_unregistered,
	.routeh	       = on_route,
	.route_cancelh = on_route_cancel,
	.sendh	       = on_send,
	.disengageh    = on_disengage,
	.bandwidthh    = on_bandwidth,
	.goneh	       = on_gone,
	.responseh     = on_response,
};


void util_open(struct util *u)
{
	const struct zone_conf zc = {.endpoints_max = 100, .seed = {1, 2}};

	memset(u, 0, sizeof(*u));
	u->now = 1000000;
	assert_int_equal(per_alloc(&u->per, NULL), 0);
	assert_int_equal(zone_alloc(&u->zone, &zc), 0);
	u->conf = (struct ras_conf){.per = u->per, .zone = u->zone,
				    .identifier = "gate", .ttl = 300,
				    .ttl_nat = 30, .seed = {3, 4}};
	(void)addr_parse(&u->conf.own.ras[0], "192.0.2.254", 1719);
	(void)addr_parse(&u->conf.own.signalling[0], "192.0.2.254", 1720);
	assert_int_equal(ras_alloc(&u->ras, &u->conf, &handlers, u), 0);
}


void util_close(struct util *u)
{
	ras_free(u->ras);
	zone_free(u->zone);
	per_msg_free(u->msg);
	per_msg_free(u->out);
	per_free(u->per);
}


int util_setup(void **state)
{
	util_open(*state);

	return 0;
}


int util_teardown(void **state)
{
	util_close(*state);

	return 0;
}


/* ---- a request ---- */

void *util_request(struct util *u, RasMessage_PR type)
{
	per_msg_free(u->out);
	assert_int_equal(per_msg_alloc(&u->out, u->per,
				       per_type_find(u->per, "RasMessage")),
			 0);
	u->o	      = per_msg_value(u->out);
	u->o->present = type;
	/* 0 is none; in all but one it stands first */
	if (type != RasMessage_PR_infoRequestResponse)
		*(RequestSeqNum_t *)(void *)&u->o->choice = 1;

	return &u->o->choice;
}


void *util_zalloc(struct util *u, size_t size)
{
	void *p = per_msg_zalloc(u->out, size);

	assert_non_null(p);

	return p;
}


BOOLEAN_t *util_bool(struct util *u, bool value)
{
	BOOLEAN_t *b = util_zalloc(u, sizeof(*b));

	*b = value;

	return b;
}


void util_alias(struct util *u, void *list, enum alias_type type,
		const char *text)
{
	AliasAddress_t *aa = util_zalloc(u, sizeof(*aa));
	struct alias a	   = {.type = type};

	memcpy(a.text, text, strlen(text) + 1);
	assert_int_equal(alias_set(aa, u->out, &a), 0);
	assert_int_equal(per_msg_append(u->out, list, aa), 0);
}


void util_addr(struct util *u, void *list, const char *at)
{
	TransportAddress_t *ta = util_zalloc(u, sizeof(*ta));
	struct addr a;

	assert_int_equal(addr_parse_hostport(&a, at), 0);
	assert_int_equal(h225_addr_set(ta, u->out, &a), 0);
	assert_int_equal(per_msg_append(u->out, list, ta), 0);
}


void util_bmp(struct util *u, OCTET_STRING_t *os, const char *text)
{
	assert_int_equal(h225_bmp_set(os, u->out, text), 0);
}


void util_from(struct util *u, const char *address)
{
	memset(&u->src, 0, sizeof(u->src));
	assert_int_equal(addr_parse_hostport(&u->src.from, address), 0);
	u->src.seen = u->src.from;
}


int util_octets(struct util *u, const uint8_t *p, size_t len)
{
	ras_request(u->ras, &u->answer, &u->src, p, len);
	decode(u, u->answer.p, u->answer.len);
	assert_int_equal(u->m ? (int)u->m->present : 0, u->answer.reply);

	return u->answer.reply;
}


int util_send(struct util *u)
{
	struct per_fault fault = {.what = "", .type = ""};
	uint8_t buf[8192];
	size_t n;

	if (per_msg_encode(u->out, buf, sizeof(buf), &n, &fault))
		fail_msg("%s: %s", fault.type, fault.what);

	return util_octets(u, buf, n);
}


void util_assert_addr(const struct TransportAddress *ta, const char *text)
{
	char buf[ADDR_STRLEN];
	struct addr a;

	assert_true(h225_addr_get(&a, ta));
	assert_string_equal(addr_str(&a, buf), text);
}


void util_route(struct util *u, int reason)
{
	u->reason = reason;
	answer_route(u, u->routeh, u->routeh_arg);
}


/* ---- whole ones ---- */

RegistrationRequest_t *util_rrq(struct util *u, const char *ip,
				const char *name, const char *number)
{
	RegistrationRequest_t *rrq =
		util_request(u, RasMessage_PR_registrationRequest);
	char at[ADDR_STRLEN];

	rrq->requestSeqNum = 7;
	assert_int_equal(h225_version_set(&rrq->protocolIdentifier, u->out, 4),
			 0);
	(void)snprintf(at, sizeof(at), "%s:1720", ip);
	util_addr(u, &rrq->callSignalAddress.list, at);
	(void)snprintf(at, sizeof(at), "%s:5000", ip);
	util_addr(u, &rrq->rasAddress.list, at);
	util_from(u, at);
	rrq->terminalType.terminal =
		util_zalloc(u, sizeof(*rrq->terminalType.terminal));
	if (name || number)
		rrq->terminalAlias =
			util_zalloc(u, sizeof(*rrq->terminalAlias));
	if (name)
		util_alias(u, &rrq->terminalAlias->list, ALIAS_H323_ID, name);
	if (number)
		util_alias(u, &rrq->terminalAlias->list, ALIAS_DIALLED_DIGITS,
			   number);

	return rrq;
}


static struct endpoint *confirmed(struct util *u)
{
	char id[REACH_ENDPOINT_LEN];

	assert_int_equal(u->answer.reply, RasMessage_PR_registrationConfirm);
	assert_true(h225_bmp_get(id, sizeof(id),
				 &u->m->choice.registrationConfirm
					  .endpointIdentifier));

	return zone_by_id(u->zone, id);
}


struct endpoint *util_register(struct util *u, const char *ip,
			       const char *name, const char *number)
{
	(void)util_rrq(u, ip, name, number);
	(void)util_send(u);

	return confirmed(u);
}


AdmissionRequest_t *util_arq(struct util *u, const struct endpoint *ep,
			     uint8_t id, const char *to)
{
	AdmissionRequest_t *arq =
		util_request(u, RasMessage_PR_admissionRequest);
	uint8_t guid[GUID_LEN] = {[0] = 1, [15] = id};
	char at[ADDR_STRLEN];

	arq->requestSeqNum    = 8;
	arq->callType.present = CallType_PR_pointToPoint;
	util_bmp(u, &arq->endpointIdentifier, ep->id);
	arq->bandWidth = 1000;
	assert_int_equal(guid_set(&arq->conferenceID, u->out, guid), 0);
	arq->callIdentifier = util_zalloc(u, sizeof(*arq->callIdentifier));
	assert_int_equal(guid_set(&arq->callIdentifier->guid, u->out, guid),
			 0);
	if (to) {
		arq->destinationInfo =
			util_zalloc(u, sizeof(*arq->destinationInfo));
		util_alias(u, &arq->destinationInfo->list,
			   ALIAS_DIALLED_DIGITS, to);
	}
	util_from(u, addr_str(&ep->at.ras, at));
	memcpy(u->src.agent, ep->at.agent, sizeof(u->src.agent));
	u->src.seen = ep->at.seen;

	return arq;
}
