/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file link_sessions_test.c  h323gw/link: questions, and sessions that outlive
 * a relay
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

enum { SESSIONS = 200 };


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


int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(asked_again),
		TEST(forgotten),
		TEST(no_answer_in_time),
		TEST(only_so_many_wait),
		TEST(sessions_are_opened_again),
	};
	int failed;

	if (libre_init())
		return 1;
	failed = cmocka_run_group_tests_name("link_sessions", tests, NULL, NULL);
	libre_close();
	return failed;
}
