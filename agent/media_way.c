/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file media_way.c  A stream's own socket towards the relay, in token mode
 *
 * The relay knows this socket by its address, once it has seen a token from it.
 * That is shown when there is something to send, or the relay says that
 * somebody waits; again and again, ever more rarely, until the relay confirms
 * it through the tunnel. From then on packets go bare. A token that comes later
 * is shown as soon as there is something to send: a NAT may have forgotten us.
 *
 * Owns the socket and the token.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <openssl/crypto.h>
#include "media/mark.h"
#include "media_way_priv.h"


enum {
	PACKET_MAX = 2048,
	FIRST_MS   = 100,   /* until the second probe, doubling */
	LONGEST_MS = 3200,
	MARGIN_MS  = 1000,  /* of a token's life: it was under way */
	ASK_MS	   = 1000,  /* between two that are asked for */
	FRESH_MS   = 2000,  /* the terminal has spoken just now */
	PAUSE_MS   = 10000, /* a NAT may have forgotten us meanwhile */
	QUIET_MS   = 500,   /* and so it may where nothing comes any more */
};


static void sock_close(struct media_way *w)
{
	if (w->fd < 0)
		return;

	fd_close(w->fd);
	(void)close(w->fd);
	w->fd = -1;
}


static void destructor(void *arg)
{
	struct media_way *w = arg;

	tmr_cancel(&w->probe);
	media_way_ask_end(w);
	sock_close(w);
	OPENSSL_cleanse(w->token, sizeof(w->token));
}


/* as with the terminal's: one a wake-up */
static void on_readable(int flags, void *arg)
{
	struct media_way *w = arg;
	uint8_t buf[PACKET_MAX];
	ssize_t n = recv(w->fd, buf, sizeof(buf), MSG_DONTWAIT);
	(void)flags;

	if (n < 0)
		return;
	w->heard = tmr_jiffies();
	if (n <= 0 || media_way_answer(w, buf, (size_t)n))
		return;
	media_way_used(w);
	w->h.packeth(w->conf.component, buf, (size_t)n, w->arg);
}


/** Send something to the relay, over UDP */
void media_way_put(struct media_way *w, const uint8_t *p, size_t len)
{
	int tries = 2;

	/* an ICMP error of an earlier packet is reported once */
	while (w->fd >= 0 && tries--) {
		if (send(w->fd, p, len, MSG_NOSIGNAL) >= 0) {
			w->sent = tmr_jiffies();
			alive_sent(&w->alive, w->sent);
			return;
		}
		if (errno != ECONNREFUSED)
			return;
	}
}


/* ---- tokens ---- */

static bool has_token(const struct media_way *w)
{
	return tmr_jiffies() < w->until;
}


static void ask(struct media_way *w)
{
	const uint64_t now = tmr_jiffies();

	if (w->asked && now - w->asked < ASK_MS)
		return;
	w->asked = now;
	w->h.askh(w->arg);
}


static void show(void *arg)
{
	struct media_way *w = arg;
	struct probe pr	    = {.id = w->conf.id};
	uint8_t p[PROBE_LEN];
	uint64_t next = (uint64_t)FIRST_MS << w->tries;

	if (!has_token(w)) {
		/* whether the terminal has said more or not: somebody waits */
		if (!w->confirmed)
			ask(w);
		return;
	}
	memcpy(pr.token, w->token, TOKEN_LEN);
	probe_encode(p, &pr);
	media_way_put(w, p, sizeof(p));
	OPENSSL_cleanse(&pr, sizeof(pr));
	OPENSSL_cleanse(p, sizeof(p));
	if (next < LONGEST_MS)
		++w->tries;
	tmr_start(&w->probe, next, show, w);
}


static void show_begin(struct media_way *w)
{
	if (w->fd < 0 || tmr_isrunning(&w->probe))
		return;
	if (!has_token(w) && w->confirmed)
		return;

	w->tries = 0;
	show(w);
}


/** There is something to send, or somebody waits: show where we are */
void media_way_want(struct media_way *w)
{
	media_way_used(w);
	show_begin(w);
}


/** A NAT may have forgotten us: show anew where we are */
void media_way_renew(struct media_way *w)
{
	if (has_token(w) || !w->confirmed)
		show_begin(w);
	else if (w->confirmed)
		ask(w);
}


