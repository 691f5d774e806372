/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file policy.c  Who may do what: [policy], [security], [subnet],
 * [neighbour], [upstream]
 *
 * Owns no state.
 */
#include <string.h>
#include "h323gw/settings/priv.h"

enum {
	RAS_PORT = 1719,
};


/* ---- who may do what ---- */

static void read_allow(bool *discover, bool *reg, bool *call, bool *locate,
		       const struct conf_section *sec, enum key key,
		       struct complaint *co)
{
	size_t i;

	for (i = 0; i < conf_list_count(sec, key); i++) {
		const char *text = conf_list_item(sec, key, i);

		if (!strcmp(text, "discover"))
			*discover = true;
		else if (!strcmp(text, "register"))
			*reg = true;
		else if (!strcmp(text, "call"))
			*call = true;
		else if (!strcmp(text, "locate"))
			*locate = true;
		else if (strcmp(text, "nothing") != 0)
			complain(co, sec, key,
				 "\"%s\" is none of discover, register, call, "
				 "locate, nothing", text);
	}
}


static void read_networks(struct settings_subnet *sn,
			  const struct conf_section *sec,
			  struct complaint *co)
{
	size_t i;

	for (i = 0; i < conf_list_count(sec, SUBNET_NETWORK); i++) {
		const char *text = conf_list_item(sec, SUBNET_NETWORK, i);

		if (addr_net_parse(&sn->netv[sn->netc], text))
			complain(co, sec, SUBNET_NETWORK,
				 "\"%s\" is no address range", text);
		else
			++sn->netc;
	}
	for (i = 0; i < conf_list_count(sec, SUBNET_AGENT); i++) {
		const char *text = conf_list_item(sec, SUBNET_AGENT, i);

		if (strlen(text) >= REACH_AGENT_LEN)
			complain(co, sec, SUBNET_AGENT,
				 "\"%s\" is too long for an agent", text);
		else
			settings_copy(sn->agentv[sn->agentc++],
				      REACH_AGENT_LEN, text);
	}
	if (!sn->netc && !sn->agentc && !co->made)
		complain(co, sec, SUBNET_NETWORK,
			 "a subnet needs network, or agent");
}


void settings_read_subnet(struct settings *s, const struct conf_section *sec,
			  struct complaint *co)
{
	struct settings_subnet *sn;

	if (s->subnetc == SUBNETS_MAX) {
		complain(co, sec, SUBNET_ALLOW, "at most %d subnets",
			 SUBNETS_MAX);
		return;
	}
	sn = &s->subnetv[s->subnetc++];
	settings_copy(sn->name, sizeof(sn->name), conf_section_name(sec));
	read_allow(&sn->discover, &sn->reg, &sn->call, &sn->locate, sec,
		   SUBNET_ALLOW, co);
	read_networks(sn, sec, co);
}


/* ---- other gatekeepers ---- */

static void read_prefixes(struct settings_neighbour *n,
			  const struct conf_section *sec, struct complaint *co)
{
	size_t i;

	for (i = 0; i < conf_list_count(sec, NEIGHBOUR_PREFIXES); i++) {
		const char *text = conf_list_item(sec, NEIGHBOUR_PREFIXES, i);

		if (strspn(text, "0123456789*#,") != strlen(text) ||
		    strlen(text) > NUMBER_PREFIX_MAX)
			complain(co, sec, NEIGHBOUR_PREFIXES,
				 "\"%s\" is no prefix of a number", text);
		else
			settings_copy(n->prefixv[n->prefixc++],
				      sizeof(n->prefixv[0]), text);
	}
}


void settings_read_neighbour(struct settings *s,
			     const struct conf_section *sec,
			     struct complaint *co)
{
	struct settings_neighbour *n;

	if (s->neighbourc == NEIGHBOURS_MAX) {
		complain(co, sec, NEIGHBOUR_ADDRESS, "at most %d neighbours",
			 NEIGHBOURS_MAX);
		return;
	}
	n = &s->neighbourv[s->neighbourc++];
	settings_copy(n->name, sizeof(n->name), conf_section_name(sec));
	n->address = conf_addr(sec, NEIGHBOUR_ADDRESS);
	if (!addr_port(&n->address))
		addr_set_port(&n->address, RAS_PORT);
	read_prefixes(n, sec, co);
}


/* ---- sections without a name ---- */

/* a list of names as bits, in the order of names */
static unsigned read_names(const struct conf_section *sec, enum key key,
			   const char *const *names, struct complaint *co)
{
	unsigned bits = 0, n;
	size_t i;

	for (i = 0; i < conf_list_count(sec, key); i++) {
		const char *text = conf_list_item(sec, key, i);

		for (n = 0; names[n] && strcmp(text, names[n]) != 0; n++)
			;
		if (names[n])
			bits |= 1U << n;
		else
			complain(co, sec, key, "\"%s\" is none of them", text);
	}

	return bits;
}


