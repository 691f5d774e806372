/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file q931.c  Call signalling messages: header and elements
 *
 * Owns nothing.
 */
#include <errno.h>
#include <string.h>
#include "h323gw/q931/q931.h"
#include "wire/wire.h"


enum {
	SINGLE	  = 0x80, /* bit of an element without length (§4.5.1) */
	KIND	  = 0xf0,
	NO_LOCK	  = 0x08, /* of a shift: for the next element only */
	UU_PD	  = 5,	  /* X.208 and X.209 coded (Q.931 §4.5.30) */
};


/* which codeset the element after a shift is of */
struct codeset {
	uint8_t locked, next;
};


static void shift(struct codeset *c, uint8_t id)
{
	const uint8_t set = id & 0x07;

	if (id & NO_LOCK) {
		c->next = set;
		return;
	}
	/* one never goes back to a lower one by locking (§4.5.3) */
	if (set > c->locked)
		c->locked = set;
	c->next = c->locked;
}


static bool is_shift(const struct q931_ie *ie)
{
	return ie->single && (ie->id & KIND) == Q931_IE_SHIFT;
}


static void ie_read(struct q931_ie *ie, struct wire *w, struct codeset *c)
{
	ie->id	    = wire_u8(w);
	ie->codeset = c->next;
	ie->single  = (ie->id & SINGLE) != 0;
	ie->p	    = NULL;
	ie->len	    = 0;
	c->next	    = c->locked;
	if (ie->single) {
		if (is_shift(ie))
			shift(c, ie->id);
		return;
	}

	/* H.225.0 §7.2.2.31: User-user has a length of two octets */
	ie->len = ie->id == Q931_IE_USER_USER && !ie->codeset ? wire_u16(w)
							      : wire_u8(w);
	ie->p	= wire_octets(w, ie->len);
}


static int header_read(struct q931 *q, struct wire *w, const char **why)
{
	uint8_t n;

	if (wire_u8(w) != Q931_DISCRIMINATOR) {
		*why = "the protocol discriminator is not 8";
		return EBADMSG;
	}
	n = wire_u8(w);
	if (n > Q931_CALLREF_MAX) {
		*why = "the call reference is too long";
		return EBADMSG;
	}
	q->callref_len = n;
	q->callref     = 0;
	for (uint8_t i = 0; i < n; i++) {
		uint8_t b = wire_u8(w);

		if (!i) {
			q->from_destination = (b & 0x80) != 0;
			b &= 0x7f;
		}
		q->callref = q->callref << 8 | b;
	}
	q->type = wire_u8(w);
	if (wire_error(w)) {
		*why = "it ends within its header";
		return EBADMSG;
	}

	return 0;
}


/**
 * Read a message
 *
 * @param q   Result; its elements lie in p
 * @param p   Octets
 * @param len How many
 * @param why What is wrong, a constant sentence
 *
 * @return 0; EBADMSG, EOVERFLOW (more elements than may be): see why
 */
int q931_decode(struct q931 *q, const uint8_t *p, size_t len,
		const char **why)
{
	struct codeset c = {0, 0};
	struct wire w;
	int err;

	memset(q, 0, sizeof(*q));
	wire_read(&w, p, len);
	err = header_read(q, &w, why);
	if (err)
		return err;

	while (wire_left(&w)) {
		if (q->iec == Q931_IES_MAX) {
			*why = "there are too many information elements";
			return EOVERFLOW;
		}
		ie_read(&q->iev[q->iec], &w, &c);
		if (wire_error(&w)) {
			*why = "an information element goes beyond its end";
			return EBADMSG;
		}
		++q->iec;
	}

	return 0;
}


/** Write a message; 0, ENOSPC: the room is too small, or an element too long */
int q931_encode(const struct q931 *q, uint8_t *p, size_t size, size_t *len)
{
	struct wire w;

	wire_write(&w, p, size);
	wire_put_u8(&w, Q931_DISCRIMINATOR);
	wire_put_u8(&w, q->callref_len);
	for (unsigned i = q->callref_len; i-- > 0;) {
		uint8_t b = (uint8_t)(q->callref >> 8 * i);

		if (i + 1u == q->callref_len && q->from_destination)
			b |= 0x80;
		wire_put_u8(&w, b);
	}
	wire_put_u8(&w, q->type);

	for (size_t i = 0; i < q->iec; i++) {
		const struct q931_ie *ie = &q->iev[i];
		const bool two = ie->id == Q931_IE_USER_USER && !ie->codeset;

		wire_put_u8(&w, ie->id);
		if (ie->single)
			continue;
		if (ie->len > (two ? UINT16_MAX : UINT8_MAX))
			return ENOSPC;
		if (two)
			wire_put_u16(&w, (uint16_t)ie->len);
		else
			wire_put_u8(&w, (uint8_t)ie->len);
		wire_put(&w, ie->p, ie->len);
	}
	if (wire_error(&w))
		return ENOSPC;
	*len = wire_tell(&w);

	return 0;
}


/* where a new element of codeset 0 stands: among those before any shift */
static size_t place_for(const struct q931 *q, uint8_t id)
{
	size_t at = 0;

	while (at < q->iec && !is_shift(&q->iev[at]) &&
	       (q->iev[at].single || q->iev[at].id < id))
		++at;

	return at;
}


static void take_out(struct q931 *q, size_t at)
{
	--q->iec;
	memmove(&q->iev[at], &q->iev[at + 1],
		(q->iec - at) * sizeof(q->iev[0]));
}


static struct q931_ie *find(struct q931 *q, uint8_t id)
{
	for (size_t i = 0; i < q->iec; i++) {
		if (!q->iev[i].codeset && q->iev[i].id == id)
			return &q->iev[i];
	}

	return NULL;
}


/** The first element of this kind, codeset 0; NULL: there is none */
const struct q931_ie *q931_find(const struct q931 *q, uint8_t id)
{
	return find((struct q931 *)(uintptr_t)q, id);
}


/**
 * Give an element other contents, where it stands; one that isn't there comes
 * where its number says (Q.931 §4.5.1: in ascending order)
 *
 * @return 0, EOVERFLOW
 */
int q931_ie_set(struct q931 *q, uint8_t id, const uint8_t *p, size_t len)
{
	struct q931_ie *ie = find(q, id);

	if (!ie) {
		const size_t at = place_for(q, id);

		if (q->iec == Q931_IES_MAX)
			return EOVERFLOW;
		ie = &q->iev[at];
		memmove(ie + 1, ie, (q->iec - at) * sizeof(*ie));
		*ie = (struct q931_ie){.id = id, .single = (id & SINGLE) != 0};
		++q->iec;
	}
	ie->p	= p;
	ie->len = len;

	return 0;
}


/** Take out all elements of this kind, codeset 0 */
void q931_ie_remove(struct q931 *q, uint8_t id)
{
	struct q931_ie *ie;

	while ((ie = find(q, id))) {
		size_t at = (size_t)(ie - q->iev);

		take_out(q, at);
		/* shifts for this one alone, if repeated too, go with it */
		while (at && is_shift(&q->iev[at - 1]) &&
		       q->iev[at - 1].id & NO_LOCK)
			take_out(q, --at);
	}
}


/**
 * What User-user carries for H.323: an encoded H323-UserInformation
 *
 * @return NULL: nothing of that kind
 */
const uint8_t *q931_user_user(const struct q931 *q, size_t *len)
{
	const struct q931_ie *ie = q931_find(q, Q931_IE_USER_USER);

	if (!ie || ie->len < 1 || ie->p[0] != UU_PD)
		return NULL;
	*len = ie->len - 1;

	return ie->p + 1;
}
