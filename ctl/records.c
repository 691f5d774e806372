/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ctl/records.c  The commands that read the store
 */
#include <string.h>
#include "store/store.h"
#include "ctl/ctl.h"

/** Where rows go: one of the two is set */
struct sink {
	struct ctl *c;
	struct table *t;
	json_t *array;
};


static int open_store(struct ctl *c, struct store **s)
{
	const struct store_conf conf = {.path = c->store, .readonly = true};
	char why[256] = "";
	int err = store_open(s, &conf, why, sizeof(why));

	if (!err)
		return 0;

	fprintf(c->err, "posternctl: %s (--store FILE names another)\n",
		*why ? why : strerror(err));
	return CTL_UNREACHABLE;
}


static int read_failed(struct ctl *c, const struct store *s)
{
	fprintf(c->err, "posternctl: %s: %s\n", c->store, store_strerror(s));
	return CTL_FAILED;
}


static const char *kind_name(enum store_kind kind)
{
	return kind == STORE_H323 ? "h323" : "sip";
}


static int contact_json(const struct store_contact *ct, json_t *array)
{
	return json_array_append_new(
		array,
		json_pack("{s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, "
			  "s:s?, s:I, s:I, s:I, s:b}",
			  "kind", kind_name(ct->kind), "alias", ct->alias,
			  "id", ct->id, "contact", ct->callSignalAddress,
			  "received", ct->received, "transport",
			  ct->transport, "agent", ct->agent, "path", ct->path,
			  "userAgent", ct->userAgent, "expires",
			  (json_int_t)ct->expires, "firstSeen",
			  (json_int_t)ct->firstSeen, "lastSeen",
			  (json_int_t)ct->lastSeen, "nat", ct->nat));
}


static int contact_handler(const struct store_contact *ct, void *arg)
{
	struct sink *k = arg;
	int64_t now = k->c->now;
	char seen[32], left[32];
	int err = 0;

	if (k->array)
		return contact_json(ct, k->array);

	err |= table_cell(k->t, "%s", ctl_text(ct->alias));
	err |= table_cell(k->t, "%s", kind_name(ct->kind));
	err |= table_cell(k->t, "%s", ctl_text(ct->callSignalAddress));
	err |= table_cell(k->t, "%s", ctl_text(ct->received));
	err |= table_cell(k->t, "%s", ctl_text(ct->transport));
	err |= table_cell(k->t, "%s", ct->nat ? "yes" : "no");
	err |= table_cell(k->t, "%s", ctl_text(ct->agent));
	err |= table_cell(k->t, "%s",
			  ct->expires ? ctl_age(left, ct->expires - now)
				      : "never");
	err |= table_cell(k->t, "%s", ctl_age(seen, now - ct->lastSeen));
	err |= table_cell(k->t, "%s", ctl_text(ct->userAgent));
	return err;
}


static int contacts(struct ctl *c, const char *alias, struct sink *k)
{
	struct store *s;
	int e = open_store(c, &s);

	if (e)
		return e;
	if (store_contact_each(s, STORE_SIP, alias, c->now, contact_handler,
			       k) ||
	    store_contact_each(s, STORE_H323, alias, c->now, contact_handler,
			       k))
		e = read_failed(c, s);
	store_close(s);
	return e;
}


static int none_found(struct ctl *c, const char *alias, size_t n)
{
	if (!alias || n)
		return CTL_OK;
	fprintf(c->err, "posternctl: nobody is registered as \"%s\"\n",
		alias);
	return CTL_NOT_FOUND;
}


/** posternctl registrations [AOR] */
int ctl_registrations(struct ctl *c, const char *alias)
{
	static const char *const headings[] = {
		"ALIAS", "KIND", "CONTACT", "RECEIVED", "VIA", "NAT", "AGENT",
		"EXPIRES", "SEEN", "USER AGENT",
	};
	struct sink k = {.c = c};
	size_t n;
	int e;

	if (c->json) {
		k.array = json_array();
		e = contacts(c, alias, &k);
		n = json_array_size(k.array);
		if (ctl_print_json(c, json_pack("{s:o}", "registrations",
						k.array)))
			return CTL_FAILED;
		return e ? e : none_found(c, alias, n);
	}

	k.t = table_alloc(headings, 10);
	if (!k.t)
		return CTL_FAILED;
	e = contacts(c, alias, &k);
	n = table_rows(k.t);
	if (!e && (n || !alias))
		table_print(k.t, c->out);
	table_free(k.t);
	return e ? e : none_found(c, alias, n);
}


