/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file request.c  What a terminal asks its gatekeeper
 */
#include <errno.h>
#include <string.h>
#include "call.h"
#include "ras.h"


enum {
	MS	     = 1000,
	REFRESH_LEAST = 500, /* ms */
};

#define MULTICAST "224.0.1.41" /* H.225.0 §IV.1 */


/** Keep what the handler has no better use for: say what became of it */
static void on_plain(const char *name, const json_t *body, void *arg)
{
	struct term *t = arg;

	event(t, "answered", "{s:s?,s:O?}", "name", name, "message", body);
}


static void rejected(struct term *t, const char *name, const json_t *body)
{
	event(t, "rejected", "{s:s?,s:s?}", "name", name, "reason",
	      choice(json_object_get(body, "rejectReason"), NULL));
}


static void text_set(char **to, const char *text)
{
	*to = mem_deref(*to);
	if (text)
		(void)str_dup(to, text);
}


static json_t *endpoint_id(const struct ras *r)
{
	return json_string(r->endpoint ? r->endpoint : "");
}


static void put_gatekeeper(const struct ras *r, json_t *body)
{
	if (r->gatekeeper_id)
		(void)json_object_set_new(body, "gatekeeperIdentifier",
					  json_string(r->gatekeeper_id));
}


/* ---- discovery */

static void on_discovered(const char *name, const json_t *body, void *arg)
{
	struct term *t = arg;

	if (!name || strcmp(name, "gatekeeperConfirm")) {
		rejected(t, name, body);
		return;
	}
	(void)address_read(&t->ras->gatekeeper,
			   json_object_get(body, "rasAddress"));
	text_set(&t->ras->gatekeeper_id,
		 text_at(body, "gatekeeperIdentifier"));
	event(t, "discovered", "{s:o,s:O}", "gatekeeper",
	      address_json(&t->ras->gatekeeper), "message", body);
}


/** Options: "multicast" */
int ras_discover(struct term *t, const json_t *args)
{
	json_t *how = options_over(args, NULL);
	json_t *body = json_pack("{s:s,s:o,s:o,s:o}", "protocolIdentifier",
				 H225_OID, "rasAddress",
				 address_json(&t->ras->own), "endpointType",
				 endpoint_type(t, false), "endpointAlias",
				 aliases_make(option(t->conf, "alias")));
	int err;

	if (option_is(args, "multicast", false) && !option(args, "at"))
		(void)json_object_set_new(how, "at",
					  json_string(MULTICAST ":1718"));
	err = ras_request(t->ras, "gatekeeperRequest", body, how,
			  on_discovered, t);
	json_decref(how);

	return err;
}


/* ---- registration */

static void on_refresh(void *arg)
{
	struct term *t = arg;
	json_t *args   = json_pack("{s:b}", "light", 1);

	(void)ras_register(t, args);
	json_decref(args);
}


static void on_registered(const char *name, const json_t *body, void *arg)
{
	struct term *t = arg;
	struct ras *r  = t->ras;
	const char *reason;

	if (!name || strcmp(name, "registrationConfirm")) {
		reason = choice(json_object_get(body, "rejectReason"), NULL);
		rejected(t, name, body);
		if (reason && !strcmp(reason, "fullRegistrationRequired")) {
			ras_unregistered(r);
			if (option_is(t->conf, "refresh", true))
				(void)ras_register(t, NULL);
		}
		return;
	}
	text_set(&r->endpoint, text_at(body, "endpointIdentifier"));
	text_set(&r->gatekeeper_id, text_at(body, "gatekeeperIdentifier"));
	r->ttl = number_at(body, "timeToLive", 0);
	(void)address_read(&r->signalling,
			   json_array_get(json_object_get(body,
							  "callSignalAddress"),
					  0));
	if (r->ttl && option_is(t->conf, "refresh", true)) {
		uint64_t ms = (uint64_t)r->ttl * MS * 2 / 3;

		tmr_start(&r->refresh, ms > REFRESH_LEAST ? ms : REFRESH_LEAST,
			  on_refresh, t);
	}
	event(t, "registered", "{s:s,s:I,s:o,s:O}", "endpointIdentifier",
	      r->endpoint, "timeToLive", (json_int_t)r->ttl,
	      "callSignalAddress", address_json(&r->signalling), "message",
	      body);
}


static json_t *vendor(void)
{
	return json_pack("{s:{s:i,s:i,s:i},s:s,s:s}", "vendor",
			 "t35CountryCode", 181, "t35Extension", 0,
			 "manufacturerCode", 12345, "productId",
			 "6833323374657266", "versionId", "31");
}


/**
 * Options: "light" (keepAlive alone), "additive", "alias" (other ones),
 * "timeToLive", "again" (with the endpointIdentifier one has)
 */
int ras_register(struct term *t, const json_t *args)
{
	const bool light    = option_is(args, "light", false);
	const bool additive = option_is(args, "additive", false);
	json_t *conf	    = options_over(t->conf, args);
	long ttl	    = option_number(conf, "timeToLive", 0);
	json_t *body;

	body = json_pack("{s:s,s:b,s:[o],s:[o],s:o,s:o,s:b,s:b,s:b}",
			 "protocolIdentifier", H225_OID, "discoveryComplete",
			 t->ras->gatekeeper_id != NULL, "callSignalAddress",
			 address_json(&t->own), "rasAddress",
			 address_json(&t->ras->own), "terminalType",
			 endpoint_type(t, true), "endpointVendor", vendor(),
			 "keepAlive", (int)light, "willSupplyUUIEs", 0,
			 "maintainConnection", 0);
	put_gatekeeper(t->ras, body);
	if (ttl)
		(void)json_object_set_new(body, "timeToLive",
					  json_integer(ttl));
	if (!light && option(conf, "alias"))
		(void)json_object_set_new(body, "terminalAlias",
					  aliases_make(option(conf, "alias")));
	if (light || additive || option_is(args, "again", false))
		(void)json_object_set_new(body, "endpointIdentifier",
					  endpoint_id(t->ras));
	if (additive)
		(void)json_object_set_new(body, "additiveRegistration",
					  json_null());
	json_decref(conf);

	return ras_request(t->ras, "registrationRequest", body, args,
			   on_registered, t);
}


