/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file relay_params.c  Sessions in the relay's words
 *
 * Pure; owns nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "call/relay_params.h"

static const char *const side_name[] = {"a", "b"};
static const char *const setup_name[] = {"passive", "active", "holdconn"};
static const char *const rtcp_name[] = {"separate", "mux", "none"};

static void put(json_t *obj, const char *name, json_t *value)
{
	(void)json_object_set_new_nocheck(obj, name, value);
}

static void put_str(json_t *obj, const char *name, const char *text)
{
	/* NULL when it is no UTF-8: then the member stays away */
	json_t *v = json_string(text);

	if (v)
		put(obj, name, v);
}

static json_t *ports(const struct addr *a, uint16_t rtcp)
{
	char host[ADDR_STRLEN];
	json_t *o = json_object();

	put_str(o, "address", addr_ip_str(a, host));
	put(o, "port", json_integer(addr_port(a)));
	if (rtcp)
		put(o, "rtcpPort", json_integer(rtcp));
	return o;
}

static json_t *hints(const struct session_remote *r)
{
	json_t *o = json_object();

	put(o, "port", json_integer(r->hint));
	if (r->hint_rtcp)
		put(o, "rtcpPort", json_integer(r->hint_rtcp));
	return o;
}

static json_t *ice(const struct session *s, const struct session_leg *leg,
		   enum session_side side)
{
	json_t *o = json_object();

	put_str(o, "ufrag", s->ufrag[side]);
	put_str(o, "pwd", s->pwd[side]);
	if (leg->cur.ufrag[0]) {
		put_str(o, "remoteUfrag", leg->cur.ufrag);
		put_str(o, "remotePwd", leg->cur.pwd);
	}
	return o;
}

/* A party whose SDP has not been seen is given no address to learn from: its
 * leg stays closed to everybody. */
static void put_party(json_t *o, const struct session *s,
		      const struct session_leg *leg, enum session_side side)
{
	char host[ADDR_STRLEN];

	if (!s->known[side])
		return;
	put_str(o, "signalling", addr_ip_str(&s->signalling[side], host));
	if (addr_is_set(&leg->cur.addr) && addr_port(&leg->cur.addr))
		put(o, "remote", ports(&leg->cur.addr, leg->cur.rtcp_port));
	if (leg->cur.hint)
		put(o, "remoteHint", hints(&leg->cur));
	if (leg->cur.path[0])
		put_str(o, "path", leg->cur.path);
	if (leg->cur.setup)
		put_str(o, "setup", setup_name[leg->cur.setup]);
}

static json_t *open_leg(const struct session *s, const struct relay_conf *c,
			const struct session_stream *st,
			enum session_side side)
{
	const struct session_leg *leg = &st->leg[side];
	const int dscp = c->dscph ? c->dscph(st, c->arg) : c->dscp;
	json_t *o = json_object();

	if (s->agent[side][0])
		put_str(o, "agent", s->agent[side]);
	else
		put_str(o, "interface",
			s->iface[side][0] ? s->iface[side] : c->interface);
	put_str(o, "family", s->family[side] == 6 ? "ipv6" : "ipv4");
	put_str(o, "rtcp", rtcp_name[leg->rtcp]);
	if (leg->ice) {
		put_str(o, "policy", "stun");
		put(o, "ice", ice(s, leg, side));
	}
	if (dscp >= 0)
		put(o, "dscp", json_integer(dscp));
	if (leg->bandwidth)
		put(o, "bandwidth",
		    json_integer((json_int_t)leg->bandwidth));
	put_party(o, s, leg, side);
	if (addr_is_set(&leg->local))
		put(o, "local", ports(&leg->local, leg->local_rtcp));
	return o;
}

static json_t *open_stream(const struct session *s, const struct relay_conf *c,
			   unsigned i)
{
	const struct session_stream *st = &s->streams[i];
	json_t *o = json_object();

	put(o, "index", json_integer(i));
	put_str(o, "media", st->media);
	if (st->tcp)
		put_str(o, "transport", "tcp");
	for (int side = 0; side < SESSION_SIDES; side++)
		put(o, side_name[side],
		    open_leg(s, c, st, (enum session_side)side));
	return o;
}

