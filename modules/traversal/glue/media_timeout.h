/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file media_timeout.h  Calls whose media stopped
 *
 * Owns: the bindings to `dialog` and the event route's place.
 */
#ifndef TRAVERSAL_GLUE_MEDIA_TIMEOUT_H
#define TRAVERSAL_GLUE_MEDIA_TIMEOUT_H

#include "glue/compat.h"
#include "call/session.h"

/* event_callback: KEMI function for the event, may be empty */
int media_timeout_mod_init(const str *event_callback);
/* session id has been silent: event_route[traversal:media-timeout], then the
 * call ends. In the monitor only */
void media_timeout(const char *id);
/* both parties get a BYE, where `dialog` knows the call */
void media_timeout_end(const struct session *s);

#endif
