/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sip.c  Where terminals speak SIP to the agent, as to their proxy
 *
 * A terminal is an address datagrams come from; each has a message channel, and
 * a message is a datagram. What is in them is the policy's to know.
 *
 * Owns the socket and the terminals.
 */
#include "rpc/libre.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <jansson.h>
#include "log/log.h"
#include "sip.h"


#define ROOM "sip"

enum {
	TERMINALS_MAX = 2048,
	BUCKETS	      = 256,
	BURST	      = 16,
	DATAGRAM_MAX  = 65536,
	SHORTEST      = 5, /* less is a sign of life (RFC 5626 §3.5.1) */
	TICK_MS	      = 60 * 1000,
	SILENT_MS     = 2 * 3600 * 1000,
};

struct terminal {
	struct le he;
	struct le le;
	struct sip *sip;
	struct addr addr;
	struct channel *ch;
	uint64_t heard;
};

struct sip {
	struct addr local;
	struct policy *policy;
	struct audit *audit;
	int fd;
	struct tunnel *tunnel; /* NULL: there is none */
	struct hash *byaddr;
	struct list terminals;
	struct tmr tmr;
	struct log_limit log;
};


static void terminal_destructor(void *arg)
{
	static const struct channel_handlers none = {0};
	struct terminal *tm = arg;

	audit_close(tm->sip->audit, audit_record("sip", &tm->addr), NULL);
	hash_unlink(&tm->he);
	list_unlink(&tm->le);
	if (tm->ch) {
		channel_handlers_set(tm->ch, &none, NULL);
		channel_reset(tm->ch, TUNNEL_SHUTDOWN);
	}
}


static void sip_destructor(void *arg)
{
	struct sip *s = arg;

	tmr_cancel(&s->tmr);
	list_flush(&s->terminals);
	mem_deref(s->byaddr);
	if (s->fd >= 0) {
		fd_close(s->fd);
		(void)close(s->fd);
	}
}


static void complain(struct sip *s, const struct addr *a, const char *why)
{
	uint64_t suppressed = 0;
	char buf[ADDR_STRLEN];

	if (log_limit_pass(&s->log, tmr_jiffies(), &suppressed))
		log_warn(ROOM, "terminal %s: %s", addr_str(a, buf), why);
}


/* ---- from the server ---- */

static void on_message(struct channel *ch, const uint8_t *p, size_t len,
		       void *arg)
{
	struct terminal *tm = arg;

	channel_consumed(ch, len);
	policy_message(tm->sip->policy, POLICY_SERVER, p, len);
	if (sendto(tm->sip->fd, p, len, MSG_NOSIGNAL, &tm->addr.u.sa,
		   addr_socklen(&tm->addr)) < 0 && errno != ECONNREFUSED)
		complain(tm->sip, &tm->addr, strerror(errno));
}


static void on_close(struct channel *ch, enum tunnel_reason why, void *arg)
{
	struct terminal *tm = arg;

	/* it may have another by now; when the tunnel is back it gets one */
	if (tm->ch == ch)
		tm->ch = NULL;
	if (why != TUNNEL_OK && why != TUNNEL_GONE)
		complain(tm->sip, &tm->addr, tunnel_reason_name(why));
}


static const struct channel_handlers channel_handlers = {
	.recvh	= on_message,
	.closeh = on_close,
};


/* ---- from terminals ---- */

static uint32_t hash_of(const struct addr *a)
{
	return addr_family(a) == AF_INET6
		       ? hash_joaat((const uint8_t *)&a->u.in6.sin6_addr, 16) ^
				 addr_port(a)
		       : a->u.in.sin_addr.s_addr * 2654435761u ^ addr_port(a);
}


static bool is_from(struct le *le, void *arg)
{
	const struct terminal *tm = le->data;

	return addr_eq(&tm->addr, arg);
}


static int channel_for(struct terminal *tm)
{
	char what[256], terminal[ADDR_STRLEN], local[ADDR_STRLEN];
	const int n = snprintf(what, sizeof(what),
			       "{\"kind\":\"sip\",\"transport\":\"udp\","
			       "\"terminal\":\"%s\",\"local\":\"%s\"}",
			       addr_str(&tm->addr, terminal),
			       addr_str(&tm->sip->local, local));

	return tunnel_open(&tm->ch, tm->sip->tunnel, CHANNEL_MESSAGES, what,
			   (size_t)n, &channel_handlers, tm);
}


static struct terminal *terminal_new(struct sip *s, const struct addr *a)
{
	struct terminal *tm;
	const char *why;

	if (!policy_ask(s->policy, POLICY_SIP, a, &why)) {
		audit_refuse(s->audit, audit_record("sip", a), why);
		return NULL;
	}
	/* it was started again, perhaps: the last one is the one */
	if (policy_personal(s->policy))
		list_flush(&s->terminals);
	if (list_count(&s->terminals) >= TERMINALS_MAX) {
		complain(s, a, "too many terminals");
		return NULL;
	}
	tm = mem_zalloc(sizeof(*tm), terminal_destructor);
	if (!tm)
		return NULL;

