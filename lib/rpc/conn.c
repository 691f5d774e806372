/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file rpc/conn.c  One JSON-RPC connection on libre's loop
 *
 * Owns the descriptor, what has come in and not been read, what waits to go
 * out, and the requests whose answers are awaited. A connection is closed at
 * most once; its close handler is the last thing it calls.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "rpc/libre.h"
#include "log/log.h"
#include "rpc/rpc.h"
#include "rpc/conn.h"
#include "rpc/fdpass.h"
#include "rpc/line.h"

/** One line on its way out, with the descriptors that go beside it */
struct txline {
	struct le le;
	char *line;
	size_t len, sent;
	int fds[RPC_FDS_MAX];
	size_t nfds;
};

/** A request of ours without an answer */
struct pending {
	struct le le;
	struct tmr tmr;
	struct rpc_conn *rc; /* not a reference: the connection owns us */
	uint64_t id;
	rpc_result_h *resulth;
	void *arg;
};

enum {
	FDS_ROOM = 2 * RPC_FDS_MAX, /* of a line that waits, and of another */
};

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

static const char room[] = "rpc";


static void txline_destructor(void *data)
{
	struct txline *tx = data;

	list_unlink(&tx->le);
	rpc_fds_close(tx->fds, tx->nfds);
	free(tx->line);
}


static void pending_destructor(void *data)
{
	struct pending *p = data;

	tmr_cancel(&p->tmr);
	list_unlink(&p->le);
}


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
static void conn_close(struct rpc_conn *rc, int err)
{
	struct rpc_error e;
	struct pending *p;

	if (rc->closed)
		return;

	rc->closed = true;
	fd_close(rc->fd);
	(void)close(rc->fd);
	rc->fd = -1;
	list_flush(&rc->txl);

	mem_ref(rc);
	rpc_error_set(&e, RPC_INTERNAL_ERROR, "connection closed");
	while ((p = list_ledata(list_head(&rc->pendl)))) {
		rpc_result_h *h = p->resulth;
		void *arg = p->arg;

		list_unlink(&p->le); /* rpc_call() may hold it still */
		mem_deref(p);
		if (h)
			h(&e, NULL, NULL, 0, arg);
	}
	if (rc->closeh)
		rc->closeh(rc, err, rc->arg);
	mem_deref(rc);
}


static void fd_handler(int flags, void *arg);


static int listen_fd(struct rpc_conn *rc, bool writing)
{
	if (rc->writing == writing)
		return 0;

	rc->writing = writing;
	return fd_listen(rc->fd, writing ? FD_READ | FD_WRITE : FD_READ,
			 fd_handler, rc);
}


static int flush(struct rpc_conn *rc)
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
static int conn_send(struct rpc_conn *rc, char *line, size_t len,
		     const int *fds, size_t nfds)
{
	struct txline *tx;
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
		conn_close(rc, ENOBUFS);
		return ENOBUFS;
	}

	tx = mem_zalloc(sizeof(*tx), txline_destructor);
	if (!tx) {
		free(line);
		return ENOMEM;
	}

	tx->line = line;
	tx->len = len;
	for (; tx->nfds < nfds; tx->nfds++) {
		tx->fds[tx->nfds] = fcntl(fds[tx->nfds], F_DUPFD_CLOEXEC, 0);
		if (tx->fds[tx->nfds] < 0) {
			err = errno;
			mem_deref(tx);
			return err;
		}
	}

	idle = list_isempty(&rc->txl);
	list_append(&rc->txl, &tx->le, tx);
	rc->txsize += len;
	if (!idle)
		return 0;

	err = flush(rc);
	if (err)
		conn_close(rc, err);
	return err;
}


static struct pending *pending_find(const struct rpc_conn *rc,
				    const json_t *id)
{
	struct le *le;

	if (!json_is_integer(id))
		return NULL;

	LIST_FOREACH(&rc->pendl, le)
	{
		struct pending *p = le->data;

		if (p->id == (uint64_t)json_integer_value(id))
			return p;
	}

	return NULL;
}


static void handle_answer(struct rpc_conn *rc, const struct rpc_msg *m,
			  int *fds, size_t nfds)
{
	struct pending *p = pending_find(rc, m->id);
	rpc_result_h *h;
	void *arg;

	if (!p) {
		uint64_t more;

		if (log_limit_pass(&rc->limit, tmr_jiffies(), &more))
			log_info(room, "an answer nobody waits for "
				 "(%lu more since the last)",
				 (unsigned long)more);
		return;
	}

	h = p->resulth;
	arg = p->arg;
	mem_deref(p);
	if (!h)
		return;
	if (m->type == RPC_ERROR)
		h(&m->error, NULL, fds, nfds, arg);
	else
		h(NULL, m->result, fds, nfds, arg);
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
		handle_answer(rc, &m, fds, nfds);
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


static void fd_handler(int flags, void *arg)
{
	struct rpc_conn *rc = mem_ref(arg);
	const char *line;
	size_t len;
	int err = 0;

	if (flags & FD_WRITE)
		err = flush(rc);
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
		conn_close(rc, err);
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

	err = fd_listen(fd, FD_READ, fd_handler, rc);
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


static void timeout_handler(void *arg)
{
	struct pending *p = arg;
	rpc_result_h *h = p->resulth;
	void *harg = p->arg;
	struct rpc_error e;

	mem_deref(p);
	rpc_error_set(&e, RPC_INTERNAL_ERROR, "no answer in time");
	if (h)
		h(&e, NULL, NULL, 0, harg);
}


/**
 * Send a request
 *
 * @param rc         Connection
 * @param method     Name
 * @param params     Borrowed, may be NULL
 * @param timeout_ms 0: wait as long as the connection lives
 * @param resulth    Called exactly once if 0 is returned, unless the
 *                   connection is dereferenced before
 * @param arg        Its argument
 *
 * @return 0, EBUSY (RPC_PENDING_MAX wait already), ENOTCONN, ENOMEM …
 */
int rpc_call(struct rpc_conn *rc, const char *method, const json_t *params,
	     unsigned timeout_ms, rpc_result_h *resulth, void *arg)
{
	struct pending *p;
	size_t len;
	char *line;
	int err;

	if (!rc || !method)
		return EINVAL;
	if (rc->closed)
		return ENOTCONN;
	if (list_count(&rc->pendl) >= RPC_PENDING_MAX)
		return EBUSY;

	err = rpc_request_encode(&line, &len, rc->id + 1, method, params);
	if (err)
		return err;

	p = mem_zalloc(sizeof(*p), pending_destructor);
	if (!p) {
		free(line);
		return ENOMEM;
	}

	p->rc = rc;
	p->id = ++rc->id;
	p->resulth = NULL; /* not before it is sent: an error is our answer */
	p->arg = arg;
	list_append(&rc->pendl, &p->le, p);
	if (timeout_ms)
		tmr_start(&p->tmr, timeout_ms, timeout_handler, p);

	mem_ref(rc);
	mem_ref(p);
	err = conn_send(rc, line, len, NULL, 0);
	p->resulth = resulth;
	mem_deref(p);
	if (err && !rc->closed)
		mem_deref(p);
	mem_deref(rc);
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
	return err ? err : conn_send(rc, line, len, fds, nfds);
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
	return err ? err : conn_send(rc, line, len, fds, nfds);
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
	return err ? err : conn_send(rc, line, len, NULL, 0);
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


/** The list element its server links it by; internal to lib/rpc */
struct le *rpc_conn_le(struct rpc_conn *rc)
{
	return &rc->le;
}
