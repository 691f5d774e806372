/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file rpc/sync.c  A blocking client with a deadline
 *
 * For callers without an event loop, such as Kamailio's workers: connects,
 * sends one request, waits for its answer no longer than told. Any trouble
 * closes the connection, so that a late answer can't be taken for the next
 * one's; the caller opens another. Not for use by two threads at once, and not
 * across fork().
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "rpc/rpc.h"
#include "rpc/line.h"

enum { EVENTS_MAX = 256 }; /**< notifications kept while waiting for a result */

struct rpc_sync {
	int fd;
	int err; /**< why it was closed */
	uint64_t id;
	struct rpc_linebuf in;
	json_t *events; /**< array of notifications, oldest first */
};


static uint64_t now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}


static int wait_fd(int fd, short events, uint64_t deadline)
{
	for (;;) {
		struct pollfd pfd = {.fd = fd, .events = events};
		uint64_t now = now_ms();
		int n = poll(&pfd, 1,
			     now < deadline ? (int)(deadline - now) : 0);

		if (n > 0)
			return 0;
		if (n == 0)
			return ETIMEDOUT;
		if (errno != EINTR)
			return errno;
	}
}


static int broken(struct rpc_sync *s, int err)
{
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = -1;
	s->err = err;
	return err;
}


static int unix_connect(int *fdp, const char *path, uint64_t deadline)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd, err;

	if (strlen(path) >= sizeof(un.sun_path))
		return ENAMETOOLONG;
	strcpy(un.sun_path, path);

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return errno;

	/* EAGAIN: its queue of connections is full; ask again until then */
	while (connect(fd, (struct sockaddr *)&un, sizeof(un)) < 0) {
		struct timespec ts = {.tv_nsec = 5000000};

		err = errno;
		if (err == EINTR)
			continue;
		if (err != EAGAIN || now_ms() >= deadline) {
			(void)close(fd);
			return err == EAGAIN ? ETIMEDOUT : err;
		}
		(void)nanosleep(&ts, NULL);
	}

	*fdp = fd;
	return 0;
}


/**
 * Connect
 *
 * @param sp         Gets the client
 * @param path       Unix socket
 * @param timeout_ms At most this long
 *
 * @return 0, ETIMEDOUT, or what connect(2) says
 */
int rpc_sync_open(struct rpc_sync **sp, const char *path, unsigned timeout_ms)
{
	struct rpc_sync *s;
	int err;

	if (!sp || !path)
		return EINVAL;

	s = calloc(1, sizeof(*s));
	if (!s)
		return ENOMEM;

	s->fd = -1;
	s->events = json_array();
	err = s->events ? unix_connect(&s->fd, path, now_ms() + timeout_ms)
			: ENOMEM;
	if (err) {
		rpc_sync_close(s);
		return err;
	}

	*sp = s;
	return 0;
}


/** Close and free; NULL is allowed */
void rpc_sync_close(struct rpc_sync *s)
{
	if (!s)
		return;

	(void)broken(s, 0);
	rpc_linebuf_reset(&s->in);
	json_decref(s->events);
	free(s);
}


/** The descriptor, to poll for notifications; -1 when closed */
int rpc_sync_fd(const struct rpc_sync *s)
{
	return s ? s->fd : -1;
}


static int send_all(struct rpc_sync *s, const char *p, size_t n,
		    uint64_t deadline)
{
	while (n) {
		ssize_t k = send(s->fd, p, n, MSG_NOSIGNAL);

		if (k > 0) {
			p += k;
			n -= (size_t)k;
		}
		else if (errno == EAGAIN) {
			int err = wait_fd(s->fd, POLLOUT, deadline);
			if (err)
				return err;
		}
		else if (errno != EINTR) {
			return errno;
		}
	}

	return 0;
}


static int fill(struct rpc_sync *s, uint64_t deadline)
{
	size_t n;
	char *p;
	int err;

	err = rpc_linebuf_space(&s->in, &p, &n);
	if (err)
		return err;

	for (;;) {
		ssize_t k = recv(s->fd, p, n, 0);

		if (k > 0) {
			rpc_linebuf_fill(&s->in, (size_t)k);
			return 0;
		}
		if (k == 0)
			return EPIPE;
		if (errno == EAGAIN) {
			err = wait_fd(s->fd, POLLIN, deadline);
			if (err)
				return err;
		}
		else if (errno != EINTR) {
			return errno;
		}
	}
}


