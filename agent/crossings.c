/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file crossings.c  All connections of a kind: who has them, their tunnel
 *
 * Those that last go on in another tunnel when theirs is gone.
 */
#include <errno.h>
#include <string.h>
#include "crossing_priv.h"


enum {
	AGAIN_MS = 250, /* until a server that can't is asked again */
};


/* ---- the tunnel is another ---- */

static void ask_again(void *arg);


static void on_taken_again(struct channel *ch, void *arg)
{
	struct crossing *c = arg;

	c->asked = NULL;
	end_again(c->channel, ch);
}


static void on_refused_again(struct channel *ch, enum tunnel_reason why,
			     void *arg)
{
	struct crossing *c = arg;
	(void)ch;

	c->asked = NULL;
	if (why == TUNNEL_UNREACHABLE) /* whoever takes calls is not back yet */
		tmr_start(&c->tmr, AGAIN_MS, ask_again, c);
	else if (why != TUNNEL_GONE)
		joint_broken(c->channel, why);
}


static void ask_again(void *arg)
{
	static const struct channel_handlers again_handlers = {
		.accepth = on_taken_again,
		.closeh	 = on_refused_again,
	};
	struct crossing *c = arg;
	char what[WHAT_LEN];
	size_t len;

	if (!c->tunnel || !end_is_away(c->channel))
		return;
	len = c->cs->againh(what, &c->peer, c->key, end_received(c->channel));
	if (tunnel_open(&c->asked, c->tunnel, CHANNEL_BYTES, what, len,
			&again_handlers, c))
		tmr_start(&c->tmr, AGAIN_MS, ask_again, c);
}


/** There is another tunnel, or (NULL) none: those that last go on in it */
void crossings_tunnel(struct crossings *cs, struct tunnel *t)
{
	struct le *le;

	for (le = list_head(&cs->all); le; le = le->next) {
		struct crossing *c = le->data;

		if (!c->channel)
			continue;
		c->tunnel = t;
		if (t && !c->asked)
			tmr_start(&c->tmr, 0, ask_again, c);
	}
}


/** How many there are with this host */
unsigned crossings_of(const struct crossings *cs, const struct addr *peer)
{
	const struct le *le;
	unsigned n = 0;

	for (le = list_head(&cs->all); le; le = le->next) {
		const struct crossing *c = le->data;

		n += addr_ip_eq(&c->peer, peer);
	}

	return n;
}


/** Whoever connected and has left before the server answered is forgotten */
void crossings_drop_dead(struct crossings *cs)
{
	struct le *le = list_head(&cs->all);

	while (le) {
		struct crossing *c = le->data;

		le = le->next;
		if (c->socket && c->socket->ops->dead(c->socket))
			crossing_give_up(c, TUNNEL_UNREACHABLE, "it has left");
	}
}


/** End all of them: both sides see a FIN, after what they were given */
void crossings_release(struct crossings *cs)
{
	struct le *le;

	while ((le = list_head(&cs->all)) != NULL) {
		struct crossing *c = le->data;

		if (c->joint && !joint_closed(c->joint)) {
			crossing_closed(c, NULL);
			joint_release(c->joint);
		}
		mem_deref(c);
	}
}
