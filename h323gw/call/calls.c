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
	[STAT_CALLS_STRANGERS] = {"h323_calls_strangers",
				  "calls of nobody known, refused: without a "
				  "row"},
	[STAT_CALLS_FLOOD]     = {"h323_calls_flood",
				  "Setups refused: too many a second of "
				  "nobody known"},
	[STAT_CALLS_RESTORED] = {"h323_calls_restored",
				 "calls of the last run"},
	[STAT_CALLS_ADOPTED]  = {"h323_calls_adopted",
				 "sides of these that made a new connection"},
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
	[STAT_H245_CLASHES]   = {"h323_h245_clashes",
				 "H.245 connections both ends opened at "
				 "once"},
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
	[STAT_CONNS_AGAIN]     = {"h323_connections_again",
				  "connections through agents that went on"},
};


static void count_now(struct calls *cs)
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


/** Calls come here for an endpoint of another gatekeeper's */
struct calls_door {
	struct le le;
	struct calls *cs;
	struct addr at;
	struct conn_listener *listener;
};


static void door_destructor(void *arg)
{
	struct calls_door *d = arg;

	list_unlink(&d->le);
	mem_deref(d->listener);
}


static void doors_close(struct calls *cs)
{
	struct calls_door *d;

	while ((d = list_ledata(list_head(&cs->doors)))) {
		list_unlink(&d->le);
		d->listener = mem_deref(d->listener);
	}
}


static void on_door(int fd, const struct addr *peer, void *arg)
{
	const struct calls_door *d   = arg;
	const struct link_channel ch = {.agent = "", .from = *peer,
					.local = d->at, .key = ""};

	(void)sig_accept(d->cs, fd, &ch);
}


int calls_door_open(struct calls_door **dp, struct calls *cs,
		    const struct addr *at)
{
	struct calls_door *d = mem_zalloc(sizeof(*d), door_destructor);
	int err;

	if (!d)
		return ENOMEM;
	d->cs = cs;
	d->at = *at;
	err   = conn_listen(&d->listener, cs->conns, at, on_door, d);
	if (err) {
		mem_deref(d);
		return err;
	}
	list_append(&cs->doors, &d->le, d);
	*dp = d;

	return 0;
}


static void calls_destructor(void *arg)
{
	struct calls *cs = arg;

	doors_close(cs);
	for (size_t i = 0; i < CALLS_LISTEN_MAX; i++)
		mem_deref(cs->listeners[i]);
	if (cs->conns)
		again_end(cs);
	flush_held(&cs->held);
	flush_held(&cs->ending);
	flush_held(&cs->restored);
	list_flush(&cs->sigs);
	mem_deref(cs->legs);
	mem_deref(cs->by_id);
	mem_deref(cs->by_ip);
	mem_deref(cs->conns);
	mem_deref(cs->env);
	flood_free(cs->flood);
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
	flood_set(cs->flood, conf->setup_rate, conf->setup_burst);
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
	rand_bytes((uint8_t *)cs->seed, sizeof(cs->seed));
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
		err = flood_alloc(&cs->flood);
	if (!err)
		err = metrics_alloc(&cs->stats, table, STATS);
	if (err) {
		mem_deref(cs);
		return err;
	}
	again_init(cs);
	held_io(&cs->env->io);
	ways_io(&cs->env->io);
	where_io(&cs->env->io);
	streams_io(&cs->env->io);
	conf_set(cs, conf);
	*cp = cs;

	return 0;
}


static void on_accept(int fd, const struct addr *peer, void *arg)
{
	const struct link_channel ch = {.agent = "", .from = *peer, .key = ""};

	(void)sig_accept(arg, fd, &ch);
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


void calls_accepted(struct calls *cs, const struct link_channel *ch, int fd)
{
	if (!strcmp(ch->kind, "h225"))
		(void)sig_accept(cs, fd, ch);
	else if (!strcmp(ch->kind, "again"))
		again_take(cs, ch, fd);
	else
		(void)close(fd);
}


size_t calls_count(const struct calls *cs)
{
	return cs->count;
}


const struct metrics *calls_metrics(struct calls *cs)
{
	count_now(cs);

	return cs->stats;
}
