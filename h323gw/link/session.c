/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sessions that calls hold at the relay: opened again when it was started
 * anew, and told of their events. Owns struct link_session.
 */
#include <errno.h>
#include <string.h>
#include "log/log.h"
#include "h323gw/link/priv.h"

#define ROOM "link"

enum {
	REOPEN_WINDOW = 64,	/* session.opens under way */
};

struct link_session {
	struct le he;		/* of the table */
	struct le todo;
	struct link *link;
	struct reopen *reopen;	/* asked for just now */
	char *id;
	struct link_session_handlers h;
	void *arg;
};

/* A session.open under way; the session may go meanwhile. */
struct reopen {
	struct le le;
	struct link *link;
	struct link_session *se;
};


static void session_destructor(void *arg)
{
	struct link_session *se = arg;

	hash_unlink(&se->he);
	list_unlink(&se->todo);
	if (se->reopen)
		se->reopen->se = NULL;
	if (se->link)
		--se->link->sessionc;
	mem_deref(se->id);
}


static void reopen_destructor(void *arg)
{
	struct reopen *ro = arg;

	list_unlink(&ro->le);
	if (ro->se)
		ro->se->reopen = NULL;
}


static bool has_id(struct le *le, void *arg)
{
	const struct link_session *se = le->data;

	return !strcmp(se->id, arg);
}


static struct link_session *find(const struct link *l, const char *id)
{
	/* hash_lookup() only reads the id */
	union {
		const char *c;
		void *v;
	} key = {.c = id};

	return list_ledata(hash_lookup(l->sessions, hash_joaat_str(id), has_id,
				       key.v));
}


int link_session_alloc(struct link_session **sp, struct link *l,
		       const char *id, const struct link_session_handlers *h,
		       void *arg)
{
	struct link_session *se;

	if (!sp || !l || !id || !h)
		return EINVAL;
	if (find(l, id))
		return EEXIST;
	if (l->sessionc >= LINK_SESSIONS_MAX)
		return ENOBUFS;
	se = mem_zalloc(sizeof(*se), session_destructor);
	if (!se)
		return ENOMEM;
	if (str_dup(&se->id, id)) {
		mem_deref(se);
		return ENOMEM;
	}
	se->link = l;
	se->h = *h;
	se->arg = arg;
	++l->sessionc;
	hash_append(l->sessions, hash_joaat_str(id), &se->he, se);
	*sp = se;
	return 0;
}


static void reopen_some(struct link *l);


static void reopen_handler(const struct rpc_error *err, const json_t *result,
			   int *fds, size_t nfds, void *arg)
{
	struct reopen *ro = arg;
	struct link *l = ro->link;
	struct link_session *se = ro->se;
	(void)fds;
	(void)nfds;

	if (rpc_conn_closed(l->rc))
		return;
	mem_ref(l);
	mem_deref(ro);
	if (err && se)
		log_warn(ROOM, "session %s: not opened again: %s", se->id,
			 err->message);
	if (se && se->h.openedh)
		se->h.openedh(err, result, se->arg);
	reopen_some(l);
	mem_deref(l);
}


/* 0 or, when nothing is left to be asked for this one, ENOENT */
static int reopen_one(struct link *l, struct link_session *se)
{
	json_t *params = se->h.openh ? se->h.openh(se->arg) : NULL;
	struct reopen *ro;
	int err;

	if (!params)
		return ENOENT;
	ro = mem_zalloc(sizeof(*ro), reopen_destructor);
	if (!ro) {
		json_decref(params);
		return ENOMEM;
	}
	ro->link = l;
	ro->se = se;
	se->reopen = ro;
	list_append(&l->reopening, &ro->le, ro);
	err = rpc_call(l->rc, "session.open", params, 0, reopen_handler, ro);
	json_decref(params);
	if (err)
		mem_deref(ro);
	return err;
}


static void reopen_some(struct link *l)
{
	struct link_session *se;

	while (l->state == LINK_REOPENING &&
	       list_count(&l->reopening) < REOPEN_WINDOW &&
	       (se = list_ledata(list_head(&l->todo)))) {
		list_unlink(&se->todo);
		(void)reopen_one(l, se);
	}
	if (l->state == LINK_REOPENING && list_isempty(&l->todo) &&
	    list_isempty(&l->reopening)) {
		link_ready(l);
		l->restarted = false;
	}
}


static bool todo_add(struct le *le, void *arg)
{
	struct link_session *se = le->data;

	list_append(arg, &se->todo, se);
	return false;
}


/* Open all of them again, some at a time; link_ready() at the end. */
void link_sessions_reopen(struct link *l)
{
	list_clear(&l->todo);
	(void)hash_apply(l->sessions, todo_add, &l->todo);
	reopen_some(l);
}


void link_sessions_lost(struct link *l)
{
	list_flush(&l->reopening);
	list_clear(&l->todo);
}


static bool leave(struct le *le, void *arg)
{
	struct link_session *se = le->data;
	(void)arg;

	se->link = NULL;
	return false;
}


/* The link goes; whoever holds a session finds it without. */
void link_sessions_drop(struct link *l)
{
	link_sessions_lost(l);
	(void)hash_apply(l->sessions, leave, NULL);
	hash_clear(l->sessions);
}


/* What to tell to all sessions, any of which may go meanwhile: those in `todo`
 * have not heard it yet. */
static void tell_all(struct link *l, const char *method, const json_t *params)
{
	struct list heard = LIST_INIT;
	struct link_session *se;

	/* the list is in use for its own purpose now: they will all be
	 * opened, or found impossible to open, in a moment */
	if (l->state == LINK_REOPENING)
		return;
	(void)hash_apply(l->sessions, todo_add, &l->todo);
	while ((se = list_ledata(list_head(&l->todo)))) {
		list_unlink(&se->todo);
		list_append(&heard, &se->todo, se);
		if (se->h.eventh)
			se->h.eventh(method, params, se->arg);
	}
	list_clear(&heard);
}


void link_session_event(struct link *l, const char *method,
			const json_t *params)
{
	const char *id = json_string_value(json_object_get(params, "id"));
	struct link_session *se;

	if (!strncmp(method, "agent.", 6)) {
		tell_all(l, method, params);
		return;
	}
	se = id ? find(l, id) : NULL;
	if (se && se->h.eventh)
		se->h.eventh(method, params, se->arg);
}
