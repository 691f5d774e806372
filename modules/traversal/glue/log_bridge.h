/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file log_bridge.h  lib/log's lines written by Kamailio's log
 */
#ifndef TRAVERSAL_GLUE_LOG_BRIDGE_H
#define TRAVERSAL_GLUE_LOG_BRIDGE_H

/* once, in mod_init, before processes are forked */
void log_bridge_init(void);

#endif
