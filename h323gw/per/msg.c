/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The codec, and messages: making and releasing both. A message lies in its
 * own arena but for struct per_msg itself.
 */
#include <stdlib.h>
#include "h323gw/per/priv.h"


int per_alloc(struct per **perp, const struct per_conf *conf)
{
	struct per *per;
	int err;

	if (!perp || (conf && !conf->alloc_h != !conf->free_h))
		return EINVAL;
	per = calloc(1, sizeof(*per));
	if (!per)
		return ENOMEM;
	if (conf)
		per->conf = *conf;
	if (!per->conf.depth_max || per->conf.depth_max > PER_DEPTH_MAX)
		per->conf.depth_max = PER_DEPTH_MAX;
	if (!per->conf.elements_max)
		per->conf.elements_max = PER_ELEMENTS_MAX;
	if (!per->conf.additions_max)
		per->conf.additions_max = PER_ADDITIONS_MAX;
	if (!per->conf.bytes_max)
		per->conf.bytes_max = PER_BYTES_MAX;

	err = table_build(per);
	if (err)
		per_free(per);
	else
		*perp = per;
	return err;
}


void per_free(struct per *per)
{
	if (!per)
		return;
	table_free(per);
	free(per);
}


int per_msg_alloc(struct per_msg **msgp, const struct per *per,
		  const struct per_type *type)
{
	struct per_msg *m;
	struct arena a;

	if (!msgp || !per || !type)
		return EINVAL;
	arena_init(&a, &per->conf, NULL, 0);
	m = arena_zalloc(&a, sizeof(*m));
	if (!m)
		return a.err;
	m->per = per;
	m->type = type;
	m->value = arena_zalloc(&a, type->size);
	m->root.type = type;
	m->root.value = m->value;
	m->last_part = &m->root;
	m->arena = a;
	if (!m->value) {
		per_msg_free(m);
		return a.err;
	}
	*msgp = m;
	return 0;
}


void per_msg_free(struct per_msg *msg)
{
	struct arena a;

	if (!msg)
		return;
	/* the message lies in what is released */
	a = msg->arena;
	arena_reset(&a);
}


void *per_msg_value(const struct per_msg *msg)
{
	return msg ? msg->value : NULL;
}


const struct per_type *per_msg_type(const struct per_msg *msg)
{
	return msg ? msg->type : NULL;
}


const uint8_t *per_msg_octets(const struct per_msg *msg)
{
	return msg ? msg->octets : NULL;
}


size_t per_msg_len(const struct per_msg *msg)
{
	return msg ? msg->len : 0;
}


size_t per_msg_memory(const struct per_msg *msg)
{
	return msg ? msg->arena.used : 0;
}


void *per_msg_zalloc(struct per_msg *msg, size_t size)
{
	void *p;

	if (!msg)
		return NULL;
	p = arena_zalloc(&msg->arena, size);
	/* a later, smaller wish may be granted */
	msg->arena.err = 0;
	return p;
}


int per_msg_append(struct per_msg *msg, void *list, void *elem)
{
	asn_anonymous_set_ *l = list;

	if (!msg || !list || !elem || l->count < 0)
		return EINVAL;
	if (l->count >= l->size) {
		const size_t size = l->size > 0 ? 2 * (size_t)l->size : 4;
		void **array = per_msg_zalloc(msg, size * sizeof(*array));

		if (!array)
			return ENOMEM;
		if (l->count)
			memcpy(array, l->array,
			       (size_t)l->count * sizeof(*array));
		l->array = array;
		l->size = (int)size;
	}
	l->array[l->count++] = elem;
	return 0;
}
