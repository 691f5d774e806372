/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file complaint.h  What a program says about values the table let pass
 */
#ifndef POSTERN_CONF_COMPLAINT_H
#define POSTERN_CONF_COMPLAINT_H

#include <stdbool.h>
#include "conf.h"

/** Where to complain, and whether we did */
struct complaint {
	conf_error_h *errorh; /**< or NULL */
	void *arg;
	bool made;
};

void complain(struct complaint *co, const struct conf_section *sec, size_t key,
	      const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void complaint_make(struct complaint *co, const char *text);

#endif
