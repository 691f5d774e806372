/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/tunnel: who an agent is, and what is said first on a connection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tunnel/hello.h"


static void a_proof_is_one_agent_s_on_one_connection(void **state)
{
	char secret[AUTH_TEXT], public[AUTH_TEXT], other[AUTH_TEXT];
	char proof[AUTH_SIG_TEXT], again[AUTH_TEXT];
	uint8_t here[AUTH_EXPORTER] = {1}, there[AUTH_EXPORTER] = {2};
	(void)state;

	assert_int_equal(auth_key_new(again, other), 0);
	assert_int_equal(auth_key_new(secret, public), 0);
	assert_int_equal(auth_public(again, secret), 0);
	assert_string_equal(again, public);
	assert_true(auth_public_valid(public));

	assert_int_equal(auth_sign(proof, secret, "branch-7", here), 0);
	assert_int_equal(auth_verify(proof, public, "branch-7", here), 0);
	assert_int_equal(auth_verify(proof, public, "branch-7", there),
			 EACCES);
	assert_int_equal(auth_verify(proof, public, "branch-8", here), EACCES);
	assert_int_equal(auth_verify(proof, public, "branch-", here), EACCES);
	assert_int_equal(auth_verify(proof, other, "branch-7", here), EACCES);
	proof[10] = proof[10] == 'A' ? 'B' : 'A';
	assert_int_equal(auth_verify(proof, public, "branch-7", here), EACCES);
}


static void what_is_no_key(void **state)
{
	char proof[AUTH_SIG_TEXT], public[AUTH_TEXT];
	uint8_t here[AUTH_EXPORTER] = {0};
	static const char *const bad[] = {
		"", "AAAA", "=", "====",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
		"AAAAAAAAAAAAAAAAAAAA AAAAAAAAAAAAAAAAAAAAAA=",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	};
	(void)state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(auth_public(public, bad[i]), EINVAL);
		assert_int_equal(auth_sign(proof, bad[i], "x", here), EINVAL);
		assert_false(auth_public_valid(bad[i]));
		assert_int_equal(auth_verify(bad[i], bad[i], "x", here),
				 EACCES);
	}
}


static void names(void **state)
{
	char longest[AUTH_NAME_MAX + 2];
	(void)state;

	assert_true(auth_name_valid("branch-7_b.example"));
	assert_false(auth_name_valid(""));
	assert_false(auth_name_valid(".hidden"));
	assert_false(auth_name_valid("a/b"));
	assert_false(auth_name_valid("a b"));
	memset(longest, 'a', sizeof(longest));
	longest[AUTH_NAME_MAX + 1] = '\0';
	assert_false(auth_name_valid(longest));
	longest[AUTH_NAME_MAX] = '\0';
	assert_true(auth_name_valid(longest));
}


static void greetings_come_back_as_they_went(void **state)
{
	struct hello h = {.agent = "a1", .proof = "cHJvb2Y=",
			  .session = "0123456789abcdef0123456789abcdef",
			  .received = 123456789012, .software = "agent 1",
			  .modes = 1 << MEDIA_TOKEN};
	struct welcome w = {.version = 1, .resumed = true, .keepalive = 4000,
			    .media_link = true,
			    .received = 77, .media = {7000, 7001},
			    .session = "fedcba9876543210fedcba9876543210",
			    .mode = MEDIA_TOKEN};
	struct refuse r = {.code = REFUSE_AUTH, .retry = 30, .text = "no"};
	struct welcome w2;
	struct hello h2;
	struct refuse r2;
	char *text;
	(void)state;

	text = hello_encode(&h);
	assert_int_equal(hello_decode(&h2, text, strlen(text)), 0);
	free(text);
	assert_true(h2.speaks);
	h.speaks = true;
	assert_memory_equal(&h, &h2, sizeof(h));
	assert_false(h2.media);

	h.media	   = true;
	h.received = 0;
	text = hello_encode(&h);
	assert_int_equal(hello_decode(&h2, text, strlen(text)), 0);
	free(text);
	assert_memory_equal(&h, &h2, sizeof(h));

	text = welcome_encode(&w);
	assert_int_equal(welcome_decode(&w2, text, strlen(text)), 0);
	free(text);
	assert_string_equal(w2.session, w.session);
	assert_true(w2.resumed);
	assert_int_equal(w2.received, 77);
	assert_int_equal(w2.keepalive, 4000);
	assert_int_equal(w2.media[1], 7001);
	assert_true(w2.media_link);
	assert_int_equal(w2.mode, MEDIA_TOKEN);

	text = refuse_encode(&r);
	assert_int_equal(refuse_decode(&r2, text, strlen(text)), 0);
	free(text);
	assert_int_equal(r2.code, REFUSE_AUTH);
	assert_int_equal(r2.retry, 30);
	assert_string_equal(r2.text, "no");
}


