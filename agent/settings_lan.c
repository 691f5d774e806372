/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file settings_lan.c  The configuration's say about the private network
 *
 * Where terminals come to, and what is done for them and for the server. Owns
 * no state.
 */
#include <stdlib.h>
#include <string.h>
#include "settings_priv.h"


/* "eth0", "eth0:5062": no address begins with such a letter, and no bracket */
static bool read_interface(char name[INTERFACE_MAX + 1], uint16_t *port,
			   const char *text)
{
	const size_t len = strcspn(text, ":");
	char *end;
	unsigned long n;

	if (!len || len > INTERFACE_MAX || (text[0] | 0x20) < 'a' ||
	    (text[0] | 0x20) > 'z' || strcspn(text, "/ \t") < len)
		return false;
	if (text[len]) {
		n = strtoul(text + len + 1, &end, 10);
		if (text[len + 1] < '0' || text[len + 1] > '9' || *end || !n ||
		    n > 65535)
			return false;
		*port = (uint16_t)n;
	}
	memcpy(name, text, len);
	name[len] = '\0';

	return true;
}


/* All that terminals come to is at one address, or at an interface's */
static void place(struct settings *s, const struct addr *a, const char *on,
		  const struct conf_section *sec, enum key key,
		  struct complaint *co)
{
	const bool first = !addr_is_set(&s->lan) && !s->lan_on[0];

	if (on && s->personal) {
		complain(co, sec, key, "mode = personal: 127.0.0.1 or [::1] is "
			 "expected, not an interface");
	} else if (on && first) {
		settings_copy(s->lan_on, sizeof(s->lan_on), on);
	} else if (on && strcmp(s->lan_on, on)) {
		complain(co, sec, key, "the interface that sip names is "
			 "expected, and not \"%s\"", on);
	} else if (a && first) {
		s->lan = *a;
		addr_set_port(&s->lan, 0);
	}
}


static void check_door(const struct settings *s, const struct addr *a,
		       const struct conf_section *sec, enum key key,
		       struct complaint *co)
{
	if (addr_is_any(a) || addr_is_multicast(a))
		complain(co, sec, key, "the address terminals know is "
			 "expected, not one that stands for all");
	if (s->personal && !addr_is_loopback(a))
		complain(co, sec, key, "mode = personal: an address of this "
			 "machine alone is expected, 127.0.0.1 or [::1]");
}


/* Where terminals come to: an address, or that of an interface */
static bool read_door(struct settings *s, struct addr *a, uint16_t *port,
		      const struct conf_section *sec, enum key key,
		      struct complaint *co)
{
	const char *text = conf_string(sec, key);
	char on[INTERFACE_MAX + 1];

	if (!text && key == SIP && s->personal)
		text = "127.0.0.1";
	if (!text)
		return false;

	if (!addr_parse_hostport(a, text) || !addr_parse(a, text, 0)) {
		if (!addr_port(a))
			addr_set_port(a, *port);
		check_door(s, a, sec, key, co);
		place(s, a, NULL, sec, key, co);
	} else if (read_interface(on, port, text)) {
		place(s, NULL, on, sec, key, co);
	} else {
		complain(co, sec, key, "\"%s\" is neither a numeric address "
			 "nor an interface, as in 192.168.1.2:5060, "
			 "[fd00::2]:5060, eth0", text);
	}

	return true;
}


static void read_sip(struct settings *s, const struct conf_section *sec,
		     struct complaint *co)
{
	settings_copy(s->sip_certificate, sizeof(s->sip_certificate),
		      conf_string(sec, SIP_CERTIFICATE));
	settings_copy(s->sip_key, sizeof(s->sip_key),
		      conf_string(sec, SIP_KEY));
	s->sip_port	= 5060;
	s->sip_tls_port = 5061;
	if (!read_door(s, &s->sip, &s->sip_port, sec, SIP, co))
		s->sip_port = 0;
	if (!read_door(s, &s->sip_tls, &s->sip_tls_port, sec, SIP_TLS, co)) {
		s->sip_tls_port = 0;
		return;
	}
	if (!s->sip_port)
		complain(co, sec, SIP_TLS, "sip is expected too: it says where "
			 "media are");
	else if (addr_family(&s->sip) != addr_family(&s->sip_tls))
		complain(co, sec, SIP_TLS, "IPv4 or IPv6, as sip is, or the "
			 "interface it names");
	if (!s->sip_certificate[0] || !s->sip_key[0])
		complain(co, sec, SIP_TLS, "certificate and key go with it");
}


