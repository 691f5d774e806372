/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file rpc_register.h  RPC commands traversal.registrations and .stats
 */
#ifndef TRAVERSAL_GLUE_RPC_REGISTER_H
#define TRAVERSAL_GLUE_RPC_REGISTER_H

/* in mod_init: 0, -1 */
int rpc_register_mod_init(void);

#endif
