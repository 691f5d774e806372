/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ctl/tail.c  posternctl tail: the relays' events as they happen
 *
 * A relay that goes away is tried again, so that a restart can be watched.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include "ctl/ctl.h"

enum { RETRY_MS = 1000, LOOK_MS = 200 };

static volatile sig_atomic_t stopped;


static void on_signal(int sig)
{
	(void)sig;
	stopped = 1;
}


static const char *str(const json_t *o, const char *name)
{
	return ctl_text(json_string_value(json_object_get(o, name)));
}


static void print_event(struct ctl *c, const char *path,
			const struct rpc_msg *m)
{
	const json_t *p = m->params;
	struct timespec ts;
	struct tm tm;
	char when[32];

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	if (c->json) {
		json_t *o = json_pack("{s:I, s:s, s:s, s:O?}", "time",
				      (json_int_t)ts.tv_sec * 1000 +
					      ts.tv_nsec / 1000000,
				      "relay", path, "event", m->method,
				      "params", p);

		(void)json_dumpf(o, c->out, JSON_COMPACT);
		fputc('\n', c->out);
		json_decref(o);
		(void)fflush(c->out);
		return;
	}

	(void)localtime_r(&ts.tv_sec, &tm);
	(void)strftime(when, sizeof(when), "%H:%M:%S", &tm);
	fprintf(c->out, "%s.%03ld %-15s %s", when, ts.tv_nsec / 1000000,
		m->method, str(p, "label"));
	if (!strcmp(m->method, "leg.latched"))
		fprintf(c->out, " stream %d leg %s %s %s (was %s)",
			(int)json_integer_value(json_object_get(p, "stream")),
			str(p, "leg"), str(p, "component"), str(p, "source"),
			str(p, "previous"));
	else if (!strcmp(m->method, "session.idle"))
		fprintf(c->out, " no media for %d s",
			(int)json_integer_value(json_object_get(p, "idle")));
	else if (!strcmp(m->method, "session.closed"))
		fprintf(c->out, " %s", str(p, "reason"));
	else if (!strncmp(m->method, "service.", 8))
		fprintf(c->out, "agent %s: %s on %s for %s: %s",
			str(p, "agent"), str(p, "to"), str(p, "listen"),
			str(p, "peer"), str(p, "reason"));
	fprintf(c->out, " [%s]\n", str(p, "id"));
	(void)fflush(c->out);
}


static struct rpc_sync *subscribe(struct ctl *c, const char *path)
{
	json_t *params = json_object();
	struct rpc_sync *rs = NULL;

	if (!ctl_connect(c, path, &rs) &&
	    ctl_ask(c, rs, path, "subscribe", params, NULL)) {
		rpc_sync_close(rs);
		rs = NULL;
	}
	json_decref(params);
	return rs;
}


static void drain_events(struct ctl *c, const char *path,
			 struct rpc_sync **rs)
{
	struct rpc_msg m;
	int err;

	while (!(err = rpc_sync_event(*rs, 0, &m))) {
		print_event(c, path, &m);
		rpc_msg_reset(&m);
	}
	if (err == ETIMEDOUT)
		return;

	fprintf(c->err, "posternctl: %s: %s: trying again\n", path,
		strerror(err));
	rpc_sync_close(*rs);
	*rs = NULL;
}


static void reconnect(struct ctl *c, struct rpc_sync *rs[])
{
	struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
	bool any = false;

	for (size_t i = 0; i < c->nrelays; i++) {
		struct rpc_sync *probe = NULL;

		if (rs[i]) {
			any = true;
			continue;
		}
		/* quietly: it has been said that it is away */
		if (rpc_sync_open(&probe, c->relays[i], LOOK_MS))
			continue;
		rpc_sync_close(probe);
		rs[i] = subscribe(c, c->relays[i]);
		any |= rs[i] != NULL;
	}
	if (!any)
		(void)nanosleep(&pause, NULL);
}


/** posternctl tail: until interrupted */
int ctl_tail(struct ctl *c)
{
	struct sigaction sa = {.sa_handler = on_signal};
	struct rpc_sync *rs[CTL_RELAYS_MAX] = {NULL};
	bool any = false;

	(void)sigaction(SIGINT, &sa, NULL);
	(void)sigaction(SIGTERM, &sa, NULL);

	for (size_t i = 0; i < c->nrelays; i++) {
		rs[i] = subscribe(c, c->relays[i]);
		any |= rs[i] != NULL;
	}
	if (!any)
		return CTL_UNREACHABLE;

	while (!stopped && !ferror(c->out)) {
		struct pollfd pfd[CTL_RELAYS_MAX];

		for (size_t i = 0; i < c->nrelays; i++) {
			if (rs[i])
				drain_events(c, c->relays[i], &rs[i]);
			pfd[i].fd = rpc_sync_fd(rs[i]);
			pfd[i].events = POLLIN;
		}
		reconnect(c, rs);
		(void)poll(pfd, c->nrelays, RETRY_MS);
	}

	for (size_t i = 0; i < c->nrelays; i++)
		rpc_sync_close(rs[i]);
	return CTL_OK;
}