static int next_message(struct rpc_sync *s, struct rpc_msg *m,
			uint64_t deadline)
{
	const char *line;
	size_t len;

	memset(m, 0, sizeof(*m));
	while (!rpc_linebuf_next(&s->in, &line, &len)) {
		int err = fill(s, deadline);
		if (err)
			return err;
	}

	return rpc_msg_decode(m, line, len, NULL) ? EBADMSG : 0;
}


/* the oldest makes room: the newest say more of how things are now */
static void event_keep(struct rpc_sync *s, const struct rpc_msg *m)
{
	if (json_array_size(s->events) >= EVENTS_MAX)
		(void)json_array_remove(s->events, 0);
	(void)json_array_append(s->events, m->root);
}


static int await_result(struct rpc_sync *s, uint64_t deadline,
			json_t **result, struct rpc_error *err)
{
	for (;;) {
		struct rpc_msg m;
		bool ours;
		int e = next_message(s, &m, deadline);

		if (e) {
			rpc_msg_reset(&m);
			return e;
		}

		ours = json_is_integer(m.id) &&
		       (uint64_t)json_integer_value(m.id) == s->id;

		if (m.type == RPC_NOTIFICATION) {
			event_keep(s, &m);
		}
		else if (m.type == RPC_RESULT && ours) {
			if (result)
				*result = json_incref(m.result);
			rpc_msg_reset(&m);
			return 0;
		}
		else if (m.type == RPC_ERROR && (ours || json_is_null(m.id))) {
			if (err)
				*err = m.error;
			rpc_msg_reset(&m);
			return EREMOTEIO;
		}
		rpc_msg_reset(&m);
	}
}


/**
 * Ask, and wait for the answer
 *
 * @param s          Client
 * @param method     Name
 * @param params     Borrowed, may be NULL
 * @param timeout_ms At most this long, sending included
 * @param result     Gets a new reference; may be NULL
 * @param err        Set with EREMOTEIO: what the other end said; may be NULL
 *
 * @return 0, EREMOTEIO (an error was answered; the connection goes on);
 *         ETIMEDOUT, EPIPE, EBADMSG … (the connection is closed now)
 */
int rpc_sync_call(struct rpc_sync *s, const char *method,
		  const json_t *params, unsigned timeout_ms, json_t **result,
		  struct rpc_error *err)
{
	uint64_t deadline;
	size_t len;
	char *line;
	int e;

	if (!s || !method)
		return EINVAL;
	if (s->fd < 0)
		return s->err ? s->err : ENOTCONN;

	e = rpc_request_encode(&line, &len, ++s->id, method, params);
	if (e)
		return e;

	deadline = now_ms() + timeout_ms;
	e = send_all(s, line, len, deadline);
	free(line);
	if (!e)
		e = await_result(s, deadline, result, err);

	return e && e != EREMOTEIO ? broken(s, e) : e;
}


int rpc_sync_notify(struct rpc_sync *s, const char *method,
		    const json_t *params, unsigned timeout_ms)
{
	size_t len;
	char *line;
	int e;

	if (!s || !method)
		return EINVAL;
	if (s->fd < 0)
		return s->err ? s->err : ENOTCONN;

	e = rpc_notification_encode(&line, &len, method, params);
	if (e)
		return e;

	e = send_all(s, line, len, now_ms() + timeout_ms);
	free(line);

	return e ? broken(s, e) : 0;
}


/**
 * The next notification
 *
 * @param s          Client
 * @param timeout_ms 0: only look
 * @param m          Gets the message; rpc_msg_reset() it
 *
 * @return 0, ETIMEDOUT (nothing came; the connection goes on), EPIPE, EBADMSG
 *         … (the connection is closed now)
 */
int rpc_sync_event(struct rpc_sync *s, unsigned timeout_ms, struct rpc_msg *m)
{
	uint64_t deadline;
	json_t *root;
	int e;

	if (!s || !m)
		return EINVAL;

	root = json_array_get(s->events, 0);
	if (root) {
		memset(m, 0, sizeof(*m));
		m->root = json_incref(root);
		(void)json_array_remove(s->events, 0);
		m->type = RPC_NOTIFICATION;
		m->method = json_string_value(json_object_get(m->root,
							      "method"));
		m->params = json_object_get(m->root, "params");
		return 0;
	}

	if (s->fd < 0)
		return s->err ? s->err : ENOTCONN;

	for (deadline = now_ms() + timeout_ms;;) {
		e = next_message(s, m, deadline);
		if (!e && m->type == RPC_NOTIFICATION)
			return 0;
		rpc_msg_reset(m);
		if (e)
			return e == ETIMEDOUT ? e : broken(s, e);
	}
}
