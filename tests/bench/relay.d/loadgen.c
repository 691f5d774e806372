/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file loadgen.c  Both parties of all streams, on one clock
 *
 *	loadgen [-s SLICE-US] PLAN INTERVAL-US WARMUP-S SECONDS
 *		[NAMESPACE-A NAMESPACE-B]
 *
 * Each party sends a packet of 172 octets for each stream every INTERVAL-US,
 * streams spread evenly over it, and stamps it; the kernel stamps it when it
 * comes in. What is due within SLICE-US, 1,000 unless told, goes together.
 * Prints "begin" and "end" around what is measured, then one line of JSON:
 * sent, received, lost, delays in microseconds. Owns all its state.
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
#include "plan.h"


enum {
	SLICE_US = 1000,
	PACKET	= 172,
	BATCH	= 32,
	BUFFERS = 16 << 20,
	DRAIN_MS = 300, /* for what is under way at the end */
};

/** One end: all streams share its socket; the relay's port tells them apart */
struct party {
	int fd;
	uint32_t *seq;	  /**< next, by stream */
	uint64_t due;	  /**< packets sent since the start */
	uint64_t sent, got, twice;
	uint32_t *delay;  /**< ns, of each packet received */
	size_t delayc, delay_max;
	struct mmsghdr mv[BATCH];
	struct iovec iov[BATCH];
	char buf[BATCH][PACKET + 64];
	char control[BATCH][64];
};

static struct {
	struct plan_stream *sv;
	size_t n;
	uint64_t interval, slice, start, from, to; /* ns */
	struct party pv[2];
} load;


static uint64_t now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);

	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}


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


static int party_open(struct party *p, const struct sockaddr_in *at,
		      const char *namespace, uint64_t seconds)
{
	const int size = BUFFERS, on = 1;
	int err = namespace ? enter(namespace) : 0;

	if (err)
		return err;

	p->fd = plan_socket(at, NULL);
	if (p->fd < 0)
		return errno;

	(void)setsockopt(p->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size,
			 sizeof(size));
	(void)setsockopt(p->fd, SOL_SOCKET, SO_SNDBUFFORCE, &size,
			 sizeof(size));
	(void)setsockopt(p->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));

	p->seq	     = calloc(load.n, sizeof(*p->seq));
	p->delay_max = load.n * (seconds * 1000000000 / load.interval + 2);
	p->delay     = calloc(p->delay_max, sizeof(*p->delay));

	return p->seq && p->delay ? 0 : ENOMEM;
}


/*
 *	RTP header (RFC 3550 §5.1), then the time it was sent and whether it
 *	counts
 */
static void packet_write(char *b, uint32_t ssrc, uint32_t seq, uint64_t when,
			 bool counts)
{
	const uint16_t s = htons((uint16_t)seq);
	const uint32_t ts = htonl(seq * 160), id = htonl(ssrc);

	b[0] = (char)0x80;
	b[1] = 0;
	memcpy(b + 2, &s, 2);
	memcpy(b + 4, &ts, 4);
	memcpy(b + 8, &id, 4);
	memcpy(b + 12, &when, 8);
	b[20] = counts;
}


static void party_send(struct party *p, int side, size_t first, size_t n)
{
	const uint64_t when = now_ns();
	const bool counts = when >= load.from && when < load.to;
	size_t i;
	int out;

	for (i = 0; i < n; i++) {
		const size_t k = (first + i) % load.n;
		struct msghdr *h = &p->mv[i].msg_hdr;

		p->iov[i].iov_base = p->buf[i];
		p->iov[i].iov_len  = PACKET;
		memset(h, 0, sizeof(*h));
		h->msg_name    = &load.sv[k].relay[side];
		h->msg_namelen = sizeof(load.sv[k].relay[side]);
		h->msg_iov     = &p->iov[i];
		h->msg_iovlen  = 1;
		packet_write(p->buf[i], (uint32_t)k + 1, p->seq[k]++, when,
			     counts);
	}

	for (i = 0; i < n; i += out > 0 ? (size_t)out : 1)
		out = sendmmsg(p->fd, p->mv + i, (unsigned)(n - i), 0);
	if (counts)
		p->sent += n;
}


