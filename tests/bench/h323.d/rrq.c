/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file rrq.c  Registers endpoints at a gatekeeper, again and again
 *
 *	rrq GATEKEEPER PORT ENDPOINTS WINDOW
 *
 * Each endpoint has an address of its own in 127.0.0.0/8, an h323-ID and a
 * number. Reads lines from standard input, and answers each by one:
 *
 *	full SECONDS	full RRQs of all in turn; 0: each once
 *	light SECONDS	lightweight ones
 *
 *	answered REFUSED RESENT SECONDS
 *
 * At most WINDOW are unanswered at a time; what is for a second is sent again.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <RasMessage.h>
#include "addr/addr.h"
#include "h323gw/h225/address.h"
#include "h323gw/h225/alias.h"
#include "h323gw/h225/id.h"
#include "h323gw/h225/text.h"
#include "h323gw/per/per.h"

enum {
	MESSAGE_MAX = 512,
	BURST	    = 64,
	SEQ_AT	    = 2, /* octet of requestSeqNum in an RRQ, less one */
	RESEND_MS   = 1000,
	CHOICE_SHIFT = 2, /* of RasMessage, in the first octet */
	CHOICE_MASK  = 0x1f,
	RCF	     = 4,
};

enum how {
	FULL,
	LIGHT,
	HOWS
};

struct endpoint {
	struct in_addr ip;
	uint8_t p[HOWS][MESSAGE_MAX];
	uint16_t len[HOWS];
	uint16_t seq;
	double sent; /* 0: nothing is unanswered */
};

struct load {
	struct per *per;
	struct sockaddr_in gk;
	uint16_t port;
	int fd;
	struct endpoint *v;
	unsigned n, window, out, next, done, last;
	unsigned long answered, refused, resent;
	enum how how;
};


static void die(const char *what)
{
	(void)fprintf(stderr, "rrq: %s: %s\n", what, strerror(errno));
	exit(1);
}


static double now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);

	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}


/* ---- messages ---- */

static void *must(void *p)
{
	if (!p)
		die("memory");

	return p;
}


static void put_addr(struct per_msg *msg, void *list, struct in_addr ip,
		     uint16_t port)
{
	TransportAddress_t *ta = must(per_msg_zalloc(msg, sizeof(*ta)));
	struct addr a	       = {.u.in = {.sin_family = AF_INET,
					   .sin_addr   = ip}};

	addr_set_port(&a, port);
	if (h225_addr_set(ta, msg, &a) || per_msg_append(msg, list, ta))
		die("address");
}


static void put_alias(struct per_msg *msg, void *list, enum alias_type type,
		      unsigned i)
{
	AliasAddress_t *aa = must(per_msg_zalloc(msg, sizeof(*aa)));
	struct alias a	   = {.type = type};

	(void)snprintf(a.text, sizeof(a.text),
		       type == ALIAS_H323_ID ? "terminal %u" : "49%07u", i);
	if (alias_set(aa, msg, &a) || per_msg_append(msg, list, aa))
		die("alias");
}


static void put_rest(RegistrationRequest_t *rrq, struct per_msg *msg,
		     unsigned i)
{
	VendorIdentifier_t *v = &rrq->endpointVendor;

	v->vendor.t35CountryCode   = 181;
	v->vendor.manufacturerCode = 18;
	v->productId = must(per_msg_zalloc(msg, sizeof(*v->productId)));
	v->versionId = must(per_msg_zalloc(msg, sizeof(*v->versionId)));
	(void)h225_octets_set(v->productId, msg, "Room System", 11);
	(void)h225_octets_set(v->versionId, msg, "1.2.3", 5);
	rrq->terminalAlias =
		must(per_msg_zalloc(msg, sizeof(*rrq->terminalAlias)));
	put_alias(msg, &rrq->terminalAlias->list, ALIAS_H323_ID, i);
	put_alias(msg, &rrq->terminalAlias->list, ALIAS_DIALLED_DIGITS, i);
}


