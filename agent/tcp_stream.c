/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tcp_stream.c  A port for media over TCP, and its connection
 *
 * What connects there from the terminal gets a byte channel to the relay; and
 * the relay opens one when it is we who are to connect. One connection at a
 * time: the first. Owns the port and the connection.
 */
#include "rpc/libre.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "bytes/ends.h"
#include "bytes/what.h"
#include "tcp_stream.h"


enum {
	BURST = 8,
};


/* ---- the audit log ---- */

static json_t *record(const struct tcp_stream *st, const struct addr *peer)
{
	json_t *o = audit_record("data", &st->at);
	const char *call = policy_call(st->connection.policy, POLICY_SERVER,
				       &st->at);
	char buf[ADDR_STRLEN];

	(void)json_object_set_new(o, "stream", json_integer(st->id));
	if (peer && addr_is_set(peer))
		(void)json_object_set_new(o, "terminal",
					  json_string(addr_str(peer, buf)));
	if (call[0])
		(void)json_object_set_new(o, "call", json_string(call));

	return o;
}


static void refused(const struct tcp_stream *st, struct channel *ch,
		    const struct addr *peer, const char *why)
{
	crossing_refuse(&st->connection, ch, TUNNEL_REFUSED, record(st, peer),
			why);
}


/* may there be one with this host, now? */
static bool may_have(struct tcp_stream *st, const struct addr *peer,
		     const char **why)
{
	if (!list_isempty(&st->connection.all)) {
		*why = "there is a connection";
		return false;
	}

	return policy_ask(st->connection.policy, POLICY_DATA, peer, why);
}


/* ---- the terminal connects ---- */

static bool may_connect(struct tcp_stream *st, const struct addr *peer,
			const char **why)
{
	if (!addr_ip_eq(peer, &st->terminal) && !addr_ip_eq(peer, &st->remote))
		*why = "it is not the terminal's address";
	else if (!policy_named(st->connection.policy, POLICY_SERVER, &st->at))
		*why = "no signalling has named this port";
	else
		return may_have(st, peer, why);

	return false;
}


static void admit(struct tcp_stream *st, int fd, const struct addr *peer)
{
	const struct what_tcp w = {.id = st->id, .from = *peer};
	const char *why = "";
	char what[WHAT_LEN];
	size_t len;

	/* one that waits for the relay, and whose terminal has left */
	crossings_drop_dead(&st->connection);
	if (!may_connect(st, peer, &why)) {
		refused(st, NULL, peer, why);
		end_refuse(fd);
		return;
	}
	len = what_tcp_encode(&w, what);
	(void)crossing_accept(&st->connection, st->gate->tunnel, fd, peer,
			      NULL, what, len, record(st, peer));
}


static void on_accept(int flags, void *arg)
{
	struct tcp_stream *st = arg;
	unsigned i;
	(void)flags;

	for (i = 0; i < BURST; i++) {
		struct addr peer;
		int fd;

		if (end_accept(&fd, st->fd, &peer))
			return;
		admit(st, fd, &peer);
	}
}


/* ---- we connect ---- */

/**
 * The relay asks for a connection to the terminal
 *
 * @param st Stream
 * @param ch Channel, taken or refused
 * @param to Where the terminal listens
 */
void tcp_stream_connect(struct tcp_stream *st, struct channel *ch,
			const struct addr *to)
{
	const char *why	 = "";
	struct addr from = st->at;

	addr_set_port(&from, 0);
	if (!policy_named(st->connection.policy, POLICY_TERMINAL, to))
		refused(st, ch, to, "no signalling has named the terminal's "
			"port");
	else if (!may_have(st, to, &why))
		refused(st, ch, to, why);
	else
		crossing_connect(&st->connection, ch, &from, to, NULL,
				 record(st, to));
}


/* ---- the port ---- */

static void tcp_stream_destructor(void *arg)
{
	struct tcp_stream *st = arg;

	hash_unlink(&st->he);
	crossings_release(&st->connection);
	if (st->fd >= 0) {
		fd_close(st->fd);
		(void)close(st->fd);
		policy_give(st->connection.policy, 1);
		policy_forget(st->connection.policy, &st->at);
	}
}


/* until it is said whose connections these are they wait in the kernel */
static int listen_follow(struct tcp_stream *st)
{
	int err;

	if (st->listening ||
	    (!addr_is_set(&st->terminal) && !addr_is_set(&st->remote)))
		return 0;

	err	      = fd_listen(st->fd, FD_READ, on_accept, st);
	st->listening = !err;

	return err;
}


static bool read_party(struct tcp_stream *st, const json_t *params)
{
	const char *terminal = json_string_value(json_object_get(params,
								 "terminal"));
	const char *remote = json_string_value(json_object_get(params,
							       "remote"));
	struct addr t = {0}, r = {0};

	if ((terminal && addr_parse(&t, terminal, 0)) ||
	    (remote && addr_parse_hostport(&r, remote)))
		return false;
	st->terminal = t;
	st->remote   = r;

	return true;
}


static int listen_on(struct tcp_stream *st, const char **why)
{
	int err;

	if (!policy_take(st->connection.policy, POLICY_DATA, 1, why))
		return EACCES;
	err = end_listen(&st->fd, &st->at);
	if (!err)
		err = listen_follow(st);
	if (err && st->fd >= 0) {
		(void)close(st->fd);
		st->fd = -1;
	}
	if (err) {
		policy_give(st->connection.policy, 1);
		*why = strerror(err);
	}

	return err;
}


/**
 * What is known of the terminal has changed
 *
 * @return 0; EINVAL: it is not to be understood; an errno
 */
int tcp_stream_change(struct tcp_stream *st, const json_t *params)
{
	return read_party(st, params) ? listen_follow(st) : EINVAL;
}


/**
 * Open a port for a terminal
 *
 * @param sp     Result; mem_deref() it, which ends its connection
 * @param gate   What all streams have in common
 * @param id     What the relay calls it
 * @param at     Address and port
 * @param params Of tcp.open
 * @param why    If it can't be: a sentence
 *
 * @return 0, or an errno with why
 */
int tcp_stream_open(struct tcp_stream **sp, const struct tcp_gate *gate,
		    uint32_t id, const struct addr *at, const json_t *params,
		    const char **why)
{
	struct tcp_stream *st = mem_zalloc(sizeof(*st), tcp_stream_destructor);
	int err		      = EINVAL;

	*why = "it is not to be understood";
	if (!st)
		return ENOMEM;

	st->gate		= gate;
	st->connection.policy	= gate->policy;
	st->connection.audit	= gate->audit;
	st->connection.protocol = POLICY_DATA;
	st->id	 = id;
	st->at	 = *at;
	st->fd	 = -1;
	if (read_party(st, params))
		err = listen_on(st, why);
	if (err)
		mem_deref(st);
	else
		*sp = st;

	return err;
}
