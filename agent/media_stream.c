/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file media_stream.c  A stream: a terminal's ports, and a way to the relay
 *
 * Where the terminal's packets come from is learnt as the relay learns it
 * elsewhere (media/latch.h): from the terminal's address only. Owns the two
 * sockets, the latch, the keys (media_sealed.c) and the ways of token mode
 * (media_bare.c).
 */
#include "media_stream.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "media/classify.h"
#include "media/mark.h"
#include "media/rtcp_hide.h"
#include "media_bare.h"
#include "media_gate.h"
#include "media_sealed.h"
#include "media_way.h"


enum {
	PACKET_MAX = 2048,
};


/* How many it has: in token mode those to the relay are its own */
static unsigned sockets(const struct media_stream *st)
{
	return st->token ? 2 * LATCH_COMPONENTS : LATCH_COMPONENTS;
}


static void destructor(void *arg)
{
	struct media_stream *st = arg;

	if (st->counted)
		media_gate_closed(st->gate, st, sockets(st));
	hash_unlink(&st->he);
	tmr_cancel(&st->tmr);
	for (unsigned i = 0; i < LATCH_COMPONENTS; i++) {
		if (st->sock[i].fd < 0)
			continue;
		fd_close(st->sock[i].fd);
		(void)close(st->sock[i].fd);
	}
	for (unsigned i = 0; i < LATCH_COMPONENTS; i++)
		mem_deref(st->way[i]);
	sealer_free(st->up);
	opener_free(st->down);
}


/* Nothing passes before the terminal was told of the port, if that is asked */
static bool may_pass(struct media_stream *st)
{
	if (!st->named)
		st->named = media_gate_named(st->gate, st);
	if (!st->named)
		++st->unsignalled;

	return st->named;
}


/* ---- up ---- */

/** The way to the relay is new: let it learn where we are, at once */
void media_stream_beat(struct media_stream *st)
{
	if (st->token) {
		media_bare_renew(st);
		return;
	}
	media_sealed_beat(st);
}


static void on_packet(struct media_sock *sk, uint8_t *p, size_t len,
		      const struct addr *src)
{
	struct media_stream *st = sk->st;
	enum latch_component c	= sk->component;
	enum latch_reason reason;
	struct latch_packet lp = {.src = src, .component = c};
	struct media_info mi;

	media_classify(&mi, p, len);
	lp.kind = mi.kind;
	lp.ssrc = mi.ssrc;
	lp.seq	= mi.seq;
	if (latch_recv(&st->latch, &lp, tmr_jiffies(), &reason) ==
	    LATCH_REFUSE) {
		++st->refused;
		return;
	}
	if (!may_pass(st))
		return;
	if (mi.kind == LATCH_PKT_RTCP) {
		c = LATCH_RTCP;
		(void)rtcp_hide(p, len, st->gate->hide);
	}
	++st->packets[0];
	st->bytes[0] += len;
	if (st->token)
		media_bare_send(st, c, p, len);
	else
		media_sealed_send(st, c, p, len);
}


/* One datagram a wake-up: there is rarely a second, and asking costs as much as
 * being woken again for it */
static void on_readable(int flags, void *arg)
{
	struct media_sock *sk = arg;
	uint8_t buf[PACKET_MAX];
	struct addr src = {0};
	socklen_t len	= sizeof(src.u);
	ssize_t n	= recvfrom(sk->fd, buf, sizeof(buf), MSG_DONTWAIT,
				   &src.u.sa, &len);
	(void)flags;

	if (n >= 0)
		on_packet(sk, buf, (size_t)n, &src);
}


/* ---- down ---- */

static int fd_for(const struct media_stream *st, enum latch_component c)
{
	if (c == LATCH_RTP || st->mux)
		return st->sock[LATCH_RTP].fd;

	return st->rtcp ? st->sock[LATCH_RTCP].fd : -1;
}


/** A packet came from the relay: to the terminal */
void media_stream_deliver(struct media_stream *st, enum latch_component c,
			  const uint8_t *p, size_t len)
{
	const struct addr *dest = latch_dest(&st->latch, c);
	const int fd		= fd_for(st, c);

	if (!dest || fd < 0 || !may_pass(st))
		return;
	if (sendto(fd, p, len, MSG_NOSIGNAL, &dest->u.sa, addr_socklen(dest)) <
		    0 && errno == ECONNREFUSED)
		(void)sendto(fd, p, len, MSG_NOSIGNAL, &dest->u.sa,
			     addr_socklen(dest));
	++st->packets[1];
	st->bytes[1] += len;
}


/* ---- what the relay says ---- */

static void mark(struct media_stream *st, uint8_t dscp)
{
	if (st->dscp == dscp)
		return;

	st->dscp = dscp;
	for (unsigned i = 0; i < LATCH_COMPONENTS; i++) {
		if (st->sock[i].fd >= 0)
			mark_socket(st->sock[i].fd, addr_family(&st->local),
				    dscp);
		if (st->way[i])
			media_way_mark(st->way[i], dscp);
	}
}


