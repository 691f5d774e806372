/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * h323gw/link and h323gw/media against the real relay: calls by their H.245
 * messages, media through them, restarts, and what is told at the end.
 *
 * The relay is at 127.0.0.1, the caller at 127.0.0.2, the called at 127.0.0.3.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "rpc/libre.h"
#include "h323gw/link/link.h"
#include "h323gw/media/media.h"
#include "tests/unit/h245_make.h"
#include "tests/unit/own_network.h"
#include "tests/unit/re_until.h"

enum {
	RTP_LEN	    = 172,
	FLOWS	    = 32,
	BURST	    = 200,
};

struct world {
	char dir[32], socket[64], conf[64], log[64];
	pid_t pid;
	struct per *per;
	struct link *link;
	struct media *m;
	unsigned ups, restarts, downs;
	/* what was told */
	int ready;		/* -1: nothing */
	bool ended, closed;
	enum media_end why;
	struct media_flow flow[FLOWS];
	char flow_media[FLOWS][16];
	size_t flows;
	json_t *state;
	json_t *answer;
	int code;
};


/* a condition is a function of the world */
#define until(w, done) assert_true(re_until(done, w))


static bool is_up(const void *arg)
{
	const struct world *w = arg;

	return link_is_up(w->link);
}

static bool is_down(const void *arg)
{
	const struct world *w = arg;

	return !link_is_up(w->link);
}

static bool is_ready(const void *arg)
{
	const struct world *w = arg;

	return w->ready >= 0;
}

static bool has_ended(const void *arg)
{
	const struct world *w = arg;

	return w->ended;
}

static bool is_closed(const void *arg)
{
	const struct world *w = arg;

	return w->closed;
}

static bool has_answer(const void *arg)
{
	const struct world *w = arg;

	return w->answer || w->code;
}

static bool has_flows(const void *arg)
{
	const struct world *w = arg;

	return w->flows > 0;
}


/* ---- the relay ---- */

static void relay_write(struct world *w, const char *ports)
{
	FILE *f = fopen(w->conf, "w");

	assert_non_null(f);
	fprintf(f, "[relay]\nsocket = %s\ngroup = %s\n"
		"[interface default]\naddress = 127.0.0.1\nports = %s\n",
		w->socket, "root", ports);
	assert_int_equal(fclose(f), 0);
}


static void relay_start(struct world *w)
{
	const char *top = getenv("top_builddir");
	char program[512];
	int fd;

	(void)snprintf(program, sizeof(program), "%s/relay/postern-relay",
		       top ? top : ".");
	if (access(program, X_OK))
		skip();
	w->pid = fork();
	assert_true(w->pid >= 0);
	if (w->pid)
		return;
	fd = open(w->log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd >= 0)
		(void)dup2(fd, STDERR_FILENO);
	(void)execl(program, program, "-f", w->conf, (char *)NULL);
	_exit(127);
}


static void relay_kill(struct world *w)
{
	if (w->pid <= 0)
		return;
	(void)kill(w->pid, SIGKILL);
	(void)waitpid(w->pid, NULL, 0);
	w->pid = 0;
}


static void up_handler(bool restarted, void *arg)
{
	struct world *w = arg;

	++w->ups;
	w->restarts += restarted;
}


static void down_handler(int err, void *arg)
{
	struct world *w = arg;

	(void)err;
	++w->downs;
}


static const struct link_handlers link_handlers = {
	.uph = up_handler,
	.downh = down_handler,
};


static int setup_ports(void **state, const char *ports)
{
	struct world *w = calloc(1, sizeof(*w));

	(void)snprintf(w->dir, sizeof(w->dir), "/tmp/postern-media-XXXXXX");
	if (!w || !mkdtemp(w->dir) || per_alloc(&w->per, NULL))
		return -1;
	(void)snprintf(w->socket, sizeof(w->socket), "%s/relay.sock", w->dir);
	(void)snprintf(w->conf, sizeof(w->conf), "%s/relay.conf", w->dir);
	(void)snprintf(w->log, sizeof(w->log), "%s/log", w->dir);
	w->ready = -1;
	*state = w;
	relay_write(w, ports);
	relay_start(w);
	assert_int_equal(link_alloc(&w->link, w->socket, "h323gw",
				    &link_handlers, w), 0);
	until(w, is_up);
	return 0;
}


