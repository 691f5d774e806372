/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file settings.c  h323gw's configuration file, read and checked
 *
 * The table is the specification; doc/h323gw.conf.5 says it in words. What a
 * table can't say is checked here and reported in the same form. Owns no state.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "h323gw/settings/priv.h"


enum {
	DAY_MS	  = 86400000,
	PORT_MAX  = 65535,
	KBIT_MAX  = 100000000,
	WISHES	  = 4,
	METHODS	  = 3,
	REQUESTS  = 8,
};

static const char *const log_levels[] = {"error", "warn", "notice", "info",
					 "debug", NULL};
static const char *const duplicates[] = {"refuse", "replace", NULL};
static const char *const modes[] = {"terminals", "one", NULL};
static const char *const calls[] = {"unknown", "all", NULL};
static const char *const requires[] = {"known", "all", NULL};
static const char *const signallings[] = {"off", "verify", "require", NULL};
const char *const settings_methods[] = {"hmac", "md5", "cat", NULL};
const char *const settings_requests[] = {"GRQ", "RRQ", "URQ", "ARQ", "BRQ",
					 "DRQ", "LRQ", "IRR", NULL};

static const struct conf_key keys[KEYS] = {
	[SOCKET] = {"h323gw", "socket", CONF_STRING, .min = 1,
		    .max = SOCKET_PATH_MAX, .def = "/run/postern/h323gw.sock",
		    .help = "control socket"},
	[GROUP] = {"h323gw", "group", CONF_STRING, .min = 1,
		   .max = SETTING_NAME_MAX,
		   .help = "group that may open the control socket; postern, "
			   "where there is such a group"},
	[USER] = {"h323gw", "user", CONF_STRING, .min = 1,
		  .max = SETTING_NAME_MAX,
		  .help = "user to become when started as root"},
	[LOG_LEVEL] = {"h323gw", "log_level", CONF_ENUM, .values = log_levels,
		       .def = "notice", .help = "what is logged"},
	[GK_IDENTIFIER] = {"gatekeeper", "identifier", CONF_STRING, .min = 1,
			   .max = REACH_ENDPOINT_LEN - 1, .def = "postern",
			   .help = "gatekeeperIdentifier; terminals may ask "
				   "for it"},
	[GK_ADDRESS] = {"gatekeeper", "address", CONF_LIST, .min = 1, .max = 2,
			.def = "auto",
			.help = "own addresses, one a family, or auto: those "
				"of the default route"},
	[GK_RAS_PORT] = {"gatekeeper", "ras_port", CONF_INT, .min = 1,
			 .max = PORT_MAX, .def = "1719",
			 .help = "UDP port for RAS"},
	[GK_MULTICAST] = {"gatekeeper", "multicast", CONF_BOOL, .def = "yes",
			  .help = "answer terminals that look for a "
				  "gatekeeper: on 224.0.1.41, port 1718, and "
				  "on that port of each address"},
	[GK_TTL] = {"gatekeeper", "ttl", CONF_DURATION, .min = 10000,
		    .max = DAY_MS, .def = "5m",
		    .help = "time a registration lives; a terminal may ask "
			    "for less"},
	[GK_TTL_NAT] = {"gatekeeper", "ttl_nat", CONF_DURATION, .min = 10000,
			.max = DAY_MS, .def = "30s",
			.help = "likewise where the terminal is behind a NAT "
				"without an agent, whose mapping must be kept"},
	[GK_IRR] = {"gatekeeper", "irr_interval", CONF_DURATION, .min = 0,
		    .max = DAY_MS / 2, .def = "0s",
		    .help = "time after which a terminal in a call is asked "
			    "to tell of it (IRR); 0s: not at all"},
	[POLICY_ENDPOINTS] = {"policy", "endpoints", CONF_INT, .min = 1,
			      .max = 1000000, .def = "100000",
			      .help = "endpoints registered at a time"},
	[POLICY_ALIASES] = {"policy", "aliases", CONF_INT, .min = 1, .max = 64,
			    .def = "32", .help = "aliases of one endpoint"},
	[POLICY_PER_ADDRESS] = {"policy", "per_address", CONF_INT, .min = 0,
				.max = 1000000, .def = "0",
				.help = "endpoints registered from one IP "
					"address, or from behind one agent; "
					"0: no limit"},
	[POLICY_RATE] = {"policy", "rate", CONF_INT, .min = 0, .max = 1000000,
			 .def = "50",
			 .help = "RAS messages a second of one source: an IP "
				 "address, or a terminal behind an agent; 0: "
				 "no limit"},
	[POLICY_BURST] = {"policy", "burst", CONF_INT, .min = 1,
			  .max = 1000000, .def = "200",
			  .help = "of these, so many at once"},
	[POLICY_DUPLICATE] = {"policy", "duplicate", CONF_ENUM,
			      .values = duplicates, .def = "refuse",
			      .help = "an alias that another endpoint has: "
				      "refuse the registration, or replace "
				      "the other endpoint"},
	[POLICY_UNREGISTERED] = {"policy", "unregistered_calls", CONF_BOOL,
				 .def = "no",
				 .help = "calls from somebody who is not "
					 "registered"},
	[POLICY_ADDRESSES] = {"policy", "addresses", CONF_BOOL, .def = "yes",
			      .help = "registered endpoints may call addresses "
				      "where nobody is registered"},
	[POLICY_ALLOW] = {"policy", "allow", CONF_LIST, .min = 0,
			  .max = WISHES, .def = "discover, register, call",
			  .help = "what those may do whom no subnet has: "
				  "discover, register, call, locate"},
	[POLICY_BANDWIDTH_CALL] = {"policy", "bandwidth_call", CONF_INT,
				   .min = 0, .max = KBIT_MAX, .def = "0",
				   .help = "kbit/s of one call, both directions "
					   "together; 0: no limit"},
	[POLICY_BANDWIDTH_ENDPOINT] = {"policy", "bandwidth_endpoint", CONF_INT,
				       .min = 0, .max = KBIT_MAX, .def = "0",
				       .help = "kbit/s of all calls of one "
					       "endpoint"},
	[POLICY_BANDWIDTH_ZONE] = {"policy", "bandwidth_zone", CONF_INT,
				   .min = 0, .max = KBIT_MAX, .def = "0",
				   .help = "kbit/s of all calls"},
	[POLICY_CALLS_ENDPOINT] = {"policy", "calls_endpoint", CONF_INT,
				   .min = 0, .max = 1000000, .def = "0",
				   .help = "calls of one endpoint at a time; "
					   "0: no limit"},
	[CALL_PORT] = {"call", "port", CONF_INT, .min = 1, .max = PORT_MAX,
		       .def = "1720", .help = "TCP port for call signalling"},
	[CALL_H245_PORTS] = {"call", "h245_ports", CONF_PORTS,
			     .def  = "20000-29999",
			     .help = "TCP ports for H.245"},
	[CALL_T301] = {"call", "t301", CONF_DURATION, .min = 1000,
		       .max = DAY_MS, .def = "3m",
		       .help = "time a called terminal may ring"},
	[CALL_T303] = {"call", "t303", CONF_DURATION, .min = 1000,
		       .max = DAY_MS, .def = "8s",
		       .help = "time for a first answer to Setup"},
	[CALL_T310] = {"call", "t310", CONF_DURATION, .min = 1000,
		       .max = DAY_MS, .def = "30s",
		       .help = "time from CallProceeding to Alerting"},
	[CALL_KEEPALIVE] = {"call", "keepalive", CONF_DURATION, .min = 1000,
			    .max = DAY_MS, .def = "30s",
			    .help = "silence on a connection before a sign of "
				    "life is sent"},
	[CALL_MEDIA_TIMEOUT] = {"call", "media_timeout", CONF_DURATION,
				.min = 0, .max = DAY_MS, .def = "2m",
				.help = "time without media before a call is "
					"ended; 0s: never"},
	[CALL_CALLS] = {"call", "calls", CONF_INT, .min = 1, .max = 1000000,
			.def = "20000", .help = "calls at a time"},
	[CALL_CONNECTIONS] = {"call", "connections", CONF_INT, .min = 1,
			      .max = 1000000, .def = "20000",
			      .help = "connections that others opened"},
	[CALL_CONNECTIONS_SOURCE] = {"call", "connections_source", CONF_INT,
				     .min = 1, .max = 1000000, .def = "500",
				     .help = "of them, from one IP address or "
					     "agent"},
	[CALL_TUNNEL] = {"call", "tunnel", CONF_BOOL, .def = "yes",
			 .help = "offer H.245 tunnelling to the called party, "
				 "too, where the caller does not"},
	[CALL_DSCP_AUDIO] = {"call", "dscp_audio", CONF_INT, .min = -1,
			     .max = 63, .def = "46",
			     .help = "DSCP of audio; -1: the relay's"},
	[CALL_DSCP_VIDEO] = {"call", "dscp_video", CONF_INT, .min = -1,
			     .max = 63, .def = "34", .help = "DSCP of video"},
	[CALL_DSCP_DATA] = {"call", "dscp_data", CONF_INT, .min = -1,
			    .max = 63, .def = "-1", .help = "DSCP of data"},
	[NUMBERS_REWRITE] = {"numbers", "rewrite", CONF_LIST, .min = 0,
			     .max = NUMBER_RULES_MAX,
			     .help = "prefixes of called numbers that become "
				     "others, as in 0049/49, 9/"},
	[SECURITY_REQUIRE] = {"security", "require", CONF_ENUM,
			      .values = requires, .def = "known",
			      .help = "who must prove a password: those whose "
				      "alias has one (known), or all"},
	[SECURITY_METHODS] = {"security", "methods", CONF_LIST, .min = 1,
			      .max = METHODS, .def = "hmac, md5, cat",
			      .help = "proofs that are believed: hmac (H.235.1, "
				      "over whole messages), md5 (H.235.0), cat"},
	[SECURITY_MESSAGES] = {"security", "messages", CONF_LIST, .min = 1,
			       .max = REQUESTS, .def = "RRQ",
			       .help = "requests that must carry a proof: GRQ, "
				       "RRQ, URQ, ARQ, BRQ, DRQ, LRQ, IRR; one "
				       "that carries it is always looked at"},
	[SECURITY_WINDOW] = {"security", "window", CONF_DURATION, .min = 1000,
			     .max = DAY_MS, .def = "2m",
			     .help = "time that a terminal's clock may differ "
				     "from ours"},
	[SECURITY_SIGNALLING] = {"security", "signalling", CONF_ENUM,
				 .values = signallings, .def = "verify",
				 .help = "H.235.1 on call signalling: verify "
					 "it and sign to those who sign in "
					 "RAS; require it of these; or off"},
	[SECURITY_KEY] = {"security", "key", CONF_STRING, .min = 1,
			  .max = SETTING_PATH_MAX,
			  .def = "/var/lib/postern/h323gw.key",
			  .help = "file with the key passwords are sealed with "
				  "in the store; made when it is needed"},
	[RELAY_SOCKET] = {"relay", "socket", CONF_STRING, .min = 1,
			  .max = SOCKET_PATH_MAX,
			  .def = "/run/postern/relay.sock",
			  .help = "the relay's control socket; none: there is "
				  "no relay, so no agents and no media"},
	[RELAY_INTERFACE] = {"relay", "interface", CONF_STRING, .min = 1,
			     .max = SETTING_NAME_MAX, .def = "default",
			     .help = "the relay's interface for parties "
				     "without an agent"},
	[STORE_PATH] = {"store", "path", CONF_STRING, .min = 1,
			.max = SETTING_PATH_MAX,
			.def = "/var/lib/postern/registrations.db",
			.help = "the registration store"},
	[SUBNET_NETWORK] = {"subnet *", "network", CONF_LIST, .min = 1,
			    .max = SUBNET_NETS_MAX,
			    .help = "address ranges, as in 10.0.0.0/8; of "
				    "terminals without an agent"},
	[SUBNET_AGENT] = {"subnet *", "agent", CONF_LIST, .min = 1,
			  .max = SUBNET_NETS_MAX,
			  .help = "agents; of terminals behind them"},
	[SUBNET_ALLOW] = {"subnet *", "allow", CONF_LIST, .min = 0,
			  .max = WISHES, .required = true,
			  .help = "what they may do: discover, register, "
				  "call, locate, or nothing"},
	[NEIGHBOUR_ADDRESS] = {"neighbour *", "address", CONF_ADDR,
			       .required = true,
			       .help = "another gatekeeper, which is asked for "
				       "whom nobody here knows, and may ask "
				       "here; port 1719 if none is said"},
	[NEIGHBOUR_PREFIXES] = {"neighbour *", "prefixes", CONF_LIST, .min = 0,
				.max = NEIGHBOUR_PREFIXES_MAX,
				.help = "it is asked for numbers that begin "
					"so; without: for everybody"},
	[UPSTREAM_GATEKEEPER] = {"upstream", "gatekeeper", CONF_ADDR,
				 .help = "a gatekeeper our endpoints are "
					 "registered at, too, as if they were "
					 "here; port 1719 if none is said"},
	[UPSTREAM_IDENTIFIER] = {"upstream", "gatekeeper_id", CONF_STRING,
				 .min = 1, .max = REACH_ENDPOINT_LEN - 1,
				 .help = "its gatekeeperIdentifier; without: "
					 "whatever it is"},
	[UPSTREAM_MODE] = {"upstream", "mode", CONF_ENUM, .values = modes,
			   .def = "terminals",
			   .help = "terminals: each has a registration and a "
				   "port of its own there; one: all are "
				   "aliases of one endpoint"},
	[UPSTREAM_ALIAS] = {"upstream", "alias", CONF_LIST, .min = 0,
			    .max = UPSTREAM_ALIASES_MAX,
			    .help = "aliases of the one endpoint besides those "
				    "of terminals"},
	[UPSTREAM_CALLS] = {"upstream", "calls", CONF_ENUM, .values = calls,
			    .def = "unknown",
			    .help = "calls of endpoints that go there: to whom "
				    "neither we nor neighbours know, or all"},
	[UPSTREAM_DISCOVER] = {"upstream", "discover", CONF_BOOL, .def = "no",
			       .help = "ask for it (GRQ) before registering, "
				       "not only when it says so"},
	[UPSTREAM_PORTS] = {"upstream", "ports", CONF_PORTS,
			    .def = "40000-44999",
			    .help = "own ports; one a registration: RAS over "
				    "UDP, call signalling over TCP"},
	[UPSTREAM_TTL] = {"upstream", "ttl", CONF_DURATION, .min = 10000,
			  .max = DAY_MS, .def = "2m",
			  .help = "time to live that is asked for"},
	[UPSTREAM_USER] = {"upstream", "user", CONF_STRING, .min = 1,
			   .max = SETTING_ALIAS_MAX,
			   .help = "alias whose password (posternctl h323 "
				   "secret) proves us there; without: each "
				   "registration its own"},
	[UPSTREAM_PROOF] = {"upstream", "proof", CONF_LIST, .min = 1,
			    .max = METHODS, .def = "hmac, md5",
			    .help = "how: hmac (H.235.1), md5 (H.235.0), cat"},
	[UPSTREAM_BANDWIDTH] = {"upstream", "bandwidth", CONF_INT, .min = 1,
				.max = KBIT_MAX, .def = "1024",
				.help = "kbit/s that are asked for where the "
					"terminal did not say"},
};


