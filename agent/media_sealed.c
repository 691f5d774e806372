/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file media_sealed.c  What a stream does in sealed mode
 *
 * It has a key for each direction, and shares the way to the relay (carry.h).
 * Where it is, the relay learns from signs of life. Uses the stream's keys and
 * its timer.
 */
#include "media_sealed.h"
#include <errno.h>
#include <string.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include "alive.h"
#include "carry.h"


enum {
	PACKET_MAX = 2048,
	FIRST_MS   = 100, /* the first signs of life, doubling */
	FIRSTS	   = 5,
};


/* ---- up ---- */

/** A packet of the terminal's, to the relay */
void media_sealed_send(struct media_stream *st, enum latch_component component,
		       const uint8_t *p, size_t len)
{
	uint8_t buf[PACKET_MAX + SEAL_OVERHEAD];
	size_t n;

	if (seal(st->up, component == LATCH_RTCP, buf, sizeof(buf), &n, p,
		 len) ||
	    !carry_send(st->carry, buf, n, st->dscp))
		return;
	st->sent = tmr_jiffies();
	alive_sent(st->alive, st->sent);
}


static void sign_of_life(struct media_stream *st)
{
	/* no NAT is asked to remember a connection by it */
	if (!carry_in_tunnel(st->carry))
		alive_ask(st->alive, tmr_jiffies());
	media_sealed_send(st, LATCH_RTP, NULL, 0);
}


/** An empty RTCP packet, sealed: it is answered, and moves nothing; p has room
 *  for SEAL_OVERHEAD octets */
bool media_sealed_question(struct media_stream *st, uint8_t *p)
{
	size_t n;

	return !seal(st->up, true, p, SEAL_OVERHEAD, &n, NULL, 0);
}


/* The relay learns where we are, and NATs remember it */
static void beat(void *arg)
{
	struct media_stream *st = arg;
	const uint64_t quiet	= tmr_jiffies() - st->sent;
	uint64_t next		= st->alive->nat->interval;

	if (st->beats < FIRSTS) {
		sign_of_life(st);
		next = (uint64_t)FIRST_MS << st->beats++;
	} else if (quiet >= next) {
		sign_of_life(st);
	} else {
		next -= quiet;
	}
	tmr_start(&st->tmr, next, beat, st);
}


/** The way to the relay is new: let it learn where we are, at once */
void media_sealed_beat(struct media_stream *st)
{
	st->beats = 0;
	beat(st);
}


/* ---- down ---- */

/** A sealed datagram of this stream came from the relay */
void media_sealed_down(struct media_stream *st, const uint8_t *p, size_t len)
{
	uint8_t buf[PACKET_MAX];
	struct seal_head h;
	size_t n;

	if (!st->down ||
	    seal_open(st->down, &h, buf, sizeof(buf), &n, p, len)) {
		++st->unopened;
		return;
	}
	if (n)
		media_stream_deliver(st, h.rtcp ? LATCH_RTCP : LATCH_RTP, buf,
				     n);
}


/**
 * The relay answers a sign of life
 *
 * @param st   Stream
 * @param seen Result: where it saw us
 * @param p    Datagram
 * @param len  Its length
 *
 * @return true: it does
 */
bool media_sealed_seen(struct media_stream *st, struct addr *seen,
		       const uint8_t *p, size_t len)
{
	char text[ADDR_STRLEN];
	struct seal_head h;
	size_t n;

	if (!st->down || len > SEAL_OVERHEAD + sizeof(text) - 1 ||
	    seal_open(st->down, &h, (uint8_t *)text, sizeof(text) - 1, &n, p,
		      len)) {
		++st->unopened;
		return false;
	}
	text[n] = '\0';

	return h.seen && !addr_parse_hostport(seen, text);
}


/* ---- keys ---- */

static bool secret_read(struct seal_secret *s, const json_t *v)
{
	uint8_t b[SEAL_KEY + SEAL_SALT + 3];
	const size_t chars = (SEAL_KEY + SEAL_SALT + 2) / 3 * 4;
	const char *text   = json_string_value(v);
	const bool ok = text && strlen(text) == chars &&
			EVP_DecodeBlock(b, (const unsigned char *)text,
					(int)chars) >= SEAL_KEY + SEAL_SALT;

	if (ok) {
		memcpy(s->key, b, SEAL_KEY);
		memcpy(s->salt, b + SEAL_KEY, SEAL_SALT);
	}
	OPENSSL_cleanse(b, sizeof(b));

	return ok;
}


/**
 * Read the keys
 *
 * @param st     Stream
 * @param params Of media.open
 * @param why    What is wrong with them; untouched where they can't be read
 *
 * @return 0 or an errno
 */
int media_sealed_keys(struct media_stream *st, const json_t *params,
		      const char **why)
{
	json_int_t cipher = json_integer_value(json_object_get(params,
							       "cipher"));
	struct seal_secret up, down;
	int err = EINVAL;

	if (secret_read(&up, json_object_get(params, "up")) &&
	    secret_read(&down, json_object_get(params, "down"))) {
		*why = "no such cipher";
		err = sealer_alloc(&st->up, (enum seal_cipher)cipher, &up,
				   st->id);
		if (!err)
			err = opener_alloc(&st->down, (enum seal_cipher)cipher,
					   &down, st->id);
	}
	OPENSSL_cleanse(&up, sizeof(up));
	OPENSSL_cleanse(&down, sizeof(down));

	return err;
}
