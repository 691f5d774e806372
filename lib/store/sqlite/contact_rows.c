/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file contact_rows.c  Contacts: new ones and changed ones, row by row
 */
#include <errno.h>
#include "store/sqlite/db.h"


/** Binds ?1 to ?6 of what writes a refresh */
void refresh_bind(sqlite3_stmt *st, int64_t row, uint64_t digest,
		  const struct store_contact *c)
{
	(void)sqlite3_bind_int64(st, 1, row);
	(void)sqlite3_bind_int64(st, 2, (int64_t)digest);
	stmt_time(st, 3, c->expires);
	stmt_time(st, 4, c->lastSeen);
	(void)sqlite3_bind_int(st, 5, c->cseq);
	stmt_text(st, 6, c->callId);
}


static int registration_insert(struct store *s, int64_t *id,
			       const struct store_contact *c)
{
	sqlite3_stmt *st;
	int err;

	err = stmt_get(s, &st, STMT_REGISTRATION_PUT,
		       "INSERT INTO registrations"
		       " (kind, alias, alias_type, first_seen)"
		       " VALUES (?1, ?2, ?3, ?4)");
	if (err)
		return err;

	stmt_text(st, 1, kind_name(c->kind));
	stmt_text(st, 2, c->alias);
	stmt_text(st, 3, c->aliasType);
	stmt_time(st, 4, c->firstSeen ? c->firstSeen : c->lastSeen);

	err = stmt_run(s, STMT_REGISTRATION_PUT, st);
	if (!err)
		*id = sqlite3_last_insert_rowid(s->db);

	return err;
}


static int registration_type(struct store *s, int64_t id, const char *type)
{
	sqlite3_stmt *st;
	int err;

	err = stmt_get(s, &st, STMT_REGISTRATION_TYPE,
		       "UPDATE registrations SET alias_type = ?2"
		       " WHERE id = ?1");
	if (err)
		return err;

	(void)sqlite3_bind_int64(st, 1, id);
	stmt_text(st, 2, type);

	return stmt_run(s, STMT_REGISTRATION_TYPE, st);
}


/* Finds the alias's registration, or makes it; writes only what differs */
static int registration_put(struct store *s, int64_t *id,
			    const struct store_contact *c)
{
	bool found, typed = false;
	sqlite3_stmt *st;
	int err;

	err = stmt_get(s, &st, STMT_REGISTRATION_FIND,
		       "SELECT id, ?3 IS NULL OR ?3 IS alias_type"
		       " FROM registrations WHERE kind = ?1 AND alias = ?2");
	if (err)
		return err;

	stmt_text(st, 1, kind_name(c->kind));
	stmt_text(st, 2, c->alias);
	stmt_text(st, 3, c->aliasType);

	err = stmt_step(s, st, &found);
	if (!err && found) {
		*id = sqlite3_column_int64(st, 0);
		typed = sqlite3_column_int(st, 1);
	}
	stmt_put(s, STMT_REGISTRATION_FIND, st);

	if (err)
		return err;
	if (!found)
		return registration_insert(s, id, c);

	return typed ? 0 : registration_type(s, *id, c->aliasType);
}


/* What a change and a new contact have in common: ?1 to ?11 */
static void bind_facts(sqlite3_stmt *st, const struct store_contact *c)
{
	stmt_text(st, 1, c->callSignalAddress);
	stmt_text(st, 2, c->received);
	stmt_text(st, 3, c->transport);
	stmt_text(st, 4, c->agent);
	stmt_text(st, 5, c->path);
	stmt_text(st, 6, c->userAgent);
	(void)sqlite3_bind_int(st, 7, c->nat);
	if (c->q >= 0)
		(void)sqlite3_bind_int(st, 8, c->q);
	stmt_text(st, 9, c->instance);
	(void)sqlite3_bind_int64(st, 10, c->regId);
	stmt_text(st, 11, c->hostData);
}


/* Changes the row if it is this contact's, and of the same registration: no
 * key is touched then, so no index and no reference is looked at */
