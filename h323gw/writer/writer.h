/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file writer.h  What goes into the store, written by a thread of its own
 *
 * The loop hands it copies and goes on; the thread writes all there is in one
 * transaction, at most WRITER_PAUSE_MS after the first of it came. What could
 * not be written for a trouble of the database is written again, in order, when
 * that is over.
 */
#ifndef H323GW_WRITER_H
#define H323GW_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include "store/store.h"

enum {
	WRITER_PAUSE_MS = 5,
	WRITER_BEHIND_MS = 10,
	WRITER_BATCH_MAX = 500,     /**< in one transaction */
	WRITER_QUEUE_MAX = 1000000, /**< that wait: more are not taken */
	WRITER_RETRY_MS = 500,
};

struct writer;

struct writer_stats {
	uint64_t written; /**< jobs */
	uint64_t batches;
	uint64_t failures; /**< batches that must be written again */
	uint64_t dropped;  /**< jobs: no room in the queue, or refused */
	uint64_t queued;
	uint64_t slowest; /**< ms from a job's coming to its being written */
};

/* conf: the thread's own handle */
int writer_alloc(struct writer **wp, const struct store_conf *conf);
/* writes what there is, then ends */
void writer_free(struct writer *w);
void writer_stats(struct writer *w, struct writer_stats *st);
/* The oldest of what waits has waited WRITER_BEHIND_MS or longer: take no more
 * in, for what was answered is to be in the store soon. Not for a trouble of
 * the database. */
bool writer_behind(struct writer *w);

/* ENOBUFS, ENOMEM: it is not written */
int writer_contact_put(struct writer *w, const struct store_contact *c);
int writer_contact_delete(struct writer *w, const char *id,
			  const char *reason);
int writer_call_put(struct writer *w, const struct store_call *c);
int writer_flow_put(struct writer *w, const struct store_flow *f);
/* state NULL: it is deleted */
int writer_session_put(struct writer *w, const struct store_session *s);
/* sealed NULL: it is deleted */
int writer_secret_put(struct writer *w, const struct store_secret *s);
int writer_audit_add(struct writer *w, const struct store_audit *a);

#endif
