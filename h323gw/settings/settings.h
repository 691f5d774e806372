/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file settings.h  h323gw's configuration file, read and checked
 */
#ifndef H323GW_SETTINGS_H
#define H323GW_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "addr/addr.h"
#include "conf/conf.h"
#include "h323gw/number/number.h"
#include "h323gw/security/signalling.h"
#include "h323gw/zone/endpoint.h"
#include "log/log.h"

enum {
	SETTING_NAME_MAX   = 64,
	SETTING_PATH_MAX   = 255,
	SOCKET_PATH_MAX	   = 107,
	SUBNETS_MAX	   = 64,
	NEIGHBOURS_MAX	   = 16,
	NEIGHBOUR_PREFIXES_MAX = 32, /* of one */
	SUBNET_NETS_MAX	   = 64, /* of one [subnet NAME] */
	UPSTREAM_ALIASES_MAX = 16,
	SETTING_ALIAS_MAX  = 127,
};

/** One [subnet NAME]: what those there may do */
struct settings_subnet {
	char name[CONF_NAME_MAX + 1];
	struct addr_net netv[SUBNET_NETS_MAX];
	size_t netc;
	char agentv[SUBNET_NETS_MAX][REACH_AGENT_LEN];
	size_t agentc;
	bool discover, call, locate, reg;
};

/** One [neighbour NAME]: another gatekeeper */
struct settings_neighbour {
	char name[CONF_NAME_MAX + 1];
	struct addr address;	 /**< of its RAS */
	char prefixv[NEIGHBOUR_PREFIXES_MAX][NUMBER_PREFIX_MAX + 1];
	size_t prefixc;		 /**< 0: asked for everybody */
};

/** [upstream]: the gatekeeper terminals are registered at, too */
struct settings_upstream {
	struct addr gatekeeper;	     /**< of its RAS; unset: there is none */
	char id[REACH_ENDPOINT_LEN]; /**< gatekeeperIdentifier; "": any */
	bool one;		     /**< mode = one */
	bool discover;		     /**< GRQ first */
	bool all;		     /**< calls = all */
	char aliasv[UPSTREAM_ALIASES_MAX][SETTING_ALIAS_MAX + 1];
	size_t aliasc;		     /**< of the one endpoint's own */
	char user[SETTING_ALIAS_MAX + 1]; /**< whose password proves us; "":
					       each terminal's own */
	unsigned proof;		     /**< 1 << enum token_method */
	uint32_t ttl;		     /**< s */
	uint16_t port_min, port_max; /**< of registrations */
	uint32_t bandwidth;	     /**< 100 bit/s, of calls that don't say */
};

/** [gatekeeper] */
struct settings_gatekeeper {
	char identifier[REACH_ENDPOINT_LEN];
	struct addr address[2]; /**< IPv4, IPv6, without port; unset: none */
	uint16_t ras_port;
	bool multicast;
	uint32_t ttl, ttl_nat; /**< s */
	uint32_t irr_interval; /**< s; 0: none */
};

/** [policy] */
struct settings_policy {
	uint32_t endpoints;	    /**< registered at a time */
	uint32_t aliases;	    /**< of one */
	uint32_t per_address;	    /**< endpoints of one IP; 0: any */
	uint32_t rate, burst;	    /**< messages a second of one source;
					 rate 0: any */
	bool replace;		    /**< duplicate = replace */
	bool unregistered_calls;
	bool addresses;		    /**< registered ones may call any */
	bool discover, call, locate, reg; /**< where no [subnet] says */
	uint32_t bandwidth_call, bandwidth_endpoint,
		bandwidth_zone;	    /**< 100 bit/s; 0: no limit */
	uint32_t calls_endpoint;    /**< 0: no limit */
};

/** [security] */
struct settings_security {
	bool all;	   /**< require = all */
	unsigned methods;  /**< 1 << enum token_method */
	unsigned messages; /**< 1 << SETTING_GRQ … */
	uint32_t window;   /**< s */
	enum security_signalling signalling;
	char key[SETTING_PATH_MAX + 1];
};

enum setting_message {
	SETTING_GRQ,
	SETTING_RRQ,
	SETTING_URQ,
	SETTING_ARQ,
	SETTING_BRQ,
	SETTING_DRQ,
	SETTING_LRQ,
	SETTING_IRR,
	SETTING_MESSAGES
};

/** [call] */
struct settings_call {
	uint16_t port;
	uint16_t h245_min, h245_max;
	uint32_t t301, t303, t310; /**< ms */
	uint32_t keepalive;	   /**< ms */
	uint32_t media_timeout;	   /**< s; 0: never */
	uint32_t calls, connections, connections_source;
	bool tunnel;
	int dscp[3]; /**< audio, video, data; -1: the relay's */
};

struct settings {
	char socket[SOCKET_PATH_MAX + 1]; /**< control */
	char group[SETTING_NAME_MAX + 1]; /**< "": not said */
	char user[SETTING_NAME_MAX + 1];
	enum log_level log_level;
	char relay[SOCKET_PATH_MAX + 1]; /**< "": there is none */
	char interface[SETTING_NAME_MAX + 1];
	char store[SETTING_PATH_MAX + 1];
	struct settings_gatekeeper gatekeeper;
	struct settings_policy policy;
	struct settings_security security;
	struct settings_call call;
	struct number_table numbers;
	struct settings_subnet subnetv[SUBNETS_MAX];
	size_t subnetc;
	struct settings_neighbour neighbourv[NEIGHBOURS_MAX];
	size_t neighbourc;
	struct settings_upstream upstream;
};

int settings_read(struct settings *s, const char *path, conf_error_h *errorh,
		  void *arg);
int settings_read_buf(struct settings *s, const char *name, const char *text,
		      size_t len, conf_error_h *errorh, void *arg);
/* What a running program can't change is as it was; true: it was another */
bool settings_keep(struct settings *s, const struct settings *old);
void settings_reference(FILE *f);

#endif
