/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file secrets.h  Who has which password, and what it was used for last
 *
 * One secret an alias. Knows no messages, no store, no clock. What is released
 * is wiped first.
 */
#ifndef H323GW_SECURITY_SECRETS_H
#define H323GW_SECURITY_SECRETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "h323gw/h225/alias.h"

enum {
	SECRET_LEN_MAX	 = 128, /* characters: H.235.0's Password */
	SECRET_TEXT_MAX	 = 3 * SECRET_LEN_MAX, /* octets of UTF-8 */
	SECRET_RECENT	 = 64, /* messages a secret remembers */
	SECRETS_MAX	 = 1000000,
};

struct secrets;
struct secret;

int secrets_alloc(struct secrets **sp, const uint64_t seed[2]);
void secrets_free(struct secrets *s);
size_t secrets_count(const struct secrets *s);

/* In place of what the alias had. EINVAL: an empty one, or a too long one;
 * ENFILE; ENOMEM */
int secrets_put(struct secrets *s, const struct alias *a, const char *text);
bool secrets_remove(struct secrets *s, const struct alias *a);

/* the alias of each, in no order; a handler's value other than 0 ends it */
typedef int(secrets_each_h)(const struct alias *a, void *arg);
int secrets_each(const struct secrets *s, secrets_each_h *h, void *arg);

struct secret *secrets_find(const struct secrets *s, const struct alias *a);
/* the same by text alone, whatever kind of alias it is */
struct secret *secrets_by_name(const struct secrets *s, const char *name);

/* UTF-8, borrowed */
const char *secret_text(const struct secret *se);
/* in constant time */
bool secret_eq(const struct secret *a, const struct secret *b);

/* Has it proved a message of H.235.1, so that answers are to be signed too? */
bool secret_signs(const struct secret *se);
/* Did a message with that time and number come before? Of SECRET_RECENT
 * messages that is known; what is older than all of these counts as seen.
 * Remembers it. ENOMEM, EALREADY */
int secret_seen(struct secret *se, uint32_t time, int64_t number);

#endif
