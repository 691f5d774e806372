/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file contact.c  Registrations and their contacts: writing
 *
 * The way that counts is the refresh. What a refresh changes stands in small
 * rows of their own, beside a digest of all the rest; a put whose digest is
 * the same there writes only that row, found by its number, which the handle
 * remembers. Everything else goes the long way: registration, contact,
 * refresh, each put by its key.
 */
#include <errno.h>
#include "store/sqlite/db.h"
#include "store/sqlite/digest.h"


static uint64_t contact_key(enum store_kind kind, const char *id)
{
	return digest_text(digest_int(digest_start(), kind), id);
}


/* Of everything but what each refresh changes; firstSeen is kept anyway */
static uint64_t contact_digest(uint64_t key, const struct store_contact *c)
{
	uint64_t d = key;

	d = digest_text(d, c->alias);
	d = digest_text(d, c->aliasType);
	d = digest_text(d, c->callSignalAddress);
	d = digest_text(d, c->received);
	d = digest_text(d, c->transport);
	d = digest_text(d, c->agent);
	d = digest_text(d, c->path);
	d = digest_text(d, c->userAgent);
	d = digest_text(d, c->instance);
	d = digest_text(d, c->hostData);
	d = digest_int(d, c->nat);
	d = digest_int(d, (uint64_t)(int64_t)c->q);

	return digest_int(d, c->regId);
}


static int row_find(struct store *s, int64_t *row,
		    const struct store_contact *c)
{
	sqlite3_stmt *st;
	bool found;
	int err;

	err = stmt_get(s, &st, STMT_CONTACT_FIND,
		       "SELECT id FROM contacts"
		       " WHERE kind = ?1 AND contact = ?2");
	if (err)
		return err;

	stmt_text(st, 1, kind_name(c->kind));
	stmt_text(st, 2, c->id);

	err = stmt_step(s, st, &found);
	*row = !err && found ? sqlite3_column_int64(st, 0) : 0;
	stmt_put(s, STMT_CONTACT_FIND, st);

	return err;
}


/* Writes expiry and the like if the digest is the same in that row */
static int refresh(struct store *s, bool *done, int64_t row, uint64_t digest,
		   const struct store_contact *c)
{
	sqlite3_stmt *st;
	int err;

	err = stmt_get(s, &st, STMT_CONTACT_REFRESH,
		       "UPDATE refreshes SET expires = ?3, last_seen = ?4,"
		       " cseq = ?5, call_id = ?6"
		       " WHERE contact = ?1 AND digest = ?2");
	if (err)
		return err;

	(void)sqlite3_bind_int64(st, 1, row);
	(void)sqlite3_bind_int64(st, 2, (int64_t)digest);
	stmt_time(st, 3, c->expires);
	stmt_time(st, 4, c->lastSeen);
	(void)sqlite3_bind_int(st, 5, c->cseq);
	stmt_text(st, 6, c->callId);

	err = stmt_run(s, STMT_CONTACT_REFRESH, st);
	*done = !err && sqlite3_changes(s->db) == 1;

	return err;
}


/* Runs a statement that returns the number of the row it has put */
static int run_returning(struct store *s, enum stmt_id id, sqlite3_stmt *st,
			 int64_t *row)
{
	bool more;
	int err = stmt_step(s, st, &more);

	*row = !err && more ? sqlite3_column_int64(st, 0) : 0;
	stmt_put(s, id, st);

	return err;
}


static int registration_put(struct store *s, int64_t *row,
			    const struct store_contact *c)
{
	sqlite3_stmt *st;
	int err;

	err = stmt_get(s, &st, STMT_REGISTRATION_PUT,
		       "INSERT INTO registrations"
		       " (kind, alias, alias_type, first_seen)"
		       " VALUES (?1, ?2, ?3, ?4)"
		       " ON CONFLICT (kind, alias) DO UPDATE SET alias_type ="
		       " coalesce(excluded.alias_type, alias_type)"
		       " RETURNING id");
	if (err)
		return err;

	stmt_text(st, 1, kind_name(c->kind));
	stmt_text(st, 2, c->alias);
	stmt_text(st, 3, c->aliasType);
	stmt_time(st, 4, c->firstSeen ? c->firstSeen : c->lastSeen);

	return run_returning(s, STMT_REGISTRATION_PUT, st, row);
}


