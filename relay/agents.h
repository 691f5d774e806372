/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file agents.h  Which agents there are: names and public keys, in a file
 */
#ifndef POSTERN_RELAY_AGENTS_H
#define POSTERN_RELAY_AGENTS_H

#include <stdatomic.h>
#include "rpc/libre.h"
#include "addr/addr.h"
#include "ceiling.h"
#include "log/log.h"
#include "tunnel/hello.h"

struct link;
struct media_link;
struct relay;
struct tunnel;

enum {
	AGENTS_MAX = 100000,
};

/** bit/s */
#define AGENT_BANDWIDTH_MAX UINT64_C(100000000000)

/** Is its tunnel there? */
enum agent_state {
	AGENT_DOWN,
	AGENT_WAITING, /**< broken, and may come back */
	AGENT_UP,
};

/** Which way its media go */
enum agent_way {
	AGENT_WAY_NONE,	  /**< there have been none */
	AGENT_WAY_UDP,
	AGENT_WAY_TUNNEL, /**< media_link.h */
};

struct agent {
	struct le he;		/**< by name */
	struct le le;		/**< in the order they were added */
	struct relay *relay;
	char name[AUTH_NAME_MAX + 1];
	char public[AUTH_TEXT];	/**< "": it shows a certificate */
	uint64_t created;	/**< Unix time, s */
	struct log_limit log;	/**< of what it makes us say */
	uint64_t bandwidth;	/**< of its media each way, bit/s; 0: any */

	/* tunnels.c */
	struct tunnel *tunnel;	/**< NULL: down */
	struct link *link;	/**< NULL: down or waiting */
	struct media_link *media; /**< NULL: it has none */
	_Atomic int way;	/**< enum agent_way; workers write it */
	struct tmr tmr;
	struct control *control; /**< of its tunnel */
	struct list ifaces;	/**< its ports for media: agent_leg.c */
	struct list terminals;	/**< struct terminal */
	struct list handed;	/**< its byte channels clients have */
	struct list ports;	/**< struct agent_port */
	char session[HELLO_SESSION + 1];
	char software[HELLO_SOFTWARE_MAX + 1];
	char hide[HELLO_HIDE + 1]; /**< its key, for the edge; "": none */
	enum media_mode mode;	/**< of streams to come */
	struct addr peer;
	uint64_t since;		/**< in this state, Unix time, ms */
	uint64_t came, resumed; /**< how often */
	uint32_t alive_ms;	/**< between its signs of life; 0: no media */
	struct ceiling up, down; /**< of bandwidth, for all workers */
	uint64_t reserved;	/**< of bandwidth, by its legs: agent_leg.c */
	uint64_t lost;		/**< mappings its NAT forgot or changed */
};

struct agents;
struct metrics;

int agents_alloc(struct agents **ap, struct relay *r, const char *dir);
int agents_read(struct agents *a, char *why, size_t size);
struct agent *agents_find(const struct agents *a, const char *name);
struct list *agents_list(struct agents *a);
int agents_add(struct agent **agp, struct agents *a, const char *name,
	       const char *public, uint64_t bandwidth);
int agents_set(struct agents *a, struct agent *ag, uint64_t bandwidth);
int agents_remove(struct agents *a, struct agent *ag);
bool agent_may_log(struct agent *ag);
enum agent_state agent_state(const struct agent *ag);
const char *agent_way(const struct agent *ag);
void agent_way_is(struct agent *ag, enum agent_way way, struct metrics *stats);

#endif
