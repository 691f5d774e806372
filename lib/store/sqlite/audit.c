/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file audit.c  Who did what to what; and how long history is kept
 */
#include <errno.h>
#include "store/sqlite/db.h"


static int add(struct store *s, const struct store_audit *a)
{
	sqlite3_stmt *st;
	int err;

	err = stmt_get(s, &st, STMT_AUDIT_ADD,
		       "INSERT INTO audit (at, actor, action, object, result,"
		       " detail) VALUES (coalesce(?1, unixepoch() * 1000), ?2,"
		       " ?3, ?4, ?5, ?6)");
	if (err)
		return err;

	stmt_time(st, 1, a->when);
	stmt_text(st, 2, a->actor ? a->actor : s->name);
	stmt_text(st, 3, a->action);
	stmt_text(st, 4, a->object);
	stmt_text(st, 5, a->result ? a->result : "ok");
	stmt_text(st, 6, a->detail);

	return stmt_run(s, STMT_AUDIT_ADD, st);
}


/** Adds a line to the audit; its action is needed */
int store_audit_add(struct store *s, const struct store_audit *a)
{
	int err;

	if (!s)
		return EINVAL;
	if (!a || !a->action)
		return db_refuse(s, EINVAL, "an audit line needs its action");

	err = tx_enter(s);
	if (err)
		return err;

	return tx_leave(s, add(s, a));
}


static int trim(struct store *s, enum stmt_id id, const char *sql,
		int64_t before, unsigned *count)
{
	sqlite3_stmt *st;
	int err = stmt_get(s, &st, id, sql);

	if (err)
		return err;

	(void)sqlite3_bind_int64(st, 1, before);
	(void)sqlite3_bind_int(st, 2, STORE_EXPIRE_BATCH);

	err = stmt_run(s, id, st);
	if (!err)
		*count += (unsigned)sqlite3_changes(s->db);

	return err;
}


/**
 * Deletes history: calls that ended before a time, with their flows, and
 * audit lines from before it
 *
 * @param s      Store
 * @param before Time in ms
 * @param count  Receives how many rows (may be NULL); call again while not 0
 *
 * @return 0 or errno
 *
 * Both go by order of age through an index, so a call costs what it deletes.
 */
int store_trim(struct store *s, int64_t before, unsigned *count)
{
	unsigned n = 0;
	int err;

	if (!s)
		return EINVAL;

	err = tx_enter(s);
	if (err)
		return err;

	err = trim(s, STMT_TRIM_CALLS,
		   "DELETE FROM calls WHERE id IN (SELECT id FROM calls"
		   " WHERE started < ?1 AND ended < ?1"
		   " ORDER BY started LIMIT ?2)",
		   before, &n);
	if (!err)
		err = trim(s, STMT_TRIM_AUDIT,
			   "DELETE FROM audit WHERE id IN (SELECT id FROM"
			   " (SELECT id, at FROM audit ORDER BY id LIMIT ?2)"
			   " WHERE at < ?1)",
			   before, &n);

	err = tx_leave(s, err);
	if (count)
		*count = err ? 0 : n;
	return err;
}
