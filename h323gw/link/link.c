/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connection itself: made, greeted, lost, made again. Owns struct link.
 *
 * down -> greeting (subscribe, channel.attach) -> reopening, if the relay was
 * started anew -> up.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "log/log.h"
#include "h323gw/link/priv.h"

#define ROOM "link"

enum {
	RETRY_MIN_MS = 100,
	RETRY_MAX_MS = 5000,
	GREETING_MS  = 5000,
	BUCKETS	     = 1024,
};


static void connect_handler(void *arg);
static void lost_handler(void *arg);


static void link_destructor(void *arg)
{
	struct link *l = arg;

	tmr_cancel(&l->tmr);
	tmr_cancel(&l->late);
	l->state = LINK_DOWN;
	mem_deref(l->rc);
	link_listeners_drop(l);
	link_requests_drop(l);
	link_sessions_drop(l);
	mem_deref(l->sessions);
	mem_deref(l->socket);
	mem_deref(l->owner);
}


static void retry(struct link *l)
{
	uint64_t ms = RETRY_MIN_MS;

	for (unsigned i = 0; i < l->attempts && ms < RETRY_MAX_MS; i++)
		ms *= 2;
	if (ms > RETRY_MAX_MS)
		ms = RETRY_MAX_MS;
	++l->attempts;
	tmr_start(&l->tmr, ms, connect_handler, l);
}


/* Everything that hangs on the connection hears of it from the loop, not from
 * within whatever function met the error. */
void link_lost(struct link *l, int err)
{
	if (l->state == LINK_DOWN)
		return;
	l->state = LINK_DOWN;
	l->down_err = err;
	tmr_start(&l->tmr, 0, lost_handler, l);
}


static void lost_handler(void *arg)
{
	struct link *l = mem_ref(arg);

	log_warn(ROOM, "relay at %s: connection lost: %s", l->socket,
		 strerror(l->down_err));
	l->rc = mem_deref(l->rc);
	retry(l);
	link_sessions_lost(l);
	link_requests_lost(l);
	link_listeners_lost(l);
	if (l->h.downh)
		l->h.downh(l->down_err, l->arg);
	mem_deref(l);
}


static void close_handler(struct rpc_conn *rc, int err, void *arg)
{
	(void)rc;
	link_lost(arg, err ? err : ECONNRESET);
}


static void request_handler(struct rpc_conn *rc, const json_t *id,
			    const char *method, const json_t *params,
			    int *fds, size_t nfds, void *arg)
{
	struct link *l = arg;
	struct rpc_error err;

	if (id) {
		rpc_error_set(&err, RPC_METHOD_NOT_FOUND, "no methods here");
		(void)rpc_reply_error(rc, id, &err);
		return;
	}
	if (!strcmp(method, "channel.accepted")) {
		link_channel_accepted(l, params, fds, nfds);
		return;
	}
	if (!strcmp(method, "channel.closed")) {
		link_channel_closed(l, params);
		return;
	}
	mem_ref(l);
	link_session_event(l, method, params);
	if (l->h.eventh)
		l->h.eventh(method, params, l->arg);
	mem_deref(l);
}


/* All sessions are as they were: what waits may go. */
void link_ready(struct link *l)
{
	l->state = LINK_UP;
	l->attempts = 0;
	log_notice(ROOM, "relay at %s: connected", l->socket);
	mem_ref(l);
	if (l->h.uph)
		l->h.uph(l->restarted, l->arg);
	link_requests_flush(l);
	mem_deref(l);
}


static void attach_handler(const struct rpc_error *err, const json_t *result,
			   int *fds, size_t nfds, void *arg)
{
	struct link *l = arg;
	(void)result;
	(void)fds;
	(void)nfds;

	if (rpc_conn_closed(l->rc))
		return;
	if (err)
		log_warn(ROOM, "relay at %s: channel.attach: %s", l->socket,
			 err->message);
	tmr_cancel(&l->tmr);
	if (!l->restarted) {
		link_ready(l);
		return;
	}
	l->state = LINK_REOPENING;
	link_sessions_reopen(l);
}


