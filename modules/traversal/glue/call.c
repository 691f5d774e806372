/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call.c  What a SIP message means for its call's media
 *
 * Each change is made on a copy and put back if nobody else was faster; else
 * it is made again. No lock is held while the relay is asked.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "glue/compat.h"
#include "core/dprint.h"
#include "core/parser/parse_cseq.h"
#include "core/parser/parse_from.h"
#include "core/parser/parse_to.h"
#include "core/parser/parse_uri.h"
#include "core/resolve.h"
#include "glue/agents.h"
#include "glue/ask.h"
#include "glue/body.h"
#include "glue/call.h"
#include "glue/call_record.h"
#include "glue/clock.h"
#include "glue/monitor.h"
#include "glue/nat_facts.h"
#include "glue/relays.h"
#include "glue/sessions.h"
#include "glue/stats.h"
#include "call/media.h"

enum {
	TRIES = 4, /* of a change that others make impossible */
};

/** One message's work */
struct step {
	sip_msg_t *msg;
	struct body body;
	int found; /* 0: there is an SDP; ENOENT, EBADMSG, E2BIG */
	struct media_facts facts;
	enum session_side from;
	bool invite, reply, ack;
	int code;		/* of a reply */
	bool reliable;	/* a provisional that PRACK follows (RFC 3262) */
	bool rewritten; /* out: b->sdp has edits */
};

static unsigned signs;
static bool ice_lite;
static struct session *before, *after; /* this process's room for a change */

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

int call_child_init(void)
{
	if(!before)
		before = session_alloc();
	if(!after)
		after = session_alloc();
	return before && after ? 0 : -1;
}

/* ---- what a message says ---- */

static int dialog_of(sip_msg_t *msg, struct session_dialog *d)
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

static bool is_reply(const sip_msg_t *msg)
{
	return msg->first_line.type == SIP_REPLY;
}

