/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file h245.c  H.245 of a call: its transport, capabilities, who is master
 *
 * Owns the H.245 connection and its listener. Messages go tunnelled when both
 * ends do that, else over the connection, and wait here as long as there is
 * neither.
 */
#include <errno.h>
#include <string.h>
#include "call.h"
#include "conn.h"


enum {
	TERMINAL_TYPE = 50,	  /* H.323 table 1: without MC */
	SDN_BITS      = 0xffffff, /* of statusDeterminationNumber */
	SDN_HALF      = 0x800000,
	LISTEN_BACKLOG = 4,
};

struct h245 {
	struct call *call;
	struct conn *conn;
	struct tcp_sock *listener;
	struct conn *other; /* beside it, for the other end to close */
	struct sa at, to;   /* where we listen, and connect to */
	bool later;	    /* not before our address has been told */
	bool up;	  /* conn is established */
	json_t *pending;
	struct tmr flush, late;
	bool wanted, began;
	bool tcs_acked, tcs_heard, msd_acked, msd_done, master, ready;
	bool opened;	  /* the channels that are wanted */
	bool paused;	  /* an empty capability set came */
	bool resumed;	  /* and one that was not */
	long tcs_number, sdn;
};


static void destructor(void *data)
{
	struct h245 *h = data;

	tmr_cancel(&h->flush);
	tmr_cancel(&h->late);
	mem_deref(h->listener);
	(void)conn_drop(h->conn);
	(void)conn_drop(h->other);
	json_decref(h->pending);
}


int h245_alloc(struct h245 **hp, struct call *c)
{
	struct h245 *h = mem_zalloc(sizeof(*h), destructor);

	if (!h)
		return ENOMEM;
	h->call	   = c;
	h->pending = json_array();
	h->sdn	   = option_number(c->conf, "determinationNumber",
				   (long)(rand_u32() & SDN_BITS));
	*hp	   = h;

	return 0;
}


/** Channels that are wanted, unless fastStart may still open some */
static void open_wanted(struct h245 *h)
{
	const struct call *c = h->call;
	json_t *list = option(c->conf, "open"), *item;
	size_t i;

	if (h->opened || ((c->offers || c->offered) && !c->fast &&
			  c->state != CALL_CONNECTED))
		return;
	h->opened = true;
	json_array_foreach(list, i, item) {
		enum kind kind = kind_find(json_string_value(item));

		/* fastStart has opened it */
		if (kind == AUDIO && c->fast && !h->resumed)
			continue;
		if (kind != KINDS)
			(void)channel_open(h->call, kind, NULL);
	}
}


/* ---- transport */

static bool is_up(const struct h245 *h)
{
	return h->up || call_tunnels(h->call);
}


static void send_over_connection(struct h245 *h, const json_t *message)
{
	uint8_t buf[MESSAGE_MAX];
	char why[WHY_LEN];
	size_t n;

	if (value_encode(h->call->term->app->per,
			 "MultimediaSystemControlMessage", message, buf,
			 sizeof(buf), &n, why))
		complain(h->call->term, "H.245: %s", why);
	else
		(void)conn_send(h->conn, buf, n);
}


/** Send what waits, and begin if that was waited for */
void h245_flush(struct h245 *h)
{
	json_t *message;
	size_t i;

	if (!is_up(h) || h->call->state == CALL_ENDED)
		return;
	if (h->wanted && !h->began)
		h245_begin(h);
	if (h->ready)
		open_wanted(h);
	if (!json_array_size(h->pending))
		return;
	if (h->up) {
		json_array_foreach(h->pending, i, message)
			send_over_connection(h, message);
		(void)json_array_clear(h->pending);
		return;
	}
	(void)call_send(h->call, "facility", NULL, NULL);
}


static void on_flush(void *arg)
{
	h245_flush(arg);
}


/** Say something, message taken. Several said at once are tunnelled at once */
void h245_put(struct h245 *h, json_t *message)
{
	(void)json_array_append_new(h->pending, message);
	if (h->up)
		h245_flush(h);
	else if (!tmr_isrunning(&h->flush))
		tmr_start(&h->flush, 0, on_flush, h);
}


