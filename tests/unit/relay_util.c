/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file relay_util.c  A relay on loopback with a clock a test can turn
 */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "relay/forward.h"
#include "own_network.h"
#include "relay_util.h"


enum {
	ARRIVES_MS = 5000, /* loopback is quick, but not always at once */
};


uint64_t util_now;


static uint64_t fake_now(void)
{
	return util_now;
}


static uint64_t fake_wall(void)
{
	return 1790000000000ull + util_now;
}


static void log_nothing(enum log_level level, const char *room,
			const char *text, void *arg)
{
	(void)level;
	(void)room;
	(void)text;
	(void)arg;
}


static void settings_loopback(struct settings *s)
{
	struct settings_iface *si = s->ifacev;

	memset(s, 0, sizeof(*s));
	strcpy(s->name, "test");
	s->max_sessions	   = 10;
	s->max_streams	   = 40;
	s->session_timeout = 60;
	s->orphan_timeout  = 3600;
	s->learning_window = LATCH_WINDOW_MS;
	s->relatch_silence = LATCH_SILENCE_MS;
	s->ifacec	   = 1;

	strcpy(si->name, "default");
	assert_int_equal(0, addr_parse(&si->address[0], "127.0.0.1", 0));
	assert_int_equal(0, addr_parse(&si->address[1], "::1", 0));
	si->port_min = 20000;
	si->port_max = 20099;
}


int util_setup(void **state)
{
	struct settings s;
	struct relay *r = NULL;

	log_handler_set(log_nothing, NULL);
	settings_loopback(&s);
	util_now = 1000000;

	if (own_network() || relay_alloc(&r, &s))
		return -1;

	r->now	= fake_now;
	r->wall = fake_wall;
	*state	= r;

	return 0;
}


int util_teardown(void **state)
{
	struct relay *r = *state;

	mem_deref(r);
	(void)fd_setsize(0);

	return 0;
}


struct relay *util_relay(void **state)
{
	return *state;
}


/* The text has ' for ", as JSON in C is unreadable */
static json_t *parse(const char *text)
{
	char *copy = strdup(text), *p;
	json_error_t je;
	json_t *j;

	for (p = copy; *p; p++) {
		if (*p == '\'')
			*p = '"';
	}

	j = json_loads(copy, JSON_DECODE_ANY, &je);
	if (!j)
		fail_msg("%s: %s", je.text, copy);
	free(copy);

	return j;
}


json_t *util_call(struct relay *r, const char *method, const char *params)
{
	json_t *p = parse(params), *result;
	struct rpc_error err;

	control_dispatch(r, NULL, method, p, &result, &err);
	json_decref(p);

	if (!result)
		fail_msg("%s: %d %s", method, err.code, err.message);

	return result;
}


void util_refused(struct relay *r, const char *method, const char *params,
		  int code, const char *words)
{
	json_t *p = parse(params), *result;
	struct rpc_error err;

	control_dispatch(r, NULL, method, p, &result, &err);
	json_decref(p);

	if (result)
		fail_msg("%s %s: was not refused", method, params);
	if (err.code != code || !strstr(err.message, words))
		fail_msg("%s %s: refused with %d \"%s\", not %d \"%s\"",
			 method, params, err.code, err.message, code, words);
}


struct leg *util_leg(struct relay *r, const char *id, unsigned stream,
		     char name)
{
	struct session *se = session_find(r, id);
	struct le *le;

	assert_non_null(se);

	for (le = list_head(&se->streams); le; le = le->next) {
		struct stream *st = le->data;

		if (st->index == stream)
			return &st->leg[name == 'b'];
	}

	fail_msg("no stream %u", stream);
	return NULL;
}


void party_open(struct party *p, const char *ip)
{
	socklen_t len = sizeof(p->addr.u);

	assert_int_equal(0, addr_parse(&p->addr, ip, 0));
	p->fd = socket(addr_family(&p->addr),
		       SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(p->fd >= 0);
	assert_int_equal(0, bind(p->fd, &p->addr.u.sa,
				 addr_socklen(&p->addr)));
	assert_int_equal(0, getsockname(p->fd, &p->addr.u.sa, &len));
}


void party_close(struct party *p)
{
	(void)close(p->fd);
}


/* what has come in, on whichever socket: one datagram each */
static void party_taken(const struct leg *leg, enum latch_component to)
{
	struct watch *wt = (void *)(uintptr_t)&leg->sock[to].watch;
	struct pollfd p[] = {
		{.fd = wt->fd, .events = POLLIN},
		{.fd = leg->catcher[to].watch.fd, .events = POLLIN},
	};

	(void)poll(p, 2, ARRIVES_MS);
	if (leg->catcher[to].watch.fd >= 0)
		forward_readable((void *)(uintptr_t)&leg->catcher[to].watch);
	forward_readable(wt);
}


void party_send(const struct party *p, const struct leg *leg,
		enum latch_component to, const void *buf, size_t len)
{
	struct addr dst = leg->ifc->address;

	addr_set_port(&dst, (uint16_t)(leg->port + to));
	assert_int_equal(len, sendto(p->fd, buf, len, 0, &dst.u.sa,
				     addr_socklen(&dst)));
	party_taken(leg, to);
}


void party_rtp(const struct party *p, const struct leg *leg, uint32_t ssrc,
	       uint16_t seq)
{
	uint8_t rtp[172] = {0x80, 0x00, (uint8_t)(seq >> 8), (uint8_t)seq};

	rtp[8]	= (uint8_t)(ssrc >> 24);
	rtp[9]	= (uint8_t)(ssrc >> 16);
	rtp[10] = (uint8_t)(ssrc >> 8);
	rtp[11] = (uint8_t)ssrc;

	party_send(p, leg, LATCH_RTP, rtp, sizeof(rtp));
}


void party_rtcp(const struct party *p, const struct leg *leg,
		enum latch_component to, uint32_t ssrc)
{
	const uint8_t rtcp[8] = {0x80, 201, 0, 1, (uint8_t)(ssrc >> 24),
				 (uint8_t)(ssrc >> 16), (uint8_t)(ssrc >> 8),
				 (uint8_t)ssrc};

	party_send(p, leg, to, rtcp, sizeof(rtcp));
}


ssize_t party_recv(const struct party *p, void *buf, size_t size)
{
	return recv(p->fd, buf, size, 0);
}


void party_gets(const struct party *p, size_t len)
{
	struct pollfd pfd = {.fd = p->fd, .events = POLLIN};
	uint8_t buf[2048];

	(void)poll(&pfd, 1, ARRIVES_MS);
	assert_int_equal((ssize_t)len, party_recv(p, buf, sizeof(buf)));
}


void party_gets_nothing(const struct party *p)
{
	uint8_t buf[2048];

	assert_int_equal(-1, party_recv(p, buf, sizeof(buf)));
	assert_int_equal(EAGAIN, errno);
}
