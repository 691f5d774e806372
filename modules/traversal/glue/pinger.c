/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file pinger.c  The process that keeps NAT bindings open
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include "glue/compat.h"
#include "core/cfg/cfg_struct.h"
#include "core/dprint.h"
#include "core/events.h"
#include "core/parser/parse_cseq.h"
#include "core/parser/parse_from.h"
#include "core/parser/parse_uri.h"
#include "core/pt.h"
#include "glue/clock.h"
#include "glue/mirror.h"
#include "glue/pinger.h"
#include "glue/ping.h"
#include "glue/queue.h"
#include "glue/stats.h"
#include "glue/writer.h"
#include "logic/keepalive.h"

enum {
	SCAN_MS = 5000, /* between looks for new contacts */
	KEY_SIZE = KEEPALIVE_KEY_MAX + 1,
};

/** What a worker reports: an answer to a ping */
struct answer
{
	uint32_t id;
	uint64_t nonce;
};

static struct pinger_conf conf;
static int answers[2] = {-1, -1}; /* [0] is the pinger's */
static const char tag_prefix[] = "ka-";

int pinger_method(enum pinger_method *m, const char *name)
{
	static const char *const names[] = {"crlf", "stun", "options"};

	for(int i = 0; i < 3; i++) {
		if(!strcmp(name, names[i])) {
			*m = (enum pinger_method)i;
			return 0;
		}
	}
	return -1;
}

int pinger_mod_init(const struct pinger_conf *c)
{
	int err;

	conf = *c;
	if(!conf.interval || !mirror_usrloc())
		return 0;
	err = queue_open(answers, 0);
	if(err) {
		LM_ERR("no queue to the pinger: %s\n", strerror(err));
		return -1;
	}
	register_procs(1);
	cfg_register_child(1);
	return 0;
}

void pinger_destroy(void)
{
	queue_close(answers);
}

/* ---- in workers */

static void report(uint32_t id, uint64_t nonce)
{
	struct answer a;

	memset(&a, 0, sizeof(a));
	a.id = id;
	a.nonce = nonce;
	(void)send(answers[1], &a, sizeof(a), MSG_NOSIGNAL);
}

/* every datagram, before Kamailio looks at it: which takes a STUN response for
 * a malformed SIP message */
static int datagram(sr_event_param_t *evp)
{
	void **p = evp->data;
	uint32_t id;
	uint64_t nonce;

	if(!ping_stun_answer(p[0], *(unsigned *)p[1], &id, &nonce))
		return 0;
	report(id, nonce);
	return -1;
}

void pinger_child_init(void)
{
	if(answers[1] < 0 || conf.method != PINGER_STUN)
		return;
	/* Kamailio has one place for it */
	if(sr_event_enabled(SREV_NET_DGRAM_IN)
			|| sr_event_register_cb(SREV_NET_DGRAM_IN, datagram) < 0)
		LM_WARN("another module looks at all datagrams: answers to keepalives "
				"are not seen\n");
}

int pinger_reply(sip_msg_t *reply)
{
	struct to_body *from;
	unsigned long long nonce;
	unsigned id;
	char tag[48];

	if(answers[1] < 0 || conf.method != PINGER_OPTIONS
			|| parse_headers(reply, HDR_CSEQ_F | HDR_FROM_F, 0) < 0
			|| !reply->cseq || !reply->from
			|| get_cseq(reply)->method_id != METHOD_OPTIONS
			|| parse_from_header(reply) < 0)
		return 1;
	from = get_from(reply);
	if(from->tag_value.len <= (int)sizeof(tag_prefix)
			|| from->tag_value.len >= (int)sizeof(tag)
			|| strncmp(from->tag_value.s, tag_prefix, sizeof(tag_prefix) - 1))
		return 1;
	(void)snprintf(
			tag, sizeof(tag), "%.*s", from->tag_value.len, from->tag_value.s);
	if(sscanf(tag, "ka-%x-%llx", &id, &nonce) != 2)
		return 1;

	report(id, nonce);
	return 0;
}

/* ---- in the pinger */

static struct mirror_contact key_of(const struct keepalive_ping *p)
{
	struct mirror_contact mc = {
			.aorhash = p->hash,
			.ruid = {(char *)(uintptr_t)p->key, (int)strlen(p->key)},
	};

	return mc;
}

static enum keepalive_sent send_one(const struct keepalive_ping *p, void *arg)
{
	struct mirror_contact mc = key_of(p);
	struct ping_target to;
	urecord_t *r;
	ucontact_t *u;
	udomain_t *d;
	int err;

	(void)arg;
	if(mirror_find(&mc, &d, &r, &u) < 0)
		return KEEPALIVE_GONE;
	err = ping_target(&to, u);
	mirror_release(d, r);
	if(err)
		return KEEPALIVE_UNANSWERABLE;

