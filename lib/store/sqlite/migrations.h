/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file migrations.h  The schema's history, embedded from sql/migrations
 */
#ifndef POSTERN_STORE_SQLITE_MIGRATIONS_H
#define POSTERN_STORE_SQLITE_MIGRATIONS_H

struct migration {
	int version;	  /**< the schema's version afterwards */
	const char *name; /**< of its file */
	const char *sql;
};

extern const struct migration store_migrations[];
extern const unsigned store_migration_count;

#endif
