/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file pending.c  RAS requests of ours that wait for their answer
 */
#include <errno.h>
#include <string.h>
#include <RasMessage.h>
#include "rpc/libre.h"
#include "pending.h"

enum {
	SEQ_MAX	  = 65535,
	DELAY_MAX = 120000, /* ms: of a RIP's */
};

struct pending {
	struct le le;
	struct pending_table *table;
	struct addr to;
	void *via;
	uint16_t seq;
	unsigned tries;
	struct tmr tmr;
	pending_h *h;
	void *arg;
	size_t len;
	uint8_t p[];
};

struct pending_table {
	struct hash *by_seq;
	uint16_t seq;
	unsigned n;
	pending_send_h *sendh;
	void *arg;
};


static void table_destructor(void *arg)
{
	struct pending_table *t = arg;

	hash_flush(t->by_seq);
	mem_deref(t->by_seq);
}


int pending_alloc(struct pending_table **tp, pending_send_h *sendh, void *arg)
{
	struct pending_table *t = mem_zalloc(sizeof(*t), table_destructor);
	int err;

	if (!t)
		return ENOMEM;
	t->sendh = sendh;
	t->arg	 = arg;
	t->seq	 = (uint16_t)rand_u32();
	err	 = hash_alloc(&t->by_seq, PENDING_MAX / 4);
	if (err)
		mem_deref(t);
	else
		*tp = t;

	return err;
}


uint16_t pending_seq(struct pending_table *t)
{
	t->seq = t->seq == SEQ_MAX ? 1 : t->seq + 1;

	return t->seq;
}


static void destructor(void *arg)
{
	struct pending *p = arg;

	tmr_cancel(&p->tmr);
	if (p->le.list)
		--p->table->n;
	hash_unlink(&p->le);
}


static void done(struct pending *p, const struct ras_response *r)
{
	pending_h *h = p->h;
	void *arg    = p->arg;

	mem_ref(p);
	if (h)
		h(r, arg);
	/* whoever keeps it has let go of it there */
	mem_deref(p);
	mem_deref(p);
}


static void on_time(void *arg)
{
	struct pending *p = arg;

	if (++p->tries > PENDING_TRIES) {
		done(p, NULL);
		return;
	}
	tmr_start(&p->tmr, PENDING_RETRY_MS, on_time, p);
	p->table->sendh(&p->to, p->via, p->p, p->len, p->table->arg);
}


int pending_send(struct pending **pp, struct pending_table *t,
		 const struct addr *to, void *via, uint16_t seq,
		 const uint8_t *buf, size_t len, pending_h *h, void *arg)
{
	struct pending *p;

	if (t->n >= PENDING_MAX)
		return EBUSY;
	p = mem_zalloc(sizeof(*p) + len, destructor);
	if (!p)
		return ENOMEM;
	p->table = t;
	p->to	 = *to;
	p->via	 = via;
	p->seq	 = seq;
	p->h	 = h;
	p->arg	 = arg;
	p->len	 = len;
	memcpy(p->p, buf, len);
	hash_append(t->by_seq, seq, &p->le, p);
	++t->n;
	if (pp)
		*pp = p;
	on_time(p);

	return 0;
}


static bool goes_that_way(struct le *le, void *arg)
{
	const struct pending *p = le->data;

	return p->via == arg;
}


void pending_forget(struct pending_table *t, const void *via)
{
	struct le *le;

	while ((le = hash_apply(t->by_seq, goes_that_way,
				(void *)(uintptr_t)via)))
		mem_deref(le->data);
}


/** Whose answer it may be */
static bool is_answered(struct le *le, void *arg)
{
	const struct pending *p	     = le->data;
	const struct ras_response *r = arg;

	return p->seq == r->seq && addr_ip_eq(&p->to, &r->src->from);
}


bool pending_response(struct pending_table *t, const struct ras_response *r)
{
	struct pending *p = list_ledata(hash_lookup(
		t->by_seq, r->seq, is_answered, (void *)(uintptr_t)r));
	const RasMessage_t *m = r->message;
	long delay;

	if (!p)
		return false;
	if (r->type == RasMessage_PR_requestInProgress) {
		delay = m->choice.requestInProgress.delay;
		tmr_start(&p->tmr, delay > DELAY_MAX ? DELAY_MAX
						     : (uint64_t)delay,
			  on_time, p);
		return true;
	}
	done(p, r);

	return true;
}
