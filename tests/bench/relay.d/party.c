/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file party.c  One end of all streams: a UDP socket, or a device (wire.h)
 *
 * Owns the socket and what was seen. A packet is RTP's fixed header
 * (RFC 3550 §5.1) and a stamp: when it was sent, and whether it counts.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <sys/socket.h>
#include "party.h"


enum {
	BATCH	= 32,
	BUFFERS = 16 << 20,
};

struct party {
	const struct plan_stream *sv;
	size_t n;
	int side;
	struct party_place at;
	struct wire *wire;	/**< or NULL */
	int fd;
	uint32_t *seq;		/**< next, by stream */
	struct wire_seen seen;	/**< by the socket */
	struct mmsghdr mv[BATCH];
	struct iovec iov[BATCH];
	char buf[BATCH][WIRE_HEADERS + PARTY_PACKET + 64];
	char control[BATCH][64];
};


static int enter(const char *namespace)
{
	char path[256];
	int fd, err = 0;

	(void)snprintf(path, sizeof(path), "/run/netns/%s", namespace);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	if (setns(fd, CLONE_NEWNET))
		err = errno;
	(void)close(fd);

	return err;
}


static int socket_open(struct party *p)
{
	const int size = BUFFERS, on = 1;

	p->fd = plan_socket(&p->sv[0].party[p->side], NULL);
	if (p->fd < 0)
		return errno;

	(void)setsockopt(p->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size,
			 sizeof(size));
	(void)setsockopt(p->fd, SOL_SOCKET, SO_SNDBUFFORCE, &size,
			 sizeof(size));
	(void)setsockopt(p->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));

	return 0;
}


/**
 * Become one end of all streams
 *
 * @param pp   Result, party_close() it
 * @param at   Where; its strings are kept
 * @param sv   Streams; kept
 * @param n    How many
 * @param side 0 is side a, 1 side b
 *
 * @return 0 or an errno
 */
int party_open(struct party **pp, const struct party_place *at,
	       const struct plan_stream *sv, size_t n, int side)
{
	struct party *p = calloc(1, sizeof(*p));
	int err = 0;

	if (!p)
		return ENOMEM;

	p->at	= *at;
	p->sv	= sv;
	p->n	= n;
	p->side = side;
	p->fd	= -1;
	p->seq	= calloc(n, sizeof(*p->seq));
	if (!p->seq)
		err = ENOMEM;
	if (!err && at->namespace)
		err = enter(at->namespace);
	if (!err)
		err = at->object ? wire_open(&p->wire, at->object, at->device,
					     at->mac, PARTY_PACKET)
				 : socket_open(p);
	if (err)
		party_close(p);
	else
		*pp = p;

	return err;
}


/** Now, in ns, by the clock that stamps what comes in */
uint64_t party_clock(const struct party *p)
{
	struct timespec ts;

	(void)clock_gettime(p->wire ? CLOCK_MONOTONIC : CLOCK_REALTIME, &ts);

	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}


static void packet_write(char *b, uint32_t ssrc, uint32_t seq, uint64_t when,
			 bool counts)
{
	const uint16_t s = htons((uint16_t)seq);
	const uint32_t ts = htonl(seq * 160), id = htonl(ssrc);
	const struct wire_stamp stamp = {
		.ours = WIRE_OURS, .when = when, .counts = counts};

	b[0] = (char)0x80;
	b[1] = 0;
	memcpy(b + 2, &s, 2);
	memcpy(b + 4, &ts, 4);
	memcpy(b + 8, &id, 4);
	memcpy(b + 12, &stamp, sizeof(stamp));
}