	tm->sip	 = s;
	tm->addr = *a;
	hash_append(s->byaddr, hash_of(a), &tm->he, tm);
	list_append(&s->terminals, &tm->le, tm);
	tm->heard = tmr_jiffies();
	audit_open(s->audit, audit_record("sip", a));

	return tm;
}


static struct terminal *terminal_find(const struct sip *s,
				      const struct addr *a)
{
	return list_ledata(hash_lookup(s->byaddr, hash_of(a), is_from,
				       (void *)(uintptr_t)a));
}


static void on_datagram(struct sip *s, const struct addr *src,
			const uint8_t *p, size_t len)
{
	struct terminal *tm;
	int err;

	if (len < SHORTEST)
		return;
	if (!s->tunnel) {
		complain(s, src, "there is no tunnel to the server");
		return;
	}

	tm = terminal_find(s, src);
	if (!tm)
		tm = terminal_new(s, src);
	if (!tm)
		return;
	if (!tm->ch && channel_for(tm)) {
		complain(s, src, "no more channels");
		return;
	}
	tm->heard = tmr_jiffies();
	policy_message(s->policy, POLICY_TERMINAL, p, len);
	err = channel_send(tm->ch, p, len);
	if (err)
		complain(s, src, err == EAGAIN ? "the tunnel can't keep up"
					       : strerror(err));
}


static void on_readable(int flags, void *arg)
{
	static uint8_t buf[DATAGRAM_MAX];
	struct sip *s = arg;
	unsigned i;
	(void)flags;

	for (i = 0; i < BURST; i++) {
		struct addr src = {0};
		socklen_t len	= sizeof(src.u);
		ssize_t n = recvfrom(s->fd, buf, sizeof(buf), MSG_DONTWAIT,
				     &src.u.sa, &len);

		if (n < 0)
			return;
		on_datagram(s, &src, buf, (size_t)n);
	}
}


/* who has not been heard for long is gone */
static void on_tick(void *arg)
{
	struct sip *s	   = arg;
	const uint64_t now = tmr_jiffies();
	struct le *le	   = list_head(&s->terminals);

	tmr_start(&s->tmr, TICK_MS, on_tick, s);
	while (le) {
		struct terminal *tm = le->data;

		le = le->next;
		if (now - tm->heard > SILENT_MS)
			mem_deref(tm);
	}
}


/** There is a new tunnel, or (NULL) there is none any more. The server is told
 *  of all terminals there are, so that it finds them before they speak */
void sip_tunnel(struct sip *s, struct tunnel *t)
{
	struct le *le;

	s->tunnel = t;
	for (le = list_head(&s->terminals); t && le; le = le->next)
		(void)channel_for(le->data);
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
	const char *text = json_string_value(json_object_get(o, "terminal"));
	struct terminal *tm = NULL;
	struct channel *old;
	struct addr a;

	if (text && channel_kind(ch) == CHANNEL_MESSAGES &&
	    !addr_parse_hostport(&a, text) && addr_port(&a) &&
	    addr_family(&a) == addr_family(&s->local) && !addr_is_any(&a) &&
	    !addr_is_multicast(&a)) {
		tm = terminal_find(s, &a);
		if (!tm)
			tm = terminal_new(s, &a);
	}
	json_decref(o);
	old = tm ? tm->ch : NULL;
	if (!tm || channel_accept(ch, &channel_handlers, tm)) {
		channel_reset(ch, TUNNEL_REFUSED);
		return;
	}
	tm->ch = ch;
	if (old)
		channel_reset(old, TUNNEL_OK);
}


/**
 * Open the door for terminals
 *
 * @param sp     Result; mem_deref() it
 * @param local  Address and port
 * @param policy Who may speak here, and be spoken to
 * @param audit  Is told who does
 *
 * @return 0, or an errno with the reason in the log
 */
int sip_alloc(struct sip **sp, const struct addr *local, struct policy *policy,
	      struct audit *audit)
{
	static const struct log_limit limit = LOG_LIMIT(20, 1);
	struct sip *s = mem_zalloc(sizeof(*s), sip_destructor);
	char buf[ADDR_STRLEN];
	int err;

	if (!s)
		return ENOMEM;

	s->local  = *local;
	s->policy = policy;
	s->audit  = audit;
	s->log	 = limit;
	s->fd	 = socket(addr_family(local),
			  SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	err = s->fd < 0 ? errno : hash_alloc(&s->byaddr, BUCKETS);
	if (!err && bind(s->fd, &local->u.sa, addr_socklen(local)) < 0)
		err = errno;
	if (!err)
		err = fd_listen(s->fd, FD_READ, on_readable, s);
	if (err) {
		log_error(ROOM, "%s: %s", addr_str(local, buf), strerror(err));
		mem_deref(s);
		return err;
	}
	tmr_start(&s->tmr, TICK_MS, on_tick, s);
	*sp = s;

	return 0;
}
