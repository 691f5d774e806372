/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file monitor.c  The process that watches the relays
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include "glue/compat.h"
#include "core/cfg/cfg_struct.h"
#include "core/dprint.h"
#include "core/pt.h"
#include "glue/ask.h"
#include "glue/call.h"
#include "glue/monitor.h"
#include "glue/relays.h"
#include "glue/sessions.h"
#include "glue/stats.h"
#include "glue/watch.h"

enum {
	REASON_SIZE = 32,
	QUEUE_BYTES = 8 * 1024 * 1024,
	TICK_MS = 200, /* between tries to reach a relay that is down */
	BURST = 256,   /* orders done before the relays are looked at */
};

enum order_kind {
	ORDER_CLOSE,
	ORDER_REJECT,
};

/** What a worker sends; as long as its session is, or its id */
struct order {
	enum order_kind kind;
	char reason[REASON_SIZE];
	union {
		char id[SESSION_ID_SIZE];
		struct session s;
	} u;
};

enum {
	ORDER_MAX = sizeof(struct order)
				+ SESSION_STREAMS_MAX * sizeof(struct session_stream),
};

static int queue[2] = {-1, -1}; /* [0] is the monitor's */
static char *store_path;
static struct order *mine; /* this process's: an order being made */

int monitor_mod_init(const char *path)
{
	int bytes = QUEUE_BYTES;

	store_path = strdup(path);
	if(!store_path || socketpair(AF_UNIX, SOCK_DGRAM, 0, queue) < 0) {
		LM_ERR("no queue to the monitor: %s\n", strerror(errno));
		return -1;
	}
	if(setsockopt(queue[1], SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)))
		(void)setsockopt(
				queue[1], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	(void)fcntl(queue[0], F_SETFL, O_NONBLOCK);
	(void)fcntl(queue[1], F_SETFL, O_NONBLOCK);
	register_procs(1);
	cfg_register_child(1);
	return 0;
}

void monitor_destroy(void)
{
	for(int i = 0; i < 2; i++) {
		if(queue[i] >= 0)
			(void)close(queue[i]);
		queue[i] = -1;
	}
	free(store_path);
	store_path = NULL;
}

static struct order *order_new(enum order_kind kind, const char *reason)
{
	if(!mine)
		mine = malloc(ORDER_MAX);
	if(!mine)
		return NULL;
	mine->kind = kind;
	(void)snprintf(mine->reason, sizeof(mine->reason), "%s", reason);
	return mine;
}

static bool order_send(const struct order *o, size_t len)
{
	return o && send(queue[1], o, len, MSG_NOSIGNAL) == (ssize_t)len;
}

void monitor_close(const struct session *s, const char *reason)
{
	struct order *o = order_new(ORDER_CLOSE, reason);

	sessions_forget(s->id);
	if(o)
		session_copy(&o->u.s, s);
	if(order_send(o,
			   offsetof(struct order, u) + session_size(s->streams_count)))
		return;
	stats_inc(close_queue_full);
	ask_close(s, reason);
}

void monitor_reject(const char *id)
{
	struct order *o = order_new(ORDER_REJECT, "");

	if(o)
		(void)snprintf(o->u.id, sizeof(o->u.id), "%s", id);
	if(order_send(o, offsetof(struct order, u) + sizeof(o->u.id)))
		return;
	stats_inc(close_queue_full);
	call_reject(id);
}

/* ---- in the monitor */

/* false: there is none */
static bool order_do(struct order *o)
{
	ssize_t n = recv(queue[0], o, ORDER_MAX, 0);

	if(n <= 0)
		return false;
	if(o->kind == ORDER_CLOSE)
		ask_close(&o->u.s, o->reason);
	else
		call_reject(o->u.id);
	return true;
}

static int wait_for(struct pollfd *pfd)
{
	unsigned n = 1;

	pfd[0] = (struct pollfd){.fd = queue[0], .events = POLLIN};
	for(unsigned i = 0; i < relays_set()->n; i++) {
		/* poll() leaves out what is negative */
		pfd[n++] = (struct pollfd){.fd = watch_fd(i), .events = POLLIN};
	}
	return poll(pfd, n, TICK_MS);
}

static void monitor_run(void)
{
	struct pollfd pfd[1 + RELAYSET_MAX];
	struct order *o = malloc(ORDER_MAX);

	if(!o || call_child_init() < 0) {
		LM_ERR("no memory for the monitor\n");
		exit(-1);
	}

	if(*store_path)
		sessions_end_stale(store_path);
	for(;;) {
		(void)wait_for(pfd);
		cfg_update();
		for(int i = 0; i < BURST && order_do(o); i++)
			;
		for(unsigned i = 0; i < relays_set()->n; i++)
			watch_relay(i);
	}
}

int monitor_fork(void)
{
	int pid = fork_process(COMPAT_PROC_WORKER, "traversal monitor", 1);

	if(pid < 0)
		return -1;
	if(pid > 0)
		return 0;
	if(cfg_child_init())
		return -1;
	monitor_run();
	return 0;
}
