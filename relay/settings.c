/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file settings.c  The relay's configuration file, read and checked
 *
 * The table is the specification; doc/postern-relay.conf.5 says it in words.
 * What a table can't say is checked in settings_iface.c and settings_tunnel.c
 * and reported in the same form. Owns no state.
 */
#include "config.h"
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include "settings_priv.h"


enum {
	DAY_MS = 86400000,
};

static const char *const log_levels[] = {"error", "warn", "notice", "info",
					 "debug", NULL};

static const char *const path_values[] = {"auto", "on", "off", NULL};

static const struct conf_key keys[KEYS] = {
	[NAME] = {"relay", "name", CONF_STRING, .min = 1,
		  .max = SETTING_LEN_MAX, .def = "relay",
		  .help = "what this relay is called in answers"},
	[SOCKET] = {"relay", "socket", CONF_STRING, .min = 1,
		    .max = SOCKET_PATH_MAX, .def = "/run/postern/relay.sock",
		    .help = "control socket"},
	[GROUP] = {"relay", "group", CONF_STRING, .min = 1,
		   .max = SETTING_LEN_MAX,
		   .help = "group that may open the control socket; "
			   "postern, where there is such a group"},
	[USER] = {"relay", "user", CONF_STRING, .min = 1,
		  .max = SETTING_LEN_MAX,
		  .help = "user to become when started as root"},
	[LOG_LEVEL] = {"relay", "log_level", CONF_ENUM, .values = log_levels,
		       .def = "notice", .help = "what is logged"},
	[WORKERS] = {"relay", "workers", CONF_INT, .min = -1,
		     .max = WORKERS_MAX, .def = "-1",
		     .help = "threads that move packets; 0: none of their "
			     "own; -1: one a processor"},
	[KERNEL] = {"relay", "kernel", CONF_ENUM, .values = path_values,
		    .def = "auto",
		    .help = "whether the kernel moves the packets of settled "
			    "streams"},
	[KERNEL_STREAMS] = {"relay", "kernel_streams", CONF_INT, .min = 1,
			    .max = 1000000, .def = "20000",
			    .help = "streams the kernel has at most"},
	[IO_URING] = {"relay", "io_uring", CONF_ENUM, .values = path_values,
		      .def = "auto",
		      .help = "whether the kernel is asked for packets by "
			      "io_uring, not epoll"},
	[MAX_SESSIONS] = {"relay", "max_sessions", CONF_INT, .min = 1,
			  .max = 1000000, .def = "20000",
			  .help = "sessions at most"},
	[MAX_STREAMS] = {"relay", "max_streams", CONF_INT, .min = 1,
			 .max = 1000000, .def = "60000",
			 .help = "streams of all sessions at most"},
	[SESSION_TIMEOUT] = {"relay", "session_timeout", CONF_DURATION,
			     .min = 0, .max = DAY_MS, .def = "60s",
			     .help = "silence before session.idle is sent, "
				     "where the client says nothing"},
	[ORPHAN_TIMEOUT] = {"relay", "orphan_timeout", CONF_DURATION,
			    .min = 0, .max = 30LL * DAY_MS, .def = "1h",
			    .help = "silence before a session nobody asks "
				    "for is closed; 0s: never"},
	[LEARNING_WINDOW] = {"relay", "learning_window", CONF_DURATION,
			     .min = 100, .max = DAY_MS, .def = "30s",
			     .help = "time to learn a new source after the "
				     "party signalled a new address"},
	[FIRST_WINDOW] = {"relay", "first_window", CONF_DURATION, .min = 0,
			  .max = DAY_MS, .def = "0s",
			  .help = "time to learn the first source; 0s: until "
				  "it is heard"},
	[RELATCH_SILENCE] = {"relay", "relatch_silence", CONF_DURATION,
			     .min = 100, .max = 60000, .def = "2s",
			     .help = "silence before a source may change its "
				     "port"},
	[IF_ADDRESS] = {"interface *", "address", CONF_LIST, .min = 1,
			.max = 2, .required = true,
			.help = "local addresses, one IPv4, one IPv6 or both; "
				"or auto: those of the default route"},
	[IF_ADVERTISED] = {"interface *", "advertised", CONF_LIST, .min = 1,
			   .max = 2,
			   .help = "what parties are told instead, behind "
				   "a 1:1 NAT"},
	[IF_PORTS] = {"interface *", "ports", CONF_PORTS, .def = "30000-39999",
		      .help = "ports for media, 1024 or above"},
	[IF_DSCP] = {"interface *", "dscp", CONF_INT, .min = 0, .max = 63,
		     .def = "46", .help = "DSCP of what is sent"},
	[TUNNEL_LISTEN] = {"tunnel", "listen", CONF_LIST, .min = 1,
			   .max = TUNNEL_LISTEN_MAX,
			   .help = "addresses and port agents connect to; "
				   "without it there are no agents"},
	[TUNNEL_CERTIFICATE] = {"tunnel", "certificate", CONF_STRING,
				.min = 1, .max = SETTING_PATH_MAX,
				.help = "file with the certificate and its "
					"chain; without it the relay makes "
					"one that agents know by its "
					"fingerprint"},
	[TUNNEL_KEY] = {"tunnel", "key", CONF_STRING, .min = 1,
			.max = SETTING_PATH_MAX,
			.help = "file with the certificate's key"},
	[TUNNEL_CLIENT_CA] = {"tunnel", "client_ca", CONF_STRING, .min = 1,
			      .max = SETTING_PATH_MAX,
			      .help = "file with the authorities that vouch "
				      "for agents that show a certificate "
				      "instead of having a secret"},
	[TUNNEL_STATE] = {"tunnel", "state", CONF_STRING, .min = 1,
			  .max = SETTING_PATH_MAX - 32,
			  .def = "/var/lib/postern/relay",
			  .help = "directory for the list of agents"},
	[TUNNEL_ADVERTISED] = {"tunnel", "advertised", CONF_STRING, .min = 1,
			       .max = SETTING_LEN_MAX,
			       .help = "name or address, with port, that "
				       "agents are told to connect to"},
	[TUNNEL_SIP] = {"tunnel", "sip", CONF_ADDR,
			.help = "where the SIP proxy listens on this host, "
				"over UDP: agents' terminals come to it from "
				"local sockets"},
	[TUNNEL_RAS] = {"tunnel", "ras", CONF_ADDR,
			.help = "where the gatekeeper listens for RAS on this "
				"host, over UDP: agents' H.323 terminals come "
				"to it from local sockets"},
	[TUNNEL_RAS_PORTS] = {"tunnel", "ras_ports", CONF_PORTS,
			      .def = "20000-29999",
			      .help = "ports of these local sockets; a "
				      "terminal keeps its own, also after a "
				      "restart"},
	[TUNNEL_REGISTRAR] = {"tunnel", "registrar", CONF_ADDR,
			      .help = "a SIP registrar and proxy without "
				      "Postern's module, over UDP: where "
				      "terminals of agents that are aware of "
				      "SIP come to"},
	[TUNNEL_AGENT_SESSIONS] = {"tunnel", "agent_sessions", CONF_INT,
				   .min = 1, .max = 100000, .def = "256",
				   .help = "calls such an agent may have at a "
					   "time"},
	[TUNNEL_SIP_PORTS] = {"tunnel", "sip_ports", CONF_PORTS,
			      .def = "10000-19999",
			      .help = "ports of these local sockets; a "
				      "terminal keeps its own, also after a "
				      "restart"},
	[TUNNEL_MEDIA] = {"tunnel", "media", CONF_PORTS, .def = "7000-7001",
			  .help = "UDP ports agents send media to, at the "
				  "addresses of listen"},
	[TUNNEL_IN_TUNNEL] = {"tunnel", "media_in_tunnel", CONF_BOOL,
			      .def  = "yes",
			      .help = "agents whose UDP does not get through "
				      "may send media over a second "
				      "connection"},
	[TUNNEL_SERVICES] = {"tunnel", "services", CONF_LIST, .min = 1,
			     .max = TUNNEL_SERVICES_MAX,
			     .help = "addresses with ports where TCP services "
				     "of agents may be opened; without it, "
				     "nowhere"},
	[TUNNEL_MODES] = {"tunnel", "media_modes", CONF_LIST, .min = 1,
			  .max = MEDIA_MODES, .def = "sealed, token",
			  .help = "how agents may send it: sealed, token, or "
				  "both, and then sealed where the agent "
				  "allows it"},
	[TUNNEL_LINGER] = {"tunnel", "linger", CONF_DURATION, .min = 0,
			   .max = DAY_MS, .def = "30s",
			   .help = "time for a broken tunnel to come back "
				   "before its channels end"},
	[TUNNEL_KEEPALIVE] = {"tunnel", "keepalive", CONF_DURATION,
			      .min = 100, .max = 4000, .def = "4s",
			      .help = "time between signs of life; a dead "
				      "path is noticed after two and a "
				      "second"},
};


