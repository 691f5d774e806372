/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file agent_leg.c  A leg whose ports are an agent's, in its private network
 *
 * The agent says which ports it has (media.range); we choose among them, make
 * keys or tokens, and tell it (media.open). What comes and goes is sealed, or
 * in token mode (token_leg.c) as it is.
 *
 * Owns an agent's interfaces and the agent's side of a leg.
 */
#include <errno.h>
#include <string.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include "agent_leg.h"
#include "events.h"
#include "media/mark.h"
#include "relay.h"
#include "sealed_leg.h"
#include "session.h"
#include "tcp_agent.h"
#include "token_leg.h"
#include "tunnel/control.h"
#include "tunnels.h"


#define ROOM "media"

enum {
	SECRET_TEXT = (SEAL_KEY + SEAL_SALT + 2) / 3 * 4 + 1,
};


/* the agent's own count of what its legs may take */
static void reserve(struct agent_leg *al, uint64_t bandwidth)
{
	if (al->agent)
		al->agent->reserved += bandwidth - al->reserved;
	al->reserved = bandwidth;
}


static void agent_leg_destructor(void *arg)
{
	struct agent_leg *al = arg;

	reserve(al, 0);
	hash_unlink(&al->he);
	sealer_free(al->down);
	opener_free(al->up);
	if (al->token)
		--al->leg->worker->tokens;
	mem_deref(al->token);
}


/* key and salt as one text */
static void secret_text(char text[SECRET_TEXT], const struct seal_secret *s)
{
	uint8_t b[SEAL_KEY + SEAL_SALT];

	memcpy(b, s->key, SEAL_KEY);
	memcpy(b + SEAL_KEY, s->salt, SEAL_SALT);
	(void)EVP_EncodeBlock((unsigned char *)text, b, sizeof(b));
	OPENSSL_cleanse(b, sizeof(b));
}


static json_t *transport_json(const struct addr *rtp, const struct addr *rtcp)
{
	char buf[ADDR_STRLEN];

	if (!addr_is_set(rtp))
		return json_null();

	return json_pack("{s:s,s:i,s:i}", "address", addr_ip_str(rtp, buf),
			 "port", addr_port(rtp), "rtcpPort", addr_port(rtcp));
}


static json_t *state_json(const struct leg *leg)
{
	const struct latch_conf *c = &leg->latch.conf;
	char buf[ADDR_STRLEN];
	json_t *o = json_pack(
		"{s:I,s:i,s:s,s:b,s:i,s:o}", "id",
		(json_int_t)leg->agent->id, "port", leg->port, "rtcp",
		leg_rtcp_name(leg->rtcp), "rtp", c->rtp, "dscp", leg->dscp,
		"remote", transport_json(&leg->remote, &leg->remote_rtcp));

	if (o && addr_is_set(&leg->signalling))
		(void)json_object_set_new(
			o, "terminal",
			json_string(addr_ip_str(&leg->signalling, buf)));

	return o;
}


/** Tell the agent; params are taken over */
void agent_leg_tell(struct agent_leg *al, const char *method, json_t *params)
{
	int err = ENOTCONN;

	if (al->agent && al->agent->control)
		err = control_notify(al->agent->control, method, params);
	else
		json_decref(params);
	if (err)
		log_warn(ROOM, "%s: %s", method, strerror(err));
}


/** What the agent must know of the leg has changed, or is there */
void agent_leg_update(struct leg *leg)
{
	struct token_leg *tl = leg->agent->token;
	json_t *o	     = state_json(leg);

	if (tl) {
		token_leg_follow(tl);
		token_leg_offer(tl, o);
	}
	agent_leg_tell(leg->agent, "media.update", o);
}


