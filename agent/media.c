/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file media.c  Ports in the private network, joined to the relay
 *
 * The relay chooses among the ports we offer and says what each is for. All
 * streams share one socket towards its port X. Owns that and the streams.
 */
#include "rpc/libre.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "log/log.h"
#include "alive.h"
#include "media.h"
#include "media_gate.h"
#include "media_stream.h"


#define ROOM "media"

enum {
	BUCKETS	    = 256,
	BURST	    = 32,
	DATAGRAM_MAX = 2048 + SEAL_OVERHEAD,
	STREAMS_MAX = 4096,
};

struct media {
	struct addr local;
	uint16_t min, max;
	struct media_gate gate;
	int uplink;
	struct hash *streams;
	unsigned streamc;
	struct control *control; /* NULL: there is no tunnel */
	uint64_t unknown;
	struct alive alive; /* of the uplink */
};


static void uplink_close(struct media *m)
{
	if (m->uplink < 0)
		return;

	fd_close(m->uplink);
	(void)close(m->uplink);
	m->uplink = -1;
}


static void media_destructor(void *arg)
{
	struct media *m = arg;

	if (m->streams)
		hash_flush(m->streams);
	mem_deref(m->streams);
	uplink_close(m);
}


static bool has_id(struct le *le, void *arg)
{
	const struct media_stream *st = le->data;

	return st->id == *(uint32_t *)arg;
}


static struct media_stream *find(const struct media *m, uint32_t id)
{
	return list_ledata(hash_lookup(m->streams, id, has_id, &id));
}


static bool beat_one(struct le *le, void *arg)
{
	(void)arg;
	media_stream_beat(le->data);

	return false;
}


static void tell_alive(const struct media *m)
{
	if (m->control)
		(void)control_notify(
			m->control, "media.alive",
			json_pack("{s:I,s:I}", "interval",
				  (json_int_t)m->alive.interval, "lost",
				  (json_int_t)m->alive.lost));
}


/* Where the relay sees us now, it does not see the other streams yet */
static void on_seen(struct media *m, const struct addr *seen)
{
	const uint32_t interval = m->alive.interval;
	const bool first	= !addr_is_set(&m->alive.seen);
	const bool moved = alive_answer(&m->alive, seen, tmr_jiffies());
	char buf[ADDR_STRLEN];

	if (moved) {
		log_info(ROOM, "the relay sees us at %s now",
			 addr_str(seen, buf));
		(void)hash_apply(m->streams, beat_one, NULL);
	}
	if (first || moved || m->alive.interval != interval)
		tell_alive(m);
}


static void on_readable(int flags, void *arg)
{
	uint8_t buf[DATAGRAM_MAX];
	struct media *m = arg;
	unsigned i;
	(void)flags;

	for (i = 0; i < BURST; i++) {
		ssize_t n = recv(m->uplink, buf, sizeof(buf), MSG_DONTWAIT);
		struct media_stream *st = NULL;
		struct addr seen;
		struct seal_head h;

		if (n < 0)
			return;
		alive_heard(&m->alive, tmr_jiffies());
		if (!seal_head_decode(&h, buf, (size_t)n))
			st = find(m, h.id);
		if (st && !h.seen)
			media_stream_down(st, buf, (size_t)n);
		else if (st && media_stream_seen(st, &seen, buf, (size_t)n))
			on_seen(m, &seen);
		else if (!st)
			++m->unknown;
	}
}


/* From the address we have now, to the address it has: else the relay would
 * have to learn anew where we are */
static bool same_way(const struct media *m, int fd)
{
	struct addr a = {0}, b = {0}, c = {0}, d = {0};
	socklen_t len[4] = {sizeof(a.u), sizeof(a.u), sizeof(a.u),
			    sizeof(a.u)};

	return m->uplink >= 0 && !getsockname(fd, &a.u.sa, &len[0]) &&
	       !getsockname(m->uplink, &b.u.sa, &len[1]) &&
	       !getpeername(fd, &c.u.sa, &len[2]) &&
	       !getpeername(m->uplink, &d.u.sa, &len[3]) &&
	       addr_ip_eq(&a, &b) && addr_eq(&c, &d);
}


