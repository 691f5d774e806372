/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file session.c  A media session as the signalling side holds it
 *
 * Pure; owns nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "call/session.h"

size_t session_size(unsigned n)
{
	return sizeof(struct session) + n * sizeof(struct session_stream);
}

struct session *session_alloc(void)
{
	struct session *s = calloc(1, session_size(SESSION_STREAMS_MAX));

	if (s)
		s->offerer = SESSION_NOBODY;
	return s;
}

void session_copy(struct session *to, const struct session *from)
{
	memcpy(to, from, session_size(from->streams_count));
}

int session_id_call(const char *id, char call[SESSION_CALL_SIZE])
{
	const char *first = strchr(id, '-'), *last = strrchr(id, '-');

	if (!first || last == first || last - first - 1 >= SESSION_CALL_SIZE)
		return EINVAL;

	memcpy(call, first + 1, (size_t)(last - first - 1));
	call[last - first - 1] = '\0';
	return 0;
}

static int set_text(char *to, size_t max, const char *p, size_t len)
{
	if (!p || len == 0 || memchr(p, '\0', len))
		return EINVAL;
	if (len > max)
		return E2BIG;

	memcpy(to, p, len);
	to[len] = '\0';
	return 0;
}

int session_set_callid(struct session *s, const char *p, size_t len)
{
	return set_text(s->callid, SESSION_CALLID_MAX, p, len);
}

int session_set_tag(struct session *s, enum session_side side, const char *p,
		    size_t len)
{
	return set_text(s->tag[side], SESSION_TAG_MAX, p, len);
}

/**
 * The stream that stands at an m= line now
 *
 * After a change of media (audio to T.38, say) there may be two until the
 * answer: the one just offered.
 *
 * @return Stream, or NULL
 */
struct session_stream *session_stream_at(struct session *s, unsigned mline)
{
	struct session_stream *found = NULL;

	for (unsigned i = 0; i < s->streams_count; i++) {
		struct session_stream *st = &s->streams[i];

		if (st->mline == mline && st->state != SESSION_STREAM_ENDED)
			found = st;
	}

	return found;
}

/** All streams are held, by one party or the other: silence is in order */
bool session_on_hold(const struct session *s)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->streams_count; i++) {
		const struct session_stream *st = &s->streams[i];

		if (st->state == SESSION_STREAM_ENDED)
			continue;
		if (!st->leg[SESSION_A].hold && !st->leg[SESSION_B].hold)
			return false;
		++n;
	}

	return n > 0;
}

/** Streams that are open at the relay */
unsigned session_streams_open(const struct session *s)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->streams_count; i++)
		n += s->streams[i].state != SESSION_STREAM_ENDED;
	return n;
}

static bool same(const char *text, const char *p, size_t len)
{
	return p && strlen(text) == len && !memcmp(text, p, len);
}

/**
 * Who sent a message of this dialog (RFC 3261 §12)
 *
 * A callee's tag that is not ours is accepted while the call is not answered:
 * downstream of a branch others may fork, each with a tag of its own.
 *
 * @return Side, or SESSION_NOBODY when it is no message of this session
 */
enum session_side session_sender(const struct session *s,
				 const struct session_dialog *d)
{
	if (!same(s->callid, d->callid, d->callid_len))
		return SESSION_NOBODY;

	if (same(s->tag[SESSION_A], d->from_tag, d->from_tag_len) &&
	    (!s->confirmed ||
	     same(s->tag[SESSION_B], d->to_tag, d->to_tag_len)))
		return SESSION_A;

	if (same(s->tag[SESSION_A], d->to_tag, d->to_tag_len) &&
	    (!s->confirmed ||
	     same(s->tag[SESSION_B], d->from_tag, d->from_tag_len)))
		return SESSION_B;

	return SESSION_NOBODY;
}

uint64_t session_digest(const void *p, size_t len)
{
	const unsigned char *b = p;
	uint64_t h = 14695981039346656037u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ b[i]) * 1099511628211u;
	return h;
}

bool session_has_agent(const struct session *s)
{
	return s->agent[SESSION_A][0] || s->agent[SESSION_B][0];
}
