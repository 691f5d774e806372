/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ctl/h323.c  What is asked of h323gw
 */
#include <stdio.h>
#include <string.h>
#include "ctl/ctl.h"

enum {
	NAMES_LEN  = 120, /* of aliases shown in a line */
	SECRET_LEN = 512, /* octets of a password's line */
};


static const char *str(const json_t *o, const char *name)
{
	return ctl_text(json_string_value(json_object_get(o, name)));
}


static long long num(const json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}


static int ask(struct ctl *c, const char *method, json_t *params,
	       json_t **result)
{
	return ctl_ask_once(c, c->h323gw, method, params, result);
}


/* ---- status ---- */

static int status(struct ctl *c, const char *arg)
{
	json_t *j = NULL;
	const int e = ask(c, "h323.status", NULL, &j);
	(void)arg;

	if (e)
		return e;
	if (c->json)
		return ctl_print_json(c, j);
	fprintf(c->out, "gatekeeper %s at %s %s\n", str(j, "identifier"),
		str(j, "address"),
		json_object_get(j, "address6") ? str(j, "address6") : "");
	fprintf(c->out, "  %lld endpoints, %lld calls admitted\n",
		num(j, "endpoints"), num(j, "admitted"));
	fprintf(c->out, "  relay: %s\n",
		json_is_object(json_object_get(j, "relay"))
			? str(json_object_get(j, "relay"), "state")
			: "none");
	json_decref(j);

	return CTL_OK;
}


/* ---- endpoints ---- */

/* "anna, 1001, 49*" */
static void names(char *buf, size_t size, const json_t *ep)
{
	const json_t *name;
	size_t i, n = 0;

	buf[0] = '\0';
	json_array_foreach(json_object_get(ep, "aliases"), i, name)
	{
		if (n < size)
			n += (size_t)snprintf(buf + n, size - n, "%s%s",
					      n ? ", " : "",
					      str(name, "text"));
	}
	json_array_foreach(json_object_get(ep, "prefixes"), i, name)
	{
		if (n < size)
			n += (size_t)snprintf(buf + n, size - n, "%s%s*",
					      n ? ", " : "",
					      str(name, "text"));
	}
}


static void print_endpoints(struct ctl *c, const json_t *all)
{
	static const char *const headings[] = {"ALIASES", "TYPE", "ADDRESS",
					       "AGENT",	  "TTL",  "CALLS",
					       "PRODUCT", "ID"};
	struct table *t = table_alloc(headings, 8);
	const json_t *ep;
	size_t i;

	if (!t)
		return;
	table_right(t, 4);
	table_right(t, 5);
	json_array_foreach(all, i, ep)
	{
		char buf[NAMES_LEN];

		names(buf, sizeof(buf), ep);
		(void)table_cell(t, "%s", buf);
		(void)table_cell(t, "%s", str(ep, "type"));
		(void)table_cell(t, "%s", str(ep, "callSignalAddress"));
		(void)table_cell(t, "%s",
				 json_is_true(json_object_get(ep, "nat"))
					 ? "(NAT)"
					 : str(ep, "agent"));
		(void)table_cell(t, "%lld",
				 (num(ep, "expires") - c->now) / 1000);
		(void)table_cell(t, "%lld", num(ep, "calls"));
		(void)table_cell(t, "%s", str(ep, "vendor"));
		(void)table_cell(t, "%s", str(ep, "endpointIdentifier"));
	}
	table_print(t, c->out);
	table_free(t);
}


static int endpoints(struct ctl *c, const char *who)
{
	json_t *j = NULL, *all;
	const int e = ask(c, "h323.endpoints",
			  json_pack("{s:s*}", "filter", who), &j);
	size_t n;

	if (e)
		return e;
	all = json_object_get(j, "endpoints");
	n   = json_array_size(all);
	if (c->json)
		(void)ctl_print_json(c, json_incref(all));
	else if (n)
		print_endpoints(c, all);
	else
		fprintf(who ? c->err : c->out, "nobody is registered%s%s\n",
			who ? " as " : "", who ? who : "");
	if (!c->json && !who && num(j, "registered") > (long long)n)
		fprintf(c->out, "... of %lld\n", num(j, "registered"));
	json_decref(j);

	return who && !n ? CTL_NOT_FOUND : CTL_OK;
}