/** Where the relay's port X is; unset: nowhere */
void media_server(struct media *m, const struct addr *server)
{
	char buf[ADDR_STRLEN];
	int fd, err = 0;

	if (!addr_is_set(server)) {
		uplink_close(m);
		return;
	}

	fd = socket(addr_family(server),
		    SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, &server->u.sa, addr_socklen(server)) < 0)
		err = errno;
	if (!err && same_way(m, fd)) {
		(void)close(fd);
		return;
	}
	uplink_close(m);
	if (!err)
		err = fd_listen(fd, FD_READ, on_readable, m);
	if (err) {
		log_warn(ROOM, "media to %s: %s", addr_str(server, buf),
			 strerror(err));
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	m->uplink = fd;
	alive_init(&m->alive, tmr_jiffies());
	(void)hash_apply(m->streams, beat_one, NULL);
}


/** Nothing was sent for a while: let the relay learn anew where we are */
void media_wake(struct media *m)
{
	(void)hash_apply(m->streams, beat_one, NULL);
}


/** There is a tunnel, or (NULL) none any more: its streams are gone */
void media_tunnel(struct media *m, struct control *c)
{
	char buf[ADDR_STRLEN];

	hash_flush(m->streams);
	m->streamc = 0;
	m->control = c;
	if (c)
		(void)control_notify(
			c, "media.range",
			json_pack("{s:s,s:i,s:i}", "address",
				  addr_ip_str(&m->local, buf), "portMin",
				  m->min, "portMax", m->max));
}


static void stream_failed(struct media *m, uint32_t id, const char *why)
{
	log_warn(ROOM, "stream %u: %s", id, why);
	if (m->control)
		(void)control_notify(m->control, "media.failed",
				     json_pack("{s:I,s:s}", "id",
					       (json_int_t)id, "reason", why));
}


static void open_stream(struct media *m, const json_t *params)
{
	struct media_stream *st = NULL;
	const char *why		= "no memory";
	const json_int_t port =
		json_integer_value(json_object_get(params, "port"));

	if (media_stream_alloc(&st, params, &m->local, &m->uplink, &m->gate))
		return;
	st->alive = &m->alive;
	if (port < m->min || port >= m->max)
		why = "the port is none of ours";
	else if (find(m, st->id) || m->streamc >= STREAMS_MAX)
		why = "there are too many";
	else if (media_gate_order(&m->gate, params, &why) &&
		 !media_stream_open(st, params, &why)) {
		hash_append(m->streams, st->id, &st->he, st);
		++m->streamc;
		return;
	}
	media_gate_refused(&m->gate, st->id, params, why);
	stream_failed(m, st->id, why);
	mem_deref(st);
}


/**
 * What the relay says about media
 *
 * @return false: it is no method of ours
 */
bool media_request(struct media *m, const char *method, const json_t *params,
		   struct rpc_error *err)
{
	const json_int_t id = json_integer_value(json_object_get(params, "id"));
	const char *why = NULL;
	struct media_stream *st;

	if (!strcmp(method, "media.open")) {
		open_stream(m, params);
		return true;
	}
	if (strcmp(method, "media.update") && strcmp(method, "media.close"))
		return false;

	st = id >= 0 && id <= UINT32_MAX ? find(m, (uint32_t)id) : NULL;
	if (!st) {
		rpc_error_set(err, RPC_NOT_FOUND, "there is no such stream");
	} else if (!strcmp(method, "media.close")) {
		media_gate_forget(&m->gate, st);
		mem_deref(st);
		--m->streamc;
	} else if (!media_gate_order(&m->gate, params, &why)) {
		media_gate_refused(&m->gate, st->id, params, why);
		stream_failed(m, st->id, why);
	} else if (media_stream_change(st, params)) {
		rpc_error_set(err, RPC_INVALID_PARAMS,
			      "it is not to be understood");
	}

	return true;
}


/**
 * Offer ports for media
 *
 * @param mp     Result; mem_deref() it
 * @param local  Our address in the private network
 * @param min    First port
 * @param max    Last port
 * @param policy What may be done
 * @param audit  Is told what was done
 *
 * @return 0 or ENOMEM
 */
int media_alloc(struct media **mp, const struct addr *local, uint16_t min,
		uint16_t max, struct policy *policy, struct audit *audit)
{
	struct media *m = mem_zalloc(sizeof(*m), media_destructor);
	int err;

	if (!m)
		return ENOMEM;

	m->local = *local;
	addr_set_port(&m->local, 0);
	m->min	  = min;
	m->max	  = max;
	m->uplink = -1;
	m->gate	  = (struct media_gate){.policy = policy, .audit = audit};
	alive_init(&m->alive, tmr_jiffies());
	err	  = hash_alloc(&m->streams, BUCKETS);
	if (err)
		mem_deref(m);
	else
		*mp = m;

	return err;
}
