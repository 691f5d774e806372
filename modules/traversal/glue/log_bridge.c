/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file log_bridge.c  lib/log's lines written by Kamailio's log
 *
 * The operator sets one level, Kamailio's `debug`; lib/log passes everything
 * up to it on. Owns nothing.
 */
#include "glue/compat.h"
#include "core/dprint.h"
#include "glue/log_bridge.h"
#include "log/log.h"

static const int levels[] = {
	[LOG_LEVEL_ERROR] = L_ERR,
	[LOG_LEVEL_WARN] = L_WARN,
	[LOG_LEVEL_NOTICE] = L_NOTICE,
	[LOG_LEVEL_INFO] = L_INFO,
	[LOG_LEVEL_DEBUG] = L_DBG,
};

static void kamailio_log(
		enum log_level level, const char *room, const char *text, void *arg)
{
	(void)arg;

	LM_GEN1(levels[level], "%s: %s\n", room, text);
}

void log_bridge_init(void)
{
	log_handler_set(kamailio_log, NULL);
	/* Kamailio's own level may be changed while it runs: it filters */
	log_level_set(is_printable(L_DBG) ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
}
