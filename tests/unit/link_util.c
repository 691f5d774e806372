/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file link_util.c  h323gw/link against a relay made here
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>
#include "tests/unit/link_util.h"


bool is_up(const void *arg)
{
	const struct world *w = arg;

	return link_is_up(w->link);
}


bool is_down(const void *arg)
{
	const struct world *w = arg;

	return w->downs > 0;
}


bool has_heard(const void *arg)
{
	const struct world *w = arg;

	return w->heard;
}


bool was_asked(const void *arg)
{
	const struct world *w = arg;

	return w->asked > 0;
}


bool was_closed(const void *arg)
{
	const struct world *w = arg;

	return w->closed_listeners > 0;
}


static void answer(struct world *w, struct rpc_conn *rc, const json_t *id,
		   const char *method)
{
	json_t *o = json_object();
	int sv[2];

	if (!strcmp(method, "subscribe"))
		(void)json_object_set_new(o, "instance",
					  json_string(w->instance));
	if (!strcmp(method, "channel.listen"))
		o = (json_decref(o),
		     json_pack("{s:i, s:s, s:i}", "id", 77, "address",
			       "192.168.1.2", "port", 40010));
	if (strcmp(method, "channel.open")) {
		(void)rpc_reply(rc, id, o, NULL, 0);
	}
	else {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
		(void)rpc_reply(rc, id, o, &sv[0], 1);
		assert_int_equal(write(sv[1], "hi", 2), 2);
		(void)close(sv[0]);
		(void)close(sv[1]);
	}
	json_decref(o);
}


static void request_handler(struct rpc_conn *rc, const json_t *id,
			    const char *method, const json_t *params,
			    int *fds, size_t nfds, void *arg)
{
	struct world *w = arg;
	const char *key = json_string_value(json_object_get(params, "key"));
	struct rpc_error e;
	(void)fds;
	(void)nfds;

	w->client = rc;
	(void)snprintf(w->asked_key, sizeof(w->asked_key), "%s",
		       key ? key : "");
	w->attached += !strcmp(method, "channel.attach");
	w->opened += !strcmp(method, "session.open");
	w->closed_listeners += !strcmp(method, "channel.close");
	if (strcmp(method, "subscribe") && strcmp(method, "channel.attach")) {
		++w->asked;
		(void)snprintf(w->last, sizeof(w->last), "%s", method);
		if (w->silent)
			return;
		if (w->refuse) {
			rpc_error_set(&e, w->refuse, "no");
			(void)rpc_reply_error(rc, id, &e);
			return;
		}
	}
	if (id)
		answer(w, rc, id, method);
}


void relay_start(struct world *w, const char *instance)
{
	const struct rpc_server_conf conf = {.path = w->path, .mode = 0600};

	w->instance = instance;
	assert_int_equal(rpc_listen(&w->rs, &conf, NULL, request_handler,
				    NULL, w), 0);
}


void relay_stop(struct world *w)
{
	w->rs = mem_deref(w->rs);
	w->client = NULL;
}


static void up_handler(bool restarted, void *arg)
{
	struct world *w = arg;

	++w->ups;
	w->restarted = restarted;
}


static void down_handler(int err, void *arg)
{
	struct world *w = arg;

	assert_true(err);
	++w->downs;
}


static void channel_handler(const struct link_channel *ch, int fd, void *arg)
{
	struct world *w = arg;

	(void)snprintf(w->who, sizeof(w->who), "%s/%s", ch->kind, ch->agent);
	(void)snprintf(w->key, sizeof(w->key), "%s", ch->key);
	w->received = ch->received;
	w->from = ch->from;
	w->fd = fd;
	w->heard = true;
}


static void event_handler(const char *method, const json_t *params, void *arg)
{
	struct world *w = arg;
	(void)method;
	(void)params;

	++w->events;
}


static const struct link_handlers handlers = {
	.uph = up_handler,
	.downh = down_handler,
	.channelh = channel_handler,
	.eventh = event_handler,
};


int link_setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	(void)snprintf(w->dir, sizeof(w->dir), "/tmp/postern-link-XXXXXX");
	if (!mkdtemp(w->dir))
		return -1;
	(void)snprintf(w->path, sizeof(w->path), "%s/sock", w->dir);
	w->fd = -1;
	*state = w;
	relay_start(w, "one");
	assert_int_equal(link_alloc(&w->link, w->path, "h323gw", &handlers,
				    w), 0);
	until(w, is_up);
	return 0;
}


int link_teardown(void **state)
{
	struct world *w = *state;

	mem_deref(w->link);
	relay_stop(w);
	if (w->fd >= 0)
		(void)close(w->fd);
	(void)unlink(w->path);
	(void)rmdir(w->dir);
	free(w);
	return 0;
}


void result_handler(const struct rpc_error *err, const json_t *result,
			   int *fds, size_t nfds, void *arg)
{
	struct world *w = arg;
	(void)result;
	(void)fds;
	(void)nfds;

	++w->answers;
	w->code = err ? err->code : 0;
	w->err = link_errno(err);
	w->heard = true;
}


void fd_handler(int err, const struct link_channel *ch, int fd,
		       void *arg)
{
	struct world *w = arg;

	assert_true((err == 0) == (fd >= 0));
	assert_true((err == 0) == (ch != NULL));
	w->err = err;
	w->fd = fd;
	if (ch) {
		w->from = ch->from;
		(void)snprintf(w->key, sizeof(w->key), "%s", ch->key);
	}
	w->heard = true;
}


void listen_handler(int err, const struct addr *address, void *arg)
{
	struct world *w = arg;

	w->err = err;
	if (address)
		w->from = *address;
	w->heard = true;
}


struct addr at(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse_hostport(&a, text), 0);
	return a;
}


void from_is(const struct world *w, const char *text)
{
	char buf[ADDR_STRLEN];

	assert_string_equal(addr_str(&w->from, buf), text);
}


void accepted(struct world *w, json_t *params)
{
	int sv[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	assert_int_equal(rpc_notify_fds(w->client, "channel.accepted", params,
					sv, 1), 0);
	json_decref(params);
	(void)close(sv[0]);
	(void)close(sv[1]);
}
