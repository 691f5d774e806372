/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file registrant.c  What a full RRQ says about an endpoint
 *
 * Pure.
 */
#include <stdio.h>
#include <string.h>
#include <GatewayInfo.h>
#include <H310Caps.h>
#include <H320Caps.h>
#include <H321Caps.h>
#include <H322Caps.h>
#include <H323Caps.h>
#include <H324Caps.h>
#include <McuInfo.h>
#include <NonStandardProtocol.h>
#include <SIPCaps.h>
#include <SupportedPrefix.h>
#include <SupportedProtocols.h>
#include <T120OnlyCaps.h>
#include <T38FaxAnnexbOnlyCaps.h>
#include <VoiceCaps.h>
#include "h323gw/h225/address.h"
#include "h323gw/h225/id.h"
#include "h323gw/h225/text.h"
#include "registrant.h"

enum {
	ADDRESSES_MAX = 16, /* of one list that are looked at */
};

typedef A_SEQUENCE_OF(struct SupportedPrefix) prefix_list;
typedef A_SEQUENCE_OF(struct TransportAddress) address_list;


/* the one where the message comes from, or else the first of IP */
static bool address_pick(struct addr *a, const void *list,
			 const struct addr *seen)
{
	const address_list *l = list;
	bool found	      = false;
	int i;

	for (i = 0; i < l->count && i < ADDRESSES_MAX; i++) {
		struct addr at;

		if (!h225_addr_get(&at, l->array[i]) || addr_is_any(&at) ||
		    addr_is_multicast(&at))
			continue;
		if (addr_ip_eq(&at, seen)) {
			*a = at;
			return true;
		}
		if (!found)
			*a = at;
		found = true;
	}

	return found;
}


static void place(struct endpoint_address *at, const struct ras_source *src,
		  const struct addr *signalling)
{
	memset(at, 0, sizeof(*at));
	memcpy(at->agent, src->agent, sizeof(at->agent));
	at->ras	       = src->from;
	at->seen       = src->seen;
	at->local      = src->local;
	at->local_ras  = src->local_ras;
	at->signalling = *signalling;

	/* never is a third party connected to: behind an agent the terminal is
	 * where it sends from, elsewhere it is behind a NAT */
	if (addr_ip_eq(signalling, &src->seen))
		return;
	if (src->agent[0]) {
		at->signalling = src->seen;
		addr_set_port(&at->signalling, addr_port(signalling));
	}
	else
		at->nat = true;
}


static enum endpoint_type type_of(const EndpointType_t *t)
{
	return t->gateway    ? ENDPOINT_GATEWAY
	       : t->mcu	     ? ENDPOINT_MCU
	       : t->terminal ? ENDPOINT_TERMINAL
			     : ENDPOINT_OTHER;
}


static void vendor_of(char *buf, size_t size, const VendorIdentifier_t *v)
{
	char product[ENDPOINT_VENDOR_MAX + 1] = "";
	char version[ENDPOINT_VENDOR_MAX + 1] = "";
	char *p;

	if (v->productId)
		(void)h225_ia5_get(product, sizeof(product), v->productId);
	if (v->versionId)
		(void)h225_ia5_get(version, sizeof(version), v->versionId);
	(void)snprintf(buf, size, "%.*s%s%.*s", (int)(size / 2 - 1), product,
		       *version ? " " : "", (int)(size / 2 - 1), version);

	/* many end theirs with a NUL */
	for (p = buf + strlen(buf); p > buf && p[-1] == '?'; p--)
		p[-1] = '\0';
}


/* ---- prefixes of a gateway ---- */

#define PREFIXES(caps) \
	((caps).supportedPrefixes ? &(caps).supportedPrefixes->list : NULL)

static const void *prefixes_of(const SupportedProtocols_t *sp)
{
	switch (sp->present) {

	case SupportedProtocols_PR_h310:
		return PREFIXES(sp->choice.h310);
	case SupportedProtocols_PR_h320:
		return PREFIXES(sp->choice.h320);
	case SupportedProtocols_PR_h321:
		return PREFIXES(sp->choice.h321);
	case SupportedProtocols_PR_h322:
		return PREFIXES(sp->choice.h322);
	case SupportedProtocols_PR_h323:
		return PREFIXES(sp->choice.h323);
	case SupportedProtocols_PR_h324:
		return PREFIXES(sp->choice.h324);
	case SupportedProtocols_PR_voice:
		return PREFIXES(sp->choice.voice);
	case SupportedProtocols_PR_t120_only:
		return PREFIXES(sp->choice.t120_only);
	case SupportedProtocols_PR_sip:
		return PREFIXES(sp->choice.sip);
	case SupportedProtocols_PR_nonStandardProtocol:
		return &sp->choice.nonStandardProtocol.supportedPrefixes.list;
	case SupportedProtocols_PR_t38FaxAnnexbOnly:
		return &sp->choice.t38FaxAnnexbOnly.supportedPrefixes.list;
	default:
		return NULL;
	}
}


static size_t prefixes_add(struct alias *v, size_t n, const prefix_list *l)
{
	int i;

	for (i = 0; l && i < l->count && n < ALIASES_MAX; i++) {
		if (alias_get(&v[n], &l->array[i]->prefix) &&
		    strlen(v[n].text) <= ENDPOINT_PREFIX_MAX)
			++n;
	}

	return n;
}


static size_t prefixes_get(struct alias *v, const EndpointType_t *t)
{
	const struct GatewayInfo__protocol *protocol =
		t->gateway ? t->gateway->protocol : NULL;
	size_t n = 0;
	int i;

	for (i = 0; protocol && i < protocol->list.count; i++)
		n = prefixes_add(v, n, prefixes_of(protocol->list.array[i]));

	return n;
}


/* ---- all of it ---- */

RegistrationRejectReason_PR registrant_read(struct registrant *rg,
					    struct ras_exchange *x)
{
	const RegistrationRequest_t *rrq = &x->in->choice.registrationRequest;
	struct ras *r			 = x->ras;
	struct addr signalling, ras;

	if (!address_pick(&signalling, &rrq->callSignalAddress.list,
			  &x->src->seen))
		return RegistrationRejectReason_PR_invalidCallSignalAddress;
	if (!address_pick(&ras, &rrq->rasAddress.list, &x->src->seen))
		return RegistrationRejectReason_PR_invalidRASAddress;
	if (rrq->terminalType.gatekeeper)
		return RegistrationRejectReason_PR_invalidTerminalType;
	if (rrq->terminalAlias &&
	    rrq->terminalAlias->list.count > (int)r->conf.aliases_max)
		return RegistrationRejectReason_PR_invalidAlias;

	place(&rg->at, x->src, &signalling);
	/* one host may ask from one port and listen on another */
	if (!x->src->agent[0] && addr_ip_eq(&ras, &x->src->from))
		rg->at.ras = x->to = ras;
	rg->type    = type_of(&rrq->terminalType);
	rg->version = h225_version_get(&rrq->protocolIdentifier);
	rg->aliasc  = rrq->terminalAlias
			      ? alias_list_get(r->aliases, r->conf.aliases_max,
					       &rrq->terminalAlias->list)
			      : 0;
	rg->prefixc = prefixes_get(r->prefixes, &rrq->terminalType);
	vendor_of(rg->vendor, sizeof(rg->vendor), &rrq->endpointVendor);

	return 0;
}
