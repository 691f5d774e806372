/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file gk.c  The gatekeeper: its parts, and what RAS asks of them
 *
 * Owns all parts of the gatekeeper.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include "neighbour.h"
#include "priv.h"
#include "upstream.h"


int64_t gk_now(const struct gk *gk)
{
	return gk->wall + (int64_t)tmr_jiffies();
}


/* ---- what RAS asks ---- */

static int64_t on_now(void *arg)
{
	return gk_now(arg);
}


static void on_registered(struct endpoint *ep, bool whole, void *arg)
{
	struct gk *gk = arg;
	char text[ADDR_STRLEN];

	if (whole)
		gk_policy_enter(gk, ep);
	if (!ep->stored) {
		metrics_inc(gk->stats, STAT_REGISTERED);
		log_info(GK_ROOM, "%s: %s registered from %s%s%s", ep->id,
			 ep->aliases ? ep->aliases->text : "no alias",
			 addr_str(&ep->at.seen, text),
			 ep->at.agent[0] ? " behind " : "", ep->at.agent);
	}
	gk_store_put(gk, ep, whole);
	if (whole)
		gk_upstream_enter(gk, ep);
}


static void on_dropped(struct endpoint *ep, void *arg)
{
	gk_store_drop(arg, ep);
}


static void on_unregistered(struct endpoint *ep, const char *why, void *arg)
{
	struct gk *gk = arg;

	log_info(GK_ROOM, "%s: %s has gone: %s", ep->id,
		 ep->aliases ? ep->aliases->text : "no alias", why);
	metrics_inc(gk->stats, STAT_UNREGISTERED);
	gk_policy_leave(gk, ep);
	gk_store_delete(gk, ep, why);
	gk_upstream_leave(gk, ep);
	if (gk->calls.goneh)
		gk->calls.goneh(ep->id, gk->calls_arg);
}


static int on_route(const struct route_query *q, gk_route_h *h, void *harg,
		    void *arg)
{
	return gk_route(arg, q, h, harg);
}


static void on_route_cancel(const void *harg, void *arg)
{
	gk_route_cancel(arg, harg);
}


static void on_send(const struct ras_source *src, const struct addr *to,
		    const uint8_t *p, size_t len, void *arg)
{
	struct gk *gk = arg;

	memory_put(gk->memory, src->tag, &src->from, to, p, len,
		   (int64_t)tmr_jiffies());
	gk_send(gk, to, p, len);
}


static bool on_disengage(const uint8_t call_id[GUID_LEN], const char *id,
			 int reason, void *arg)
{
	struct gk *gk = arg;

	return gk->calls.disengageh &&
	       gk->calls.disengageh(call_id, id, reason, gk->calls_arg);
}


static void on_bandwidth(const uint8_t call_id[GUID_LEN], const char *id,
			 uint32_t bandwidth, void *arg)
{
	struct gk *gk = arg;

	gk_upstream_bandwidth(gk, call_id, id, bandwidth);
	if (gk->calls.bandwidthh)
		gk->calls.bandwidthh(call_id, id, bandwidth, gk->calls_arg);
}


static void on_gone(const char *id, void *arg)
{
	struct gk *gk = arg;

	if (gk->calls.goneh)
		gk->calls.goneh(id, gk->calls_arg);
}


static void on_response(const struct ras_response *r, void *arg)
{
	struct gk *gk = arg;

	metrics_inc(gk->stats, STAT_RESPONSES);
	(void)pending_response(gk->pending, r);
}


static const struct ras_handlers ras_handlers = {
	.nowh	       = on_now,
	.allowh	       = gk_allow,
	.checkh	       = gk_guard_check,
	.signh	       = gk_guard_sign,
	.sealh	       = gk_guard_seal,
	.registeredh   = on_registered,
	.droppedh      = on_dropped,
	.unregisteredh = on_unregistered,
	.routeh	       = on_route,
	.route_cancelh = on_route_cancel,
	.sendh	       = on_send,
	.disengageh    = on_disengage,
	.bandwidthh    = on_bandwidth,
	.goneh	       = on_gone,
	.responseh     = on_response,
};


/* ---- the parts ---- */

static struct ras_conf ras_conf_of(const struct gk *gk)
{
	const struct settings *s = gk->settings;
	struct ras_conf c	 = {
		.zone		    = gk->zone,
		.identifier	    = s->gatekeeper.identifier,
		.ttl		    = s->gatekeeper.ttl,
		.ttl_nat	    = s->gatekeeper.ttl_nat,
		.irr_interval	    = s->gatekeeper.irr_interval,
		.aliases_max	    = s->policy.aliases,
		.replace	    = s->policy.replace,
		.bandwidth_call	    = s->policy.bandwidth_call,
		.bandwidth_endpoint = s->policy.bandwidth_endpoint,
		.bandwidth_zone	    = s->policy.bandwidth_zone,
		.calls_endpoint	    = s->policy.calls_endpoint,
		.seed		    = {gk->seed[0], gk->seed[1]},
	};
	size_t i;

	for (i = 0; i < 2; i++) {
		c.own.ras[i] = c.own.signalling[i] = s->gatekeeper.address[i];
		if (!addr_is_set(&c.own.ras[i]))
			continue;
		addr_set_port(&c.own.ras[i], s->gatekeeper.ras_port);
		addr_set_port(&c.own.signalling[i], s->call.port);
	}

