/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file settings.c  The relay's configuration file, read and checked
 *
 * The table is the specification; doc/postern-relay.conf.5 says it in words.
 * What a table can't say (two addresses of one family, a range without a
 * pair) is checked here and reported in the same form. Owns no state.
 */
#include "config.h"
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include "conf/complaint.h"
#include "settings.h"


enum key {
	NAME,
	SOCKET,
	GROUP,
	USER,
	LOG_LEVEL,
	WORKERS,
	KERNEL,
	KERNEL_STREAMS,
	MAX_SESSIONS,
	MAX_STREAMS,
	SESSION_TIMEOUT,
	ORPHAN_TIMEOUT,
	LEARNING_WINDOW,
	FIRST_WINDOW,
	RELATCH_SILENCE,
	IF_ADDRESS,
	IF_ADVERTISED,
	IF_PORTS,
	IF_DSCP,
	TUNNEL_LISTEN,
	TUNNEL_CERTIFICATE,
	TUNNEL_KEY,
	TUNNEL_CLIENT_CA,
	TUNNEL_STATE,
	TUNNEL_ADVERTISED,
	TUNNEL_SIP,
	TUNNEL_REGISTRAR,
	TUNNEL_AGENT_SESSIONS,
	TUNNEL_SIP_PORTS,
	TUNNEL_MEDIA,
	TUNNEL_IN_TUNNEL,
	TUNNEL_SERVICES,
	TUNNEL_MODES,
	TUNNEL_LINGER,
	TUNNEL_KEEPALIVE,
	KEYS
};

enum {
	PORT_LEAST = 1024,
	DAY_MS	   = 86400000,
};

static const char *const log_levels[] = {"error", "warn", "notice", "info",
					 "debug", NULL};

static const char *const kernel_values[] = {"auto", "on", "off", NULL};

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
	[KERNEL] = {"relay", "kernel", CONF_ENUM, .values = kernel_values,
		    .def = "auto",
		    .help = "whether the kernel moves the packets of settled "
			    "streams"},
	[KERNEL_STREAMS] = {"relay", "kernel_streams", CONF_INT, .min = 1,
			    .max = 1000000, .def = "20000",
			    .help = "streams the kernel has at most"},
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


static void copy(char *dst, size_t size, const char *src)
{
	(void)snprintf(dst, size, "%s", src ? src : "");
}


