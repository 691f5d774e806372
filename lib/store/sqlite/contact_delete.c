/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file contact_delete.c  Contacts: deleted on demand, or because they expired
 */
#include <errno.h>
#include "store/sqlite/db.h"


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


static int row_delete(struct store *s, enum store_kind kind, const char *id)
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
		err = row_delete(s, kind, id);

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

	/* as many as were written down, and mostly there are none */
	err = expired_audit(s, kind, now);
	if (!err)
		n = (unsigned)sqlite3_changes(s->db);
	if (n)
		err = expired_delete(s, kind, now);

	err = tx_leave(s, err);
	if (count)
		*count = err ? 0 : n;
	return err;
}
