/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file caller.c  The end that calls
 */
#include <errno.h>
#include <string.h>
#include "call.h"
#include "conn.h"
#include "ras.h"


enum {
	CAUSE_TIMER = 102, /* Q.850: recovery on timer expiry */
	CALLREF_MAX = 0x7fff, /* and 0 is no call's */
};


/** H.245 in the Setup: tunnelled, beside fastStart as "parallel" */
static void early_control(struct call *c, json_t *body)
{
	struct sa sa;

	if (!option_is(c->conf, "earlyH245", false))
		return;
	if (!c->tunnelling) {
		if (!h245_listen(c->h245, &sa))
			(void)json_object_set_new(body, "h245Address",
						  address_json(&sa));
		return;
	}
	c->remote_tunnelling = SAYS_YES; /* as far as this message goes */
	h245_begin(c->h245);
	if (c->offers)
		(void)json_object_set_new(body, "parallelH245Control",
					  h245_drain(c->h245));
}


static json_t *digits_of(const json_t *aliases)
{
	json_t *alias;
	size_t i;

	json_array_foreach(aliases, i, alias) {
		json_t *digits = json_object_get(alias, "dialledDigits");

		if (digits)
			return json_incref(digits);
	}

	return NULL;
}


static int send_setup(struct call *c)
{
	struct term *t = c->term;
	json_t *own = aliases_make(option(c->conf, "alias"));
	json_t *body, *head;
	const char *id = ras_endpoint(t->ras);
	int err;

	body = json_pack("{s:o,s:O,s:b,s:O,s:s,s:s,s:o,s:b,s:b,s:b,s:b,s:s*}",
			 "sourceInfo", endpoint_type(t, false), "sourceAddress",
			 own, "activeMC", 0, "conferenceID", c->conference,
			 "conferenceGoal", "create", "callType",
			 "pointToPoint", "sourceCallSignalAddress",
			 address_json(&t->own), "mediaWaitForConnect", 0,
			 "canOverlapSend", 0, "multipleCalls", 0,
			 "maintainConnection", 0, "endpointIdentifier", id);
	if (json_array_size(c->to))
		(void)json_object_set(body, "destinationAddress", c->to);
	if (!json_array_size(own))
		(void)json_object_del(body, "sourceAddress");
	if (sa_isset(&c->dest, SA_ALL))
		(void)json_object_set_new(body, "destCallSignalAddress",
					  address_json(&c->dest));
	if (option_is(c->conf, "fastStart", true)) {
		c->offers = fast_offer(c);
		(void)json_object_set(body, "fastStart", c->offers);
	}
	early_control(c, body);
	head = json_pack("{s:o*,s:o*}", "called", digits_of(c->to), "calling",
			 digits_of(own));
	json_decref(own);
	c->state = CALL_CALLING;
	err	 = call_send(c, "setup", body, head);
	c->remote_tunnelling = NOT_SAID;

	return err;
}


static void on_established(void *arg)
{
	struct call *c = arg;

	if (send_setup(c))
		call_over(c, "local", "encoding", 0);
}


static int go(struct call *c)
{
	struct conn_handlers h;
	int err;

	call_handlers(c, &h);
	h.estabh = on_established;
	c->state = CALL_CONNECTING;
	err	 = conn_connect(&c->sig, c->term->app, &c->dest, &c->term->own,
				c->conf, &h);
	if (err)
		call_over(c, "connection", NULL, 0);

	return err;
}


static void on_admitted(const char *name, const json_t *body, void *arg)
{
	struct call *c = arg;
	const json_t *to;

	if (!name || strcmp(name, "admissionConfirm")) {
		call_over(c, "gatekeeper",
			  name ? choice(json_object_get(body, "rejectReason"),
					NULL)
			       : "timeout",
			  0);
		return;
	}
	c->admitted = true;
	to = json_object_get(body, "destinationInfo");
	if (to && option_is(c->conf, "canMapAlias", true)) {
		json_decref(c->to);
		c->to = json_deep_copy(to);
	}
	if (address_read(&c->dest,
			 json_object_get(body, "destCallSignalAddress"))) {
		call_over(c, "gatekeeper", "no address", 0);
		return;
	}
	call_event(c, "admitted", "{s:o,s:I}", "address",
		   address_json(&c->dest), "bandWidth",
		   (json_int_t)number_at(body, "bandWidth", 0));
	(void)go(c);
}


static void on_impatient(void *arg)
{
	call_hangup(arg, NULL, CAUSE_TIMER);
}


/**
 * Call somebody: "to" an alias or several, "direct" at an address; "patience":
 * ms until it must have been answered
 */
int caller_start(struct term *t, const json_t *args)
{
	const char *direct = option_text(args, "direct", NULL);
	const char *guid = option_text(args, "callIdentifier", NULL);
	struct call *c;
	int err;

	err = call_alloc(&c, t, args, true);
	if (err)
		return err;
	t->callref    = (uint16_t)(t->callref % CALLREF_MAX + 1);
	c->callref    = t->callref;
	c->guid	      = guid ? json_string(guid) : guid_make();
	c->conference = guid_make();
	c->to	      = aliases_make(option(args, "to"));
	call_event(c, "calling", "{s:O}", "callIdentifier", c->guid);
	if (option(c->conf, "patience"))
		tmr_start(&c->tmr,
			  (uint64_t)option_number(c->conf, "patience", 0),
			  on_impatient, c);
	if (!direct && ras_endpoint(t->ras) &&
	    option_is(c->conf, "admission", true))
		return ras_admit(c, false, NULL, on_admitted, c);
	if (direct)
		err = address_get(&c->dest, direct);
	else if (!ras_signalling(t->ras, &c->dest))
		err = EDESTADDRREQ;
	if (!err)
		return go(c);
	call_over(c, "local", "no address", 0);

	return err;
}


static void on_connect(struct call *c)
{
	tmr_cancel(&c->tmr);
	c->state    = CALL_CONNECTED;
	c->setup_us = now_us() - c->began;
	call_event(c, "connected", "{s:b}", "fastStart", (int)c->fast);
	h245_flush(c->h245);
}


/** The beginning of H.245, now that it is known how (H.323 §8.2) */
static void begin_control(struct call *c)
{
	struct sa sa;

	if (!option_is(c->conf, "h245", true))
		return;
	if (!call_tunnels(c) && !h245_has_connection(c->h245) &&
	    !strcmp(option_text(c->conf, "h245In", ""), "facility")) {
		if (h245_listen(c->h245, &sa))
			return;
		(void)call_send(c, "facility",
				json_pack("{s:s,s:o}", "reason", "startH245",
					  "h245Address", address_json(&sa)),
				NULL);
	}
	h245_begin(c->h245);
}


void caller_hears(struct call *c, const char *type, const json_t *body,
		  const json_t *message)
{
	const json_t *fast = json_object_get(body, "fastStart");
	bool connect = !strcmp(type, "connect");

	(void)message;
	if (fast && c->offers && !c->fast)
		fast_accepted(c, fast);
	if (!strcmp(type, "alerting"))
		call_event(c, "alerting", NULL);
	if (connect && c->state == CALL_CALLING) {
		on_connect(c);
		/* the address in it comes first */
		if (!json_object_get(body, "h245Address") || call_tunnels(c))
			begin_control(c);
	}
}
