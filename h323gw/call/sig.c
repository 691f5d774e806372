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
	else if (!sig_is_kept(s))
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

/* whoever is registered has been asked about by ARQ before; strangers have not,
 * and each costs a call's beginning */
static bool is_flood(struct sig *s)
{
	struct calls *cs = s->cs;
	char who[REACH_AGENT_LEN + ADDR_STRLEN], ip[ADDR_STRLEN];

	if (s->known || s->ours)
		return false;
	(void)re_snprintf(who, sizeof(who), "%s/%s", s->agent,
			  addr_ip_str(&s->from, ip));
	if (flood_pass(cs->flood, index_hash(cs->seed, who, strlen(who)),
		       (int64_t)tmr_jiffies()))
		return false;
	metrics_inc(cs->stats, STAT_CALLS_FLOOD);
	calls_odd(cs, who, "more Setups than [policy] rate");

	return true;
}


static void setup(struct sig *s, const struct q931 *q, const uint8_t *p,
		  size_t len)
{
	struct calls *cs = s->cs;
	struct held *h;

	if (is_flood(s)) {
		sig_refuse(s, q, ReleaseCompleteReason_PR_gatekeeperResources,
			   CAUSE_NO_RESOURCE);
		return;
	}
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
	if (!q.callref_len || !q.callref) {
		sig_global(s, &q);
		return;
	}
	l = leg_find(cs, s, q.callref, !q.from_destination);
	/* some get the flag wrong */
	if (!l && q.type != Q931_SETUP)
		l = leg_find(cs, s, q.callref, q.from_destination);
	if (l)
		call_q931(l->held->call, l->side, p, len);
	else if (q.type == Q931_SETUP && !q.from_destination)
		setup(s, &q, p, len);
	else
		sig_stray(s, &q, p, len);
}


static void on_close(int err, void *arg)
{
	struct sig *s = arg;
	struct leg *l;

	mem_ref(s);
	conn_drop(s->conn);
	s->conn = NULL;
	while ((l = list_ledata(list_head(&s->legs)))) {
		/* it has come back before, and may do so again */
		if (l->held->restored)
			call_signal_away(l->held->call, l->side);
		else
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


void sig_known(struct sig *s, const struct reach *r)
{
	s->reach = *r;
	s->known = true;
	if (sig_is_kept(s))
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
	s->door	 = !agent && addr_is_set(&s->local);
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
		sig_keep(s);
	if (s->door)
		s->known = gk_upstream_caller(cs->gk, &s->reach, &s->from,
					      &s->local);
	else if (gk_caller(cs->gk, &r, s->agent, &s->from, NULL, NULL))
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
