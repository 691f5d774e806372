/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file stats.c  The module's counters, registered with Kamailio's core
 *
 * Owns the counters' handles, written once in mod_init.
 */
#include "glue/stats.h"

counter_handle_t stats_handles[STATS_COUNT];

#define STATS_DEF(name, text)                                                  \
	{&stats_handles[STAT_##name], #name, 0, NULL, NULL, text},

static counter_def_t defs[] = {
		STATS_TABLE(STATS_DEF){NULL, NULL, 0, NULL, NULL, NULL}};

int stats_init(void)
{
	return counter_register_array("traversal", defs) < 0 ? -1 : 0;
}

int stats_get(unsigned i, const char **name, long *value)
{
	if(i >= STATS_COUNT)
		return -1;

	*name = defs[i].name;
	*value = counter_get_val(stats_handles[i]);
	return 0;
}
