/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file open.c  Opening the database file, and opening it again
 *
 * Owns the handle and the file's identity. The database is made with mode
 * 0640; SQLite gives its -wal and -shm the same mode and owner, and they are
 * left in place when the last program closes, so that the file's group may
 * read at any time.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "log/log.h"
#include "store/sqlite/db.h"

#define DB_MODE (S_IRUSR | S_IWUSR | S_IRGRP)


static int path_fail(struct store *s, int err)
{
	switch (err) {

	case ENOENT:
		return db_fail(s, err, "%s: %s", s->path,
			       s->readonly
				       ? "there is no such file"
				       : "cannot be made: its directory does"
					 " not exist");
	case EACCES:
		return db_fail(s, err, "%s: permission denied: the file and"
			       " its directory must belong to the programs'"
			       " user, a reader to their group", s->path);
	default:
		return db_fail(s, err, "%s: %s", s->path, strerror(err));
	}
}


/*
 * Makes the file with the right mode before SQLite does it with another one.
 * By mknod(), for it gives no descriptor: closing one would drop the locks
 * that another handle of this process may have on the same file.
 */
static int file_make(struct store *s)
{
	if (mknod(s->path, S_IFREG | DB_MODE, 0))
		return errno == EEXIST ? 0 : path_fail(s, errno);

	/* whatever the umask is */
	return chmod(s->path, DB_MODE) ? path_fail(s, errno) : 0;
}


static int file_check(struct store *s)
{
	struct stat st;

	if (stat(s->path, &st)) {
		if (errno != ENOENT || s->readonly)
			return path_fail(s, errno);
		return file_make(s);
	}

	if (S_ISDIR(st.st_mode))
		return path_fail(s, EISDIR);
	if (!S_ISREG(st.st_mode))
		return db_fail(s, EINVAL, "%s: not an ordinary file", s->path);

	return 0;
}


/** The clock for waiting and for the log's limit; no other use of time here */
uint64_t store_now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}


/*
 * SQLite does not wait for another program that does the same at the same
 * moment: two waiting for each other would wait for ever. So wait here.
 */
static int wal_enter(struct store *s, unsigned wait_ms)
{
	const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
	const uint64_t until = store_now_ms() + wait_ms;
	char sql[80];
	int rc;

	(void)snprintf(sql, sizeof(sql),
		       "PRAGMA page_size = %d; PRAGMA journal_mode = WAL",
		       STORE_PAGE_SIZE);

	for (;;) {
		rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
		if ((rc & 0xff) != SQLITE_BUSY || store_now_ms() >= until)
			break;
		(void)nanosleep(&pause, NULL);
	}

	return rc == SQLITE_OK ? 0 : db_error(s, rc);
}


/* Some before the first lock, some after the migration: a migration that
 * makes a table anew needs foreign keys off. */
static int settings(struct store *s)
{
	char sql[256];
	int persist = 1;
	int rc;

	(void)snprintf(sql, sizeof(sql),
		       "PRAGMA foreign_keys = ON;"
		       "PRAGMA synchronous = NORMAL;"
		       "PRAGMA temp_store = MEMORY;"
		       "PRAGMA cache_size = -%d;"
		       "PRAGMA wal_autocheckpoint = %d;"
		       "PRAGMA journal_size_limit = %d;"
		       "PRAGMA query_only = %d;",
		       STORE_CACHE_KIB, STORE_CHECKPOINT_PAGES,
		       STORE_WAL_KEPT, s->readonly);

	rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		return db_error(s, rc);

	(void)sqlite3_file_control(s->db, "main", SQLITE_FCNTL_PERSIST_WAL,
				   &persist);
	return 0;
}


/* SQLite opens read-only, without a word, what it may not write */
static int writable(struct store *s)
{
	if (s->readonly || sqlite3_db_readonly(s->db, "main") != 1)
		return 0;

	return path_fail(s, access(s->path, W_OK) ? errno : EACCES);
}


static int file_remember(struct store *s)
{
	struct stat st;

	if (stat(s->path, &st))
		return path_fail(s, errno);

	s->dev = st.st_dev;
	s->ino = st.st_ino;
	return 0;
}


