/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * agent: aware mode: which call a message is of, what it means for its media,
 * and when it ends. A relay is played that gives each leg an address.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "agent/aware_call.h"
#include "agent/sip_library.h"

#define SDP(port)                                                         \
	"v=0\r\no=- 1 1 IN IP4 10.0.0.5\r\ns=-\r\nc=IN IP4 10.0.0.5\r\n" \
	"t=0 0\r\nm=audio " #port " RTP/AVP 0\r\n"
#define NO_MEDIA "v=0\r\no=- 1 1 IN IP4 10.0.0.5\r\ns=-\r\nt=0 0\r\n"

/** What a message is made of; NULL: there is none of it */
struct text {
	bool up;
	const char *first, *from, *to, *cseq, *more, *sdp;
	const char *callid; /* NULL: "one" */
	uint16_t port;	    /* the terminal's; 0: 5060 */
};

struct test {
	struct aware_calls *cs;
	struct session *after;
	struct aware_msg m;
	struct aware_from who;
	struct aware_offer offer;
	struct aware_call *c; /* the last message's */
	enum session_side from;
	char p[4096];
};

#define INVITE                                                  \
	.first = "INVITE sip:bob@192.0.2.1 SIP/2.0", .from = "x", \
	.cseq = "1 INVITE"
#define REPLY(code) .first = "SIP/2.0 " #code " Some Reason", .from = "x"
#define IN_DIALOG(method) \
	.first = method " sip:bob@192.0.2.1 SIP/2.0", .from = "x", .to = "y"


static int begin(void **state)
{
	struct test *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	assert_int_equal(sip_library_init(), 0);
	assert_int_equal(aware_calls_alloc(&t->cs), 0);
	t->after = session_alloc();
	assert_non_null(t->after);
	*state = t;

	return 0;
}


static int end(void **state)
{
	struct test *t = *state;

	aware_msg_reset(&t->m);
	mem_deref(t->cs);
	free(t->after);
	free(t);

	return 0;
}


static struct addr at(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse_hostport(&a, text), 0);

	return a;
}


/* a message comes, and is read */
static void comes(struct test *t, const struct text *x)
{
	const char *sdp = x->sdp ? x->sdp : "";
	const int n	= snprintf(
		    t->p, sizeof(t->p),
		    "%s\r\nVia: SIP/2.0/UDP 10.0.0.5;branch=z9hG4bKa\r\n"
			"From: <sip:a@x.example>%s%s\r\n"
			"To: <sip:b@x.example>%s%s\r\n"
			"Call-ID: %s\r\nCSeq: %s\r\n%s%sContent-Length: %zu\r\n"
			"\r\n%s",
		    x->first, x->from ? ";tag=" : "", x->from ? x->from : "",
		    x->to ? ";tag=" : "", x->to ? x->to : "",
		    x->callid ? x->callid : "one", x->cseq,
		    x->more ? x->more : "",
		    x->sdp ? "Content-Type: application/sdp\r\n" : "",
		    strlen(sdp), sdp);

	assert_true(n > 0 && (size_t)n < sizeof(t->p));
	aware_msg_reset(&t->m);
	assert_int_equal(aware_msg_decode(&t->m, (uint8_t *)t->p, (size_t)n),
			 0);
	t->who = (struct aware_from){
		.up	  = x->up,
		.terminal = at("10.0.0.5:5060"),
		.door	  = at("10.0.0.1:5060"),
		.far	  = at("192.0.2.1:5060"),
		.agent	  = "branch",
	};
	if (x->port)
		addr_set_port(&t->who.terminal, x->port);
	t->c = aware_call_find(t->cs, &t->m, &t->who, &t->from);
}


static void relay_opens(struct session *s)
{
	for (unsigned i = 0; i < s->streams_count; i++) {
		for (unsigned k = 0; k < SESSION_SIDES; k++)
			s->streams[i].leg[k].local = at("192.0.2.9:20000");
	}
	s->opened = true;
}


/* and is worked into its call, which may begin with it */
static int works(struct test *t, struct text x)
{
	int err;

	comes(t, &x);
	if (!t->c) {
		assert_int_equal(
			aware_call_new(&t->c, t->cs, &t->m, &t->who), 0);
		t->from = SESSION_A;
	}
	session_copy(t->after, t->c->s);
	err = aware_call_work(t->c, t->after, &t->offer, &t->m, &t->who,
			      t->from);
	if (!err) {
		relay_opens(t->after);
		assert_int_equal(
			aware_call_commit(t->c, t->after, &t->offer), 0);
	}

	return err;
}

