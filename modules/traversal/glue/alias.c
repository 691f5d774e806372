/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file alias.c  ;alias= in Contact: the way back to a terminal behind a NAT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "glue/compat.h"
#include "core/data_lump.h"
#include "core/dset.h"
#include "core/dprint.h"
#include "core/ip_addr.h"
#include "core/mem/mem.h"
#include "core/parser/contact/parse_contact.h"
#include "core/parser/parse_uri.h"
#include "core/resolve.h"
#include "glue/alias.h"
#include "glue/nat_facts.h"
#include "glue/stats.h"

enum {
	ALIAS_SIZE = 96, /* of ";alias=[IPv6]~65535~9" */
	URI_SIZE = 1024,
};

static const char param[] = ";alias=";
static unsigned signs;

void alias_conf_set(unsigned nat_signs)
{
	signs = nat_signs;
}

static int lump(sip_msg_t *msg, const char *before, const char *text, int len)
{
	struct lump *anchor =
			anchor_lump(msg, (int)(before - msg->buf), 0, HDR_CONTACT_T);
	char *copy = anchor ? pkg_malloc((size_t)len) : NULL;

	if(!copy) {
		PKG_MEM_ERROR;
		return -1;
	}
	memcpy(copy, text, (size_t)len);
	if(!insert_new_lump_before(anchor, copy, len, 0)) {
		pkg_free(copy);
		return -1;
	}
	return 0;
}

static int alias_text(char buf[ALIAS_SIZE], const sip_msg_t *msg)
{
	bool v6 = msg->rcv.src_ip.af == AF_INET6;

	/* ip_addr2a() has one buffer */
	return snprintf(buf, ALIAS_SIZE, "%s%s%s%s~%d~%d", param, v6 ? "[" : "",
			ip_addr2a((struct ip_addr *)(uintptr_t)&msg->rcv.src_ip),
			v6 ? "]" : "", msg->rcv.src_port, msg->rcv.proto);
}

static bool has_alias(const str *uri)
{
	return memmem(uri->s, (size_t)uri->len, param, sizeof(param) - 1) != NULL;
}

int alias_add(sip_msg_t *msg)
{
	char text[ALIAS_SIZE + 1], *uri, *end;
	contact_body_t *body;
	bool brackets;
	int len;

	if(parse_headers(msg, HDR_EOH_F, 0) < 0)
		return -1;
	if(!msg->contact)
		return 2;
	if(parse_contact(msg->contact) < 0)
		return -1;
	body = msg->contact->parsed;
	if(body->star || !body->contacts || has_alias(&body->contacts->uri)
			|| !nat_facts_natted(msg, signs))
		return 2;

	uri = body->contacts->uri.s;
	end = uri + body->contacts->uri.len;
	brackets = end < msg->buf + msg->len && *end == '>';
	len = alias_text(text, msg);
	/* without < > what follows would be the header's parameter */
	if(!brackets) {
		text[len++] = '>';
		if(lump(msg, uri, "<", 1) < 0)
			return -1;
	}
	if(lump(msg, end, text, len) < 0)
		return -1;
	stats_inc(aliases_added);
	return 1;
}

static const char *const transports[] = {
		[PROTO_UDP] = "",
		[PROTO_TCP] = ";transport=tcp",
		[PROTO_TLS] = ";transport=tls",
		[PROTO_SCTP] = ";transport=sctp",
		[PROTO_WS] = ";transport=ws",
		[PROTO_WSS] = ";transport=ws",
};

/* "192.0.2.1~40001~1" becomes "sip:192.0.2.1:40001"; its length or -1 */
static int target(char buf[ALIAS_SIZE], const char *p, size_t len)
{
	const char *port = memchr(p, '~', len), *proto;
	struct addr a;
	char text[ALIAS_SIZE], ip[ALIAS_SIZE];
	long n, transport;
	char *end;

	if(!port || len >= sizeof(text))
		return -1;
	(void)snprintf(text, sizeof(text), "%.*s", (int)len, p);
	text[port - p] = '\0';
	n = strtol(text + (port - p) + 1, &end, 10);
	if(*end != '~' || n < 1 || n > 65535)
		return -1;
	proto = end + 1;
	transport = strtol(proto, &end, 10);
	if(end == proto || *end || transport < PROTO_UDP || transport > PROTO_WSS)
		return -1;

	(void)snprintf(ip, sizeof(ip), "%s", text[0] == '[' ? text + 1 : text);
	ip[strcspn(ip, "]")] = '\0';
	if(addr_parse(&a, ip, (uint16_t)n))
		return -1;
	return snprintf(buf, ALIAS_SIZE, "sip:%s%s", addr_str(&a, ip),
			transports[transport]);
}

int alias_handle(sip_msg_t *msg)
{
	str *uri = GET_RURI(msg), bare, dst;
	char buf[URI_SIZE], to[ALIAS_SIZE];
	const char *at, *end;
	int n;

	at = memmem(uri->s, (size_t)uri->len, param, sizeof(param) - 1);
	if(!at || uri->len >= URI_SIZE)
		return 2;
	end = at + sizeof(param) - 1;
	while(end < uri->s + uri->len && *end != ';' && *end != '?')
		++end;
	n = target(to, at + sizeof(param) - 1,
			(size_t)(end - at) - (sizeof(param) - 1));
	if(n < 0) {
		LM_NOTICE("an alias in a Request-URI can't be read: %.*s\n", uri->len,
				uri->s);
		return -1;
	}

	bare.s = buf;
	bare.len = snprintf(buf, sizeof(buf), "%.*s%.*s", (int)(at - uri->s),
			uri->s, (int)(uri->s + uri->len - end), end);
	if(rewrite_uri(msg, &bare) < 0)
		return -1;
	/* a Route that is left goes first */
	if(msg->dst_uri.len)
		return 1;
	dst.s = to;
	dst.len = n;
	return set_dst_uri(msg, &dst) < 0 ? -1 : 1;
}