static void on_unregistered(const char *name, const json_t *body, void *arg)
{
	struct term *t = arg;

	if (!name || strcmp(name, "unregistrationConfirm")) {
		rejected(t, name, body);
		return;
	}
	event(t, "unregistered", "{s:s}", "by", "local");
}


int ras_unregister(struct term *t, const json_t *args)
{
	struct ras *r = t->ras;
	json_t *body  = json_pack("{s:[o]}", "callSignalAddress",
				  address_json(&t->own));
	int err;

	put_gatekeeper(r, body);
	if (r->endpoint)
		(void)json_object_set_new(body, "endpointIdentifier",
					  endpoint_id(r));
	if (option(args, "alias")) /* of an additive registration: only these */
		(void)json_object_set_new(body, "endpointAlias",
					  aliases_make(option(args, "alias")));
	err = ras_request(r, "unregistrationRequest", body, args,
			  on_unregistered, t);
	if (!option(args, "alias"))
		ras_unregistered(r);

	return err;
}


/* ---- calls */

static void call_names(const struct call *c, json_t *body)
{
	(void)json_object_set_new(body, "endpointIdentifier",
				  endpoint_id(c->term->ras));
	(void)json_object_set(body, "conferenceID", c->conference);
	(void)json_object_set_new(body, "callReferenceValue",
				  json_integer(c->callref));
	(void)json_object_set_new(body, "callIdentifier",
				  json_pack("{s:O}", "guid", c->guid));
	put_gatekeeper(c->term->ras, body);
}


/**
 * May this call be? h has the answer
 *
 * @param answer Of an incoming one, with its Setup
 */
int ras_admit(struct call *c, bool answer, const json_t *setup, ras_reply_h *h,
	      void *arg)
{
	struct term *t	= c->term;
	json_t *src = json_object_get(setup, "sourceAddress");
	json_t *body = json_pack(
		"{s:s,s:s,s:I,s:b,s:b,s:b,s:b}", "callType", "pointToPoint",
		"callModel", "gatekeeperRouted", "bandWidth",
		(json_int_t)option_number(c->conf, "bandwidth",
					  BANDWIDTH_DEFAULT),
		"activeMC", 0, "answerCall", (int)answer, "canMapAlias",
		(int)option_is(c->conf, "canMapAlias", true),
		"willSupplyUUIEs", 0);

	call_names(c, body);
	(void)json_object_set_new(body, "srcInfo",
				  answer ? (src ? json_deep_copy(src)
						: json_array())
					 : aliases_make(option(c->conf,
							       "alias")));
	if (json_array_size(c->to))
		(void)json_object_set(body, "destinationInfo", c->to);
	(void)json_object_set_new(body,
				  answer ? "destCallSignalAddress"
					 : "srcCallSignalAddress",
				  address_json(&t->own));
	merge(body, option(c->conf, "admissionWith"));

	return ras_request(t->ras, "admissionRequest", body, NULL, h, arg);
}


int ras_disengage(struct call *c, const json_t *args)
{
	json_t *body = json_pack("{s:s,s:b}", "disengageReason",
				 option_text(args, "reason", "normalDrop"),
				 "answeredCall", (int)!c->outgoing);

	c->admitted = false;
	call_names(c, body);

	return ras_request(c->term->ras, "disengageRequest", body, args, NULL,
			   NULL);
}


int ras_bandwidth(struct call *c, const json_t *args)
{
	json_t *body = json_pack(
		"{s:I,s:b}", "bandWidth",
		(json_int_t)option_number(args, "bandwidth", 0),
		"answeredCall", (int)!c->outgoing);

	call_names(c, body);

	return ras_request(c->term->ras, "bandwidthRequest", body, args,
			   on_plain, c->term);
}


int ras_locate(struct term *t, const json_t *args)
{
	json_t *body = json_pack("{s:o,s:o,s:b}", "destinationInfo",
				 aliases_make(option(args, "to")),
				 "replyAddress", address_json(&t->ras->own),
				 "canMapAlias", 1);

	if (t->ras->endpoint)
		(void)json_object_set_new(body, "endpointIdentifier",
					  endpoint_id(t->ras));

	return ras_request(t->ras, "locationRequest", body, args, on_plain, t);
}


/** H.225.0 §7.16: a gateway's resources; "almostOut" */
int ras_resources(struct term *t, const json_t *args)
{
	json_t *body = json_pack(
		"{s:s,s:o,s:o,s:b}", "protocolIdentifier", H225_OID,
		"endpointIdentifier", endpoint_id(t->ras), "protocols",
		json_array(), "almostOutOfResources",
		(int)option_is(args, "almostOut", false));

	return ras_request(t->ras, "resourcesAvailableIndicate", body, args,
			   on_plain, t);
}


/** IRR by itself */
int ras_report(struct term *t, const json_t *args)
{
	json_t *body = ras_status(t->ras, NULL, 0);

	(void)json_object_del(body, "requestSeqNum");
	(void)json_object_set_new(body, "unsolicited", json_true());
	(void)json_object_set_new(body, "needResponse", json_true());

	return ras_request(t->ras, "infoRequestResponse", body, args, on_plain,
			   t);
}
