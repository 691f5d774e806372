/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sip.c  Where terminals speak SIP to the agent, as to their proxy
 *
 * A terminal is an address datagrams come from, or a connection; each has a
 * message channel. What is in messages is the policy's to know. Owns the doors
 * and the terminals.
 */
#include "sip_priv.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <jansson.h>


#define ROOM "sip"

enum {
	BUCKETS	     = 256,
	SHORTEST     = 5, /* less is a sign of life (RFC 5626 §3.5.1) */
	TICK_MS	     = 60 * 1000,
	SILENT_MS    = 2 * 3600 * 1000,
};

static const struct metric counts[SIP_COUNTS] = {
	[SIP_COUNT_UP]	    = {"up", "messages from terminals"},
	[SIP_COUNT_DOWN]    = {"down", "messages to terminals"},
	[SIP_COUNT_DROPPED] = {"dropped", "messages that could not go on"},
	[SIP_COUNT_CONNECTIONS] = {"connections", "from terminals"},
	[SIP_COUNT_REFUSED] = {"refused", "connections beyond the limits"},
	[SIP_COUNT_BROKEN]  = {"broken", "connections with no SIP in them"},
	[SIP_COUNT_LATE]    = {"late", "connections that said nothing, or not "
				       "all of a message, in time"},
	[SIP_COUNT_CALLED_BACK] = {"called_back", "connections to terminals "
						  "whose own was gone"},
};


static int add_count(const struct metric *m, uint64_t value, void *arg)
{
	struct mbuf *mb = arg;
	char text[64];

	(void)snprintf(text, sizeof(text), "%s%s %" PRIu64,
		       mb->end ? ", " : "", m->name, value);

	return mbuf_write_str(mb, text);
}


static void log_counts(const struct sip *s)
{
	struct mbuf *mb = mbuf_alloc(256);

	if (mb && s->counts && !metrics_each(s->counts, add_count, mb))
		log_info(ROOM, "in all: %.*s", (int)mb->end,
			 (const char *)mb->buf);
	mem_deref(mb);
}


static void sip_destructor(void *arg)
{
	struct sip *s = arg;

	log_counts(s);
	tmr_cancel(&s->tmr);
	list_flush(&s->terminals);
	mem_deref(s->aware);
	mem_deref(s->byaddr);
	mem_deref(s->udp);
	for (unsigned i = 0; i < SIP_TRANSPORTS; i++)
		sip_door_close(&s->doors[i]);
	metrics_free(s->counts);
}


/** A line in the log about a terminal, now and then */
void sip_complain(struct sip *s, const struct addr *a, const char *why)
{
	uint64_t suppressed = 0;
	char buf[ADDR_STRLEN];

	if (log_limit_pass(&s->log, tmr_jiffies(), &suppressed))
		log_warn(ROOM, "terminal %s: %s", addr_str(a, buf), why);
}


const char *sip_transport_name(enum sip_transport t)
{
	static const char *const names[] = {"udp", "tcp", "tls"};

	return names[t];
}


/* ---- datagrams ---- */

static void on_datagram(const struct addr *src, const uint8_t *p, size_t len,
			void *arg)
{
	struct sip *s = arg;
	struct terminal *tm;

	if (len < SHORTEST)
		return;

	tm = terminal_find(s, SIP_UDP, src);
	if (!tm && !s->tunnel) {
		sip_complain(s, src, "there is no tunnel to the server");
		return;
	}
	if (!tm)
		tm = terminal_new(s, SIP_UDP, src);
	if (tm)
		terminal_receive(tm, p, len);
}


static int datagrams_open(struct sip *s, const struct addr *local)
{
	struct sip_door *d = &s->doors[SIP_UDP];

	d->sip	     = s;
	d->transport = SIP_UDP;
	d->local     = *local;

	return udp_door_open(&s->udp, local, on_datagram, s);
}


/* ---- time ---- */

/* who has not been heard for long is gone; connections have their own time */
static void on_tick(void *arg)
{
	struct sip *s	   = arg;
	const uint64_t now = tmr_jiffies();
	struct le *le	   = list_head(&s->terminals);

	tmr_start(&s->tmr, TICK_MS, on_tick, s);
	while (le) {
		struct terminal *tm = le->data;

		le = le->next;
		if (!tm->conn && now - tm->heard > SILENT_MS)
			mem_deref(tm);
	}
}


/* ---- the tunnel ---- */

