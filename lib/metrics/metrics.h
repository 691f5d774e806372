/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file metrics.h  Counters: a table of names, an array of numbers
 *
 * A program hands in a table, one row a metric, indexed by an enum of its own,
 * and holds the numbers in its context. One thread writes a metric, any may
 * read it: counting is a load and a store, without a lock.
 */
#ifndef POSTERN_METRICS_H
#define POSTERN_METRICS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct metric {
	const char *name;	/**< "packets_forwarded" */
	const char *help;	/**< one sentence, with the unit */
};

struct metrics {
	const struct metric *table;
	size_t count;
	_Atomic uint64_t values[];
};

/** One metric; a return other than 0 ends the round and is handed on */
typedef int(metrics_h)(const struct metric *m, uint64_t value, void *arg);

/* the table must outlive *mp; free it with metrics_free() */
int metrics_alloc(struct metrics **mp, const struct metric *table,
		  size_t count);
void metrics_free(struct metrics *m);
int metrics_each(const struct metrics *m, metrics_h *h, void *arg);


/** Set a metric that goes up and down */
static inline void metrics_set(struct metrics *m, size_t i, uint64_t value)
{
	atomic_store_explicit(&m->values[i], value, memory_order_relaxed);
}


static inline uint64_t metrics_get(const struct metrics *m, size_t i)
{
	return atomic_load_explicit(&m->values[i], memory_order_relaxed);
}


static inline void metrics_add(struct metrics *m, size_t i, uint64_t n)
{
	metrics_set(m, i, metrics_get(m, i) + n);
}


static inline void metrics_inc(struct metrics *m, size_t i)
{
	metrics_add(m, i, 1);
}

#endif
