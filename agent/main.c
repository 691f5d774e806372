/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file main.c  postern-agent: the proxy in the private network
 *
 * Options, configuration, rights in the order they are given up, the loop.
 */
#include "rpc/libre.h"
#define DEBUG_MODULE "agent"
#define DEBUG_LEVEL 0
#include <re_dbg.h>
#include "config.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "agent.h"
#include "daemon/hangup.h"
#include "daemon/notify.h"
#include "daemon/options.h"
#include "daemon/privilege.h"


#define ROOM	     "agent"
#define DEFAULT_FILE "/etc/postern/agent.conf"

enum {
	FDS = 8192,
};

static void conf_error_handler(const char *text, void *arg)
{
	(void)arg;

	log_error("conf", "%s", text);
}


static void signal_handler(int sig)
{
	log_notice(ROOM, "signal %d: stopping", sig);
	(void)notify_systemd("STOPPING=1");
	re_cancel();
}


static void reload(void *arg)
{
	log_notice(ROOM, "SIGHUP: certificates are read again, where they "
		   "have changed");
	agent_reload(arg);
}


static int run(const struct settings *s)
{
	struct hangup *hup = NULL;
	struct agent *a = NULL;
	int err;

	err = fd_setsize((int)privilege_nofile(FDS));
	if (!err)
		err = poll_method_set(METHOD_EPOLL);
	if (!err)
		err = agent_alloc(&a, s);
	if (!err)
		err = hangup_alloc(&hup, reload, a);
	if (!err)
		err = privilege_drop(s->user);
	if (!err)
		err = agent_start(a);
	if (!err) {
		log_notice(ROOM, "ready: agent %s", s->name);
		(void)notify_systemd("READY=1");
		err = re_main(signal_handler);
	}
	if (err)
		log_error(ROOM, "stopped: %s", strerror(err));
	mem_deref(hup);
	mem_deref(a);

	return err;
}


int main(int argc, char *argv[])
{
	struct settings s;
	struct options o;
	int err, status;

	if (options_read(&o, "postern-agent", DEFAULT_FILE, argc, argv, &status))
		return status;
	if (o.reference) {
		settings_reference(stdout);
		return 0;
	}

	err = settings_read(&s, o.file, conf_error_handler, NULL);
	if (err) {
		if (err != EINVAL)
			log_error("conf", "%s: %s", o.file, strerror(err));
		return 1;
	}
	if (o.check)
		return 0;

	options_log(&o, s.log_level);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);

	err = libre_init();
	/* what terminals do wrong is ours to tell; leaks are libre's */
	dbg_init(DBG_EMERG, DBG_NONE);
	if (!err)
		err = run(&s);
	dbg_init(DBG_WARNING, DBG_NONE);

	(void)fd_setsize(0);
	libre_close();
	tmr_debug();
	mem_debug();

	return err ? 1 : 0;
}
