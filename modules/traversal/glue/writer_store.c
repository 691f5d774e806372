/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file writer_store.c  The writer's store: batches in, transactions out
 *
 * Owns: the store's handle, the batch. lib/store logs what is wrong with the
 * database, once; here it is only counted.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "glue/compat.h"
#include "core/dprint.h"
#include "glue/clock.h"
#include "glue/mirror.h"
#include "glue/stats.h"
#include "glue/writer.h"
#include "glue/writer_store.h"
#include "logic/batch.h"

enum {
	BUSY_MS = 100,	  /* for another program's lock: the queue fills meanwhile */
	FULL = 2000,	  /* records: written at once */
	RECORDS = 100000, /* kept while the store is in trouble */
	BYTES = 64 * 1024 * 1024,
	RETRY_MIN_MS = 50,
	RETRY_MAX_MS = 2000,
	REOPEN_MS = 5000,	   /* between tries to open it */
	EXPIRE_MS = 60 * 1000, /* between sweeps of what expired while we were away */
	EXPIRE_AT_ONCE = 1000, /* store_contact_expire()'s most */
	RESYNC_CHUNK = 500,	   /* contacts in one transaction */
};

struct writer_store
{
	char *path;
	struct store *store; /* NULL: could not be opened yet */
	struct batch *batch;
	uint64_t reopen;   /* not before */
	uint64_t expire;   /* next sweep */
	bool resync;	   /* asked for */
	bool open_failed;  /* said so */
	unsigned resynced; /* contacts in the open transaction */
};

int writer_store_alloc(struct writer_store **wp, const char *path, bool said)
{
	const struct batch_conf conf = {
			.delay_ms = 0, /* the process has let them gather already */
			.full = FULL,
			.max_records = RECORDS,
			.max_bytes = BYTES,
			.retry_min_ms = RETRY_MIN_MS,
			.retry_max_ms = RETRY_MAX_MS,
	};
	struct writer_store *w = calloc(1, sizeof(*w));

	if(!w)
		return ENOMEM;
	w->open_failed = said;
	w->path = strdup(path);
	if(!w->path || batch_alloc(&w->batch, &conf)) {
		writer_store_free(w);
		return ENOMEM;
	}
	*wp = w;
	return 0;
}

void writer_store_free(struct writer_store *w)
{
	if(!w)
		return;
	store_close(w->store);
	batch_free(w->batch);
	free(w->path);
	free(w);
}

static bool opened(struct writer_store *w, uint64_t now)
{
	const struct store_conf conf = {
			.path = w->path, .busy_timeout_ms = BUSY_MS, .name = "traversal"};
	char why[256];

	if(w->store)
		return true;
	if(now < w->reopen)
		return false;
	if(store_open(&w->store, &conf, why, sizeof(why)) == 0) {
		if(w->open_failed)
			LM_NOTICE("store %s: opened\n", w->path);
		w->open_failed = false;
		return true;
	}

	w->store = NULL;
	w->reopen = now + REOPEN_MS;
	stats_inc(store_errors);
	if(!w->open_failed)
		LM_ERR("store %s: %s. Calls and registrations go on without it; it is "
			   "tried again every few seconds\n",
				w->path, why);
	w->open_failed = true;
	return false;
}

void writer_store_add(struct writer_store *w, const uint8_t *buf, size_t len)
{
	uint64_t now = clock_ms();
	int err = batch_add(w->batch, buf, len, now);

	/* contacts can be read from usrloc later; the rest can't */
	if(err == ENOBUFS && batch_drop_contacts(w->batch)) {
		w->resync = true;
		err = batch_add(w->batch, buf, len, now);
	}
	if(err)
		stats_inc(store_refused);
}

bool writer_store_full(const struct writer_store *w)
{
	return batch_count(w->batch) >= FULL;
}

void writer_store_resync_ask(struct writer_store *w)
{
	w->resync = true;
}

/* ---- writing */

static int put(struct store *s, const struct record *r)
{
	switch(r->type) {
		case RECORD_CONTACT_PUT:
			return store_contact_put(s, &r->u.contact);
		case RECORD_CONTACT_DELETE:
			return store_contact_delete(s, r->u.contact_delete.kind,
					r->u.contact_delete.id, r->u.contact_delete.reason);
		case RECORD_CALL_PUT:
			return store_call_put(s, &r->u.call);
		case RECORD_FLOW_PUT:
			return store_flow_put(s, &r->u.flow);
		case RECORD_SESSION_PUT:
			return store_session_put(s, &r->u.session);
		case RECORD_SESSION_DELETE:
			return store_session_delete(s, r->u.session_delete.id);
		case RECORD_AUDIT_ADD:
			return store_audit_add(s, &r->u.audit);
		default:
			return EINVAL;
	}
}

