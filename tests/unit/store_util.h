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
#include <stdio.h>
#include <unistd.h>
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
/* one batch of contacts that never expire, numbered from `from` on */
int put_many(struct store *s, unsigned from, unsigned n);

/* Runs a test in a child that has a tmpfs of its own on the directory; its
 * exit status: 0 passed, SKIP where mounts are not to be had */
int in_own_mounts(struct fixture *f, const char *options,
		  void (*test)(struct fixture *f));
/* the same as a user without rights; root has them all */
int as_nobody(struct fixture *f, void (*test)(struct fixture *f));

enum { SKIP = 77, NOBODY = 65534 };

/* what a test in a child asserts */
#define NEED(cond)                                                             \
	do {                                                                   \
		if (!(cond)) {                                                 \
			(void)fprintf(stderr, "# line %d: " #cond "\n",        \
				      __LINE__);                               \
			_exit(1);                                              \
		}                                                              \
	} while (0)

#endif
