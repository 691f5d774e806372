/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file wire.h  One cursor for reading and writing octets, with a sticky error
 *
 * After the first step too far nothing is read or written any more: readers
 * give zero, writers do nothing, and wire_error() says so. So a parser asks
 * once, at its end. Numbers are big-endian. Knows nobody, owns nothing.
 */
#ifndef POSTERN_WIRE_H
#define POSTERN_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire {
	const uint8_t *p; /**< what is read, or written so far */
	uint8_t *w;	  /**< the same, to be written; NULL: a reader */
	size_t size;
	size_t pos;
	bool failed;
};

void wire_read(struct wire *w, const void *p, size_t size);
void wire_write(struct wire *w, void *p, size_t size);

bool wire_error(const struct wire *w);
void wire_fail(struct wire *w);
size_t wire_tell(const struct wire *w);
size_t wire_left(const struct wire *w);
void wire_seek(struct wire *w, size_t pos);
void wire_skip(struct wire *w, size_t n);

uint8_t wire_u8(struct wire *w);
uint16_t wire_u16(struct wire *w);
uint32_t wire_u24(struct wire *w);
uint32_t wire_u32(struct wire *w);
uint64_t wire_u64(struct wire *w);
/* n octets in place, or NULL */
const uint8_t *wire_octets(struct wire *w, size_t n);
/* a cursor over the next n octets, which are skipped here */
struct wire wire_sub(struct wire *w, size_t n);

void wire_put_u8(struct wire *w, uint8_t v);
void wire_put_u16(struct wire *w, uint16_t v);
void wire_put_u24(struct wire *w, uint32_t v);
void wire_put_u32(struct wire *w, uint32_t v);
void wire_put_u64(struct wire *w, uint64_t v);
void wire_put(struct wire *w, const void *p, size_t n);

#endif
