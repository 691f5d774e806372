/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file frame.c  The frames' header, and what a header may say
 */
#include <errno.h>
#include "tunnel/frame.h"


uint16_t frame_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}


uint32_t frame_u32(const uint8_t *p)
{
	return (uint32_t)frame_u16(p) << 16 | frame_u16(p + 2);
}


uint64_t frame_u64(const uint8_t *p)
{
	return (uint64_t)frame_u32(p) << 32 | frame_u32(p + 4);
}


void frame_u16_put(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}


void frame_u32_put(uint8_t *p, uint32_t v)
{
	frame_u16_put(p, (uint16_t)(v >> 16));
	frame_u16_put(p + 2, (uint16_t)v);
}


void frame_u64_put(uint8_t *p, uint64_t v)
{
	frame_u32_put(p, (uint32_t)(v >> 32));
	frame_u32_put(p + 4, (uint32_t)v);
}


bool frame_of_channel(const struct frame *f)
{
	return f->type >= FRAME_OPEN;
}


/* the least and the most a payload of this type has; max 0: no such type */
static void limits(uint8_t type, size_t *min, size_t *max)
{
	*min = 0;
	*max = 0;

	switch (type) {

	case FRAME_HELLO:
	case FRAME_WELCOME:
	case FRAME_REFUSE:
		*min = 2;
		*max = FRAME_HELLO_MAX;
		break;
	case FRAME_ACK:
	case FRAME_PING:
	case FRAME_PONG:
		*min = *max = 8;
		break;
	case FRAME_GOAWAY:
	case FRAME_RESET:
		*min = *max = 2;
		break;
	case FRAME_DATAGRAM:
		*min = 1;
		*max = FRAME_DATAGRAM_MAX;
		break;
	case FRAME_OPEN:
		*min = 5;
		*max = FRAME_HELLO_MAX;
		break;
	case FRAME_ACCEPT:
	case FRAME_CREDIT:
		*min = *max = 4;
		break;
	case FRAME_DATA:
		*min = 0;
		*max = FRAME_PAYLOAD_MAX;
		break;
	}
}


/**
 * Read a frame's header
 *
 * @param f   Result
 * @param p   Octets
 * @param len How many are there
 *
 * @return 0; EAGAIN: more octets are needed; EBADMSG: no frame begins like this
 */
int frame_decode(struct frame *f, const uint8_t *p, size_t len)
{
	size_t min, max;

	if (len < FRAME_HEADER)
		return EAGAIN;

	f->length  = frame_u16(p);
	f->type	   = p[2];
	f->flags   = p[3];
	f->channel = frame_u32(p + 4);

	if (f->type == FRAME_FIN)
		return f->length || f->flags ? EBADMSG : 0;

	limits(f->type, &min, &max);
	if (!max || f->length < min || f->length > max)
		return EBADMSG;
	if (f->flags & ~(f->type == FRAME_DATA ? FRAME_MORE : 0))
		return EBADMSG;
	if (!frame_of_channel(f) && f->channel)
		return EBADMSG;

	return 0;
}


/** Write a frame's header */
void frame_encode(uint8_t p[FRAME_HEADER], const struct frame *f)
{
	frame_u16_put(p, f->length);
	p[2] = f->type;
	p[3] = f->flags;
	frame_u32_put(p + 4, f->channel);
}
