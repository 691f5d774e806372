/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file reader.h  Reading in progress; within the room
 */
#ifndef POSTERN_CONF_READER_H
#define POSTERN_CONF_READER_H

#include "conf/priv.h"

/** Room for "[kind name]" */
enum {
	CONF_LABEL_MAX = 2 * CONF_NAME_MAX + 6,
};

/** Reading in progress */
struct conf_reader {
	struct conf *conf;
	const char *pos, *end;
	unsigned line;
	bool pending;			/* inih has a line, and not answered */
	struct conf_section *section;	/* the one we are in */
	bool skip;			/* in a section that was refused */
	unsigned nsections;
	unsigned errors;
	int err;			/* ENOMEM */
	conf_error_h *errorh;
	void *arg;
};

/* one error; line 0: of the file as a whole */
void conf_report(struct conf_reader *r, unsigned line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* a line that begins with '[': enter that section, or complain */
void conf_heading(struct conf_reader *r, const char *line);
int conf_section_add(struct conf_section **sp, struct conf *c,
		     const char *kind, const char *name, unsigned line);

#endif