/** What waits to be tunnelled, which is the caller's now; NULL: nothing */
json_t *h245_drain(struct h245 *h)
{
	json_t *list = h->pending;

	if (h->up || !call_tunnels(h->call) || !json_array_size(list))
		return NULL;
	h->pending = json_array();

	return list;
}


static void on_established(void *arg)
{
	struct h245 *h = arg;

	h->up = true;
	if (!option_is(h->call->conf, "clash", false))
		h->listener = mem_deref(h->listener);
	/* what was tunnelled to who does not was not heard */
	if (h->began && !h->tcs_acked)
		h->began = false;
	if (option_is(h->call->conf, "h245", true))
		h->wanted = true;
	h245_flush(h);
}


static void on_message(const uint8_t *p, size_t len, void *arg)
{
	struct h245 *h = arg;
	char why[WHY_LEN];
	json_t *message;

	if (!len || h->call->state == CALL_ENDED)
		return;
	if (value_decode(&message, h->call->term->app->per,
			 "MultimediaSystemControlMessage", p, len, why)) {
		complain(h->call->term, "H.245: %s", why);
		return;
	}
	h245_hear(h, message);
	json_decref(message);
}


static void on_closed(int err, void *arg)
{
	struct h245 *h = arg;

	(void)err;
	h->up	= false;
	h->conn = conn_drop(h->conn);
	call_event(h->call, "h245closed", NULL);
}


static void handlers(struct h245 *h, struct conn_handlers *ch)
{
	*ch = (struct conn_handlers){
		.estabh	  = on_established,
		.messageh = on_message,
		.closedh  = on_closed,
		.arg	  = h,
	};
}


int h245_connect(struct h245 *h, const struct sa *addr)
{
	struct conn_handlers ch;

	handlers(h, &ch);
	h->to = *addr;
	if (!option_is(h->call->conf, "clash", false))
		h->listener = mem_deref(h->listener);

	return conn_connect(&h->conn, h->call->term->app, addr,
			    &h->call->term->own, h->call->conf, &ch);
}


/** "clash": connect there when our own address has been told (h245_now()) */
int h245_later(struct h245 *h, const struct sa *addr)
{
	h->to	 = *addr;
	h->later = true;

	return 0;
}


void h245_now(struct h245 *h)
{
	const struct sa to = h->to;

	if (h->later)
		(void)h245_connect(h, &to);
	h->later = false;
}


static void on_other_closed(int err, void *arg)
{
	struct h245 *h = arg;

	(void)err;
	h->other = conn_drop(h->other);
	call_event(h->call, "h245clash", "{s:s}", "closed", "theirs");
}


/** H.323 §8.2.1: the end with the smaller address closes what it has opened */
static void clash(struct h245 *h)
{
	struct conn_handlers ch;
	bool smaller = sa_in(&h->at) < sa_in(&h->to) ||
		       (sa_in(&h->at) == sa_in(&h->to) &&
			sa_port(&h->at) < sa_port(&h->to));

	handlers(h, &ch);
	if (smaller) {
		h->conn = conn_drop(h->conn);
		call_event(h->call, "h245clash", "{s:s}", "closed", "ours");
		(void)conn_accept(&h->conn, h->call->term->app, h->listener,
				  h->call->conf, &ch);
		return;
	}
	ch.estabh  = NULL;
	ch.closedh = on_other_closed;
	(void)conn_accept(&h->other, h->call->term->app, h->listener,
			  h->call->conf, &ch);
}


static void on_accept(const struct sa *peer, void *arg)
{
	struct h245 *h = arg;
	struct conn_handlers ch;

	(void)peer;
	handlers(h, &ch);
	if (h->conn && option_is(h->call->conf, "clash", false) && !h->other)
		clash(h);
	else if (h->conn)
		tcp_reject(h->listener);
	else
		(void)conn_accept(&h->conn, h->call->term->app, h->listener,
				  h->call->conf, &ch);
}


