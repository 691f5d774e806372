/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file traversal_mod.c  The module as Kamailio sees it
 *
 * Parameters, functions, pseudo-variables, RPC commands, start and stop. What
 * they do stands in the other files of glue/, what they decide in logic/.
 * Owns the parameters' values.
 */
#include "glue/compat.h"
#include "core/dprint.h"
#include "core/kemi.h"
#include "glue/log_bridge.h"
#include "glue/stats.h"
#include "glue/writer.h"

MODULE_VERSION

/* ---- parameters ---- */

static str store_param = STR_NULL;

static param_export_t params[] = {
		{"store", PARAM_STR, &store_param},
		{NULL, 0, NULL},
};

/* ---- functions ---- */

static int w_manage(struct sip_msg *msg, char *p1, char *p2)
{
	(void)msg;
	(void)p1;
	(void)p2;
	return 1;
}

static cmd_export_t cmds[] = {
		{"traversal_manage", w_manage, 0, NULL, NULL, ANY_ROUTE},
		{NULL, NULL, 0, NULL, NULL, 0},
};

/* ---- start and stop ---- */

static int mod_init(void)
{
	log_bridge_init();
	if(stats_init() < 0) {
		LM_ERR("could not register the statistics\n");
		return -1;
	}
	return 0;
}

static int child_init(int rank)
{
	(void)rank;
	return 0;
}

static void destroy(void)
{
}

struct module_exports exports = {
		"traversal",
		DEFAULT_DLFLAGS,
		cmds,
		params,
		NULL, /* RPC commands are registered in mod_init */
		NULL, /* pseudo-variables */
		NULL,
		mod_init,
		child_init,
		destroy,
};

int mod_register(char *path, int *dlflags, void *p1, void *p2);

int mod_register(char *path, int *dlflags, void *p1, void *p2)
{
	(void)path;
	(void)dlflags;
	(void)p1;
	(void)p2;
	return 0;
}