static unsigned method_of(sip_msg_t *msg)
{
	return is_reply(msg) ? (unsigned)get_cseq(msg)->method_id
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

static void step_begin(struct step *st, sip_msg_t *msg)
{
	unsigned method = method_of(msg);

	memset(st, 0, sizeof(*st));
	st->msg = msg;
	st->found = take_checked(&st->body, msg);
	if(st->found)
		st->found = body_read(&st->body, msg);
	st->invite = method == METHOD_INVITE;
	st->ack = method == METHOD_ACK;
	st->reply = is_reply(msg);
	st->code = st->reply ? (int)msg->first_line.u.reply.statuscode : 0;
	if(st->found == 0)
		facts_of(msg, &st->facts);
	if(st->found == 0 && st->reply && st->invite && st->code < 200)
		st->reliable = is_reliable(msg);
}

/* what no relay carries does not go past us, and no address of its sender's:
 * where the message can't be held back it goes on with all streams refused */
static void refuse_media(struct step *st)
{
	stats_inc(media_refused);
	if(media_refuse(st->body.sdp) || body_write(&st->body, st->msg))
		LM_ERR("the SDP shows its sender's addresses: no memory\n");
}

static int step_end(struct step *st, int result)
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

/* ---- changes to a session ---- */

static void random_text(char *to, size_t len)
{
	static const char digits[] =
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned char b[64];

	if(getrandom(b, len, 0) != (ssize_t)len)
		memset(b, 0, sizeof(b));
	for(size_t i = 0; i < len; i++)
		to[i] = digits[b[i] & 63];
	to[len] = '\0';
}

/* RFC 8839 §5.4: at least 4 and 22 characters, of at least 24 and 128 bits */
static void ice_credentials(struct session *s)
{
	for(int i = 0; i < SESSION_SIDES; i++) {
		random_text(s->ufrag[i], 8);
		random_text(s->pwd[i], 24);
	}
}

static bool is_offer(const struct session *s, const struct step *st)
{
	enum session_side other = session_other(st->from);

	if(st->ack)
		return false;
	if(!st->reply)
		return s->offerer != other || st->invite;
	return st->invite && s->late && s->offerer != other;
}

static bool is_answer(const struct session *s, const struct step *st)
{
	return s->offerer == session_other(st->from);
}

/* the streams of an offer that was answered without saying so */
static void settle(struct session *s)
{
	for(unsigned i = 0; i < s->streams_count; i++) {
		if(s->streams[i].state == SESSION_STREAM_OFFERED)
			s->streams[i].state = SESSION_STREAM_ACTIVE;
	}
	s->offerer = SESSION_NOBODY;
}

static int work_out(struct session *s, struct step *st)
{
	bool final = !st->reply || st->code >= 200 || st->reliable;
	int err = 0;

	if(is_offer(s, st)) {
		if(!s->family[st->from])
			s->family[st->from] =
					(uint8_t)(media_family(st->body.sdp) == 6 ? 6 : 4);
		err = media_offer(s, st->from, st->body.sdp, &st->facts);
	} else if(is_answer(s, st)) {
		err = media_answer(s, st->from, st->body.sdp, &st->facts, final);
		s->late = s->late && !final;
	}
	return err;
}

/* the SDP of the message, in the session and in the message */
static int apply_sdp(
		const struct session *old, struct session *s, struct step *st)
{
	bool offer = is_offer(s, st), answer = is_answer(s, st);
	int err;

	if(!relays_set()->n) /* signalling alone */
		return CALL_DONE;
	if(session_has_agent(s))
		st->facts.ice_lite = false;

	err = work_out(s, st);
	if(err == ENOENT && !s->opened) /* no media in it */
		return CALL_DONE;
	if(err == E2BIG) {
		stats_inc(sdp_limit);
		return CALL_MALFORMED;
	}
	if(ask_update(old, s))
		return CALL_NO_RELAY;
	if(st->rewritten) /* tried before: the addresses are the same */
		return CALL_DONE;

	err = media_rewrite(s, st->from, st->body.sdp);
	if(err && err != ENOENT)
		return CALL_NO_RELAY;
	st->rewritten = err == 0;
	if(offer)
		stats_inc(offers);
	else if(answer)
		stats_inc(answers);
	return CALL_DONE;
}

static void confirm(struct session *s, const struct step *st)
{
	if(!s->confirmed) {
		s->confirmed = true;
		s->answered = clock_wall_ms();
		record_answer(st->msg, s->call);
	}
	if(st->found == ENOENT && s->offerer == SESSION_A)
		settle(s);
}

/* all a message does to its session */
static int apply(const struct session *old, struct session *s, struct step *st,
		const struct session_dialog *d)
{
	bool ok = st->code >= 200 && st->code < 300;
	int result = CALL_NOTHING;

	/* the callee's tag: each one downstream has its own until one answers */
	if(st->reply && st->invite && !s->confirmed && d->to_tag_len)
		(void)session_set_tag(s, SESSION_B, d->to_tag, d->to_tag_len);
	if(!st->reply && st->invite)
		s->late = st->found == ENOENT;
	if(st->found == 0)
		result = apply_sdp(old, s, st);
	if(result != CALL_NO_RELAY && st->reply && st->invite && ok)
		confirm(s, st);
	return result;
}

/* session `before` has been found: change it, put it back */
static int change(struct step *st, const struct session_dialog *d)
{
	for(int i = 0; i < TRIES; i++) {
		int err, result;

		session_copy(after, before);
		result = apply(before, after, st, d);
		if(!memcmp(before, after, session_size(before->streams_count)))
			return result;

		err = table_replace(sessions_table(), after);
		if(err == 0) {
			if(after->confirmed)
				sessions_keep(after);
			return result;
		}
		if(err == ENOENT) /* closed while we asked the relay: so close it */
			monitor_close(after, "closed");
		if(err != EAGAIN)
			return result;
		err = table_get(sessions_table(), before->id, before);
		if(err)
			return CALL_NOTHING;
	}
	return CALL_NO_RELAY;
}

/* ---- the initial INVITE ---- */

static unsigned family_of_host(str *host)
{
	if(host->len == 0)
		return 0;
	if(host->s[0] == '[' || str2ip6(host))
		return 6;
	return str2ip(host) ? 4 : 0;
}

/* the family of who gets the message: the next hop, as far as it is known */
static unsigned next_family(sip_msg_t *msg)
{
	str *uri = msg->dst_uri.len ? &msg->dst_uri : GET_RURI(msg);
	struct sip_uri u;
	unsigned family = 0;

	if(parse_uri(uri->s, uri->len, &u) == 0)
		family = family_of_host(&u.host);
	if(!family && msg->force_send_socket)
		family = msg->force_send_socket->address.af == AF_INET6 ? 6 : 4;
	return family;
}

/* where the message goes, if that is an address */
static bool next_addr(sip_msg_t *msg, struct addr *a)
{
	str *uri = msg->dst_uri.len ? &msg->dst_uri : GET_RURI(msg);
	struct sip_uri u;
	char host[ADDR_STRLEN];

	if(parse_uri(uri->s, uri->len, &u) || u.host.len >= (int)sizeof(host))
		return false;
	(void)snprintf(host, sizeof(host), "%.*s", u.host.len, u.host.s);
	if(host[0] == '[') {
		host[strcspn(host, "]")] = '\0';
		memmove(host, host + 1, strlen(host));
	}
	return addr_parse(a, host, u.port_no ? u.port_no : 5060) == 0;
}

/* 0, or -1: their agents are at different relays */
static int set_agents(struct session *s, sip_msg_t *msg)
{
	struct addr a[SESSION_SIDES] = {0};
	bool found = false;

	(void)addr_from_sockaddr(&a[SESSION_A], &msg->rcv.src_su.s);
	(void)next_addr(msg, &a[SESSION_B]);
	for(int i = 0; i < SESSION_SIDES; i++) {
		const struct agent_peer *p =
				addr_is_set(&a[i]) ? agents_peer(&a[i]) : NULL;

		if(!p)
			continue;
		if(found && s->relay != p->relay) {
			LM_ERR("call %s: its parties' agents are at different relays: "
				   "%s and %s\n",
					s->callid, relays_name(s->relay), relays_name(p->relay));
			return -1;
		}
		found = true;
		s->relay = p->relay;
		s->family[i] = addr_family(&p->door) == AF_INET6 ? 6 : 4;
		memcpy(s->agent[i], p->name, sizeof(s->agent[i]));
	}
	return 0;
}

static void set_options(
		struct session *s, struct step *st, const struct call_options *o)
{
	if(!o)
		return;
	memcpy(s->iface, o->iface, sizeof(s->iface));
	if(o->ice_lite >= 0)
		st->facts.ice_lite = o->ice_lite;
}

static int branch_init(struct session *s, struct step *st, const char *call,
		int branch, const struct call_options *o)
{
	struct session_dialog d;
	unsigned family;

	memset(s, 0, session_size(SESSION_STREAMS_MAX));
	s->offerer = SESSION_NOBODY;
	if(dialog_of(st->msg, &d) < 0
			|| session_set_callid(s, d.callid, d.callid_len)
			|| session_set_tag(s, SESSION_A, d.from_tag, d.from_tag_len))
		return EINVAL;

	(void)snprintf(s->call, sizeof(s->call), "%s", call);
	table_id(sessions_table(), s->id, d.callid, d.callid_len, call, branch);
	s->branch = branch;
	s->created = clock_wall_ms();
	set_options(s, st, o);
	if(st->facts.ice_lite)
		ice_credentials(s);

	family = st->found == 0 ? media_family(st->body.sdp) : 0;
	if(!family)
		family = st->msg->rcv.src_ip.af == AF_INET6 ? 6 : 4;
	s->family[SESSION_A] = (uint8_t)family;
	family = next_family(st->msg);
	s->family[SESSION_B] = family ? (uint8_t)family : s->family[SESSION_A];
	return set_agents(s, st->msg) ? ENETDOWN : 0;
}

/* where next_family() knew nothing it does not matter: the far end's own SDP
 * tells its family only after the relay has opened the ports */
int call_branch(sip_msg_t *msg, const char *call, int branch,
		const struct call_options *o)
{
	struct step st;
	int err, result = CALL_DONE;

	step_begin(&st, msg);
	st.from = SESSION_A;
	err = branch_init(after, &st, call, branch, o);
	if(err == ENETDOWN)
		return step_end(&st, CALL_NO_RELAY);
	if(err) {
		LM_NOTICE("an INVITE whose Call-ID or From tag is missing or too long "
				  "has its media left alone\n");
		return step_end(&st, CALL_NOTHING);
	}
	after->late = st.found == ENOENT;
	session_copy(before, after);
	if(st.found == 0)
		result = apply_sdp(before, after, &st);
	if(result == CALL_DONE && st.found != EBADMSG && st.found != E2BIG) {
		err = table_add(sessions_table(), after);
		if(err == EEXIST)
			err = 0;
		if(err) {
			monitor_close(after, "no-memory");
			result = CALL_NO_RELAY;
		}
	}
	return step_end(&st, result);
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

/* ---- within a dialog, and replies ---- */

int call_request(sip_msg_t *msg, char id[SESSION_ID_SIZE])
{
	struct session_dialog d;
	struct step st;

	id[0] = '\0';
	if(dialog_of(msg, &d) < 0
			|| table_find_dialog(sessions_table(), &d, before, &st.from))
		return CALL_NOTHING;

	{
		enum session_side from = st.from;

		step_begin(&st, msg);
		st.from = from;
	}
	(void)snprintf(id, SESSION_ID_SIZE, "%s", before->id);
	return step_end(&st, change(&st, &d));
}

/* whose session is it, and which side sent the reply? */
static int find_reply(const struct session_dialog *d, const char *call,
		int branch, enum session_side *from)
{
	enum session_side requester;
	char id[SESSION_ID_SIZE];

	if(branch >= 0 && call) {
		*from = SESSION_B;
		table_id(sessions_table(), id, d->callid, d->callid_len, call, branch);
		return table_get(sessions_table(), id, before);
	}
	if(branch >= 0) {
		*from = SESSION_B;
		return table_find_branch(sessions_table(), d, branch, before);
	}
	if(table_find_dialog(sessions_table(), d, before, &requester))
		return ENOENT;
	*from = session_other(requester);
	return 0;
}

int call_reply(sip_msg_t *msg, const char *call, int branch)
{
	struct session_dialog d;
	enum session_side from;
	struct step st;

	if(dialog_of(msg, &d) < 0 || find_reply(&d, call, branch, &from))
		return CALL_NOTHING;

	step_begin(&st, msg);
	st.from = from;
	return step_end(&st, change(&st, &d));
}

/* ---- the end ---- */

int call_delete(sip_msg_t *msg, const char *reason)
{
	enum session_side sender;
	struct session_dialog d;

	if(dialog_of(msg, &d) < 0
			|| table_find_dialog(sessions_table(), &d, before, &sender)
			|| table_remove(sessions_table(), before->id, before))
		return CALL_NOTHING;

	monitor_close(before, reason);
	record_end(before->call, reason, 0,
			sender == SESSION_A ? "caller" : "callee");
	return CALL_DONE;
}

void call_close(const char *callid, const char *call, bool all,
		const char *reason)
{
	while(table_take_call(sessions_table(), callid, call, NULL, all, before)
			== 0)
		monitor_close(before, reason);
}

void call_reject(const char *id)
{
	for(int i = 0; i < TRIES; i++) {
		int err;

		if(table_get(sessions_table(), id, before))
			return;
		if(before->offerer == SESSION_NOBODY)
			return;
		session_copy(after, before);
		media_reject(after);
		(void)ask_update(before, after);
		err = table_replace(sessions_table(), after);
		if(err == 0 && after->confirmed)
			sessions_keep(after);
		if(err != EAGAIN)
			return;
	}
}

const struct session *call_session(sip_msg_t *msg, enum session_side *sender)
{
	struct session_dialog d;

	if(dialog_of(msg, &d) < 0
			|| table_find_dialog(sessions_table(), &d, before, sender))
		return NULL;
	if(is_reply(msg))
		*sender = session_other(*sender);
	return before;
}
