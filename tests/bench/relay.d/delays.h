/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file delays.h  How often each delay was seen, 1.6 % apart; C's and BPF's
 */
#ifndef POSTERN_BENCH_DELAYS_H
#define POSTERN_BENCH_DELAYS_H

enum {
	DELAY_BITS  = 6, /* each power of two is in 64 parts */
	DELAY_PARTS = 1 << DELAY_BITS,
	DELAY_POWER = 36, /* the largest: 68 s */
	DELAYS	    = (DELAY_POWER - DELAY_BITS + 2) << DELAY_BITS,
};


/** Which of DELAYS a delay counts for */
static inline unsigned delay_index(unsigned long long ns)
{
	unsigned power = DELAY_BITS, step;

	if (ns < DELAY_PARTS)
		return (unsigned)ns;
	if (ns >> (DELAY_POWER + 1))
		return DELAYS - 1;

	for (step = 16; step; step /= 2) {
		if (ns >> (power + step))
			power += step;
	}

	return ((power - DELAY_BITS + 1) << DELAY_BITS) +
	       ((unsigned)(ns >> (power - DELAY_BITS)) & (DELAY_PARTS - 1));
}


/** The least delay that counts there, in ns */
static inline unsigned long long delay_of(unsigned i)
{
	const unsigned power = i >> DELAY_BITS;

	if (!power)
		return i;

	return (unsigned long long)(DELAY_PARTS + (i & (DELAY_PARTS - 1)))
	       << (power - 1);
}

#endif