/* what the store will never take is left out, now and in further tries */
static int put_one(const struct record *r, unsigned place, void *arg)
{
	struct writer_store *w = arg;
	int err = put(w->store, r);

	if(err != EINVAL && err != ENOENT)
		return err;
	batch_drop(w->batch, place);
	stats_inc(store_refused);
	return 0;
}

static void write_batch(struct writer_store *w, uint64_t now)
{
	unsigned n = batch_count(w->batch);
	int err = store_begin(w->store);

	if(!err) {
		err = batch_each(w->batch, put_one, w);
		if(err)
			store_rollback(w->store);
		else
			err = store_commit(w->store);
	}
	if(err) {
		stats_inc(store_errors);
		batch_failed(w->batch, now);
	} else {
		stats_add(store_written, (int)n);
		batch_written(w->batch);
	}
}

/* ---- contacts from usrloc */

static int resync_one(const struct store_contact *c, void *arg)
{
	struct writer_store *w = arg;
	int err = 0;

	if(w->resynced == 0)
		err = store_begin(w->store);
	if(!err)
		err = store_contact_put(w->store, c);
	if(err == EINVAL)
		err = 0;
	if(!err && ++w->resynced >= RESYNC_CHUNK) {
		w->resynced = 0;
		err = store_commit(w->store);
	}
	return err;
}

/** Ids of contacts the store has and usrloc has not */
struct gone
{
	size_t n, room;
	char **id;
};

static int gone_one(const struct store_contact *c, void *arg)
{
	struct gone *g = arg;

	if(mirror_has(c))
		return 0;
	if(g->n == g->room) {
		size_t room = g->room ? g->room * 2 : 64;
		char **p = reallocarray(g->id, room, sizeof(*p));

		if(!p)
			return ENOMEM;
		g->id = p;
		g->room = room;
	}
	g->id[g->n] = strdup(c->id);
	return g->id[g->n++] ? 0 : ENOMEM;
}

static int delete_gone(struct writer_store *w)
{
	struct gone g = {0};
	int err = store_contact_each(
			w->store, STORE_SIP, NULL, 0, gone_one, &g);

	for(size_t i = 0; i < g.n; i++) {
		if(!err && g.id[i])
			err = store_contact_delete(w->store, STORE_SIP, g.id[i], NULL);
		free(g.id[i]);
	}
	free(g.id);
	return err;
}

static void resync(struct writer_store *w)
{
	int err;

	w->resync = false;
	w->resynced = 0;
	if(!mirror_usrloc())
		return;
	err = mirror_each_contact(resync_one, w);
	if(w->resynced) {
		if(err)
			store_rollback(w->store);
		else
			err = store_commit(w->store);
	}
	w->resynced = 0;
	if(!err)
		err = delete_gone(w);
	if(err) {
		stats_inc(store_errors);
		w->resync = true;
		return;
	}
	stats_inc(store_resyncs);
	LM_NOTICE("store %s: contacts brought up to date from usrloc\n", w->path);
}

/* usrloc reports what expires; this is for what expired while nobody ran */
static void expire(struct writer_store *w, uint64_t now)
{
	int64_t before = clock_wall_ms() - EXPIRE_MS;
	unsigned n = 0;

	if(now < w->expire)
		return;
	w->expire = now + EXPIRE_MS;
	if(store_contact_expire(w->store, STORE_SIP, before, &n) == 0
			&& n >= EXPIRE_AT_ONCE)
		w->expire = now;
}

void writer_store_run(struct writer_store *w, uint64_t now)
{
	bool due = batch_due(w->batch, now);

	if(!due && !w->resync && now < w->expire && w->store)
		return;
	if(!opened(w, now))
		return;
	if(due)
		write_batch(w, now);
	if(w->resync && batch_count(w->batch) == 0)
		resync(w);
	expire(w, now);
}

int writer_store_wait(const struct writer_store *w, uint64_t now)
{
	int ms = batch_wait(w->batch, now);

	if(!w->store && ms >= 0 && w->reopen > now + (uint64_t)ms)
		ms = (int)(w->reopen - now);
	return ms;
}

void writer_store_finish(struct writer_store *w)
{
	if(!batch_count(w->batch))
		return;
	w->reopen = 0;
	if(opened(w, clock_ms()))
		write_batch(w, clock_ms());
	if(batch_count(w->batch))
		LM_ERR("store %s: %u records could not be written at the end\n",
				w->path, batch_count(w->batch));
}
