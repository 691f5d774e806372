/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ras.c  Where H.323 terminals speak RAS, as to their gatekeeper
 *
 * A terminal is an address datagrams come from, and has a message channel; what
 * is in them is the gatekeeper's to know. Who looks for a gatekeeper (H.225.0
 * §7.2: 224.0.1.41, port 1718) finds us, too; all answers come from the one
 * address terminals know. Owns the doors and the terminals.
 */
#include "rpc/libre.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "log/log.h"
#include "ras.h"
#include "udp_door.h"


#define ROOM "ras"

enum {
	TERMINALS_MAX	     = 2048,
	TERMINALS_OF_ONE_MAX = 64,    /* ports of a host's */
	QUEUE_MAX   = 16 * 1024,      /* octets: older ones come again */
	BUCKETS	    = 256,
	DISCOVERY   = 1718,
	TICK_MS	    = 60 * 1000,
	ROOM_MS	    = 60 * 1000,      /* silent for so long: may make room */
	SILENT_MS   = 2 * 3600 * 1000,
};

static const char group_text[] = "224.0.1.41";

struct ras {
	struct policy *policy;
	struct audit *audit;
	struct addr local, signalling;
	struct udp_door *door, *discovery, *group; /* these two may be NULL */
	struct tunnel *tunnel; /* NULL: there is none */
	struct hash *byaddr;
	struct list terminals; /* who was heard last is last */
	struct tmr tmr;
	struct log_limit log;
};

struct terminal {
	struct le he;
	struct le le;
	struct ras *ras;
	struct addr addr;
	struct channel *ch; /* NULL: none now */
	uint64_t heard;
};


static void complain(struct ras *r, const struct addr *a, const char *why)
{
	uint64_t suppressed = 0;
	char buf[ADDR_STRLEN];

	if (log_limit_pass(&r->log, tmr_jiffies(), &suppressed))
		log_warn(ROOM, "terminal %s: %s", addr_str(a, buf), why);
}


/* ---- a terminal ---- */

static void terminal_destructor(void *arg)
{
	static const struct channel_handlers none = {0};
	struct terminal *tm = arg;

	hash_unlink(&tm->he);
	list_unlink(&tm->le);
	audit_close(tm->ras->audit, audit_record("ras", &tm->addr), NULL);
	if (tm->ch) {
		channel_handlers_set(tm->ch, &none, NULL);
		channel_reset(tm->ch, TUNNEL_SHUTDOWN);
	}
}


static bool has_addr(struct le *le, void *arg)
{
	const struct terminal *tm = le->data;

	return addr_eq(&tm->addr, arg);
}


static struct terminal *terminal_find(const struct ras *r,
				      const struct addr *a)
{
	return list_ledata(hash_lookup(r->byaddr, addr_hash(a), has_addr,
				       (void *)(uintptr_t)a));
}


/* room for one more at this address: a new one takes the place of one that was
 * not heard for long */
static const char *make_room(struct ras *r, const struct addr *a)
{
	struct terminal *oldest = list_ledata(list_head(&r->terminals));
	unsigned of_one		= 0;
	const struct le *le;

	for (le = list_head(&r->terminals); le; le = le->next) {
		const struct terminal *tm = le->data;

		of_one += addr_ip_eq(&tm->addr, a);
	}
	if (of_one >= TERMINALS_OF_ONE_MAX)
		return "it speaks from too many ports";
	if (list_count(&r->terminals) < TERMINALS_MAX)
		return NULL;
	if (tmr_jiffies() - oldest->heard < ROOM_MS)
		return "too many terminals";
	mem_deref(oldest);

	return NULL;
}


static struct terminal *terminal_new(struct ras *r, const struct addr *a)
{
	struct terminal *tm;
	const char *why;

	if (!policy_ask(r->policy, POLICY_H323, a, &why)) {
		audit_refuse(r->audit, audit_record("ras", a), why);
		return NULL;
	}
	why = make_room(r, a);
	if (why) {
		complain(r, a, why);
		return NULL;
	}
	tm = mem_zalloc(sizeof(*tm), terminal_destructor);
	if (!tm)
		return NULL;

