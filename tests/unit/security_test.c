/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file security_test.c  Secrets, their seal, and tokens of H.235
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <openssl/evp.h>
#include "h323gw/h225/alias.h"
#include "h323gw/h225/id.h"
#include "h323gw/security/sealer.h"
#include "h323gw/security/secrets.h"
#include "h323gw/security/token.h"

enum {
	NOW = 1790000000,
};

static const uint64_t seed[2] = {1, 2};


static struct alias alias(enum alias_type type, const char *text)
{
	struct alias a = {.type = type};

	(void)snprintf(a.text, sizeof(a.text), "%s", text);

	return a;
}


/* ---- secrets ---- */

static void one_secret_an_alias(void **state)
{
	const struct alias anna = alias(ALIAS_H323_ID, "anna");
	const struct alias digits = alias(ALIAS_DIALLED_DIGITS, "1001");
	const struct alias party = alias(ALIAS_PARTY_E164, "1001");
	struct secrets *s;
	char text[SECRET_TEXT_MAX + 2];
	(void)state;

	assert_int_equal(secrets_alloc(&s, seed), 0);
	assert_int_equal(secrets_put(s, &anna, "one"), 0);
	assert_int_equal(secrets_put(s, &anna, "two"), 0);
	assert_int_equal(secrets_count(s), 1);
	assert_string_equal(secret_text(secrets_find(s, &anna)), "two");
	assert_int_equal(secrets_put(s, &digits, "three"), 0);

	/* the same number, whatever kind of alias has it */
	assert_ptr_equal(secrets_find(s, &party), secrets_find(s, &digits));
	assert_ptr_equal(secrets_by_name(s, "1001"), secrets_find(s, &digits));
	assert_ptr_equal(secrets_by_name(s, "anna"), secrets_find(s, &anna));
	assert_null(secrets_by_name(s, "Anna"));
	assert_false(secret_eq(secrets_find(s, &anna),
			       secrets_find(s, &digits)));

	assert_int_equal(secrets_put(s, &anna, ""), EINVAL);
	memset(text, 'x', sizeof(text));
	text[SECRET_LEN_MAX + 1] = '\0';
	assert_int_equal(secrets_put(s, &anna, text), EINVAL);
	assert_string_equal(secret_text(secrets_find(s, &anna)), "two");
	text[SECRET_LEN_MAX] = '\0';
	assert_int_equal(secrets_put(s, &anna, text), 0);

	assert_true(secrets_remove(s, &anna));
	assert_false(secrets_remove(s, &anna));
	assert_int_equal(secrets_count(s), 1);
	secrets_free(s);
}


static void what_was_seen_is_known(void **state)
{
	const struct alias anna = alias(ALIAS_H323_ID, "anna");
	struct secrets *s;
	struct secret *se;
	uint32_t i;
	(void)state;

	assert_int_equal(secrets_alloc(&s, seed), 0);
	assert_int_equal(secrets_put(s, &anna, "one"), 0);
	se = secrets_find(s, &anna);
	assert_false(secret_signs(se));
	for (i = 0; i < SECRET_RECENT; i++)
		assert_int_equal(secret_seen(se, NOW + i, 7), 0);
	assert_true(secret_signs(se));
	assert_int_equal(secret_seen(se, NOW, 7), EALREADY);
	/* the same second, another number */
	assert_int_equal(secret_seen(se, NOW + 5, 8), 0);
	/* older than all that is remembered: it might have been */
	assert_int_equal(secret_seen(se, NOW - 1, 9), EALREADY);
	assert_int_equal(secret_seen(se, NOW, 7), EALREADY);
	secrets_free(s);
}


/* ---- the seal ---- */

static void seal_is_good_for_its_alias(void **state)
{
	static const char *const texts[] = {"x", "sesame", "öffne dich",
					    "sixteen octets .", ""};
	char dir[] = "/tmp/postern-seal-XXXXXX", path[64], sealed[640];
	char again[640], text[SECRET_TEXT_MAX + 1];
	struct sealer *s;
	struct stat st;
	size_t i;
	(void)state;

	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/key", dir);
	assert_int_equal(sealer_open(&s, path), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(sealer_seal(s, "anna", texts[i], sealed,
					     sizeof(sealed)), 0);
		assert_int_equal(sealer_unseal(s, "anna", sealed, text,
					       sizeof(text)), 0);
		assert_string_equal(text, texts[i]);
		assert_int_equal(sealer_unseal(s, "berta", sealed, text,
					       sizeof(text)), EBADMSG);
		assert_string_equal(text, "");
	}
	/* never the same twice; another octet; cut off; too long */
	assert_int_equal(sealer_seal(s, "anna", "x", sealed, 640), 0);
	assert_int_equal(sealer_seal(s, "anna", "x", again, 640), 0);
	assert_string_not_equal(sealed, again);
	sealed[5] = sealed[5] == 'A' ? 'B' : 'A';
	assert_int_equal(sealer_unseal(s, "anna", sealed, text, 100), EBADMSG);
	assert_int_equal(sealer_unseal(s, "anna", "1:AAAA", text, 100),
			 EBADMSG);
	assert_int_equal(sealer_unseal(s, "anna", "1:", text, 100), EBADMSG);
	assert_int_equal(sealer_unseal(s, "anna", "2:", text, 100), EBADMSG);
	assert_int_equal(sealer_unseal(s, "anna", again, text, 1), EBADMSG);
	assert_int_equal(sealer_seal(s, "anna", "x", again, 20), EOVERFLOW);
	sealer_close(s);

	/* the same key again, then none that anybody may trust */
	assert_int_equal(sealer_open(&s, path), 0);
	assert_int_equal(sealer_seal(s, "a", "x", sealed, 640), 0);
	sealer_close(s);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(sealer_open(&s, path), EPERM);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(truncate(path, 31), 0);
	assert_int_equal(sealer_open(&s, path), EBADMSG);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(sealer_open(&s, path), ENOENT);
}


