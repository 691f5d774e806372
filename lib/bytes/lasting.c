/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file bytes/lasting.c  What an end of a channel knows when it is to go on
 */
#include <endian.h>
#include <errno.h>
#include <string.h>
#include "bytes/lasting.h"


static void lasting_destructor(void *arg)
{
	struct lasting *l = arg;

	tmr_cancel(&l->tmr);
	mem_deref(l->tail);
}


/** 0 or ENOMEM; mem_deref() it */
int lasting_alloc(struct lasting **lp, uint32_t ms)
{
	struct lasting *l = mem_zalloc(sizeof(*l), lasting_destructor);
	int err		  = l ? tail_alloc(&l->tail) : ENOMEM;

	if (err) {
		mem_deref(l);
		return err;
	}
	l->ms = ms;
	*lp   = l;

	return 0;
}


/** Its channel is no more; the next one begins with a count */
void lasting_away(struct lasting *l)
{
	l->away	   = true;
	l->counted = 0;
	l->stale   = l->owed;
}


/** How many of these octets are of the count; all: it is complete by them */
size_t lasting_count(struct lasting *l, const uint8_t *p, size_t len,
		     bool *all)
{
	const size_t n = min(len, sizeof(l->count) - l->counted);

	memcpy((uint8_t *)&l->count + l->counted, p, n);
	l->counted += n;
	*all = l->counted == sizeof(l->count);

	return n;
}


/** How many octets the far end has received */
uint64_t lasting_counted(const struct lasting *l)
{
	return be64toh(l->count);
}


/** Of octets that the joint has passed on: how many this channel brought */
size_t lasting_fresh(struct lasting *l, size_t len)
{
	const size_t stale = min(len, l->stale);

	l->owed -= len;
	l->stale -= stale;

	return len - stale;
}
