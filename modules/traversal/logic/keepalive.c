/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file keepalive.c  When to ping which contact, and when to give it up
 *
 * A timer wheel of one round: as many ticks as the longest interval, each with
 * a list of contacts. Contacts are found by key (hash table) and by number (the
 * id of a ping). What is done when one is due is in keepalive_ping.c, what is
 * learnt about a NAT in keepalive_nat.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "logic/keepalive_priv.h"

/**
 * Allocates a schedule
 *
 * @param kp   Receives the schedule; keepalive_free() it
 * @param conf Times; min_ms <= interval_ms <= max_ms
 *
 * @return 0, EINVAL, ENOMEM
 */
int keepalive_alloc(struct keepalive **kp, const struct keepalive_conf *conf)
{
	struct keepalive *k;
	int err;

	if(!kp || !conf || !conf->random_h || conf->min_ms < KEEPALIVE_TICK_MS
			|| conf->interval_ms < conf->min_ms
			|| conf->max_ms < conf->interval_ms
			|| conf->max_ms > KEEPALIVE_INTERVAL_MAX_MS)
		return EINVAL;

	k = calloc(1, sizeof(*k));
	if(!k)
		return ENOMEM;
	k->conf = *conf;
	k->slots = conf->max_ms / KEEPALIVE_TICK_MS + 2;
	k->wheel = calloc(k->slots, sizeof(struct contact *));
	err = nat_table_alloc(&k->nats, conf->min_ms, conf->max_ms);
	if(!k->wheel || err) {
		keepalive_free(k);
		return ENOMEM;
	}

	*kp = k;
	return 0;
}

static uint32_t key_bucket(const char *key)
{
	uint32_t h = 2166136261u;

	while(*key)
		h = (h ^ (uint8_t)*key++) * 16777619u;

	return (h ^ h >> 16) & (KEEPALIVE_BUCKETS - 1);
}

static struct contact *contact_find(const struct keepalive *k, const char *key)
{
	struct contact *c = k->buckets[key_bucket(key)];

	while(c && strcmp(c->key, key))
		c = c->chain;

	return c;
}

void keepalive_unschedule(struct keepalive *k, struct contact *c)
{
	if(c->slot == KEEPALIVE_NO_SLOT)
		return;
	if(c->prev)
		c->prev->next = c->next;
	else
		k->wheel[c->slot] = c->next;
	if(c->next)
		c->next->prev = c->prev;
	c->prev = c->next = NULL;
	c->slot = KEEPALIVE_NO_SLOT;
}

/* at a time at most one round of the wheel ahead */
void keepalive_schedule(struct keepalive *k, struct contact *c, uint64_t due)
{
	uint64_t tick = (due + KEEPALIVE_TICK_MS - 1) / KEEPALIVE_TICK_MS;

	if(tick < k->tick)
		tick = k->tick;
	if(tick >= k->tick + k->slots)
		tick = k->tick + k->slots - 1;

	keepalive_unschedule(k, c);
	c->due = due;
	c->slot = (uint32_t)(tick % k->slots);
	c->prev = NULL;
	c->next = k->wheel[c->slot];
	if(c->next)
		c->next->prev = c;
	k->wheel[c->slot] = c;
}

void keepalive_forget(struct keepalive *k, struct contact *c)
{
	struct contact **p = &k->buckets[key_bucket(c->key)];

	while(*p != c)
		p = &(*p)->chain;
	*p = c->chain;

	keepalive_unschedule(k, c);
	nat_leave(k->nats, c->nat, c->id);
	k->ids[c->id] = NULL;
	k->free_ids[k->nfree++] = c->id;
	k->count--;
	free(c);
}

void keepalive_free(struct keepalive *k)
{
	if(!k)
		return;
	for(uint32_t i = 0; i < KEEPALIVE_BUCKETS; i++) {
		while(k->buckets[i])
			keepalive_forget(k, k->buckets[i]);
	}
	nat_table_free(k->nats);
	free(k->ids);
	free(k->free_ids);
	free(k->wheel);
	free(k);
}

static int id_new(struct keepalive *k, uint32_t *id)
{
	uint32_t n = k->nids ? k->nids * 2 : 256;
	struct contact **ids;
	uint32_t *free_ids;

	if(k->nfree) {
		*id = k->free_ids[--k->nfree];
		return 0;
	}
	if(n > KEEPALIVE_CONTACTS_MAX)
		return ENOBUFS;

	ids = realloc(k->ids, n * sizeof(struct contact *));
	if(!ids)
		return ENOMEM;
	k->ids = ids;
	free_ids = realloc(k->free_ids, n * sizeof(*free_ids));
	if(!free_ids)
		return ENOMEM;
	k->free_ids = free_ids;

	for(uint32_t i = n; i-- > k->nids;) {
		k->ids[i] = NULL;
		k->free_ids[k->nfree++] = i;
	}
	k->nids = n;
	*id = k->free_ids[--k->nfree];

	return 0;
}

