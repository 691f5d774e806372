/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file nat.h  Is the sender of a message behind a NAT? Facts in, signs out
 *
 * Each sign is one observation, and a bit. Which of them make a terminal
 * "behind a NAT" is the operator's choice (modparam nat_signs). No state.
 */
#ifndef TRAVERSAL_LOGIC_NAT_H
#define TRAVERSAL_LOGIC_NAT_H

#include <stdbool.h>
#include "addr/addr.h"

enum nat_transport {
	NAT_UDP,
	NAT_TCP,
	NAT_TLS,
	NAT_WS,
	NAT_WSS,
	NAT_SCTP,
};

/** What was seen of one message; addresses that are names, or not there, are
 * left unset (addr_is_set() is false) */
struct nat_facts {
	enum nat_transport transport; /**< it came in over */
	struct addr source;			  /**< where it really came from */
	struct addr via;			  /**< sent-by of the topmost Via, with port */
	struct addr contact;		  /**< host of the (first) Contact, with port */
	bool contact_invalid;		  /**< its host ends in ".invalid" (RFC 2606) */
	struct addr sdp;			  /**< c= of the first stream that is not on hold */
	bool direct; /**< no other proxy in between: Contact and Via are the
			sender's own */
};

enum nat_sign {
	NAT_VIA_ADDRESS = 1 << 0, /**< source is not the address in Via */
	NAT_VIA_PORT = 1 << 1,	  /**< UDP: source port is not the one in Via */
	NAT_VIA_PRIVATE = 1 << 2, /**< Via is private, source is elsewhere */
	NAT_CONTACT_PRIVATE = 1 << 3, /**< Contact is private, source elsewhere */
	NAT_CONTACT_ADDRESS = 1 << 4, /**< direct: Contact is not the source */
	NAT_CONTACT_PORT = 1 << 5,	  /**< direct, UDP: nor is its port */
	NAT_CONTACT_INVALID = 1 << 6, /**< Contact can't be reached by design */
	NAT_SDP_PRIVATE = 1 << 7,	  /**< media address private, source elsewhere */
	NAT_SDP_ADDRESS = 1 << 8,	  /**< direct: media address is not the source */
	NAT_SOURCE_PRIVATE = 1 << 9,  /**< source itself is a private address */
	NAT_WEBSOCKET = 1 << 10,	  /**< reachable over its connection only */

	NAT_SIGNS_ALL = (1 << 11) - 1,
	/* what can hardly be seen without a NAT; SDP and a private source can */
	NAT_SIGNS_DEFAULT = NAT_VIA_ADDRESS | NAT_VIA_PORT | NAT_VIA_PRIVATE
						| NAT_CONTACT_PRIVATE | NAT_CONTACT_ADDRESS
						| NAT_CONTACT_PORT | NAT_CONTACT_INVALID
						| NAT_WEBSOCKET,
};

unsigned nat_signs(const struct nat_facts *f);
const char *nat_sign_name(enum nat_sign sign);
int nat_signs_decode(unsigned *signs, const char *text);

#endif
