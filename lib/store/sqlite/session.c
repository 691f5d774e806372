/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file session.c  Media sessions, to be opened again after a restart
 */
#include <errno.h>
#include "store/sqlite/db.h"

#define COLUMNS "SELECT id, owner, relay, call, state, updated FROM sessions"


static int put(struct store *s, const struct store_session *se)
{
	sqlite3_stmt *st;
	int err;

	err = stmt_get(s, &st, STMT_SESSION_PUT,
		       "INSERT INTO sessions (id, owner, relay, call, state,"
		       " updated) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
		       " ON CONFLICT (id) DO UPDATE SET"
		       " owner = excluded.owner, relay = excluded.relay,"
		       " call = excluded.call, state = excluded.state,"
		       " updated = excluded.updated");
	if (err)
		return err;

	stmt_text(st, 1, se->id);
	stmt_text(st, 2, se->owner);
	stmt_text(st, 3, se->relay);
	stmt_text(st, 4, se->call);
	stmt_text(st, 5, se->state);
	stmt_time(st, 6, se->updated);

	return stmt_run(s, STMT_SESSION_PUT, st);
}


/** Puts a session whole; id and owner are needed */
int store_session_put(struct store *s, const struct store_session *se)
{
	int err;

	if (!s)
		return EINVAL;
	if (!se || !se->id || !se->id[0] || !se->owner)
		return db_refuse(s, EINVAL, "a session needs id and owner");

	err = tx_enter(s);
	if (err)
		return err;

	return tx_leave(s, put(s, se));
}


static int row_delete(struct store *s, const char *id)
{
	sqlite3_stmt *st;
	int err;

	err = stmt_get(s, &st, STMT_SESSION_DELETE,
		       "DELETE FROM sessions WHERE id = ?1");
	if (err)
		return err;

	stmt_text(st, 1, id);

	return stmt_run(s, STMT_SESSION_DELETE, st);
}


int store_session_delete(struct store *s, const char *id)
{
	int err;

	if (!s)
		return EINVAL;
	if (!id)
		return db_refuse(s, EINVAL, "a session needs an id");

	err = tx_enter(s);
	if (err)
		return err;

	return tx_leave(s, row_delete(s, id));
}


static void session_read(struct store_session *se, sqlite3_stmt *st)
{
	*se = (struct store_session){
		.id	 = stmt_col(st, 0),
		.owner	 = stmt_col(st, 1),
		.relay	 = stmt_col(st, 2),
		.call	 = stmt_col(st, 3),
		.state	 = stmt_col(st, 4),
		.updated = sqlite3_column_int64(st, 5),
	};
}


/** Gives all sessions (owner NULL), or one owner's, to a handler */
int store_session_each(struct store *s, const char *owner,
		       store_session_h *h, void *arg)
{
	const enum stmt_id id = owner ? STMT_SESSION_OWNER : STMT_SESSION_EACH;
	struct store_session se;
	struct each e;
	int err;

	if (!s)
		return EINVAL;
	if (!h)
		return db_refuse(s, EINVAL, "sessions for nobody");

	err = each_open(&e, s, id,
		       owner ? COLUMNS " WHERE owner = ?1 ORDER BY id"
			     : COLUMNS " ORDER BY id");
	if (err)
		return err;

	if (owner)
		stmt_text(e.st, 1, owner);

	while (each_next(&e)) {
		session_read(&se, e.st);
		e.err = h(&se, arg);
	}

	return each_close(&e);
}
