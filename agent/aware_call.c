/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file aware_call.c  Calls of an agent in aware mode
 *
 * Two terminals of the agent's that call each other have a call each, and so
 * two sessions at the relay: one party of each is the registrar's side. Which
 * call a message is of is said here. Owns the calls.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>
#include "aware_call.h"

enum {
	BUCKETS = 256,
	DIGITS	= 32, /* of an id */
};

struct aware_calls {
	struct hash *byid;
	struct list all; /* the oldest first */
};


static void calls_destructor(void *arg)
{
	struct aware_calls *cs = arg;
	struct le *le;

	while ((le = list_head(&cs->all)) != NULL)
		aware_call_end(le->data);
	mem_deref(cs->byid);
}


/** None there are; mem_deref() it */
int aware_calls_alloc(struct aware_calls **cp)
{
	struct aware_calls *cs = mem_zalloc(sizeof(*cs), calls_destructor);
	int err = cs ? hash_alloc(&cs->byid, BUCKETS) : ENOMEM;

	if (err)
		mem_deref(cs);
	else
		*cp = cs;

	return err;
}


struct list *aware_calls_list(struct aware_calls *cs)
{
	return &cs->all;
}


/* ---- whose a message is ---- */

struct search {
	const struct aware_msg *m;
	const struct aware_from *f;
	bool (*is)(const struct addr *a, const struct addr *b); /* who */
	enum session_side from;
};


static bool begins(const struct aware_msg *m)
{
	return !m->reply && m->method == AWARE_INVITE && !m->d.to_tag_len;
}


/* what began a call may come again when its answer is there already */
static bool began(const struct aware_call *c, const struct aware_msg *m)
{
	return begins(m) && m->cseq == c->cseq &&
	       !strcmp(m->callid, c->s->callid) &&
	       !strcmp(m->from_tag, c->s->tag[SESSION_A]);
}


static bool is_of(struct le *le, void *arg)
{
	const struct aware_call *c = le->data;
	struct search *s	   = arg;
	enum session_side from	   = began(c, s->m)
					     ? SESSION_A
					     : session_sender(c->s, &s->m->d);

	if (from == SESSION_NOBODY)
		return false;
	/* a reply names who asked */
	if (s->m->reply)
		from = session_other(from);
	if ((from == c->terminal) != s->f->up ||
	    !s->is(&c->addr, &s->f->terminal))
		return false;
	s->from = from;

	return true;
}


/**
 * The call a message belongs to
 *
 * A call that forks may reach several terminals of one host. One terminal may
 * speak from several ports: it connects anew, or sends by TCP what is too
 * large for a datagram (RFC 3261 §18.1.1).
 *
 * @param cs   Table
 * @param m    Message
 * @param f    Who has sent it
 * @param from Result: which side that is
 *
 * @return NULL: none
 */
struct aware_call *aware_call_find(const struct aware_calls *cs,
				   const struct aware_msg *m,
				   const struct aware_from *f,
				   enum session_side *from)
{
	const uint32_t key = hash_joaat_str(m->callid);
	struct search s	   = {.m = m, .f = f, .is = addr_eq};
	struct le *le	   = hash_lookup(cs->byid, key, is_of, &s);

	s.is = addr_ip_eq;
	if (!le && !begins(m))
		le = hash_lookup(cs->byid, key, is_of, &s);
	*from = s.from;

	return list_ledata(le);
}


/** By the session's id; NULL: none */
struct aware_call *aware_call_by_id(const struct aware_calls *cs,
				    const char *id)
{
	struct le *le = list_head(&cs->all);

	while (le && strcmp(((struct aware_call *)le->data)->s->id, id))
		le = le->next;

	return list_ledata(le);
}


/**
 * A session's id follows from its call: an agent that was started anew, and
 * knows nothing of the call, can still end it
 *
 * @param id		 Result
 * @param callid	 Call-ID
 * @param tag		 The caller's
 * @param terminal_calls The terminal is the caller
 * @param terminal	 Where it is
 * @param with_port	 The port is part of it: another of that host has the
 *			 one without
 *
 * @return 0 or ENOMEM
 */
