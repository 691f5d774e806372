/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ping.c  One keepalive packet, to one contact
 */
#include <stdio.h>
#include <string.h>
#include "glue/compat.h"
#include "core/dprint.h"
#include "core/parser/parse_uri.h"
#include "core/resolve.h"
#include "core/socket_info.h"
#include "core/forward.h"
#include "core/tcp_conn.h"
#include "core/tcp_server.h"
#include "core/udp_server.h"
#include "glue/ping.h"

enum {
	OPTIONS_SIZE = 1400,
	STUN_HEADER = 20, /* RFC 8489 §5 */
	STUN_ID = 8,	  /* the transaction id's place in it */
};

int ping_target(struct ping_target *to, const ucontact_t *u)
{
	const str *s = u->received.len ? &u->received : &u->c;
	struct ip_addr *ip;
	struct sip_uri uri;

	memset(to, 0, sizeof(*to));
	/* a WebSocket's own pings keep it up (RFC 6455 §5.5.2) */
	if(u->sock && (u->sock->proto == PROTO_WS || u->sock->proto == PROTO_WSS))
		return -1;
	if(u->c.len >= PING_URI_SIZE || parse_uri(s->s, s->len, &uri) < 0)
		return -1;
	ip = str2ip(&uri.host);
	if(!ip)
		ip = str2ip6(&uri.host);
	if(!ip) /* a name: no NAT's address */
		return -1;

	init_dest_info(&to->dst);
	to->dst.proto = u->sock ? u->sock->proto : uri.proto;
	if(to->dst.proto == PROTO_NONE)
		to->dst.proto = PROTO_UDP;
	(void)init_su(&to->dst.to, ip, uri.port_no ? uri.port_no : SIP_PORT);
	to->dst.send_sock = u->sock;
	if(!to->dst.send_sock)
		to->dst.send_sock = get_send_socket(NULL, &to->dst.to, to->dst.proto);
	to->stream = to->dst.proto != PROTO_UDP;
	(void)snprintf(to->uri, sizeof(to->uri), "%.*s", u->c.len, u->c.s);
	return to->dst.send_sock ? 0 : -1;
}

static int send_to(const struct ping_target *to, const char *buf, int len)
{
	struct dest_info dst = to->dst;

	if(!to->stream)
		return udp_send(&dst, (char *)(uintptr_t)buf, (unsigned)len) == len
					   ? 0
					   : -1;
	if(to->dst.proto != PROTO_TCP && to->dst.proto != PROTO_TLS)
		return -1;
	/* nobody behind a NAT can be connected to: only what stands */
	dst.send_flags.f |= SND_F_FORCE_CON_REUSE;
	return tcp_send(&dst, NULL, buf, (unsigned)len) < 0 ? -1 : 0;
}

int ping_crlf(const struct ping_target *to)
{
	return send_to(to, "\r\n\r\n", 4);
}

/* a Binding request without attributes */
int ping_stun(const struct ping_target *to, uint32_t id, uint64_t nonce)
{
	unsigned char msg[STUN_HEADER] = {
			0x00, 0x01, 0x00, 0x00, 0x21, 0x12, 0xa4, 0x42};

	memcpy(msg + STUN_ID, &id, sizeof(id));
	memcpy(msg + STUN_ID + sizeof(id), &nonce, sizeof(nonce));
	return send_to(to, (const char *)msg, STUN_HEADER);
}

/* a Binding success or error response: 0x0101, 0x0111 */
bool ping_stun_answer(
		const uint8_t *buf, size_t len, uint32_t *id, uint64_t *nonce)
{
	static const uint8_t cookie[] = {0x21, 0x12, 0xa4, 0x42};

	if(len < STUN_HEADER || buf[0] != 0x01 || (buf[1] & 0xef) != 0x01
			|| memcmp(buf + 4, cookie, sizeof(cookie)))
		return false;
	memcpy(id, buf + STUN_ID, sizeof(*id));
	memcpy(nonce, buf + STUN_ID + sizeof(*id), sizeof(*nonce));
	return true;
}

int ping_options(const struct ping_target *to, const char *prefix, uint32_t id,
		uint64_t nonce)
{
	const struct socket_info *si = to->dst.send_sock;
	const str *host = si->useinfo.name.len ? &si->useinfo.name
										   : &si->address_str;
	const str *port = si->useinfo.port_no_str.len ? &si->useinfo.port_no_str
												  : &si->port_no_str;
	unsigned long long n = nonce;
	char msg[OPTIONS_SIZE];
	int len;

	len = snprintf(msg, sizeof(msg),
			"OPTIONS %s SIP/2.0\r\n"
			"Via: SIP/2.0/UDP %.*s:%.*s;rport;branch=z9hG4bK%x%llx\r\n"
			"Max-Forwards: 1\r\n"
			"From: <sip:keepalive@%.*s>;tag=%s%x-%llx\r\n"
			"To: <%s>\r\n"
			"Call-ID: %x-%llx@%.*s\r\n"
			"CSeq: 1 OPTIONS\r\n"
			"Content-Length: 0\r\n\r\n",
			to->uri, host->len, host->s, port->len, port->s, id, n, host->len,
			host->s, prefix, id, n, to->uri, id, n, host->len, host->s);
	return len < (int)sizeof(msg) ? send_to(to, msg, len) : -1;
}