#define WORKS(t, ...) works(t, (struct text){__VA_ARGS__})
#define COMES(t, ...) comes(t, &(struct text){__VA_ARGS__})


static unsigned port_of(const struct test *t, enum session_side side)
{
	return addr_port(&t->c->s->streams[0].leg[side].cur.addr);
}


static int stream_state(const struct test *t)
{
	assert_int_equal(t->c->s->streams_count, 1);

	return t->c->s->streams[0].state;
}


/* ---- whose a message is ---- */

static void terminal_calls(void **state)
{
	struct test *t = *state;
	struct aware_call *c;

	assert_int_equal(WORKS(t, INVITE, .up = true, .sdp = SDP(4000)), 0);
	c = t->c;
	assert_int_equal(c->terminal, SESSION_A);
	assert_string_equal(c->s->agent[SESSION_A], "branch");
	assert_string_equal(c->s->agent[SESSION_B], "");
	assert_int_equal(port_of(t, SESSION_A), 4000);
	assert_int_equal(c->s->offerer, SESSION_A);

	/* the other end answers; its media are where it says */
	assert_int_equal(WORKS(t, REPLY(200), .to = "y", .cseq = "1 INVITE",
			       .sdp = SDP(5000)), 0);
	assert_ptr_equal(t->c, c);
	assert_int_equal(t->from, SESSION_B);
	assert_true(c->s->confirmed);
	assert_int_equal(stream_state(t), SESSION_STREAM_ACTIVE);
	assert_int_equal(port_of(t, SESSION_B), 5000);

	/* what goes by another way, or is of another dialog, is not its */
	COMES(t, IN_DIALOG("BYE"), .up = false, .cseq = "2 BYE");
	assert_null(t->c);
	COMES(t, IN_DIALOG("BYE"), .up = true, .cseq = "2 BYE",
	      .callid = "two");
	assert_null(t->c);
	COMES(t, .first = "BYE sip:b@x SIP/2.0", .from = "x", .to = "z",
	      .up = true, .cseq = "2 BYE");
	assert_null(t->c);
	COMES(t, .first = "BYE sip:a@x SIP/2.0", .from = "y", .to = "x",
	      .cseq = "7 BYE");
	assert_ptr_equal(t->c, c);
	assert_int_equal(t->from, SESSION_B);
}


static void terminal_is_called(void **state)
{
	struct test *t = *state;
	struct aware_call *c;

	assert_int_equal(WORKS(t, INVITE, .sdp = SDP(4000)), 0);
	c = t->c;
	assert_int_equal(c->terminal, SESSION_B);
	assert_string_equal(c->s->agent[SESSION_B], "branch");
	assert_int_equal(WORKS(t, REPLY(200), .to = "y", .cseq = "1 INVITE",
			       .up = true, .sdp = SDP(5000)), 0);
	assert_ptr_equal(t->c, c);
	assert_int_equal(t->from, SESSION_B);
	assert_int_equal(port_of(t, SESSION_B), 5000);
}


/* both are the agent's: each has a call, and a session of its own */
static void between_terminals(void **state)
{
	struct test *t = *state;
	struct aware_call *one;

	assert_int_equal(WORKS(t, INVITE, .up = true, .sdp = SDP(4000)), 0);
	one = t->c;
	assert_int_equal(WORKS(t, INVITE, .sdp = SDP(4000)), 0);
	assert_ptr_not_equal(t->c, one);
	assert_string_not_equal(t->c->s->id, one->s->id);
	COMES(t, REPLY(180), .to = "y", .cseq = "1 INVITE", .up = true);
	assert_ptr_not_equal(t->c, one);
	COMES(t, REPLY(180), .to = "y", .cseq = "1 INVITE");
	assert_ptr_equal(t->c, one);
}


/* a call that forks reaches two of one host */
static void terminals_of_one_host(void **state)
{
	struct test *t = *state;
	struct aware_call *one, *two;

	assert_int_equal(WORKS(t, INVITE, .sdp = SDP(4000)), 0);
	one = t->c;
	assert_int_equal(WORKS(t, INVITE, .sdp = SDP(4000), .port = 5070), 0);
	two = t->c;
	assert_ptr_not_equal(one, two);
	assert_string_not_equal(one->s->id, two->s->id);

	/* the first declines */
	COMES(t, REPLY(486), .to = "y", .cseq = "1 INVITE", .up = true);
	assert_ptr_equal(t->c, one);
	assert_true(aware_call_refused(one, &t->m));
	aware_call_end(one);
	assert_int_equal(WORKS(t, REPLY(200), .to = "z", .cseq = "1 INVITE",
			       .up = true, .port = 5070, .sdp = SDP(5000)), 0);
	assert_ptr_equal(t->c, two);

	/* it connects anew, or sends what is large from elsewhere */
	COMES(t, .first = "INVITE sip:a@x SIP/2.0", .from = "z", .to = "x",
	      .up = true, .cseq = "9 INVITE", .port = 40000);
	assert_ptr_equal(t->c, two);
	COMES(t, INVITE, .port = 40000);
	assert_null(t->c);
}


