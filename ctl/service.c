/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ctl/service.c  The commands about services behind agents
 */
#include <string.h>
#include <time.h>
#include "ctl/ctl.h"


enum {
	LOOK_MS = 50, /* how often, while the agent is asked */
};


static const char *str(const json_t *o, const char *name)
{
	return ctl_text(json_string_value(json_object_get(o, name)));
}


static long long num(const json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}


static void print_list(struct ctl *c, const json_t *all)
{
	static const char *const headings[] = {
		"LISTEN", "AGENT",   "TO",  "STATE", "NOW", "CAME",
		"REFUSED", "OUT", "IN", "LAST REFUSED"};
	struct table *t = table_alloc(headings, 10);
	json_t *se;
	size_t i, k;

	if (!t)
		return;
	for (k = 4; k < 9; k++)
		table_right(t, k);
	json_array_foreach(all, i, se)
	{
		(void)table_cell(t, "%s", str(se, "listen"));
		(void)table_cell(t, "%s", str(se, "agent"));
		(void)table_cell(t, "%s", str(se, "to"));
		(void)table_cell(t, "%s", str(se, "state"));
		(void)table_cell(t, "%lld", num(se, "connections"));
		(void)table_cell(t, "%lld", num(se, "accepted"));
		(void)table_cell(t, "%lld", num(se, "refused"));
		(void)table_cell(t, "%lld", num(se, "bytesOut"));
		(void)table_cell(t, "%lld", num(se, "bytesIn"));
		(void)table_cell(t, "%s", str(se, "last"));
	}
	if (table_rows(t))
		table_print(t, c->out);
	else
		fputs("no services (posternctl service open AGENT LISTEN TO)\n",
		      c->out);
	table_free(t);
}


/** posternctl services */
int ctl_services(struct ctl *c)
{
	json_t *all = json_array();
	int e	    = CTL_OK;

	for (size_t i = 0; i < c->nrelays; i++) {
		json_t *one = NULL;
		int o = ctl_ask_once(c, c->relays[i], "service.list", NULL,
				     &one);

		(void)json_array_extend(all, json_object_get(one, "services"));
		json_decref(one);
		e = o ? o : e;
	}

	return ctl_print_all(c, all, e, print_list);
}


/* until the agent has said whether it would */
static int answer(struct ctl *c, const char *relay, json_t **se)
{
	const struct timespec look = {.tv_nsec = LOOK_MS * 1000000L};
	unsigned ms;
	int e = 0;

	for (ms = 0; !e && ms < CTL_TIMEOUT_MS &&
		     !strcmp(str(*se, "state"), "asking"); ms += LOOK_MS) {
		json_t *params = json_pack("{s:s}", "listen",
					   str(*se, "listen"));

		(void)nanosleep(&look, NULL);
		json_decref(*se);
		*se = NULL;
		e   = ctl_ask_once(c, relay, "service.get", params, se);
	}

	return e;
}


/* what became of it; a refused one is taken away again */
static int outcome(struct ctl *c, const char *relay, json_t *se)
{
	const char *state = str(se, "state");
	json_t *closed	  = NULL;

	if (!strcmp(state, "open")) {
		if (c->json)
			return ctl_print_json(c, json_incref(se));
		fprintf(c->out, "%s leads to %s through %s\n",
			str(se, "listen"), str(se, "to"), str(se, "agent"));
		return CTL_OK;
	}

	if (strcmp(state, "refused"))
		fprintf(c->err, "posternctl: agent %s has not answered: see "
			"posternctl services\n", str(se, "agent"));
	else
		fprintf(c->err, "posternctl: agent %s refuses %s: %s\n",
			str(se, "agent"), str(se, "to"), str(se, "last"));
	if (!strcmp(state, "refused"))
		(void)ctl_ask_once(c, relay, "service.close",
				   json_pack("{s:s}", "listen",
					     str(se, "listen")), &closed);
	json_decref(closed);

	return CTL_FAILED;
}


static int open_service(struct ctl *c, const char *agent, const char *at,
			const char *to)
{
	json_t *se = NULL;
	int e	   = CTL_NOT_FOUND;
	size_t i;

	for (i = 0; i < c->nrelays && e == CTL_NOT_FOUND; i++)
		e = ctl_ask_once(c, c->relays[i], "service.open",
				 json_pack("{s:s,s:s,s:s}", "agent", agent,
					   "listen", at, "to", to),
				 &se);
	if (e == CTL_NOT_FOUND)
		fprintf(c->err, "posternctl: there is no agent %s\n", agent);
	if (!e)
		e = answer(c, c->relays[i - 1], &se);
	if (!e)
		e = outcome(c, c->relays[i - 1], se);
	json_decref(se);

	return e;
}


static int close_service(struct ctl *c, const char *at)
{
	json_t *se = NULL;
	int e	   = CTL_NOT_FOUND;
	size_t i;

	for (i = 0; i < c->nrelays && e == CTL_NOT_FOUND; i++)
		e = ctl_ask_once(c, c->relays[i], "service.close",
				 json_pack("{s:s}", "listen", at), &se);
	if (e == CTL_NOT_FOUND)
		fprintf(c->err, "posternctl: there is no service on %s\n", at);
	if (!e && c->json)
		return ctl_print_json(c, se);
	if (!e)
		fprintf(c->out, "%s: closed, %lld connections cut\n", at,
			num(se, "connections"));
	json_decref(se);

	return e;
}


/** posternctl service open AGENT LISTEN TO, service close LISTEN */
int ctl_service(struct ctl *c, int argc, char *argv[])
{
	if (argc == 4 && !strcmp(argv[0], "open"))
		return open_service(c, argv[1], argv[2], argv[3]);
	if (argc == 2 && !strcmp(argv[0], "close"))
		return close_service(c, argv[1]);

	fputs("posternctl: service takes \"open\" AGENT LISTEN TO, or "
	      "\"close\" LISTEN\n", c->err);

	return CTL_USAGE;
}
