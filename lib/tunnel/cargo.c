/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file cargo.c  What a link carries: a tunnel, or datagrams
 */
#include "rpc/libre.h"
#include "tunnel/cargo.h"
#include "tunnel/datagrams.h"
#include "tunnel/tunnel.h"


static int in_tunnel(void *t, const uint8_t *p, size_t len)
{
	return tunnel_input(t, p, len);
}


static size_t out_tunnel(void *t, uint8_t *p, size_t size)
{
	return tunnel_output(t, p, size);
}


static void tick_tunnel(void *t, bool ping, uint64_t now)
{
	tunnel_ack(t);
	if (ping)
		tunnel_ping(t, now);
}


static void leave_tunnel(void *t)
{
	tunnel_detach(t);
}


const struct cargo cargo_tunnel = {
	.input	= in_tunnel,
	.output = out_tunnel,
	.tick	= tick_tunnel,
	.leave	= leave_tunnel,
};


static int in_datagrams(void *d, const uint8_t *p, size_t len)
{
	return datagrams_input(d, p, len, tmr_jiffies());
}


static size_t out_datagrams(void *d, uint8_t *p, size_t size)
{
	return datagrams_output(d, p, size, tmr_jiffies());
}


static void tick_datagrams(void *d, bool ping, uint64_t now)
{
	if (ping)
		datagrams_ping(d, now);
}


static bool wait_datagrams(const void *d)
{
	return datagrams_waiting(d) != 0;
}


const struct cargo cargo_datagrams = {
	.input	= in_datagrams,
	.output = out_datagrams,
	.tick	= tick_datagrams,
	.waits	= wait_datagrams,
};
