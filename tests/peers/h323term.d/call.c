/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call.c  A call: its connection, what it says and hears, its end
 *
 * Owns the call signalling connection. What is particular to who called whom is
 * in caller.c and callee.c.
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include "call.h"
#include "conn.h"
#include "media.h"
#include "ras.h"
#include "signal.h"


enum {
	CAUSE_NORMAL = 16, /* Q.850 */
	STATE_ACTIVE = 10, /* Q.931 §2.1 */
};


static void destructor(void *data)
{
	struct call *c = data;

	list_unlink(&c->le);
	tmr_cancel(&c->tmr);
	tmr_cancel(&c->grave);
	ras_forget(c->term->ras, c);
	c->h245 = mem_deref(c->h245);
	list_flush(&c->channels);
	list_flush(&c->sessions);
	list_flush(&c->pipes);
	(void)conn_drop(c->sig);
	json_decref(c->conf);
	json_decref(c->guid);
	json_decref(c->conference);
	json_decref(c->to);
	json_decref(c->offered);
	json_decref(c->offers);
}


int call_alloc(struct call **cp, struct term *t, const json_t *conf,
	       bool outgoing)
{
	struct call *c = mem_zalloc(sizeof(*c), destructor);
	int err;

	if (!c)
		return ENOMEM;
	c->term	    = t;
	c->conf	    = options_over(t->conf, conf);
	c->outgoing = outgoing;
	c->tunnelling = option_is(c->conf, "tunnelling", true);
	c->next_channel = option_number(c->conf, "firstChannel", 1);
	c->began = now_us();
	(void)re_snprintf(c->name, sizeof(c->name), "%s",
			  option_text(conf, "call", ""));
	if (!*c->name)
		(void)re_snprintf(c->name, sizeof(c->name), "c%u",
				  ++t->app->calls);
	list_append(&t->calls, &c->le, c);
	err = h245_alloc(&c->h245, c);
	if (err)
		mem_deref(c);
	else
		*cp = c;

	return err;
}


/** @param name NULL: the newest that is not over */
struct call *call_find(const struct term *t, const char *name)
{
	struct le *le;

	for (le = list_tail(&t->calls); le; le = le->prev) {
		struct call *c = le->data;

		if (name ? !strcmp(c->name, name) : c->state != CALL_ENDED)
			return c;
	}

	return NULL;
}


struct call *call_by_id(const struct term *t, const char *guid)
{
	struct le *le;

	for (le = list_head(&t->calls); le && guid; le = le->next) {
		struct call *c = le->data;

		if (!strcmp(json_string_value(c->guid), guid))
			return c;
	}

	return NULL;
}


void call_event(const struct call *c, const char *name, const char *fmt, ...)
{
	json_t *more = NULL;
	json_error_t error;
	va_list ap;

	if (fmt) {
		va_start(ap, fmt);
		more = json_vpack_ex(&error, 0, fmt, ap);
		va_end(ap);
	}
	if (!more)
		more = json_object();
	(void)json_object_set_new(more, "call", json_string(c->name));
	if (c->term->app->quiet && strcmp(name, "incoming") &&
	    strcmp(name, "connected") && strcmp(name, "ended"))
		json_decref(more);
	else
		event(c->term, name, "o", more);
}


/** Do both ends tunnel H.245? (H.323 §8.2.1) */
bool call_tunnels(const struct call *c)
{
	return c->tunnelling && c->remote_tunnelling == SAYS_YES;
}


/** Which elements a message must have beside User-user (H.225.0 §7.3) */
static void complete_head(const struct call *c, const char *type, json_t *head)
{
	const char *name = option_text(c->conf, "display", c->term->name);

	(void)json_object_set_new(head, "type", json_string(type));
	(void)json_object_set_new(head, "callReference",
				  json_integer(c->callref));
	(void)json_object_set_new(head, "fromDestination",
				  json_boolean(!c->outgoing));
	if (!strcmp(type, "notify") && !json_object_get(head, "notification"))
		(void)json_object_set_new(head, "notification",
					  json_integer(0));
	if (!strcmp(type, "status")) {
		(void)json_object_set_new(head, "callState",
					  json_integer(STATE_ACTIVE));
		if (!json_object_get(head, "cause"))
			(void)json_object_set_new(head, "cause",
						  json_integer(30));
	}
	if (!strcmp(type, "progress") && !json_object_get(head, "progress"))
		(void)json_object_set_new(head, "progress", json_integer(8));
	if (!strcmp(type, "setup") || !strcmp(type, "connect"))
		(void)json_object_set_new(head, "bearer",
					  json_string("8890a5"));
	if (!strcmp(type, "setup") || !strcmp(type, "connect") ||
	    !strcmp(type, "alerting"))
		(void)json_object_set_new(head, "display", json_string(name));
}


