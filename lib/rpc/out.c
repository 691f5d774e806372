/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file rpc/out.c  What a connection says: lines, and what waits of them
 *
 * Owns the queue of lines on their way out, with the descriptors beside them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include "rpc/conn.h"
#include "rpc/fdpass.h"

/** One line on its way out, with the descriptors that go beside it */
struct txline {
	struct le le;
	char *line;
	size_t len, sent;
	int fds[RPC_FDS_MAX];
	size_t nfds;
};

static const char room[] = "rpc";


static void txline_destructor(void *data)
{
	struct txline *tx = data;

	list_unlink(&tx->le);
	rpc_fds_close(tx->fds, tx->nfds);
	free(tx->line);
}


static int listen_fd(struct rpc_conn *rc, bool writing)
{
	if (rc->writing == writing)
		return 0;

	rc->writing = writing;
	return fd_listen(rc->fd, writing ? FD_READ | FD_WRITE : FD_READ,
			 rpc_conn_event, rc);
}


/* as much as the descriptor takes; 0 or an errno */
int rpc_out_flush(struct rpc_conn *rc)
{
	struct txline *tx;

	while ((tx = list_ledata(list_head(&rc->txl)))) {
		ssize_t n = rpc_fds_send(rc->fd, tx->line + tx->sent,
					 tx->len - tx->sent, tx->fds,
					 tx->sent ? 0 : tx->nfds);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return listen_fd(rc, true);
		if (n < 0)
			return errno;

		tx->sent += (size_t)n;
		rc->txsize -= (size_t)n;
		if (tx->sent == tx->len)
			mem_deref(tx);
	}

	return listen_fd(rc, false);
}


/* takes `line` over, also when it fails */
static int txline_alloc(struct txline **txp, char *line, size_t len,
			const int *fds, size_t nfds)
{
	struct txline *tx = mem_zalloc(sizeof(*tx), txline_destructor);

	if (!tx) {
		free(line);
		return ENOMEM;
	}

	tx->line = line;
	tx->len = len;
	for (; tx->nfds < nfds; tx->nfds++) {
		tx->fds[tx->nfds] = fcntl(fds[tx->nfds], F_DUPFD_CLOEXEC, 0);
		if (tx->fds[tx->nfds] < 0) {
			const int err = errno;

			mem_deref(tx);
			return err;
		}
	}
	*txp = tx;

	return 0;
}


/* takes `line` over, also when it fails; one who reads too slowly is gone */
int rpc_out_send(struct rpc_conn *rc, char *line, size_t len, const int *fds,
		 size_t nfds)
{
	struct txline *tx = NULL;
	bool idle;
	int err;

	if (rc->closed || rc->txsize + len > RPC_TXQ_MAX ||
	    nfds > RPC_FDS_MAX) {
		free(line);
		if (rc->closed)
			return ENOTCONN;
		if (nfds > RPC_FDS_MAX)
			return E2BIG;
		log_warn(room, "%zu octets queued to a reader that does not "
			 "read: connection closed", rc->txsize);
		rpc_conn_end(rc, ENOBUFS);
		return ENOBUFS;
	}

	err = txline_alloc(&tx, line, len, fds, nfds);
	if (err)
		return err;

	idle = list_isempty(&rc->txl);
	list_append(&rc->txl, &tx->le, tx);
	rc->txsize += len;
	if (!idle)
		return 0;

	err = rpc_out_flush(rc);
	if (err)
		rpc_conn_end(rc, err);
	return err;
}


/** Send a notification; see rpc_call() */
int rpc_notify(struct rpc_conn *rc, const char *method, const json_t *params)
{
	return rpc_notify_fds(rc, method, params, NULL, 0);
}


/** And descriptors beside it, which stay the caller's */
int rpc_notify_fds(struct rpc_conn *rc, const char *method,
		   const json_t *params, const int *fds, size_t nfds)
{
	size_t len;
	char *line;
	int err;

	if (!rc || !method)
		return EINVAL;

	err = rpc_notification_encode(&line, &len, method, params);
	return err ? err : rpc_out_send(rc, line, len, fds, nfds);
}


/**
 * Answer a request
 *
 * @param id   As it came in
 * @param fds  Go beside the answer; they stay the caller's
 */
int rpc_reply(struct rpc_conn *rc, const json_t *id, const json_t *result,
	      const int *fds, size_t nfds)
{
	size_t len;
	char *line;
	int err;

	if (!rc || !id)
		return EINVAL;

	if (rc->asked)
		--rc->asked;
	err = rpc_result_encode(&line, &len, id, result);
	if (err == E2BIG) {
		struct rpc_error e;

		rpc_error_set(&e, RPC_INTERNAL_ERROR,
			      "the answer is longer than %d octets",
			      RPC_LINE_MAX);
		err = rpc_error_encode(&line, &len, id, &e);
		nfds = 0;
	}
	return err ? err : rpc_out_send(rc, line, len, fds, nfds);
}


/** Answer a request with an error; id may be NULL where it had none */
int rpc_reply_error(struct rpc_conn *rc, const json_t *id,
		    const struct rpc_error *e)
{
	size_t len;
	char *line;
	int err;

	if (!rc || !e)
		return EINVAL;

	if (id && rc->asked)
		--rc->asked;
	err = rpc_error_encode(&line, &len, id, e);
	return err ? err : rpc_out_send(rc, line, len, NULL, 0);
}
