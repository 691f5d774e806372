/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file addr.c  Transport addresses: parse, print, compare
 *
 * Owns nothing: every function works on its arguments alone.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "addr/addr.h"


static int port_parse(uint16_t *port, const char *s)
{
	unsigned v = 0;
	size_t i;

	for (i = 0; s[i]; i++) {
		if (s[i] < '0' || s[i] > '9' || i >= 5)
			return EINVAL;

		v = v * 10 + (unsigned)(s[i] - '0');
	}

	if (!i || v > UINT16_MAX)
		return EINVAL;

	*port = (uint16_t)v;

	return 0;
}


/**
 * Read a numeric address. Names are not looked up.
 *
 * @param a     Result; untouched on error
 * @param host  "192.0.2.1", "2001:db8::1" or "[2001:db8::1]"
 * @param port  Port in host byte order
 *
 * @return 0, or EINVAL
 */
int addr_parse(struct addr *a, const char *host, uint16_t port)
{
	char buf[INET6_ADDRSTRLEN];
	struct addr t;
	size_t len;

	if (!a || !host)
		return EINVAL;

	memset(&t, 0, sizeof(t));

	if (inet_pton(AF_INET, host, &t.u.in.sin_addr) == 1) {
		t.u.in.sin_family = AF_INET;
		t.u.in.sin_port = htons(port);
		*a = t;
		return 0;
	}

	len = strlen(host);
	if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
		host += 1;
		len -= 2;
	}

	if (len >= sizeof(buf))
		return EINVAL;

	memcpy(buf, host, len);
	buf[len] = '\0';

	if (inet_pton(AF_INET6, buf, &t.u.in6.sin6_addr) != 1)
		return EINVAL;

	t.u.in6.sin6_family = AF_INET6;
	t.u.in6.sin6_port = htons(port);
	*a = t;

	return 0;
}


/**
 * Read an address with an optional port. An IPv6 address with a port stands
 * in brackets (RFC 5952 §6).
 *
 * @param a         Result; untouched on error
 * @param hostport  "192.0.2.1:5060", "[2001:db8::1]:5060", or without port
 *
 * @return 0, or EINVAL
 */
int addr_parse_hostport(struct addr *a, const char *hostport)
{
	char host[ADDR_STRLEN];
	const char *colon, *end;
	uint16_t port = 0;
	size_t len;

	if (!a || !hostport)
		return EINVAL;

	end = hostport + strlen(hostport);
	colon = strrchr(hostport, ':');

	if (hostport[0] == '[') {
		if (colon && colon[-1] == ']')
			end = colon;
	}
	else if (colon && colon == strchr(hostport, ':')) {
		end = colon;
	}

	if (*end == ':' && port_parse(&port, end + 1))
		return EINVAL;

	len = (size_t)(end - hostport);
	if (len >= sizeof(host))
		return EINVAL;

	memcpy(host, hostport, len);
	host[len] = '\0';

	return addr_parse(a, host, port);
}


/**
 * Take over a socket address. An IPv4 address in IPv6 clothes (RFC 4291
 * §2.5.5.2), as dual-stack sockets give it, becomes IPv4.
 *
 * @param a   Result; untouched on error
 * @param sa  AF_INET or AF_INET6
 *
 * @return 0, EINVAL or EAFNOSUPPORT
 */
int addr_from_sockaddr(struct addr *a, const struct sockaddr *sa)
{
	const struct sockaddr_in6 *in6;
	struct addr t;

	if (!a || !sa)
		return EINVAL;

	memset(&t, 0, sizeof(t));

	switch (sa->sa_family) {

	case AF_INET:
		memcpy(&t.u.in, sa, sizeof(t.u.in));
		break;

	case AF_INET6:
		in6 = (const struct sockaddr_in6 *)(const void *)sa;
		if (!IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
			memcpy(&t.u.in6, in6, sizeof(t.u.in6));
			break;
		}

		t.u.in.sin_family = AF_INET;
		t.u.in.sin_port = in6->sin6_port;
		memcpy(&t.u.in.sin_addr, &in6->sin6_addr.s6_addr[12], 4);
		break;

	default:
		return EAFNOSUPPORT;
	}

	*a = t;

	return 0;
}


