/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file token_offer.c  When an agent is given tokens: the control thread's side
 *
 * At the beginning, when it asks, and when a stream has fallen silent: in case
 * a NAT has forgotten it. Owns nothing; the tokens are the leg's.
 */
#include <openssl/crypto.h>
#include "relay.h"
#include "token_leg.h"


static void offer_one(struct token_way *tw, json_t *o, const char *name)
{
	const uint64_t now = tw->al->leg->relay->now();
	char text[TOKEN_TEXT];

	if (!token_way_used(tw) ||
	    (!tw->renew &&
	     (tw->watch.fd >= 0 || token_is_given(&tw->token, now))))
		return;
	if (token_give(&tw->token, now + TOKEN_LIFE_MS))
		return;

	tw->renew = false;
	tw->given = now;
	token_text(text, tw->token.given);
	(void)json_object_set_new(o, name, json_string(text));
	OPENSSL_cleanse(text, sizeof(text));
}


/** Put into a message what the agent needs to show where it is */
void token_leg_offer(struct token_leg *tl, json_t *o)
{
	struct worker *w = tl->way[0].al->leg->worker;

	worker_park(w);
	offer_one(&tl->way[LATCH_RTP], o, "token");
	offer_one(&tl->way[LATCH_RTCP], o, "rtcpToken");
	(void)json_object_set_new(o, "expires", json_integer(TOKEN_LIFE_MS));
	(void)json_object_set_new(o, "waiting", json_boolean(tl->waiting));
	worker_resume(w);
}


/** The agent asks for new tokens; true: the next message to it has some */
bool token_leg_asked(struct token_leg *tl)
{
	const uint64_t now = tl->way[0].al->leg->relay->now();
	bool any	   = false;

	for (unsigned i = 0; i < LATCH_COMPONENTS; i++) {
		struct token_way *tw = &tl->way[i];

		tw->renew |= now - tw->given >= TOKEN_ASK_MS;
		any |= tw->renew;
	}

	return any;
}


/* ---- silence ---- */

static bool way_due(const struct token_way *tw, uint64_t now)
{
	/* in-tunnel it is the agent that finds out */
	if (tw->watch.fd < 0 || tw->lane >= 0 ||
	    token_is_given(&tw->token, now))
		return false;

	return (tw->component == LATCH_RTP && tw->media > tw->given &&
		now - tw->media >= TOKEN_SILENCE_MS) ||
	       (tw->heard > tw->given && now - tw->heard >= TOKEN_DEAD_MS);
}


/** list_apply_h: a leg that is silent is given tokens; its worker is parked */
bool token_leg_due(struct le *le, void *arg)
{
	const struct agent_leg *al = le->data;
	struct token_leg *tl	   = al->token;
	const uint64_t now	   = *(const uint64_t *)arg;

	if (!tl || !al->agent || (!way_due(&tl->way[LATCH_RTP], now) &&
				  !way_due(&tl->way[LATCH_RTCP], now)))
		return false;

	tl->way[LATCH_RTP].renew = tl->way[LATCH_RTCP].renew = true;
	agent_leg_update(al->leg);

	return false;
}
