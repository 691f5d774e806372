/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sip_frame.c  SIP messages in a stream (RFC 3261 §18.3)
 *
 * Headers to an empty line, then as much as their Content-Length says; between
 * messages, CRLFs. What could be no message is refused at its first line. No
 * sockets. Owns the message that has begun, and no memory between messages.
 */
#include "rpc/libre.h"
#include <errno.h>
#include <string.h>
#include "sip_frame.h"
#include "sip_head.h"


enum {
	SIZE_MIN       = 2048,
	FIRST_LINE_MAX = 8192,
};

struct sip_frame {
	uint8_t *buf;
	size_t len, size;
	size_t scanned; /* up to there the headers don't end */
	size_t total;	/* of the message; 0: its headers go on */
	bool first;	/* its first line is there */
	bool cr;	/* between messages: CR, what comes next? */
	unsigned crlfs; /* in a row, between messages */
};


static void sip_frame_destructor(void *arg)
{
	struct sip_frame *f = arg;

	mem_deref(f->buf);
}


static void begin_anew(struct sip_frame *f)
{
	const struct sip_frame none = {0};

	mem_deref(f->buf);
	*f = none;
}


static int room_for(struct sip_frame *f, size_t n)
{
	size_t size = f->size ? f->size : SIZE_MIN;
	uint8_t *p;

	while (size < f->len + n)
		size *= 2;
	if (size == f->size)
		return 0;
	p = mem_realloc(f->buf, size);
	if (!p && f->buf)
		return ENOMEM;
	if (!p)
		p = mem_alloc(size, NULL);
	if (!p)
		return ENOMEM;
	f->buf	= p;
	f->size = size;

	return 0;
}


/* CRLF CRLF is a question, CRLF alone the answer to one */
static int between(struct sip_frame *f, uint8_t c,
		   const struct sip_frame_handlers *h, void *arg)
{
	const bool cr = f->cr;

	f->cr = c == '\r';
	if (c == '\r')
		return cr ? EBADMSG : 0;
	if (!cr)
		return EBADMSG;
	if (++f->crlfs == 2) {
		f->crlfs = 0;
		h->pingh(arg);
	}

	return 0;
}


/* do the headers end between what was looked through and the end? */
static bool headers_end(struct sip_frame *f)
{
	size_t i = f->scanned;

	for (; i < f->len; i++) {
		const uint8_t *p = f->buf + i;

		if (*p == '\n' && i >= 1 &&
		    (p[-1] == '\n' ||
		     (i >= 2 && p[-1] == '\r' && p[-2] == '\n')))
			return true;
	}
	f->scanned = f->len;

	return false;
}


/* how much of what came is looked at before the message is judged again */
static int judge(struct sip_frame *f)
{
	struct sip_head h;
	int err;

	if (!f->first) {
		err = sip_head_begin(f->buf, f->len);
		if (err == EAGAIN && f->len > FIRST_LINE_MAX)
			return EMSGSIZE;
		if (err)
			return err;
		f->first = true;
	}
	if (!headers_end(f))
		return f->len >= SIP_MESSAGE_MAX ? EMSGSIZE : EAGAIN;
	err = sip_head_decode(&h, f->buf, f->len);
	if (err)
		return err == EAGAIN ? EBADMSG : err;
	f->total = h.len + h.body;

	return 0;
}


static int deliver(struct sip_frame *f, const struct sip_frame_handlers *h,
		   void *arg)
{
	uint8_t *buf	   = f->buf;
	const size_t total = f->total;
	int err;

	f->buf = NULL;
	begin_anew(f);
	err = h->messageh(buf, total, arg);
	mem_deref(buf);

	return err;
}


/* as much of what came as belongs to the message that has begun; what comes
 * after its headers, but isn't its own, goes back */
static int take(struct sip_frame *f, const uint8_t *p, size_t len,
		size_t *taken)
{
	const size_t most = f->total ? f->total - f->len
				     : SIP_MESSAGE_MAX + 1 - f->len;
	const size_t n	  = len < most ? len : most;
	int err		  = room_for(f, n);

	if (err)
		return err;
	memcpy(f->buf + f->len, p, n);
	f->len += n;
	*taken = n;
	if (f->total)
		return 0;
	err = judge(f);
	if (err)
		return err == EAGAIN ? 0 : err;
	if (f->len > f->total) {
		*taken -= f->len - f->total;
		f->len = f->total;
	}

	return 0;
}


/**
 * Take what came
 *
 * @param f   Stream
 * @param p   Octets
 * @param len How many
 * @param h   Get what is in them; the stream must live through that
 * @param arg Their argument
 *
 * @return 0; EBADMSG, EMSGSIZE, ENOMEM: this stream can't go on; or what the
 *         handler said
 */
int sip_frame_input(struct sip_frame *f, const uint8_t *p, size_t len,
		    const struct sip_frame_handlers *h, void *arg)
{
	int err = 0;

	while (len && !err) {
		size_t n = 1;

		if (!f->len && (*p == '\r' || *p == '\n')) {
			err = between(f, *p, h, arg);
		} else if (!f->len && (f->cr || !sip_head_token(*p))) {
			err = EBADMSG;
		} else {
			err = take(f, p, len, &n);
			if (!err && f->total && f->len == f->total)
				err = deliver(f, h, arg);
		}
		p += n;
		len -= n;
	}

	return err;
}


/** A message has begun and is not all there */
bool sip_frame_begun(const struct sip_frame *f)
{
	return f->len > 0;
}


/**
 * @param fp Result; mem_deref() it
 *
 * @return 0 or ENOMEM
 */
int sip_frame_alloc(struct sip_frame **fp)
{
	*fp = mem_zalloc(sizeof(**fp), sip_frame_destructor);

	return *fp ? 0 : ENOMEM;
}
