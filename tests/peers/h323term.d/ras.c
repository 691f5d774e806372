/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ras.c  Requests to the gatekeeper and their answers
 *
 * Owns the RAS socket and the requests that wait for an answer.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include "ras.h"


enum {
	TIMEOUT = 3000, /* ms; H.225.0 table 18 has 3 to 5 s */
	TRIES	= 3,
};

struct transaction {
	struct le le;
	struct ras *ras;
	long seq;
	struct mbuf *mb;
	struct sa to;
	long tries, timeout;
	struct tmr tmr;
	ras_reply_h *h;
	void *arg;
};


/* ---- transactions */

static void transaction_destructor(void *data)
{
	struct transaction *tr = data;

	list_unlink(&tr->le);
	tmr_cancel(&tr->tmr);
	mem_deref(tr->mb);
}


static void transmit(struct ras *r, struct mbuf *mb, const struct sa *to)
{
	mb->pos = 0;
	(void)udp_send(r->us, to, mb);
}


static void on_timeout(void *arg)
{
	struct transaction *tr = arg;
	ras_reply_h *h = tr->h;
	void *harg     = tr->arg;

	if (tr->tries-- > 1) {
		transmit(tr->ras, tr->mb, &tr->to);
		tmr_start(&tr->tmr, (uint64_t)tr->timeout, on_timeout, tr);
		return;
	}
	event(tr->ras->term, "timeout", "{s:I}", "requestSeqNum",
	      (json_int_t)tr->seq);
	mem_deref(tr);
	if (h)
		h(NULL, NULL, harg);
}


static struct transaction *transaction_find(const struct ras *r, long seq)
{
	struct le *le;

	for (le = list_head(&r->transactions); le; le = le->next) {
		struct transaction *tr = le->data;

		if (tr->seq == seq)
			return tr;
	}

	return NULL;
}


/** Whoever asked is no more */
void ras_forget(struct ras *r, const void *arg)
{
	struct le *le;

	for (le = r ? list_head(&r->transactions) : NULL; le; le = le->next) {
		struct transaction *tr = le->data;

		if (tr->arg == arg)
			tr->h = NULL;
	}
}


/* ---- sending */

static int encode(struct ras *r, const char *name, json_t *body,
		  struct mbuf **mbp)
{
	struct mbuf *mb = mbuf_alloc(MESSAGE_MAX);
	char why[WHY_LEN];
	json_t *message;
	size_t n = 0;
	int err;

	if (!mb)
		return ENOMEM;
	security_before(r->term, name, body);
	message = json_pack("{s:O}", name, body);
	err = value_encode(r->term->app->per, "RasMessage", message, mb->buf,
			   mb->size, &n, why);
	json_decref(message);
	if (err) {
		complain(r->term, "%s: %s", name, why);
		mem_deref(mb);
		return err;
	}
	security_after(r->term, mb->buf, n);
	mb->end = n;
	mbuf_trim(mb);
	*mbp = mb;

	return 0;
}


static int keep(struct ras *r, struct mbuf *mb, long seq, const struct sa *to,
		const json_t *args, ras_reply_h *h, void *arg)
{
	struct transaction *tr = mem_zalloc(sizeof(*tr),
					    transaction_destructor);
	const json_t *conf = r->term->conf;

	if (!tr)
		return ENOMEM;
	tr->ras	    = r;
	tr->seq	    = seq;
	tr->mb	    = mem_ref(mb);
	tr->to	    = *to;
	tr->h	    = h;
	tr->arg	    = arg;
	tr->tries   = option_number(args, "tries",
				    option_number(conf, "tries", TRIES));
	tr->timeout = option_number(args, "timeout",
				    option_number(conf, "timeout", TIMEOUT));
	list_append(&r->transactions, &tr->le, tr);
	tmr_start(&tr->tmr, (uint64_t)tr->timeout, on_timeout, tr);

	return 0;
}


static void apply(json_t *body, const json_t *args)
{
	json_t *without = option(args, "without"), *item;
	size_t i;

	merge(body, option(args, "with"));
	json_array_foreach(without, i, item)
		(void)json_object_del(body, json_string_value(item));
}


/**
 * Ask. Body is taken
 *
 * @param args Of the command: "with", "without", "tries", "timeout", and "at",
 *             an address other than the gatekeeper's
 */
int ras_request(struct ras *r, const char *name, json_t *body,
		const json_t *args, ras_reply_h *h, void *arg)
{
	const char *at_text = option_text(args, "at", NULL);
	struct sa to = r->gatekeeper;
	struct mbuf *mb;
	long seq;
	int err;

	if (!json_object_get(body, "requestSeqNum"))
		(void)json_object_set_new(body, "requestSeqNum",
					  json_integer(++r->seq % 65535 + 1));
	apply(body, args);
	seq = number_at(body, "requestSeqNum", 0);
	err = at_text ? address_get(&to, at_text) : 0;
	if (!err && !sa_isset(&to, SA_ALL))
		err = EDESTADDRREQ;
	if (!err)
		err = encode(r, name, body, &mb);
	json_decref(body);
	if (err)
		return err;
	mem_deref(r->last);
	r->last	   = mem_ref(mb);
	r->last_to = to;
	transmit(r, mb, &to);
	err = keep(r, mb, seq, &to, args, h, arg);
	mem_deref(mb);

	return err;
}


