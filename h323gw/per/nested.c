/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages that other messages carry in an OCTET STRING: fastStart and
 * tunnelled H.245 (H.323 8.1.7, 8.2.1), and parameters of H.460.18 and
 * H.460.19 in generic data. One that can't be read stays what it was, octets.
 * The list is the message's.
 */
#include "h323gw/per/priv.h"
#include <GenericData.h>
#include <EnumeratedParameter.h>
#include <GenericMessage.h>
#include <GenericParameter.h>

/* H.460.18 9.1, H.460.19 6.2.1: feature, parameter, object identifier */
enum {
	H46018_FEATURE = 18,
	H46018_INCOMING_CALL = 1,
	H46019_PARAMETERS = 1,
};
static const uint8_t h46019_oid[] = {0x00, 0x08, 0x83, 0x4c, 0x13, 0x00, 0x01};


static struct per_nested *nested_add(struct decoder *d)
{
	struct per_msg *m = d->msg;
	struct per_nested *v;

	if (m->nesteds == m->nested_max) {
		size_t max = m->nested_max ? 2 * m->nested_max : 8;

		v = decode_zalloc(d, max * sizeof(*v));
		if (!v)
			return NULL;
		if (m->nesteds)
			memcpy(v, m->nested, m->nesteds * sizeof(*v));
		m->nested = v;
		m->nested_max = max;
	}
	return &m->nested[m->nesteds++];
}


/* Decode the carrier's octets; on failure all is as if it held none. */
static void *nested_read(struct decoder *d, const struct per_type *t,
			 OCTET_STRING_t *carrier, bool pieced,
			 const uint8_t *len_at, int *err)
{
	struct per_msg *m = d->msg;
	const size_t addrs = m->addrs, nesteds = m->nesteds;
	struct part *const up = d->part, *const last = m->last_part;
	const struct bitr outer = d->r;
	const unsigned path_len = d->path_len;
	struct part *part = NULL;
	struct extra rest = {0};
	void *v = NULL;

	if (d->build) {
		v = decode_zalloc(d, t->size);
		part = decode_zalloc(d, sizeof(*part));
		if (!v || !part) {
			*err = d->r.err;
			return NULL;
		}
		part_enter(d, part, t, v, len_at);
		part->carrier = carrier;
		part->p = carrier->buf;
		part->len = (size_t)carrier->size;
	}
	decode_within(d, t, v, carrier->buf, (size_t)carrier->size, pieced,
		      &rest);
	d->part = up;
	*err = d->r.err;
	if (*err == EBADMSG) {
		m->addrs = addrs;
		m->nesteds = nesteds;
		m->last_part = last;
		d->r = outer;
		d->path_len = path_len;
		d->fault_type = NULL;
		return NULL;
	}
	if (part) {
		part->tail = rest.data;
		part->tail_len = rest.len;
	}
	return *err ? NULL : v;
}


void nested_carried(struct decoder *d, const struct per_type *t,
		    OCTET_STRING_t *carrier, bool pieced, const uint8_t *len_at)
{
	struct per_nested *n;
	size_t i;
	void *v;
	int err;

	if (d->r.err || !t)
		return;
	if (!d->build) {
		(void)nested_read(d, t, carrier, pieced, len_at, &err);
		return;
	}
	n = nested_add(d);
	if (!n)
		return;
	i = d->msg->nesteds - 1;
	n->carrier = carrier;
	n->type = t;
	n->len = (size_t)carrier->size;
	if (!pieced && !d->detached)
		n->offset = (size_t)(carrier->buf - d->r.buf);
	v = nested_read(d, t, carrier, pieced, len_at, &err);
	/* the list may have moved by now */
	d->msg->nested[i].value = v;
	d->msg->nested[i].err = err;
}


/* A string found in a value: does it lie where we are reading? */
static void carried_value(struct decoder *d, const struct per_type *t,
			  OCTET_STRING_t *os)
{
	const uintptr_t p = (uintptr_t)os->buf, buf = (uintptr_t)d->r.buf;

	if (!os->buf)
		return;
	nested_carried(d, t, os,
		       p < buf || p + (size_t)os->size > buf + d->r.end / 8,
		       NULL);
}