/* The i-th message of a batch: the next packet of stream k */
static void message_write(struct party *p, size_t i, size_t k, uint64_t when,
			  bool counts)
{
	const struct plan_stream *s = &p->sv[k];
	struct msghdr *h = &p->mv[i].msg_hdr;
	char *b = p->buf[i];

	memset(h, 0, sizeof(*h));
	h->msg_iov	  = &p->iov[i];
	h->msg_iovlen	  = 1;
	p->iov[i].iov_base = b;
	p->iov[i].iov_len  = PARTY_PACKET;
	if (p->wire) {
		wire_headers(p->wire, b, &s->party[p->side],
			     &s->relay[p->side]);
		p->iov[i].iov_len += WIRE_HEADERS;
		b += WIRE_HEADERS;
	}
	else {
		h->msg_name    = (void *)&s->relay[p->side];
		h->msg_namelen = sizeof(s->relay[p->side]);
	}
	packet_write(b, (uint32_t)k + 1, p->seq[k]++, when, counts);
}


/**
 * Send the next packets of some streams
 *
 * @param p      Party
 * @param first  The first stream
 * @param n      How many, one after the other, beginning again after the last
 * @param counts Whether it is measured
 */
void party_send(struct party *p, size_t first, size_t n, bool counts)
{
	const int fd = p->wire ? wire_fd(p->wire) : p->fd;
	size_t i, k, some;
	int out;

	for (; n; n -= some, first += some) {
		const uint64_t when = party_clock(p);

		some = n < BATCH ? n : BATCH;
		for (i = 0; i < some; i++) {
			k = (first + i) % p->n;
			message_write(p, i, k, when, counts);
		}
		for (i = 0; i < some; i += out > 0 ? (size_t)out : 1)
			out = sendmmsg(fd, p->mv + i, (unsigned)(some - i), 0);
	}
}


static uint64_t arrival(struct party *p, struct msghdr *h)
{
	const struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, (struct cmsghdr *)c)) {
		struct timespec ts;

		if (c->cmsg_level != SOL_SOCKET ||
		    c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&ts, CMSG_DATA(c), sizeof(ts));
		return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
	}

	return party_clock(p);
}


static void taken(struct party *p, const char *b, size_t len, uint64_t at)
{
	struct wire_stamp stamp;

	if (len != PARTY_PACKET)
		return;

	memcpy(&stamp, b + 12, sizeof(stamp));
	if (stamp.ours != WIRE_OURS)
		return;
	++p->seen.all;
	if (!stamp.counts)
		return;

	++p->seen.got;
	++p->seen.delay[delay_index(at > stamp.when ? at - stamp.when : 0)];
}


/** Take what has come to the socket; a device's program has done it */
void party_recv(struct party *p)
{
	int i, n;

	if (p->wire)
		return;

	do {
		for (i = 0; i < BATCH; i++) {
			struct msghdr *h = &p->mv[i].msg_hdr;

			memset(h, 0, sizeof(*h));
			p->iov[i].iov_base = p->buf[i];
			p->iov[i].iov_len  = sizeof(p->buf[i]);
			h->msg_iov	   = &p->iov[i];
			h->msg_iovlen	   = 1;
			h->msg_control	   = p->control[i];
			h->msg_controllen  = sizeof(p->control[i]);
		}
		n = recvmmsg(p->fd, p->mv, BATCH, MSG_DONTWAIT, NULL);
		for (i = 0; i < n; i++)
			taken(p, p->buf[i], p->mv[i].msg_len,
			      arrival(p, &p->mv[i].msg_hdr));
	} while (n == BATCH);
}


/** Add what came in; 0 or an errno */
int party_seen(struct party *p, struct wire_seen *seen)
{
	struct wire_seen own = p->seen;
	int err = p->wire ? wire_seen(p->wire, &own) : 0;
	unsigned i;

	if (err)
		return err;

	seen->all += own.all;
	seen->got += own.got;
	for (i = 0; i < DELAYS; i++)
		seen->delay[i] += own.delay[i];

	return 0;
}


/** Leave the network as it was */
void party_close(struct party *p)
{
	if (!p)
		return;

	if (p->wire && (!p->at.namespace || !enter(p->at.namespace)))
		wire_close(p->wire);
	if (p->fd >= 0)
		(void)close(p->fd);
	free(p->seq);
	free(p);
}
