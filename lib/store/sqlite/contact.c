/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file contact.c  Contacts: putting one, and the short way for a refresh
 *
 * The way that counts is the refresh. What a refresh changes stands in small
 * rows of their own, beside a digest of all the rest; a put whose digest is
 * the same there writes only that row, found by its number, which the handle
 * remembers. Everything else goes the long way, contact_rows.c.
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

	refresh_bind(st, row, digest, c);

	err = stmt_run(s, STMT_CONTACT_REFRESH, st);
	*done = !err && sqlite3_changes(s->db) == 1;

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
		err = contact_rows_put(s, &row, digest, c);
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
