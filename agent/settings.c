/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file settings.c  The agent's configuration file, read and checked
 *
 * The table is the specification; doc/postern-agent.conf.5 says it in words.
 * Owns no state.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "settings_priv.h"


static const char *const log_levels[] = {"error", "warn", "notice", "info",
					 "debug", NULL};

static const char *const modes[] = {"group", "personal", NULL};

static const char *const orders[] = {"preference", "spread", NULL};

static const struct conf_key keys[KEYS] = {
	[NAME] = {"agent", "name", CONF_STRING, .min = 1,
		  .max = AUTH_NAME_MAX, .required = true,
		  .help = "what the server calls this agent"},
	[SECRET] = {"agent", "secret", CONF_STRING, .min = AUTH_TEXT - 1,
		    .max = AUTH_TEXT - 1, .secret = true,
		    .help = "what it proves to be that agent with"},
	[CERTIFICATE] = {"agent", "certificate", CONF_STRING, .min = 1,
			 .max = SETTING_PATH_MAX,
			 .help = "file with a certificate for that name, and "
				 "its chain, in place of a secret"},
	[KEY] = {"agent", "key", CONF_STRING, .min = 1,
		 .max = SETTING_PATH_MAX,
		 .help = "file with the certificate's key"},
	[USER] = {"agent", "user", CONF_STRING, .min = 1,
		  .max = USER_LEN_MAX,
		  .help = "user to become when started as root"},
	[LOG_LEVEL] = {"agent", "log_level", CONF_ENUM, .values = log_levels,
		       .def = "notice", .help = "what is logged"},
	[MODE] = {"agent", "mode", CONF_ENUM, .values = modes, .def = "group",
		  .help = "whether it is there for a network, or for one "
			  "terminal on this machine"},
	[AWARE] = {"agent", "aware", CONF_BOOL, .def = "no",
		   .help = "whether it knows SIP and asks the relay for "
			   "media itself, where the server's registrar has no "
			   "module of Postern's"},
	[AUDIT] = {"agent", "audit", CONF_STRING, .min = 1,
		   .max = SETTING_PATH_MAX,
		   .help = "file that says what was opened, refused and "
			   "closed; the log, if none is given"},
	[SERVER] = {"server", "address", CONF_LIST, .min = 1,
		    .max = SERVERS_MAX, .required = true,
		    .help = "name or address with a port, the one to prefer "
			    "first; a name without a port is looked for in "
			    "DNS (_postern._tcp)"},
	[ORDER] = {"server", "order", CONF_ENUM, .values = orders,
		   .def = "preference",
		   .help = "whether the first is preferred, or agents spread "
			   "over all of them"},
	[IN_TUNNEL] = {"server", "media_in_tunnel", CONF_BOOL, .def = "yes",
		       .help = "whether media go over a second connection "
			       "where UDP does not get through"},
	[ROTATE] = {"server", "rotate", CONF_DURATION, .min = 0,
		    .max = 7LL * 86400000, .def = "0s",
		    .help = "time after which the tunnel moves to a new "
			    "connection; 0s: never"},
	[PROXY] = {"server", "proxy", CONF_STRING, .min = 1,
		   .max = HOST_LEN_MAX + 6,
		   .help = "HTTP proxy, name or address with a port, where "
			   "there is no other way out"},
	[PROXY_USER] = {"server", "proxy_user", CONF_STRING, .min = 1,
			.max = CREDENTIAL_MAX,
			.help = "who the proxy is told we are"},
	[PROXY_PASSWORD] = {"server", "proxy_password", CONF_STRING, .min = 1,
			    .max = CREDENTIAL_MAX, .secret = true,
			    .help = "and what proves it"},
	[FINGERPRINT] = {"server", "fingerprint", CONF_STRING,
			 .min = AUTH_TEXT - 1, .max = AUTH_TEXT - 1,
			 .help = "of the server's key: SHA-256, in base64"},
	[CA_FILE] = {"server", "ca_file", CONF_STRING, .min = 1,
		     .max = SETTING_PATH_MAX,
		     .help = "certificates of the authorities that may vouch "
			     "for the server; the system's, if neither this "
			     "nor a fingerprint is given"},
	[MODES] = {"server", "media_modes", CONF_LIST, .min = 1,
		   .max = MEDIA_MODES, .def = "sealed, token",
		   .help = "how media may go to it: sealed, token, or both, "
			   "and then sealed where the server allows it"},
	[SIP] = {"lan", "sip", CONF_STRING, .min = 1, .max = ADDR_STRLEN,
		 .help = "address or interface, and port, terminals send SIP "
			 "to, as their proxy, over UDP or TCP"},
	[SIP_TLS] = {"lan", "sip_tls", CONF_STRING, .min = 1,
		     .max = ADDR_STRLEN,
		     .help = "and over TLS"},
	[SIP_CERTIFICATE] = {"lan", "certificate", CONF_STRING, .min = 1,
			     .max = SETTING_PATH_MAX,
			     .help = "the agent's, for terminals that come "
				     "over TLS: file, PEM, with its chain"},
	[SIP_KEY] = {"lan", "key", CONF_STRING, .min = 1,
		     .max = SETTING_PATH_MAX, .help = "its key: file, PEM"},
	[H323] = {"lan", "h323", CONF_STRING, .min = 1, .max = ADDR_STRLEN,
		  .help = "address or interface where H.323 terminals find "
			  "their gatekeeper, set or by discovery"},
	[RAS_PORT] = {"lan", "ras_port", CONF_INT, .min = 1, .max = 65535,
		      .def = "1719", .help = "UDP port there, for RAS"},
	[SIGNALLING_PORT] = {"lan", "signalling_port", CONF_INT, .min = 1,
			     .max = 65535, .def = "1720",
			     .help = "TCP port there, for calls"},
	[MEDIA] = {"lan", "media", CONF_PORTS, .def = "20000-20999",
		   .help = "ports for media, at the address terminals send "
			   "SIP or RAS to"},
	[ALLOW] = {"policy", "allow", CONF_LIST, .min = 1,
		   .max = POLICY_RANGES_MAX, .def = "lan",
		   .help = "who may be spoken to, as in "
			   "192.168.1.0/24:1024-65535; lan: who is connected "
			   "directly; without ports: unprivileged ones"},
	[PROTOCOLS] = {"policy", "protocols", CONF_LIST, .min = 1,
		       .max = POLICY_PROTOCOLS, .def = "sip, h323, media, data",
		       .help = "what for: sip, h323 (RAS, calls, H.245), "
			       "media (RTP and T.38), data (media over TCP)"},
	[SERVICES] = {"policy", "services", CONF_LIST, .min = 1,
		      .max = POLICY_RANGES_MAX,
		      .help = "TCP ports the server's operator may reach for "
			      "other things, as in 192.168.1.9:22"},
	[SOCKETS_MAX] = {"policy", "sockets_max", CONF_INT, .min = 2,
			 .max = 65536, .def = "4096",
			 .help = "sockets open at a time, towards terminals"},
	[SIGNALLED_ONLY] = {"policy", "signalled_only", CONF_BOOL, .def = "no",
			    .help = "whether media pass on ports only that a "
				    "SIP message has named"},
};

