/* SPDX-License-Identifier: GPL-2.0-or-later */
/* agent: signalled: addresses for media that SIP messages have named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "rpc/libre.h"
#include "../../agent/signalled.h"


#define HEAD                                                                   \
	"Via: SIP/2.0/UDP 192.168.1.9:5060;branch=z9hG4bK1\r\n"               \
	"From: <sip:a@example.net>;tag=1\r\n"                                  \
	"To: <sip:b@example.net>;tag=2\r\n"                                    \
	"Call-ID: 77@host\r\n"

#define SDP(c, m) "v=0\r\no=- 1 1 IN IP4 10.9.9.9\r\ns=-\r\n" c "t=0 0\r\n" m

static bool named(const struct signalled *s, const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse_hostport(&a, text), 0);

	return signalled_find(s, SIGNALLED_THEIRS, &a) != NULL;
}


static int say(struct signalled *s, const char *first, const char *cseq,
	       const char *type, const char *body)
{
	char msg[4096];
	const int n = snprintf(msg, sizeof(msg),
			       "%s\r\n" HEAD "CSeq: 1 %s\r\n%s"
			       "Content-Length: %zu\r\n\r\n%s",
			       first, cseq, type, strlen(body), body);

	assert_in_range(n, 1, sizeof(msg) - 1);

	return signalled_message(s, SIGNALLED_THEIRS, (const uint8_t *)msg,
				 (size_t)n);
}


#define INVITE "INVITE sip:b@example.net SIP/2.0"
#define TYPE   "Content-Type: application/sdp\r\n"


static struct signalled *made(void)
{
	struct signalled *s = NULL;

	assert_int_equal(signalled_alloc(&s), 0);

	return s;
}


static void whatever_carries_a_description(void **state)
{
	static const struct {
		const char *first, *cseq;
	} v[] = {
		{INVITE, "INVITE"},
		{"SIP/2.0 200 OK", "INVITE"},
		{"SIP/2.0 183 Session Progress", "INVITE"},
		{"UPDATE sip:b@example.net SIP/2.0", "UPDATE"},
		{"PRACK sip:b@example.net SIP/2.0", "PRACK"},
		{"SIP/2.0 200 OK", "PRACK"},
		{"ACK sip:b@example.net SIP/2.0", "ACK"},
	};
	(void)state;

	for (unsigned i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct signalled *s = made();

		assert_false(named(s, "10.0.0.5:4000"));
		assert_int_equal(say(s, v[i].first, v[i].cseq, TYPE,
				     SDP("c=IN IP4 10.0.0.5\r\n",
					 "m=audio 4000 RTP/AVP 0\r\n")), 0);
		assert_true(named(s, "10.0.0.5:4000"));
		assert_false(named(s, "10.0.0.5:4001"));
		assert_false(named(s, "10.0.0.6:4000"));
		assert_false(named(s, "10.9.9.9:4000"));
		mem_deref(s);
	}
}


static void each_medium_has_its_address(void **state)
{
	struct signalled *s = made();
	(void)state;

	assert_int_equal(
		say(s, INVITE, "INVITE", "c: Application/SDP;charset=utf-8\r\n",
		    SDP("c=IN IP4 10.0.0.5\r\n",
			"m=audio 4000 RTP/AVP 0\r\n"
			"m=video 4002 RTP/AVP 31\r\nc=IN IP4 10.0.0.6\r\n"
			"m=image 0 udptl t38\r\n"
			"m=text 4006 RTP/AVP 98\r\nc=IN IP4 0.0.0.0\r\n"
			"m=audio 4008 RTP/AVP 0\r\nc=IN IP6 fd00::5\r\n"
			"m=audio 4010 RTP/AVP 0\r\nc=IN IP4 host.example\r\n")),
		0);
	assert_true(named(s, "10.0.0.5:4000"));
	assert_true(named(s, "10.0.0.6:4002"));
	assert_false(named(s, "10.0.0.5:4002"));
	assert_false(named(s, "0.0.0.0:4006"));
	assert_false(named(s, "10.0.0.5:4006"));
	assert_true(named(s, "[fd00::5]:4008"));
	mem_deref(s);
}


static void one_part_of_several(void **state)
{
	static const char body[] =
		"--b1\r\nContent-Type: text/plain\r\n\r\n"
		"m=audio 6000 RTP/AVP 0\r\n"
		"--b1\r\nContent-Type: application/sdp\r\n\r\n"
		SDP("c=IN IP4 10.0.0.5\r\n", "m=audio 4000 RTP/AVP 0\r\n")
		"--b1--\r\n";
	struct signalled *s = made();
	(void)state;

	assert_int_equal(say(s, INVITE, "INVITE",
			     "MIME-Version: 1.0\r\nContent-Type: "
			     "multipart/mixed;boundary=b1\r\n", body), 0);
	assert_true(named(s, "10.0.0.5:4000"));
	assert_false(named(s, "10.0.0.5:6000"));
	mem_deref(s);
}


static void what_names_nothing(void **state)
{
	static const char sdp[] = SDP("c=IN IP4 10.0.0.5\r\n",
				      "m=audio 4000 RTP/AVP 0\r\n");
	static const char noise[] = "m=m=m=m=m=m=m=m=m=m=m=m=m=m=\r\n\r\n";
	struct signalled *s = made();
	(void)state;

	(void)say(s, INVITE, "INVITE", "Content-Type: text/plain\r\n", sdp);
	(void)say(s, INVITE, "INVITE", "", sdp);
	(void)say(s, "INVITE sip:b@example.net", "INVITE", TYPE, sdp);
	(void)say(s, "", "INVITE", TYPE, sdp);
	(void)say(s, INVITE, "INVITE", TYPE, "m=audio 4000 RTP/AVP 0\r\n");
	assert_int_equal(say(s, INVITE, "INVITE", TYPE, "v=0\r\nm=\r\n"),
			 EBADMSG);
	assert_int_equal(signalled_message(s, SIGNALLED_THEIRS,
					   (const uint8_t *)noise,
					   sizeof(noise) - 1), EBADMSG);
	assert_int_equal(signalled_message(s, SIGNALLED_THEIRS, NULL, 0), 0);
	assert_false(named(s, "10.0.0.5:4000"));
	mem_deref(s);
}


/* a datagram is longer than the message in it */
static void what_lies_behind_the_body(void **state)
{
	static const char msg[] =
		INVITE "\r\n" HEAD "CSeq: 1 INVITE\r\n" TYPE
		"Content-Length: 85\r\n\r\n"
		SDP("c=IN IP4 10.0.0.5\r\n", "m=audio 4000 RTP/AVP 0\r\n")
		"m=audio 6000 RTP/AVP 0\r\n";
	struct signalled *s = made();
	(void)state;

	assert_int_equal(sizeof(SDP("c=IN IP4 10.0.0.5\r\n",
				    "m=audio 4000 RTP/AVP 0\r\n")) - 1, 85);
	assert_int_equal(signalled_message(s, SIGNALLED_THEIRS,
					   (const uint8_t *)msg,
					   sizeof(msg) - 1), 0);
	assert_true(named(s, "10.0.0.5:4000"));
	assert_false(named(s, "10.0.0.5:6000"));
	mem_deref(s);
}


