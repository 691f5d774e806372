/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file traversal_mod.c  The module as Kamailio sees it
 *
 * Parameters, start and stop; the functions are in functions.c. What they do
 * stands in the other files of glue/, what they decide in logic/. Owns the
 * parameters' values.
 */
#include <stdlib.h>
#include <string.h>
#include "glue/compat.h"
#include "core/dprint.h"
#include "core/pt.h"
#include "glue/agents.h"
#include "glue/alias.h"
#include "glue/ask.h"
#include "glue/call.h"
#include "glue/functions.h"
#include "glue/holes.h"
#include "glue/log_bridge.h"
#include "glue/manage.h"
#include "glue/media_timeout.h"
#include "glue/mirror.h"
#include "glue/monitor.h"
#include "glue/pinger.h"
#include "glue/pv.h"
#include "glue/register.h"
#include "glue/relays.h"
#include "glue/restore.h"
#include "glue/rpc_call.h"
#include "glue/rpc_register.h"
#include "glue/sessions.h"
#include "glue/stats.h"
#include "glue/txn.h"
#include "glue/writer.h"
#include "logic/nat.h"

MODULE_VERSION

/* ---- parameters ---- */

static str store_param = STR_NULL;
static str owner_param = str_init("traversal");
static str interface_param = str_init("default");
static str nat_signs_param = STR_NULL;
static str ice_param = str_init("remove");
static str event_callback_param = STR_NULL;
static int relay_timeout_param = 500;
static int media_timeout_param = 60;
static int dscp_param = -1;
static int record_route_param = 1;
static str keepalive_method_param = str_init("crlf");
static int keepalive_interval_param = 25;
static int keepalive_interval_max_param = 0;
static int keepalive_misses_param = 3;
static int keepalive_all_param = 0;
static int agents_param = 0;

static int relay_param(modparam_t type, void *value)
{
	(void)type;
	return relays_add(value);
}

static int domain_param(modparam_t type, void *value)
{
	(void)type;
	return mirror_domain_add(value);
}

static param_export_t params[] = {
		{"store", PARAM_STR, &store_param},
		{"relay", PARAM_STRING | USE_FUNC_PARAM, (void *)relay_param},
		{"relay_timeout", PARAM_INT, &relay_timeout_param},
		{"owner", PARAM_STR, &owner_param},
		{"interface", PARAM_STR, &interface_param},
		{"media_timeout", PARAM_INT, &media_timeout_param},
		{"dscp", PARAM_INT, &dscp_param},
		{"ice", PARAM_STR, &ice_param},
		{"nat_signs", PARAM_STR, &nat_signs_param},
		{"record_route", PARAM_INT, &record_route_param},
		{"event_callback", PARAM_STR, &event_callback_param},
		{"usrloc_domain", PARAM_STRING | USE_FUNC_PARAM, (void *)domain_param},
		{"keepalive_method", PARAM_STR, &keepalive_method_param},
		{"keepalive_interval", PARAM_INT, &keepalive_interval_param},
		{"keepalive_interval_max", PARAM_INT, &keepalive_interval_max_param},
		{"keepalive_misses", PARAM_INT, &keepalive_misses_param},
		{"keepalive_all", PARAM_INT, &keepalive_all_param},
		{"agents", PARAM_INT, &agents_param},
		{NULL, 0, NULL},
};

/* ---- checks ---- */

static int in_range(const char *name, int value, int min, int max)
{
	if(value >= min && value <= max)
		return 0;
	LM_ERR("modparam %s: %d: expected %d to %d\n", name, value, min, max);
	return -1;
}

static int nat_signs_check(unsigned *signs)
{
	*signs = NAT_SIGNS_DEFAULT;
	if(!nat_signs_param.len || nat_signs_decode(signs, nat_signs_param.s) == 0)
		return 0;
	LM_ERR("modparam nat_signs: \"%s\": expected names of signs, separated by "
		   "commas\n",
			nat_signs_param.s);
	return -1;
}

static int ice_lite(bool *lite)
{
	*lite = ice_param.len == 4 && !strncmp(ice_param.s, "lite", 4);
	if(*lite || (ice_param.len == 6 && !strncmp(ice_param.s, "remove", 6)))
		return 0;
	LM_ERR("modparam ice: \"%.*s\": expected remove or lite\n", ice_param.len,
			ice_param.s);
	return -1;
}