static int setup(void **state)
{
	return setup_ports(state, "43000-43099");
}


static int setup_tight(void **state)
{
	return setup_ports(state, "43000-43003");
}


static int teardown(void **state)
{
	struct world *w = *state;

	mem_deref(w->m);
	mem_deref(w->link);
	relay_kill(w);
	json_decref(w->state);
	json_decref(w->answer);
	(void)unlink(w->socket);
	(void)unlink(w->conf);
	(void)unlink(w->log);
	(void)rmdir(w->dir);
	per_free(w->per);
	free(w);
	tmr_debug();
	return 0;
}


static void answer_handler(const struct rpc_error *err, const json_t *result,
			   int *fds, size_t nfds, void *arg)
{
	struct world *w = arg;
	(void)fds;
	(void)nfds;

	w->code = err ? err->code : 0;
	w->answer = err ? NULL : json_deep_copy(result);
}


/* Something asked by the way; new reference to nothing: it is the world's */
static const json_t *ask(struct world *w, const char *method, const char *id)
{
	json_t *params = json_pack("{s:s}", "id", id);

	json_decref(w->answer);
	w->answer = NULL;
	w->code = 0;
	assert_int_equal(link_call(NULL, w->link, method, params,
				   answer_handler, w), 0);
	json_decref(params);
	until(w, has_answer);
	return w->answer;
}


/* ---- a call ---- */

static void end_handler(enum media_end why, const char *reason, void *arg)
{
	struct world *w = arg;

	assert_non_null(reason);
	w->ended = true;
	w->why = why;
}


static void flow_handler(const struct media_flow *f, void *arg)
{
	struct world *w = arg;

	assert_true(w->flows < FLOWS);
	assert_string_equal(f->session, "h323-1");
	w->flow[w->flows] = *f;
	(void)snprintf(w->flow_media[w->flows], 16, "%s", f->media);
	++w->flows;
}


static void state_handler(const json_t *state, void *arg)
{
	struct world *w = arg;

	json_decref(w->state);
	w->state = json_deep_copy(state);
}


static const struct media_handlers media_handlers = {
	.endh = end_handler,
	.flowh = flow_handler,
	.stateh = state_handler,
};


static void closed_handler(void *arg)
{
	struct world *w = arg;

	w->closed = true;
	w->m = NULL;
}


static void ready_handler(int err, void *arg)
{
	struct world *w = arg;

	w->ready = err;
}


static struct addr at(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse_hostport(&a, text), 0);
	return a;
}


static void call_begin(struct world *w, unsigned timeout)
{
	const struct media_conf conf = {.timeout = timeout,
					.dscp_audio = 46,
					.dscp_video = 34,
					.dscp_data = -1};
	const struct media_party a = {.signalling = at("127.0.0.2:1720"),
				      .own = at("127.0.0.1:1720")};
	const struct media_party b = {.signalling = at("127.0.0.3:1720"),
				      .own = at("127.0.0.1:1720")};

	assert_int_equal(media_alloc(&w->m, w->link, "h323-1", "a call", &conf,
				     &a, &b, &media_handlers, w), 0);
}


static void call_close(struct world *w)
{
	media_close(w->m, closed_handler, w);
	w->m = NULL;
	until(w, is_closed);
}


struct seen {
	struct addr rtp, rtcp;
};


/* A message as it reaches the other side; returns what media_h245() came to */
static int pass(struct world *w, enum side from, struct per_msg *made,
		struct seen *seen)
{
	static uint8_t in[4096], out[4096];
	struct media_rewriting rewriting = {w->m, from};
	const struct per_type *type = per_msg_type(made);
	const struct per_addr *v;
	struct per_msg *msg;
	char text[32];
	size_t n;
	int err;

