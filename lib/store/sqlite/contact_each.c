/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file contact_each.c  Registrations and their contacts: reading
 */
#include <errno.h>
#include "store/sqlite/db.h"

#define COLUMNS                                                                \
	"SELECT r.alias, r.alias_type, c.kind, c.contact,"                     \
	" c.call_signal_address, c.received, c.transport, c.agent, c.path,"    \
	" c.user_agent, f.expires, c.first_seen, f.last_seen, c.nat,"          \
	" f.call_id, f.cseq, coalesce(c.q, -1), c.instance, c.reg_id,"         \
	" c.host_data"

#define ACTIVE " (?2 = 0 OR f.expires IS NULL OR f.expires > ?2)"


static void contact_read(struct store_contact *c, sqlite3_stmt *st)
{
	*c = (struct store_contact){
		.alias		   = stmt_col(st, 0),
		.aliasType	   = stmt_col(st, 1),
		.kind		   = kind_decode(stmt_col(st, 2)),
		.id		   = stmt_col(st, 3),
		.callSignalAddress = stmt_col(st, 4),
		.received	   = stmt_col(st, 5),
		.transport	   = stmt_col(st, 6),
		.agent		   = stmt_col(st, 7),
		.path		   = stmt_col(st, 8),
		.userAgent	   = stmt_col(st, 9),
		.expires	   = sqlite3_column_int64(st, 10),
		.firstSeen	   = sqlite3_column_int64(st, 11),
		.lastSeen	   = sqlite3_column_int64(st, 12),
		.nat		   = sqlite3_column_int(st, 13),
		.callId		   = stmt_col(st, 14),
		.cseq		   = sqlite3_column_int(st, 15),
		.q		   = sqlite3_column_int(st, 16),
		.instance	   = stmt_col(st, 17),
		.regId		   = (unsigned)sqlite3_column_int64(st, 18),
		.hostData	   = stmt_col(st, 19),
	};
}


/* All go by the contacts' own order, which needs no sorting; an alias by its
 * index */
static int contacts_open(struct each *e, struct store *s, const char *alias)
{
	if (alias)
		return each_open(e, s, STMT_CONTACT_ALIAS,
				 COLUMNS " FROM registrations r"
				 " JOIN contacts c ON c.registration = r.id"
				 " JOIN refreshes f ON f.contact = c.id"
				 " WHERE r.kind = ?1 AND r.alias = ?3"
				 " AND" ACTIVE);

	return each_open(e, s, STMT_CONTACT_ALL,
			 COLUMNS " FROM refreshes f"
			 " CROSS JOIN contacts c ON c.id = f.contact"
			 " CROSS JOIN registrations r"
			 " ON r.id = c.registration"
			 " WHERE c.kind = ?1 AND" ACTIVE);
}


/**
 * Gives all contacts of a kind, or those of one alias, to a handler
 *
 * @param s     Store
 * @param kind  Kind
 * @param alias Of this alias; NULL: of all
 * @param now   Active at this time; 0: the expired ones too
 * @param h     Handler; non-zero stops
 * @param arg   Its argument
 *
 * @return 0, errno, or what the handler returned
 */
int store_contact_each(struct store *s, enum store_kind kind,
		       const char *alias, int64_t now, store_contact_h *h,
		       void *arg)
{
	struct store_contact c;
	struct each e;
	int err;

	if (!s)
		return EINVAL;
	if (!kind_valid(kind) || !h)
		return db_refuse(s, EINVAL, "contacts of no kind, or for"
				 " nobody");

	err = contacts_open(&e, s, alias);
	if (err)
		return err;

	stmt_text(e.st, 1, kind_name(kind));
	(void)sqlite3_bind_int64(e.st, 2, now);
	if (alias)
		stmt_text(e.st, 3, alias);

	while (each_next(&e)) {
		contact_read(&c, e.st);
		e.err = h(&c, arg);
	}

	return each_close(&e);
}


/** Counts the contacts of a kind that are active at `now` (0: all) */
int store_contact_count(struct store *s, enum store_kind kind, int64_t now,
			uint64_t *n)
{
	struct each e;
	int err;

	if (!s)
		return EINVAL;
	if (!kind_valid(kind) || !n)
		return db_refuse(s, EINVAL, "nothing to count");

	err = each_open(&e, s, STMT_CONTACT_COUNT,
		       "SELECT count(*) FROM refreshes f"
		       " CROSS JOIN contacts c ON c.id = f.contact"
		       " WHERE c.kind = ?1 AND" ACTIVE);
	if (err)
		return err;

	stmt_text(e.st, 1, kind_name(kind));
	(void)sqlite3_bind_int64(e.st, 2, now);

	while (each_next(&e))
		*n = (uint64_t)sqlite3_column_int64(e.st, 0);

	return each_close(&e);
}
