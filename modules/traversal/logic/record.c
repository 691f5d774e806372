/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file record.c  What workers tell the writer, as one datagram each
 *
 * One description of each record serves both directions: a cursor that writes
 * or reads each field in turn, and remembers the first error.
 */
#include <errno.h>
#include <string.h>
#include "logic/record.h"

enum {
	STR_NULL = UINT16_MAX,
};

struct cursor
{
	uint8_t *w;		  /**< where the next field is written, or NULL */
	const uint8_t *r; /**< where it is read */
	size_t left;
	int err;
};

/* the next n octets, or NULL and the error */
static const uint8_t *take(struct cursor *c, size_t n)
{
	const uint8_t *p = c->r;

	if(c->err)
		return NULL;
	if(n > c->left) {
		c->err = EBADMSG;
		return NULL;
	}
	c->r += n;
	c->left -= n;

	return p;
}

static uint8_t *room(struct cursor *c, size_t n)
{
	uint8_t *p = c->w;

	if(c->err)
		return NULL;
	if(n > c->left) {
		c->err = EMSGSIZE;
		return NULL;
	}
	c->w += n;
	c->left -= n;

	return p;
}

static void field(struct cursor *c, void *v, size_t n)
{
	if(c->w) {
		uint8_t *p = room(c, n);
		if(p)
			memcpy(p, v, n);
	} else {
		const uint8_t *p = take(c, n);
		if(p)
			memcpy(v, p, n);
	}
}

static void f_u32(struct cursor *c, unsigned *v)
{
	field(c, v, sizeof(*v));
}

static void f_int(struct cursor *c, int *v)
{
	field(c, v, sizeof(*v));
}

static void f_u64(struct cursor *c, uint64_t *v)
{
	field(c, v, sizeof(*v));
}

static void f_time(struct cursor *c, int64_t *v)
{
	field(c, v, sizeof(*v));
}

static void f_bool(struct cursor *c, bool *v)
{
	uint8_t b = *v;

	field(c, &b, sizeof(b));
	if(b > 1)
		c->err = c->err ? c->err : EBADMSG;
	else
		*v = b;
}

static void f_kind(struct cursor *c, enum store_kind *v)
{
	uint8_t b = (uint8_t)*v;

	field(c, &b, sizeof(b));
	if(b != STORE_SIP && b != STORE_H323)
		c->err = c->err ? c->err : EBADMSG;
	else
		*v = (enum store_kind)b;
}

static void str_write(struct cursor *c, const char *s)
{
	size_t len = s ? strlen(s) : 0;
	uint16_t n = s ? (uint16_t)len : STR_NULL;
	uint8_t *p;

	if(len >= STR_NULL) {
		c->err = c->err ? c->err : EMSGSIZE;
		return;
	}
	field(c, &n, sizeof(n));
	if(!s)
		return;
	p = room(c, len + 1);
	if(p)
		memcpy(p, s, len + 1);
}

/* exactly one NUL, at the end: what is decoded is what was encoded */
static void str_read(struct cursor *c, const char **s)
{
	uint16_t n = STR_NULL;
	const uint8_t *p;

	field(c, &n, sizeof(n));
	*s = NULL;
	if(c->err || n == STR_NULL)
		return;
	p = take(c, (size_t)n + 1);
	if(!p)
		return;
	if(memchr(p, '\0', (size_t)n + 1) != p + n) {
		c->err = EBADMSG;
		return;
	}
	*s = (const char *)p;
}

static void f_str(struct cursor *c, const char **s)
{
	if(c->w)
		str_write(c, *s);
	else
		str_read(c, s);
}

static void contact_fields(struct cursor *c, struct store_contact *v)
{
	f_kind(c, &v->kind);
	f_bool(c, &v->nat);
	f_int(c, &v->cseq);
	f_int(c, &v->q);
	f_u32(c, &v->regId);
	f_time(c, &v->expires);
	f_time(c, &v->firstSeen);
	f_time(c, &v->lastSeen);
	f_str(c, &v->id);
	f_str(c, &v->alias);
	f_str(c, &v->aliasType);
	f_str(c, &v->callSignalAddress);
	f_str(c, &v->received);
	f_str(c, &v->transport);
	f_str(c, &v->agent);
	f_str(c, &v->path);
	f_str(c, &v->userAgent);
	f_str(c, &v->callId);
	f_str(c, &v->instance);
	f_str(c, &v->hostData);
}

