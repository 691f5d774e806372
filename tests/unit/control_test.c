/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/tunnel: requests on the control channel, from either end: each is
 * answered once, or its asker is told that none will come.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <string.h>
#include <cmocka.h>
#include "rpc/libre.h"
#include "../fuzz/control_pipe.h"

enum {
	LONG = 3600 * 1000, /* ms, which do not pass here */
};

/** Who asks, and what it has heard */
struct asker {
	struct control *c;
	struct control_ask *ask;
	unsigned answers;
	int code; /* 0: a result */
	json_int_t n;
	bool lets_go; /* of the channel, when it is answered */
	bool ends;    /* the main loop, likewise */
};

static struct {
	struct control_pipe pipe;
	struct asker asker;
	unsigned asked;
} w;


/* answers what is said to it; "no" is refused */
static void on_request(const char *method, const json_t *params,
		       json_t **result, struct rpc_error *err, void *arg)
{
	(void)arg;

	++w.asked;
	if (!strcmp(method, "no"))
		rpc_error_set(err, RPC_REFUSED, "no");
	else
		*result = json_pack("{s:O}", "n",
				    json_object_get(params, "n"));
}


static void on_answer(const json_t *result, const struct rpc_error *err,
		      void *arg)
{
	struct asker *a = arg;

	++a->answers;
	a->code = result ? 0 : err->code;
	a->n	= json_integer_value(json_object_get(result, "n"));
	if (a->lets_go)
		a->c = mem_deref(a->c);
	if (a->ends)
		re_cancel();
}


static int begin(void **state)
{
	(void)state;

	memset(&w, 0, sizeof(w));
	pipe_open(&w.pipe, on_request, NULL);

	return control_alloc(&w.asker.c, w.pipe.t[0], on_request, NULL);
}


static int end(void **state)
{
	(void)state;

	mem_deref(w.asker.ask);
	mem_deref(w.asker.c);
	pipe_close(&w.pipe);

	return 0;
}


static int ask(struct asker *a, const char *method, int n, uint64_t timeout)
{
	return control_ask(&a->ask, w.asker.c, method,
			   json_pack("{s:i}", "n", n), timeout, on_answer, a);
}


static void answered(void **state)
{
	struct asker *a = &w.asker;
	(void)state;

	assert_int_equal(ask(a, "yes", 7, LONG), 0);
	assert_int_equal(a->answers, 0);
	pipe_run(&w.pipe);
	assert_int_equal(a->answers, 1);
	assert_int_equal(a->code, 0);
	assert_int_equal(a->n, 7);
	a->ask = mem_deref(a->ask);

	assert_int_equal(ask(a, "no", 7, LONG), 0);
	pipe_run(&w.pipe);
	assert_int_equal(a->answers, 2);
	assert_int_equal(a->code, RPC_REFUSED);
	assert_int_equal(control_refused(w.pipe.control), 1);
}


/* each gets its own, however many there are; no more than so many wait */
static void many(void **state)
{
	struct asker a[CONTROL_ASKS_MAX] = {{0}};
	struct asker more = {0};
	(void)state;

	for (int i = 0; i < CONTROL_ASKS_MAX; i++)
		assert_int_equal(ask(&a[i], "yes", i, LONG), 0);
	assert_int_equal(ask(&more, "yes", 1, LONG), EAGAIN);
	pipe_run(&w.pipe);
	for (int i = 0; i < CONTROL_ASKS_MAX; i++) {
		assert_int_equal(a[i].answers, 1);
		assert_int_equal(a[i].n, i);
		mem_deref(a[i].ask);
	}
	assert_int_equal(ask(&more, "yes", 1, LONG), 0);
	pipe_run(&w.pipe);
	assert_int_equal(more.answers, 1);
	mem_deref(more.ask);
}


/* whoever lets go hears nothing, and the others do */
static void let_go(void **state)
{
	struct asker *a = &w.asker, other = {0};
	(void)state;

	assert_int_equal(ask(a, "yes", 1, LONG), 0);
	assert_int_equal(ask(&other, "yes", 2, LONG), 0);
	a->ask = mem_deref(a->ask);
	pipe_run(&w.pipe);
	assert_int_equal(w.asked, 2);
	assert_int_equal(a->answers, 0);
	assert_int_equal(other.n, 2);
	mem_deref(other.ask);
}