/* ---- start and stop ---- */

static bool store_read; /* at the start; what is wrong has been logged */

static const char *store_path(void)
{
	return store_param.len ? store_param.s : "";
}

static int keepalive_check(struct pinger_conf *pc)
{
	if(in_range("keepalive_interval", keepalive_interval_param, 0, 3600)
			|| in_range("keepalive_interval_max", keepalive_interval_max_param,
					0, 3600)
			|| in_range("keepalive_misses", keepalive_misses_param, 0, 1000))
		return -1;
	if(pinger_method(&pc->method, keepalive_method_param.s)) {
		LM_ERR("modparam keepalive_method: \"%s\": expected crlf, stun or "
			   "options\n",
				keepalive_method_param.s);
		return -1;
	}
	pc->interval = (unsigned)keepalive_interval_param;
	pc->max = (unsigned)keepalive_interval_max_param;
	pc->misses = (unsigned)keepalive_misses_param;
	pc->all = keepalive_all_param != 0;
	return 0;
}

static void restore(void)
{
	store_read = restore_contacts(store_path()) == 0;
	if(!store_read)
		writer_trouble();
}

static int register_side_init(unsigned signs)
{
	struct pinger_conf pc;

	alias_conf_set(signs);
	functions_conf_set(signs);
	if(keepalive_check(&pc) || writer_mod_init(store_path())
			|| mirror_mod_init() || register_mod_init(signs)
			|| rpc_register_mod_init())
		return -1;
	if(*store_path())
		restore();
	return pinger_mod_init(&pc);
}

static int call_side_init(unsigned signs)
{
	const struct relay_conf conf = {
			.owner = owner_param.s,
			.interface = interface_param.s,
			.timeout = (unsigned)media_timeout_param,
			.dscp = dscp_param,
	};
	bool lite;

	if(in_range("relay_timeout", relay_timeout_param, 50, 10000)
			|| in_range("media_timeout", media_timeout_param, 0, 86400)
			|| in_range("dscp", dscp_param, -1, 63) || ice_lite(&lite))
		return -1;
	if(!relays_set()->n)
		LM_WARN("no modparam relay: media are left alone\n");

	ask_timeout_set((unsigned)relay_timeout_param);
	call_conf_set(signs, lite);
	pv_conf_set(signs);
	if(agents_mod_init(agents_param != 0) || relays_mod_init()
			|| sessions_mod_init(&conf) || txn_mod_init()
			|| manage_mod_init(record_route_param != 0)
			|| media_timeout_mod_init(&event_callback_param)
			|| rpc_call_mod_init())
		return -1;
	if(store_read)
		sessions_restore(store_path());
	return monitor_mod_init(store_path());
}

static int mod_init(void)
{
	unsigned signs;

	log_bridge_init();
	if(stats_init() < 0) {
		LM_ERR("could not register the statistics\n");
		return -1;
	}
	if(nat_signs_check(&signs) || register_side_init(signs)
			|| call_side_init(signs))
		return -1;
	return 0;
}

static int child_init(int rank)
{
	if(writer_child_init(rank))
		return -1;
	if(rank == PROC_MAIN)
		return pinger_fork() || monitor_fork() ? -1 : 0;
	if(rank == PROC_INIT)
		pinger_child_init();
	mirror_child_init(rank);
	if(rank > 0)
		holes_make();
	if(rank == PROC_INIT || rank == PROC_TCP_MAIN)
		return 0;
	return call_child_init();
}

static void destroy(void)
{
	monitor_destroy();
	pinger_destroy();
	sessions_destroy();
	relays_destroy();
	writer_destroy();
}

struct module_exports exports = {
		"traversal",
		DEFAULT_DLFLAGS,
		functions_exports,
		params,
		NULL, /* RPC commands are registered in mod_init */
		pv_exports,
		pinger_reply,
		mod_init,
		child_init,
		destroy,
};

int mod_register(char *path, int *dlflags, void *p1, void *p2);

int mod_register(char *path, int *dlflags, void *p1, void *p2)
{
	(void)path;
	(void)dlflags;
	(void)p1;
	(void)p2;
	register_default_avp();
	return functions_register();
}
