/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call_media_test.c  Offers and answers: what they mean for legs
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <cmocka.h>
#include "call/media.h"

#define HEAD  "v=0\r\no=- 1 1 IN IP4 10.0.0.5\r\ns=-\r\n"
#define PLAIN HEAD "c=IN IP4 10.0.0.5\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
#define PUBLIC \
	HEAD "c=IN IP4 203.0.113.7\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
#define ANSWER \
	HEAD "c=IN IP4 198.51.100.9\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n"
#define HELD	      HEAD "c=IN IP4 0.0.0.0\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
#define SENDONLY      PUBLIC "a=sendonly\r\n"
#define VIDEO	      PUBLIC "m=video 4010 RTP/AVP 96\r\n"
#define VIDEO_REFUSED ANSWER "m=video 0 RTP/AVP 96\r\n"
#define FAX	      HEAD "c=IN IP4 203.0.113.7\r\nt=0 0\r\nm=image 4020 udptl t38\r\n"
#define MUX	      PUBLIC "a=rtcp-mux\r\n"
#define MUX_ANSWER    ANSWER "a=rtcp-mux\r\n"
#define MSRP \
	HEAD "c=IN IP4 203.0.113.7\r\nt=0 0\r\nm=message 4030 TCP/MSRP *\r\n"
#define MSRP_ANSWER \
	HEAD "c=IN IP4 198.51.100.9\r\nt=0 0\r\nm=message 5030 TCP/MSRP *\r\n"
#define PATH "a=path:msrp://203.0.113.7:4030/s1;tcp\r\n"
#define PATH_NAMED "a=path:msrp://bob@bob.example/s2;tcp\r\n"
#define MSRPS \
	HEAD "c=IN IP4 203.0.113.7\r\nt=0 0\r\n" \
	     "m=message 4030 TCP/TLS/MSRP *\r\n"
#define FAX_TCP \
	HEAD "c=IN IP4 203.0.113.7\r\nt=0 0\r\nm=image 4020 TCP t38\r\n" \
	     "a=setup:actpass\r\na=connection:new\r\n"
#define ICE                                                               \
	PUBLIC "a=ice-ufrag:them\r\na=ice-pwd:aaaaaaaaaaaaaaaaaaaaaa\r\n" \
	       "a=candidate:1 1 UDP 1 203.0.113.7 4000 typ host\r\n"


/** A session, and what a party's messages show */
struct call {
	struct session *s;
	struct media_facts f[SESSION_SIDES];
};

static struct call setup(const char *caller, const char *callee)
{
	struct call c = {.s = session_alloc()};

	assert_non_null(c.s);
	c.s->family[SESSION_A] = c.s->family[SESSION_B] = 4;
	assert_int_equal(addr_parse(&c.f[SESSION_A].source, caller, 5060), 0);
	assert_int_equal(addr_parse(&c.f[SESSION_B].source, callee, 5060), 0);
	return c;
}

static struct sdp *sdp_of(const char *text)
{
	struct sdp *sdp;

	assert_int_equal(sdp_decode(&sdp, text, strlen(text)), 0);
	return sdp;
}

static int offer(struct call *c, enum session_side from, const char *text)
{
	struct sdp *sdp = sdp_of(text);
	int err = media_offer(c->s, from, sdp, &c->f[from]);

	sdp_free(sdp);
	return err;
}

static int answer(struct call *c, enum session_side from, const char *text,
		  bool final)
{
	struct sdp *sdp = sdp_of(text);
	int err = media_answer(c->s, from, sdp, &c->f[from], final);

	sdp_free(sdp);
	return err;
}

/* as the relay would: even ports of its own for both legs */
static void relay_opens(struct session *s)
{
	for (unsigned i = 0; i < s->streams_count; i++) {
		for (int side = 0; side < SESSION_SIDES; side++) {
			struct session_leg *leg = &s->streams[i].leg[side];
			uint16_t port = (uint16_t)(30000 + 10 * i +
						   2 * (unsigned)side);

			assert_int_equal(
				addr_parse(&leg->local, "192.0.2.1", port), 0);
			leg->local_rtcp = (uint16_t)(port + 1);
		}
	}
	s->opened = true;
}

