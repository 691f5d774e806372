/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file upstream/message.c  RAS messages of an endpoint's, being made
 *
 * Owns nothing: a message lives from making_begin() to its end.
 */
#include <errno.h>
#include <string.h>
#include <GatewayInfo.h>
#include <H323Caps.h>
#include <McuInfo.h>
#include <SupportedProtocols.h>
#include <TerminalInfo.h>
#include "h323gw/h225/address.h"
#include "h323gw/h225/field.h"
#include "h323gw/h225/text.h"
#include "priv.h"


void *making_begin(struct making *m, struct upstream_reg *reg,
		   RasMessage_PR type)
{
	struct upstream *up = reg->up;

	memset(m, 0, sizeof(*m));
	m->reg = reg;
	m->err = per_msg_alloc(&m->msg, up->conf.per, up->type);
	if (m->err)
		return NULL;
	m->ras		= per_msg_value(m->msg);
	m->ras->present = type;

	return &m->ras->choice;
}


/* in all of them that is the first field */
void *making_request(struct making *m, struct upstream_reg *reg,
		     RasMessage_PR type)
{
	RequestSeqNum_t *seq = making_begin(m, reg, type);

	if (seq)
		*seq = m->seq = reg->up->h.seqh(reg->up->arg);

	return seq;
}


int making_end(struct making *m, size_t *lenp)
{
	struct upstream *up = m->reg->up;
	struct proving p;

	if (!m->err)
		m->err = prove(m, &p);
	if (!m->err) {
		m->err = per_msg_encode(m->msg, up->buf, sizeof(up->buf), lenp,
					NULL);
		prove_seal(&p, up->buf, m->err ? 0 : *lenp);
	}
	per_msg_free(m->msg);
	m->msg = NULL;

	return m->err;
}


int making_ask(struct making *m, struct upstream_ask *ask)
{
	struct upstream_reg *reg = m->reg;
	struct upstream *up	 = reg->up;
	size_t len;
	const int err = making_end(m, &len);

	return err ? err
		   : up->h.askh(reg, ask, &reg->gatekeeper, m->seq, up->buf,
				len, up->arg);
}


void making_say(struct making *m, const struct addr *to)
{
	struct upstream *up = m->reg->up;
	size_t len;

	if (!making_end(m, &len))
		up->h.sayh(m->reg, to, up->buf, len, up->arg);
}


/* ---- parts ---- */

void *making_zalloc(struct making *m, size_t size)
{
	void *p = m->err ? NULL : per_msg_zalloc(m->msg, size);

	if (!p && !m->err)
		m->err = ENOMEM;

	return p;
}


void making_id(struct making *m, BMPString_t *id)
{
	if (!m->err)
		m->err = h225_bmp_set(id, m->msg, m->reg->id);
}


GatekeeperIdentifier_t *making_gatekeeper_id(struct making *m)
{
	GatekeeperIdentifier_t *id;

	if (m->err || !m->reg->gatekeeper_id[0])
		return NULL;
	id = field_bmp(m->msg, m->reg->gatekeeper_id);
	if (!id)
		m->err = ENOMEM;

	return id;
}


void making_own(struct making *m, TransportAddress_t *ta)
{
	if (!m->err)
		m->err = h225_addr_set(ta, m->msg, &m->reg->own);
}


void making_own_append(struct making *m, void *list)
{
	if (!m->err)
		m->err = field_addr_append(m->msg, list, &m->reg->own);
}


void making_guid(struct making *m, OCTET_STRING_t *os,
		 const uint8_t guid[GUID_LEN])
{
	if (!m->err)
		m->err = guid_set(os, m->msg, guid);
}


struct CallIdentifier *making_call_id(struct making *m,
				      const uint8_t guid[GUID_LEN])
{
	struct CallIdentifier *ci =
		m->err ? NULL : field_call_id(m->msg, guid);

	if (!ci && !m->err)
		m->err = ENOMEM;

	return ci;
}


static void prefixes(struct making *m, GatewayInfo_t *gw)
{
	SupportedProtocols_t *sp;
	H323Caps_t *caps;

	gw->protocol = making_zalloc(m, sizeof(*gw->protocol));
	sp	     = making_zalloc(m, sizeof(*sp));
	if (m->err)
		return;
	sp->present = SupportedProtocols_PR_h323;
	caps	    = &sp->choice.h323;
	caps->supportedPrefixes =
		making_zalloc(m, sizeof(*caps->supportedPrefixes));
	if (!m->err)
		m->err = names_put(m, NAME_ASKED, true,
				   &caps->supportedPrefixes->list);
	if (!m->err)
		m->err = per_msg_append(m->msg, &gw->protocol->list, sp);
}


/* batch: with the prefixes that are asked for */
void making_type(struct making *m, EndpointType_t *et, bool batch)
{
	switch (m->reg->type) {

	case ENDPOINT_GATEWAY:
		et->gateway = making_zalloc(m, sizeof(*et->gateway));
		if (et->gateway && batch &&
		    names_have(m->reg, NAME_ASKED, true))
			prefixes(m, et->gateway);
		break;

	case ENDPOINT_MCU:
		et->mcu = making_zalloc(m, sizeof(*et->mcu));
		et->mc	= true;
		break;

	case ENDPOINT_TERMINAL:
		et->terminal = making_zalloc(m, sizeof(*et->terminal));
		break;

	default:
		et->undefinedNode = true;
	}
}
