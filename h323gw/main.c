/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file h323gw/main.c  h323gw: a gatekeeper that takes H.323 through firewalls
 *
 * Options, configuration, rights in the order they are given up, the loop.
 */
#include "config.h"
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "rpc/libre.h"
#include "daemon/hangup.h"
#include "daemon/notify.h"
#include "daemon/options.h"
#include "daemon/privilege.h"
#include "gw.h"


#define ROOM	      "h323gw"
#define DEFAULT_FILE  "/etc/postern/h323gw.conf"
#define DEFAULT_GROUP "postern"

enum {
	FDS_SPARE = 1024, /* control connections and what libraries need */
	FDS_CALL  = 8,	  /* signalling and H.245, of both sides */
};

/** What a reload needs */
struct program {
	const char *file;
	struct settings *settings; /* as they are used */
	struct gw *gw;
};


static void conf_error_handler(const char *text, void *arg)
{
	(void)arg;

	log_error("conf", "%s", text);
}


static int settings_load(struct settings **sp, const char *file)
{
	struct settings *s = malloc(sizeof(*s));
	int err;

	if (!s)
		return ENOMEM;
	err = settings_read(s, file, conf_error_handler, NULL);
	if (err) {
		if (err != EINVAL)
			log_error("conf", "%s: %s", file, strerror(err));
		free(s);
		return err;
	}
	/* where the usual group doesn't exist and none was asked for, do
	 * without */
	if (!s->group[0] && getgrnam(DEFAULT_GROUP))
		(void)snprintf(s->group, sizeof(s->group), DEFAULT_GROUP);
	*sp = s;

	return 0;
}


static int loop_setup(const struct settings *s)
{
	const uint64_t want = (uint64_t)s->call.calls * FDS_CALL +
			      s->call.connections + FDS_SPARE;
	const uint32_t have = privilege_nofile((uint32_t)want);
	int err;

	if (have < want)
		log_warn(ROOM, "%u descriptors where %llu may be needed: raise "
			 "LimitNOFILE", have, (unsigned long long)want);
	err = fd_setsize((int)have);

	return err ? err : poll_method_set(METHOD_EPOLL);
}


static void signal_handler(int sig)
{
	log_notice(ROOM, "signal %d: stopping", sig);
	(void)notify_systemd("STOPPING=1");
	re_cancel();
}


static void reload(void *arg)
{
	struct program *p = arg;
	struct settings *s;

	if (settings_load(&s, p->file)) {
		log_error(ROOM, "SIGHUP: the old configuration stays");
		return;
	}
	if (settings_keep(s, p->settings))
		log_warn(ROOM, "SIGHUP: addresses, ports, paths and the number "
			 "of endpoints change with a restart");
	if (gw_reload(p->gw, s)) {
		log_error(ROOM, "SIGHUP: the old configuration stays");
		free(s);
		return;
	}
	free(p->settings);
	p->settings = s;
	log_level_set(s->log_level);
	log_notice(ROOM, "SIGHUP: the configuration is read again");
}


static int run(struct program *p)
{
	const struct settings *s = p->settings;
	struct hangup *hup	 = NULL;
	char text[ADDR_STRLEN];
	int err;

	err = loop_setup(s);
	if (!err)
		err = gw_alloc(&p->gw, s);
	if (!err)
		err = hangup_alloc(&hup, reload, p);
	if (!err)
		err = privilege_drop(s->user);
	if (!err)
		err = gw_start(p->gw);
	if (err)
		goto out;

	log_notice(ROOM, "ready: %s, gatekeeper %s, %s", s->socket,
		   s->gatekeeper.identifier,
		   addr_ip_str(&s->gatekeeper.address[
				       !addr_is_set(&s->gatekeeper.address[0])],
			       text));
	(void)notify_systemd("READY=1");

	err = re_main(signal_handler);

out:
	if (err)
		log_error(ROOM, "stopped: %s", strerror(err));
	mem_deref(hup);
	mem_deref(p->gw);

	return err;
}


int main(int argc, char *argv[])
{
	struct program p = {NULL};
	struct options o;
	int err, status;

	if (options_read(&o, "h323gw", DEFAULT_FILE, argc, argv, &status))
		return status;
	if (o.reference) {
		settings_reference(stdout);
		return 0;
	}
	p.file = o.file;
	if (settings_load(&p.settings, o.file))
		return 1;
	if (o.check) {
		free(p.settings);
		return 0;
	}

	options_log(&o, p.settings->log_level);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);

	err = libre_init();
	if (!err)
		err = run(&p);

	(void)fd_setsize(0);
	libre_close();
	tmr_debug();
	mem_debug();
	free(p.settings);

	return err ? 1 : 0;
}
