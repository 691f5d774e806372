/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file program.h  How every daemon begins and ends
 *
 * Command line, configuration, libre, the loop until a signal ends it, and
 * what is left over told. What lies between is the program's own: `run` takes
 * what it needs, gives up its rights in the order one can read there, and calls
 * program_loop().
 */
#ifndef POSTERN_DAEMON_PROGRAM_H
#define POSTERN_DAEMON_PROGRAM_H

#include <stdint.h>
#include <stdio.h>
#include "log/log.h"

struct program {
	const char *name; /**< as the command line has it */
	const char *room; /**< in lines of the log */
	const char *file; /**< configuration where -f names none */
	/** every key of the configuration */
	void (*reference)(FILE *f);
	/** read the configuration with program_conf_error(), which is told
	 *  what is wrong with it; 0 or an errno */
	int (*load)(const char *file, enum log_level *level, void *arg);
	/** with libre there; 0, or why it could not go on */
	int (*run)(void *arg);
};

int program_main(const struct program *p, void *arg, int argc, char *argv[]);
void program_conf_error(const char *text, void *arg);
int program_descriptors(const char *room, uint32_t want, uint32_t more,
			uint32_t *have);
int program_loop(void);

#endif