/** Whether there is an address at all */
bool addr_is_set(const struct addr *a)
{
	return a && a->u.sa.sa_family != AF_UNSPEC;
}


/** AF_INET, AF_INET6 or AF_UNSPEC */
int addr_family(const struct addr *a)
{
	return a ? a->u.sa.sa_family : AF_UNSPEC;
}


/** Port in host byte order; 0: none */
uint16_t addr_port(const struct addr *a)
{
	switch (addr_family(a)) {

	case AF_INET:
		return ntohs(a->u.in.sin_port);
	case AF_INET6:
		return ntohs(a->u.in6.sin6_port);
	default:
		return 0;
	}
}


/** Set the port, in host byte order; nothing happens to an unset address */
void addr_set_port(struct addr *a, uint16_t port)
{
	switch (addr_family(a)) {

	case AF_INET:
		a->u.in.sin_port = htons(port);
		break;
	case AF_INET6:
		a->u.in6.sin6_port = htons(port);
		break;
	default:
		break;
	}
}


/** Length of the socket address, for bind() and sendto(); 0 if unset */
socklen_t addr_socklen(const struct addr *a)
{
	switch (addr_family(a)) {

	case AF_INET:
		return sizeof(struct sockaddr_in);
	case AF_INET6:
		return sizeof(struct sockaddr_in6);
	default:
		return 0;
	}
}


/** For tables; the same for addresses that are equal */
uint32_t addr_hash(const struct addr *a)
{
	const uint8_t *p = addr_family(a) == AF_INET6
				   ? (const uint8_t *)&a->u.in6.sin6_addr
				   : (const uint8_t *)&a->u.in.sin_addr;
	size_t n   = addr_family(a) == AF_INET6 ? 16 : 4;
	uint32_t h = addr_port(a);

	while (n--)
		h = (h ^ *p++) * 16777619u;

	return h ^ h >> 15;
}


/** Same address and same port. Unset equals nothing, itself included. */
bool addr_eq(const struct addr *a, const struct addr *b)
{
	return addr_ip_eq(a, b) && addr_port(a) == addr_port(b);
}


/** Same address, whatever the ports. Link-local ones of different interfaces
 *  are different. Unset equals nothing. */
bool addr_ip_eq(const struct addr *a, const struct addr *b)
{
	if (!addr_is_set(a) || addr_family(a) != addr_family(b))
		return false;

	if (addr_family(a) == AF_INET)
		return a->u.in.sin_addr.s_addr == b->u.in.sin_addr.s_addr;

	return a->u.in6.sin6_scope_id == b->u.in6.sin6_scope_id &&
	       !memcmp(&a->u.in6.sin6_addr, &b->u.in6.sin6_addr,
		       sizeof(a->u.in6.sin6_addr));
}


/** Print the address without port and brackets; "" if unset. Gives buf. */
const char *addr_ip_str(const struct addr *a, char buf[ADDR_STRLEN])
{
	const void *ip;

	buf[0] = '\0';

	switch (addr_family(a)) {

	case AF_INET:
		ip = &a->u.in.sin_addr;
		break;
	case AF_INET6:
		ip = &a->u.in6.sin6_addr;
		break;
	default:
		return buf;
	}

	inet_ntop(addr_family(a), ip, buf, ADDR_STRLEN);

	return buf;
}


/** Print "192.0.2.1:5060" or "[2001:db8::1]:5060"; "" if unset. Gives buf. */
const char *addr_str(const struct addr *a, char buf[ADDR_STRLEN])
{
	char ip[ADDR_STRLEN];

	buf[0] = '\0';
	if (!addr_is_set(a))
		return buf;

	addr_ip_str(a, ip);
	(void)snprintf(buf, ADDR_STRLEN,
		       addr_family(a) == AF_INET6 ? "[%.46s]:%u" : "%.46s:%u",
		       ip, addr_port(a));

	return buf;
}
