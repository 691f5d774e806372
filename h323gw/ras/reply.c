/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file reply.c  Parts that answers have in common
 *
 * Pure: all memory is the answer's.
 */
#include <errno.h>
#include <string.h>
#include "exchange.h"
#include "h323gw/h225/field.h"
#include "h323gw/h225/id.h"


void *ras_reply(struct ras_exchange *x, RasMessage_PR type)
{
	per_msg_free(x->answer);
	x->answer = NULL;
	x->out	  = NULL;
	if (per_msg_alloc(&x->answer, x->ras->conf.per, x->ras->type))
		return NULL;
	x->out		= per_msg_value(x->answer);
	x->out->present = type;

	return &x->out->choice;
}


BOOLEAN_t *ras_bool(struct ras_exchange *x, bool value)
{
	return field_bool(x->answer, value);
}


unsigned long *ras_number(struct ras_exchange *x, unsigned long value)
{
	return field_number(x->answer, value);
}


NULL_t *ras_null(struct ras_exchange *x)
{
	return field_null(x->answer);
}


GatekeeperIdentifier_t *ras_gk_id(struct ras_exchange *x)
{
	GatekeeperIdentifier_t *id = per_msg_zalloc(x->answer, sizeof(*id));

	if (id) {
		id->buf	 = x->ras->gk_bmp;
		id->size = (int)x->ras->gk_bmp_len;
	}

	return id;
}


int ras_protocol(struct ras_exchange *x, ProtocolIdentifier_t *oid)
{
	return h225_version_set(oid, x->answer, H225_VERSION);
}


int ras_addr_append(struct ras_exchange *x, void *list, const struct addr *a)
{
	return field_addr_append(x->answer, list, a);
}


int ras_alias_append(struct ras_exchange *x, void *list,
		     const struct alias *a)
{
	return field_alias_append(x->answer, list, a);
}


/* of the family it came in, or else of what there is */
static struct addr own(const struct addr v[2], const struct ras_source *src)
{
	const bool six = addr_family(&src->from) == AF_INET6;

	return addr_is_set(&v[six]) ? v[six] : v[!six];
}


struct addr ras_own(const struct ras *r, const struct ras_source *src)
{
	return addr_is_set(&src->local_ras) ? src->local_ras
					    : own(r->conf.own.ras, src);
}


struct addr ras_own_signalling(const struct ras *r,
			       const struct ras_source *src)
{
	return addr_is_set(&src->local) ? src->local
					: own(r->conf.own.signalling, src);
}
