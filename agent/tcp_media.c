/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tcp_media.c  Ports of ours for media over TCP, joined to the relay
 *
 * The relay says which port is for which terminal (tcp.open). What connects
 * there from the terminal gets a byte channel to the relay; and the relay opens
 * one when it is we who are to connect. One connection at a time: the first.
 * Owns the ports and the connections.
 */
#include "rpc/libre.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "bytes/ends.h"
#include "bytes/what.h"
#include "tcp_media.h"


enum {
	BUCKETS	    = 64,
	BURST	    = 8,
	STREAMS_MAX = 1024,
	CONNECT_MS  = 10000,
};

struct tcp_media {
	struct addr local;
	uint16_t min, max;
	struct hash *streams;
	unsigned streamc;
	struct policy *policy;
	struct audit *audit;
	struct tunnel *tunnel;	 /* NULL: there is none */
	struct control *control; /* likewise */
};

/** A port, and the connection with its terminal if there is one */
struct stream {
	struct le he;
	struct tcp_media *media;
	uint32_t id;
	int fd;			  /* of the port */
	bool listening;		  /* to who comes; else they wait */
	struct addr at;
	struct addr terminal;	  /* signals from there, no port */
	struct addr remote;	  /* where it listens; unset: nobody knows */
	struct addr peer;	  /* of the connection */
	struct channel *asked;	  /* not accepted yet */
	struct joint_end *socket; /* not joined yet */
	struct joint *joint;
};


/* ---- the audit log ---- */

static json_t *record(const struct stream *st, const struct addr *peer)
{
	json_t *o = audit_record("data", &st->at);
	const char *call = policy_call(st->media->policy, POLICY_SERVER,
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


static void refused(const struct stream *st, const struct addr *peer,
		    const char *why)
{
	audit_refuse(st->media->audit, record(st, peer), why);
}


/* ---- the connection ---- */

static struct channel *let_go(struct stream *st)
{
	static const struct channel_handlers none = {0};
	struct channel *ch			  = st->asked;

	st->asked = NULL;
	if (ch)
		channel_handlers_set(ch, &none, NULL);

	return ch;
}


/* there is, or will be, one: count it */
static bool connection_take(struct stream *st, const struct addr *peer,
			    const char **why)
{
	struct policy *p = st->media->policy;

	if (st->joint || st->socket) {
		*why = "there is a connection";
		return false;
	}
	if (!policy_service(p, POLICY_DATA, peer, why))
		return false;
	st->peer = *peer;

	return true;
}


static void connection_drop(struct stream *st, enum tunnel_reason why)
{
	struct channel *ch = let_go(st);

	if (!st->socket && !st->joint)
		return;
	if (ch)
		channel_reset(ch, why);
	st->socket = mem_deref(st->socket);
	st->joint  = mem_deref(st->joint);
	policy_give(st->media->policy, 1);
}


static void connection_closed(struct stream *st, const char *why)
{
	json_t *o = record(st, &st->peer);

	(void)json_object_update_new(
		o, json_pack("{s:I,s:I}", "bytesUp",
			     (json_int_t)joint_octets(st->joint, 0),
			     "bytesDown",
			     (json_int_t)joint_octets(st->joint, 1)));
	audit_close(st->media->audit, o, why);
}


static void on_joint_close(struct joint *j, enum tunnel_reason why, void *arg)
{
	struct stream *st = arg;
	(void)j;

	connection_closed(st, why == TUNNEL_OK ? NULL
					       : tunnel_reason_name(why));
	connection_drop(st, why);
}


/* channel: accepted, at whichever end */
static int join(struct stream *st, struct channel *ch)
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
	audit_open(st->media->audit, record(st, &st->peer));

	return 0;
}


static void on_gone(struct channel *ch, enum tunnel_reason why, void *arg)
{
	struct stream *st = arg;
	(void)ch;

	st->asked = NULL;
	refused(st, &st->peer, tunnel_reason_name(why));
	connection_drop(st, why);
}


static void on_accepted(struct channel *ch, void *arg)
{
	struct stream *st = arg;

	if (join(st, ch))
		connection_drop(st, TUNNEL_LIMIT);
}


static const struct channel_handlers asked_handlers = {
	.accepth = on_accepted,
	.closeh	 = on_gone,
};


/* ---- the terminal connects ---- */

static bool may_connect(struct stream *st, const struct addr *peer,
			const char **why)
{
	if (!addr_ip_eq(peer, &st->terminal) && !addr_ip_eq(peer, &st->remote))
		*why = "it is not the terminal's address";
	else if (!policy_named(st->media->policy, POLICY_SERVER, &st->at))
		*why = "no signalling has named this port";
	else
		return connection_take(st, peer, why);

	return false;
}


static int ask(struct stream *st)
{
	const struct what_tcp w = {.id = st->id, .from = st->peer};
	char what[WHAT_LEN];
	const size_t len = what_tcp_encode(&w, what);

	if (!st->media->tunnel)
		return ENOTCONN;

	return tunnel_open(&st->asked, st->media->tunnel, CHANNEL_BYTES, what,
			   len, &asked_handlers, st);
}


static void admit(struct stream *st, int fd, const struct addr *peer)
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
		policy_give(st->media->policy, 1);
		return;
	}
	if (ask(st)) {
		refused(st, peer, "there is no tunnel");
		connection_drop(st, TUNNEL_GONE);
	}
}


