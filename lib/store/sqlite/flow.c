/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file flow.c  Media flows: one row per stream and direction of a call
 */
#include <errno.h>
#include <string.h>
#include "store/sqlite/db.h"

#define KEEP(column) " " column " = coalesce(excluded." column ", " column ")"


/* A counter beyond SQLite's range would show as negative */
static void bind_count(sqlite3_stmt *st, int i, uint64_t n)
{
	(void)sqlite3_bind_int64(st, i,
				 n > INT64_MAX ? INT64_MAX : (int64_t)n);
}


static int put(struct store *s, const struct store_flow *f, bool *found)
{
	sqlite3_stmt *st;
	int err;

	err = stmt_get(s, &st, STMT_FLOW_PUT,
		       "INSERT INTO flows (call, session, stream, sender,"
		       " relay, media, packets, bytes, dropped, lost, latched,"
		       " latched_at, started, ended)"
		       " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
		       " ?12, ?13, ?14"
		       " WHERE EXISTS (SELECT 1 FROM calls WHERE id = ?1)"
		       " ON CONFLICT (call, session, stream, sender)"
		       " DO UPDATE SET" KEEP("relay") "," KEEP("media") ","
		       " packets = excluded.packets, bytes = excluded.bytes,"
		       " dropped = excluded.dropped, lost = excluded.lost,"
		       KEEP("latched") "," KEEP("latched_at") ","
		       KEEP("started") "," KEEP("ended"));
	if (err)
		return err;

	stmt_text(st, 1, f->call);
	stmt_text(st, 2, f->session ? f->session : "");
	(void)sqlite3_bind_int64(st, 3, f->stream);
	stmt_text(st, 4, f->from);
	stmt_text(st, 5, f->relay);
	stmt_text(st, 6, f->media);
	bind_count(st, 7, f->packets);
	bind_count(st, 8, f->bytes);
	bind_count(st, 9, f->dropped);
	bind_count(st, 10, f->lost);
	stmt_text(st, 11, f->latched);
	stmt_time(st, 12, f->latchedAt);
	stmt_time(st, 13, f->start);
	stmt_time(st, 14, f->end);

	err = stmt_run(s, STMT_FLOW_PUT, st);
	*found = !err && sqlite3_changes(s->db) == 1;

	return err;
}


static bool valid(const struct store_flow *f)
{
	return f && f->call && f->from &&
	       (!strcmp(f->from, "caller") || !strcmp(f->from, "callee"));
}


/**
 * Puts the counters of one stream and direction
 *
 * @param s Store
 * @param f Flow; call and from ("caller" or "callee") are needed
 *
 * @return 0 or errno; ENOENT when there is no such call
 */
int store_flow_put(struct store *s, const struct store_flow *f)
{
	bool found = false;
	int err;

	if (!s)
		return EINVAL;
	if (!valid(f))
		return db_refuse(s, EINVAL, "a flow needs its call, and to be"
				 " from \"caller\" or \"callee\"");

	err = tx_enter(s);
	if (err)
		return err;

	err = tx_leave(s, put(s, f, &found));
	if (!err && !found)
		return db_refuse(s, ENOENT, "no such call");

	return err;
}


static void flow_read(struct store_flow *f, sqlite3_stmt *st)
{
	*f = (struct store_flow){
		.call	   = stmt_col(st, 0),
		.session   = stmt_col(st, 1),
		.stream	   = (unsigned)sqlite3_column_int64(st, 2),
		.from	   = stmt_col(st, 3),
		.relay	   = stmt_col(st, 4),
		.media	   = stmt_col(st, 5),
		.packets   = (uint64_t)sqlite3_column_int64(st, 6),
		.bytes	   = (uint64_t)sqlite3_column_int64(st, 7),
		.dropped   = (uint64_t)sqlite3_column_int64(st, 8),
		.lost	   = (uint64_t)sqlite3_column_int64(st, 9),
		.latched   = stmt_col(st, 10),
		.latchedAt = sqlite3_column_int64(st, 11),
		.start	   = sqlite3_column_int64(st, 12),
		.end	   = sqlite3_column_int64(st, 13),
	};
}


/** Gives a call's flows to a handler, by session and stream */
int store_flow_each(struct store *s, const char *call, store_flow_h *h,
		    void *arg)
{
	struct store_flow f;
	struct each e;
	int err;

	if (!s)
		return EINVAL;
	if (!call || !h)
		return db_refuse(s, EINVAL, "flows of no call, or for nobody");

	err = each_open(&e, s, STMT_FLOW_EACH,
		       "SELECT call, nullif(session, ''), stream, sender,"
		       " relay, media, packets, bytes, dropped, lost, latched,"
		       " latched_at, started, ended FROM flows"
		       " WHERE call = ?1 ORDER BY call, session, stream,"
		       " sender DESC");
	if (err)
		return err;

	stmt_text(e.st, 1, call);

	while (each_next(&e)) {
		flow_read(&f, e.st);
		e.err = h(&f, arg);
	}

	return each_close(&e);
}