/** @param addr Where the other end is to connect */
int h245_listen(struct h245 *h, struct sa *addr)
{
	int err = 0;

	*addr = h->call->term->own;
	if (!h->listener) {
		sa_set_port(addr, 0);
		err = tcp_listen(&h->listener, addr, on_accept, h);
	}

	if (!err)
		err = tcp_sock_local_get(h->listener, addr);
	h->at = *addr;

	return err;
}


/** Is there one, or is one on its way? */
bool h245_has_connection(const struct h245 *h)
{
	return h->conn != NULL;
}


/* ---- capabilities, and who is master */

bool h245_is_master(const struct h245 *h)
{
	return h->master;
}


int h245_capabilities(struct h245 *h, bool empty)
{
	h->tcs_number = (h->tcs_number + 1) % 256;
	h->tcs_acked  = false;
	h245_put(h, capability_set(h->call->conf, h->tcs_number, empty));

	return 0;
}


static void determine(struct h245 *h)
{
	h245_put(h, json_pack("{s:{s:{s:I,s:I}}}", "request",
			      "masterSlaveDetermination", "terminalType",
			      (json_int_t)option_number(h->call->conf,
							"terminalType",
							TERMINAL_TYPE),
			      "statusDeterminationNumber",
			      (json_int_t)h->sdn));
}


static void on_late(void *arg)
{
	struct h245 *h = arg;

	(void)h245_capabilities(h, false);
}


/** Capabilities and determination, once there is a way to send them */
void h245_begin(struct h245 *h)
{
	const json_t *conf = h->call->conf;
	long late	   = option_number(conf, "tcsAfter", 0);

	h->wanted = true;
	if (h->began || !is_up(h))
		return;
	h->began = true;
	if (late)
		tmr_start(&h->late, (uint64_t)late, on_late, h);
	else
		(void)h245_capabilities(h, false);
	if (option_is(conf, "olcBeforeMsd", false))
		open_wanted(h);
	determine(h);
}


static void look_if_ready(struct h245 *h)
{
	if (h->ready || h->paused || !h->tcs_acked || !h->tcs_heard ||
	    !h->msd_done)
		return;
	h->ready = true;
	call_event(h->call, "h245ready", "{s:b,s:b}", "master", (int)h->master,
		   "tunnelled", (int)!h->up);
	if (!option_is(h->call->conf, "olcBeforeMsd", false))
		open_wanted(h);
}


static void pause_sending(struct h245 *h)
{
	h->paused = true;
	h->ready  = false;
	call_event(h->call, "paused", NULL);
	channels_close(h->call, true);
}


static void hear_capabilities(struct h245 *h, const json_t *set)
{
	bool empty = !json_object_get(set, "capabilityTable");

	h245_put(h, json_pack("{s:{s:{s:I}}}", "response",
			      "terminalCapabilitySetAck", "sequenceNumber",
			      (json_int_t)number_at(set, "sequenceNumber",
						    0)));
	if (empty) {
		pause_sending(h);
		return;
	}
	h->tcs_heard = true;
	if (h->paused) { /* as if it had just begun (H.323 §8.4.6) */
		h->paused   = h->opened = false;
		h->resumed  = true;
		h->msd_done = h->msd_acked = false;
		h->began    = false;
		call_event(h->call, "resumed", NULL);
	}
	if (option_is(h->call->conf, "h245", true))
		h245_begin(h);
	look_if_ready(h);
}


static void decide(struct h245 *h, bool master)
{
	h->master = master;
	h245_put(h, json_pack("{s:{s:{s:s}}}", "response",
			      "masterSlaveDeterminationAck", "decision",
			      master ? "slave" : "master"));
	h->msd_acked = true;
}


