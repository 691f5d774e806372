/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file resend.c  A queue of octets that are forgotten when acknowledged
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tunnel/resend.h"


enum {
	ROOM_MIN = 2048,
};


/** Forget all, free the memory; the numbering goes on */
void resend_reset(struct resend *r)
{
	free(r->p);
	r->base += r->len;
	r->p	 = NULL;
	r->size = r->head = r->len = r->sent = 0;
}


/* room for more octets behind what is held */
static int reserve(struct resend *r, size_t more)
{
	size_t want = r->len + more, size = r->size ? r->size : ROOM_MIN;
	uint8_t *p;

	if (r->head + want <= r->size)
		return 0;

	/* half of it free: moving is cheaper than growing */
	if (want <= r->size / 2) {
		memmove(r->p, r->p + r->head, r->len);
		r->head = 0;
		return 0;
	}

	while (size < want)
		size *= 2;

	p = malloc(size);
	if (!p)
		return ENOMEM;
	if (r->len)
		memcpy(p, r->p + r->head, r->len);
	free(r->p);
	r->p	= p;
	r->size = size;
	r->head = 0;

	return 0;
}


/** Append two pieces, a frame's header and its payload; 0 or ENOMEM */
int resend_append(struct resend *r, const void *a, size_t alen, const void *b,
		  size_t blen)
{
	int err = reserve(r, alen + blen);

	if (err)
		return err;

	memcpy(r->p + r->head + r->len, a, alen);
	r->len += alen;
	if (blen)
		memcpy(r->p + r->head + r->len, b, blen);
	r->len += blen;

	return 0;
}


/**
 * The other end has received so many octets since the tunnel's beginning
 *
 * @return 0; EPROTO: it can't have
 */
int resend_ack(struct resend *r, uint64_t received)
{
	size_t n;

	if (received < r->base || received > r->base + r->sent)
		return EPROTO;

	n = (size_t)(received - r->base);
	r->base = received;
	r->head += n;
	r->len -= n;
	r->sent -= n;

	if (!r->len)
		resend_reset(r);

	return 0;
}


/**
 * A new connection: send again what the other end has not received
 *
 * @return 0; EPROTO: it says it has what was never sent, or lacks what it had
 */
int resend_rewind(struct resend *r, uint64_t received)
{
	int err;

	if (received > r->base + r->len)
		return EPROTO;

	r->sent = r->len;
	err	= resend_ack(r, received);
	r->sent = 0;

	return err;
}


/** What is to go out next; NULL: nothing */
const uint8_t *resend_next(const struct resend *r, size_t *len)
{
	*len = r->len - r->sent;

	return *len ? r->p + r->head + r->sent : NULL;
}


/** So many of these octets went out */
void resend_sent(struct resend *r, size_t len)
{
	r->sent += len;
}