static int sock_open(struct media_stream *st, enum latch_component c)
{
	struct media_sock *sk = &st->sock[c];
	struct addr a	      = st->local;
	int err		      = 0;

	addr_set_port(&a, (uint16_t)(st->port + c));
	sk->fd = socket(addr_family(&a),
			SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (sk->fd < 0)
		return errno;
	if (bind(sk->fd, &a.u.sa, addr_socklen(&a)) < 0)
		err = errno;
	if (!err)
		err = fd_listen(sk->fd, FD_READ, on_readable, sk);
	if (err) {
		(void)close(sk->fd);
		sk->fd = -1;
		return err;
	}
	mark_socket(sk->fd, addr_family(&a), st->dscp);

	return 0;
}


static bool remote_read(struct addr *rtp, struct addr *rtcp, const json_t *o)
{
	const char *text = json_string_value(json_object_get(o, "address"));
	json_int_t port	 = json_integer_value(json_object_get(o, "port"));
	json_int_t second = json_integer_value(json_object_get(o, "rtcpPort"));

	if (!text || port < 1 || port > 65535 || second < 0 || second > 65535)
		return false;

	return !addr_parse(rtp, text, (uint16_t)port) &&
	       !addr_parse(rtcp, text, (uint16_t)second);
}


/**
 * Take what is new: where the terminal is, what RTCP does, the DSCP
 *
 * @return 0, EINVAL: nothing has changed
 */
int media_stream_change(struct media_stream *st, const json_t *params)
{
	const json_t *remote = json_object_get(params, "remote");
	const char *terminal = json_string_value(json_object_get(params,
								 "terminal"));
	const char *rtcp = json_string_value(json_object_get(params, "rtcp"));
	json_int_t dscp = json_integer_value(json_object_get(params, "dscp"));
	struct addr sig = {0}, a = {0}, b = {0};
	struct latch_conf conf = {
		.policy	     = LATCH_CONSTRAINED,
		.window_ms   = LATCH_WINDOW_MS,
		.first_ms    = LATCH_FIRST_MS,
		.silence_ms  = LATCH_SILENCE_MS,
		.handover_ms = LATCH_HANDOVER_MS,
	};
	const uint64_t now = tmr_jiffies();

	if ((terminal && addr_parse(&sig, terminal, 0)) ||
	    (json_is_object(remote) && !remote_read(&a, &b, remote)) || !rtcp ||
	    dscp < 0 || dscp > 63)
		return EINVAL;

	mark(st, (uint8_t)dscp);
	st->rtp	 = json_is_true(json_object_get(params, "rtp"));
	st->mux	 = !strcmp(rtcp, "mux");
	st->rtcp = !strcmp(rtcp, "separate");
	conf.rtp = st->rtp;
	conf.mux = st->mux;
	if (!st->port)
		latch_init(&st->latch, &conf, now);
	else
		latch_conf_set(&st->latch, &conf, now);
	st->signalling	= sig;
	st->remote	= a;
	st->remote_rtcp = b;
	latch_party_set(&st->latch, &st->signalling, &st->remote,
			&st->remote_rtcp, now);

	return st->token && st->port ? media_bare_change(st, params) : 0;
}


/**
 * Make a stream; nothing is open yet
 *
 * @param sp     Result; mem_deref() it
 * @param params Of media.open
 * @param local  Our address in the private network
 * @param carry  How to get to the relay; must outlive it
 * @param gate   What may be done; must outlive it
 *
 * @return 0, EINVAL or ENOMEM
 */
int media_stream_alloc(struct media_stream **sp, const json_t *params,
		       const struct addr *local, struct carry *carry,
		       const struct media_gate *gate)
{
	const json_int_t id = json_integer_value(json_object_get(params, "id"));
	struct media_stream *st;

	if (!json_is_integer(json_object_get(params, "id")) || id < 0 ||
	    id > UINT32_MAX)
		return EINVAL;
	st = mem_zalloc(sizeof(*st), destructor);
	if (!st)
		return ENOMEM;

	for (unsigned i = 0; i < LATCH_COMPONENTS; i++)
		st->sock[i] = (struct media_sock){
			.st = st, .fd = -1,
			.component = (enum latch_component)i};
	st->id	   = (uint32_t)id;
	st->local  = *local;
	st->carry  = carry;
	st->gate   = gate;
	*sp	   = st;

	return 0;
}


/**
 * Open a stream's ports
 *
 * @param st     Stream
 * @param params Of media.open
 * @param why    What went wrong
 *
 * @return 0 or an errno
 */
int media_stream_open(struct media_stream *st, const json_t *params,
		      const char **why)
{
	json_int_t port = json_integer_value(json_object_get(params, "port"));
	int err;

	*why = "it is not to be understood";
	if (port < 1024 || port > 65534 || port & 1 ||
	    media_stream_change(st, params))
		return EINVAL;

	st->port = (uint16_t)port;
	err = st->token ? 0 : media_sealed_keys(st, params, why);
	if (err)
		return err;

	if (!media_gate_open(st->gate, sockets(st), why))
		return EMFILE;
	err = sock_open(st, LATCH_RTP);
	if (!err)
		err = sock_open(st, LATCH_RTCP);
	if (!err && st->token)
		err = media_bare_change(st, params);
	if (err) {
		*why = strerror(err);
		policy_give(st->gate->policy, sockets(st));
		return err;
	}
	st->counted = true;
	st->named = st->again = media_gate_named(st->gate, st);
	media_gate_opened(st->gate, st);
	if (!st->token)
		media_sealed_beat(st);

	return 0;
}
