/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file rpc_call.h  RPC commands about calls: traversal.sessions, .session,
 * .relays
 */
#ifndef TRAVERSAL_GLUE_RPC_CALL_H
#define TRAVERSAL_GLUE_RPC_CALL_H

/* in mod_init: 0, -1 */
int rpc_call_mod_init(void);

#endif