static char *encoded(struct sdp *sdp)
{
	char *out, *copy;
	size_t len;

	assert_int_equal(sdp_encode(sdp, &out, &len), 0);
	sdp_free(sdp);
	copy = strndup(out, len);
	free(out);
	assert_non_null(copy);
	return copy;
}

static char *rewritten(const struct session *s, enum session_side from,
		       const char *text)
{
	struct sdp *sdp = sdp_of(text);

	assert_int_equal(media_rewrite(s, from, sdp), 0);
	return encoded(sdp);
}

#define assert_addr(a, want)                                       \
	do {                                                       \
		char text_[ADDR_STRLEN];                           \
		assert_string_equal(addr_str((a), text_), (want)); \
	} while (0)

static void a_private_address_from_elsewhere_is_a_hint(void **state)
{
	struct call c = setup("203.0.113.7", "198.51.100.9");
	const struct session_leg *leg;

	(void)state;
	assert_int_equal(offer(&c, SESSION_A, PLAIN), 0);
	leg = &c.s->streams[0].leg[SESSION_A];
	assert_false(addr_is_set(&leg->cur.addr));
	assert_int_equal(leg->cur.hint, 4000);
	assert_int_equal(leg->cur.hint_rtcp, 4001);
	assert_true(c.s->known[SESSION_A]);
	assert_false(c.s->known[SESSION_B]);
	free(c.s);
}

static void a_private_address_within_its_network_is_an_address(void **state)
{
	struct call c = setup("10.0.0.9", "198.51.100.9");

	(void)state;
	assert_int_equal(offer(&c, SESSION_A, PLAIN), 0);
	assert_addr(&c.s->streams[0].leg[SESSION_A].cur.addr, "10.0.0.5:4000");
	free(c.s);

	/* unless something else says NAT */
	c = setup("10.0.0.9", "198.51.100.9");
	c.f[SESSION_A].natted = true;
	assert_int_equal(offer(&c, SESSION_A, PLAIN), 0);
	assert_false(addr_is_set(&c.s->streams[0].leg[SESSION_A].cur.addr));
	free(c.s);
}

static void offer_and_answer_show_the_relay_alone(void **state)
{
	struct call c = setup("203.0.113.7", "198.51.100.9");
	char *text;

	(void)state;
	assert_int_equal(offer(&c, SESSION_A, PUBLIC), 0);
	relay_opens(c.s);
	text = rewritten(c.s, SESSION_A, PUBLIC);
	assert_non_null(strstr(text, "m=audio 30002 RTP/AVP 0"));
	assert_non_null(strstr(text, "c=IN IP4 192.0.2.1"));
	assert_null(strstr(text, "203.0.113.7"));
	assert_null(strstr(text, "10.0.0.5"));
	free(text);

	assert_int_equal(answer(&c, SESSION_B, ANSWER, true), 0);
	text = rewritten(c.s, SESSION_B, ANSWER);
	assert_non_null(strstr(text, "m=audio 30000 RTP/AVP 0"));
	assert_null(strstr(text, "198.51.100.9"));
	free(text);
	assert_int_equal(c.s->offerer, SESSION_NOBODY);
	assert_int_equal(c.s->streams[0].state, SESSION_STREAM_ACTIVE);
	assert_addr(&c.s->streams[0].leg[SESSION_B].cur.addr,
		    "198.51.100.9:5000");
	free(c.s);
}

static void early_answers_keep_the_offer_open(void **state)
{
	struct call c = setup("203.0.113.7", "198.51.100.9");

	(void)state;
	assert_int_equal(offer(&c, SESSION_A, PUBLIC), 0);
	relay_opens(c.s);
	assert_int_equal(answer(&c, SESSION_B, ANSWER, false), 0);
	assert_int_equal(c.s->offerer, SESSION_A);
	assert_true(c.s->known[SESSION_B]);
	assert_int_equal(c.s->streams[0].state, SESSION_STREAM_OFFERED);
	assert_int_equal(answer(&c, SESSION_B, ANSWER, true), 0);
	assert_int_equal(c.s->streams[0].state, SESSION_STREAM_ACTIVE);
	free(c.s);
}

static struct call established(void)
{
	struct call c = setup("203.0.113.7", "198.51.100.9");

