/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file agent/doors.c  All that terminals come to, at an address of ours
 *
 * Signalling of either kind as configured, and ports for media. Owns them.
 */
#include "rpc/libre.h"
#include <string.h>
#include "aware.h"
#include "doors.h"
#include "media.h"
#include "ras.h"
#include "signalling.h"
#include "sip.h"
#include "tcp_media.h"


struct doors {
	struct sip *sip;	       /* NULL: terminals don't speak SIP */
	struct aware *aware;	       /* NULL: what they say is not read */
	struct ras *ras;	       /* NULL: they don't speak H.323 */
	struct signalling *signalling; /* likewise */
	struct media *media;
	struct tcp_media *tcp_media;
};


static void doors_destructor(void *arg)
{
	struct doors *d = arg;

	mem_deref(d->sip);
	mem_deref(d->aware);
	mem_deref(d->ras);
	mem_deref(d->signalling);
	mem_deref(d->media);
	mem_deref(d->tcp_media);
}


static int sip_doors(struct doors *d, const struct settings *conf,
		     struct policy *policy, struct audit *audit)
{
	const struct sip_config sc = {
		.local	     = conf->sip,
		.local_tls   = conf->sip_tls,
		.certificate = conf->sip_certificate,
		.key	     = conf->sip_key,
		.policy	     = policy,
		.audit	     = audit,
		.aware	     = d->aware,
		.hide	     = conf->hide,
	};

	return sip_alloc(&d->sip, &sc);
}


static int h323_doors(struct doors *d, const struct settings *conf,
		      struct policy *policy, struct audit *audit)
{
	struct addr ras = conf->h323, signalling = conf->h323;
	int err;

	addr_set_port(&ras, conf->ras_port);
	addr_set_port(&signalling, conf->signalling_port);
	err = ras_alloc(&d->ras, &ras, &signalling, policy, audit);
	if (!err)
		err = signalling_alloc(&d->signalling, &signalling,
				       conf->media_min, conf->media_max,
				       policy, audit);

	return err;
}


/**
 * Open them
 *
 * @param dp	 Result; mem_deref() it
 * @param conf	 Where: its addresses are ours now
 * @param policy What may be done
 * @param audit	 Where it is written down
 * @param aware	 Knows SIP; NULL: nobody does
 *
 * @return 0, or an errno with the reason in the log
 */
int doors_open(struct doors **dp, const struct settings *conf,
	       struct policy *policy, struct audit *audit,
	       struct aware *aware)
{
	struct doors *d = mem_zalloc(sizeof(*d), doors_destructor);
	int err		= 0;

	if (!d)
		return ENOMEM;

	d->aware = mem_ref(aware);
	if (addr_is_set(&conf->sip))
		err = sip_doors(d, conf, policy, audit);
	if (!err && addr_is_set(&conf->h323))
		err = h323_doors(d, conf, policy, audit);
	if (!err)
		err = media_alloc(&d->media, &conf->lan, conf->media_min,
				  conf->media_max, conf->modes, policy, audit);
	if (!err)
		err = tcp_media_alloc(&d->tcp_media, &conf->lan,
				      conf->media_min, conf->media_max, policy,
				      audit);
	if (err)
		mem_deref(d);
	else
		*dp = d;

	return err;
}


/** The networks are others now, but the address is still ours */
void doors_follow(struct doors *d)
{
	if (d->ras)
		ras_follow(d->ras);
}


/** Nothing ran for long */
void doors_wake(struct doors *d)
{
	media_wake(d->media);
}


/**
 * There is a tunnel, for the first time or anew
 *
 * @param d	 Doors
 * @param t	 Tunnel
 * @param c	 Its control channel
 * @param inside Whose media may go in-tunnel; NULL: they may not
 */
void doors_up(struct doors *d, struct tunnel *t, struct control *c,
	      struct uplink *inside)
{
	media_tunnel(d->media, c, inside);
	tcp_media_tunnel(d->tcp_media, t, c);
	/* from here on the relay knows our ports */
	if (d->aware)
		aware_tunnel(d->aware, c);
	if (d->sip)
		sip_tunnel(d->sip, t);
	if (d->signalling)
		signalling_tunnel(d->signalling, t);
	if (d->ras)
		ras_tunnel(d->ras, t);
}


/** It is gone, with all its channels */
void doors_down(struct doors *d)
{
	if (d->ras)
		ras_tunnel(d->ras, NULL);
	if (d->signalling)
		signalling_tunnel(d->signalling, NULL);
	if (d->sip)
		sip_tunnel(d->sip, NULL);
	if (d->aware)
		aware_tunnel(d->aware, NULL);
	media_tunnel(d->media, NULL, NULL);
	tcp_media_tunnel(d->tcp_media, NULL, NULL);
}


/** Where media go; see uplink_handlers */
void doors_media(struct doors *d, const struct addr *server,
		 const struct addr *rtcp)
{
	media_server(d->media, server, rtcp);
}


/**
 * What the server orders on the control channel
 *
 * @return false: it is no method of ours; else err says whether it was done
 */
bool doors_request(struct doors *d, const char *method, const json_t *params,
		   struct rpc_error *err)
{
	if (d->sip && !strcmp(method, "sip.local")) {
		sip_local(d->sip, params);
		return true;
	}

	return (d->aware && aware_request(d->aware, method, params)) ||
	       media_request(d->media, method, params, err) ||
	       tcp_media_request(d->tcp_media, method, params, err) ||
	       (d->signalling &&
		signalling_request(d->signalling, method, params, err));
}


/**
 * The server opens a channel: is it for one of ours?
 *
 * @return false: it is not, and waits for an answer
 */
bool doors_channel(struct doors *d, struct channel *ch, const char *what,
		   size_t len)
{
	if (tcp_media_open(d->tcp_media, ch, what, len) ||
	    (d->signalling &&
	     signalling_open(d->signalling, ch, what, len)) ||
	    (d->ras && ras_open(d->ras, ch, what, len)))
		return true;
	if (d->sip)
		sip_open(d->sip, ch, what, len);

	return d->sip;
}
