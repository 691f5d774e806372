/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file keepalive_ping.c  A contact's turn: its ping, and its answer or none
 */
#include "logic/keepalive_priv.h"

static void ping_fill(struct keepalive_ping *p, const struct contact *c)
{
	*p = (struct keepalive_ping){
			.key = c->key,
			.hash = c->hash,
			.id = c->id,
			.nonce = c->nonce,
			.missed = c->missed,
			.interval_ms = c->interval_ms,
	};
}

/* The last ping had no answer. True when it was one too many */
static bool missed(struct keepalive *k, struct contact *c)
{
	c->nonce = 0;
	c->good = 0;
	c->missed++;

	/* one may be lost on the way; a second one is the NAT's doing */
	if(c->missed == 2 && c->answered) {
		nat_lost(c->nat, c->id, c->interval_ms);
		c->interval_ms = nat_interval(c->nat);
	}

	if(!k->conf.max_missed || c->missed < k->conf.max_missed)
		return false;

	return c->answered || c->must_answer || c->failed >= k->conf.max_missed;
}

/* keeps its place in the interval, unless that has passed */
static void schedule_next(
		struct keepalive *k, struct contact *c, uint64_t now, bool soon)
{
	uint64_t due = c->due + c->interval_ms;

	if(soon && k->conf.retry_ms < c->interval_ms)
		due = now + k->conf.retry_ms;
	else if(due <= now)
		due = now + c->interval_ms;

	keepalive_schedule(k, c, due);
}

static void interval_update(struct contact *c)
{
	unsigned ms = nat_interval_for(c->nat, c->id, c->good);

	if(ms != c->interval_ms)
		c->good = 0;
	c->interval_ms = ms;
}

static bool ping(struct keepalive *k, struct contact *c, uint64_t now,
		keepalive_send_h *sendh, void *arg)
{
	struct keepalive_ping p;
	bool dead = false;

	if(!c->missed)
		interval_update(c);

	do {
		c->nonce = k->conf.random_h(k->conf.arg);
	} while(!c->nonce);
	ping_fill(&p, c);

	switch(sendh(&p, arg)) {
		case KEEPALIVE_SENT:
			c->failed = 0;
			break;
		case KEEPALIVE_UNANSWERABLE:
			c->nonce = 0;
			c->missed = c->failed = 0;
			break;
		case KEEPALIVE_FAILED:
			c->failed++;
			dead = missed(k, c);
			break;
		case KEEPALIVE_GONE:
		default:
			keepalive_forget(k, c);
			return false;
	}
	schedule_next(k, c, now, c->missed > 0);

	return dead;
}

static void contact_run(struct keepalive *k, struct contact *c, uint64_t now,
		keepalive_send_h *sendh, keepalive_dead_h *deadh, void *arg)
{
	struct keepalive_ping p;
	bool dead = false;

	keepalive_unschedule(k, c);
	if(c->nonce)
		dead = missed(k, c);
	if(!dead)
		dead = ping(k, c, now, sendh, arg);
	if(!dead)
		return;

	ping_fill(&p, c);
	deadh(&p, arg);
	keepalive_forget(k, c);
}

/**
 * Sends what is due
 *
 * @param k     Schedule
 * @param now   Time, ms, never going back
 * @param sendh Sends one ping
 * @param deadh Told of each contact that is given up
 * @param arg   Handed to both
 */
void keepalive_run(struct keepalive *k, uint64_t now, keepalive_send_h *sendh,
		keepalive_dead_h *deadh, void *arg)
{
	uint64_t end = now / KEEPALIVE_TICK_MS;

	if(!k->tick)
		k->tick = end;
	/* after a long sleep: all of them once, not once for each round missed */
	if(end > k->tick + k->slots)
		k->tick = end - k->slots;

	for(; k->tick <= end; k->tick++) {
		struct contact **head = &k->wheel[k->tick % k->slots];
		struct contact *todo = *head;

		/* what is due again lands in a later tick */
		*head = NULL;
		while(todo) {
			struct contact *c = todo;

			todo = c->next;
			if(todo)
				todo->prev = NULL;
			c->prev = c->next = NULL;
			c->slot = KEEPALIVE_NO_SLOT;
			k->tick++;
			contact_run(k, c, now, sendh, deadh, arg);
			k->tick--;
		}
	}
}

/**
 * An answer came
 *
 * @param k     Schedule
 * @param id    Of the ping
 * @param nonce Of the ping
 * @param now   Time, ms
 *
 * @return Whether it was waited for
 */
bool keepalive_answered(
		struct keepalive *k, uint32_t id, uint64_t nonce, uint64_t now)
{
	struct contact *c;
	bool retried;

	if(!k || id >= k->nids || !nonce)
		return false;
	c = k->ids[id];
	if(!c || c->nonce != nonce)
		return false;

	retried = c->missed > 0;
	c->nonce = 0;
	c->missed = 0;
	c->answered = true;
	/* after a retry the pause before it says nothing about the NAT */
	c->good = retried ? 0 : c->good + 1;
	if(c->good >= KEEPALIVE_GOOD_ANSWERS) {
		nat_proven(c->nat, c->interval_ms);
		c->good = KEEPALIVE_GOOD_ANSWERS;
	}
	if(retried)
		keepalive_schedule(k, c, now + c->interval_ms);

	return true;
}
