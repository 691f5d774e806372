/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file batch.h  Records waiting to be written together
 *
 * Keeps copies of records in the order they came, up to a bound. Of two puts of
 * one contact (or media session) with nothing else about it in between, the
 * later takes the earlier one's place. Says when it wants to be written: so
 * long after the first record, at once when it is large, later after a failure.
 * The clock is the caller's.
 */
#ifndef TRAVERSAL_LOGIC_BATCH_H
#define TRAVERSAL_LOGIC_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "logic/record.h"

struct batch;

struct batch_conf
{
	unsigned delay_ms;	  /**< from the first record to the writing */
	unsigned full;		  /**< as many records: write at once */
	unsigned max_records; /**< more are refused */
	size_t max_bytes;	  /**< of all records together */
	unsigned retry_min_ms, retry_max_ms; /**< pause after a failure; doubles */
};

int batch_alloc(struct batch **bp, const struct batch_conf *conf);
void batch_free(struct batch *b);

int batch_add(struct batch *b, const uint8_t *buf, size_t len, uint64_t now);
unsigned batch_count(const struct batch *b);
bool batch_due(const struct batch *b, uint64_t now);
int batch_wait(const struct batch *b, uint64_t now);

/** Gets each record in turn, and its place; non-zero stops */
typedef int(batch_h)(const struct record *r, unsigned place, void *arg);

int batch_each(const struct batch *b, batch_h *h, void *arg);
void batch_drop(struct batch *b, unsigned place);
unsigned batch_drop_contacts(struct batch *b);
void batch_written(struct batch *b);
void batch_failed(struct batch *b, uint64_t now);

#endif
