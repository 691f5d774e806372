/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file session_json.c  A session as JSON: for the store, and for people
 *
 * Pure; owns nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "logic/session_json.h"

static const char *const side_name[SESSION_SIDES] = {"a", "b"};
static const char *const rtcp_name[] = {"separate", "mux", "none"};
static const char *const setup_name[] = {"passive", "active", "holdconn"};
static const char *const state_name[] = {"offered", "active", "ended"};

enum {
	FORMAT = 1, /* of what stands in the store */
	NAMES = 3,	/* in each of the tables above but the first */
};

static void put(json_t *o, const char *name, json_t *value)
{
	(void)json_object_set_new_nocheck(o, name, value);
}

static void put_str(json_t *o, const char *name, const char *text)
{
	json_t *v = *text ? json_string(text) : NULL;

	if(v)
		put(o, name, v);
}

static void put_int(json_t *o, const char *name, json_int_t n)
{
	if(n)
		put(o, name, json_integer(n));
}

static void put_true(json_t *o, const char *name, bool v)
{
	if(v)
		put(o, name, json_true());
}

static void put_addr(json_t *o, const char *name, const struct addr *a)
{
	char text[ADDR_STRLEN];

	if(addr_is_set(a))
		put_str(o, name, addr_str(a, text));
}

static json_t *leg_encode(const struct session_leg *leg)
{
	json_t *o = json_object();

	put_addr(o, "local", &leg->local);
	put_int(o, "localRtcp", leg->local_rtcp);
	put_str(o, "rtcp", rtcp_name[leg->rtcp]);
	put_true(o, "ice", leg->ice);
	put_true(o, "hold", leg->hold);
	put_addr(o, "remote", &leg->cur.addr);
	put_int(o, "remoteRtcp", leg->cur.rtcp_port);
	put_int(o, "hint", leg->cur.hint);
	put_int(o, "hintRtcp", leg->cur.hint_rtcp);
	put_str(o, "ufrag", leg->cur.ufrag);
	put_str(o, "pwd", leg->cur.pwd);
	put_str(o, "path", leg->cur.path);
	if(leg->cur.setup)
		put_str(o, "setup", setup_name[leg->cur.setup]);
	return o;
}

static json_t *stream_encode(const struct session_stream *st)
{
	json_t *o = json_object();

	put(o, "mline", json_integer(st->mline));
	put_str(o, "state", state_name[st->state]);
	put_str(o, "media", st->media);
	put_true(o, "tcp", st->tcp);
	for(int i = 0; i < SESSION_SIDES; i++)
		put(o, side_name[i], leg_encode(&st->leg[i]));
	return o;
}

static json_t *side_encode(const struct session *s, enum session_side side)
{
	json_t *o = json_object();

	put_str(o, "tag", s->tag[side]);
	put_int(o, "family", s->family[side]);
	put_true(o, "known", s->known[side]);
	put_str(o, "interface", s->iface[side]);
	put_str(o, "agent", s->agent[side]);
	put_addr(o, "signalling", &s->signalling[side]);
	put_str(o, "ufrag", s->ufrag[side]);
	put_str(o, "pwd", s->pwd[side]);
	return o;
}

json_t *session_json_encode(const struct session *s)
{
	json_t *o = json_object();
	json_t *streams = json_array();

	put(o, "format", json_integer(FORMAT));
	put_str(o, "id", s->id);
	put_str(o, "call", s->call);
	put_str(o, "callId", s->callid);
	put(o, "branch", json_integer(s->branch));
	put_int(o, "created", s->created);
	put_int(o, "answered", s->answered);
	put_true(o, "opened", s->opened);
	put_true(o, "confirmed", s->confirmed);
	put_true(o, "hold", s->hold);
	for(int i = 0; i < SESSION_SIDES; i++)
		put(o, side_name[i], side_encode(s, (enum session_side)i));
	for(unsigned i = 0; i < s->streams_count; i++)
		(void)json_array_append_new(streams, stream_encode(&s->streams[i]));
	put(o, "streams", streams);
	return o;
}

/* ---- and back: an error sticks */

struct reader {
	int err;
};

static void get_str(struct reader *r, const json_t *o, const char *name,
		char *to, size_t size)
{
	const json_t *v = json_object_get(o, name);
	const char *text = json_string_value(v);

	if(!v)
		return;
	if(!text || strlen(text) >= size) {
		r->err = EBADMSG;
		return;
	}
	(void)snprintf(to, size, "%s", text);
}

static json_int_t get_int(
		struct reader *r, const json_t *o, const char *name, json_int_t max)
{
	const json_t *v = json_object_get(o, name);
	json_int_t n = json_integer_value(v);

	if(v && (!json_is_integer(v) || n < 0 || n > max)) {
		r->err = EBADMSG;
		return 0;
	}
	return n;
}

static void get_addr(
		struct reader *r, const json_t *o, const char *name, struct addr *a)
{
	const json_t *v = json_object_get(o, name);
	const char *text = json_string_value(v);

