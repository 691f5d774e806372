/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file settings_tunnel.c  The configuration's say about agents
 *
 * Owns no state.
 */
#include <stdlib.h>
#include <string.h>
#include "settings_priv.h"


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


static void read_listen(struct settings_tunnel *t,
			const struct conf_section *sec, struct complaint *co)
{
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
}


/* a server of terminals, on its protocol's port where none is said */
static struct addr read_server(const struct conf_section *sec, enum key key,
			       uint16_t port)
{
	struct addr a = conf_addr(sec, key);

	if (addr_is_set(&a) && !addr_port(&a))
		addr_set_port(&a, port);

	return a;
}


static struct settings_range read_ports(const struct conf_section *sec,
					enum key key)
{
	const struct conf_ports p = conf_ports(sec, key);
	const struct settings_range sp = {p.min, p.max};

	return sp;
}


/** Where agents come in, and what is done for them: [tunnel] */
void settings_read_tunnel(struct settings *s, const struct conf_section *sec,
			  struct complaint *co)
{
	struct settings_tunnel *t = &s->tunnel;

	read_listen(t, sec, co);
	settings_copy(t->certificate, sizeof(t->certificate),
	     conf_string(sec, TUNNEL_CERTIFICATE));
	settings_copy(t->key, sizeof(t->key), conf_string(sec, TUNNEL_KEY));
	settings_copy(t->client_ca, sizeof(t->client_ca),
	     conf_string(sec, TUNNEL_CLIENT_CA));
	settings_copy(t->state, sizeof(t->state),
		      conf_string(sec, TUNNEL_STATE));
	settings_copy(t->advertised, sizeof(t->advertised),
	     conf_string(sec, TUNNEL_ADVERTISED));
	t->sip	     = read_server(sec, TUNNEL_SIP, 5060);
	t->registrar = read_server(sec, TUNNEL_REGISTRAR, 5060);
	t->ras	     = read_server(sec, TUNNEL_RAS, 1719);
	t->agent_sessions = (uint32_t)conf_int(sec, TUNNEL_AGENT_SESSIONS);
	t->sip_ports = read_ports(sec, TUNNEL_SIP_PORTS);
	t->ras_ports = read_ports(sec, TUNNEL_RAS_PORTS);
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