	return c;
}


static void on_pending_send(const struct addr *to, void *via,
			    const uint8_t *p, size_t len, void *arg)
{
	(void)via;
	gk_send(arg, to, p, len);
}


static void on_held_dropped(size_t n, void *arg)
{
	struct gk *gk = arg;

	metrics_add(gk->stats, STAT_HELD_DROPPED, n);
}


static void gk_destructor(void *arg)
{
	struct gk *gk = arg;

	tmr_cancel(&gk->tick);
	gk_sockets_close(gk);
	ras_free(gk->ras);
	gk_upstream_free(gk);
	gk_guard_free(gk);
	mem_deref(gk->sources);
	gk_neighbour_flush(gk);
	mem_deref(gk->pending);
	zone_free(gk->zone);
	gk_policy_reset(gk);
	memory_free(gk->memory);
	flood_free(gk->flood);
	metrics_free(gk->stats);
}


static int parts_alloc(struct gk *gk, const struct per *per)
{
	const struct zone_conf zc = {
		.endpoints_max = gk->settings->policy.endpoints,
		.seed	       = {gk->seed[0], gk->seed[1]}};
	struct ras_conf rc;
	int err;

	err = zone_alloc(&gk->zone, &zc);
	if (err)
		return err;
	rc     = ras_conf_of(gk);
	rc.per = per;
	err    = ras_alloc(&gk->ras, &rc, &ras_handlers, gk);
	if (!err)
		err = gk_guard_alloc(gk, per);
	if (!err)
		err = gk_neighbour_alloc(gk);
	if (!err)
		err = memory_alloc(&gk->memory, MEMORY_ENTRIES, MEMORY_OCTETS,
				   gk->seed);
	if (!err)
		err = flood_alloc(&gk->flood);
	if (!err)
		err = sources_alloc(&gk->sources, gk->seed, gk_receive_held,
				    on_held_dropped, gk);
	if (!err)
		err = pending_alloc(&gk->pending, on_pending_send, gk);
	if (!err)
		err = metrics_alloc(&gk->stats, gk_stat_table, GK_STATS);
	if (!err)
		err = gk_upstream_alloc(gk);

	return err;
}


int gk_alloc(struct gk **gkp, const struct settings *s, const struct per *per)
{
	static const struct log_limit limit = LOG_LIMIT(5, 1);
	struct timespec ts;
	struct gk *gk;
	int err;

	gk = mem_zalloc(sizeof(*gk), gk_destructor);
	if (!gk)
		return ENOMEM;
	gk->settings  = s;
	gk->out[0]    = -1;
	gk->out[1]    = -1;
	gk->malformed = gk->flooded = gk->full = gk->insecure = limit;
	(void)clock_gettime(CLOCK_REALTIME, &ts);
	gk->wall = (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000 -
		   (int64_t)tmr_jiffies();
	if (getrandom(gk->seed, sizeof(gk->seed), 0) !=
	    (ssize_t)sizeof(gk->seed)) {
		mem_deref(gk);
		return EIO;
	}
	err = parts_alloc(gk, per);
	if (err) {
		mem_deref(gk);
		return err;
	}
	flood_set(gk->flood, s->policy.rate, s->policy.burst);
	*gkp = gk;

	return 0;
}


int gk_listen(struct gk *gk)
{
	const int err = gk_sockets_open(gk);

	if (!err)
		tmr_start(&gk->tick, TICK_MS, gk_tick, gk);

	return err;
}


int gk_reload(struct gk *gk, const struct settings *s)
{
	struct ras_conf rc;

	gk->settings = s;
	flood_set(gk->flood, s->policy.rate, s->policy.burst);
	gk_guard_reload(gk);
	gk_upstream_reload(gk);
	rc = ras_conf_of(gk);

	return ras_conf_set(gk->ras, &rc);
}


void gk_writer_set(struct gk *gk, struct writer *writer)
{
	gk->writer = writer;
}


void gk_link_set(struct gk *gk, struct link *link)
{
	gk->link = link;
	sources_link(gk->sources, link);
}


void gk_relay_changed(struct gk *gk)
{
	sources_forget(gk->sources);
}


void gk_calls_set(struct gk *gk, const struct gk_call_handlers *h, void *arg)
{
	gk->calls     = *h;
	gk->calls_arg = arg;
}


const struct metrics *gk_metrics(const struct gk *gk)
{
	struct writer_stats st = {0};

	if (gk->writer)
		writer_stats(gk->writer, &st);
	metrics_set(gk->stats, STAT_ENDPOINTS, zone_count(gk->zone));
	metrics_set(gk->stats, STAT_CALLS, ras_call_count(gk->ras));
	gk_upstream_count(gk);
	metrics_set(gk->stats, STAT_STORE_WRITTEN, st.written);
	metrics_set(gk->stats, STAT_STORE_FAILURES, st.failures);
	metrics_set(gk->stats, STAT_STORE_DROPPED, st.dropped);
	metrics_set(gk->stats, STAT_STORE_QUEUED, st.queued);
	metrics_set(gk->stats, STAT_STORE_SLOWEST, st.slowest);

	return gk->stats;
}
