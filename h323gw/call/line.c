/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file line.c  The line: messages of both sides, one after another
 *
 * A message is read, its media are asked for, then it goes on. While it waits
 * for an answer all others wait behind it; a ReleaseComplete does not.
 */
#include <errno.h>
#include <string.h>
#include "h323gw/call/priv.h"


static void item_destructor(void *arg)
{
	struct item *it = arg;

	list_unlink(&it->le);
	uuie_reset(&it->u);
	per_msg_free(it->msg);
}


int item_alloc(struct item **ip, enum item_kind kind, enum side from,
	       const uint8_t *p, size_t len)
{
	struct item *it = mem_zalloc(sizeof(*it) + len, item_destructor);

	if (!it)
		return ENOMEM;
	it->kind = kind;
	it->from = from;
	it->len	 = len;
	if (len)
		memcpy(it->p, p, len);
	*ip = it;

	return 0;
}


/* of Q.931, decoded: what H.235.1 looks at */
void item_proof(struct security_message *m, const struct item *it)
{
	*m    = (struct security_message){.p = it->p, .len = it->len};
	m->uu = q931_user_user(&it->q, &m->uulen);
	if (it->u.cryptoTokens)
		m->cryptoTokens = *it->u.cryptoTokens;
}


/* takes it; too many: the call ends */
void line_add(struct call *c, struct item *it)
{
	if (c->ended) {
		mem_deref(it);
		return;
	}
	list_append(&c->line, &it->le, it);
	c->line_octets += it->len;
	if (list_count(&c->line) > CALL_QUEUE_MAX ||
	    c->line_octets > CALL_QUEUE_OCTETS) {
		release_all(c, CALL_BY_SERVER,
			    ReleaseCompleteReason_PR_gatekeeperResources,
			    CAUSE_NO_RESOURCE, "too-many-messages");
		return;
	}
	line_run(c);
}


static int item_step(struct call *c, struct item *it)
{
	if (it->kind == ITEM_H245)
		return h245_step(c, it);
	if (it->q.type == Q931_SETUP)
		return setup_step(c, it);

	return signal_step(c, it);
}


static void item_done(struct call *c, struct item *it)
{
	c->line_octets -= it->len;
	list_unlink(&it->le);
	if (it != c->setup)
		mem_deref(it);
}


/* nothing of it is of use any more; what runs further up is left alone */
void line_clear(struct call *c)
{
	if (c->running)
		return;
	if (c->setup && c->setup->le.list)
		c->setup = NULL;
	list_flush(&c->line);
}


/* what a side said that has left */
void line_drop(struct call *c, enum side from, const struct item *but)
{
	struct le *le = list_head(&c->line);

	while (le) {
		struct item *it = le->data;

		le = le->next;
		if (it->from == from && it != but) {
			c->line_octets -= it->len;
			mem_deref(it);
		}
	}
}


void line_run(struct call *c)
{
	struct item *it;

	if (c->running || c->waiting)
		return;

	mem_ref(c);
	c->running = true;
	while (!c->ended && (it = list_ledata(list_head(&c->line)))) {
		int err = item_step(c, it);

		if (err == EINPROGRESS && !c->ended) {
			c->waiting = true;
			break;
		}
		item_done(c, it);
	}
	c->running = false;
	mem_deref(c);
}


/* what the first of the line waits for has come */
void line_answer(struct call *c, int err)
{
	if (!c->waiting || c->ended)
		return;
	c->waiting = false;
	c->answer  = err;
	line_run(c);
}


/* true: what this step asked for is answered, with *err */
bool item_answered(const struct call *c, struct item *it, int *err)
{
	if (!it->asked)
		return false;
	it->asked = false;
	*err	  = c->answer;

	return true;
}


/* EINPROGRESS: it is to come back to this step with the answer */
int item_asked(struct item *it, int err)
{
	it->asked = err == EINPROGRESS;

	return err;
}
