/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file edge.c  Addresses replaced in a message's lines
 *
 * The far end's Contact, towards the terminal, gets the agent's address and
 * keeps its own as a parameter, "dest", from which the Request-URI of what the
 * terminal then sends gets it back. Owns nothing.
 */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "logic/edge.h"

enum {
	SIP_PORT = 5060,
};

static const char dest_param[] = ";dest=";

/** Text that is being made */
struct text {
	char *p;
	size_t len, size;
	bool full;
};

struct span {
	const char *p, *end;
};

/** One address for another */
struct swap {
	char from[ADDR_STRLEN], to[ADDR_STRLEN]; /* hosts, IPv6 in brackets */
	unsigned from_port, to_port;
};

struct work {
	const struct edge *e;
	struct swap swaps[2];
	struct text out;
	bool inwards;
	bool contacts; /* far ends' are to be hidden */
	bool changed;
};

static void put(struct text *t, const char *p, size_t len)
{
	if(len > t->size - t->len) {
		t->full = true;
		return;
	}
	memcpy(t->p + t->len, p, len);
	t->len += len;
}

static void put_str(struct text *t, const char *s)
{
	put(t, s, strlen(s));
}

static void put_span(struct text *t, const char *p, const char *end)
{
	put(t, p, (size_t)(end - p));
}

static void host_text(char to[ADDR_STRLEN], const struct addr *a)
{
	char ip[ADDR_STRLEN];
	bool v6 = addr_family(a) == AF_INET6;

	(void)addr_ip_str(a, ip);
	(void)snprintf(to, ADDR_STRLEN, "%s%.48s%s", v6 ? "[" : "", ip,
			v6 ? "]" : "");
}

static void swap_make(
		struct swap *s, const struct addr *from, const struct addr *to)
{
	host_text(s->from, from);
	host_text(s->to, to);
	s->from_port = addr_port(from);
	s->to_port = addr_port(to);
}

/* ---- finding addresses ---- */

/* part of a name or address, so that 10.0.0.5 is not found in 110.0.0.50 */
static bool of_host(char c)
{
	return isalnum((unsigned char)c) || c == '.' || c == '-' || c == '_';
}

/* after a host: its port, if it says one; *end behind it */
static unsigned port_at(const char *p, const char *stop, const char **end)
{
	unsigned port = 0;
	const char *q = p + 1;

	*end = p;
	if(p >= stop || *p != ':')
		return 0;
	for(; q < stop && isdigit((unsigned char)*q) && port <= 65535; q++)
		port = port * 10 + (unsigned)(*q - '0');
	if(q == p + 1)
		return 0;
	*end = q;
	return port;
}

/* is this swap's address at p? */
static bool is_at(const struct swap *s, const char *p, const struct span *v,
		const char **end, bool *explicit)
{
	size_t n = strlen(s->from);
	unsigned port;

	if((size_t)(v->end - p) < n || strncasecmp(p, s->from, n))
		return false;
	if(p > v->p && of_host(p[-1]))
		return false;
	if(p + n < v->end && of_host(p[n]))
		return false;
	port = port_at(p + n, v->end, end);
	*explicit = port != 0;
	return (port ? port : SIP_PORT) == s->from_port;
}

static void put_swapped(struct work *w, const struct swap *s, bool explicit)
{
	char port[8];

	put_str(&w->out, s->to);
	if(explicit || s->to_port != SIP_PORT) {
		(void)snprintf(port, sizeof(port), ":%u", s->to_port);
		put_str(&w->out, port);
	}
	w->changed = true;
}

/* "rport=40660" of a Via we wrote: the terminal's own port, to the terminal */
static bool is_rport(const struct work *w, const char *p,
		const struct span *v, const char **end)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "rport=%u",
			addr_port(&w->e->channel));

	if(w->inwards || v->end - p < n || strncasecmp(p, text, (size_t)n)
			|| (p + n < v->end && isdigit((unsigned char)p[n])))
		return false;
	*end = p + n;
	return true;
}

