/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file per_group.h  A program of tests with one codec among them
 *
 * Included by a program's one file, whose `per` it is.
 */
#ifndef TESTS_UNIT_PER_GROUP_H
#define TESTS_UNIT_PER_GROUP_H

#include "h323gw/per/per.h"

static struct per *per;


static int per_group_begin(void **state)
{
	(void)state;

	return per_alloc(&per, NULL);
}


static int per_group_end(void **state)
{
	(void)state;
	per_free(per);

	return 0;
}

#endif
