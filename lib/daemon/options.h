/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file options.h  The command line every daemon has
 */
#ifndef POSTERN_DAEMON_OPTIONS_H
#define POSTERN_DAEMON_OPTIONS_H

#include <stdbool.h>
#include "log/log.h"

struct options {
	const char *file;   /**< -f: configuration */
	bool check;	    /**< -c */
	bool reference;	    /**< -r */
	unsigned verbose;   /**< -v, so often */
};

bool options_read(struct options *o, const char *program, const char *file,
		  int argc, char *argv[], int *status);
void options_log(const struct options *o, enum log_level configured);

#endif