	assert_int_equal(offer(&c, SESSION_A, PUBLIC), 0);
	relay_opens(c.s);
	assert_int_equal(answer(&c, SESSION_B, ANSWER, true), 0);
	return c;
}

static void a_moved_party_moves_with_the_answer(void **state)
{
	struct call c = established();
	struct session_leg *leg = &c.s->streams[0].leg[SESSION_A];

	(void)state;
	assert_int_equal(addr_parse(&c.f[SESSION_A].source, "203.0.113.8", 1),
			 0);
	assert_int_equal(offer(&c, SESSION_A,
			       HEAD "c=IN IP4 203.0.113.8\r\nt=0 0\r\n"
				    "m=audio 4444 RTP/AVP 0\r\n"),
			 0);
	assert_addr(&leg->cur.addr, "203.0.113.7:4000");
	assert_true(leg->next_set);
	assert_int_equal(answer(&c, SESSION_B, ANSWER, true), 0);
	assert_addr(&leg->cur.addr, "203.0.113.8:4444");
	assert_addr(&c.s->signalling[SESSION_A], "203.0.113.8:1");
	free(c.s);
}

static void a_refused_offer_changes_nothing(void **state)
{
	struct call c = established();

	(void)state;
	assert_int_equal(offer(&c, SESSION_A, VIDEO), 0);
	assert_int_equal(c.s->streams_count, 2);
	media_reject(c.s);
	assert_int_equal(c.s->offerer, SESSION_NOBODY);
	assert_int_equal(c.s->streams[0].state, SESSION_STREAM_ACTIVE);
	assert_int_equal(c.s->streams[1].state, SESSION_STREAM_ENDED);
	assert_false(c.s->streams[0].leg[SESSION_A].next_set);
	assert_int_equal(session_streams_open(c.s), 1);
	free(c.s);
}

static void hold_in_each_form(void **state)
{
	static const char *const forms[] = {SENDONLY, PUBLIC "a=inactive\r\n",
					    HELD};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct call c = established();
		struct session_leg *leg = &c.s->streams[0].leg[SESSION_A];

		assert_int_equal(offer(&c, SESSION_A, forms[i]), 0);
		assert_false(c.s->hold);
		assert_int_equal(answer(&c, SESSION_B, ANSWER, true), 0);
		assert_true(c.s->hold);
		/* where media went before is not forgotten */
		assert_addr(&leg->cur.addr, "203.0.113.7:4000");
		assert_int_equal(offer(&c, SESSION_A, PUBLIC), 0);
		assert_int_equal(answer(&c, SESSION_B, ANSWER, true), 0);
		assert_false(c.s->hold);
		free(c.s);
	}
}

static void a_refused_stream_is_closed(void **state)
{
	struct call c = setup("203.0.113.7", "198.51.100.9");
	char *text;

	(void)state;
	assert_int_equal(offer(&c, SESSION_A, VIDEO), 0);
	assert_int_equal(c.s->streams_count, 2);
	relay_opens(c.s);
	assert_int_equal(answer(&c, SESSION_B, VIDEO_REFUSED, true), 0);
	assert_int_equal(c.s->streams[1].state, SESSION_STREAM_ENDED);
	text = rewritten(c.s, SESSION_B, VIDEO_REFUSED);
	assert_non_null(strstr(text, "m=video 0 RTP/AVP 96"));
	assert_null(strstr(text, "198.51.100.9"));
	free(text);
	free(c.s);
}

static void audio_becomes_fax_on_a_stream_of_its_own(void **state)
{
	struct call c = established();

	(void)state;
	assert_int_equal(offer(&c, SESSION_A, FAX), 0);
	assert_int_equal(c.s->streams_count, 2);
	assert_string_equal(c.s->streams[1].media, "image");
	assert_int_equal(c.s->streams[1].leg[SESSION_A].rtcp,
			 SESSION_RTCP_NONE);
	relay_opens(c.s);
	assert_int_equal(answer(&c, SESSION_B, FAX, true), 0);
	assert_int_equal(c.s->streams[0].state, SESSION_STREAM_ENDED);
	assert_int_equal(c.s->streams[1].state, SESSION_STREAM_ACTIVE);
	free(c.s);
}