void settings_read_security(struct settings_security *se,
			    const struct conf_section *sec,
			    struct complaint *co)
{
	se->all	     = conf_int(sec, SECURITY_REQUIRE) == 1;
	se->methods  = read_names(sec, SECURITY_METHODS,
				   settings_methods, co);
	se->messages = read_names(sec, SECURITY_MESSAGES,
				   settings_requests, co);
	se->window   = (uint32_t)(conf_int(sec, SECURITY_WINDOW) / 1000);
	se->signalling = (enum security_signalling)conf_int(
		sec, SECURITY_SIGNALLING);
	settings_copy(se->key, sizeof(se->key), conf_string(sec, SECURITY_KEY));
}


/* of kbit/s, in H.225.0's units of 100 bit/s */
static uint32_t kbit(const struct conf_section *sec, enum key key)
{
	return settings_number(sec, key) * 10;
}


static void read_aliases(struct settings_upstream *u,
			 const struct conf_section *sec, struct complaint *co)
{
	size_t i;

	for (i = 0; i < conf_list_count(sec, UPSTREAM_ALIAS); i++) {
		const char *text = conf_list_item(sec, UPSTREAM_ALIAS, i);

		if (!*text || strlen(text) > SETTING_ALIAS_MAX)
			complain(co, sec, UPSTREAM_ALIAS,
				 "\"%s\": an alias has 1 to %d octets", text,
				 SETTING_ALIAS_MAX);
		else
			settings_copy(u->aliasv[u->aliasc++],
				      sizeof(u->aliasv[0]), text);
	}
	if (u->aliasc && !u->one)
		complain(co, sec, UPSTREAM_ALIAS,
			 "aliases of its own has only mode = one");
}


void settings_read_upstream(struct settings_upstream *u,
			    const struct addr addresses[2],
			    const struct conf_section *sec,
			    struct complaint *co)
{
	const struct conf_ports ports = conf_ports(sec, UPSTREAM_PORTS);
	bool six;

	u->gatekeeper = conf_addr(sec, UPSTREAM_GATEKEEPER);
	if (!addr_is_set(&u->gatekeeper))
		return;
	if (!addr_port(&u->gatekeeper))
		addr_set_port(&u->gatekeeper, RAS_PORT);
	six = addr_family(&u->gatekeeper) == AF_INET6;
	if (addr_is_any(&u->gatekeeper) || addr_is_multicast(&u->gatekeeper))
		complain(co, sec, UPSTREAM_GATEKEEPER,
			 "the address of one host is needed");
	else if (!addr_is_set(&addresses[six]))
		complain(co, sec, UPSTREAM_GATEKEEPER,
			 "[gatekeeper] address has none of its family");
	u->one	    = conf_int(sec, UPSTREAM_MODE) == 1;
	u->all	    = conf_int(sec, UPSTREAM_CALLS) == 1;
	u->discover = conf_bool(sec, UPSTREAM_DISCOVER);
	u->ttl	    = settings_number(sec, UPSTREAM_TTL) / 1000;
	u->port_min = ports.min;
	u->port_max = ports.max;
	u->proof    = read_names(sec, UPSTREAM_PROOF, settings_methods, co);
	u->bandwidth = kbit(sec, UPSTREAM_BANDWIDTH);
	settings_copy(u->id, sizeof(u->id),
		      conf_string(sec, UPSTREAM_IDENTIFIER));
	settings_copy(u->user, sizeof(u->user),
		      conf_string(sec, UPSTREAM_USER));
	read_aliases(u, sec, co);
}


void settings_read_policy(struct settings_policy *p,
			  const struct conf_section *sec,
			  struct complaint *co)
{
	p->endpoints	      = settings_number(sec, POLICY_ENDPOINTS);
	p->aliases	      = settings_number(sec, POLICY_ALIASES);
	p->per_address	      = settings_number(sec, POLICY_PER_ADDRESS);
	p->rate		      = settings_number(sec, POLICY_RATE);
	p->burst	      = settings_number(sec, POLICY_BURST);
	p->replace	      = conf_int(sec, POLICY_DUPLICATE) == 1;
	p->unregistered_calls = conf_bool(sec, POLICY_UNREGISTERED);
	p->bandwidth_call     = kbit(sec, POLICY_BANDWIDTH_CALL);
	p->bandwidth_endpoint = kbit(sec, POLICY_BANDWIDTH_ENDPOINT);
	p->bandwidth_zone     = kbit(sec, POLICY_BANDWIDTH_ZONE);
	p->addresses	      = conf_bool(sec, POLICY_ADDRESSES);
	p->calls_endpoint     = settings_number(sec, POLICY_CALLS_ENDPOINT);
	read_allow(&p->discover, &p->reg, &p->call, &p->locate, sec,
		   POLICY_ALLOW, co);
}
