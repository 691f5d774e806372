/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sig.c  Connections of call signalling, and which call a message is for
 *
 * A connection carries any number of calls; each is found by its call
 * reference and by who chose that (Q.931 §4.3). One that we opened is closed
 * when its calls have ended; one that a terminal behind a NAT opened is kept
 * for calls to it.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "h323gw/call/host.h"


enum {
	LINGER = 2000,	/* ms, for the other end to close first */
	IDLE   = 15000,
	REFS   = 0x7fff,
};


static void on_idle(void *arg)
{
	mem_deref(arg);
}


static void sig_destructor(void *arg)
{
	struct sig *s = arg;

	tmr_cancel(&s->idle);
	list_unlink(&s->le);
	hash_unlink(&s->le_ip);
	conn_finish(s->conn);
}


/* ---- legs ---- */

static uint32_t leg_key(const struct sig *s, uint32_t ref, bool theirs)
{
	return hash_fast((const char *)&s, sizeof(s)) ^ ref << 1 ^ theirs;
}


struct leg_wanted {
	const struct sig *s;
	uint32_t ref;
	bool theirs;
};


static bool leg_is(struct le *le, void *arg)
{
	const struct leg_wanted *w = arg;
	const struct leg *l	   = le->data;

	return l->sig == w->s && l->ref == w->ref && l->theirs == w->theirs;
}


struct leg *leg_find(struct calls *cs, const struct sig *s, uint32_t ref,
		     bool theirs)
{
	struct leg_wanted w = {s, ref, theirs};

	return list_ledata(hash_lookup(cs->legs, leg_key(s, ref, theirs),
				       leg_is, &w));
}


void leg_bind(struct leg *l, struct sig *s, uint32_t ref, bool theirs)
{
	l->sig	  = s;
	l->ref	  = ref;
	l->theirs = theirs;
	hash_append(s->cs->legs, leg_key(s, ref, theirs), &l->le, l);
	list_append(&s->legs, &l->le_sig, l);
	tmr_cancel(&s->idle);
}


/* is it a terminal's that we can't connect to? */
static bool is_kept(const struct sig *s)
{
	return !s->ours && s->known && s->reach.nat && s->reach.endpoint[0];
}


void leg_release(struct leg *l)
{
	struct sig *s = l->sig;

	if (!s)
		return;
	hash_unlink(&l->le);
	list_unlink(&l->le_sig);
	l->sig = NULL;
	s->gone[s->gonec++ % (sizeof(s->gone) / sizeof(s->gone[0]))] = l->ref;
	if (s->legs.head)
		return;
	if (!s->conn)
		tmr_start(&s->idle, 0, on_idle, s);
	else if (!is_kept(s))
		tmr_start(&s->idle, s->ours ? LINGER : IDLE, on_idle, s);
}


/* a reference of our choice that no call has there */
uint32_t leg_ref(struct calls *cs, const struct sig *s)
{
	for (unsigned i = 0; i < REFS; i++) {
		cs->next_ref = cs->next_ref % REFS + 1;
		if (!leg_find(cs, s, cs->next_ref, false))
			break;
	}

	return cs->next_ref;
}


/* ---- messages ---- */

static void setup(struct sig *s, const struct q931 *q, const uint8_t *p,
		  size_t len)
{
	struct calls *cs = s->cs;
	struct held *h;

	if (cs->count >= cs->conf.calls_max) {
		metrics_inc(cs->stats, STAT_CALLS_REFUSED);
		sig_refuse(s, q, ReleaseCompleteReason_PR_gatekeeperResources,
			   CAUSE_NO_RESOURCE);
		return;
	}
	if (held_alloc(&h, cs, s, q->callref))
		return;
	call_q931(h->call, SIDE_A, p, len);
}


static void on_message(const uint8_t *p, size_t len, void *arg)
{
	struct sig *s	 = arg;
	struct calls *cs = s->cs;
	const char *why;
	struct leg *l;
	struct q931 q;

	metrics_inc(cs->stats, STAT_MESSAGES);
	if (q931_decode(&q, p, len, &why)) {
		metrics_inc(cs->stats, STAT_MALFORMED);
		calls_odd(cs, s->reach.alias, why);
		return;
	}
	/* the global call reference: nothing that concerns a call */
	if (!q.callref_len || !q.callref)
		return;
	l = leg_find(cs, s, q.callref, !q.from_destination);
	/* some get the flag wrong */
	if (!l && q.type != Q931_SETUP)
		l = leg_find(cs, s, q.callref, q.from_destination);
	if (l)
		call_q931(l->held->call, l->side, p, len);
	else if (q.type == Q931_SETUP && !q.from_destination)
		setup(s, &q, p, len);
	else
		sig_stray(s, &q);
}


static void on_close(int err, void *arg)
{
	struct sig *s = arg;
	struct leg *l;

	mem_ref(s);
	conn_drop(s->conn);
	s->conn = NULL;
	while ((l = list_ledata(list_head(&s->legs)))) {
		call_signal_lost(l->held->call, l->side, err);
		/* a call that is not so far yet */
		if (list_ledata(list_head(&s->legs)) == l)
			leg_release(l);
	}
	tmr_start(&s->idle, 0, on_idle, s);
	mem_deref(s);
}


