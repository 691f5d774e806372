/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file control.c  JSON-RPC 2.0 on a tunnel's control channel
 *
 * Owns the requests that wait for an answer, and nothing of the tunnel's; it
 * must not outlive it.
 */
#include "rpc/libre.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tunnel/control.h"


struct control {
	struct channel *ch; /* NULL: the tunnel has ended */
	control_request_h *requesth;
	void *arg;
	uint64_t refused;
	uint64_t asked; /* the last request's id */
	struct list asks;
};

/** A request of ours */
struct control_ask {
	struct le le; /* in no list: it has been answered */
	struct tmr tmr;
	uint64_t id;
	control_answer_h *answerh;
	void *arg;
};


/* takes the line over; its newline is the stream's, not the message's */
static int send_line(struct control *c, char *line, size_t len)
{
	int err = c->ch ? channel_send(c->ch, (const uint8_t *)line,
				       len && line[len - 1] == '\n' ? len - 1
								    : len)
			: ENOTCONN;

	free(line);

	return err;
}


static void answer(struct control *c, const struct rpc_msg *m)
{
	struct rpc_error err = {0};
	json_t *result	     = NULL;
	char *line	     = NULL;
	size_t len	     = 0;
	int e;

	c->requesth(m->method, m->params, &result, &err, c->arg);
	c->refused += err.code != 0;
	if (m->type == RPC_REQUEST) {
		if (!result && !err.code)
			rpc_error_set(&err, RPC_INTERNAL_ERROR,
				      "out of memory");
		e = result ? rpc_result_encode(&line, &len, m->id, result)
			   : rpc_error_encode(&line, &len, m->id, &err);
		if (!e)
			(void)send_line(c, line, len);
	}
	json_decref(result);
}


/* ---- what we ask ---- */

static void ask_destructor(void *arg)
{
	struct control_ask *a = arg;

	list_unlink(&a->le);
	tmr_cancel(&a->tmr);
}


/* once; whose it is may let go of it meanwhile */
static void ask_end(struct control_ask *a, const json_t *result,
		    const struct rpc_error *err)
{
	list_unlink(&a->le);
	tmr_cancel(&a->tmr);
	a->answerh(result, err, a->arg);
}


static void ask_fail(struct control_ask *a, const char *why)
{
	struct rpc_error err;

	rpc_error_set(&err, RPC_BUSY, "%s", why);
	ask_end(a, NULL, &err);
}


static void on_late(void *arg)
{
	ask_fail(arg, "no answer in time");
}


static void fail_all(struct control *c)
{
	struct le *le;

	while ((le = list_head(&c->asks)) != NULL)
		ask_fail(le->data, "the tunnel has ended");
}


static void on_answer(struct control *c, const struct rpc_msg *m)
{
	const json_int_t id = json_integer_value(m->id);
	struct le *le	    = list_head(&c->asks);

	while (le && ((struct control_ask *)le->data)->id != (uint64_t)id)
		le = le->next;
	if (le && json_is_integer(m->id))
		ask_end(le->data, m->type == RPC_RESULT ? m->result : NULL,
			m->type == RPC_RESULT ? NULL : &m->error);
}


/**
 * Ask the other end something
 *
 * @param ap	  Result, which must be let go of by mem_deref(), answered or
 *		  not: after that nothing comes
 * @param c	  Control channel
 * @param method  Method
 * @param params  Taken over; NULL: no memory
 * @param timeout Milliseconds until there will be none
 * @param answerh Gets the answer, once, and never before this has returned
 * @param arg	  For it
 *
 * @return 0, ENOTCONN, ENOMEM, EAGAIN (CONTROL_ASKS_MAX wait, or more than
 *	   the channel takes), EMSGSIZE
 */
int control_ask(struct control_ask **ap, struct control *c, const char *method,
		json_t *params, uint64_t timeout, control_answer_h *answerh,
		void *arg)
{
	struct control_ask *a = NULL;
	char *line	      = NULL;
	size_t len	      = 0;
	int err		      = params ? 0 : ENOMEM;

	if (!err && list_count(&c->asks) >= CONTROL_ASKS_MAX)
		err = EAGAIN;
	if (!err)
		err = rpc_request_encode(&line, &len, ++c->asked, method,
					 params);
	json_decref(params);
	if (!err)
		err = send_line(c, line, len);
	if (!err)
		a = mem_zalloc(sizeof(*a), ask_destructor);
	if (err || !a)
		return err ? err : ENOMEM;

	a->id	   = c->asked;
	a->answerh = answerh;
	a->arg	   = arg;
	list_append(&c->asks, &a->le, a);
	tmr_start(&a->tmr, timeout, on_late, a);
	*ap = a;

	return 0;
}


/* ---- */

static void on_message(struct channel *ch, const uint8_t *p, size_t len,
		       void *arg)
{
	struct control *c = arg;
	struct rpc_error err;
	struct rpc_msg m;
	char *line = NULL;

	channel_consumed(ch, len);
	if (rpc_msg_decode(&m, (const char *)p, len, &err)) {
		size_t n = 0;

		++c->refused;
		if (!rpc_error_encode(&line, &n, m.id, &err))
			(void)send_line(c, line, n);
		rpc_msg_reset(&m);
		return;
	}
	mem_ref(c);
	if (m.type == RPC_REQUEST || m.type == RPC_NOTIFICATION)
		answer(c, &m);
	else
		on_answer(c, &m);
	rpc_msg_reset(&m);
	mem_deref(c);
}


static void on_close(struct channel *ch, enum tunnel_reason why, void *arg)
{
	struct control *c = arg;
	(void)ch;
	(void)why;

	c->ch = NULL;
	fail_all(c);
}


static void control_destructor(void *arg)
{
	static const struct channel_handlers none = {0};
	struct control *c = arg;

	if (c->ch)
		(void)tunnel_control(channel_tunnel(c->ch), &none, NULL);
	c->ch = NULL;
	fail_all(c);
}


/**
 * Speak on a tunnel's control channel
 *
 * @param cp       Result; mem_deref() it
 * @param t        Tunnel
 * @param requesth Gets what the other end asks and tells
 * @param arg      For it
 *
 * @return 0 or ENOMEM
 */
int control_alloc(struct control **cp, struct tunnel *t,
		  control_request_h *requesth, void *arg)
{
	static const struct channel_handlers h = {
		.recvh	= on_message,
		.closeh = on_close,
	};
	struct control *c = mem_zalloc(sizeof(*c), control_destructor);

	if (!c)
		return ENOMEM;

	c->requesth = requesth;
	c->arg	    = arg;
	c->ch	    = tunnel_control(t, &h, c);
	*cp	    = c;

	return 0;
}


/** What the other end said that was no message, or that was refused */
uint64_t control_refused(const struct control *c)
{
	return c ? c->refused : 0;
}


/** Tell the other end something; params is taken over, NULL: no memory */
int control_notify(struct control *c, const char *method, json_t *params)
{
	char *line = NULL;
	size_t len = 0;
	int err = params ? rpc_notification_encode(&line, &len, method, params)
			 : ENOMEM;

	json_decref(params);

	return err ? err : send_line(c, line, len);
}
