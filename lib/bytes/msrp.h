/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file msrp.h  MSRP between parties that were told other addresses
 *
 * RFC 4975: To-Path and From-Path repeat what the parties' a=path said. Where a
 * relay stands in a=path, it must stand there, too, and the party's own address
 * where the party looks for that. Nothing else is changed or needed.
 */
#ifndef POSTERN_BYTES_MSRP_H
#define POSTERN_BYTES_MSRP_H

#include <stddef.h>
#include <stdint.h>

struct mbuf;

enum {
	MSRP_HOST_MAX = 255,  /**< of host and port, in text */
	MSRP_LINE_MAX = 2048, /**< longer ones pass as they are */
	MSRP_ID_MAX   = 32,   /**< transaction (RFC 4975 §9) */
};

struct msrp;

int msrp_alloc(struct msrp **mp, const char *to, const char *from);
int msrp_pass(struct msrp *m, struct mbuf *out, const uint8_t *p, size_t len);
int msrp_flush(struct msrp *m, struct mbuf *out);

#endif
