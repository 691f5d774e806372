/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file txn.c  The module's part of a transaction, by tm's callbacks
 */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include "glue/compat.h"
#include "core/dprint.h"
#include "core/mem/shm_mem.h"
#include "core/parser/parse_from.h"
#include "core/usr_avp.h"
#include "modules/tm/tm_load.h"
#include "glue/alias.h"
#include "glue/call_record.h"
#include "glue/manage.h"
#include "glue/monitor.h"
#include "glue/sessions.h"
#include "glue/txn.h"

enum txn_kind {
	TXN_CALL,	 /* initial INVITE */
	TXN_DIALOG,	 /* re-INVITE, UPDATE, PRACK */
	TXN_CONTACT, /* SUBSCRIBE, REFER … */
};

struct txn {
	enum txn_kind kind;
	bool begun;		/* it has gone to somebody: a row in the store */
	bool answered;	/* a 2xx went upstream */
	bool rejected;	/* the offer, or the call */
	char call[SESSION_CALL_SIZE];
	char id[SESSION_ID_SIZE];
	char callid[SESSION_CALLID_MAX + 1];
};

static struct tm_binds tmb;
/* the call's id, where tm keeps it with the transaction */
static int_str avp_name = {.s = str_init("_traversal_call")};

static struct {
	const sip_msg_t *msg;
	unsigned id;
	int branch;
} done;

int txn_mod_init(void)
{
	if(load_tm_api(&tmb) < 0) {
		LM_ERR("the tm module must be loaded before this one: "
			   "loadmodule \"tm.so\"\n");
		return -1;
	}
	return 0;
}

void txn_done(const sip_msg_t *msg, int branch)
{
	done.msg = msg;
	done.id = msg->id;
	done.branch = branch;
}

bool txn_is_done(const sip_msg_t *msg, int branch)
{
	return done.msg == msg && done.id == msg->id && done.branch == branch;
}

const char *txn_call_id(void)
{
	static char call[SESSION_CALL_SIZE];
	int_str value;

	if(!search_first_avp(
			   AVP_NAME_STR | AVP_VAL_STR, avp_name, &value, NULL))
		return "";
	(void)snprintf(call, sizeof(call), "%.*s", value.s.len, value.s.s);
	return call;
}

int txn_branch(void)
{
	tm_ctx_t *ctx = tmb.tm_ctx_get();

	return ctx && ctx->branch_index >= 0 ? ctx->branch_index : -1;
}

/* ---- callbacks */

static bool real(const sip_msg_t *msg)
{
	return msg && msg != FAKED_REPLY;
}

/* tm sends nothing on a branch that has no destination, and says so in its log
 * with what stands here */
static void hold_back(sip_msg_t *msg)
{
	str nowhere = str_init("no-media-relay");

	(void)set_dst_uri(msg, &nowhere);
}

/* a branch is about to be sent: t_fwd.c counts it afterwards */
static void on_branch(struct cell *t, int type, struct tmcb_params *p)
{
	struct txn *x = *p->param;
	int branch = txn_branch();

	(void)type;
	if(!real(p->req))
		return;
	manage_record_route(p->req);
	if(branch < 0)
		branch = t->nr_of_outgoings;
	if(x->kind != TXN_CALL)
		return;
	if(!x->begun)
		record_begin(p->req, x->call);
	x->begun = true;
	if(!txn_is_done(p->req, branch))
		manage_branch(p->req, x->call, branch);
	if(manage_no_relay())
		hold_back(p->req);
}

static void on_reply(struct cell *t, int type, struct tmcb_params *p)
{
	const struct txn *x = *p->param;
	int branch = txn_branch();

	(void)t;
	(void)type;
	if(!real(p->rpl) || p->code <= 100 || txn_is_done(p->rpl, branch))
		return;
	(void)alias_add(p->rpl);
	if(x->kind == TXN_CALL)
		(void)call_reply(p->rpl, x->call, branch < 0 ? 0 : branch);
	else if(x->kind == TXN_DIALOG)
		(void)call_reply(p->rpl, NULL, -1);
	txn_done(p->rpl, branch);
}

