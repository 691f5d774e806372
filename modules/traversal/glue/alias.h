/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file alias.h  ;alias= in Contact: the way back to a terminal behind a NAT
 *
 * A terminal's Contact is of no use to others, but they must send it back
 * unchanged in their Request-URI (RFC 3261 §12.2.1.1). So what we have seen of
 * the terminal travels in it as a parameter, ";alias=192.0.2.1~40001~1", and is
 * taken out again here; the form is the one other Kamailio modules use. Owns
 * nothing.
 */
#ifndef TRAVERSAL_GLUE_ALIAS_H
#define TRAVERSAL_GLUE_ALIAS_H

#include "glue/compat.h"

/* signs that make a terminal "behind a NAT" */
void alias_conf_set(unsigned nat_signs);

/* the (first) Contact of a request or reply gets one, if its sender is behind
 * a NAT. 1: done; 2: not needed; -1: the Contact can't be read */
int alias_add(sip_msg_t *msg);
/* a request's URI has one and no Route decides: it goes there. 1: done; 2:
 * there is none; -1: it is not of the form above */
int alias_handle(sip_msg_t *msg);

#endif
