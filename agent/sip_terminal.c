/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sip_terminal.c  One terminal: its messages up and down its channel
 *
 * The channel lasts as long as the connection, or as datagrams come. Owns the
 * terminal's channel and connection.
 */
#include "sip_priv.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "aware.h"
#include "sip_conn.h"
#include "sip_head.h"


/** What the audit log is told of it */
json_t *terminal_record(const struct terminal *tm)
{
	json_t *o = audit_record("sip", &tm->addr);

	(void)json_object_set_new(
		o, "transport",
		json_string(sip_transport_name(tm->transport)));

	return o;
}


/* its connection ends, whoever ended it */
static void terminal_hang_up(struct terminal *tm)
{
	if (tm->conn)
		policy_give(tm->sip->policy, 1);
	tm->conn      = mem_deref(tm->conn);
	tm->connected = false;
}


static void terminal_destructor(void *arg)
{
	static const struct channel_handlers none = {0};
	struct terminal *tm = arg;

	hash_unlink(&tm->he);
	list_unlink(&tm->le);
	list_flush(&tm->waiting);
	terminal_line_close(tm);
	terminal_hang_up(tm);
	audit_close(tm->sip->audit, terminal_record(tm), NULL);
	if (tm->ch) {
		channel_handlers_set(tm->ch, &none, NULL);
		channel_reset(tm->ch, TUNNEL_SHUTDOWN);
	}
}


/** A message could not go on, either way */
void terminal_dropped(struct terminal *tm, const char *why)
{
	metrics_inc(tm->sip->counts, SIP_COUNT_DROPPED);
	sip_complain(tm->sip, &tm->addr, why);
}


/* ---- its channel ---- */

static void on_message(struct channel *ch, const uint8_t *p, size_t len,
		       void *arg)
{
	struct terminal *tm = arg;

	if (!tm->line)
		policy_message(tm->sip->policy, POLICY_SERVER, p, len);
	if (!tm->leaving) {
		if (tm->line)
			aware_line_push(tm->line, false, p, len);
		else
			terminal_deliver(tm, p, len, len);
		return;
	}
	channel_consumed(ch, len);
	terminal_dropped(tm, "it has gone");
}


/* it may have another by now; when the tunnel is back it gets one */
static void on_close(struct channel *ch, enum tunnel_reason why, void *arg)
{
	struct terminal *tm = arg;

	if (why != TUNNEL_OK && why != TUNNEL_GONE)
		sip_complain(tm->sip, &tm->addr, tunnel_reason_name(why));
	if (tm->ch != ch)
		return;
	tm->ch	   = NULL;
	tm->unread = 0;
	if (tm->line)
		aware_line_lost(tm->line);
	if (tm->transport != SIP_UDP && (!tm->conn || !tm->connected))
		mem_deref(tm);
}


static const struct channel_handlers channel_handlers = {
	.recvh	= on_message,
	.closeh = on_close,
};


static int channel_for(struct terminal *tm)
{
	const struct sip_door *d = &tm->sip->doors[tm->transport];
	char what[384], terminal[ADDR_STRLEN], local[ADDR_STRLEN];
	char contact[ADDR_STRLEN];
	const bool known = addr_is_set(&tm->contact);
	const int n = snprintf(what, sizeof(what),
			       "{\"kind\":\"sip\",\"transport\":\"%s\","
			       "\"terminal\":\"%s\",\"local\":\"%s\"%s%s%s%s}",
			       sip_transport_name(tm->transport),
			       addr_str(&tm->addr, terminal),
			       addr_str(&d->local, local),
			       tm->line ? ",\"aware\":true" : "",
			       known ? ",\"contact\":\"" : "",
			       known ? addr_str(&tm->contact, contact) : "",
			       known ? "\"" : "");

	return tunnel_open(&tm->ch, tm->sip->tunnel, CHANNEL_MESSAGES, what,
			   (size_t)n, &channel_handlers, tm);
}


