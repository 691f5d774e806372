/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/media: sealed datagrams: what opens, and above all what does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/evp.h>
#include "media/seal.h"


enum {
	ID   = 0x01020304,
	ROOM = 2048,
};

struct pair {
	struct sealer *s;
	struct opener *o;
	struct seal_secret secret;
};

static const uint8_t packet[172] = {0x80, 0, 1, 2, 3};


static struct pair pair_new(enum seal_cipher cipher)
{
	struct pair p = {0};

	assert_int_equal(seal_secret_new(&p.secret), 0);
	assert_int_equal(sealer_alloc(&p.s, cipher, &p.secret, ID), 0);
	assert_int_equal(opener_alloc(&p.o, cipher, &p.secret, ID), 0);
	return p;
}


static void pair_free(struct pair *p)
{
	sealer_free(p->s);
	opener_free(p->o);
}


static size_t sealed(struct pair *p, uint8_t *out)
{
	size_t len = 0;

	assert_int_equal(seal(p->s, false, out, ROOM, &len, packet,
			      sizeof(packet)), 0);
	return len;
}


static int opened(struct pair *p, const uint8_t *d, size_t len)
{
	uint8_t out[ROOM];
	struct seal_head h;
	size_t n = 0;
	int err	 = seal_open(p->o, &h, out, sizeof(out), &n, d, len);

	if (!err) {
		assert_int_equal(n, sizeof(packet));
		assert_memory_equal(out, packet, n);
	}
	return err;
}


static void what_is_sealed_opens(void **state)
{
	static const enum seal_cipher ciphers[] = {SEAL_AES_128_GCM,
						   SEAL_CHACHA20_POLY1305};
	(void)state;

	for (int i = 0; i < 2; i++) {
		struct pair p = pair_new(ciphers[i]);
		uint8_t d[ROOM], out[ROOM];
		struct seal_head h;
		size_t len, n = 99;

		for (unsigned k = 0; k < 3000; k++) {
			len = sealed(&p, d);
			assert_int_equal(len, sizeof(packet) + SEAL_OVERHEAD);
			assert_true(seal_is(d, len));
			assert_int_equal(opened(&p, d, len), 0);
		}
		assert_int_equal(seal(p.s, true, d, sizeof(d), &len, NULL, 0),
				 0);
		assert_int_equal(seal_open(p.o, &h, out, sizeof(out), &n, d,
					   len), 0);
		assert_int_equal(n, 0);
		assert_true(h.rtcp);
		assert_int_equal(h.id, ID);
		assert_int_equal(h.counter, 3000);
		pair_free(&p);
	}
}


/* the nonce and what is authenticated, made anew with the library itself */
static void it_is_what_the_protocol_says(void **state)
{
	struct pair p = pair_new(SEAL_AES_128_GCM);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t d[ROOM], want[ROOM], nonce[12];
	size_t len = 0;
	int n;
	(void)state;

	for (int i = 0; i < 300; i++)
		len = sealed(&p, d);
	memcpy(nonce, p.secret.salt, sizeof(nonce));
	nonce[5] ^= 0x50;
	nonce[10] ^= 299 >> 8;
	nonce[11] ^= 299 & 255;
	assert_memory_equal(d, "\x50\1\2\3\4\0\0\0\0\1\x2b", SEAL_HEADER);

	assert_int_equal(EVP_EncryptInit_ex(ctx, EVP_aes_128_gcm(), NULL,
					    p.secret.key, nonce), 1);
	assert_int_equal(EVP_EncryptUpdate(ctx, NULL, &n, d, SEAL_HEADER), 1);
	assert_int_equal(EVP_EncryptUpdate(ctx, want, &n, packet,
					   sizeof(packet)), 1);
	assert_memory_equal(d + SEAL_HEADER, want, sizeof(packet));
	assert_int_equal(EVP_EncryptFinal_ex(ctx, want, &n), 1);
	assert_int_equal(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG,
					     SEAL_TAG, want), 1);
	assert_memory_equal(d + len - SEAL_TAG, want, SEAL_TAG);
	EVP_CIPHER_CTX_free(ctx);
	pair_free(&p);
}


static void each_bit_counts(void **state)
{
	struct pair p = pair_new(seal_best());
	uint8_t d[ROOM];
	size_t len = sealed(&p, d);
	(void)state;

	for (size_t i = 0; i < len * 8; i++) {
		d[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_not_equal(opened(&p, d, len), 0);
		d[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (size_t i = 0; i < len; i++)
		assert_int_not_equal(opened(&p, d, i), 0);
	/* what failed has not used the counter up */
	assert_int_equal(opened(&p, d, len), 0);
	pair_free(&p);
}


static void nothing_opens_twice(void **state)
{
	static uint8_t d[3 * SEAL_WINDOW][256];
	struct pair p = pair_new(SEAL_AES_128_GCM);
	size_t len = 0;
	(void)state;

	for (int i = 0; i < 3 * SEAL_WINDOW; i++)
		len = sealed(&p, d[i]);

	/* in the window in any order, once */
	for (int i = 500; i >= 0; i -= 2)
		assert_int_equal(opened(&p, d[i], len), 0);
	for (int i = 1; i < 500; i += 2)
		assert_int_equal(opened(&p, d[i], len), 0);
	for (int i = 0; i <= 500; i++)
		assert_int_equal(opened(&p, d[i], len), EALREADY);

	/* a leap: what is now too old does not open, what isn't does, once */
	assert_int_equal(opened(&p, d[2500], len), 0);
	assert_int_equal(opened(&p, d[600], len), EALREADY);
	assert_int_equal(opened(&p, d[2500 - SEAL_WINDOW], len), EALREADY);
	assert_int_equal(opened(&p, d[1700], len), 0);
	assert_int_equal(opened(&p, d[1700], len), EALREADY);
	assert_int_equal(opened(&p, d[2501], len), 0);
	assert_int_equal(opened(&p, d[2499], len), 0);
	assert_int_equal(opened(&p, d[2499], len), EALREADY);
	assert_int_equal(opened(&p, d[2501], len), EALREADY);
	pair_free(&p);
}


static void another_s_key_opens_nothing(void **state)
{
	struct pair p = pair_new(SEAL_AES_128_GCM);
	struct pair q = pair_new(SEAL_AES_128_GCM);
	struct opener *other;
	uint8_t d[ROOM], out[ROOM];
	struct seal_head h;
	size_t n, len = sealed(&p, d);
	(void)state;

	assert_int_equal(opened(&q, d, len), EACCES);
	assert_int_equal(opener_alloc(&other, SEAL_AES_128_GCM, &p.secret,
				      ID + 1), 0);
	assert_int_equal(seal_open(other, &h, out, sizeof(out), &n, d, len),
			 EBADMSG);
	assert_int_equal(seal_open(p.o, &h, out, len - SEAL_OVERHEAD - 1, &n,
				   d, len), EMSGSIZE);
	assert_int_equal(seal(p.s, false, d, SEAL_OVERHEAD, &n, packet, 1),
			 EMSGSIZE);
	assert_int_equal(opener_alloc(&other, (enum seal_cipher)9, &p.secret,
				      ID), ENOTSUP);
	pair_free(&q);
	pair_free(&p);
	opener_free(other);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_sealed_opens),
		cmocka_unit_test(it_is_what_the_protocol_says),
		cmocka_unit_test(each_bit_counts),
		cmocka_unit_test(nothing_opens_twice),
		cmocka_unit_test(another_s_key_opens_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
