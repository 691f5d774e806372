/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file tunnels.c  Where agents come in, and their tunnels' life
 *
 * A connection is a guest until it has shown which agent it is; then it carries
 * the agent's tunnel, in place of another connection that may have done so.
 * A tunnel without connection waits a while. Owns the listening sockets, the
 * guests, and what is remembered of those who failed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <netinet/ip.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include "agent_leg.h"
#include "events.h"
#include "relay.h"
#include "sealed.h"
#include "selfcert.h"
#include "sip_channel.h"
#include "throttle.h"
#include "tunnel/control.h"
#include "tunnel/link.h"
#include "tunnels.h"


#define ROOM "tunnel"

enum {
	GUESTS_MAX = 512, /* connections that have not shown who they are */
	BACKLOG	   = 128,
	RETRY_AUTH = 30,  /* s */
};

struct door {
	struct tunnels *t;
	int fd; /* connections */
	struct sealed *media;
};

struct guest {
	struct le le;
	struct tunnels *t;
	struct link *link;
	struct addr peer;
	char name[ADDR_STRLEN];
	struct tmr tmr; /* to go, outside of the link's own handlers */
};

struct tunnels {
	struct relay *relay;
	struct agents *agents;
	struct door doors[TUNNEL_LISTEN_MAX];
	struct list guests;
	struct throttle throttle;
	struct log_limit log;
	SSL_CTX *ctx;
	char fingerprint[AUTH_TEXT];
	char address[SETTING_LEN_MAX + 1];
};


static void tunnels_destructor(void *arg)
{
	struct tunnels *t = arg;
	size_t i;

	for (i = 0; i < TUNNEL_LISTEN_MAX; i++) {
		if (!t->doors[i].t)
			continue;
		fd_close(t->doors[i].fd);
		(void)close(t->doors[i].fd);
		mem_deref(t->doors[i].media);
	}
	list_flush(&t->guests);
	mem_deref(t->agents);
	SSL_CTX_free(t->ctx);
}


struct agents *tunnels_agents(struct tunnels *t)
{
	return t->agents;
}


/** What agents know our key by */
const char *tunnels_fingerprint(const struct tunnels *t)
{
	return t->fingerprint;
}


/** Where agents are told to connect to */
const char *tunnels_address(const struct tunnels *t)
{
	return t->address;
}


/* ---- an agent's tunnel ---- */

static void report(struct agent *ag, const char *event, const char *why)
{
	char buf[ADDR_STRLEN];

	events_agent(ag->relay, event,
		     json_pack("{s:s,s:s,s:s}", "agent", ag->name, "address",
			       addr_str(&ag->peer, buf), "reason", why));
}


static void tunnel_gone(struct agent *ag, const char *why)
{
	const bool was = ag->tunnel != NULL;

	tmr_cancel(&ag->tmr);
	agent_leg_gone(ag);
	ag->control = mem_deref(ag->control);
	if (ag->link)
		link_release(ag->link);
	ag->link   = mem_deref(ag->link);
	ag->tunnel = mem_deref(ag->tunnel);
	ag->since  = ag->relay->wall();
	if (!was)
		return;

	metrics_inc(ag->relay->stats, STAT_TUNNELS_DOWN);
	log_notice(ROOM, "agent %s: down: %s", ag->name, why);
	report(ag, "agent.down", why);
}


static void on_linger(void *arg)
{
	tunnel_gone(arg, "it did not come back");
}


static void on_output(struct tunnel *t, void *arg)
{
	struct agent *ag = arg;
	(void)t;

	if (ag->link)
		link_flush(ag->link);
}


/* in the middle of the tunnel's work: it is taken down afterwards */
static void on_end_later(void *arg)
{
	tunnel_gone(arg, "the tunnel was ended");
}