void settings_copy(char *dst, size_t size, const char *src)
{
	(void)snprintf(dst, size, "%s", src ? src : "");
}


/* ---- addresses ---- */

static void automatic(struct addr v[2])
{
	const bool v4 = addr_default_route(&v[0], AF_INET);
	const bool v6 = addr_default_route(&v[1], AF_INET6);

	if (v4 || v6)
		return;
	log_warn("conf", "address auto: there is no default route, nobody "
			 "beyond this host is served");
	(void)addr_parse(&v[0], "127.0.0.1", 0);
}


static void read_addresses(struct addr v[2], const struct conf_section *sec,
			   struct complaint *co)
{
	size_t i;

	for (i = 0; i < conf_list_count(sec, GK_ADDRESS); i++) {
		const char *text = conf_list_item(sec, GK_ADDRESS, i);
		struct addr a;
		size_t at;

		if (!strcmp(text, "auto")) {
			automatic(v);
			return;
		}
		if (addr_parse(&a, text, 0) || addr_is_any(&a) ||
		    addr_is_multicast(&a)) {
			complain(co, sec, GK_ADDRESS,
				 "\"%s\" is not the numeric address of this "
				 "host that terminals are told", text);
			return;
		}
		at = addr_family(&a) == AF_INET6;
		if (addr_is_set(&v[at])) {
			complain(co, sec, GK_ADDRESS,
				 "\"%s\" is a second address of its family",
				 text);
			return;
		}
		v[at] = a;
	}
}


