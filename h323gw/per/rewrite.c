/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changing transport addresses in an encoded message. As long as sizes stay,
 * the message is only looked through and its octets are written over. When one
 * changes, the smallest piece with a length of its own is encoded anew and put
 * where the old one was; lengths around it follow. Owns nothing after return.
 */
#include "h323gw/per/priv.h"

enum { SCRATCH = 8192 };	/* on the stack: enough for a usual message */

struct change {
	size_t index;		/* among the message's addresses */
	struct per_ipport to;
};

struct changes {
	struct change *v;
	size_t n;
	bool resize;
};


static void octets_set(uint8_t *ip, uint8_t *port, const struct per_ipport *to)
{
	memcpy(ip, to->ip, to->ip_len);
	port[0] = (uint8_t)(to->port >> 8);
	port[1] = (uint8_t)to->port;
}


/* Ask about every address; those that fit are written into out at once. */
static int ask(struct per_msg *m, per_rewrite_h *rewriteh, void *arg,
	       uint8_t *out, struct changes *c)
{
	c->v = arena_alloc(&m->arena, (m->addrs + 1) * sizeof(*c->v));
	if (!c->v)
		return m->arena.err;
	for (size_t i = 0; i < m->addrs; i++) {
		const struct per_addr *a = &m->addr[i];
		struct per_ipport to = {.ip_len = a->ip_len, .port = a->port};

		memcpy(to.ip, a->ip, sizeof(to.ip));
		if (!rewriteh(a, &to, arg))
			continue;
		if (to.ip_len != 4 && to.ip_len != 16)
			return EINVAL;
		c->v[c->n].index = i;
		c->v[c->n++].to = to;
		if (to.ip_len != a->ip_len || !a->in_place)
			c->resize = true;
		else
			octets_set(out + a->ip_off, out + a->port_off, &to);
	}
	return 0;
}


/* The alternative of an address's CHOICE that holds an IP address of len. */
static const struct per_member *alternative(const struct per_type *choice,
					    size_t len, int *present)
{
	for (unsigned i = 0; i < choice->total; i++) {
		const struct per_type *t = choice->members[i].type;

		if (t->role != ROLE_ADDRESS ||
		    t->members[t->ip].type->count.lb != (int64_t)len)
			continue;
		*present = (int)i + 1;
		return &choice->members[i];
	}
	return NULL;
}


static int value_set(struct per_msg *m, const struct per_type *t, void *v,
		     const struct per_ipport *to)
{
	const struct per_member *ip = &t->members[t->ip];
	OCTET_STRING_t *os = (OCTET_STRING_t *)((char *)v + ip->offset);
	uint8_t *own = arena_alloc(&m->arena, to->ip_len);

	if (!own)
		return m->arena.err;
	memcpy(own, to->ip, to->ip_len);
	os->buf = own;
	os->size = to->ip_len;
	*(long *)((char *)v + t->members[t->port].offset) = to->port;
	return 0;
}


/* Change a decoded address, its form too if that is needed. */
static int value_change(struct per_msg *m, const struct addr_item *it,
			const struct per_ipport *to)
{
	const struct per_member *alt;
	int present;
	char *p;

	if (it->type->members[it->type->ip].type->count.lb == to->ip_len)
		return value_set(m, it->type, it->value, to);
	alt = it->choice_value ? alternative(it->choice, to->ip_len, &present) :
				 NULL;
	if (!alt)
		return EINVAL;
	choice_set(it->choice, it->choice_value, present);
	*extras_of(it->choice, it->choice_value) = NULL;
	p = (char *)it->choice_value + alt->offset;
	if (alt->pointer) {
		void *target = arena_zalloc(&m->arena, alt->type->size);

		if (!target)
			return m->arena.err;
		memcpy(p, &target, sizeof(target));
		p = target;
	}
	else
		memset(p, 0, alt->type->size);
	return value_set(m, alt->type, p, to);
}


/*
 * What is to be made anew: this part, and those around it as far as only a
 * length changes there. Fragments have none that could be changed.
 */
static void mark(struct part *part)
{
	part->dirty = true;
	for (; part->up; part = part->up) {
		part->up->touched = true;
		if (!part->length)
			part->up->dirty = true;
	}
}


