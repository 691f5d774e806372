/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file fragment.c  IP packets put together of their fragments
 *
 * Pieces wait in a list by offset. A packet whose pieces contradict each other
 * is refused, and so are its pieces yet to come (RFC 5722). Owns the pieces,
 * and the packet that was made of them last.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "fragment.h"


enum {
	PACKET_MAX = 65535, /* octets behind the header */
	UNIT	   = 8,	    /* octets: all pieces but the last are so many */
};

struct piece {
	struct piece *next;
	size_t offset, len;
	uint8_t p[];
};

struct partial {
	struct partial *younger;
	unsigned long frame; /* of what came first */
	int64_t seconds;
	struct addr src, dst;
	uint32_t id;
	uint8_t proto;
	bool refused;	     /* what more comes of it is left out */
	struct piece *pieces;
	unsigned n;
	size_t have;
	size_t all;	     /* 0: the last piece is not here */
};

struct fragments {
	struct partial *oldest;
	unsigned n;
	size_t octets;
	uint8_t *whole;
	fragment_h *h;
	void *arg;
};


int fragments_alloc(struct fragments **fp, fragment_h *h, void *arg)
{
	struct fragments *f = calloc(1, sizeof(*f));

	if (!f)
		return ENOMEM;
	f->h   = h;
	f->arg = arg;
	*fp    = f;

	return 0;
}


static void pieces_free(struct fragments *f, struct partial *pt)
{
	struct piece *pc;

	while ((pc = pt->pieces)) {
		pt->pieces = pc->next;
		free(pc);
	}
	f->octets -= pt->have;
	pt->have = 0;
	pt->n	 = 0;
}


static void partial_remove(struct fragments *f, struct partial *pt)
{
	struct partial **at = &f->oldest;

	while (*at != pt)
		at = &(*at)->younger;
	*at = pt->younger;
	pieces_free(f, pt);
	free(pt);
	--f->n;
}


static void give_up(struct fragments *f, struct partial *pt)
{
	if (!pt->refused)
		f->h(pt->frame, "a fragment, of which others are missing",
		     f->arg);
	partial_remove(f, pt);
}


static int refuse(struct fragments *f, struct partial *pt, const char *why)
{
	pieces_free(f, pt);
	pt->refused = true;
	f->h(pt->frame, why, f->arg);

	return EBADMSG;
}


void fragments_free(struct fragments *f)
{
	if (!f)
		return;

	while (f->oldest)
		give_up(f, f->oldest);
	free(f->whole);
	free(f);
}


static bool is_of(const struct partial *pt, const struct fragment *fr)
{
	/* IPv6: only the first piece tells what it is of (RFC 8200 §4.5) */
	return pt->id == fr->id && addr_eq(&pt->src, &fr->src) &&
	       addr_eq(&pt->dst, &fr->dst) &&
	       (addr_family(&fr->src) == AF_INET6 || pt->proto == fr->proto);
}


static struct partial *partial_for(struct fragments *f,
				   const struct fragment *fr)
{
	struct partial *pt, **at = &f->oldest;

	while (f->oldest &&
	       fr->seconds - f->oldest->seconds > FRAGMENT_SECONDS_MAX)
		give_up(f, f->oldest);
	for (pt = f->oldest; pt; pt = pt->younger) {
		if (is_of(pt, fr))
			return pt;
	}

	if (f->n == FRAGMENT_PACKETS_MAX)
		give_up(f, f->oldest);
	pt = calloc(1, sizeof(*pt));
	if (!pt)
		return NULL;
	pt->frame   = fr->frame;
	pt->seconds = fr->seconds;
	pt->src	    = fr->src;
	pt->dst	    = fr->dst;
	pt->id	    = fr->id;
	pt->proto   = fr->proto;
	while (*at)
		at = &(*at)->younger;
	*at = pt;
	++f->n;

	return pt;
}


/* what is wrong with one piece by itself, or with where the packet ends */
static const char *misfit(const struct partial *pt, const struct fragment *fr)
{
	const size_t end = fr->offset + fr->len;

	if (fr->cut)
		return "a fragment, and the capture has not all of it";
	if (end > PACKET_MAX)
		return "fragments of a packet that is too long";
	if (!fr->len || (fr->more && fr->len % UNIT))
		return "a fragment of a length that can't be";
	if (pt->all && (end > pt->all || (!fr->more && end != pt->all)))
		return "fragments that don't agree where the packet ends";

	return NULL;
}


/* 0; EALREADY: it is here; ENOMEM; EBADMSG with why */
static int piece_add(struct fragments *f, struct partial *pt,
		     const struct fragment *fr, const char **why)
{
	struct piece **at = &pt->pieces, *pc;

	while (*at && (*at)->offset + (*at)->len <= fr->offset)
		at = &(*at)->next;
	pc = *at;
	if (pc && pc->offset == fr->offset && pc->len == fr->len &&
	    !memcmp(pc->p, fr->p, fr->len))
		return EALREADY;
	*why = "fragments that overlap";
	if (pc && pc->offset < fr->offset + fr->len)
		return EBADMSG;
	*why = "more fragments than may be";
	if (pt->n == FRAGMENT_PIECES_MAX)
		return EBADMSG;
	*why = "fragments that don't agree where the packet ends";
	if (!fr->more && pc)
		return EBADMSG;

	pc = malloc(sizeof(*pc) + fr->len);
	if (!pc)
		return ENOMEM;
	pc->offset = fr->offset;
	pc->len	   = fr->len;
	memcpy(pc->p, fr->p, fr->len);
	pc->next = *at;
	*at	 = pc;
	++pt->n;
	pt->have += fr->len;
	f->octets += fr->len;
	if (!fr->more)
		pt->all = fr->offset + fr->len;

	return 0;
}


static int make_whole(struct fragments *f, struct partial *pt,
		      struct fragment *whole)
{
	const struct piece *pc;
	uint8_t *p = malloc(pt->all);

	if (!p)
		return ENOMEM;
	for (pc = pt->pieces; pc; pc = pc->next)
		memcpy(p + pc->offset, pc->p, pc->len);
	free(f->whole);
	f->whole = p;
	*whole	 = (struct fragment){.p = p, .len = pt->all,
				     .proto = pt->proto};
	partial_remove(f, pt);

	return 0;
}


/**
 * A fragment
 *
 * @param f     What waits
 * @param piece The fragment; its octets are copied
 * @param whole The packet, when this was what it lacked: p, which lasts until
 *              the next call, len and proto
 *
 * @return 0: it is whole; EAGAIN: others are missing; EBADMSG: the packet is
 *         refused (its first piece was named); ENOMEM
 */
int fragments_add(struct fragments *f, const struct fragment *piece,
		  struct fragment *whole)
{
	struct partial *pt = partial_for(f, piece);
	const char *why;
	int err;

	if (!pt)
		return ENOMEM;
	if (pt->refused)
		return EBADMSG;
	if (!piece->offset)
		pt->proto = piece->proto;
	why = misfit(pt, piece);
	if (why)
		return refuse(f, pt, why);
	while (f->octets + piece->len > FRAGMENT_OCTETS_MAX && f->n > 1)
		give_up(f, f->oldest == pt ? pt->younger : f->oldest);

	err = piece_add(f, pt, piece, &why);
	if (err == EBADMSG)
		return refuse(f, pt, why);
	if (err == EALREADY || (!err && pt->have != pt->all))
		return EAGAIN;

	return err ? err : make_whole(f, pt, whole);
}