/* ---- tokens ---- */

struct world {
	struct per *per;
	struct per_msg *msg;
	RasMessage_t *ras;
};


static void world_open(struct world *w)
{
	assert_int_equal(per_alloc(&w->per, NULL), 0);
	assert_int_equal(per_msg_alloc(&w->msg, w->per,
				       per_type_find(w->per, "RasMessage")),
			 0);
	w->ras		= per_msg_value(w->msg);
	w->ras->present = RasMessage_PR_disengageConfirm;
	w->ras->choice.disengageConfirm.requestSeqNum = 1;
}


static void world_close(struct world *w)
{
	per_msg_free(w->msg);
	per_free(w->per);
}


/* 0x00000000 1.2 octets of a ClearToken with OID 0.0, the time NOW, the
 * password and name given: made by hand after X.691, with the NUL at both ends
 * that widespread terminals put there, or without */
static size_t clear_token(uint8_t *p, const char *password, const char *name,
			  bool nul)
{
	const size_t np = strlen(password) + nul, nn = strlen(name) + nul;
	uint8_t *at = p;
	size_t i;

	/* no additions; present: time, password, generalID (bits 0, 1, 6) */
	*at++ = 0x61; /* 0 11 0000 1 | 0 */
	*at++ = 0x00;
	*at++ = 1; /* OID: one octet */
	*at++ = 0;
	/* TimeStamp, 1..2^32-1: length less 1 in two bits, then octets */
	*at++ = 0xc0;
	*at++ = (uint8_t)((NOW - 1) >> 24);
	*at++ = (uint8_t)((NOW - 1) >> 16 & 255);
	*at++ = (uint8_t)((NOW - 1) >> 8 & 255);
	*at++ = (uint8_t)((NOW - 1) & 255);
	/* BMPString (1..128): length less 1 in seven bits, then aligned */
	*at++ = (uint8_t)((np - 1) << 1);
	for (i = 0; i < np; i++) {
		*at++ = 0;
		*at++ = (uint8_t)password[i];
	}
	*at++ = (uint8_t)((nn - 1) << 1);
	for (i = 0; i < nn; i++) {
		*at++ = 0;
		*at++ = (uint8_t)name[i];
	}

	return (size_t)(at - p);
}


static void md5_with_and_without_nul(void **state)
{
	struct token t = {.method = TOKEN_MD5, .name = "anna", .time = NOW};
	uint8_t octets[256];
	struct world w;
	size_t n;
	int nul;
	(void)state;

	world_open(&w);
	for (nul = 0; nul < 2; nul++) {
		n = clear_token(octets, "sesame", "anna", nul);
		assert_int_equal(EVP_Digest(octets, n, t.hash, NULL,
					    EVP_md5(), NULL), 1);
		assert_true(token_proves(&t, "sesame", w.per, NULL, 0));
		assert_false(token_proves(&t, "sesam", w.per, NULL, 0));
		t.time++;
		assert_false(token_proves(&t, "sesame", w.per, NULL, 0));
		t.time--;
	}
	world_close(&w);
}


static void hmac_over_the_whole_message(void **state)
{
	static const uint8_t mark[TOKEN_HMAC_LEN] = "mark of ours";
	struct token t = {.method = TOKEN_HMAC, .name = "postern",
			  .to = "anna", .time = NOW, .random = 77};
	struct token v[TOKENS_MAX];
	uint8_t p[512];
	struct per_msg *msg;
	struct world w;
	size_t n;
	(void)state;

	world_open(&w);
	assert_int_equal(token_put(w.msg, &t, mark), 0);
	assert_int_equal(per_msg_encode(w.msg, p, sizeof(p), &n, NULL), 0);
	assert_true(token_seal(p, n, "sesame", mark));
	assert_false(token_seal(p, n, "sesame", mark));

	assert_int_equal(per_decode(&msg, w.per,
				    per_type_find(w.per, "RasMessage"), p, n,
				    NULL), 0);
	assert_int_equal(tokens_read(v, per_msg_value(msg)), 1);
	assert_int_equal(v[0].method, TOKEN_HMAC);
	assert_string_equal(v[0].name, "postern");
	assert_string_equal(v[0].to, "anna");
	assert_int_equal(v[0].time, NOW);
	assert_int_equal(v[0].random, 77);
	assert_true(token_proves(&v[0], "sesame", w.per, p, n));
	assert_false(token_proves(&v[0], "sesam", w.per, p, n));
	for (size_t i = 0; i < n; i++) {
		p[i] ^= 1;
		assert_false(token_proves(&v[0], "sesame", w.per, p, n));
		p[i] ^= 1;
	}
	assert_false(token_proves(&v[0], "sesame", w.per, p, n - 1));
	per_msg_free(msg);
	world_close(&w);
}


static void no_place_for_a_token(void **state)
{
	static const uint8_t mark[TOKEN_HMAC_LEN];
	struct token t = {.method = TOKEN_HMAC, .name = "postern"};
	struct world w;
	(void)state;

	world_open(&w);
	w.ras->present = RasMessage_PR_unknownMessageResponse;
	assert_int_equal(token_put(w.msg, &t, mark), ENOTSUP);
	world_close(&w);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_secret_an_alias),
		cmocka_unit_test(what_was_seen_is_known),
		cmocka_unit_test(seal_is_good_for_its_alias),
		cmocka_unit_test(md5_with_and_without_nul),
		cmocka_unit_test(hmac_over_the_whole_message),
		cmocka_unit_test(no_place_for_a_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