/** Keep a value, "" where there is none; its length was checked */
void settings_copy(char *dst, size_t size, const char *src)
{
	(void)snprintf(dst, size, "%s", src ? src : "");
}


static uint32_t workers_wanted(int64_t n)
{
	cpu_set_t set;

	if (n >= 0)
		return (uint32_t)n;

	/* as many as we may run on: a container may have fewer */
	if (sched_getaffinity(0, sizeof(set), &set))
		return 1;

	n = CPU_COUNT(&set);

	return n < WORKERS_MAX ? (uint32_t)n : WORKERS_MAX;
}


static void read_relay(struct settings *s, const struct conf_section *sec)
{
	settings_copy(s->name, sizeof(s->name), conf_string(sec, NAME));
	settings_copy(s->socket, sizeof(s->socket), conf_string(sec, SOCKET));
	settings_copy(s->group, sizeof(s->group), conf_string(sec, GROUP));
	settings_copy(s->user, sizeof(s->user), conf_string(sec, USER));

	s->workers	   = workers_wanted(conf_int(sec, WORKERS));
	s->kernel	   = (enum settings_path)conf_int(sec, KERNEL);
	s->kernel_streams  = (uint32_t)conf_int(sec, KERNEL_STREAMS);
	s->io_uring	   = (enum settings_path)conf_int(sec, IO_URING);
	s->log_level	   = (enum log_level)conf_int(sec, LOG_LEVEL);
	s->max_sessions	   = (uint32_t)conf_int(sec, MAX_SESSIONS);
	s->max_streams	   = (uint32_t)conf_int(sec, MAX_STREAMS);
	s->session_timeout = (uint32_t)(conf_int(sec, SESSION_TIMEOUT) / 1000);
	s->orphan_timeout  = (uint32_t)(conf_int(sec, ORPHAN_TIMEOUT) / 1000);
	s->learning_window = (uint32_t)conf_int(sec, LEARNING_WINDOW);
	s->first_window	   = (uint32_t)conf_int(sec, FIRST_WINDOW);
	s->relatch_silence = (uint32_t)conf_int(sec, RELATCH_SILENCE);
}


