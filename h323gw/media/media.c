/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A call's media as the call sees them. Owns struct media; streams.h knows what
 * is wanted, ask.c brings it about.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <MultimediaSystemControlMessage.h>
#include "h323gw/media/media_priv.h"


static void media_destructor(void *arg)
{
	struct media *m = arg;

	tmr_cancel(&m->tmr);
	mem_deref(m->held);
	mem_deref(m->req);
	streams_free(m->s);
	streams_free(m->before);
	free(m->told);
	free(m->asked);
}


static int dscp(const struct session_stream *st, const void *arg)
{
	const struct media *m = arg;

	if (!strcmp(st->media, "audio"))
		return m->conf.dscp_audio;
	if (!strcmp(st->media, "video"))
		return m->conf.dscp_video;
	return m->conf.dscp_data;
}


static int alloc(struct media **mp, struct link *l, struct streams *s,
		 const struct media_conf *conf, const struct media_handlers *h,
		 void *arg)
{
	struct media *m = mem_zalloc(sizeof(*m), media_destructor);
	int err;

	if (!m)
		return ENOMEM;
	m->link = l;
	if (conf)
		m->conf = *conf;
	if (h)
		m->h = *h;
	m->arg = arg;
	m->words = (struct relay_conf){
		.owner = link_owner(l),
		.interface = m->conf.interface ? m->conf.interface : "default",
		.timeout = m->conf.timeout,
		.dscp = -1,
		.dscph = dscp,
		.arg = m,
	};
	err = link_session_alloc(&m->held, l, s->se->id,
				 &media_session_handlers, m);
	if (err) {
		mem_deref(m);
		return err;
	}
	m->s = s;
	*mp = m;
	return 0;
}


int media_alloc(struct media **mp, struct link *l, const char *id,
		const char *label, const struct media_conf *conf,
		const struct media_party *a, const struct media_party *b,
		const struct media_handlers *h, void *arg)
{
	struct streams *s;
	int err;

	if (!mp || !l || !id || !label || !conf ||
	    strlen(id) >= SESSION_ID_SIZE)
		return EINVAL;
	err = streams_alloc(&s, id, label);
	if (err)
		return err;
	if (a)
		err = streams_party_set(s, SIDE_A, a);
	if (b && !err)
		err = streams_party_set(s, SIDE_B, b);
	if (!err)
		err = alloc(mp, l, s, conf, h, arg);
	if (err)
		streams_free(s);
	return err;
}


/* What nobody waits for; if it can't be asked now, it goes with what comes
 * next. */
static void ask_quietly(struct media *m)
{
	if (!m->readyh)
		(void)media_ask(m);
}


int media_party_set(struct media *m, enum side s, const struct media_party *p)
{
	int err;

	if (!m || !p)
		return EINVAL;
	err = streams_party_set(m->s, s, p);
	if (!err)
		ask_quietly(m);
	return err;
}


void media_bandwidth(struct media *m, uint32_t hundred_bits)
{
	if (!m || m->s->limit == hundred_bits)
		return;
	m->s->limit = hundred_bits;
	streams_refresh(m->s);
	ask_quietly(m);
}


/* Back to what was before a message that is not passed on */
static int undo(struct media *m, int err)
{
	streams_free(m->s);
	m->s = m->before;
	m->before = NULL;
	return err;
}


/* m->before is what was before the message, err what it came to. */
static int proceed(struct media *m, int err, bool awaited,
		   media_ready_h *readyh, void *arg)
{
	if (!err)
		err = media_ask(m);
	if (err == EINPROGRESS && awaited) {
		m->readyh = readyh;
		m->ready_arg = arg;
		return EINPROGRESS;
	}
	if (err && awaited)
		return undo(m, err);
	/* less is wanted than before: that may take its time */
	streams_free(m->before);
	m->before = NULL;
	return 0;
}


static int begin(struct media *m)
{
	if (m->closedh || m->readyh)
		return EBUSY;
	if (m->ended)
		return ENOTCONN;
	m->before = streams_clone(m->s);
	return m->before ? 0 : ENOMEM;
}


int media_h245(struct media *m, enum side from,
	       const struct MultimediaSystemControlMessage *msg,
	       media_ready_h *readyh, void *arg)
{
	bool awaited;
	int err;

	if (!m || !msg || !readyh)
		return EINVAL;
	if (!streams_concern(msg, &awaited))
		return 0;
	err = begin(m);
	if (err)
		return err;
	err = streams_h245(m->s, from, msg);
	if (err)
		return undo(m, err);
	return proceed(m, err, awaited, readyh, arg);
}


int media_fast_start(struct media *m, enum side from,
		     const struct media_olcs *olcs, bool answer,
		     media_ready_h *readyh, void *arg)
{
	int err;

	if (!m || !olcs || !readyh)
		return EINVAL;
	err = begin(m);
	if (err)
		return err;
	err = streams_fast(m->s, from, olcs, answer);
	if (err)
		return undo(m, err);
	return proceed(m, err, true, readyh, arg);
}