/** Say something that is not answered. Body is taken */
int ras_say(struct ras *r, const struct sa *to, const char *name, json_t *body)
{
	struct mbuf *mb;
	int err = encode(r, name, body, &mb);

	json_decref(body);
	if (err)
		return err;
	transmit(r, mb, to);
	mem_deref(mb);

	return 0;
}


/** Octets as they are; to NULL: to the gatekeeper */
int ras_octets(struct ras *r, const struct sa *to, const uint8_t *p,
	       size_t len)
{
	struct mbuf mb = {.buf = (uint8_t *)(uintptr_t)p, .size = len,
			  .end = len};

	return udp_send(r->us, to ? to : &r->gatekeeper, &mb);
}


/** The last request once more, as it was */
int ras_resend(struct ras *r)
{
	if (!r->last)
		return ENOENT;
	transmit(r, r->last, &r->last_to);

	return 0;
}


/* ---- receiving */

static bool is_request(const char *name)
{
	const size_t n = strlen(name);

	return (n > 7 && !strcmp(name + n - 7, "Request")) ||
	       !strcmp(name, "serviceControlIndication");
}


static void on_answer(struct ras *r, const char *name, const json_t *body)
{
	struct transaction *tr =
		transaction_find(r, number_at(body, "requestSeqNum", -1));
	ras_reply_h *h;
	void *arg;

	if (!tr)
		return;
	if (!strcmp(name, "requestInProgress")) { /* H.225.0 §7.18 */
		tmr_start(&tr->tmr, (uint64_t)number_at(body, "delay", 1000),
			  on_timeout, tr);
		return;
	}
	h   = tr->h;
	arg = tr->arg;
	mem_deref(tr);
	if (h)
		h(name, body, arg);
}


static void on_datagram(const struct sa *src, struct mbuf *mb, void *arg)
{
	struct ras *r = arg;
	json_t *message, *body;
	char why[WHY_LEN], from[64];
	const char *name;

	if (value_decode(&message, r->term->app->per, "RasMessage",
			 mbuf_buf(mb), mbuf_get_left(mb), why)) {
		complain(r->term, "RAS: %s", why);
		return;
	}
	name = choice(message, &body);
	(void)re_snprintf(from, sizeof(from), "%J", src);
	if (!r->term->app->quiet)
		event(r->term, "ras", "{s:s,s:O}", "from", from, "message",
		      message);
	if (is_request(name))
		ras_asked(r, src, name, body);
	else
		on_answer(r, name, body);
	json_decref(message);
}


/* ---- the terminal's side of it */

const char *ras_endpoint(const struct ras *r)
{
	return r->endpoint;
}


bool ras_signalling(const struct ras *r, struct sa *sa)
{
	*sa = r->signalling;

	return sa_isset(sa, SA_ALL);
}


void ras_unregistered(struct ras *r)
{
	r->endpoint = mem_deref(r->endpoint);
	tmr_cancel(&r->refresh);
}


/** Speak from this port from now on; 0: from any */
int ras_bind(struct ras *r, uint16_t port)
{
	struct sa sa = r->term->own;
	int err;

	sa_set_port(&sa, port);
	r->us = mem_deref(r->us);
	err   = udp_listen(&r->us, &sa, on_datagram, r);
	if (err)
		return err;
	if (sa_af(&sa) == AF_INET)
		(void)udp_setsockopt(r->us, IPPROTO_IP, IP_MULTICAST_IF,
				     &sa.u.in.sin_addr,
				     sizeof(sa.u.in.sin_addr));

	return udp_local_get(r->us, &r->own);
}


static void destructor(void *data)
{
	struct ras *r = data;

	list_flush(&r->transactions);
	tmr_cancel(&r->refresh);
	mem_deref(r->us);
	mem_deref(r->gatekeeper_id);
	mem_deref(r->endpoint);
	mem_deref(r->last);
}


int ras_alloc(struct ras **rp, struct term *t)
{
	struct ras *r = mem_zalloc(sizeof(*r), destructor);
	const char *gatekeeper = option_text(t->conf, "gatekeeper", NULL);
	int err;

	if (!r)
		return ENOMEM;
	r->term = t;
	r->seq	= (uint16_t)option_number(t->conf, "requestSeqNum",
					  rand_u16());
	err = ras_bind(r, (uint16_t)option_number(t->conf, "rasPort", 0));
	if (!err && gatekeeper) {
		err = address_get(&r->gatekeeper, gatekeeper);
		if (!err && !sa_port(&r->gatekeeper))
			sa_set_port(&r->gatekeeper, RAS_PORT);
	}
	if (err)
		mem_deref(r);
	else
		*rp = r;

	return err;
}
