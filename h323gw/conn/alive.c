/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file alive.c  Signs of life on connections that were silent for long
 *
 * Owns the order in which connections were silent: all wait equally long, so
 * who sends goes to the end, and one timer, for the first, does for all. (A
 * timer of libre's costs as much as there are later ones.)
 */
#include "h323gw/conn/priv.h"


static void on_time(void *arg)
{
	struct conns *cs = arg;

	while (cs->silent.head) {
		struct conn *c	   = list_ledata(cs->silent.head);
		const uint64_t age = tmr_jiffies() - c->sent;

		if (age < cs->conf.keepalive) {
			tmr_start(&cs->alive, cs->conf.keepalive - age,
				  on_time, cs);
			break;
		}
		alive_sent(c);
		(void)conn_send(c, NULL, 0);
	}
}


/* something goes out now */
void alive_sent(struct conn *c)
{
	c->sent = tmr_jiffies();
	if (!c->le_silent.list)
		return;
	list_unlink(&c->le_silent);
	list_append(&c->cs->silent, &c->le_silent, c);
}


/* it is connected */
void alive_begin(struct conn *c)
{
	struct conns *cs = c->cs;

	c->sent = tmr_jiffies();
	list_append(&cs->silent, &c->le_silent, c);
	if (!tmr_isrunning(&cs->alive))
		tmr_start(&cs->alive, cs->conf.keepalive, on_time, cs);
}


void alive_end(struct conn *c)
{
	list_unlink(&c->le_silent);
}
