/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file manage.c  The module's functions about calls, as scripts call them
 *
 * Which part of the work a message needs; the parts are elsewhere.
 */
#include <string.h>
#include "glue/compat.h"
#include "core/dprint.h"
#include "core/parser/parse_cseq.h"
#include "core/parser/parse_to.h"
#include "core/route.h"
#include "modules/rr/api.h"
#include "glue/alias.h"
#include "glue/call.h"
#include "glue/manage.h"
#include "glue/register.h"
#include "glue/relays.h"
#include "glue/txn.h"

static struct rr_binds rr;
static bool have_rr, want_rr;
static int last; /* enum call_result of this process's last message */

int manage_mod_init(bool record_route)
{
	want_rr = record_route;
	have_rr = want_rr && find_export("load_rr", 0, 0) && load_rr_api(&rr) == 0;
	if(want_rr && !have_rr)
		LM_WARN("the rr module is not loaded: traversal_manage() adds no "
				"Record-Route, and requests within dialogs may bypass us\n");
	return 0;
}

static bool has_to_tag(sip_msg_t *msg)
{
	if(parse_headers(msg, HDR_TO_F, 0) < 0 || !msg->to
			|| parse_to_header(msg) < 0)
		return false;
	return get_to(msg)->tag_value.len > 0;
}

static bool makes_dialog(unsigned method)
{
	return method & (METHOD_INVITE | METHOD_SUBSCRIBE | METHOD_REFER);
}

static bool carries_sdp(unsigned method)
{
	return method & (METHOD_INVITE | METHOD_UPDATE | METHOD_PRACK);
}

void manage_record_route(sip_msg_t *msg)
{
	if(!have_rr || msg->msg_flags & FL_RR_ADDED)
		return;
	if(rr.record_route(msg, NULL) < 0)
		LM_ERR("no Record-Route could be added\n");
}

/* ---- signalling */

int manage_request(sip_msg_t *msg)
{
	unsigned method = (unsigned)msg->REQ_METHOD;

	if(method == METHOD_REGISTER)
		return register_request(msg);

	register_force_rport(msg);
	if(has_to_tag(msg)) {
		(void)alias_handle(msg);
		if(method & (METHOD_INVITE | METHOD_UPDATE | METHOD_SUBSCRIBE))
			(void)alias_add(msg);
		return 1;
	}
	if(makes_dialog(method))
		(void)alias_add(msg);
	return 1;
}

int manage_reply(sip_msg_t *msg)
{
	unsigned method;

	if(parse_headers(msg, HDR_CSEQ_F, 0) < 0 || !msg->cseq)
		return -1;
	method = (unsigned)get_cseq(msg)->method_id;
	if(makes_dialog(method) || method == METHOD_UPDATE)
		(void)alias_add(msg);
	return 1;
}

/* ---- media */

static int set_option(struct call_options *o, const char *p, size_t len)
{
	enum session_side side = SESSION_SIDES;
	size_t skip = 0;

	if(len > 5 && !strncmp(p, "from=", 5)) {
		side = SESSION_A;
		skip = 5;
	} else if(len > 3 && !strncmp(p, "to=", 3)) {
		side = SESSION_B;
		skip = 3;
	}
	if(side != SESSION_SIDES) {
		if(len - skip >= SESSION_IFACE_SIZE)
			return -1;
		memcpy(o->iface[side], p + skip, len - skip);
		o->iface[side][len - skip] = '\0';
		return 0;
	}
	if(len == 8 && !strncmp(p, "ice=lite", 8))
		o->ice_lite = 1;
	else if(len == 10 && !strncmp(p, "ice=remove", 10))
		o->ice_lite = 0;
	else
		return -1;
	return 0;
}

static int get_options(struct call_options *o, const str *text)
{
	const char *p = text ? text->s : NULL;
	const char *end = p ? p + text->len : NULL;

	memset(o, 0, sizeof(*o));
	o->ice_lite = -1;
	while(p && p < end) {
		const char *word = p;

		while(p < end && *p != ' ' && *p != ',')
			++p;
		if(p > word && set_option(o, word, (size_t)(p - word))) {
			LM_ERR("unknown option \"%.*s\": expected from=INTERFACE, "
				   "to=INTERFACE, ice=lite or ice=remove\n",
					(int)(p - word), word);
			return -1;
		}
		++p;
	}
	return 0;
}

static int initial_offer(sip_msg_t *msg, const struct call_options *o)
{
	int branch = txn_branch(), result;

	if(branch < 0) {
		/* in request_route all branches would get the same: not yet */
		result = call_check(msg);
		if(result == CALL_DONE && relays_set()->n && !relays_usable())
			return CALL_NO_RELAY;
		if(result != CALL_MALFORMED && txn_call(msg) < 0)
			result = CALL_NO_RELAY;
		return result;
	}
	if(txn_call(msg) < 0)
		return CALL_NO_RELAY;
	if(txn_is_done(msg, branch))
		return CALL_DONE;
	result = call_branch(msg, txn_call_id(), branch, o);
	txn_done(msg, branch);
	return result;
}