/* ---- the gatekeeper above ---- */

static void print_registrations(struct ctl *c, const json_t *all)
{
	static const char *const headings[] = {"ALIASES", "STATE", "ADDRESS",
					       "NAMES",	  "TTL",   "HEARD",
					       "ID THERE"};
	struct table *t = table_alloc(headings, 7);
	const json_t *r;
	char buf[NAMES_LEN];
	size_t i;

	if (!t)
		return;
	table_right(t, 4);
	table_right(t, 5);
	json_array_foreach(all, i, r)
	{
		const char *why = json_string_value(
			json_object_get(r, "reason"));

		names(buf, sizeof(buf), r);
		(void)table_cell(t, "%s", buf);
		(void)table_cell(t, "%s%s%s", str(r, "state"),
				 why ? ": " : "", why ? why : "");
		(void)table_cell(t, "%s", str(r, "address"));
		(void)table_cell(t, "%lld/%lld", num(r, "registered"),
				 num(r, "names"));
		(void)table_cell(t, "%lld", num(r, "ttl"));
		(void)table_cell(t, "%s",
				 num(r, "heard")
					 ? ctl_age(buf, c->now -
							  num(r, "heard"))
					 : "never");
		(void)table_cell(t, "%s", str(r, "endpointIdentifier"));
	}
	table_print(t, c->out);
	table_free(t);
}


static int upstream(struct ctl *c, const char *who)
{
	json_t *j = NULL, *all;
	const int e = ask(c, "h323.upstream",
			  json_pack("{s:s*}", "filter", who), &j);
	size_t n;

	if (e)
		return e;
	all = json_object_get(j, "registrations");
	n   = json_array_size(all);
	if (c->json)
		return ctl_print_json(c, j);
	if (!json_object_get(j, "gatekeeper"))
		fputs("there is no gatekeeper above\n", c->out);
	else {
		fprintf(c->out, "gatekeeper %s, %s, %lld calls\n",
			str(j, "gatekeeper"),
			strcmp(str(j, "mode"), "one") ? "each terminal"
						      : "one endpoint",
			num(j, "callsNow"));
		if (n)
			print_registrations(c, all);
		else
			fprintf(c->out, "nobody is to be registered%s%s\n",
				who ? " as " : "", who ? who : "");
	}
	json_decref(j);

	return who && !n ? CTL_NOT_FOUND : CTL_OK;
}


/* ---- calls ---- */

/* its alias, or where it is; "behind AGENT" */
static void party(struct table *t, const json_t *call, const char *side)
{
	const json_t *p	   = json_object_get(call, side);
	const char *alias  = json_string_value(json_object_get(p, "alias"));
	const json_t *agent = json_object_get(p, "agent");

	(void)table_cell(t, "%s%s%s",
			 alias && *alias ? alias : str(p, "address"),
			 agent ? " behind " : "",
			 agent ? json_string_value(agent) : "");
}


static void print_calls(struct ctl *c, const json_t *all)
{
	static const char *const headings[] = {"ID", "STATE", "CALLER",
					       "CALLED", "FOR"};
	struct table *t = table_alloc(headings, 5);
	const json_t *call;
	char age[32];
	size_t i;

	if (!t)
		return;
	table_right(t, 4);
	json_array_foreach(all, i, call)
	{
		(void)table_cell(t, "%s", str(call, "id"));
		(void)table_cell(t, "%s", str(call, "state"));
		party(t, call, "caller");
		party(t, call, "callee");
		(void)table_cell(t, "%s",
				 ctl_age(age, c->now - num(call, "start")));
	}
	if (table_rows(t))
		table_print(t, c->out);
	else
		fputs("no calls\n", c->out);
	table_free(t);
}


static int calls(struct ctl *c, const char *arg)
{
	json_t *j = NULL;
	const int e = ask(c, "h323.calls", NULL, &j);
	(void)arg;

	if (e)
		return e;
	if (c->json)
		(void)ctl_print_json(c,
				     json_incref(json_object_get(j, "calls")));
	else
		print_calls(c, json_object_get(j, "calls"));
	json_decref(j);

	return CTL_OK;
}


