/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file agent_leg.c  A leg whose ports are an agent's, in its private network
 *
 * The agent has said which ports it has (media.range); we choose among them,
 * make keys or tokens, and tell it (media.open). What comes and goes is sealed,
 * or in token mode (token_leg.c) as it is.
 *
 * Owns the agent's side of a leg; what the agent says of it is
 * agent_leg_told.c.
 */
#include <errno.h>
#include <string.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include "agent_leg.h"
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


/** What a leg may take of its agent's bandwidth, in the agent's own count */
void agent_leg_take(struct agent_leg *al, uint64_t bandwidth)
{
	if (al->agent)
		al->agent->reserved += bandwidth - al->reserved;
	al->reserved = bandwidth;
}


static void agent_leg_destructor(void *arg)
{
	struct agent_leg *al = arg;

	agent_leg_take(al, 0);
	hash_unlink(&al->he);
	list_unlink(&al->le);
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


/** Keys or tokens, and the agent is told of all; the worker stands still */
int agent_leg_begin(struct agent_leg *al)
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
	err	   = agent_leg_begin(al);
	if (err) {
		leg->agent = mem_deref(al);
	} else {
		hash_append(w->agent_legs, al->id, &al->he, al);
		list_append(&w->agent_all, &al->le, al);
		agent_leg_take(al, leg->bandwidth);
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
		agent_leg_take(leg->agent, leg->bandwidth);
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


/** Whose stream this is; NULL: nobody's. For the control thread */
struct agent *agent_leg_agent(const struct relay *r, uint32_t id)
{
	const struct agent_leg *al = agent_leg_find(worker_of(r, id), id);

	return al ? al->agent : NULL;
}
