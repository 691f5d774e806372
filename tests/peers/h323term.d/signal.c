/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file signal.c  Q.931 with a User-user element, from JSON and to it
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "h323gw/q931/q931.h"
#include "signal.h"


enum {
	NUMBER_UNKNOWN_E164 = 0x81,
	CALLING_UNKNOWN	    = 0x01, /* another octet follows */
	PRESENTATION	    = 0x80,
	CODING_LOCATION	    = 0x80, /* CCITT, user */
	X680_DISCRIMINATOR  = 5,    /* Q.931 table 4-26 */
	ELEMENTS_SIZE	    = 512,
};

static const struct {
	const char *name;
	uint8_t type;
} types[] = {
	{"setup", Q931_SETUP},
	{"callProceeding", Q931_CALL_PROCEEDING},
	{"alerting", Q931_ALERTING},
	{"connect", Q931_CONNECT},
	{"releaseComplete", Q931_RELEASE_COMPLETE},
	{"facility", Q931_FACILITY},
	{"progress", Q931_PROGRESS},
	{"information", Q931_INFORMATION},
	{"notify", Q931_NOTIFY},
	{"status", Q931_STATUS},
	{"statusInquiry", Q931_STATUS_INQUIRY},
	{"setupAcknowledge", Q931_SETUP_ACKNOWLEDGE},
};

/** How an element is written: octets that stand before, then its value */
static const struct {
	const char *name;
	uint8_t id;
	enum { TEXT, NUMBER, HEX } kind;
	size_t before;
	uint8_t octets[2];
	uint8_t or; /* on a number */
} elements[] = {
	{"bearer", Q931_IE_BEARER_CAPABILITY, HEX, 0, {0}, 0},
	{"cause", Q931_IE_CAUSE, NUMBER, 1, {CODING_LOCATION}, 0x80},
	{"callState", Q931_IE_CALL_STATE, NUMBER, 0, {0}, 0},
	{"progress", Q931_IE_PROGRESS_INDICATOR, NUMBER, 1, {CODING_LOCATION},
	 0x80},
	{"notification", Q931_IE_NOTIFICATION, NUMBER, 0, {0}, 0x80},
	{"display", Q931_IE_DISPLAY, TEXT, 0, {0}, 0},
	{"keypad", Q931_IE_KEYPAD, TEXT, 0, {0}, 0},
	{"calling", Q931_IE_CALLING_NUMBER, TEXT, 2,
	 {CALLING_UNKNOWN, PRESENTATION}, 0},
	{"called", Q931_IE_CALLED_NUMBER, TEXT, 1, {NUMBER_UNKNOWN_E164}, 0},
};


static int put_elements(struct q931 *q, const json_t *j, uint8_t *room,
			size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < sizeof(elements) / sizeof(*elements); i++) {
		const json_t *v = json_object_get(j, elements[i].name);
		const char *s	= json_string_value(v);
		uint8_t *p	= room + used;
		size_t n	= elements[i].before, more = 1;

		if (!v)
			continue;
		if (used + n + (s ? strlen(s) : 1) + 1 > size)
			return EOVERFLOW;
		memcpy(p, elements[i].octets, n);
		if (elements[i].kind == NUMBER)
			p[n] = (uint8_t)(json_integer_value(v) |
					 elements[i].or);
		else if (!s)
			return EINVAL;
		else if (elements[i].kind == HEX) {
			if (unhex(p + n, size - used - n, &more, s))
				return EINVAL;
		}
		else {
			more = strlen(s);
			memcpy(p + n, s, more);
		}
		if (q931_ie_set(q, elements[i].id, p, n + more))
			return EOVERFLOW;
		used += n + more;
	}

	return 0;
}


