/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sessions.c  The table of sessions in Kamailio's shared memory
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "glue/compat.h"
#include "core/dprint.h"
#include "core/locking.h"
#include "core/mem/shm_mem.h"
#include "glue/clock.h"
#include "glue/relays.h"
#include "glue/sessions.h"
#include "glue/stats.h"
#include "glue/writer.h"
#include "logic/session_json.h"

enum {
	SLOTS = 4096, /* chains of the table; a power of two */
	LOCKS = 256,  /* for them */
};

static struct table *table;
static gen_lock_set_t *locks;
static struct relay_conf conf;
static int64_t started;

static void *host_alloc(size_t size)
{
	return shm_malloc(size);
}

static void host_free(void *p)
{
	if(p)
		shm_free(p);
}

static void host_lock(unsigned slot, void *arg)
{
	(void)arg;
	lock_set_get(locks, (int)(slot % LOCKS));
}

static void host_unlock(unsigned slot, void *arg)
{
	(void)arg;
	lock_set_release(locks, (int)(slot % LOCKS));
}

int sessions_mod_init(const struct relay_conf *c)
{
	const struct table_host host = {
			.alloc = host_alloc,
			.free = host_free,
			.lock = host_lock,
			.unlock = host_unlock,
	};

	conf = *c;
	started = clock_wall_ms();
	locks = lock_set_alloc(LOCKS);
	if(!locks || !lock_set_init(locks)) {
		LM_ERR("no memory for locks\n");
		return -1;
	}
	if(table_alloc(&table, SLOTS, &host)) {
		SHM_MEM_ERROR;
		return -1;
	}
	return 0;
}

void sessions_destroy(void)
{
	table_free(table);
	table = NULL;
	if(locks) {
		lock_set_destroy(locks);
		lock_set_dealloc(locks);
	}
	locks = NULL;
}

struct table *sessions_table(void)
{
	return table;
}

const struct relay_conf *sessions_conf(void)
{
	return &conf;
}

void sessions_keep(const struct session *s)
{
	struct store_session row = {
			.id = s->id,
			.owner = conf.owner,
			.relay = relays_name(s->relay),
			.call = s->call,
			.updated = clock_wall_ms(),
	};
	json_t *o;
	char *text;

	if(!writer_enabled())
		return;

	o = session_json_encode(s);
	text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	if(text) {
		row.state = text;
		(void)writer_session_put(&row);
	}
	free(text);
	json_decref(o);
}

void sessions_forget(const char *id)
{
	if(writer_enabled())
		(void)writer_session_delete(id);
}

static int restore_one(const struct store_session *row, void *arg)
{
	struct session *s = arg;
	json_t *o = json_loads(row->state ? row->state : "", 0, NULL);
	int relay = row->relay ? relayset_find(relays_set(), row->relay)
						   : RELAYSET_NONE;

	memset(s, 0, session_size(SESSION_STREAMS_MAX));
	if(session_json_decode(s, o) || strcmp(s->id, row->id)) {
		LM_WARN("session %s: what the store has of it can't be read; "
				"its call will not be repaired\n",
				row->id);
	} else if(s->opened && relay == RELAYSET_NONE) {
		LM_WARN("session %s: there is no relay \"%s\" any more\n", s->id,
				row->relay ? row->relay : "");
	} else {
		s->relay = s->opened ? (unsigned)relay : 0;
		if(table_add(table, s))
			LM_ERR("session %s: no memory to restore it\n", s->id);
		else
			stats_inc(sessions_restored);
	}
	json_decref(o);
	return 0;
}

void sessions_restore(const char *store_path)
{
	struct store_conf c = {
			.path = store_path, .readonly = true, .name = "traversal"};
	struct session *s = session_alloc();
	struct store *store = NULL;
	char why[256] = "";
	int err;

	if(!s)
		return;
	err = store_open(&store, &c, why, sizeof(why));
	if(!err)
		err = store_session_each(store, conf.owner, restore_one, s);
	if(err && err != ENOENT)
		LM_ERR("%s: no session restored: %s\n", store_path,
				store ? store_strerror(store) : why);
	if(table_count(table))
		LM_NOTICE("%u sessions restored from %s\n", table_count(table),
				store_path);
	store_close(store);
	free(s);
}

struct stale {
	size_t n, room;
	char (*id)[SESSION_CALL_SIZE];
};

static int has_call(const struct session *s, void *arg)
{
	return strcmp(s->call, arg) ? 0 : EEXIST;
}

static int stale_add(struct stale *st, const char *id)
{
	if(st->n == st->room) {
		size_t room = st->room ? st->room * 2 : 64;
		void *p = reallocarray(st->id, room, sizeof(*st->id));

		if(!p)
			return ENOMEM;
		st->id = p;
		st->room = room;
	}
	(void)snprintf(st->id[st->n++], sizeof(*st->id), "%s", id);
	return 0;
}

static int stale_one(const struct store_call *c, void *arg)
{
	char id[SESSION_CALL_SIZE];

	if(c->kind != STORE_SIP || c->start >= started
			|| strlen(c->id) >= sizeof(id))
		return 0;
	(void)snprintf(id, sizeof(id), "%s", c->id);
	return table_each(table, has_call, id) == EEXIST ? 0 : stale_add(arg, id);
}

void sessions_end_stale(const char *store_path)
{
	struct store_conf c = {
			.path = store_path, .readonly = true, .name = "traversal"};
	struct stale st = {0};
	struct store *store = NULL;
	char why[256];

	if(store_open(&store, &c, why, sizeof(why)) == 0)
		(void)store_call_each(store, true, UINT_MAX, stale_one, &st);
	store_close(store);

	for(size_t i = 0; i < st.n; i++) {
		struct store_call end = {
				.id = st.id[i],
				.kind = STORE_SIP,
				.end = started,
				.endReason = "restart",
				.endedBy = "server",
		};

		/* the writer's queue is short; nobody waits for this */
		while(writer_call_put(&end) == EAGAIN)
			(void)usleep(10000);
	}
	if(st.n)
		LM_NOTICE("%zu calls had not been answered when Kamailio ended\n",
				st.n);
	free(st.id);
}
