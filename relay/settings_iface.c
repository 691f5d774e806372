/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file settings_iface.c  The configuration's say about interfaces
 *
 * Two addresses of one family, a range without a pair, ports that two share:
 * what the table can't say. Owns no state.
 */
#include <string.h>
#include <sys/socket.h>
#include "settings_priv.h"


enum {
	PORT_LEAST = 1024,
};


static void automatic(struct addr v[2])
{
	const bool v4 = addr_default_route(&v[0], AF_INET);
	const bool v6 = addr_default_route(&v[1], AF_INET6);

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


/** One more interface: [interface NAME] */
void settings_read_iface(struct settings *s, const struct conf_section *sec,
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
	settings_copy(si->name, sizeof(si->name), conf_section_name(sec));
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


/** All of them are there */
void settings_check_overlap(const struct settings *s, const char *name,
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
