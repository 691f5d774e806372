/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file link_carry.c  What a link carries: a tunnel, or datagrams
 *
 * Owns the reference to it, and the clock that asks for signs of life.
 */
#include "tunnel/link_priv.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>


enum {
	TICK_MS	  = 500,
	CHUNK	  = 2 * FRAME_MAX,
	DEAD_MORE = 1000, /* ms after two signs of life that did not come */
	TOS_MEDIA = 46 << 2, /* expedited forwarding */
	WAIT_MS	  = 10,	     /* before it is looked again whether there is
			      * room */
};


void link_let_go(struct link *l)
{
	if (l->cargo && l->cargo->leave)
		l->cargo->leave(l->carried);
	l->cargo   = NULL;
	l->carried = mem_deref(l->carried);
	tmr_cancel(&l->wait);
}


static void on_wait(void *arg);


/** Send what the tunnel has to say, or what datagrams wait */
void link_flush(struct link *l)
{
	uint8_t buf[CHUNK];
	size_t n;

	if (l->state != LINK_CARRYING)
		return;
	if (l->busy) {
		l->again = true;
		return;
	}

	mem_ref(l);
	l->busy = true;
	do {
		l->again = false;
		if (link_put_rest(l))
			break;
		while (l->state == LINK_CARRYING &&
		       (n = l->cargo->output(l->carried, buf, sizeof(buf)))) {
			if (link_put(l, buf, n))
				break;
		}
	} while (l->again && l->state == LINK_CARRYING && !l->out);
	l->busy = false;
	if (l->state == LINK_CARRYING && !l->out)
		link_listen(l, FD_READ);
	if (l->state == LINK_CARRYING && !l->out && l->cargo->waits &&
	    l->cargo->waits(l->carried))
		tmr_start(&l->wait, WAIT_MS, on_wait, l);
	mem_deref(l);
}


static void on_wait(void *arg)
{
	link_flush(arg);
}


void link_input_cargo(struct link *l, const uint8_t *p, size_t len)
{
	int err = l->cargo->input(l->carried, p, len);

	if (err && l->state == LINK_CARRYING)
		link_fail(l, err, err == ENOTCONN ? "the tunnel has ended"
					     : "the other end broke the "
					       "tunnel's rules");
}


static void on_tick(void *arg)
{
	struct link *l = arg;
	const uint64_t now = tmr_jiffies();
	bool ping;

	tmr_start(&l->tmr, TICK_MS, on_tick, l);
	if (now - l->heard > 2 * (uint64_t)l->keepalive + DEAD_MORE) {
		link_fail(l, ETIMEDOUT, "no sign of life");
		return;
	}
	ping = now - l->pinged >= l->keepalive;
	if (ping)
		l->pinged = now;
	mem_ref(l);
	l->cargo->tick(l->carried, ping, now);
	link_flush(l);
	mem_deref(l);
}


static void carry(struct link *l, const struct cargo *cargo, void *carried,
		  uint32_t keepalive)
{
	l->cargo     = cargo;
	l->carried   = mem_ref(carried);
	l->state     = LINK_CARRYING;
	l->keepalive = keepalive < LINK_KEEPALIVE_MS ? keepalive
						     : LINK_KEEPALIVE_MS;
	l->heard = l->pinged = tmr_jiffies();
	tmr_start(&l->tmr, TICK_MS, on_tick, l);
	link_flush(l);
}


/**
 * Carry a tunnel from now on
 *
 * @param l             Link that has greeted
 * @param t             Tunnel; detached from any other link by its owner
 * @param peer_received What the other end has received of it
 * @param keepalive     ms between signs of life; more than LINK_KEEPALIVE_MS is
 *                      not waited, so that a dead path is noticed in 10 s
 *
 * @return 0; EPROTO: the other end talks of another tunnel
 */
int link_carry(struct link *l, struct tunnel *t, uint64_t peer_received,
	       uint32_t keepalive)
{
	int err;

	if (l->state != LINK_GREETING)
		return ENOTCONN;
	err = tunnel_attach(t, peer_received);
	if (err)
		return err;

	carry(l, &cargo_tunnel, t, keepalive);

	return 0;
}


/* Small packets that nobody wants late: without the pauses that grow (tcp(7)),
 * and as media over UDP are marked */
static void hasten(int fd)
{
	const int on = 1, tos = TOS_MEDIA;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, &on,
			 sizeof(on));
	(void)setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
	(void)setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos));
}


/**
 * Carry datagrams from now on
 *
 * @param l         Link that has greeted
 * @param d         Datagrams
 * @param keepalive ms between signs of life
 *
 * @return 0 or ENOTCONN
 */
int link_carry_datagrams(struct link *l, struct datagrams *d,
			 uint32_t keepalive)
{
	if (l->state != LINK_GREETING)
		return ENOTCONN;
	hasten(l->fd);
	carry(l, &cargo_datagrams, d, keepalive);

	return 0;
}