static void settings_take(void *settings, const struct conf *c,
			  const char *name, struct complaint *co)
{
	struct settings *s = settings;
	const struct conf_section *sec;
	char text[256];

	memset(s, 0, sizeof(*s));

	sec = conf_section(c, "relay");
	read_relay(s, sec);
	settings_read_tunnel(s, conf_section(c, "tunnel"), co);

	for (sec = conf_next(c, "interface", NULL); sec;
	     sec = conf_next(c, "interface", sec))
		settings_read_iface(s, sec, co);

	if (!s->ifacec) {
		(void)snprintf(text, sizeof(text),
			       "%s: there is no [interface default] with an "
			       "address", name);
		complaint_make(co, text);
	}

	settings_check_overlap(s, name, co);
}


/**
 * Read a configuration file
 *
 * @param s      Result
 * @param path   File
 * @param errorh Gets a sentence for each error
 * @param arg    Its argument
 *
 * @return 0; EINVAL: the file is wrong; ENOENT, EACCES …: it can't be read
 */
int settings_read(struct settings *s, const char *path, conf_error_h *errorh,
		  void *arg)
{
	const struct conf_source src = {.name = path};

	return conf_take(&src, keys, KEYS, settings_take, s, errorh, arg);
}


/** The same from memory; name stands for the file in errors */
int settings_read_buf(struct settings *s, const char *name, const char *text,
		      size_t len, conf_error_h *errorh, void *arg)
{
	const struct conf_source src = {name, text, len};

	return conf_take(&src, keys, KEYS, settings_take, s, errorh, arg);
}


/** Write a commented configuration with every key */
void settings_reference(FILE *f)
{
	conf_reference(f, keys, KEYS);
}
