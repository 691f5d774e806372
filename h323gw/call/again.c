/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file again.c  Connections of terminals behind agents, when the relay is new
 *
 * Such a connection goes through the relay. One that ends with it comes again
 * from the agent, under its key; one that ends while the relay lives has been
 * closed by its terminal. Owns the questions whether the relay lives.
 */
#include <errno.h>
#include <string.h>
#include "h323gw/call/host.h"


/** Has this one been closed, or is the relay gone? */
struct doubt {
	struct le le;
	struct calls *cs;
	struct link_request *req;
	char name[CONN_NAME_LEN];
};


static void name_make(char name[CONN_NAME_LEN], const struct link_channel *ch)
{
	(void)re_snprintf(name, CONN_NAME_LEN, "%s/%s", ch->agent, ch->key);
}


static void doubt_destructor(void *arg)
{
	struct doubt *d = arg;

	list_unlink(&d->le);
	mem_deref(d->req);
}


static void on_alive(const struct rpc_error *err, const json_t *result,
		     int *fds, size_t nfds, void *arg)
{
	struct doubt *d = arg;
	(void)result;
	(void)fds;
	(void)nfds;

	d->req = NULL;
	if (!err)
		conns_gone(d->cs->conns, d->name);
	mem_deref(d);
}


/* if it can't be asked the relay is gone, as far as we know */
static void on_away(const char *name, void *arg)
{
	struct calls *cs = arg;
	struct doubt *d;

	if (!cs->link)
		return;
	d = mem_zalloc(sizeof(*d), doubt_destructor);
	if (!d)
		return;
	d->cs = cs;
	str_ncpy(d->name, name, sizeof(d->name));
	list_append(&cs->doubts, &d->le, d);
	if (link_alive(&d->req, cs->link, on_alive, d))
		mem_deref(d);
}


void again_init(struct calls *cs)
{
	conns_away_handler(cs->conns, on_away, cs);
}


void again_end(struct calls *cs)
{
	conns_away_handler(cs->conns, NULL, NULL);
	list_flush(&cs->doubts);
}


void again_lasts(struct conn *c, const struct link_channel *ch)
{
	char name[CONN_NAME_LEN];

	if (!ch->key[0])
		return;
	name_make(name, ch);
	/* one that can't ends when its descriptor does, as all others */
	(void)conn_lasts(c, name);
}


/* a connection that we have goes on over this descriptor */
void again_take(struct calls *cs, const struct link_channel *ch, int fd)
{
	char name[CONN_NAME_LEN], from[ADDR_STRLEN];
	int err;

	name_make(name, ch);
	err = conn_again(cs->conns, name, ch->received, fd);
	if (!err)
		metrics_inc(cs->stats, STAT_CONNS_AGAIN);
	log_info(CALL_ROOM, "agent %s: %s: a connection %s%s", ch->agent,
		 addr_str(&ch->from, from), err ? "does not go on: " : "goes on",
		 err ? strerror(err) : "");
}
