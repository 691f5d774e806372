/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file callee.c  The end that is called
 */
#include <errno.h>
#include <string.h>
#include "call.h"
#include "conn.h"
#include "ras.h"


/** Put our H.245 address into this message, if it is where it goes */
static void put_h245_address(struct call *c, const char *type, json_t *body)
{
	const char *in = option_is(c->conf, "earlyH245", false)
				 ? "callProceeding"
				 : "connect";
	struct sa sa;

	if (call_tunnels(c) || h245_has_connection(c->h245) ||
	    !option_is(c->conf, "h245", true) ||
	    strcmp(option_text(c->conf, "h245In", in), type))
		return;
	if (!h245_listen(c->h245, &sa))
		(void)json_object_set_new(body, "h245Address",
					  address_json(&sa));
}


/** The same for fastStart: accepted, refused, or nothing said of it */
static void put_fast(struct call *c, const char *type, json_t *body)
{
	const char *want = option_text(c->conf, "fastStart", "");
	json_t *accepted;

	if (!c->offered ||
	    strcmp(option_text(c->conf, "fastStartIn", "connect"), type))
		return;
	if (!strcmp(want, "refuse")) {
		(void)json_object_set_new(body, "fastConnectRefused",
					  json_null());
		return;
	}
	if (!option_is(c->conf, "fastStart", true))
		return;
	accepted = fast_accept(c);
	if (accepted)
		(void)json_object_set_new(body, "fastStart", accepted);
}


static int progress(struct call *c, const char *type, json_t *body)
{
	put_h245_address(c, type, body);
	put_fast(c, type, body);
	(void)json_object_set_new(body, "multipleCalls", json_false());
	(void)json_object_set_new(body, "maintainConnection", json_false());
	(void)json_object_set_new(body, "destinationInfo",
				  endpoint_type(c->term, false));

	return call_send(c, type, body, NULL);
}


int callee_proceed(struct call *c)
{
	const int err = progress(c, "callProceeding", json_object());

	h245_now(c->h245);

	return err;
}


int callee_ring(struct call *c)
{
	return progress(c, "alerting", json_object());
}


/** Our address by itself, for who does not expect it (H.323 §8.2.3) */
static void facility_address(struct call *c)
{
	struct sa sa;

	if (strcmp(option_text(c->conf, "h245In", ""), "facility") ||
	    call_tunnels(c) || h245_has_connection(c->h245) ||
	    h245_listen(c->h245, &sa))
		return;
	(void)call_send(c, "facility",
			json_pack("{s:s,s:o}", "reason", "startH245",
				  "h245Address", address_json(&sa)),
			NULL);
}


int callee_answer(struct call *c)
{
	int err;

	if (c->state != CALL_CALLED)
		return EINVAL;
	err = progress(c, "connect",
		       json_pack("{s:O}", "conferenceID", c->conference));
	if (err)
		return err;
	c->state    = CALL_CONNECTED;
	c->setup_us = now_us() - c->began;
	call_event(c, "connected", "{s:b}", "fastStart", (int)c->fast);
	if (option_is(c->conf, "h245", true)) {
		facility_address(c);
		h245_begin(c->h245);
	}
	h245_flush(c->h245);

	return 0;
}


static void on_answer(void *arg)
{
	(void)callee_answer(arg);
}


static void on_accept(struct call *c)
{
	const char *answer = option_text(c->conf, "answer", "");

	if (option_is(c->conf, "ring", true))
		(void)callee_ring(c);
	if (!strcmp(answer, "auto"))
		tmr_start(&c->tmr,
			  (uint64_t)option_number(c->conf, "answerAfter", 0),
			  on_answer, c);
	else if (!strncmp(answer, "reject", 6))
		call_hangup(c, option_text(c->conf, "reason",
					   "destinationRejection"), 21);
}


static void on_admitted(const char *name, const json_t *body, void *arg)
{
	struct call *c = arg;

	if (!name || strcmp(name, "admissionConfirm")) {
		complain(c->term, "not admitted: %s",
			 name ? choice(json_object_get(body, "rejectReason"),
				       NULL)
			      : "timeout");
		call_hangup(c, "noPermission", 21);
		return;
	}
	c->admitted = true;
	on_accept(c);
}


static void hear_setup(struct call *c, const json_t *message,
		       const json_t *pdu, const json_t *setup)
{
	const json_t *control = json_object_get(setup, "parallelH245Control");
	struct sa peer, sa;
	json_t *h245;
	size_t i;

	if (json_is_true(json_object_get(pdu, "h245Tunnelling")))
		c->remote_tunnelling = SAYS_YES;
	else
		c->remote_tunnelling = SAYS_NO;
	c->offered = json_incref(json_object_get(setup, "fastStart"));
	conn_peer(c->sig, &peer);
	call_event(c, "incoming", "{s:O,s:o,s:O}", "callIdentifier", c->guid,
		   "from", address_json(&peer), "message", message);
	if (!control)
		control = json_object_get(pdu, "h245Control");
	if (call_tunnels(c)) {
		json_array_foreach(control, i, h245)
			h245_hear(c->h245, h245);
	}
	else if (option_is(c->conf, "earlyH245", false) &&
		 !address_read(&sa, json_object_get(setup, "h245Address")))
		(void)(option_is(c->conf, "clash", false)
			       ? h245_later(c->h245, &sa)
			       : h245_connect(c->h245, &sa));
}


/**
 * A Setup came on a connection, which is the call's from now on
 *
 * @return 0, or why it is not a call
 */
int callee_setup(struct term *t, struct conn *sig, const json_t *message)
{
	const json_t *pdu   = at(message, "uuie.h323-uu-pdu");
	const json_t *setup = at(pdu, "h323-message-body.setup");
	const char *guid    = text_at(setup, "callIdentifier.guid");
	struct conn_handlers h;
	struct call *c;
	int err;

	if (!setup || !guid)
		return EBADMSG;
	err = call_alloc(&c, t, NULL, false);
	if (err)
		return err;
	c->sig	      = sig;
	c->state      = CALL_CALLED;
	c->callref    = (uint16_t)number_at(message, "q931.callReference", 0);
	c->guid	      = json_string(guid);
	c->conference = json_incref(json_object_get(setup, "conferenceID"));
	c->to = json_incref(json_object_get(setup, "destinationAddress"));
	call_handlers(c, &h);
	conn_handlers_set(sig, &h);
	hear_setup(c, message, pdu, setup);
	if (option_is(c->conf, "proceeding", true))
		(void)callee_proceed(c);
	if (!ras_endpoint(t->ras) || !option_is(c->conf, "admission", true))
		on_accept(c);
	else if (ras_admit(c, true, setup, on_admitted, c))
		call_hangup(c, "undefinedReason", 0);

	return 0;
}