static void channel_goes_in_answer(void **state)
{
	struct asker *a = &w.asker, other = {0};
	(void)state;

	a->lets_go = true;
	assert_int_equal(ask(a, "yes", 1, LONG), 0);
	assert_int_equal(ask(&other, "yes", 2, LONG), 0);
	pipe_run(&w.pipe);
	assert_int_equal(a->answers, 1);
	assert_int_equal(other.answers, 1);
	assert_int_equal(other.code, RPC_BUSY);
	mem_deref(other.ask);
}


static void tunnel_ends(void **state)
{
	struct asker *a = &w.asker;
	(void)state;

	assert_int_equal(ask(a, "yes", 1, LONG), 0);
	w.pipe.t[0] = mem_deref(w.pipe.t[0]);
	assert_int_equal(a->answers, 1);
	assert_int_equal(a->code, RPC_BUSY);
	a->ask = mem_deref(a->ask);
	assert_int_equal(ask(a, "yes", 1, LONG), ENOTCONN);
	assert_int_equal(control_notify(a->c, "x", json_object()), ENOTCONN);
	assert_int_equal(a->answers, 1);
}


static void late(void **state)
{
	struct asker *a = &w.asker;
	(void)state;

	a->ends = true;
	assert_int_equal(ask(a, "yes", 1, 1), 0);
	(void)re_main(NULL);
	assert_int_equal(a->answers, 1);
	assert_int_equal(a->code, RPC_BUSY);
	/* when it comes after all, nobody waits for it */
	pipe_run(&w.pipe);
	assert_int_equal(w.asked, 1);
	assert_int_equal(a->answers, 1);
}


/* what was not asked is not answered by any line */
static void answers_to_nothing(void **state)
{
	static const char *const lines[] = {
		"{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}",
		"{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{}}",
		"{\"jsonrpc\":\"2.0\",\"id\":-1,\"result\":{}}",
		"{\"jsonrpc\":\"2.0\",\"id\":\"1\",\"result\":{}}",
		"{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":"
		"{\"code\":1,\"message\":\"x\"}}",
	};
	struct asker *a = &w.asker;
	struct control *other = w.pipe.control;
	const struct channel_handlers h = {.recvh = pipe_recv};
	struct channel *ch;
	(void)state;

	assert_int_equal(ask(a, "yes", 1, LONG), 0);
	w.pipe.control = mem_deref(other);
	ch = tunnel_control(w.pipe.t[1], &h, NULL);
	pipe_run(&w.pipe); /* asked, and not answered */
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		assert_int_equal(channel_send(ch, (const uint8_t *)lines[i],
					      strlen(lines[i])), 0);
		pipe_run(&w.pipe);
		assert_int_equal(a->answers, 0);
	}
	for (int i = 0; i < 2; i++) { /* and once only */
		assert_int_equal(
			channel_send(ch,
				     (const uint8_t *)"{\"jsonrpc\":\"2.0\","
						      "\"id\":1,\"result\":{}}",
				     strlen("{\"jsonrpc\":\"2.0\",\"id\":1,"
					    "\"result\":{}}")), 0);
		pipe_run(&w.pipe);
		assert_int_equal(a->answers, 1);
	}
}


static void no_memory_and_too_large(void **state)
{
	static char text[TUNNEL_MESSAGE_MAX + 1];
	struct asker *a = &w.asker;
	(void)state;

	assert_int_equal(control_ask(&a->ask, a->c, "x", NULL, LONG,
				     on_answer, a), ENOMEM);
	memset(text, 'x', sizeof(text) - 1);
	assert_int_equal(control_ask(&a->ask, a->c, "x",
				     json_pack("{s:s}", "n", text), LONG,
				     on_answer, a), EMSGSIZE);
	assert_null(a->ask);
	pipe_run(&w.pipe);
	assert_int_equal(a->answers, 0);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
		T(answered),
		T(many),
		T(let_go),
		T(channel_goes_in_answer),
		T(tunnel_ends),
		T(late),
		T(answers_to_nothing),
		T(no_memory_and_too_large),
	};
	int failed;

	if (libre_init())
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	libre_close();

	return failed;
}
