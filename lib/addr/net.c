/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file net.c  Ranges of addresses, and what kind an address is
 *
 * Owns nothing. An IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2) counts as the
 * IPv4 address it stands for, so that it cannot slip past a rule.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include "addr/addr.h"


enum {
	V4_BITS = 32,
	V6_BITS = 128,
};


/** The bytes of an address and how many bits; 0 if unset */
static unsigned ip_bytes(const struct addr *a, const uint8_t **p)
{
	const struct in6_addr *v6;

	switch (addr_family(a)) {

	case AF_INET:
		*p = (const uint8_t *)&a->u.in.sin_addr;
		return V4_BITS;

	case AF_INET6:
		v6 = &a->u.in6.sin6_addr;
		if (IN6_IS_ADDR_V4MAPPED(v6)) {
			*p = &v6->s6_addr[12];
			return V4_BITS;
		}
		*p = v6->s6_addr;
		return V6_BITS;

	default:
		return 0;
	}
}


static bool prefix_eq(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	const unsigned whole = bits / 8, rest = bits % 8;
	const uint8_t mask = (uint8_t)(0xff00u >> rest);

	if (memcmp(a, b, whole))
		return false;

	return !rest || !((a[whole] ^ b[whole]) & mask);
}


static bool is_in(const struct addr *a, const uint8_t *v4, unsigned v4bits,
		  const uint8_t *v6, unsigned v6bits)
{
	const uint8_t *p;

	switch (ip_bytes(a, &p)) {

	case V4_BITS:
		return v4 && prefix_eq(p, v4, v4bits);
	case V6_BITS:
		return v6 && prefix_eq(p, v6, v6bits);
	default:
		return false;
	}
}


/** 0.0.0.0 or :: */
bool addr_is_any(const struct addr *a)
{
	static const uint8_t zero[16];

	return is_in(a, zero, V4_BITS, zero, V6_BITS);
}


/** 127.0.0.0/8 or ::1 */
bool addr_is_loopback(const struct addr *a)
{
	static const uint8_t v4[] = {127};
	static const uint8_t v6[16] = {[15] = 1};

	return is_in(a, v4, 8, v6, V6_BITS);
}


/** 169.254.0.0/16 (RFC 3927) or fe80::/10 (RFC 4291) */
bool addr_is_linklocal(const struct addr *a)
{
	static const uint8_t v4[] = {169, 254};
	static const uint8_t v6[] = {0xfe, 0x80};

	return is_in(a, v4, 16, v6, 10);
}


/** 224.0.0.0/4 or ff00::/8 */
bool addr_is_multicast(const struct addr *a)
{
	static const uint8_t v4[] = {224};
	static const uint8_t v6[] = {0xff};

	return is_in(a, v4, 4, v6, 8);
}


/** Not routed on the Internet, so its owner sits behind a NAT: RFC 1918, shared
 *  address space (RFC 6598), unique local (RFC 4193). Loopback and link-local
 *  have questions of their own. */
bool addr_is_private(const struct addr *a)
{
	static const uint8_t ten[] = {10};
	static const uint8_t twelve[] = {172, 16};
	static const uint8_t sixteen[] = {192, 168};
	static const uint8_t shared[] = {100, 64};
	static const uint8_t ula[] = {0xfc};

	return is_in(a, ten, 8, ula, 7) || is_in(a, twelve, 12, NULL, 0) ||
	       is_in(a, sixteen, 16, NULL, 0) || is_in(a, shared, 10, NULL, 0);
}


/** Clear what lies behind the prefix */
static void host_bits_clear(struct addr *a, unsigned prefixlen)
{
	uint8_t *p;
	unsigned i, n;

	if (addr_family(a) == AF_INET) {
		p = (uint8_t *)&a->u.in.sin_addr;
		n = V4_BITS / 8;
	}
	else {
		p = a->u.in6.sin6_addr.s6_addr;
		n = V6_BITS / 8;
	}

	for (i = prefixlen / 8; i < n; i++) {
		p[i] &= (uint8_t)(0xff00u >> (prefixlen % 8));
		prefixlen = 0;
	}
}


/**
 * Read a range of addresses.
 *
 * @param n     Result; untouched on error
 * @param cidr  "10.0.0.0/8", "2001:db8::/32"; without prefix length: that one
 *              address. Bits behind the prefix are ignored.
 *
 * @return 0, or EINVAL
 */
int addr_net_parse(struct addr_net *n, const char *cidr)
{
	char host[ADDR_STRLEN];
	const char *slash, *p;
	unsigned max, len = 0;
	struct addr a;
	size_t hl;

	if (!n || !cidr)
		return EINVAL;

	slash = strchr(cidr, '/');
	hl = slash ? (size_t)(slash - cidr) : strlen(cidr);
	if (hl >= sizeof(host))
		return EINVAL;

	memcpy(host, cidr, hl);
	host[hl] = '\0';

	if (addr_parse(&a, host, 0))
		return EINVAL;

	max = addr_family(&a) == AF_INET ? V4_BITS : V6_BITS;
	if (!slash) {
		n->base = a;
		n->prefixlen = max;
		return 0;
	}

	for (p = slash + 1; *p; p++) {
		if (*p < '0' || *p > '9' || p - slash > 3)
			return EINVAL;

		len = len * 10 + (unsigned)(*p - '0');
	}

	if (p == slash + 1 || len > max)
		return EINVAL;

	host_bits_clear(&a, len);
	n->base = a;
	n->prefixlen = len;

	return 0;
}


/** Whether a lies in n. An address of the other family does not. */
bool addr_net_contains(const struct addr_net *n, const struct addr *a)
{
	const uint8_t *np, *ap;
	unsigned bits, len;

	if (!n)
		return false;

	bits = ip_bytes(&n->base, &np);
	if (!bits || bits != ip_bytes(a, &ap))
		return false;

	/* a range written in mapped form counts its bits from the front */
	len = n->prefixlen;
	if (addr_family(&n->base) == AF_INET6 && bits == V4_BITS)
		len = len > V6_BITS - V4_BITS ? len - (V6_BITS - V4_BITS) : 0;

	return prefix_eq(np, ap, len);
}