/** There is a tunnel: the server is told of the terminal */
void terminal_greet(struct terminal *tm)
{
	if (tm->transport == SIP_UDP || tm->spoke)
		(void)channel_for(tm);
}


/**
 * Take a channel the server has opened for a terminal
 *
 * @return 0 or an errno: the channel is not taken
 */
int terminal_take(struct terminal *tm, struct channel *ch)
{
	struct channel *old = tm->ch;
	int err = channel_accept(ch, &channel_handlers, tm);

	if (err)
		return err;
	tm->ch	    = ch;
	tm->leaving = false;
	if (old)
		channel_reset(old, TUNNEL_OK);

	return 0;
}


/* ---- from the terminal ---- */

/* over datagrams a request comes again by itself, and finds the tunnel back */
static void answer_terminal(struct terminal *tm, const uint8_t *p, size_t len)
{
	static uint8_t buf[SIP_MESSAGE_MAX + SIP_ANSWER_GROWS];
	size_t n;

	if (tm->conn && !sip_answer(buf, sizeof(buf), &n, p, len,
				   "503 Service Unavailable"))
		(void)sip_conn_send(tm->conn, buf, n);
}


/* what could not go on */
static void not_sent(struct terminal *tm, const uint8_t *p, size_t len,
		     const char *why)
{
	terminal_dropped(tm, why);
	answer_terminal(tm, p, len);
}


/**
 * Send a message to the server
 *
 * @param tm  Terminal it is from
 * @param p   Message
 * @param len Its length
 */
void terminal_send(struct terminal *tm, const uint8_t *p, size_t len)
{
	const int err = tm->ch ? channel_send(tm->ch, p, len) : ENOTCONN;

	if (err)
		not_sent(tm, p, len,
			 err == EAGAIN ? "the tunnel can't keep up"
				       : strerror(err));
	else
		metrics_inc(tm->sip->counts, SIP_COUNT_UP);
}


/**
 * Something came from a terminal
 *
 * @param tm  Terminal
 * @param p   Message
 * @param len Its length
 */
void terminal_receive(struct terminal *tm, const uint8_t *p, size_t len)
{
	struct sip *s = tm->sip;

	tm->heard = tmr_jiffies();
	policy_message(s->policy, POLICY_TERMINAL, p, len);
	if (!s->tunnel)
		not_sent(tm, p, len, "there is no tunnel to the server");
	else if (!tm->ch && channel_for(tm))
		not_sent(tm, p, len, "too many channels");
	else if (tm->line)
		aware_line_push(tm->line, true, p, len);
	else
		terminal_send(tm, p, len);
}


static void count_end(struct terminal *tm, int err)
{
	struct sip *s = tm->sip;

	if (err == EBADMSG || err == EMSGSIZE || err == EPROTO)
		metrics_inc(s->counts, SIP_COUNT_BROKEN);
	else if (err == ETIMEDOUT)
		metrics_inc(s->counts, SIP_COUNT_LATE);
	if (err == EBADMSG)
		sip_complain(s, &tm->addr, "what it sends is not SIP");
	else if (err == EMSGSIZE)
		sip_complain(s, &tm->addr, "its message is too long");
	else if (err == EPROTO)
		sip_complain(s, &tm->addr, "it does not speak TLS as we do");
	else if (err == ETIMEDOUT)
		sip_complain(s, &tm->addr, "connected, and says nothing");
}


/* the server hears of it by the channel's end, after what was said in it */
static void on_conn_close(int err, void *arg)
{
	struct terminal *tm = arg;

	count_end(tm, err);
	terminal_hang_up(tm);
	terminal_give_up(tm);
	if (!tm->ch) {
		mem_deref(tm);
		return;
	}
	if (!channel_queued(tm->ch)) {
		channel_reset(tm->ch, TUNNEL_OK); /* and the terminal goes */
		return;
	}
	channel_consumed(tm->ch, tm->unread);
	tm->unread  = 0;
	tm->leaving = true;
	channel_fin(tm->ch);
}