static int row_change(struct store *s, bool *done, int64_t row,
		      int64_t registration, const struct store_contact *c)
{
	sqlite3_stmt *st;
	int err;

	err = stmt_get(s, &st, STMT_CONTACT_CHANGE,
		       "UPDATE contacts SET call_signal_address = ?1,"
		       " received = ?2, transport = ?3, agent = ?4, path = ?5,"
		       " user_agent = ?6, nat = ?7, q = ?8, instance = ?9,"
		       " reg_id = ?10, host_data = ?11"
		       " WHERE id = ?12 AND registration = ?13"
		       " AND contact = ?14 AND kind = ?15");
	if (err)
		return err;

	bind_facts(st, c);
	(void)sqlite3_bind_int64(st, 12, row);
	(void)sqlite3_bind_int64(st, 13, registration);
	stmt_text(st, 14, c->id);
	stmt_text(st, 15, kind_name(c->kind));

	err = stmt_run(s, STMT_CONTACT_CHANGE, st);
	*done = !err && sqlite3_changes(s->db) == 1;

	return err;
}


/* Makes the row, or finds it by its key and moves it to the registration */
static int row_put(struct store *s, int64_t *row, int64_t registration,
		   const struct store_contact *c)
{
	sqlite3_stmt *st;
	bool more;
	int err;

	err = stmt_get(s, &st, STMT_CONTACT_PUT,
		       "INSERT INTO contacts (call_signal_address, received,"
		       " transport, agent, path, user_agent, nat, q, instance,"
		       " reg_id, host_data, registration, kind, contact,"
		       " first_seen) VALUES (?1, ?2, ?3, ?4, ?5,"
		       " ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
		       " ON CONFLICT (kind, contact) DO UPDATE SET"
		       " call_signal_address = excluded.call_signal_address,"
		       " received = excluded.received,"
		       " transport = excluded.transport,"
		       " agent = excluded.agent, path = excluded.path,"
		       " user_agent = excluded.user_agent,"
		       " nat = excluded.nat, q = excluded.q,"
		       " instance = excluded.instance,"
		       " reg_id = excluded.reg_id,"
		       " host_data = excluded.host_data,"
		       " registration = excluded.registration"
		       " RETURNING id");
	if (err)
		return err;

	bind_facts(st, c);
	(void)sqlite3_bind_int64(st, 12, registration);
	stmt_text(st, 13, kind_name(c->kind));
	stmt_text(st, 14, c->id);
	stmt_time(st, 15, c->firstSeen ? c->firstSeen : c->lastSeen);

	err = stmt_step(s, st, &more);
	*row = !err && more ? sqlite3_column_int64(st, 0) : 0;
	stmt_put(s, STMT_CONTACT_PUT, st);

	return err;
}


static int refresh_put(struct store *s, enum stmt_id id, const char *sql,
		       int64_t row, uint64_t digest,
		       const struct store_contact *c)
{
	sqlite3_stmt *st;
	int err;

	err = stmt_get(s, &st, id, sql);
	if (err)
		return err;

	refresh_bind(st, row, digest, c);

	return stmt_run(s, id, st);
}


/**
 * Puts a contact whole: its registration, itself, its refresh
 *
 * @param s      Store, in a transaction
 * @param row    Where the contact is thought to stand (0: nowhere); where it
 *               stands on return
 * @param digest Of the contact
 * @param c      Contact
 *
 * @return 0 or errno
 */
int contact_rows_put(struct store *s, int64_t *row, uint64_t digest,
		     const struct store_contact *c)
{
	int64_t registration = 0;
	bool done = false;
	int err;

	err = registration_put(s, &registration, c);
	if (!err && *row)
		err = row_change(s, &done, *row, registration, c);
	if (err)
		return err;

	if (done)
		err = refresh_put(s, STMT_REFRESH_CHANGE,
				  "UPDATE refreshes SET digest = ?2,"
				  " expires = ?3, last_seen = ?4, cseq = ?5,"
				  " call_id = ?6 WHERE contact = ?1",
				  *row, digest, c);
	if (err || (done && sqlite3_changes(s->db) == 1))
		return err;

	err = row_put(s, row, registration, c);
	if (err)
		return err;

	return refresh_put(s, STMT_REFRESH_PUT,
			   "INSERT OR REPLACE INTO refreshes (contact, digest,"
			   " expires, last_seen, cseq, call_id)"
			   " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
			   *row, digest, c);
}
