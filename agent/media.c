/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file media.c  Ports in the private network, joined to the relay
 *
 * The relay chooses among the ports we offer and says what each is for. Sealed
 * streams share one carriage to it (carry.h); in token mode each has its own
 * way. Owns that and the streams.
 */
#include "rpc/libre.h"
#include <errno.h>
#include <string.h>
#include <openssl/rand.h>
#include "log/log.h"
#include "alive.h"
#include "carry.h"
#include "media.h"
#include "media_bare.h"
#include "media_gate.h"
#include "media_sealed.h"
#include "media_stream.h"


#define ROOM "media"

enum {
	BUCKETS	    = 256,
	STREAMS_MAX = 4096,
};

struct media {
	struct addr local;
	uint16_t min, max;
	struct media_gate gate;
	struct carry *carry;	/* to the relay, of what is sealed */
	media_modes modes;	/* that are allowed */
	struct addr relay[2];	/* its ports X and Y; unset: not known */
	bool inside;		/* the last stream in token mode moved there */
	struct hash *streams;
	unsigned streamc;
	struct control *control; /* NULL: there is no tunnel */
	uint64_t unknown;
	struct alive_nat nat;	/* between us and the relay */
	struct alive alive;	/* of what is sealed */
};


static void media_destructor(void *arg)
{
	struct media *m = arg;

	if (m->streams)
		hash_flush(m->streams);
	mem_deref(m->streams);
	mem_deref(m->carry);
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
				  (json_int_t)m->nat.interval, "lost",
				  (json_int_t)m->nat.lost));
}


/* Where the relay sees us now, it does not see the other streams yet */
static void on_seen(struct media *m, const struct addr *seen)
{
	const uint32_t interval = m->nat.interval;
	const bool first	= !addr_is_set(&m->alive.seen);
	const bool moved = alive_answer(&m->alive, seen, tmr_jiffies());
	char buf[ADDR_STRLEN];

	if (moved) {
		log_info(ROOM, "the relay sees us at %s now",
			 addr_str(seen, buf));
		(void)hash_apply(m->streams, beat_one, NULL);
	}
	if (first || moved || m->nat.interval != interval)
		tell_alive(m);
}


/* in token mode */
static void on_bare(struct media *m, const struct bare_head *h,
		    const uint8_t *p, size_t len)
{
	struct media_stream *st = find(m, h->id);

	if (st && st->token)
		media_bare_inside(st, h, p + BARE_HEADER, len - BARE_HEADER);
	else
		++m->unknown;
}


static void on_recv(const uint8_t *p, size_t len, bool udp, void *arg)
{
	struct media *m = arg;
	struct media_stream *st = NULL;
	struct bare_head bare;
	struct addr seen;
	struct seal_head h;

	if (!udp && !bare_head_decode(&bare, p, len)) {
		on_bare(m, &bare, p, len);
		return;
	}
	if (udp)
		alive_heard(&m->alive, tmr_jiffies());
	if (!seal_head_decode(&h, p, len))
		st = find(m, h.id);
	if (!st) {
		++m->unknown;
	} else if (!h.seen) {
		carry_used(m->carry);
		media_sealed_down(st, p, len);
	} else if (media_sealed_seen(st, &seen, p, len) && udp) {
		on_seen(m, &seen);
		carry_answered(m->carry);
	}
}


static bool is_sealed(struct le *le, void *arg)
{
	const struct media_stream *st = le->data;
	(void)arg;

	return st->up != NULL;
}


/* in the name of any stream */
static bool on_ask(uint8_t *p, void *arg)
{
	struct media *m = arg;
	struct media_stream *st =
		list_ledata(hash_apply(m->streams, is_sealed, NULL));

	if (!st || !media_sealed_question(st, p))
		return false;
	alive_sent(&m->alive, tmr_jiffies());

	return true;
}


static bool way_one(struct le *le, void *arg)
{
	const struct media *m	= arg;
	struct media_stream *st = le->data;

	memcpy(st->relay, m->relay, sizeof(st->relay));
	media_bare_relay(st);
	media_stream_beat(st);

	return false;
}


static void nat_new(struct media *m)
{
	alive_nat_init(&m->nat);
	alive_init(&m->alive, &m->nat, tmr_jiffies());
}


static void on_new(bool socket, void *arg)
{
	struct media *m = arg;

	if (socket)
		nat_new(m);
	else
		audit_event(m->gate.audit, "moved",
			    audit_record("media", NULL),
			    carry_in_tunnel(m->carry) ? "in-tunnel"
						      : "over UDP");
	(void)hash_apply(m->streams, socket ? way_one : beat_one, m);
}


/** Where the relay's ports X and Y are; unset: nowhere */
void media_server(struct media *m, const struct addr *server,
		  const struct addr *rtcp)
{
	m->relay[LATCH_RTP]  = *server;
	m->relay[LATCH_RTCP] = *rtcp;
	carry_server(m->carry, server);
}


/** Nothing was sent for a while: let the relay learn anew where we are */
void media_wake(struct media *m)
{
	(void)hash_apply(m->streams, beat_one, NULL);
}


