/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libre's loop, for tests: run until something has happened.
 */
#ifndef TESTS_UNIT_RE_UNTIL_H
#define TESTS_UNIT_RE_UNTIL_H

#include <stdbool.h>

enum { RE_UNTIL_MS = 15000 };

/* Runs until done(arg); false: it was not within RE_UNTIL_MS. */
bool re_until(bool (*done)(const void *arg), const void *arg);

/* A group's setup and teardown: libre is there in between. */
int loop_begin(void **state);
int loop_end(void **state);

#endif
