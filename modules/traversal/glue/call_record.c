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
#include "call/relay_params.h"

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

static void record_flow(struct store_flow *row, const json_t *result,
		unsigned stream, enum session_side side)
{
	struct relay_flow f;

	if(relay_flow_read(&f, result, stream, side))
		return;
	row->from = side == SESSION_A ? "caller" : "callee";
	row->packets = f.packets;
	row->bytes = f.bytes;
	row->dropped = f.dropped;
	row->lost = f.lost;
	row->latched = f.latched[0] ? f.latched : NULL;
	row->latchedAt = f.latched_at;
	(void)writer_flow_put(row);
}

void record_flows(const char *id, unsigned relay, const json_t *result)
{
	char call[SESSION_CALL_SIZE];
	struct store_flow row = {
			.call = call,
			.session = id,
			.relay = relays_name(relay),
			.start = json_integer_value(json_object_get(result, "created")),
			.end = clock_wall_ms(),
	};
	json_t *o;
	size_t k;

	if(!writer_enabled() || session_id_call(id, call))
		return;

	json_array_foreach(json_object_get(result, "streams"), k, o)
	{
		row.stream =
				(unsigned)json_integer_value(json_object_get(o, "index"));
		row.media = json_string_value(json_object_get(o, "media"));
		record_flow(&row, result, row.stream, SESSION_A);
		record_flow(&row, result, row.stream, SESSION_B);
	}
}