	tm->ras	  = r;
	tm->addr  = *a;
	tm->heard = tmr_jiffies();
	hash_append(r->byaddr, addr_hash(a), &tm->he, tm);
	list_append(&r->terminals, &tm->le, tm);
	audit_open(r->audit, audit_record("ras", a));

	return tm;
}


static void on_message(struct channel *ch, const uint8_t *p, size_t len,
		       void *arg)
{
	struct terminal *tm = arg;
	int err;

	channel_consumed(ch, len);
	err = udp_door_send(tm->ras->door, &tm->addr, p, len);
	if (err)
		complain(tm->ras, &tm->addr, strerror(err));
}


/* it may have another by now; when the tunnel is back it gets one */
static void on_close(struct channel *ch, enum tunnel_reason why, void *arg)
{
	struct terminal *tm = arg;

	if (why != TUNNEL_OK && why != TUNNEL_GONE)
		complain(tm->ras, &tm->addr, tunnel_reason_name(why));
	if (tm->ch == ch)
		tm->ch = NULL;
}


static const struct channel_handlers channel_handlers = {
	.recvh	= on_message,
	.closeh = on_close,
};


static int channel_for(struct terminal *tm)
{
	const struct ras *r = tm->ras;
	char what[256], terminal[ADDR_STRLEN], local[ADDR_STRLEN];
	char signalling[ADDR_STRLEN];
	const int n = snprintf(what, sizeof(what),
			       "{\"kind\":\"ras\",\"terminal\":\"%s\","
			       "\"local\":\"%s\",\"signalling\":\"%s\"}",
			       addr_str(&tm->addr, terminal),
			       addr_str(&r->local, local),
			       addr_str(&r->signalling, signalling));

	return tunnel_open(&tm->ch, r->tunnel, CHANNEL_MESSAGES, what,
			   (size_t)n, &channel_handlers, tm);
}


/* what can't go is sent again by who sent it */
static const char *send_up(struct terminal *tm, const uint8_t *p, size_t len)
{
	if (!tm->ch && channel_for(tm))
		return "too many channels";
	if (channel_queued(tm->ch) + len > QUEUE_MAX ||
	    channel_send(tm->ch, p, len))
		return "the tunnel can't keep up";

	return NULL;
}


/* ---- the doors ---- */

static void on_datagram(const struct addr *src, const uint8_t *p, size_t len,
			void *arg)
{
	struct ras *r	    = arg;
	struct terminal *tm = terminal_find(r, src);
	const char *why	    = NULL;

	if (!len)
		return;
	if (!r->tunnel)
		why = "there is no tunnel to the server";
	else if (!tm)
		tm = terminal_new(r, src);
	if (tm) {
		tm->heard = tmr_jiffies();
		list_unlink(&tm->le);
		list_append(&r->terminals, &tm->le, tm);
		if (!why)
			why = send_up(tm, p, len);
	}
	if (why)
		complain(r, src, why);
}


/* who has its gatekeeper's address set can do without */
static void discovery_open(struct ras *r)
{
	struct addr a = r->local, group;
	char buf[ADDR_STRLEN];
	int err;

	addr_set_port(&a, DISCOVERY);
	err = udp_door_open(&r->discovery, &a, on_datagram, r);
	if (err)
		log_warn(ROOM, "udp %s: %s: terminals can't look for us there",
			 addr_str(&a, buf), strerror(err));
	if (addr_family(&a) != AF_INET)
		return;
	(void)addr_parse(&group, group_text, DISCOVERY);
	err = udp_door_group(&r->group, &group, &a, on_datagram, r);
	if (err)
		log_warn(ROOM, "udp %s: %s: terminals can't find us by it",
			 addr_str(&group, buf), strerror(err));
}


/** The networks are others now: an interface may be in no group any more */
void ras_follow(struct ras *r)
{
	if (r->group && udp_door_join(r->group))
		complain(r, &r->local, "the group can't be joined again");
}


/* ---- time ---- */