static json_t *pdu_make(struct call *c, const char *type, json_t *body)
{
	json_t *pdu, *control, *message;
	bool tunnels = c->tunnelling && c->remote_tunnelling != SAYS_NO;

	if (body) {
		(void)json_object_set_new(body, "protocolIdentifier",
					  json_string(H225_OID));
		(void)json_object_set_new(body, "callIdentifier",
					  json_pack("{s:O}", "guid", c->guid));
		message = json_pack("{s:o}", type, body);
	}
	else {
		message = json_string("empty");
	}
	pdu = json_pack("{s:o,s:b}", "h323-message-body", message,
			"h245Tunnelling", (int)tunnels);
	control = strcmp(type, "releaseComplete") ? h245_drain(c->h245) : NULL;
	if (control)
		(void)json_object_set_new(pdu, "h245Control", control);

	return pdu;
}


/**
 * Say something on the call signalling connection, with what of H.245 waits to
 * be tunnelled
 *
 * @param body Of the UUIE, which is taken; NULL: empty
 * @param head Elements of Q.931, taken; NULL: those it must have
 */
int call_send(struct call *c, const char *type, json_t *body, json_t *head)
{
	uint8_t buf[MESSAGE_MAX];
	char with[32], why[WHY_LEN];
	json_t *message, *pdu;
	size_t n = 0;
	int err;

	security_call_before(c->term, body);
	/* what is asked for by "setupWith", "connectWith", ... */
	(void)re_snprintf(with, sizeof(with), "%sWith", type);
	if (body)
		merge(body, option(c->conf, with));
	if (!head)
		head = json_object();
	complete_head(c, type, head);
	pdu = pdu_make(c, type, body);
	(void)re_snprintf(with, sizeof(with), "%sPdu", type);
	merge(pdu, option(c->conf, with));
	message = json_pack("{s:o,s:{s:o}}", "q931", head, "uuie",
			    "h323-uu-pdu", pdu);
	err = message ? signal_encode(c->term->app->per, message, buf,
				      sizeof(buf), &n, why)
		      : ENOMEM;
	if (err)
		complain(c->term, "%s: %s", type, message ? why : "no memory");
	else {
		security_call_after(c->term, buf, n);
		err = c->sig ? conn_send(c->sig, buf, n) : ENOTCONN;
	}
	json_decref(message);

	return err;
}


/* ---- the end */

static void on_grave(void *arg)
{
	mem_deref(arg);
}


/** It has ended: tell, forget. by: who ended it */
void call_over(struct call *c, const char *by, const char *reason, long cause)
{
	if (c->state == CALL_ENDED)
		return;
	load_call_over(c->term->app->load, c->conf, c->setup_us,
		       c->setup_us != 0);
	c->state = CALL_ENDED;
	tmr_cancel(&c->tmr);
	session_events(c);
	call_event(c, "ended", "{s:s,s:s?,s:I,s:O}", "by", by, "reason",
		   reason, "cause", (json_int_t)cause, "callIdentifier",
		   c->guid);
	if (c->admitted)
		ras_disengage(c, NULL);
	c->sig = conn_finish(c->sig);
	/* who told may still have it in hand */
	tmr_start(&c->grave, 0, on_grave, c);
}


/** End it from our side */
void call_hangup(struct call *c, const char *reason, long cause)
{
	json_t *body = json_object(), *head = json_object();

	if (c->state == CALL_ENDED) {
		json_decref(body);
		json_decref(head);
		return;
	}
	cause = cause ? cause : CAUSE_NORMAL;
	h245_end(c->h245);
	if (!option_is(c->conf, "causeless", false)) {
		(void)json_object_set_new(head, "cause", json_integer(cause));
		(void)json_object_set_new(
			body, "reason",
			json_string(reason ? reason : "undefinedReason"));
	}
	if (c->sig && !option_is(c->conf, "silent", false))
		(void)call_send(c, "releaseComplete", body, head);
	else {
		json_decref(body);
		json_decref(head);
	}
	call_over(c, "local", reason, cause);
}


/* ---- what comes */

static void hear_tunnelling(struct call *c, const json_t *pdu)
{
	if (json_is_true(json_object_get(pdu, "h245Tunnelling")))
		c->remote_tunnelling = SAYS_YES;
	else if (!json_object_get(pdu, "provisionalRespToH245Tunnelling"))
		c->remote_tunnelling = SAYS_NO;
}


