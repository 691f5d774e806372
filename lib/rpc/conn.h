/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file rpc/conn.h  What the rooms of a connection share; internal to lib/rpc
 *
 * conn.c has the descriptor and what comes in, out.c what waits to go out,
 * call.c the requests whose answers are awaited; server.c links connections.
 */
#ifndef POSTERN_RPC_CONN_H
#define POSTERN_RPC_CONN_H

#include "rpc/libre.h"
#include "log/log.h"
#include "rpc/rpc.h"
#include "rpc/line.h"

enum {
	FDS_ROOM = 2 * RPC_FDS_MAX, /* of a line that waits, and of another */
};

/** One connection */
struct rpc_conn {
	struct le le; /**< in its server's list */
	int fd;
	uint64_t id;
	struct rpc_linebuf in;
	int fds[FDS_ROOM]; /**< came in, and their lines not yet as a whole */
	size_t nfds;
	size_t older; /**< of these, the next line's */
	size_t mark;  /**< the others' is where this octet of `in` is */
	struct list txl;
	size_t txsize;
	struct list pendl;
	uint32_t asked; /**< their requests we have not answered */
	bool writing;	/**< FD_WRITE is listened for */
	bool closed;
	struct log_limit limit;
	rpc_request_h *reqh;
	rpc_close_h *closeh;
	void *arg;
	void *data;
};

/* conn.c */
void rpc_conn_end(struct rpc_conn *rc, int err);
void rpc_conn_event(int flags, void *arg);

/* out.c */
int rpc_out_flush(struct rpc_conn *rc);
int rpc_out_send(struct rpc_conn *rc, char *line, size_t len, const int *fds,
		 size_t nfds);

/* call.c */
void rpc_call_answered(struct rpc_conn *rc, const struct rpc_msg *m, int *fds,
		       size_t nfds);
void rpc_calls_end(struct rpc_conn *rc);

#endif
