/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/tunnel: what an agent sends, whatever it is: two octets say how it is cut
 * into pieces, the first of the rest how channels are dealt with. What comes in
 * by a channel is sent back on it.
 */
#include <stdint.h>
#include <stdlib.h>
#include "rpc/libre.h"
#include "tunnel/frame.h"
#include "tunnel/tunnel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


struct world {
	struct tunnel *t;
	uint8_t mode;
	bool ended;
};


static void on_recv(struct channel *ch, const uint8_t *p, size_t len,
		    void *arg)
{
	struct world *w = arg;

	(void)channel_send(ch, p, len);
	if (w->mode & 1)
		channel_consumed(ch, len);
	if (w->mode & 2 && len == 7)
		channel_reset(ch, TUNNEL_SHUTDOWN);
	if (w->mode & 4 && len == 9)
		channel_fin(ch);
}


static void on_fin(struct channel *ch, void *arg)
{
	(void)arg;
	channel_fin(ch);
}


static const struct channel_handlers handlers = {
	.recvh = on_recv,
	.finh  = on_fin,
};


static void on_open(struct tunnel *t, struct channel *ch, const char *what,
		    size_t len, void *arg)
{
	(void)t;
	(void)what;

	if (len == 3)
		channel_reset(ch, TUNNEL_REFUSED);
	else
		(void)channel_accept(ch, &handlers, arg);
}


static void on_end(struct tunnel *t, enum tunnel_reason why, void *arg)
{
	struct world *w = arg;
	(void)t;
	(void)why;

	if (w->ended)
		abort();
	w->ended = true;
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct tunnel_handlers th = {
		.openh = on_open,
		.endh  = on_end,
	};
	static uint8_t out[2 * FRAME_MAX];
	struct world w = {0};
	size_t chunk, at = 3;

	if (size < 4)
		return 0;
	chunk  = 1u + data[0] + (size_t)data[1] * 64;
	w.mode = data[2];

	if (tunnel_alloc(&w.t, TUNNEL_SERVER, &th, &w))
		return 0;
	(void)tunnel_control(w.t, &handlers, &w);
	(void)tunnel_attach(w.t, 0);

	while (at < size) {
		size_t n = chunk < size - at ? chunk : size - at;
		int err	 = tunnel_input(w.t, data + at, n);

		if (err && !w.ended)
			abort();
		if (w.mode & 8)
			(void)tunnel_output(w.t, out, sizeof(out));
		at += n;
	}
	(void)tunnel_output(w.t, out, sizeof(out));
	mem_deref(w.t);

	return 0;
}
