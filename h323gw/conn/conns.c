/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file conns.c  All connections: limits, who they are counted to
 *
 * Owns the sources, and connections that only finish.
 */
#include <errno.h>
#include <string.h>
#include "h323gw/conn/priv.h"


enum {
	SOURCES_HASH = 1024,
	LASTING_HASH = 8192,
};


static void conns_destructor(void *arg)
{
	struct conns *cs = arg;

	list_flush(&cs->finishing);
	tmr_cancel(&cs->alive);
	hash_flush(cs->sources);
	mem_deref(cs->sources);
	mem_deref(cs->lasting);
}


int conns_alloc(struct conns **csp, const struct conns_conf *conf)
{
	struct conns *cs = mem_zalloc(sizeof(*cs), conns_destructor);
	int err;

	if (!cs)
		return ENOMEM;
	cs->conf = *conf;
	list_init(&cs->finishing);
	err = hash_alloc(&cs->sources, SOURCES_HASH);
	if (!err)
		err = hash_alloc(&cs->lasting, LASTING_HASH);
	if (err)
		mem_deref(cs);
	else
		*csp = cs;

	return err;
}


void conns_conf_set(struct conns *cs, const struct conns_conf *conf)
{
	cs->conf = *conf;
}


const struct conns_stats *conns_stats(const struct conns *cs)
{
	return &cs->stats;
}


size_t conns_count(const struct conns *cs)
{
	return cs->count;
}


/* ---- sources ---- */

static void source_destructor(void *arg)
{
	struct source *s = arg;

	hash_unlink(&s->le);
}


static bool source_is(struct le *le, void *arg)
{
	const struct source *s = le->data;

	return !strcmp(s->name, arg);
}


static struct source *source_find(struct conns *cs, char *name)
{
	return list_ledata(hash_lookup(cs->sources, hash_joaat_str(name),
				       source_is, name));
}


/* one more connection of theirs; EMFILE: that would be too many */
int source_take(struct source **sp, struct conns *cs, const char *name)
{
	char key[CONN_SOURCE_LEN];
	struct source *s;

	if (cs->accepted >= cs->conf.max) {
		++cs->stats.refused_max;
		return EMFILE;
	}
	str_ncpy(key, name, sizeof(key));
	s = source_find(cs, key);
	if (s && s->n >= cs->conf.source_max) {
		++cs->stats.refused_source;
		return EMFILE;
	}
	if (!s) {
		s = mem_zalloc(sizeof(*s), source_destructor);
		if (!s)
			return ENOMEM;
		s->cs = cs;
		memcpy(s->name, key, sizeof(key));
		hash_append(cs->sources, hash_joaat_str(key), &s->le, s);
	}
	++s->n;
	++cs->accepted;
	++cs->stats.accepted;
	*sp = s;

	return 0;
}


void source_drop(struct source *s)
{
	if (!s)
		return;
	--s->cs->accepted;
	if (!--s->n)
		mem_deref(s);
}
