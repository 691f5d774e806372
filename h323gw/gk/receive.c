/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file receive.c  A RAS message from the socket to its answer
 *
 * First what costs least: too many from there, who it is, whether it was
 * answered before. Owns no state.
 */
#include <errno.h>
#include <string.h>
#include <RasMessage.h>
#include "priv.h"


/* counts of what an operator watches */
static void count(struct gk *gk, const struct ras_answer *a)
{
	switch (a->request) {

	case RasMessage_PR_registrationRequest:
		metrics_inc(gk->stats, STAT_RRQ);
		break;
	case RasMessage_PR_admissionRequest:
		metrics_inc(gk->stats, STAT_ARQ);
		break;
	case RasMessage_PR_locationRequest:
		metrics_inc(gk->stats, STAT_LRQ);
		break;
	default:
		break;
	}
	switch (a->reply) {

	case RasMessage_PR_registrationReject:
		metrics_inc(gk->stats, STAT_RRJ);
		break;
	case RasMessage_PR_admissionReject:
		metrics_inc(gk->stats, STAT_ARJ);
		break;
	case RasMessage_PR_locationReject:
		metrics_inc(gk->stats, STAT_LRJ);
		break;
	case RasMessage_PR_unknownMessageResponse:
		metrics_inc(gk->stats, STAT_UNKNOWN);
		break;
	default:
		break;
	}
}


static void malformed(struct gk *gk, const struct ras_source *src, size_t len)
{
	uint64_t suppressed;
	char text[ADDR_STRLEN];

	metrics_inc(gk->stats, STAT_MALFORMED);
	if (log_limit_pass(&gk->malformed, tmr_jiffies(), &suppressed))
		log_notice(GK_ROOM, "%s%s%s: %zu octets that are no RAS "
			   "message (%llu more like this)",
			   addr_str(&src->seen, text),
			   src->agent[0] ? " behind " : "", src->agent, len,
			   (unsigned long long)suppressed);
}


static void answer(struct gk *gk, const struct ras_source *from,
		   const uint8_t *p, size_t len)
{
	const int64_t now     = (int64_t)tmr_jiffies();
	struct ras_answer *a  = &gk->answer;
	struct ras_source src = *from;
	struct remembered r;

	src.tag = memory_key(gk->memory, &src.from, p, len);
	if (memory_find(gk->memory, &r, src.tag, &src.from, now)) {
		metrics_inc(gk->stats, STAT_REPEATED);
		if (r.len)
			gk_send(gk, r.to, r.p, r.len);
		return;
	}

	ras_request(gk->ras, a, &src, p, len);
	count(gk, a);
	log_debug(GK_ROOM, "%s: %s", ras_message_name(a->request),
		  ras_message_name(a->reply));
	if (a->result == RAS_MALFORMED) {
		malformed(gk, &src, len);
		return;
	}
	if (a->result == RAS_LATER)
		metrics_inc(gk->stats, STAT_LATER);
	if (a->result == RAS_RESPONSE)
		return;
	memory_put(gk->memory, src.tag, &src.from, &a->to, a->p, a->len, now);
	if (a->len)
		gk_send(gk, &a->to, a->p, a->len);
}


/* what the relay was asked about is answered now */
void gk_receive_held(const struct ras_source *src, const uint8_t *p,
		     size_t len, void *arg)
{
	answer(arg, src, p, len);
}


/* Does it come from this host? Then it may be the relay, for a terminal */
static bool is_local(const struct gk *gk, const struct addr *from)
{
	return addr_is_loopback(from) || gk_is_own(gk, from);
}


static bool is_flood(struct gk *gk, const struct addr *from, bool local)
{
	struct addr source = *from;
	uint64_t suppressed;
	char text[ADDR_STRLEN];

	/* terminals behind agents differ by port */
	if (!local)
		addr_set_port(&source, 0);
	if (flood_pass(gk->flood, index_hash(gk->seed, &source.u,
					     addr_socklen(&source)),
		       (int64_t)tmr_jiffies()))
		return false;

	metrics_inc(gk->stats, STAT_FLOOD);
	if (log_limit_pass(&gk->flooded, tmr_jiffies(), &suppressed))
		log_notice(GK_ROOM, "%s: more RAS messages than [policy] rate "
			   "(%llu more like this)", addr_str(from, text),
			   (unsigned long long)suppressed);

	return true;
}


void gk_receive(struct gk *gk, const struct addr *from, bool multicast,
		const uint8_t *p, size_t len)
{
	struct ras_source src = {.from = *from, .seen = *from,
				 .multicast = multicast};
	const bool local      = is_local(gk, from);
	int err;

	metrics_inc(gk->stats, STAT_RECEIVED);
	if (is_flood(gk, from, local))
		return;
	if (local) {
		err = sources_find(gk->sources, &src, p, len);
		if (err == ENOBUFS)
			metrics_inc(gk->stats, STAT_HELD_DROPPED);
		if (err)
			return;
	}
	answer(gk, &src, p, len);
}
