/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file answer.c  What a gatekeeper asks a terminal
 *
 * "answers": no keeps quiet.
 */
#include <string.h>
#include "call.h"
#include "ras.h"


static json_t *call_status(const struct call *c)
{
	return json_pack("{s:i,s:O,s:b,s:{},s:{},s:s,s:I,s:s,s:{s:O},s:[]}",
			 "callReferenceValue", c->callref, "conferenceID",
			 c->conference, "originator", (int)c->outgoing, "h245",
			 "callSignalling", "callType", "pointToPoint",
			 "bandWidth",
			 (json_int_t)option_number(c->conf, "bandwidth",
						   BANDWIDTH_DEFAULT),
			 "callModel", "gatekeeperRouted", "callIdentifier",
			 "guid", c->guid, "substituteConfIDs");
}


/** An InfoRequestResponse on all calls, or only one */
json_t *ras_status(const struct ras *r, const struct call *only, long seq)
{
	const struct term *t = r->term;
	json_t *calls = json_array(), *body;
	struct le *le;

	for (le = list_head(&t->calls); le; le = le->next) {
		const struct call *c = le->data;

		if (c->state != CALL_ENDED && (!only || only == c))
			(void)json_array_append_new(calls, call_status(c));
	}
	body = json_pack("{s:I,s:o,s:s,s:o,s:[o],s:b,s:b}", "requestSeqNum",
			 (json_int_t)seq, "endpointType",
			 endpoint_type(t, true), "endpointIdentifier",
			 r->endpoint ? r->endpoint : "-", "rasAddress",
			 address_json(&r->own), "callSignalAddress",
			 address_json(&t->own), "needResponse", 0,
			 "unsolicited", 0);
	if (json_array_size(calls))
		(void)json_object_set(body, "perCallInfo", calls);
	json_decref(calls);

	return body;
}


static void asked_to_end(struct ras *r, const json_t *body)
{
	struct call *c = call_by_id(r->term,
				    text_at(body, "callIdentifier.guid"));

	if (!c)
		return;
	c->admitted = false;
	call_hangup(c, "undefinedReason", 0);
}


static json_t *confirm(const json_t *body)
{
	return json_pack("{s:I}", "requestSeqNum",
			 (json_int_t)number_at(body, "requestSeqNum", 1));
}


static void asked_for_status(struct ras *r, const struct sa *from,
			     const json_t *body)
{
	const json_t *reply = json_object_get(body, "replyAddress");
	const char *guid  = text_at(body, "callIdentifier.guid");
	struct sa to	  = *from;

	if (reply)
		(void)address_read(&to, reply);
	(void)ras_say(r, &to, "infoRequestResponse",
		      ras_status(r,
				 number_at(body, "callReferenceValue", 0)
					 ? call_by_id(r->term, guid)
					 : NULL,
				 number_at(body, "requestSeqNum", 1)));
}


void ras_asked(struct ras *r, const struct sa *from, const char *name,
	       const json_t *body)
{
	json_t *answer;

	if (!option_is(r->term->conf, "answers", true))
		return;
	if (!strcmp(name, "infoRequest")) {
		asked_for_status(r, from, body);
	}
	else if (!strcmp(name, "unregistrationRequest")) {
		(void)ras_say(r, from, "unregistrationConfirm", confirm(body));
		ras_unregistered(r);
		event(r->term, "unregistered", "{s:s}", "by", "gatekeeper");
	}
	else if (!strcmp(name, "disengageRequest")) {
		(void)ras_say(r, from, "disengageConfirm", confirm(body));
		asked_to_end(r, body);
	}
	else if (!strcmp(name, "bandwidthRequest")) {
		answer = confirm(body);
		(void)json_object_set(answer, "bandWidth",
				      json_object_get(body, "bandWidth"));
		(void)ras_say(r, from, "bandwidthConfirm", answer);
	}
	else if (!strcmp(name, "serviceControlIndication")) {
		(void)ras_say(r, from, "serviceControlResponse",
			      confirm(body));
	}
}
