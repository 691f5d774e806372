/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ctl/main.c  posternctl: what an operator types
 */
#include <string.h>
#include <time.h>
#include "log/log.h"
#include "ctl/ctl.h"


static int64_t now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


/* one line a command: name, arguments it takes (least, most), what it does */
static const struct command {
	const char *name;
	int least, most;
	int (*plain)(struct ctl *c);
	int (*with)(struct ctl *c, const char *arg);
	int (*words)(struct ctl *c, int argc, char *argv[]);
} commands[] = {
	{"status", 0, 0, ctl_status, NULL},
	{"sessions", 0, 0, ctl_sessions, NULL},
	{"session", 1, 1, NULL, ctl_session},
	{"registrations", 0, 1, NULL, ctl_registrations},
	{"calls", 0, 0, ctl_calls, NULL},
	{"tail", 0, 0, ctl_tail, NULL},
	{"close", 1, 1, NULL, ctl_close},
	{"drain", 1, 1, NULL, ctl_drain},
	{"agents", 0, 0, ctl_agents, NULL},
	{"agent", 1, 2, NULL, NULL, ctl_agent},
	{"services", 0, 0, ctl_services, NULL},
	{"service", 1, 4, NULL, NULL, ctl_service},
	{"h323", 1, 2, NULL, NULL, ctl_h323},
};


static int run(struct ctl *c, int argc, char *argv[])
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		const struct command *cmd = &commands[i];

		if (strcmp(cmd->name, argv[0]))
			continue;
		if (argc - 1 < cmd->least || argc - 1 > cmd->most) {
			fprintf(c->err, "posternctl: %s takes %s\n", cmd->name,
				cmd->words	 ? "what posternctl --help says"
				: cmd->least	 ? "one argument"
				: cmd->most	 ? "one argument or none"
						 : "no argument");
			return CTL_USAGE;
		}
		if (cmd->words)
			return cmd->words(c, argc - 1, argv + 1);
		return cmd->plain ? cmd->plain(c)
				  : cmd->with(c, argc > 1 ? argv[1] : NULL);
	}

	fprintf(c->err, "posternctl: no such command: %s "
		"(posternctl --help lists them)\n", argv[0]);
	return CTL_USAGE;
}


int main(int argc, char *argv[])
{
	struct ctl c = {.limit = 50, .out = stdout, .err = stderr};
	int first, e;

	c.now = now_ms();
	log_level_set(LOG_LEVEL_ERROR);

	e = ctl_options(&c, argc, argv, &first);
	if (e >= 0)
		return e;

	e = run(&c, argc - first, argv + first);
	if (fflush(stdout) || ferror(stdout))
		return e ? e : CTL_FAILED;
	return e;
}
