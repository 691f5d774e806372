/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file table.c  All sessions, found by Call-ID
 *
 * Owns the stored copies of the sessions. All sessions of one Call-ID are in
 * one slot, so that one lock covers whatever a message can concern.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "logic/table.h"

struct entry {
	struct entry *next;
	unsigned room;	  /* streams there is memory for */
	struct session s; /* with its streams: last */
};

struct table {
	struct table_host host;
	unsigned slots;
	struct {
		struct entry *first;
		unsigned n;
	} slot[];
};

static unsigned slot_of_callid(const struct table *t, const char *p, size_t len)
{
	uint64_t h = session_digest(p, len);

	return (unsigned)(h ^ (h >> 32)) & (t->slots - 1);
}

static int slot_of_id(const struct table *t, const char *id, unsigned *slot)
{
	char *end;
	unsigned long n = strtoul(id, &end, 16);

	if(end == id || *end != '-' || n >= t->slots)
		return ENOENT;

	*slot = (unsigned)n;
	return 0;
}

/**
 * Make a table
 *
 * @param tp    Gets the table
 * @param slots How many chains, a power of two
 * @param host  Where memory and locks come from
 *
 * @return 0, EINVAL, ENOMEM
 */
int table_alloc(
		struct table **tp, unsigned slots, const struct table_host *host)
{
	struct table *t;
	size_t size;

	if(!tp || !host || !slots || (slots & (slots - 1)))
		return EINVAL;

	size = sizeof(*t) + slots * sizeof(t->slot[0]);
	t = host->alloc(size);
	if(!t)
		return ENOMEM;

	memset(t, 0, size);
	t->host = *host;
	t->slots = slots;
	*tp = t;
	return 0;
}

/** Free it with all sessions; nobody may use it any more */
void table_free(struct table *t)
{
	if(!t)
		return;

	for(unsigned i = 0; i < t->slots; i++) {
		for(struct entry *e = t->slot[i].first, *next; e; e = next) {
			next = e->next;
			t->host.free(e);
		}
	}
	t->host.free(t);
}

void table_id(const struct table *t, char id[SESSION_ID_SIZE],
		const char *callid, size_t len, const char *call, int branch)
{
	(void)snprintf(id, SESSION_ID_SIZE, "%x-%s-%d",
			slot_of_callid(t, callid, len), call, branch);
}

static void lock(struct table *t, unsigned slot)
{
	t->host.lock(slot, t->host.arg);
}

static void unlock(struct table *t, unsigned slot)
{
	t->host.unlock(slot, t->host.arg);
}

/* the link that points to it, or to NULL at the end of the chain */
static struct entry **link_of(struct table *t, unsigned slot, const char *id)
{
	struct entry **ep = &t->slot[slot].first;

	while(*ep && strcmp((*ep)->s.id, id))
		ep = &(*ep)->next;
	return ep;
}

static struct entry *entry_new(struct table *t, const struct session *s)
{
	struct entry *e = t->host.alloc(
			offsetof(struct entry, s) + session_size(s->streams_count));

	if(e) {
		e->room = s->streams_count;
		session_copy(&e->s, s);
	}
	return e;
}

int table_add(struct table *t, const struct session *s)
{
	struct entry *e, **ep;
	unsigned slot;
	int err;

	err = slot_of_id(t, s->id, &slot);
	if(err)
		return EINVAL;

	e = entry_new(t, s);
	if(!e)
		return ENOMEM;

	lock(t, slot);
	ep = link_of(t, slot, s->id);
	err = *ep ? EEXIST : 0;
	if(!err) {
		e->next = t->slot[slot].first;
		t->slot[slot].first = e;
		++t->slot[slot].n;
		e = NULL;
	}
	unlock(t, slot);

	if(e)
		t->host.free(e);
	return err;
}

/* with the slot locked: another entry in its place; 0, ENOMEM */
static int entry_grow(struct table *t, struct entry **ep, const struct session *s)
{
	struct entry *old = *ep, *e = entry_new(t, s);

	if(!e)
		return ENOMEM;
	e->next = old->next;
	*ep = e;
	t->host.free(old);
	return 0;
}

int table_replace(struct table *t, const struct session *s)
{
	struct entry **ep;
	unsigned slot;
	int err = 0;

	if(slot_of_id(t, s->id, &slot))
		return ENOENT;

	lock(t, slot);
	ep = link_of(t, slot, s->id);
	if(!*ep)
		err = ENOENT;
	else if((*ep)->s.version != s->version)
		err = EAGAIN;
	else if(s->streams_count > (*ep)->room)
		err = entry_grow(t, ep, s);
	else
		session_copy(&(*ep)->s, s);
	if(!err)
		++(*ep)->s.version;
	unlock(t, slot);
	return err;
}