static void hear_h245_address(struct call *c, const json_t *body)
{
	const json_t *address = json_object_get(body, "h245Address");
	struct sa sa;

	if (!address || call_tunnels(c) || h245_has_connection(c->h245))
		return;
	if (address_read(&sa, address))
		return;
	/* early in a Setup it is for those who like to */
	if (!c->outgoing && c->state == CALL_CALLED &&
	    !option_is(c->conf, "earlyH245", false))
		return;
	(void)h245_connect(c->h245, &sa);
}


static void hear_control(struct call *c, const json_t *list)
{
	json_t *message;
	size_t i;

	json_array_foreach(list, i, message) {
		if (c->state == CALL_ENDED)
			return;
		h245_hear(c->h245, message);
	}
}


static void hear_release(struct call *c, const json_t *message,
			 const json_t *body)
{
	const char *reason = choice(json_object_get(body, "reason"), NULL);

	call_over(c, "remote", reason, number_at(message, "q931.cause", 0));
}


/** To be called elsewhere (H.323 §8.1.6, §8.4): if "follow", it is */
static void hear_facility(struct call *c, const json_t *body)
{
	const char *reason = choice(json_object_get(body, "reason"), NULL);
	json_t *address = json_object_get(body, "alternativeAddress");
	json_t *to = json_object_get(body, "alternativeAliasAddress");
	json_t *args;

	if (!reason || !option_is(c->conf, "follow", false) ||
	    (strcmp(reason, "callForwarded") &&
	     strcmp(reason, "routeCallToGatekeeper")))
		return;
	args = json_deep_copy(c->conf);
	(void)json_object_del(args, "call");
	(void)json_object_set(args, "to", to ? to : c->to);
	if (choice(address, &address))
		(void)json_object_set(args, "direct", address);
	call_hangup(c, "facilityCallDeflection", 0);
	(void)caller_start(c->term, args);
	json_decref(args);
}


static void hear(struct call *c, const json_t *message)
{
	const json_t *pdu = at(message, "uuie.h323-uu-pdu");
	const char *q931  = text_at(message, "q931.type");
	json_t *body	  = NULL;
	const char *type  = choice(json_object_get(pdu, "h323-message-body"),
				   &body);

	if (pdu)
		hear_tunnelling(c, pdu);
	if (!strcmp(q931, "releaseComplete")) {
		hear_release(c, message, body);
		return;
	}
	if (c->outgoing && type)
		caller_hears(c, type, body, message);
	if (c->state == CALL_ENDED)
		return;
	hear_h245_address(c, body);
	hear_control(c, json_object_get(pdu, "h245Control"));
	if (c->state == CALL_ENDED)
		return;
	if (!strcmp(q931, "statusInquiry") ||
	    (!strcmp(q931, "notify") &&
	     option_is(c->conf, "statusAfterNotify", false)))
		(void)call_send(c, "status", json_object(), NULL);
	if (type && !strcmp(type, "facility"))
		hear_facility(c, body);
	if (c->state != CALL_ENDED)
		h245_flush(c->h245);
}


static void on_message(const uint8_t *p, size_t len, void *arg)
{
	struct call *c = arg;
	char why[WHY_LEN];
	json_t *message;

	if (c->state == CALL_ENDED)
		return;
	if (!len) {
		call_event(c, "keepalive", NULL);
		return;
	}
	if (signal_decode(&message, c->term->app->per, p, len, why)) {
		complain(c->term, "call signalling: %s", why);
		return;
	}
	if (!c->term->app->quiet)
		call_event(c, "q931", "{s:s,s:b,s:O}", "type",
			   text_at(message, "q931.type"), "signed",
			   (int)security_call_signed(c->term, message, p, len),
			   "message", message);
	hear(c, message);
	json_decref(message);
}


static void on_closed(int err, void *arg)
{
	struct call *c = arg;

	(void)err;
	if (c->state != CALL_CONNECTED ||
	    !option_is(c->conf, "endures", false)) {
		call_over(c, "connection", NULL, 0);
		return;
	}
	c->sig = conn_drop(c->sig);
	call_event(c, "signallingLost", NULL);
}


/** Who hears what comes on the call's connection */
void call_handlers(struct call *c, struct conn_handlers *h)
{
	*h = (struct conn_handlers){
		.messageh = on_message,
		.closedh  = on_closed,
		.arg	  = c,
	};
}


static void on_reconnected(void *arg)
{
	(void)call_send(arg, "statusInquiry", json_object(), NULL);
}


/** A call that endures has a signalling connection again */
int call_reconnect(struct call *c, const struct sa *to)
{
	struct conn_handlers h;

	if (c->sig || c->state != CALL_CONNECTED)
		return EALREADY;
	call_handlers(c, &h);
	h.estabh = on_reconnected;

	return conn_connect(&c->sig, c->term->app, to, &c->term->own, c->conf,
			    &h);
}
