/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file host.c  Hosts, ports and parameters in a message
 *
 * Owns nothing.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "edge/priv.h"

static void host_text(char to[ADDR_STRLEN], const struct addr *a)
{
	char ip[ADDR_STRLEN];
	bool v6 = addr_family(a) == AF_INET6;

	(void)addr_ip_str(a, ip);
	(void)snprintf(to, ADDR_STRLEN, "%s%.48s%s", v6 ? "[" : "", ip,
		       v6 ? "]" : "");
}

/* ---- hosts ---- */

/* "host:port" from p on, not beyond end */
void edge_host_read(struct host *h, const char *p, const char *end)
{
	const char *q = p;

	h->at.p = p;
	h->port = 0;
	if (q < end && *q == '[')
		while (q < end && *q != ']')
			++q;
	while (q < end && *q != ':' && *q != ';')
		++q;
	h->port_at = q;
	if (q < end && *q == ':') {
		for (++q;
		     q < end && isdigit((unsigned char)*q) && h->port <= 65535;
		     q++)
			h->port = h->port * 10 + (unsigned)(*q - '0');
		if (q == h->port_at + 1 || h->port > 65535)
			h->port = 0;
	}
	h->at.end = q;
}

bool edge_host_ip_is(const struct host *h, const struct addr *a)
{
	char text[ADDR_STRLEN];
	const struct span name = {h->at.p, h->port_at};

	host_text(text, a);
	return edge_named(&name, text);
}

/* port: what it is where none is said */
bool edge_host_is(const struct host *h, const struct addr *a, unsigned port)
{
	return (h->port ? h->port : port) == addr_port(a) &&
	       edge_host_ip_is(h, a);
}

/* ours to answer for: without a port it is meant too, as a domain */
bool edge_host_is_ours(const struct host *h, const struct addr *a)
{
	return edge_host_is(h, a, addr_port(a));
}

unsigned edge_usual_port(enum edge_transport t)
{
	return t == EDGE_TLS ? EDGE_SIPS_PORT : EDGE_SIP_PORT;
}

/* port 0: without */
void edge_put_host(struct text *t, const struct addr *a, int port)
{
	char text[ADDR_STRLEN], number[8];

	host_text(text, a);
	edge_put_str(t, text);
	if (port) {
		(void)snprintf(number, sizeof(number), ":%u",
			       (unsigned)port & 0xffff);
		edge_put_str(t, number);
	}
}

/* with its port, if that is wanted or nobody would guess it */
void edge_put_address(struct work *w, const struct addr *a, bool port)
{
	unsigned usual = w->inwards || a != &w->e->door
				 ? (unsigned)EDGE_SIP_PORT
				 : edge_usual_port(w->e->transport);

	edge_put_host(&w->out, a,
		      port || addr_port(a) != usual ? addr_port(a) : 0);
	w->changed = true;
}

/* ---- parameters ---- */

/* the next one from *p on, which stands before its ";" or is the end */
bool edge_param_next(struct param *pm, const char **p, const char *end)
{
	const char *q = *p;
	bool quoted = false;

	if (q >= end || *q != ';')
		return false;
	memset(pm, 0, sizeof(*pm));
	pm->all.p = q++;
	pm->name.p = q;
	for (; q < end && (quoted || *q != ';'); q++) {
		if (*q == '"')
			quoted = !quoted;
		if (*q == '=' && !quoted && !pm->value.p) {
			pm->name.end = q;
			pm->value.p = q + 1;
		}
	}
	if (pm->value.p)
		pm->value.end = q;
	else
		pm->name.end = q;
	pm->all.end = *p = q;
	return true;
}

bool edge_param_find(struct span *value, const struct span *params,
		     const char *name)
{
	const char *p = params->p;
	struct param pm;

	while (edge_param_next(&pm, &p, params->end)) {
		if (pm.value.p && edge_named(&pm.name, name)) {
			*value = pm.value;
			return true;
		}
	}
	return false;
}

/* as it is, but for addresses in it; two say where somebody is to those that
 * have to know */
void edge_put_param(struct work *w, const struct param *pm)
{
	if (edge_named(&pm->name, "dest") || edge_named(&pm->name, "received"))
		edge_put_span(&w->out, &pm->all);
	else
		edge_put_text(w, pm->all.p, pm->all.end);
}

/* as they are, but for those that are called something else ("": nothing) on
 * the other side; rename ends with a NULL */
void edge_put_params(struct work *w, const struct span *params,
		     const char *const rename[][2])
{
	const char *p = params->p;
	struct param pm;

	while (edge_param_next(&pm, &p, params->end)) {
		size_t i = 0;

		while (rename[i][0] && !edge_named(&pm.name, rename[i][0]))
			++i;
		if (!rename[i][0]) {
			edge_put_param(w, &pm);
			continue;
		}
		w->changed = true;
		if (!rename[i][1][0])
			continue;
		edge_put(&w->out, ";", 1);
		edge_put_str(&w->out, rename[i][1]);
		edge_put(&w->out, pm.name.end,
			 (size_t)(pm.all.end - pm.name.end));
	}
	edge_put(&w->out, p, (size_t)(params->end - p));
}
