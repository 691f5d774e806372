/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file rpc/line.h  Octets as they come in, lines as they are complete
 *
 * Internal to lib/rpc. Memory is malloc's; grows to RPC_LINE_MAX and no more.
 */
#ifndef POSTERN_RPC_LINE_H
#define POSTERN_RPC_LINE_H

#include <stdbool.h>
#include <stddef.h>

struct rpc_linebuf {
	char *buf;
	size_t size, start, end;
	size_t scanned; /**< no newline before this place */
};

void rpc_linebuf_reset(struct rpc_linebuf *lb);
int rpc_linebuf_space(struct rpc_linebuf *lb, char **p, size_t *n);
void rpc_linebuf_fill(struct rpc_linebuf *lb, size_t n);
bool rpc_linebuf_next(struct rpc_linebuf *lb, const char **line, size_t *len);

#endif