static void tell_open(struct leg *leg, enum seal_cipher cipher,
		      const struct seal_secret *up,
		      const struct seal_secret *down)
{
	char ut[SECRET_TEXT], dt[SECRET_TEXT];
	json_t *o = state_json(leg);

	secret_text(ut, up);
	secret_text(dt, down);
	if (o) {
		(void)json_object_set_new(o, "mode", json_string("sealed"));
		(void)json_object_set_new(o, "cipher", json_integer(cipher));
		(void)json_object_set_new(o, "up", json_string(ut));
		(void)json_object_set_new(o, "down", json_string(dt));
	}
	OPENSSL_cleanse(ut, sizeof(ut));
	OPENSSL_cleanse(dt, sizeof(dt));
	agent_leg_tell(leg->agent, "media.open", o);
}


static bool has_id(struct le *le, void *arg)
{
	const struct agent_leg *al = le->data;

	return al->id == *(uint32_t *)arg;
}


/** The leg with this id; NULL: the worker has none */
struct agent_leg *agent_leg_find(const struct worker *w, uint32_t id)
{
	return list_ledata(hash_lookup(w->agent_legs, id, has_id, &id));
}


/* An id leads to the worker: what comes in goes to its socket (sealed.c) */
static uint32_t id_new(const struct worker *w)
{
	const uint32_t n = w->relay->workerc;
	uint32_t id;

	do {
		id = rand_u32() / n * n + w->index;
	} while (id < w->index || agent_leg_find(w, id));

	return id;
}


static int keys_make(struct agent_leg *al, enum seal_cipher cipher,
		     struct seal_secret *up, struct seal_secret *down)
{
	int err = seal_secret_new(up);

	if (!err)
		err = seal_secret_new(down);
	if (!err)
		err = opener_alloc(&al->up, cipher, up, al->id);
	if (!err)
		err = sealer_alloc(&al->down, cipher, down, al->id);

	return err;
}


static int sealed_begin(struct agent_leg *al)
{
	const enum seal_cipher cipher = seal_best();
	struct seal_secret up, down;
	int err = keys_make(al, cipher, &up, &down);

	if (!err)
		tell_open(al->leg, cipher, &up, &down);
	OPENSSL_cleanse(&up, sizeof(up));
	OPENSSL_cleanse(&down, sizeof(down));

	return err;
}


static int token_begin(struct agent_leg *al)
{
	int err = token_leg_alloc(&al->token, al);
	json_t *o;

	if (err)
		return err;

	++al->leg->worker->tokens;
	o = state_json(al->leg);
	(void)json_object_set_new(o, "mode", json_string("token"));
	token_leg_offer(al->token, o);
	agent_leg_tell(al, "media.open", o);

	return 0;
}


/* Keys or tokens, and the agent is told of all; the worker stands still */
static int begin(struct agent_leg *al)
{
	switch (al->agent->mode) {

	case MEDIA_SEALED:
		return sealed_begin(al);
	case MEDIA_TOKEN:
		return token_begin(al);
	default:
		return ENOTSUP;
	}
}


/**
 * Join a leg to an agent; its port is one of the agent's
 *
 * @param leg Leg with port and all that is to be told
 * @param ag  Agent whose tunnel is up
 *
 * @return 0; ENOTSUP: it shares no way of sending media with us; an errno
 */
int agent_leg_open(struct leg *leg, struct agent *ag)
{
	struct worker *w = leg->worker;
	struct agent_leg *al;
	int err;

	al = mem_zalloc(sizeof(*al), agent_leg_destructor);
	if (!al)
		return ENOMEM;

	al->leg	  = leg;
	al->agent = ag;
	al->fd	  = -1;
	worker_park(w);
	al->id	   = id_new(w);
	leg->agent = al;
	err	   = begin(al);
	if (err) {
		leg->agent = mem_deref(al);
	} else {
		hash_append(w->agent_legs, al->id, &al->he, al);
		reserve(al, leg->bandwidth);
	}
	worker_resume(w);

	return err;
}


