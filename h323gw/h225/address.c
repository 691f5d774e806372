/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file address.c  Transport addresses of H.225.0 and H.245, and struct addr
 *
 * Pure: owns nothing.
 */
#include <errno.h>
#include <string.h>
#include <H245TransportAddress.h>
#include <TransportAddress.h>
#include "h323gw/per/per.h"
#include "address.h"
#include "text.h"

enum {
	IP4_LEN	 = 4,
	IP6_LEN	 = 16,
	PORT_MAX = 65535,
};

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};


static bool get(struct addr *a, const OCTET_STRING_t *ip, long port)
{
	const uint8_t *p = ip->buf;
	int len		 = ip->size;

	memset(a, 0, sizeof(*a));
	if (port <= 0 || port > PORT_MAX)
		return false;

	if (len == IP6_LEN && !memcmp(p, mapped, sizeof(mapped))) {
		p += sizeof(mapped);
		len = IP4_LEN;
	}
	if (len == IP4_LEN) {
		a->u.in.sin_family = AF_INET;
		memcpy(&a->u.in.sin_addr, p, IP4_LEN);
	}
	else if (len == IP6_LEN) {
		a->u.in6.sin6_family = AF_INET6;
		memcpy(&a->u.in6.sin6_addr, p, IP6_LEN);
	}
	else
		return false;
	addr_set_port(a, (uint16_t)port);

	return true;
}


static int set(OCTET_STRING_t *ip, long *port, struct per_msg *msg,
	       const struct addr *a)
{
	*port = addr_port(a);
	if (addr_family(a) == AF_INET)
		return h225_octets_set(ip, msg, &a->u.in.sin_addr, IP4_LEN);

	return h225_octets_set(ip, msg, &a->u.in6.sin6_addr, IP6_LEN);
}


static bool is_ip(const struct addr *a)
{
	return addr_family(a) == AF_INET || addr_family(a) == AF_INET6;
}


bool h225_addr_get(struct addr *a, const struct TransportAddress *ta)
{
	switch (ta->present) {

	case TransportAddress_PR_ipAddress:
		return get(a, &ta->choice.ipAddress.ip,
			   ta->choice.ipAddress.port);
	case TransportAddress_PR_ipSourceRoute:
		return get(a, &ta->choice.ipSourceRoute.ip,
			   ta->choice.ipSourceRoute.port);
	case TransportAddress_PR_ip6Address:
		return get(a, &ta->choice.ip6Address.ip,
			   ta->choice.ip6Address.port);
	default:
		memset(a, 0, sizeof(*a));
		return false;
	}
}


int h225_addr_set(struct TransportAddress *ta, struct per_msg *msg,
		  const struct addr *a)
{
	if (!is_ip(a))
		return EINVAL;
	memset(ta, 0, sizeof(*ta));
	if (addr_family(a) == AF_INET) {
		ta->present = TransportAddress_PR_ipAddress;
		return set(&ta->choice.ipAddress.ip,
			   &ta->choice.ipAddress.port, msg, a);
	}
	ta->present = TransportAddress_PR_ip6Address;

	return set(&ta->choice.ip6Address.ip, &ta->choice.ip6Address.port, msg,
		   a);
}


static bool unicast_get(struct addr *a, const UnicastAddress_t *ua)
{
	switch (ua->present) {

	case UnicastAddress_PR_iPAddress:
		return get(a, &ua->choice.iPAddress.network,
			   ua->choice.iPAddress.tsapIdentifier);
	case UnicastAddress_PR_iP6Address:
		return get(a, &ua->choice.iP6Address.network,
			   ua->choice.iP6Address.tsapIdentifier);
	case UnicastAddress_PR_iPSourceRouteAddress:
		return get(a, &ua->choice.iPSourceRouteAddress.network,
			   ua->choice.iPSourceRouteAddress.tsapIdentifier);
	default:
		memset(a, 0, sizeof(*a));
		return false;
	}
}


static bool multicast_get(struct addr *a, const MulticastAddress_t *ma)
{
	switch (ma->present) {

	case MulticastAddress_PR_iPAddress:
		return get(a, &ma->choice.iPAddress.network,
			   ma->choice.iPAddress.tsapIdentifier);
	case MulticastAddress_PR_iP6Address:
		return get(a, &ma->choice.iP6Address.network,
			   ma->choice.iP6Address.tsapIdentifier);
	default:
		memset(a, 0, sizeof(*a));
		return false;
	}
}


bool h245_addr_get(struct addr *a, const struct H245TransportAddress *ta)
{
	switch (ta->present) {

	case H245TransportAddress_PR_unicastAddress:
		return unicast_get(a, &ta->choice.unicastAddress);
	case H245TransportAddress_PR_multicastAddress:
		return multicast_get(a, &ta->choice.multicastAddress);
	default:
		memset(a, 0, sizeof(*a));
		return false;
	}
}


int h245_addr_set(struct H245TransportAddress *ta, struct per_msg *msg,
		  const struct addr *a)
{
	UnicastAddress_t *ua = &ta->choice.unicastAddress;

	if (!is_ip(a))
		return EINVAL;
	memset(ta, 0, sizeof(*ta));
	ta->present = H245TransportAddress_PR_unicastAddress;
	if (addr_family(a) == AF_INET) {
		ua->present = UnicastAddress_PR_iPAddress;
		return set(&ua->choice.iPAddress.network,
			   &ua->choice.iPAddress.tsapIdentifier, msg, a);
	}
	ua->present = UnicastAddress_PR_iP6Address;

	return set(&ua->choice.iP6Address.network,
		   &ua->choice.iP6Address.tsapIdentifier, msg, a);
}


/* its octets; how many */
static size_t octets(uint8_t ip[16], const struct addr *a)
{
	if (addr_family(a) == AF_INET6) {
		memcpy(ip, &a->u.in6.sin6_addr, 16);
		return 16;
	}
	memcpy(ip, &a->u.in.sin_addr, 4);

	return 4;
}


int h225_addr_cmp(const struct addr *a, const struct addr *b)
{
	uint8_t x[16], y[16];
	const size_t n = octets(x, a), m = octets(y, b);
	const int c = memcmp(x, y, n < m ? n : m);

	if (c)
		return c;
	if (n != m)
		return n < m ? -1 : 1;

	return (int)addr_port(a) - (int)addr_port(b);
}