/* id NULL: a full one */
static void make(struct load *l, struct endpoint *ep, enum how how,
		 const char *id)
{
	const struct per_type *type = per_type_find(l->per, "RasMessage");
	RegistrationRequest_t *rrq;
	struct per_msg *msg;
	RasMessage_t *m;
	size_t n;

	if (per_msg_alloc(&msg, l->per, type))
		die("message");
	m	   = per_msg_value(msg);
	m->present = RasMessage_PR_registrationRequest;
	rrq	   = &m->choice.registrationRequest;
	rrq->requestSeqNum     = 1;
	rrq->discoveryComplete = 1;
	if (h225_version_set(&rrq->protocolIdentifier, msg, 5))
		die("version");
	put_addr(msg, &rrq->callSignalAddress.list, ep->ip, 1720);
	put_addr(msg, &rrq->rasAddress.list, ep->ip, l->port);
	rrq->terminalType.terminal =
		must(per_msg_zalloc(msg, sizeof(TerminalInfo_t)));
	rrq->timeToLive = must(per_msg_zalloc(msg, sizeof(*rrq->timeToLive)));
	*rrq->timeToLive = 3600;
	rrq->keepAlive	= must(per_msg_zalloc(msg, sizeof(*rrq->keepAlive)));
	*rrq->keepAlive = how == LIGHT;
	if (how == FULL)
		put_rest(rrq, msg, (unsigned)(ep - l->v));
	if (id) {
		rrq->endpointIdentifier = must(per_msg_zalloc(
			msg, sizeof(*rrq->endpointIdentifier)));
		if (h225_bmp_set(rrq->endpointIdentifier, msg, id))
			die("identifier");
	}
	if (per_msg_encode(msg, ep->p[how], MESSAGE_MAX, &n, NULL))
		die("encode");
	ep->len[how] = (uint16_t)n;
	per_msg_free(msg);
}


/* what it is called from now on */
static void learn(struct load *l, struct endpoint *ep, const uint8_t *p,
		  size_t len)
{
	char id[129];
	struct per_msg *msg;
	const RasMessage_t *m;

	if (per_decode(&msg, l->per, per_type_find(l->per, "RasMessage"), p,
		       len, NULL))
		die("an answer does not decode");
	m = per_msg_value(msg);
	if (!h225_bmp_get(id, sizeof(id),
			  &m->choice.registrationConfirm.endpointIdentifier))
		die("identifier");
	make(l, ep, LIGHT, id);
	per_msg_free(msg);
}


/* ---- sending ---- */

/** A message, and the address it leaves from */
struct envelope {
	struct iovec iov;
	union {
		char buf[CMSG_SPACE(sizeof(struct in_pktinfo))];
		struct cmsghdr align;
	} control;
};


static void put(struct load *l, struct mmsghdr *h, struct envelope *e,
		struct endpoint *ep)
{
	struct in_pktinfo info = {.ipi_spec_dst = ep->ip};
	struct cmsghdr *c;

	ep->p[l->how][SEQ_AT]	  = (uint8_t)(ep->seq >> 8);
	ep->p[l->how][SEQ_AT + 1] = (uint8_t)ep->seq;
	memset(h, 0, sizeof(*h));
	e->iov = (struct iovec){ep->p[l->how], ep->len[l->how]};
	h->msg_hdr.msg_name	  = &l->gk;
	h->msg_hdr.msg_namelen	  = sizeof(l->gk);
	h->msg_hdr.msg_iov	  = &e->iov;
	h->msg_hdr.msg_iovlen	  = 1;
	h->msg_hdr.msg_control	  = e->control.buf;
	h->msg_hdr.msg_controllen = sizeof(e->control.buf);
	c	      = CMSG_FIRSTHDR(&h->msg_hdr);
	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type  = IP_PKTINFO;
	c->cmsg_len   = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	ep->sent = now();
}


static void flush(struct load *l, struct mmsghdr *h, unsigned n)
{
	unsigned sent = 0;

	while (sent < n) {
		const int k = sendmmsg(l->fd, h + sent, n - sent, 0);

		if (k < 0 && errno != EAGAIN && errno != ENOBUFS)
			die("send");
		sent += k > 0 ? (unsigned)k : 0;
	}
}


static void send_more(struct load *l, bool more)
{
	static struct mmsghdr h[BURST];
	static struct envelope e[BURST];
	unsigned n = 0;

	while (more && l->out < l->window && n < BURST &&
	       l->next < l->last) {
		struct endpoint *ep = &l->v[l->next % l->n];

		if (ep->sent != 0)
			break;
		++l->next;
		++ep->seq;
		put(l, &h[n], &e[n], ep);
		++n;
		++l->out;
	}
	flush(l, h, n);
}


static void send_again(struct load *l)
{
	const double before = now() - RESEND_MS / 1000.0;
	unsigned i;

	for (i = 0; i < l->n; i++) {
		struct mmsghdr h;
		struct envelope e;

		if (l->v[i].sent == 0 || l->v[i].sent > before)
			continue;
		put(l, &h, &e, &l->v[i]);
		flush(l, &h, 1);
		++l->resent;
	}
}


/* ---- receiving ---- */

