/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file aware_call.c  Calls of an agent in aware mode
 *
 * Two terminals of the agent's that call each other have a call each, and so
 * two sessions at the relay: one party of each is the registrar's side. What a
 * message means for the legs is lib/call's to say; here is whose it is, and
 * whether it is an offer or an answer. Owns the calls.
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
	enum session_side from;
};


static bool is_of(struct le *le, void *arg)
{
	const struct aware_call *c = le->data;
	struct search *s	   = arg;
	enum session_side from	   = session_sender(c->s, &s->m->d);

	if (from == SESSION_NOBODY)
		return false;
	/* a reply names who asked */
	if (s->m->reply)
		from = session_other(from);
	if ((from == c->terminal) != s->f->up ||
	    !addr_ip_eq(&c->addr, &s->f->terminal))
		return false;
	s->from = from;

	return true;
}


/** The call a message belongs to, and which side has sent it; NULL: none */
struct aware_call *aware_call_find(const struct aware_calls *cs,
				   const struct aware_msg *m,
				   const struct aware_from *f,
				   enum session_side *from)
{
	struct search s = {.m = m, .f = f};
	struct le *le	= hash_lookup(cs->byid, hash_joaat_str(m->callid),
				      is_of, &s);

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
 * @return 0 or ENOMEM
 */
int aware_call_id(char id[SESSION_ID_SIZE], const char *callid,
		  const char *tag, bool terminal_calls,
		  const struct addr *terminal)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	char host[ADDR_STRLEN], text[1024];
	const int n = re_snprintf(text, sizeof(text), "%s %s %s %s", callid,
				  tag, terminal_calls ? "calls" : "called",
				  addr_ip_str(terminal, host));

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


static int session_begin(struct session *s, const struct aware_msg *m,
			 const struct aware_from *f)
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
		err = aware_call_id(s->id, m->callid, m->from_tag, f->up,
				    &f->terminal);
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
	err = c && s ? session_begin(s, m, f) : ENOMEM;
	if (!err)
		err = aware_call_commit(c, s, NULL);
	free(s);
	if (err) {
		mem_deref(c);
		return err;
	}
	c->terminal = f->up ? SESSION_A : SESSION_B;
	c->addr	    = f->terminal;
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


/* ---- what a message means ---- */

static bool is_offer(const struct session *s, const struct aware_msg *m,
		     enum session_side from)
{
	const enum session_side other = session_other(from);

	if (m->method == AWARE_ACK)
		return false;
	if (!m->reply)
		return s->offerer != other || m->method == AWARE_INVITE;

	return m->method == AWARE_INVITE && s->late && s->offerer != other;
}


static void offer_of(struct aware_offer *o, const struct aware_msg *m,
		     enum session_side from)
{
	o->set	  = true;
	o->reply  = m->reply;
	o->from	  = from;
	o->cseq	  = m->cseq;
	o->digest = session_digest(m->p + m->sdp_at, m->sdp_len);
}


static bool same_offer(const struct aware_offer *x,
		       const struct aware_offer *y)
{
	return x->set && x->reply == y->reply && x->from == y->from &&
	       x->cseq == y->cseq && x->digest == y->digest;
}


/* a terminal's media come from where it is; whoever is beyond the registrar is
 * known by what he says alone */
static void facts_of(struct media_facts *mf, const struct aware_msg *m,
		     const struct aware_from *f)
{
	memset(mf, 0, sizeof(*mf));
	mf->source = f->up ? f->terminal : f->far;
	for (size_t i = 0; !f->up && i < sdp_media_count(m->sdp); i++) {
		const struct sdp_media *sm = sdp_media(m->sdp, i);

		if (sm->port && sm->addr && sm->af &&
		    !addr_parse(&mf->source, sm->addr, sm->port))
			return;
	}
}


static int sdp_work(const struct aware_call *c, struct session *s,
		    struct aware_offer *offer, const struct aware_msg *m,
		    const struct aware_from *f, enum session_side from)
{
	const bool final = !m->reply || m->code >= 200 || m->reliable;
	struct media_facts mf;
	int err = 0;

	facts_of(&mf, m, f);
	offer_of(offer, m, from);
	if (same_offer(&c->offer, offer)) {
		offer->set = false; /* it came again */
	} else if (is_offer(s, m, from)) {
		err = media_offer(s, from, m->sdp, &mf);
	} else {
		offer->set = false;
		if (s->offerer == session_other(from)) {
			err = media_answer(s, from, m->sdp, &mf, final);
			s->late = s->late && !final;
		}
	}

	return err;
}


/* the streams of an offer that was answered without saying so */
static void settle(struct session *s)
{
	for (unsigned i = 0; i < s->streams_count; i++) {
		if (s->streams[i].state == SESSION_STREAM_OFFERED)
			s->streams[i].state = SESSION_STREAM_ACTIVE;
	}
	s->offerer = SESSION_NOBODY;
}


static void reply_work(struct session *s, const struct aware_msg *m,
		       enum session_side from)
{
	const bool invite = m->method == AWARE_INVITE;

	if (invite && m->code >= 200 && m->code < 300) {
		s->confirmed = true;
		if (!m->sdp && s->offerer == session_other(from))
			settle(s);
	}
	if (m->code >= 300 && (invite || m->method == AWARE_UPDATE) &&
	    s->offerer == session_other(from))
		media_reject(s);
}


/**
 * What a message changes in its call's session
 *
 * @param c	Call
 * @param s	Copy of its session to be changed, with all room
 * @param offer Result: the offer in it, if one is
 * @param m	Message
 * @param f	Where it came from
 * @param from	Which side has sent it
 *
 * @return 0; ENOENT: nothing in it goes by a relay; E2BIG: it has too many
 *	   streams
 */
int aware_call_work(const struct aware_call *c, struct session *s,
		    struct aware_offer *offer, const struct aware_msg *m,
		    const struct aware_from *f, enum session_side from)
{
	int err = 0;

	offer->set = false;
	/* each callee downstream has a tag of its own until one answers */
	if (m->reply && m->method == AWARE_INVITE && !s->confirmed &&
	    m->d.to_tag_len)
		(void)session_set_tag(s, SESSION_B, m->to_tag,
				      m->d.to_tag_len);
	if (!m->reply && m->method == AWARE_INVITE)
		s->late = !m->sdp;
	if (m->sdp)
		err = sdp_work(c, s, offer, m, f, from);
	if (m->reply)
		reply_work(s, m, from);

	return err;
}
