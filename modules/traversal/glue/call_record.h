/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call_record.h  A call's row in the store, as it begins, is answered, ends
 *
 * Owns nothing; the writer writes.
 */
#ifndef TRAVERSAL_GLUE_CALL_RECORD_H
#define TRAVERSAL_GLUE_CALL_RECORD_H

#include <jansson.h>
#include "glue/compat.h"
#include "call/session.h"

/* request: the INVITE that begins it */
void record_begin(sip_msg_t *request, const char *call);
/* reply: its first 2xx */
void record_answer(sip_msg_t *reply, const char *call);
/* reason "bye", "media-timeout" …; code 0: none; by "caller", "callee",
 * "operator", "server" */
void record_end(const char *call, const char *reason, int code, const char *by);
/* the word for a final SIP status */
const char *record_reason(int code);
/* what a session moved, from the relay's counters */
void record_flows(const char *id, unsigned relay, const json_t *result);

#endif
