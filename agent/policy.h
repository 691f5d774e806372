/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file policy.h  What the agent does for a server, and what it never does
 */
#ifndef POSTERN_AGENT_POLICY_H
#define POSTERN_AGENT_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "addr/addr.h"

enum {
	POLICY_RANGES_MAX = 64,	  /**< of one list in the configuration */
	POLICY_LAN_MAX	  = 32,	  /**< subnets that are connected directly */
	POLICY_SOCKETS	  = 4096, /**< at most, where nobody says */
};

/** What somebody is spoken to for */
enum policy_protocol {
	POLICY_SIP,	/**< a terminal's signalling */
	POLICY_H323,	/**< likewise: RAS, calls, H.245 */
	POLICY_MEDIA,	/**< RTP, and T.38 over UDP */
	POLICY_DATA,	/**< TCP: MSRP, BFCP, T.120, T.38 */
	POLICY_SERVICE, /**< any TCP port the server's operator asks for */
	POLICY_PROTOCOLS
};

/** Who said something in a message */
enum policy_side {
	POLICY_TERMINAL, /**< what terminals call their own */
	POLICY_SERVER,	 /**< what terminals are told: ports of ours */
};

/** Addresses and ports */
struct policy_range {
	bool lan;	      /**< the terminals' network, whatever it is */
	struct addr_net net;  /**< not lan */
	uint16_t min, max;    /**< ports */
};

/** The configuration's say */
struct policy_conf {
	bool protocol[POLICY_PROTOCOLS]; /**< SERVICE: as the list says */
	struct policy_range allow[POLICY_RANGES_MAX];
	size_t allowc;
	struct policy_range service[POLICY_RANGES_MAX];
	size_t servicec;
	unsigned sockets_max;
	bool signalled_only;
	bool personal; /**< nobody but this machine */
};

struct policy_stats {
	uint64_t allowed[POLICY_PROTOCOLS];
	uint64_t refused[POLICY_PROTOCOLS];
	unsigned sockets; /**< open now */
};

struct policy;

int policy_range_parse(struct policy_range *r, const char *text);
const char *policy_protocol_name(enum policy_protocol protocol);
int policy_protocol_decode(enum policy_protocol *protocol, const char *name);

int policy_alloc(struct policy **pp, const struct policy_conf *conf);
void policy_lan_set(struct policy *p, const struct addr_net *netv, size_t n);

bool policy_ask(struct policy *p, enum policy_protocol protocol,
		const struct addr *to, const char **why);
bool policy_take(struct policy *p, enum policy_protocol protocol, unsigned n,
		 const char **why);
void policy_give(struct policy *p, unsigned n);
bool policy_service(struct policy *p, enum policy_protocol protocol,
		    const struct addr *to, const char **why);

void policy_message(struct policy *p, enum policy_side from,
		    const uint8_t *msg, size_t len);
bool policy_named(struct policy *p, enum policy_side by, const struct addr *a);
const char *policy_call(const struct policy *p, enum policy_side by,
			const struct addr *a);
void policy_forget(struct policy *p, const struct addr *ours);

bool policy_personal(const struct policy *p);
const struct policy_stats *policy_stats(const struct policy *p);

#endif