/* Old octets, with the new ones of the parts directly within. */
static int splice(struct per_msg *m, struct part *part)
{
	struct encoder e = {.conf = &m->per->conf};
	const uint8_t *at = part->p;
	struct part **within;
	size_t n = 0, size = part->len + 1, i;

	for (struct part *p = m->last_part; p; p = p->prev) {
		if (p->up == part && p->fresh) {
			size += p->fresh_len + p->fresh_len / 8192 + 16;
			++n;
		}
	}
	within = arena_alloc(&m->arena, (n + 1) * sizeof(*within));
	part->fresh = arena_alloc(&m->arena, size);
	if (!within || !part->fresh)
		return m->arena.err;
	i = n;
	for (struct part *p = m->last_part; p; p = p->prev) {
		if (p->up == part && p->fresh)
			within[--i] = p;
	}

	e.w.buf = part->fresh;
	e.w.end = size * 8;
	for (i = 0; i < n; i++) {
		const struct part *p = within[i];

		bitw_octets(&e.w, at, (size_t)(p->length - at));
		encode_blob(&e, p->fresh, p->fresh_len);
		at = p->p + p->len;
	}
	bitw_octets(&e.w, at, part->len - (size_t)(at - part->p));
	part->fresh_len = e.w.bit / 8;
	return e.w.err;
}


/* From the innermost outwards, the message itself last. */
static int parts_renew(struct per_msg *m)
{
	int err = 0;

	for (struct part *p = m->last_part; p && !err; p = p->prev) {
		if (p->dirty)
			err = encode_fresh(m, p->type, p->value, p->tail,
					   p->tail_len, p->len + 256, &p->fresh,
					   &p->fresh_len);
		else if (p->touched)
			err = splice(m, p);
		else
			continue;
		if (!err && p->carrier) {
			p->carrier->buf = p->fresh;
			p->carrier->size = (int)p->fresh_len;
		}
	}
	return err;
}


static int resize(const struct per *per, const struct per_type *type,
		  const uint8_t *buf, size_t len, const struct changes *c,
		  uint8_t *out, size_t size, size_t *lenp)
{
	struct per_msg *m;
	size_t rest;
	int err;

	err = per_decode(&m, per, type, buf, len, NULL);
	if (err)
		return err;
	for (size_t i = 0; i < c->n && !err; i++) {
		const struct change *ch = &c->v[i];
		struct per_addr *a = &m->addr[ch->index];
		struct addr_item *it = &m->item[ch->index];

		if (ch->to.ip_len == a->ip_len && a->in_place) {
			octets_set(m->octets + a->ip_off,
				   m->octets + a->port_off, &ch->to);
		}
		else {
			mark(it->part);
		}
		err = value_change(m, it, &ch->to);
	}
	if (!err)
		err = parts_renew(m);
	if (err)
		goto out;

	rest = len - m->len;
	if (m->root.fresh_len > size || rest > size - m->root.fresh_len) {
		err = ENOSPC;
		goto out;
	}
	memcpy(out, m->root.fresh, m->root.fresh_len);
	memcpy(out + m->root.fresh_len, buf + m->len, rest);
	*lenp = m->root.fresh_len + rest;
 out:
	per_msg_free(m);
	return err;
}


int per_rewrite(const struct per *per, const struct per_type *type,
		const uint8_t *buf, size_t len, per_rewrite_h *rewriteh,
		void *arg, uint8_t *out, size_t size, size_t *lenp,
		struct per_fault *fault)
{
	_Alignas(max_align_t) uint8_t scratch[SCRATCH];
	struct per_msg m = {.per = per, .type = type};
	struct changes c = {0};
	struct decoder d;
	int err;

	if (!per || !type || !buf || !rewriteh || !out || !lenp)
		return EINVAL;
	if (len > PER_LENGTH_MAX)
		return EOVERFLOW;
	if (len > size)
		return ENOSPC;
	arena_init(&m.arena, &per->conf, scratch, sizeof(scratch));
	memset(&d, 0, offsetof(struct decoder, path));
	d.path_len = 0;
	d.r.buf = buf;
	d.r.end = len * 8;
	d.per = per;
	d.conf = &per->conf;
	d.msg = &m;
	decode_run(&d, type, NULL, fault);
	err = d.r.err;
	if (err)
		goto out;

	memcpy(out, buf, len);
	*lenp = len;
	err = ask(&m, rewriteh, arg, out, &c);
	if (!err && c.resize)
		err = resize(per, type, buf, len, &c, out, size, lenp);
 out:
	arena_reset(&m.arena);
	return err;
}
