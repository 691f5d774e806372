/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file rpc/line.c  Octets as they come in, lines as they are complete
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "rpc/rpc.h"
#include "rpc/line.h"

enum { LINE_START = 4096 };


/** Frees everything; the buffer may be used again */
void rpc_linebuf_reset(struct rpc_linebuf *lb)
{
	free(lb->buf);
	memset(lb, 0, sizeof(*lb));
}


/**
 * Room to read into
 *
 * @return 0, E2BIG when a line is longer than RPC_LINE_MAX, ENOMEM
 */
int rpc_linebuf_space(struct rpc_linebuf *lb, char **p, size_t *n)
{
	if (lb->start) {
		memmove(lb->buf, lb->buf + lb->start, lb->end - lb->start);
		lb->end -= lb->start;
		lb->scanned -= lb->start;
		lb->start = 0;
	}

	if (lb->end == lb->size) {
		size_t size = lb->size ? 2 * lb->size : LINE_START;
		char *buf;

		if (lb->size >= RPC_LINE_MAX)
			return E2BIG;
		buf = realloc(lb->buf, size);
		if (!buf)
			return ENOMEM;
		lb->buf = buf;
		lb->size = size;
	}

	*p = lb->buf + lb->end;
	*n = lb->size - lb->end;
	return 0;
}


/** n octets were read into the room */
void rpc_linebuf_fill(struct rpc_linebuf *lb, size_t n)
{
	lb->end += n;
}


/**
 * The next whole line, without its newline; valid until the next call of
 * rpc_linebuf_space(). Empty lines are passed over.
 */
bool rpc_linebuf_next(struct rpc_linebuf *lb, const char **line, size_t *len)
{
	while (lb->scanned < lb->end) {
		const char *nl = memchr(lb->buf + lb->scanned, '\n',
					lb->end - lb->scanned);
		if (!nl) {
			lb->scanned = lb->end;
			return false;
		}

		*line = lb->buf + lb->start;
		*len = (size_t)(nl - *line);
		lb->start = lb->scanned = (size_t)(nl - lb->buf) + 1;
		if (*len)
			return true;
	}

	return false;
}
