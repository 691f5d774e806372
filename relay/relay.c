/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file relay.c  The program's one context: made, listening, ticking
 *
 * Owns interfaces, session table, control server and the tick.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "agent_session.h"
#include "control.h"
#include "events.h"
#include "relay.h"
#include "token_leg.h"


#define ROOM "relay"

enum {
	SESSION_BUCKETS = 16384,
	CHANNEL_BUCKETS = 4096,
	TICK_AT_ONCE	= 256, /* sessions, while their worker stands still */
};


static uint64_t clock_ms(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts);

	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}


/* Coarse is enough for windows and timeouts, and is asked per packet */
static uint64_t clock_now(void)
{
	return clock_ms(CLOCK_MONOTONIC_COARSE);
}


static uint64_t clock_wall(void)
{
	return clock_ms(CLOCK_REALTIME);
}


static void destructor(void *arg)
{
	struct relay *r = arg;
	struct le *le;

	tmr_cancel(&r->tick);
	workers_stop(r);
	r->server = mem_deref(r->server);

	/* legs speak to their agents */
	while ((le = list_head(&r->session_list)))
		mem_deref(le->data);
	r->tunnels = mem_deref(r->tunnels);

	mem_deref(r->sessions);
	mem_deref(r->terminals);
	mem_deref(r->claims);
	mem_deref(r->notes);
	mem_deref(r->kpath);
	list_flush(&r->ifaces);
	workers_free(r);
	metrics_free(r->stats);
}


static int ifaces_add(struct relay *r)
{
	size_t i, af;
	int err = 0;

	for (i = 0; i < r->conf.ifacec; i++) {
		const struct settings_iface *si = &r->conf.ifacev[i];

		for (af = 0; af < 2 && !err; af++) {
			const struct addr *adv = &si->advertised[af];

			if (!addr_is_set(&si->address[af]))
				continue;

			err = iface_add(&r->ifaces, si->name,
					&si->address[af],
					addr_is_set(adv) ? adv : NULL,
					si->port_min, si->port_max, si->dscp);
		}
	}

	return err;
}


/**
 * Make a relay from its configuration; nothing is opened yet
 *
 * @param rp   Result; mem_deref() it, which closes everything
 * @param conf Configuration, copied
 *
 * @return 0 or an errno
 */
int relay_alloc(struct relay **rp, const struct settings *conf)
{
	struct relay *r;
	int err;

	r = mem_zalloc(sizeof(*r), destructor);
	if (!r)
		return ENOMEM;

	r->conf	       = *conf;
	r->now	       = clock_now;
	r->wall	       = clock_wall;
	r->started     = clock_wall();
	(void)snprintf(r->instance, sizeof(r->instance), "%08x%08x",
		       rand_u32(), rand_u32());

	err = stats_alloc(&r->stats);
	if (!err)
		err = hash_alloc(&r->sessions, SESSION_BUCKETS);
	if (!err)
		err = hash_alloc(&r->terminals, CHANNEL_BUCKETS);
	if (!err)
		err = workers_alloc(r, conf->workers);
	if (!err && r->threads)
		err = mqueue_alloc(&r->notes, events_note, r);
	if (!err)
		err = token_claims_alloc(&r->claims, r);
	if (!err)
		err = ifaces_add(r);
	if (err)
		mem_deref(r);
	else
		*rp = r;

	return err;
}


static void session_due(struct relay *r, struct session *se, uint64_t now)
{
	switch (session_tick(se, now)) {

	case SESSION_IDLE:
		metrics_inc(r->stats, STAT_SESSIONS_IDLE);
		events_idle(se, session_idle(se, now));
		/* nobody else would */
		if (agent_session_is(se))
			control_expire(se, "idle");
		break;

	case SESSION_ORPHAN:
		metrics_inc(r->stats, STAT_SESSIONS_ORPHANED);
		control_expire(se, "orphaned");
		break;

	default:
		break;
	}
}


/* The worker gets air between, so that no packet waits for all of them */
static void worker_tick(struct worker *w, uint64_t now)
{
	struct le *le = list_head(&w->sessions);
	unsigned n = 0;

	if (!le)
		return;

	worker_park(w);
	while (le) {
		struct session *se = le->data;

		le = le->next;
		session_due(w->relay, se, now);

		if (++n % TICK_AT_ONCE == 0) {
			worker_resume(w);
			worker_park(w);
		}
	}
	worker_resume(w);
}


/**
 * Let time pass for every session
 *
 * @param r   Relay
 * @param now Milliseconds
 */
void relay_tick(struct relay *r, uint64_t now)
{
	unsigned i;

	kpath_tick(r->kpath, now);
	for (i = 0; i < r->workerc; i++)
		worker_tick(r->workerv[i], now);
}


static void tick(void *arg)
{
	struct relay *r = arg;

	tmr_start(&r->tick, RELAY_TICK_MS, tick, r);
	relay_tick(r, r->now());
}


/**
 * Open the control socket and start the clock
 *
 * @param r Relay
 *
 * @return 0 or an errno
 */
int relay_listen(struct relay *r)
{
	const struct rpc_server_conf conf = {
		.path  = r->conf.socket,
		.group = r->conf.group[0] ? r->conf.group : NULL,
	};
	int err;

	err = rpc_listen(&r->server, &conf, NULL, control_request, NULL, r);
	if (err)
		return err;

	err = ifaces_stock(&r->ifaces);
	if (err)
		return err;

	tick(r);

	return 0;
}