uint32_t settings_number(const struct conf_section *sec, enum key key)
{
	return (uint32_t)conf_int(sec, key);
}


/* ---- sections ---- */

static void read_gatekeeper(struct settings_gatekeeper *g,
			    const struct conf_section *sec,
			    struct complaint *co)
{
	settings_copy(g->identifier, sizeof(g->identifier),
		      conf_string(sec, GK_IDENTIFIER));
	read_addresses(g->address, sec, co);
	g->ras_port	= (uint16_t)conf_int(sec, GK_RAS_PORT);
	g->multicast	= conf_bool(sec, GK_MULTICAST);
	g->ttl		= (uint32_t)(conf_int(sec, GK_TTL) / 1000);
	g->ttl_nat	= (uint32_t)(conf_int(sec, GK_TTL_NAT) / 1000);
	g->irr_interval = (uint32_t)(conf_int(sec, GK_IRR) / 1000);
}


static void read_call(struct settings_call *c, const struct conf_section *sec)
{
	const struct conf_ports ports = conf_ports(sec, CALL_H245_PORTS);

	c->port		      = (uint16_t)conf_int(sec, CALL_PORT);
	c->h245_min	      = ports.min;
	c->h245_max	      = ports.max;
	c->t301		      = settings_number(sec, CALL_T301);
	c->t303		      = settings_number(sec, CALL_T303);
	c->t310		      = settings_number(sec, CALL_T310);
	c->keepalive	      = settings_number(sec, CALL_KEEPALIVE);
	c->media_timeout      = settings_number(sec, CALL_MEDIA_TIMEOUT) / 1000;
	c->calls	      = settings_number(sec, CALL_CALLS);
	c->connections	      = settings_number(sec, CALL_CONNECTIONS);
	c->connections_source = settings_number(sec, CALL_CONNECTIONS_SOURCE);
	c->tunnel	      = conf_bool(sec, CALL_TUNNEL);
	c->dscp[0]	      = (int)conf_int(sec, CALL_DSCP_AUDIO);
	c->dscp[1]	      = (int)conf_int(sec, CALL_DSCP_VIDEO);
	c->dscp[2]	      = (int)conf_int(sec, CALL_DSCP_DATA);
}