/* where it takes connections is what its first request says, if it is true
 * that it is there. Whom it takes the place of has ended before that */
static void learn_contact(struct terminal *tm, const uint8_t *p, size_t len)
{
	struct terminal *other;
	struct addr a;

	if (addr_is_set(&tm->contact) || sip_head_sent_by(&a, p, len) ||
	    !addr_ip_eq(&a, &tm->addr))
		return;
	if (!addr_port(&a))
		addr_set_port(&a, tm->transport == SIP_TLS ? 5061 : 5060);
	if (addr_port(&a) == addr_port(&tm->addr))
		return;
	tm->contact = a;
	other	    = terminal_successor(tm);
	if (other && sip_conn_ended(other->conn))
		on_conn_close(ECONNRESET, other);
}


static void on_conn_message(const uint8_t *p, size_t len, void *arg)
{
	struct terminal *tm = arg;

	learn_contact(tm, p, len);
	tm->spoke = true;
	terminal_receive(tm, p, len);
}


const struct sip_conn_handlers terminal_conn_handlers = {
	.messageh = on_conn_message,
	.estabh	  = terminal_connected_to,
	.drainedh = terminal_drained,
	.closeh	  = on_conn_close,
};


/* ---- all of them ---- */

struct key {
	enum sip_transport transport;
	const struct addr *addr;
};


static uint32_t hash_of(enum sip_transport t, const struct addr *a)
{
	return addr_hash(a) ^ (uint32_t)t;
}


static bool has_key(struct le *le, void *arg)
{
	const struct terminal *tm = le->data;
	const struct key *key	  = arg;

	return tm->transport == key->transport &&
	       addr_eq(&tm->addr, key->addr);
}


struct terminal *terminal_find(const struct sip *s, enum sip_transport t,
			       const struct addr *a)
{
	struct key key = {t, a};

	return list_ledata(
		hash_lookup(s->byaddr, hash_of(t, a), has_key, &key));
}


/** NULL: it is not to speak here, which was told, or there is no memory. It
 *  stays, in the list of all of them, until it has neither connection nor
 *  channel, or is not heard for long */
struct terminal *terminal_new(struct sip *s, enum sip_transport t,
			      const struct addr *a)
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
	if (list_count(&s->terminals) >= SIP_TERMINALS_MAX) {
		sip_complain(s, a, "too many terminals");
		return NULL;
	}
	tm = mem_zalloc(sizeof(*tm), terminal_destructor);
	if (!tm)
		return NULL;

	tm->sip	      = s;
	tm->transport = t;
	tm->addr      = *a;
	tm->heard     = tmr_jiffies();
	if (terminal_line_open(tm)) {
		mem_deref(tm);
		return NULL;
	}
	hash_append(s->byaddr, hash_of(t, a), &tm->he, tm);
	list_append(&s->terminals, &tm->le, tm);
	audit_open(s->audit, terminal_record(tm));

	return tm;
}


/** Take the connection that waits at a door: a terminal */
int terminal_connected(struct sip_door *d, const struct addr *peer)
{
	struct sip *s	    = d->sip;
	struct terminal *tm = terminal_new(s, d->transport, peer);
	const char *why	    = NULL;
	int err;

	if (!tm || !policy_take(s->policy, POLICY_SIP, 1, &why)) {
		if (why)
			audit_refuse(s->audit, terminal_record(tm), why);
		mem_deref(tm);
		tcp_reject(d->ts);
		return EACCES;
	}
	err = sip_conn_accept(&tm->conn, d->ts, d->tls,
			      &terminal_conn_handlers, tm);
	if (err) {
		policy_give(s->policy, 1);
		mem_deref(tm);
		return err;
	}
	tm->connected = true;

	return 0;
}
