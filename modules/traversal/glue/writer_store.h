/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file writer_store.h  The writer's store: batches in, transactions out
 *
 * Trouble with the store stays in here: what could not be written is tried
 * again, with longer and longer pauses; beyond a bound contacts are let go (and
 * read from usrloc again when the store is well), then other records, counted.
 */
#ifndef TRAVERSAL_GLUE_WRITER_STORE_H
#define TRAVERSAL_GLUE_WRITER_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct writer_store;

/* said: that the store can't be opened has been logged already */
int writer_store_alloc(struct writer_store **wp, const char *path, bool said);
void writer_store_free(struct writer_store *w);

void writer_store_add(struct writer_store *w, const uint8_t *buf, size_t len);
bool writer_store_full(const struct writer_store *w);
/* contacts are to be read from usrloc again when the store is well */
void writer_store_resync_ask(struct writer_store *w);
/* writes what is due */
void writer_store_run(struct writer_store *w, uint64_t now);
/* milliseconds until there is something to do; -1: nothing */
int writer_store_wait(const struct writer_store *w, uint64_t now);
/* the end: writes what there is, once */
void writer_store_finish(struct writer_store *w);

#endif
