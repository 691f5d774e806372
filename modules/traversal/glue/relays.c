/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file relays.c  Talking to the relays from any of Kamailio's processes
 *
 * A connection is made by the process that needs it when it needs it. That a
 * relay is down is noticed by whoever asks it first, and is then known to all;
 * the monitor finds out when it is back.
 */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include "glue/compat.h"
#include "core/dprint.h"
#include "core/mem/shm_mem.h"
#include "glue/clock.h"
#include "glue/relays.h"
#include "glue/stats.h"

static struct relayset set;
static atomic_int *states; /* shared, one a relay */
static struct rpc_sync *conns[RELAYSET_MAX]; /* this process's */

int relays_add(const char *text)
{
	const char *why = "";

	if(relayset_add(&set, text, &why)) {
		LM_ERR("modparam relay \"%s\": %s\n", text, why);
		return -1;
	}
	return 0;
}

int relays_mod_init(void)
{
	states = shm_malloc(RELAYSET_MAX * sizeof(*states));
	if(!states) {
		SHM_MEM_ERROR;
		return -1;
	}
	for(unsigned i = 0; i < RELAYSET_MAX; i++)
		atomic_init(&states[i], RELAY_UNKNOWN);
	return 0;
}

void relays_destroy(void)
{
	for(unsigned i = 0; i < set.n; i++) {
		rpc_sync_close(conns[i]);
		conns[i] = NULL;
	}
	if(states)
		shm_free(states);
	states = NULL;
}

const struct relayset *relays_set(void)
{
	return &set;
}

const char *relays_name(unsigned i)
{
	return i < set.n ? set.m[i].name : "";
}

enum relay_state relays_state(unsigned i)
{
	return (enum relay_state)atomic_load(&states[i]);
}

void relays_state_set(unsigned i, enum relay_state state)
{
	enum relay_state was = (enum relay_state)atomic_exchange(&states[i], state);

	if(was == state)
		return;
	if(state == RELAY_DOWN)
		LM_WARN("relay %s: down; new calls go by others\n", set.m[i].name);
	else
		LM_NOTICE("relay %s: up\n", set.m[i].name);
}

uint32_t relays_usable(void)
{
	uint32_t usable = 0;

	for(unsigned i = 0; i < set.n; i++)
		usable |= relays_state(i) != RELAY_DOWN ? 1u << i : 0;
	return usable;
}

/* one try; a connection that fails is closed */
static int try_call(unsigned i, const char *method, const json_t *params,
		int64_t deadline, json_t **result, struct rpc_error *err)
{
	int64_t left = deadline - (int64_t)clock_ms();
	int e = left > 0 ? 0 : ETIMEDOUT;

	if(!e && !conns[i])
		e = rpc_sync_open(&conns[i], set.m[i].path, (unsigned)left);
	left = deadline - (int64_t)clock_ms();
	if(!e)
		e = left > 0 ? rpc_sync_call(conns[i], method, params, (unsigned)left,
					result, err)
					 : ETIMEDOUT;
	if(e && e != EREMOTEIO) {
		rpc_sync_close(conns[i]);
		conns[i] = NULL;
	}
	return e;
}

/**
 * Ask a relay, and wait for what it says
 *
 * A connection kept from before may have died with the relay's restart: then a
 * new one is tried, once. All requests of this module may be asked twice.
 */
int relays_call(unsigned i, const char *method, const json_t *params,
		unsigned timeout, json_t **result, struct rpc_error *err)
{
	int64_t deadline = (int64_t)clock_ms() + timeout;
	struct rpc_error ignored;
	json_t *got = NULL;
	bool kept;
	int e;

	if(i >= set.n)
		return EINVAL;

	kept = conns[i] != NULL;
	err = err ? err : &ignored;
	e = try_call(i, method, params, deadline, &got, err);
	if(e && e != EREMOTEIO && e != ETIMEDOUT && kept)
		e = try_call(i, method, params, deadline, &got, err);

	if(e == ETIMEDOUT)
		stats_inc(relay_timeouts);
	else if(e == EREMOTEIO)
		stats_inc(relay_errors);
	if(e && e != EREMOTEIO) {
		if(relays_state(i) != RELAY_DOWN)
			LM_WARN("relay %s: %s: %s\n", set.m[i].name, method, strerror(e));
		relays_state_set(i, RELAY_DOWN);
	}

	if(result)
		*result = got;
	else
		json_decref(got);
	return e;
}

int relays_notify(unsigned i, const char *method, const json_t *params,
		unsigned timeout)
{
	int e = 0;

	if(i >= set.n)
		return EINVAL;
	if(!conns[i])
		e = rpc_sync_open(&conns[i], set.m[i].path, timeout);
	if(!e)
		e = rpc_sync_notify(conns[i], method, params, timeout);
	if(e) {
		rpc_sync_close(conns[i]);
		conns[i] = NULL;
	}
	return e;
}

struct rpc_sync *relays_conn(unsigned i)
{
	return conns[i];
}

void relays_drop(unsigned i)
{
	rpc_sync_close(conns[i]);
	conns[i] = NULL;
	relays_state_set(i, RELAY_DOWN);
}