json_t *relay_open_params(const struct session *s, const struct relay_conf *c)
{
	json_t *o = json_object();
	json_t *streams = json_array();

	put_str(o, "id", s->id);
	put_str(o, "owner", c->owner);
	put_str(o, "label", s->callid);
	put(o, "timeout", json_integer(c->timeout));
	if (s->hold)
		put(o, "hold", json_true());

	for (unsigned i = 0; i < s->streams_count; i++) {
		if (s->streams[i].state != SESSION_STREAM_ENDED)
			(void)json_array_append_new(streams,
						    open_stream(s, c, i));
	}
	put(o, "streams", streams);
	return o;
}

static bool remote_eq(const struct session_remote *x,
		      const struct session_remote *y)
{
	if (!addr_is_set(&x->addr) && !addr_is_set(&y->addr))
		return true;
	return addr_eq(&x->addr, &y->addr) && x->rtcp_port == y->rtcp_port;
}

static void diff_remote(json_t *o, const struct session_remote *old,
			const struct session_remote *now)
{
	if (!remote_eq(old, now))
		put(o, "remote",
		    addr_is_set(&now->addr) && addr_port(&now->addr)
			    ? ports(&now->addr, now->rtcp_port)
			    : json_null());
	if (old->hint != now->hint || old->hint_rtcp != now->hint_rtcp)
		put(o, "remoteHint", now->hint ? hints(now) : json_null());
	if (strcmp(old->path, now->path))
		put(o, "path",
		    now->path[0] ? json_string(now->path) : json_null());
	if (old->setup != now->setup)
		put_str(o, "setup", setup_name[now->setup]);
}

static void diff_ice(json_t *o, const struct session *now,
		     const struct session_leg *ol,
		     const struct session_leg *nl, enum session_side side)
{
	if (ol->ice != nl->ice)
		put_str(o, "policy", nl->ice ? "stun" : "constrained");
	if (nl->ice && (!ol->ice || strcmp(ol->cur.ufrag, nl->cur.ufrag) ||
			strcmp(ol->cur.pwd, nl->cur.pwd)))
		put(o, "ice", ice(now, nl, side));
	else if (ol->ice && !nl->ice)
		put(o, "ice", json_null());
}

static json_t *diff_leg(const struct session *old, const struct session *now,
			unsigned i, enum session_side side)
{
	const struct session_leg *ol = &old->streams[i].leg[side];
	const struct session_leg *nl = &now->streams[i].leg[side];
	json_t *o = json_object();
	char host[ADDR_STRLEN];

	if (ol->rtcp != nl->rtcp)
		put_str(o, "rtcp", rtcp_name[nl->rtcp]);
	diff_ice(o, now, ol, nl, side);
	if (ol->bandwidth != nl->bandwidth)
		put(o, "bandwidth", json_integer((json_int_t)nl->bandwidth));
	if (!now->known[side])
		return o;
	if (!old->known[side]) {
		put_party(o, now, nl, side);
		return o;
	}
	if (!addr_ip_eq(&old->signalling[side], &now->signalling[side]))
		put_str(o, "signalling",
			addr_ip_str(&now->signalling[side], host));
	diff_remote(o, &ol->cur, &nl->cur);
	return o;
}

/* NULL: nothing has changed */
static json_t *diff_stream(const struct session *old,
			   const struct session *now,
			   const struct relay_conf *c, unsigned i)
{
	bool was = i < old->streams_count &&
		   old->streams[i].state != SESSION_STREAM_ENDED;
	bool is = now->streams[i].state != SESSION_STREAM_ENDED;
	json_t *o;

	if (!was)
		return is ? open_stream(now, c, i) : NULL;

	o = json_object();
	put(o, "index", json_integer(i));
	if (!is) {
		put(o, "remove", json_true());
		return o;
	}
	for (int side = 0; side < SESSION_SIDES; side++) {
		json_t *leg = diff_leg(old, now, i, (enum session_side)side);

		if (json_object_size(leg))
			put(o, side_name[side], leg);
		else
			json_decref(leg);
	}
	if (json_object_size(o) > 1)
		return o;
	json_decref(o);
	return NULL;
}