/**
 * There is a tunnel, or none any more: its streams are gone
 *
 * @param m Media
 * @param c Its control channel; NULL: there is no tunnel
 * @param u Who has it, where media may go in-tunnel; else NULL
 */
void media_tunnel(struct media *m, struct control *c, const struct uplink *u)
{
	char buf[ADDR_STRLEN];

	hash_flush(m->streams);
	m->streamc = 0;
	m->control = c;
	carry_beside(m->carry, c ? u : NULL);
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


static void on_no_token(uint32_t id, void *arg)
{
	const struct media *m = arg;

	if (m->control)
		(void)control_notify(m->control, "media.token",
				     json_pack("{s:I}", "id",
					       (json_int_t)id));
}


static void on_stream_moved(uint32_t id, enum latch_component c, bool inside,
			    void *arg)
{
	struct media *m = arg;

	if (m->control)
		(void)control_notify(
			m->control, "media.way",
			json_pack("{s:I,s:s,s:s}", "id", (json_int_t)id,
				  "component",
				  c == LATCH_RTCP ? "rtcp" : "rtp", "way",
				  inside ? "tunnel" : "udp"));
	if (c != LATCH_RTP || inside == m->inside)
		return;
	m->inside = inside;
	log_notice(ROOM, "media go %s",
		   inside ? "in-tunnel: UDP is not answered"
			  : "over UDP again");
	audit_event(m->gate.audit, "moved", audit_record("media", NULL),
		    inside ? "in-tunnel" : "over UDP");
}


static void on_learnt(void *arg)
{
	tell_alive(arg);
}


/* Whoever does not say it means sealed */
static bool mode_allowed(const struct media *m, const json_t *params,
			 struct media_stream *st)
{
	const json_t *v		  = json_object_get(params, "mode");
	const enum media_mode mode =
		v ? media_mode_find(json_string_value(v)) : MEDIA_SEALED;

	st->token = mode == MEDIA_TOKEN;

	return mode < MEDIA_MODES && m->modes & 1u << mode;
}


static void open_stream(struct media *m, const json_t *params)
{
	static const struct media_stream_handlers handlers = {
		.askh	 = on_no_token,
		.movedh	 = on_stream_moved,
		.learnth = on_learnt,
	};
	struct media_stream *st = NULL;
	const char *why		= "no memory";
	const json_int_t port =
		json_integer_value(json_object_get(params, "port"));

	if (media_stream_alloc(&st, params, &m->local, m->carry, &m->gate))
		return;
	st->alive = &m->alive;
	st->nat	  = &m->nat;
	st->h	  = handlers;
	st->arg	  = m;
	memcpy(st->relay, m->relay, sizeof(st->relay));
	if (port < m->min || port >= m->max)
		why = "the port is none of ours";
	else if (!mode_allowed(m, params, st))
		why = "its mode is not allowed here";
	else if (find(m, st->id) || m->streamc >= STREAMS_MAX)
		why = "there are too many";
	else if (media_gate_order(&m->gate, params, &why) &&
		 !media_stream_open(st, params, &why)) {
		hash_append(m->streams, st->id, &st->he, st);
		if (st->up)
			carry_used(m->carry);
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
	if (strcmp(method, "media.update") && strcmp(method, "media.close") &&
	    strcmp(method, "media.confirmed"))
		return false;

	st = id >= 0 && id <= UINT32_MAX ? find(m, (uint32_t)id) : NULL;
	if (!st) {
		rpc_error_set(err, RPC_NOT_FOUND, "there is no such stream");
	} else if (!strcmp(method, "media.close")) {
		media_gate_forget(&m->gate, st);
		mem_deref(st);
		--m->streamc;
	} else if (!strcmp(method, "media.confirmed")) {
		media_bare_confirmed(st, params);
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
 * @param modes  What the relay may order
 * @param policy What may be done
 * @param audit  Is told what was done
 *
 * @return 0 or ENOMEM
 */
int media_alloc(struct media **mp, const struct addr *local, uint16_t min,
		uint16_t max, media_modes modes, struct policy *policy,
		struct audit *audit)
{
	static const struct carry_handlers ch = {
		.recvh = on_recv,
		.askh  = on_ask,
		.newh  = on_new,
	};
	struct media *m = mem_zalloc(sizeof(*m), media_destructor);
	int err;

	if (!m)
		return ENOMEM;

	m->local = *local;
	addr_set_port(&m->local, 0);
	m->min	  = min;
	m->max	  = max;
	m->modes  = modes;
	m->gate	  = (struct media_gate){.policy = policy, .audit = audit};
	nat_new(m);
	err	  = hash_alloc(&m->streams, BUCKETS);
	if (!err && RAND_bytes(m->gate.hide, sizeof(m->gate.hide)) != 1)
		err = EIO;
	if (!err)
		err = carry_alloc(&m->carry, &ch, m);
	if (err)
		mem_deref(m);
	else
		*mp = m;

	return err;
}
