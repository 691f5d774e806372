/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file via.c  Via: the way an answer goes (RFC 3261 §18.2.2)
 *
 * The proxy's is the agent's towards the terminal, and says the transport the
 * terminal speaks; the terminal's own is its channel's, over UDP, inside. What
 * they said before goes along as parameters. Owns nothing.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "edge/priv.h"

struct via {
	struct span before;    /* "SIP/2.0/" */
	struct span transport; /* "UDP" */
	struct span gap;
	struct host host;
	struct span params;
};

static const char *const transports[] = {"UDP", "TCP", "TLS"};

/* ---- reading ---- */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static const char *skip(const char *p, const char *end, bool space)
{
	while (p < end && is_space(*p) == space)
		++p;
	return p;
}

/* one of them; the protocol may be written with spaces, but nobody does */
static bool via_read(struct via *v, const char *p, const char *end)
{
	const char *q = skip(p, end, true), *stop;

	v->before.p = p;
	stop = skip(q, end, false);
	if (stop - q < 9 || strncasecmp(q, "SIP/2.0/", 8))
		return false;
	v->before.end = v->transport.p = q + 8;
	v->transport.end = v->gap.p = stop;
	v->gap.end = skip(stop, end, true);
	edge_host_read(&v->host, v->gap.end, end);
	/* "10.0.0.5 ;branch=…" */
	while (v->host.port_at > v->host.at.p && is_space(v->host.port_at[-1]))
		--v->host.port_at;
	v->params.p = v->host.at.end;
	v->params.end = end;
	return v->host.at.end > v->host.at.p;
}

/* ---- writing ---- */

static void put_begin(struct work *w, const struct via *v, const char *p,
		      const char *end)
{
	const struct span transport = {p, end};

	edge_put_span(&w->out, &v->before);
	edge_put_span(&w->out, &transport);
	edge_put_span(&w->out, &v->gap);
	w->changed = true;
}

static void put_begin_with(struct work *w, const struct via *v,
			   enum edge_transport t)
{
	put_begin(w, v, transports[t], transports[t] + 3);
}

static void put_param(struct work *w, const char *name, const struct span *s)
{
	edge_put(&w->out, ";", 1);
	edge_put_str(&w->out, name);
	edge_put(&w->out, "=", 1);
	edge_put_span(&w->out, s);
}

/* the proxy's, to the terminal */
static void put_door(struct work *w, const struct via *v)
{
	static const char *const none[][2] = {{NULL, NULL}};

	put_begin_with(w, v, w->e->transport);
	edge_put_address(w, &w->e->door, v->host.port);
	if (!edge_named(&v->transport, transports[EDGE_UDP]))
		put_param(w, "far-transport", &v->transport);
	edge_put_params(w, &v->params, none);
}

/* and back */
static void put_self(struct work *w, const struct via *v)
{
	static const char *const show[][2] = {{"far-transport", ""},
					      {NULL, NULL}};
	struct span t;

	if (edge_param_find(&t, &v->params, "far-transport"))
		put_begin(w, v, t.p, t.end);
	else
		put_begin_with(w, v, EDGE_UDP);
	edge_put_address(w, &w->e->self, v->host.port);
	edge_put_params(w, &v->params, show);
}

/* the terminal's, to the proxy */
static void put_channel(struct work *w, const struct via *v)
{
	static const char *const none[][2] = {{NULL, NULL}};
	unsigned usual = edge_usual_port(w->e->transport);
	const struct span port = {v->host.port_at + 1, v->host.at.end};
	static const char zero[] = "0";
	const struct span no_port = {zero, zero + 1};

	put_begin_with(w, v, EDGE_UDP);
	edge_put_address(w, &w->e->channel, v->host.port);
	if ((v->host.port ? v->host.port : usual) !=
	    addr_port(&w->e->terminal))
		put_param(w, "own-port", v->host.port ? &port : &no_port);
	if (!edge_named(&v->transport, transports[EDGE_UDP]))
		put_param(w, "own-transport", &v->transport);
	edge_put_params(w, &v->params, none);
}

static unsigned number(const struct span *s)
{
	unsigned n = 0;

	for (const char *p = s->p; p < s->end && *p >= '0' && *p <= '9'; p++)
		n = (n * 10 + (unsigned)(*p - '0')) & 0xfffff;
	return n & 0xffff;
}

/* what the proxy saw of it: where it is, to itself */
static void put_own_params(struct work *w, const struct span *params)
{
	const struct edge *e = w->e;
	const char *p = params->p;
	struct param pm;

	while (edge_param_next(&pm, &p, params->end)) {
		struct host h;
		char text[16];

		if (edge_named(&pm.name, "own-port") ||
		    edge_named(&pm.name, "own-transport"))
			continue;
		if (pm.value.p)
			edge_host_read(&h, pm.value.p, pm.value.end);
		if (edge_named(&pm.name, "rport") && pm.value.p &&
		    number(&pm.value) == addr_port(&e->channel)) {
			(void)snprintf(text, sizeof(text), ";rport=%u",
				       addr_port(&e->terminal));
			edge_put_str(&w->out, text);
		}
		else if (edge_named(&pm.name, "received") && pm.value.p &&
			 edge_host_ip_is(&h, &e->channel)) {
			edge_put_str(&w->out, ";received=");
			edge_put_host(&w->out, &e->terminal, 0);
		}
		else {
			edge_put_param(w, &pm);
		}
	}
	edge_put(&w->out, p, (size_t)(params->end - p));
}

/* and back */
static void put_own(struct work *w, const struct via *v)
{
	struct span t = v->transport, port;

	(void)edge_param_find(&t, &v->params, "own-transport");
	put_begin(w, v, t.p, t.end);
	if (edge_param_find(&port, &v->params, "own-port"))
		edge_put_host(&w->out, &w->e->terminal, (int)number(&port));
	else
		edge_put_address(w, &w->e->terminal, v->host.port);
	put_own_params(w, &v->params);
}

/* ---- */

static bool put_via(struct work *w, const struct via *v)
{
	const struct edge *e = w->e;

	if (w->inwards && edge_host_is_ours(&v->host, &e->door))
		put_self(w, v);
	else if (w->inwards && edge_host_ip_is(&v->host, &e->terminal))
		put_channel(w, v);
	else if (!w->inwards &&
		 edge_host_is(&v->host, &e->channel, EDGE_SIP_PORT))
		put_own(w, v);
	else if (!w->inwards && edge_host_is_ours(&v->host, &e->self))
		put_door(w, v);
	else
		return false;
	return true;
}

/* a header's value, which may have several */
void edge_put_vias(struct work *w, const char *p, const char *end)
{
	while (p < end) {
		const char *stop = p, *last;
		bool quoted = false;
		struct via v;

		for (; stop < end && (quoted || *stop != ','); stop++) {
			if (*stop == '"')
				quoted = !quoted;
		}
		last = stop;
		while (last > p && is_space(last[-1]))
			--last;
		if (!via_read(&v, p, last) || !put_via(w, &v))
			edge_put_text(w, p, last);
		p = last;
		while (p < end && (is_space(*p) || *p == ','))
			edge_put(&w->out, p++, 1);
	}
}
