/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tpkt.c  Messages in a stream of octets
 *
 * Owns what has come of a message that is not whole.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "h323gw/tpkt/tpkt.h"
#include "wire/wire.h"


enum {
	VERSION = 3,
};

struct tpkt {
	uint8_t head[TPKT_HEADER];
	size_t headlen;	 /* octets of head that are here */
	uint8_t *body;	 /* of the message under way, or NULL */
	size_t need, have;
	size_t max;
	int err;	 /* nothing comes after it */
};


/**
 * Make a reader for one direction of one connection
 *
 * @param tp          Result; tpkt_free() it
 * @param payload_max Longest message; 0: as long as may be
 *
 * @return 0 or ENOMEM
 */
int tpkt_alloc(struct tpkt **tp, size_t payload_max)
{
	struct tpkt *t = calloc(1, sizeof(*t));

	if (!t)
		return ENOMEM;
	t->max = payload_max && payload_max < TPKT_PAYLOAD_MAX
			 ? payload_max
			 : TPKT_PAYLOAD_MAX;
	*tp = t;

	return 0;
}


void tpkt_free(struct tpkt *t)
{
	if (!t)
		return;

	free(t->body);
	free(t);
}


static int head_read(const struct tpkt *t, const uint8_t *head, size_t *len)
{
	struct wire w;
	size_t all;

	wire_read(&w, head, TPKT_HEADER);
	if (wire_u8(&w) != VERSION)
		return EBADMSG;
	wire_skip(&w, 1);
	all = wire_u16(&w);
	if (all < TPKT_HEADER)
		return EBADMSG;
	*len = all - TPKT_HEADER;

	return *len > t->max ? EMSGSIZE : 0;
}


/* as much of a piece as the message under way needs; *used of it */
static int go_on(struct tpkt *t, const uint8_t *p, size_t len, size_t *used,
		 tpkt_h *h, void *arg)
{
	uint8_t *body = t->body;
	size_t n      = t->need - t->have;
	int err;

	if (n > len)
		n = len;
	memcpy(body + t->have, p, n);
	t->have += n;
	*used = n;
	if (t->have < t->need)
		return 0;

	t->body	   = NULL;
	t->headlen = 0;
	err	   = h(body, t->need, arg);
	free(body);

	return err;
}


/* a message's beginning at p */
static int begin(struct tpkt *t, const uint8_t *p, size_t len, size_t *used,
		 tpkt_h *h, void *arg)
{
	size_t n = TPKT_HEADER - t->headlen, body;
	int err;

	if (n > len)
		n = len;
	memcpy(t->head + t->headlen, p, n);
	t->headlen += n;
	*used = n;
	if (t->headlen < TPKT_HEADER)
		return 0;

	err = head_read(t, t->head, &body);
	if (err)
		return err;
	if (body <= len - n) {
		t->headlen = 0;
		*used	   = n + body;
		return h(p + n, body, arg);
	}

	t->body = malloc(body);
	if (!t->body)
		return ENOMEM;
	t->need = body;
	t->have = 0;

	return 0;
}


/**
 * Octets came in
 *
 * @param t   Reader
 * @param p   Octets
 * @param len How many
 * @param h   Gets each whole message
 * @param arg For it
 *
 * @return 0; EBADMSG: this is no TPKT; EMSGSIZE: a message is longer than may
 *         be; ENOMEM; what h returned. After an error it stays with it
 */
int tpkt_feed(struct tpkt *t, const uint8_t *p, size_t len, tpkt_h *h,
	      void *arg)
{
	size_t used;

	while (!t->err && len) {
		t->err = t->body ? go_on(t, p, len, &used, h, arg)
				 : begin(t, p, len, &used, h, arg);
		if (t->err)
			break;
		p += used;
		len -= used;
	}

	return t->err;
}


/** Octets of a message that is not whole */
size_t tpkt_pending(const struct tpkt *t)
{
	return t->headlen + (t->body ? t->have : 0);
}


/** The header of a message of so many octets; 0 or EMSGSIZE */
int tpkt_header(uint8_t head[TPKT_HEADER], size_t payload)
{
	struct wire w;

	if (payload > TPKT_PAYLOAD_MAX)
		return EMSGSIZE;
	wire_write(&w, head, TPKT_HEADER);
	wire_put_u8(&w, VERSION);
	wire_put_u8(&w, 0);
	wire_put_u16(&w, (uint16_t)(payload + TPKT_HEADER));

	return 0;
}
