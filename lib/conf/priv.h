/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file priv.h  A configuration as it lies in memory; within the room
 */
#ifndef POSTERN_CONF_PRIV_H
#define POSTERN_CONF_PRIV_H

#include "conf/conf.h"
#include "conf/value.h"

/** One section. It has room for every key of the table; those of other
 *  sections stay unset. */
struct conf_section {
	const struct conf *conf;
	char kind[CONF_NAME_MAX + 1];	/* "relay", "interface" */
	char name[CONF_NAME_MAX + 1];	/* "public"; "" without name */
	unsigned line;			/* of its heading; 0: not in the file */
	struct conf_value *values;
	struct conf_section *next;
};

struct conf {
	char *file;
	const struct conf_key *keys;
	size_t nkeys;
	struct conf_section *sections;	/* in the order of the file */
};

/* whether a row of the table is for such a section */
bool conf_key_is_in(const struct conf_key *k, const char *kind, bool named);
struct conf_section *conf_section_find(const struct conf *c, const char *kind,
				       const char *name);

#endif
