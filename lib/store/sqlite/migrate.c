/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file migrate.c  Brings the schema up to date, under a lock
 *
 * The version is SQLite's user_version; the steps are sql/migrations. All
 * steps that are missing are one transaction: the file is of the old version
 * or of the new one, whatever happens in between.
 */
#include <errno.h>
#include "log/log.h"
#include "store/sqlite/db.h"
#include "store/sqlite/migrations.h"

/* "POST", in the file's header: file(1) shows it, and no other program's
 * database is taken for ours */
#define APPLICATION_ID 0x504f5354


static int ask(struct store *s, const char *sql, int *n)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL);

	*n = 0;
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		*n = sqlite3_column_int(st, 0);
	(void)sqlite3_finalize(st);

	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : db_error(s, rc);
}


static int tell(struct store *s, const char *sql)
{
	int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : db_error(s, rc);
}


static int newest(void)
{
	return store_migrations[store_migration_count - 1].version;
}


/* Reads the version, and refuses what this program does not know */
static int version_check(struct store *s)
{
	int id, objects, err;

	err = ask(s, "PRAGMA user_version", &s->version);
	if (!err)
		err = ask(s, "PRAGMA application_id", &id);
	if (!err)
		err = ask(s, "SELECT count(*) FROM sqlite_schema", &objects);
	if (err)
		return err;

	if (objects && id != APPLICATION_ID)
		return db_fail(s, EBADMSG, "%s is a database of another"
			       " program; name another file", s->path);
	if (s->version > newest())
		return db_fail(s, EPROTO, "%s has schema version %d, this"
			       " program knows versions up to %d: upgrade this"
			       " program (or put back the backup made before"
			       " the upgrade)",
			       s->path, s->version, newest());
	if (s->readonly && s->version < newest())
		return db_fail(s, EPROTO, "%s has schema version %d, this"
			       " program needs version %d: start the upgraded"
			       " server once, it brings the file up to date",
			       s->path, s->version, newest());

	return 0;
}


static int steps_run(struct store *s)
{
	int err = 0;

	for (unsigned i = 0; i < store_migration_count && !err; i++) {
		const struct migration *m = &store_migrations[i];

		if (m->version <= s->version)
			continue;

		err = tell(s, m->sql);
		if (err)
			log_error(STORE_ROOM, "%s: migration %s failed",
				  s->path, m->name);
	}

	return err;
}


static int references_check(struct store *s)
{
	int n;
	int err = ask(s, "SELECT count(*) FROM pragma_foreign_key_check", &n);

	if (!err && n)
		err = db_fail(s, EBADMSG, "%s: %d rows point at nothing after"
			      " the migration; nothing was changed",
			      s->path, n);

	return err;
}


static int version_set(struct store *s)
{
	char sql[96];

	(void)sqlite3_snprintf(sizeof(sql), sql,
			       "PRAGMA application_id = %d;"
			       "PRAGMA user_version = %d;",
			       APPLICATION_ID, newest());
	return tell(s, sql);
}


static int upgrade(struct store *s)
{
	int from, err;

	err = tell(s, "BEGIN EXCLUSIVE");
	if (err)
		return err;

	/* another program may have done it while this one waited */
	err = version_check(s);
	from = s->version;
	if (!err && from < newest()) {
		err = steps_run(s);
		if (!err)
			err = references_check(s);
		if (!err)
			err = version_set(s);
	}
	if (!err)
		err = tell(s, "COMMIT");
	if (err) {
		(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
		return err;
	}

	s->version = newest();
	if (from && from < newest())
		log_notice(STORE_ROOM, "%s: schema upgraded from version %d"
			   " to %d", s->path, from, newest());
	return 0;
}


/* All of it as it stood at one moment: another program may be about to make
 * the file */
static int version_read(struct store *s)
{
	int err = tell(s, "BEGIN");

	if (err)
		return err;

	err = version_check(s);
	(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);

	return err;
}


/** Brings the schema up to date; EPROTO when it is newer than this program */
int migrate(struct store *s)
{
	int err = version_read(s);

	if (err || s->version == newest())
		return err;

	return upgrade(s);
}
