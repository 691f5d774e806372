/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file calls.c  All calls
 *
 * Owns the connections, the calls, and what all of them share.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "h323gw/call/host.h"


enum {
	HASH	= 16384, /* calls, legs */
	PARTIAL = 15000, /* ms, from a message's first octet to its last */
	FINISH	= 5000,
};

/* what a conf that says 0 means, and how odd things are logged */
enum {
	CONNECT	  = 6000,
	FIRST	  = 15000,
	KEEPALIVE = 30000,
	CALLS	  = 20000,
	CONNS	  = 20000,
	SOURCE	  = 500,
};

static const struct metric table[STATS] = {
	[STAT_CALLS]	      = {"h323_calls", "calls that began"},
	[STAT_CALLS_ANSWERED] = {"h323_calls_answered",
				 "of these, answered"},
	[STAT_CALLS_REFUSED]  = {"h323_calls_refused",
				 "Setups refused: too many calls"},
	[STAT_CALLS_RESTORED] = {"h323_calls_restored",
				 "calls of the last run"},
	[STAT_MESSAGES]	      = {"h323_messages",
				 "messages of call signalling received"},
	[STAT_MALFORMED]      = {"h323_messages_malformed",
				 "of these, no Q.931"},
	[STAT_UNKNOWN_REF]    = {"h323_messages_stray",
				 "of these, for no call"},
	[STAT_ODD]	      = {"h323_messages_odd",
				 "things that can't be used, or are not as "
				 "H.323 says"},
	[STAT_H245_LISTENED]  = {"h323_h245_accepted",
				 "H.245 connections parties opened"},
	[STAT_H245_CONNECTED] = {"h323_h245_connected",
				 "H.245 connections opened to parties"},
	[STAT_MEDIA_REFUSED]  = {"h323_channels_refused",
				 "channels the relay refused"},
	[STAT_NOW_CALLS]      = {"h323_calls_now", "calls there are"},
	[STAT_NOW_CONNS]      = {"h323_connections_now",
				 "connections there are"},
	[STAT_CONNS_ACCEPTED] = {"h323_connections",
				 "connections others opened"},
	[STAT_CONNS_REFUSED]  = {"h323_connections_refused",
				 "connections closed at once"},
	[STAT_CONNS_SLOW]     = {"h323_connections_slow",
				 "connections closed: a message was late"},
	[STAT_CONNS_MALFORMED] = {"h323_connections_malformed",
				  "connections closed: no TPKT"},
	[STAT_CONNS_OVERFLOW]  = {"h323_connections_overflow",
				  "connections closed: they don't read"},
};


void calls_count_now(struct calls *cs)
{
	const struct conns_stats *st = conns_stats(cs->conns);

	metrics_set(cs->stats, STAT_NOW_CALLS, cs->count);
	metrics_set(cs->stats, STAT_NOW_CONNS, conns_count(cs->conns));
	metrics_set(cs->stats, STAT_CONNS_ACCEPTED, st->accepted);
	metrics_set(cs->stats, STAT_CONNS_REFUSED,
		    st->refused_max + st->refused_source + st->refused_other);
	metrics_set(cs->stats, STAT_CONNS_SLOW, st->slow);
	metrics_set(cs->stats, STAT_CONNS_MALFORMED, st->malformed);
	metrics_set(cs->stats, STAT_CONNS_OVERFLOW, st->overflow);
}


void calls_odd(struct calls *cs, const char *who, const char *what)
{
	uint64_t kept;

	metrics_inc(cs->stats, STAT_ODD);
	if (!log_limit_pass(&cs->odd, tmr_jiffies(), &kept))
		return;
	log_warn(CALL_ROOM, "%s: %s (%u more like it)",
		 who[0] ? who : "somebody", what, (unsigned)kept);
}


/* ---- begin, end ---- */

static void flush_held(struct list *l)
{
	struct held *h;

	while ((h = list_ledata(list_head(l))))
		mem_deref(h);
}


static void calls_destructor(void *arg)
{
	struct calls *cs = arg;

	for (size_t i = 0; i < CALLS_LISTEN_MAX; i++)
		mem_deref(cs->listeners[i]);
	flush_held(&cs->held);
	flush_held(&cs->ending);
	flush_held(&cs->restored);
	list_flush(&cs->sigs);
	mem_deref(cs->legs);
	mem_deref(cs->by_id);
	mem_deref(cs->by_ip);
	mem_deref(cs->conns);
	mem_deref(cs->env);
	metrics_free(cs->stats);
}


static uint32_t or_else(uint32_t v, uint32_t def)
{
	return v ? v : def;
}


