/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file rpc/conn.c  One JSON-RPC connection on libre's loop
 *
 * Owns the descriptor and what has come in and not been read. A connection is
 * closed at most once; its close handler is the last thing it calls.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "rpc/conn.h"
#include "rpc/fdpass.h"

static const char room[] = "rpc";


static void conn_destructor(void *data)
{
	struct rpc_conn *rc = data;

	rc->closed = true;
	list_unlink(&rc->le);
	list_flush(&rc->pendl);
	list_flush(&rc->txl);
	if (rc->fd >= 0) {
		fd_close(rc->fd);
		(void)close(rc->fd);
	}
	rpc_fds_close(rc->fds, rc->nfds);
	rpc_linebuf_reset(&rc->in);
	mem_deref(rc->data);
}


/* every caller still waiting is told; the descriptor is gone before that */
void rpc_conn_end(struct rpc_conn *rc, int err)
{
	if (rc->closed)
		return;

	rc->closed = true;
	fd_close(rc->fd);
	(void)close(rc->fd);
	rc->fd = -1;
	list_flush(&rc->txl);

	mem_ref(rc);
	rpc_calls_end(rc);
	if (rc->closeh)
		rc->closeh(rc, err, rc->arg);
	mem_deref(rc);
}


static void handle_line(struct rpc_conn *rc, const char *line, size_t len,
			int *fds, size_t nfds)
{
	struct rpc_error err;
	struct rpc_msg m;

	if (rpc_msg_decode(&m, line, len, &err)) {
		(void)rpc_reply_error(rc, m.id, &err);
	}
	else if (m.type == RPC_RESULT || m.type == RPC_ERROR) {
		rpc_call_answered(rc, &m, fds, nfds);
	}
	else if (m.type == RPC_REQUEST && rc->asked >= RPC_PENDING_MAX) {
		rpc_error_set(&err, RPC_BUSY, "%d requests are unanswered",
			      RPC_PENDING_MAX);
		(void)rpc_reply_error(rc, m.id, &err);
	}
	else if (rc->reqh) {
		if (m.type == RPC_REQUEST)
			++rc->asked;
		rc->reqh(rc, m.type == RPC_REQUEST ? m.id : NULL, m.method,
			 m.params, fds, nfds, rc->arg);
	}
	else if (m.type == RPC_REQUEST) {
		rpc_error_set(&err, RPC_METHOD_NOT_FOUND, "no such method: %s",
			      m.method);
		(void)rpc_reply_error(rc, m.id, &err);
	}

	rpc_msg_reset(&m);
	rpc_fds_close(fds, nfds);
}


/* Descriptors come with the first octet of a line, and what is received ends
 * where its sendmsg(2) did (unix(7)): they are those of the last line that
 * begins there. Where? */
static size_t last_line(const char *p, size_t n)
{
	size_t i = n - 1;

	while (i && p[i - 1] != '\n')
		--i;

	return i;
}


static int receive(struct rpc_conn *rc)
{
	bool excess = false;
	ssize_t n;
	size_t room_left;
	char *p;
	int err;

	err = rpc_linebuf_space(&rc->in, &p, &room_left);
	if (err == E2BIG) {
		struct rpc_error e;

		rpc_error_set(&e, RPC_INVALID_REQUEST,
			      "line longer than %d octets", RPC_LINE_MAX);
		(void)rpc_reply_error(rc, NULL, &e);
	}
	if (err)
		return err;

	rc->older = rc->nfds;
	n = rpc_fds_recv(rc->fd, p, room_left, rc->fds,
			 rc->older + RPC_FDS_MAX, &rc->nfds, &excess);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : errno;
	if (n == 0)
		return ECONNRESET;
	if (excess)
		log_warn(room, "more than %d descriptors beside a message: "
			 "the rest was closed", RPC_FDS_MAX);

	rc->mark = (size_t)(p - rc->in.buf) + last_line(p, (size_t)n);
	rpc_linebuf_fill(&rc->in, (size_t)n);
	return 0;
}


