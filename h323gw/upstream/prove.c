/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file prove.c  An endpoint's requests prove a password (H.235)
 *
 * By each method that is wanted: a gatekeeper looks at those it knows. Owns
 * nothing; passwords are wiped after use.
 */
#include <errno.h>
#include <string.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include "h323gw/security/token.h"
#include "priv.h"


/* registered it names itself by its identifier (H.235.1) */
static void names(struct token *t, const struct upstream_reg *reg,
		  const struct upstream_proof *p)
{
	const bool hmac = t->method == TOKEN_HMAC;

	str_ncpy(t->name, hmac && reg->id[0] ? reg->id : p->name,
		 sizeof(t->name));
	if (hmac)
		str_ncpy(t->to, reg->gatekeeper_id, sizeof(t->to));
}


static int put(struct making *m, struct proving *p, enum token_method method,
	       uint32_t now)
{
	struct token t = {.method = method, .time = now};
	uint32_t random;
	int err = 0;

	if (RAND_bytes((uint8_t *)&random, sizeof(random)) != 1 ||
	    RAND_bytes(p->mark, TOKEN_HMAC_LEN) != 1)
		return EIO;
	t.random = method == TOKEN_CAT ? (int64_t)(random & INT8_MAX)
				       : (int64_t)(random >> 1);
	names(&t, m->reg, &p->proof);
	if (method != TOKEN_HMAC)
		err = token_make(&t, p->proof.password, m->reg->up->conf.per);
	if (!err)
		err = token_put(m->msg, &t, p->mark);
	p->seal |= !err && method == TOKEN_HMAC;

	return err == ENOTSUP ? 0 : err;
}


/* its last token is the one that has a mark */
int prove(struct making *m, struct proving *p)
{
	const struct upstream *up = m->reg->up;
	const uint32_t now	  = (uint32_t)(up->h.nowh(up->arg) / 1000);
	unsigned method;
	int err = 0;

	memset(p, 0, sizeof(*p));
	if (!up->h.proofh || !up->h.proofh(&p->proof, m->reg, up->arg))
		return 0;
	for (method = TOKEN_METHODS; method-- > 0 && !err;) {
		if (p->proof.methods & 1U << method)
			err = put(m, p, (enum token_method)method, now);
	}

	return err;
}


void prove_seal(struct proving *p, uint8_t *buf, size_t len)
{
	if (p->seal && len)
		(void)token_seal(buf, len, p->proof.password, p->mark);
	OPENSSL_cleanse(&p->proof, sizeof(p->proof));
}
