/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file batch.c  Records waiting to be written together
 *
 * Datagrams lie one after the other in an arena; an entry says where. A hash
 * table leads from a key (contact or media session) to the latest entry about
 * it. Nothing is given back to the heap between batches.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "logic/batch.h"

enum {
	SLOTS_MIN = 64,
	ENTRIES_MIN = 64,
	ARENA_MIN = 64 * 1024,
};

struct entry
{
	size_t off;	   /**< of the datagram in the arena */
	uint32_t len;  /**< of the datagram; 0: dropped */
	uint32_t size; /**< room it has there */
	uint32_t id;   /**< offset of the key's id in the datagram */
	uint32_t hash;
	enum record_type type;
};

struct batch
{
	struct batch_conf conf;
	uint8_t *arena;
	size_t used, size;
	struct entry *entries;
	uint32_t count, max; /**< entries, room for them */
	uint32_t dropped;
	uint32_t *slots; /**< entry's number + 1, 0: free */
	uint32_t mask, nslots;
	uint64_t due;
	unsigned pause_ms; /**< after the latest failure; 0: it went well */
};

/**
 * Allocates a batch
 *
 * @param bp   Receives the batch; batch_free() it
 * @param conf Limits and times
 *
 * @return 0, EINVAL, ENOMEM
 */
int batch_alloc(struct batch **bp, const struct batch_conf *conf)
{
	struct batch *b;

	if(!bp || !conf || !conf->full || conf->max_records < conf->full
			|| conf->max_records > INT32_MAX / 4 || !conf->retry_min_ms)
		return EINVAL;

	b = calloc(1, sizeof(*b));
	if(!b)
		return ENOMEM;
	b->conf = *conf;
	b->slots = calloc(SLOTS_MIN, sizeof(*b->slots));
	if(!b->slots) {
		batch_free(b);
		return ENOMEM;
	}
	b->nslots = SLOTS_MIN;
	b->mask = SLOTS_MIN - 1;

	*bp = b;
	return 0;
}

void batch_free(struct batch *b)
{
	if(!b)
		return;
	free(b->arena);
	free(b->entries);
	free(b->slots);
	free(b);
}

/* What a record is about, if records of its sort are coalesced */
static const char *record_key(const struct record *r)
{
	switch(r->type) {
		case RECORD_CONTACT_PUT:
			return r->u.contact.id;
		case RECORD_CONTACT_DELETE:
			return r->u.contact_delete.id;
		case RECORD_SESSION_PUT:
			return r->u.session.id;
		case RECORD_SESSION_DELETE:
			return r->u.session_delete.id;
		default:
			return NULL;
	}
}

static bool about_session(enum record_type type)
{
	return type == RECORD_SESSION_PUT || type == RECORD_SESSION_DELETE;
}

static uint32_t key_hash(const struct record *r, const char *key)
{
	uint32_t h = 2166136261u ^ about_session(r->type);

	while(*key)
		h = (h ^ (uint8_t)*key++) * 16777619u;

	return h;
}

static const char *entry_id(const struct batch *b, const struct entry *e)
{
	return (const char *)b->arena + e->off + e->id;
}

/* the slot of the latest entry about the key, or the free one it belongs in */
static uint32_t *slot_find(struct batch *b, uint32_t hash, bool session,
		const char *key)
{
	uint32_t i = hash & b->mask;

	while(b->slots[i]) {
		const struct entry *e = &b->entries[b->slots[i] - 1];

		if(e->hash == hash && about_session(e->type) == session
				&& !strcmp(entry_id(b, e), key))
			break;
		i = (i + 1) & b->mask;
	}

	return &b->slots[i];
}

static void slots_fill(struct batch *b)
{
	memset(b->slots, 0, (b->mask + 1) * sizeof(*b->slots));

	for(uint32_t i = 0; i < b->count; i++) {
		const struct entry *e = &b->entries[i];

		if(e->id)
			*slot_find(b, e->hash, about_session(e->type), entry_id(b, e)) =
					i + 1;
	}
}