static void forks(void **state)
{
	struct test *t = *state;
	struct aware_call *c;

	assert_int_equal(WORKS(t, INVITE, .up = true, .sdp = SDP(4000)), 0);
	c = t->c;
	assert_int_equal(WORKS(t, REPLY(183), .to = "y", .cseq = "1 INVITE",
			       .sdp = SDP(5000)), 0);
	assert_int_equal(port_of(t, SESSION_B), 5000);
	assert_int_equal(WORKS(t, REPLY(183), .to = "z", .cseq = "1 INVITE",
			       .sdp = SDP(6000)), 0);
	assert_ptr_equal(t->c, c);
	assert_int_equal(port_of(t, SESSION_B), 6000);
	assert_int_equal(c->s->offerer, SESSION_A);

	/* the first answers after all, and the other is of no call then */
	assert_int_equal(WORKS(t, REPLY(200), .to = "y", .cseq = "1 INVITE",
			       .sdp = SDP(5000)), 0);
	assert_int_equal(port_of(t, SESSION_B), 5000);
	assert_string_equal(c->s->tag[SESSION_B], "y");
	COMES(t, REPLY(200), .to = "z", .cseq = "1 INVITE");
	assert_null(t->c);
}


static void names(void **state)
{
	struct test *t = *state;
	const struct addr a = at("10.0.0.5:5060"), b = at("10.0.0.5:5070");
	char id[SESSION_ID_SIZE], again[SESSION_ID_SIZE];

	assert_int_equal(WORKS(t, INVITE, .up = true), 0);
	assert_int_equal(aware_call_id(id, "one", "x", true, &b, false), 0);
	assert_string_equal(id, t->c->s->id);
	assert_ptr_equal(aware_call_by_id(t->cs, id), t->c);
	assert_null(aware_call_by_id(t->cs, "else"));

	assert_int_equal(aware_call_id(again, "one", "x", false, &a, false),
			 0);
	assert_string_not_equal(id, again);
	assert_int_equal(aware_call_id(again, "one", "y", true, &a, false), 0);
	assert_string_not_equal(id, again);
	assert_int_equal(aware_call_id(again, "two", "x", true, &a, false), 0);
	assert_string_not_equal(id, again);
	assert_int_equal(aware_call_id(id, "one", "x", true, &a, true), 0);
	assert_int_equal(aware_call_id(again, "one", "x", true, &b, true), 0);
	assert_string_not_equal(id, again);
	/* a relay has 48 octets for it, letters and digits */
	assert_int_equal(strspn(id, "0123456789abcdef"), strlen(id));
	assert_in_range(strlen(id), 32, 47);
}


static void limits(void **state)
{
	struct test *t = *state;
	struct aware_call *c;
	char callid[16];

	COMES(t, .first = "INVITE sip:b@x SIP/2.0", .cseq = "1 INVITE");
	assert_int_equal(aware_call_new(&c, t->cs, &t->m, &t->who), EINVAL);

	for (unsigned i = 0; i < AWARE_CALLS_MAX; i++) {
		(void)snprintf(callid, sizeof(callid), "n%u", i);
		COMES(t, INVITE, .up = true, .callid = callid);
		assert_int_equal(aware_call_new(&c, t->cs, &t->m, &t->who),
				 0);
	}
	COMES(t, INVITE, .up = true);
	assert_int_equal(aware_call_new(&c, t->cs, &t->m, &t->who), ENOSPC);
	aware_call_end(list_ledata(list_head(aware_calls_list(t->cs))));
	assert_int_equal(aware_call_new(&c, t->cs, &t->m, &t->who), 0);
}


/* a dialog older than this agent's memory is taken up where it is */
static void unknown_dialog(void **state)
{
	struct test *t = *state;

	assert_int_equal(WORKS(t, IN_DIALOG("INVITE"), .up = true,
			       .cseq = "5 INVITE", .sdp = SDP(4000)), 0);
	assert_string_equal(t->c->s->tag[SESSION_B], "y");
	assert_int_equal(WORKS(t, REPLY(200), .to = "y", .cseq = "5 INVITE",
			       .sdp = SDP(5000)), 0);
	assert_int_equal(stream_state(t), SESSION_STREAM_ACTIVE);
}


