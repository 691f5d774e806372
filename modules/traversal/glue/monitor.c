/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file monitor.c  The process that watches the relays
 */
#include <errno.h>
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
#include "glue/queue.h"
#include "glue/relays.h"
#include "glue/sessions.h"
#include "glue/stats.h"
#include "glue/watch.h"

enum {
	REASON_SIZE = 32,
	QUEUE_BYTES = 1024 * 1024,
	TICK_MS = 200,  /* between tries to reach a relay that is down */
	GATHER_MS = 10, /* events that come within are taken together */
	BURST = 256,	/* orders done before the relays are looked at */
};

enum order_kind {
	ORDER_CLOSE,
	ORDER_REJECT,
};

/** What a worker asks for */
struct order {
	enum order_kind kind;
	unsigned relay;
	char id[SESSION_ID_SIZE];
	char reason[REASON_SIZE];
};

static int queue[2] = {-1, -1}; /* [0] is the monitor's */
static char *store_path;

int monitor_mod_init(const char *path)
{
	int err;

	store_path = strdup(path);
	err = store_path ? queue_open(queue, QUEUE_BYTES) : ENOMEM;
	if(err) {
		LM_ERR("no queue to the monitor: %s\n", strerror(err));
		return -1;
	}
	register_procs(1);
	cfg_register_child(1);
	return 0;
}

void monitor_destroy(void)
{
	queue_close(queue);
	free(store_path);
	store_path = NULL;
}

static bool order_send(enum order_kind kind, unsigned relay, const char *id,
		const char *reason)
{
	struct order o = {.kind = kind, .relay = relay};

	(void)snprintf(o.id, sizeof(o.id), "%s", id);
	(void)snprintf(o.reason, sizeof(o.reason), "%s", reason);
	return send(queue[1], &o, sizeof(o), MSG_NOSIGNAL) == (ssize_t)sizeof(o);
}

void monitor_close(const struct session *s, const char *reason)
{
	if(s->confirmed)
		sessions_forget(s->id);
	if(!s->opened)
		return;
	stats_inc(sessions_closed);
	if(ask_close(s->relay, s->id, reason)
			&& !order_send(ORDER_CLOSE, s->relay, s->id, reason))
		stats_inc(orders_lost);
}

void monitor_reject(const char *id)
{
	if(!order_send(ORDER_REJECT, 0, id, ""))
		stats_inc(orders_lost);
}

/* ---- in the monitor */

/* false: there is none */
static bool order_do(void)
{
	struct order o;

	if(recv(queue[0], &o, sizeof(o), 0) != (ssize_t)sizeof(o))
		return false;
	if(o.kind == ORDER_CLOSE)
		ask_close_now(o.relay, o.id, o.reason);
	else
		call_reject(o.id);
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

	if(call_child_init() < 0) {
		LM_ERR("no memory for the monitor\n");
		exit(-1);
	}

	if(*store_path)
		sessions_end_stale(store_path);
	for(;;) {
		if(wait_for(pfd) > 0)
			(void)usleep(GATHER_MS * 1000);
		cfg_update();
		for(int i = 0; i < BURST && order_do(); i++)
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