/* The golden ratio's multiples are as evenly apart as any number of points
 * on a line can be */
static uint64_t spread(struct keepalive *k, unsigned over_ms)
{
	uint32_t point = ++k->sequence * 2654435769u;

	return ((uint64_t)point * over_ms) >> 32;
}

static int contact_new(struct keepalive *k, const struct keepalive_contact *kc,
		uint64_t now)
{
	size_t len = strlen(kc->key);
	struct contact *c = calloc(1, sizeof(*c) + len + 1);
	uint32_t bucket = key_bucket(kc->key);
	int err;

	if(!c)
		return ENOMEM;
	err = id_new(k, &c->id);
	if(err) {
		free(c);
		return err;
	}
	err = nat_join(k->nats, &c->nat, kc->source, k->conf.interval_ms);
	if(err) {
		k->free_ids[k->nfree++] = c->id;
		free(c);
		return err;
	}
	memcpy(c->key, kc->key, len + 1);
	c->hash = kc->hash;
	c->port = kc->port;
	c->must_answer = kc->must_answer;
	c->scan = k->scan;
	c->slot = KEEPALIVE_NO_SLOT;
	c->interval_ms = nat_interval(c->nat);
	k->ids[c->id] = c;
	c->chain = k->buckets[bucket];
	k->buckets[bucket] = c;
	k->count++;

	/* it has just been heard of; leave time for having been found late */
	keepalive_schedule(k, c, now + spread(k, c->interval_ms / 4 * 3));

	return 0;
}

/* Its address has changed: the binding it had is gone, or it has moved */
static int contact_moved(struct keepalive *k, struct contact *c,
		const struct keepalive_contact *kc)
{
	struct nat *nat;
	int err;

	if(nat_is(c->nat, kc->source)) {
		/* a second one missed has told already; without any, the phone may
		 * just have been started again */
		if(c->missed == 1)
			nat_lost(c->nat, c->id, c->interval_ms);
	} else {
		err = nat_join(k->nats, &nat, kc->source, k->conf.interval_ms);
		if(err)
			return err;
		nat_leave(k->nats, c->nat, c->id);
		c->nat = nat;
	}
	c->port = kc->port;
	c->missed = c->failed = c->good = 0;
	c->nonce = 0;
	c->interval_ms = nat_interval(c->nat);

	return 0;
}

/**
 * Tells of a contact the host has; call for all of them in each scan
 *
 * @param k   Schedule
 * @param kc  Contact
 * @param now Time, ms, never going back
 *
 * @return 0, EINVAL, ENOMEM, ENOBUFS (too many contacts)
 */
int keepalive_contact_put(struct keepalive *k,
		const struct keepalive_contact *kc, uint64_t now)
{
	struct contact *c;

	if(!k || !kc || !kc->key || !kc->source
			|| strlen(kc->key) > KEEPALIVE_KEY_MAX
			|| strlen(kc->source) > KEEPALIVE_KEY_MAX)
		return EINVAL;
	if(!k->tick)
		k->tick = now / KEEPALIVE_TICK_MS;

	c = contact_find(k, kc->key);
	if(!c)
		return contact_new(k, kc, now);

	c->scan = k->scan;
	c->hash = kc->hash;
	if(c->port != kc->port || !nat_is(c->nat, kc->source))
		return contact_moved(k, c, kc);

	return 0;
}

/** A scan has come to its end: contacts it did not tell of are forgotten */
void keepalive_scan_done(struct keepalive *k)
{
	for(uint32_t i = 0; i < k->nids; i++) {
		if(k->ids[i] && k->ids[i]->scan != k->scan)
			keepalive_forget(k, k->ids[i]);
	}
	k->scan++;
}

unsigned keepalive_count(const struct keepalive *k)
{
	return k ? k->count : 0;
}

/** Interval a contact is at, ms; 0 when there is none of that key */
unsigned keepalive_interval(const struct keepalive *k, const char *key)
{
	const struct contact *c = k && key ? contact_find(k, key) : NULL;

	return c ? c->interval_ms : 0;
}
