/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file error.c  SQLite's results as errno values and one sentence each
 *
 * Owns the handle's error text, and decides what is logged: one line when
 * the kind of error changes, one when writing works again.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "log/log.h"
#include "store/sqlite/db.h"


static int no_room(int err)
{
	return err == ENOSPC || err == EDQUOT || err == EFBIG;
}


/* What the system said, when it is what lies behind a failed read or write */
static int ioerr_errno(int sys)
{
	if (no_room(sys))
		return ENOSPC;

	switch (sys) {

	case EROFS:
	case EACCES:
	case ENOMEM:
		return sys;

	default:
		return EIO;
	}
}


static int cantopen_errno(int rc, int sys)
{
	if (rc == SQLITE_CANTOPEN_ISDIR)
		return EISDIR;
	if (no_room(sys))
		return ENOSPC;

	return sys ? sys : EIO;
}


static int rc_errno(int rc, int sys)
{
	switch (rc & 0xff) {

	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return EBUSY;
	case SQLITE_FULL:
		return ENOSPC;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return EBADMSG;
	case SQLITE_IOERR:
		return ioerr_errno(sys);
	case SQLITE_CANTOPEN:
		return cantopen_errno(rc, sys);
	case SQLITE_READONLY:
		return sys == EROFS ? EROFS : EACCES;
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return EACCES;
	case SQLITE_NOMEM:
		return ENOMEM;
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
	case SQLITE_TOOBIG:
	case SQLITE_RANGE:
		return EINVAL;
	default:
		return EIO;
	}
}


static const char *advice(int err)
{
	switch (err) {

	case EBUSY:
		return "is locked by another program";
	case ENOSPC:
		return "cannot grow: no room on the disk (or over a limit)";
	case EBADMSG:
		return "is corrupted or no database: stop the programs and put"
		       " a backup in its place, or move it away to begin afresh";
	case EACCES:
		return "permission denied: the file, its -wal and -shm and"
		       " their directory must belong to the programs' user,"
		       " a reader to their group";
	case EROFS:
		return "is on a read-only file system";
	case EISDIR:
		return "is a directory";
	case ENOENT:
		return "cannot be made: its directory does not exist";
	default:
		return NULL;
	}
}


/* Limited too: on a disk that is about full, the kind changes all the time */
static void note(struct store *s, int err)
{
	if (!s->opened)
		return; /* store_open() hands the sentence to its caller */

	s->failures++;
	if (s->failing == err)
		return;

	s->failing = err;
	if (log_limit_pass(&s->limit, store_now_ms(), NULL))
		log_error(STORE_ROOM, "%s", s->err);
}


/**
 * Keeps an error of the database, and its sentence
 *
 * @param s  Store
 * @param rc SQLite's result code
 *
 * @return errno value
 */
int db_error(struct store *s, int rc)
{
	/* SQLite keeps the system's word for failed opens only; for a failed
	 * write it is where the system left it */
	const int left = errno;
	int sys = s->db ? sqlite3_system_errno(s->db) : 0;
	int err;

	if (!sys)
		sys = left;
	if (s->db)
		rc = sqlite3_extended_errcode(s->db);

	err = rc_errno(rc, sys);

	/* a handle may hold on to a file that is no more, or to a damaged
	 * page; only a new one sees what an operator has put right */
	if (err != EBUSY && err != EINVAL && err != ENOSPC)
		s->broken = true;

	if (advice(err))
		return db_fail(s, err, "%s %s (%s)", s->path, advice(err),
			       s->db ? sqlite3_errmsg(s->db)
				     : sqlite3_errstr(rc));

	return db_fail(s, err, "%s: %s", s->path,
		       s->db ? sqlite3_errmsg(s->db) : sqlite3_errstr(rc));
}


/** Keeps an error, and logs it when it is of another kind than the last */
int db_fail(struct store *s, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(s->err, sizeof(s->err), fmt, ap);
	va_end(ap);

	note(s, err);
	return err;
}


/** Keeps an error of the caller's: nothing is wrong with the store */
int db_refuse(struct store *s, int err, const char *text)
{
	(void)snprintf(s->err, sizeof(s->err), "%s", text);

	return err;
}


/** Something was written (read-only: read) */
void db_ok(struct store *s)
{
	if (!s->failing)
		return;

	if (log_limit_pass(&s->limit, store_now_ms(), NULL))
		log_notice(STORE_ROOM, "%s works again after %llu failures",
			   s->path, (unsigned long long)s->failures);
	s->failing  = 0;
	s->failures = 0;
}


/** The sentence that belongs to the error returned last */
const char *store_strerror(const struct store *s)
{
	return s ? s->err : "no store";
}
