/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file latch_show.c  What a latch knows, and the names it has for it
 */
#include "media/latch_priv.h"


/**
 * How far it has come, by RTP
 *
 * @param l Latch
 *
 * @return State
 */
enum latch_state latch_state(const struct latch *l)
{
	const struct latch_path *rtp = &l->path[LATCH_RTP];

	switch (l->conf.policy) {

	case LATCH_FIXED:
		return addr_is_set(&rtp->remote) ? LATCH_LATCHED
						 : LATCH_CLOSED;

	case LATCH_STUN:
		return addr_is_set(&rtp->source) ? LATCH_LATCHED
						 : LATCH_LEARNING;

	default:
		if (!l->known)
			return LATCH_CLOSED;

		return addr_is_set(&rtp->source) ? LATCH_LATCHED
						 : LATCH_LEARNING;
	}
}


/**
 * What was learnt
 *
 * @param l         Latch
 * @param component RTP or RTCP
 *
 * @return Address; NULL: nothing yet
 */
const struct addr *latch_source(const struct latch *l,
				enum latch_component component)
{
	const struct latch_path *pa = path_cget(l, component);

	return addr_is_set(&pa->source) ? &pa->source : NULL;
}


/**
 * What was learnt before that
 *
 * @param l         Latch
 * @param component RTP or RTCP
 *
 * @return Address; NULL: nothing
 */
const struct addr *latch_previous(const struct latch *l,
				  enum latch_component component)
{
	const struct latch_path *pa = path_cget(l, component);

	return addr_is_set(&pa->previous) ? &pa->previous : NULL;
}


/**
 * When it was learnt
 *
 * @param l         Latch
 * @param component RTP or RTCP
 *
 * @return Milliseconds; 0: nothing learnt
 */
uint64_t latch_learnt(const struct latch *l, enum latch_component component)
{
	return path_cget(l, component)->learnt;
}


const char *latch_policy_name(enum latch_policy policy)
{
	static const char *const name[] = {"constrained", "stun", "fixed"};

	return (size_t)policy < 3 ? name[policy] : "?";
}


const char *latch_state_name(enum latch_state state)
{
	static const char *const name[] = {"closed", "learning", "latched"};

	return (size_t)state < 3 ? name[state] : "?";
}


/**
 * The name a reason has in the control protocol
 *
 * @param reason Reason
 *
 * @return Name
 */
const char *latch_reason_name(enum latch_reason reason)
{
	static const char *const name[LATCH_REASONS] = {
		"ok", "closed", "address", "window", "kind", "source", "ssrc",
	};

	return (size_t)reason < LATCH_REASONS ? name[reason] : "?";
}
