/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file client.c  What the relay knows of a connection to its control socket
 *
 * Which events it has asked for, and what ends with it. Owns that; the
 * connection owns the client.
 */
#include "client.h"


static void client_destructor(void *arg)
{
	struct client *c = arg;

	if (c->relay->attached == c)
		c->relay->attached = NULL;
	list_flush(&c->asks);
	list_flush(&c->ports);
	mem_deref(c->owner);
}


/** Whose connection it is; NULL: no memory */
struct client *client_of(struct relay *r, struct rpc_conn *rc)
{
	struct client *c = rpc_conn_data(rc);

	if (c)
		return c;
	c = mem_zalloc(sizeof(*c), client_destructor);
	if (!c)
		return NULL;
	c->relay = r;
	c->rc	 = rc;
	rpc_conn_data_set(rc, c);

	return c;
}
