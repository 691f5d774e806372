/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file element.c  What stands in an information element, as named values
 *
 * Owns nothing.
 */
#include <string.h>
#include "element.h"


static struct element_value *add(struct element *e, const char *key)
{
	struct element_value *v = &e->values[e->n++];

	*v = (struct element_value){.key = key, .meaning = ""};

	return v;
}


static void add_number(struct element *e, const char *key, uint8_t number,
		       enum q931_meaning meaning)
{
	struct element_value *v = add(e, key);

	v->kind	   = ELEMENT_NUMBER;
	v->number  = number;
	v->meaning = q931_meaning_name(meaning, number);
}


/* one whose meaning is ITU-T's only if the element is coded so */
static void add_coded(struct element *e, const char *key, uint8_t value,
		      enum q931_meaning meaning, uint8_t coding)
{
	if (coding)
		add(e, key)->number = value;
	else
		add_number(e, key, value, meaning);
}


static void add_text(struct element *e, const char *key, const void *p,
		     size_t len)
{
	struct element_value *v = add(e, key);

	v->kind = ELEMENT_TEXT;
	v->p	= p;
	v->len	= len;
}


static bool number(struct element *e, const struct q931_ie *ie)
{
	struct q931_number *n = &e->number;

	if (q931_number_decode(n, ie))
		return false;
	add_number(e, "type", n->type, Q931_NUMBER_TYPE);
	add_number(e, "plan", n->plan, Q931_NUMBER_PLAN);
	if (n->has_presentation) {
		add_number(e, "presentation", n->presentation,
			   Q931_PRESENTATION);
		add_number(e, "screening", n->screening, Q931_SCREENING);
	}
	if (n->has_reason)
		add_number(e, "reason", n->reason, Q931_REASON);
	add_text(e, "digits", n->digits, strlen(n->digits));

	return true;
}


static bool cause(struct element *e, const struct q931_ie *ie)
{
	struct q931_cause c;

	if (q931_cause_decode(&c, ie))
		return false;
	add_number(e, "coding", c.coding, Q931_CODING);
	add_coded(e, "location", c.location, Q931_LOCATION, c.coding);
	if (c.has_recommendation)
		add(e, "recommendation")->number = c.recommendation;
	add_coded(e, "value", c.value, Q931_CAUSE_VALUE, c.coding);

	return true;
}


static bool bearer(struct element *e, const struct q931_ie *ie)
{
	struct q931_bearer b;

	if (q931_bearer_decode(&b, ie))
		return false;
	add_number(e, "coding", b.coding, Q931_CODING);
	add_coded(e, "capability", b.capability, Q931_CAPABILITY, b.coding);
	add_coded(e, "mode", b.mode, Q931_MODE, b.coding);
	add_coded(e, "rate", b.rate, Q931_RATE, b.coding);
	if (b.multiplier)
		add(e, "multiplier")->number = b.multiplier;
	if (b.layer1)
		add_coded(e, "layer1", b.layer1, Q931_LAYER1, b.coding);

	return true;
}


static bool progress(struct element *e, const struct q931_ie *ie)
{
	struct q931_progress p;

	if (q931_progress_decode(&p, ie))
		return false;
	add_number(e, "coding", p.coding, Q931_CODING);
	add_coded(e, "location", p.location, Q931_LOCATION, p.coding);
	add_coded(e, "description", p.description, Q931_PROGRESS_VALUE,
		  p.coding);

	return true;
}


static bool facility(struct element *e, const struct q931_ie *ie)
{
	struct q931_facility f;
	struct element_value *v;

	if (q931_facility_decode(&f, ie))
		return false;
	add_number(e, "profile", f.profile, Q931_PROFILE);
	v	= add(e, "components");
	v->kind = ELEMENT_OCTETS;
	v->p	= f.p;
	v->len	= f.len;

	return true;
}


static bool single(struct element *e, const struct q931_ie *ie,
		   const char *key, enum q931_meaning meaning)
{
	uint8_t value;

	if (q931_single_decode(&value, ie))
		return false;
	add_number(e, key, value, meaning);

	return true;
}


static bool call_state(struct element *e, const struct q931_ie *ie)
{
	uint8_t coding, state;

	if (q931_call_state_decode(&coding, &state, ie))
		return false;
	add_number(e, "coding", coding, Q931_CODING);
	add_coded(e, "state", state, Q931_CALL_STATE, coding);

	return true;
}


/**
 * Look into an element
 *
 * @param e  Result; it points into the element's octets, and into itself
 * @param ie Element
 *
 * @return false if it is not one that is looked into, or can't be read
 */
bool element_read(struct element *e, const struct q931_ie *ie)
{
	e->n = 0;
	if (ie->single || ie->codeset)
		return false;
	switch (ie->id) {

	case Q931_IE_CALLING_NUMBER:
	case Q931_IE_CALLED_NUMBER:
	case Q931_IE_CONNECTED_NUMBER:
	case Q931_IE_REDIRECTING_NUMBER:
		return number(e, ie);
	case Q931_IE_CAUSE:
		return cause(e, ie);
	case Q931_IE_BEARER_CAPABILITY:
		return bearer(e, ie);
	case Q931_IE_PROGRESS_INDICATOR:
		return progress(e, ie);
	case Q931_IE_FACILITY:
		return facility(e, ie);
	case Q931_IE_NOTIFICATION:
		return single(e, ie, "description", Q931_NOTIFICATION_VALUE);
	case Q931_IE_SIGNAL:
		return single(e, ie, "value", Q931_SIGNAL_VALUE);
	case Q931_IE_CALL_STATE:
		return call_state(e, ie);
	case Q931_IE_DISPLAY:
	case Q931_IE_KEYPAD:
		add_text(e, "text", ie->p, q931_text_len(ie));
		return true;
	default:
		return false;
	}
}
