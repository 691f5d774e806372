/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file nat_facts.h  What a SIP message shows of where its sender is
 */
#ifndef TRAVERSAL_GLUE_NAT_FACTS_H
#define TRAVERSAL_GLUE_NAT_FACTS_H

#include <stdbool.h>
#include "glue/compat.h"
#include "logic/nat.h"

/* Fills the facts; what the message lacks, or has as a name, stays unset.
 * 0, or -1 when the message can't be parsed. The SDP is not looked at:
 * nat_facts_sdp() does, where there is one. */
int nat_facts_from_msg(sip_msg_t *msg, struct nat_facts *f);

/* the first c= address of the body; 0, or -1 when there is none */
int nat_facts_sdp(sip_msg_t *msg, struct nat_facts *f);

/* whether the message shows one of these signs */
bool nat_facts_natted(sip_msg_t *msg, unsigned signs);

#endif
