/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file keepalive.c  When to ping which contact, and when to give it up
 *
 * A timer wheel of one round: as many ticks as the longest interval, each with
 * a list of contacts. Contacts are found by key (hash table) and by number (the
 * id of a ping). What is learnt about a NAT is in keepalive_nat.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "logic/keepalive.h"
#include "logic/keepalive_nat.h"

enum {
	BUCKETS = 1 << 14,
	NO_SLOT = UINT32_MAX,
};

struct contact
{
	struct contact *chain;		  /**< in its bucket */
	struct contact *prev, *next; /**< in its tick */
	uint32_t slot;
	uint32_t id;
	uint64_t nonce; /**< of the ping that waits for its answer; 0: none */
	uint64_t due;	/**< ms, when it is next pinged */
	struct nat *nat;
	unsigned hash;
	unsigned port;
	unsigned scan; /**< it was last seen in */
	unsigned missed;
	unsigned failed; /**< to be sent, in a row */
	unsigned good; /**< answers in a row at this interval */
	unsigned interval_ms;
	bool answered; /**< ever */
	bool must_answer;
	char key[];
};

struct keepalive
{
	struct keepalive_conf conf;
	struct contact *buckets[BUCKETS];
	struct contact **wheel;
	uint32_t slots;
	uint64_t tick; /**< next tick to run; 0: not started */
	struct contact **ids;
	uint32_t *free_ids;
	uint32_t nids, nfree;
	struct nat_table *nats;
	unsigned count;
	unsigned scan;
	uint32_t sequence; /**< of new contacts: spreads them */
};

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

	return (h ^ h >> 16) & (BUCKETS - 1);
}

static struct contact *contact_find(const struct keepalive *k, const char *key)
{
	struct contact *c = k->buckets[key_bucket(key)];

	while(c && strcmp(c->key, key))
		c = c->chain;

	return c;
}

static void unschedule(struct keepalive *k, struct contact *c)
{
	if(c->slot == NO_SLOT)
		return;
	if(c->prev)
		c->prev->next = c->next;
	else
		k->wheel[c->slot] = c->next;
	if(c->next)
		c->next->prev = c->prev;
	c->prev = c->next = NULL;
	c->slot = NO_SLOT;
}

/* at a time at most one round of the wheel ahead */
static void schedule(struct keepalive *k, struct contact *c, uint64_t due)
{
	uint64_t tick = (due + KEEPALIVE_TICK_MS - 1) / KEEPALIVE_TICK_MS;

	if(tick < k->tick)
		tick = k->tick;
	if(tick >= k->tick + k->slots)
		tick = k->tick + k->slots - 1;

	unschedule(k, c);
	c->due = due;
	c->slot = (uint32_t)(tick % k->slots);
	c->prev = NULL;
	c->next = k->wheel[c->slot];
	if(c->next)
		c->next->prev = c;
	k->wheel[c->slot] = c;
}

static void contact_free(struct keepalive *k, struct contact *c)
{
	struct contact **p = &k->buckets[key_bucket(c->key)];

	while(*p != c)
		p = &(*p)->chain;
	*p = c->chain;

	unschedule(k, c);
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
	for(uint32_t i = 0; i < BUCKETS; i++) {
		while(k->buckets[i])
			contact_free(k, k->buckets[i]);
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
	c->slot = NO_SLOT;
	c->interval_ms = nat_interval(c->nat);
	k->ids[c->id] = c;
	c->chain = k->buckets[bucket];
	k->buckets[bucket] = c;
	k->count++;

	/* it has just been heard of; leave time for having been found late */
	schedule(k, c, now + spread(k, c->interval_ms / 4 * 3));

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
			contact_free(k, k->ids[i]);
	}
	k->scan++;
}

static void ping_fill(struct keepalive_ping *p, const struct contact *c)
{
	*p = (struct keepalive_ping){
			.key = c->key,
			.hash = c->hash,
			.id = c->id,
			.nonce = c->nonce,
			.missed = c->missed,
			.interval_ms = c->interval_ms,
	};
}

/* The last ping had no answer. True when it was one too many */
static bool missed(struct keepalive *k, struct contact *c)
{
	c->nonce = 0;
	c->good = 0;
	c->missed++;

	/* one may be lost on the way; a second one is the NAT's doing */
	if(c->missed == 2 && c->answered) {
		nat_lost(c->nat, c->id, c->interval_ms);
		c->interval_ms = nat_interval(c->nat);
	}

	if(!k->conf.max_missed || c->missed < k->conf.max_missed)
		return false;

	return c->answered || c->must_answer || c->failed >= k->conf.max_missed;
}

