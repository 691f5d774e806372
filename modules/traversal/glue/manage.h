/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file manage.h  The module's functions about calls, as scripts call them
 *
 * Each returns enum call_result, or 1 / -1 where there is no media in it.
 * Owns nothing.
 */
#ifndef TRAVERSAL_GLUE_MANAGE_H
#define TRAVERSAL_GLUE_MANAGE_H

#include <stdbool.h>
#include "glue/compat.h"

/* binds rr, where it is loaded */
int manage_mod_init(bool record_route);

/* a request that makes a dialog, as it goes to a branch: unless the script has
 * done so itself */
void manage_record_route(sip_msg_t *msg);

/* in any route: all that the message needs */
int manage(sip_msg_t *msg);
/* a request, without its media */
int manage_request(sip_msg_t *msg);
/* a reply, without its media */
int manage_reply(sip_msg_t *msg);
/* the media alone. options: "from=INTERFACE", "to=INTERFACE", "ice=lite",
 * "ice=remove", separated by blanks or commas; may be NULL */
int manage_media_offer(sip_msg_t *msg, const str *options);
int manage_media_answer(sip_msg_t *msg);
int manage_media_delete(sip_msg_t *msg);

/* the media of an initial INVITE's branch, by no route */
void manage_branch(sip_msg_t *msg, const char *call, int branch);
/* the last of these functions found no relay for an offer */
bool manage_no_relay(void);

/* how a request is to be answered that the last of these functions refused:
 * SIP status and reason phrase; 0 when it refused nothing */
int manage_refusal(const char **reason);

#endif