	if(v && (!text || addr_parse_hostport(a, text)))
		r->err = EBADMSG;
}

static uint8_t get_name(struct reader *r, const json_t *o, const char *name,
		const char *const table[NAMES])
{
	const char *text = json_string_value(json_object_get(o, name));

	for(uint8_t i = 0; text && i < NAMES; i++) {
		if(!strcmp(text, table[i]))
			return i;
	}
	r->err = EBADMSG;
	return 0;
}

static bool get_true(const json_t *o, const char *name)
{
	return json_is_true(json_object_get(o, name));
}

static void leg_decode(
		struct reader *r, struct session_leg *leg, const json_t *o)
{
	get_addr(r, o, "local", &leg->local);
	leg->local_rtcp = (uint16_t)get_int(r, o, "localRtcp", UINT16_MAX);
	leg->rtcp = get_name(r, o, "rtcp", rtcp_name);
	leg->ice = get_true(o, "ice");
	leg->hold = get_true(o, "hold");
	get_addr(r, o, "remote", &leg->cur.addr);
	leg->cur.rtcp_port = (uint16_t)get_int(r, o, "remoteRtcp", UINT16_MAX);
	leg->cur.hint = (uint16_t)get_int(r, o, "hint", UINT16_MAX);
	leg->cur.hint_rtcp = (uint16_t)get_int(r, o, "hintRtcp", UINT16_MAX);
	get_str(r, o, "ufrag", leg->cur.ufrag, sizeof(leg->cur.ufrag));
	get_str(r, o, "pwd", leg->cur.pwd, sizeof(leg->cur.pwd));
	get_str(r, o, "path", leg->cur.path, sizeof(leg->cur.path));
	if(json_object_get(o, "setup"))
		leg->cur.setup = get_name(r, o, "setup", setup_name);
}

static void stream_decode(
		struct reader *r, struct session_stream *st, const json_t *o)
{
	st->mline = (uint16_t)get_int(r, o, "mline", UINT16_MAX);
	st->state = get_name(r, o, "state", state_name);
	get_str(r, o, "media", st->media, sizeof(st->media));
	st->tcp = get_true(o, "tcp");
	for(int i = 0; i < SESSION_SIDES; i++)
		leg_decode(r, &st->leg[i], json_object_get(o, side_name[i]));
	/* its transaction is gone; what was opened for it stays usable */
	if(st->state == SESSION_STREAM_OFFERED)
		st->state = SESSION_STREAM_ACTIVE;
}

static void side_decode(struct reader *r, struct session *s,
		enum session_side side, const json_t *o)
{
	get_str(r, o, "tag", s->tag[side], sizeof(s->tag[side]));
	s->family[side] = (uint8_t)get_int(r, o, "family", 6);
	s->known[side] = get_true(o, "known");
	get_str(r, o, "interface", s->iface[side], sizeof(s->iface[side]));
	get_str(r, o, "agent", s->agent[side], sizeof(s->agent[side]));
	get_addr(r, o, "signalling", &s->signalling[side]);
	get_str(r, o, "ufrag", s->ufrag[side], sizeof(s->ufrag[side]));
	get_str(r, o, "pwd", s->pwd[side], sizeof(s->pwd[side]));
}

/**
 * Read what session_json_encode() made
 *
 * @param s Session from session_alloc()
 * @param o JSON
 *
 * @return 0, EBADMSG (of another format, or damaged)
 */
int session_json_decode(struct session *s, const json_t *o)
{
	const json_t *streams = json_object_get(o, "streams");
	struct reader r = {0};
	size_t i;
	json_t *st;

	if(json_integer_value(json_object_get(o, "format")) != FORMAT
			|| !json_is_array(streams)
			|| json_array_size(streams) > SESSION_STREAMS_MAX)
		return EBADMSG;

	get_str(&r, o, "id", s->id, sizeof(s->id));
	get_str(&r, o, "call", s->call, sizeof(s->call));
	get_str(&r, o, "callId", s->callid, sizeof(s->callid));
	s->branch = (int)get_int(&r, o, "branch", UINT16_MAX);
	s->created = get_int(&r, o, "created", INT64_MAX);
	s->answered = get_int(&r, o, "answered", INT64_MAX);
	s->opened = get_true(o, "opened");
	s->confirmed = get_true(o, "confirmed");
	s->hold = get_true(o, "hold");
	for(int side = 0; side < SESSION_SIDES; side++)
		side_decode(&r, s, (enum session_side)side,
				json_object_get(o, side_name[side]));
	json_array_foreach(streams, i, st) stream_decode(&r, &s->streams[i], st);
	s->streams_count = (unsigned)json_array_size(streams);
	s->offerer = SESSION_NOBODY;

	if(!s->id[0] || !s->callid[0] || !s->call[0] || !s->tag[SESSION_A][0])
		r.err = EBADMSG;
	return r.err;
}
