/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sealed.c  The ports agents' sealed datagrams and probes come in on
 *
 * Each worker has a socket of its own on them. A steering program in the kernel
 * reads the stream's id, which says whose it is, so that the datagrams of one
 * stream stay in order and no worker sees another's. Streams in token mode have
 * connected sockets beside these (token_claim.c). Owns the workers' sockets.
 */
#include <errno.h>
#include <pwd.h>
#include <unistd.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include "media/mark.h"
#include "sealed.h"
#include "sealed_leg.h"
#include "token_leg.h"


enum {
	BURST	 = 32,
	DATAGRAM = 2048 + SEAL_OVERHEAD,
	RCVBUF	 = 1 << 20,
	ID_AT	 = 1,	    /* octets before the id: seal.h, token.h */
};

struct sealed_sock {
	struct watch watch; /* first: it is what the worker hands over */
	bool probes;	    /* nothing else */
};

struct sealed {
	struct relay *relay;
	struct sealed_sock sock[WORKERS_MAX];
	unsigned n;
};


static void readable(struct watch *wt)
{
	const struct sealed_sock *sk = (struct sealed_sock *)(void *)wt;
	struct worker *w	     = wt->worker;
	unsigned i;

	for (i = 0; i < BURST; i++) {
		struct addr src = {0};
		socklen_t len	= sizeof(src.u);
		ssize_t n = recvfrom(wt->fd, w->rx, DATAGRAM, MSG_DONTWAIT,
				     &src.u.sa, &len);

		if (n < 0)
			return;
		if (probe_is(w->rx, (size_t)n))
			token_leg_probe(w, wt->fd, &src, w->rx, (size_t)n);
		else if (sk->probes)
			metrics_inc(w->stats, STAT_BARE_UNKNOWN);
		else
			sealed_leg_recv(w, wt->fd, &src, w->rx, (size_t)n);
	}
}


static void destructor(void *arg)
{
	struct sealed *s = arg;
	unsigned i;

	workers_park(s->relay);
	for (i = 0; i < s->n; i++)
		watch_close(&s->sock[i].watch);
	workers_resume(s->relay);
}


/* Socket number id % n. What has no id goes to the first, which counts it. */
static int steer(int fd, unsigned n)
{
	struct sock_filter code[] = {
		{BPF_LD | BPF_W | BPF_LEN, 0, 0, 0},
		{BPF_JMP | BPF_JGE | BPF_K, 1, 0, SEAL_HEADER},
		{BPF_RET | BPF_K, 0, 0, 0},
		{BPF_LD | BPF_W | BPF_ABS, 0, 0, ID_AT},
		{BPF_ALU | BPF_MOD | BPF_K, 0, 0, n},
		{BPF_RET | BPF_A, 0, 0, 0},
	};
	const struct sock_fprog prog = {
		.len	= sizeof(code) / sizeof(code[0]),
		.filter = code,
	};

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &prog,
		       sizeof(prog)) < 0)
		return errno;

	return 0;
}


/* Those that are opened later are the user's we shall be, and only one user's
 * sockets may be on one port */
static int owner_set(int fd, const char *user)
{
	const struct passwd *pw = user[0] ? getpwnam(user) : NULL;

	if (!pw || getuid())
		return 0;

	return fchown(fd, pw->pw_uid, (gid_t)-1) < 0 ? errno : 0;
}


static int open_one(int *fdp, const struct addr *at, const char *user)
{
	const int af = addr_family(at), on = 1, size = RCVBUF;
	const int fd = socket(af, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			      0);
	int err;

	if (fd < 0)
		return errno;

	*fdp = fd;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (af == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on,
				 sizeof(on));
	mark_socket(fd, af, MARK_USUAL);
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) < 0)
		return errno;
	err = owner_set(fd, user);
	if (err)
		return err;

	return bind(fd, &at->u.sa, addr_socklen(at)) < 0 ? errno : 0;
}


/**
 * Open a port
 *
 * @param sp     Result; mem_deref() it
 * @param r      Relay; its workers read the port from now on
 * @param at     Where
 * @param probes Only probes come in there: it is Y
 *
 * @return 0 or an errno
 */
int sealed_open(struct sealed **sp, struct relay *r, const struct addr *at,
		bool probes)
{
	struct sealed *s = mem_zalloc(sizeof(*s), destructor);
	int err		 = 0;

	if (!s)
		return ENOMEM;

	s->relay = r;
	while (s->n < r->workerc && !err) {
		struct watch *wt = &s->sock[s->n].watch;

		s->sock[s->n].probes = probes;
		wt->readable	     = readable;
		wt->fd		     = -1;
		++s->n;
		err = open_one(&wt->fd, at, r->conf.user);
		/* order is the steering's: number i is worker i's */
		if (!err && s->n == 1)
			err = steer(wt->fd, r->workerc);
	}
	if (!err) {
		unsigned i;

		for (i = 0; i < s->n && !err; i++)
			err = watch_start(&s->sock[i].watch, r->workerv[i]);
	}
	if (err)
		mem_deref(s);
	else
		*sp = s;

	return err;
}