static int row_put(struct store *s, int64_t *row, int64_t registration,
		   const struct store_contact *c)
{
	sqlite3_stmt *st;
	int err;

	err = stmt_get(s, &st, STMT_CONTACT_PUT,
		       "INSERT INTO contacts (registration, kind, contact,"
		       " call_signal_address, received, transport, agent,"
		       " path, user_agent, nat, q, instance, reg_id,"
		       " host_data, first_seen) VALUES (?1, ?2, ?3, ?4, ?5,"
		       " ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
		       " ON CONFLICT (kind, contact) DO UPDATE SET"
		       " registration = excluded.registration,"
		       " call_signal_address = excluded.call_signal_address,"
		       " received = excluded.received,"
		       " transport = excluded.transport,"
		       " agent = excluded.agent, path = excluded.path,"
		       " user_agent = excluded.user_agent,"
		       " nat = excluded.nat, q = excluded.q,"
		       " instance = excluded.instance,"
		       " reg_id = excluded.reg_id,"
		       " host_data = excluded.host_data"
		       " RETURNING id");
	if (err)
		return err;

	(void)sqlite3_bind_int64(st, 1, registration);
	stmt_text(st, 2, kind_name(c->kind));
	stmt_text(st, 3, c->id);
	stmt_text(st, 4, c->callSignalAddress);
	stmt_text(st, 5, c->received);
	stmt_text(st, 6, c->transport);
	stmt_text(st, 7, c->agent);
	stmt_text(st, 8, c->path);
	stmt_text(st, 9, c->userAgent);
	(void)sqlite3_bind_int(st, 10, c->nat);
	if (c->q >= 0)
		(void)sqlite3_bind_int(st, 11, c->q);
	stmt_text(st, 12, c->instance);
	(void)sqlite3_bind_int64(st, 13, c->regId);
	stmt_text(st, 14, c->hostData);
	stmt_time(st, 15, c->firstSeen ? c->firstSeen : c->lastSeen);

	return run_returning(s, STMT_CONTACT_PUT, st, row);
}


static int refresh_put(struct store *s, int64_t row, uint64_t digest,
		       const struct store_contact *c)
{
	sqlite3_stmt *st;
	int err;

	err = stmt_get(s, &st, STMT_REFRESH_PUT,
		       "INSERT INTO refreshes (contact, digest, expires,"
		       " last_seen, cseq, call_id)"
		       " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
		       " ON CONFLICT (contact) DO UPDATE SET"
		       " digest = excluded.digest, expires = excluded.expires,"
		       " last_seen = excluded.last_seen, cseq = excluded.cseq,"
		       " call_id = excluded.call_id");
	if (err)
		return err;

	(void)sqlite3_bind_int64(st, 1, row);
	(void)sqlite3_bind_int64(st, 2, (int64_t)digest);
	stmt_time(st, 3, c->expires);
	stmt_time(st, 4, c->lastSeen);
	(void)sqlite3_bind_int(st, 5, c->cseq);
	stmt_text(st, 6, c->callId);

	return stmt_run(s, STMT_REFRESH_PUT, st);
}


static int put_whole(struct store *s, int64_t *row, uint64_t digest,
		     const struct store_contact *c)
{
	int64_t registration = 0;
	int err;

	err = registration_put(s, &registration, c);
	if (!err)
		err = row_put(s, row, registration, c);
	if (!err)
		err = refresh_put(s, *row, digest, c);

	return err;
}


static int put(struct store *s, const struct store_contact *c)
{
	const uint64_t key = contact_key(c->kind, c->id);
	const uint64_t digest = contact_digest(key, c);
	int64_t row = rowcache_get(s->rows, key);
	const bool known = row != 0;
	bool done = false;
	int err = 0;

	if (!known)
		err = row_find(s, &row, c);
	if (!err && row)
		err = refresh(s, &done, row, digest, c);
	if (!err && !done)
		err = put_whole(s, &row, digest, c);
	if (!err && !(known && done))
		rowcache_put(s->rows, key, row);

	return err;
}


/**
 * Puts a contact: makes it, with its registration, or changes it
 *
 * @param s Store
 * @param c Contact; kind, alias and id are needed
 *
 * @return 0 or errno
 */
int store_contact_put(struct store *s, const struct store_contact *c)
{
	int err;

	if (!s)
		return EINVAL;
	if (!c || !kind_valid(c->kind) || !c->alias || !c->alias[0] ||
	    !c->id || !c->id[0] || c->q > 1000)
		return db_refuse(s, EINVAL, "a contact needs kind, alias and"
				 " id, and q within 0 and 1");

	err = tx_enter(s);
	if (err)
		return err;

	return tx_leave(s, put(s, c));
}