/* The same, under three more names of the way to it. */
static void carried_at(struct decoder *d, const struct per_type *t,
		       OCTET_STRING_t *os, const char *list, const char *field,
		       const char *alternative)
{
	const unsigned path_len = d->path_len;

	if (path_len + 3 > PATH_MAX_LEN) {
		decode_fail(d, EOVERFLOW, "it is nested too deeply");
		return;
	}
	d->path[d->path_len++] = list;
	d->path[d->path_len++] = field;
	d->path[d->path_len++] = alternative;
	carried_value(d, t, os);
	d->path_len = path_len;
}


static void h225_generic(struct decoder *d, const struct per_type *t,
			 GenericData_t *g)
{
	if (g->id.present != GenericIdentifier_PR_standard ||
	    g->id.choice.standard != H46018_FEATURE || !g->parameters)
		return;
	for (int i = 0; i < g->parameters->list.count; i++) {
		EnumeratedParameter_t *p = g->parameters->list.array[i];

		if (p->id.present == GenericIdentifier_PR_standard &&
		    p->id.choice.standard == H46018_INCOMING_CALL &&
		    p->content && p->content->present == Content_PR_raw)
			carried_at(d, t, &p->content->choice.raw, "parameters",
				   "content", "raw");
	}
}


static void h245_generic(struct decoder *d, const struct per_type *t,
			 GenericMessage_t *g)
{
	const OBJECT_IDENTIFIER_t *oid = &g->messageIdentifier.choice.standard;

	if (g->messageIdentifier.present != CapabilityIdentifier_PR_standard ||
	    oid->size != sizeof(h46019_oid) ||
	    memcmp(oid->buf, h46019_oid, sizeof(h46019_oid)) ||
	    !g->messageContent)
		return;
	for (int i = 0; i < g->messageContent->list.count; i++) {
		GenericParameter_t *p = g->messageContent->list.array[i];
		ParameterIdentifier_t *id = &p->parameterIdentifier;

		if (id->present == ParameterIdentifier_PR_standard &&
		    id->choice.standard == H46019_PARAMETERS &&
		    p->parameterValue && p->parameterValue->present ==
						 ParameterValue_PR_octetString)
			carried_at(d, t,
				   &p->parameterValue->choice.octetString,
				   "messageContent", "parameterValue",
				   "octetString");
	}
}


/* What generic data carry, once they have been read. */
void nested_generic(struct decoder *d, const struct per_type *t, void *v)
{
	if (t->role == ROLE_H225_GENERIC)
		h225_generic(d, t->carries, v);
	else if (t->role == ROLE_H245_GENERIC)
		h245_generic(d, t->carries, v);
}


size_t per_msg_nested(const struct per_msg *msg,
		      const struct per_nested **nestedp)
{
	if (!msg)
		return 0;
	if (nestedp)
		*nestedp = msg->nested;
	return msg->nesteds;
}


const struct per_nested *per_nested_find(const struct per_msg *msg,
					 const void *carrier)
{
	for (size_t i = 0; msg && i < msg->nesteds; i++) {
		if (msg->nested[i].carrier == carrier)
			return &msg->nested[i];
	}
	return NULL;
}


int per_nested_changed(struct per_msg *msg, const struct per_nested *nested)
{
	const struct part *part;
	OCTET_STRING_t *os;
	uint8_t *p;
	size_t len;
	int err;

	if (!msg || !nested || !nested->value)
		return EINVAL;
	os = nested->carrier;
	part = msg->last_part;
	while (part && part->carrier != os)
		part = part->prev;
	err = encode_fresh(msg, nested->type, nested->value,
			   part ? part->tail : NULL, part ? part->tail_len : 0,
			   nested->len, &p, &len);
	if (err)
		return err;
	os->buf = p;
	os->size = (int)len;
	return 0;
}
