/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file uri.c  URIs that say where somebody is
 *
 * Towards the terminal everybody is the agent, over the transport the terminal
 * speaks (RFC 3261 §19.1.1, §26.2.2 for sips). What a URI said of these on
 * the other side goes along as parameters and is put back on the way back:
 *
 *	dest, far-scheme, far-transport	a far end's, or the proxy's
 *	own-scheme, own-port, own-transport	the terminal's own
 *
 * Owns nothing.
 */
#include <string.h>
#include <strings.h>
#include "edge/priv.h"

struct uri {
	struct span all;
	struct span user; /* behind the scheme, with the "@" */
	struct host host;
	struct span params;
	bool bare; /* without < >: parameters behind it aren't its own */
	bool sips;
	bool tls;
};

/* ---- reading ---- */

static bool scheme(struct uri *u, const char *p, const char *end)
{
	u->sips = end - p > 5 && !strncasecmp(p, "sips:", 5);
	if (!u->sips && (end - p <= 4 || strncasecmp(p, "sip:", 4)))
		return false;
	u->user.p = p + (u->sips ? 5 : 4);
	return true;
}

/* the URI at p (RFC 3261 §20.10) */
static bool uri_read(struct uri *u, const char *p, const char *end, bool bare)
{
	const char *stop = p, *q;
	struct span transport;

	while (stop < end && !strchr("<>? \t\r\n,\"", *stop))
		++stop;
	if (!scheme(u, p, stop))
		return false;
	u->user.end = u->user.p;
	for (q = u->user.p; q < stop; q++) {
		if (*q == '@')
			u->user.end = q + 1;
	}
	edge_host_read(&u->host, u->user.end, stop);
	u->params.p = u->host.at.end;
	u->params.end = bare ? u->params.p : stop;
	u->bare = bare;
	u->all.p = p;
	u->all.end = u->params.end;
	u->tls = u->sips ||
		 (edge_param_find(&transport, &u->params, "transport") &&
		  edge_named(&transport, "tls"));
	return u->host.at.end > u->host.at.p;
}

static unsigned port_of(const struct uri *u)
{
	return u->tls ? EDGE_SIPS_PORT : EDGE_SIP_PORT;
}

/* ---- towards the terminal ---- */

/* the same, somewhere else */
static void put_name(struct work *w, const struct uri *u,
		     const struct addr *to)
{
	const struct span begin = {u->all.p, u->user.end};

	edge_put_span(&w->out, &begin);
	edge_put_address(w, to, u->host.port);
	edge_put_span(&w->out, &u->params);
}

static void put_scheme(struct work *w, bool sips)
{
	edge_put_str(&w->out, sips ? "sips:" : "sip:");
}

/* how the terminal gets to the agent */
static void put_transport(struct work *w)
{
	if (w->e->transport == EDGE_UDP || w->sips)
		return;
	edge_put_str(&w->out, ";transport=");
	edge_put_str(&w->out, edge_transport_name(w->e->transport));
}

/* the proxy, or a far end: the agent. dest: who it is */
static void put_agent(struct work *w, const struct uri *u, bool dest)
{
	static const char *const hide[][2] = {{"transport", "far-transport"},
					      {NULL, NULL}};

	put_scheme(w, w->sips);
	edge_put_span(&w->out, &u->user);
	edge_put_address(w, &w->e->door, dest || u->host.port);
	put_transport(w);
	if (dest) {
		edge_put_str(&w->out, ";dest=");
		edge_put_span(&w->out, &u->host.at);
	}
	if (u->sips)
		edge_put_str(&w->out, ";far-scheme=sips");
	edge_put_params(w, &u->params, hide);
}

static unsigned number(const struct span *s)
{
	unsigned n = 0;

	for (const char *p = s->p; p < s->end && *p >= '0' && *p <= '9'; p++)
		n = n * 10 + (unsigned)(*p - '0') % 100000;
	return n & 0xffff;
}

/* the terminal, as it calls itself */
static void put_own(struct work *w, const struct uri *u)
{
	static const char *const show[][2] = {{"own-transport", "transport"},
					      {"own-port", ""},
					      {"own-scheme", ""},
					      {NULL, NULL}};
	struct span value;
	bool sips = edge_param_find(&value, &u->params, "own-scheme");

	put_scheme(w, u->sips || sips);
	edge_put_span(&w->out, &u->user);
	if (edge_param_find(&value, &u->params, "own-port"))
		edge_put_host(&w->out, &w->e->terminal, (int)number(&value));
	else
		edge_put_address(w, &w->e->terminal, u->host.port);
	edge_put_params(w, &u->params, show);
	w->changed = true;
}

