/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * h323gw/upstream: any octets to a registration at another gatekeeper that has
 * names and calls. What is an answer answers whatever waits. All that is sent
 * must decode.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "h323gw/per/per.h"
#include "h323gw/upstream/upstream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	PIECES	= 16, /* messages of one input */
	WAITING = 8,
	CALLS	= 2,
};

struct world {
	struct per *per;
	struct upstream *up;
	struct upstream_reg *reg;
	struct upstream_owner owner;
	struct addr own, above, stranger;
	struct upstream_ask *asks[WAITING];
	struct upstream_call *calls[CALLS];
	uint16_t seq;
	bool timer;
};


static void demand(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "upstream: %s\n", what);
		abort();
	}
}


static void decodes(const struct world *w, const uint8_t *p, size_t len)
{
	struct per_msg *msg;

	demand(!per_decode(&msg, w->per, per_type_find(w->per, "RasMessage"),
			   p, len, NULL), "a message of ours can't be read");
	per_msg_free(msg);
}


/* ---- what it asks ---- */

static int64_t on_now(void *arg)
{
	(void)arg;

	return 1790000000000;
}


static uint16_t on_seq(void *arg)
{
	return ++((struct world *)arg)->seq;
}


static int on_ask(struct upstream_reg *reg, struct upstream_ask *ask,
		  const struct addr *to, uint16_t seq, const uint8_t *p,
		  size_t len, void *arg)
{
	struct world *w = arg;
	unsigned i;
	(void)reg;
	(void)to;
	(void)seq;

	decodes(w, p, len);
	for (i = 0; ask && i < WAITING; i++) {
		if (w->asks[i])
			continue;
		w->asks[i] = ask;
		ask->host  = w;
		return 0;
	}

	return ask ? EBUSY : 0;
}


static void on_forget(struct upstream_ask *ask, void *arg)
{
	struct world *w = arg;
	unsigned i;

	for (i = 0; i < WAITING; i++) {
		if (w->asks[i] == ask)
			w->asks[i] = NULL;
	}
}


static void on_say(struct upstream_reg *reg, const struct addr *to,
		   const uint8_t *p, size_t len, void *arg)
{
	(void)reg;
	(void)to;
	decodes(arg, p, len);
}


/* the first that waits has it, or is told that nobody answered */
static bool answer(struct world *w, const struct ras_response *r)
{
	unsigned i;

	for (i = 0; i < WAITING; i++) {
		struct upstream_ask *ask = w->asks[i];

		if (!ask)
			continue;
		w->asks[i] = NULL;
		upstream_answered(ask, r);
		return true;
	}

	return false;
}


static bool on_response(const struct ras_response *r, void *arg)
{
	return answer(arg, r);
}


static void on_timer(struct upstream_reg *reg, uint64_t ms, void *arg)
{
	(void)reg;
	((struct world *)arg)->timer = ms != 0;
}


static void on_changed(struct upstream_reg *reg, void *arg)
{
	(void)reg;
	(void)arg;
}


static void on_refused(struct upstream_reg *reg, const char *name, void *arg)
{
	(void)reg;
	(void)name;
	(void)arg;
}


static void drop(struct world *w, struct upstream_call *call)
{
	unsigned i;

	for (i = 0; i < CALLS; i++) {
		if (w->calls[i] == call)
			w->calls[i] = NULL;
	}
	mem_deref(call);
}


static void on_admitted(struct upstream_call *call,
			const struct upstream_admission *a, void *arg)
{
	if (a->reason)
		drop(arg, call);
}


static void on_ended(struct upstream_call *call, void *arg)
{
	drop(arg, call);
}


static void on_bandwidth(struct upstream_call *call, uint32_t bandwidth,
			 void *arg)
{
	(void)arg;
	upstream_call_bandwidth(call, bandwidth / 2);
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
	.admittedh  = on_admitted,
	.endedh	    = on_ended,
	.bandwidthh = on_bandwidth,
};


/* ---- the world ---- */

static void names(struct world *w, unsigned first, unsigned n)
{
	struct alias a = {.type = ALIAS_DIALLED_DIGITS};
	unsigned i;

	upstream_names_begin(&w->owner);
	for (i = 0; i < n; i++) {
		(void)snprintf(a.text, sizeof(a.text), "%u", first + i);
		(void)upstream_name_put(w->reg, &w->owner, &a, i % 4 == 3);
	}
	upstream_names_end(w->reg, &w->owner);
	upstream_reg_start(w->reg, 0);
}


static void call(struct world *w, unsigned which)
{
	const uint8_t id[GUID_LEN] = {(uint8_t)(which + 1)};
	const struct alias a = {.type = ALIAS_H323_ID, .text = "anna"};
	const struct upstream_call_query q = {
		.call_id = id, .conference_id = id, .answer = which & 1,
		.called = &a, .calledc = 1, .caller = &a, .callerc = 1,
		.bandwidth = 1280};

	if (!w->calls[which])
		(void)upstream_call_alloc(&w->calls[which], w->reg, &q, w);
}


static void one(struct world *w, unsigned how, const uint8_t *p, size_t len)
{
	(void)upstream_receive(w->reg, how & 1 ? &w->stranger : &w->above, p,
			       len);
	if (how & 2)
		upstream_timeout(w->reg);
	if (how & 4)
		(void)answer(w, NULL);
	if (how & 8)
		names(w, how, how >> 4);
	if (how & 16)
		call(w, 0);
	if (how & 32)
		call(w, 1);
}


/* pieces: an octet how, two octets of length, a message. The first of all says
 * what kind of registration it is */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct per *per;
	struct world w = {.seq = 0};
	struct upstream_conf conf = {.gatekeeper_id = "", .ttl = 60,
				     .version = "1"};
	unsigned i;

	if (!per)
		demand(!per_alloc(&per, NULL), "no codec");
	if (!size)
		return 0;
	w.per	 = per;
	conf.per = per;
	(void)addr_parse(&w.own, "192.0.2.1", 40000);
	(void)addr_parse(&w.above, "192.0.2.99", 1719);
	(void)addr_parse(&w.stranger, "192.0.2.66", 1719);
	conf.gatekeeper = w.above;
	conf.discover	= data[0] & 2;
	demand(!upstream_alloc(&w.up, &conf, &handlers, &w) &&
	       !upstream_reg_alloc(&w.reg, w.up, &w.own, data[0] & 1, NULL),
	       "no memory");
	names(&w, 1000, 40);
	data++;
	size--;
	for (i = 0; i < PIECES && size > 3; i++) {
		size_t len = (size_t)data[1] << 8 | data[2];

		if (len > size - 3)
			len = size - 3;
		one(&w, data[0], data + 3, len);
		data += 3 + len;
		size -= 3 + len;
	}
	mem_deref(w.calls[0]);
	upstream_reg_leave(w.reg);
	mem_deref(w.reg);
	mem_deref(w.calls[1]);
	mem_deref(w.up);

	return 0;
}