/* ---- offers and answers ---- */

static void comes_again(void **state)
{
	struct test *t = *state;

	assert_int_equal(WORKS(t, INVITE, .up = true, .sdp = SDP(4000)), 0);
	assert_true(t->offer.set);
	assert_int_equal(WORKS(t, INVITE, .up = true, .sdp = SDP(4000)), 0);
	assert_false(t->offer.set);
	assert_int_equal(WORKS(t, REPLY(200), .to = "y", .cseq = "1 INVITE",
			       .sdp = SDP(5000)), 0);
	/* late: it was answered already */
	assert_int_equal(WORKS(t, INVITE, .up = true, .sdp = SDP(4000)), 0);
	assert_int_equal(t->c->s->offerer, SESSION_NOBODY);
	assert_int_equal(stream_state(t), SESSION_STREAM_ACTIVE);
	/* and the answer, with nothing open */
	assert_int_equal(WORKS(t, REPLY(200), .to = "y", .cseq = "1 INVITE",
			       .sdp = SDP(5000)), 0);
	assert_int_equal(port_of(t, SESSION_B), 5000);
	assert_int_equal(t->c->s->offerer, SESSION_NOBODY);
}


/* RFC 3261 §13.2.1: the 2xx offers, the ACK answers */
static void late_offer(void **state)
{
	struct test *t = *state;

	assert_int_equal(WORKS(t, INVITE, .up = true), 0);
	assert_true(t->c->s->late);
	assert_int_equal(WORKS(t, REPLY(200), .to = "y", .cseq = "1 INVITE",
			       .sdp = SDP(5000)), 0);
	assert_int_equal(t->c->s->offerer, SESSION_B);
	assert_int_equal(stream_state(t), SESSION_STREAM_OFFERED);
	assert_int_equal(WORKS(t, IN_DIALOG("ACK"), .up = true,
			       .cseq = "1 ACK", .sdp = SDP(4000)), 0);
	assert_int_equal(stream_state(t), SESSION_STREAM_ACTIVE);
	assert_int_equal(port_of(t, SESSION_A), 4000);
	assert_int_equal(port_of(t, SESSION_B), 5000);
}


/* RFC 3262 §5: a reliable 183 answers for good; PRACK offers */
static void prack(void **state)
{
	struct test *t = *state;

	assert_int_equal(WORKS(t, INVITE, .up = true, .sdp = SDP(4000)), 0);
	assert_int_equal(WORKS(t, REPLY(183), .to = "y", .cseq = "1 INVITE",
			       .more = "RSeq: 1\r\nRequire: 100rel\r\n",
			       .sdp = SDP(5000)), 0);
	assert_int_equal(t->c->s->offerer, SESSION_NOBODY);
	assert_int_equal(stream_state(t), SESSION_STREAM_ACTIVE);
	assert_int_equal(WORKS(t, IN_DIALOG("PRACK"), .up = true,
			       .cseq = "2 PRACK", .more = "RAck: 1 1 INVITE\r\n",
			       .sdp = SDP(4002)), 0);
	assert_int_equal(t->c->s->offerer, SESSION_A);
	assert_int_equal(port_of(t, SESSION_A), 4000);
	assert_int_equal(WORKS(t, REPLY(200), .to = "y", .cseq = "2 PRACK",
			       .sdp = SDP(5000)), 0);
	assert_int_equal(port_of(t, SESSION_A), 4002);
	assert_int_equal(WORKS(t, REPLY(200), .to = "y", .cseq = "1 INVITE"),
			 0);
	assert_true(t->c->s->confirmed);
}


/* and where the INVITE had none, the 183 offers and PRACK answers */
static void prack_answers(void **state)
{
	struct test *t = *state;

	assert_int_equal(WORKS(t, INVITE, .up = true), 0);
	assert_int_equal(WORKS(t, REPLY(183), .to = "y", .cseq = "1 INVITE",
			       .more = "RSeq: 1\r\nRequire: 100rel\r\n",
			       .sdp = SDP(5000)), 0);
	assert_int_equal(t->c->s->offerer, SESSION_B);
	assert_int_equal(WORKS(t, IN_DIALOG("PRACK"), .up = true,
			       .cseq = "2 PRACK", .sdp = SDP(4000)), 0);
	assert_int_equal(stream_state(t), SESSION_STREAM_ACTIVE);
}