json_t *relay_update_params(const struct session *old,
			    const struct session *now,
			    const struct relay_conf *c)
{
	json_t *o = json_object();
	json_t *streams = json_array();

	put_str(o, "id", now->id);
	if (old->hold != now->hold)
		put(o, "hold", json_boolean(now->hold));
	for (unsigned i = 0; i < now->streams_count; i++) {
		json_t *st = diff_stream(old, now, c, i);

		if (st)
			(void)json_array_append_new(streams, st);
	}

	if (json_array_size(streams))
		put(o, "streams", streams);
	else
		json_decref(streams);
	if (json_object_size(o) > 1)
		return o;
	json_decref(o);
	return NULL;
}

static int port_read(const json_t *o, const char *name, uint16_t *port)
{
	json_int_t v = json_integer_value(json_object_get(o, name));

	if (v < 0 || v > 65535)
		return EBADMSG;
	*port = (uint16_t)v;
	return 0;
}

static int leg_read(struct session_leg *leg, const json_t *o)
{
	const json_t *local = json_object_get(o, "local");
	const char *host =
		json_string_value(json_object_get(local, "address"));
	uint16_t port, rtcp;

	if (!host || port_read(local, "port", &port) ||
	    port_read(local, "rtcpPort", &rtcp) || !port ||
	    addr_parse(&leg->local, host, port))
		return EBADMSG;
	leg->local_rtcp = rtcp;
	return 0;
}

/**
 * Take over what the relay chose
 *
 * Streams the answer does not name keep what they have: session.update may
 * name only what it changed.
 *
 * @return 0, EBADMSG (it is not of the shape agreed on)
 */
int relay_result_read(struct session *s, const json_t *result)
{
	const json_t *streams = json_object_get(result, "streams");
	size_t i;
	json_t *o;

	if (!json_is_array(streams))
		return EBADMSG;

	json_array_foreach(streams, i, o)
	{
		json_t *index = json_object_get(o, "index");
		json_int_t n = json_integer_value(index);

		if (!json_is_integer(index) || n < 0 ||
		    n >= (json_int_t)s->streams_count)
			return EBADMSG;
		for (int side = 0; side < SESSION_SIDES; side++) {
			if (leg_read(&s->streams[n].leg[side],
				     json_object_get(o, side_name[side])))
				return EBADMSG;
		}
	}
	return 0;
}

static uint64_t count(const json_t *o, const char *name)
{
	json_int_t v = json_integer_value(json_object_get(o, name));

	return v > 0 ? (uint64_t)v : 0;
}

static void flow_source(struct relay_flow *f, const json_t *source)
{
	const char *host =
		json_string_value(json_object_get(source, "address"));
	struct addr a;
	uint16_t port;

	if (host && port_read(source, "port", &port) == 0 &&
	    addr_parse(&a, host, port) == 0)
		(void)addr_str(&a, f->latched);
}

int relay_flow_read(struct relay_flow *f, const json_t *result,
		    unsigned stream, enum session_side side)
{
	const json_t *streams = json_object_get(result, "streams");
	size_t i;
	json_t *o;

	memset(f, 0, sizeof(*f));
	json_array_foreach(streams, i, o)
	{
		const json_t *leg = json_object_get(o, side_name[side]);

		if (json_integer_value(json_object_get(o, "index")) !=
		    (json_int_t)stream)
			continue;
		f->packets = count(leg, "packets");
		f->bytes = count(leg, "bytes");
		f->dropped = count(leg, "dropped");
		f->lost = count(leg, "lost");
		f->latched_at = (int64_t)count(leg, "latchedAt");
		flow_source(f, json_object_get(leg, "source"));
		return 0;
	}
	return ENOENT;
}