/**
 * A token was handed over
 *
 * @param w     Way
 * @param token It; copied
 * @param life  How long it may serve, ms
 */
void media_way_token(struct media_way *w, const uint8_t token[TOKEN_LEN],
		     uint32_t life)
{
	const uint64_t now = tmr_jiffies();

	memcpy(w->token, token, TOKEN_LEN);
	w->until = now + life - (life < 2 * MARGIN_MS ? life / 2 : MARGIN_MS);
	tmr_cancel(&w->probe);
	if (w->asked || (w->spoken && now - w->spoken < FRESH_MS))
		show_begin(w);
	w->asked = 0;
}


/** The relay has seen our token, from this address */
void media_way_confirmed(struct media_way *w, const struct addr *seen)
{
	tmr_cancel(&w->probe);
	OPENSSL_cleanse(w->token, sizeof(w->token));
	w->until     = 0;
	w->confirmed = true;
	media_way_seen(w, seen);
}


/* ---- packets ---- */

/* May a NAT have forgotten us? The terminal was silent for long, or what came
 * while it spoke has ended */
static bool doubtful(struct media_way *w, uint64_t now)
{
	if (w->spoken && now - w->spoken >= PAUSE_MS)
		return true;
	if (w->conf.component != LATCH_RTP || w->heard == w->doubted ||
	    now - w->heard < QUIET_MS)
		return false;
	w->doubted = w->heard;

	return true;
}


/** A packet of the terminal's; it is lost while the relay does not know us */
void media_way_send(struct media_way *w, const uint8_t *p, size_t len)
{
	const uint64_t now = tmr_jiffies();
	const bool doubt   = doubtful(w, now);

	w->spoken = now;
	media_way_used(w);
	if (media_way_send_inside(w, p, len))
		return;
	if (has_token(w) || !w->confirmed)
		show_begin(w);
	else if (doubt)
		ask(w);
	if (w->confirmed)
		media_way_put(w, p, len);
	else
		++w->early;
}


static int sock_open(struct media_way *w)
{
	const int af = addr_family(&w->relay);
	int err	     = 0;

	w->fd = socket(af, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (w->fd < 0)
		return errno;
	mark_socket(w->fd, af, w->conf.dscp);
	if (connect(w->fd, &w->relay.u.sa, addr_socklen(&w->relay)) < 0)
		err = errno;
	if (!err)
		err = fd_listen(w->fd, FD_READ, on_readable, w);
	if (err) {
		(void)close(w->fd);
		w->fd = -1;
	}

	return err;
}


/** Mark packets differently from now on */
void media_way_mark(struct media_way *w, uint8_t dscp)
{
	w->conf.dscp = dscp;
	if (w->fd >= 0)
		mark_socket(w->fd, addr_family(&w->relay), dscp);
}


/**
 * Where the relay is, or how we get there, is another
 *
 * @param w     Way
 * @param relay Its port X or Y; unset: nowhere
 *
 * @return 0 or an errno
 */
int media_way_relay(struct media_way *w, const struct addr *relay)
{
	const bool was = w->confirmed;
	int err;

	sock_close(w);
	tmr_cancel(&w->probe);
	w->relay     = *relay;
	w->confirmed = false;
	err	     = addr_is_set(relay) ? sock_open(w) : 0;
	media_way_ask_new(w);
	if (!err && (was || w->spoken))
		show_begin(w);

	return err;
}


/**
 * Make a way; nothing goes there before there is a token and a reason
 *
 * @param wp    Result; mem_deref() it
 * @param conf  What it is; copied
 * @param relay The relay's port X or Y; unset: it is told later
 * @param h     Handlers, copied
 * @param arg   For them
 *
 * @return 0 or an errno
 */
int media_way_alloc(struct media_way **wp, const struct media_way_conf *conf,
		    const struct addr *relay,
		    const struct media_way_handlers *h, void *arg)
{
	struct media_way *w = mem_zalloc(sizeof(*w), destructor);
	int err;

	if (!w)
		return ENOMEM;

	w->fd	= -1;
	w->conf = *conf;
	w->h	= *h;
	w->arg	= arg;
	err	= media_way_relay(w, relay);
	if (err) {
		mem_deref(w);
		return err;
	}
	media_way_ask_begin(w);
	*wp = w;

	return 0;
}
