/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/media: tokens serve once, for their stream, for a while; probes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <string.h>
#include <cmocka.h>
#include "media/seal.h"
#include "media/token.h"


enum {
	ID    = 0x01020304,
	UNTIL = 30000,
};


static struct token token_new(void)
{
	struct token t = {.id = ID};

	assert_int_equal(token_give(&t, UNTIL), 0);
	return t;
}


static struct probe probe_of(const struct token *t)
{
	struct probe pr = {.id = t->id};

	memcpy(pr.token, t->given, TOKEN_LEN);
	return pr;
}


static void it_serves_once(void **state)
{
	struct token t	= token_new();
	struct probe pr = probe_of(&t);
	(void)state;

	assert_true(token_is_given(&t, 1));
	assert_int_equal(token_serve(&t, &pr, 1), TOKEN_GOOD);
	assert_false(token_is_given(&t, 1));
	assert_int_equal(token_serve(&t, &pr, 1), TOKEN_REPLAYED);
	assert_int_equal(token_serve(&t, &pr, UNTIL + 1), TOKEN_REPLAYED);
}


static void it_expires(void **state)
{
	struct token t	= token_new();
	struct probe pr = probe_of(&t);
	(void)state;

	assert_false(token_is_given(&t, UNTIL));
	assert_int_equal(token_serve(&t, &pr, UNTIL), TOKEN_EXPIRED);
	assert_int_equal(token_serve(&t, &pr, UNTIL + 9999), TOKEN_EXPIRED);
	assert_int_equal(token_serve(&t, &pr, UNTIL - 1), TOKEN_GOOD);
}


static void it_is_its_stream_s(void **state)
{
	struct token t = token_new(), u = token_new();
	struct probe pr = probe_of(&t), other = probe_of(&u);
	(void)state;

	assert_memory_not_equal(t.given, u.given, TOKEN_LEN);
	assert_int_equal(token_serve(&t, &other, 1), TOKEN_FORGED);
	u.id = ID + 1;
	assert_int_equal(token_serve(&u, &other, 1), TOKEN_FORGED);
	assert_int_equal(token_serve(&u, &pr, 1), TOKEN_FORGED);
	/* what was tried has used nothing up */
	assert_int_equal(token_serve(&t, &pr, 1), TOKEN_GOOD);
}


static void the_next_takes_its_place(void **state)
{
	struct token t	    = token_new();
	struct probe first  = probe_of(&t), second;
	(void)state;

	assert_int_equal(token_give(&t, UNTIL), 0);
	second = probe_of(&t);
	assert_int_equal(token_serve(&t, &first, 1), TOKEN_FORGED);
	assert_int_equal(token_serve(&t, &second, 1), TOKEN_GOOD);
	assert_int_equal(token_give(&t, UNTIL), 0);
	assert_int_equal(token_serve(&t, &second, 1), TOKEN_REPLAYED);
	first = probe_of(&t);
	assert_int_equal(token_serve(&t, &first, 1), TOKEN_GOOD);
}


/* what was never given is not all zeros, nor is what has served */
static void nothing_given_nothing_serves(void **state)
{
	struct token t	= {.id = ID};
	struct probe pr = {.id = ID};
	(void)state;

	assert_int_equal(token_serve(&t, &pr, 0), TOKEN_FORGED);
	t  = token_new();
	pr = probe_of(&t);
	assert_int_equal(token_serve(&t, &pr, 1), TOKEN_GOOD);
	memset(pr.token, 0, TOKEN_LEN);
	assert_int_equal(token_serve(&t, &pr, 1), TOKEN_FORGED);
}


