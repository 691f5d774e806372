/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file policy.c  What the agent does for a server, and what it never does
 *
 * The server gives orders; whoever runs the agent says which are obeyed. A
 * decision rests on the configuration, on the networks there are and on what
 * SIP messages have named (signalled.h). No sockets, no clock.
 *
 * Owns the count of sockets that are open, and what was named.
 */
#include "rpc/libre.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "policy.h"
#include "signalled.h"


enum {
	PORT_LEAST = 1024, /* below are the services of the system */
	TEXT_MAX   = 64,
};

struct policy {
	struct policy_conf conf;
	struct addr_net lan[POLICY_LAN_MAX];
	size_t lanc;
	struct signalled *signalled; /* NULL: nobody asks what was named */
	struct policy_stats stats;
};

static const char *const names[POLICY_PROTOCOLS] = {
	[POLICY_SIP]	 = "sip",
	[POLICY_H323]	 = "h323",
	[POLICY_MEDIA]	 = "media",
	[POLICY_DATA]	 = "data",
	[POLICY_SERVICE] = "service",
};


/* ---- the configuration ---- */

static int ports_parse(struct policy_range *r, const char *text)
{
	unsigned long a, b;
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return EINVAL;
	a = b = strtoul(text, &end, 10);
	if (*end == '-' && end[1] >= '0' && end[1] <= '9')
		b = strtoul(end + 1, &end, 10);
	if (*end || !a || a > b || b > 65535)
		return EINVAL;
	r->min = (uint16_t)a;
	r->max = (uint16_t)b;

	return 0;
}


/**
 * Read addresses and ports: "192.168.1.0/24:1024-65535", "10.0.0.5:5060",
 * "[fd00::/64]:5060", "fd00::/64", "lan", "lan:5060". Without ports:
 * unprivileged ones.
 *
 * @param r    Result
 * @param text Text
 *
 * @return 0 or EINVAL
 */
int policy_range_parse(struct policy_range *r, const char *text)
{
	const char *net	  = text[0] == '[' ? text + 1 : text;
	const char *colon = strchr(net, ':');
	const char *ports = NULL;
	char buf[TEXT_MAX];
	size_t len = strlen(net);

	if (net != text) {
		const char *end = strchr(net, ']');

		if (!end || (end[1] && end[1] != ':'))
			return EINVAL;
		len   = (size_t)(end - net);
		ports = end[1] ? end + 2 : NULL;
	} else if (colon && !strchr(colon + 1, ':')) {
		len   = (size_t)(colon - net);
		ports = colon + 1;
	}
	if (!len || len >= sizeof(buf))
		return EINVAL;
	memcpy(buf, net, len);
	buf[len] = '\0';

	memset(r, 0, sizeof(*r));
	r->min = PORT_LEAST;
	r->max = 65535;
	if (ports && ports_parse(r, ports))
		return EINVAL;
	r->lan = !strcmp(buf, "lan");

	return r->lan ? 0 : addr_net_parse(&r->net, buf);
}


/** What a protocol is called in the configuration */
const char *policy_protocol_name(enum policy_protocol protocol)
{
	return protocol < POLICY_PROTOCOLS ? names[protocol] : "?";
}


/** And back; ENOENT: there is none of this name */
int policy_protocol_decode(enum policy_protocol *protocol, const char *name)
{
	for (unsigned i = 0; i < POLICY_PROTOCOLS; i++)
		if (!strcmp(name, names[i])) {
			*protocol = (enum policy_protocol)i;
			return 0;
		}

	return ENOENT;
}


/* ---- addresses ---- */

static bool in_lan(const struct policy *p, const struct addr *a)
{
	for (size_t i = 0; i < p->lanc; i++)
		if (addr_net_contains(&p->lan[i], a))
			return true;

	return false;
}


/* port 0: it is not known yet, and any will do */
static bool in_range(const struct policy *p, const struct policy_range *r,
		     const struct addr *a)
{
	const uint16_t port = addr_port(a);

	if (port && (port < r->min || port > r->max))
		return false;

	return r->lan ? in_lan(p, a) : addr_net_contains(&r->net, a);
}


static bool in_list(const struct policy *p, const struct policy_range *v,
		    size_t n, const struct addr *a)
{
	for (size_t i = 0; i < n; i++)
		if (in_range(p, &v[i], a))
			return true;

	return false;
}


static bool is_host(const struct addr *a)
{
	return addr_is_set(a) && !addr_is_any(a) && !addr_is_multicast(a) &&
	       !(addr_family(a) == AF_INET &&
		 a->u.in.sin_addr.s_addr == INADDR_NONE);
}


