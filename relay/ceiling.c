/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ceiling.c  So much per second for many threads together
 *
 * Owns struct ceiling's members.
 */
#include "ceiling.h"


#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S  UINT64_C(1000000000)

enum {
	PIECE_LEAST = 64,
	PIECE_MOST  = 16384,
	WAIT_MOST   = 1000, /* ms: the rate may be another by then */
};


/** Another rate, bit/s, 0: no limit; any thread may be at work meanwhile */
void ceiling_set(struct ceiling *c, uint64_t rate)
{
	atomic_store_explicit(&c->rate, rate, memory_order_relaxed);
	/* what an older rate let through is forgiven */
	atomic_store_explicit(&c->busy, 0, memory_order_relaxed);
}


/* what octets take at the rate */
static uint64_t ns_of(uint64_t octets, uint64_t rate)
{
	return octets * 8 * NS_PER_S / rate;
}


/* so far ahead of the clock it may be */
static uint64_t ahead(uint64_t rate)
{
	const uint64_t least = ns_of(CEILING_LEAST, rate);

	return least > CEILING_BURST_MS * NS_PER_MS
		       ? least
		       : CEILING_BURST_MS * NS_PER_MS;
}


/**
 * May a packet pass? Any thread may ask at any time
 *
 * @param c   Ceiling
 * @param len The packet's octets
 * @param now Milliseconds; may be some behind other threads'
 *
 * @return false: it is too much, and has been counted
 */
bool ceiling_take(struct ceiling *c, size_t len, uint64_t now)
{
	const uint64_t rate =
		atomic_load_explicit(&c->rate, memory_order_relaxed);
	uint64_t busy, next, ns, most;

	if (!rate)
		return true;

	ns   = now * NS_PER_MS;
	most = ns + ahead(rate);
	busy = atomic_load_explicit(&c->busy, memory_order_relaxed);
	do {
		next = (busy > ns ? busy : ns) + ns_of(len, rate);
		if (next > most) {
			(void)atomic_fetch_add_explicit(&c->dropped, 1,
							memory_order_relaxed);
			return false;
		}
	} while (!atomic_compare_exchange_weak_explicit(
		&c->busy, &busy, next, memory_order_relaxed,
		memory_order_relaxed));

	return true;
}


/* what goes at a time, where the rate lets it: neither too many pieces nor too
 * long ones */
static uint64_t piece(uint64_t rate)
{
	const uint64_t n = rate / 8 * (CEILING_PACE_MS / 2) / 1000;

	if (n < PIECE_LEAST)
		return PIECE_LEAST;

	return n < PIECE_MOST ? n : PIECE_MOST;
}


/**
 * How much may go now of what can wait?
 *
 * @param c    Ceiling
 * @param len  Octets that want to
 * @param now  Milliseconds
 * @param wait Result: if not all may, ask again after so many ms
 *
 * @return Octets
 */
size_t ceiling_room(struct ceiling *c, size_t len, uint64_t now,
		    uint32_t *wait)
{
	const uint64_t rate =
		atomic_load_explicit(&c->rate, memory_order_relaxed);
	const uint64_t busy =
		atomic_load_explicit(&c->busy, memory_order_relaxed);
	const uint64_t ns = now * NS_PER_MS, pace = CEILING_PACE_MS * NS_PER_MS;
	const uint64_t used = busy > ns ? busy - ns : 0;
	uint64_t some, takes, room, ms;

	if (!rate)
		return len;

	some  = piece(rate) < len ? piece(rate) : len;
	takes = ns_of(some, rate);
	room  = used < pace ? (pace - used) * rate / 8 / NS_PER_S : 0;
	/* at a low rate a piece alone is more than that */
	if (!used && room < some)
		room = some;
	if (room >= len)
		return len;

	if (room >= some)
		ms = takes / NS_PER_MS;
	else
		ms = (used - (takes < pace ? pace - takes : 0)) / NS_PER_MS;
	*wait = (uint32_t)(ms < WAIT_MOST ? ms + 1 : WAIT_MOST);

	return room >= some ? (size_t)room : 0;
}


/** So much of it has gone */
void ceiling_went(struct ceiling *c, size_t len, uint64_t now)
{
	const uint64_t rate =
		atomic_load_explicit(&c->rate, memory_order_relaxed);
	const uint64_t ns = now * NS_PER_MS;
	uint64_t busy, next;

	if (!rate)
		return;

	busy = atomic_load_explicit(&c->busy, memory_order_relaxed);
	do {
		next = (busy > ns ? busy : ns) + ns_of(len, rate);
	} while (!atomic_compare_exchange_weak_explicit(
		&c->busy, &busy, next, memory_order_relaxed,
		memory_order_relaxed));
}


/** Packets that were too much */
uint64_t ceiling_dropped(struct ceiling *c)
{
	return atomic_load_explicit(&c->dropped, memory_order_relaxed);
}
