/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file pv.c  $trav(NAME): what the module knows of the message at hand
 *
 *	nat      1: its sender shows the signs of a NAT, else 0
 *	session  id of its session at the relay
 *	relay    name of that relay
 *	call     id of its call, as in the store
 *	side     "caller" or "callee": who sent it
 *	state    "ringing", "answered" or "hold"
 *	code     how to answer a request that was refused: 503, 400; else 0
 *	reason   and the phrase for it
 *
 * $null where there is no session. Owns nothing.
 */
#include <string.h>
#include "glue/compat.h"
#include "core/pvar.h"
#include "glue/call.h"
#include "glue/manage.h"
#include "glue/nat_facts.h"
#include "glue/pv.h"
#include "glue/relays.h"
#include "glue/txn.h"

enum name {
	NAME_NAT,
	NAME_SESSION,
	NAME_RELAY,
	NAME_CALL,
	NAME_SIDE,
	NAME_STATE,
	NAME_CODE,
	NAME_REASON,
	NAMES
};

static const char *const names[NAMES] = {
		"nat", "session", "relay", "call", "side", "state", "code", "reason"};

static unsigned signs;

void pv_conf_set(unsigned nat_signs)
{
	signs = nat_signs;
}

static int parse_name(pv_spec_t *sp, str *in)
{
	for(int i = 0; i < NAMES; i++) {
		if(in->len != (int)strlen(names[i])
				|| strncasecmp(in->s, names[i], (size_t)in->len))
			continue;
		sp->pvp.pvn.type = PV_NAME_INTSTR;
		sp->pvp.pvn.u.isname.type = 0;
		sp->pvp.pvn.u.isname.name.n = i;
		return 0;
	}
	LM_ERR("there is no $trav(%.*s)\n", in->len, in->s);
	return -1;
}

static const char *state_of(const struct session *s)
{
	return !s->confirmed ? "ringing" : s->hold ? "hold" : "answered";
}

static const char *text_of(
		const struct session *s, enum session_side sender, enum name name)
{
	switch(name) {
		case NAME_SESSION:
			return s->id;
		case NAME_RELAY:
			return s->opened ? relays_name(s->relay) : NULL;
		case NAME_CALL:
			return s->call;
		case NAME_SIDE:
			return sender == SESSION_A ? "caller" : "callee";
		case NAME_STATE:
			return state_of(s);
		default:
			return NULL;
	}
}

static int get_text(
		sip_msg_t *msg, pv_param_t *param, pv_value_t *res, const char *text)
{
	str value = {(char *)(uintptr_t)text, (int)strlen(text)};

	return pv_get_strval(msg, param, res, &value);
}

static int get(sip_msg_t *msg, pv_param_t *param, pv_value_t *res)
{
	enum name name = (enum name)param->pvn.u.isname.name.n;
	enum session_side sender;
	const struct session *s;
	const char *text = NULL;

	if(name == NAME_NAT)
		return pv_get_sintval(
				msg, param, res, nat_facts_natted(msg, signs) ? 1 : 0);

	if(name == NAME_CODE || name == NAME_REASON) {
		int code = manage_refusal(&text);

		if(name == NAME_CODE)
			return pv_get_sintval(msg, param, res, code);
		return get_text(msg, param, res, text);
	}

	s = call_session(msg, &sender);
	if(s)
		text = text_of(s, sender, name);
	else if(name == NAME_CALL && *txn_call_id())
		text = txn_call_id();
	if(!text)
		return pv_get_null(msg, param, res);
	return get_text(msg, param, res, text);
}

pv_export_t pv_exports[] = {
		{{"trav", sizeof("trav") - 1}, PVT_OTHER, get, NULL, parse_name, NULL,
				NULL, 0},
		{{NULL, 0}, 0, NULL, NULL, NULL, NULL, NULL, 0},
};