static int connect_file(struct store *s, unsigned wait_ms)
{
	int flags = s->readonly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
	int rc, err;

	rc = sqlite3_open_v2(s->path, &s->db,
			     flags | SQLITE_OPEN_NOMUTEX |
				     SQLITE_OPEN_EXRESCODE,
			     NULL);
	if (rc != SQLITE_OK)
		return db_error(s, rc);

	(void)sqlite3_busy_timeout(s->db, (int)wait_ms);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0,
				NULL);

	err = writable(s);
	if (!err && !s->readonly)
		err = wal_enter(s, wait_ms);
	if (!err)
		err = migrate(s);
	if (!err)
		err = settings(s);
	if (!err)
		err = file_remember(s);

	(void)sqlite3_busy_timeout(s->db, (int)s->busy_timeout_ms);
	return err;
}


void db_close(struct store *s)
{
	stmt_finalize_all(s);
	(void)sqlite3_close(s->db);
	s->db	  = NULL;
	s->broken = false;
	rowcache_clear(s->rows);
}


/** Opens the file of the handle, waiting so long for other programs */
int db_open(struct store *s, unsigned wait_ms)
{
	int err = file_check(s);

	if (!err)
		err = connect_file(s, wait_ms);
	if (err)
		db_close(s);

	return err;
}


static bool file_moved(const struct store *s)
{
	struct stat st;

	return stat(s->path, &st) || st.st_ino != s->ino || st.st_dev != s->dev;
}


/**
 * Makes the handle ready for use: opens the file again after an error that
 * only this can cure, and when another file has taken its place (a restored
 * backup)
 */
int db_ready(struct store *s)
{
	if (s->batch)
		return s->batch_err;

	/* a handler calls from within an iteration */
	if (s->iterating)
		return 0;

	if (s->db && !s->broken && !file_moved(s))
		return 0;

	db_close(s);
	return db_open(s, s->busy_timeout_ms);
}


static int alloc(struct store **sp, const struct store_conf *conf)
{
	struct store *s = calloc(1, sizeof(*s));

	if (!s)
		return ENOMEM;

	s->path = strdup(conf->path);
	s->name = strdup(conf->name ? conf->name : "server");
	s->limit = (struct log_limit)LOG_LIMIT(20, 1);
	s->readonly = conf->readonly;
	s->busy_timeout_ms = conf->busy_timeout_ms ? conf->busy_timeout_ms
						   : STORE_BUSY_TIMEOUT_MS;

	if (!s->path || !s->name || rowcache_alloc(&s->rows)) {
		free(s->path);
		free(s->name);
		free(s);
		return ENOMEM;
	}

	*sp = s;
	return 0;
}


/**
 * Opens the store, makes it where there is none, and brings its schema up to
 * date; programs that start together wait for the one that does it
 *
 * @param sp     The store
 * @param conf   Where, and how
 * @param errbuf Receives the sentence for the operator (may be NULL)
 * @param errsz  Its size
 *
 * @return 0 or errno as store.h says
 *
 * A handle must not be used after fork() in the child: open one there.
 */
int store_open(struct store **sp, const struct store_conf *conf,
	       char *errbuf, size_t errsz)
{
	struct store *s;
	int err;

	if (errbuf && errsz)
		errbuf[0] = '\0';
	if (!sp || !conf || !conf->path || !conf->path[0])
		return EINVAL;

	err = alloc(&s, conf);
	if (err)
		return err;

	err = db_open(s, STORE_MIGRATE_WAIT_MS);
	if (err) {
		if (errbuf && errsz)
			(void)snprintf(errbuf, errsz, "%s", s->err);
		store_close(s);
		return err;
	}

	s->opened = true;
	*sp = s;
	return 0;
}


/** Closes the store; an open batch is taken back */
void store_close(struct store *s)
{
	if (!s)
		return;

	store_rollback(s);
	db_close(s);
	rowcache_free(s->rows);
	free(s->path);
	free(s->name);
	free(s);
}


int store_schema_version(const struct store *s)
{
	return s ? s->version : 0;
}
