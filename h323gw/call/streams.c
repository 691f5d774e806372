/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call/streams.c  A call's media: asked for, limited, ended
 */
#include <errno.h>
#include <string.h>
#include <MultimediaSystemControlMessage.h>
#include "h323gw/call/host.h"


static void on_end(enum media_end why, const char *reason, void *arg)
{
	struct held *h = arg;
	static const struct {
		const char *why;
		enum call_by by;
		int cause;
	} ends[] = {
		[MEDIA_IDLE]	   = {"media-timeout", CALL_BY_SERVER,
				      CAUSE_TEMPORARY_FAILURE},
		[MEDIA_CLOSED]	   = {"media-closed", CALL_BY_OPERATOR,
				      CAUSE_NORMAL},
		[MEDIA_AGENT_DOWN] = {"agent-down", CALL_BY_SERVER,
				      CAUSE_OUT_OF_ORDER},
		[MEDIA_LOST]	   = {"relay-lost", CALL_BY_SERVER,
				      CAUSE_TEMPORARY_FAILURE},
	};

	log_notice(CALL_ROOM, "%s: %s%s%s", h->id, ends[why].why,
		   reason ? ": " : "", reason ? reason : "");
	held_end(h, ends[why].by, ReleaseCompleteReason_PR_undefinedReason,
		 ends[why].cause, ends[why].why);
}


static void on_flow(const struct media_flow *f, void *arg)
{
	record_flow(arg, f);
}


static void on_state(const json_t *state, void *arg)
{
	struct held *h = arg;

	json_decref(h->state);
	h->state = json_deep_copy(state);
	record_state(h);
}


const struct media_handlers streams_handlers = {on_end, on_flow, on_state};


static struct media_party party(const struct call_party *p,
				const struct sig *s)
{
	struct media_party mp = {.agent	     = p->reach.agent,
				 .signalling = p->reach.seen,
				 .own	     = p->own,
				 .nat	     = p->reach.nat};

	if (!addr_is_set(&mp.signalling))
		mp.signalling = s && !s->ours ? s->from : p->reach.signalling;

	return mp;
}


static struct media_party party_of(const struct held *h, enum side s)
{
	return party(&call_info(h->call)->party[s], h->leg[s].sig);
}


static void called_own(struct held *h)
{
	const struct reach *r = &call_info(h->call)->party[SIDE_B].reach;
	struct addr own	      = gk_signalling_address(h->cs->gk, r);

	call_party_set(h->call, SIDE_B, r, &own);
}


/* the gatekeeper's limits of calls and bandwidth */
int held_count(struct held *h)
{
	const struct call_info *info = held_info(h);
	struct gk_call gc;
	int err;

	if (!info->has_call_id)
		return 0;
	memset(&gc, 0, sizeof(gc));
	memcpy(gc.call_id, info->call_id, GUID_LEN);
	memcpy(gc.conference_id, info->conference_id, GUID_LEN);
	for (int s = 0; s < SIDES; s++)
		str_ncpy(gc.endpoint[s], info->party[s].reach.endpoint,
			 sizeof(gc.endpoint[s]));
	err	   = gk_call_started(h->cs->gk, &gc);
	h->counted = !err;

	/* a call that comes back to us is two here, and one there */
	return err == EALREADY ? 0 : err;
}


static int io_media(struct call *c, int *reason, void *arg)
{
	const struct call_info *info = call_info(c);
	struct held *h		     = arg;
	struct calls *cs	     = h->cs;
	struct media_party a, b;
	char label[2 * REACH_ALIAS_LEN];
	int err;

	called_own(h);
	err = held_count(h);
	if (err) {
		*reason = ReleaseCompleteReason_PR_gatekeeperResources;
		return err;
	}
	*reason = ReleaseCompleteReason_PR_gatewayResources;
	if (!cs->link)
		return ENOTCONN;
	a = party_of(h, SIDE_A);
	b = party_of(h, SIDE_B);
	(void)re_snprintf(label, sizeof(label), "%s to %s",
			  info->party[SIDE_A].reach.alias,
			  info->party[SIDE_B].reach.alias);
	err = media_alloc(&h->media, cs->link, h->id, label, cs->conf.media,
			  &a, &b, &streams_handlers, h);
	if (!err && h->counted)
		media_bandwidth(h->media,
				gk_call_bandwidth(cs->gk, info->call_id));

	return err;
}