static void call_fields(struct cursor *c, struct store_call *v)
{
	f_kind(c, &v->kind);
	f_int(c, &v->endCode);
	f_time(c, &v->start);
	f_time(c, &v->answer);
	f_time(c, &v->end);
	f_str(c, &v->id);
	f_str(c, &v->callIdentifier);
	f_str(c, &v->caller);
	f_str(c, &v->callee);
	f_str(c, &v->callerAddress);
	f_str(c, &v->calleeAddress);
	f_str(c, &v->callerAgent);
	f_str(c, &v->calleeAgent);
	f_str(c, &v->endReason);
	f_str(c, &v->endedBy);
}

static void flow_fields(struct cursor *c, struct store_flow *v)
{
	f_u32(c, &v->stream);
	f_u64(c, &v->packets);
	f_u64(c, &v->bytes);
	f_u64(c, &v->dropped);
	f_u64(c, &v->lost);
	f_time(c, &v->latchedAt);
	f_time(c, &v->start);
	f_time(c, &v->end);
	f_str(c, &v->call);
	f_str(c, &v->session);
	f_str(c, &v->relay);
	f_str(c, &v->media);
	f_str(c, &v->from);
	f_str(c, &v->latched);
}

static void session_fields(struct cursor *c, struct store_session *v)
{
	f_time(c, &v->updated);
	f_str(c, &v->id);
	f_str(c, &v->owner);
	f_str(c, &v->relay);
	f_str(c, &v->call);
	f_str(c, &v->state);
}

static void audit_fields(struct cursor *c, struct store_audit *v)
{
	f_time(c, &v->when);
	f_str(c, &v->actor);
	f_str(c, &v->action);
	f_str(c, &v->object);
	f_str(c, &v->result);
	f_str(c, &v->detail);
}

static void record_fields(struct cursor *c, struct record *r)
{
	switch(r->type) {
		case RECORD_CONTACT_PUT:
			contact_fields(c, &r->u.contact);
			break;
		case RECORD_CONTACT_DELETE:
			f_kind(c, &r->u.contact_delete.kind);
			f_str(c, &r->u.contact_delete.id);
			f_str(c, &r->u.contact_delete.reason);
			break;
		case RECORD_CALL_PUT:
			call_fields(c, &r->u.call);
			break;
		case RECORD_FLOW_PUT:
			flow_fields(c, &r->u.flow);
			break;
		case RECORD_SESSION_PUT:
			session_fields(c, &r->u.session);
			break;
		case RECORD_SESSION_DELETE:
			f_str(c, &r->u.session_delete.id);
			break;
		case RECORD_AUDIT_ADD:
			audit_fields(c, &r->u.audit);
			break;
		default:
			c->err = EBADMSG;
			break;
	}
}

/**
 * Packs a record
 *
 * @param buf  Receives the datagram
 * @param size Room in it
 * @param len  Receives its length
 * @param r    Record
 *
 * @return 0, EMSGSIZE when there is no room, EINVAL
 */
int record_encode(
		uint8_t *buf, size_t size, size_t *len, const struct record *r)
{
	struct cursor c = {.w = buf, .left = size};
	struct record copy;
	uint8_t head[2];

	if(!buf || !len || !r || r->type < RECORD_CONTACT_PUT
			|| r->type >= RECORD_TYPES)
		return EINVAL;

	copy = *r;
	head[0] = (uint8_t)r->type;
	head[1] = 0;
	field(&c, head, sizeof(head));
	record_fields(&c, &copy);
	if(c.err)
		return c.err == EBADMSG ? EINVAL : c.err;

	*len = size - c.left;
	return 0;
}

/**
 * Unpacks a record; its strings borrow from the datagram
 *
 * @param r   Receives the record
 * @param buf Datagram
 * @param len Length of it
 *
 * @return 0, or EBADMSG
 */
int record_decode(struct record *r, const uint8_t *buf, size_t len)
{
	struct cursor c = {.r = buf, .left = len};
	uint8_t head[2] = {0};

	if(!r || !buf)
		return EINVAL;

	memset(r, 0, sizeof(*r));
	field(&c, head, sizeof(head));
	if(head[0] >= RECORD_TYPES || head[1])
		return EBADMSG;
	r->type = (enum record_type)head[0];
	record_fields(&c, r);
	if(!c.err && c.left)
		c.err = EBADMSG;

	return c.err;
}
