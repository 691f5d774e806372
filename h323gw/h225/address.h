/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file address.h  Transport addresses of H.225.0 and H.245, and struct addr
 *
 * What is set lies in memory of the message it is set in, and lives as long.
 */
#ifndef H323GW_H225_ADDRESS_H
#define H323GW_H225_ADDRESS_H

#include <stdbool.h>
#include "addr/addr.h"

struct per_msg;
struct TransportAddress;
struct H245TransportAddress;

/* false: it is none of IP, or its port is 0 (*a is "none" then). A source
 * route gives its own address. IPv4 mapped into IPv6 gives IPv4. */
bool h225_addr_get(struct addr *a, const struct TransportAddress *ta);
/* EINVAL: a is unset; ENOMEM */
int h225_addr_set(struct TransportAddress *ta, struct per_msg *msg,
		  const struct addr *a);

/* As H.323 §8.2.1 has it where both ends have opened an H.245 connection:
 * octet by octet, the network address first, then the port. Less than, equal
 * to, or greater than 0 */
int h225_addr_cmp(const struct addr *a, const struct addr *b);

/* H.245's, unicast or multicast; set makes unicastAddress */
bool h245_addr_get(struct addr *a, const struct H245TransportAddress *ta);
int h245_addr_set(struct H245TransportAddress *ta, struct per_msg *msg,
		  const struct addr *a);

#endif
