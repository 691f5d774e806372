/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file side.h  The two sides of a call
 */
#ifndef H323GW_SIDE_H
#define H323GW_SIDE_H

enum side {
	SIDE_A, /**< the caller */
	SIDE_B, /**< the called */
};

enum {
	SIDES = 2,
};


static inline enum side side_other(enum side s)
{
	return s == SIDE_A ? SIDE_B : SIDE_A;
}

#endif
