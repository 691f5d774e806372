/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file resolve.c  Names to addresses, without waiting
 *
 * glibc's own resolver, in a thread of its, so that /etc/hosts and all that an
 * administrator has set up counts. The thread only sets an event. Families
 * alternate, the first as the system prefers it (RFC 8305 §4).
 *
 * Owns a request; one that is no longer wanted is left to itself until the
 * resolver lets go of it.
 */
#include "rpc/libre.h"
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/eventfd.h>
#include "resolve.h"


/** Lives as long as the resolver needs it, whoever asked */
struct question {
	struct gaicb cb;
	struct gaicb *list[1];
	struct addrinfo hints;
	char host[256], port[8];
	int fd;
	struct resolve *r; /* NULL: nobody asks any more */
};

struct resolve {
	struct question *q;
	resolve_h *h;
	void *arg;
};


static void question_free(struct question *q)
{
	fd_close(q->fd);
	(void)close(q->fd);
	if (q->cb.ar_result)
		freeaddrinfo(q->cb.ar_result);
	free(q);
}


static void resolve_destructor(void *arg)
{
	struct resolve *r = arg;

	if (!r->q)
		return;
	r->q->r = NULL;
	/* else on_event() comes */
	if (gai_cancel(&r->q->cb) == EAI_CANCELED)
		question_free(r->q);
}


static void on_done(union sigval v)
{
	const uint64_t one = 1;

	(void)!write(v.sival_int, &one, sizeof(one));
}


/* each family in its order, one of one and one of the other */
static size_t alternate(struct addr *to, const struct addrinfo *ai)
{
	struct addr by[2][RESOLVE_MAX];
	size_t n[2] = {0, 0}, at[2] = {0, 0}, c = 0;
	int first = ai && ai->ai_family == AF_INET6, f;

	for (; ai; ai = ai->ai_next) {
		struct addr a;

		f = ai->ai_family == AF_INET6;
		if (n[f] < RESOLVE_MAX && !addr_from_sockaddr(&a, ai->ai_addr))
			by[f][n[f]++] = a;
	}
	for (f = first; c < RESOLVE_MAX && (at[0] < n[0] || at[1] < n[1]);
	     f = !f) {
		if (at[f] < n[f])
			to[c++] = by[f][at[f]++];
	}

	return c;
}


static void on_event(int flags, void *arg)
{
	struct question *q = arg;
	struct resolve *r  = q->r;
	struct addr addrv[RESOLVE_MAX];
	char why[128] = "";
	size_t n      = 0;
	int e	      = gai_error(&q->cb);
	(void)flags;

	if (e == EAI_INPROGRESS)
		return;
	if (!e)
		n = alternate(addrv, q->cb.ar_result);
	if (!n)
		(void)snprintf(why, sizeof(why), "%s",
			       e ? gai_strerror(e) : "no address");
	question_free(q);
	if (!r)
		return;

	r->q = NULL;
	r->h(addrv, n, why, r->arg);
}


static struct question *question_new(const char *host, uint16_t port)
{
	struct question *q = calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	(void)snprintf(q->host, sizeof(q->host), "%s", host);
	(void)snprintf(q->port, sizeof(q->port), "%u", port);
	q->hints = (struct addrinfo){
		.ai_family   = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags    = AI_ADDRCONFIG | AI_NUMERICSERV,
	};
	q->cb = (struct gaicb){.ar_name	   = q->host,
			       .ar_service = q->port,
			       .ar_request = &q->hints};
	q->list[0] = &q->cb;
	q->fd	   = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (q->fd < 0 || fd_listen(q->fd, FD_READ, on_event, q)) {
		if (q->fd >= 0)
			(void)close(q->fd);
		free(q);
		return NULL;
	}

	return q;
}


/**
 * Ask for a name's addresses
 *
 * @param rp   Request; mem_deref() it to hear nothing more
 * @param host Name or numeric address
 * @param port Port the addresses get
 * @param h    Gets the answer, later
 * @param arg  For it
 *
 * @return 0 or an errno
 */
int resolve_host(struct resolve **rp, const char *host, uint16_t port,
		 resolve_h *h, void *arg)
{
	struct resolve *r = mem_zalloc(sizeof(*r), resolve_destructor);
	struct sigevent ev;

	if (!r)
		return ENOMEM;
	r->h   = h;
	r->arg = arg;
	r->q   = question_new(host, port);
	if (!r->q) {
		mem_deref(r);
		return ENOMEM;
	}
	r->q->r = r;

	memset(&ev, 0, sizeof(ev));
	ev.sigev_notify		 = SIGEV_THREAD;
	ev.sigev_notify_function = on_done;
	ev.sigev_value.sival_int = r->q->fd;
	if (getaddrinfo_a(GAI_NOWAIT, r->q->list, 1, &ev)) {
		question_free(r->q);
		r->q = NULL;
		mem_deref(r);
		return EAGAIN;
	}
	*rp = r;

	return 0;
}
