/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file stock.c  Pairs of sockets opened ahead, so that a call needn't wait
 *
 * A few pairs of each interface lie ready, bound and with its DSCP; what was
 * taken is replaced when the loop has nothing else to do. They count as free:
 * where ports are short there is no stock. Owns the pairs in it.
 */
#include <errno.h>
#include <unistd.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/socket.h>
#include "iface.h"
#include "stock.h"


enum {
	STOCK	  = 64,	 /* pairs */
	REFILL_MS = 5,
	AT_ONCE	  = 16,	 /* opened without a look at the loop */
	DRAIN_MAX = 1024, /* datagrams, more than a buffer holds */
	PLENTY	  = 8,	 /* times the stock must be free to keep one */
};

struct pair {
	uint16_t port;
	int fd[2];
};

struct stock {
	struct iface *ifc; /* whose it is */
	struct tmr tmr;
	struct pair v[STOCK];
	uint32_t n;
};


/** Set what packets of a socket are marked with */
void stock_dscp_set(int fd, int af, uint8_t dscp)
{
	const int tos = dscp << 2;

	if (af == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos,
				 sizeof(tos));
	else
		(void)setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
}


/** Whether another socket may be bound to the same port */
void stock_reuse_set(int fd, bool on)
{
	const int v = on;

	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &v, sizeof(v));
}


/**
 * A socket for media
 *
 * @param fdp    Result
 * @param local  Address and port
 * @param dscp   0..63
 * @param shared Another one may be on this port, now
 *
 * @return 0 or an errno
 */
int stock_socket(int *fdp, const struct addr *local, uint8_t dscp, bool shared)
{
	const int af = addr_family(local), on = 1;
	const int fd = socket(af, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			      0);
	int err;

	if (fd < 0)
		return errno;

	if (af == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on,
				 sizeof(on));
	if (shared)
		stock_reuse_set(fd, true);
	if (bind(fd, &local->u.sa, addr_socklen(local)) < 0) {
		err = errno;
		(void)close(fd);
		return err;
	}
	if (dscp)
		stock_dscp_set(fd, af, dscp);
	*fdp = fd;

	return 0;
}


static int pair_open(struct stock *s, struct pair *p)
{
	struct addr a = s->ifc->address;
	int err;

	err = ports_take(s->ifc->ports, &p->port);
	if (err)
		return err;

	addr_set_port(&a, p->port);
	err = stock_socket(&p->fd[0], &a, s->ifc->dscp, false);
	if (!err) {
		addr_set_port(&a, (uint16_t)(p->port + 1));
		err = stock_socket(&p->fd[1], &a, s->ifc->dscp, false);
		if (err)
			(void)close(p->fd[0]);
	}
	if (err)
		ports_give(s->ifc->ports, p->port);

	return err;
}


static void refill(void *arg)
{
	struct stock *s = arg;
	unsigned i;

	for (i = 0; i < AT_ONCE && s->n < STOCK; i++) {
		if (ports_free(s->ifc->ports) < PLENTY * STOCK ||
		    pair_open(s, &s->v[s->n]))
			return;
		++s->n;
	}
	if (s->n < STOCK)
		tmr_start(&s->tmr, REFILL_MS, refill, s);
}


static void destructor(void *arg)
{
	struct stock *s = arg;

	tmr_cancel(&s->tmr);
	while (s->n) {
		const struct pair *p = &s->v[--s->n];

		(void)close(p->fd[0]);
		(void)close(p->fd[1]);
		ports_give(s->ifc->ports, p->port);
	}
}


/**
 * Keep a stock for an interface
 *
 * @param sp  Result; mem_deref() it before the interface
 * @param ifc Interface
 *
 * @return 0 or ENOMEM
 */
int stock_alloc(struct stock **sp, struct iface *ifc)
{
	struct stock *s = mem_zalloc(sizeof(*s), destructor);

	if (!s)
		return ENOMEM;

	s->ifc = ifc;
	tmr_start(&s->tmr, REFILL_MS, refill, s);
	*sp = s;

	return 0;
}


/* What came before there was a call is nobody's */
static void empty(int fd)
{
	char c;
	unsigned i;

	for (i = 0; i < DRAIN_MAX; i++) {
		if (recv(fd, &c, sizeof(c), MSG_DONTWAIT) < 0)
			return;
	}
}


static void give(struct stock *s, uint32_t i, uint16_t *port, int fd[2])
{
	empty(s->v[i].fd[0]);
	empty(s->v[i].fd[1]);
	*port	= s->v[i].port;
	fd[0]	= s->v[i].fd[0];
	fd[1]	= s->v[i].fd[1];
	s->v[i] = s->v[--s->n];

	if (!tmr_isrunning(&s->tmr))
		tmr_start(&s->tmr, REFILL_MS, refill, s);
}


/**
 * Take a pair
 *
 * @param s    Stock, NULL: there is none
 * @param port Result: its even port, taken from the interface's
 * @param fd   Result: its sockets, the caller's from now on
 *
 * @return false if there is none left
 */
bool stock_take(struct stock *s, uint16_t *port, int fd[2])
{
	if (!s || !s->n)
		return false;

	/* the order they lie in is the pool's, and that is random */
	give(s, s->n - 1, port, fd);

	return true;
}


/** stock_take() of a certain pair; false if it isn't among them */
bool stock_take_exact(struct stock *s, uint16_t port, int fd[2])
{
	uint32_t i;

	for (i = 0; s && i < s->n; i++) {
		if (s->v[i].port == port) {
			give(s, i, &port, fd);
			return true;
		}
	}

	return false;
}


/** @return Pairs that lie ready */
uint32_t stock_count(const struct stock *s)
{
	return s ? s->n : 0;
}