enum {
	ROTATE_LEAST = 1000, /* ms */
};


/** Keep a value, "" where there is none; its length was checked */
void settings_copy(char *dst, size_t size, const char *src)
{
	(void)snprintf(dst, size, "%s", src ? src : "");
}


/* A name alone, whose hosts and ports DNS knows */
static bool read_domain(struct settings_server *sv, const char *text)
{
	const size_t len = strlen(text);

	if (!len || len > HOST_LEN_MAX ||
	    text[len - 1] < 'A' || !strchr(text, '.') ||
	    strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-."
			 "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != len)
		return false;
	memcpy(sv->host, text, len + 1);
	sv->port = 0;

	return true;
}


/* "relay.example.net:7443", "[2001:db8::1]:7443" */
static bool read_server(struct settings_server *sv, const char *text)
{
	const char *colon = strrchr(text, ':');
	size_t len	  = colon ? (size_t)(colon - text) : 0;
	char *end;
	unsigned long port;

	if (!len)
		return false;
	port = strtoul(colon + 1, &end, 10);
	if (colon[1] < '0' || colon[1] > '9' || *end || !port || port > 65535)
		return false;
	if (text[0] == '[') {
		if (len < 3 || text[len - 1] != ']')
			return false;
		++text;
		len -= 2;
	} else if (memchr(text, ':', len)) {
		return false;
	}
	if (len > HOST_LEN_MAX)
		return false;
	memcpy(sv->host, text, len);
	sv->host[len] = '\0';
	sv->port      = (uint16_t)port;

	return true;
}


static void read_agent(struct settings *s, const struct conf_section *sec,
		       struct complaint *co)
{
	char public[AUTH_TEXT];

	settings_copy(s->name, sizeof(s->name), conf_string(sec, NAME));
	settings_copy(s->secret, sizeof(s->secret), conf_string(sec, SECRET));
	settings_copy(s->certificate, sizeof(s->certificate),
		      conf_string(sec, CERTIFICATE));
	settings_copy(s->key, sizeof(s->key), conf_string(sec, KEY));
	settings_copy(s->user, sizeof(s->user), conf_string(sec, USER));
	settings_copy(s->audit, sizeof(s->audit), conf_string(sec, AUDIT));
	s->log_level = (enum log_level)conf_int(sec, LOG_LEVEL);
	s->personal  = conf_int(sec, MODE) == 1;
	s->aware     = conf_bool(sec, AWARE);

	if (s->name[0] && !auth_name_valid(s->name))
		complain(co, sec, NAME, "letters, digits, \"-\", \"_\" and "
			 "\".\" are expected, and not \"%s\"", s->name);
	if (s->secret[0] && auth_public(public, s->secret))
		complain(co, sec, SECRET, "it is none that posternctl agent "
			 "add has given out");
	if (!s->certificate[0] != !s->key[0])
		complain(co, sec, s->key[0] ? KEY : CERTIFICATE,
			 "certificate and key go together");
	if (!s->secret[0] == !s->certificate[0])
		complain(co, sec, SECRET, "either a secret or a certificate "
			 "is expected");
}


static void read_proxy(struct settings *s, const struct conf_section *sec,
		       struct complaint *co)
{
	const char *text = conf_string(sec, PROXY);

	if (text && text[0] && !read_server(&s->proxy, text))
		complain(co, sec, PROXY, "\"%s\" is not a name or address with "
			 "a port, as in proxy.example.net:3128", text);
	settings_copy(s->proxy_user, sizeof(s->proxy_user),
		      conf_string(sec, PROXY_USER));
	settings_copy(s->proxy_password, sizeof(s->proxy_password),
		      conf_string(sec, PROXY_PASSWORD));
	if (strchr(s->proxy_user, ':'))
		complain(co, sec, PROXY_USER, "a name without a colon is "
			 "expected");
	if (!s->proxy_user[0] != !s->proxy_password[0])
		complain(co, sec, PROXY_USER, "proxy_user and proxy_password "
			 "go together");
}


static void read_modes(struct settings *s, const struct conf_section *sec,
		       struct complaint *co)
{
	for (size_t i = 0; i < conf_list_count(sec, MODES); i++) {
		const char *text      = conf_list_item(sec, MODES, i);
		const enum media_mode m = media_mode_find(text);

		if (m == MEDIA_MODES)
			complain(co, sec, MODES,
				 "\"%s\" is neither sealed nor token", text);
		else
			s->modes |= 1u << m;
	}
}


static void read_servers(struct settings *s, const struct conf_section *sec,
			 struct complaint *co)
{
	size_t i;

	for (i = 0; i < conf_list_count(sec, SERVER); i++) {
		const char *text = conf_list_item(sec, SERVER, i);

		struct settings_server *sv = &s->serverv[s->serverc];

		if (!read_server(sv, text) && !read_domain(sv, text))
			complain(co, sec, SERVER,
				 "\"%s\" is not a name or address with a port, "
				 "as in relay.example.net:7443, nor a domain",
				 text);
		else
			++s->serverc;
	}
	s->media_in_tunnel = conf_bool(sec, IN_TUNNEL);
	s->spread = conf_int(sec, ORDER) == 1;
	s->rotate = (uint32_t)conf_int(sec, ROTATE);
	if (s->rotate && s->rotate < ROTATE_LEAST)
		complain(co, sec, ROTATE, "at least 1s is expected");
	read_modes(s, sec, co);
	read_proxy(s, sec, co);
	settings_copy(s->fingerprint, sizeof(s->fingerprint),
		      conf_string(sec, FINGERPRINT));
	settings_copy(s->ca_file, sizeof(s->ca_file),
		      conf_string(sec, CA_FILE));
	if (s->fingerprint[0] && s->ca_file[0])
		complain(co, sec, CA_FILE, "with a fingerprint no authority "
			 "is asked: one of the two");
}


static void settings_take(void *settings, const struct conf *c,
			  const char *name, struct complaint *co)
{
	struct settings *s = settings;
	(void)name;

	memset(s, 0, sizeof(*s));
	read_agent(s, conf_section(c, "agent"), co);
	read_servers(s, conf_section(c, "server"), co);
	settings_read_lan(s, conf_section(c, "lan"), co);
	settings_read_policy(s, conf_section(c, "policy"), co);
}


/* a secret that others may read is none */
static void check_mode(const char *path)
{
	struct stat st;

	if (!stat(path, &st) && st.st_mode & (S_IROTH | S_IWOTH))
		log_warn("conf", "%s: everybody may read the secret in it: "
			 "chmod 640", path);
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
	const int err = conf_take(&src, keys, KEYS, settings_take, s, errorh,
				  arg);

	if (!err)
		check_mode(path);

	return err;
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
