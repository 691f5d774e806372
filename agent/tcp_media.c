/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tcp_media.c  Ports of ours for media over TCP, joined to the relay
 *
 * The relay says which port is for which terminal (tcp.open), and opens a
 * channel where we are to connect. Owns the streams.
 */
#include "rpc/libre.h"
#include <errno.h>
#include <string.h>
#include "bytes/what.h"
#include "tcp_media.h"
#include "tcp_stream.h"


enum {
	BUCKETS	    = 64,
	STREAMS_MAX = 1024,
};

struct tcp_media {
	struct tcp_gate gate;
	struct addr local;
	uint16_t min, max;
	struct hash *streams;
	unsigned streamc;
	struct control *control; /* NULL: there is no tunnel */
};


static bool has_id(struct le *le, void *arg)
{
	const struct tcp_stream *st = le->data;

	return st->id == *(uint32_t *)arg;
}


static struct tcp_stream *find(const struct tcp_media *m, uint32_t id)
{
	return list_ledata(hash_lookup(m->streams, id, has_id, &id));
}


/**
 * The server opens a channel: are we to connect to a terminal?
 *
 * @return false: it is for something else
 */
bool tcp_media_open(struct tcp_media *m, struct channel *ch, const char *what,
		    size_t len)
{
	struct what_tcp w;
	struct tcp_stream *st;
	const int err = what_tcp_decode(&w, what, len);

	if (err == ENOENT)
		return false;

	st = err ? NULL : find(m, w.id);
	if (st && addr_is_set(&w.to) && channel_kind(ch) == CHANNEL_BYTES)
		tcp_stream_connect(st, ch, &w.to);
	else
		channel_reset(ch, TUNNEL_REFUSED);

	return true;
}


/* ---- what the relay orders ---- */

static void failed(struct tcp_media *m, uint32_t id, const char *why)
{
	json_t *o = audit_record("data", NULL);

	(void)json_object_set_new(o, "stream", json_integer(id));
	audit_refuse(m->gate.audit, o, why);
	if (m->control)
		(void)control_notify(m->control, "tcp.failed",
				     json_pack("{s:I,s:s}", "id",
					       (json_int_t)id, "reason", why));
}


static void open_stream(struct tcp_media *m, uint32_t id, const json_t *params)
{
	const json_int_t port =
		json_integer_value(json_object_get(params, "port"));
	const char *why	      = "it is not to be understood";
	struct tcp_stream *st = NULL;
	struct addr at	      = m->local;

	addr_set_port(&at, (uint16_t)port);
	if (port < m->min || port > m->max)
		why = "the port is none of ours";
	else if (find(m, id) || m->streamc >= STREAMS_MAX)
		why = "there are too many";
	else if (!tcp_stream_open(&st, &m->gate, id, &at, params, &why)) {
		hash_append(m->streams, id, &st->he, st);
		++m->streamc;
		return;
	}
	failed(m, id, why);
}


/**
 * What the relay says about TCP media
 *
 * @return false: it is no method of ours
 */
bool tcp_media_request(struct tcp_media *m, const char *method,
		       const json_t *params, struct rpc_error *err)
{
	const json_t *v	    = json_object_get(params, "id");
	const json_int_t id = json_integer_value(v);
	struct tcp_stream *st;

	if (strncmp(method, "tcp.", 4))
		return false;
	if (!json_is_integer(v) || id < 0 || id > UINT32_MAX) {
		rpc_error_set(err, RPC_INVALID_PARAMS, "id: a number");
		return true;
	}
	if (!strcmp(method, "tcp.open")) {
		open_stream(m, (uint32_t)id, params);
		return true;
	}

	st = find(m, (uint32_t)id);
	if (!st) {
		rpc_error_set(err, RPC_NOT_FOUND, "there is no such stream");
	} else if (!strcmp(method, "tcp.close")) {
		mem_deref(st);
		--m->streamc;
	} else if (strcmp(method, "tcp.update")) {
		return false;
	} else if (tcp_stream_change(st, params)) {
		rpc_error_set(err, RPC_INVALID_PARAMS,
			      "it is not to be understood");
	}

	return true;
}


/** There is a tunnel, or (NULL) none any more: its streams are gone */
void tcp_media_tunnel(struct tcp_media *m, struct tunnel *t,
		      struct control *c)
{
	hash_flush(m->streams);
	m->streamc     = 0;
	m->gate.tunnel = t;
	m->control     = c;
}


static void tcp_media_destructor(void *arg)
{
	struct tcp_media *m = arg;

	if (m->streams)
		hash_flush(m->streams);
	mem_deref(m->streams);
	mem_deref(m->gate.policy);
	mem_deref(m->gate.audit);
}


/**
 * Offer ports for TCP media
 *
 * @param mp     Result; mem_deref() it
 * @param local  Our address in the private network
 * @param min    First port
 * @param max    Last port
 * @param policy What may be done
 * @param audit  Where it is written down
 *
 * @return 0 or ENOMEM
 */
int tcp_media_alloc(struct tcp_media **mp, const struct addr *local,
		    uint16_t min, uint16_t max, struct policy *policy,
		    struct audit *audit)
{
	struct tcp_media *m = mem_zalloc(sizeof(*m), tcp_media_destructor);
	int err;

	if (!m)
		return ENOMEM;

	m->local       = *local;
	m->min	       = min;
	m->max	       = max;
	m->gate.policy = mem_ref(policy);
	m->gate.audit  = mem_ref(audit);
	err	       = hash_alloc(&m->streams, BUCKETS);
	if (err)
		mem_deref(m);
	else
		*mp = m;

	return err;
}