	assert_int_equal(per_msg_encode(made, in, sizeof(in), &n, NULL), 0);
	per_msg_free(made);
	assert_int_equal(per_decode(&msg, w->per, type, in, n, NULL), 0);
	w->ready = -1;
	err = media_h245(w->m, from, per_msg_value(msg), ready_handler, w);
	per_msg_free(msg);
	if (err == EINPROGRESS) {
		assert_int_equal(w->ready, -1);
		until(w, is_ready);
		err = w->ready;
	}
	if (err || !seen)
		return err;

	assert_int_equal(per_rewrite(w->per, type, in, n, media_rewrite,
				     &rewriting, out, sizeof(out), &n, NULL),
			 0);
	assert_int_equal(per_decode(&msg, w->per, type, out, n, NULL), 0);
	memset(seen, 0, sizeof(*seen));
	for (size_t i = 0; i < per_msg_addrs(msg, &v); i++) {
		(void)snprintf(text, sizeof(text), "%u.%u.%u.%u:%u",
			       v[i].ip[0], v[i].ip[1], v[i].ip[2], v[i].ip[3],
			       v[i].port);
		*(per_addr_within(&v[i], "mediaControlChannel")
			  ? &seen->rtcp
			  : &seen->rtp) = at(text);
	}
	per_msg_free(msg);
	return 0;
}


static struct per_msg *olc(const struct world *w, unsigned lcn,
			   unsigned session, enum make_type type,
			   const char *control)
{
	return make_olc(w->per, &(struct make_olc){.lcn = lcn,
						   .session = session,
						   .fwd = type,
						   .control = control});
}


/* ---- parties ---- */

static int party(const char *where, int type)
{
	struct addr a = at(where);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), on = 1;

	assert_true(fd >= 0);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	assert_int_equal(bind(fd, &a.u.sa, addr_socklen(&a)), 0);
	return fd;
}


static void say(int fd, const struct addr *to, unsigned seq)
{
	uint8_t rtp[RTP_LEN] = {0x80, 0x08, (uint8_t)(seq >> 8),
				(uint8_t)seq};

	assert_int_equal(sendto(fd, rtp, sizeof(rtp), 0, &to->u.sa,
				addr_socklen(to)), RTP_LEN);
}


static void hears(int fd, const struct addr *from, unsigned seq)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct addr a;
	uint8_t rtp[2048];

	assert_int_equal(poll(&p, 1, 5000), 1);
	assert_int_equal(recvfrom(fd, rtp, sizeof(rtp), 0,
				  (struct sockaddr *)&ss, &len), RTP_LEN);
	assert_int_equal(rtp[3], seq);
	assert_int_equal(addr_from_sockaddr(&a, (struct sockaddr *)&ss), 0);
	assert_true(addr_eq(&a, from));
}


struct talk {
	int a, b;
	struct addr a_to, b_to;	/* where each was told to send to */
};


/* a opens one more channel, and all is well */
static void opens(struct world *w, unsigned lcn, unsigned session,
		  enum make_type type, const char *control)
{
	struct seen seen;

	assert_int_equal(pass(w, SIDE_A, olc(w, lcn, session, type, control),
			      &seen), 0);
	assert_true(addr_is_set(&seen.rtcp));
}


/* A call, and audio both ways */
static void talk_open(struct world *w, struct talk *t)
{
	struct seen seen;

	call_begin(w, 60);
	t->a = party("127.0.0.2:45000", SOCK_DGRAM);
	t->b = party("127.0.0.3:46000", SOCK_DGRAM);
	opens(w, 101, 1, MAKE_AUDIO, "127.0.0.2:45001");
	assert_int_equal(pass(w, SIDE_B,
			      make_ack(w->per, 101, 1, "127.0.0.3:46000",
				       "127.0.0.3:46001", NULL), &seen), 0);
	t->a_to = seen.rtp;
	assert_int_equal(addr_port(&seen.rtcp), addr_port(&seen.rtp) + 1);
	assert_int_equal(pass(w, SIDE_B, olc(w, 7, 1, MAKE_AUDIO,
					     "127.0.0.3:46001"), &seen), 0);
	assert_int_equal(pass(w, SIDE_A,
			      make_ack(w->per, 7, 1, "127.0.0.2:45000",
				       "127.0.0.2:45001", NULL), &seen), 0);
	t->b_to = seen.rtp;
}