int signal_encode(const struct per *per, const json_t *message, uint8_t *p,
		  size_t size, size_t *len, char *why)
{
	const json_t *head = json_object_get(message, "q931");
	const json_t *uuie = json_object_get(message, "uuie");
	const char *type   = text_at(head, "type");
	uint8_t room[ELEMENTS_SIZE], user[MESSAGE_MAX];
	struct q931 q = {
		.callref_len = 2,
		.callref     = (uint32_t)number_at(head, "callReference", 0),
		.from_destination =
			json_is_true(json_object_get(head, "fromDestination")),
		.type = (uint8_t)number_at(head, "type", 0),
	};
	size_t n = 0;
	int err;

	for (size_t i = 0; type && i < sizeof(types) / sizeof(*types); i++) {
		if (!strcmp(types[i].name, type))
			q.type = types[i].type;
	}
	err = put_elements(&q, head, room, sizeof(room));
	if (!err && uuie) {
		user[0] = X680_DISCRIMINATOR;
		err = value_encode(per, "H323-UserInformation", uuie, user + 1,
				   sizeof(user) - 1, &n, why);
		if (err)
			return err;
		err = q931_ie_set(&q, Q931_IE_USER_USER, user, n + 1);
	}
	if (!err)
		err = q931_encode(&q, p, size, len);
	if (err)
		(void)snprintf(why, WHY_LEN, "Q.931: %s", strerror(err));

	return err;
}


static const char *type_name(uint8_t type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (types[i].type == type)
			return types[i].name;
	}

	return "unknown";
}


static void number_show(json_t *head, const char *name, const struct q931 *q,
			uint8_t id)
{
	const struct q931_ie *ie = q931_find(q, id);
	struct q931_number number;

	if (ie && !q931_number_decode(&number, ie))
		(void)json_object_set_new(head, name,
					  json_string(number.digits));
}


static void octet_show(json_t *head, const char *name, const struct q931 *q,
		       uint8_t id)
{
	const struct q931_ie *ie = q931_find(q, id);
	uint8_t value;

	if (ie && !q931_single_decode(&value, ie))
		(void)json_object_set_new(head, name, json_integer(value));
}


static json_t *head_show(const struct q931 *q)
{
	const struct q931_ie *display = q931_find(q, Q931_IE_DISPLAY);
	const struct q931_ie *ie      = q931_find(q, Q931_IE_CAUSE);
	const struct q931_ie *at_pi = q931_find(q, Q931_IE_PROGRESS_INDICATOR);
	struct q931_progress progress;
	struct q931_cause cause;
	json_t *head = json_pack(
		"{s:s,s:I,s:b}", "type", type_name(q->type), "callReference",
		(json_int_t)q->callref, "fromDestination",
		(int)q->from_destination);

	number_show(head, "called", q, Q931_IE_CALLED_NUMBER);
	number_show(head, "calling", q, Q931_IE_CALLING_NUMBER);
	octet_show(head, "notification", q, Q931_IE_NOTIFICATION);
	octet_show(head, "callState", q, Q931_IE_CALL_STATE);
	if (display)
		(void)json_object_set_new(
			head, "display",
			json_stringn((const char *)display->p,
				     q931_text_len(display)));
	if (ie && !q931_cause_decode(&cause, ie))
		(void)json_object_set_new(head, "cause",
					  json_integer(cause.value));
	if (at_pi && !q931_progress_decode(&progress, at_pi))
		(void)json_object_set_new(head, "progress",
					  json_integer(progress.description));

	return head;
}


int signal_decode(json_t **message, const struct per *per, const uint8_t *p,
		  size_t len, char *why)
{
	const char *reason = "";
	json_t *uuie = NULL;
	const uint8_t *user;
	struct q931 q;
	size_t n;
	int err;

	err = q931_decode(&q, p, len, &reason);
	if (err) {
		(void)snprintf(why, WHY_LEN, "Q.931: %s", reason);
		return err;
	}
	user = q931_user_user(&q, &n);
	if (user) {
		err = value_decode(&uuie, per, "H323-UserInformation", user, n,
				   why);
		if (err)
			return err;
	}
	*message = json_pack("{s:o,s:o*}", "q931", head_show(&q), "uuie",
			     uuie);

	return *message ? 0 : ENOMEM;
}
