/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file main.c  postern-agent: the proxy in the private network
 *
 * What it takes before it is ready, and rights in the order they are given up.
 */
#include "rpc/libre.h"
#define DEBUG_MODULE "agent"
#define DEBUG_LEVEL 0
#include <re_dbg.h>
#include "config.h"
#include "agent.h"
#include "daemon/hangup.h"
#include "daemon/privilege.h"
#include "daemon/program.h"


#define ROOM	     "agent"
#define DEFAULT_FILE "/etc/postern/agent.conf"

enum {
	FDS = 8192,
};

static void reload(void *arg)
{
	log_notice(ROOM, "SIGHUP: certificates are read again, where they "
		   "have changed");
	agent_reload(arg);
}


static int run(void *arg)
{
	const struct settings *s = arg;
	struct hangup *hup = NULL;
	struct agent *a = NULL;
	int err;

	/* what terminals do wrong is ours to tell; leaks are libre's */
	dbg_init(DBG_EMERG, DBG_NONE);

	err = program_descriptors(ROOM, 0, FDS, NULL);
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
		err = program_loop();
	}
	mem_deref(hup);
	mem_deref(a);
	dbg_init(DBG_WARNING, DBG_NONE);

	return err;
}


static int load(const char *file, enum log_level *level, void *arg)
{
	struct settings *s = arg;
	const int err	   = settings_read(s, file, program_conf_error, NULL);

	if (!err)
		*level = s->log_level;

	return err;
}


int main(int argc, char *argv[])
{
	static const struct program agent = {
		.name	   = "postern-agent",
		.room	   = ROOM,
		.file	   = DEFAULT_FILE,
		.reference = settings_reference,
		.load	   = load,
		.run	   = run,
	};
	struct settings s;

	return program_main(&agent, &s, argc, argv);
}
