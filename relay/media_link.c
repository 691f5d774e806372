/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file media_link.c  An agent's second connection, which carries media
 *
 * Where UDP does not get through, sealed datagrams come and go here as they are
 * (lib/tunnel/datagrams.h); to the streams it is one more address an agent may
 * move to. Owns these connections, and the lanes to the workers.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "agent_leg.h"
#include "lanes.h"
#include "media_link.h"
#include "relay.h"
#include "tunnel/datagrams.h"
#include "tunnel/link.h"


#define ROOM "media"

enum {
	KEEPALIVE_MS = 1000, /* somebody hears nothing meanwhile */
};

struct media_links {
	struct relay *relay;
	struct lanes *lanes;
	struct media_link *flush; /* has something to send */
};

struct media_link {
	struct media_links *all;
	struct agent *agent;
	struct link *link;
	struct datagrams *datagrams;
	struct datagrams_stats told; /* of its counts, to the relay's */
	struct addr peer;
	struct tmr tmr;		     /* to go, outside of the link's handlers */
	uint64_t since;		     /* Unix time, ms */
};


/* what the link has counted is the relay's too */
static void account(struct media_link *m)
{
	const struct datagrams_stats *s = datagrams_stats(m->datagrams);
	struct metrics *stats		= m->all->relay->stats;

	metrics_add(stats, STAT_INTUNNEL_UP, s->in - m->told.in);
	metrics_add(stats, STAT_INTUNNEL_DOWN, s->out - m->told.out);
	metrics_add(stats, STAT_INTUNNEL_OLD, s->old - m->told.old);
	metrics_add(stats, STAT_INTUNNEL_FULL, s->full - m->told.full);
	m->told = *s;
}


static void destructor(void *arg)
{
	static const struct link_handlers none = {0};
	struct media_link *m = arg;

	tmr_cancel(&m->tmr);
	if (m->all->flush == m)
		m->all->flush = NULL;
	if (m->agent->media == m)
		m->agent->media = NULL;
	if (m->link)
		link_handlers_set(m->link, &none, NULL);
	mem_deref(m->link);
	if (m->datagrams) {
		account(m);
		datagrams_handler_set(m->datagrams, NULL, NULL);
	}
	mem_deref(m->datagrams);
}


static void flush(struct media_links *ms)
{
	struct media_link *m = ms->flush;

	if (!m)
		return;
	ms->flush = NULL;
	mem_ref(m);
	link_flush(m->link);
	account(m);
	mem_deref(m);
}


/* a worker has something for an agent */
static void on_down(uint32_t id, const uint8_t *p, size_t len, void *arg)
{
	struct media_links *ms = arg;
	struct agent *ag;

	if (!p) {
		flush(ms);
		return;
	}
	ag = agent_leg_agent(ms->relay, id);
	if (!ag || !ag->media || !ag->media->link) {
		metrics_inc(ms->relay->stats, STAT_INTUNNEL_GONE);
		return;
	}
	if (ms->flush != ag->media)
		flush(ms);
	/* the other's end may have been this one's */
	if (!ag->media)
		return;
	datagrams_put(ag->media->datagrams, p, len, tmr_jiffies());
	ms->flush = ag->media;
}


/* the agent has something for a worker */
static void on_up(const uint8_t *p, size_t len, void *arg)
{
	struct media_link *m = arg;
	struct relay *r	     = m->all->relay;
	uint32_t id;

	if (lanes_id(&id, p, len) || agent_leg_agent(r, id) != m->agent) {
		metrics_inc(r->stats, STAT_SEALED_UNKNOWN);
		return;
	}
	if (lanes_put(m->all->lanes, id, p, len))
		metrics_inc(r->stats, STAT_INTUNNEL_BUSY);
}


static void on_gone(void *arg)
{
	mem_deref(arg);
}


static void on_close(struct link *l, int err, const char *why, void *arg)
{
	struct media_link *m = arg;
	(void)l;
	(void)err;

	log_info(ROOM, "agent %s: its media connection ends: %s",
		 m->agent->name, why);
	tmr_start(&m->tmr, 0, on_gone, m);
}


static const struct link_handlers link_handlers = {
	.closeh = on_close,
};


/**
 * An agent has come to have its media carried
 *
 * @param ms   Media connections
 * @param ag   Agent, which has shown that it is this one, and has a tunnel
 * @param l    Connection, which has been welcomed
 * @param peer Where it came from
 *
 * @return 0 or an errno
 */
int media_link_enter(struct media_links *ms, struct agent *ag, struct link *l,
		     const struct addr *peer)
{
	struct media_link *m = mem_zalloc(sizeof(*m), destructor);
	int err;

	if (!m)
		return ENOMEM;

	m->all	 = ms;
	m->agent = ag;
	err	 = datagrams_alloc(&m->datagrams, on_up, m);
	if (!err) {
		link_handlers_set(l, &link_handlers, m);
		err = link_carry_datagrams(l, m->datagrams, KEEPALIVE_MS);
	}
	if (err) {
		mem_deref(m);
		return err;
	}

	mem_deref(ag->media);
	m->link	  = mem_ref(l);
	m->peer	  = *peer;
	m->since  = ms->relay->wall();
	ag->media = m;
	metrics_inc(ms->relay->stats, STAT_INTUNNEL_LINKS);

	return 0;
}


/** The agent's tunnel is gone: it carries no media */
void media_link_close(struct agent *ag, const char *why)
{
	if (!ag->media)
		return;

	log_info(ROOM, "agent %s: its media connection is closed: %s",
		 ag->name, why);
	ag->media = mem_deref(ag->media);
}


/** What there is to say of it, NULL: there is none; new reference */
json_t *media_link_json(const struct agent *ag)
{
	const struct media_link *m = ag->media;
	const struct datagrams_stats *s;
	char buf[ADDR_STRLEN];

	if (!m)
		return NULL;

	s = datagrams_stats(m->datagrams);

	return json_pack("{s:s,s:I,s:I,s:I,s:I,s:I}", "address",
			 addr_str(&m->peer, buf), "since",
			 (json_int_t)m->since, "datagramsIn",
			 (json_int_t)s->in, "datagramsOut",
			 (json_int_t)s->out, "droppedOld", (json_int_t)s->old,
			 "droppedFull", (json_int_t)s->full);
}


static void links_destructor(void *arg)
{
	struct media_links *ms = arg;

	ms->relay->lanes = NULL;
	mem_deref(ms->lanes);
}


/**
 * Let agents have media carried
 *
 * @param mp Result; mem_deref() it after the agents
 * @param r  Relay
 *
 * @return 0 or an errno
 */
int media_links_alloc(struct media_links **mp, struct relay *r)
{
	struct media_links *ms = mem_zalloc(sizeof(*ms), links_destructor);
	int err;

	if (!ms)
		return ENOMEM;

	ms->relay = r;
	err	  = lanes_open(&ms->lanes, r, on_down, ms);
	if (err)
		mem_deref(ms);
	else
		*mp = ms;
	r->lanes = err ? NULL : ms->lanes;

	return err;
}