/* At least every second slot stays free */
static int slots_grow(struct batch *b)
{
	uint32_t n = (b->mask + 1) * 2;

	if(b->count < (b->mask + 1) / 2)
		return 0;
	if(n > b->nslots) {
		uint32_t *slots = realloc(b->slots, n * sizeof(*slots));
		if(!slots)
			return ENOMEM;
		b->slots = slots;
		b->nslots = n;
	}
	b->mask = n - 1;
	slots_fill(b);

	return 0;
}

static int arena_grow(struct batch *b, size_t len)
{
	size_t size = b->size ? b->size : ARENA_MIN;
	uint8_t *arena;

	if(len > b->conf.max_bytes || b->used > b->conf.max_bytes - len)
		return ENOBUFS;
	while(size - b->used < len)
		size *= 2;
	if(size == b->size)
		return 0;

	arena = realloc(b->arena, size);
	if(!arena)
		return ENOMEM;
	b->arena = arena;
	b->size = size;

	return 0;
}

static int entries_grow(struct batch *b)
{
	uint32_t max = b->max ? b->max * 2 : ENTRIES_MIN;
	struct entry *entries;

	if(b->count - b->dropped >= b->conf.max_records
			|| b->count >= 2 * b->conf.max_records)
		return ENOBUFS;
	if(b->count < b->max)
		return 0;

	entries = realloc(b->entries, max * sizeof(*entries));
	if(!entries)
		return ENOMEM;
	b->entries = entries;
	b->max = max;

	return 0;
}

static int append(struct batch *b, struct entry *e, const uint8_t *buf)
{
	int err = arena_grow(b, e->len);

	if(!err)
		err = entries_grow(b);
	if(!err)
		err = slots_grow(b);
	if(err)
		return err;

	e->off = b->used;
	e->size = e->len;
	memcpy(b->arena + b->used, buf, e->len);
	b->used += e->len;
	b->entries[b->count++] = *e;

	return 0;
}

/* In the place of an earlier put of the same thing */
static int replace(struct batch *b, struct entry *old, const struct entry *e,
		const uint8_t *buf)
{
	if(e->len > old->size) {
		int err = arena_grow(b, e->len);
		if(err)
			return err;
		old->off = b->used;
		old->size = e->len;
		b->used += e->len;
	}
	memcpy(b->arena + old->off, buf, e->len);
	old->len = e->len;
	old->id = e->id;

	return 0;
}

/* The earlier entry makes the new one needless, or can become it */
static bool same_again(const struct batch *b, const struct entry *old,
		const struct record *r)
{
	struct record was;

	if(!old->len || old->type != r->type)
		return false;
	if(r->type != RECORD_CONTACT_DELETE)
		return true;

	/* a deletion's reason is worth a line in the audit */
	if(record_decode(&was, b->arena + old->off, old->len))
		return false;
	return was.u.contact_delete.reason || !r->u.contact_delete.reason;
}

static int add_keyed(struct batch *b, const struct record *r, const char *key,
		const uint8_t *buf, size_t len)
{
	struct entry e = {
			.len = (uint32_t)len,
			.id = (uint32_t)(key - (const char *)buf),
			.hash = key_hash(r, key),
			.type = r->type,
	};
	uint32_t *slot = slot_find(b, e.hash, about_session(r->type), key);
	int err;

	if(*slot) {
		struct entry *old = &b->entries[*slot - 1];

		if(same_again(b, old, r))
			return r->type == RECORD_CONTACT_DELETE ? 0
													: replace(b, old, &e, buf);
	}

	err = append(b, &e, buf);
	if(err)
		return err;
	/* the table may have grown */
	slot = slot_find(b, e.hash, about_session(r->type), key);
	*slot = b->count;

	return 0;
}

/**
 * Adds a record
 *
 * @param b   Batch
 * @param buf Datagram, copied
 * @param len Its length
 * @param now Time, ms
 *
 * @return 0, EBADMSG when it is no record, ENOBUFS when the batch is at its
 *         bound, ENOMEM
 */