static int call_json(const struct store_call *ca, json_t *array)
{
	return json_array_append_new(
		array,
		json_pack("{s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, "
			  "s:s?, s:I, s:I, s:I, s:s?, s:i, s:s?}",
			  "id", ca->id, "kind", kind_name(ca->kind),
			  "callIdentifier", ca->callIdentifier, "caller",
			  ca->caller, "callee", ca->callee, "callerAddress",
			  ca->callerAddress, "calleeAddress",
			  ca->calleeAddress, "callerAgent", ca->callerAgent,
			  "calleeAgent", ca->calleeAgent, "start",
			  (json_int_t)ca->start, "answer",
			  (json_int_t)ca->answer, "end", (json_int_t)ca->end,
			  "endReason", ca->endReason, "endCode", ca->endCode,
			  "endedBy", ca->endedBy));
}


static int call_handler(const struct store_call *ca, void *arg)
{
	struct sink *k = arg;
	int64_t now = k->c->now;
	char ago[32], talk[32];
	int err = 0;

	if (k->array)
		return call_json(ca, k->array);

	err |= table_cell(k->t, "%s", ctl_age(ago, now - ca->start));
	err |= table_cell(k->t, "%s", kind_name(ca->kind));
	err |= table_cell(k->t, "%s", ctl_text(ca->caller));
	err |= table_cell(k->t, "%s", ctl_text(ca->callee));
	err |= table_cell(k->t, "%s", ctl_text(ca->callerAddress));
	err |= table_cell(k->t, "%s", ctl_text(ca->calleeAddress));
	err |= table_cell(k->t, "%s",
			  ca->answer ? ctl_age(talk, (ca->end ? ca->end
							      : now) -
							     ca->answer)
				     : "-");
	err |= table_cell(k->t, "%s",
			  ca->end      ? ctl_text(ca->endReason)
			  : ca->answer ? "talking"
				       : "ringing");
	err |= table_cell(k->t, "%s", ctl_text(ca->callIdentifier));
	return err;
}


static int calls(struct ctl *c, struct sink *k)
{
	struct store *s;
	int e = open_store(c, &s);

	if (e)
		return e;
	if (store_call_each(s, !c->all, c->limit, call_handler, k))
		e = read_failed(c, s);
	store_close(s);
	return e;
}


/** posternctl calls */
int ctl_calls(struct ctl *c)
{
	static const char *const headings[] = {
		"STARTED", "KIND", "CALLER", "CALLEE", "CALLER AT",
		"CALLEE AT", "TALK", "STATE", "CALL-ID",
	};
	struct sink k = {.c = c};
	int e;

	if (c->json) {
		k.array = json_array();
		e = calls(c, &k);
		return ctl_print_json(c, json_pack("{s:o}", "calls", k.array))
			       ? CTL_FAILED
			       : e;
	}

	k.t = table_alloc(headings, 9);
	if (!k.t)
		return CTL_FAILED;
	e = calls(c, &k);
	if (!e)
		table_print(k.t, c->out);
	table_free(k.t);
	return e;
}


static int count_handler(const struct store_call *ca, void *arg)
{
	(void)ca;
	++*(json_int_t *)arg;
	return 0;
}


/** The store's part of posternctl status */
int ctl_store_status(struct ctl *c, json_t **status)
{
	json_int_t active = 0;
	uint64_t sip, h323;
	struct store *s;
	int e = open_store(c, &s);

	if (e)
		return e;
	if (store_contact_count(s, STORE_SIP, c->now, &sip) ||
	    store_contact_count(s, STORE_H323, c->now, &h323) ||
	    store_call_each(s, true, 0, count_handler, &active))
		e = read_failed(c, s);
	else
		*status = json_pack("{s:s, s:i, s:I, s:I, s:I}", "path",
				    c->store, "schema",
				    store_schema_version(s), "sipContacts",
				    (json_int_t)sip, "h323Contacts",
				    (json_int_t)h323, "activeCalls", active);
	store_close(s);
	return e;
}