static int delete_audit(struct store *s, enum store_kind kind, const char *id,
			const char *reason)
{
	sqlite3_stmt *st;
	int err;

	err = stmt_get(s, &st, STMT_CONTACT_AUDIT,
		       "INSERT INTO audit (at, actor, action, object, result,"
		       " detail) SELECT unixepoch() * 1000, ?4,"
		       " 'registration.remove', r.alias, 'ok', ?3 || ': ' ||"
		       " coalesce(c.call_signal_address, c.contact)"
		       " FROM contacts c"
		       " JOIN registrations r ON r.id = c.registration"
		       " WHERE c.kind = ?1 AND c.contact = ?2");
	if (err)
		return err;

	stmt_text(st, 1, kind_name(kind));
	stmt_text(st, 2, id);
	stmt_text(st, 3, reason);
	stmt_text(st, 4, s->name);

	return stmt_run(s, STMT_CONTACT_AUDIT, st);
}


static int delete(struct store *s, enum store_kind kind, const char *id)
{
	sqlite3_stmt *st;
	int err;

	err = stmt_get(s, &st, STMT_CONTACT_DELETE,
		       "DELETE FROM contacts"
		       " WHERE kind = ?1 AND contact = ?2");
	if (err)
		return err;

	stmt_text(st, 1, kind_name(kind));
	stmt_text(st, 2, id);

	return stmt_run(s, STMT_CONTACT_DELETE, st);
}


/** Deletes a contact, and its registration when it was the last one */
int store_contact_delete(struct store *s, enum store_kind kind,
			 const char *id, const char *reason)
{
	int err;

	if (!s)
		return EINVAL;
	if (!kind_valid(kind) || !id)
		return db_refuse(s, EINVAL, "a contact needs kind and id");

	err = tx_enter(s);
	if (err)
		return err;

	if (reason && reason[0])
		err = delete_audit(s, kind, id, reason);
	if (!err)
		err = delete(s, kind, id);

	return tx_leave(s, err);
}


static int expired_audit(struct store *s, enum store_kind kind, int64_t now)
{
	sqlite3_stmt *st;
	int err;

	err = stmt_get(s, &st, STMT_EXPIRED_AUDIT,
		       "INSERT INTO audit (at, actor, action, object, result,"
		       " detail) SELECT ?2, ?4, 'registration.remove',"
		       " r.alias, 'ok', 'expired: ' ||"
		       " coalesce(c.call_signal_address, c.contact)"
		       " FROM refreshes f JOIN contacts c ON c.id = f.contact"
		       " JOIN registrations r ON r.id = c.registration"
		       " WHERE f.expires <= ?2 AND c.kind = ?1"
		       " ORDER BY f.contact LIMIT ?3");
	if (err)
		return err;

	stmt_text(st, 1, kind_name(kind));
	(void)sqlite3_bind_int64(st, 2, now);
	(void)sqlite3_bind_int(st, 3, STORE_EXPIRE_BATCH);
	stmt_text(st, 4, s->name);

	return stmt_run(s, STMT_EXPIRED_AUDIT, st);
}


static int expired_delete(struct store *s, enum store_kind kind, int64_t now)
{
	sqlite3_stmt *st;
	int err;

	err = stmt_get(s, &st, STMT_EXPIRED_DELETE,
		       "DELETE FROM contacts WHERE id IN (SELECT f.contact"
		       " FROM refreshes f JOIN contacts c ON c.id = f.contact"
		       " WHERE f.expires <= ?2 AND c.kind = ?1"
		       " ORDER BY f.contact LIMIT ?3)");
	if (err)
		return err;

	stmt_text(st, 1, kind_name(kind));
	(void)sqlite3_bind_int64(st, 2, now);
	(void)sqlite3_bind_int(st, 3, STORE_EXPIRE_BATCH);

	return stmt_run(s, STMT_EXPIRED_DELETE, st);
}


/**
 * Deletes contacts that have expired, with an audit row for each
 *
 * @param s     Store
 * @param kind  Of this kind
 * @param now   Expired at or before this time
 * @param count Receives how many (may be NULL); at most STORE_EXPIRE_BATCH
 *
 * @return 0 or errno
 */
int store_contact_expire(struct store *s, enum store_kind kind, int64_t now,
			 unsigned *count)
{
	unsigned n = 0;
	int err;

	if (!s)
		return EINVAL;
	if (!kind_valid(kind))
		return db_refuse(s, EINVAL, "no such kind");

	err = tx_enter(s);
	if (err)
		return err;

	err = expired_audit(s, kind, now);
	if (!err)
		err = expired_delete(s, kind, now);
	if (!err)
		n = (unsigned)sqlite3_changes(s->db);

	err = tx_leave(s, err);
	if (count)
		*count = err ? 0 : n;
	return err;
}
