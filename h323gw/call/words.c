/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file words.c  Addresses in what is text, and in what nobody here decodes
 *
 * A terminal may show its address where people read it, or carry it in a
 * supplementary service of H.450. In text each address of the sender's, and
 * each private one, becomes ours as the receiver knows it. The octets of H.450
 * keep their length: the IP address that the sender has there is written over
 * by ours of the same family; one that stands in text there stays. Pure.
 */
#include <errno.h>
#include <string.h>
#include <DisplayName.h>
#include "addr/literal.h"
#include "h323gw/h225/alias.h"
#include "h323gw/h225/text.h"
#include "h323gw/call/words.h"


/* ---- whose address it is ---- */

static size_t ip_octets(uint8_t ip[ADDR_BLOCK], const struct addr *a)
{
	if (addr_family(a) == AF_INET6) {
		memcpy(ip, &a->u.in6.sin6_addr, 16);
		return 16;
	}
	if (addr_family(a) != AF_INET)
		return 0;
	memcpy(ip, &a->u.in.sin_addr, 4);

	return 4;
}


static bool block_is(const uint8_t b[ADDR_BLOCK], const struct addr *a)
{
	uint8_t ip[ADDR_BLOCK];
	const size_t n = ip_octets(ip, a);

	return n && addr_block_is_v4(b) == (n == 4) &&
	       !memcmp(b + ADDR_BLOCK - n, ip, n);
}


static const struct reach *sender(const struct hiding *h)
{
	return &call_info(h->c)->party[h->from].reach;
}


static bool is_hidden(const uint8_t b[ADDR_BLOCK], const struct hiding *h)
{
	const struct reach *r = sender(h);

	return !block_is(b, &h->own) &&
	       (addr_block_private(b) || block_is(b, &r->signalling) ||
		block_is(b, &r->seen));
}


/* ---- text ---- */

/* an address at p; its characters, 0: none */
static size_t literal(uint8_t b[ADDR_BLOCK], const char *p, const char *begin,
		      const char *end)
{
	const bool within = p > begin && addr_literal_char(p[-1]);
	const size_t n	  = within ? 0 : addr_literal_v6(b, p, end);

	return n ? n : addr_literal_v4(b, p, end);
}


int words_write(char *out, size_t size, size_t *outlen, const char *text,
		size_t len, const struct hiding *h)
{
	const char *end = text + len, *p = text;
	bool found	= false;
	char own[ADDR_STRLEN];
	size_t at = 0;

	(void)addr_ip_str(&h->own, own);
	while (p < end) {
		uint8_t b[ADDR_BLOCK];
		const size_t n	   = literal(b, p, text, end);
		const bool hidden  = n && is_hidden(b, h);
		const char *from   = hidden ? own : p;
		const size_t count = hidden ? strlen(own) : n ? n : 1;

		if (count > size - at)
			return ENOSPC;
		memcpy(out + at, from, count);
		at += count;
		p += n ? n : 1;
		found = found || hidden;
	}
	*outlen = at;

	return found ? 0 : ENOENT;
}


void words_display(struct q931 *q, const struct hiding *h,
		   struct words_display *room)
{
	const struct q931_ie *ie = q931_find(q, Q931_IE_DISPLAY);
	size_t len;
	int err;

	if (!ie)
		return;
	err = words_write(room->p, sizeof(room->p), &len, (const char *)ie->p,
			  ie->len, h);
	if (!err)
		err = q931_ie_set(q, Q931_IE_DISPLAY,
				  (const uint8_t *)room->p, len);
	if (err && err != ENOENT)
		q931_ie_remove(q, Q931_IE_DISPLAY);
}


static int name_edit(struct uuie *u, const struct hiding *h, DisplayName_t *n,
		     bool *changed)
{
	char text[ALIAS_TEXT_MAX + 1], out[2 * ALIAS_TEXT_MAX];
	size_t len;
	int err;

	if (!h225_bmp_get(text, sizeof(text), &n->name))
		return 0;
	err = words_write(out, sizeof(out) - 1, &len, text, strlen(text), h);
	if (err)
		return err == ENOENT ? 0 : err;
	out[len] = '\0';
	*changed = true;

	return h225_bmp_set(&n->name, u->msg, out);
}


/* ---- octets ---- */

/* an IP address as H.225.0 encodes it, in octets of its own */
static bool octets_write(OCTET_STRING_t *os, const struct addr *theirs,
			 const struct addr *own)
{
	uint8_t from[ADDR_BLOCK], to[ADDR_BLOCK];
	const size_t n	 = ip_octets(from, theirs);
	const size_t len = (size_t)os->size;
	bool found	 = false;

	if (!n || ip_octets(to, own) != n)
		return false;
	for (size_t i = 0; i + n <= len; i++) {
		if (memcmp(os->buf + i, from, n))
			continue;
		memcpy(os->buf + i, to, n);
		found = true;
	}

	return found;
}


static int service_edit(struct uuie *u, const struct hiding *h,
			OCTET_STRING_t *os, bool *changed)
{
	const struct reach *r = sender(h);
	OCTET_STRING_t *copy;
	bool found;

	if (os->size <= 0)
		return 0;
	copy = uuie_octets(u, os->buf, (size_t)os->size);
	if (!copy)
		return ENOMEM;
	found = octets_write(copy, &r->signalling, &h->own);
	if (octets_write(copy, &r->seen, &h->own) || found) {
		os->buf	 = copy->buf;
		*changed = true;
	}

	return 0;
}


int words_edit(struct uuie *u, const struct hiding *h, bool *changed)
{
	const struct uuie_list names =
		uuie_list(u->displayName ? *u->displayName : NULL);
	const struct uuie_list services =
		uuie_list(u->pdu->h4501SupplementaryService);
	int err = 0;

	for (int i = 0; i < names.count && !err; i++)
		err = name_edit(u, h, names.array[i], changed);
	for (int i = 0; i < services.count && !err; i++)
		err = service_edit(u, h, services.array[i], changed);

	return err;
}
