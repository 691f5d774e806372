/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file upstream_util.c  A gatekeeper above that is a test: what it is asked
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include "h323gw/h225/address.h"
#include "h323gw/h225/field.h"
#include "h323gw/h225/text.h"
#include "upstream_util.h"


/* ---- what it asks ---- */

static int64_t on_now(void *arg)
{
	return ((struct world *)arg)->now;
}


static uint16_t on_seq(void *arg)
{
	return ++((struct world *)arg)->seq;
}


static void decode(struct per_msg **msgp, const RasMessage_t **mp,
		   struct world *w, const uint8_t *p, size_t len)
{
	per_msg_free(*msgp);
	*msgp = NULL;
	assert_int_equal(per_decode(msgp, w->per,
				    per_type_find(w->per, "RasMessage"), p,
				    len, NULL), 0);
	*mp = per_msg_value(*msgp);
}


static int on_ask(struct upstream_reg *reg, struct upstream_ask *ask,
		  const struct addr *to, uint16_t seq, const uint8_t *p,
		  size_t len, void *arg)
{
	struct world *w = arg;
	(void)reg;

	if (w->full)
		return EBUSY;
	++w->asked;
	decode(&w->msg, &w->m, w, p, len);
	w->to  = *to;
	assert_int_equal(seq, w->seq);
	/* what nobody waits for leaves the one who does alone */
	if (ask) {
		w->ask	  = ask;
		ask->host = w;
	}

	return 0;
}


static void on_forget(struct upstream_ask *ask, void *arg)
{
	struct world *w = arg;

	++w->forgotten;
	if (w->ask == ask)
		w->ask = NULL;
}


static void on_say(struct upstream_reg *reg, const struct addr *to,
		   const uint8_t *p, size_t len, void *arg)
{
	struct world *w = arg;
	(void)reg;
	(void)to;

	++w->said;
	decode(&w->answer, &w->a, w, p, len);
}


static bool on_response(const struct ras_response *r, void *arg)
{
	struct world *w = arg;

	++w->responses;

	return r->seq == w->seq;
}


static void on_timer(struct upstream_reg *reg, uint64_t ms, void *arg)
{
	(void)reg;
	((struct world *)arg)->timer = ms;
}


static void on_changed(struct upstream_reg *reg, void *arg)
{
	(void)reg;
	(void)arg;
}


static void on_refused(struct upstream_reg *reg, const char *name, void *arg)
{
	struct world *w = arg;
	(void)reg;

	++w->refusals;
	(void)snprintf(w->refused, sizeof(w->refused), "%s", name);
}


static bool on_proof(struct upstream_proof *p, const struct upstream_reg *reg,
		     void *arg)
{
	const struct world *w = arg;
	(void)reg;

	*p = w->proof;

	return w->proof.name[0] != '\0';
}


static void on_admitted(struct upstream_call *call,
			const struct upstream_admission *a, void *arg)
{
	struct world *w = arg;

	++w->admissions;
	w->admission = *a;
	if (a->reason) {
		w->call = NULL;
		mem_deref(call);
	}
}


static void on_ended(struct upstream_call *call, void *arg)
{
	struct world *w = arg;

	++w->ended;
	w->call = NULL;
	mem_deref(call);
}


static void on_bandwidth(struct upstream_call *call, uint32_t bandwidth,
			 void *arg)
{
	(void)call;
	((struct world *)arg)->bandwidth = bandwidth;
}


static const struct upstream_handlers handlers = {
	.nowh	    = on_now,
	.seqh	    = on_seq,
	.askh	    = on_ask,
	.forgeth    = on_forget,
	.sayh	    = on_say,
	.responseh  = on_response,
	.timerh	    = on_timer,
	.changedh   = on_changed,
	.refusedh   = on_refused,
	.proofh	    = on_proof,
	.admittedh  = on_admitted,
	.endedh	    = on_ended,
	.bandwidthh = on_bandwidth,
};


/* ---- the world ---- */

void world_open(struct world *w, bool additive)
{
	memset(w, 0, sizeof(*w));
	w->now = 1790000000000;
	assert_int_equal(per_alloc(&w->per, NULL), 0);
	assert_int_equal(addr_parse(&w->own, "192.0.2.1", 40000), 0);
	assert_int_equal(addr_parse(&w->above, "192.0.2.99", 1719), 0);
	w->conf = (struct upstream_conf){.per	  = w->per,
					 .gatekeeper = w->above,
					 .gatekeeper_id = "",
					 .ttl	  = 60,
					 .version = "1"};
	assert_int_equal(upstream_alloc(&w->up, &w->conf, &handlers, w), 0);
	assert_int_equal(upstream_reg_alloc(&w->reg, w->up, &w->own, additive,
					    NULL), 0);
}