static void put_value(struct work *w, const char *from, const char *to)
{
	const struct span v = {from, to};
	const char *p = from, *end;

	while(p < to) {
		bool explicit;
		size_t i = 0;

		while(i < 2 && !is_at(&w->swaps[i], p, &v, &end, &explicit))
			++i;
		if(i < 2) {
			put_swapped(w, &w->swaps[i], explicit);
			p = end;
		} else if((*p == 'r' || *p == 'R') && is_rport(w, p, &v, &end)) {
			char text[16];

			(void)snprintf(text, sizeof(text), "rport=%u",
					addr_port(&w->e->terminal));
			put_str(&w->out, text);
			w->changed = true;
			p = end;
		} else {
			put(&w->out, p++, 1);
		}
	}
}

/* ---- Contact of the far end ---- */

/* host and port of the URI that begins at p */
static bool uri_host(const char *p, const char *end, struct span *host)
{
	const char *stop = p, *at = NULL, *q;

	while(stop < end && !strchr("<>? \t\r\n,\"", *stop))
		++stop;
	if(stop - p < 5 || (strncasecmp(p, "sip:", 4)
			&& strncasecmp(p, "sips:", 5)))
		return false;
	p += p[3] == ':' ? 4 : 5;
	for(q = p; q < stop; q++) {
		if(*q == '@')
			at = q + 1;
	}
	host->p = at ? at : p;
	q = host->p;
	if(q < stop && *q == '[')
		while(q < stop && *q != ']')
			++q;
	while(q < stop && *q != ';')
		++q;
	host->end = q;
	return host->end > host->p;
}

static bool is_address(const struct span *host, const struct addr *a)
{
	struct swap s;
	const char *end;
	bool explicit;

	swap_make(&s, a, a);
	return is_at(&s, host->p, host, &end, &explicit) && end == host->end;
}

static void put_address(struct work *w, const struct addr *a)
{
	char text[ADDR_STRLEN];

	put_str(&w->out, addr_str(a, text));
}

/* each address in < > that is neither ours nor the terminal's */
static void put_contact(struct work *w, const char *p, const char *end)
{
	while(p < end) {
		const char *open = memchr(p, '<', (size_t)(end - p));
		struct span host;

		if(!open || !uri_host(open + 1, end, &host)) {
			const char *stop = open ? open + 1 : end;

			put_value(w, p, stop);
			p = stop;
			continue;
		}
		put_value(w, p, open);
		if(is_address(&host, &w->e->self) || is_address(&host, &w->e->channel)
				|| is_address(&host, &w->e->door)) {
			put_value(w, open, host.end);
		} else {
			put_span(&w->out, open, host.p);
			put_address(w, &w->e->door);
			put_str(&w->out, dest_param);
			put_span(&w->out, host.p, host.end);
			w->changed = true;
		}
		p = host.end;
	}
}

/* the other way: the Request-URI that has been a Contact */
static bool put_dest(struct work *w, const char *p, const char *end)
{
	const char *uri = memchr(p, ' ', (size_t)(end - p));
	const char *param, *stop;
	struct span host;

	if(!uri || !uri_host(uri + 1, end, &host)
			|| !is_address(&host, &w->e->door))
		return false;
	param = memmem(host.end, (size_t)(end - host.end), dest_param,
			sizeof(dest_param) - 1);
	if(!param)
		return false;
	stop = param + sizeof(dest_param) - 1;
	put_span(&w->out, p, host.p);
	p = stop;
	while(stop < end && !strchr(";? \r\n", *stop))
		++stop;
	put_span(&w->out, p, stop);
	put_span(&w->out, host.end, param);
	put_span(&w->out, stop, end);
	w->changed = true;
	return true;
}

/* ---- lines ---- */

