/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call_record.c  A call's row in the store, as it begins, is answered, ends
 */
#include <stdio.h>
#include <string.h>
#include "glue/compat.h"
#include "core/dprint.h"
#include "core/parser/msg_parser.h"
#include "core/parser/parse_from.h"
#include "core/parser/parse_to.h"
#include "core/parser/parse_uri.h"
#include "glue/clock.h"
#include "glue/call_record.h"
#include "glue/relays.h"
#include "glue/writer.h"
#include "logic/relay_params.h"

enum {
	AOR_SIZE = 256, /* of a printed "user@host", with NUL */
};

/* "user@host"; text that is no UTF-8 is the store's to refuse */
static const char *aor(char buf[AOR_SIZE], const str *uri)
{
	struct sip_uri u;

	if(!uri->s || parse_uri(uri->s, uri->len, &u) < 0)
		return NULL;
	if(u.user.len)
		(void)snprintf(buf, AOR_SIZE, "%.*s@%.*s", u.user.len, u.user.s,
				u.host.len, u.host.s);
	else
		(void)snprintf(buf, AOR_SIZE, "%.*s", u.host.len, u.host.s);
	return buf;
}

static const char *source(char buf[ADDR_STRLEN], const sip_msg_t *msg)
{
	struct addr a;

	if(addr_from_sockaddr(&a, &msg->rcv.src_su.s))
		return NULL;
	return addr_str(&a, buf);
}

static void text_of(char *to, size_t size, const str *s)
{
	(void)snprintf(to, size, "%.*s", s->len, s->s);
}

void record_begin(sip_msg_t *request, const char *call)
{
	char caller[AOR_SIZE], callee[AOR_SIZE], from[ADDR_STRLEN];
	char callid[SESSION_CALLID_MAX + 1];
	struct store_call row = {
			.id = call,
			.kind = STORE_SIP,
			.start = clock_wall_ms(),
			.callIdentifier = callid,
	};

	if(!writer_enabled() || !request->callid
			|| parse_from_header(request) < 0)
		return;

	text_of(callid, sizeof(callid), &request->callid->body);
	row.caller = aor(caller, &get_from(request)->uri);
	row.callee = aor(callee, &request->first_line.u.request.uri);
	row.callerAddress = source(from, request);
	(void)writer_call_put(&row);
}

void record_answer(sip_msg_t *reply, const char *call)
{
	char from[ADDR_STRLEN];
	struct store_call row = {
			.id = call,
			.kind = STORE_SIP,
			.answer = clock_wall_ms(),
	};

	if(!writer_enabled())
		return;

	row.calleeAddress = source(from, reply);
	(void)writer_call_put(&row);
}

void record_end(const char *call, const char *reason, int code, const char *by)
{
	struct store_call row = {
			.id = call,
			.kind = STORE_SIP,
			.end = clock_wall_ms(),
			.endReason = reason,
			.endCode = code,
			.endedBy = by,
	};

	if(writer_enabled())
		(void)writer_call_put(&row);
}

const char *record_reason(int code)
{
	switch(code) {
		case 486:
		case 600:
			return "busy";
		case 487:
			return "cancel";
		case 408:
		case 480:
			return "no-answer";
		case 404:
		case 604:
			return "not-found";
		case 401:
		case 403:
		case 407:
		case 603:
			return "refused";
		default:
			return "failed";
	}
}

static void record_flow(const struct session *s, const json_t *result,
		unsigned stream, enum session_side side)
{
	struct relay_flow f;
	struct store_flow row = {
			.call = s->call,
			.session = s->id,
			.relay = relays_name(s->relay),
			.stream = stream,
			.media = s->streams[stream].media,
			.from = side == SESSION_A ? "caller" : "callee",
			.start = s->created,
			.end = clock_wall_ms(),
	};

	if(relay_flow_read(&f, result, stream, side))
		return;
	row.packets = f.packets;
	row.bytes = f.bytes;
	row.dropped = f.dropped;
	row.lost = f.lost;
	row.latched = f.latched[0] ? f.latched : NULL;
	row.latchedAt = f.latched_at;
	(void)writer_flow_put(&row);
}

void record_flows(const struct session *s, const json_t *result)
{
	if(!writer_enabled())
		return;

	for(unsigned i = 0; i < s->streams_count; i++) {
		record_flow(s, result, i, SESSION_A);
		record_flow(s, result, i, SESSION_B);
	}
}
