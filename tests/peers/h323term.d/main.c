/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file main.c  h323term: start, standard input, end
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include "media.h"


enum {
	DESCRIPTORS = 16384,
	LINE_SIZE   = 1 << 18,
};

struct input {
	struct app *app;
	char *buf;
	size_t n;
};


static void lines(struct input *in)
{
	char *line = in->buf, *end;

	while ((end = memchr(line, '\n', in->n))) {
		const size_t used = (size_t)(end - line) + 1;

		*end = '\0';
		(void)command_line(in->app, line);
		line += used;
		in->n -= used;
	}
	memmove(in->buf, line, in->n);
}


static void on_input(int flags, void *arg)
{
	struct input *in = arg;
	ssize_t n;

	(void)flags;
	n = read(STDIN_FILENO, in->buf + in->n, LINE_SIZE - in->n);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || in->n + (size_t)n == LINE_SIZE) {
		re_cancel(); /* who drives us is gone */
		return;
	}
	in->n += (size_t)n;
	lines(in);
}


static int run(struct app *app, struct input *in)
{
	int err = fd_listen(STDIN_FILENO, FD_READ, on_input, in);

	if (err)
		return err;
	tmr_start(&app->tick, 0, media_tick, app);
	err = re_main(NULL);
	fd_close(STDIN_FILENO);
	tmr_cancel(&app->tick);
	mem_deref(app->load);
	list_flush(&app->terms);
	list_flush(&app->lingering);

	return err;
}


int main(void)
{
	struct rlimit lim = {DESCRIPTORS, DESCRIPTORS};
	struct app app	  = {.quiet = false};
	struct input in	  = {.app = &app};
	int err;

	/* root may; others get what they get */
	if (setrlimit(RLIMIT_NOFILE, &lim) &&
	    !getrlimit(RLIMIT_NOFILE, &lim)) {
		lim.rlim_cur = lim.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &lim);
	}
	in.buf = malloc(LINE_SIZE);
	err = in.buf ? libre_init() : ENOMEM;
	if (!err)
		err = fd_setsize(DESCRIPTORS);
	if (!err)
		err = per_alloc(&app.per, NULL);
	if (!err)
		err = run(&app, &in);
	per_free(app.per);
	free(in.buf);
	libre_close();
	tmr_debug();
	mem_debug();
	if (err)
		(void)fprintf(stderr, "h323term: %s\n", strerror(err));

	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
