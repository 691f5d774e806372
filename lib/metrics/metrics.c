/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file metrics.c  Counters: their memory, and walking over them
 */
#include <errno.h>
#include <stdlib.h>
#include "metrics/metrics.h"


/**
 * Make room for the numbers of a table, all 0.
 *
 * @return 0, EINVAL or ENOMEM
 */
int metrics_alloc(struct metrics **mp, const struct metric *table,
		  size_t count)
{
	struct metrics *m;

	if (!mp || !table || !count)
		return EINVAL;

	m = calloc(1, sizeof(*m) + count * sizeof(m->values[0]));
	if (!m)
		return ENOMEM;

	m->table = table;
	m->count = count;
	*mp = m;

	return 0;
}


void metrics_free(struct metrics *m)
{
	free(m);
}


/** Show every metric to a handler, in the table's order */
int metrics_each(const struct metrics *m, metrics_h *h, void *arg)
{
	size_t i;
	int err;

	if (!m || !h)
		return EINVAL;

	for (i = 0; i < m->count; i++) {
		err = h(&m->table[i], metrics_get(m, i), arg);
		if (err)
			return err;
	}

	return 0;
}
