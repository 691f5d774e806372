/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file secret.c  What terminals prove themselves with
 */
#include <errno.h>
#include "store/sqlite/db.h"


static int put(struct store *s, const struct store_secret *se)
{
	sqlite3_stmt *st;
	int err;

	err = stmt_get(s, &st, STMT_SECRET_PUT,
		       "INSERT INTO secrets (kind, alias, alias_type, sealed,"
		       " changed) VALUES (?1, ?2, ?3, ?4, ?5)"
		       " ON CONFLICT (kind, alias) DO UPDATE SET"
		       " alias_type = excluded.alias_type,"
		       " sealed = excluded.sealed, changed = excluded.changed");
	if (err)
		return err;

	stmt_text(st, 1, kind_name(se->kind));
	stmt_text(st, 2, se->alias);
	stmt_text(st, 3, se->aliasType);
	stmt_text(st, 4, se->sealed);
	stmt_time(st, 5, se->changed);

	return stmt_run(s, STMT_SECRET_PUT, st);
}


/** Puts a secret in place of the one this alias had */
int store_secret_put(struct store *s, const struct store_secret *se)
{
	int err;

	if (!s)
		return EINVAL;
	if (!se || !se->alias || !se->alias[0] || !se->sealed)
		return db_refuse(s, EINVAL, "a secret needs an alias");

	err = tx_enter(s);
	if (err)
		return err;

	return tx_leave(s, put(s, se));
}


static int row_delete(struct store *s, enum store_kind kind,
		      const char *alias)
{
	sqlite3_stmt *st;
	int err;

	err = stmt_get(s, &st, STMT_SECRET_DELETE,
		       "DELETE FROM secrets WHERE kind = ?1 AND alias = ?2");
	if (err)
		return err;

	stmt_text(st, 1, kind_name(kind));
	stmt_text(st, 2, alias);

	return stmt_run(s, STMT_SECRET_DELETE, st);
}


int store_secret_delete(struct store *s, enum store_kind kind,
			const char *alias)
{
	int err;

	if (!s)
		return EINVAL;
	if (!alias)
		return db_refuse(s, EINVAL, "a secret needs an alias");

	err = tx_enter(s);
	if (err)
		return err;

	return tx_leave(s, row_delete(s, kind, alias));
}


/** Gives all secrets of a kind to a handler */
int store_secret_each(struct store *s, enum store_kind kind,
		      store_secret_h *h, void *arg)
{
	struct store_secret se = {.kind = kind};
	struct each e;
	int err;

	if (!s)
		return EINVAL;
	if (!h)
		return db_refuse(s, EINVAL, "secrets for nobody");

	err = each_open(&e, s, STMT_SECRET_EACH,
			"SELECT alias, alias_type, sealed, changed"
			" FROM secrets WHERE kind = ?1 ORDER BY alias");
	if (err)
		return err;

	stmt_text(e.st, 1, kind_name(kind));
	while (each_next(&e)) {
		se.alias     = stmt_col(e.st, 0);
		se.aliasType = stmt_col(e.st, 1);
		se.sealed    = stmt_col(e.st, 2);
		se.changed   = sqlite3_column_int64(e.st, 3);
		e.err	     = h(&se, arg);
	}

	return each_close(&e);
}