void world_close(struct world *w)
{
	mem_deref(w->call);
	mem_deref(w->reg);
	mem_deref(w->up);
	per_msg_free(w->msg);
	per_msg_free(w->answer);
	per_free(w->per);
}


struct upstream_info world_info(const struct world *w)
{
	struct upstream_info i;

	upstream_reg_info(&i, w->reg);

	return i;
}


void world_names(struct world *w, const char *const *names)
{
	upstream_names_begin(&w->owner);
	for (; *names; names++) {
		const bool prefix = **names == '*';
		struct alias a;

		assert_int_equal(alias_guess(&a, *names + prefix), 0);
		assert_int_equal(upstream_name_put(w->reg, &w->owner, &a,
						   prefix), 0);
	}
	upstream_names_end(w->reg, &w->owner);
	upstream_reg_start(w->reg, 0);
}


void world_name(struct world *w, const char *name)
{
	world_names(w, (const char *const[]){name, NULL});
}


/* ---- what is answered ---- */

void *reply_make(struct reply *r, struct world *w, RasMessage_PR type)
{
	RequestSeqNum_t *seq;

	r->w = w;
	assert_int_equal(per_msg_alloc(&r->msg, w->per,
				       per_type_find(w->per, "RasMessage")),
			 0);
	r->m	      = per_msg_value(r->msg);
	r->m->present = type;
	seq	      = (RequestSeqNum_t *)&r->m->choice;
	*seq	      = w->seq;

	return &r->m->choice;
}


void reply_send(struct reply *r)
{
	const struct ras_source src   = {.from = r->w->to, .seen = r->w->to};
	const struct ras_response resp = {.type = (int)r->m->present,
					  .seq	= r->w->seq,
					  .src	= &src,
					  .message = r->m};
	struct upstream_ask *ask = r->w->ask;

	assert_non_null(ask);
	r->w->ask = NULL;
	r->w->m	  = NULL;
	upstream_answered(ask, &resp);
	per_msg_free(r->msg);
}


int reply_receive(struct reply *r, const struct addr *from)
{
	uint8_t p[4096];
	size_t len;

	assert_int_equal(per_msg_encode(r->msg, p, sizeof(p), &len, NULL), 0);
	per_msg_free(r->msg);

	return upstream_receive(r->w->reg, from, p, len);
}


void world_confirm(struct world *w, const char *id, unsigned ttl)
{
	RegistrationConfirm_t *rcf;
	struct reply r;

	rcf = reply_make(&r, w, RasMessage_PR_registrationConfirm);
	assert_int_equal(h225_version_set(&rcf->protocolIdentifier, r.msg,
					  H225_VERSION), 0);
	assert_int_equal(h225_bmp_set(&rcf->endpointIdentifier, r.msg, id), 0);
	rcf->gatekeeperIdentifier = field_bmp(r.msg, "above");
	if (ttl)
		rcf->timeToLive = field_number(r.msg, ttl);
	reply_send(&r);
}


void world_reject(struct world *w, RegistrationRejectReason_PR reason,
		  const char *duplicate)
{
	RegistrationReject_t *rrj;
	struct alias a;
	struct reply r;

	rrj = reply_make(&r, w, RasMessage_PR_registrationReject);
	rrj->rejectReason.present = reason;
	if (duplicate) {
		assert_int_equal(alias_guess(&a, duplicate), 0);
		assert_int_equal(field_alias_append(
			r.msg, &rrj->rejectReason.choice.duplicateAlias.list,
			&a), 0);
	}
	reply_send(&r);
}


void world_silence(struct world *w)
{
	struct upstream_ask *ask = w->ask;

	assert_non_null(ask);
	w->ask = NULL;
	w->m   = NULL;
	upstream_answered(ask, NULL);
}


const char *world_asked_names(const struct world *w)
{
	static char text[4096];
	const RegistrationRequest_t *rrq = &w->m->choice.registrationRequest;
	size_t n = 0;
	int i;

	assert_int_equal(w->m->present, RasMessage_PR_registrationRequest);
	text[0] = '\0';
	for (i = 0; rrq->terminalAlias && i < rrq->terminalAlias->list.count;
	     i++) {
		struct alias a;

		assert_true(alias_get(&a, rrq->terminalAlias->list.array[i]));
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
				      n ? " " : "", a.text);
	}

	return text;
}
