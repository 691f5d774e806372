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
#include <string.h>
#include "bytes/ends.h"
#include "bytes/what.h"
#include "service.h"


enum {
	CONNECT_MS = 10000,
	IDLE_MS	   = 3600 * 1000,
};

struct services {
	struct policy *policy;
	struct audit *audit;
	struct list connections;
};

/** From the channel's opening to its end */
struct connection {
	struct le le;
	struct services *services;
	struct channel *asked;	  /* not accepted yet */
	struct joint_end *socket; /* while it connects */
	struct joint *joint;
	struct what_service what;
};


static void services_destructor(void *arg)
{
	struct services *s = arg;

	list_flush(&s->connections);
	mem_deref(s->policy);
	mem_deref(s->audit);
}


/* ---- the audit log ---- */

static json_t *record(const struct what_service *w)
{
	json_t *o = audit_record("service", &w->to);
	char buf[ADDR_STRLEN];

	if (o && addr_is_set(&w->from))
		(void)json_object_set_new(
			o, "for", json_string(addr_str(&w->from, buf)));

	return o;
}


static void closed(const struct connection *c, const char *why)
{
	json_t *o = record(&c->what);

	(void)json_object_update_new(
		o, json_pack("{s:I,s:I}", "bytesUp",
			     (json_int_t)joint_octets(c->joint, 0),
			     "bytesDown",
			     (json_int_t)joint_octets(c->joint, 1)));
	audit_close(c->services->audit, o, why);
}


static void refuse(struct services *s, struct channel *ch,
		   const struct what_service *w, enum tunnel_reason reason,
		   const char *why)
{
	audit_refuse(s->audit, record(w), why);
	channel_reset(ch, reason);
}


/* ---- a connection ---- */

/* the channel is no longer the connection's */
static struct channel *let_go(struct connection *c)
{
	static const struct channel_handlers none = {0};
	struct channel *ch			  = c->asked;

	c->asked = NULL;
	if (ch)
		channel_handlers_set(ch, &none, NULL);

	return ch;
}


static void connection_destructor(void *arg)
{
	struct connection *c = arg;
	struct channel *ch   = let_go(c);

	list_unlink(&c->le);
	policy_give(c->services->policy, 1);
	if (ch)
		channel_reset(ch, TUNNEL_SHUTDOWN);
	if (c->joint && !joint_closed(c->joint))
		closed(c, tunnel_reason_name(TUNNEL_SHUTDOWN));
	mem_deref(c->socket);
	mem_deref(c->joint);
}


static void on_joint_close(struct joint *j, enum tunnel_reason why, void *arg)
{
	struct connection *c = arg;
	(void)j;

	closed(c, why == TUNNEL_OK ? NULL : tunnel_reason_name(why));
	mem_deref(c);
}


static void on_gone(struct channel *ch, enum tunnel_reason why, void *arg)
{
	struct connection *c = arg;
	(void)ch;
	(void)why;

	c->asked = NULL;
	mem_deref(c);
}


static const struct channel_handlers asked_handlers = {
	.closeh = on_gone,
};


static int join(struct connection *c)
{
	struct channel *ch	  = c->asked;
	struct joint_end *channel = NULL;
	int err			  = channel_accept(ch, &asked_handlers, c);

	if (!err)
		err = end_channel(&channel, ch);
	if (err)
		return err;

	c->asked = NULL;
	err	 = joint_alloc(&c->joint, c->socket, channel, IDLE_MS,
			       on_joint_close, c);
	mem_deref(channel);
	c->socket = mem_deref(c->socket);

	return err;
}


static void on_connect(struct joint_end *e, int err, void *arg)
{
	struct connection *c = arg;
	(void)e;

	if (!err)
		err = join(c);
	if (!err) {
		audit_open(c->services->audit, record(&c->what));
		return;
	}
	if (c->asked)
		refuse(c->services, let_go(c), &c->what, TUNNEL_UNREACHABLE,
		       strerror(err));
	mem_deref(c);
}


/* a socket of the policy's was taken for it */
static void connect_to(struct services *s, struct channel *ch,
		       const struct what_service *w)
{
	struct connection *c = mem_zalloc(sizeof(*c), connection_destructor);
	int err;

	if (!c) {
		policy_give(s->policy, 1);
		channel_reset(ch, TUNNEL_LIMIT);
		return;
	}
	list_append(&s->connections, &c->le, c);
	c->services = s;
	c->what	    = *w;
	err = end_connect(&c->socket, NULL, &w->to, CONNECT_MS, on_connect, c);
	if (err) {
		refuse(s, ch, w, TUNNEL_UNREACHABLE, strerror(err));
		mem_deref(c);
		return;
	}
	c->asked = ch;
	channel_handlers_set(ch, &asked_handlers, c);
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
	struct what_service w;
	const char *why = "";
	const int err	= what_service_decode(&w, what, len);

	if (err == ENOENT)
		return false;
	if (err || channel_kind(ch) != CHANNEL_BYTES)
		refuse(s, ch, &w, TUNNEL_REFUSED, "it makes no sense");
	else if (!policy_ask(s->policy, POLICY_SERVICE, &w.to, &why))
		refuse(s, ch, &w, TUNNEL_REFUSED, why);
	else if (w.ask)
		channel_reset(ch, TUNNEL_OK);
	else if (!policy_take(s->policy, POLICY_SERVICE, 1, &why))
		refuse(s, ch, &w, TUNNEL_LIMIT, why);
	else
		connect_to(s, ch, &w);

	return true;
}


/** Have what the policy allows; mem_deref() it, which cuts all */
int services_alloc(struct services **sp, struct policy *policy,
		   struct audit *audit)
{
	struct services *s = mem_zalloc(sizeof(*s), services_destructor);

	if (!s)
		return ENOMEM;

	s->policy = mem_ref(policy);
	s->audit  = mem_ref(audit);
	*sp	  = s;

	return 0;
}
