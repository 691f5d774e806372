/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file session_json.h  A session as JSON: for the store, and for people
 *
 * What is needed to go on with a call after a restart, and nothing of an
 * offer that is still open: that died with its transaction. Pure.
 */
#ifndef TRAVERSAL_LOGIC_SESSION_JSON_H
#define TRAVERSAL_LOGIC_SESSION_JSON_H

#include <jansson.h>
#include "call/session.h"

/* new reference; NULL: no memory, or a text that is no UTF-8 */
json_t *session_json_encode(const struct session *s);
/* into a session from session_alloc(); EBADMSG. The relay's index is the
 * caller's to set. */
int session_json_decode(struct session *s, const json_t *o);

#endif
