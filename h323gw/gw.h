/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file gw.h  h323gw: its parts, wired together
 */
#ifndef H323GW_GW_H
#define H323GW_GW_H

#include <jansson.h>
#include "h323gw/media/media.h"
#include "h323gw/settings/settings.h"

struct calls;
struct gk;
struct link;
struct link_channel;
struct per;
struct rpc_server;
struct store;
struct writer;

struct gw {
	const struct settings *settings;
	struct per *per;
	struct gk *gk;
	struct link *link; /* NULL: no relay */
	struct writer *writer;
	struct calls *calls;
	struct media_conf media;
	struct rpc_server *server;
};

/* the parts, and their sockets: what needs rights. mem_deref() it */
int gw_alloc(struct gw **gwp, const struct settings *s);
/* the store, the relay: what goes on without */
int gw_start(struct gw *gw);
/* settings are borrowed from now on; on an error the old ones stay */
int gw_reload(struct gw *gw, const struct settings *s);

/* gw_calls.c: calls, and what the other parts have for them */
int gw_calls_alloc(struct gw *gw);
int gw_calls_restore(struct gw *gw, struct store *st);
void gw_calls_reload(struct gw *gw);
void gw_calls_channel(struct gw *gw, const struct link_channel *ch, int fd);
void gw_calls_event(struct gw *gw, const char *method, const json_t *params);

#endif
