/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sources.c  Who sends from a local address: a terminal behind an agent?
 *
 * Owns what the relay said, and the messages that wait for it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "rpc/libre.h"
#include "h323gw/link/link.h"
#include "h323gw/zone/index.h"
#include "log/log.h"
#include "sources.h"


#define ROOM "ras"

struct held {
	struct le le;
	size_t len;
	uint8_t p[];
};

struct known {
	struct index_node node;
	struct le le; /* the one heard of longest ago first */
	struct sources *owner;
	struct addr from;
	struct ras_source src;
	int64_t until; /* 0: asking */
	struct link_request *asking;
	struct list held;
};

struct sources {
	uint64_t seed[2];
	struct link *link;
	struct index by_from;
	struct list all;
	unsigned asked;
	source_held_h *heldh;
	source_dropped_h *droppedh;
	void *arg;
};


static void known_destructor(void *arg)
{
	struct known *k = arg;

	if (k->asking)
		--k->owner->asked;
	mem_deref(k->asking);
	list_unlink(&k->le);
	index_remove(&k->owner->by_from, &k->node);
	if (k->held.head)
		k->owner->droppedh(list_count(&k->held), k->owner->arg);
	list_flush(&k->held);
}


static void sources_destructor(void *arg)
{
	struct sources *s = arg;

	list_flush(&s->all);
	index_reset(&s->by_from);
}


int sources_alloc(struct sources **sp, const uint64_t seed[2],
		  source_held_h *heldh, source_dropped_h *droppedh, void *arg)
{
	struct sources *s = mem_zalloc(sizeof(*s), sources_destructor);

	if (!s)
		return ENOMEM;
	s->seed[0]  = seed[0];
	s->seed[1]  = seed[1];
	s->heldh    = heldh;
	s->droppedh = droppedh;
	s->arg	    = arg;
	*sp	    = s;

	return 0;
}


void sources_forget(struct sources *s)
{
	list_flush(&s->all);
}


void sources_link(struct sources *s, struct link *link)
{
	sources_forget(s);
	s->link = link;
}


/* ---- what is known ---- */

static int match(const struct index_node *n, const void *key)
{
	return addr_eq(&((const struct known *)n)->from, key);
}


static uint64_t hash(const struct sources *s, const struct addr *a)
{
	return index_hash(s->seed, &a->u, addr_socklen(a));
}


static struct known *known_find(const struct sources *s, const struct addr *a)
{
	return (struct known *)index_find(&s->by_from, hash(s, a), match, a);
}


static struct known *known_make(struct sources *s, const struct addr *from)
{
	struct known *k;

	if (s->by_from.used >= SOURCES_MAX)
		mem_deref(list_ledata(list_head(&s->all)));
	k = mem_zalloc(sizeof(*k), known_destructor);
	if (!k)
		return NULL;
	k->owner    = s;
	k->from	    = *from;
	k->src.from = k->src.seen = *from;
	if (index_add(&s->by_from, &k->node, hash(s, from)))
		return mem_deref(k);
	list_append(&s->all, &k->le, k);

	return k;
}


/* ---- asking ---- */

static bool take_addr(struct addr *a, const json_t *result, const char *key)
{
	const char *text = json_string_value(json_object_get(result, key));

	return text && !addr_parse_hostport(a, text);
}


static bool take(struct ras_source *src, const json_t *result)
{
	const char *agent = json_string_value(json_object_get(result, "agent"));

	if (!agent || strlen(agent) >= sizeof(src->agent) ||
	    !take_addr(&src->seen, result, "terminal") ||
	    !take_addr(&src->local_ras, result, "local") ||
	    !take_addr(&src->local, result, "signalling"))
		return false;
	memcpy(src->agent, agent, strlen(agent) + 1);

	return true;
}


/* the handler may make the list longer, or end all */
static void release(struct known *k)
{
	struct sources *s	    = k->owner;
	const struct ras_source src = k->src;
	struct list held	    = k->held;
	struct le *le;

	list_init(&k->held);
	for (le = held.head; le; le = le->next)
		le->list = &held;
	while ((le = list_head(&held))) {
		struct held *h = le->data;

		s->heldh(&src, h->p, h->len, s->arg);
		list_unlink(&h->le);
		mem_deref(h);
	}
}


/* who can't be told for want of a relay is not taken for somebody else */
static void on_answer(const struct rpc_error *err, const json_t *result,
		      int *fds, size_t nfds, void *arg)
{
	struct known *k = arg;
	(void)fds;
	(void)nfds;

	k->asking = NULL;
	--k->owner->asked;
	if (err && err->code != RPC_NOT_FOUND) {
		mem_deref(k);
		return;
	}
	if (!err && !take(&k->src, result)) {
		log_warn(ROOM, "the relay's answer to channel.get makes no "
			 "sense");
		mem_deref(k);
		return;
	}
	k->until = (int64_t)tmr_jiffies() +
		   (err ? SOURCE_NOBODY_MS : SOURCE_LIFE_MS);
	release(k);
}


static int ask(struct known *k)
{
	char text[ADDR_STRLEN];
	json_t *params;
	int err;

	if (k->owner->asked >= SOURCES_ASKED_MAX)
		return ENOBUFS;
	params = json_pack("{s:s}", "address", addr_str(&k->from, text));
	if (!params)
		return ENOMEM;
	err = link_call(&k->asking, k->owner->link, "channel.get", params,
			on_answer, k);
	json_decref(params);
	if (!err)
		++k->owner->asked;

	return err;
}


static int hold(struct known *k, const uint8_t *p, size_t len)
{
	struct held *h;

	if (list_count(&k->held) >= SOURCE_HELD_MAX)
		return ENOBUFS;
	h = mem_zalloc(sizeof(*h) + len, NULL);
	if (!h)
		return ENOMEM;
	h->len = len;
	memcpy(h->p, p, len);
	list_append(&k->held, &h->le, h);

	return EINPROGRESS;
}


int sources_find(struct sources *s, struct ras_source *src, const uint8_t *p,
		 size_t len)
{
	struct known *k = known_find(s, &src->from);
	int err;

	if (!s->link)
		return 0;
	if (!k) {
		k = known_make(s, &src->from);
		if (!k)
			return ENOMEM;
	}
	else if (k->until > (int64_t)tmr_jiffies()) {
		const bool multicast = src->multicast;

		*src	       = k->src;
		src->multicast = multicast;
		return 0;
	}
	if (!k->asking) {
		err = ask(k);
		if (err) {
			mem_deref(k);
			return err;
		}
	}

	return hold(k, p, len);
}
