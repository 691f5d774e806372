/* SPDX-License-Identifier: GPL-2.0-or-later */
/* agent: SIP messages in a stream, and what is read in their headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <errno.h>
#include <string.h>
#include <cmocka.h>
#include "rpc/libre.h"
#include "../../agent/sip_frame.h"
#include "../../agent/sip_head.h"


#define OPTIONS "OPTIONS sip:a@b SIP/2.0\r\n"
#define MESSAGE OPTIONS "l: 5\r\n\r\nhello"

struct got {
	char text[400];
	unsigned messages, pings;
	size_t longest;
	int answer;
};


static int on_message(const uint8_t *p, size_t len, void *arg)
{
	struct got *g	= arg;
	const size_t at = strlen(g->text);

	++g->messages;
	if (len > g->longest)
		g->longest = len;
	if (len < 80)
		(void)snprintf(g->text + at, sizeof(g->text) - at, "[%.*s]",
			       (int)len, (const char *)p);

	return g->answer;
}


static void on_ping(void *arg)
{
	struct got *g = arg;

	++g->pings;
}


static const struct sip_frame_handlers handlers = {on_message, on_ping};


/* in pieces of n octets */
static int feed(struct got *g, const char *text, size_t len, size_t n)
{
	struct sip_frame *f;
	int err = 0;

	memset(g, 0, sizeof(*g));
	assert_int_equal(sip_frame_alloc(&f), 0);
	for (size_t i = 0; i < len && !err; i += n)
		err = sip_frame_input(f, (const uint8_t *)text + i,
				      len - i < n ? len - i : n, &handlers, g);
	if (!err && sip_frame_begun(f))
		err = EAGAIN;
	mem_deref(f);

	return err;
}


static void messages_are_found(void **state)
{
	static const char text[] =
		"\r\n" MESSAGE MESSAGE
		"\r\n\r\n" OPTIONS "Content-Length : \r\n 0\r\n\r\n"
		"\r\n" OPTIONS "\n" MESSAGE;
	struct got g;
	(void)state;

	for (size_t n = 1; n <= sizeof(text); n++) {
		assert_int_equal(feed(&g, text, sizeof(text) - 1, n), 0);
		assert_int_equal(g.messages, 5);
		assert_int_equal(g.pings, 1);
		assert_string_equal(
			g.text, "[" MESSAGE "][" MESSAGE "][" OPTIONS
			"Content-Length : \r\n 0\r\n\r\n][" OPTIONS "\n]["
			MESSAGE "]");
	}
}


static void signs_of_life(void **state)
{
	struct got g;
	(void)state;

	assert_int_equal(feed(&g, "\r\n\r\n\r\n\r\n\r\n", 10, 3), 0);
	assert_int_equal(g.pings, 2);
	assert_int_equal(feed(&g, "\r\n" MESSAGE "\r\n",
			      sizeof(MESSAGE) + 3, 1), 0);
	assert_int_equal(g.pings, 0);
}


static void what_is_no_sip_is_refused(void **state)
{
	static const char *const bad[] = {
		"\x16\x03\x01\x02", "\n", "\r\r", "\rA", " OPTIONS",
		"GET / HTTP/1.1\r\n", "OPTIONS sip:a@bSIP/2.0\r\n", "SIP/2.0\r\n",
		OPTIONS "l: 5x\r\n\r\n", OPTIONS "l: -5\r\n\r\n",
		OPTIONS "l:\r\n\r\n", OPTIONS "l: 5\r\nl: 6\r\n\r\n",
		MESSAGE "@", "SIP/2.0 200 OK\r\nl: 0\r\n\r\n\x01",
	};
	struct got g;
	(void)state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		for (size_t n = 1; n < 99; n += 97) {
			if (feed(&g, bad[i], strlen(bad[i]), n) != EBADMSG)
				fail_msg("taken: %s", bad[i]);
		}
	}
	assert_int_equal(feed(&g, OPTIONS "l: 5\r\nl: 5\r\n\r\nhello", 44, 9),
			 0);
	assert_int_equal(feed(&g, OPTIONS "l: 5\r\n\r\nhell", 37, 9), EAGAIN);
	assert_int_equal(feed(&g, OPTIONS, 25, 9), EAGAIN);
}