int batch_add(struct batch *b, const uint8_t *buf, size_t len, uint64_t now)
{
	struct record r;
	const char *key;
	bool first = batch_count(b) == 0;
	int err;

	if(len > RECORD_MAX)
		return EBADMSG;
	err = record_decode(&r, buf, len);
	if(err)
		return err;

	key = record_key(&r);
	if(key) {
		err = add_keyed(b, &r, key, buf, len);
	} else {
		struct entry e = {.len = (uint32_t)len, .type = r.type};

		err = append(b, &e, buf);
	}
	if(!err && first && !b->pause_ms)
		b->due = now + b->conf.delay_ms;

	return err;
}

/** How many records there are to write */
unsigned batch_count(const struct batch *b)
{
	return b->count - b->dropped;
}

/** Whether to write it now */
bool batch_due(const struct batch *b, uint64_t now)
{
	if(!batch_count(b))
		return false;
	if(now >= b->due)
		return true;

	return !b->pause_ms && batch_count(b) >= b->conf.full;
}

/** Milliseconds until it is due; -1 when there is nothing to write */
int batch_wait(const struct batch *b, uint64_t now)
{
	uint64_t ms;

	if(!batch_count(b))
		return -1;
	if(batch_due(b, now))
		return 0;

	ms = b->due - now;
	return ms > INT_MAX ? INT_MAX : (int)ms;
}

/** Calls the handler for each record in order; returns what it returned */
int batch_each(const struct batch *b, batch_h *h, void *arg)
{
	for(uint32_t i = 0; i < b->count; i++) {
		const struct entry *e = &b->entries[i];
		struct record r;
		int err;

		if(!e->len || record_decode(&r, b->arena + e->off, e->len))
			continue;
		err = h(&r, i, arg);
		if(err)
			return err;
	}

	return 0;
}

/** Leaves one record out: the store will never take it */
void batch_drop(struct batch *b, unsigned place)
{
	if(place >= b->count || !b->entries[place].len)
		return;
	b->entries[place].len = 0;
	b->dropped++;
}

/* Closes the gaps that dropped and moved records left in the arena */
static void compact(struct batch *b)
{
	uint8_t *arena = malloc(b->size ? b->size : 1);
	uint32_t n = 0;
	size_t used = 0;

	if(!arena)
		return;
	for(uint32_t i = 0; i < b->count; i++) {
		struct entry e = b->entries[i];

		if(!e.len)
			continue;
		memcpy(arena + used, b->arena + e.off, e.len);
		e.off = used;
		e.size = e.len;
		used += e.len;
		b->entries[n++] = e;
	}
	free(b->arena);
	b->arena = arena;
	b->used = used;
	b->count = n;
	b->dropped = 0;
	slots_fill(b);
}

/**
 * Leaves out all that is known elsewhere: contacts, which can be read again.
 * Makes room for other records.
 *
 * @return How many records
 */
unsigned batch_drop_contacts(struct batch *b)
{
	unsigned n = 0;

	for(uint32_t i = 0; i < b->count; i++) {
		const struct entry *e = &b->entries[i];

		if(!e->len || (e->type != RECORD_CONTACT_PUT
							  && e->type != RECORD_CONTACT_DELETE))
			continue;
		batch_drop(b, i);
		n++;
	}
	compact(b);

	return n;
}

/** It stands in the store: starts afresh */
void batch_written(struct batch *b)
{
	b->count = b->dropped = 0;
	b->used = 0;
	b->pause_ms = 0;
	b->mask = SLOTS_MIN - 1;
	memset(b->slots, 0, SLOTS_MIN * sizeof(*b->slots));
}

/** The store refused it: due again after a pause, each twice the last one */
void batch_failed(struct batch *b, uint64_t now)
{
	if(!b->pause_ms)
		b->pause_ms = b->conf.retry_min_ms;
	else if(b->pause_ms < b->conf.retry_max_ms / 2)
		b->pause_ms *= 2;
	else
		b->pause_ms = b->conf.retry_max_ms;

	b->due = now + b->pause_ms;
}
