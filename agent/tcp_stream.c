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
	BURST	   = 8,
	CONNECT_MS = 10000,
};


/* ---- the audit log ---- */

static json_t *record(const struct tcp_stream *st, const struct addr *peer)
{
	json_t *o = audit_record("data", &st->at);
	const char *call = policy_call(st->gate->policy, POLICY_SERVER,
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


static void refused(const struct tcp_stream *st, const struct addr *peer,
		    const char *why)
{
	audit_refuse(st->gate->audit, record(st, peer), why);
}


/* ---- the connection ---- */

static struct channel *let_go(struct tcp_stream *st)
{
	static const struct channel_handlers none = {0};
	struct channel *ch			  = st->asked;

	st->asked = NULL;
	if (ch)
		channel_handlers_set(ch, &none, NULL);

	return ch;
}


/* there is, or will be, one: count it */
static bool connection_take(struct tcp_stream *st, const struct addr *peer,
			    const char **why)
{
	struct policy *p = st->gate->policy;

	if (st->joint || st->socket) {
		*why = "there is a connection";
		return false;
	}
	if (!policy_service(p, POLICY_DATA, peer, why))
		return false;
	st->peer = *peer;

	return true;
}


static void connection_drop(struct tcp_stream *st, enum tunnel_reason why)
{
	struct channel *ch = let_go(st);

	if (!st->socket && !st->joint)
		return;
	if (ch)
		channel_reset(ch, why);
	st->socket = mem_deref(st->socket);
	st->joint  = mem_deref(st->joint);
	policy_give(st->gate->policy, 1);
}


static void connection_closed(struct tcp_stream *st, const char *why)
{
	json_t *o = record(st, &st->peer);

	(void)json_object_update_new(
		o, json_pack("{s:I,s:I}", "bytesUp",
			     (json_int_t)joint_octets(st->joint, 0),
			     "bytesDown",
			     (json_int_t)joint_octets(st->joint, 1)));
	audit_close(st->gate->audit, o, why);
}


static void on_joint_close(struct joint *j, enum tunnel_reason why, void *arg)
{
	struct tcp_stream *st = arg;
	(void)j;

	connection_closed(st, why == TUNNEL_OK ? NULL
					       : tunnel_reason_name(why));
	connection_drop(st, why);
}


/* channel: accepted, at whichever end */
static int join(struct tcp_stream *st, struct channel *ch)
{
	struct joint_end *channel = NULL;
	int err			  = end_channel(&channel, ch);

	if (err)
		return err;
	st->asked = NULL;
	err	  = joint_alloc(&st->joint, st->socket, channel, 0,
				on_joint_close, st);
	mem_deref(channel);
	if (err)
		return err;
	st->socket = mem_deref(st->socket);
	audit_open(st->gate->audit, record(st, &st->peer));

	return 0;
}


static void on_gone(struct channel *ch, enum tunnel_reason why, void *arg)
{
	struct tcp_stream *st = arg;
	(void)ch;

	st->asked = NULL;
	refused(st, &st->peer, tunnel_reason_name(why));
	connection_drop(st, why);
}


static void on_accepted(struct channel *ch, void *arg)
{
	struct tcp_stream *st = arg;

	if (join(st, ch))
		connection_drop(st, TUNNEL_LIMIT);
}


static const struct channel_handlers asked_handlers = {
	.accepth = on_accepted,
	.closeh	 = on_gone,
};


/* ---- the terminal connects ---- */

static bool may_connect(struct tcp_stream *st, const struct addr *peer,
			const char **why)
{
	if (!addr_ip_eq(peer, &st->terminal) && !addr_ip_eq(peer, &st->remote))
		*why = "it is not the terminal's address";
	else if (!policy_named(st->gate->policy, POLICY_SERVER, &st->at))
		*why = "no signalling has named this port";
	else
		return connection_take(st, peer, why);

	return false;
}


static int ask(struct tcp_stream *st)
{
	const struct what_tcp w = {.id = st->id, .from = st->peer};
	char what[WHAT_LEN];
	const size_t len = what_tcp_encode(&w, what);

	if (!st->gate->tunnel)
		return ENOTCONN;

	return tunnel_open(&st->asked, st->gate->tunnel, CHANNEL_BYTES, what,
			   len, &asked_handlers, st);
}


static void admit(struct tcp_stream *st, int fd, const struct addr *peer)
{
	const char *why = "";

	/* one that waits for the relay, and whose terminal has left */
	if (st->socket && st->asked && st->socket->ops->dead(st->socket))
		connection_drop(st, TUNNEL_UNREACHABLE);
	if (!may_connect(st, peer, &why)) {
		refused(st, peer, why);
		end_refuse(fd);
		return;
	}
	if (end_socket(&st->socket, fd)) {
		policy_give(st->gate->policy, 1);
		return;
	}
	if (ask(st)) {
		refused(st, peer, "there is no tunnel");
		connection_drop(st, TUNNEL_GONE);
	}
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

static void on_connect(struct joint_end *e, int err, void *arg)
{
	struct tcp_stream *st = arg;
	struct channel *ch = st->asked;
	(void)e;

	if (!err)
		err = channel_accept(ch, &asked_handlers, st);
	if (!err)
		err = join(st, ch);
	if (!err)
		return;
	refused(st, &st->peer, strerror(err));
	connection_drop(st, TUNNEL_UNREACHABLE);
}


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
	const char *why = "";
	struct addr from = st->at;

	if (!policy_named(st->gate->policy, POLICY_TERMINAL, to))
		why = "no signalling has named the terminal's port";
	else if (connection_take(st, to, &why)) {
		addr_set_port(&from, 0);
		if (!end_connect(&st->socket, &from, to, CONNECT_MS,
				 on_connect, st)) {
			st->asked = ch;
			channel_handlers_set(ch, &asked_handlers, st);
			return;
		}
		policy_give(st->gate->policy, 1);
		refused(st, to, "it can't be connected to");
		channel_reset(ch, TUNNEL_UNREACHABLE);
		return;
	}
	refused(st, to, why);
	channel_reset(ch, TUNNEL_REFUSED);
}


/* ---- the port ---- */

static void tcp_stream_destructor(void *arg)
{
	struct tcp_stream *st = arg;

	hash_unlink(&st->he);
	if (st->joint && !joint_closed(st->joint)) {
		connection_closed(st, NULL);
		joint_release(st->joint);
	}
	connection_drop(st, TUNNEL_SHUTDOWN);
	if (st->fd >= 0) {
		fd_close(st->fd);
		(void)close(st->fd);
		policy_give(st->gate->policy, 1);
		policy_forget(st->gate->policy, &st->at);
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

	if (!policy_take(st->gate->policy, POLICY_DATA, 1, why))
		return EACCES;
	err = end_listen(&st->fd, &st->at);
	if (!err)
		err = listen_follow(st);
	if (err && st->fd >= 0) {
		(void)close(st->fd);
		st->fd = -1;
	}
	if (err) {
		policy_give(st->gate->policy, 1);
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

	st->gate = gate;
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