static void modes_are_agreed_upon(void **state)
{
	static const char old[] = "{\"versions\":[1],\"agent\":\"a\"}";
	static const char more[] =
		"{\"versions\":[1],\"agent\":\"a\",\"mediaModes\":"
		"[\"pigeon\",\"token\"]}";
	const media_modes sealed = 1 << MEDIA_SEALED, token = 1 << MEDIA_TOKEN;
	struct hello h;
	(void)state;

	assert_int_equal(hello_decode(&h, old, strlen(old)), 0);
	assert_int_equal(h.modes, sealed);
	assert_int_equal(hello_decode(&h, more, strlen(more)), 0);
	assert_int_equal(h.modes, token);

	assert_int_equal(media_mode_choose(sealed | token, sealed | token),
			 MEDIA_SEALED);
	assert_int_equal(media_mode_choose(sealed | token, token),
			 MEDIA_TOKEN);
	assert_int_equal(media_mode_choose(sealed, token), MEDIA_MODES);
	assert_int_equal(media_mode_find("token"), MEDIA_TOKEN);
	assert_int_equal(media_mode_find("none"), MEDIA_MODES);
	assert_int_equal(media_mode_find(NULL), MEDIA_MODES);
	assert_string_equal(media_mode_name(MEDIA_MODES), "none");
}


static void newer_and_worse(void **state)
{
	static const char newer[] =
		"{\"versions\":[3,2],\"agent\":\"a\",\"more\":{\"x\":[1]}}";
	static const char *const bad[] = {
		"", "{}", "[]", "1", "{\"agent\":\"a\"}",
		"{\"versions\":1,\"agent\":\"a\"}",
		"{\"versions\":[1]}",
		"{\"versions\":[1],\"agent\":\"../a\"}",
		"{\"versions\":[1],\"agent\":7}",
		"{\"versions\":[1],\"agent\":\"a\",\"session\":\"1\"}",
		"{\"versions\":[1],\"agent\":\"a\",\"received\":-1}",
		"{\"versions\":[1],\"agent\":\"a\",\"carries\":\"media\"}",
		"{\"versions\":[1],\"agent\":\"a\",\"carries\":\"cars\"}",
		"{\"versions\":[1],\"agent\":\"a\",\"carries\":1}",
		"{\"versions\":[1],\"agent\":\"a\",\"mediaModes\":1}",
		"{\"versions\":[1],\"agent\":\"a\",\"mediaModes\":[1]}",
		"{\"versions\":[1],\"agent\":\"a\\u0000b\"}",
		"{\"versions\":[1],\"agent\":\"a\",\"agent\":\"b\"}",
		"{\"versions\":[1],\"agent\":\"a\",\"x\":[[[[[[1]]]]]]}",
	};
	struct hello h;
	(void)state;

	assert_int_equal(hello_decode(&h, newer, strlen(newer)), 0);
	assert_false(h.speaks);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (hello_decode(&h, bad[i], strlen(bad[i])) != EBADMSG)
			fail_msg("taken: %s", bad[i]);
	}
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_proof_is_one_agent_s_on_one_connection),
		cmocka_unit_test(what_is_no_key),
		cmocka_unit_test(names),
		cmocka_unit_test(greetings_come_back_as_they_went),
		cmocka_unit_test(modes_are_agreed_upon),
		cmocka_unit_test(newer_and_worse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