static void talk(const struct talk *t, unsigned seq, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		say(t->a, &t->a_to, seq + i);
		hears(t->b, &t->b_to, seq + i);
		say(t->b, &t->b_to, seq + i);
		hears(t->a, &t->a_to, seq + i);
	}
}


static void talk_close(const struct talk *t)
{
	(void)close(t->a);
	(void)close(t->b);
}


static void flow_is(const struct world *w, size_t i, unsigned stream,
		    enum side from, const char *media, unsigned packets)
{
	const struct media_flow *f = &w->flow[i];

	assert_int_equal(f->stream, stream);
	assert_int_equal(f->from, from);
	assert_string_equal(w->flow_media[i], media);
	assert_int_equal(f->count.packets, packets);
	assert_int_equal(f->count.bytes, packets * RTP_LEN);
	assert_true(f->start > 0 && f->end >= f->start);
	if (packets)
		assert_string_equal(f->count.latched,
				    from == SIDE_A ? "127.0.0.2:45000"
						   : "127.0.0.3:46000");
}


/* ---- the tests ---- */

static void a_call_and_its_books(void **state)
{
	struct world *w = *state;
	const json_t *leg;
	struct talk t;

	talk_open(w, &t);
	talk(&t, 1, 5);
	say(t.a, &t.a_to, 6);
	hears(t.b, &t.b_to, 6);

	leg = json_object_get(ask(w, "session.get", "h323-1"), "streams");
	leg = json_object_get(json_array_get(leg, 0), "a");
	assert_string_equal(json_string_value(json_object_get(
				    json_object_get(leg, "remote"),
				    "address")), "127.0.0.2");
	call_close(w);
	assert_int_equal(w->flows, 2);
	flow_is(w, 0, 0, SIDE_A, "audio", 6);
	flow_is(w, 1, 0, SIDE_B, "audio", 5);
	assert_null(ask(w, "session.get", "h323-1"));
	talk_close(&t);
}


static void a_stream_that_ends_is_accounted_for(void **state)
{
	struct world *w = *state;
	struct talk t;

	talk_open(w, &t);
	talk(&t, 1, 3);
	/* not awaited: the second waits for the first nevertheless */
	assert_int_equal(pass(w, SIDE_A, make_close(w->per, 101), NULL), 0);
	assert_int_equal(pass(w, SIDE_B, make_close(w->per, 7), NULL), 0);
	opens(w, 102, 1, MAKE_AUDIO, "127.0.0.2:45001");
	assert_int_equal(w->flows, 2);
	flow_is(w, 0, 0, SIDE_A, "audio", 3);
	flow_is(w, 1, 0, SIDE_B, "audio", 3);
	call_close(w);
	assert_int_equal(w->flows, 4);
	flow_is(w, 2, 1, SIDE_A, "audio", 0);
	talk_close(&t);
}


static void the_relay_dies_and_comes_back(void **state)
{
	struct world *w = *state;
	struct talk t;

	talk_open(w, &t);
	talk(&t, 1, 3);
	relay_kill(w);
	until(w, is_down);
	relay_start(w);
	until(w, is_up);
	assert_int_equal(w->restarts, 2);
	assert_int_equal(w->downs, 1);
	assert_false(w->ended);

	/* on the same ports, with the same parties */
	talk(&t, 4, 3);
	opens(w, 103, 2, MAKE_VIDEO, "127.0.0.2:45003");
	call_close(w);
	assert_int_equal(w->flows, 4);
	flow_is(w, 0, 0, SIDE_A, "audio", 3);
	talk_close(&t);
}


static void what_is_asked_meanwhile_waits(void **state)
{
	struct world *w = *state;
	struct talk t;

	talk_open(w, &t);
	relay_kill(w);
	until(w, is_down);
	relay_start(w);
	/* it is not there yet */
	opens(w, 103, 2, MAKE_VIDEO, "127.0.0.2:45003");
	talk(&t, 1, 2);
	talk_close(&t);
}