/* those that came beside a line, for its handler */
static size_t take_fds(struct rpc_conn *rc, int fds[FDS_ROOM],
		       const char *line, size_t len)
{
	const bool last = line + len >= rc->in.buf + rc->mark;
	const size_t n	= last ? rc->nfds : rc->older;

	memcpy(fds, rc->fds, n * sizeof(*fds));
	rc->nfds -= n;
	memmove(rc->fds, rc->fds + n, rc->nfds * sizeof(*fds));
	rc->older = 0;

	return n;
}


/* its descriptor can be read, or written to */
void rpc_conn_event(int flags, void *arg)
{
	struct rpc_conn *rc = mem_ref(arg);
	const char *line;
	size_t len;
	int err = 0;

	if (flags & FD_WRITE)
		err = rpc_out_flush(rc);
	if (!err && (flags & FD_READ))
		err = receive(rc);

	while (!err && !rc->closed &&
	       rpc_linebuf_next(&rc->in, &line, &len)) {
		int fds[FDS_ROOM];
		const size_t nfds = take_fds(rc, fds, line, len);

		handle_line(rc, line, len, fds, nfds);
	}

	/* nobody but us holds it any more: the owner let go in a handler */
	if (mem_nrefs(rc) == 1)
		rc->closeh = NULL;
	if (err)
		rpc_conn_end(rc, err);
	mem_deref(rc);
}


/**
 * Make a connection of a stream socket
 *
 * @param rcp    Gets the connection; mem_deref() it to close
 * @param fd     Taken over if 0 is returned
 * @param reqh   Requests and notifications; may be NULL
 * @param closeh Called once when it ends by itself; may be NULL
 * @param arg    Handlers' argument
 *
 * @return 0, ENOMEM, or what fd_listen() says
 */
int rpc_conn_alloc(struct rpc_conn **rcp, int fd, rpc_request_h *reqh,
		   rpc_close_h *closeh, void *arg)
{
	struct rpc_conn *rc;
	int err, fl;

	if (!rcp || fd < 0)
		return EINVAL;

	fl = fcntl(fd, F_GETFL);
	if (fl < 0 || fcntl(fd, F_SETFL, fl | O_NONBLOCK) < 0)
		return errno;

	rc = mem_zalloc(sizeof(*rc), conn_destructor);
	if (!rc)
		return ENOMEM;

	rc->fd = -1;
	rc->reqh = reqh;
	rc->closeh = closeh;
	rc->arg = arg;
	rc->limit = (struct log_limit)LOG_LIMIT(5, 1);
	list_init(&rc->txl);
	list_init(&rc->pendl);

	err = fd_listen(fd, FD_READ, rpc_conn_event, rc);
	if (err) {
		mem_deref(rc);
		return err;
	}

	rc->fd = fd;
	*rcp = rc;
	return 0;
}


/** Connect to a Unix socket; see rpc_conn_alloc() */
int rpc_connect(struct rpc_conn **rcp, const char *path, rpc_request_h *reqh,
		rpc_close_h *closeh, void *arg)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd, err;

	if (!rcp || !path)
		return EINVAL;
	if (strlen(path) >= sizeof(un.sun_path))
		return ENAMETOOLONG;
	strcpy(un.sun_path, path);

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return errno;

	err = connect(fd, (struct sockaddr *)&un, sizeof(un)) < 0 ? errno : 0;
	if (!err)
		err = rpc_conn_alloc(rcp, fd, reqh, closeh, arg);
	if (err)
		(void)close(fd);
	return err;
}


bool rpc_conn_closed(const struct rpc_conn *rc)
{
	return !rc || rc->closed;
}


/** Who is at the other end (SO_PEERCRED, as it was when it connected) */
int rpc_conn_peer(const struct rpc_conn *rc, uid_t *uid, gid_t *gid,
		  pid_t *pid)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (!rc || rc->fd < 0)
		return EINVAL;
	if (getsockopt(rc->fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return errno;

	if (uid)
		*uid = cred.uid;
	if (gid)
		*gid = cred.gid;
	if (pid)
		*pid = cred.pid;
	return 0;
}


/** Hang something on the connection; a reference is taken over */
void rpc_conn_data_set(struct rpc_conn *rc, void *data)
{
	mem_deref(rc->data);
	rc->data = data;
}


void *rpc_conn_data(const struct rpc_conn *rc)
{
	return rc ? rc->data : NULL;
}
