/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ask.h  Sessions opened, changed and closed at their relay
 *
 * Between the session (logic/) and the wire (relays.c). Owns nothing.
 */
#ifndef TRAVERSAL_GLUE_ASK_H
#define TRAVERSAL_GLUE_ASK_H

#include "call/session.h"

/* modparam relay_timeout, ms: for all that is done for one message */
void ask_timeout_set(unsigned ms);

/* chooses a relay and opens it there; s gets the relay's addresses. 0,
 * ENETDOWN: no relay took it */
int ask_open(struct session *s);
/* tells the relay what changed from old to now; opens it where it isn't yet. 0
 * also when the relay is down and can be told later; ENETDOWN */
int ask_update(const struct session *old, struct session *now);
/* with the relay's ports as they were; 0, EADDRINUSE: refused */
int ask_reopen(struct session *s);
/* says that it is to be closed; the monitor hears what was moved. 0, or an
 * errno: it was not said */
int ask_close(unsigned relay, const char *id, const char *reason);
/* closes it, waits, and records what was moved; in the monitor */
void ask_close_now(unsigned relay, const char *id, const char *reason);

#endif