static struct conns_conf conns_conf(const struct calls_conf *c)
{
	return (struct conns_conf){
		.max	    = or_else(c->conns_max, CONNS),
		.source_max = or_else(c->conns_source_max, SOURCE),
		.connect    = or_else(c->connect_timeout, CONNECT),
		.first	    = or_else(c->first_timeout, FIRST),
		.partial    = PARTIAL,
		.keepalive  = or_else(c->keepalive, KEEPALIVE),
		.finish	    = FINISH,
	};
}


static void conf_set(struct calls *cs, const struct calls_conf *conf)
{
	struct call_timeouts *t = &cs->env->timeouts;

	cs->conf	   = *conf;
	cs->conf.calls_max = or_else(conf->calls_max, CALLS);
	cs->env->tunnel	   = conf->tunnel;
	t->t301		   = or_else(conf->t301, t->t301);
	t->t303		   = or_else(conf->t303, t->t303);
	t->t310		   = or_else(conf->t310, t->t310);
}


int calls_alloc(struct calls **cp, const struct calls_conf *conf,
		struct gk *gk, struct link *link, const struct per *per)
{
	struct calls *cs = mem_zalloc(sizeof(*cs), calls_destructor);
	const struct conns_conf cc = conns_conf(conf);
	int err;

	if (!cs)
		return ENOMEM;
	cs->gk	     = gk;
	cs->link     = link;
	cs->next_ref = rand_u16();
	cs->odd	     = (struct log_limit)LOG_LIMIT(10, 1);
	cs->env	     = mem_zalloc(sizeof(*cs->env), NULL);
	err	     = cs->env ? call_env_init(cs->env, per) : ENOMEM;
	if (!err)
		err = conns_alloc(&cs->conns, &cc);
	if (!err)
		err = hash_alloc(&cs->legs, HASH);
	if (!err)
		err = hash_alloc(&cs->by_id, HASH);
	if (!err)
		err = hash_alloc(&cs->by_ip, HASH);
	if (!err)
		err = metrics_alloc(&cs->stats, table, STATS);
	if (err) {
		mem_deref(cs);
		return err;
	}
	held_io(&cs->env->io);
	streams_io(&cs->env->io);
	conf_set(cs, conf);
	*cp = cs;

	return 0;
}


static void on_accept(int fd, const struct addr *peer, void *arg)
{
	(void)sig_accept(arg, fd, NULL, peer, NULL);
}


int calls_listen(struct calls *cs)
{
	char text[ADDR_STRLEN];
	int err = 0;

	for (size_t i = 0; i < cs->conf.listenc && !err; i++) {
		err = conn_listen(&cs->listeners[i], cs->conns,
				  &cs->conf.listenv[i], on_accept, cs);
		if (err)
			log_error(CALL_ROOM, "%s: %s",
				  addr_str(&cs->conf.listenv[i], text),
				  strerror(err));
	}

	return err;
}


void calls_reload(struct calls *cs, const struct calls_conf *conf)
{
	const struct conns_conf cc = conns_conf(conf);

	conns_conf_set(cs->conns, &cc);
	conf_set(cs, conf);
}


void calls_link_set(struct calls *cs, struct link *link)
{
	cs->link = link;
}


void calls_accepted(struct calls *cs, const char *agent,
		    const struct addr *from, const struct addr *local, int fd)
{
	(void)sig_accept(cs, fd, agent, from, local);
}


/* ---- the end of calls ---- */

static uint64_t now_ms(struct calls *cs)
{
	return cs->env->io.now(NULL);
}


/* a call of the last run has no signalling that could be told */
static void restored_end(struct held *h, enum call_by by, int reason,
			 int cause, const char *why)
{
	struct calls *cs    = h->cs;
	struct call_info *i = &h->last;

	if (i->ended)
		return;
	i->ended  = true;
	i->by	  = by;
	i->reason = reason;
	i->cause  = cause;
	i->end	  = now_ms(cs);
	str_ncpy(i->why, why, sizeof(i->why));
	hash_unlink(&h->le_id);
	list_unlink(&h->le);
	list_append(&cs->ending, &h->le, h);
	record_call(h);
	if (h->counted) {
		gk_disengage(cs->gk, i->call_id);
		gk_call_ended(cs->gk, i->call_id);
	}
	if (cs->link)
		streams_restored_close(h);
	else
		record_over(h);
}


void held_end(struct held *h, enum call_by by, int reason, int cause,
	      const char *why)
{
	if (h->call)
		call_hangup(h->call, by, reason, cause, why);
	else
		restored_end(h, by, reason, cause, why);
}


typedef bool(held_filter_h)(const struct held *h, const void *arg);