void media_fast_refused(struct media *m)
{
	if (!m || m->readyh)
		return;
	streams_fast_refused(m->s);
	ask_quietly(m);
}


bool media_rewrite(const struct per_addr *addr, struct per_ipport *to,
		   void *arg)
{
	const struct media_rewriting *r = arg;

	return streams_rewrite(r->m->s, r->from, addr, to);
}


int media_refusal(struct per_msg **replyp, const struct per *per,
		  const struct MultimediaSystemControlMessage *msg)
{
	MultimediaSystemControlMessage_t *value;
	OpenLogicalChannelReject_t *reject;
	struct per_msg *reply;
	int err;

	if (msg->present != MultimediaSystemControlMessage_PR_request ||
	    msg->choice.request.present !=
	    RequestMessage_PR_openLogicalChannel)
		return ENOENT;
	err = per_msg_alloc(&reply, per, per_type_find(
				per, "MultimediaSystemControlMessage"));
	if (err)
		return err;
	value = per_msg_value(reply);
	value->present = MultimediaSystemControlMessage_PR_response;
	value->choice.response.present =
		ResponseMessage_PR_openLogicalChannelReject;
	reject = &value->choice.response.choice.openLogicalChannelReject;
	reject->forwardLogicalChannelNumber =
		msg->choice.request.choice.openLogicalChannel
			.forwardLogicalChannelNumber;
	reject->cause.present = OpenLogicalChannelReject__cause_PR_unspecified;
	*replyp = reply;
	return 0;
}


/* ---- the end ---- */

static void closed(struct media *m)
{
	media_closed_h *h = m->closedh;
	void *arg = m->closed_arg;

	mem_deref(m);
	if (h)
		h(arg);
}


static void closed_handler(void *arg)
{
	closed(arg);
}


static void close_handler(const struct rpc_error *err, const json_t *result,
			  int *fds, size_t nfds, void *arg)
{
	struct media *m = arg;
	(void)fds;
	(void)nfds;

	m->req = NULL;
	if (!err)
		media_flows(m, result);
	closed(m);
}


static void nobody(void *arg)
{
	(void)arg;
}


void media_close(struct media *m, media_closed_h *closedh, void *arg)
{
	json_t *params;
	int err = ENOENT;

	if (!m)
		return;
	m->readyh = NULL;
	m->closedh = closedh ? closedh : nobody;
	m->closed_arg = arg;
	m->held = mem_deref(m->held);
	/* what is under way comes before what follows */
	m->req = mem_deref(m->req);
	tmr_cancel(&m->tmr);

	if ((m->told || m->asked) && !m->absent) {
		params = json_pack("{s:s, s:s}", "id", m->s->se->id, "reason",
				   "the call has ended");
		err = params ? link_call(&m->req, m->link, "session.close",
					 params, close_handler, m)
			     : ENOMEM;
		json_decref(params);
	}
	if (err)
		tmr_start(&m->tmr, 0, closed_handler, m);
}


int media_restore(struct link *l, const json_t *state,
		  const struct media_handlers *h, media_closed_h *closedh,
		  void *arg)
{
	struct streams *s;
	struct media *m;
	int err;

	if (!l || !state)
		return EINVAL;
	err = media_state_read(&s, state);
	if (err)
		return err;
	err = alloc(&m, l, s, NULL, h, arg);
	if (err) {
		streams_free(s);
		return err;
	}
	m->told = media_session_copy(s->se);
	if (!m->told) {
		mem_deref(m);
		return ENOMEM;
	}
	media_close(m, closedh, arg);
	return 0;
}


/* ---- to look at ---- */

static json_t *leg_json(const struct session_leg *leg)
{
	char local[ADDR_STRLEN], remote[ADDR_STRLEN];

	return json_pack("{s:s, s:s, s:I}", "local",
			 addr_str(&leg->local, local), "remote",
			 addr_is_set(&leg->cur.addr)
				 ? addr_str(&leg->cur.addr, remote)
				 : "",
			 "bandwidth", (json_int_t)leg->bandwidth);
}


json_t *media_json(const struct media *m)
{
	json_t *v = json_array();

	for (unsigned i = 0; i < m->s->se->streams_count; i++) {
		const struct session_stream *ss = &m->s->se->streams[i];
		const struct stream *st = &m->s->v[i];

		if (!st->open)
			continue;
		(void)json_array_append_new(
			v, json_pack("{s:i, s:s, s:i, s:i, s:b, s:o, s:o}",
				     "stream", (int)st->number, "media",
				     ss->media, "sessionID",
				     (int)st->session_id, "channels",
				     (int)st->channels, "tcp", ss->tcp, "a",
				     leg_json(&ss->leg[SIDE_A]), "b",
				     leg_json(&ss->leg[SIDE_B])));
	}
	return v;
}