	stats_inc(keepalives_sent);
	if(to.stream)
		err = ping_crlf(&to);
	else if(conf.method == PINGER_OPTIONS)
		err = ping_options(&to, tag_prefix, p->id, p->nonce);
	else if(conf.method == PINGER_STUN)
		err = ping_stun(&to, p->id, p->nonce);
	else
		err = ping_crlf(&to);
	if(err)
		return KEEPALIVE_FAILED;
	return !to.stream && conf.method != PINGER_CRLF ? KEEPALIVE_SENT
													: KEEPALIVE_UNANSWERABLE;
}

static void dead_one(const struct keepalive_ping *p, void *arg)
{
	struct mirror_contact mc = key_of(p);
	char uri[256] = "", aor[256] = "";
	struct store_audit audit = {
			.action = "registration.remove",
			.object = aor,
			.detail = "its terminal stopped answering keepalives",
	};
	urecord_t *r;
	ucontact_t *u;
	udomain_t *d;

	(void)arg;
	if(mirror_find(&mc, &d, &r, &u) < 0)
		return;
	/* it has registered since: it is there, whatever it answers */
	if(u->last_modified + (time_t)conf.interval > time(NULL)) {
		mirror_release(d, r);
		return;
	}
	(void)snprintf(uri, sizeof(uri), "%.*s", u->c.len, u->c.s);
	(void)snprintf(aor, sizeof(aor), "%.*s", u->aor->len, u->aor->s);
	(void)mirror_usrloc()->delete_ucontact(r, u);
	mirror_release(d, r);

	stats_inc(keepalive_removed);
	LM_NOTICE("contact %s of %s removed: no answer to %u keepalives\n", uri, aor,
			p->missed + 1);
	(void)writer_audit_add(&audit);
}

/* its NAT's address and port, as text; -1: it is a name, or not to be pinged */
static int source_of(
		const struct mirror_contact *c, char host[64], unsigned *port)
{
	const str *s = c->received.len ? &c->received : &c->uri;
	struct sip_uri uri;

	/* with a Path another server keeps the binding */
	if(c->path.len || (!c->received.len && !conf.all))
		return -1;
	if(parse_uri(s->s, s->len, &uri) < 0 || uri.host.len >= 64)
		return -1;
	(void)snprintf(host, 64, "%.*s", uri.host.len, uri.host.s);
	*port = uri.port_no ? uri.port_no : 5060;
	return 0;
}

static int scan_one(const struct mirror_contact *c, void *arg)
{
	struct keepalive *k = arg;
	char key[KEY_SIZE], host[64];
	struct keepalive_contact kc = {
			.key = key, .hash = c->aorhash, .source = host};

	if(c->ruid.len >= KEY_SIZE || source_of(c, host, &kc.port))
		return 0;
	(void)snprintf(key, sizeof(key), "%.*s", c->ruid.len, c->ruid.s);
	(void)keepalive_contact_put(k, &kc, clock_ms());
	return 0;
}

static void take_answers(struct keepalive *k)
{
	struct answer a;

	while(recv(answers[0], &a, sizeof(a), 0) == (ssize_t)sizeof(a)) {
		if(keepalive_answered(k, a.id, a.nonce, clock_ms()))
			stats_inc(keepalive_answers);
	}
}

static uint64_t random64(void *arg)
{
	uint64_t v = 0;

	(void)arg;
	if(getrandom(&v, sizeof(v), 0) != (ssize_t)sizeof(v))
		v = clock_ms();
	return v;
}

static void pinger_run(void)
{
	const struct keepalive_conf kc = {
			.interval_ms = conf.interval * 1000,
			.min_ms = conf.interval * 1000 < 5000 ? conf.interval * 1000 : 5000,
			.max_ms = (conf.max > conf.interval ? conf.max : conf.interval)
					  * 1000,
			.retry_ms = conf.interval * 1000 / 4 < 500
								? 500
								: conf.interval * 1000 / 4,
			.max_missed = conf.misses,
			.random_h = random64,
	};
	struct keepalive *k;
	uint64_t next = 0;

	if(keepalive_alloc(&k, &kc)) {
		LM_ERR("no memory for the keepalive schedule\n");
		exit(-1);
	}
	for(;;) {
		(void)usleep(KEEPALIVE_TICK_MS * 1000);
		cfg_update();
		take_answers(k);
		if(clock_ms() >= next) {
			next = clock_ms() + SCAN_MS;
			if(mirror_each(true, scan_one, k) == 0)
				keepalive_scan_done(k);
		}
		keepalive_run(k, clock_ms(), send_one, dead_one, NULL);
	}
}

int pinger_fork(void)
{
	int pid;

	if(answers[0] < 0)
		return 0;
	pid = fork_process(COMPAT_PROC_WORKER, "traversal keepalive", 1);
	if(pid < 0)
		return -1;
	if(pid > 0)
		return 0;
	if(cfg_child_init())
		return -1;
	pinger_run();
	return 0;
}