static void on_end(struct tunnel *t, enum tunnel_reason why, void *arg)
{
	struct agent *ag = arg;
	(void)t;

	log_notice(ROOM, "agent %s: the tunnel ends: %s", ag->name,
		   tunnel_reason_name(why));
	tmr_start(&ag->tmr, 0, on_end_later, ag);
}


static void channel_refuse(struct agent *ag, struct channel *ch,
			   const char *why)
{
	metrics_inc(ag->relay->stats, STAT_CHANNELS_REFUSED);
	log_info(ROOM, "agent %s: channel refused: %s", ag->name, why);
	channel_reset(ch, TUNNEL_REFUSED);
}


/* what it is for: {"kind":"sip","terminal":ADDRESS,"local":ADDRESS} */
static void on_open(struct tunnel *t, struct channel *ch, const char *what,
		    size_t len, void *arg)
{
	struct agent *ag = arg;
	json_t *o = json_loadb(what, len, JSON_REJECT_DUPLICATES, NULL);
	const char *kind     = json_string_value(json_object_get(o, "kind"));
	const char *terminal = json_string_value(json_object_get(o, "terminal"));
	const char *door     = json_string_value(json_object_get(o, "local"));
	struct addr ta, da;
	(void)t;

	if (!kind || strcmp(kind, "sip") ||
	    channel_kind(ch) != CHANNEL_MESSAGES)
		channel_refuse(ag, ch, "it is for nothing known here");
	else if (!terminal || !door || addr_parse_hostport(&ta, terminal) ||
		 addr_parse_hostport(&da, door))
		channel_refuse(ag, ch, "it does not say for whom");
	else if (sip_channel_open(ag->relay, ag, ch, &ta, &da))
		metrics_inc(ag->relay->stats, STAT_CHANNELS_REFUSED);
	json_decref(o);
}


static const struct tunnel_handlers tunnel_handlers = {
	.openh	 = on_open,
	.outputh = on_output,
	.endh	 = on_end,
};


static void on_link_close(struct link *l, int err, const char *why, void *arg)
{
	struct agent *ag = arg;
	(void)err;

	if (l != ag->link)
		return;

	ag->link = mem_deref(ag->link);
	if (tunnel_ended(ag->tunnel))
		return; /* on_end_later() comes */

	ag->since = ag->relay->wall();
	log_notice(ROOM, "agent %s: connection lost: %s; its tunnel waits",
		   ag->name, why);
	report(ag, "agent.waiting", why);
	tmr_start(&ag->tmr, ag->relay->conf.tunnel.linger, on_linger, ag);
}


static const struct link_handlers agent_link_handlers = {
	.closeh = on_link_close,
};


/** The agent may no longer come; it is told, and its tunnel ends */
void tunnels_revoke(struct agent *ag)
{
	if (ag->tunnel && ag->link) {
		tunnel_goaway(ag->tunnel, TUNNEL_REVOKED);
		link_flush(ag->link);
	}
	tunnel_gone(ag, "revoked");
}


/* ---- guests ---- */

static void guest_destructor(void *arg)
{
	struct guest *g = arg;

	list_unlink(&g->le);
	tmr_cancel(&g->tmr);
	mem_deref(g->link);
}


static void guest_go(void *arg)
{
	mem_deref(arg);
}


static void log_guest(struct guest *g, const char *what, const char *why)
{
	uint64_t suppressed = 0;

	if (log_limit_pass(&g->t->log, g->t->relay->now(), &suppressed))
		log_notice(ROOM, "%s: %s: %s", g->name, what, why);
}


static void refuse(struct guest *g, enum refuse_code code, const char *text,
		   uint32_t retry)
{
	struct refuse r = {.code = code, .retry = retry};
	char *json;

	(void)snprintf(r.text, sizeof(r.text), "%s", text);
	json = refuse_encode(&r);
	if (json)
		(void)link_say(g->link, FRAME_REFUSE, json);
	free(json);
	metrics_inc(g->t->relay->stats, STAT_TUNNELS_REFUSED);
	tmr_start(&g->tmr, 0, guest_go, g);
}


