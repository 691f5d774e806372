/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file security/signalling.c  H.235.1 on call signalling (procedure I, §9.2)
 *
 * The hash is taken over the encoded H323-UserInformation with zeros in its
 * own place. A terminal that took it over the whole message, Q.931's part
 * included, is believed as well. A token that is for somebody else, or of
 * another kind, is none of ours.
 */
#include <string.h>
#include "h323gw/security/security_priv.h"
#include "h323gw/zone/zone.h"


/* is it for us, and does it say it comes from this endpoint? */
static bool is_ours(const struct security *s, const struct token *t)
{
	return t->method == TOKEN_HMAC &&
	       (!t->to[0] || !strcmp(t->to, s->conf.identifier));
}


static bool is_theirs(const struct security *s, const struct token *t,
		      const struct endpoint *ep, const struct secret *se)
{
	const struct secret *named;

	if (!t->name[0] || !strcmp(t->name, ep->id))
		return true;
	named = secrets_by_name(s->secrets, t->name);

	return named && secret_eq(named, se);
}


static enum security_verdict prove(const struct security *s,
				   const struct token *t,
				   const struct endpoint *ep,
				   struct secret *se,
				   const struct security_message *m,
				   int64_t now)
{
	const char *text = secret_text(se);

	if (!is_theirs(s, t, ep, se))
		return SECURITY_OTHERS;
	if (!security_in_time(s, t, now))
		return SECURITY_TIME;
	if (!token_proves(t, text, s->conf.per, m->uu, m->uulen) &&
	    !token_proves(t, text, s->conf.per, m->p, m->len))
		return SECURITY_WRONG;

	return secret_seen(se, t->time, t->random) ? SECURITY_REPLAYED
						   : SECURITY_OK;
}


static bool is_off(const struct security *s)
{
	return s->conf.signalling == SIGNALLING_OFF ||
	       !(s->conf.methods & 1U << TOKEN_HMAC);
}


enum security_verdict security_signal_check(struct security *s,
					    const struct endpoint *ep,
					    const struct security_message *m,
					    int64_t now)
{
	struct secret *se = is_off(s) ? NULL : security_secret(s, ep);
	enum security_verdict v = SECURITY_MISSING;
	struct token tokens[TOKENS_MAX];
	size_t n;

	if (!se)
		return SECURITY_OK;
	n = tokens_read_list(tokens, m->cryptoTokens);
	for (size_t i = 0; i < n; i++) {
		if (!is_ours(s, &tokens[i]))
			continue;
		v = prove(s, &tokens[i], ep, se, m, now);
		if (v != SECURITY_OK)
			return v;
	}
	if (v == SECURITY_MISSING &&
	    (s->conf.signalling != SIGNALLING_REQUIRE || !secret_signs(se)))
		v = SECURITY_OK;

	return v;
}


bool security_signal_sign(struct security *s, const struct endpoint *ep,
			  struct per_msg *msg, void **cryptoTokens,
			  int64_t now)
{
	const struct secret *se = is_off(s) ? NULL : security_secret(s, ep);

	s->seal = NULL;
	if (!se || !secret_signs(se) || !cryptoTokens)
		return false;

	return !security_put(s, msg, cryptoTokens, ep->id, se, now);
}
