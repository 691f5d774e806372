/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file link_test.c  h323gw/link: channels, listeners, and whether the relay
 * lives
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
	};
	int failed;

	if (libre_init())
		return 1;
	failed = cmocka_run_group_tests_name("link", tests, NULL, NULL);
	libre_close();
	return failed;
}
