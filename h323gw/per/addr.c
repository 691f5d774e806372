/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a message's transport addresses lie. Decoding notes each one it comes
 * by; the list is the message's.
 */
#include <stdio.h>
#include "h323gw/per/priv.h"


static bool room(struct decoder *d)
{
	struct per_msg *m = d->msg;
	size_t max = m->addrs_max ? 2 * m->addrs_max : 8;
	struct per_addr *addr;
	struct addr_item *item;

	if (m->addrs < m->addrs_max)
		return true;
	addr = arena_alloc(&m->arena, max * sizeof(*addr));
	item = arena_alloc(&m->arena, max * sizeof(*item));
	if (!addr || !item) {
		decode_fail(d, m->arena.err, "it takes too much memory");
		return false;
	}
	if (m->addrs) {
		memcpy(addr, m->addr, m->addrs * sizeof(*addr));
		memcpy(item, m->item, m->addrs * sizeof(*item));
	}
	m->addr = addr;
	m->item = item;
	m->addrs_max = max;
	return true;
}


static bool path_copy(struct decoder *d, struct per_addr *a)
{
	const size_t n = d->path_len;
	const char **path;
	size_t k = 0;

	path = arena_alloc(&d->msg->arena, (n + 1) * sizeof(*path));
	if (!path) {
		decode_fail(d, d->msg->arena.err, "it takes too much memory");
		return false;
	}
	/* elements of a SEQUENCE OF have no name */
	for (size_t i = 0; i < n; i++) {
		if (d->path[i][0])
			path[k++] = d->path[i];
	}
	a->path = path;
	a->path_len = k;
	return true;
}


/*
 * An address of type t was read from buf: IP address and port begin at these
 * bits. v is its value, NULL if none was made.
 */
void addr_note(struct decoder *d, const struct per_type *t, void *v,
	       const uint8_t *buf, size_t ip_bit, size_t port_bit)
{
	const size_t ip_len = (size_t)t->members[t->ip].type->count.lb;
	struct per_msg *m = d->msg;
	struct addr_item *it;
	struct per_addr *a;

	if ((ip_len != 4 && ip_len != 16) || !room(d))
		return;
	a = &m->addr[m->addrs];
	it = &m->item[m->addrs];
	memset(a, 0, sizeof(*a));
	a->ip_len = (uint8_t)ip_len;
	a->ip_off = ip_bit / 8;
	a->port_off = port_bit / 8;
	memcpy(a->ip, buf + a->ip_off, ip_len);
	a->port = (uint16_t)(buf[a->port_off] << 8 | buf[a->port_off + 1]);
	a->in_place = !d->detached;
	a->multicast = d->choice && d->choice->role == ROLE_MULTICAST;
	it->part = d->part;
	it->choice = d->choice;
	it->choice_value = v ? d->choice_value : NULL;
	it->type = t;
	it->value = v;
	if (path_copy(d, a))
		++m->addrs;
}


size_t per_msg_addrs(const struct per_msg *msg, const struct per_addr **addrsp)
{
	if (!msg)
		return 0;
	if (addrsp)
		*addrsp = msg->addr;
	return msg->addrs;
}


bool per_addr_within(const struct per_addr *addr, const char *name)
{
	for (size_t i = 0; addr && name && i < addr->path_len; i++) {
		if (!strcmp(addr->path[i], name))
			return true;
	}
	return false;
}


size_t per_addr_path(char *buf, size_t size, const struct per_addr *addr)
{
	size_t at = 0;

	if (size)
		buf[0] = '\0';
	for (size_t i = 0; addr && i < addr->path_len; i++) {
		int n = snprintf(at < size ? buf + at : NULL,
				 at < size ? size - at : 0, "%s%s",
				 i ? "." : "", addr->path[i]);

		at += n > 0 ? (size_t)n : 0;
	}
	return at;
}