/* a terminal that names ever more pushes out what was named first */
static void there_is_a_limit(void **state)
{
	struct signalled *s = made();
	char c[64], body[256], first[80];
	(void)state;

	for (unsigned i = 0; i <= SIGNALLED_MAX; i++) {
		(void)snprintf(c, sizeof(c), "10.1.%u.%u", i >> 8, i & 255);
		(void)snprintf(body, sizeof(body), SDP("c=IN IP4 %s\r\n",
			       "m=audio 4000 RTP/AVP 0\r\n"), c);
		assert_int_equal(say(s, INVITE, "INVITE", TYPE, body), 0);
		/* the first once more: it is the second that goes */
		if (i == 1)
			assert_int_equal(
				say(s, INVITE, "INVITE", TYPE,
				    SDP("c=IN IP4 10.1.0.0\r\n",
					"m=audio 4000 RTP/AVP 0\r\n")), 0);
	}
	(void)snprintf(first, sizeof(first), "%s:4000", c);
	assert_true(named(s, first));
	assert_true(named(s, "10.1.0.0:4000"));
	assert_false(named(s, "10.1.0.1:4000"));
	assert_true(named(s, "10.1.0.2:4000"));
	mem_deref(s);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_carries_a_description),
		cmocka_unit_test(each_medium_has_its_address),
		cmocka_unit_test(one_part_of_several),
		cmocka_unit_test(what_names_nothing),
		cmocka_unit_test(what_lies_behind_the_body),
		cmocka_unit_test(there_is_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
