/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file events.h  What clients are told without asking
 */
#ifndef POSTERN_RELAY_EVENTS_H
#define POSTERN_RELAY_EVENTS_H

#include "session.h"

int events_subscribe(struct relay *r, struct rpc_conn *rc, const char *owner);
void events_latched(const struct leg *leg, enum latch_component component);
void events_note(int id, void *data, void *arg);
void events_agent(struct relay *r, const char *method, json_t *params);
void events_idle(const struct session *se, uint64_t idle);
void events_closed(const struct session *se, const char *reason,
		   const json_t *final, const struct rpc_conn *closer);

#endif
