/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file known.c  What addresses are for, as messages have named them
 *
 * RAS and call signalling have ports of their own; all others are named in
 * messages: a terminal's in its registration, H.245's in call signalling.
 * Owns the addresses.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "known.h"


enum {
	RAS_DISCOVERY	 = 1718, /* H.225.0 appendix IV */
	RAS_REGISTRATION = 1719,
	CALL_SIGNALLING	 = 1720,
	BUCKETS		 = 256,
};

struct entry {
	struct entry *next; /* in its bucket */
	struct addr a;
	enum message_protocol protocol;
};

struct known {
	struct entry entries[KNOWN_MAX];
	size_t n; /* all there ever were; the newest is before n % KNOWN_MAX */
	struct entry *buckets[BUCKETS];
};


int known_alloc(struct known **kp)
{
	*kp = calloc(1, sizeof(**kp));

	return *kp ? 0 : ENOMEM;
}


void known_free(struct known *k)
{
	free(k);
}


static size_t bucket(const struct addr *a)
{
	const uint8_t *p = addr_family(a) == AF_INET6
				   ? (const uint8_t *)&a->u.in6.sin6_addr
				   : (const uint8_t *)&a->u.in.sin_addr;
	const size_t len = addr_family(a) == AF_INET6 ? 16 : 4;
	size_t h	 = addr_port(a);

	for (size_t i = 0; i < len; i++)
		h = h * 31 + p[i];

	return h % BUCKETS;
}


static bool is_named(const struct known *k, const struct addr *a,
		     enum message_protocol protocol)
{
	const struct entry *e = k->buckets[bucket(a)];

	while (e && (e->protocol != protocol || !addr_eq(&e->a, a)))
		e = e->next;

	return e != NULL;
}


/** An address is for this; without a port it is for nothing */
void known_add(struct known *k, const struct addr *a,
	       enum message_protocol protocol)
{
	struct entry *e = &k->entries[k->n % KNOWN_MAX], **at;

	if (!addr_port(a) || is_named(k, a, protocol))
		return;
	if (k->n >= KNOWN_MAX) {
		at = &k->buckets[bucket(&e->a)];
		while (*at != e)
			at = &(*at)->next;
		*at = e->next;
	}
	at	    = &k->buckets[bucket(a)];
	e->a	    = *a;
	e->protocol = protocol;
	e->next	    = *at;
	*at	    = e;
	++k->n;
}


/* what the innermost field that is known says; false: nothing */
static bool protocol_of(const struct per_addr *a, enum message_protocol *p)
{
	static const struct {
		const char *field;
		enum message_protocol protocol;
	} fields[] = {
		{"rasAddress", MESSAGE_RAS},
		{"replyAddress", MESSAGE_RAS},
		{"callSignalAddress", MESSAGE_H225},
		{"destCallSignalAddress", MESSAGE_H225},
		{"srcCallSignalAddress", MESSAGE_H225},
		{"sourceCallSignalAddress", MESSAGE_H225},
		{"callSignallingAddress", MESSAGE_H225},
		{"alternativeAddress", MESSAGE_H225},
		{"h245Address", MESSAGE_H245},
	};

	for (size_t i = a->path_len; i-- > 0;) {
		for (size_t j = 0; j < sizeof(fields) / sizeof(*fields); j++) {
			if (!strcmp(a->path[i], fields[j].field)) {
				*p = fields[j].protocol;
				return true;
			}
		}
	}

	return false;
}


/** The addresses that a message names */
void known_learn(struct known *k, const struct message *m)
{
	const struct per_addr *addrs;
	const size_t n = m->msg ? per_msg_addrs(m->msg, &addrs) : 0;

	for (size_t i = 0; i < n; i++) {
		const struct per_addr *pa = &addrs[i];
		enum message_protocol protocol;
		struct addr a = {0};

		if (!protocol_of(pa, &protocol))
			continue;
		if (pa->ip_len == 4) {
			a.u.in.sin_family = AF_INET;
			memcpy(&a.u.in.sin_addr, pa->ip, 4);
		} else {
			a.u.in6.sin6_family = AF_INET6;
			memcpy(&a.u.in6.sin6_addr, pa->ip, 16);
		}
		addr_set_port(&a, pa->port);
		known_add(k, &a, protocol);
	}
}


/** Is an address for this, by its port or because a message named it? */
bool known_is(const struct known *k, const struct addr *a,
	      enum message_protocol protocol)
{
	const uint16_t port = addr_port(a);

	if (protocol == MESSAGE_RAS &&
	    (port == RAS_DISCOVERY || port == RAS_REGISTRATION))
		return true;
	if (protocol == MESSAGE_H225 && port == CALL_SIGNALLING)
		return true;

	return is_named(k, a, protocol);
}