static int io_media_party(struct call *c, enum side s, void *arg)
{
	struct held *h = arg;
	struct media_party p;
	int err;

	called_own(h);
	p   = party_of(h, s);
	err = media_party_set(h->media, s, &p);
	if (err || !h->counted)
		return err;

	/* the gatekeeper is to count it to another endpoint */
	gk_call_ended(h->cs->gk, call_info(c)->call_id);

	return held_count(h);
}


static void on_ready(int err, void *arg)
{
	struct held *h = arg;

	if (err)
		metrics_inc(h->cs->stats, STAT_MEDIA_REFUSED);
	if (h->call)
		call_media_ready(h->call, err);
}


static bool is_open(const MultimediaSystemControlMessage_t *msg)
{
	return msg->present == MultimediaSystemControlMessage_PR_request &&
	       msg->choice.request.present ==
		       RequestMessage_PR_openLogicalChannel;
}


static int io_media_h245(struct call *c, enum side from,
			 const struct MultimediaSystemControlMessage *msg,
			 void *arg)
{
	struct held *h = arg;
	(void)c;

	if (h->media)
		return media_h245(h->media, from, msg, on_ready, h);

	/* of a call of the last run nobody knows which channels it has: they
	 * stay as they are */
	return h->restored && !is_open(msg) ? 0 : ENOTCONN;
}


static int io_media_fast(struct call *c, enum side from,
			 const struct OpenLogicalChannel *const *olcv,
			 size_t olcc, bool answer, void *arg)
{
	const struct media_olcs olcs = {olcv, olcc};
	struct held *h		     = arg;
	(void)c;

	return h->media ? media_fast_start(h->media, from, &olcs, answer,
					   on_ready, h)
			: ENOTCONN;
}


static void io_media_refused(struct call *c, void *arg)
{
	struct held *h = arg;
	(void)c;

	if (h->media)
		media_fast_refused(h->media);
}


/* ours, where no media say otherwise */
static bool own_write(const struct addr *own, struct per_ipport *to)
{
	const bool six = addr_family(own) == AF_INET6;

	to->ip_len = six ? 16 : 4;
	if (six)
		memcpy(to->ip, &own->u.in6.sin6_addr, 16);
	else
		memcpy(to->ip, &own->u.in.sin_addr, 4);

	return true;
}


static bool io_media_rewrite(struct call *c, enum side from,
			     const struct per_addr *a, struct per_ipport *to,
			     void *arg)
{
	struct held *h		 = arg;
	struct media_rewriting r = {h->media, from};

	if (!h->media)
		return own_write(&call_info(c)->party[side_other(from)].own,
				 to);

	return media_rewrite(a, to, &r);
}


static int io_media_reply(struct call *c, struct per_msg **replyp,
			  const struct MultimediaSystemControlMessage *msg,
			  void *arg)
{
	const struct held *h = arg;
	(void)c;

	return media_refusal(replyp, h->cs->env->per, msg);
}


void streams_io(struct call_io *io)
{
	io->media	  = io_media;
	io->media_party	  = io_media_party;
	io->media_h245	  = io_media_h245;
	io->media_fast	  = io_media_fast;
	io->media_refused = io_media_refused;
	io->media_rewrite = io_media_rewrite;
	io->media_reply	  = io_media_reply;
}


static void on_closed(void *arg)
{
	record_over(arg);
}


/* flows are told, then it is over */
void streams_close(struct held *h)
{
	struct media *m = h->media;

	h->media = NULL;
	media_close(m, on_closed, h);
}


/* a call of our last life: its sessions are closed, its flows told */
void streams_restored_close(struct held *h)
{
	if (media_restore(h->cs->link, h->state, &streams_handlers, on_closed,
			  h))
		record_over(h);
}
