/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connection to the relay (doc/relay-protocol.md): kept up, with what is
 * asked waiting while it is down, sessions opened again after the relay was
 * started anew, and the byte channels of agents handed over as descriptors.
 *
 * All of it on libre's loop; a handler is never called before the function that
 * was given it has returned, and never after what it belongs to was released.
 * Objects are libre's: mem_deref() releases them.
 */
#ifndef H323GW_LINK_LINK_H
#define H323GW_LINK_LINK_H

#include <stdbool.h>
#include <stdint.h>
#include "rpc/rpc.h"
#include "addr/addr.h"

struct link;
struct link_request;
struct link_session;
struct link_listener;

enum {
	LINK_WAITING_MAX = 4096, /* requests that wait or are under way */
	LINK_LISTENERS_MAX = 4096,
	LINK_SESSIONS_MAX = 65536,
	LINK_TIMEOUT_MS	 = 5000, /* a request, waiting included */
	LINK_CONNECT_MS	 = 20000, /* channel.open: an agent connects */
	LINK_EXPIRES	 = 604800, /* s: a listener, if nobody ends it */
	LINK_KEY_LEN	 = 17,	 /* of a connection, with NUL */
};

/* A connection of an agent's terminal, as a descriptor: a connected,
 * non-blocking stream socket, which is the handler's. One with a key goes on
 * when relay or tunnel are new: then it comes again, as kind "again". */
struct link_channel {
	const char *kind;	/* "h225": to its agent's call signalling port;
				   "listen", "open": asked for; "again" */
	const char *agent;
	struct addr from;	/* the terminal, in the agent's network */
	struct addr local;	/* the agent's address it connected to */
	const char *key;	/* "": none */
	uint64_t received;	/* again: octets the agent has had of it */
};

/* Any may be NULL. */
struct link_handlers {
	/* connected and subscribed; restarted: it is not the relay process
	 * it was, or the first */
	void (*uph)(bool restarted, void *arg);
	void (*downh)(int err, void *arg);
	void (*channelh)(const struct link_channel *ch, int fd, void *arg);
	/* notifications: "agent.up", "agent.down", "leg.latched" ... */
	void (*eventh)(const char *method, const json_t *params, void *arg);
};

/*
 * Connect to the relay's control socket, now and whenever the connection was
 * lost. owner names us to the relay ("h323gw").
 */
int link_alloc(struct link **lp, const char *socket, const char *owner,
	       const struct link_handlers *h, void *arg);

bool link_is_up(const struct link *l);

/* Is the relay still there, which a descriptor came from that has ended? h
 * hears it: err NULL, or the connection to it was lost, too, and then another
 * relay is not asked instead. ENOTCONN: it is not. */
int link_alive(struct link_request **reqp, struct link *l, rpc_result_h *h,
	       void *arg);
const char *link_owner(const struct link *l);

/* What stands in "h323.status": state, instance, waiting, sessions ... */
json_t *link_status(const struct link *l);

/* ---- requests ---- */

/*
 * Ask the relay. While the link is down, or sessions are being opened again,
 * the request waits; after LINK_TIMEOUT_MS it fails with RPC_BUSY. When the
 * connection is lost before the answer, it is asked once more: `method` must
 * bear that, as all session.* do. params are lent.
 *
 * reqp may be NULL; else mem_deref(*reqp) forgets the request, and its answer.
 * *reqp is released by the link when the handler was called: set it to NULL
 * there.
 * Errors: ENOBUFS too many wait, ENOMEM.
 */
int link_call(struct link_request **reqp, struct link *l, const char *method,
	      const json_t *params, rpc_result_h *h, void *arg);

/* What an error of the relay's means: ENOENT, EEXIST, ENOBUFS (a limit, no
 * port, an agent that is not there), EBUSY (draining, or no answer in time),
 * EACCES, EHOSTUNREACH, EINVAL, EIO; ENOTCONN the connection to it was lost.
 * err NULL: 0 */
int link_errno(const struct rpc_error *err);

/* ---- sessions, and events about them ---- */

struct link_session_handlers {
	/* session.open's parameters, with `local`, to open it again as it is;
	 * NULL: it need not be */
	json_t *(*openh)(void *arg);
	/* what came of that: err NULL is success */
	void (*openedh)(const struct rpc_error *err, const json_t *result,
			void *arg);
	/* "session.idle", "session.closed", "leg.latched" about it, and
	 * "agent.up", "agent.down" of any agent */
	void (*eventh)(const char *method, const json_t *params, void *arg);
};

/*
 * Have a session opened again after a restart of the relay, before anything
 * new is asked, and hear of its events. Release it to be left alone.
 * EEXIST: the id is known.
 */
int link_session_alloc(struct link_session **sp, struct link *l,
		       const char *id, const struct link_session_handlers *h,
		       void *arg);

/* ---- byte channels ---- */

/* err 0: fd is the handler's, and ch says whose it is; else fd is -1, ch NULL
 * and err as link_errno() gives it, or ETIMEDOUT where nobody came */
typedef void (link_fd_h)(int err, const struct link_channel *ch, int fd,
			 void *arg);

/* err as above; address: the agent's, that the terminal is to connect to */
typedef void (link_listen_h)(int err, const struct addr *address, void *arg);

/* Connect from an agent to `to` in its network. reqp as for link_call(). */
int link_channel_open(struct link_request **reqp, struct link *l,
		      const char *agent, const struct addr *to, link_fd_h *h,
		      void *arg);

/*
 * Take one connection of `terminal` (its port does not count) at an agent, for
 * a week at most. listenh tells where; acceptedh is called once, with the
 * connection, ETIMEDOUT, or ENOTCONN if relay or agent went. Release *lp to
 * listen no more; it is released after acceptedh or a failed listenh: set it
 * to NULL there. A connection handed over stays.
 */
int link_channel_listen(struct link_listener **lp, struct link *l,
			const char *agent, const struct addr *terminal,
			link_listen_h *listenh, link_fd_h *acceptedh,
			void *arg);

#endif