static void refuse_unknown(struct guest *g, const struct hello *h)
{
	struct relay *r = g->t->relay;

	throttle_fail(&g->t->throttle, &g->peer, r->now());
	log_guest(g, h->agent, "refused: no such agent, or not its key");
	events_agent(r, "agent.refused",
		     json_pack("{s:s,s:s,s:s}", "agent", h->agent, "address",
			       g->name, "reason", "proof"));
	refuse(g, REFUSE_AUTH, "this agent is not known here, or its secret "
			       "is another", RETRY_AUTH);
}


static struct agent *known(struct guest *g, const struct hello *h)
{
	/* no agent's: an unknown name takes as long as a wrong proof */
	static const char nobody[] =
		"11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
	struct agent *ag = agents_find(g->t->agents, h->agent);
	uint8_t exporter[AUTH_EXPORTER];

	if (link_exporter(g->link, exporter) ||
	    auth_verify(h->proof, ag ? ag->public : nobody, h->agent,
			exporter))
		return NULL;

	return ag;
}


static int session_new(char id[HELLO_SESSION + 1])
{
	uint8_t b[HELLO_SESSION / 2];
	size_t i;

	if (RAND_bytes(b, sizeof(b)) != 1)
		return EIO;
	for (i = 0; i < sizeof(b); i++)
		(void)snprintf(id + 2 * i, 3, "%02x", b[i]);

	return 0;
}


/* what the agent asks and tells on the control channel */
static void on_request(const char *method, const json_t *params,
		       json_t **result, struct rpc_error *err, void *arg)
{
	struct agent *ag = arg;

	if (!strcmp(method, "media.range")) {
		if (agent_leg_range(ag, params))
			log_warn(ROOM, "agent %s: its media.range is no good",
				 ag->name);
	} else if (!strcmp(method, "media.failed")) {
		agent_leg_failed(ag, params);
	} else {
		rpc_error_set(err, RPC_METHOD_NOT_FOUND,
			      "there is no method %.64s", method);
		return;
	}
	*result = json_object();
}


/* the tunnel the agent had, if it can go on, else a new one */
static int tunnel_for(struct agent *ag, const struct hello *h, bool *resumed)
{
	int err;

	*resumed = ag->tunnel && h->session[0] &&
		   !strcmp(h->session, ag->session) &&
		   tunnel_resumable(ag->tunnel, h->received);
	if (*resumed)
		return 0;

	if (ag->tunnel)
		tunnel_gone(ag, "it came anew");
	if (session_new(ag->session))
		return EIO;

	err = tunnel_alloc(&ag->tunnel, TUNNEL_SERVER, &tunnel_handlers, ag);
	if (!err)
		err = control_alloc(&ag->control, ag->tunnel, on_request, ag);

	return err;
}


static int welcome(struct guest *g, struct agent *ag, bool resumed)
{
	struct welcome w = {
		.version   = TUNNEL_VERSION,
		.resumed   = resumed,
		.keepalive = ag->relay->conf.tunnel.keepalive,
		.received  = tunnel_received(ag->tunnel),
		.media = {ag->relay->conf.tunnel.media[0],
			  ag->relay->conf.tunnel.media[1]},
	};
	char *json;
	int err;

	(void)snprintf(w.session, sizeof(w.session), "%s", ag->session);
	json = welcome_encode(&w);
	if (!json)
		return ENOMEM;
	err = link_say(g->link, FRAME_WELCOME, json);
	free(json);

	return err;
}


/* the guest's link is the agent's from now on */
static int move_in(struct guest *g, struct agent *ag, const struct hello *h,
		   bool resumed)
{
	struct link *old = ag->link;

	if (old)
		link_release(old);
	ag->link = NULL;
	link_handlers_set(g->link, &agent_link_handlers, ag);
	if (link_carry(g->link, ag->tunnel, resumed ? h->received : 0,
		       ag->relay->conf.tunnel.keepalive))
		return EPROTO;

	ag->link = mem_ref(g->link);
	mem_deref(old);
	tmr_cancel(&ag->tmr);
	ag->peer  = g->peer;
	ag->since = ag->relay->wall();
	++ag->came;
	ag->resumed += resumed;
	(void)snprintf(ag->software, sizeof(ag->software), "%s", h->software);
	link_flush(ag->link);

	return 0;
}


