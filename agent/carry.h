/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file carry.h  How sealed datagrams get to the relay: over UDP, or in-tunnel
 */
#ifndef POSTERN_AGENT_CARRY_H
#define POSTERN_AGENT_CARRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "addr/addr.h"

struct carry;
struct uplink;

struct carry_handlers {
	/** a datagram came; udp: that way, and not in-tunnel */
	void (*recvh)(const uint8_t *p, size_t len, bool udp, void *arg);
	/** a question, SEAL_OVERHEAD octets: an empty RTCP packet of any
	 *  stream, sealed. false: there is none */
	bool (*askh)(uint8_t *p, void *arg);
	/** the relay has to learn anew where we are; socket: and so has
	 *  whoever is between, it is a new one */
	void (*newh)(bool socket, void *arg);
};

int carry_alloc(struct carry **cp, const struct carry_handlers *h, void *arg);
void carry_server(struct carry *c, const struct addr *server);
void carry_beside(struct carry *c, const struct uplink *u);
void carry_used(struct carry *c);
bool carry_send(struct carry *c, const uint8_t *p, size_t len, uint8_t dscp);
void carry_answered(struct carry *c);
bool carry_in_tunnel(const struct carry *c);

/* the connection, for streams that have ways of their own (media_way.h) */
bool carry_may_link(const struct carry *c);
bool carry_link(struct carry *c);
void carry_link_send(struct carry *c, const uint8_t *head, size_t hlen,
		     const uint8_t *p, size_t len);

#endif