/* The address packets to the world at large leave from; nothing is sent */
static bool default_route(struct addr *a, int af)
{
	socklen_t len = sizeof(a->u);
	struct addr world;
	int fd;
	bool ok;

	/* RFC 5737, RFC 3849 */
	(void)addr_parse(&world, af == AF_INET6 ? "2001:db8::1" : "192.0.2.1",
			 9);

	fd = socket(af, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;

	memset(a, 0, sizeof(*a));
	ok = !connect(fd, &world.u.sa, addr_socklen(&world)) &&
	     !getsockname(fd, &a->u.sa, &len) && !addr_is_linklocal(a);
	(void)close(fd);

	if (ok)
		addr_set_port(a, 0);
	else
		memset(a, 0, sizeof(*a));

	return ok;
}


static void automatic(struct addr v[2])
{
	const bool v4 = default_route(&v[0], AF_INET);
	const bool v6 = default_route(&v[1], AF_INET6);

	if (v4 || v6)
		return;

	log_warn("conf", "address auto: there is no default route, media goes "
			 "no further than this host");
	(void)addr_parse(&v[0], "127.0.0.1", 0);
}


/* One or two addresses, each of another family, into [IPv4, IPv6] */
static void read_addresses(struct addr v[2], const struct conf_section *sec,
			   enum key key, struct complaint *co)
{
	size_t i;

	for (i = 0; i < conf_list_count(sec, key); i++) {
		const char *text = conf_list_item(sec, key, i);
		struct addr a;
		size_t at;

		if (key == IF_ADDRESS && !strcmp(text, "auto")) {
			automatic(v);
			return;
		}

		if (addr_parse(&a, text, 0) || addr_is_any(&a) ||
		    addr_is_multicast(&a)) {
			complain(co, sec, key,
				 "\"%s\" is not the numeric address of an "
				 "interface", text);
			return;
		}

		at = addr_family(&a) == AF_INET6;
		if (addr_is_set(&v[at])) {
			complain(co, sec, key,
				 "\"%s\" is a second address of its family; "
				 "give it an interface of its own", text);
			return;
		}

		v[at] = a;
	}
}


static void read_iface(struct settings *s, const struct conf_section *sec,
		       struct complaint *co)
{
	struct settings_iface *si;
	struct conf_ports ports = conf_ports(sec, IF_PORTS);
	size_t i;

	if (s->ifacec == IFACES_MAX ||
	    strlen(conf_section_name(sec)) > IFACE_NAME_MAX) {
		complain(co, sec, IF_ADDRESS,
			 "at most %d interfaces, with names of at most %d "
			 "characters", IFACES_MAX, IFACE_NAME_MAX);
		return;
	}

	si = &s->ifacev[s->ifacec++];
	copy(si->name, sizeof(si->name), conf_section_name(sec));
	si->dscp     = (uint8_t)conf_int(sec, IF_DSCP);
	si->port_min = ports.min;
	si->port_max = ports.max;

	if (ports.min < PORT_LEAST)
		complain(co, sec, IF_PORTS,
			 "ports below %d are for other programs", PORT_LEAST);

	if (((ports.min + 1u) & ~1u) + 1 > ports.max)
		complain(co, sec, IF_PORTS,
			 "there is no even port with the odd one after it");

	read_addresses(si->address, sec, IF_ADDRESS, co);
	read_addresses(si->advertised, sec, IF_ADVERTISED, co);

	for (i = 0; i < 2; i++) {
		if (addr_is_set(&si->advertised[i]) &&
		    !addr_is_set(&si->address[i]))
			complain(co, sec, IF_ADVERTISED,
				 "an IPv%d address is advertised and there is "
				 "none in address", i ? 6 : 4);
	}
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
	copy(s->name, sizeof(s->name), conf_string(sec, NAME));
	copy(s->socket, sizeof(s->socket), conf_string(sec, SOCKET));
	copy(s->group, sizeof(s->group), conf_string(sec, GROUP));
	copy(s->user, sizeof(s->user), conf_string(sec, USER));

	s->workers	   = workers_wanted(conf_int(sec, WORKERS));
	s->kernel	   = (enum settings_kernel)conf_int(sec, KERNEL);
	s->kernel_streams  = (uint32_t)conf_int(sec, KERNEL_STREAMS);
	s->log_level	   = (enum log_level)conf_int(sec, LOG_LEVEL);
	s->max_sessions	   = (uint32_t)conf_int(sec, MAX_SESSIONS);
	s->max_streams	   = (uint32_t)conf_int(sec, MAX_STREAMS);
	s->session_timeout = (uint32_t)(conf_int(sec, SESSION_TIMEOUT) / 1000);
	s->orphan_timeout  = (uint32_t)(conf_int(sec, ORPHAN_TIMEOUT) / 1000);
	s->learning_window = (uint32_t)conf_int(sec, LEARNING_WINDOW);
	s->first_window	   = (uint32_t)conf_int(sec, FIRST_WINDOW);
	s->relatch_silence = (uint32_t)conf_int(sec, RELATCH_SILENCE);
}


/* "127.0.0.1:2000-2999", "[::1]:2222" */
static bool read_service(struct settings_service *ss, const char *text)
{
	const char *colon = strrchr(text, ':');
	const char *dash  = colon ? strchr(colon, '-') : NULL;
	char first[ADDR_STRLEN];
	unsigned long max = 0;
	char *end	  = NULL;
	size_t len	  = dash ? (size_t)(dash - text) : strlen(text);

	if (len >= sizeof(first))
		return false;
	memcpy(first, text, len);
	first[len] = '\0';
	if (addr_parse_hostport(&ss->address, first))
		return false;
	ss->port_min = ss->port_max = addr_port(&ss->address);
	addr_set_port(&ss->address, 0);
	if (!dash)
		return ss->port_min > 0;

	if (dash[1] >= '0' && dash[1] <= '9')
		max = strtoul(dash + 1, &end, 10);
	if (!end || *end || max > 65535)
		return false;
	ss->port_max = (uint16_t)max;

	return ss->port_min > 0 && ss->port_min <= ss->port_max;
}


static void read_services(struct settings_tunnel *t,
			  const struct conf_section *sec, struct complaint *co)
{
	size_t i;

	for (i = 0; i < conf_list_count(sec, TUNNEL_SERVICES); i++) {
		const char *text = conf_list_item(sec, TUNNEL_SERVICES, i);

		if (read_service(&t->services[t->servicec], text))
			++t->servicec;
		else
			complain(co, sec, TUNNEL_SERVICES,
				 "\"%s\" is not a numeric address with ports, "
				 "as in 127.0.0.1:2000-2999", text);
	}
}


static void read_modes(struct settings_tunnel *t,
		       const struct conf_section *sec, struct complaint *co)
{
	for (size_t i = 0; i < conf_list_count(sec, TUNNEL_MODES); i++) {
		const char *text      = conf_list_item(sec, TUNNEL_MODES, i);
		const enum media_mode m = media_mode_find(text);

		if (m == MEDIA_MODES)
			complain(co, sec, TUNNEL_MODES,
				 "\"%s\" is neither sealed nor token", text);
		else
			t->modes |= 1u << m;
	}
}


static void read_tunnel(struct settings *s, const struct conf_section *sec,
			struct complaint *co)
{
	struct settings_tunnel *t = &s->tunnel;
	size_t i;

	for (i = 0; i < conf_list_count(sec, TUNNEL_LISTEN); i++) {
		const char *text = conf_list_item(sec, TUNNEL_LISTEN, i);
		struct addr *a	 = &t->listen[t->listenc];

		if (addr_parse_hostport(a, text) || !addr_port(a))
			complain(co, sec, TUNNEL_LISTEN,
				 "\"%s\" is not a numeric address with a "
				 "port, as in 192.0.2.1:7443 or [::]:7443",
				 text);
		else
			++t->listenc;
	}

	copy(t->certificate, sizeof(t->certificate),
	     conf_string(sec, TUNNEL_CERTIFICATE));
	copy(t->key, sizeof(t->key), conf_string(sec, TUNNEL_KEY));
	copy(t->client_ca, sizeof(t->client_ca),
	     conf_string(sec, TUNNEL_CLIENT_CA));
	copy(t->state, sizeof(t->state), conf_string(sec, TUNNEL_STATE));
	copy(t->advertised, sizeof(t->advertised),
	     conf_string(sec, TUNNEL_ADVERTISED));
	t->sip	     = conf_addr(sec, TUNNEL_SIP);
	if (addr_is_set(&t->sip) && !addr_port(&t->sip))
		addr_set_port(&t->sip, 5060);
	t->registrar = conf_addr(sec, TUNNEL_REGISTRAR);
	if (addr_is_set(&t->registrar) && !addr_port(&t->registrar))
		addr_set_port(&t->registrar, 5060);
	t->agent_sessions = (uint32_t)conf_int(sec, TUNNEL_AGENT_SESSIONS);
	t->sip_min   = conf_ports(sec, TUNNEL_SIP_PORTS).min;
	t->sip_max   = conf_ports(sec, TUNNEL_SIP_PORTS).max;
	t->media[0]  = conf_ports(sec, TUNNEL_MEDIA).min;
	t->media[1]  = conf_ports(sec, TUNNEL_MEDIA).max;
	t->media_link = conf_bool(sec, TUNNEL_IN_TUNNEL);
	read_services(t, sec, co);
	read_modes(t, sec, co);
	t->linger    = (uint32_t)conf_int(sec, TUNNEL_LINGER);
	t->keepalive = (uint32_t)conf_int(sec, TUNNEL_KEEPALIVE);

	if (!t->certificate[0] != !t->key[0])
		complain(co, sec, t->key[0] ? TUNNEL_KEY : TUNNEL_CERTIFICATE,
			 "certificate and key go together");
}


/* Two interfaces on one address would give out the same ports */
static bool overlap(const struct settings_iface *a,
		    const struct settings_iface *b)
{
	size_t af;

	if (a->port_max < b->port_min || b->port_max < a->port_min)
		return false;

	for (af = 0; af < 2; af++) {
		if (addr_is_set(&a->address[af]) &&
		    addr_ip_eq(&a->address[af], &b->address[af]))
			return true;
	}

	return false;
}


static void check_overlap(const struct settings *s, const char *name,
			  struct complaint *co)
{
	char text[256];
	size_t i, j;

	for (i = 0; i < s->ifacec; i++) {
		for (j = 0; j < i; j++) {
			if (!overlap(&s->ifacev[i], &s->ifacev[j]))
				continue;

			(void)snprintf(text, sizeof(text),
				       "%s: [interface %s] and [interface %s] "
				       "share ports of one address", name,
				       s->ifacev[j].name, s->ifacev[i].name);
			complaint_make(co, text);
		}
	}
}


static int settings_take(struct settings *s, const struct conf *c,
			 const char *name, struct complaint *co)
{
	const struct conf_section *sec;
	char text[256];

	memset(s, 0, sizeof(*s));

	sec = conf_section(c, "relay");
	read_relay(s, sec);
	read_tunnel(s, conf_section(c, "tunnel"), co);

	for (sec = conf_next(c, "interface", NULL); sec;
	     sec = conf_next(c, "interface", sec))
		read_iface(s, sec, co);

	if (!s->ifacec) {
		(void)snprintf(text, sizeof(text),
			       "%s: there is no [interface default] with an "
			       "address", name);
		complaint_make(co, text);
	}

	check_overlap(s, name, co);

	return co->made ? EINVAL : 0;
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
	struct complaint co = {.errorh = errorh, .arg = arg};
	struct conf *c = NULL;
	int err;

	err = conf_read(&c, path, keys, KEYS, errorh, arg);
	if (err)
		return err;

	err = settings_take(s, c, path, &co);
	conf_free(c);

	return err;
}


/** The same from memory; name stands for the file in errors */
int settings_read_buf(struct settings *s, const char *name, const char *text,
		      size_t len, conf_error_h *errorh, void *arg)
{
	struct complaint co = {.errorh = errorh, .arg = arg};
	struct conf *c = NULL;
	int err;

	err = conf_read_buf(&c, name, text, len, keys, KEYS, errorh, arg);
	if (err)
		return err;

	err = settings_take(s, c, name, &co);
	conf_free(c);

	return err;
}


/** @return Ports of all interfaces: as many descriptors may be needed */
uint32_t settings_ports(const struct settings *s)
{
	uint32_t n = 0;
	size_t i, af;

	for (i = 0; i < s->ifacec; i++) {
		for (af = 0; af < 2; af++) {
			if (addr_is_set(&s->ifacev[i].address[af]))
				n += s->ifacev[i].port_max -
				     s->ifacev[i].port_min + 1u;
		}
	}

	return n;
}


/** Write a commented configuration with every key */
void settings_reference(FILE *f)
{
	conf_reference(f, keys, KEYS);
}