/* ---- what is done ---- */

static int done(struct ctl *c, int e, json_t *j, const char *what,
		const char *whom)
{
	if (e == CTL_NOT_FOUND)
		fprintf(c->err, "posternctl: there is no %s\n", whom);
	else if (!e && c->json)
		return ctl_print_json(c, j);
	else if (!e)
		fprintf(c->out, "%s: %s\n", whom, what);
	json_decref(j);

	return e;
}


static int unregister(struct ctl *c, const char *who)
{
	json_t *j = NULL;
	const int e = ask(c, "h323.unregister",
			  json_pack("{s:s}", "endpoint", who), &j);

	return done(c, e, j, "unregistered", who);
}


static int disconnect(struct ctl *c, const char *id)
{
	json_t *j = NULL;
	const int e = ask(c, "h323.disconnect", json_pack("{s:s}", "id", id),
			  &j);

	return done(c, e, j, "ended", id);
}


/* ---- passwords ---- */

static int secrets(struct ctl *c, const char *arg)
{
	static const char *const headings[] = {"ALIAS", "TYPE"};
	json_t *j = NULL, *all;
	const int e = ask(c, "h323.secret.list", NULL, &j);
	const json_t *one;
	struct table *t;
	size_t i;
	(void)arg;

	if (e)
		return e;
	all = json_object_get(j, "secrets");
	t   = c->json ? NULL : table_alloc(headings, 2);
	json_array_foreach(t ? all : NULL, i, one)
	{
		(void)table_cell(t, "%s", str(one, "alias"));
		(void)table_cell(t, "%s", str(one, "type"));
	}
	if (c->json)
		(void)ctl_print_json(c, json_incref(all));
	else if (t && table_rows(t))
		table_print(t, c->out);
	else
		fputs("no alias has a password\n", c->out);
	table_free(t);
	json_decref(j);

	return CTL_OK;
}


static int secret(struct ctl *c, const char *alias)
{
	char text[SECRET_LEN];
	json_t *j = NULL;
	int e;

	if (!ctl_secret_read(c, "password", text, sizeof(text))) {
		fputs("posternctl: a password, one line, is expected on "
		      "standard input\n", c->err);
		return CTL_USAGE;
	}
	e = ask(c, "h323.secret.set",
		json_pack("{s:s,s:s}", "alias", alias, "secret", text), &j);
	explicit_bzero(text, sizeof(text));

	return done(c, e, j, "has this password from now on", alias);
}


static int forget(struct ctl *c, const char *alias)
{
	json_t *j = NULL;
	const int e = ask(c, "h323.secret.remove",
			  json_pack("{s:s}", "alias", alias), &j);

	return done(c, e, j, "has no password any more", alias);
}


static const struct {
	const char *name;
	int least, most; /* arguments */
	int (*h)(struct ctl *c, const char *arg);
} commands[] = {
	{"status", 0, 0, status},
	{"endpoints", 0, 1, endpoints},
	{"calls", 0, 0, calls},
	{"upstream", 0, 1, upstream},
	{"unregister", 1, 1, unregister},
	{"disconnect", 1, 1, disconnect},
	{"secrets", 0, 0, secrets},
	{"secret", 1, 1, secret},
	{"forget", 1, 1, forget},
};


/** posternctl h323 status | endpoints [WHO] | calls | upstream [WHO] |
 *  unregister WHO | disconnect ID | secrets | secret ALIAS | forget ALIAS */
int ctl_h323(struct ctl *c, int argc, char *argv[])
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[0], commands[i].name))
			continue;
		if (argc - 1 < commands[i].least ||
		    argc - 1 > commands[i].most)
			break;
		return commands[i].h(c, argv[1]);
	}
	fputs("posternctl: h323 status | endpoints [WHO] | calls | "
	      "upstream [WHO] | unregister WHO | disconnect ID | secrets | secret ALIAS | "
	      "forget ALIAS\n", c->err);

	return CTL_USAGE;
}
