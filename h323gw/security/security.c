/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file security.c  Who must prove himself, and who has (H.235.0, H.235.1)
 *
 * Owns the secrets, and what is known of the exchange at hand.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/rand.h>
#include "h323gw/ras/exchange.h"
#include "security_priv.h"
#include "token_priv.h"


int security_alloc(struct security **sp, const struct security_conf *conf,
		   const uint64_t seed[2])
{
	struct security *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return ENOMEM;
	s->conf = *conf;
	err	= secrets_alloc(&s->secrets, seed);
	if (err)
		free(s);
	else
		*sp = s;

	return err;
}


void security_free(struct security *s)
{
	if (!s)
		return;
	secrets_free(s->secrets);
	free(s);
}


void security_conf_set(struct security *s, const struct security_conf *conf)
{
	s->conf = *conf;
}


struct secrets *security_secrets(struct security *s)
{
	return s->secrets;
}


const char *security_verdict_name(enum security_verdict v)
{
	static const char *const names[SECURITY_VERDICTS] = {
		[SECURITY_OK]	    = "proved",
		[SECURITY_MISSING]  = "it carries no token",
		[SECURITY_UNKNOWN]  = "its token is nobody's",
		[SECURITY_TIME]	    = "its time is wrong",
		[SECURITY_WRONG]    = "its password is wrong",
		[SECURITY_REPLAYED] = "it was here before",
		[SECURITY_OTHERS]   = "the alias is somebody else's",
	};

	return v < SECURITY_VERDICTS ? names[v] : "unknown";
}


/* ---- whose is it? ---- */

struct secret *security_secret(const struct security *s,
			       const struct endpoint *ep)
{
	struct secret *se = NULL;
	const struct zone_alias *za;
	struct alias a;

	for (za = ep ? ep->aliases : NULL; za && !se; za = za->next) {
		a.type = za->type;
		a.ton  = za->ton;
		memcpy(a.text, za->text, strlen(za->text) + 1);
		se = secrets_find(s->secrets, &a);
	}

	return se;
}


/* the aliases that a full RRQ asks for; NULL: another message */
static const void *wanted(const RasMessage_t *in)
{
	const RegistrationRequest_t *rrq = &in->choice.registrationRequest;

	if (in->present != RasMessage_PR_registrationRequest ||
	    !rrq->terminalAlias || (rrq->keepAlive && *rrq->keepAlive))
		return NULL;

	return &rrq->terminalAlias->list;
}


/* Is each of these aliases his who has this secret (NULL: nobody has proved
 * anything)? *any: one of them has a secret */
static bool owns_all(const struct security *s, const void *list,
		     const struct secret *proved, bool *any)
{
	const A_SEQUENCE_OF(struct AliasAddress) *l = list;
	const struct secret *se;
	struct alias a;
	bool ok = true;
	int i;

	*any = false;
	for (i = 0; i < l->count; i++) {
		if (!alias_get(&a, l->array[i]))
			continue;
		se = secrets_find(s->secrets, &a);
		if (!se)
			continue;
		*any = true;
		if (!proved || !secret_eq(se, proved))
			ok = false;
	}

	return ok;
}


/* ---- tokens ---- */

static struct secret *whose(const struct security *s, const struct token *t,
			    const struct ras_exchange *x)
{
	struct secret *se = t->name[0] ? secrets_by_name(s->secrets, t->name)
				       : NULL;
	const struct endpoint *ep;

	if (se || t->method != TOKEN_HMAC)
		return se;
	/* H.235.1: once registered it names itself by its identifier */
	ep = zone_by_id(x->ras->conf.zone, t->name);

	return ep && ras_same_place(ep, x->src) ? security_secret(s, ep)
						: NULL;
}


bool security_in_time(const struct security *s, const struct token *t,
		      int64_t now)
{
	const int64_t apart = now / 1000 - (int64_t)t->time;

	return apart <= (int64_t)s->conf.window &&
	       apart >= -(int64_t)s->conf.window;
}


static enum security_verdict prove(struct security *s, const struct token *t,
				   struct ras_exchange *x, int64_t now)
{
	struct secret *se = whose(s, t, x);

	if (!se)
		return SECURITY_UNKNOWN;
	if (!security_in_time(s, t, now))
		return SECURITY_TIME;
	if (!token_proves(t, secret_text(se), s->conf.per, x->p, x->len))
		return SECURITY_WRONG;
	if (t->method == TOKEN_HMAC) {
		if (t->to[0] && strcmp(t->to, s->conf.identifier) != 0)
			return SECURITY_OTHERS;
		if (secret_seen(se, t->time, t->random))
			return SECURITY_REPLAYED;
		x->sign = true;
		memcpy(s->name, t->name, sizeof(s->name));
	}
	x->proof = se;

