/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file program.c  How every daemon begins and ends
 *
 * Owns nothing.
 */
#include "rpc/libre.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include "daemon/notify.h"
#include "daemon/options.h"
#include "daemon/privilege.h"
#include "daemon/program.h"


/** What is wrong in a configuration, into the log (conf_error_h) */
void program_conf_error(const char *text, void *arg)
{
	(void)arg;

	log_error("conf", "%s", text);
}


/**
 * Descriptors, and libre's room for them
 *
 * @param room For the log
 * @param want So many may be needed: fewer are told
 * @param more So many more are of use, where they may be had
 * @param have Gets how many there are; may be NULL
 *
 * @return 0 or an errno
 */
int program_descriptors(const char *room, uint32_t want, uint32_t more,
			uint32_t *have)
{
	const uint32_t n = privilege_nofile(want + more);
	int err;

	if (n < want)
		log_warn(room, "%u descriptors where %u may be needed: raise "
			 "LimitNOFILE", n, want);
	if (have)
		*have = n;

	err = fd_setsize((int)n);

	return err ? err : poll_method_set(METHOD_EPOLL);
}


static void signal_handler(int sig)
{
	log_notice("daemon", "signal %d: stopping", sig);
	(void)notify_systemd("STOPPING=1");
	re_cancel();
}


/** Ready: be there until a signal says otherwise; 0 or an errno */
int program_loop(void)
{
	(void)notify_systemd("READY=1");

	return re_main(signal_handler);
}


static int run(const struct program *p, void *arg)
{
	int err;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);

	err = libre_init();
	if (!err)
		err = p->run(arg);
	if (err)
		log_error(p->room, "stopped: %s", strerror(err));

	(void)fd_setsize(0);
	libre_close();
	tmr_debug();
	mem_debug();

	return err;
}


/**
 * A daemon's main()
 *
 * @param p    The daemon
 * @param arg  For its functions
 * @param argc As main() has it
 * @param argv As main() has it
 *
 * @return Exit status: 0, 1 it failed, 2 the command line is wrong
 */
int program_main(const struct program *p, void *arg, int argc, char *argv[])
{
	enum log_level level = LOG_LEVEL_INFO;
	struct options o;
	int err, status;

	if (options_read(&o, p->name, p->file, argc, argv, &status))
		return status;

	if (o.reference) {
		p->reference(stdout);
		return 0;
	}

	err = p->load(o.file, &level, arg);
	if (err == ENOMEM) /* all else has been said */
		log_error("conf", "%s: %s", o.file, strerror(err));
	if (err)
		return 1;
	if (o.check)
		return 0;

	options_log(&o, level);

	return run(p, arg) ? 1 : 0;
}