static void nothing_is_endless(void **state)
{
	enum { SIZE = 2 * SIP_MESSAGE_MAX };
	char *text = calloc(1, SIZE);
	struct got g;
	int n;
	(void)state;

	assert_non_null(text);
	memset(text, 'A', SIZE);
	assert_int_equal(feed(&g, text, SIZE, 1000), EMSGSIZE);

	memcpy(text, OPTIONS, sizeof(OPTIONS) - 1);
	assert_int_equal(feed(&g, text, SIZE, 1000), EMSGSIZE);

	n = sprintf(text, OPTIONS "l: 65507\r\n\r\n");
	assert_int_equal(feed(&g, text, (size_t)n, 1000), EMSGSIZE);
	n = sprintf(text, OPTIONS "l: 99999999999999999999999\r\n\r\n");
	assert_int_equal(feed(&g, text, (size_t)n, 1000), EMSGSIZE);

	n = sprintf(text, OPTIONS "l: %d\r\n\r\n", SIP_MESSAGE_MAX - 37);
	memset(text + n, 'B', SIP_MESSAGE_MAX);
	assert_int_equal(feed(&g, text, SIP_MESSAGE_MAX, 1000), 0);
	assert_int_equal(g.messages, 1);
	assert_int_equal(g.longest, SIP_MESSAGE_MAX);

	n = sprintf(text, OPTIONS);
	for (unsigned i = 0; i < SIP_HEADERS_MAX + 1; i++)
		n += sprintf(text + n, "a: b\r\n");
	n += sprintf(text + n, "\r\n");
	assert_int_equal(feed(&g, text, (size_t)n, 1000), EMSGSIZE);
	free(text);
}


static void the_handler_may_end_it(void **state)
{
	struct sip_frame *f;
	struct got g = {.answer = ECONNABORTED};
	(void)state;

	assert_int_equal(sip_frame_alloc(&f), 0);
	assert_int_equal(sip_frame_input(f, (const uint8_t *)MESSAGE MESSAGE,
					 2 * (sizeof(MESSAGE) - 1), &handlers,
					 &g), ECONNABORTED);
	assert_int_equal(g.messages, 1);
	mem_deref(f);
}


static void who_sent_it(void **state)
{
	static const struct {
		const char *via, *addr;
		int err;
	} cases[] = {
		{"Via: SIP/2.0/TCP 10.0.0.5:5070;branch=x", "10.0.0.5:5070", 0},
		{"V :\r\n SIP/2.0/TLS  [2001:db8::5]:1 ;a", "[2001:db8::5]:1",
		 0},
		{"v: SIP/2.0/TCP 10.0.0.5, SIP/2.0/TCP 1.1.1.1", "10.0.0.5:0",
		 0},
		{"Via: SIP/2.0/TCP phone.lan:5060;branch=x", "", EBADMSG},
		{"Via: SIP/2.0/TCP", "", EBADMSG},
		{"Via:", "", EBADMSG},
		{"To: x", "", ENOENT},
	};
	char text[200], buf[ADDR_STRLEN];
	struct addr a, want;
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int n = sprintf(text, OPTIONS "%s\r\nVia: SIP/2.0/UDP "
				"192.0.2.1\r\n\r\n", cases[i].via);

		if (cases[i].err == ENOENT)
			n = sprintf(text, OPTIONS "To: x\r\n\r\n");
		assert_int_equal(sip_head_sent_by(&a, (uint8_t *)text,
						  (size_t)n), cases[i].err);
		if (cases[i].err)
			continue;
		assert_int_equal(addr_parse_hostport(&want, cases[i].addr), 0);
		if (!addr_eq(&a, &want))
			fail_msg("%s: %s", cases[i].via, addr_str(&a, buf));
	}
	assert_int_equal(sip_head_sent_by(&a, (const uint8_t *)
		"SIP/2.0 200 OK\r\nv: SIP/2.0/TCP 10.0.0.5\r\n\r\n", 45),
		ENOENT);
}


