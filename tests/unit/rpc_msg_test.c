/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/rpc: the codec and the line buffer */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "rpc/line.h"
#include "rpc/rpc.h"

#define DEEP8 "[[[[[[[["
#define UP8   "]]]]]]]]"


static const struct {
	const char *line;
	int err;
	int code; /* with an error: what is answered; else the type */
} lines[] = {
	{"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\"}", 0, RPC_REQUEST},
	{"{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"a\",\"params\":{}}", 0,
	 RPC_REQUEST},
	{"{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"params\":[]}", 0,
	 RPC_NOTIFICATION},
	{"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":null}", 0, RPC_RESULT},
	{"{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-1,"
	 "\"message\":\"no\"}}",
	 0, RPC_ERROR},
	{"{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-1}}", 0,
	 RPC_ERROR},
	{"", EBADMSG, RPC_PARSE_ERROR},
	{"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":", EBADMSG,
	 RPC_PARSE_ERROR},
	{"{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":2,\"method\":\"a\"}", EBADMSG,
	 RPC_PARSE_ERROR},
	{"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\"}]", EBADMSG,
	 RPC_INVALID_REQUEST},
	{"{\"id\":1,\"method\":\"a\"}", EBADMSG, RPC_INVALID_REQUEST},
	{"{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"a\"}", EBADMSG,
	 RPC_INVALID_REQUEST},
	{"{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"a\"}", EBADMSG,
	 RPC_INVALID_REQUEST},
	{"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":7}", EBADMSG,
	 RPC_INVALID_REQUEST},
	{"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"params\":3}",
	 EBADMSG, RPC_INVALID_REQUEST},
	{"{\"jsonrpc\":\"2.0\",\"id\":1}", EBADMSG, RPC_INVALID_REQUEST},
	{"{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"message\":\"x\"}}",
	 EBADMSG, RPC_INVALID_REQUEST},
	{DEEP8 DEEP8 "[" UP8 UP8 "]", EBADMSG, RPC_PARSE_ERROR},
};


static void lines_are_understood_or_refused(void **state)
{
	(void)state;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct rpc_error err = {0};
		struct rpc_msg m;
		int e = rpc_msg_decode(&m, lines[i].line,
				       strlen(lines[i].line), &err);

		if (e != lines[i].err ||
		    (e ? err.code : (int)m.type) != lines[i].code)
			fail_msg("%s: %d, code %d, type %d", lines[i].line, e,
				 err.code, m.type);
		rpc_msg_reset(&m);
	}
}


static void brackets_in_strings_are_not_depth(void **state)
{
	const char *line = "{\"jsonrpc\":\"2.0\",\"method\":\"" DEEP8 DEEP8
			   "[\\\"" DEEP8 "\"}";
	struct rpc_msg m;
	(void)state;

	assert_int_equal(rpc_msg_decode(&m, line, strlen(line), NULL), 0);
	assert_string_equal(m.method, DEEP8 DEEP8 "[\"" DEEP8);
	rpc_msg_reset(&m);
}


static void an_error_keeps_the_request_id(void **state)
{
	const char *line = "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":3}";
	struct rpc_error err;
	struct rpc_msg m;
	(void)state;

	assert_int_equal(rpc_msg_decode(&m, line, strlen(line), &err),
			 EBADMSG);
	assert_int_equal(json_integer_value(m.id), 7);
	rpc_msg_reset(&m);
}


static void what_is_encoded_decodes_to_the_same(void **state)
{
	json_t *params = json_pack("{s:s, s:[i,i]}", "a", "b\n", "c", 1, 2);
	struct rpc_error e;
	struct rpc_msg m;
	size_t len;
	char *line;
	(void)state;

	assert_int_equal(rpc_request_encode(&line, &len, 42, "do", params), 0);
	assert_int_equal(line[len - 1], '\n');
	assert_null(memchr(line, '\n', len - 1));
	assert_int_equal(rpc_msg_decode(&m, line, len, NULL), 0);
	assert_int_equal(m.type, RPC_REQUEST);
	assert_int_equal(json_integer_value(m.id), 42);
	assert_true(json_equal(m.params, params));
	free(line);

	assert_int_equal(rpc_result_encode(&line, &len, m.id, params), 0);
	rpc_msg_reset(&m);
	assert_int_equal(rpc_msg_decode(&m, line, len, NULL), 0);
	assert_int_equal(m.type, RPC_RESULT);
	assert_true(json_equal(m.result, params));
	rpc_msg_reset(&m);
	free(line);

	rpc_error_set(&e, RPC_NOT_FOUND, "no session %s", "x");
	assert_int_equal(rpc_error_encode(&line, &len, NULL, &e), 0);
	assert_int_equal(rpc_msg_decode(&m, line, len, NULL), 0);
	assert_int_equal(m.type, RPC_ERROR);
	assert_int_equal(m.error.code, RPC_NOT_FOUND);
	assert_string_equal(m.error.message, "no session x");
	rpc_msg_reset(&m);
	free(line);

	assert_int_equal(rpc_notification_encode(&line, &len, "n", NULL), 0);
	assert_int_equal(rpc_msg_decode(&m, line, len, NULL), 0);
	assert_int_equal(m.type, RPC_NOTIFICATION);
	rpc_msg_reset(&m);
	free(line);
	json_decref(params);
}