/* a list changes while its calls end: they are gathered first */
static unsigned end_all(struct list *l, held_filter_h *filter,
			const void *arg, int cause, const char *why)
{
	struct le *le = list_head(l);
	unsigned n    = 0;

	while (le) {
		struct held *h = le->data;

		le = le->next;
		if (!filter(h, arg))
			continue;
		++n;
		held_end(h, CALL_BY_SERVER,
			 ReleaseCompleteReason_PR_undefinedReason, cause, why);
	}

	return n;
}


static bool has_id(const struct held *h, const void *arg)
{
	return !strcmp(h->id, arg);
}


void calls_idle(struct calls *cs, const char *id)
{
	(void)end_all(&cs->restored, has_id, id, CAUSE_TEMPORARY_FAILURE,
		      "media-timeout");
}


static bool has_agent(const struct held *h, const void *arg)
{
	const struct call_info *i = held_info(h);

	return !strcmp(i->party[SIDE_A].reach.agent, arg) ||
	       !strcmp(i->party[SIDE_B].reach.agent, arg);
}


void calls_agent_down(struct calls *cs, const char *agent)
{
	if (!agent[0])
		return;
	(void)end_all(&cs->held, has_agent, agent, CAUSE_OUT_OF_ORDER,
		      "agent-down");
	(void)end_all(&cs->restored, has_agent, agent, CAUSE_OUT_OF_ORDER,
		      "agent-down");
}


static bool has_endpoint(const struct held *h, const void *arg)
{
	const struct call_info *i = held_info(h);

	return !strcmp(i->party[SIDE_A].reach.endpoint, arg) ||
	       !strcmp(i->party[SIDE_B].reach.endpoint, arg);
}


void calls_drop_endpoint(struct calls *cs, const char *endpointIdentifier)
{
	if (!endpointIdentifier[0])
		return;
	(void)end_all(&cs->held, has_endpoint, endpointIdentifier,
		      CAUSE_NORMAL, "unregistered");
	(void)end_all(&cs->restored, has_endpoint, endpointIdentifier,
		      CAUSE_NORMAL, "unregistered");
}


struct wanted {
	const uint8_t *call_id;
	const char *endpoint; /* NULL: any */
};


static bool is_wanted(struct le *le, void *arg)
{
	const struct held *h	  = le->data;
	const struct wanted *w	  = arg;
	const struct call_info *i = held_info(h);

	return !memcmp(i->call_id, w->call_id, GUID_LEN) &&
	       (!w->endpoint || has_endpoint(h, w->endpoint));
}


static struct held *find(struct calls *cs, const uint8_t call_id[16],
			 const char *endpoint)
{
	struct wanted w = {call_id, endpoint};

	return list_ledata(hash_lookup(
		cs->by_id, hash_fast((const char *)call_id, GUID_LEN),
		is_wanted, &w));
}


bool calls_disengage(struct calls *cs, const uint8_t call_id[16],
		     const char *endpointIdentifier, int drq_reason)
{
	struct held *h = find(cs, call_id, endpointIdentifier);
	const struct call_info *i;
	enum call_by by = CALL_BY_SERVER;
	(void)drq_reason;

	if (!h)
		return false;
	i = held_info(h);
	if (endpointIdentifier)
		by = strcmp(i->party[SIDE_A].reach.endpoint,
			    endpointIdentifier)
			     ? CALL_BY_CALLEE
			     : CALL_BY_CALLER;
	held_end(h, by, ReleaseCompleteReason_PR_undefinedReason, CAUSE_NORMAL,
		 "DRQ");

	return true;
}


void calls_bandwidth(struct calls *cs, const uint8_t call_id[16],
		     const char *endpointIdentifier, uint32_t hundred_bits)
{
	struct held *h = find(cs, call_id, endpointIdentifier);

	if (h && h->media)
		media_bandwidth(h->media, hundred_bits);
}


static struct held *by_name(struct list *l, const char *id)
{
	for (struct le *le = list_head(l); le; le = le->next) {
		struct held *h = le->data;

		if (has_id(h, id))
			return h;
	}

	return NULL;
}


int calls_disconnect(struct calls *cs, const char *id)
{
	struct held *h = by_name(&cs->held, id);

	if (!h)
		h = by_name(&cs->restored, id);
	if (!h)
		return ENOENT;
	held_end(h, CALL_BY_OPERATOR,
		 ReleaseCompleteReason_PR_undefinedReason, CAUSE_NORMAL,
		 "operator");

	return 0;
}


size_t calls_count(const struct calls *cs)
{
	return cs->count;
}


const struct metrics *calls_metrics(const struct calls *cs)
{
	return cs->stats;
}