static void an_address_the_relay_will_not_have(void **state)
{
	struct world *w = *state;
	struct seen seen;

	call_begin(w, 60);
	assert_int_equal(pass(w, SIDE_A, olc(w, 1, 1, MAKE_AUDIO,
					     "255.255.255.255:45001"),
			      &seen), 0);
	assert_int_equal(addr_port(&seen.rtcp) % 2, 1);
	/* the relay's own ports */
	addr_set_port(&seen.rtcp, addr_port(&seen.rtcp) - 1);
	assert_int_equal(pass(w, SIDE_B,
			      make_ack(w->per, 1, 1, "127.0.0.1:43000",
				       "127.0.0.1:43001", NULL), &seen), 0);
}


static void no_port_is_left(void **state)
{
	struct world *w = *state;
	struct seen seen;
	struct talk t;

	talk_open(w, &t);
	assert_int_equal(pass(w, SIDE_A, olc(w, 103, 2, MAKE_VIDEO,
					     "127.0.0.2:45003"), &seen),
			 ENOBUFS);
	/* as if it had not been asked for */
	talk(&t, 1, 2);
	opens(w, 104, 1, MAKE_AUDIO, "127.0.0.2:45001");
	call_close(w);
	assert_int_equal(w->flows, 2);
	talk_close(&t);
}


static void no_media(void **state)
{
	struct world *w = *state;

	call_begin(w, 1);
	assert_int_equal(pass(w, SIDE_A, olc(w, 1, 1, MAKE_AUDIO,
					     "127.0.0.2:45001"), NULL), 0);
	until(w, has_ended);
	assert_int_equal(w->why, MEDIA_IDLE);
	call_close(w);
	assert_int_equal(w->flows, 2);
}


static void closed_by_somebody_else(void **state)
{
	struct world *w = *state;
	struct rpc_sync *s;
	json_t *params = json_pack("{s:s, s:s}", "id", "h323-1", "reason",
				   "operator"), *result = NULL;
	struct rpc_error err;
	struct talk t;

	talk_open(w, &t);
	talk(&t, 1, 2);
	assert_int_equal(rpc_sync_open(&s, w->socket, 5000), 0);
	assert_int_equal(rpc_sync_call(s, "session.close", params, 5000,
				       &result, &err), 0);
	rpc_sync_close(s);
	json_decref(params);
	json_decref(result);
	until(w, has_ended);
	assert_int_equal(w->why, MEDIA_CLOSED);
	assert_int_equal(w->flows, 2);
	flow_is(w, 0, 0, SIDE_A, "audio", 2);
	assert_int_equal(pass(w, SIDE_A, olc(w, 2, 2, MAKE_VIDEO, NULL),
			      NULL), ENOTCONN);
	call_close(w);
	assert_int_equal(w->flows, 2);
	talk_close(&t);
}


static void we_die_and_come_back(void **state)
{
	struct world *w = *state;
	json_t *bad = json_pack("{s:s}", "id", "h323-1");
	struct talk t;

	talk_open(w, &t);
	talk(&t, 1, 4);
	/* without a word to the relay */
	w->m = mem_deref(w->m);
	talk(&t, 5, 1);

	assert_int_equal(media_restore(w->link, bad, &media_handlers,
				       closed_handler, w), EINVAL);
	assert_int_equal(media_restore(w->link, w->state, &media_handlers,
				       closed_handler, w), 0);
	until(w, is_closed);
	assert_int_equal(w->flows, 2);
	flow_is(w, 0, 0, SIDE_A, "audio", 5);
	flow_is(w, 1, 0, SIDE_B, "audio", 5);
	json_decref(bad);
	talk_close(&t);
}


static void let_go_in_the_middle(void **state)
{
	struct world *w = *state;
	struct per_msg *m;

	call_begin(w, 60);
	m = olc(w, 1, 1, MAKE_AUDIO, "127.0.0.2:45001");
	assert_int_equal(media_h245(w->m, SIDE_A, per_msg_value(m),
				    ready_handler, w), EINPROGRESS);
	per_msg_free(m);
	m = olc(w, 2, 2, MAKE_VIDEO, NULL);
	assert_int_equal(media_h245(w->m, SIDE_A, per_msg_value(m),
				    ready_handler, w), EBUSY);
	per_msg_free(m);
	call_close(w);
	assert_int_equal(w->ready, -1);
	assert_null(ask(w, "session.get", "h323-1"));
	assert_int_equal(w->code, RPC_NOT_FOUND);
}