	return SECURITY_OK;
}


/* all tokens that are somebody's must be right, and one must be */
static enum security_verdict prove_all(struct security *s,
				       struct ras_exchange *x, int64_t now)
{
	enum security_verdict v, all = SECURITY_MISSING;
	struct token tokens[TOKENS_MAX];
	size_t i, n;

	n = tokens_read(tokens, x->in);
	for (i = 0; i < n; i++) {
		if (!(s->conf.methods & 1U << tokens[i].method))
			continue;
		v = prove(s, &tokens[i], x, now);
		if (v > SECURITY_UNKNOWN)
			return v;
		if (v == SECURITY_OK || all == SECURITY_MISSING)
			all = v;
	}

	return all;
}


/* ---- requests ---- */

static bool must(const struct security *s, const struct ras_exchange *x,
		 bool known)
{
	const unsigned pr = (unsigned)x->in->present;

	if (pr >= 64 || !(s->conf.messages & (uint64_t)1 << pr))
		return false;

	return known || s->conf.require == SECURITY_ALL;
}


enum security_verdict security_check(struct security *s,
				     struct ras_exchange *x,
				     const struct endpoint *ep, int64_t now)
{
	const struct secret *of;
	const void *list;
	enum security_verdict v;
	bool any = false;

	x->proof = NULL;
	x->sign	 = false;
	if (s->conf.require == SECURITY_KNOWN && !secrets_count(s->secrets))
		return SECURITY_OK;

	v = prove_all(s, x, now);
	if (v > SECURITY_UNKNOWN)
		return v;
	of   = security_secret(s, ep);
	list = wanted(x->in);
	/* an alias with a secret is never given away, whatever `messages` */
	if (list && !owns_all(s, list, x->proof, &any))
		return x->proof ? SECURITY_OTHERS : v;
	if (of && x->proof && !secret_eq(of, x->proof))
		return SECURITY_OTHERS;
	if (x->proof)
		return SECURITY_OK;

	return must(s, x, of || any) ? v : SECURITY_OK;
}


/* ---- answers ---- */

static int offer(struct security *s, struct ras_exchange *x)
{
	const GatekeeperRequest_t *grq = &x->in->choice.gatekeeperRequest;
	bool any		       = false;
	int m;

	if (grq->endpointAlias)
		(void)owns_all(s, &grq->endpointAlias->list, NULL, &any);
	else
		any = secrets_count(s->secrets) > 0;
	if (!any && s->conf.require != SECURITY_ALL)
		return 0;
	m = token_offer(grq, s->conf.methods);
	if (m < 0)
		return 0;

	return token_choose(x->answer, &x->out->choice.gatekeeperConfirm,
			    (enum token_method)m);
}


/* of a message that answers nothing, or later */
static const struct secret *signer(const struct security *s,
				   const struct endpoint *ep)
{
	const struct secret *se = security_secret(s, ep);

	return se && secret_signs(se) ? se : NULL;
}


int security_put(struct security *s, struct per_msg *msg, void **list,
		 const char *to, const struct secret *se, int64_t now)
{
	struct token t = {.method = TOKEN_HMAC, .time = (uint32_t)(now / 1000)};
	uint32_t random;
	int err;

	if (RAND_bytes((uint8_t *)&random, sizeof(random)) != 1 ||
	    RAND_bytes(s->mark, sizeof(s->mark)) != 1)
		return EIO;
	t.random = random >> 1;
	memcpy(t.to, to, strlen(to) + 1);
	memcpy(t.name, s->conf.identifier, strlen(s->conf.identifier) + 1);
	err = token_put_at(list, msg, &t, s->mark);
	if (!err)
		s->seal = se;

	return err;
}


int security_sign(struct security *s, struct ras_exchange *x,
		  const struct endpoint *ep, int64_t now)
{
	const struct secret *proof;
	void **list;

	s->seal = NULL;
	if (x->in && x->in->present == RasMessage_PR_gatekeeperRequest &&
	    x->out->present == RasMessage_PR_gatekeeperConfirm)
		return offer(s, x);
	proof = x->sign ? x->proof : x->in ? NULL : signer(s, ep);
	list  = proof ? token_place(x->out, true) : NULL;

	return list ? security_put(s, x->answer, list, ep ? ep->id : s->name,
				   proof, now)
		    : 0;
}


void security_seal(struct security *s, uint8_t *p, size_t len)
{
	if (s->seal)
		(void)token_seal(p, len, secret_text(s->seal), s->mark);
	s->seal = NULL;
}