/* All that is due by now */
static void send_due(uint64_t now)
{
	const uint64_t due = (now - load.start) * load.n / load.interval;
	int side;

	for (side = 0; side < 2; side++) {
		struct party *p = &load.pv[side];

		while (p->due < due) {
			const uint64_t rest = due - p->due;
			const size_t n = rest < BATCH ? (size_t)rest : BATCH;

			party_send(p, side, p->due % load.n, n);
			p->due += n;
		}
	}
}


static uint64_t arrival(struct msghdr *h)
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

	return now_ns();
}


static void taken(struct party *p, const char *b, size_t len, uint64_t at)
{
	uint64_t when;

	if (len != PACKET || !b[20])
		return;

	memcpy(&when, b + 12, 8);
	++p->got;
	if (p->delayc < p->delay_max)
		p->delay[p->delayc++] = at > when ? (uint32_t)(at - when) : 0;
}


static void party_recv(struct party *p)
{
	int i, n;

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
			      arrival(&p->mv[i].msg_hdr));
	} while (n == BATCH);
}


static void sleep_until(uint64_t when)
{
	const struct timespec ts = {
		.tv_sec	 = (time_t)(when / 1000000000),
		.tv_nsec = (long)(when % 1000000000),
	};

	(void)clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &ts, NULL);
}


static void say(const char *word)
{
	(void)puts(word);
	(void)fflush(stdout);
}


static void run(void)
{
	const uint64_t end = load.to + DRAIN_MS * 1000000ull;
	uint64_t now;
	bool begun = false, ended = false;

	for (now = now_ns(); now < end; now = now_ns()) {
		if (!begun && now >= load.from) {
			say("begin");
			begun = true;
		}
		if (!ended && now >= load.to) {
			say("end");
			ended = true;
		}
		if (now < load.to + DRAIN_MS * 500000ull)
			send_due(now);
		party_recv(&load.pv[0]);
		party_recv(&load.pv[1]);
		sleep_until(now - (now - load.start) % load.slice +
			    load.slice);
	}
}


static int by_size(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}


static void report(void)
{
	struct party *a = &load.pv[0], *b = &load.pv[1];
	const size_t n = a->delayc + b->delayc;
	uint32_t *v = calloc(n + 1, sizeof(*v));
	const uint64_t sent = a->sent + b->sent, got = a->got + b->got;

	if (!v)
		return;

	memcpy(v, a->delay, a->delayc * sizeof(*v));
	memcpy(v + a->delayc, b->delay, b->delayc * sizeof(*v));
	qsort(v, n, sizeof(*v), by_size);
	(void)printf("{\"sent\": %llu, \"received\": %llu, \"seconds\": %.3f, "
		     "\"p50\": %.1f, \"p99\": %.1f, \"p999\": %.1f}\n",
		     (unsigned long long)sent, (unsigned long long)got,
		     (double)(load.to - load.from) / 1e9, v[n / 2] / 1e3,
		     v[n * 99 / 100] / 1e3, v[n * 999 / 1000] / 1e3);
	free(v);
}


int main(int argc, char *argv[])
{
	uint64_t warmup, seconds;
	int err = EINVAL, i;

	load.slice = SLICE_US * 1000;
	if (argc > 2 && !strcmp(argv[1], "-s")) {
		load.slice = strtoull(argv[2], NULL, 10) * 1000;
		argv += 2;
		argc -= 2;
	}

	if (load.slice && (argc == 5 || argc == 7))
		err = plan_read(&load.sv, &load.n, argv[1]);
	if (!err) {
		load.interval = strtoull(argv[2], NULL, 10) * 1000;
		warmup	      = strtoull(argv[3], NULL, 10);
		seconds	      = strtoull(argv[4], NULL, 10);
		for (i = 0; i < 2 && !err; i++)
			err = party_open(&load.pv[i], &load.sv[0].party[i],
					 argc == 7 ? argv[5 + i] : NULL,
					 seconds);
	}
	if (err) {
		(void)fprintf(stderr, "loadgen: %s\n", strerror(err));
		return 1;
	}

	load.start = now_ns() + load.slice;
	load.from  = load.start + warmup * 1000000000;
	load.to	   = load.from + seconds * 1000000000;
	sleep_until(load.start);
	run();
	report();

	return 0;
}
