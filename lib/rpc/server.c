/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file rpc/server.c  A Unix socket that accepts JSON-RPC connections
 *
 * Owns the listening socket, its place in the file system, and a reference to
 * each connection until it ends.
 */
#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "rpc/libre.h"
#include "log/log.h"
#include "rpc/rpc.h"
#include "rpc/conn.h"

enum { CONNS_DEFAULT = 256, BACKLOG = 128 };

struct rpc_server {
	int fd;
	struct sockaddr_un un;
	dev_t dev; /**< of the socket we made, to remove no other */
	ino_t ino;
	unsigned max_conns;
	struct list connl;
	struct log_limit limit;
	rpc_accept_h *accepth;
	rpc_request_h *reqh;
	rpc_close_h *closeh;
	void *arg;
};

static const char room[] = "rpc";


static void server_destructor(void *data)
{
	struct rpc_server *rs = data;
	struct stat st;
	struct le *le;

	if (rs->fd >= 0) {
		fd_close(rs->fd);
		(void)close(rs->fd);
		if (!stat(rs->un.sun_path, &st) && st.st_dev == rs->dev &&
		    st.st_ino == rs->ino)
			(void)unlink(rs->un.sun_path);
	}
	while ((le = list_head(&rs->connl))) {
		void *rc = le->data;

		list_unlink(le);
		mem_deref(rc);
	}
}


static void request_handler(struct rpc_conn *rc, const json_t *id,
			    const char *method, const json_t *params, int *fds,
			    size_t nfds, void *arg)
{
	struct rpc_server *rs = arg;

	rs->reqh(rc, id, method, params, fds, nfds, rs->arg);
}


static void close_handler(struct rpc_conn *rc, int err, void *arg)
{
	struct rpc_server *rs = arg;

	list_unlink(&rc->le);
	if (rs->closeh)
		rs->closeh(rc, err, rs->arg);
	mem_deref(rc);
}


static void accept_handler(int flags, void *arg)
{
	struct rpc_server *rs = arg;
	struct rpc_conn *rc;
	uint64_t more;
	int fd;
	(void)flags;

	fd = accept4(rs->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0) {
		if (errno != EAGAIN && errno != EINTR &&
		    log_limit_pass(&rs->limit, tmr_jiffies(), &more))
			log_error(room, "accept: %s", strerror(errno));
		return;
	}

	if (list_count(&rs->connl) >= rs->max_conns) {
		if (log_limit_pass(&rs->limit, tmr_jiffies(), &more))
			log_warn(room, "%s: more than %u connections: refused",
				 rs->un.sun_path, rs->max_conns);
		(void)close(fd);
		return;
	}

	if (rpc_conn_alloc(&rc, fd, request_handler, close_handler, rs)) {
		(void)close(fd);
		return;
	}

	list_append(&rs->connl, &rc->le, rc);
	if (rs->accepth)
		rs->accepth(rc, rs->arg);
}


/* a socket file whose program has died is in the way, one that lives is not
 * ours to remove */
static int remove_stale(const struct sockaddr_un *un)
{
	struct stat st;
	int fd, err;

	if (lstat(un->sun_path, &st) < 0)
		return errno == ENOENT ? 0 : errno;
	if (!S_ISSOCK(st.st_mode))
		return EEXIST;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	err = connect(fd, (const struct sockaddr *)un, sizeof(*un)) < 0
		      ? errno
		      : EADDRINUSE;
	(void)close(fd);

	if (err != ECONNREFUSED)
		return err;
	return unlink(un->sun_path) < 0 ? errno : 0;
}


static int give_to_group(const char *path, const char *name)
{
	const struct group *gr;

	if (!name)
		return 0;

	gr = getgrnam(name);
	if (!gr) {
		log_error(room, "%s: there is no group \"%s\" (groupadd "
			  "--system %s)", path, name, name);
		return ENOENT;
	}
	return chown(path, (uid_t)-1, gr->gr_gid) < 0 ? errno : 0;
}


/* bound with no right for anyone, opened to the group, and only then listened
 * on: nobody connects before the rights stand */
static int bind_socket(struct rpc_server *rs,
		       const struct rpc_server_conf *conf)
{
	mode_t mask, mode = conf->mode ? conf->mode : 0660;
	struct stat st;
	int err;

	rs->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			0);
	if (rs->fd < 0)
		return errno;

	mask = umask(0777);
	err = bind(rs->fd, (struct sockaddr *)&rs->un, sizeof(rs->un)) < 0
		      ? errno
		      : 0;
	(void)umask(mask);
	if (err)
		return err;

	if (stat(rs->un.sun_path, &st) < 0)
		return errno;
	rs->dev = st.st_dev;
	rs->ino = st.st_ino;

	err = give_to_group(rs->un.sun_path, conf->group);
	if (err)
		return err;
	if (chmod(rs->un.sun_path, mode) < 0 || listen(rs->fd, BACKLOG) < 0)
		return errno;

	return fd_listen(rs->fd, FD_READ, accept_handler, rs);
}


/**
 * Listen on a Unix socket
 *
 * @param rsp     Gets the server; mem_deref() closes it and its connections
 * @param conf    Where, and for whom
 * @param accepth Called for each connection; may be NULL
 * @param reqh    Requests and notifications of all connections
 * @param closeh  Called when a connection has ended by itself; may be NULL
 * @param arg     Handlers' argument
 *
 * @return 0, EADDRINUSE (another program answers there), EEXIST (a file that
 *         is no socket is there), ENOENT, EACCES …
 */
int rpc_listen(struct rpc_server **rsp, const struct rpc_server_conf *conf,
	       rpc_accept_h *accepth, rpc_request_h *reqh, rpc_close_h *closeh,
	       void *arg)
{
	struct rpc_server *rs;
	int err;

	if (!rsp || !conf || !conf->path || !reqh)
		return EINVAL;
	if (strlen(conf->path) >= sizeof(rs->un.sun_path))
		return ENAMETOOLONG;

	rs = mem_zalloc(sizeof(*rs), server_destructor);
	if (!rs)
		return ENOMEM;

	rs->fd = -1;
	rs->un.sun_family = AF_UNIX;
	strcpy(rs->un.sun_path, conf->path);
	rs->max_conns = conf->max_conns ? conf->max_conns : CONNS_DEFAULT;
	rs->limit = (struct log_limit)LOG_LIMIT(5, 1);
	rs->accepth = accepth;
	rs->reqh = reqh;
	rs->closeh = closeh;
	rs->arg = arg;

	err = remove_stale(&rs->un);
	if (!err)
		err = bind_socket(rs, conf);
	if (err) {
		mem_deref(rs);
		return err;
	}

	*rsp = rs;
	return 0;
}


/** A notification to every connection the filter lets pass (NULL: all) */
int rpc_broadcast(struct rpc_server *rs, const char *method,
		  const json_t *params, rpc_filter_h *filter, void *arg)
{
	struct le *le, *next;

	if (!rs || !method)
		return EINVAL;

	for (le = list_head(&rs->connl); le; le = next) {
		struct rpc_conn *rc = le->data;

		next = le->next;
		if (!filter || filter(rc, arg))
			(void)rpc_notify(rc, method, params);
	}

	return 0;
}
