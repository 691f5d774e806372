/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file stmt.c  Prepared statements: kept, bound, stepped
 *
 * Each statement is compiled when it is first used and kept in the handle. A
 * statement that is in use already (a handler calls the store again from
 * within an iteration) gets a second, temporary copy.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "store/sqlite/db.h"
#include "store/sqlite/utf8.h"


/**
 * Gets a statement to bind and step; every stmt_get() is followed by one
 * stmt_put() or stmt_run()
 *
 * @param s   Store
 * @param stp The statement
 * @param id  Its slot
 * @param sql Its text, always the same for a slot
 *
 * @return 0 or an error of the store
 */
int stmt_get(struct store *s, sqlite3_stmt **stp, enum stmt_id id,
	     const char *sql)
{
	sqlite3_stmt *st = s->stmtv[id];
	int rc;

	if (!st || sqlite3_stmt_busy(st)) {
		rc = sqlite3_prepare_v3(s->db, sql, -1,
					SQLITE_PREPARE_PERSISTENT, &st, NULL);
		if (rc != SQLITE_OK)
			return db_error(s, rc);
		if (!s->stmtv[id])
			s->stmtv[id] = st;
	}

	*stp = st;
	return 0;
}


/** Gives a statement back; what it borrowed may then go away */
void stmt_put(struct store *s, enum stmt_id id, sqlite3_stmt *st)
{
	if (!st)
		return;

	if (st != s->stmtv[id]) {
		sqlite3_finalize(st);
		return;
	}

	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
}


/** One step; *row says whether there is a row to read */
int stmt_step(struct store *s, sqlite3_stmt *st, bool *row)
{
	int rc;

	errno = 0; /* see db_error() */
	rc = sqlite3_step(st);

	*row = rc == SQLITE_ROW;
	if (rc == SQLITE_ROW || rc == SQLITE_DONE)
		return 0;

	return db_error(s, rc);
}


/** Steps a statement that gives no rows, and gives it back */
int stmt_run(struct store *s, enum stmt_id id, sqlite3_stmt *st)
{
	bool row;
	int err = stmt_step(s, st, &row);

	stmt_put(s, id, st);
	return err;
}


/** Binds a borrowed string; NULL is NULL. What is no UTF-8 becomes it */
void stmt_text(sqlite3_stmt *st, int i, const char *text)
{
	size_t len;

	if (!text)
		(void)sqlite3_bind_null(st, i);
	else if (utf8_is_valid(text, &len))
		(void)sqlite3_bind_text64(st, i, text, len, SQLITE_STATIC,
					  SQLITE_UTF8);
	else
		(void)sqlite3_bind_text(st, i, utf8_clean(text, len), -1, free);
}


/** Binds a time in ms; 0 (not known, never) is NULL */
void stmt_time(sqlite3_stmt *st, int i, int64_t ms)
{
	if (ms)
		(void)sqlite3_bind_int64(st, i, ms);
	else
		(void)sqlite3_bind_null(st, i);
}


/** A text column, borrowed until the next step; NULL is NULL */
const char *stmt_col(sqlite3_stmt *st, int i)
{
	return (const char *)sqlite3_column_text(st, i);
}


void stmt_finalize_all(struct store *s)
{
	for (unsigned i = 0; i < STMT_COUNT; i++) {
		sqlite3_finalize(s->stmtv[i]);
		s->stmtv[i] = NULL;
	}
}


const char *kind_name(enum store_kind kind)
{
	return kind == STORE_H323 ? "h323" : "sip";
}


enum store_kind kind_decode(const char *name)
{
	return name && !strcmp(name, "h323") ? STORE_H323 : STORE_SIP;
}
