/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file each.c  Rows of a statement, one after another
 *
 *	err = each_open(&e, s, STMT_..., "SELECT ...");
 *	if (err)
 *		return err;
 *	stmt_text(e.st, 1, ...);
 *	while (each_next(&e))
 *		e.err = handler(...);
 *	return each_close(&e);
 *
 * The handle stays open until each_close(), whatever a handler does with it.
 */
#include "store/sqlite/db.h"


/** 0, or an errno: then it is closed already */
int each_open(struct each *e, struct store *s, enum stmt_id id,
	      const char *sql)
{
	int err = db_ready(s);

	*e = (struct each){.s = s, .id = id};
	if (err)
		return err;

	s->iterating++;
	e->err = stmt_get(s, &e->st, id, sql);

	return e->st ? e->err : each_close(e);
}


/** Is there another row? Not after an error, which the caller may set, too */
bool each_next(struct each *e)
{
	bool row = false;

	if (!e->err)
		e->err = stmt_step(e->s, e->st, &row);

	return !e->err && row;
}


/** The result: 0, errno, or what the caller set */
int each_close(struct each *e)
{
	struct store *s = e->s;

	if (e->st)
		stmt_put(s, e->id, e->st);
	s->iterating--;
	if (!e->err && s->readonly)
		db_ok(s);

	return e->err;
}
