/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file db.h  What the store's SQLite rooms share: handle, errors, statements
 *
 * Private to lib/store/sqlite.
 */
#ifndef POSTERN_STORE_SQLITE_DB_H
#define POSTERN_STORE_SQLITE_DB_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sqlite3.h>
#include "log/log.h"
#include "store/store.h"
#include "store/sqlite/rowcache.h"

#define STORE_ROOM "store"

enum {
	STORE_BUSY_TIMEOUT_MS  = 500,	     /**< default */
	STORE_MIGRATE_WAIT_MS  = 10000,	     /**< for another's migration */
	/* Small pages: a batch dirties many, a few rows in each */
	STORE_PAGE_SIZE	       = 2048,	     /**< of a new file */
	STORE_CHECKPOINT_PAGES = 4000,	     /**< 8 MB of log */
	/* The log is written over from its start after a checkpoint; cutting
	 * it then would only make the file system allocate it again */
	STORE_WAL_KEPT	       = 12 << 20,   /**< octets */
	STORE_CACHE_KIB	       = 16 * 1024,
	STORE_EXPIRE_BATCH     = 1000,	     /**< rows in one transaction */
};

enum stmt_id {
	STMT_BEGIN,
	STMT_COMMIT,
	STMT_ROLLBACK,
	STMT_CONTACT_FIND,
	STMT_CONTACT_REFRESH,
	STMT_REGISTRATION_FIND,
	STMT_REGISTRATION_PUT,
	STMT_REGISTRATION_TYPE,
	STMT_CONTACT_PUT,
	STMT_CONTACT_CHANGE,
	STMT_REFRESH_PUT,
	STMT_REFRESH_CHANGE,
	STMT_CONTACT_AUDIT,
	STMT_CONTACT_DELETE,
	STMT_EXPIRED_AUDIT,
	STMT_EXPIRED_DELETE,
	STMT_CONTACT_ALL,
	STMT_CONTACT_ALIAS,
	STMT_CONTACT_COUNT,
	STMT_CALL_PUT,
	STMT_CALL_EACH,
	STMT_CALL_ACTIVE,
	STMT_FLOW_PUT,
	STMT_FLOW_EACH,
	STMT_SESSION_PUT,
	STMT_SESSION_DELETE,
	STMT_SESSION_EACH,
	STMT_SESSION_OWNER,
	STMT_SECRET_PUT,
	STMT_SECRET_DELETE,
	STMT_SECRET_EACH,
	STMT_AUDIT_ADD,
	STMT_TRIM_CALLS,
	STMT_TRIM_AUDIT,
	STMT_COUNT
};

struct store {
	sqlite3 *db;		/**< NULL: to be opened again */
	char *path;
	char *name;
	unsigned busy_timeout_ms;
	bool readonly;
	bool opened;		/**< store_open() has succeeded */
	int version;		/**< of the schema */
	dev_t dev;		/**< of the file that is open */
	ino_t ino;

	bool batch;		/**< between begin and commit */
	int batch_err;		/**< the batch has failed with this */
	bool broken;		/**< open again before the next use */
	unsigned iterating;	/**< handlers that run now */

	int failing;		/**< kind of error that was logged last */
	uint64_t failures;	/**< since then */
	struct log_limit limit;
	char err[512];		/**< the sentence for the operator */

	struct rowcache *rows;	/**< contact → row; hints only */
	sqlite3_stmt *stmtv[STMT_COUNT];
};

/* open.c */
int db_open(struct store *s, unsigned wait_ms);
void db_close(struct store *s);
int db_ready(struct store *s);
uint64_t store_now_ms(void);

/* migrate.c */
int migrate(struct store *s);

/* error.c */
int db_error(struct store *s, int rc);
int db_fail(struct store *s, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int db_refuse(struct store *s, int err, const char *text);
void db_ok(struct store *s);

/* tx.c: a transaction, unless a batch is one already */
int tx_enter(struct store *s);
int tx_leave(struct store *s, int err);

/* each.c */
struct each {
	struct store *s;
	enum stmt_id id;
	sqlite3_stmt *st; /**< to bind to, and to read the row at hand from */
	int err;	  /**< a caller's, other than 0, ends it */
};

int each_open(struct each *e, struct store *s, enum stmt_id id,
	      const char *sql);
bool each_next(struct each *e);
int each_close(struct each *e);

/* stmt.c */
int stmt_get(struct store *s, sqlite3_stmt **stp, enum stmt_id id,
	     const char *sql);
void stmt_put(struct store *s, enum stmt_id id, sqlite3_stmt *st);
int stmt_step(struct store *s, sqlite3_stmt *st, bool *row);
int stmt_run(struct store *s, enum stmt_id id, sqlite3_stmt *st);
void stmt_text(sqlite3_stmt *st, int i, const char *text);
void stmt_time(sqlite3_stmt *st, int i, int64_t ms);
const char *stmt_col(sqlite3_stmt *st, int i);
void stmt_finalize_all(struct store *s);

/* contact_rows.c: the long way of a put */
int contact_rows_put(struct store *s, int64_t *row, uint64_t digest,
		     const struct store_contact *c);
void refresh_bind(sqlite3_stmt *st, int64_t row, uint64_t digest,
		  const struct store_contact *c);

const char *kind_name(enum store_kind kind);
enum store_kind kind_decode(const char *name);

static inline bool kind_valid(enum store_kind kind)
{
	return kind == STORE_SIP || kind == STORE_H323;
}

#endif
