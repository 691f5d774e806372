/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file priv.h  What the rooms of edge.c share
 */
#ifndef POSTERN_EDGE_PRIV_H
#define POSTERN_EDGE_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include "edge/edge.h"

enum {
	EDGE_SIP_PORT = 5060,
	EDGE_SIPS_PORT = 5061,
};

/** Text that is being made */
struct text {
	char *p;
	size_t len, size;
	bool full;
};

struct span {
	const char *p, *end;
};

/** A host in a message: "10.0.0.5:5062" */
struct host {
	struct span at; /**< with its port */
	const char
		*port_at; /**< behind its name, where ":" is if it says one */
	unsigned port;	  /**< 0: it says none */
};

/** ";name=value"; value.p NULL: it has none */
struct param {
	struct span all, name, value;
};

struct work {
	const struct edge *e;
	struct text out;
	bool inwards;
	bool contacts; /**< far ends' are to be hidden */
	bool sips;     /**< the terminal wants no other URIs */
	bool changed;
};

/** What a URI is for */
enum edge_uri {
	EDGE_URI_NAME,	  /**< what somebody is called */
	EDGE_URI_PLACE,	  /**< where somebody is */
	EDGE_URI_CONTACT, /**< where its sender is */
	EDGE_URI_TARGET,  /**< where a request goes */
};

/* edge.c: text */
void edge_put(struct text *t, const char *p, size_t len);
void edge_put_str(struct text *t, const char *s);
void edge_put_span(struct text *t, const struct span *s);
bool edge_named(const struct span *s, const char *name);

/* host.c: hosts and parameters */
void edge_host_read(struct host *h, const char *p, const char *end);
bool edge_host_ip_is(const struct host *h, const struct addr *a);
bool edge_host_is(const struct host *h, const struct addr *a, unsigned port);
bool edge_host_is_ours(const struct host *h, const struct addr *a);
void edge_put_host(struct text *t, const struct addr *a, int port);
void edge_put_address(struct work *w, const struct addr *a, bool port);
unsigned edge_usual_port(enum edge_transport t);
bool edge_param_next(struct param *pm, const char **p, const char *end);
bool edge_param_find(struct span *value, const struct span *params,
		     const char *name);
void edge_put_param(struct work *w, const struct param *pm);
void edge_put_params(struct work *w, const struct span *params,
		     const char *const rename[][2]);

/* hide.c */
void edge_put_text(struct work *w, const char *p, const char *end);

/* uri.c */
bool edge_put_uri(struct work *w, const char *p, const char *end,
		  enum edge_uri kind, const char **stop);
void edge_put_uris(struct work *w, const char *p, const char *end,
		   enum edge_uri kind);
/* via.c */
void edge_put_vias(struct work *w, const char *p, const char *end);

#endif
