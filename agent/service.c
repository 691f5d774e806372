/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file agent/service.c  TCP services in the private network, for the server
 *
 * The server opens a byte channel for each connection somebody makes there; we
 * connect to the service and join the two, if our own policy lists it. Owns the
 * connections.
 */
#include "rpc/libre.h"
#include <errno.h>
#include "bytes/what.h"
#include "crossing.h"
#include "service.h"


enum {
	IDLE_MS = 3600 * 1000,
};

struct services {
	struct crossings connections;
};


static void services_destructor(void *arg)
{
	struct services *s = arg;

	list_flush(&s->connections.all);
	mem_deref(s->connections.policy);
	mem_deref(s->connections.audit);
}


static json_t *record(const struct what_service *w)
{
	json_t *o = audit_record("service", &w->to);
	char buf[ADDR_STRLEN];

	if (o && addr_is_set(&w->from))
		(void)json_object_set_new(
			o, "for", json_string(addr_str(&w->from, buf)));

	return o;
}


/**
 * The server opens a channel: is it for a service?
 *
 * @param s    Services
 * @param ch   Channel; taken or refused if it is for a service
 * @param what What it is for
 * @param len  Its length
 *
 * @return false: it is for something else
 */
bool services_open(struct services *s, struct channel *ch, const char *what,
		   size_t len)
{
	struct crossings *cs = &s->connections;
	struct what_service w;
	const char *why = "";
	const int err	= what_service_decode(&w, what, len);

	if (err == ENOENT)
		return false;
	if (err || channel_kind(ch) != CHANNEL_BYTES)
		crossing_refuse(cs, ch, TUNNEL_REFUSED, record(&w),
				"it makes no sense");
	else if (!policy_ask(cs->policy, POLICY_SERVICE, &w.to, &why))
		crossing_refuse(cs, ch, TUNNEL_REFUSED, record(&w), why);
	else if (w.ask)
		channel_reset(ch, TUNNEL_OK);
	else
		crossing_connect(cs, ch, NULL, &w.to, NULL, record(&w));

	return true;
}


/** Have what the policy allows; mem_deref() it, which cuts all */
int services_alloc(struct services **sp, struct policy *policy,
		   struct audit *audit)
{
	struct services *s = mem_zalloc(sizeof(*s), services_destructor);

	if (!s)
		return ENOMEM;

	s->connections.policy	= mem_ref(policy);
	s->connections.audit	= mem_ref(audit);
	s->connections.protocol = POLICY_SERVICE;
	s->connections.idle	= IDLE_MS;
	*sp			= s;

	return 0;
}
