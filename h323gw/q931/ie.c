/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file q931/ie.c  What stands in the elements that are looked into
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
		if (!(b & EXT)) {
			n->has_reason = true;
			n->reason     = wire_u8(&w) & 15;
		}
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
	if (!(b & EXT)) {
		c->has_recommendation = true;
		c->recommendation     = wire_u8(&w) & 0x7f;
	}
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


/** A progress indicator; 0, EBADMSG */
int q931_progress_decode(struct q931_progress *p, const struct q931_ie *ie)
{
	struct wire w;
	uint8_t b;

	wire_read(&w, ie->p, ie->len);
	b	       = wire_u8(&w);
	p->coding      = b >> 5 & 3;
	p->location    = b & 15;
	p->description = wire_u8(&w) & 0x7f;

	return wire_error(&w) ? EBADMSG : 0;
}


/**
 * A facility, its components left as they are; 0; ENODATA: it is empty, as
 * H.225.0 has it where the User-user says what is meant
 */
int q931_facility_decode(struct q931_facility *f, const struct q931_ie *ie)
{
	if (!ie->len)
		return ENODATA;
	f->profile = ie->p[0] & 31;
	f->p	   = ie->p + 1;
	f->len	   = ie->len - 1;

	return 0;
}


/**
 * What a notification indicator (the upper bit is no part of it) or a signal
 * says in its octet; 0, EBADMSG
 */
int q931_single_decode(uint8_t *value, const struct q931_ie *ie)
{
	if (!ie->len)
		return EBADMSG;
	*value = ie->p[0];
	if (ie->id == Q931_IE_NOTIFICATION)
		*value &= 0x7f;

	return 0;
}


/** A call state (Q.931 §4.5.7); 0, EBADMSG */
int q931_call_state_decode(uint8_t *coding, uint8_t *state,
			   const struct q931_ie *ie)
{
	if (!ie->len)
		return EBADMSG;
	*coding = ie->p[0] >> 6;
	*state	= ie->p[0] & 0x3f;

	return 0;
}


/**
 * Characters of a display (Q.931 §4.5.16) or keypad facility (§4.5.18), less
 * the zeros that some programs end it with
 */
size_t q931_text_len(const struct q931_ie *ie)
{
	size_t len = ie->len;

	while (len && !ie->p[len - 1])
		--len;

	return len;
}
