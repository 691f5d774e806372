/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file relays.h  Talking to the relays from any of Kamailio's processes
 *
 * Owns: the set of relays, in shared memory what each process knows of their
 * health, and this process's own connections.
 */
#ifndef TRAVERSAL_GLUE_RELAYS_H
#define TRAVERSAL_GLUE_RELAYS_H

#include <stdbool.h>
#include <stdint.h>
#include <jansson.h>
#include "logic/relayset.h"
#include "rpc/rpc.h"

enum relay_state {
	RELAY_UNKNOWN, /**< not tried yet: may be used */
	RELAY_UP,
	RELAY_DOWN,
};

/* modparam relay: before mod_init; 0, or -1 with the reason logged */
int relays_add(const char *text);
int relays_mod_init(void);
void relays_destroy(void);

const struct relayset *relays_set(void);
const char *relays_name(unsigned i);
enum relay_state relays_state(unsigned i);
void relays_state_set(unsigned i, enum relay_state state);
/* bit i: relay i may be asked to take a new call */
uint32_t relays_usable(void);

/* in at most timeout ms: 0 with *result (new reference; result may be NULL);
 * ETIMEDOUT, ECONNREFUSED, EPIPE …: the relay is down from now on; EREMOTEIO
 * with *err: it refused */
int relays_call(unsigned i, const char *method, const json_t *params,
		unsigned timeout, json_t **result, struct rpc_error *err);

/* without waiting for an answer; 0, or an errno: it was not sent */
int relays_notify(unsigned i, const char *method, const json_t *params,
		unsigned timeout);

/* this process's connection, to read events from; NULL: there is none. After a
 * request that failed it is gone, or another one */
struct rpc_sync *relays_conn(unsigned i);
/* close it: the relay is down */
void relays_drop(unsigned i);

#endif
