/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file throttle.c  Who failed too often has to wait
 */
#include <string.h>
#include "throttle.h"


static void source_of(uint8_t s[16], const struct addr *a)
{
	memset(s, 0, 16);
	if (addr_family(a) == AF_INET6) {
		memcpy(s, &a->u.in6.sin6_addr, 8);
		s[15] = 6;
	} else {
		memcpy(s, &a->u.in.sin_addr, 4);
		s[15] = 4;
	}
}


static unsigned place_of(const uint8_t s[16])
{
	uint32_t h = 2166136261u; /* FNV-1a */

	for (unsigned i = 0; i < 16; i++)
		h = (h ^ s[i]) * 16777619u;

	return (h ^ h >> 16) % THROTTLE_PLACES;
}


/** Are these one source? */
bool throttle_same(const struct addr *a, const struct addr *b)
{
	uint8_t as[16], bs[16];

	source_of(as, a);
	source_of(bs, b);

	return !memcmp(as, bs, sizeof(as));
}


/** It failed once more */
void throttle_fail(struct throttle *t, const struct addr *a, uint64_t now)
{
	struct throttle_place *p;
	uint8_t s[16];

	source_of(s, a);
	p = &t->placev[place_of(s)];
	if (memcmp(p->source, s, sizeof(s)) || p->until < now) {
		memcpy(p->source, s, sizeof(s));
		p->until = now;
	}
	p->until += THROTTLE_EACH_MS;
	if (p->until > now + 2 * THROTTLE_TRIES * THROTTLE_EACH_MS)
		p->until = now + 2 * THROTTLE_TRIES * THROTTLE_EACH_MS;
}


/** May it try? */
bool throttle_pass(const struct throttle *t, const struct addr *a,
		   uint64_t now)
{
	const struct throttle_place *p;
	uint8_t s[16];

	source_of(s, a);
	p = &t->placev[place_of(s)];

	return memcmp(p->source, s, sizeof(s)) || p->until < now ||
	       p->until - now < THROTTLE_TRIES * THROTTLE_EACH_MS;
}