static bool decide(const struct policy *p, enum policy_protocol protocol,
		   const struct addr *to, const char **why)
{
	const bool service = protocol == POLICY_SERVICE;

	if (protocol >= POLICY_PROTOCOLS ||
	    (service ? !p->conf.servicec : !p->conf.protocol[protocol]))
		*why = "the agent's policy has no such protocol";
	else if (!is_host(to))
		*why = "it is no host's address";
	else if (p->conf.personal && !addr_is_loopback(to))
		*why = "in personal mode it is not for other hosts";
	else if (service ? in_list(p, p->conf.service, p->conf.servicec, to)
			 : in_list(p, p->conf.allow, p->conf.allowc, to))
		return true;
	else
		*why = "the agent's policy does not allow this address";

	return false;
}


/**
 * May this address be spoken to?
 *
 * @param p	   Policy
 * @param protocol What for
 * @param to	   Address and port; port 0: it is not known yet
 * @param why	   If not: the reason, a constant
 *
 * @return true: it may; both answers are counted
 */
bool policy_ask(struct policy *p, enum policy_protocol protocol,
		const struct addr *to, const char **why)
{
	const bool ok = decide(p, protocol, to, why);

	if (protocol < POLICY_PROTOCOLS)
		++*(ok ? &p->stats.allowed[protocol]
		       : &p->stats.refused[protocol]);

	return ok;
}


/* ---- sockets ---- */

/**
 * Open so many sockets more; policy_give() when they are closed
 *
 * @return false: there are too many; nothing was taken
 */
bool policy_take(struct policy *p, enum policy_protocol protocol, unsigned n,
		 const char **why)
{
	if (n > p->conf.sockets_max - p->stats.sockets) {
		*why = "the agent has as many sockets open as it may";
		if (protocol < POLICY_PROTOCOLS)
			++p->stats.refused[protocol];
		return false;
	}
	p->stats.sockets += n;

	return true;
}


/** So many sockets are closed */
void policy_give(struct policy *p, unsigned n)
{
	p->stats.sockets -= n < p->stats.sockets ? n : p->stats.sockets;
}


/**
 * May a connection be made to this address? policy_ask(), and policy_take()
 * of one socket: policy_give(p, 1) when it is closed, or was never opened.
 */
bool policy_service(struct policy *p, enum policy_protocol protocol,
		    const struct addr *to, const char **why)
{
	return policy_ask(p, protocol, to, why) &&
	       policy_take(p, protocol, 1, why);
}


/* ---- signalling ---- */

static enum signalled_whose whose(enum policy_side by)
{
	return by == POLICY_SERVER ? SIGNALLED_OURS : SIGNALLED_THEIRS;
}


/**
 * A SIP message goes through the agent: what does it name?
 *
 * @param p    Policy
 * @param from Whose it is
 * @param msg  The whole message
 * @param len  Its length
 */
void policy_message(struct policy *p, enum policy_side from,
		    const uint8_t *msg, size_t len)
{
	if (p->signalled)
		signalled_message(p->signalled, whose(from), msg, len);
}


/** Has signalling named this address for media? true where nobody asks */
bool policy_named(struct policy *p, enum policy_side by, const struct addr *a)
{
	return !p->signalled || signalled_find(p->signalled, whose(by), a);
}


/** In which call it was named; "": that is not known */
const char *policy_call(const struct policy *p, enum policy_side by,
			const struct addr *a)
{
	const char *call = p->signalled ? signalled_find(p->signalled,
							 whose(by), a)
					: NULL;

	return call ? call : "";
}


/** A port of ours is closed: it must be named again */
void policy_forget(struct policy *p, const struct addr *ours)
{
	if (p->signalled)
		signalled_forget(p->signalled, SIGNALLED_OURS, ours);
}


/* ---- itself ---- */

/** Is it for one terminal, on this machine? */
bool policy_personal(const struct policy *p)
{
	return p->conf.personal;
}


/** What was decided so far */
const struct policy_stats *policy_stats(const struct policy *p)
{
	return &p->stats;
}


/** Which networks "lan" stands for; the first POLICY_LAN_MAX of them */
void policy_lan_set(struct policy *p, const struct addr_net *netv, size_t n)
{
	p->lanc = n < POLICY_LAN_MAX ? n : POLICY_LAN_MAX;
	if (p->lanc)
		memcpy(p->lan, netv, p->lanc * sizeof(*netv));
}


static void policy_destructor(void *arg)
{
	struct policy *p = arg;

	mem_deref(p->signalled);
}


/**
 * Make a policy
 *
 * @param pp   Result; mem_deref() it
 * @param conf What the configuration says, copied
 *
 * @return 0 or ENOMEM
 */
int policy_alloc(struct policy **pp, const struct policy_conf *conf)
{
	struct policy *p = mem_zalloc(sizeof(*p), policy_destructor);
	int err		 = 0;

	if (!p)
		return ENOMEM;

	p->conf = *conf;
	if (conf->signalled_only)
		err = signalled_alloc(&p->signalled);
	if (err)
		mem_deref(p);
	else
		*pp = p;

	return err;
}
