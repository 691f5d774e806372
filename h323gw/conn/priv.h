/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file conn/priv.h  What the files of this room share
 */
#ifndef H323GW_CONN_PRIV_H
#define H323GW_CONN_PRIV_H

#include "rpc/libre.h"
#include "h323gw/conn/conn.h"

struct conns {
	struct conns_conf conf;
	struct conns_stats stats;
	struct list finishing;	/* nobody's any more: struct conn */
	struct hash *sources;
	size_t accepted;	/* that others opened, now */
	size_t count;
	uint16_t next_port;	/* of a range */
};

/* who connections are counted to; as long as there is one */
struct source {
	struct le le;
	struct conns *cs;
	unsigned n;
	char name[CONN_SOURCE_LEN];
};

int source_take(struct source **sp, struct conns *cs, const char *name);
void source_drop(struct source *s);

#endif