static void rtcp_mux_needs_both(void **state)
{
	struct call c = setup("203.0.113.7", "198.51.100.9");

	(void)state;
	assert_int_equal(offer(&c, SESSION_A, MUX), 0);
	assert_int_equal(c.s->streams[0].leg[SESSION_A].rtcp,
			 SESSION_RTCP_SEPARATE);
	relay_opens(c.s);
	assert_int_equal(answer(&c, SESSION_B, ANSWER, true), 0);
	assert_int_equal(c.s->streams[0].leg[SESSION_A].rtcp,
			 SESSION_RTCP_SEPARATE);
	assert_int_equal(offer(&c, SESSION_A, MUX), 0);
	assert_int_equal(answer(&c, SESSION_B, MUX_ANSWER, true), 0);
	assert_int_equal(c.s->streams[0].leg[SESSION_A].rtcp,
			 SESSION_RTCP_MUX);
	assert_int_equal(c.s->streams[0].leg[SESSION_B].rtcp,
			 SESSION_RTCP_MUX);
	free(c.s);
}

/* RFC 4145 §4: what each says, what the other sees, what the relay does */
static const struct {
	const char *offer, *seen, *answer, *back;
	enum session_setup a, b;
} setups[] = {
	{"a=setup:active", "a=setup:actpass", "a=setup:passive",
	 "a=setup:passive", SESSION_SETUP_PASSIVE,
	 SESSION_SETUP_ACTIVE},
	{"a=setup:active", "a=setup:actpass", "a=setup:active",
	 "a=setup:passive", SESSION_SETUP_PASSIVE,
	 SESSION_SETUP_PASSIVE},
	{"a=setup:passive", "a=setup:passive", "a=setup:active",
	 "a=setup:active", SESSION_SETUP_ACTIVE,
	 SESSION_SETUP_PASSIVE},
	{"a=setup:actpass", "a=setup:actpass", "a=setup:active",
	 "a=setup:passive", SESSION_SETUP_PASSIVE,
	 SESSION_SETUP_PASSIVE},
	{"a=setup:actpass", "a=setup:actpass", "a=setup:passive",
	 "a=setup:passive", SESSION_SETUP_PASSIVE,
	 SESSION_SETUP_ACTIVE},
	{"a=setup:holdconn", "a=setup:holdconn", "a=setup:holdconn",
	 "a=setup:holdconn", SESSION_SETUP_HOLDCONN,
	 SESSION_SETUP_HOLDCONN},
	{"a=setup:actpass", "a=setup:actpass", "a=setup:holdconn",
	 "a=setup:holdconn", SESSION_SETUP_PASSIVE,
	 SESSION_SETUP_HOLDCONN},
	{"a=x", "a=x", "a=x", "a=x", SESSION_SETUP_PASSIVE,
	 SESSION_SETUP_ACTIVE},
	{"a=setup:passive", "a=setup:passive", "a=x",
	 "a=x\r\na=setup:active", SESSION_SETUP_ACTIVE,
	 SESSION_SETUP_ACTIVE},
};

static void tcp_is_agreed_with_each_party(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(setups) / sizeof(setups[0]); i++) {
		struct call c = setup("203.0.113.7", "198.51.100.9");
		char in[512], *text;

		(void)snprintf(in, sizeof(in), MSRP "%s\r\n", setups[i].offer);
		assert_int_equal(offer(&c, SESSION_A, in), 0);
		assert_true(c.s->streams[0].tcp);
		relay_opens(c.s);
		text = rewritten(c.s, SESSION_A, in);
		assert_non_null(strstr(text, setups[i].seen));
		assert_null(strstr(text, "203.0.113.7"));
		assert_null(strstr(text, "4030"));
		free(text);

		(void)snprintf(in, sizeof(in), MSRP_ANSWER "%s\r\n",
			       setups[i].answer);
		assert_int_equal(answer(&c, SESSION_B, in, true), 0);
		text = rewritten(c.s, SESSION_B, in);
		assert_non_null(strstr(text, setups[i].back));
		assert_null(strstr(text, "198.51.100.9"));
		free(text);
		assert_int_equal(c.s->streams[0].leg[SESSION_A].cur.setup,
				 setups[i].a);
		assert_int_equal(c.s->streams[0].leg[SESSION_B].cur.setup,
				 setups[i].b);
		assert_int_equal(
			addr_port(&c.s->streams[0].leg[SESSION_B].cur.addr),
			5030);
		free(c.s);
	}
}