/* with the slot locked */
static void unlink_entry(struct table *t, unsigned slot, struct entry **ep)
{
	struct entry *e = *ep;

	*ep = e->next;
	--t->slot[slot].n;
}

int table_remove(struct table *t, const char *id, struct session *s)
{
	struct entry *e, **ep;
	unsigned slot;

	if(slot_of_id(t, id, &slot))
		return ENOENT;

	lock(t, slot);
	ep = link_of(t, slot, id);
	e = *ep;
	if(e)
		unlink_entry(t, slot, ep);
	unlock(t, slot);

	if(!e)
		return ENOENT;
	if(s)
		session_copy(s, &e->s);
	t->host.free(e);
	return 0;
}

int table_get(struct table *t, const char *id, struct session *s)
{
	struct entry **ep;
	unsigned slot;
	int err;

	if(slot_of_id(t, id, &slot))
		return ENOENT;

	lock(t, slot);
	ep = link_of(t, slot, id);
	err = *ep ? 0 : ENOENT;
	if(!err)
		session_copy(s, &(*ep)->s);
	unlock(t, slot);
	return err;
}

/** The session of a branch of an INVITE, for its replies */
int table_find_branch(struct table *t, const struct session_dialog *d,
		int branch, struct session *s)
{
	unsigned slot = slot_of_callid(t, d->callid, d->callid_len);
	int err = ENOENT;

	lock(t, slot);
	for(struct entry *e = t->slot[slot].first; e; e = e->next) {
		/* newest first: an earlier INVITE's may not be closed yet */
		if(e->s.branch == branch
				&& session_sender(&e->s, d) == SESSION_A) {
			session_copy(s, &e->s);
			err = 0;
			break;
		}
	}
	unlock(t, slot);
	return err;
}

/**
 * The session of a request within a dialog
 *
 * While a call rings on several branches the called parties' tags decide; a
 * session whose tag matches exactly goes before one that has none yet.
 */
int table_find_dialog(struct table *t, const struct session_dialog *d,
		struct session *s, enum session_side *sender)
{
	unsigned slot = slot_of_callid(t, d->callid, d->callid_len);
	const struct entry *best = NULL;

	lock(t, slot);
	for(struct entry *e = t->slot[slot].first; e; e = e->next) {
		enum session_side side = session_sender(&e->s, d);
		const char *tag = side == SESSION_A ? d->to_tag : d->from_tag;
		size_t len = side == SESSION_A ? d->to_tag_len : d->from_tag_len;
		bool exact;

		if(side == SESSION_NOBODY)
			continue;
		exact = strlen(e->s.tag[SESSION_B]) == len && tag
				&& !memcmp(e->s.tag[SESSION_B], tag, len);
		if(!best || exact) {
			best = e;
			*sender = side;
		}
		if(exact)
			break;
	}
	if(best)
		session_copy(s, &best->s);
	unlock(t, slot);
	return best ? 0 : ENOENT;
}

int table_take_call(struct table *t, const char *callid, const char *call,
		const char *but, bool all, struct session *s)
{
	unsigned slot = slot_of_callid(t, callid, strlen(callid));
	struct entry *e = NULL, **ep;

	lock(t, slot);
	for(ep = &t->slot[slot].first; *ep; ep = &(*ep)->next) {
		if(!strcmp((*ep)->s.call, call) && (all || !(*ep)->s.confirmed)
				&& (!but || strcmp((*ep)->s.id, but))) {
			e = *ep;
			unlink_entry(t, slot, ep);
			break;
		}
	}
	unlock(t, slot);

	if(!e)
		return ENOENT;
	session_copy(s, &e->s);
	t->host.free(e);
	return 0;
}

int table_each(struct table *t, table_h *h, void *arg)
{
	int err = 0;

	for(unsigned i = 0; i < t->slots && !err; i++) {
		if(!t->slot[i].first)
			continue;
		lock(t, i);
		for(struct entry *e = t->slot[i].first; e && !err; e = e->next)
			err = h(&e->s, arg);
		unlock(t, i);
	}

	return err;
}

unsigned table_count(const struct table *t)
{
	unsigned n = 0;

	for(unsigned i = 0; i < t->slots; i++)
		n += t->slot[i].n;
	return n;
}