static void on_hello(struct link *l, enum frame_type type, const char *text,
		     size_t len, void *arg)
{
	struct guest *g	    = arg;
	struct metrics *stats = g->t->relay->stats;
	struct agent *ag;
	struct hello h;
	bool resumed;
	(void)l;
	(void)type;

	if (hello_decode(&h, text, len)) {
		throttle_fail(&g->t->throttle, &g->peer, g->t->relay->now());
		log_guest(g, "refused", "its HELLO can't be read");
		metrics_inc(stats, STAT_TUNNEL_ERRORS);
		tmr_start(&g->tmr, 0, guest_go, g);
		return;
	}
	if (!h.speaks) {
		refuse(g, REFUSE_VERSION, "version 1 is spoken here", 0);
		return;
	}
	ag = known(g, &h);
	if (!ag) {
		refuse_unknown(g, &h);
		return;
	}
	if (tunnel_for(ag, &h, &resumed) || welcome(g, ag, resumed) ||
	    move_in(g, ag, &h, resumed)) {
		tunnel_gone(ag, "it could not be begun");
		tmr_start(&g->tmr, 0, guest_go, g);
		return;
	}

	metrics_inc(stats, STAT_TUNNELS_UP);
	if (resumed)
		metrics_inc(stats, STAT_TUNNELS_RESUMED);
	log_notice(ROOM, "agent %s: up from %s%s (%s)", ag->name, g->name,
		   resumed ? ", goes on" : "", ag->software);
	report(ag, "agent.up", resumed ? "resumed" : "new");
	tmr_start(&g->tmr, 0, guest_go, g);
}


static void on_guest_close(struct link *l, int err, const char *why,
			   void *arg)
{
	struct guest *g = arg;
	(void)l;
	(void)err;

	metrics_inc(g->t->relay->stats, STAT_TUNNEL_ERRORS);
	log_guest(g, "no agent", why);
	tmr_start(&g->tmr, 0, guest_go, g);
}


static const struct link_handlers guest_handlers = {
	.greetingh = on_hello,
	.closeh	   = on_guest_close,
};


/* takes the descriptor over */
static int guest_new(struct tunnels *t, int fd, const struct addr *peer)
{
	struct guest *g = mem_zalloc(sizeof(*g), guest_destructor);
	int err;

	if (!g) {
		(void)close(fd);
		return ENOMEM;
	}
	g->t	= t;
	g->peer = *peer;
	(void)addr_str(peer, g->name);
	err = link_alloc(&g->link, fd, t->ctx, true, NULL, &guest_handlers, g);
	if (err) {
		(void)close(fd);
		mem_deref(g);
		return err;
	}
	list_append(&t->guests, &g->le, g);

	return 0;
}


