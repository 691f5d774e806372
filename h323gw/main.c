/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file h323gw/main.c  h323gw: a gatekeeper that takes H.323 through firewalls
 *
 * What it takes before it is ready, and rights in the order they are given up.
 */
#include "config.h"
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "rpc/libre.h"
#include "daemon/hangup.h"
#include "daemon/privilege.h"
#include "daemon/program.h"
#include "gw.h"


#define ROOM	      "h323gw"
#define DEFAULT_FILE  "/etc/postern/h323gw.conf"
#define DEFAULT_GROUP "postern"

enum {
	FDS_SPARE = 1024, /* control connections and what libraries need */
	FDS_CALL  = 8,	  /* signalling and H.245, of both sides */
};

/** What a reload needs */
struct gatekeeper {
	const char *file;
	struct settings *settings; /* as they are used */
	struct gw *gw;
};


static int settings_load(struct settings **sp, const char *file)
{
	struct settings *s = malloc(sizeof(*s));
	int err;

	if (!s)
		return ENOMEM;
	err = settings_read(s, file, program_conf_error, NULL);
	if (err) {
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


static uint32_t fds_of(const struct settings *s)
{
	return (uint32_t)((uint64_t)s->call.calls * FDS_CALL +
			  s->call.connections + FDS_SPARE);
}


static void reload(void *arg)
{
	struct gatekeeper *p = arg;
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


static int run(void *arg)
{
	struct gatekeeper *p	 = arg;
	const struct settings *s = p->settings;
	struct hangup *hup	 = NULL;
	char text[ADDR_STRLEN];
	int err;

	err = program_descriptors(ROOM, fds_of(s), 0, NULL);
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

	err = program_loop();

out:
	mem_deref(hup);
	mem_deref(p->gw);

	return err;
}


static int load(const char *file, enum log_level *level, void *arg)
{
	struct gatekeeper *p = arg;
	const int err	     = settings_load(&p->settings, file);

	p->file = file;
	if (!err)
		*level = p->settings->log_level;

	return err;
}


int main(int argc, char *argv[])
{
	static const struct program h323gw = {
		.name	   = "h323gw",
		.room	   = ROOM,
		.file	   = DEFAULT_FILE,
		.reference = settings_reference,
		.load	   = load,
		.run	   = run,
	};
	struct gatekeeper gk = {NULL};
	const int status     = program_main(&h323gw, &gk, argc, argv);

	free(gk.settings);

	return status;
}
