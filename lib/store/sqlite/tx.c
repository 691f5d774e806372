/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tx.c  Batches, written once or not at all; and iterations
 *
 * BEGIN IMMEDIATE, so that a batch waits for another writer once, at its
 * start, and never fails half-way for a lock. An error inside a batch dooms
 * it: what follows is refused with the same error, and commit takes all back.
 */
#include <errno.h>
#include "store/sqlite/db.h"


static int run(struct store *s, enum stmt_id id, const char *sql)
{
	sqlite3_stmt *st;
	int err = stmt_get(s, &st, id, sql);

	return err ? err : stmt_run(s, id, st);
}


static int begin(struct store *s)
{
	int err = db_ready(s);
	if (err)
		return err;

	if (s->readonly)
		return db_refuse(s, EROFS, "the store was opened read-only");

	return run(s, STMT_BEGIN, "BEGIN IMMEDIATE");
}


static void rollback(struct store *s)
{
	/* A full disk may have made SQLite do it already */
	if (!s->db || sqlite3_get_autocommit(s->db))
		return;

	(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
}


static int commit(struct store *s)
{
	int err = run(s, STMT_COMMIT, "COMMIT");

	if (err)
		rollback(s);
	else
		db_ok(s);

	return err;
}


/** Begins a batch; EALREADY inside of one */
int store_begin(struct store *s)
{
	int err;

	if (!s)
		return EINVAL;
	if (s->batch)
		return db_refuse(s, EALREADY, "a batch is open already");

	err = begin(s);
	if (err)
		return err;

	s->batch = true;
	s->batch_err = 0;
	return 0;
}


/** Ends a batch. On an error nothing of it was written, and it has ended */
int store_commit(struct store *s)
{
	int err;

	if (!s)
		return EINVAL;
	if (!s->batch)
		return db_refuse(s, EINVAL, "no batch is open");

	err = s->batch_err;
	s->batch = false;
	s->batch_err = 0;

	if (err)
		rollback(s);
	else
		err = commit(s);

	return err;
}


void store_rollback(struct store *s)
{
	if (!s || !s->batch)
		return;

	s->batch = false;
	s->batch_err = 0;
	rollback(s);
}


/** Begins what a single call writes: a transaction, or a part of a batch */
int tx_enter(struct store *s)
{
	return s->batch ? s->batch_err : begin(s);
}


/** Ends it with the result so far; returns the result */
int tx_leave(struct store *s, int err)
{
	if (s->batch) {
		s->batch_err = err;
		return err;
	}

	if (!err)
		return commit(s);

	rollback(s);
	return err;
}
