/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sip_deliver.c  What the server has for a terminal, handed over
 *
 * Datagrams go on as they are. To a terminal that connected a message goes on
 * its connection; when that is gone and the terminal takes connections too, on
 * one we make (RFC 3261 §18.2.2). Owns what waits for that.
 */
#include "sip_priv.h"
#include <errno.h>
#include <string.h>
#include "aware.h"
#include "sip_conn.h"
#include "sip_head.h"


struct waiting {
	struct le le;
	size_t credit;
	size_t len;
	uint8_t p[];
};


/* what came by its channel and could not be handed over */
static void answer_server(struct terminal *tm, const uint8_t *p, size_t len)
{
	static uint8_t buf[SIP_MESSAGE_MAX + SIP_ANSWER_GROWS];
	size_t n;

	terminal_dropped(tm, "it can't be reached");
	if (!tm->ch || sip_answer(buf, sizeof(buf), &n, p, len,
				  "480 Temporarily Unavailable"))
		return;
	/* in the terminal's name, and with the addresses it was told */
	if (tm->line)
		aware_line_pass(tm->line, buf, n);
	else
		(void)channel_send(tm->ch, buf, n);
}


static void send_datagram(struct terminal *tm, const uint8_t *p, size_t len)
{
	const int err = udp_door_send(tm->sip->udp, &tm->addr, p, len);

	if (err)
		terminal_dropped(tm, strerror(err));
	else
		metrics_inc(tm->sip->counts, SIP_COUNT_DOWN);
}


static void give_credit(struct terminal *tm, size_t credit)
{
	if (tm->ch && credit)
		channel_consumed(tm->ch, credit);
}


/* credit for the channel comes back when the terminal has read */
static void send_on(struct terminal *tm, const uint8_t *p, size_t len,
		    size_t credit)
{
	static uint8_t buf[SIP_MESSAGE_MAX];
	size_t n = 0;
	int err = sip_message_for_stream(buf, sizeof(buf), &n, p, len);

	if (err) /* keepalives are not for streams */
		metrics_inc(tm->sip->counts, SIP_COUNT_DROPPED);
	else
		err = sip_conn_send(tm->conn, buf, n);
	if (err && n)
		answer_server(tm, p, len);
	else if (!err)
		metrics_inc(tm->sip->counts, SIP_COUNT_DOWN);

	tm->unread += credit;
	if (sip_conn_drained(tm->conn))
		terminal_drained(tm);
}


/** The same, come by another connection; NULL: it has not */
struct terminal *terminal_successor(const struct terminal *tm)
{
	struct le *le;

	for (le = list_head(&tm->sip->terminals); le; le = le->next) {
		struct terminal *other = le->data;

		if (other != tm && other->transport == tm->transport &&
		    other->connected && addr_is_set(&tm->contact) &&
		    addr_eq(&other->contact, &tm->contact))
			return other;
	}

	return NULL;
}


/* a call would come to it twice: it has registered where it is now, too; what
 * belongs to a call it has, comes */
static int send_after(struct terminal *other, const uint8_t *p, size_t len)
{
	static uint8_t buf[SIP_MESSAGE_MAX];
	size_t n;

	if (sip_head_begins_dialog(p, len))
		return EEXIST;
	if (sip_message_for_stream(buf, sizeof(buf), &n, p, len))
		return EBADMSG;

	return sip_conn_send(other->conn, buf, n);
}


static int call_back(struct terminal *tm)
{
	struct sip *s	= tm->sip;
	const char *why = NULL;
	int err;

	if (!policy_service(s->policy, POLICY_SIP, &tm->contact, &why)) {
		audit_refuse(s->audit, terminal_record(tm), why);
		return EACCES;
	}
	err = sip_conn_connect(&tm->conn, &s->doors[SIP_TCP].local,
			       &tm->contact, &terminal_conn_handlers, tm);
	if (err)
		policy_give(s->policy, 1);

	return err;
}


/* its connection is to be made: until then no credit comes back, so that a
 * window is the most that waits */
static int wait_for_it(struct terminal *tm, const uint8_t *p, size_t len,
		       size_t credit)
{
	struct sip_head h;
	struct waiting *w;
	int err;

	if (sip_head_decode(&h, p, len))
		return EBADMSG; /* for a keepalive nobody connects */
	if (tm->transport != SIP_TCP || !addr_is_set(&tm->contact))
		return ENOTCONN;
	w = mem_zalloc(sizeof(*w) + len, NULL);
	if (!w)
		return ENOMEM;
	w->credit = credit;
	w->len	  = len;
	memcpy(w->p, p, len);
	err = tm->conn ? 0 : call_back(tm);
	if (err) {
		mem_deref(w);
		return err;
	}
	list_append(&tm->waiting, &w->le, w);

	return 0;
}


/* to a terminal whose connection is gone */
static void send_gone(struct terminal *tm, const uint8_t *p, size_t len,
		      size_t credit)
{
	struct terminal *other = terminal_successor(tm);

	if (!other && !wait_for_it(tm, p, len, credit))
		return;
	give_credit(tm, credit);
	if (!other || send_after(other, p, len))
		answer_server(tm, p, len);
}


/**
 * Hand a message over
 *
 * @param tm     Terminal
 * @param p      Message
 * @param len    Its length
 * @param credit What its channel is given back once it is with the terminal
 */
void terminal_deliver(struct terminal *tm, const uint8_t *p, size_t len,
		      size_t credit)
{
	if (tm->transport == SIP_UDP) {
		give_credit(tm, credit);
		send_datagram(tm, p, len);
	} else if (tm->connected) {
		send_on(tm, p, len, credit);
	} else {
		send_gone(tm, p, len, credit);
	}
}


/** The connection we made stands */
void terminal_connected_to(void *arg)
{
	struct terminal *tm = arg;
	struct le *le;

	metrics_inc(tm->sip->counts, SIP_COUNT_CALLED_BACK);
	tm->connected = true;
	while ((le = list_head(&tm->waiting)) != NULL) {
		struct waiting *w = le->data;

		list_unlink(le);
		send_on(tm, w->p, w->len, w->credit);
		mem_deref(w);
	}
}


/** It has read all: the channel may bring more */
void terminal_drained(void *arg)
{
	struct terminal *tm = arg;

	give_credit(tm, tm->unread);
	tm->unread = 0;
}


/** What waits can't be told it any more */
void terminal_give_up(struct terminal *tm)
{
	struct le *le;

	while ((le = list_head(&tm->waiting)) != NULL) {
		struct waiting *w = le->data;

		list_unlink(le);
		give_credit(tm, w->credit);
		answer_server(tm, w->p, w->len);
		mem_deref(w);
	}
}
