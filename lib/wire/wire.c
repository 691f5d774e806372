/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file wire.c  One cursor for reading and writing octets
 */
#include <string.h>
#include "wire/wire.h"


/** Read size octets at p */
void wire_read(struct wire *w, const void *p, size_t size)
{
	*w = (struct wire){.p = p, .size = size};
}


/** Write into size octets at p */
void wire_write(struct wire *w, void *p, size_t size)
{
	*w = (struct wire){.p = p, .w = p, .size = size};
}


bool wire_error(const struct wire *w)
{
	return w->failed;
}


/** What was read makes no sense: as if it had ended */
void wire_fail(struct wire *w)
{
	w->failed = true;
}


size_t wire_tell(const struct wire *w)
{
	return w->pos;
}


/** Octets ahead; 0 after an error */
size_t wire_left(const struct wire *w)
{
	return w->failed ? 0 : w->size - w->pos;
}


/** Go to an octet that was passed, or the end of the next one's room */
void wire_seek(struct wire *w, size_t pos)
{
	if (pos > w->size)
		w->failed = true;
	else if (!w->failed)
		w->pos = pos;
}


/* the next n octets, passed; NULL: there are not so many */
static const uint8_t *take(struct wire *w, size_t n)
{
	const uint8_t *p;

	if (w->failed || n > w->size - w->pos) {
		w->failed = true;
		return NULL;
	}
	p = w->p + w->pos;
	w->pos += n;

	return p;
}


void wire_skip(struct wire *w, size_t n)
{
	(void)take(w, n);
}


static uint64_t number(struct wire *w, unsigned octets)
{
	const uint8_t *p = take(w, octets);
	uint64_t v	 = 0;

	for (unsigned i = 0; p && i < octets; i++)
		v = v << 8 | p[i];

	return v;
}


uint8_t wire_u8(struct wire *w)
{
	return (uint8_t)number(w, 1);
}


uint16_t wire_u16(struct wire *w)
{
	return (uint16_t)number(w, 2);
}


uint32_t wire_u24(struct wire *w)
{
	return (uint32_t)number(w, 3);
}


uint32_t wire_u32(struct wire *w)
{
	return (uint32_t)number(w, 4);
}


uint64_t wire_u64(struct wire *w)
{
	return number(w, 8);
}


const uint8_t *wire_octets(struct wire *w, size_t n)
{
	return take(w, n);
}


struct wire wire_sub(struct wire *w, size_t n)
{
	const uint8_t *p = take(w, n);
	struct wire sub;

	wire_read(&sub, p, p ? n : 0);
	sub.failed = !p;

	return sub;
}


static void put_number(struct wire *w, uint64_t v, unsigned octets)
{
	uint8_t b[8];

	for (unsigned i = 0; i < octets; i++)
		b[i] = (uint8_t)(v >> 8 * (octets - 1 - i));
	wire_put(w, b, octets);
}


void wire_put_u8(struct wire *w, uint8_t v)
{
	put_number(w, v, 1);
}


void wire_put_u16(struct wire *w, uint16_t v)
{
	put_number(w, v, 2);
}


void wire_put_u24(struct wire *w, uint32_t v)
{
	put_number(w, v, 3);
}


void wire_put_u32(struct wire *w, uint32_t v)
{
	put_number(w, v, 4);
}


void wire_put_u64(struct wire *w, uint64_t v)
{
	put_number(w, v, 8);
}


/** Write n octets; a reader, and a room that is too small, fail */
void wire_put(struct wire *w, const void *p, size_t n)
{
	const size_t at = w->pos;

	if (!w->w)
		w->failed = true;
	if (take(w, n) && n)
		memcpy(w->w + at, p, n);
}
