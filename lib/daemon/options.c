/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file options.c  The command line every daemon has
 *
 * Owns no state.
 */
#include "config.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "daemon/options.h"


static void usage(FILE *f, const char *program, const char *file)
{
	(void)fprintf(f,
		      "usage: %s [-chrvV] [-f FILE]\n"
		      "  -f FILE  configuration (default %s)\n"
		      "  -c       check the configuration and exit\n"
		      "  -r       print a configuration with every key\n"
		      "  -v       log more; twice: everything\n"
		      "  -V       print the version and exit\n"
		      "  -h       print this and exit\n", program, file);
}


/**
 * Read the command line
 *
 * @param o       Result
 * @param program Name of the program
 * @param file    Configuration where -f names none
 * @param argc    Of main()
 * @param argv    Of main()
 * @param status  Exit status, where all is done: version, help, or a mistake
 *
 * @return Whether all is done
 */
bool options_read(struct options *o, const char *program, const char *file,
		  int argc, char *argv[], int *status)
{
	int c;

	memset(o, 0, sizeof(*o));
	o->file = file;
	*status = 0;

	while ((c = getopt(argc, argv, "cf:hrvV")) != -1) {
		switch (c) {

		case 'c':
			o->check = true;
			break;
		case 'f':
			o->file = optarg;
			break;
		case 'r':
			o->reference = true;
			break;
		case 'v':
			++o->verbose;
			break;
		case 'V':
			(void)printf("%s %s\n", program, POSTERN_VERSION);
			return true;
		case 'h':
			usage(stdout, program, file);
			return true;
		default:
			usage(stderr, program, file);
			*status = 2;
			return true;
		}
	}
	if (optind == argc)
		return false;

	usage(stderr, program, file);
	*status = 2;

	return true;
}


/** What is logged: as configured, or more where -v says so */
void options_log(const struct options *o, enum log_level configured)
{
	enum log_level level = configured;

	if (o->verbose)
		level = o->verbose > 1 ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO;

	log_level_set(level);
}
