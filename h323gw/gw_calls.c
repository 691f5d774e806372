/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file gw_calls.c  Calls, wired to the gatekeeper, the relay and the store
 */
#include <errno.h>
#include <string.h>
#include "rpc/libre.h"
#include "h323gw/call/calls.h"
#include "h323gw/gk/gk.h"
#include "h323gw/gw.h"
#include "h323gw/link/link.h"
#include "h323gw/media/media.h"
#include "h323gw/writer/writer.h"
#include "log/log.h"


#define ROOM "h323gw"

/* ---- the gatekeeper ---- */

static bool on_disengage(const uint8_t call_id[GUID_LEN],
			 const char *endpointIdentifier, int reason, void *arg)
{
	struct gw *gw = arg;

	return calls_disengage(gw->calls, call_id, endpointIdentifier, reason);
}


static void on_gone(const char *endpointIdentifier, void *arg)
{
	struct gw *gw = arg;

	calls_drop_endpoint(gw->calls, endpointIdentifier);
}


static void on_bandwidth(const uint8_t call_id[GUID_LEN],
			 const char *endpointIdentifier, uint32_t bandwidth,
			 void *arg)
{
	struct gw *gw = arg;

	calls_bandwidth(gw->calls, call_id, endpointIdentifier, bandwidth);
}


static int on_listen(void **doorp, const struct addr *at, void *arg)
{
	struct gw *gw	      = arg;
	struct calls_door *d = NULL;
	const int err	      = calls_door_open(&d, gw->calls, at);

	*doorp = d;

	return err;
}


static const struct gk_call_handlers gk_handlers = {
	.disengageh = on_disengage,
	.goneh	    = on_gone,
	.bandwidthh = on_bandwidth,
	.listenh    = on_listen,
};


/* ---- the relay ---- */

void gw_calls_channel(struct gw *gw, const struct link_channel *ch, int fd)
{
	calls_accepted(gw->calls, ch, fd);
}


/* media of this run's calls hear of their events themselves */
void gw_calls_event(struct gw *gw, const char *method, const json_t *params)
{
	const char *id = json_string_value(json_object_get(params, "id"));

	if (id && !strcmp(method, "session.idle"))
		calls_idle(gw->calls, id);
	if (id && !strcmp(method, "session.closed"))
		calls_closed(gw->calls, id);
	if (!strcmp(method, "agent.down")) {
		const char *agent = json_string_value(
			json_object_get(params, "agent"));

		if (agent)
			calls_agent_down(gw->calls, agent);
	}
}


/* ---- the store ---- */

static void written(int err)
{
	if (err)
		log_warn(ROOM, "a call is not written down: %s",
			 strerror(err));
}


static void on_call(const struct store_call *c, void *arg)
{
	struct gw *gw = arg;

	if (gw->writer)
		written(writer_call_put(gw->writer, c));
}


static void on_flow(const struct store_flow *f, void *arg)
{
	struct gw *gw = arg;

	if (gw->writer)
		written(writer_flow_put(gw->writer, f));
}


static void on_session(const struct store_session *s, void *arg)
{
	struct gw *gw = arg;

	if (gw->writer)
		written(writer_session_put(gw->writer, s));
}


static int on_stored(const struct store_session *s, void *arg)
{
	struct gw *gw = arg;
	const int err = calls_restore(gw->calls, s);

	if (err)
		log_warn(ROOM, "session %s of the last run: %s", s->id,
			 strerror(err));

	return 0;
}


int gw_calls_restore(struct gw *gw, struct store *st)
{
	return store_session_each(st, "h323gw", on_stored, gw);
}


/* ---- settings ---- */

static struct calls_conf calls_conf(struct gw *gw)
{
	const struct settings *s      = gw->settings;
	const struct settings_call *c = &s->call;
	struct calls_conf conf	      = {
		.h245_min	  = c->h245_min,
		.h245_max	  = c->h245_max,
		.t301		  = c->t301,
		.t303		  = c->t303,
		.t310		  = c->t310,
		.keepalive	  = c->keepalive,
		.calls_max	  = c->calls,
		.conns_max	  = c->connections,
		.conns_source_max = c->connections_source,
		.setup_rate	  = s->policy.rate,
		.setup_burst	  = s->policy.burst,
		.tunnel		  = c->tunnel,
		.media		  = &gw->media,
		.store		  = {on_call, on_flow, on_session, gw},
	};

	for (size_t i = 0; i < 2; i++) {
		struct addr a = s->gatekeeper.address[i];

		if (!addr_is_set(&a))
			continue;
		addr_set_port(&a, c->port);
		conf.listenv[conf.listenc++] = a;
	}

	return conf;
}


static void media_set(struct gw *gw)
{
	const struct settings *s = gw->settings;

	gw->media = (struct media_conf){
		.interface  = s->interface[0] ? s->interface : NULL,
		.timeout    = s->call.media_timeout,
		.dscp_audio = s->call.dscp[0],
		.dscp_video = s->call.dscp[1],
		.dscp_data  = s->call.dscp[2],
	};
}


int gw_calls_alloc(struct gw *gw)
{
	struct calls_conf conf;
	int err;

	media_set(gw);
	conf = calls_conf(gw);
	err  = calls_alloc(&gw->calls, &conf, gw->gk, NULL, gw->per);
	if (err)
		return err;
	gk_calls_set(gw->gk, &gk_handlers, gw);

	return calls_listen(gw->calls);
}


void gw_calls_reload(struct gw *gw)
{
	struct calls_conf conf;

	media_set(gw);
	conf = calls_conf(gw);
	calls_reload(gw->calls, &conf);
}
