/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file value.h  One value of a configuration; within the room
 */
#ifndef POSTERN_CONF_VALUE_H
#define POSTERN_CONF_VALUE_H

#include "conf/conf.h"

/** Room for a sentence about what was expected */
enum {
	CONF_EXPECT_MAX = 400,
};

struct conf_value {
	bool set;
	unsigned line;		/* where it stands; 0: it is the default */
	char *text;		/* as written; a list cut into its items */
	int64_t num;		/* also boolean and enum */
	struct addr addr;
	struct conf_ports ports;
	const char **items;	/* into text */
	size_t nitems;
};

/* 0; EINVAL: not what the table says; ENOMEM. *v is all zero before */
int conf_value_decode(struct conf_value *v, const struct conf_key *k,
		      const char *text);
void conf_value_reset(struct conf_value *v);
/* "a duration from 1s to 1h, such as 30s" */
void conf_value_expect(char *buf, size_t size, const struct conf_key *k);

#endif
