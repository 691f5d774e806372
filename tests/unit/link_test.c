/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * h323gw/link against a relay made here, which does as a test tells it: answers
 * or not, hands descriptors over, goes away and comes back as another one.
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
#include "rpc/libre.h"
#include "h323gw/link/link.h"
#include "tests/unit/re_until.h"

enum { SESSIONS = 200 };

struct world {
	char dir[32], path[64];
	/* the relay */
	struct rpc_server *rs;
	struct rpc_conn *client;
	const char *instance;
	bool silent;		/* it answers nothing but the greeting */
	int refuse;		/* with this code */
	unsigned asked, opened, closed_listeners, attached;
	char last[32];		/* method */
	/* the link */
	struct link *link;
	unsigned ups, downs;
	bool restarted;
	int fd, err, code;
	unsigned answers, events;
	char who[64], key[32], asked_key[32];
	uint64_t received;
	struct addr from;
	bool heard;		/* something came to a handler */
};


/* a condition is a function of the world */
#define until(w, done) assert_true(re_until(done, w))


static bool is_up(const void *arg)
{
	const struct world *w = arg;

	return link_is_up(w->link);
}

static bool is_down(const void *arg)
{
	const struct world *w = arg;

	return w->downs > 0;
}

static bool has_heard(const void *arg)
{
	const struct world *w = arg;

	return w->heard;
}

static bool was_asked(const void *arg)
{
	const struct world *w = arg;

	return w->asked > 0;
}

static bool was_closed(const void *arg)
{
	const struct world *w = arg;

	return w->closed_listeners > 0;
}


/* ---- the relay ---- */

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


static void relay_start(struct world *w, const char *instance)
{
	const struct rpc_server_conf conf = {.path = w->path, .mode = 0600};

	w->instance = instance;
	assert_int_equal(rpc_listen(&w->rs, &conf, NULL, request_handler,
				    NULL, w), 0);
}


static void relay_stop(struct world *w)
{
	w->rs = mem_deref(w->rs);
	w->client = NULL;
}


/* ---- the link's handlers ---- */

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


static int setup(void **state)
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


static int teardown(void **state)
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