int aware_call_id(char id[SESSION_ID_SIZE], const char *callid,
		  const char *tag, bool terminal_calls,
		  const struct addr *terminal, bool with_port)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	char host[ADDR_STRLEN], text[1024];
	const int n = re_snprintf(text, sizeof(text), "%s %s %s %s", callid,
				  tag, terminal_calls ? "calls" : "called",
				  (with_port ? addr_str : addr_ip_str)(
					  terminal, host));

	if (n < 0 || !EVP_Digest(text, (size_t)n, digest, NULL, EVP_sha256(),
				 NULL))
		return ENOMEM;
	for (unsigned i = 0; i < DIGITS / 2; i++)
		(void)re_snprintf(id + 2 * i, 3, "%02x", digest[i]);

	return 0;
}


/* ---- one of them ---- */

static void call_destructor(void *arg)
{
	struct aware_call *c = arg;

	hash_unlink(&c->he);
	list_unlink(&c->le);
	free(c->s);
}


/** It is in no table any more; who still works on it has it until then */
void aware_call_end(struct aware_call *c)
{
	hash_unlink(&c->he);
	list_unlink(&c->le);
	mem_deref(c);
}


static int name(struct session *s, const struct aware_calls *cs,
		const struct aware_msg *m, const struct aware_from *f)
{
	int err = aware_call_id(s->id, m->callid, m->from_tag, f->up,
				&f->terminal, false);

	if (!err && aware_call_by_id(cs, s->id))
		err = aware_call_id(s->id, m->callid, m->from_tag, f->up,
				    &f->terminal, true);

	return err;
}


static int session_begin(struct session *s, const struct aware_calls *cs,
			 const struct aware_msg *m, const struct aware_from *f)
{
	const enum session_side mine = f->up ? SESSION_A : SESSION_B;
	const struct addr *const at[SESSION_SIDES] = {
		[SESSION_A] = f->up ? &f->door : &f->far,
		[SESSION_B] = f->up ? &f->far : &f->door,
	};
	int err = session_set_callid(s, m->callid, m->d.callid_len);

	if (!err)
		err = session_set_tag(s, SESSION_A, m->from_tag,
				      m->d.from_tag_len);
	/* a dialog that is older than this agent's memory */
	if (!err && m->d.to_tag_len)
		err = session_set_tag(s, SESSION_B, m->to_tag,
				      m->d.to_tag_len);
	if (!err)
		err = name(s, cs, m, f);
	for (unsigned i = 0; i < SESSION_SIDES; i++)
		s->family[i] = addr_family(at[i]) == AF_INET6 ? 6 : 4;
	if (!f->up && m->sdp && media_family(m->sdp))
		s->family[SESSION_A] = (uint8_t)media_family(m->sdp);
	(void)str_ncpy(s->agent[mine], f->agent, sizeof(s->agent[mine]));

	return err;
}


/**
 * An INVITE begins a call
 *
 * @param cp Result, the table's
 * @param cs Table
 * @param m  The INVITE
 * @param f  Who has sent it
 *
 * @return 0; ENOSPC: there are too many; EINVAL, E2BIG: it has no tag, or one
 *	   that is too long; ENOMEM
 */
int aware_call_new(struct aware_call **cp, struct aware_calls *cs,
		   const struct aware_msg *m, const struct aware_from *f)
{
	struct aware_call *c;
	struct session *s;
	int err;

	if (list_count(&cs->all) >= AWARE_CALLS_MAX)
		return ENOSPC;
	c = mem_zalloc(sizeof(*c), call_destructor);
	s = session_alloc();
	err = c && s ? session_begin(s, cs, m, f) : ENOMEM;
	if (!err)
		err = aware_call_commit(c, s, NULL);
	free(s);
	if (err) {
		mem_deref(c);
		return err;
	}
	c->terminal = f->up ? SESSION_A : SESSION_B;
	c->addr	    = f->terminal;
	c->cseq	    = m->cseq;
	hash_append(cs->byid, hash_joaat_str(m->callid), &c->he, c);
	list_append(&cs->all, &c->le, c);
	*cp = c;

	return 0;
}


/**
 * Put a changed session back
 *
 * @return 0 or ENOMEM
 */
int aware_call_commit(struct aware_call *c, const struct session *s,
		      const struct aware_offer *offer)
{
	struct session *now = malloc(session_size(s->streams_count));

	if (!now)
		return ENOMEM;
	session_copy(now, s);
	free(c->s);
	c->s	 = now;
	c->heard = tmr_jiffies();
	if (offer && offer->set)
		c->offer = *offer;

	return 0;
}
