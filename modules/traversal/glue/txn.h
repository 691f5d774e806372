/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file txn.h  The module's part of a transaction, by tm's callbacks
 *
 * traversal_manage() in request_route arms a transaction; what is due for each
 * branch, each reply and the end is then done without the script's help. A
 * script that calls the functions in its own routes as well does no harm:
 * what a route has done for a message is not done again.
 *
 * Owns: a small block in shared memory, as long as the transaction lives.
 */
#ifndef TRAVERSAL_GLUE_TXN_H
#define TRAVERSAL_GLUE_TXN_H

#include "glue/call.h"
#include "glue/compat.h"

/* binds tm; 0, -1 with the reason logged */
int txn_mod_init(void);

/* an initial INVITE: begins its call if that isn't done yet. 0, -1 */
int txn_call(sip_msg_t *msg);
/* a request within a dialog: its replies carry answers. id: its session's */
int txn_dialog(sip_msg_t *msg, const char *id);
/* any other request that makes a dialog, or refreshes one: its replies carry
 * Contacts */
int txn_contact(sip_msg_t *msg, bool initial);

/* the call's id, for messages of an initial INVITE's transaction; "" */
const char *txn_call_id(void);
/* branch the script is running for, or -1 */
int txn_branch(void);

/* the message's media (for this branch) are done: by a route */
void txn_done(const sip_msg_t *msg, int branch);
bool txn_is_done(const sip_msg_t *msg, int branch);

#endif