/** Would an agent's legs take more together than its bandwidth? */
bool agent_leg_too_much(const struct agent *ag, uint64_t bandwidth)
{
	return ag->bandwidth && bandwidth &&
	       (bandwidth > ag->bandwidth ||
		ag->reserved > ag->bandwidth - bandwidth);
}


/** A leg's bandwidth has changed; what it has already is not taken away */
void agent_leg_reserve(struct leg *leg)
{
	if (leg->agent)
		reserve(leg->agent, leg->bandwidth);
	else if (leg->tcp)
		tcp_agent_reserve(leg->tcp, leg->bandwidth);
}


/** The agent may close its ports */
void agent_leg_close(struct leg *leg)
{
	if (!leg->agent)
		return;

	agent_leg_tell(leg->agent, "media.close",
		       json_pack("{s:I}", "id", (json_int_t)leg->agent->id));
	worker_park(leg->worker);
	leg->agent = mem_deref(leg->agent);
	worker_resume(leg->worker);
}


/** Is it known where packets for the terminal go? */
bool agent_leg_ready(const struct agent_leg *al, enum latch_component c)
{
	return al->token ? token_leg_way(al->token, c) != NULL : al->fd >= 0;
}


/** To the terminal; 0, ENOTCONN: nobody knows where the agent is; an errno */
int agent_leg_send(struct agent_leg *al, enum latch_component component,
		   const uint8_t *p, size_t len)
{
	return al->token ? token_leg_send(al->token, component, p, len)
			 : sealed_leg_send(al, component, p, len);
}


/* ---- the agent's ports ---- */

struct rejoining {
	struct agent *agent;
	struct iface *ifc;
};


/* The agent is back, and knows nothing of a leg it had: the same port, with new
 * keys or tokens */
static int rejoin(struct agent_leg *al, struct agent *ag, struct iface *ifc)
{
	struct leg *leg = al->leg;
	bool waiting	= al->token && al->token->waiting;
	int err = ports_take_exact(ifc->ports, leg->port);

	if (err)
		return err;

	/* what it had belonged to its ports of before, which are gone */
	mem_deref(leg->ifc);
	leg->ifc = mem_ref(ifc);
	sealer_free(al->down);
	opener_free(al->up);
	al->down  = NULL;
	al->up	  = NULL;
	if (al->token)
		--leg->worker->tokens;
	al->token  = mem_deref(al->token);
	al->agent  = ag;
	al->newest = 0;
	err	   = begin(al);
	if (err) {
		al->agent = NULL;
		return err;
	}
	reserve(al, leg->bandwidth);
	if (waiting && al->token)
		token_leg_wanted(al->token);

	return err;
}


static bool rejoin_one(struct le *le, void *arg)
{
	struct agent_leg *al = le->data;
	struct iface *ifc    = ((struct rejoining *)arg)->ifc;
	struct agent *ag     = ((struct rejoining *)arg)->agent;

	if (!al->agent && !strcmp(al->leg->ifc->name, ag->name) &&
	    addr_ip_eq(&al->leg->ifc->address, &ifc->address) &&
	    rejoin(al, ag, ifc))
		log_warn(ROOM, "agent %s: port %u: it can't be had again",
			 ag->name, al->leg->port);

	return false;
}


/* every leg of an agent, its worker standing still */
static void each(struct relay *r, list_apply_h *h, void *arg)
{
	unsigned i;

	for (i = 0; i < r->workerc; i++) {
		struct worker *w = r->workerv[i];

		worker_park(w);
		(void)hash_apply(w->agent_legs, h, arg);
		worker_resume(w);
	}
}


/**
 * An agent says which ports it has for media (media.range)
 *
 * @param ag     Agent
 * @param params address, portMin, portMax
 *
 * @return 0, EINVAL, or an errno
 */