static void subscribe_handler(const struct rpc_error *err,
			      const json_t *result, int *fds, size_t nfds,
			      void *arg)
{
	struct link *l = arg;
	const char *instance =
		json_string_value(json_object_get(result, "instance"));
	json_t *params;
	(void)fds;
	(void)nfds;

	if (rpc_conn_closed(l->rc))
		return;
	if (err || !instance) {
		log_warn(ROOM, "relay at %s: subscribe: %s", l->socket,
			 err ? err->message : "no instance");
		link_lost(l, EPROTO);
		return;
	}
	/* stays set until the sessions have been opened there */
	if (strcmp(l->instance, instance)) {
		log_notice(ROOM, "relay at %s: %s %s", l->socket,
			   l->instance[0] ? "another instance:" : "instance",
			   instance);
		l->restarted = true;
	}
	(void)snprintf(l->instance, sizeof(l->instance), "%s", instance);

	params = json_pack("{s:[s]}", "kinds", "h225");
	if (rpc_call(l->rc, "channel.attach", params, 0, attach_handler, l))
		link_lost(l, EIO);
	json_decref(params);
}


static void greeting_late(void *arg)
{
	link_lost(arg, ETIMEDOUT);
}


static void connect_handler(void *arg)
{
	struct link *l = arg;
	json_t *params;
	int err;

	err = rpc_connect(&l->rc, l->socket, request_handler, close_handler,
			  l);
	if (err) {
		if (l->attempts == 1)
			log_warn(ROOM, "relay at %s: %s", l->socket,
				 strerror(err));
		retry(l);
		return;
	}
	l->state = LINK_GREETING;
	tmr_start(&l->tmr, GREETING_MS, greeting_late, l);
	params = json_pack("{s:s}", "owner", l->owner);
	err = rpc_call(l->rc, "subscribe", params, 0, subscribe_handler, l);
	json_decref(params);
	if (err)
		link_lost(l, err);
}


int link_alloc(struct link **lp, const char *socket, const char *owner,
	       const struct link_handlers *h, void *arg)
{
	struct link *l;
	int err;

	if (!lp || !socket || !owner)
		return EINVAL;
	l = mem_zalloc(sizeof(*l), link_destructor);
	if (!l)
		return ENOMEM;
	if (h)
		l->h = *h;
	l->arg = arg;
	err = str_dup(&l->socket, socket) || str_dup(&l->owner, owner) ||
			      hash_alloc(&l->sessions, BUCKETS)
		      ? ENOMEM
		      : 0;
	if (err) {
		mem_deref(l);
		return err;
	}
	tmr_start(&l->tmr, 0, connect_handler, l);
	*lp = l;
	return 0;
}


bool link_is_up(const struct link *l)
{
	return l && l->state == LINK_UP;
}


const char *link_owner(const struct link *l)
{
	return l ? l->owner : "";
}


json_t *link_status(const struct link *l)
{
	static const char *const name[] = {
		[LINK_DOWN] = "down",
		[LINK_GREETING] = "greeting",
		[LINK_REOPENING] = "reopening",
		[LINK_UP] = "up",
	};

	return json_pack("{s:s, s:s, s:s, s:i, s:i, s:i}", "socket", l->socket,
			 "state", name[l->state], "instance", l->instance,
			 "requests", (int)l->requests, "sessions",
			 (int)l->sessionc, "listeners", (int)l->listenerc);
}


int link_errno(const struct rpc_error *err)
{
	static const struct {
		int code, err;
	} map[] = {
		{RPC_NOT_FOUND, ENOENT},     {RPC_EXISTS, EEXIST},
		{RPC_NO_RESOURCE, ENOBUFS},  {RPC_BUSY, EBUSY},
		{RPC_REFUSED, EACCES},	     {LINK_UNREACHABLE, EHOSTUNREACH},
		{RPC_INVALID_PARAMS, EINVAL}, {LINK_GONE, ENOTCONN},
	};

	if (!err)
		return 0;
	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++) {
		if (map[i].code == err->code)
			return map[i].err;
	}
	return EIO;
}


int link_addr_read(struct addr *a, const json_t *o)
{
	const char *host = json_string_value(json_object_get(o, "address"));
	json_int_t port = json_integer_value(json_object_get(o, "port"));

	if (json_is_string(o))
		return addr_parse_hostport(a, json_string_value(o));
	if (!host || port < 1 || port > 65535)
		return EBADMSG;
	return addr_parse(a, host, (uint16_t)port);
}