static void datagrams_for_streams(void **state)
{
	static const char *const cases[][2] = {
		{MESSAGE, MESSAGE},
		{MESSAGE " and more", MESSAGE},
		{OPTIONS "\r\nbody",
		 OPTIONS "Content-Length: 4\r\n\r\nbody"},
		{OPTIONS "\r\n", OPTIONS "Content-Length: 0\r\n\r\n"},
		{OPTIONS "l: 5\r\n\r\nhell", NULL},
		{OPTIONS "l: 5\r\n", NULL},
		{"\r\n\r\n", NULL},
		{"", NULL},
	};
	uint8_t out[200];
	size_t len;
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *in	 = cases[i][0], *want = cases[i][1];
		const int err = sip_message_for_stream(
			out, sizeof(out), &len, (const uint8_t *)in,
			strlen(in));

		assert_int_equal(err, want ? 0 : EBADMSG);
		if (!want)
			continue;
		assert_int_equal(len, strlen(want));
		assert_memory_equal(out, want, len);
	}
	assert_int_equal(sip_message_for_stream(out, 10, &len,
						(const uint8_t *)MESSAGE,
						sizeof(MESSAGE) - 1),
			 EMSGSIZE);
}


static void an_answer(void **state)
{
	static const char request[] =
		"INVITE sip:alice@10.0.0.5 SIP/2.0\r\n"
		"Via: SIP/2.0/TCP 10.0.0.2;branch=1\r\n"
		"v: SIP/2.0/UDP 192.0.2.1\r\n ;branch=2\r\n"
		"f: <sip:bob@b>;tag=7\r\nTo: <sip:alice@a;tag=no>\r\n"
		"Contact: <sip:bob@b>\r\nCSeq: 1 INVITE\r\ni: 1\r\n"
		"Record-Route: <sip:r;lr>\r\n\r\nbody";
	static const char want[] =
		"SIP/2.0 503 Service Unavailable\r\n"
		"Via: SIP/2.0/TCP 10.0.0.2;branch=1\r\n"
		"v: SIP/2.0/UDP 192.0.2.1\r\n ;branch=2\r\n"
		"f: <sip:bob@b>;tag=7\r\nTo: <sip:alice@a;tag=no>;tag=agent"
		"\r\nCSeq: 1 INVITE\r\ni: 1\r\n"
		"Content-Length: 0\r\n\r\n";
	static const char status[] = "503 Service Unavailable";
	uint8_t out[600];
	size_t len = 0;
	(void)state;

	assert_int_equal(sip_answer(out, sizeof(out), &len,
				    (const uint8_t *)request,
				    sizeof(request) - 1, status), 0);
	assert_int_equal(len, sizeof(want) - 1);
	assert_memory_equal(out, want, len);
	assert_int_equal(sip_answer(out, sizeof(out), &len, (const uint8_t *)
				    "SIP/2.0 200 OK\r\n\r\n", 18, status),
			 ENOENT);
	assert_int_equal(sip_answer(out, sizeof(out), &len, (const uint8_t *)
				    "ACK sip:a SIP/2.0\r\n\r\n", 21, status),
			 ENOENT);
	assert_int_equal(sip_answer(out, 60, &len, (const uint8_t *)request,
				    sizeof(request) - 1, status), EMSGSIZE);
}


static void what_begins_a_dialog(void **state)
{
	static const struct {
		const char *text;
		bool begins;
	} cases[] = {
		{OPTIONS "To: <sip:a>\r\n\r\n", true},
		{OPTIONS "t: <sip:a;tag=1>\r\n\r\n", true},
		{OPTIONS "\r\n", true},
		{OPTIONS "To: <sip:a>;tag=1\r\n\r\n", false},
		{OPTIONS "To: sip:a\r\n ;tag=1\r\n\r\n", false},
		{"SIP/2.0 200 OK\r\nTo: <sip:a>\r\n\r\n", false},
		{OPTIONS "To: <sip:a>", false},
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
			sip_head_begins_dialog((const uint8_t *)cases[i].text,
					       strlen(cases[i].text)),
			cases[i].begins);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_found),
		cmocka_unit_test(signs_of_life),
		cmocka_unit_test(what_is_no_sip_is_refused),
		cmocka_unit_test(nothing_is_endless),
		cmocka_unit_test(the_handler_may_end_it),
		cmocka_unit_test(who_sent_it),
		cmocka_unit_test(datagrams_for_streams),
		cmocka_unit_test(what_begins_a_dialog),
		cmocka_unit_test(an_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