static void on_accept(int flags, void *arg)
{
	struct door *d	  = arg;
	struct tunnels *t = d->t;
	struct addr peer  = {0};
	socklen_t len	  = sizeof(peer.u);
	int fd = accept4(d->fd, &peer.u.sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	(void)flags;

	if (fd < 0)
		return;
	if (list_count(&t->guests) >= GUESTS_MAX ||
	    !throttle_pass(&t->throttle, &peer, t->relay->now())) {
		metrics_inc(t->relay->stats, STAT_TUNNELS_LIMITED);
		(void)close(fd);
		return;
	}
	if (guest_new(t, fd, &peer))
		metrics_inc(t->relay->stats, STAT_TUNNEL_ERRORS);
}


/* ---- the beginning ---- */

/* port X beside the door */
static int media_open(struct door *d, struct tunnels *t, const struct addr *at)
{
	struct addr a = *at;
	char buf[ADDR_STRLEN];
	int err;

	addr_set_port(&a, t->relay->conf.tunnel.media[0]);
	err = sealed_open(&d->media, t->relay, &a);
	if (err)
		log_error(ROOM, "media on %s: %s", addr_str(&a, buf),
			  strerror(err));

	return err;
}


static int door_open(struct door *d, struct tunnels *t, const struct addr *a)
{
	const int on = 1;
	char buf[ADDR_STRLEN];
	int err = 0;

	d->fd = socket(addr_family(a),
		       SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (d->fd < 0)
		return errno;
	(void)setsockopt(d->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (addr_family(a) == AF_INET6)
		(void)setsockopt(d->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on,
				 sizeof(on));
	if (bind(d->fd, &a->u.sa, addr_socklen(a)) < 0 ||
	    listen(d->fd, BACKLOG) < 0)
		err = errno;
	if (!err)
		err = fd_listen(d->fd, FD_READ, on_accept, d);
	if (!err) {
		err = media_open(d, t, a);
		if (err)
			fd_close(d->fd);
	}
	if (err) {
		log_error(ROOM, "listen on %s: %s", addr_str(a, buf),
			  strerror(err));
		(void)close(d->fd);
		return err;
	}
	d->t = t;

	return 0;
}


static int certificate_load(struct tunnels *t)
{
	const struct settings_tunnel *s = &t->relay->conf.tunnel;
	char cert[SETTING_PATH_MAX + 16], key[SETTING_PATH_MAX + 16];
	char why[256];
	int err = 0;

	if (s->certificate[0]) {
		(void)snprintf(cert, sizeof(cert), "%s", s->certificate);
		(void)snprintf(key, sizeof(key), "%s", s->key);
	} else {
		(void)snprintf(cert, sizeof(cert), "%s/tunnel.crt", s->state);
		(void)snprintf(key, sizeof(key), "%s/tunnel.key", s->state);
		err = selfcert_make(cert, key);
		if (err) {
			log_error(ROOM, "%s: %s", cert, strerror(err));
			return err;
		}
	}
	t->ctx = link_server_ctx(cert, key, why, sizeof(why));
	if (!t->ctx) {
		log_error(ROOM, "%s", why);
		return EINVAL;
	}

	return link_fingerprint(cert, t->fingerprint);
}


static int doors_open(struct tunnels *t)
{
	const struct settings_tunnel *s = &t->relay->conf.tunnel;
	char buf[ADDR_STRLEN];
	size_t i;
	int err = 0;

	for (i = 0; i < s->listenc && !err; i++)
		err = door_open(&t->doors[i], t, &s->listen[i]);

	(void)snprintf(t->address, sizeof(t->address), "%s",
		       s->advertised[0] ? s->advertised
					: addr_str(&s->listen[0], buf));

	return err;
}


/**
 * Let agents in
 *
 * @param tp Result; mem_deref() it, which ends all tunnels
 * @param r  Relay, whose configuration says where; it says why not in the log
 *
 * @return 0 or an errno
 */
int tunnels_listen(struct tunnels **tp, struct relay *r)
{
	static const struct log_limit limit = LOG_LIMIT(50, 5);
	struct tunnels *t = mem_zalloc(sizeof(*t), tunnels_destructor);
	char why[512];
	int err;

	if (!t)
		return ENOMEM;

	t->relay = r;
	t->log	 = limit;
	err	 = agents_alloc(&t->agents, r, r->conf.tunnel.state);
	if (!err) {
		err = agents_read(t->agents, why, sizeof(why));
		if (err)
			log_error(ROOM, "%s", why);
	}
	if (!err)
		err = certificate_load(t);
	if (!err)
		err = doors_open(t);
	if (err)
		mem_deref(t);
	else
		*tp = t;

	return err;
}