/* the ports have keys of their own */
static void read_h323(struct settings *s, const struct conf_section *sec,
		      struct complaint *co)
{
	uint16_t port = 0;

	if (!read_door(s, &s->h323, &port, sec, H323, co))
		return;
	s->ras_port	   = (uint16_t)conf_int(sec, RAS_PORT);
	s->signalling_port = (uint16_t)conf_int(sec, SIGNALLING_PORT);
	if (port || addr_port(&s->h323))
		complain(co, sec, H323, "no port is expected: ras_port and "
			 "signalling_port say which they are");
	else if (addr_is_set(&s->h323) && !addr_ip_eq(&s->h323, &s->lan))
		complain(co, sec, H323, "the address or the interface that "
			 "sip names is expected");
}


/** Where terminals come to: [lan] */
void settings_read_lan(struct settings *s, const struct conf_section *sec,
		       struct complaint *co)
{
	const struct conf_ports ports = conf_ports(sec, MEDIA);

	s->media_min = ports.min;
	s->media_max = ports.max;
	if (ports.min < 1024 || ((ports.min + 1u) & ~1u) + 1 > ports.max)
		complain(co, sec, MEDIA, "a range above 1023 with an even "
			 "port and the odd one after it is expected");
	read_sip(s, sec, co);
	read_h323(s, sec, co);
}


static void move(struct addr *a, const struct addr *to, uint16_t port)
{
	if (!port)
		return;
	*a = *to;
	addr_set_port(a, port);
}


/** Terminals are at another address of ours now */
void settings_move(struct settings *s, const struct addr *now)
{
	s->lan = *now;
	move(&s->sip, now, s->sip_port);
	move(&s->sip_tls, now, s->sip_tls_port);
	if (s->ras_port)
		s->h323 = *now;
}


static size_t read_ranges(struct policy_range *v,
			  const struct conf_section *sec,
			  enum key key, struct complaint *co)
{
	size_t i, n = 0;

	for (i = 0; i < conf_list_count(sec, key); i++) {
		const char *text = conf_list_item(sec, key, i);

		if (policy_range_parse(&v[n], text))
			complain(co, sec, key,
				 "\"%s\" is not a network with ports, as in "
				 "192.168.1.0/24:1024-65535, "
				 "[fd00::/64]:5060 or lan", text);
		else
			++n;
	}

	return n;
}


/** What is done for the server, and what never: [policy] */
void settings_read_policy(struct settings *s, const struct conf_section *sec,
			  struct complaint *co)
{
	struct policy_conf *p = &s->policy;
	size_t i;

	for (i = 0; i < conf_list_count(sec, PROTOCOLS); i++) {
		const char *text = conf_list_item(sec, PROTOCOLS, i);
		enum policy_protocol protocol;

		if (policy_protocol_decode(&protocol, text) ||
		    protocol == POLICY_SERVICE)
			complain(co, sec, PROTOCOLS, "\"%s\" is none of sip, "
				 "h323, media, data", text);
		else
			p->protocol[protocol] = true;
	}
	p->allowc	  = read_ranges(p->allow, sec, ALLOW, co);
	p->servicec	  = read_ranges(p->service, sec, SERVICES, co);
	p->sockets_max	  = (unsigned)conf_int(sec, SOCKETS_MAX);
	p->signalled_only = conf_bool(sec, SIGNALLED_ONLY);
	p->personal	  = s->personal;
	if (p->signalled_only && s->ras_port)
		complain(co, sec, SIGNALLED_ONLY, "it reads SIP alone: with "
			 "[lan] h323 nothing would be known of H.323's media");
}
