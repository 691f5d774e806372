/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file secrets.c  Who has which password, and what it was used for last
 *
 * Owns the secrets, by class and text of their aliases.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>
#include "h323gw/zone/index.h"
#include "secrets.h"


/** A message that was proved with it */
struct recent {
	uint32_t time;
	int64_t number;
};

struct secret {
	struct index_node node;
	struct alias alias;
	struct recent *recent; /* NULL: never asked for */
	size_t recentc, next;
	size_t len;
	char text[];
};

struct secrets {
	struct index index;
	size_t count;
	uint64_t seed[2];
};


static struct secret *of(struct index_node *n)
{
	return (struct secret *)(void *)n; /* its first member */
}


static int matches(const struct index_node *n, const void *key)
{
	const struct secret *se = (const void *)n;

	return alias_eq(&se->alias, key);
}


/* the class is the text's first octet */
static uint64_t hash(const struct secrets *s, const struct alias *a)
{
	char key[ALIAS_TEXT_MAX + 1];
	const size_t len = strlen(a->text);

	key[0] = (char)alias_class(a->type);
	memcpy(key + 1, a->text, len);

	return index_hash(s->seed, key, len + 1);
}


static void secret_free(struct secret *se)
{
	if (!se)
		return;
	OPENSSL_cleanse(se->text, se->len);
	free(se->recent);
	free(se);
}


int secrets_alloc(struct secrets **sp, const uint64_t seed[2])
{
	struct secrets *s = calloc(1, sizeof(*s));

	if (!s)
		return ENOMEM;
	s->seed[0] = seed[0];
	s->seed[1] = seed[1];
	*sp	   = s;

	return 0;
}


void secrets_free(struct secrets *s)
{
	size_t i;

	if (!s)
		return;
	for (i = 0; i < s->index.size; i++) {
		struct index_node *n = s->index.chains[i], *next;

		for (; n; n = next) {
			next = n->next;
			secret_free(of(n));
		}
	}
	index_reset(&s->index);
	free(s);
}


size_t secrets_count(const struct secrets *s)
{
	return s->count;
}


struct secret *secrets_find(const struct secrets *s, const struct alias *a)
{
	return of(index_find(&s->index, hash(s, a), matches, a));
}


struct secret *secrets_by_name(const struct secrets *s, const char *name)
{
	static const enum alias_type kinds[] = {
		ALIAS_H323_ID,	    ALIAS_DIALLED_DIGITS, ALIAS_EMAIL_ID,
		ALIAS_URL_ID,	    ALIAS_PARTY_PRIVATE,  ALIAS_PARTY_DATA,
		ALIAS_PARTY_TELEX,  ALIAS_PARTY_NATIONAL, ALIAS_TRANSPORT_ID,
	};
	struct secret *se = NULL;
	struct alias a;
	size_t i;

	if (strlen(name) > ALIAS_TEXT_MAX)
		return NULL;
	memset(&a, 0, sizeof(a));
	memcpy(a.text, name, strlen(name) + 1);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && !se; i++) {
		a.type = kinds[i];
		se     = secrets_find(s, &a);
	}

	return se;
}


/* characters of UTF-8, whatever their length */
static size_t characters(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;

	return n;
}


int secrets_put(struct secrets *s, const struct alias *a, const char *text)
{
	const size_t len = strlen(text);
	struct secret *se;
	int err;

	if (!len || len > SECRET_TEXT_MAX || characters(text) > SECRET_LEN_MAX)
		return EINVAL;
	if (s->count >= SECRETS_MAX && !secrets_find(s, a))
		return ENFILE;
	se = calloc(1, sizeof(*se) + len + 1);
	if (!se)
		return ENOMEM;
	se->alias = *a;
	se->len	  = len;
	memcpy(se->text, text, len);

	(void)secrets_remove(s, a);
	err = index_add(&s->index, &se->node, hash(s, a));
	if (err)
		secret_free(se);
	else
		++s->count;

	return err;
}


bool secrets_remove(struct secrets *s, const struct alias *a)
{
	struct secret *se = secrets_find(s, a);

	if (!se)
		return false;
	index_remove(&s->index, &se->node);
	secret_free(se);
	--s->count;

	return true;
}


int secrets_each(const struct secrets *s, secrets_each_h *h, void *arg)
{
	int err = 0;
	size_t i;

	for (i = 0; i < s->index.size && !err; i++) {
		struct index_node *n;

		for (n = s->index.chains[i]; n && !err; n = n->next)
			err = h(&of(n)->alias, arg);
	}

	return err;
}


const char *secret_text(const struct secret *se)
{
	return se->text;
}


bool secret_eq(const struct secret *a, const struct secret *b)
{
	return a->len == b->len && !CRYPTO_memcmp(a->text, b->text, a->len);
}


bool secret_signs(const struct secret *se)
{
	return se->recent != NULL;
}


int secret_seen(struct secret *se, uint32_t time, int64_t number)
{
	uint32_t oldest = UINT32_MAX;
	size_t i;

	if (!se->recent) {
		se->recent = calloc(SECRET_RECENT, sizeof(*se->recent));
		if (!se->recent)
			return ENOMEM;
	}
	for (i = 0; i < se->recentc; i++) {
		const struct recent *r = &se->recent[i];

		if (r->time == time && r->number == number)
			return EALREADY;
		if (r->time < oldest)
			oldest = r->time;
	}
	if (se->recentc == SECRET_RECENT && time < oldest)
		return EALREADY;

	se->recent[se->next] = (struct recent){time, number};
	se->next	     = (se->next + 1) % SECRET_RECENT;
	if (se->recentc < SECRET_RECENT)
		++se->recentc;

	return 0;
}
