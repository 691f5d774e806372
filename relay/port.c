/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file port.c  Even/odd port pairs of one interface, given in random order
 *
 * Owns which pairs are free. `slot` holds the pairs' numbers, the free ones
 * first; `where` is its inverse, so that any pair can be taken out at once.
 * An outsider can't foresee the next port.
 */
#include <errno.h>
#include "rpc/libre.h"
#include "port.h"


struct ports {
	uint16_t first; /* even */
	uint32_t total, nfree;
	uint16_t *slot;	 /* position -> pair */
	uint16_t *where; /* pair -> position */
	ports_rand_h *randh;
};


static void destructor(void *arg)
{
	struct ports *p = arg;

	mem_deref(p->slot);
	mem_deref(p->where);
}


static void swap(struct ports *p, uint32_t a, uint32_t b)
{
	const uint16_t pair = p->slot[a];

	p->slot[a] = p->slot[b];
	p->slot[b] = pair;
	p->where[p->slot[a]] = (uint16_t)a;
	p->where[p->slot[b]] = (uint16_t)b;
}


/**
 * Make a pool of the pairs that lie in a range
 *
 * @param pp    Result; mem_deref() it
 * @param min   First port
 * @param max   Last port
 * @param randh Random numbers
 *
 * @return 0, EINVAL if there is no even/odd pair in the range, ENOMEM
 */
int ports_alloc(struct ports **pp, uint16_t min, uint16_t max,
		ports_rand_h *randh)
{
	const uint32_t first = (min + 1u) & ~1u;
	struct ports *p;
	uint32_t i;

	if (!pp || !randh || first + 1 > max || !min)
		return EINVAL;

	p = mem_zalloc(sizeof(*p), destructor);
	if (!p)
		return ENOMEM;

	p->first = (uint16_t)first;
	p->total = p->nfree = (max - first + 1) / 2;
	p->randh = randh;
	p->slot	 = mem_zalloc(p->total * sizeof(*p->slot), NULL);
	p->where = mem_zalloc(p->total * sizeof(*p->where), NULL);
	if (!p->slot || !p->where) {
		mem_deref(p);
		return ENOMEM;
	}

	for (i = 0; i < p->total; i++)
		p->slot[i] = p->where[i] = (uint16_t)i;

	*pp = p;

	return 0;
}


static void take_at(struct ports *p, uint32_t position)
{
	swap(p, position, --p->nfree);
}


/**
 * Take a pair nobody can foresee
 *
 * @param p    Pool
 * @param port Result: the even port
 *
 * @return 0, ENOSPC if none is free
 */
int ports_take(struct ports *p, uint16_t *port)
{
	uint32_t position;

	if (!p->nfree)
		return ENOSPC;

	position = p->randh(p->nfree);
	if (position >= p->nfree)
		position = 0;

	*port = (uint16_t)(p->first + 2u * p->slot[position]);
	take_at(p, position);

	return 0;
}


/**
 * Take the pair that begins with this port
 *
 * @param p    Pool
 * @param port Even port
 *
 * @return 0, ERANGE if it is no such port, EADDRINUSE if it is taken
 */
int ports_take_exact(struct ports *p, uint16_t port)
{
	uint32_t position;

	if (!ports_in_range(p, port) || port & 1)
		return ERANGE;

	position = p->where[(port - p->first) / 2];
	if (position >= p->nfree)
		return EADDRINUSE;

	take_at(p, position);

	return 0;
}


/**
 * Give a pair back
 *
 * @param p    Pool
 * @param port Its even port; one that isn't taken is ignored
 */
void ports_give(struct ports *p, uint16_t port)
{
	uint32_t position;

	if (!ports_in_range(p, port) || port & 1)
		return;

	position = p->where[(port - p->first) / 2];
	if (position < p->nfree)
		return;

	swap(p, position, p->nfree++);
}


bool ports_in_range(const struct ports *p, uint16_t port)
{
	return port >= p->first && (port - p->first) / 2u < p->total;
}


/** @return Free pairs */
uint32_t ports_free(const struct ports *p)
{
	return p->nfree;
}


/** @return All pairs */
uint32_t ports_total(const struct ports *p)
{
	return p->total;
}
