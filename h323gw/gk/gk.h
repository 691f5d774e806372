/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file gk.h  The gatekeeper: RAS on its sockets, registrations in the store
 *
 * What calls ask of it stands in route.h. All on libre's loop.
 */
#ifndef H323GW_GK_GK_H
#define H323GW_GK_GK_H

#include <stdbool.h>
#include <stdint.h>
#include <jansson.h>
#include "h323gw/gk/route.h"

struct link;
struct metrics;
struct per;
struct settings;
struct store;
struct writer;

/* settings: borrowed until gk_reload(). mem_deref() it */
int gk_alloc(struct gk **gkp, const struct settings *s,
	     const struct per *per);
/* who writes registrations; NULL, and before: nothing is stored */
void gk_writer_set(struct gk *gk, struct writer *writer);
/* who tells which terminal is behind a local address; NULL: there is none. It
 * must outlive the gatekeeper, or be taken away */
void gk_link_set(struct gk *gk, struct link *link);
/* the relay is another process: what it said of addresses may be so no more */
void gk_relay_changed(struct gk *gk);
/* registrations of the last run */
int gk_restore(struct gk *gk, struct store *st);
/* the sockets; before rights are given up */
int gk_listen(struct gk *gk);
/* identifier, times, policy, numbers; addresses and ports stay */
int gk_reload(struct gk *gk, const struct settings *s);

/* for operators; new references */
json_t *gk_status(const struct gk *gk);
/* filter: an alias, identifier or agent; NULL: all; at most GK_LIST_MAX */
json_t *gk_endpoints(struct gk *gk, const char *filter);
/* by identifier or alias; ENOENT */
int gk_unregister(struct gk *gk, const char *who);
/* a password for an alias, whatever kind it is; NULL: none any more. EINVAL: it
 * is empty or too long; ENOENT: there was none; an errno of the key's file */
int gk_secret_set(struct gk *gk, const char *alias, const char *password);
/* [{"alias", "type"}], without passwords; a new reference */
json_t *gk_secrets(const struct gk *gk);
/* filter: an alias or endpointIdentifier; NULL: all */
json_t *gk_upstream_json(const struct gk *gk, const char *filter);
const struct metrics *gk_metrics(const struct gk *gk);

enum {
	GK_LIST_MAX = 1000,
};

#endif
