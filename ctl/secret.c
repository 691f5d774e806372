/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ctl/secret.c  A password, from whoever types it or from a pipe
 *
 * Never from the command line, where others could read it.
 */
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include "ctl/ctl.h"


static bool line_read(char *buf, size_t size)
{
	if (!fgets(buf, (int)size, stdin))
		return false;
	if (!strchr(buf, '\n') && !feof(stdin))
		return false;
	buf[strcspn(buf, "\r\n")] = '\0';

	return *buf != '\0';
}


/**
 * Read a line from standard input; at a terminal it is asked for, and not
 * shown
 *
 * @param c    Context
 * @param what What it is, for the question
 * @param buf  Where it goes
 * @param size Its room
 *
 * @return true if there is one that is not empty and fits
 */
bool ctl_secret_read(struct ctl *c, const char *what, char *buf, size_t size)
{
	struct termios shown, hidden;
	bool ok;

	if (tcgetattr(STDIN_FILENO, &shown))
		return line_read(buf, size);

	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	fprintf(c->err, "%s: ", what);
	(void)fflush(c->err);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
	ok = line_read(buf, size);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
	fputc('\n', c->err);

	return ok;
}