/** There is a new tunnel, or (NULL) there is none any more. The server is told
 *  of all terminals there are, so that it finds them before they speak */
void sip_tunnel(struct sip *s, struct tunnel *t)
{
	struct le *le;

	s->tunnel = t;
	for (le = list_head(&s->terminals); t && le; le = le->next)
		terminal_greet(le->data);
}


static bool transport_decode(enum sip_transport *t, const char *name)
{
	unsigned i = 0;

	while (i < SIP_TRANSPORTS &&
	       strcmp(name ? name : "udp", sip_transport_name(i)))
		++i;
	*t = i;

	return i < SIP_TRANSPORTS;
}


static bool read_addr(struct addr *a, const json_t *o, const char *name,
		      const struct sip *s)
{
	const char *text = json_string_value(json_object_get(o, name));

	return text && !addr_parse_hostport(a, text) && addr_port(a) &&
	       addr_family(a) == addr_family(&s->doors[SIP_UDP].local) &&
	       !addr_is_any(a) && !addr_is_multicast(a);
}


/* the terminal the server names; NULL: it can't be one of ours */
static struct terminal *terminal_named(struct sip *s, const json_t *o)
{
	struct terminal *tm;
	struct addr a, contact;
	enum sip_transport t;

	if (!transport_decode(&t, json_string_value(
					  json_object_get(o, "transport"))) ||
	    !addr_is_set(&s->doors[t].local) ||
	    !read_addr(&a, o, "terminal", s))
		return NULL;
	tm = terminal_find(s, t, &a);
	if (!tm)
		tm = terminal_new(s, t, &a);
	if (tm && t == SIP_TCP && read_addr(&contact, o, "contact", s) &&
	    addr_ip_eq(&a, &contact))
		tm->contact = contact;

	return tm;
}


/**
 * The server has something for a terminal we have no channel for
 *
 * @param s    Door
 * @param ch   Channel; taken or refused
 * @param what What it is for
 * @param len  Its length
 */
void sip_open(struct sip *s, struct channel *ch, const char *what, size_t len)
{
	json_t *o = json_loadb(what, len, JSON_REJECT_DUPLICATES, NULL);
	struct terminal *tm = channel_kind(ch) == CHANNEL_MESSAGES
				      ? terminal_named(s, o)
				      : NULL;

	if (!tm || terminal_take(tm, ch))
		channel_reset(ch, TUNNEL_REFUSED);
	else
		terminal_place(tm, o);
	json_decref(o);
}


/* ---- */

static int doors_open(struct sip *s, const struct sip_config *conf)
{
	const struct addr *const locals[] = {
		[SIP_UDP] = &conf->local,
		[SIP_TCP] = &conf->local,
		[SIP_TLS] = &conf->local_tls,
	};
	char buf[ADDR_STRLEN];

	for (unsigned i = 0; i < SIP_TRANSPORTS; i++) {
		struct sip_door *d = &s->doors[i];
		int err;

		if (!addr_is_set(locals[i]))
			continue;
		d->sip	     = s;
		d->transport = i;
		err = i == SIP_UDP ? datagrams_open(s, locals[i])
				   : sip_door_open(d, locals[i], conf);
		if (err) {
			log_error(ROOM, "%s %s: %s", sip_transport_name(i),
				  addr_str(locals[i], buf), strerror(err));
			return err;
		}
	}

	return 0;
}


/**
 * Open the doors for terminals
 *
 * @param sp   Result; mem_deref() it
 * @param conf Where, borrowed
 *
 * @return 0, or an errno with the reason in the log
 */
int sip_alloc(struct sip **sp, const struct sip_config *conf)
{
	static const struct log_limit limit = LOG_LIMIT(20, 1);
	struct sip *s = mem_zalloc(sizeof(*s), sip_destructor);
	int err;

	if (!s)
		return ENOMEM;

	s->policy = conf->policy;
	s->audit  = conf->audit;
	s->aware  = mem_ref(conf->aware);
	s->hides  = !edge_hide_decode(s->hide, conf->hide);
	s->log = limit;
	err    = metrics_alloc(&s->counts, counts, SIP_COUNTS);
	if (!err)
		err = hash_alloc(&s->byaddr, BUCKETS);
	if (!err)
		err = doors_open(s, conf);
	if (err) {
		mem_deref(s);
		return err;
	}
	tmr_start(&s->tmr, TICK_MS, on_tick, s);
	*sp = s;

	return 0;
}
