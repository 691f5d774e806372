/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file media_gate.c  May this stream be opened, and may its packets pass?
 *
 * Puts the questions media give rise to to the policy, and writes down what
 * became of a stream. Owns no state.
 */
#include "media_gate.h"
#include <string.h>
#include "media_stream.h"


static bool remote_ok(const struct media_gate *g, const json_t *remote,
		      const char **why)
{
	const char *text = json_string_value(json_object_get(remote,
							     "address"));
	const json_int_t port = json_integer_value(json_object_get(remote,
								   "port"));
	const json_int_t rtcp = json_integer_value(
		json_object_get(remote, "rtcpPort"));
	struct addr a;

	*why = "it is not to be understood";
	if (!text || port < 1 || port > 65535 || rtcp < 0 || rtcp > 65535 ||
	    addr_parse(&a, text, (uint16_t)port))
		return false;
	if (!policy_ask(g->policy, POLICY_MEDIA, &a, why))
		return false;
	if (!policy_named(g->policy, POLICY_TERMINAL, &a)) {
		*why = "no signalling has named the terminal's port";
		return false;
	}
	if (!rtcp)
		return true;
	addr_set_port(&a, (uint16_t)rtcp);

	return policy_ask(g->policy, POLICY_MEDIA, &a, why);
}


/**
 * May the addresses of an order be spoken to?
 *
 * @param g	 Gate
 * @param params Of media.open, media.update
 * @param why	 If not: a sentence
 */
bool media_gate_order(const struct media_gate *g, const json_t *params,
		      const char **why)
{
	const json_t *remote = json_object_get(params, "remote");
	const char *terminal = json_string_value(json_object_get(params,
								 "terminal"));
	struct addr a;

	if (terminal) {
		*why = "it is not to be understood";
		if (addr_parse(&a, terminal, 0) ||
		    !policy_ask(g->policy, POLICY_MEDIA, &a, why))
			return false;
	}

	return !json_is_object(remote) || remote_ok(g, remote, why);
}


/** May so many sockets be opened? media_gate_closed() gives them back */
bool media_gate_open(const struct media_gate *g, unsigned sockets,
		     const char **why)
{
	return policy_take(g->policy, POLICY_MEDIA, sockets, why);
}


static struct addr port_of(const struct media_stream *st)
{
	struct addr a = st->local;

	addr_set_port(&a, st->port);

	return a;
}


/** Was the terminal told of this stream's port? Once is enough */
bool media_gate_named(const struct media_gate *g,
		      const struct media_stream *st)
{
	const struct addr a = port_of(st);

	return policy_named(g->policy, POLICY_SERVER, &a);
}


static json_t *record(const struct media_gate *g,
		      const struct media_stream *st)
{
	const struct addr a = port_of(st);
	const char *call = policy_call(g->policy, POLICY_SERVER, &a);
	json_t *o	 = audit_record("media", &a);
	char buf[ADDR_STRLEN];

	(void)json_object_set_new(o, "stream", json_integer(st->id));
	if (addr_is_set(&st->remote))
		(void)json_object_set_new(
			o, "terminal", json_string(addr_str(&st->remote, buf)));
	else if (addr_is_set(&st->signalling))
		(void)json_object_set_new(
			o, "terminal",
			json_string(addr_ip_str(&st->signalling, buf)));
	if (!call[0])
		call = policy_call(g->policy, POLICY_TERMINAL, &st->remote);
	/* what is no UTF-8 is nobody's name */
	if (call[0])
		(void)json_object_set_new(o, "call", json_string(call));

	return o;
}


/** It is open */
void media_gate_opened(const struct media_gate *g,
		       const struct media_stream *st)
{
	audit_open(g->audit, record(g, st));
}


/** It was not opened, or not changed */
void media_gate_refused(const struct media_gate *g, uint32_t id,
			const json_t *params, const char *why)
{
	json_t *o = audit_record("media", NULL);

	(void)json_object_set_new(o, "stream", json_integer(id));
	(void)json_object_set(o, "terminal",
			      json_object_get(params, "terminal"));
	(void)json_object_set(o, "remote", json_object_get(params, "remote"));
	audit_refuse(g->audit, o, why);
}


/** It is closed, and so many sockets with it */
void media_gate_closed(const struct media_gate *g,
		       const struct media_stream *st, unsigned sockets)
{
	json_t *o = record(g, st);

	policy_give(g->policy, sockets);
	(void)json_object_update_new(
		o, json_pack("{s:I,s:I,s:I,s:I,s:I,s:I}", "packetsUp",
			     (json_int_t)st->packets[0], "packetsDown",
			     (json_int_t)st->packets[1], "bytesUp",
			     (json_int_t)st->bytes[0], "bytesDown",
			     (json_int_t)st->bytes[1], "refused",
			     (json_int_t)st->refused, "unsignalled",
			     (json_int_t)st->unsignalled));
	audit_close(g->audit, o, NULL);
}


/** Its call is over: who gets the port next must be told of it anew. Not so
 *  where a relay that was started anew does not get the other end's leg yet,
 *  and so closes what it has just opened again: it will come back to it */
void media_gate_forget(const struct media_gate *g,
		       const struct media_stream *st)
{
	const struct addr a = port_of(st);

	if (!st->again || st->packets[0] || st->packets[1])
		policy_forget(g->policy, &a);
}
