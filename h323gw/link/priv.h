/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of link/ share: the link's state, and its requests.
 */
#ifndef H323GW_LINK_PRIV_H
#define H323GW_LINK_PRIV_H

#include "rpc/libre.h"
#include "h323gw/link/link.h"

/* -32006: an agent could not connect; beyond enum rpc_code */
#define LINK_UNREACHABLE (-32006)
/* the link's own: the connection ended before the answer came */
#define LINK_GONE (-32099)

enum link_state {
	LINK_DOWN,
	LINK_GREETING,		/* subscribe, channel.attach */
	LINK_REOPENING,		/* sessions, after a restart of the relay */
	LINK_UP,
};

struct link {
	char *socket, *owner;
	struct link_handlers h;
	void *arg;

	enum link_state state;
	struct rpc_conn *rc;
	char instance[64];	/* of the relay last spoken to */
	bool restarted;		/* it is another one than before */
	int down_err;
	unsigned attempts;	/* since it was up */
	struct tmr tmr;		/* retry, greeting's end */

	/* requests: each in `all`, oldest first, and in one of the others;
	 * what was answered late is in `sent` alone */
	struct list all[2];	/* those asked once: apart */
	struct list waiting, sent;
	unsigned requests;
	struct tmr late;	/* when the oldest one has waited too long */

	struct hash *sessions;	/* struct link_session by id */
	unsigned sessionc;
	struct list todo;	/* to be opened again */
	struct list reopening;	/* asked for, not answered */

	struct list listeners;
	unsigned listenerc;
};

/* link.c */
void link_lost(struct link *l, int err);
void link_ready(struct link *l);

/* request.c */
/* once: fails when the connection is lost, and may take LINK_CONNECT_MS.
 * own (libre's memory, may be NULL) is kept while the handler may be called. */
int link_ask(struct link_request **reqp, struct link *l, const char *method,
	     const json_t *params, bool once, void *own, rpc_result_h *h,
	     void *arg);
void link_requests_flush(struct link *l);
void link_requests_lost(struct link *l);
void link_requests_drop(struct link *l);

/* session.c */
void link_sessions_reopen(struct link *l);
void link_sessions_lost(struct link *l);
void link_sessions_drop(struct link *l);
void link_session_event(struct link *l, const char *method,
			const json_t *params);

/* channel.c */
void link_channel_accepted(struct link *l, const json_t *params, int *fds,
			   size_t nfds);
void link_channel_closed(struct link *l, const json_t *params);
void link_listeners_lost(struct link *l);
void link_listeners_drop(struct link *l);

/* an address in the relay's words: {"address", "port"} or "address:port" */
int link_addr_read(struct addr *a, const json_t *o);

#endif
