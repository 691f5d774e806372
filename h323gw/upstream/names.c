/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file names.c  The names a registration has, and which of them were told
 *
 * Each is found by its text, and those that are to be told or taken back stand
 * in a list of their own: nothing here costs more with more names, but telling
 * all of them anew. Owns them.
 */
#include <errno.h>
#include <string.h>
#include <SupportedPrefix.h>
#include "h323gw/h225/field.h"
#include "priv.h"

enum {
	BUCKETS_ONE = 16,    /* one terminal's */
	BUCKETS_ALL = 16384, /* those of all terminals */
	OVERHEAD    = 8,     /* octets of a name in a message, but its text */
};


static void destructor(void *arg)
{
	struct name *n = arg;

	list_unlink(&n->le);
	list_unlink(&n->le_owner);
	list_unlink(&n->le_todo);
	hash_unlink(&n->he);
	--n->reg->namec;
	n->reg->toldc -= n->state == NAME_TOLD;
}


int names_alloc(struct upstream_reg *reg)
{
	return hash_alloc(&reg->by_text,
			  reg->additive ? BUCKETS_ALL : BUCKETS_ONE);
}


void names_flush(struct upstream_reg *reg)
{
	list_flush(&reg->names);
	reg->by_text = mem_deref(reg->by_text);
}


static void state_set(struct name *n, enum name_state state)
{
	struct upstream_reg *reg = n->reg;

	reg->toldc -= n->state == NAME_TOLD;
	reg->toldc += state == NAME_TOLD;
	n->state = state;
	list_unlink(&n->le_todo);
	if (state == NAME_NEW)
		list_append(&reg->todo, &n->le_todo, n);
	else if (state == NAME_LEAVING)
		list_prepend(&reg->todo, &n->le_todo, n);
	else if (state == NAME_ASKED || state == NAME_LEFT)
		list_append(&reg->batch, &n->le_todo, n);
}


/* ---- whose they are ---- */

struct wanted {
	const struct alias *a;
	bool prefix;
};


static bool is_wanted(struct le *le, void *arg)
{
	const struct wanted *w = arg;
	const struct name *n   = le->data;

	return n->prefix == w->prefix && !strcmp(n->text, w->a->text) &&
	       alias_class(n->type) == alias_class(w->a->type);
}


static struct name *find(const struct upstream_reg *reg,
			 const struct alias *a, bool prefix)
{
	struct wanted w = {a, prefix};

	return list_ledata(hash_lookup(reg->by_text, hash_joaat_str(a->text),
				       is_wanted, &w));
}


static int add(struct name **np, struct upstream_reg *reg,
	       const struct alias *a, bool prefix)
{
	const size_t len = strlen(a->text);
	struct name *n;

	if (reg->namec >= UPSTREAM_NAMES_MAX)
		return ENFILE;
	n = mem_zalloc(sizeof(*n) + len + 1, destructor);
	if (!n)
		return ENOMEM;
	n->reg	  = reg;
	n->type	  = (uint8_t)a->type;
	n->ton	  = a->ton;
	n->prefix = prefix;
	memcpy(n->text, a->text, len + 1);
	++reg->namec;
	list_append(&reg->names, &n->le, n);
	hash_append(reg->by_text, hash_joaat_str(n->text), &n->he, n);
	state_set(n, NAME_NEW);
	*np = n;

	return 0;
}


void upstream_names_begin(struct upstream_owner *o)
{
	struct le *le;

	for (le = list_head(&o->names); le; le = le->next)
		((struct name *)le->data)->old = true;
}


int upstream_name_put(struct upstream_reg *reg, struct upstream_owner *o,
		      const struct alias *a, bool prefix)
{
	struct alias copy = *a;
	struct name *n;
	int err;

	if (a->type == ALIAS_NONE || a->type == ALIAS_TRANSPORT_ID ||
	    alias_host(&copy))
		return EINVAL;
	n = find(reg, a, prefix);
	if (!n) {
		err = add(&n, reg, a, prefix);
		if (err)
			return err;
		reg->stale = true;
	}
	/* it was about to go: told once more it is the gatekeeper's again */
	if (n->state == NAME_LEAVING || n->state == NAME_LEFT)
		state_set(n, NAME_NEW);
	n->old = false;
	list_unlink(&n->le_owner);
	list_append(&o->names, &n->le_owner, n);

	return 0;
}


static void leave(struct name *n)
{
	list_unlink(&n->le_owner);
	n->reg->stale = true;
	/* one in a request under way is taken back when that is answered */
	if (n->reg->additive &&
	    (n->state == NAME_TOLD || n->state == NAME_ASKED))
		state_set(n, NAME_LEAVING);
	else
		mem_deref(n);
}


void upstream_names_end(struct upstream_reg *reg, struct upstream_owner *o)
{
	struct le *le = list_head(&o->names);

	while (le) {
		struct name *n = le->data;

		le = le->next;
		if (n->old)
			leave(n);
	}
	reg_next(reg);
}


/* ---- in messages ---- */

size_t names_batch(struct upstream_reg *reg, bool leaving)
{
	const enum name_state from = leaving ? NAME_LEAVING : NAME_NEW;
	const size_t most	   = reg->alone	     ? 1
				     : reg->additive ? UPSTREAM_BATCH
						     : ALIASES_MAX;
	struct le *le		   = list_head(&reg->todo);
	size_t octets = 0, count = 0;

	while (le && count < most) {
		struct name *n = le->data;

		le = le->next;
		if (n->state != from)
			continue;
		octets += OVERHEAD + 2 * strlen(n->text);
		if (count && octets > UPSTREAM_BATCH_OCTETS)
			break;
		state_set(n, leaving ? NAME_LEFT : NAME_ASKED);
		++count;
	}

	return count;
}