int agent_leg_range(struct agent *ag, const json_t *params)
{
	const char *text = json_string_value(json_object_get(params,
							     "address"));
	json_int_t min = json_integer_value(json_object_get(params,
							    "portMin"));
	json_int_t max = json_integer_value(json_object_get(params,
							    "portMax"));
	struct rejoining rj = {.agent = ag};
	struct addr a;
	int err;

	if (!text || addr_parse(&a, text, 0) || addr_is_any(&a) || min < 1024 ||
	    max > 65535 || ((min + 1) & ~1) + 1 > max ||
	    list_count(&ag->ifaces) >= AGENT_LEG_RANGES)
		return EINVAL;

	err = iface_add(&ag->ifaces, ag->name, &a, NULL, (uint16_t)min,
			(uint16_t)max, MARK_USUAL);
	if (err)
		return err;
	rj.ifc = iface_find(&ag->ifaces, ag->name, addr_family(&a));
	each(ag->relay, rejoin_one, &rj);
	tcp_agent_here(ag, rj.ifc);
	events_agent(ag->relay, "agent.ports",
		     json_pack("{s:s}", "agent", ag->name));

	return 0;
}


static bool leave_one(struct le *le, void *arg)
{
	struct agent_leg *al = le->data;

	if (al->agent == arg) {
		reserve(al, 0);
		al->agent = NULL;
		al->fd	  = -1;
		if (al->token)
			token_leg_gone(al->token);
	}

	return false;
}


/** The agent's tunnel is gone: so are its ports, and the legs are dead */
void agent_leg_gone(struct agent *ag)
{
	each(ag->relay, leave_one, ag);
	tcp_agent_gone(ag);
	list_flush(&ag->ifaces);
	ag->alive_ms = 0;
	ag->lost     = 0;
}


/** The agent could not do as told (media.failed) */
void agent_leg_failed(struct agent *ag, const json_t *params)
{
	const json_int_t id = json_integer_value(json_object_get(params, "id"));
	const char *why = json_string_value(json_object_get(params, "reason"));
	const struct relay *r = ag->relay;
	struct agent_leg *al;

	if (id < 0 || id > UINT32_MAX)
		return;

	al = agent_leg_find(worker_of(r, (uint32_t)id), (uint32_t)id);
	if (!al || al->agent != ag)
		return;

	metrics_inc(ag->relay->stats, STAT_AGENT_LEGS_FAILED);
	if (!agent_may_log(ag))
		return;
	log_warn(ROOM, "agent %s: call %s: port %u: %.100s", ag->name,
		 session_label(al->leg->stream->session), al->leg->port,
		 why ? why : "it can't be opened");
}


/** How the agent keeps its way open (media.alive) */
void agent_leg_alive(struct agent *ag, const json_t *params)
{
	const json_int_t ms =
		json_integer_value(json_object_get(params, "interval"));
	const json_int_t lost =
		json_integer_value(json_object_get(params, "lost"));

	if (ms < 0 || ms > UINT32_MAX || lost < 0)
		return;
	ag->alive_ms = (uint32_t)ms;
	ag->lost     = (uint64_t)lost;
}


/** The agent asks where its socket is to show itself anew (media.token) */
void agent_leg_token(struct agent *ag, const json_t *params)
{
	const json_int_t id = json_integer_value(json_object_get(params, "id"));
	struct agent_leg *al = NULL;
	struct worker *w;

	if (id >= 0 && id <= UINT32_MAX) {
		w  = worker_of(ag->relay, (uint32_t)id);
		al = agent_leg_find(w, (uint32_t)id);
	}
	if (!al || al->agent != ag || !al->token) {
		metrics_inc(ag->relay->stats, STAT_TOKENS_REFUSED);
		return;
	}
	worker_park(w);
	if (token_leg_asked(al->token))
		agent_leg_update(al->leg);
	worker_resume(w);
}


/** Whose stream this is; NULL: nobody's. For the control thread */
struct agent *agent_leg_agent(const struct relay *r, uint32_t id)
{
	const struct agent_leg *al = agent_leg_find(worker_of(r, id), id);

	return al ? al->agent : NULL;
}