static void result_handler(const struct rpc_error *err, const json_t *result,
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


static void fd_handler(int err, const struct link_channel *ch, int fd,
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


static void listen_handler(int err, const struct addr *address, void *arg)
{
	struct world *w = arg;

	w->err = err;
	if (address)
		w->from = *address;
	w->heard = true;
}


static struct addr at(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse_hostport(&a, text), 0);
	return a;
}


static void from_is(const struct world *w, const char *text)
{
	char buf[ADDR_STRLEN];

	assert_string_equal(addr_str(&w->from, buf), text);
}


static void accepted(struct world *w, json_t *params)
{
	int sv[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	assert_int_equal(rpc_notify_fds(w->client, "channel.accepted", params,
					sv, 1), 0);
	json_decref(params);
	(void)close(sv[0]);
	(void)close(sv[1]);
}


/* ---- the tests ---- */

static void greeted(void **state)
{
	struct world *w = *state;
	json_t *o = link_status(w->link);

	assert_int_equal(w->attached, 1);
	assert_int_equal(w->ups, 1);
	assert_true(w->restarted);
	assert_string_equal(link_owner(w->link), "h323gw");
	assert_string_equal(json_string_value(json_object_get(o, "instance")),
			    "one");
	json_decref(o);
}


static void a_channel_is_opened(void **state)
{
	struct world *w = *state;
	const struct addr to = at("192.168.1.20:1720");
	char text[4] = "";

	assert_int_equal(link_channel_open(NULL, w->link, "office", &to,
					   fd_handler, w), 0);
	assert_false(w->heard);
	until(w, has_heard);
	assert_int_equal(w->err, 0);
	assert_int_equal(read(w->fd, text, sizeof(text)), 2);
	assert_string_equal(text, "hi");
	assert_true(fcntl(w->fd, F_GETFL) & O_NONBLOCK);
	from_is(w, "192.168.1.20:1720");
	assert_int_equal(strlen(w->key), LINK_KEY_LEN - 1);
	assert_string_equal(w->key, w->asked_key);
}


static void why_it_is_not(void **state)
{
	static const int why[][2] = {
		{RPC_NOT_FOUND, ENOENT},   {RPC_NO_RESOURCE, ENOBUFS},
		{RPC_REFUSED, EACCES},	   {-32006, EHOSTUNREACH},
		{RPC_INTERNAL_ERROR, EIO},
	};
	struct world *w = *state;
	const struct addr to = at("192.168.1.20:1720");

	for (size_t i = 0; i < sizeof(why) / sizeof(why[0]); i++) {
		w->refuse = why[i][0];
		w->heard = false;
		assert_int_equal(link_channel_open(NULL, w->link, "office",
						   &to, fd_handler, w), 0);
		until(w, has_heard);
		assert_int_equal(w->err, why[i][1]);
	}
}


static void a_channel_comes_in(void **state)
{
	struct world *w = *state;

	accepted(w, json_pack("{s:s, s:s, s:s, s:s}", "kind", "h225", "agent",
			      "office", "from", "192.168.1.20:33333", "local",
			      "192.168.1.2:1720"));
	until(w, has_heard);
	assert_string_equal(w->who, "h225/office");
	assert_string_equal(w->key, "");
	from_is(w, "192.168.1.20:33333");
	assert_true(w->fd >= 0);
}


static void a_channel_goes_on(void **state)
{
	struct world *w = *state;

	accepted(w, json_pack("{s:s, s:s, s:s, s:s, s:i}", "kind", "again",
			      "agent", "office", "from", "192.168.1.20:33333",
			      "key", "0123456789abcdef", "received", 4711));
	until(w, has_heard);
	assert_string_equal(w->who, "again/office");
	assert_string_equal(w->key, "0123456789abcdef");
	assert_int_equal(w->received, 4711);
}


static void alive_handler(const struct rpc_error *err, const json_t *result,
			  int *fds, size_t nfds, void *arg)
{
	struct world *w = arg;
	(void)result;
	(void)fds;
	(void)nfds;

	w->code = err ? err->code : 0;
	w->heard = true;
}


/* a relay that answers is; one that goes before it answers is not, and another
 * one is not asked in its place */
static void is_it_alive(void **state)
{
	struct world *w = *state;
	struct link_request *req;

	assert_int_equal(link_alive(&req, w->link, alive_handler, w), 0);
	until(w, has_heard);
	assert_int_equal(w->code, 0);

	w->silent = true;
	w->heard = false;
	w->asked = 0;
	assert_int_equal(link_alive(&req, w->link, alive_handler, w), 0);
	until(w, was_asked);
	relay_stop(w);
	until(w, has_heard);
	assert_int_not_equal(w->code, 0);
	until(w, is_down);
	assert_int_equal(link_alive(&req, w->link, alive_handler, w),
			 ENOTCONN);

	/* one that is gone, which the link has not noticed yet */
	w->silent = w->heard = false;
	relay_start(w, "two");
	until(w, is_up);
	w->asked = 0;
	relay_stop(w);
	assert_int_equal(link_alive(&req, w->link, alive_handler, w),
			 ENOTCONN);
	relay_start(w, "three");
	w->downs = 0;
	until(w, is_down);
	until(w, is_up);
	assert_false(w->heard);
	assert_int_equal(w->asked, 0);
}


static struct link_listener *listener(struct world *w)
{
	const struct addr who = at("192.168.1.20:0");
	struct link_listener *li;

	w->heard = false;
	assert_int_equal(link_channel_listen(&li, w->link, "office", &who,
					     listen_handler, fd_handler, w),
			 0);
	return li;
}


static void somebody_connects(void **state)
{
	struct world *w = *state;

	(void)listener(w);
	until(w, has_heard);
	from_is(w, "192.168.1.2:40010");
	w->heard = false;
	/* that of another's is nobody's here */
	accepted(w, json_pack("{s:s, s:i, s:s}", "kind", "listen", "id", 78,
			      "from", "192.168.1.20:4444"));
	accepted(w, json_pack("{s:s, s:i, s:s}", "kind", "listen", "id", 77,
			      "from", "192.168.1.20:5555"));
	until(w, has_heard);
	assert_int_equal(w->err, 0);
	from_is(w, "192.168.1.20:5555");
	/* it is the relay that has no listener any more */
	assert_int_equal(w->closed_listeners, 0);
}


static void nobody_connects(void **state)
{
	struct world *w = *state;
	json_t *p = json_pack("{s:i, s:s}", "id", 77, "reason", "expired");

	(void)listener(w);
	until(w, has_heard);
	w->heard = false;
	assert_int_equal(rpc_notify(w->client, "channel.closed", p), 0);
	json_decref(p);
	until(w, has_heard);
	assert_int_equal(w->err, ETIMEDOUT);
}


static void a_listener_that_is_let_go(void **state)
{
	struct world *w = *state;
	struct link_listener *li = listener(w);

	until(w, has_heard);
	mem_deref(li);
	until(w, was_closed);

	/* before it is known that it listens */
	w->closed_listeners = 0;
	mem_deref(listener(w));
	until(w, was_closed);
	assert_false(w->heard);
}


static void a_listener_goes_with_the_relay(void **state)
{
	struct world *w = *state;

	(void)listener(w);
	until(w, has_heard);
	w->heard = false;
	relay_stop(w);
	until(w, has_heard);
	assert_int_equal(w->err, ENOTCONN);
}


static void asked_again(void **state)
{
	struct world *w = *state;
	const struct addr to = at("192.168.1.20:1720");
	struct link_request *req;

	w->silent = true;
	assert_int_equal(link_call(&req, w->link, "session.update", NULL,
				   result_handler, w), 0);
	until(w, was_asked);
	assert_int_equal(link_channel_open(NULL, w->link, "office", &to,
					   fd_handler, w), 0);
	relay_stop(w);
	until(w, has_heard);
	/* that one is not; it could be done twice */
	assert_int_equal(w->err, ENOTCONN);
	assert_int_equal(w->answers, 0);

	w->silent = w->heard = false;
	relay_start(w, "one");
	until(w, has_heard);
	assert_int_equal(w->answers, 1);
	assert_int_equal(w->code, 0);
	assert_string_equal(w->last, "session.update");
	assert_false(w->restarted);
}


static void forgotten(void **state)
{
	struct world *w = *state;
	struct link_request *req;

	assert_int_equal(link_call(&req, w->link, "session.get", NULL,
				   result_handler, w), 0);
	mem_deref(req);
	assert_int_equal(link_call(NULL, w->link, "session.get", NULL,
				   result_handler, w), 0);
	until(w, has_heard);
	assert_int_equal(w->answers, 1);
	assert_int_equal(w->asked, 2);
}


static void no_answer_in_time(void **state)
{
	struct world *w = *state;

	w->silent = true;
	assert_int_equal(link_call(NULL, w->link, "session.get", NULL,
				   result_handler, w), 0);
	until(w, has_heard);
	assert_int_equal(w->code, RPC_BUSY);
	/* a relay that does not answer is left, and looked for again */
	until(w, is_down);
	until(w, is_up);
	assert_int_equal(w->ups, 2);
}


static void only_so_many_wait(void **state)
{
	struct world *w = *state;
	unsigned i;
	int err = 0;

	relay_stop(w);
	until(w, is_down);
	for (i = 0; !err; i++)
		err = link_call(NULL, w->link, "session.get", NULL,
				result_handler, w);
	assert_int_equal(err, ENOBUFS);
	assert_int_equal(i - 1, LINK_WAITING_MAX);
}


struct one {
	struct world *w;
	struct link_session *se;
	unsigned opened, events;
};


static json_t *open_handler(void *arg)
{
	(void)arg;
	return json_pack("{s:s}", "id", "x");
}


static void opened_handler(const struct rpc_error *err, const json_t *result,
			   void *arg)
{
	struct one *o = arg;

	assert_null(err);
	assert_non_null(result);
	assert_false(link_is_up(o->w->link));
	++o->opened;
}


static void session_event_handler(const char *method, const json_t *params,
				  void *arg)
{
	struct one *o = arg;
	(void)method;
	(void)params;

	++o->events;
	/* one may let go of itself while all are told */
	if (o->events == 2)
		o->se = mem_deref(o->se);
	o->w->heard = true;
}


static const struct link_session_handlers session_handlers = {
	.openh = open_handler,
	.openedh = opened_handler,
	.eventh = session_event_handler,
};


static void sessions_are_opened_again(void **state)
{
	static struct one one[SESSIONS];
	struct world *w = *state;
	struct link_session *twice;
	char id[16];
	json_t *p;

	memset(one, 0, sizeof(one));
	for (unsigned i = 0; i < SESSIONS; i++) {
		(void)snprintf(id, sizeof(id), "s%u", i);
		one[i].w = w;
		assert_int_equal(link_session_alloc(&one[i].se, w->link, id,
						    &session_handlers,
						    &one[i]), 0);
	}
	assert_int_equal(link_session_alloc(&twice, w->link, "s1",
					    &session_handlers, NULL), EEXIST);
	relay_stop(w);
	until(w, is_down);
	/* what is asked now comes after them */
	assert_int_equal(link_call(NULL, w->link, "session.get", NULL,
				   result_handler, w), 0);
	relay_start(w, "two");
	until(w, has_heard);
	assert_true(w->restarted);
	assert_int_equal(w->opened, SESSIONS);
	assert_string_equal(w->last, "session.get");
	for (unsigned i = 0; i < SESSIONS; i++)
		assert_int_equal(one[i].opened, 1);

	p = json_pack("{s:s}", "id", "s5");
	w->heard = false;
	assert_int_equal(rpc_notify(w->client, "session.idle", p), 0);
	until(w, has_heard);
	assert_int_equal(one[5].events, 1);
	assert_int_equal(one[6].events, 0);
	w->heard = false;
	assert_int_equal(rpc_notify(w->client, "agent.down", p), 0);
	until(w, has_heard);
	assert_int_equal(one[6].events, 1);
	assert_null(one[5].se);
	assert_int_equal(w->events, 2);
	json_decref(p);
	for (unsigned i = 0; i < SESSIONS; i++)
		mem_deref(one[i].se);
}


#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(greeted),
		TEST(a_channel_is_opened),
		TEST(why_it_is_not),
		TEST(a_channel_comes_in),
		TEST(a_channel_goes_on),
		TEST(is_it_alive),
		TEST(somebody_connects),
		TEST(nobody_connects),
		TEST(a_listener_that_is_let_go),
		TEST(a_listener_goes_with_the_relay),
		TEST(asked_again),
		TEST(forgotten),
		TEST(no_answer_in_time),
		TEST(only_so_many_wait),
		TEST(sessions_are_opened_again),
	};
	int failed;

	if (libre_init())
		return 1;
	failed = cmocka_run_group_tests_name("link", tests, NULL, NULL);
	libre_close();
	return failed;
}
