/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file store_util.h  What the store's tests share: a directory, a log, CLI
 */
#ifndef STORE_UTIL_H
#define STORE_UTIL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <cmocka.h>
#include "store/store.h"

/** A directory of its own for each test, with the database's path in it */
struct fixture {
	char dir[64];
	char path[96];
	char err[512];
	struct store *store;
	unsigned log_lines;
	char log_last[512];
};

int fixture_setup(void **state);
int fixture_teardown(void **state);

int fixture_open(struct fixture *f);
void fixture_close(struct fixture *f);

/* output of the sqlite3 program, without the last newline; in a buffer that
 * the next call uses again. NULL when it failed */
const char *cli(const struct fixture *f, const char *sql);
/* runs a shell command; true when its status is 0 */
bool sh(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

struct store_contact contact(const char *alias, const char *id,
			     int64_t expires);
int64_t count_contacts(struct store *s, int64_t now);

#endif