static void on_tick(void *arg)
{
	struct ras *r	   = arg;
	const uint64_t now = tmr_jiffies();
	struct terminal *tm;

	tmr_start(&r->tmr, TICK_MS, on_tick, r);
	while ((tm = list_ledata(list_head(&r->terminals))) != NULL &&
	       now - tm->heard > SILENT_MS)
		mem_deref(tm);
}


/* ---- the tunnel ---- */

/** There is a new tunnel, or (NULL) there is none any more. The server is told
 *  of all terminals there are, so that it finds them before they speak */
void ras_tunnel(struct ras *r, struct tunnel *t)
{
	struct le *le;

	r->tunnel = t;
	for (le = list_head(&r->terminals); t && le; le = le->next)
		(void)channel_for(le->data);
}


static bool read_terminal(struct addr *a, const struct ras *r,
			  const json_t *o)
{
	const char *text = json_string_value(json_object_get(o, "terminal"));

	return text && !addr_parse_hostport(a, text) && addr_port(a) &&
	       addr_family(a) == addr_family(&r->local);
}


static int take(struct terminal *tm, struct channel *ch)
{
	struct channel *old = tm->ch;
	const int err	    = channel_accept(ch, &channel_handlers, tm);

	if (err)
		return err;
	tm->ch = ch;
	if (old)
		channel_reset(old, TUNNEL_OK);

	return 0;
}


/**
 * The server opens a channel: has it something for a terminal?
 *
 * @param r    Doors
 * @param ch   Channel; taken or refused if it is for one
 * @param what What it is for
 * @param len  Its length
 *
 * @return false: it is for something else
 */
bool ras_open(struct ras *r, struct channel *ch, const char *what, size_t len)
{
	json_t *o = json_loadb(what, len, JSON_REJECT_DUPLICATES, NULL);
	const char *kind = json_string_value(json_object_get(o, "kind"));
	const bool ours	 = kind && !strcmp(kind, "ras");
	struct terminal *tm = NULL;
	struct addr a;

	if (ours && channel_kind(ch) == CHANNEL_MESSAGES &&
	    read_terminal(&a, r, o)) {
		tm = terminal_find(r, &a);
		if (!tm)
			tm = terminal_new(r, &a);
	}
	json_decref(o);
	if (ours && (!tm || take(tm, ch)))
		channel_reset(ch, TUNNEL_REFUSED);

	return ours;
}


/* ---- */

static void ras_destructor(void *arg)
{
	struct ras *r = arg;

	tmr_cancel(&r->tmr);
	list_flush(&r->terminals);
	mem_deref(r->byaddr);
	mem_deref(r->door);
	mem_deref(r->discovery);
	mem_deref(r->group);
	mem_deref(r->policy);
	mem_deref(r->audit);
}


/**
 * Open the doors for terminals
 *
 * @param rp	     Result; mem_deref() it
 * @param local	     Address and port terminals send RAS to
 * @param signalling Where they connect to for calls, for the server to know
 * @param policy     Who may speak here, and be spoken to
 * @param audit	     Is told who does
 *
 * @return 0, or an errno with the reason in the log
 */
int ras_alloc(struct ras **rp, const struct addr *local,
	      const struct addr *signalling, struct policy *policy,
	      struct audit *audit)
{
	static const struct log_limit limit = LOG_LIMIT(20, 1);
	struct ras *r = mem_zalloc(sizeof(*r), ras_destructor);
	char buf[ADDR_STRLEN];
	int err;

	if (!r)
		return ENOMEM;

	r->local      = *local;
	r->signalling = *signalling;
	r->policy     = mem_ref(policy);
	r->audit      = mem_ref(audit);
	r->log	      = limit;
	err	      = hash_alloc(&r->byaddr, BUCKETS);
	if (!err)
		err = udp_door_open(&r->door, local, on_datagram, r);
	if (err) {
		log_error(ROOM, "udp %s: %s", addr_str(local, buf),
			  strerror(err));
		mem_deref(r);
		return err;
	}
	discovery_open(r);
	tmr_start(&r->tmr, TICK_MS, on_tick, r);
	*rp = r;

	return 0;
}
