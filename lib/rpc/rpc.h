/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file rpc.h  JSON-RPC 2.0 over a stream socket, one object a line
 *
 * Three rooms behind one header:
 *  - the codec (rpc_msg_*), pure: lines to messages and back;
 *  - rpc_conn / rpc_server on libre's loop, for the daemons;
 *  - rpc_sync, a blocking client with a deadline, for Kamailio's workers. It
 *    needs neither libre nor OpenSSL.
 * File descriptors travel beside a message by SCM_RIGHTS.
 */
#ifndef POSTERN_RPC_H
#define POSTERN_RPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <jansson.h>

/* Limits on what the other end may make us hold */
enum {
	RPC_LINE_MAX	= 256 * 1024, /**< octets in one line */
	RPC_DEPTH_MAX	= 16,	      /**< nesting of JSON values */
	RPC_PENDING_MAX = 1024,	      /**< requests without an answer */
	RPC_FDS_MAX	= 8,	      /**< descriptors beside one message */
	RPC_TXQ_MAX	= 4 * 1024 * 1024, /**< octets for a slow reader */
};

/** JSON-RPC 2.0 §5.1; above -32000 ours */
enum rpc_code {
	RPC_PARSE_ERROR	     = -32700,
	RPC_INVALID_REQUEST  = -32600,
	RPC_METHOD_NOT_FOUND = -32601,
	RPC_INVALID_PARAMS   = -32602,
	RPC_INTERNAL_ERROR   = -32603,
	RPC_NOT_FOUND	     = -32001, /**< no such session, agent … */
	RPC_EXISTS	     = -32002,
	RPC_NO_RESOURCE	     = -32003, /**< no port, limit reached */
	RPC_BUSY	     = -32004, /**< draining, overloaded */
	RPC_REFUSED	     = -32005, /**< policy forbids it */
	RPC_UNREACHABLE	     = -32006, /**< nobody answers there */
};

struct rpc_error {
	int code;
	char message[256];
};

void rpc_error_set(struct rpc_error *e, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));


/* ---- codec ---- */

enum rpc_type {
	RPC_REQUEST,
	RPC_NOTIFICATION,
	RPC_RESULT,
	RPC_ERROR,
};

struct rpc_msg {
	enum rpc_type type;
	json_t *id;	    /**< request, result, error */
	const char *method; /**< request, notification */
	json_t *params;	    /**< may be NULL */
	json_t *result;
	struct rpc_error error;
	json_t *root;	    /**< owns all of the above */
};

int rpc_msg_decode(struct rpc_msg *m, const char *line, size_t len,
		   struct rpc_error *err);
void rpc_msg_reset(struct rpc_msg *m);
/* each gives one line with its newline; free() it; params/result are lent */
int rpc_request_encode(char **line, size_t *len, uint64_t id,
		       const char *method, const json_t *params);
int rpc_notification_encode(char **line, size_t *len, const char *method,
			    const json_t *params);
int rpc_result_encode(char **line, size_t *len, const json_t *id,
		      const json_t *result);
int rpc_error_encode(char **line, size_t *len, const json_t *id,
		     const struct rpc_error *err);


/* ---- on libre's loop ---- */

struct rpc_conn;

/** A request (id set) or notification (id NULL) came in. Answer a request now
 *  or later with rpc_reply()/rpc_reply_error(); take `fds` over or they are
 *  closed on return (set the ones you take to -1). */
typedef void(rpc_request_h)(struct rpc_conn *rc, const json_t *id,
			    const char *method, const json_t *params,
			    int *fds, size_t nfds, void *arg);
/** The answer to rpc_call(): err is NULL and result set, or the reverse */
typedef void(rpc_result_h)(const struct rpc_error *err, const json_t *result,
			   int *fds, size_t nfds, void *arg);
typedef void(rpc_close_h)(struct rpc_conn *rc, int err, void *arg);

/* takes over fd (non-blocking stream socket); reference-counted by libre */
int rpc_conn_alloc(struct rpc_conn **rcp, int fd, rpc_request_h *reqh,
		   rpc_close_h *closeh, void *arg);
int rpc_connect(struct rpc_conn **rcp, const char *path, rpc_request_h *reqh,
		rpc_close_h *closeh, void *arg);
int rpc_call(struct rpc_conn *rc, const char *method, const json_t *params,
	     unsigned timeout_ms, rpc_result_h *resulth, void *arg);
int rpc_notify(struct rpc_conn *rc, const char *method,
	       const json_t *params);
int rpc_notify_fds(struct rpc_conn *rc, const char *method,
		   const json_t *params, const int *fds, size_t nfds);
int rpc_reply(struct rpc_conn *rc, const json_t *id, const json_t *result,
	      const int *fds, size_t nfds);
int rpc_reply_error(struct rpc_conn *rc, const json_t *id,
		    const struct rpc_error *err);
/** Has it ended? Then what a result handler is told is not the other end's
 *  answer. */
bool rpc_conn_closed(const struct rpc_conn *rc);
/** uid/gid/pid of the other end (SO_PEERCRED) */
int rpc_conn_peer(const struct rpc_conn *rc, uid_t *uid, gid_t *gid,
		  pid_t *pid);

struct rpc_server;

typedef void(rpc_accept_h)(struct rpc_conn *rc, void *arg);

struct rpc_server_conf {
	const char *path;
	mode_t mode;		/**< 0: 0660 */
	const char *group;	/**< owner group of the socket, may be NULL */
	unsigned max_conns;	/**< 0: 256 */
};

/* accepth gets every connection; the server keeps a reference until closed */
int rpc_listen(struct rpc_server **rsp, const struct rpc_server_conf *conf,
	       rpc_accept_h *accepth, rpc_request_h *reqh,
	       rpc_close_h *closeh, void *arg);
/* to every connection for which filter (may be NULL) says true */
typedef bool(rpc_filter_h)(const struct rpc_conn *rc, void *arg);
int rpc_broadcast(struct rpc_server *rs, const char *method,
		  const json_t *params, rpc_filter_h *filter, void *arg);
/* something of the caller's, hung on a connection (libre memory, deref'd) */
void rpc_conn_data_set(struct rpc_conn *rc, void *data);
void *rpc_conn_data(const struct rpc_conn *rc);


/* ---- blocking, with a deadline ---- */

struct rpc_sync;

int rpc_sync_open(struct rpc_sync **sp, const char *path,
		  unsigned timeout_ms);
void rpc_sync_close(struct rpc_sync *s);
/* 0 with *result (new reference); ETIMEDOUT, EPIPE … (the connection is then
 * closed and must be opened again); EREMOTEIO with *err when the other end
 * answered with an error. Notifications that come in between are queued. */
int rpc_sync_call(struct rpc_sync *s, const char *method,
		  const json_t *params, unsigned timeout_ms, json_t **result,
		  struct rpc_error *err);
/* sends a request that wants no answer; errors as above, but EREMOTEIO */
int rpc_sync_notify(struct rpc_sync *s, const char *method,
		    const json_t *params, unsigned timeout_ms);
/* next notification, waiting up to timeout_ms (0: only look); ETIMEDOUT */
int rpc_sync_event(struct rpc_sync *s, unsigned timeout_ms,
		   struct rpc_msg *m);
int rpc_sync_fd(const struct rpc_sync *s);

#endif
