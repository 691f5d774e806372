/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file nat.c  Is the sender of a message behind a NAT? Facts in, signs out
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "logic/nat.h"

static const struct
{
	const char *name;
	unsigned signs;
} sign_names[] = {
		{"via-address", NAT_VIA_ADDRESS},
		{"via-port", NAT_VIA_PORT},
		{"via-private", NAT_VIA_PRIVATE},
		{"contact-private", NAT_CONTACT_PRIVATE},
		{"contact-address", NAT_CONTACT_ADDRESS},
		{"contact-port", NAT_CONTACT_PORT},
		{"contact-invalid", NAT_CONTACT_INVALID},
		{"sdp-private", NAT_SDP_PRIVATE},
		{"sdp-address", NAT_SDP_ADDRESS},
		{"source-private", NAT_SOURCE_PRIVATE},
		{"websocket", NAT_WEBSOCKET},
		{"default", NAT_SIGNS_DEFAULT},
		{"all", NAT_SIGNS_ALL},
};

enum {
	SIGN_NAMES = sizeof(sign_names) / sizeof(sign_names[0]),
};

static bool differs(const struct addr *a, const struct addr *source)
{
	return addr_is_set(a) && !addr_ip_eq(a, source);
}

/* An address only its own network can reach */
static bool is_local(const struct addr *a)
{
	return addr_is_set(a)
		   && (addr_is_private(a) || addr_is_linklocal(a)
				   || addr_is_loopback(a));
}

static bool local_elsewhere(const struct addr *a, const struct addr *source)
{
	return is_local(a) && !addr_ip_eq(a, source);
}

/* Only UDP sends from the port it names: RFC 3261 18.1.1 */
static bool port_differs(const struct nat_facts *f, const struct addr *a)
{
	return f->transport == NAT_UDP && addr_is_set(a)
		   && addr_port(a) != addr_port(&f->source);
}

static unsigned via_signs(const struct nat_facts *f)
{
	unsigned signs = 0;

	if(differs(&f->via, &f->source))
		signs |= NAT_VIA_ADDRESS;
	if(local_elsewhere(&f->via, &f->source))
		signs |= NAT_VIA_PRIVATE;
	if(port_differs(f, &f->via))
		signs |= NAT_VIA_PORT;

	return signs;
}

static unsigned contact_signs(const struct nat_facts *f)
{
	unsigned signs = 0;

	if(f->contact_invalid)
		signs |= NAT_CONTACT_INVALID;
	if(local_elsewhere(&f->contact, &f->source))
		signs |= NAT_CONTACT_PRIVATE;
	if(f->direct && differs(&f->contact, &f->source))
		signs |= NAT_CONTACT_ADDRESS;
	if(f->direct && port_differs(f, &f->contact))
		signs |= NAT_CONTACT_PORT;

	return signs;
}

static unsigned sdp_signs(const struct nat_facts *f)
{
	unsigned signs = 0;

	if(addr_is_set(&f->sdp) && addr_is_any(&f->sdp))
		return 0;
	if(local_elsewhere(&f->sdp, &f->source))
		signs |= NAT_SDP_PRIVATE;
	if(f->direct && differs(&f->sdp, &f->source))
		signs |= NAT_SDP_ADDRESS;

	return signs;
}

/**
 * All signs of a NAT that the facts show
 *
 * @param f Facts; without a source there are no signs
 *
 * @return Set of enum nat_sign
 */
unsigned nat_signs(const struct nat_facts *f)
{
	unsigned signs = 0;

	if(!f || !addr_is_set(&f->source))
		return 0;

	if(f->transport == NAT_WS || f->transport == NAT_WSS)
		signs |= NAT_WEBSOCKET;
	if(is_local(&f->source))
		signs |= NAT_SOURCE_PRIVATE;

	return signs | via_signs(f) | contact_signs(f) | sdp_signs(f);
}

/** Name of one sign, as in modparam nat_signs; NULL if it is not one */
const char *nat_sign_name(enum nat_sign sign)
{
	for(size_t i = 0; i < SIGN_NAMES; i++) {
		if(sign_names[i].signs == (unsigned)sign)
			return sign_names[i].name;
	}

	return NULL;
}

static int sign_decode(unsigned *signs, const char *name, size_t len)
{
	bool off = len && *name == '-';

	if(off) {
		name++;
		len--;
	}

	for(size_t i = 0; i < SIGN_NAMES; i++) {
		if(strlen(sign_names[i].name) != len
				|| strncasecmp(sign_names[i].name, name, len))
			continue;
		if(off)
			*signs &= ~sign_names[i].signs;
		else
			*signs |= sign_names[i].signs;
		return 0;
	}

	return EINVAL;
}

/**
 * Reads a set of signs: names with commas or blanks between them, in order; a
 * name with a minus in front is taken out ("default,-contact-port")
 *
 * @param signs Receives the set
 * @param text  Text
 *
 * @return 0, or EINVAL when a name is unknown or there is none
 */
int nat_signs_decode(unsigned *signs, const char *text)
{
	unsigned set = 0;
	bool any = false;

	if(!signs || !text)
		return EINVAL;

	for(;;) {
		size_t len;

		text += strspn(text, ", \t");
		len = strcspn(text, ", \t");
		if(!len)
			break;
		if(sign_decode(&set, text, len))
			return EINVAL;
		any = true;
		text += len;
	}

	if(!any)
		return EINVAL;
	*signs = set;
	return 0;
}