static const struct {
	const char *name, *compact;
} headers[] = {
		{"via", "v"},
		{"contact", "m"},
		{"route", NULL},
		{"record-route", NULL},
		{"from", "f"},
		{"to", "t"},
		{"refer-to", "r"},
		{"referred-by", "b"},
		{"path", NULL},
		{"service-route", NULL},
		{"p-asserted-identity", NULL},
		{"p-preferred-identity", NULL},
};

static bool named(const char *p, size_t len, const char *name)
{
	return name && strlen(name) == len && !strncasecmp(p, name, len);
}

/* the header's value; NULL: none of those with addresses */
static const char *value_of(const char *p, const char *end, bool *contact)
{
	const char *colon = memchr(p, ':', (size_t)(end - p));
	size_t len = colon ? (size_t)(colon - p) : 0;

	while(len && (p[len - 1] == ' ' || p[len - 1] == '\t'))
		--len;
	for(size_t i = 0; len && i < sizeof(headers) / sizeof(headers[0]); i++) {
		if(named(p, len, headers[i].name)
				|| named(p, len, headers[i].compact)) {
			*contact = i == 1;
			return colon + 1;
		}
	}
	return NULL;
}

/* a header with the lines it goes on in (RFC 3261 §7.3.1); behind its end */
static const char *line_end(const char *p, const char *stop)
{
	do {
		const char *nl = memchr(p, '\n', (size_t)(stop - p));

		if(!nl)
			return stop;
		p = nl + 1;
	} while(p < stop && (*p == ' ' || *p == '\t'));
	return p;
}

static bool is_reply(const char *msg, size_t len)
{
	return len >= 8 && !strncasecmp(msg, "SIP/2.0 ", 8);
}

/* the terminal's own Contacts come back in the answer to its REGISTER */
static bool answers_register(const char *msg, const char *stop)
{
	const char *p = line_end(msg, stop);

	while(p < stop && *p != '\r' && *p != '\n') {
		const char *end = line_end(p, stop);

		if((size_t)(end - p) > 5 && !strncasecmp(p, "CSeq", 4))
			return memmem(p, (size_t)(end - p), "REGISTER", 8) != NULL;
		p = end;
	}
	return false;
}

static void put_first_line(struct work *w, const char *p, const char *end)
{
	if(is_reply(p, (size_t)(end - p)))
		put_span(&w->out, p, end);
	else if(!w->inwards || !put_dest(w, p, end))
		put_value(w, p, end);
}

static int work(struct work *w, size_t *outlen, const char *msg, size_t len)
{
	const char *stop = msg + len, *p = line_end(msg, stop);

	put_first_line(w, msg, p);
	while(p < stop && *p != '\r' && *p != '\n' && !w->out.full) {
		const char *end = line_end(p, stop);
		bool contact = false;
		const char *value = value_of(p, end, &contact);

		if(!value) {
			put_span(&w->out, p, end);
		} else {
			put_span(&w->out, p, value);
			if(contact && w->contacts)
				put_contact(w, value, end);
			else
				put_value(w, value, end);
		}
		p = end;
	}
	put_span(&w->out, p, stop);
	if(w->out.full)
		return ENOBUFS;
	if(!w->changed)
		return ENOENT;
	*outlen = w->out.len;
	return 0;
}

int edge_in(char *out, size_t size, size_t *outlen, const char *msg,
		size_t len, const struct edge *e)
{
	struct work w = {
			.e = e, .out = {.p = out, .size = size}, .inwards = true};

	swap_make(&w.swaps[0], &e->door, &e->self);
	swap_make(&w.swaps[1], &e->terminal, &e->channel);
	return work(&w, outlen, msg, len);
}

int edge_out(char *out, size_t size, size_t *outlen, const char *msg,
		size_t len, const struct edge *e)
{
	struct work w = {.e = e, .out = {.p = out, .size = size}};

	swap_make(&w.swaps[0], &e->self, &e->door);
	swap_make(&w.swaps[1], &e->channel, &e->terminal);
	w.contacts = !is_reply(msg, len) || !answers_register(msg, msg + len);
	return work(&w, outlen, msg, len);
}
