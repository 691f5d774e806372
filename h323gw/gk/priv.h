/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file gk/priv.h  What the gatekeeper consists of; within the room
 */
#ifndef H323GW_GK_PRIV_H
#define H323GW_GK_PRIV_H

#include "rpc/libre.h"
#include "h323gw/gk/flood.h"
#include "h323gw/gk/gk.h"
#include "h323gw/gk/memory.h"
#include "h323gw/gk/pending.h"
#include "h323gw/gk/sources.h"
#include "h323gw/gk/stats.h"
#include "h323gw/ras/ras.h"
#include "h323gw/security/sealer.h"
#include "h323gw/security/security.h"
#include "h323gw/settings/settings.h"
#include "h323gw/writer/writer.h"
#include "log/log.h"

enum {
	SOCKETS_MAX    = 6,  /* RAS, discovery, multicast; each family */
	RECEIVE_BURST  = 32, /* messages in one system call */
	TICK_MS	       = 1000,
	TICK_OVERDUE   = 2000, /* endpoints looked at in one tick */
	POLL_MS	       = 3000, /* for an answer to IRQ */
	POLL_TRIES     = 2,
	MULTICAST_PORT = 1718,
};

struct gk;

/** One socket messages come in by; answers go out by that of their family */
struct gk_socket {
	struct gk *gk;
	int fd; /* -1: none */
	bool multicast;
	bool six;
};

/** Messages on their way in or out in one system call */
struct gk_burst;

struct gk {
	const struct settings *settings;
	const struct per *per;
	struct list askings; /* struct asking */
	struct list located; /* struct located, the oldest first */
	struct hash *located_by_call;
	unsigned locatedc, askingc;
	struct zone *zone;
	struct ras *ras;
	struct memory *memory;
	struct flood *flood;
	struct sources *sources;
	struct pending_table *pending;
	struct writer *writer;
	struct link *link;
	struct metrics *stats;
	struct gk_socket sockets[SOCKETS_MAX];
	size_t socketc;
	int out[2]; /* IPv4, IPv6: RAS sockets, of the above */
	struct gk_burst *burst;
	struct tmr tick, rest;
	struct security *security;
	struct sealer *sealer; /* NULL: there was no secret yet */
	struct log_limit malformed, flooded, full, insecure;
	struct index by_ip; /* endpoints per IP, for per_address */
	uint64_t seed[2];
	int64_t wall; /* ms between tmr_jiffies() and 1970 */
	struct uplinks *uplinks; /* NULL: there is no gatekeeper above */
	struct gk_call_handlers calls;
	void *calls_arg;
	struct ras_answer answer; /* the one at hand */
};

#define GK_ROOM "ras"

/* ms since 1970, that never goes back */
int64_t gk_now(const struct gk *gk);

/* socket.c */
int gk_sockets_open(struct gk *gk);
void gk_sockets_close(struct gk *gk);
void gk_send(struct gk *gk, const struct addr *to, const uint8_t *p,
	     size_t len);

/* receive.c */
void gk_receive(struct gk *gk, const struct addr *from, bool multicast,
		const uint8_t *p, size_t len);
source_held_h gk_receive_held;

/* route.c */
/* names of a call as they are asked for elsewhere; *rewritten: the first is
 * another than it was. Returns how many */
size_t gk_route_called(const struct gk *gk, struct alias *v, size_t max,
		       bool *rewritten, const struct route_query *q);
/* an IP address of this gatekeeper's? */
bool gk_is_own(const struct gk *gk, const struct addr *a);
/* who of ours is called; false: nobody */
bool gk_route_own(struct gk *gk, struct route *r,
		  const struct route_query *q);

/* policy.c */
bool gk_allow(enum ras_wish wish, const struct ras_source *src, void *arg);
/* an endpoint is where it is now; is nowhere */
void gk_policy_enter(struct gk *gk, struct endpoint *ep);
void gk_policy_leave(struct gk *gk, struct endpoint *ep);
bool gk_policy_room(const struct gk *gk, const struct ras_source *src);
void gk_policy_reset(struct gk *gk);

/* guard.c */
int gk_guard_alloc(struct gk *gk, const struct per *per);
void gk_guard_free(struct gk *gk);
void gk_guard_reload(struct gk *gk);
int gk_guard_restore(struct gk *gk, struct store *st);
int gk_guard_check(struct ras_exchange *x, const struct endpoint *ep,
		   void *arg);
int gk_guard_sign(struct ras_exchange *x, const struct endpoint *ep,
		  void *arg);
void gk_guard_seal(uint8_t *p, size_t len, void *arg);

/* persist.c */
void gk_store_put(struct gk *gk, struct endpoint *ep, bool whole);
void gk_store_drop(struct gk *gk, struct endpoint *ep);
void gk_store_delete(struct gk *gk, struct endpoint *ep, const char *why);

/* poll.c */
void gk_tick(void *arg);
/* URQ to it, and it is gone. reason: UnregRequestReason_PR_… */
void gk_throw_out(struct gk *gk, struct endpoint *ep, int reason,
		  const char *why);

#endif