static void the_path_of_msrp_leads_to_the_relay(void **state)
{
	struct call c = setup("203.0.113.7", "198.51.100.9");
	struct sdp *sdp;
	char *text;
	size_t len;

	(void)state;
	assert_int_equal(offer(&c, SESSION_A, MSRP PATH), 0);
	relay_opens(c.s);
	text = rewritten(c.s, SESSION_A, MSRP PATH);
	assert_null(strstr(text, "203.0.113.7"));
	assert_non_null(strstr(text, "/s1;tcp\r\n"));
	free(text);

	text = rewritten(c.s, SESSION_A, MSRP PATH "a=msrp-cema\r\n");
	assert_null(strstr(text, "203.0.113.7"));
	free(text);
	/* so that the relay can put right what is said inside */
	assert_string_equal(c.s->streams[0].leg[SESSION_A].cur.path,
			    "203.0.113.7:4030");
	assert_int_equal(answer(&c, SESSION_B, MSRP_ANSWER PATH_NAMED, true),
			 0);
	assert_string_equal(c.s->streams[0].leg[SESSION_B].cur.path,
			    "bob.example");

	/* under TLS it can't; who knows RFC 6714 takes the path as a name */
	assert_int_equal(offer(&c, SESSION_A, MSRPS PATH), 0);
	assert_string_equal(c.s->streams[0].leg[SESSION_A].next.path, "");
	text = rewritten(c.s, SESSION_A, MSRPS PATH);
	assert_null(strstr(text, "203.0.113.7"));
	free(text);
	text = rewritten(c.s, SESSION_A, MSRPS PATH "a=msrp-cema\r\n");
	assert_non_null(strstr(text, "msrp://203.0.113.7:4030/s1;tcp"));
	free(text);
	strcpy(c.s->agent[SESSION_A], "branch-7");
	text = rewritten(c.s, SESSION_A, MSRPS PATH "a=msrp-cema\r\n");
	assert_null(strstr(text, "203.0.113.7"));
	free(text);

	/* refused: no address either */
	assert_int_equal(sdp_decode(&sdp, MSRP PATH, strlen(MSRP PATH)), 0);
	assert_int_equal(media_refuse(sdp), 0);
	assert_int_equal(sdp_encode(sdp, &text, &len), 0);
	assert_null(strstr(text, "203.0.113.7"));
	free(text);
	sdp_free(sdp);
	free(c.s);
}

static void fax_moves_from_udp_to_tcp(void **state)
{
	struct call c = setup("203.0.113.7", "198.51.100.9");

	(void)state;
	assert_int_equal(offer(&c, SESSION_A, FAX), 0);
	relay_opens(c.s);
	assert_int_equal(answer(&c, SESSION_B, FAX, true), 0);
	assert_int_equal(offer(&c, SESSION_A, FAX_TCP), 0);
	assert_int_equal(c.s->streams_count, 2);
	assert_true(c.s->streams[1].tcp);
	assert_int_equal(c.s->streams[1].leg[SESSION_A].rtcp,
			 SESSION_RTCP_NONE);
	relay_opens(c.s);
	assert_int_equal(answer(&c, SESSION_B, FAX_TCP, true), 0);
	assert_int_equal(c.s->streams[0].state, SESSION_STREAM_ENDED);
	free(c.s);
}

static void behind_an_agent_no_cname_is_shown(void **state)
{
	static const char text[] =
		PLAIN "a=ssrc:7 cname:sip:alice@10.0.0.2\r\na=ptime:20\r\n";
	struct call c = setup("203.0.113.7", "198.51.100.9");
	char *out;

	(void)state;
	assert_int_equal(offer(&c, SESSION_A, text), 0);
	relay_opens(c.s);
	out = rewritten(c.s, SESSION_A, text);
	assert_non_null(strstr(out, "a=ssrc:7"));
	free(out);
	(void)strcpy(c.s->agent[SESSION_A], "branch-7");
	out = rewritten(c.s, SESSION_A, text);
	assert_null(strstr(out, "ssrc"));
	assert_non_null(strstr(out, "a=ptime:20"));
	free(out);
	free(c.s);
}

