/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/tunnel: two links over a socketpair, with real TLS: who may come, that a
 * tunnel works over it, and that it outlives its links.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <openssl/ssl.h>
#include "rpc/libre.h"
#include "tunnel/hello.h"
#include "tunnel/link.h"


enum {
	SERVER,
	AGENT,
	ENDS,
	GIVE_UP_MS = 20000,
};

struct end {
	struct link *l;
	struct tunnel *t;
	struct channel *ch;
	uint8_t exporter[AUTH_EXPORTER];
	char greeting[256];
	size_t got;
	unsigned ready, closes, opens;
	int err;
	char why[256];
};

static struct {
	struct end e[ENDS];
	SSL_CTX *ctx[ENDS];
	char dir[64], cert[96], key[96], pin[AUTH_TEXT];
	struct tmr tmr;
	size_t want;
} w;


static void give_up(void *arg)
{
	(void)arg;
	re_cancel();
}


/* until re_cancel() */
static void run(void)
{
	tmr_start(&w.tmr, GIVE_UP_MS, give_up, NULL);
	assert_int_equal(re_main(NULL), 0);
	tmr_cancel(&w.tmr);
}


static void on_ready(struct link *l, void *arg)
{
	struct end *e = arg;

	++e->ready;
	assert_int_equal(link_exporter(l, e->exporter), 0);
	if (e == &w.e[AGENT])
		assert_int_equal(link_say(l, FRAME_HELLO, "{\"hello\":1}"),
				 0);
}


static void on_close(struct link *l, int err, const char *why, void *arg)
{
	struct end *e = arg;
	(void)l;

	++e->closes;
	e->err = err;
	(void)snprintf(e->why, sizeof(e->why), "%s", why);
	re_cancel();
}


static void on_greeting(struct link *l, enum frame_type type,
			const char *text, size_t len, void *arg)
{
	struct end *e = arg;

	(void)snprintf(e->greeting, sizeof(e->greeting), "%d %.*s", type,
		       (int)len, text);
	if (e == &w.e[SERVER]) {
		assert_int_equal(link_say(l, FRAME_WELCOME, "{\"w\":1}"), 0);
		assert_int_equal(link_carry(l, e->t,
					    tunnel_received(w.e[AGENT].t),
					    1000), 0);
		return;
	}
	assert_int_equal(link_carry(l, e->t, tunnel_received(w.e[SERVER].t),
				    1000), 0);
	re_cancel();
}


static const struct link_handlers link_handlers = {
	.readyh	   = on_ready,
	.greetingh = on_greeting,
	.closeh	   = on_close,
};


static void on_recv(struct channel *ch, const uint8_t *p, size_t len,
		    void *arg)
{
	struct end *e = arg;

	for (size_t i = 0; i < len; i++)
		assert_int_equal(p[i], (uint8_t)((e->got + i) * 13));
	e->got += len;
	channel_consumed(ch, len);
	if (e->got == w.want)
		re_cancel();
}


static const struct channel_handlers channel_handlers = {.recvh = on_recv};


static void on_open(struct tunnel *t, struct channel *ch, const char *what,
		    size_t len, void *arg)
{
	struct end *e = arg;
	(void)t;
	(void)what;
	(void)len;

	++e->opens;
	assert_int_equal(channel_accept(ch, &channel_handlers, e), 0);
}


static void on_output(struct tunnel *t, void *arg)
{
	struct end *e = arg;
	(void)t;

	if (e->l)
		link_flush(e->l);
}


static void links_new(const char *host)
{
	int fd[ENDS];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
				    fd), 0);
	for (int i = 0; i < ENDS; i++) {
		w.e[i].l = mem_deref(w.e[i].l);
		assert_int_equal(link_alloc(&w.e[i].l, fd[i], w.ctx[i],
					    i == SERVER,
					    i == AGENT ? host : NULL,
					    &link_handlers, &w.e[i]), 0);
	}
}


static int setup(void **state)
{
	static const struct tunnel_handlers th = {.openh   = on_open,
						  .outputh = on_output};
	char why[256];
	(void)state;

	memset(w.e, 0, sizeof(w.e));
	w.ctx[SERVER] = link_server_ctx(w.cert, w.key, why, sizeof(why));
	w.ctx[AGENT]  = link_client_ctx(NULL, w.pin, why, sizeof(why));
	assert_non_null(w.ctx[SERVER]);
	assert_non_null(w.ctx[AGENT]);
	for (int i = 0; i < ENDS; i++)
		assert_int_equal(tunnel_alloc(&w.e[i].t,
					      i == SERVER ? TUNNEL_SERVER
							  : TUNNEL_AGENT,
					      &th, &w.e[i]), 0);
	return 0;
}


static int teardown(void **state)
{
	(void)state;

	for (int i = 0; i < ENDS; i++) {
		w.e[i].l = mem_deref(w.e[i].l);
		w.e[i].t = mem_deref(w.e[i].t);
		SSL_CTX_free(w.ctx[i]);
	}
	return 0;
}