static void each_bit_counts(void **state)
{
	struct token t = token_new();
	struct probe pr = probe_of(&t);
	(void)state;

	for (unsigned i = 0; i < TOKEN_LEN * 8; i++) {
		pr.token[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(token_serve(&t, &pr, 1), TOKEN_FORGED);
		pr.token[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	assert_int_equal(token_serve(&t, &pr, 1), TOKEN_GOOD);
}


static void probes(void **state)
{
	static const uint8_t want[PROBE_LEN] = {
		0x52, 1, 2, 3, 4, 1,  9, 8, 7, 6, 5,
		4,    3, 2, 1, 0, 10, 0, 0, 0, 0, 255};
	struct probe pr = {.id = ID, .token = {9, 8, 7, 6, 5, 4, 3, 2, 1, 0,
					       10, 0, 0, 0, 0, 255}};
	struct probe got;
	uint8_t p[PROBE_LEN + 1] = {0};
	struct sign back;
	(void)state;

	probe_encode(p, &pr);
	assert_memory_equal(p, want, PROBE_LEN);
	assert_int_equal(probe_decode(&got, p, PROBE_LEN), 0);
	assert_int_equal(got.id, ID);
	assert_memory_equal(got.token, pr.token, TOKEN_LEN);
	for (size_t i = 0; i <= PROBE_LEN + 1; i++)
		assert_int_equal(!probe_decode(&got, p, i), i == PROBE_LEN);
	assert_true(probe_is(p, 1));
	assert_false(probe_is(p, 0));
	p[5] = 2;
	assert_int_equal(probe_decode(&got, p, PROBE_LEN), EBADMSG);
	assert_false(seal_is(p, PROBE_LEN));

	assert_int_equal(sign_decode(&back, PROBE_ALIVE, want, ALIVE_LEN),
			 EBADMSG);
}


static void signs_of_life(void **state)
{
	const struct sign s = {.id = ID, .nonce = "12345678"};
	uint8_t p[PROBE_LEN] = {0};
	struct probe got;
	struct sign back;
	(void)state;

	sign_encode(p, PROBE_ALIVE, &s);
	assert_memory_equal(p, "\x53\1\2\3\4\1" "12345678", ALIVE_LEN);
	assert_int_equal(sign_decode(&back, PROBE_ALIVE, p, ALIVE_LEN), 0);
	assert_int_equal(back.id, ID);
	assert_memory_equal(back.nonce, s.nonce, ALIVE_NONCE);
	for (size_t i = 0; i <= PROBE_LEN; i++)
		assert_int_equal(!sign_decode(&back, PROBE_ALIVE, p, i),
				 i == ALIVE_LEN);
	assert_int_equal(sign_decode(&back, PROBE_ANSWER, p, ALIVE_LEN),
			 EBADMSG);
	assert_int_equal(probe_decode(&got, p, PROBE_LEN), EBADMSG);
	sign_encode(p, PROBE_ANSWER, &s);
	assert_int_equal(p[0], 0x55);
	assert_int_equal(sign_decode(&back, PROBE_ANSWER, p, ALIVE_LEN), 0);
	assert_false(seal_is(p, ALIVE_LEN));
}


static void in_tunnel(void **state)
{
	struct bare_head h = {.id = ID}, back;
	uint8_t p[BARE_HEADER + 1] = {0};
	(void)state;

	bare_head_encode(p, &h);
	assert_memory_equal(p, "\x56\1\2\3\4", BARE_HEADER);
	assert_int_equal(bare_head_decode(&back, p, sizeof(p)), 0);
	assert_int_equal(back.id, ID);
	assert_false(back.rtcp);
	h.rtcp = true;
	bare_head_encode(p, &h);
	assert_int_equal(bare_head_decode(&back, p, sizeof(p)), 0);
	assert_true(back.rtcp);
	/* an empty one says nothing */
	assert_int_equal(bare_head_decode(&back, p, BARE_HEADER), EBADMSG);
	assert_false(seal_is(p, sizeof(p)));
	assert_false(probe_is(p, sizeof(p)));
	p[0] = SEAL_TYPE_RTP;
	assert_int_equal(bare_head_decode(&back, p, sizeof(p)), EBADMSG);
}


static void texts(void **state)
{
	struct token t = token_new();
	uint8_t back[TOKEN_LEN];
	char text[TOKEN_TEXT];
	(void)state;

	token_text(text, t.given);
	assert_int_equal(strlen(text), TOKEN_TEXT - 1);
	assert_int_equal(token_read(back, text), 0);
	assert_memory_equal(back, t.given, TOKEN_LEN);
	assert_int_equal(token_read(back, text + 1), EBADMSG);
	assert_int_equal(token_read(back, NULL), EBADMSG);
	assert_int_equal(token_read(back, ""), EBADMSG);
	assert_int_equal(token_read(back, "AAAAAAAAAAAAAAAAAAAAAB=="),
			 EBADMSG);
	assert_int_equal(token_read(back, "AAAAAAAAAAAAAAAAAAAAAAA="),
			 EBADMSG);
	assert_int_equal(token_read(back, "AAAAAAAAAA!AAAAAAAAAAA=="),
			 EBADMSG);
	assert_int_equal(token_read(back, "AAAAAAAAAAAAAAAAAAAAAA=="), 0);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_serves_once),
		cmocka_unit_test(it_expires),
		cmocka_unit_test(it_is_its_stream_s),
		cmocka_unit_test(the_next_takes_its_place),
		cmocka_unit_test(nothing_given_nothing_serves),
		cmocka_unit_test(each_bit_counts),
		cmocka_unit_test(probes),
		cmocka_unit_test(signs_of_life),
		cmocka_unit_test(in_tunnel),
		cmocka_unit_test(texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