static void without_a_relay_all_is_refused_and_no_address_shown(void **state)
{
	struct sdp *sdp = sdp_of(PLAIN);
	char *text;

	(void)state;
	assert_int_equal(media_refuse(sdp), 0);
	text = encoded(sdp);
	assert_null(strstr(text, "10.0.0.5"));
	assert_non_null(strstr(text, "m=audio 0 "));
	assert_non_null(strstr(text, "c=IN IP4 0.0.0.0\r\n"));
	free(text);
}

static void ice_is_taken_out_or_answered(void **state)
{
	struct call c = setup("203.0.113.7", "198.51.100.9");
	char *text;

	(void)state;
	assert_int_equal(offer(&c, SESSION_A, ICE), 0);
	relay_opens(c.s);
	text = rewritten(c.s, SESSION_A, ICE);
	assert_null(strstr(text, "a=ice-"));
	assert_null(strstr(text, "a=candidate"));
	free(text);
	free(c.s);

	c = setup("203.0.113.7", "198.51.100.9");
	c.f[SESSION_A].ice_lite = true;
	(void)strcpy(c.s->ufrag[SESSION_B], "ours");
	(void)strcpy(c.s->pwd[SESSION_B], "bbbbbbbbbbbbbbbbbbbbbbbb");
	assert_int_equal(offer(&c, SESSION_A, ICE), 0);
	assert_true(c.s->streams[0].leg[SESSION_A].ice);
	assert_string_equal(c.s->streams[0].leg[SESSION_A].cur.ufrag, "them");
	relay_opens(c.s);
	text = rewritten(c.s, SESSION_A, ICE);
	assert_non_null(strstr(text, "a=ice-lite"));
	assert_non_null(strstr(text, "a=ice-ufrag:ours"));
	assert_null(strstr(text, "them"));
	assert_null(strstr(text, "203.0.113.7"));
	free(text);
	free(c.s);
}

static void more_streams_than_there_is_room_for(void **state)
{
	struct call c = setup("203.0.113.7", "198.51.100.9");
	char text[4096] = PUBLIC;

	(void)state;
	for (int i = 0; i < SESSION_STREAMS_MAX; i++)
		(void)strcat(text, "m=audio 4100 RTP/AVP 0\r\n");
	assert_int_equal(offer(&c, SESSION_A, text), E2BIG);
	free(c.s);
}

static void families(void **state)
{
	struct sdp *sdp = sdp_of("v=0\r\no=- 1 1 IN IP6 2001:db8::5\r\ns=-\r\n"
				 "c=IN IP6 2001:db8::5\r\nt=0 0\r\n"
				 "m=audio 4000 RTP/AVP 0\r\n");

	(void)state;
	assert_int_equal(media_family(sdp), 6);
	sdp_free(sdp);
	sdp = sdp_of(PLAIN);
	assert_int_equal(media_family(sdp), 4);
	sdp_free(sdp);
	sdp = sdp_of(MSRP);
	assert_int_equal(media_family(sdp), 4);
	sdp_free(sdp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_private_address_from_elsewhere_is_a_hint),
		cmocka_unit_test(
			a_private_address_within_its_network_is_an_address),
		cmocka_unit_test(offer_and_answer_show_the_relay_alone),
		cmocka_unit_test(early_answers_keep_the_offer_open),
		cmocka_unit_test(a_moved_party_moves_with_the_answer),
		cmocka_unit_test(a_refused_offer_changes_nothing),
		cmocka_unit_test(hold_in_each_form),
		cmocka_unit_test(a_refused_stream_is_closed),
		cmocka_unit_test(audio_becomes_fax_on_a_stream_of_its_own),
		cmocka_unit_test(rtcp_mux_needs_both),
		cmocka_unit_test(tcp_is_agreed_with_each_party),
		cmocka_unit_test(the_path_of_msrp_leads_to_the_relay),
		cmocka_unit_test(fax_moves_from_udp_to_tcp),
		cmocka_unit_test(behind_an_agent_no_cname_is_shown),
		cmocka_unit_test(
			without_a_relay_all_is_refused_and_no_address_shown),
		cmocka_unit_test(ice_is_taken_out_or_answered),
		cmocka_unit_test(more_streams_than_there_is_room_for),
		cmocka_unit_test(families),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
