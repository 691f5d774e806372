/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file agents.c  Terminals behind agents: who an address stands for
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "glue/compat.h"
#include "core/dprint.h"
#include "core/events.h"
#include "core/ip_addr.h"
#include "core/mem/mem.h"
#include "core/socket_info.h"
#include "glue/agents.h"
#include "glue/clock.h"
#include "glue/relays.h"
#include "glue/stats.h"
#include "edge/edge.h"

enum {
	PLACES = 1024,	 /* remembered, by port */
	YES_MS = 2000,
	NO_MS = 500,
	ASK_MS = 300,
	ASK_DOWN_MS = 50, /* one that is down, or just up again */
	MESSAGE_MAX = BUF_SIZE,
};

static struct place
{
	struct addr addr;
	uint64_t until;
	bool known;
	struct agent_peer peer;
} places[PLACES];

static bool enabled;

static struct place *place_of(const struct addr *a)
{
	return &places[addr_port(a) % PLACES];
}

/* an address of this host, and a port that is not the proxy's */
static bool may_be(const struct addr *a)
{
	struct ip_addr ip;

	if(!enabled || !addr_port(a))
		return false;
	sockaddr2ip_addr(&ip, (struct sockaddr *)(uintptr_t)&a->u.sa);
	return find_si(&ip, 0, PROTO_NONE)
		   && !find_si(&ip, addr_port(a), PROTO_NONE);
}

static bool read_addr(struct addr *a, const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));

	return text && addr_parse_hostport(a, text) == 0;
}

static bool ask(struct agent_peer *p, unsigned relay, const struct addr *a,
		unsigned timeout)
{
	char text[ADDR_STRLEN];
	json_t *params = json_pack("{s:s}", "address", addr_str(a, text));
	json_t *result = NULL;
	struct rpc_error e;
	const char *name;
	bool ok;
	int err = relays_call(relay, "channel.get", params, timeout, &result, &e);

	json_decref(params);
	name = json_string_value(json_object_get(result, "agent"));
	memset(p, 0, sizeof(*p));
	ok = !err && name && strlen(name) < sizeof(p->name)
		 && read_addr(&p->terminal, result, "terminal")
		 && read_addr(&p->door, result, "local")
		 && edge_transport_decode(&p->transport,
					json_string_value(json_object_get(result, "transport")))
					== 0;
	if(ok) {
		p->hides = !edge_hide_decode(p->hide,
				json_string_value(json_object_get(result, "hide")));
		p->relay = relay;
		p->channel = *a;
		(void)snprintf(p->name, sizeof(p->name), "%s", name);
	}
	json_decref(result);
	return ok;
}

const struct agent_peer *agents_known(const struct addr *a)
{
	const struct place *pl = place_of(a);

	return enabled && pl->known && addr_eq(&pl->addr, a) ? &pl->peer : NULL;
}

/* those that are said to be down may have come back this instant, with a
 * terminal's message: it must not pass as it is */
static bool ask_all(struct agent_peer *p, const struct addr *a)
{
	uint32_t usable = relays_usable();

	for(unsigned i = 0; i < relays_set()->n; i++) {
		if((usable & (1u << i)) && ask(p, i, a, ASK_MS))
			return true;
	}
	for(unsigned i = 0; i < relays_set()->n; i++) {
		if(!(usable & (1u << i)) && ask(p, i, a, ASK_DOWN_MS))
			return true;
	}
	return false;
}

/* it was this agent's terminal, and its relay can't be asked just now */
static bool still_known(const struct place *pl, const struct addr *a)
{
	return pl->known && addr_eq(&pl->addr, a)
		   && !(relays_usable() & (1u << pl->peer.relay));
}

const struct agent_peer *agents_peer(const struct addr *a)
{
	uint64_t now = clock_ms();
	struct place *pl = place_of(a);

	if(!may_be(a))
		return NULL;
	if((pl->until > now && addr_eq(&pl->addr, a)) || still_known(pl, a))
		return pl->known ? &pl->peer : NULL;

	pl->known = ask_all(&pl->peer, a);
	pl->addr = *a;
	pl->until = clock_ms() + (pl->known ? YES_MS : NO_MS);
	return pl->known ? &pl->peer : NULL;
}

/* ---- the edge ---- */

typedef int(edge_h)(char *out, size_t size, size_t *outlen, const char *msg,
		size_t len, const struct edge *e);

static int cross(edge_h *h, char *out, size_t *len, const str *msg,
		const struct agent_peer *p, const struct socket_info *self)
{
	struct edge e = {.channel = p->channel,
			.door = p->door,
			.terminal = p->terminal,
			.transport = p->transport,
			.hides = p->hides};
	int err;

	memcpy(e.hide, p->hide, sizeof(e.hide));
	if(addr_from_sockaddr(&e.self, &self->su.s))
		return EINVAL;
	err = h(out, MESSAGE_MAX - 1, len, msg->s, (size_t)msg->len, &e);
	if(err == ENOBUFS)
		LM_WARN("a message of agent %s's terminal is too long to be "
				"rewritten\n",
				p->name);
	return err;
}

static char crossed[MESSAGE_MAX];

/* into the receive buffer, which has BUF_SIZE octets */
static int data_in(sr_event_param_t *evp)
{
	str *msg = evp->data;
	const struct agent_peer *p;
	struct addr from;
	size_t len;

	if(!evp->rcv || !evp->rcv->bind_address
			|| evp->rcv->proto != PROTO_UDP
			|| addr_from_sockaddr(&from, &evp->rcv->src_su.s))
		return 0;
	p = agents_peer(&from);
	if(p && cross(edge_in, crossed, &len, msg, p, evp->rcv->bind_address) == 0) {
		memcpy(msg->s, crossed, len);
		msg->len = (int)len;
		stats_inc(agent_messages);
	}
	return 0;
}

/* the buffer is a copy of the message, which we may exchange for another */
static int data_out(sr_event_param_t *evp)
{
	str *msg = evp->data;
	const struct agent_peer *p;
	struct addr to;
	size_t len;
	char *copy;

	if(!evp->dst || !evp->dst->send_sock || evp->dst->proto != PROTO_UDP
			|| addr_from_sockaddr(&to, &evp->dst->to.s))
		return 0;
	p = agents_peer(&to);
	if(!p || cross(edge_out, crossed, &len, msg, p, evp->dst->send_sock))
		return 0;
	copy = pkg_malloc(len + 1);
	if(!copy) {
		PKG_MEM_ERROR;
		return 0;
	}
	memcpy(copy, crossed, len);
	copy[len] = '\0';
	pkg_free(msg->s);
	msg->s = copy;
	msg->len = (int)len;
	stats_inc(agent_messages);
	return 0;
}

int agents_mod_init(bool on)
{
	enabled = on;
	if(!on)
		return 0;
	if(sr_event_register_cb(SREV_NET_DATA_IN, data_in)
			|| sr_event_register_cb(SREV_NET_DATA_OUT, data_out)) {
		LM_ERR("Kamailio takes no more callbacks for messages\n");
		return -1;
	}
	return 0;
}
