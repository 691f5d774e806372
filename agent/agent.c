/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file agent.c  The program's one context: the tunnel, and what it is for
 *
 * Owns the uplink and the doors towards the terminals.
 */
#include "rpc/libre.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "agent.h"
#include "media.h"
#include "sip.h"
#include "tunnel/control.h"
#include "uplink.h"


#define ROOM "agent"

struct agent {
	struct settings conf;
	struct uplink *uplink;
	struct sip *sip;	 /* NULL: terminals don't speak SIP here */
	struct media *media;	 /* NULL: likewise */
	struct control *control; /* of the tunnel; NULL: there is none */
};


static void agent_destructor(void *arg)
{
	struct agent *a = arg;

	mem_deref(a->sip);
	mem_deref(a->media);
	mem_deref(a->control);
	mem_deref(a->uplink);
}


static void on_request(const char *method, const json_t *params,
		       json_t **result, struct rpc_error *err, void *arg)
{
	struct agent *a = arg;

	if (a->media && media_request(a->media, method, params, err))
		*result = err->code ? NULL : json_object();
	else
		rpc_error_set(err, RPC_METHOD_NOT_FOUND,
			      "there is no method %.64s", method);
}


static void on_up(struct tunnel *t, void *arg)
{
	struct agent *a = arg;

	if (control_alloc(&a->control, t, on_request, a))
		log_error(ROOM, "no control channel: out of memory");
	if (a->media)
		media_tunnel(a->media, a->control);
	if (a->sip)
		sip_tunnel(a->sip, t);
}


static void on_down(void *arg)
{
	struct agent *a = arg;

	if (a->sip)
		sip_tunnel(a->sip, NULL);
	if (a->media)
		media_tunnel(a->media, NULL);
	a->control = mem_deref(a->control);
}


static void on_media(const struct addr *server, void *arg)
{
	struct agent *a = arg;

	if (a->media)
		media_server(a->media, server);
}


static void on_open(struct tunnel *t, struct channel *ch, const char *what,
		    size_t len, void *arg)
{
	struct agent *a = arg;
	(void)t;

	if (a->sip)
		sip_open(a->sip, ch, what, len);
	else
		channel_reset(ch, TUNNEL_REFUSED);
}


static const struct uplink_handlers uplink_handlers = {
	.uph	= on_up,
	.mediah = on_media,
	.downh	= on_down,
	.openh	= on_open,
};


/**
 * Make an agent from its configuration: doors are open, the tunnel is not
 *
 * @param ap   Result; mem_deref() it
 * @param conf Configuration, copied
 *
 * @return 0, or an errno with the reason in the log
 */
int agent_alloc(struct agent **ap, const struct settings *conf)
{
	struct agent *a = mem_zalloc(sizeof(*a), agent_destructor);
	char why[256]	= "";
	int err;

	if (!a)
		return ENOMEM;

	a->conf = *conf;
	err = uplink_alloc(&a->uplink, &a->conf, &uplink_handlers, a, why,
			   sizeof(why));
	if (err)
		log_error(ROOM, "%s", why[0] ? why : strerror(err));
	if (!err && addr_is_set(&conf->sip))
		err = sip_alloc(&a->sip, &conf->sip);
	if (!err && addr_is_set(&conf->sip))
		err = media_alloc(&a->media, &conf->sip, conf->media_min,
				  conf->media_max);
	if (err)
		mem_deref(a);
	else
		*ap = a;

	return err;
}


/** Connect, and go on until the end */
void agent_start(struct agent *a)
{
	uplink_start(a->uplink);
}


/** SIGHUP: certificates are read again */
void agent_reload(struct agent *a)
{
	uplink_renew(a->uplink);
}
