/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file gk/policy.c  Who may do what: subnets, and endpoints of one address
 *
 * Owns the count of endpoints per IP address or agent.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "neighbour.h"
#include "priv.h"

/** Endpoints from one IP address, or from behind one agent */
struct place {
	struct index_node node;
	char agent[REACH_AGENT_LEN];
	struct addr ip; /* unset: an agent */
	uint32_t n;
};


/* ---- subnets ---- */

static bool is_of(const struct settings_subnet *sn,
		  const struct ras_source *src)
{
	size_t i;

	for (i = 0; src->agent[0] && i < sn->agentc; i++) {
		if (!strcmp(sn->agentv[i], src->agent))
			return true;
	}
	for (i = 0; !src->agent[0] && i < sn->netc; i++) {
		if (addr_net_contains(&sn->netv[i], &src->seen))
			return true;
	}

	return false;
}


bool gk_allow(enum ras_wish wish, const struct ras_source *src, void *arg)
{
	const struct gk *gk		= arg;
	const struct settings *s	= gk->settings;
	const struct settings_subnet *sn = NULL;
	const struct settings_policy *p = &s->policy;
	size_t i;

	if (wish == RAS_LOCATE && !src->agent[0] &&
	    gk_neighbour_at(gk, &src->seen))
		return true;
	for (i = 0; i < s->subnetc && !sn; i++) {
		if (is_of(&s->subnetv[i], src))
			sn = &s->subnetv[i];
	}
	switch (wish) {

	case RAS_DISCOVER:
		return sn ? sn->discover : p->discover;
	case RAS_REGISTER:
		return sn ? sn->reg : p->reg;
	case RAS_CALL:
		return sn ? sn->call : p->call;
	case RAS_LOCATE:
		return sn ? sn->locate : p->locate;
	default:
		return gk_policy_room(gk, src);
	}
}


/* ---- how many from one place ---- */

static void place_of(struct place *pl, const char *agent,
		     const struct addr *seen)
{
	memset(pl, 0, sizeof(*pl));
	memcpy(pl->agent, agent, strnlen(agent, sizeof(pl->agent) - 1));
	if (agent[0])
		return;
	pl->ip = *seen;
	addr_set_port(&pl->ip, 0);
}


static int match(const struct index_node *n, const void *key)
{
	const struct place *pl = (const struct place *)n, *k = key;

	return !strcmp(pl->agent, k->agent) && addr_eq(&pl->ip, &k->ip);
}


static uint64_t hash(const struct gk *gk, const struct place *pl)
{
	return index_hash(gk->seed, pl->agent, sizeof(pl->agent)) ^
	       index_hash(gk->seed, &pl->ip.u, addr_socklen(&pl->ip));
}


static struct place *find(const struct gk *gk, const struct place *key)
{
	return (struct place *)index_find(&gk->by_ip, hash(gk, key), match,
					  key);
}


static struct place *make(struct gk *gk, const struct place *key)
{
	struct place *pl = malloc(sizeof(*pl));

	if (!pl)
		return NULL;
	*pl = *key;
	if (index_add(&gk->by_ip, &pl->node, hash(gk, key))) {
		free(pl);
		return NULL;
	}

	return pl;
}


void gk_policy_leave(struct gk *gk, struct endpoint *ep)
{
	struct place *pl = ep->place;

	ep->place = NULL;
	if (!pl || --pl->n)
		return;
	index_remove(&gk->by_ip, &pl->node);
	free(pl);
}


void gk_policy_enter(struct gk *gk, struct endpoint *ep)
{
	struct place key, *pl = ep->place;

	place_of(&key, ep->at.agent, &ep->at.seen);
	if (pl && match(&pl->node, &key))
		return;
	gk_policy_leave(gk, ep);
	pl = find(gk, &key);
	if (!pl)
		pl = make(gk, &key);
	if (pl)
		++pl->n;
	ep->place = pl;
}


bool gk_policy_room(const struct gk *gk, const struct ras_source *src)
{
	const uint32_t most = gk->settings->policy.per_address;
	const struct place *pl;
	struct place key;

	if (!most)
		return true;
	place_of(&key, src->agent, &src->seen);
	pl = find(gk, &key);

	return !pl || pl->n < most;
}


uint32_t gk_registered_at(const struct gk *gk, const struct reach *r)
{
	const struct place *pl;
	struct place key;

	place_of(&key, r->agent, &r->seen);
	pl = find(gk, &key);

	return pl ? pl->n : 0;
}


void gk_policy_reset(struct gk *gk)
{
	size_t i;

	for (i = 0; i < gk->by_ip.size; i++) {
		struct index_node *n = gk->by_ip.chains[i];

		while (n) {
			struct index_node *next = n->next;

			free(n);
			n = next;
		}
	}
	index_reset(&gk->by_ip);
}