bool names_have(const struct upstream_reg *reg, enum name_state state,
		bool prefixes)
{
	struct le *le;

	for (le = list_head(&reg->batch); le; le = le->next) {
		const struct name *n = le->data;

		if (n->state == state && n->prefix == prefixes)
			return true;
	}

	return false;
}


static void alias_of(struct alias *a, const struct name *n)
{
	a->type = n->type;
	a->ton	= n->ton;
	memcpy(a->text, n->text, strlen(n->text) + 1);
}


static int put(struct making *m, const struct alias *a, bool prefix,
	       void *list)
{
	SupportedPrefix_t *sp;
	int err;

	if (!prefix)
		return field_alias_append(m->msg, list, a);
	sp = per_msg_zalloc(m->msg, sizeof(*sp));
	if (!sp)
		return ENOMEM;
	err = alias_set(&sp->prefix, m->msg, a);

	return err ? err : per_msg_append(m->msg, list, sp);
}


int names_put(struct making *m, enum name_state state, bool prefixes,
	      void *list)
{
	struct alias a;
	struct le *le;
	int err = 0;

	for (le = list_head(&m->reg->batch); le && !err; le = le->next) {
		const struct name *n = le->data;

		if (n->state != state || n->prefix != prefixes)
			continue;
		alias_of(&a, n);
		err = put(m, &a, prefixes, list);
	}

	return err;
}


/* ---- what became of them ---- */

typedef void(each_h)(struct name *n, void *arg);


static void each(struct upstream_reg *reg, enum name_state state, each_h *h,
		 void *arg)
{
	struct le *le = list_head(&reg->batch);

	while (le) {
		struct name *n = le->data;

		le = le->next;
		if (n->state == state)
			h(n, arg);
	}
}


static void told(struct name *n, void *arg)
{
	(void)arg;
	state_set(n, NAME_TOLD);
}


void names_told(struct upstream_reg *reg)
{
	each(reg, NAME_ASKED, told, NULL);
}


static bool is_named(const struct name *n, const void *list)
{
	const A_SEQUENCE_OF(struct AliasAddress) *l = list;
	struct alias a;
	int i;

	for (i = 0; l && i < l->count && i < ALIASES_MAX; i++) {
		if (alias_get(&a, l->array[i]) && !strcmp(a.text, n->text))
			return true;
	}

	return false;
}


struct refusing {
	const void *list;
	size_t asked, named;
};


static void look(struct name *n, void *arg)
{
	struct refusing *r = arg;

	++r->asked;
	r->named += is_named(n, r->list);
}


static void refuse(struct name *n, void *arg)
{
	const struct refusing *r = arg;

	if (r->named ? !is_named(n, r->list) : n->reg->alone && r->asked > 1) {
		state_set(n, NAME_NEW);
		return;
	}
	n->reg->up->h.refusedh(n->reg, n->text, n->reg->up->arg);
	state_set(n, NAME_REFUSED);
}


/* the gatekeeper says who it is; or else they are asked for one by one */
void names_refused(struct upstream_reg *reg, const void *list)
{
	struct refusing r = {.list = list};

	each(reg, NAME_ASKED, look, &r);
	if (!r.named && r.asked > 1 && reg->additive)
		reg->alone = true;
	each(reg, NAME_ASKED, refuse, &r);
}


static void left(struct name *n, void *arg)
{
	(void)arg;
	mem_deref(n);
}


void names_left(struct upstream_reg *reg)
{
	each(reg, NAME_LEFT, left, NULL);
}


void names_anew(struct upstream_reg *reg, bool again)
{
	struct le *le = list_head(&reg->names);

	while (le) {
		struct name *n = le->data;

		le = le->next;
		if (n->state == NAME_LEAVING || n->state == NAME_LEFT)
			mem_deref(n);
		else if (n->state != NAME_REFUSED || again)
			state_set(n, NAME_NEW); /* in their order */
	}
	if (again)
		reg->alone = false;
}


bool names_again(struct upstream_reg *reg)
{
	struct le *le;
	bool any = false;

	for (le = list_head(&reg->names); le; le = le->next) {
		struct name *n = le->data;

		if (n->state != NAME_REFUSED)
			continue;
		state_set(n, NAME_NEW);
		any = true;
	}
	reg->alone = false;

	return any;
}


/* those that leave stand first */
bool names_leaving(const struct upstream_reg *reg)
{
	const struct name *n = list_ledata(list_head(&reg->todo));

	return n && n->state == NAME_LEAVING;
}


bool names_waiting(const struct upstream_reg *reg)
{
	const struct name *n = list_ledata(list_tail(&reg->todo));

	return n && n->state == NAME_NEW;
}


void upstream_names_each(const struct upstream_reg *reg, upstream_name_h *h,
			 void *arg)
{
	struct alias a;
	struct le *le;

	for (le = list_head(&reg->names); le; le = le->next) {
		const struct name *n = le->data;

		alias_of(&a, n);
		h(&a, n->prefix, n->state == NAME_TOLD, arg);
	}
}
