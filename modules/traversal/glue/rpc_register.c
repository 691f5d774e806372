/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file rpc_register.c  RPC commands traversal.registrations and .stats
 *
 * Owns nothing.
 */
#include <string.h>
#include "glue/compat.h"
#include "core/rpc.h"
#include "core/rpc_lookup.h"
#include "glue/clock.h"
#include "glue/mirror.h"
#include "glue/rpc_register.h"
#include "glue/stats.h"

struct listing
{
	rpc_t *rpc;
	void *ctx;
	str aor; /* empty: all */
};

static char *text(const char *s)
{
	return (char *)(uintptr_t)(s ? s : "");
}

static int list_one(const struct store_contact *c, void *arg)
{
	struct listing *l = arg;
	int64_t now = clock_wall_ms();
	int left = c->expires ? (int)((c->expires - now) / 1000) : 0;
	void *h;

	if(l->aor.len
			&& (strlen(c->alias) != (size_t)l->aor.len
					|| memcmp(c->alias, l->aor.s, (size_t)l->aor.len)))
		return 0;
	if(l->rpc->add(l->ctx, "{", &h) < 0)
		return -1;
	l->rpc->struct_add(h, "ssssssds", "aor", text(c->alias), "contact",
			text(c->callSignalAddress), "received", text(c->received),
			"transport", text(c->transport), "nat", c->nat ? "yes" : "no",
			"agent", text(c->userAgent), "expires", left, "id", text(c->id));
	return 0;
}

static void cmd_registrations(rpc_t *rpc, void *ctx)
{
	struct listing l = {.rpc = rpc, .ctx = ctx};

	if(rpc->scan(ctx, "*S", &l.aor) < 1)
		l.aor.len = 0;
	if(mirror_each_contact(list_one, &l) < 0)
		rpc->fault(ctx, 500, "no memory for the list");
}

static void cmd_stats(rpc_t *rpc, void *ctx)
{
	const char *name;
	long value;
	void *h;

	if(rpc->add(ctx, "{", &h) < 0)
		return;
	for(unsigned i = 0; stats_get(i, &name, &value) == 0; i++)
		rpc->struct_add(h, "l", text(name), value);
}

static const char *doc_registrations[] = {
		"Contacts as they stand in the store, one structure each; optional: "
		"of this AoR only",
		NULL};
static const char *doc_stats[] = {"All counters of the module", NULL};

static rpc_export_t commands[] = {
		{"traversal.registrations", cmd_registrations, doc_registrations,
				RET_ARRAY},
		{"traversal.stats", cmd_stats, doc_stats, 0},
		{NULL, NULL, NULL, 0},
};

int rpc_register_mod_init(void)
{
	if(rpc_register_array(commands) == 0)
		return 0;
	LM_ERR("the RPC commands could not be registered\n");
	return -1;
}
