/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file upstream/request.c  GRQ, RRQ, URQ: what a registration asks for
 *
 * Owns no state.
 */
#include <errno.h>
#include <string.h>
#include <openssl/crypto.h>
#include "h323gw/h225/address.h"
#include "h323gw/h225/field.h"
#include "h323gw/h225/text.h"
#include "h323gw/security/token.h"
#include "priv.h"

/* T.35: of no country, as we have none */
enum {
	T35_COUNTRY	 = 255,
	T35_MANUFACTURER = 0,
};


static void protocol(struct making *m, ProtocolIdentifier_t *oid)
{
	if (!m->err)
		m->err = h225_version_set(oid, m->msg, H225_VERSION);
}


static OCTET_STRING_t *text(struct making *m, const char *s)
{
	OCTET_STRING_t *os = making_zalloc(m, sizeof(*os));

	if (!m->err)
		m->err = h225_octets_set(os, m->msg, s, strlen(s));

	return os;
}


static void vendor(struct making *m, VendorIdentifier_t *v)
{
	v->vendor.t35CountryCode   = T35_COUNTRY;
	v->vendor.manufacturerCode = T35_MANUFACTURER;
	v->productId		   = text(m, "Postern");
	v->versionId		   = text(m, m->reg->up->conf.version);
}


static int *flag(struct making *m, bool value)
{
	int *b = m->err ? NULL : field_bool(m->msg, value);

	if (!b && !m->err)
		m->err = ENOMEM;

	return b;
}


static int *null(struct making *m)
{
	return making_zalloc(m, sizeof(NULL_t));
}


/* ---- GRQ ---- */

/* how we could prove ourselves, where there is something to be proved */
static void capabilities(struct making *m, GatekeeperRequest_t *grq)
{
	const struct upstream *up = m->reg->up;
	struct upstream_proof proof;
	unsigned methods = 0;

	memset(&proof, 0, sizeof(proof));
	if (!m->err && up->h.proofh &&
	    up->h.proofh(&proof, m->reg, up->arg))
		methods = proof.methods;
	OPENSSL_cleanse(&proof, sizeof(proof));
	if (methods)
		m->err = token_can(m->msg, grq, methods);
}


int ask_discovery(struct upstream_reg *reg)
{
	GatekeeperRequest_t *grq;
	struct making m;

	grq = making_request(&m, reg, RasMessage_PR_gatekeeperRequest);
	if (!grq)
		return m.err;
	protocol(&m, &grq->protocolIdentifier);
	making_own(&m, &grq->rasAddress);
	making_type(&m, &grq->endpointType, false);
	if (reg->up->conf.gatekeeper_id[0]) {
		grq->gatekeeperIdentifier =
			field_bmp(m.msg, reg->up->conf.gatekeeper_id);
		if (!grq->gatekeeperIdentifier)
			m.err = ENOMEM;
	}
	grq->supportsAltGK	= null(&m);
	grq->supportsAssignedGK = flag(&m, false);
	capabilities(&m, grq);

	return making_ask(&m, &reg->ask);
}


/* ---- RRQ ---- */

static void names(struct making *m, RegistrationRequest_t *rrq)
{
	if (m->err || !names_have(m->reg, NAME_ASKED, false))
		return;
	rrq->terminalAlias = making_zalloc(m, sizeof(*rrq->terminalAlias));
	if (!m->err)
		m->err = names_put(m, NAME_ASKED, false,
				   &rrq->terminalAlias->list);
}


static EndpointIdentifier_t *own_id(struct making *m)
{
	EndpointIdentifier_t *id = making_zalloc(m, sizeof(*id));

	if (id)
		making_id(m, id);

	return id;
}


int ask_registration(struct upstream_reg *reg, enum asking what)
{
	const bool keep = what == ASK_KEEP;
	RegistrationRequest_t *rrq;
	struct making m;

	rrq = making_request(&m, reg, RasMessage_PR_registrationRequest);
	if (!rrq)
		return m.err;
	if (!keep)
		(void)names_batch(reg, false);
	protocol(&m, &rrq->protocolIdentifier);
	rrq->discoveryComplete = reg->discovered;
	making_own_append(&m, &rrq->callSignalAddress.list);
	making_own_append(&m, &rrq->rasAddress.list);
	making_type(&m, &rrq->terminalType, !keep);
	if (!keep)
		names(&m, rrq);
	rrq->gatekeeperIdentifier = making_gatekeeper_id(&m);
	vendor(&m, &rrq->endpointVendor);
	rrq->timeToLive = field_number(m.msg, reg->up->conf.ttl);
	rrq->keepAlive	= flag(&m, keep);
	if (reg->id[0])
		rrq->endpointIdentifier = own_id(&m);
	rrq->willSupplyUUIEs	= flag(&m, false);
	rrq->maintainConnection = flag(&m, false);
	if (what == ASK_ADD)
		rrq->additiveRegistration = null(&m);
	rrq->supportsAltGK	= null(&m);
	rrq->supportsAssignedGK = flag(&m, false);

	return making_ask(&m, &reg->ask);
}


/* ---- URQ ---- */

static void leaving(struct making *m, UnregistrationRequest_t *urq)
{
	if (names_have(m->reg, NAME_LEFT, false)) {
		urq->endpointAlias =
			making_zalloc(m, sizeof(*urq->endpointAlias));
		if (!m->err)
			m->err = names_put(m, NAME_LEFT, false,
					   &urq->endpointAlias->list);
	}
	if (names_have(m->reg, NAME_LEFT, true)) {
		urq->supportedPrefixes =
			making_zalloc(m, sizeof(*urq->supportedPrefixes));
		if (!m->err)
			m->err = names_put(m, NAME_LEFT, true,
					   &urq->supportedPrefixes->list);
	}
}


int ask_unregistration(struct upstream_reg *reg, enum asking what)
{
	UnregistrationRequest_t *urq;
	struct making m;

	urq = making_request(&m, reg, RasMessage_PR_unregistrationRequest);
	if (!urq)
		return m.err;
	if (what == ASK_DROP)
		(void)names_batch(reg, true);
	making_own_append(&m, &urq->callSignalAddress.list);
	if (what == ASK_DROP)
		leaving(&m, urq);
	urq->endpointIdentifier	  = own_id(&m);
	urq->gatekeeperIdentifier = making_gatekeeper_id(&m);

	return making_ask(&m, &reg->ask);
}
