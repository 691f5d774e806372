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
#include "audit.h"
#include "aware.h"
#include "doors.h"
#include "hide.h"
#include "lan.h"
#include "policy.h"
#include "service.h"
#include "tunnel/control.h"
#include "trim.h"
#include "uplink.h"
#include "wake.h"


#define ROOM "agent"

enum {
	AGAIN_MS = 2000,
	TRIM_MS	 = 2000, /* after a connection was made */
};

struct agent {
	struct settings conf;
	struct audit *audit;
	struct policy *policy;
	struct lan *lan;
	struct wake *wake;
	struct tmr trim;
	uint64_t tried; /* to connect, because the network changed; ms */
	struct uplink *uplink;
	struct aware *aware;	 /* NULL: what terminals say is not read */
	struct doors *doors;	 /* NULL: no terminals, or no address now */
	struct services *services;
	struct control *control; /* of the tunnel; NULL: there is none */
};


/* What was decided so far, for the audit log */
static void agent_stats(const struct agent *a, const char *event)
{
	const struct policy_stats *st = policy_stats(a->policy);
	json_t *o		      = audit_record("agent", NULL);

	for (unsigned i = 0; i < POLICY_PROTOCOLS; i++)
		(void)json_object_set_new(
			o, policy_protocol_name((enum policy_protocol)i),
			json_pack("{s:I,s:I}", "allowed",
				  (json_int_t)st->allowed[i], "refused",
				  (json_int_t)st->refused[i]));
	(void)json_object_set_new(o, "sockets", json_integer(st->sockets));
	audit_event(a->audit, event, o, NULL);
}


static void agent_destructor(void *arg)
{
	struct agent *a = arg;

	tmr_cancel(&a->trim);
	mem_deref(a->doors);
	mem_deref(a->aware);
	mem_deref(a->services);
	if (a->control)
		audit_close(a->audit, audit_record("tunnel", NULL), NULL);
	mem_deref(a->control);
	mem_deref(a->uplink);
	mem_deref(a->lan);
	mem_deref(a->wake);
	if (a->policy)
		agent_stats(a, "stop");
	mem_deref(a->policy);
	mem_deref(a->audit);
}


/** What the server orders on the control channel */
void agent_request(const char *method, const json_t *params, json_t **result,
		   struct rpc_error *err, void *agent)
{
	struct agent *a = agent;

	if (a->doors && doors_request(a->doors, method, params, err))
		*result = err->code ? NULL : json_object();
	else
		rpc_error_set(err, RPC_METHOD_NOT_FOUND,
			      "there is no method %.64s", method);
}


static void on_up(struct tunnel *t, void *arg)
{
	struct agent *a = arg;
	struct addr local, peer;

	if (control_alloc(&a->control, t, agent_request, a))
		log_error(ROOM, "no control channel: out of memory");
	audit_open(a->audit,
		   audit_record("tunnel", uplink_addrs(a->uplink, &local, &peer)
						  ? NULL
						  : &peer));
	if (a->doors)
		doors_up(a->doors, t, a->control,
			 a->conf.media_in_tunnel ? a->uplink : NULL);
}


static void on_down(void *arg)
{
	struct agent *a = arg;

	if (a->doors)
		doors_down(a->doors);
	a->control = mem_deref(a->control);
	audit_close(a->audit, audit_record("tunnel", NULL), NULL);
}


static void on_calm(void *arg)
{
	(void)arg;

	trim_memory();
}


static void on_media(const struct addr *server, const struct addr *rtcp,
		     void *arg)
{
	struct agent *a = arg;

	tmr_start(&a->trim, TRIM_MS, on_calm, NULL);
	if (a->doors)
		doors_media(a->doors, server, rtcp);
}


static void on_open(struct tunnel *t, struct channel *ch, const char *what,
		    size_t len, void *arg)
{
	struct agent *a = arg;
	(void)t;

	if (!services_open(a->services, ch, what, len) &&
	    (!a->doors || !doors_channel(a->doors, ch, what, len)))
		channel_reset(ch, TUNNEL_REFUSED);
}


static const struct uplink_handlers uplink_handlers = {
	.uph	= on_up,
	.mediah = on_media,
	.downh	= on_down,
	.openh	= on_open,
};


/* ---- where we are ---- */

/* where terminals come to first; not set: nowhere */
static const struct addr *front_door(const struct agent *a)
{
	return addr_is_set(&a->conf.sip) ? &a->conf.sip : &a->conf.lan;
}