static void a_tunnel_over_tls(void **state)
{
	static uint8_t data[200000];
	struct end *a = &w.e[AGENT], *s = &w.e[SERVER];
	(void)state;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 13);
	links_new(NULL);
	run();
	assert_string_equal(s->greeting, "1 {\"hello\":1}");
	assert_string_equal(a->greeting, "2 {\"w\":1}");
	assert_memory_equal(a->exporter, s->exporter, AUTH_EXPORTER);

	assert_int_equal(tunnel_open(&a->ch, a->t, CHANNEL_BYTES, "x", 1,
				     &channel_handlers, a), 0);
	assert_int_equal(channel_send(a->ch, data, sizeof(data)), 0);
	w.want = sizeof(data);
	run();
	assert_int_equal(s->got, sizeof(data));

	/* the next connection: other keys, the same tunnel */
	links_new(NULL);
	assert_int_equal(channel_send(a->ch, data, 1), 0);
	s->got = 0;
	run();
	w.want = 1;
	if (!s->got)
		run();
	assert_int_equal(s->got, 1);
	assert_int_equal(s->opens, 1);
	assert_int_equal(a->closes + s->closes, 0);
}


static void only_the_key_that_was_told(void **state)
{
	char why[256];
	(void)state;

	SSL_CTX_free(w.ctx[AGENT]);
	w.ctx[AGENT] = link_client_ctx(
		NULL, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", why,
		sizeof(why));
	assert_non_null(w.ctx[AGENT]);
	links_new(NULL);
	run();
	assert_int_equal(w.e[AGENT].ready, 0);
	assert_int_equal(w.e[AGENT].closes, 1);
	assert_non_null(strstr(w.e[AGENT].why, "certificate"));
}


static void only_the_name_that_was_told(void **state)
{
	char why[256];
	(void)state;

	SSL_CTX_free(w.ctx[AGENT]);
	w.ctx[AGENT] = link_client_ctx(w.cert, NULL, why, sizeof(why));
	assert_non_null(w.ctx[AGENT]);
	links_new("relay.example");
	run();
	assert_int_equal(w.e[AGENT].closes, 0);
	assert_string_equal(w.e[AGENT].greeting, "2 {\"w\":1}");

	assert_int_equal(teardown(state), 0);
	assert_int_equal(setup(state), 0);
	SSL_CTX_free(w.ctx[AGENT]);
	w.ctx[AGENT] = link_client_ctx(w.cert, NULL, why, sizeof(why));
	links_new("other.example");
	run();
	assert_int_equal(w.e[AGENT].ready, 0);
	assert_int_equal(w.e[AGENT].closes, 1);
}


/* neither octets nor silence holds a link for long */
static void who_does_not_greet(void **state)
{
	int fd[ENDS];
	(void)state;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
				    fd), 0);
	assert_int_equal(link_alloc(&w.e[SERVER].l, fd[SERVER], w.ctx[SERVER],
				    true, NULL, &link_handlers,
				    &w.e[SERVER]), 0);
	assert_int_equal(write(fd[AGENT], "GET / HTTP/1.1\r\n\r\n", 18), 18);
	run();
	assert_int_equal(w.e[SERVER].closes, 1);
	(void)close(fd[AGENT]);

	w.e[SERVER].l = mem_deref(w.e[SERVER].l);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
				    fd), 0);
	assert_int_equal(link_alloc(&w.e[SERVER].l, fd[SERVER], w.ctx[SERVER],
				    true, NULL, &link_handlers,
				    &w.e[SERVER]), 0);
	run();
	assert_int_equal(w.e[SERVER].closes, 2);
	assert_int_equal(w.e[SERVER].err, ETIMEDOUT);
	(void)close(fd[AGENT]);
}


static void a_dead_path_is_noticed(void **state)
{
	(void)state;

	links_new(NULL);
	run();
	/* the agent's end no longer answers, but nobody closes */
	link_release(w.e[AGENT].l);
	run();
	assert_int_equal(w.e[SERVER].closes, 1);
	assert_int_equal(w.e[SERVER].err, ETIMEDOUT);
	assert_false(tunnel_attached(w.e[SERVER].t));
}


static int begin(void **state)
{
	char cmd[512];
	(void)state;

	assert_int_equal(libre_init(), 0);
	(void)snprintf(w.dir, sizeof(w.dir), "/tmp/postern-link-XXXXXX");
	assert_non_null(mkdtemp(w.dir));
	(void)snprintf(w.cert, sizeof(w.cert), "%s/cert.pem", w.dir);
	(void)snprintf(w.key, sizeof(w.key), "%s/key.pem", w.dir);
	(void)snprintf(cmd, sizeof(cmd),
		       "openssl req -x509 -newkey ec -pkeyopt "
		       "ec_paramgen_curve:P-256 -nodes -days 2 -subj "
		       "/CN=relay.example -addext "
		       "subjectAltName=DNS:relay.example -keyout %s -out %s "
		       "2>/dev/null", w.key, w.cert);
	assert_int_equal(system(cmd), 0);
	assert_int_equal(link_fingerprint(w.cert, w.pin), 0);
	return 0;
}


static int end(void **state)
{
	(void)state;

	(void)unlink(w.cert);
	(void)unlink(w.key);
	(void)rmdir(w.dir);
	libre_close();
	return 0;
}


int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_tunnel_over_tls),
		T(only_the_key_that_was_told),
		T(only_the_name_that_was_told),
		T(who_does_not_greet),
		T(a_dead_path_is_noticed),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