static void on_accept(int flags, void *arg)
{
	struct stream *st = arg;
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
	struct stream *st = arg;
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


static bool has_id(struct le *le, void *arg)
{
	const struct stream *st = le->data;

	return st->id == *(uint32_t *)arg;
}


static struct stream *find(const struct tcp_media *m, uint32_t id)
{
	return list_ledata(hash_lookup(m->streams, id, has_id, &id));
}


static void connect_to(struct stream *st, struct channel *ch,
		       const struct addr *to)
{
	const char *why = "";
	struct addr from = st->at;

	if (!policy_named(st->media->policy, POLICY_TERMINAL, to))
		why = "no signalling has named the terminal's port";
	else if (connection_take(st, to, &why)) {
		addr_set_port(&from, 0);
		if (!end_connect(&st->socket, &from, to, CONNECT_MS,
				 on_connect, st)) {
			st->asked = ch;
			channel_handlers_set(ch, &asked_handlers, st);
			return;
		}
		policy_give(st->media->policy, 1);
		refused(st, to, "it can't be connected to");
		channel_reset(ch, TUNNEL_UNREACHABLE);
		return;
	}
	refused(st, to, why);
	channel_reset(ch, TUNNEL_REFUSED);
}


/**
 * The server opens a channel: are we to connect to a terminal?
 *
 * @return false: it is for something else
 */
bool tcp_media_open(struct tcp_media *m, struct channel *ch, const char *what,
		    size_t len)
{
	struct what_tcp w;
	struct stream *st;
	const int err = what_tcp_decode(&w, what, len);

	if (err == ENOENT)
		return false;

	st = err ? NULL : find(m, w.id);
	if (st && addr_is_set(&w.to) && channel_kind(ch) == CHANNEL_BYTES)
		connect_to(st, ch, &w.to);
	else
		channel_reset(ch, TUNNEL_REFUSED);

	return true;
}


/* ---- what the relay orders ---- */

static void stream_destructor(void *arg)
{
	struct stream *st = arg;

	hash_unlink(&st->he);
	if (st->joint && !joint_closed(st->joint)) {
		connection_closed(st, NULL);
		joint_release(st->joint);
	}
	connection_drop(st, TUNNEL_SHUTDOWN);
	if (st->fd >= 0) {
		fd_close(st->fd);
		(void)close(st->fd);
		policy_give(st->media->policy, 1);
		policy_forget(st->media->policy, &st->at);
	}
}


/* until it is said whose connections these are they wait in the kernel */
static int listen_follow(struct stream *st)
{
	int err;

	if (st->listening ||
	    (!addr_is_set(&st->terminal) && !addr_is_set(&st->remote)))
		return 0;

	err	      = fd_listen(st->fd, FD_READ, on_accept, st);
	st->listening = !err;

	return err;
}


static bool read_party(struct stream *st, const json_t *params)
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


static int listen_on(struct stream *st, uint16_t port, const char **why)
{
	struct tcp_media *m = st->media;
	int err;

	st->at = m->local;
	addr_set_port(&st->at, port);
	if (!policy_take(m->policy, POLICY_DATA, 1, why))
		return EACCES;
	err = end_listen(&st->fd, &st->at);
	if (!err)
		err = listen_follow(st);
	if (err && st->fd >= 0) {
		(void)close(st->fd);
		st->fd = -1;
	}
	if (err) {
		policy_give(m->policy, 1);
		*why = strerror(err);
	}

	return err;
}


static void failed(struct tcp_media *m, uint32_t id, const char *why)
{
	json_t *o = audit_record("data", NULL);

	(void)json_object_set_new(o, "stream", json_integer(id));
	audit_refuse(m->audit, o, why);
	if (m->control)
		(void)control_notify(m->control, "tcp.failed",
				     json_pack("{s:I,s:s}", "id",
					       (json_int_t)id, "reason", why));
}


static void open_stream(struct tcp_media *m, uint32_t id, const json_t *params)
{
	const json_int_t port =
		json_integer_value(json_object_get(params, "port"));
	const char *why	  = "it is not to be understood";
	struct stream *st = mem_zalloc(sizeof(*st), stream_destructor);

	if (!st)
		return;
	st->media = m;
	st->id	  = id;
	st->fd	  = -1;
	if (port < m->min || port > m->max)
		why = "the port is none of ours";
	else if (find(m, id) || m->streamc >= STREAMS_MAX)
		why = "there are too many";
	else if (read_party(st, params) &&
		 !listen_on(st, (uint16_t)port, &why)) {
		hash_append(m->streams, id, &st->he, st);
		++m->streamc;
		return;
	}
	failed(m, id, why);
	mem_deref(st);
}


/**
 * What the relay says about TCP media
 *
 * @return false: it is no method of ours
 */
bool tcp_media_request(struct tcp_media *m, const char *method,
		       const json_t *params, struct rpc_error *err)
{
	const json_t *v	    = json_object_get(params, "id");
	const json_int_t id = json_integer_value(v);
	struct stream *st;

	if (strncmp(method, "tcp.", 4))
		return false;
	if (!json_is_integer(v) || id < 0 || id > UINT32_MAX) {
		rpc_error_set(err, RPC_INVALID_PARAMS, "id: a number");
		return true;
	}
	if (!strcmp(method, "tcp.open")) {
		open_stream(m, (uint32_t)id, params);
		return true;
	}

	st = find(m, (uint32_t)id);
	if (!st) {
		rpc_error_set(err, RPC_NOT_FOUND, "there is no such stream");
	} else if (!strcmp(method, "tcp.close")) {
		mem_deref(st);
		--m->streamc;
	} else if (strcmp(method, "tcp.update")) {
		return false;
	} else if (!read_party(st, params) || listen_follow(st)) {
		rpc_error_set(err, RPC_INVALID_PARAMS,
			      "it is not to be understood");
	}

	return true;
}


/** There is a tunnel, or (NULL) none any more: its streams are gone */
void tcp_media_tunnel(struct tcp_media *m, struct tunnel *t,
		      struct control *c)
{
	hash_flush(m->streams);
	m->streamc = 0;
	m->tunnel  = t;
	m->control = c;
}


static void tcp_media_destructor(void *arg)
{
	struct tcp_media *m = arg;

	if (m->streams)
		hash_flush(m->streams);
	mem_deref(m->streams);
	mem_deref(m->policy);
	mem_deref(m->audit);
}


/**
 * Offer ports for TCP media
 *
 * @param mp     Result; mem_deref() it
 * @param local  Our address in the private network
 * @param min    First port
 * @param max    Last port
 * @param policy What may be done
 * @param audit  Where it is written down
 *
 * @return 0 or ENOMEM
 */
int tcp_media_alloc(struct tcp_media **mp, const struct addr *local,
		    uint16_t min, uint16_t max, struct policy *policy,
		    struct audit *audit)
{
	struct tcp_media *m = mem_zalloc(sizeof(*m), tcp_media_destructor);
	int err;

	if (!m)
		return ENOMEM;

	m->local  = *local;
	m->min	  = min;
	m->max	  = max;
	m->policy = mem_ref(policy);
	m->audit  = mem_ref(audit);
	err	  = hash_alloc(&m->streams, BUCKETS);
	if (err)
		mem_deref(m);
	else
		*mp = m;

	return err;
}