static int doors_try(struct agent *a)
{
	const struct settings *conf = &a->conf;
	char buf[ADDR_STRLEN];

	if (a->doors || !addr_is_set(&conf->lan))
		return 0;
	if (!lan_has(&conf->lan)) {
		log_warn(ROOM, "%s is no address of this machine now: "
			 "terminals can't be served before it is",
			 addr_ip_str(&conf->lan, buf));
		return 0;
	}

	return doors_open(&a->doors, conf, a->policy, a->audit, a->aware);
}


/* The address of the interface terminals are at; one that goes stays ours, for
 * it may come back */
static bool interface_moved(struct agent *a)
{
	struct settings *conf = &a->conf;
	char buf[ADDR_STRLEN];
	struct addr now;

	if (!conf->lan_on[0] || (lan_addr(&now, conf->lan_on, AF_INET) &&
				 lan_addr(&now, conf->lan_on, AF_INET6)))
		return false;
	if (addr_is_set(&conf->lan) && addr_ip_eq(&conf->lan, &now))
		return false;

	log_notice(ROOM, "terminals are served at %s now, on %s",
		   addr_ip_str(&now, buf), conf->lan_on);
	settings_move(conf, &now);

	return true;
}


/* "lan" in the policy is where terminals are */
static void policy_follow(struct agent *a)
{
	struct addr_net nets[POLICY_LAN_MAX];

	if (addr_is_set(&a->conf.lan))
		policy_lan_set(a->policy, nets,
			       lan_nets(nets, POLICY_LAN_MAX, &a->conf.lan));
}


static void place_follow(struct agent *a)
{
	const bool moved = interface_moved(a);
	const bool had	 = a->doors != NULL;

	policy_follow(a);
	if (moved)
		a->doors = mem_deref(a->doors);
	if (doors_try(a) || !a->doors)
		return;
	if (had && !moved) {
		doors_follow(a->doors);
		return;
	}

	audit_event(a->audit, "address", audit_record("agent", front_door(a)),
		    NULL);
	/* the server knows other ports and terminals */
	uplink_anew(a->uplink);
}


/* Does the connection still leave from where the kernel would leave? */
static void uplink_follow(struct agent *a)
{
	char buf[2][ADDR_STRLEN];
	struct addr local, peer, now;

	if (uplink_addrs(a->uplink, &local, &peer)) {
		/* there may be a way now; not at each of many changes */
		if (tmr_jiffies() - a->tried >= AGAIN_MS)
			uplink_renew(a->uplink);
		a->tried = tmr_jiffies();
		return;
	}
	if (lan_route(&now, &peer) || addr_ip_eq(&local, &now))
		return;

	log_notice(ROOM, "the way to the server is from %s now, no longer %s",
		   addr_ip_str(&now, buf[0]), addr_ip_str(&local, buf[1]));
	uplink_renew(a->uplink);
}


static void on_lan(void *arg)
{
	place_follow(arg);
	uplink_follow(arg);
}


static void on_wake(uint64_t ms, void *arg)
{
	struct agent *a = arg;

	log_notice(ROOM, "nothing ran for %u ms: connecting anew",
		   (unsigned)ms);
	uplink_renew(a->uplink);
	if (a->doors)
		doors_wake(a->doors);
}


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
	err = hide_make(&a->conf);
	if (!err)
		err = uplink_alloc(&a->uplink, &a->conf, &uplink_handlers, a,
				   why, sizeof(why));
	if (err)
		log_error(ROOM, "%s", why[0] ? why : strerror(err));
	if (!err)
		err = audit_alloc(&a->audit, conf->audit, conf->name);
	if (!err)
		err = policy_alloc(&a->policy, &conf->policy);
	if (!err && conf->aware)
		err = aware_alloc(&a->aware, conf->name);
	if (!err)
		err = lan_alloc(&a->lan, on_lan, a);
	if (!err)
		err = wake_alloc(&a->wake, on_wake, a);
	if (!err) {
		(void)interface_moved(a);
		policy_follow(a);
		err = doors_try(a);
	}
	if (!err)
		err = services_alloc(&a->services, a->policy, a->audit);
	if (err)
		mem_deref(a);
	else
		*ap = a;

	return err;
}


/**
 * Connect, and go on until the end
 *
 * @return 0, or an errno with the reason in the log
 */
int agent_start(struct agent *a)
{
	/* the user we are by now can open it again later */
	const int err = audit_reopen(a->audit);

	if (err)
		return err;
	audit_event(a->audit, "start", audit_record("agent", front_door(a)),
		    NULL);
	uplink_start(a->uplink);

	return 0;
}


/** SIGHUP: certificates are read again, and the audit log is a new file */
void agent_reload(struct agent *a)
{
	(void)audit_reopen(a->audit);
	agent_stats(a, "count");
	uplink_renew(a->uplink);
}