static bool put_out(struct work *w, const struct uri *u, enum edge_uri kind)
{
	const struct edge *e = w->e;

	if (edge_host_is(&u->host, &e->channel, port_of(u)))
		put_own(w, u);
	else if (edge_host_is_ours(&u->host, &e->self) &&
		 kind == EDGE_URI_NAME)
		put_name(w, u, &e->door);
	else if (edge_host_is_ours(&u->host, &e->self))
		put_agent(w, u, false);
	else if (kind == EDGE_URI_CONTACT && w->contacts &&
		 !edge_host_is_ours(&u->host, &e->door))
		put_agent(w, u, true);
	else
		return false;
	return true;
}

/* ---- from the terminal ---- */

/* the agent: the proxy, or who was hidden behind it */
static void put_far(struct work *w, const struct uri *u, bool dest)
{
	static const char *const show[][2] = {{"far-transport", "transport"},
					      {"transport", ""},
					      {"far-scheme", ""},
					      {"dest", ""},
					      {NULL, NULL}};
	static const char *const keep[][2] = {{"far-transport", "transport"},
					      {"transport", ""},
					      {"far-scheme", ""},
					      {NULL, NULL}};
	struct span value;

	put_scheme(w, edge_param_find(&value, &u->params, "far-scheme"));
	edge_put_span(&w->out, &u->user);
	dest = dest && edge_param_find(&value, &u->params, "dest");
	if (dest)
		edge_put_span(&w->out, &value);
	else
		edge_put_address(w, &w->e->self, u->host.port);
	edge_put_params(w, &u->params, dest ? show : keep);
	w->changed = true;
}

/* the terminal itself: its channel */
static void put_channel(struct work *w, const struct uri *u)
{
	static const char *const hide[][2] = {{"transport", "own-transport"},
					      {NULL, NULL}};
	unsigned port = u->host.port ? u->host.port : port_of(u);

	put_scheme(w, false);
	edge_put_span(&w->out, &u->user);
	edge_put_address(w, &w->e->channel, u->host.port);
	if (port != addr_port(&w->e->terminal)) {
		edge_put_str(&w->out, ";own-port=");
		if (u->host.port)
			edge_put(&w->out, u->host.port_at + 1,
				 (size_t)(u->host.at.end - u->host.port_at -
					  1));
		else
			edge_put_str(&w->out, "0");
	}
	if (u->sips)
		edge_put_str(&w->out, ";own-scheme=sips");
	edge_put_params(w, &u->params, hide);
}

/* where it takes calls is seldom where its connection comes from; others on
 * the same host may be named as places alone */
static bool is_terminal(const struct work *w, const struct uri *u,
			enum edge_uri kind)
{
	return kind == EDGE_URI_NAME || kind == EDGE_URI_CONTACT
		       ? edge_host_ip_is(&u->host, &w->e->terminal)
		       : edge_host_is(&u->host, &w->e->terminal, port_of(u));
}

static bool put_in(struct work *w, const struct uri *u, enum edge_uri kind)
{
	bool ours = edge_host_is_ours(&u->host, &w->e->door);

	if (ours && kind == EDGE_URI_NAME)
		put_name(w, u, &w->e->self);
	else if (ours)
		put_far(w, u, kind == EDGE_URI_TARGET);
	else if (is_terminal(w, u, kind))
		put_channel(w, u);
	else
		return false;
	return true;
}

/* ---- */

/* the URI at p, if there is one of interest; *stop behind it */
bool edge_put_uri(struct work *w, const char *p, const char *end,
		  enum edge_uri kind, const char **stop)
{
	const size_t len = w->out.len;
	struct uri u;

	if (!uri_read(&u, p, end, kind != EDGE_URI_TARGET && p[-1] != '<'))
		return false;
	*stop = u.all.end;
	if (u.bare)
		edge_put(&w->out, "<", 1);
	if (w->inwards ? !put_in(w, &u, kind) : !put_out(w, &u, kind)) {
		w->out.len = len;
		return false;
	}
	if (u.bare)
		edge_put(&w->out, ">", 1);
	return true;
}

static bool is_scheme(const char *p, const char *end)
{
	return (end - p > 4 && !strncasecmp(p, "sip:", 4)) ||
	       (end - p > 5 && !strncasecmp(p, "sips:", 5));
}

/* a header's value with all the URIs in it; what is quoted is text */
void edge_put_uris(struct work *w, const char *p, const char *end,
		   enum edge_uri kind)
{
	const char *from = p, *plain = p, *stop;
	bool quoted = false;

	while (p < end) {
		bool begins = p == from || strchr("< \t\r\n,", p[-1]);

		if (*p == '"')
			quoted = !quoted;
		if (quoted || !begins || !is_scheme(p, end)) {
			++p;
			continue;
		}
		edge_put_text(w, plain, p);
		plain = p;
		if (edge_put_uri(w, p, end, kind, &stop))
			plain = p = stop;
		else
			++p;
	}
	edge_put_text(w, plain, end);
}