static void nothing_was_opened(void **state)
{
	struct world *w = *state;

	call_begin(w, 60);
	media_close(w->m, closed_handler, w);
	w->m = NULL;
	/* not before we have returned */
	assert_false(w->closed);
	until(w, is_closed);
	assert_int_equal(w->flows, 0);
}


static void t120(void **state)
{
	struct world *w = *state;
	const struct make_olc o = {.lcn = 1, .session = 3, .fwd = MAKE_T120,
				   .rev = MAKE_T120};
	struct pollfd p = {.events = POLLIN};
	int listener, a, b;
	struct seen seen;
	char got[8] = "";

	call_begin(w, 60);
	listener = party("127.0.0.3:46503", SOCK_STREAM);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(pass(w, SIDE_A, make_olc(w->per, &o), &seen), 0);
	assert_int_equal(pass(w, SIDE_B, make_ack(w->per, 1, 3, NULL, NULL,
						  "127.0.0.3:46503"),
			      &seen), 0);
	a = party("127.0.0.2:0", SOCK_STREAM);
	assert_int_equal(connect(a, &seen.rtp.u.sa,
				 addr_socklen(&seen.rtp)), 0);
	p.fd = listener;
	assert_int_equal(poll(&p, 1, 5000), 1);
	b = accept(listener, NULL, NULL);
	assert_true(b >= 0);
	assert_int_equal(send(a, "hello", 5, 0), 5);
	p.fd = b;
	assert_int_equal(poll(&p, 1, 5000), 1);
	assert_int_equal(recv(b, got, sizeof(got), 0), 5);
	assert_string_equal(got, "hello");
	(void)close(a);
	(void)close(b);
	(void)close(listener);
	call_close(w);
	assert_int_equal(w->flow[0].count.bytes, 5);
}


static void bandwidth_and_marks_are_told(void **state)
{
	struct world *w = *state;
	json_int_t dropped = 0;
	const json_t *v;
	json_t *mine;
	struct talk t;

	talk_open(w, &t);
	media_bandwidth(w->m, 640);
	v = ask(w, "session.get", "h323-1");
	assert_non_null(v);
	mine = media_json(w->m);
	assert_int_equal(json_array_size(mine), 1);
	v = json_object_get(json_array_get(mine, 0), "a");
	assert_int_equal(json_integer_value(json_object_get(v, "bandwidth")),
			 32000 + 32000 + 8000);
	json_decref(mine);
	/* at once, more than that and half a second of it */
	for (unsigned i = 0; i < BURST; i++)
		say(t.a, &t.a_to, i);
	for (unsigned i = 0; i < 1000 && !dropped; i++) {
		v = json_object_get(ask(w, "session.get", "h323-1"),
				    "streams");
		v = json_object_get(json_array_get(v, 0), "a");
		dropped = json_integer_value(json_object_get(v, "dropped"));
	}
	assert_true(dropped > 0);
	call_close(w);
	assert_true(has_flows(w));
	assert_true(w->flow[0].count.packets < BURST);
	assert_true(w->flow[0].count.dropped > 0);
	talk_close(&t);
}


#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_call_and_its_books),
		TEST(a_stream_that_ends_is_accounted_for),
		TEST(the_relay_dies_and_comes_back),
		TEST(what_is_asked_meanwhile_waits),
		TEST(an_address_the_relay_will_not_have),
		cmocka_unit_test_setup_teardown(no_port_is_left, setup_tight,
						teardown),
		TEST(no_media),
		TEST(closed_by_somebody_else),
		TEST(we_die_and_come_back),
		TEST(let_go_in_the_middle),
		TEST(nothing_was_opened),
		TEST(t120),
		TEST(bandwidth_and_marks_are_told),
	};
	int failed;

	if (own_network() || libre_init())
		return 1;
	failed = cmocka_run_group_tests_name("media_relay", tests, NULL, NULL);
	libre_close();
	return failed;
}