/* ---- connections ---- */

static struct conn_handlers handlers(struct sig *s)
{
	return (struct conn_handlers){on_message, on_close, s};
}


/* agent: "": none */
static int sig_alloc(struct sig **sp, struct calls *cs, const char *agent,
		     const struct addr *from)
{
	struct sig *s = mem_zalloc(sizeof(*s), sig_destructor);

	if (!s)
		return ENOMEM;
	s->cs = cs;
	str_ncpy(s->agent, agent, sizeof(s->agent));
	s->from = *from;
	list_append(&cs->sigs, &s->le, s);
	*sp = s;

	return 0;
}


static uint32_t ip_key(const struct addr *a)
{
	char ip[ADDR_STRLEN];

	return hash_joaat_str(addr_ip_str(a, ip));
}


struct kept {
	const struct reach *reach;
	struct sig *theirs, *perhaps;
	unsigned strangers;
};


static bool kept_look(struct le *le, void *arg)
{
	struct sig *s  = le->data;
	struct kept *k = arg;

	if (!s->conn || !addr_ip_eq(&s->from, &k->reach->seen))
		return false;
	if (!s->known) {
		k->perhaps = s;
		++k->strangers;
	} else if (!strcmp(s->reach.endpoint, k->reach->endpoint))
		k->theirs = s;

	return false;
}


/* the connection that a terminal behind a NAT keeps open for us: one by which
 * it said who it is, or the only one from there whose owner is not known */
struct sig *sig_kept(struct calls *cs, const struct reach *r)
{
	struct kept k = {.reach = r};

	(void)hash_lookup(cs->by_ip, ip_key(&r->seen), kept_look, &k);
	if (k.theirs)
		return k.theirs;

	return k.strangers == 1 ? k.perhaps : NULL;
}


void sig_known(struct sig *s, const struct reach *r)
{
	s->reach = *r;
	s->known = true;
	if (is_kept(s))
		tmr_cancel(&s->idle);
}


/* ch: whose it is, through an agent or ("") not */
int sig_accept(struct calls *cs, int fd, const struct link_channel *ch)
{
	const bool agent = ch->agent[0] != '\0';
	char source[CONN_SOURCE_LEN], ip[ADDR_STRLEN];
	struct conn_handlers h;
	struct reach r;
	struct sig *s;
	int err;

	err = sig_alloc(&s, cs, ch->agent, &ch->from);
	if (err) {
		(void)close(fd);
		return err;
	}
	s->local = ch->local;
	(void)re_snprintf(source, sizeof(source), "%s%s", agent ? "agent:" : "",
			  agent ? ch->agent : addr_ip_str(&ch->from, ip));
	h   = handlers(s);
	err = conn_take(&s->conn, cs->conns, fd, source, &h);
	if (err) {
		mem_deref(s);
		return err;
	}
	again_lasts(s->conn, ch);
	if (!agent)
		hash_append(cs->by_ip, ip_key(&s->from), &s->le_ip, s);
	if (gk_caller(cs->gk, &r, s->agent, &s->from, NULL, NULL))
		sig_known(s, &r);

	return 0;
}


/* a descriptor that leads to somebody we asked for */
int sig_take(struct sig **sp, struct calls *cs, int fd,
	     const struct link_channel *ch)
{
	struct conn_handlers h;
	struct sig *s;
	int err;

	err = sig_alloc(&s, cs, ch->agent, &ch->from);
	if (err) {
		(void)close(fd);
		return err;
	}
	s->ours = true;
	h	= handlers(s);
	err	= conn_take(&s->conn, cs->conns, fd, NULL, &h);
	if (err) {
		mem_deref(s);
		return err;
	}
	again_lasts(s->conn, ch);
	*sp = s;

	return 0;
}


/* from the address they know us by, where the machine has it */
int connect_from(struct conn **cp, struct calls *cs, const struct addr *own,
		 const struct addr *to, const struct conn_handlers *h,
		 conn_up_h *uph)
{
	struct addr local = *own;
	int err		  = EADDRNOTAVAIL;

	addr_set_port(&local, 0);
	if (addr_family(own) == addr_family(to))
		err = conn_connect(cp, cs->conns, &local, to, h, uph);
	if (err == EADDRNOTAVAIL)
		err = conn_connect(cp, cs->conns, NULL, to, h, uph);

	return err;
}


/* uph's argument is arg; then the connection is the signalling's */
int sig_connect(struct sig **sp, struct calls *cs, const struct addr *own,
		const struct addr *to, conn_up_h *uph, void *arg)
{
	const struct conn_handlers h = {on_message, on_close, arg};
	struct sig *s;
	int err;

	err = sig_alloc(&s, cs, "", to);
	if (err)
		return err;
	s->ours = true;
	err	= connect_from(&s->conn, cs, own, to, &h, uph);
	if (err)
		mem_deref(s);
	else
		*sp = s;

	return err;
}


void sig_connected(struct sig *s)
{
	const struct conn_handlers h = handlers(s);

	conn_handlers_set(s->conn, &h);
}
