/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ctl/options.c  posternctl's command line
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include "config.h"
#include "ctl/ctl.h"

#define RELAY_DEFAULT "/run/postern/relay.sock"
#define H323GW_DEFAULT "/run/postern/h323gw.sock"
#define STORE_DEFAULT "/var/lib/postern/registrations.db"


void ctl_usage(FILE *f)
{
	fputs("usage: posternctl [options] command\n"
	      "\n"
	      "  status               relays, registrations and calls at a glance\n"
	      "  sessions             media sessions\n"
	      "  session ID           one session: legs, latches, counters\n"
	      "  registrations [AOR]  who is registered, and where\n"
	      "  calls                calls going on; --all: ended ones too\n"
	      "  tail                 events as they happen\n"
	      "  close ID             close a media session\n"
	      "  drain on|off         relays take no new sessions, or do again\n"
	      "  agents               agents, and how their tunnels are\n"
	      "  agent NAME           one of them\n"
	      "  agent add NAME       add one: prints its agent.conf\n"
	      "  agent add NAME --certificate   add one that shows a certificate\n"
	      "  agent set NAME       change what --bandwidth says\n"
	      "  agent revoke NAME    remove one: its tunnel ends at once\n"
	      "  services             TCP services opened through agents\n"
	      "  service open AGENT LISTEN TO\n"
	      "                       open one: 127.0.0.1:2222 192.168.1.20:22\n"
	      "  service close LISTEN close one, and cut its connections\n"
	      "  h323 status          the H.323 gatekeeper at a glance\n"
	      "  h323 endpoints [WHO] who is registered there\n"
	      "  h323 calls           its calls\n"
	      "  h323 upstream [WHO]  who is registered above it\n"
	      "  h323 unregister WHO  throw an endpoint out\n"
	      "  h323 disconnect ID   end a call\n"
	      "  h323 secrets         who must prove a password\n"
	      "  h323 secret ALIAS    give it one, from standard input\n"
	      "  h323 forget ALIAS    take it away\n"
	      "\n"
	      "  -r, --relay PATH     control socket (repeatable; "
	      RELAY_DEFAULT ")\n"
	      "  -s, --store FILE     database (" STORE_DEFAULT ")\n"
	      "  -H, --h323gw PATH    h323gw's control socket ("
	      H323GW_DEFAULT ")\n"
	      "  -j, --json           for programs\n"
	      "  -a, --all            calls: ended ones too\n"
	      "  -n, --limit N        calls: at most N (50)\n"
	      "  -b, --bandwidth RATE agent add, agent set: of its media, as 2M bit/s\n"
	      "  -c, --certificate    agent add: it has a certificate, no secret\n"
	      "  -V, --version   -h, --help\n",
	      f);
}


/* bits per second: "64000", "64k", "2M", by 1000 */
static int rate(const char *text, int64_t *bits)
{
	static const struct {
		const char *unit;
		int64_t times;
	} units[] = {{"", 1}, {"k", 1000}, {"M", 1000000}, {"G", 1000000000}};
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || v > 100000000000)
		return -1;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].unit))
			continue;
		*bits = (int64_t)v;
		if (*bits > 100000000000 / units[i].times)
			return -1;
		*bits *= units[i].times;
		return 0;
	}
	return -1;
}


static int number(const char *text, unsigned *n)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || v < 1 || v > 1000000)
		return -1;
	*n = (unsigned)v;
	return 0;
}


static int relay_add(struct ctl *c, const char *path)
{
	if (c->nrelays == CTL_RELAYS_MAX) {
		fprintf(c->err, "posternctl: at most %d relays\n",
			CTL_RELAYS_MAX);
		return CTL_USAGE;
	}
	c->relays[c->nrelays++] = path;

	return -1;
}


/* one option; -1: go on */
static int option_take(struct ctl *c, int o, const char *value)
{
	switch (o) {

	case 'r':
		return relay_add(c, value);
	case 's':
		c->store = value;
		return -1;
	case 'H':
		c->h323gw = value;
		return -1;
	case 'j':
		c->json = true;
		return -1;
	case 'a':
		c->all = true;
		return -1;
	case 'n':
		if (!number(value, &c->limit))
			return -1;
		fprintf(c->err, "posternctl: --limit: \"%s\" is not "
			"a number from 1 to 1000000\n", value);
		return CTL_USAGE;
	case 'b':
		if (!rate(value, &c->bandwidth))
			return -1;
		fprintf(c->err, "posternctl: --bandwidth: \"%s\" is "
			"not bits per second, as in 512k, 2M; 0: any\n",
			value);
		return CTL_USAGE;
	case 'c':
		c->certificate = true;
		return -1;
	case 'V':
		fprintf(c->out, "posternctl %s\n", POSTERN_VERSION);
		return CTL_OK;
	case 'h':
		ctl_usage(c->out);
		return CTL_OK;
	default:
		return CTL_USAGE;
	}
}


/**
 * Read the options
 *
 * @param first Gets the index of the command in argv
 *
 * @return -1: go on; else the exit status
 */
int ctl_options(struct ctl *c, int argc, char *argv[], int *first)
{
	static const struct option longopts[] = {
		{"relay", required_argument, NULL, 'r'},
		{"store", required_argument, NULL, 's'},
		{"h323gw", required_argument, NULL, 'H'},
		{"json", no_argument, NULL, 'j'},
		{"all", no_argument, NULL, 'a'},
		{"limit", required_argument, NULL, 'n'},
		{"bandwidth", required_argument, NULL, 'b'},
		{"certificate", no_argument, NULL, 'c'},
		{"version", no_argument, NULL, 'V'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int o;

	c->store     = STORE_DEFAULT;
	c->h323gw    = H323GW_DEFAULT;
	c->bandwidth = -1;
	while ((o = getopt_long(argc, argv, "r:s:H:jan:b:cVh", longopts,
				NULL)) != -1) {
		const int status = option_take(c, o, optarg);

		if (status >= 0)
			return status;
	}

	if (!c->nrelays)
		c->relays[c->nrelays++] = RELAY_DEFAULT;
	if (optind == argc) {
		ctl_usage(c->err);
		return CTL_USAGE;
	}

	*first = optind;
	return -1;
}