static void an_answer_that_is_no_utf8_still_goes_out(void **state)
{
	struct rpc_error e = {.code = RPC_INVALID_PARAMS};
	struct rpc_msg m;
	size_t len;
	char *line;
	(void)state;

	strcpy(e.message, "bad \xff name");
	assert_int_equal(rpc_error_encode(&line, &len, NULL, &e), 0);
	assert_int_equal(rpc_msg_decode(&m, line, len, NULL), 0);
	assert_int_equal(m.error.code, RPC_INVALID_PARAMS);
	rpc_msg_reset(&m);
	free(line);
}


static void too_long_is_refused_both_ways(void **state)
{
	char *text = malloc(RPC_LINE_MAX + 2);
	struct rpc_error err;
	struct rpc_msg m;
	json_t *big;
	size_t len;
	char *line;
	(void)state;

	memset(text, 'a', RPC_LINE_MAX + 1);
	text[RPC_LINE_MAX + 1] = '\0';
	assert_int_equal(rpc_msg_decode(&m, text, RPC_LINE_MAX + 1, &err),
			 E2BIG);
	rpc_msg_reset(&m);
	big = json_pack("{s:s}", "a", text);
	assert_int_equal(rpc_notification_encode(&line, &len, "n", big),
			 E2BIG);
	json_decref(big);
	free(text);
}


static void feed(struct rpc_linebuf *lb, const char *text, size_t n)
{
	size_t room;
	char *p;

	while (n) {
		assert_int_equal(rpc_linebuf_space(lb, &p, &room), 0);
		room = room < n ? room : n;
		memcpy(p, text, room);
		rpc_linebuf_fill(lb, room);
		text += room;
		n -= room;
	}
}


static void lines_come_out_whole_octet_by_octet(void **state)
{
	static const char text[] = "one\n\ntwo\nthr";
	static const char *want[] = {"one", "two"};
	struct rpc_linebuf lb = {0};
	unsigned got = 0;
	(void)state;

	for (size_t i = 0; i < strlen(text); i++) {
		const char *line;
		size_t len;

		feed(&lb, text + i, 1);
		while (rpc_linebuf_next(&lb, &line, &len)) {
			assert_in_range(got, 0, 1);
			assert_int_equal(len, strlen(want[got]));
			assert_memory_equal(line, want[got], len);
			++got;
		}
	}
	assert_int_equal(got, 2);
	rpc_linebuf_reset(&lb);
}


static void many_lines_in_one_read(void **state)
{
	struct rpc_linebuf lb = {0};
	const char *line;
	unsigned got = 0;
	size_t len;
	(void)state;

	for (unsigned i = 0; i < 1000; i++)
		feed(&lb, "{\"n\":1}\n", 8);
	while (rpc_linebuf_next(&lb, &line, &len)) {
		assert_int_equal(len, 7);
		++got;
	}
	assert_int_equal(got, 1000);
	rpc_linebuf_reset(&lb);
}


static void a_line_without_end_is_refused(void **state)
{
	struct rpc_linebuf lb = {0};
	size_t total = 0, n;
	const char *line;
	size_t len;
	char *p;
	int err;
	(void)state;

	while (!(err = rpc_linebuf_space(&lb, &p, &n))) {
		memset(p, 'x', n);
		rpc_linebuf_fill(&lb, n);
		assert_false(rpc_linebuf_next(&lb, &line, &len));
		total += n;
		assert_in_range(total, 0, RPC_LINE_MAX);
	}
	assert_int_equal(err, E2BIG);
	assert_int_equal(total, RPC_LINE_MAX);
	rpc_linebuf_reset(&lb);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_understood_or_refused),
		cmocka_unit_test(brackets_in_strings_are_not_depth),
		cmocka_unit_test(an_error_keeps_the_request_id),
		cmocka_unit_test(what_is_encoded_decodes_to_the_same),
		cmocka_unit_test(an_answer_that_is_no_utf8_still_goes_out),
		cmocka_unit_test(too_long_is_refused_both_ways),
		cmocka_unit_test(lines_come_out_whole_octet_by_octet),
		cmocka_unit_test(many_lines_in_one_read),
		cmocka_unit_test(a_line_without_end_is_refused),
	};

	return cmocka_run_group_tests_name("rpc_msg", tests, NULL, NULL);
}
