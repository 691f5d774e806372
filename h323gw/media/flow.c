/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is left of a session: the flows of its streams, and the state by which
 * a later life of ours can close it and account for it. Owns nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "h323gw/media/media_priv.h"


int64_t media_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


static void tell(struct media *m, const json_t *result, unsigned i, int64_t now)
{
	for (int x = 0; x < SIDES; x++) {
		struct media_flow f = {
			.session = m->s->se->id,
			.stream = m->s->v[i].number,
			.media = m->s->se->streams[i].media,
			.from = (enum side)x,
			.start = m->s->v[i].start,
			.end = now,
		};

		if (!relay_flow_read(&f.count, result, i,
				     (enum session_side)x))
			m->h.flowh(&f, m->arg);
	}
}


void media_flows(struct media *m, const json_t *result)
{
	const int64_t now = media_now();
	size_t k;
	json_t *o;

	if (!m->h.flowh)
		return;
	json_array_foreach(json_object_get(result, "streams"), k, o)
	{
		json_int_t i = json_integer_value(json_object_get(o, "index"));

		if (i >= 0 && i < (json_int_t)m->s->se->streams_count)
			tell(m, result, (unsigned)i, now);
	}
}


/* {"id", "label", "streams": [{"index", "number", "media", "start"}]} */
void media_state(struct media *m)
{
	const struct session *told = m->told;
	json_t *o, *v;

	if (!m->h.stateh || !told)
		return;
	v = json_array();
	for (unsigned i = 0; i < told->streams_count; i++) {
		if (told->streams[i].state == SESSION_STREAM_ENDED)
			continue;
		(void)json_array_append_new(
			v, json_pack("{s:i, s:i, s:s, s:I}", "index", (int)i,
				     "number", (int)m->s->v[i].number, "media",
				     told->streams[i].media, "start",
				     (json_int_t)m->s->v[i].start));
	}
	o = json_pack("{s:s, s:s, s:o}", "id", told->id, "label",
		      told->callid, "streams", v);
	if (o)
		m->h.stateh(o, m->arg);
	json_decref(o);
}


static int stream_read(struct streams *s, const json_t *o)
{
	const json_int_t i = json_integer_value(json_object_get(o, "index"));
	const json_int_t n = json_integer_value(json_object_get(o, "number"));
	const char *media = json_string_value(json_object_get(o, "media"));
	struct session_stream *ss;

	if (i < 0 || i >= SESSION_STREAMS_MAX || n < 0 || n > INT32_MAX ||
	    !media)
		return EINVAL;
	ss = &s->se->streams[i];
	ss->state = SESSION_STREAM_ACTIVE;
	(void)snprintf(ss->media, sizeof(ss->media), "%s", media);
	s->v[i].open = true;
	s->v[i].number = (unsigned)n;
	s->v[i].start = json_integer_value(json_object_get(o, "start"));
	return 0;
}


int media_state_read(struct streams **sp, const json_t *state)
{
	const char *id = json_string_value(json_object_get(state, "id"));
	const char *label = json_string_value(json_object_get(state, "label"));
	const json_t *v = json_object_get(state, "streams");
	struct streams *s;
	size_t k;
	json_t *o;
	int err;

	if (!id || !id[0] || strlen(id) >= SESSION_ID_SIZE || !json_is_array(v))
		return EINVAL;
	err = streams_alloc(&s, id, label ? label : "");
	if (!err)
		err = streams_room(s, SESSION_STREAMS_MAX);
	if (err)
		goto out;
	s->se->streams_count = SESSION_STREAMS_MAX;
	for (unsigned i = 0; i < SESSION_STREAMS_MAX; i++)
		s->se->streams[i].state = SESSION_STREAM_ENDED;
	json_array_foreach(v, k, o)
	{
		err = stream_read(s, o);
		if (err)
			break;
	}
out:
	if (err)
		streams_free(s);
	else
		*sp = s;
	return err;
}
