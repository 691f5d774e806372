/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call.c  Calls: one row each, both protocols, filled in as they go
 */
#include <errno.h>
#include "store/sqlite/db.h"

#define COLUMNS                                                                \
	"SELECT id, kind, call_identifier, caller, callee, caller_address,"    \
	" callee_address, caller_agent, callee_agent, started, answered,"      \
	" ended, end_reason, end_code, ended_by FROM calls"

#define KEEP(column) " " column " = coalesce(excluded." column ", " column ")"


static int put(struct store *s, const struct store_call *c)
{
	sqlite3_stmt *st;
	int err;

	err = stmt_get(s, &st, STMT_CALL_PUT,
		       "INSERT INTO calls (id, kind, call_identifier, caller,"
		       " callee, caller_address, callee_address, caller_agent,"
		       " callee_agent, started, answered, ended, end_reason,"
		       " end_code, ended_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6,"
		       " ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
		       " ON CONFLICT (id) DO UPDATE SET"
		       KEEP("call_identifier") "," KEEP("caller") ","
		       KEEP("callee") "," KEEP("caller_address") ","
		       KEEP("callee_address") "," KEEP("caller_agent") ","
		       KEEP("callee_agent") "," KEEP("started") ","
		       KEEP("answered") "," KEEP("ended") ","
		       KEEP("end_reason") "," KEEP("end_code") ","
		       KEEP("ended_by"));
	if (err)
		return err;

	stmt_text(st, 1, c->id);
	stmt_text(st, 2, kind_name(c->kind));
	stmt_text(st, 3, c->callIdentifier);
	stmt_text(st, 4, c->caller);
	stmt_text(st, 5, c->callee);
	stmt_text(st, 6, c->callerAddress);
	stmt_text(st, 7, c->calleeAddress);
	stmt_text(st, 8, c->callerAgent);
	stmt_text(st, 9, c->calleeAgent);
	stmt_time(st, 10, c->start);
	stmt_time(st, 11, c->answer);
	stmt_time(st, 12, c->end);
	stmt_text(st, 13, c->endReason);
	stmt_time(st, 14, c->endCode);
	stmt_text(st, 15, c->endedBy);

	return stmt_run(s, STMT_CALL_PUT, st);
}


/**
 * Puts what is known of a call; NULL and 0 leave what stands there
 *
 * @param s Store
 * @param c Call; its id is needed
 *
 * @return 0 or errno
 */
int store_call_put(struct store *s, const struct store_call *c)
{
	int err;

	if (!s)
		return EINVAL;
	if (!c || !kind_valid(c->kind) || !c->id || !c->id[0])
		return db_refuse(s, EINVAL, "a call needs kind and id");

	err = tx_enter(s);
	if (err)
		return err;

	return tx_leave(s, put(s, c));
}


static void call_read(struct store_call *c, sqlite3_stmt *st)
{
	*c = (struct store_call){
		.id		= stmt_col(st, 0),
		.kind		= kind_decode(stmt_col(st, 1)),
		.callIdentifier = stmt_col(st, 2),
		.caller		= stmt_col(st, 3),
		.callee		= stmt_col(st, 4),
		.callerAddress	= stmt_col(st, 5),
		.calleeAddress	= stmt_col(st, 6),
		.callerAgent	= stmt_col(st, 7),
		.calleeAgent	= stmt_col(st, 8),
		.start		= sqlite3_column_int64(st, 9),
		.answer		= sqlite3_column_int64(st, 10),
		.end		= sqlite3_column_int64(st, 11),
		.endReason	= stmt_col(st, 12),
		.endCode	= sqlite3_column_int(st, 13),
		.endedBy	= stmt_col(st, 14),
	};
}


/**
 * Gives calls to a handler, newest first
 *
 * @param s           Store
 * @param active_only Those without an end
 * @param limit       At most so many; 0: all
 * @param h           Handler; non-zero stops
 * @param arg         Its argument
 *
 * @return 0, errno, or what the handler returned
 */
int store_call_each(struct store *s, bool active_only, unsigned limit,
		    store_call_h *h, void *arg)
{
	const enum stmt_id id = active_only ? STMT_CALL_ACTIVE
					    : STMT_CALL_EACH;
	struct store_call c;
	struct each e;
	int err;

	if (!s)
		return EINVAL;
	if (!h)
		return db_refuse(s, EINVAL, "calls for nobody");

	err = each_open(&e, s, id,
		       active_only ? COLUMNS " WHERE ended IS NULL"
					     " ORDER BY started DESC,"
					     " rowid DESC LIMIT ?1"
				   : COLUMNS " ORDER BY started DESC,"
					     " rowid DESC LIMIT ?1");
	if (err)
		return err;

	(void)sqlite3_bind_int64(e.st, 1, limit ? (int64_t)limit : -1);

	while (each_next(&e)) {
		call_read(&c, e.st);
		e.err = h(&c, arg);
	}

	return each_close(&e);
}
