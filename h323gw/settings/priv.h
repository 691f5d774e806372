/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file h323gw/settings/priv.h  What those that read the configuration share
 */
#ifndef H323GW_SETTINGS_PRIV_H
#define H323GW_SETTINGS_PRIV_H

#include "conf/complaint.h"
#include "h323gw/settings/settings.h"

/** Rows of the table */
enum key {
	SOCKET,
	GROUP,
	USER,
	LOG_LEVEL,
	GK_IDENTIFIER,
	GK_ADDRESS,
	GK_RAS_PORT,
	GK_MULTICAST,
	GK_TTL,
	GK_TTL_NAT,
	GK_IRR,
	POLICY_ENDPOINTS,
	POLICY_ALIASES,
	POLICY_PER_ADDRESS,
	POLICY_RATE,
	POLICY_BURST,
	POLICY_DUPLICATE,
	POLICY_UNREGISTERED,
	POLICY_ADDRESSES,
	POLICY_ALLOW,
	POLICY_BANDWIDTH_CALL,
	POLICY_BANDWIDTH_ENDPOINT,
	POLICY_BANDWIDTH_ZONE,
	POLICY_CALLS_ENDPOINT,
	CALL_PORT,
	CALL_H245_PORTS,
	CALL_T301,
	CALL_T303,
	CALL_T310,
	CALL_KEEPALIVE,
	CALL_MEDIA_TIMEOUT,
	CALL_CALLS,
	CALL_CONNECTIONS,
	CALL_CONNECTIONS_SOURCE,
	CALL_TUNNEL,
	CALL_DSCP_AUDIO,
	CALL_DSCP_VIDEO,
	CALL_DSCP_DATA,
	NUMBERS_REWRITE,
	SECURITY_REQUIRE,
	SECURITY_METHODS,
	SECURITY_MESSAGES,
	SECURITY_WINDOW,
	SECURITY_SIGNALLING,
	SECURITY_KEY,
	RELAY_SOCKET,
	RELAY_INTERFACE,
	STORE_PATH,
	SUBNET_NETWORK,
	SUBNET_AGENT,
	SUBNET_ALLOW,
	NEIGHBOUR_ADDRESS,
	NEIGHBOUR_PREFIXES,
	UPSTREAM_GATEKEEPER,
	UPSTREAM_IDENTIFIER,
	UPSTREAM_MODE,
	UPSTREAM_ALIAS,
	UPSTREAM_CALLS,
	UPSTREAM_DISCOVER,
	UPSTREAM_PORTS,
	UPSTREAM_TTL,
	UPSTREAM_USER,
	UPSTREAM_PROOF,
	UPSTREAM_BANDWIDTH,
	KEYS
};

extern const char *const settings_methods[], *const settings_requests[];

void settings_copy(char *dst, size_t size, const char *src);
uint32_t settings_number(const struct conf_section *sec, enum key key);

/* settings_policy.c */
void settings_read_policy(struct settings_policy *p,
			  const struct conf_section *sec,
			  struct complaint *co);
void settings_read_security(struct settings_security *se,
			    const struct conf_section *sec,
			    struct complaint *co);
void settings_read_subnet(struct settings *s, const struct conf_section *sec,
			  struct complaint *co);
void settings_read_neighbour(struct settings *s,
			     const struct conf_section *sec,
			     struct complaint *co);
/* addresses: the gatekeeper's own */
void settings_read_upstream(struct settings_upstream *u,
			    const struct addr addresses[2],
			    const struct conf_section *sec,
			    struct complaint *co);

#endif