static struct endpoint *whose(struct load *l, struct msghdr *m)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		struct in_pktinfo info;
		uint32_t i;

		if (c->cmsg_type != IP_PKTINFO)
			continue;
		memcpy(&info, CMSG_DATA(c), sizeof(info));
		i = ntohl(info.ipi_addr.s_addr) - ntohl(l->v[0].ip.s_addr);
		return i < l->n ? &l->v[i] : NULL;
	}

	return NULL;
}


static void take(struct load *l, struct endpoint *ep, const uint8_t *p,
		 size_t len)
{
	if (!ep || ep->sent == 0 || len < 4)
		return;
	ep->sent = 0;
	--l->out;
	++l->done;
	if ((p[0] >> CHOICE_SHIFT & CHOICE_MASK) != RCF) {
		++l->refused;
		return;
	}
	++l->answered;
	if (!ep->len[LIGHT])
		learn(l, ep, p, len);
}


static void receive(struct load *l)
{
	static uint8_t p[BURST][MESSAGE_MAX];
	static struct mmsghdr h[BURST];
	static struct envelope e[BURST];
	int n, i;

	for (i = 0; i < BURST; i++) {
		memset(&h[i], 0, sizeof(h[i]));
		e[i].iov = (struct iovec){p[i], MESSAGE_MAX};
		h[i].msg_hdr.msg_iov	    = &e[i].iov;
		h[i].msg_hdr.msg_iovlen	    = 1;
		h[i].msg_hdr.msg_control    = e[i].control.buf;
		h[i].msg_hdr.msg_controllen = sizeof(e[i].control.buf);
	}
	n = recvmmsg(l->fd, h, BURST, MSG_DONTWAIT, NULL);
	for (i = 0; i < n; i++)
		take(l, whose(l, &h[i].msg_hdr), p[i], h[i].msg_len);
}


/* ---- a round ---- */

static void play(struct load *l, enum how how, double seconds)
{
	const double begin = now();
	double looked	   = begin;

	l->how	    = how;
	l->answered = l->refused = l->resent = 0;
	l->next = l->done = 0;
	l->last = seconds > 0 ? UINT32_MAX : l->n;
	for (;;) {
		struct pollfd fd = {.fd = l->fd, .events = POLLIN};
		const double at	 = now();
		const bool more	 = seconds > 0 ? at < begin + seconds
					       : l->next < l->last;

		send_more(l, more);
		if (!more && !l->out)
			break;
		(void)poll(&fd, 1, 10);
		receive(l);
		if (at > looked + 0.2) {
			send_again(l);
			looked = at;
		}
	}
	(void)printf("%lu %lu %lu %.6f\n", l->answered, l->refused, l->resent,
		     now() - begin);
	(void)fflush(stdout);
}


static void prepare(struct load *l, const char *gk, uint16_t port)
{
	const struct sockaddr_in any = {.sin_family = AF_INET};
	static const int on = 1, size = 8 << 20;
	struct sockaddr_in own;
	socklen_t len = sizeof(own);
	unsigned i;

	l->gk.sin_family = AF_INET;
	l->gk.sin_port	 = htons(port);
	if (inet_pton(AF_INET, gk, &l->gk.sin_addr) != 1)
		die(gk);
	l->fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (l->fd < 0 || bind(l->fd, (const void *)&any, sizeof(any)) ||
	    getsockname(l->fd, (void *)&own, &len))
		die("socket");
	(void)setsockopt(l->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	(void)setsockopt(l->fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
	l->port = ntohs(own.sin_port);
	for (i = 0; i < l->n; i++) {
		/* 127.16.0.0 and on */
		l->v[i].ip.s_addr = htonl(0x7f100000 + i);
		make(l, &l->v[i], FULL, NULL);
	}
}


int main(int argc, char *argv[])
{
	static struct load l;
	char word[16];
	double seconds;

	if (argc != 5) {
		(void)fprintf(stderr, "rrq GATEKEEPER PORT ENDPOINTS WINDOW\n");
		return 2;
	}
	l.n	 = (unsigned)strtoul(argv[3], NULL, 10);
	l.window = (unsigned)strtoul(argv[4], NULL, 10);
	l.v	 = calloc(l.n, sizeof(*l.v));
	if (!l.n || !l.v || per_alloc(&l.per, NULL))
		die("memory");
	prepare(&l, argv[1], (uint16_t)strtoul(argv[2], NULL, 10));
	(void)printf("ready\n");
	(void)fflush(stdout);
	while (scanf("%15s %lf", word, &seconds) == 2)
		play(&l, !strcmp(word, "light") ? LIGHT : FULL, seconds);

	return 0;
}
