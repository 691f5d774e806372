/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file nat_facts.c  What a SIP message shows of where its sender is
 *
 * Owns nothing.
 */
#include <stdio.h>
#include <string.h>
#include "glue/compat.h"
#include "core/dprint.h"
#include "core/forward.h"
#include "core/parser/contact/parse_contact.h"
#include "core/parser/parse_rr.h"
#include "core/parser/parse_uri.h"
#include "core/parser/parse_via.h"
#include "glue/body.h"
#include "glue/nat_facts.h"

static enum nat_transport transport_of(const sip_msg_t *msg)
{
	switch(msg->rcv.proto) {
		case PROTO_TCP:
			return NAT_TCP;
		case PROTO_TLS:
			return NAT_TLS;
		case PROTO_WS:
			return NAT_WS;
		case PROTO_WSS:
			return NAT_WSS;
		case PROTO_SCTP:
			return NAT_SCTP;
		default:
			return NAT_UDP;
	}
}

/* stays unset where the host is a name */
static void set_host(struct addr *a, const str *host, unsigned port)
{
	char text[ADDR_STRLEN];
	const char *p = host->s;
	int len = host->len;

	if(len > 2 && p[0] == '[') {
		++p;
		len -= 2;
	}
	if(len <= 0 || len >= (int)sizeof(text))
		return;
	(void)snprintf(text, sizeof(text), "%.*s", len, p);
	(void)addr_parse(a, text, (uint16_t)port);
}

static bool ends_in_invalid(const str *host)
{
	static const char tail[] = ".invalid";
	int n = (int)sizeof(tail) - 1;

	return host->len >= n && !strncasecmp(host->s + host->len - n, tail, n);
}

static int contact_facts(sip_msg_t *msg, struct nat_facts *f)
{
	contact_body_t *body;
	struct sip_uri uri;

	if(!msg->contact)
		return 0;
	if(parse_contact(msg->contact) < 0)
		return -1;
	body = msg->contact->parsed;
	if(body->star || !body->contacts)
		return 0;
	if(parse_uri(body->contacts->uri.s, body->contacts->uri.len, &uri) < 0)
		return -1;
	f->contact_invalid = ends_in_invalid(&uri.host);
	set_host(&f->contact, &uri.host,
			uri.port_no					? uri.port_no
			: uri.type == SIPS_URI_T ? 5061
									 : 5060);
	return 0;
}

/* a reply is its sender's own if the last proxy in its Record-Route is us */
static bool reply_direct(sip_msg_t *msg)
{
	struct sip_uri uri;
	rr_t *rr;

	if(!msg->record_route)
		return true;
	if(parse_rr(msg->record_route) < 0)
		return false;
	rr = msg->record_route->parsed;
	if(!rr || parse_uri(rr->nameaddr.uri.s, rr->nameaddr.uri.len, &uri) < 0)
		return false;
	return check_self(&uri.host, uri.port_no, 0) == 1;
}

int nat_facts_from_msg(sip_msg_t *msg, struct nat_facts *f)
{
	memset(f, 0, sizeof(*f));
	if(parse_headers(msg, HDR_EOH_F, 0) < 0)
		return -1;

	f->transport = transport_of(msg);
	(void)addr_from_sockaddr(&f->source, &msg->rcv.src_su.s);
	if(msg->first_line.type == SIP_REQUEST) {
		if(!msg->via1)
			return -1;
		set_host(&f->via, &msg->via1->host,
				msg->via1->port ? msg->via1->port : 5060u);
		f->direct = !msg->via2 && !msg->record_route;
	} else {
		f->direct = reply_direct(msg);
	}
	return contact_facts(msg, f);
}

int nat_facts_sdp(sip_msg_t *msg, struct nat_facts *f)
{
	struct body b;
	int err = -1;

	if(body_read(&b, msg))
		return -1;
	for(size_t i = 0; err && i < sdp_media_count(b.sdp); i++) {
		const struct sdp_media *m = sdp_media(b.sdp, i);

		if(m->port && m->addr && !m->hold)
			err = addr_parse(&f->sdp, m->addr, m->port) ? -1 : 0;
	}
	body_reset(&b);
	return err;
}

bool nat_facts_natted(sip_msg_t *msg, unsigned signs)
{
	struct nat_facts f;

	if(nat_facts_from_msg(msg, &f) < 0)
		return false;
	if(signs & (NAT_SDP_PRIVATE | NAT_SDP_ADDRESS))
		(void)nat_facts_sdp(msg, &f);
	return (nat_signs(&f) & signs) != 0;
}