/** H.245 §C.2: the larger type, else the number ahead by less than half */
static void hear_determination(struct h245 *h, const json_t *msd)
{
	long theirs = number_at(msd, "terminalType", 0);
	long ours = option_number(h->call->conf, "terminalType",
				  TERMINAL_TYPE);
	long ahead = (number_at(msd, "statusDeterminationNumber", 0) -
		      h->sdn) & SDN_BITS;

	if (theirs == ours && (!ahead || ahead == SDN_HALF)) {
		h->sdn = (long)(rand_u32() & SDN_BITS);
		h245_put(h, json_pack("{s:{s:{s:s}}}", "response",
				      "masterSlaveDeterminationReject",
				      "cause", "identicalNumbers"));
		return;
	}
	decide(h, theirs == ours ? ahead < SDN_HALF : ours > theirs);
	if (option_is(h->call->conf, "h245", true))
		h245_begin(h);
}


static void hear_determined(struct h245 *h, const json_t *ack)
{
	const char *decision = choice(json_object_get(ack, "decision"), NULL);
	bool master = decision && !strcmp(decision, "master");

	if (h->msd_done)
		return;
	if (!h->msd_acked)
		decide(h, master);
	h->msd_done = true;
	if (h->master != master)
		complain(h->call->term, "both ends are %s",
			 master ? "master" : "slave");
	look_if_ready(h);
}


/* ---- what comes */

static void hear_delay(struct h245 *h, const json_t *request)
{
	h245_put(h, json_pack("{s:{s:{s:I}}}", "response",
			      "roundTripDelayResponse", "sequenceNumber",
			      (json_int_t)number_at(request, "sequenceNumber",
						    0)));
}


static void hear_mode(struct h245 *h, const json_t *request)
{
	h245_put(h, json_pack("{s:{s:{s:I,s:s}}}", "response",
			      "requestModeReject", "sequenceNumber",
			      (json_int_t)number_at(request, "sequenceNumber",
						    0),
			      "cause", "modeUnavailable"));
}


static void hear_request(struct h245 *h, const char *name, const json_t *body)
{
	struct call *c = h->call;
	long number = number_at(body, "forwardLogicalChannelNumber", 0);

	if (!strcmp(name, "terminalCapabilitySet"))
		hear_capabilities(h, body);
	else if (!strcmp(name, "masterSlaveDetermination"))
		hear_determination(h, body);
	else if (!strcmp(name, "openLogicalChannel"))
		channel_opened(c, body);
	else if (!strcmp(name, "closeLogicalChannel"))
		channel_closed(c, number, true);
	else if (!strcmp(name, "requestChannelClose"))
		channel_request_close(c, number);
	else if (!strcmp(name, "roundTripDelayRequest"))
		hear_delay(h, body);
	else if (!strcmp(name, "requestMode"))
		hear_mode(h, body);
}


static void hear_response(struct h245 *h, const char *name, const json_t *body)
{
	struct call *c = h->call;

	if (!strcmp(name, "terminalCapabilitySetAck")) {
		h->tcs_acked = true;
		look_if_ready(h);
	}
	else if (!strcmp(name, "masterSlaveDeterminationAck"))
		hear_determined(h, body);
	else if (!strcmp(name, "masterSlaveDeterminationReject"))
		determine(h);
	else if (!strcmp(name, "openLogicalChannelAck"))
		channel_acknowledged(c, body);
	else if (!strcmp(name, "openLogicalChannelReject"))
		channel_rejected(c, body);
}


void h245_hear(struct h245 *h, const json_t *message)
{
	json_t *inner = NULL, *body = NULL;
	const char *group = choice(message, &inner);
	const char *name  = choice(inner, &body);

	if (!h->call->term->app->quiet)
		call_event(h->call, "h245", "{s:O}", "message", message);
	if (!group || !name || option_is(h->call->conf, "deaf", false))
		return;
	if (!strcmp(group, "request"))
		hear_request(h, name, body);
	else if (!strcmp(group, "response"))
		hear_response(h, name, body);
}


/** The session is over: say so, if anything was said */
void h245_end(struct h245 *h)
{
	if (!h->began || !is_up(h))
		return;
	h245_put(h, json_pack("{s:{s:s}}", "command", "endSessionCommand",
			      "disconnect"));
	h245_flush(h);
	h->conn = conn_finish(h->conn);
	h->up	= false;
}
