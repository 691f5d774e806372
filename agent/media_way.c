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
#include "rpc/libre.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <openssl/crypto.h>
#include "media/mark.h"
#include "media_way.h"


enum {
	PACKET_MAX = 2048,
	FIRST_MS   = 100,   /* until the second probe, doubling */
	LONGEST_MS = 3200,
	MARGIN_MS  = 1000,  /* of a token's life: it was under way */
	ASK_MS	   = 1000,  /* between two that are asked for */
	BEAT_MS	   = 10000, /* of a silent stream: no NAT forgets so soon */
	FRESH_MS   = 2000,  /* the terminal has spoken just now */
	PAUSE_MS   = 10000, /* a NAT may have forgotten us meanwhile */
	QUIET_MS   = 500,   /* and so it may where nothing comes any more */
};

struct media_way {
	struct media_way_handlers h;
	void *arg;
	int fd;		      /* -1: there is no way out now */
	struct addr relay;    /* its port X or Y; unset: it is not known */
	uint32_t id;
	enum latch_component component;
	uint8_t dscp;
	uint8_t token[TOKEN_LEN];
	uint64_t until;	      /* it may be shown before, ms; 0: none */
	uint64_t asked;	      /* when one was asked for, ms */
	uint64_t sent;	      /* when something last went, ms */
	uint64_t spoken;      /* when the terminal last did, ms */
	uint64_t heard;	      /* when the relay last was, ms */
	uint64_t doubted;     /* the same, when we asked for that reason */
	struct tmr probe, beat;
	unsigned tries;
	bool confirmed;
	uint64_t early;	      /* packets before that: dropped */
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
	tmr_cancel(&w->beat);
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
	if (n > 0)
		w->h.packeth(w->component, buf, (size_t)n, w->arg);
}


static void put(struct media_way *w, const uint8_t *p, size_t len)
{
	int tries = 2;

	/* an ICMP error of an earlier packet is reported once */
	while (w->fd >= 0 && tries--) {
		if (send(w->fd, p, len, MSG_NOSIGNAL) >= 0) {
			w->sent = tmr_jiffies();
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
	struct probe pr	    = {.id = w->id};
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
	put(w, p, sizeof(p));
	OPENSSL_cleanse(&pr, sizeof(pr));
	OPENSSL_cleanse(p, sizeof(p));
	if (next < LONGEST_MS)
		++w->tries;
	tmr_start(&w->probe, next, show, w);
}


/** There is something to send, or somebody waits: show where we are */
void media_way_want(struct media_way *w)
{
	if (tmr_isrunning(&w->probe))
		return;
	if (!has_token(w) && w->confirmed)
		return;

	w->tries = 0;
	show(w);
}


/** A NAT may have forgotten us: show anew where we are */
void media_way_renew(struct media_way *w)
{
	if (has_token(w))
		media_way_want(w);
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
		media_way_want(w);
	w->asked = 0;
}


/** The relay has seen our token */
void media_way_confirmed(struct media_way *w)
{
	tmr_cancel(&w->probe);
	OPENSSL_cleanse(w->token, sizeof(w->token));
	w->until     = 0;
	w->confirmed = true;
}


/* ---- packets ---- */

static void beat(void *arg)
{
	struct media_way *w  = arg;
	const uint64_t quiet = tmr_jiffies() - w->sent;
	uint64_t next	     = BEAT_MS;
	uint8_t p[ALIVE_LEN];

	if (quiet < BEAT_MS) {
		next = BEAT_MS - quiet;
	} else if (w->confirmed) {
		alive_encode(p, w->id);
		put(w, p, sizeof(p));
		if (has_token(w))
			media_way_want(w);
	}
	tmr_start(&w->beat, next, beat, w);
}


/* May a NAT have forgotten us? The terminal was silent for long, or what came
 * while it spoke has ended */
static bool doubtful(struct media_way *w, uint64_t now)
{
	if (w->spoken && now - w->spoken >= PAUSE_MS)
		return true;
	if (w->component != LATCH_RTP || w->heard == w->doubted ||
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
	if (has_token(w) || !w->confirmed)
		media_way_want(w);
	else if (doubt)
		ask(w);
	if (w->confirmed)
		put(w, p, len);
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
	mark_socket(w->fd, af, w->dscp);
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
	w->dscp = dscp;
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
	if (!addr_is_set(relay))
		return 0;

	err = sock_open(w);
	if (!err && (was || w->spoken))
		media_way_want(w);

	return err;
}


/**
 * Make a way; nothing goes there before there is a token and a reason
 *
 * @param wp    Result; mem_deref() it
 * @param id    Of the stream
 * @param c     RTP or RTCP
 * @param relay The relay's port X or Y; unset: it is told later
 * @param dscp  What packets are marked with
 * @param h     Handlers, copied
 * @param arg   For them
 *
 * @return 0 or an errno
 */
int media_way_alloc(struct media_way **wp, uint32_t id, enum latch_component c,
		    const struct addr *relay, uint8_t dscp,
		    const struct media_way_handlers *h, void *arg)
{
	struct media_way *w = mem_zalloc(sizeof(*w), destructor);
	int err;

	if (!w)
		return ENOMEM;

	w->fd	     = -1;
	w->id	     = id;
	w->component = c;
	w->dscp	     = dscp;
	w->h	     = *h;
	w->arg	     = arg;
	err	     = media_way_relay(w, relay);
	if (err) {
		mem_deref(w);
		return err;
	}
	tmr_start(&w->beat, BEAT_MS, beat, w);
	*wp = w;

	return 0;
}
