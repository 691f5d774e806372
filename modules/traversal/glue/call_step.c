/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call_step.c  One message's work: what it says, read, and put back
 *
 * Owns what the modparams say of it, and this process's SDP that was read for
 * more than one branch.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>
#include "glue/compat.h"
#include "core/dprint.h"
#include "core/parser/parse_cseq.h"
#include "core/parser/parse_from.h"
#include "core/parser/parse_to.h"
#include "glue/agents.h"
#include "glue/call_priv.h"
#include "glue/nat_facts.h"
#include "glue/stats.h"

static unsigned signs;
static bool ice_lite;

/** A request's SDP as call_check() read it, for the first of its branches */
static struct {
	const sip_msg_t *msg;
	unsigned id;
	struct body body;
} checked;

void call_conf_set(unsigned nat, bool lite)
{
	signs = nat;
	ice_lite = lite;
}

int call_dialog(sip_msg_t *msg, struct session_dialog *d)
{
	struct to_body *from, *to;

	if(parse_headers(msg, HDR_CALLID_F | HDR_FROM_F | HDR_TO_F | HDR_CSEQ_F, 0)
					< 0
			|| !msg->callid || !msg->to || !msg->cseq
			|| parse_from_header(msg) < 0 || parse_to_header(msg) < 0)
		return -1;

	from = get_from(msg);
	to = get_to(msg);
	d->callid = msg->callid->body.s;
	d->callid_len = (size_t)msg->callid->body.len;
	d->from_tag = from->tag_value.s;
	d->from_tag_len = (size_t)from->tag_value.len;
	d->to_tag = to->tag_value.s;
	d->to_tag_len = (size_t)to->tag_value.len;
	return 0;
}

bool call_is_reply(const sip_msg_t *msg)
{
	return msg->first_line.type == SIP_REPLY;
}

static unsigned method_of(sip_msg_t *msg)
{
	return call_is_reply(msg) ? (unsigned)get_cseq(msg)->method_id
							  : (unsigned)msg->REQ_METHOD;
}

/* media of a terminal behind an agent come from where it is in its network */
static void agent_facts(struct media_facts *f)
{
	const struct agent_peer *p = agents_peer(&f->source);

	if(!p)
		return;
	f->source = p->terminal;
	f->natted = false;
}

static void facts_of(sip_msg_t *msg, struct media_facts *f)
{
	memset(f, 0, sizeof(*f));
	(void)addr_from_sockaddr(&f->source, &msg->rcv.src_su.s);
	f->natted = nat_facts_natted(msg, signs);
	f->ice_lite = ice_lite;
	agent_facts(f);
}

static bool is_reliable(sip_msg_t *msg)
{
	struct hdr_field *h;

	if(parse_headers(msg, HDR_EOH_F, 0) < 0)
		return false;
	for(h = msg->headers; h; h = h->next) {
		if(h->name.len == 4 && !strncasecmp(h->name.s, "RSeq", 4))
			return true;
	}
	return false;
}

/* what call_check() has read need not be read again */
static int take_checked(struct body *b, const sip_msg_t *msg)
{
	if(!checked.body.sdp || checked.msg != msg || checked.id != msg->id)
		return ENOENT;
	*b = checked.body;
	memset(&checked, 0, sizeof(checked));
	return 0;
}

void call_step_begin(struct call_step *st, sip_msg_t *msg)
{
	unsigned method = method_of(msg);

	memset(st, 0, sizeof(*st));
	st->msg = msg;
	st->found = take_checked(&st->body, msg);
	if(st->found)
		st->found = body_read(&st->body, msg);
	st->invite = method == METHOD_INVITE;
	st->ack = method == METHOD_ACK;
	st->reply = call_is_reply(msg);
	st->code = st->reply ? (int)msg->first_line.u.reply.statuscode : 0;
	if(st->found == 0)
		facts_of(msg, &st->facts);
	if(st->found == 0 && st->reply && st->invite && st->code < 200)
		st->reliable = is_reliable(msg);
}

/* what no relay carries does not go past us, and no address of its sender's:
 * where the message can't be held back it goes on with all streams refused */
static void refuse_media(struct call_step *st)
{
	stats_inc(media_refused);
	if(media_refuse(st->body.sdp) || body_write(&st->body, st->msg))
		LM_ERR("the SDP shows its sender's addresses: no memory\n");
}

int call_step_end(struct call_step *st, int result)
{
	if(result == CALL_DONE && st->rewritten && body_write(&st->body, st->msg)) {
		LM_ERR("the SDP could not be put back into the message\n");
		result = CALL_NO_RELAY;
	} else if(result == CALL_NO_RELAY && st->found == 0) {
		refuse_media(st);
	}
	if(st->found == 0)
		body_reset(&st->body);
	if(st->found == EBADMSG || st->found == E2BIG)
		return CALL_MALFORMED;
	return result;
}

int call_check(sip_msg_t *msg)
{
	int err;

	body_reset(&checked.body);
	err = body_read(&checked.body, msg);
	if(err)
		return err == ENOENT ? CALL_NOTHING : CALL_MALFORMED;
	if(sdp_media_count(checked.body.sdp) > SESSION_STREAMS_MAX) {
		stats_inc(sdp_limit);
		body_reset(&checked.body);
		return CALL_MALFORMED;
	}
	checked.msg = msg;
	checked.id = msg->id;
	return CALL_DONE;
}
