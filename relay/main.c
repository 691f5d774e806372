/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file main.c  postern-relay: the media plane
 *
 * What it takes before it is ready, and rights in the order they are given up.
 */
#include "config.h"
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <linux/capability.h>
#include "daemon/hangup.h"
#include "daemon/privilege.h"
#include "daemon/program.h"
#include "iface.h"
#include "relay.h"
#include "tunnels.h"


#define ROOM	     "relay"
#define DEFAULT_FILE "/etc/postern/relay.conf"
#define DEFAULT_GROUP "postern"

enum {
	FDS_SPARE  = 1024, /* control connections and what libraries need */
	FDS_AGENTS = 8192, /* connections of agents, and of guests */
	FDS_CALLS  = 8192, /* of H.323 terminals behind agents */
	PORT_USER  = 1024, /* anybody may open this one and above */
};

/* An address that isn't ours is found out now and not at the first call */
static int addresses_check(const struct relay *r)
{
	struct le *le;
	int err = 0;

	for (le = list_head(&r->ifaces); le; le = le->next) {
		const struct iface *ifc = le->data;
		struct addr a		= ifc->address;
		char buf[ADDR_STRLEN];
		int fd;

		addr_set_port(&a, 0);
		fd = socket(addr_family(&a), SOCK_DGRAM | SOCK_CLOEXEC, 0);

		if (fd < 0 || bind(fd, &a.u.sa, addr_socklen(&a)) < 0) {
			err = errno;
			log_error(ROOM, "interface %s: address %s: %s",
				  ifc->name, addr_ip_str(&a, buf),
				  strerror(err));
		}

		if (fd >= 0)
			(void)close(fd);
	}

	return err;
}


/* Every port may need a descriptor, and so may every agent */
static uint32_t fds_of(const struct settings *s)
{
	const struct settings_tunnel *t = &s->tunnel;
	uint32_t n = settings_ports(s) + FDS_SPARE;

	if (t->listenc)
		n += FDS_AGENTS;
	if (t->listenc && t->modes & 1 << MEDIA_TOKEN)
		n += settings_ports(s); /* as many more, to agents */
	if (t->listenc && addr_is_set(&t->sip))
		n += t->sip_ports.max - t->sip_ports.min + 1u;
	if (t->listenc && addr_is_set(&t->ras))
		n += t->ras_ports.max - t->ras_ports.min + 1u + FDS_CALLS;

	return n;
}


/* Where the usual group doesn't exist and none was asked for, do without */
static void group_default(struct settings *s)
{
	if (s->group[0])
		return;

	if (getgrnam(DEFAULT_GROUP))
		(void)snprintf(s->group, sizeof(s->group), DEFAULT_GROUP);
	else
		log_warn(ROOM, "there is no group " DEFAULT_GROUP
			       ": only our own may open %s", s->socket);
}


static int control_listen(struct relay *r)
{
	int err;

	err = privilege_rundir(r->conf.socket, r->conf.user);
	if (!err)
		err = relay_listen(r);
	if (err)
		log_error(ROOM, "%s: %s", r->conf.socket, strerror(err));

	return err;
}


/* the directory of the list of agents, and the one it is in */
static int state_make(const struct settings *s)
{
	char path[SETTING_PATH_MAX + 8];
	char *slash;
	int err;

	(void)snprintf(path, sizeof(path), "%s", s->tunnel.state);
	slash = strrchr(path, '/');
	if (slash && slash != path) {
		err = privilege_rundir(path, s->user);
		if (err)
			return err;
	}
	(void)snprintf(path, sizeof(path), "%s/agents", s->tunnel.state);

	return privilege_rundir(path, s->user);
}


static int agents_listen(struct relay *r)
{
	int err;

	if (!r->conf.tunnel.listenc)
		return 0;

	err = state_make(&r->conf);
	if (err) {
		log_error(ROOM, "%s: %s", r->conf.tunnel.state, strerror(err));
		return err;
	}

	return tunnels_listen(&r->tunnels, r);
}


/* Streams in token mode have sockets on these ports, opened as they come */
static uint64_t ports_keep(const struct settings *s)
{
	const struct settings_tunnel *t = &s->tunnel;
	const bool low = t->media[0] < PORT_USER || t->media[1] < PORT_USER;

	return t->listenc && low && t->modes & 1 << MEDIA_TOKEN
		       ? UINT64_C(1) << CAP_NET_BIND_SERVICE
		       : 0;
}


static void reload(void *arg)
{
	struct relay *r = arg;

	if (r->tunnels && !tunnels_reload(r->tunnels))
		log_notice(ROOM, "SIGHUP: certificates are read again");
}


static int run(void *arg)
{
	struct settings *s = arg;
	struct hangup *hup = NULL;
	struct relay *r = NULL;
	uint64_t keep	= 0;
	uint32_t fds	= 0;
	int err;

	group_default(s);

	/* a catcher for each port, too, where they may be had */
	err = program_descriptors(ROOM, fds_of(s), settings_ports(s), &fds);
	if (!err)
		err = relay_alloc(&r, s);
	if (!err) {
		r->fds = fds;
		err    = addresses_check(r);
	}
	if (!err)
		err = kpath_alloc(&r->kpath, r, &keep);
	if (!err)
		err = control_listen(r);
	if (!err)
		err = agents_listen(r);
	if (!err)
		err = hangup_alloc(&hup, reload, r);
	if (!err)
		err = privilege_drop_but(s->user, keep | ports_keep(s));
	if (!err)
		err = workers_start(r);
	if (err)
		goto out;

	log_notice(ROOM, "ready: %s, %zu interfaces, %u ports, instance %s",
		   s->socket, s->ifacec, settings_ports(s), r->instance);

	err = program_loop();

out:
	mem_deref(hup);
	mem_deref(r);

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
	static const struct program relay = {
		.name	   = "postern-relay",
		.room	   = ROOM,
		.file	   = DEFAULT_FILE,
		.reference = settings_reference,
		.load	   = load,
		.run	   = run,
	};
	struct settings s;

	return program_main(&relay, &s, argc, argv);
}
