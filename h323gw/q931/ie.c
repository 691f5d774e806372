/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file q931/ie.c  What stands in the elements that are looked into; names
 *
 * Owns nothing.
 */
#include <errno.h>
#include <string.h>
#include "h323gw/q931/q931.h"
#include "wire/wire.h"


enum {
	EXT = 0x80, /* bit: this octet is the last of its group (§4.5.1) */
};


/** A party's number; 0, EBADMSG */
int q931_number_decode(struct q931_number *n, const struct q931_ie *ie)
{
	struct wire w;
	uint8_t b;
	size_t len;

	memset(n, 0, sizeof(*n));
	wire_read(&w, ie->p, ie->len);
	b	= wire_u8(&w);
	n->type = b >> 4 & 7;
	n->plan = b & 15;
	if (!(b & EXT)) {
		b		    = wire_u8(&w);
		n->has_presentation = true;
		n->presentation	    = b >> 5 & 3;
		n->screening	    = b & 3;
	}
	if (wire_error(&w))
		return EBADMSG;

	len = wire_left(&w);
	if (len > Q931_NUMBER_MAX)
		return EBADMSG;
	for (size_t i = 0; i < len; i++) {
		const char c = (char)(wire_u8(&w) & 0x7f);

		n->digits[i] = c >= ' ' && c != 0x7f ? c : '?';
	}

	return 0;
}


/** A cause; 0, EBADMSG */
int q931_cause_decode(struct q931_cause *c, const struct q931_ie *ie)
{
	struct wire w;
	uint8_t b;

	memset(c, 0, sizeof(*c));
	wire_read(&w, ie->p, ie->len);
	b	    = wire_u8(&w);
	c->coding   = b >> 5 & 3;
	c->location = b & 15;
	if (!(b & EXT)) /* recommendation */
		wire_skip(&w, 1);
	c->value = wire_u8(&w) & 0x7f;

	return wire_error(&w) ? EBADMSG : 0;
}


/** A bearer capability; 0, EBADMSG */
int q931_bearer_decode(struct q931_bearer *b, const struct q931_ie *ie)
{
	struct wire w;
	uint8_t o;

	memset(b, 0, sizeof(*b));
	wire_read(&w, ie->p, ie->len);
	o	      = wire_u8(&w);
	b->coding     = o >> 5 & 3;
	b->capability = o & 31;
	o	      = wire_u8(&w);
	b->mode	      = o >> 5 & 3;
	b->rate	      = o & 31;
	if (b->rate == 0x18) /* multirate */
		b->multiplier = wire_u8(&w) & 0x7f;
	if (wire_error(&w))
		return EBADMSG;
	if (wire_left(&w)) {
		o = wire_u8(&w);
		if ((o >> 5 & 3) == 1)
			b->layer1 = o & 31;
	}

	return 0;
}


/** A message's name, spelled as H.225.0 spells its body; "" for others */
const char *q931_type_name(uint8_t type)
{
	static const struct {
		uint8_t type;
		const char *name;
	} names[] = {
		{Q931_ALERTING, "alerting"},
		{Q931_CALL_PROCEEDING, "callProceeding"},
		{Q931_PROGRESS, "progress"},
		{Q931_SETUP, "setup"},
		{Q931_CONNECT, "connect"},
		{Q931_SETUP_ACKNOWLEDGE, "setupAcknowledge"},
		{Q931_CONNECT_ACKNOWLEDGE, "connectAcknowledge"},
		{Q931_RELEASE, "release"},
		{Q931_RELEASE_COMPLETE, "releaseComplete"},
		{Q931_FACILITY, "facility"},
		{Q931_NOTIFY, "notify"},
		{Q931_STATUS_INQUIRY, "statusInquiry"},
		{Q931_INFORMATION, "information"},
		{Q931_STATUS, "status"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].type == type)
			return names[i].name;
	}

	return "";
}


/** An element's name; "" for one that is not known */
const char *q931_ie_name(const struct q931_ie *ie)
{
	static const struct {
		uint8_t id;
		const char *name;
	} names[] = {
		{Q931_IE_BEARER_CAPABILITY, "bearerCapability"},
		{Q931_IE_CAUSE, "cause"},
		{Q931_IE_CALL_STATE, "callState"},
		{Q931_IE_CHANNEL_ID, "channelIdentification"},
		{Q931_IE_FACILITY, "facility"},
		{Q931_IE_PROGRESS_INDICATOR, "progressIndicator"},
		{Q931_IE_NOTIFICATION, "notificationIndicator"},
		{Q931_IE_DISPLAY, "display"},
		{Q931_IE_KEYPAD, "keypadFacility"},
		{Q931_IE_SIGNAL, "signal"},
		{Q931_IE_CONNECTED_NUMBER, "connectedNumber"},
		{Q931_IE_CALLING_NUMBER, "callingPartyNumber"},
		{Q931_IE_CALLED_NUMBER, "calledPartyNumber"},
		{Q931_IE_REDIRECTING_NUMBER, "redirectingNumber"},
		{Q931_IE_USER_USER, "userUser"},
		{Q931_IE_MORE_DATA, "moreData"},
		{Q931_IE_SENDING_COMPLETE, "sendingComplete"},
	};

	if (ie->single && (ie->id & 0xf0) == Q931_IE_SHIFT)
		return "shift";
	for (size_t i = 0; !ie->codeset &&
			   i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].id == ie->id)
			return names[i].name;
	}

	return "";
}