static void call_up(struct test *t)
{
	assert_int_equal(WORKS(t, INVITE, .up = true, .sdp = SDP(4000)), 0);
	assert_int_equal(WORKS(t, REPLY(200), .to = "y", .cseq = "1 INVITE",
			       .sdp = SDP(5000)), 0);
}


/* RFC 3311 §5: UPDATE offers; refused, all is as it was */
static void update(void **state)
{
	struct test *t = *state;

	call_up(t);
	assert_int_equal(WORKS(t, IN_DIALOG("UPDATE"), .up = true,
			       .cseq = "2 UPDATE", .sdp = SDP(4002)), 0);
	assert_int_equal(WORKS(t, REPLY(491), .to = "y",
			       .cseq = "2 UPDATE"), 0);
	assert_int_equal(t->c->s->offerer, SESSION_NOBODY);
	assert_int_equal(port_of(t, SESSION_A), 4000);

	assert_int_equal(WORKS(t, IN_DIALOG("UPDATE"), .up = true,
			       .cseq = "3 UPDATE", .sdp = SDP(4002)), 0);
	/* the refusal of the one before comes again */
	assert_int_equal(WORKS(t, REPLY(491), .to = "y",
			       .cseq = "2 UPDATE"), 0);
	assert_int_equal(t->c->s->offerer, SESSION_A);
	assert_int_equal(WORKS(t, REPLY(200), .to = "y", .cseq = "3 UPDATE",
			       .sdp = SDP(5000)), 0);
	assert_int_equal(port_of(t, SESSION_A), 4002);
}


/* answered with a 2xx that says nothing of media */
static void answered_without(void **state)
{
	struct test *t = *state;

	assert_int_equal(WORKS(t, INVITE, .up = true, .sdp = SDP(4000)), 0);
	assert_int_equal(WORKS(t, REPLY(200), .to = "y",
			       .cseq = "1 INVITE"), 0);
	assert_int_equal(stream_state(t), SESSION_STREAM_ACTIVE);
	assert_int_equal(t->c->s->offerer, SESSION_NOBODY);
}


static void refusals(void **state)
{
	struct test *t = *state;

	/* sent anew with credentials, while the challenge comes again */
	assert_int_equal(WORKS(t, .first = "INVITE sip:b@x SIP/2.0",
			       .from = "x", .cseq = "2 INVITE", .up = true,
			       .sdp = SDP(4000)), 0);
	COMES(t, REPLY(407), .to = "p", .cseq = "1 INVITE");
	assert_non_null(t->c);
	assert_false(aware_call_refused(t->c, &t->m));
	COMES(t, REPLY(404), .to = "p", .cseq = "2 OPTIONS");
	assert_false(aware_call_refused(t->c, &t->m));
	COMES(t, REPLY(180), .to = "p", .cseq = "2 INVITE");
	assert_false(aware_call_refused(t->c, &t->m));
	COMES(t, REPLY(486), .to = "p", .cseq = "2 INVITE");
	assert_true(aware_call_refused(t->c, &t->m));
	/* once it is answered, no reply ends it */
	assert_int_equal(WORKS(t, REPLY(200), .to = "y", .cseq = "2 INVITE",
			       .sdp = SDP(5000)), 0);
	COMES(t, REPLY(408), .to = "y", .cseq = "2 INVITE");
	assert_non_null(t->c);
	assert_false(aware_call_refused(t->c, &t->m));
}


static void nothing_to_relay(void **state)
{
	struct test *t = *state;

	assert_int_equal(WORKS(t, INVITE, .up = true, .sdp = NO_MEDIA),
			 ENOENT);
}


static void too_many_streams(void **state)
{
	struct test *t = *state;
	char sdp[2048] = SDP(4000);

	for (unsigned i = 0; i < SESSION_STREAMS_MAX; i++)
		(void)strcat(sdp, "m=video 4010 RTP/AVP 96\r\n");
	assert_int_equal(WORKS(t, INVITE, .up = true, .sdp = sdp), E2BIG);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
		T(terminal_calls),
		T(terminal_is_called),
		T(between_terminals),
		T(terminals_of_one_host),
		T(forks),
		T(names),
		T(limits),
		T(unknown_dialog),
		T(comes_again),
		T(late_offer),
		T(prack),
		T(prack_answers),
		T(update),
		T(answered_without),
		T(refusals),
		T(nothing_to_relay),
		T(too_many_streams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
