/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file leg_sock.c  A leg's sockets
 *
 * A component has one socket until its source is learnt. Then that socket is
 * connected to the source, which spares the kernel the look-up of a route for
 * each packet, and a second one on the same port, the catcher, gets what
 * others send; the latch is asked about both. Where descriptors become short
 * there are no more catchers: what is left is for calls to come. Owns the
 * sockets.
 */
#include <errno.h>
#include <unistd.h>
#include <sys/socket.h>
#include "forward.h"
#include "leg_sock.h"
#include "relay.h"
#include "uring.h"


enum {
	FDS_KEPT = 4, /* of descriptors, the share no catcher gets */
};


static void sock_init(struct leg_sock *sk, struct leg *leg,
		      enum latch_component component)
{
	sk->leg		   = leg;
	sk->component	   = component;
	sk->connected = sk->sure = sk->large = false;
	sk->watch.readable = forward_readable;
	sk->watch.worker   = NULL;
	sk->watch.slot	   = 0;
	sk->watch.fd	   = -1;
}


/* No SO_REUSEADDR that stays: it would let another process sit on a live port,
 * and a killed relay's ports are free as soon as the kernel has closed them */
static int sock_open(struct leg_sock *sk, struct leg *leg,
		     enum latch_component component, bool shared)
{
	struct addr local = leg->ifc->address;

	addr_set_port(&local, (uint16_t)(leg->port + component));
	sock_init(sk, leg, component);

	return stock_socket(&sk->watch.fd, &local, leg->dscp, shared);
}


/**
 * Open a component's socket; nobody reads it yet
 *
 * @param leg       Leg with interface, port and DSCP
 * @param component RTP or RTCP
 *
 * @return 0 or an errno
 */
int leg_sock_open(struct leg *leg, enum latch_component component)
{
	return sock_open(&leg->sock[component], leg, component, false);
}


/**
 * Take over a pair of sockets that lay ready
 *
 * @param leg Leg with interface, port, DSCP and way of RTCP
 * @param fd  RTP's and RTCP's; the latter is closed where it isn't needed
 */
void leg_sock_use(struct leg *leg, const int fd[2])
{
	sock_init(&leg->sock[LATCH_RTP], leg, LATCH_RTP);
	leg->sock[LATCH_RTP].watch.fd = fd[0];

	if (leg->rtcp == RTCP_SEPARATE) {
		sock_init(&leg->sock[LATCH_RTCP], leg, LATCH_RTCP);
		leg->sock[LATCH_RTCP].watch.fd = fd[1];
	} else {
		(void)close(fd[1]);
	}
	if (leg->dscp != leg->ifc->dscp)
		leg_sock_tos(leg);
}


/** Have the leg's worker read what is open and not read yet; 0 or an errno */
int leg_sock_start(struct leg *leg)
{
	size_t i;
	int err = 0;

	for (i = 0; i < LATCH_COMPONENTS && !err; i++)
		err = watch_start(&leg->sock[i].watch, leg->worker);

	return err;
}


/** Close all of them */
void leg_sock_close(struct leg *leg)
{
	size_t i;

	uring_leave(leg->worker->uring, leg->sock, LATCH_COMPONENTS, true);
	for (i = 0; i < LATCH_COMPONENTS; i++) {
		watch_close(&leg->sock[i].watch);
		watch_close(&leg->catcher[i].watch);
	}
}


static void tos_set(const struct leg *leg, int fd)
{
	if (fd >= 0)
		stock_dscp_set(fd, addr_family(&leg->ifc->address), leg->dscp);
}


/** The leg's DSCP is another */
void leg_sock_tos(struct leg *leg)
{
	size_t i;

	for (i = 0; i < LATCH_COMPONENTS; i++) {
		tos_set(leg, leg->sock[i].watch.fd);
		tos_set(leg, leg->catcher[i].watch.fd);
	}
}


/* Both must allow it for a moment; whom nobody has invited is kept out */
static int catcher_open(struct leg *leg, enum latch_component component)
{
	struct leg_sock *sk = &leg->sock[component];
	struct leg_sock *ca = &leg->catcher[component];
	const uint32_t fds  = leg->relay->fds;
	int err;

	stock_reuse_set(sk->watch.fd, true);
	err = sock_open(ca, leg, component, true);
	stock_reuse_set(sk->watch.fd, false);
	if (err)
		return err;

	stock_reuse_set(ca->watch.fd, false);
	err = fds && (uint32_t)ca->watch.fd >= fds - fds / FDS_KEPT
		      ? EMFILE
		      : watch_start(&ca->watch, leg->worker);
	if (err)
		watch_close(&ca->watch);

	return err;
}


static void disconnect(struct leg_sock *sk)
{
	const struct sockaddr none = {.sa_family = AF_UNSPEC};

	uring_leave(sk->leg->worker->uring, sk, 1, false);
	(void)connect(sk->watch.fd, &none, sizeof(none));
	sk->connected = sk->sure = false;
}


/* Is it connected to this address? */
static bool is_connected(const struct leg_sock *sk, const struct addr *to)
{
	struct addr a = {0};
	socklen_t len = sizeof(a.u);

	return sk->connected && !getpeername(sk->watch.fd, &a.u.sa, &len) &&
	       addr_eq(&a, to);
}


static void follow(struct leg *leg, enum latch_component component)
{
	struct leg_sock *sk	  = &leg->sock[component];
	struct leg_sock *ca	  = &leg->catcher[component];
	const struct addr *source = latch_source(&leg->latch, component);

	if (sk->watch.fd < 0)
		return;

	if (!source || leg->latch.conf.policy == LATCH_FIXED ||
	    (component == LATCH_RTCP && leg->rtcp != RTCP_SEPARATE)) {

		if (sk->connected)
			disconnect(sk);
		watch_close(&ca->watch);
		return;
	}

	if (is_connected(sk, source))
		return;

	/* without a catcher, descriptors being short, one socket does it all */
	if (ca->watch.fd < 0 && catcher_open(leg, component))
		return;

	uring_leave(leg->worker->uring, sk, 1, false);
	sk->sure      = false;
	sk->connected = !connect(sk->watch.fd, &source->u.sa,
				 addr_socklen(source));
	if (!sk->connected)
		disconnect(sk);
}


/**
 * The latch has learnt or forgotten a source: the sockets go along
 *
 * @param leg Leg; the caller is its worker, or has parked it
 */
void leg_sock_follow(struct leg *leg)
{
	follow(leg, LATCH_RTP);
	follow(leg, LATCH_RTCP);
}