static void read_numbers(struct number_table *t, const struct conf_section *sec,
			 struct complaint *co)
{
	size_t i;

	for (i = 0; i < conf_list_count(sec, NUMBERS_REWRITE); i++) {
		const char *text = conf_list_item(sec, NUMBERS_REWRITE, i);
		const int err	 = number_rule_add(t, text);

		if (err == EEXIST)
			complain(co, sec, NUMBERS_REWRITE,
				 "\"%s\": there is another for that prefix",
				 text);
		else if (err)
			complain(co, sec, NUMBERS_REWRITE,
				 "\"%s\" is not a prefix, a slash and what it "
				 "becomes, as in 0049/49", text);
	}
}


static void settings_take(void *settings, const struct conf *c,
			  const char *name, struct complaint *co)
{
	const struct conf_section *sec = conf_section(c, "h323gw");
	struct settings *s	       = settings;
	(void)name;

	memset(s, 0, sizeof(*s));
	settings_copy(s->socket, sizeof(s->socket), conf_string(sec, SOCKET));
	settings_copy(s->group, sizeof(s->group), conf_string(sec, GROUP));
	settings_copy(s->user, sizeof(s->user), conf_string(sec, USER));
	s->log_level = (enum log_level)conf_int(sec, LOG_LEVEL);

	sec = conf_section(c, "relay");
	settings_copy(s->relay, sizeof(s->relay),
		      conf_string(sec, RELAY_SOCKET));
	if (!strcmp(s->relay, "none"))
		s->relay[0] = '\0';
	settings_copy(s->interface, sizeof(s->interface),
		      conf_string(sec, RELAY_INTERFACE));
	settings_copy(s->store, sizeof(s->store),
		      conf_string(conf_section(c, "store"), STORE_PATH));

	read_gatekeeper(&s->gatekeeper, conf_section(c, "gatekeeper"), co);
	settings_read_policy(&s->policy, conf_section(c, "policy"), co);
	settings_read_security(&s->security, conf_section(c, "security"), co);
	read_call(&s->call, conf_section(c, "call"));
	read_numbers(&s->numbers, conf_section(c, "numbers"), co);
	for (sec = conf_next(c, "subnet", NULL); sec;
	     sec = conf_next(c, "subnet", sec))
		settings_read_subnet(s, sec, co);
	for (sec = conf_next(c, "neighbour", NULL); sec;
	     sec = conf_next(c, "neighbour", sec))
		settings_read_neighbour(s, sec, co);
	settings_read_upstream(&s->upstream, s->gatekeeper.address,
			       conf_section(c, "upstream"), co);
}


/**
 * Read and check the configuration
 *
 * @param s      Result
 * @param path   File
 * @param errorh Gets a sentence for each error
 * @param arg    Handler argument
 *
 * @return 0; EINVAL: the file is wrong; ENOENT, EACCES … it can't be read
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


/* true: they differed */
static bool keep(void *now, const void *old, size_t size)
{
	if (!memcmp(now, old, size))
		return false;
	memcpy(now, old, size);

	return true;
}


bool settings_keep(struct settings *s, const struct settings *old)
{
	bool kept = false;

#define KEEP(field) (kept |= keep(&s->field, &old->field, sizeof(s->field)))
	KEEP(gatekeeper.address);
	KEEP(gatekeeper.ras_port);
	KEEP(gatekeeper.multicast);
	KEEP(call.port);
	KEEP(policy.endpoints);
	KEEP(upstream.gatekeeper);
	KEEP(upstream.one);
	KEEP(upstream.port_min);
	KEEP(upstream.port_max);
	KEEP(socket);
	KEEP(group);
	KEEP(user);
	KEEP(relay);
	KEEP(store);
#undef KEEP

	return kept;
}


/** Write a commented configuration with every key */
void settings_reference(FILE *f)
{
	conf_reference(f, keys, KEYS);
}
