/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file control_pipe.h  What is said on a control channel, to whom it is said
 *
 * Two tunnels joined in memory: lines go in as messages at one end, and come to
 * the other's handler as in the programs.
 */
#ifndef POSTERN_FUZZ_CONTROL_PIPE_H
#define POSTERN_FUZZ_CONTROL_PIPE_H

#include <stdlib.h>
#include <string.h>
#include "log/log.h"
#include "tunnel/control.h"
#include "tunnel/frame.h"
#include "tunnel/tunnel.h"

enum {
	PIPE_LINES_MAX = 64,
};

struct control_pipe {
	struct tunnel *t[2];
	struct control *control; /* of t[1] */
	struct channel *mouth;	 /* of t[0] */
};


static inline void pipe_check(bool good)
{
	if (!good)
		abort();
}


/** Nothing is logged */
static inline void pipe_log(enum log_level level, const char *room,
			    const char *line, void *arg)
{
	(void)level;
	(void)room;
	(void)line;
	(void)arg;
}


static inline void pipe_recv(struct channel *ch, const uint8_t *p, size_t len,
			     void *arg)
{
	(void)p;
	(void)arg;
	channel_consumed(ch, len);
}


static inline void pipe_open(struct control_pipe *c, control_request_h *h,
			     void *arg)
{
	static const struct tunnel_handlers th	= {0};
	static const struct channel_handlers ch = {.recvh = pipe_recv};

	for (int i = 0; i < 2; i++)
		pipe_check(!tunnel_alloc(&c->t[i], (enum tunnel_side)i, &th,
					 NULL));
	for (int i = 0; i < 2; i++)
		pipe_check(!tunnel_attach(c->t[i], 0));
	c->mouth = tunnel_control(c->t[0], &ch, NULL);
	pipe_check(!control_alloc(&c->control, c->t[1], h, arg));
}


static inline void pipe_run(struct control_pipe *c)
{
	uint8_t buf[FRAME_MAX];
	bool more = true;

	while (more) {
		more = false;
		for (int i = 0; i < 2; i++) {
			size_t n = tunnel_output(c->t[i], buf, sizeof(buf));

			if (n)
				pipe_check(!tunnel_input(c->t[1 - i], buf, n));
			more |= n > 0;
		}
	}
}


static inline void pipe_say(struct control_pipe *c, const char *p, size_t len)
{
	if (!channel_send(c->mouth, (const uint8_t *)p, len))
		pipe_run(c);
}


static inline void pipe_close(struct control_pipe *c)
{
	mem_deref(c->control);
	for (int i = 0; i < 2; i++)
		mem_deref(c->t[i]);
}


/** The line at *p of what ends at end, which *p then stands behind */
static inline size_t pipe_line(const char **p, const char *end,
			       const char **line)
{
	const char *nl = memchr(*p, '\n', (size_t)(end - *p));

	*line = *p;
	*p    = nl ? nl + 1 : end;

	return (size_t)((nl ? nl : end) - *line);
}

#endif
