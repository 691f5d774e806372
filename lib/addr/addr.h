/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file addr.h  Transport addresses: parse, print, compare, classify
 *
 * One value type for an IPv4 or IPv6 address with a port, used where libre's
 * struct sa cannot be (the Kamailio module does not link libre). Knows nobody.
 */
#ifndef POSTERN_ADDR_H
#define POSTERN_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <netinet/in.h>

/** Room for a printed "[address]:port" with its NUL */
#define ADDR_STRLEN 64

/** An IPv4 or IPv6 transport address; all zero means "none" */
struct addr {
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} u;
};

int addr_parse(struct addr *a, const char *host, uint16_t port);
int addr_parse_hostport(struct addr *a, const char *hostport);
int addr_from_sockaddr(struct addr *a, const struct sockaddr *sa);

bool addr_is_set(const struct addr *a);
int addr_family(const struct addr *a);
uint16_t addr_port(const struct addr *a);
void addr_set_port(struct addr *a, uint16_t port);
socklen_t addr_socklen(const struct addr *a);

uint32_t addr_hash(const struct addr *a);
bool addr_eq(const struct addr *a, const struct addr *b);
bool addr_ip_eq(const struct addr *a, const struct addr *b);
bool addr_is_any(const struct addr *a);
bool addr_is_loopback(const struct addr *a);
bool addr_is_linklocal(const struct addr *a);
bool addr_is_multicast(const struct addr *a);
bool addr_is_private(const struct addr *a);

const char *addr_ip_str(const struct addr *a, char buf[ADDR_STRLEN]);
const char *addr_str(const struct addr *a, char buf[ADDR_STRLEN]);

bool addr_default_route(struct addr *a, int af);

/** A range of addresses, "10.0.0.0/8" */
struct addr_net {
	struct addr base;
	unsigned prefixlen;
};

int addr_net_parse(struct addr_net *n, const char *cidr);
bool addr_net_contains(const struct addr_net *n, const struct addr *a);

#endif