/* keeps its place in the interval, unless that has passed */
static void schedule_next(
		struct keepalive *k, struct contact *c, uint64_t now, bool soon)
{
	uint64_t due = c->due + c->interval_ms;

	if(soon && k->conf.retry_ms < c->interval_ms)
		due = now + k->conf.retry_ms;
	else if(due <= now)
		due = now + c->interval_ms;

	schedule(k, c, due);
}

static void interval_update(struct contact *c)
{
	unsigned ms = nat_interval_for(c->nat, c->id, c->good);

	if(ms != c->interval_ms)
		c->good = 0;
	c->interval_ms = ms;
}

static bool ping(struct keepalive *k, struct contact *c, uint64_t now,
		keepalive_send_h *sendh, void *arg)
{
	struct keepalive_ping p;
	bool dead = false;

	if(!c->missed)
		interval_update(c);

	do {
		c->nonce = k->conf.random_h(k->conf.arg);
	} while(!c->nonce);
	ping_fill(&p, c);

	switch(sendh(&p, arg)) {
		case KEEPALIVE_SENT:
			c->failed = 0;
			break;
		case KEEPALIVE_UNANSWERABLE:
			c->nonce = 0;
			c->missed = c->failed = 0;
			break;
		case KEEPALIVE_FAILED:
			c->failed++;
			dead = missed(k, c);
			break;
		case KEEPALIVE_GONE:
		default:
			contact_free(k, c);
			return false;
	}
	schedule_next(k, c, now, c->missed > 0);

	return dead;
}

static void contact_run(struct keepalive *k, struct contact *c, uint64_t now,
		keepalive_send_h *sendh, keepalive_dead_h *deadh, void *arg)
{
	struct keepalive_ping p;
	bool dead = false;

	unschedule(k, c);
	if(c->nonce)
		dead = missed(k, c);
	if(!dead)
		dead = ping(k, c, now, sendh, arg);
	if(!dead)
		return;

	ping_fill(&p, c);
	deadh(&p, arg);
	contact_free(k, c);
}

/**
 * Sends what is due
 *
 * @param k     Schedule
 * @param now   Time, ms, never going back
 * @param sendh Sends one ping
 * @param deadh Told of each contact that is given up
 * @param arg   Handed to both
 */
void keepalive_run(struct keepalive *k, uint64_t now, keepalive_send_h *sendh,
		keepalive_dead_h *deadh, void *arg)
{
	uint64_t end = now / KEEPALIVE_TICK_MS;

	if(!k->tick)
		k->tick = end;
	/* after a long sleep: all of them once, not once for each round missed */
	if(end > k->tick + k->slots)
		k->tick = end - k->slots;

	for(; k->tick <= end; k->tick++) {
		struct contact **head = &k->wheel[k->tick % k->slots];
		struct contact *todo = *head;

		/* what is due again lands in a later tick */
		*head = NULL;
		while(todo) {
			struct contact *c = todo;

			todo = c->next;
			if(todo)
				todo->prev = NULL;
			c->prev = c->next = NULL;
			c->slot = NO_SLOT;
			k->tick++;
			contact_run(k, c, now, sendh, deadh, arg);
			k->tick--;
		}
	}
}

/**
 * An answer came
 *
 * @param k     Schedule
 * @param id    Of the ping
 * @param nonce Of the ping
 * @param now   Time, ms
 *
 * @return Whether it was waited for
 */
bool keepalive_answered(
		struct keepalive *k, uint32_t id, uint64_t nonce, uint64_t now)
{
	struct contact *c;
	bool retried;

	if(!k || id >= k->nids || !nonce)
		return false;
	c = k->ids[id];
	if(!c || c->nonce != nonce)
		return false;

	retried = c->missed > 0;
	c->nonce = 0;
	c->missed = 0;
	c->answered = true;
	/* after a retry the pause before it says nothing about the NAT */
	c->good = retried ? 0 : c->good + 1;
	if(c->good >= KEEPALIVE_GOOD_ANSWERS) {
		nat_proven(c->nat, c->interval_ms);
		c->good = KEEPALIVE_GOOD_ANSWERS;
	}
	if(retried)
		schedule(k, c, now + c->interval_ms);

	return true;
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
