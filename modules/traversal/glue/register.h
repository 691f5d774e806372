/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file register.h  What a REGISTER needs before registrar saves it
 *
 * Owns: the name of the AVP in which registrar expects where it came from.
 */
#ifndef TRAVERSAL_GLUE_REGISTER_H
#define TRAVERSAL_GLUE_REGISTER_H

#include "glue/compat.h"

/* registrar saves where a REGISTER came from only if it is told an AVP for it:
 * where the operator named none, this names one. In mod_register and mod_init */
void register_default_avp(void);
/* signs: what makes a terminal "behind a NAT"; 0, -1 */
int register_mod_init(unsigned nat_signs);
/* a terminal behind a NAT is registered with the address it was seen at. 1:
 * done; 2: not needed; -1 */
int register_request(sip_msg_t *msg);
/* answers go where the request came from (RFC 3581 §4) */
void register_force_rport(sip_msg_t *msg);

#endif
