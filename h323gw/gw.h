/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file gw.h  h323gw: its parts, wired together
 */
#ifndef H323GW_GW_H
#define H323GW_GW_H

#include "h323gw/settings.h"

struct gk;
struct link;
struct per;
struct rpc_server;
struct writer;

struct gw {
	const struct settings *settings;
	struct per *per;
	struct gk *gk;
	struct link *link; /* NULL: no relay */
	struct writer *writer;
	struct rpc_server *server;
};

/* the parts, and their sockets: what needs rights. mem_deref() it */
int gw_alloc(struct gw **gwp, const struct settings *s);
/* the store, the relay: what goes on without */
int gw_start(struct gw *gw);
/* settings are borrowed from now on; on an error the old ones stay */
int gw_reload(struct gw *gw, const struct settings *s);

#endif