static int dialog_offer(sip_msg_t *msg)
{
	char id[SESSION_ID_SIZE];
	int result;

	if(txn_is_done(msg, -1))
		return CALL_DONE;
	result = call_request(msg, id);
	if(id[0] && msg->REQ_METHOD != METHOD_ACK && txn_dialog(msg, id) < 0)
		result = CALL_NO_RELAY;
	txn_done(msg, -1);
	return result;
}

static int media_offer_of(sip_msg_t *msg, const str *options)
{
	struct call_options o;

	if(get_options(&o, options) < 0)
		return CALL_NOTHING;
	if(msg->first_line.type == SIP_REPLY)
		return manage_media_answer(msg);
	if(has_to_tag(msg))
		return dialog_offer(msg);
	return msg->REQ_METHOD == METHOD_INVITE ? initial_offer(msg, &o)
											: CALL_NOTHING;
}

int manage_media_offer(sip_msg_t *msg, const str *options)
{
	return last = media_offer_of(msg, options);
}

void manage_branch(sip_msg_t *msg, const char *call, int branch)
{
	last = call_branch(msg, call, branch, NULL);
	txn_done(msg, branch);
}

bool manage_no_relay(void)
{
	return last == CALL_NO_RELAY;
}

int manage_refusal(const char **reason)
{
	switch(last) {
		case CALL_NO_RELAY:
			*reason = "No Media Relay Available";
			return 503;
		case CALL_MALFORMED:
			*reason = "Malformed Session Description";
			return 400;
		default:
			*reason = "";
			return 0;
	}
}

int manage_media_answer(sip_msg_t *msg)
{
	const char *call = txn_call_id();
	int branch = txn_branch(), result;

	if(msg->first_line.type != SIP_REPLY)
		return manage_media_offer(msg, NULL);
	if(parse_headers(msg, HDR_CSEQ_F, 0) < 0 || !msg->cseq
			|| !carries_sdp((unsigned)get_cseq(msg)->method_id)
			|| msg->first_line.u.reply.statuscode <= 100
			|| msg->first_line.u.reply.statuscode >= 300)
		return CALL_NOTHING;
	if(txn_is_done(msg, branch))
		return CALL_DONE;

	result = call[0] ? call_reply(msg, call, branch < 0 ? 0 : branch)
					 : call_reply(msg, NULL, -1);
	txn_done(msg, branch);
	return result;
}

int manage_media_delete(sip_msg_t *msg)
{
	return call_delete(msg,
			msg->first_line.type == SIP_REQUEST
							&& msg->REQ_METHOD == METHOD_BYE
					? "bye"
					: "script");
}

/* ---- all of it */

static int manage_initial(sip_msg_t *msg)
{
	unsigned method = (unsigned)msg->REQ_METHOD;
	int result;

	(void)manage_request(msg);
	if(method == METHOD_INVITE) {
		result = manage_media_offer(msg, NULL);
		return result == CALL_NOTHING ? CALL_DONE : result;
	}
	if(makes_dialog(method))
		(void)txn_contact(msg, true);
	return CALL_DONE;
}

static int manage_in_dialog(sip_msg_t *msg)
{
	unsigned method = (unsigned)msg->REQ_METHOD;
	int result;

	(void)manage_request(msg);
	if(method == METHOD_BYE) {
		(void)manage_media_delete(msg);
		return CALL_DONE;
	}
	if(carries_sdp(method) || method == METHOD_ACK) {
		result = dialog_offer(msg);
		return result == CALL_NOTHING ? CALL_DONE : result;
	}
	if(makes_dialog(method))
		(void)txn_contact(msg, false);
	return CALL_DONE;
}

static int manage_any(sip_msg_t *msg)
{
	int result;

	if(msg->first_line.type == SIP_REPLY) {
		if(txn_is_done(msg, txn_branch()))
			return CALL_DONE;
		(void)manage_reply(msg);
		result = manage_media_answer(msg);
		return result == CALL_NOTHING ? CALL_DONE : result;
	}

	switch(get_route_type()) {
		case FAILURE_ROUTE:
		case BRANCH_FAILURE_ROUTE:
			/* the transaction's end closes what is left */
			return CALL_DONE;
		case BRANCH_ROUTE:
			if(has_to_tag(msg))
				return CALL_DONE;
			result = msg->REQ_METHOD == METHOD_INVITE
							 ? manage_media_offer(msg, NULL)
							 : CALL_NOTHING;
			return result == CALL_NOTHING ? CALL_DONE : result;
		default:
			if(msg->REQ_METHOD == METHOD_CANCEL)
				return CALL_DONE;
			return has_to_tag(msg) ? manage_in_dialog(msg)
								   : manage_initial(msg);
	}
}

/* true in the script unless the request is to be refused */
int manage(sip_msg_t *msg)
{
	int result = manage_any(msg);

	last = result;
	return result;
}