/* a reply has gone upstream */
static void on_final(struct cell *t, int type, struct tmcb_params *p)
{
	struct txn *x = *p->param;

	(void)t;
	(void)type;
	if(p->code < 200 || x->rejected || x->answered)
		return;
	if(p->code < 300) {
		x->answered = true;
		return;
	}

	x->rejected = true;
	if(x->kind == TXN_DIALOG) {
		monitor_reject(x->id);
	} else if(x->kind == TXN_CALL) {
		const char *reason = record_reason(p->code);

		call_close(x->callid, x->call, false, reason);
		if(x->begun)
			record_end(x->call, reason, p->code,
					p->code == 487 ? "caller" : "callee");
	}
}

/* sessions of branches nobody answered on */
static void on_destroy(struct cell *t, int type, struct tmcb_params *p)
{
	const struct txn *x = *p->param;

	(void)t;
	(void)type;
	if(x->kind != TXN_CALL)
		return;
	/* Kamailio stops: tm empties its table after ours has gone */
	if(!sessions_table())
		return;
	call_close(x->callid, x->call, false, "branch");
	if(x->begun && !x->answered && !x->rejected)
		record_end(x->call, "failed", 0, "server");
}

static void on_event(struct cell *t, int type, struct tmcb_params *p)
{
	if(type & TMCB_REQUEST_FWDED)
		on_branch(t, type, p);
	else if(type & TMCB_RESPONSE_FWDED)
		on_reply(t, type, p);
	else if(type & TMCB_RESPONSE_OUT)
		on_final(t, type, p);
	else if(type & TMCB_DESTROY)
		on_destroy(t, type, p);
}

static void txn_free(void *x)
{
	shm_free(x);
}

/* ---- arming */

static struct txn *txn_new(sip_msg_t *msg, enum txn_kind kind)
{
	struct txn *x = shm_malloc(sizeof(*x));

	if(!x) {
		SHM_MEM_ERROR;
		return NULL;
	}
	memset(x, 0, sizeof(*x));
	x->kind = kind;
	if(msg->callid)
		(void)snprintf(x->callid, sizeof(x->callid), "%.*s",
				msg->callid->body.len, msg->callid->body.s);
	return x;
}

static int txn_arm(sip_msg_t *msg, struct txn *x, int types)
{
	struct cell *t = tmb.t_gett();

	/* parsed now, the headers are in tm's copy of the request too */
	(void)parse_from_header(msg);
	if(t == T_UNDEFINED || t == T_NULL_CELL)
		t = NULL;
	if(tmb.register_tmcb(msg, t, types, on_event, x, txn_free) < 0) {
		LM_ERR("tm takes no callback\n");
		shm_free(x);
		return -1;
	}
	return 0;
}

static void new_call_id(char id[SESSION_CALL_SIZE])
{
	unsigned char b[(SESSION_CALL_SIZE - 1) / 2];

	if(getrandom(b, sizeof(b), 0) != (ssize_t)sizeof(b))
		memset(b, 0, sizeof(b));
	for(size_t i = 0; i < sizeof(b); i++)
		(void)snprintf(id + 2 * i, 3, "%02x", b[i]);
}

int txn_call(sip_msg_t *msg)
{
	struct txn *x;
	int_str value;

	if(txn_call_id()[0])
		return 0;
	if(parse_headers(msg, HDR_CALLID_F, 0) < 0 || !msg->callid)
		return -1;

	x = txn_new(msg, TXN_CALL);
	if(!x)
		return -1;
	new_call_id(x->call);
	value.s.s = x->call;
	value.s.len = (int)strlen(x->call);
	if(add_avp(AVP_NAME_STR | AVP_VAL_STR, avp_name, value) < 0) {
		shm_free(x);
		return -1;
	}
	return txn_arm(msg, x,
			TMCB_REQUEST_FWDED | TMCB_RESPONSE_FWDED | TMCB_RESPONSE_OUT
					| TMCB_DESTROY);
}

int txn_dialog(sip_msg_t *msg, const char *id)
{
	struct txn *x = txn_new(msg, TXN_DIALOG);

	if(!x)
		return -1;
	(void)snprintf(x->id, sizeof(x->id), "%s", id);
	return txn_arm(msg, x, TMCB_RESPONSE_FWDED | TMCB_RESPONSE_OUT);
}

int txn_contact(sip_msg_t *msg, bool initial)
{
	struct txn *x = txn_new(msg, TXN_CONTACT);

	return x ? txn_arm(msg, x,
				   TMCB_RESPONSE_FWDED | (initial ? TMCB_REQUEST_FWDED : 0))
			 : -1;
}
