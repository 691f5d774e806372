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

/** Where a configuration stands */
struct conf_source {
	const char *name; /**< its file; in errors, in any case */
	const char *text; /**< it itself; NULL: it is in the file */
	size_t len;
};

/** Takes what the table let pass into a program's settings, and complains */
typedef void(conf_take_h)(void *settings, const struct conf *c,
			  const char *name, struct complaint *co);

int conf_take(const struct conf_source *src, const struct conf_key *keys,
	      size_t nkeys, conf_take_h *takeh, void *settings,
	      conf_error_h *errorh, void *arg);

#endif
