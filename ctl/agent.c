/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ctl/agent.c  The commands about agents
 *
 * A secret is printed once, to standard output, when an agent is added; nobody
 * can get it again.
 */
#include <string.h>
#include "ctl/ctl.h"


static const char *str(const json_t *o, const char *name)
{
	return ctl_text(json_string_value(json_object_get(o, name)));
}


static json_int_t num(const json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}


static int list_of(struct ctl *c, const char *path, json_t *all)
{
	char after[80] = "";
	bool more      = true;
	int e	       = 0;

	while (!e && more) {
		json_t *result = NULL, *list;
		size_t n;

		e = ctl_ask_once(c, path, "agent.list",
			json_pack("{s:s*}", "after", *after ? after : NULL),
			&result);
		list = json_object_get(result, "agents");
		n    = json_array_size(list);
		if (n)
			(void)snprintf(after, sizeof(after), "%s",
				       str(json_array_get(list, n - 1),
					   "name"));
		(void)json_array_extend(all, list);
		more = n && json_is_true(json_object_get(result, "more"));
		json_decref(result);
	}

	return e;
}


/* which way its media go: udp, tunnel, or nobody has seen any */
static const char *way(const json_t *ag)
{
	return json_object_get(ag, "mediaWay") ? str(ag, "mediaWay") : "-";
}


static void print_list(struct ctl *c, const json_t *all)
{
	static const char *const headings[] = {
		"AGENT", "STATE", "FOR", "ADDRESS", "MODE", "MEDIA",
		"CHANNELS", "SOFTWARE"};
	struct table *t = table_alloc(headings, 8);
	json_t *ag;
	size_t i;

	if (!t)
		return;
	table_right(t, 6);
	json_array_foreach(all, i, ag)
	{
		char age[32];

		(void)table_cell(t, "%s", str(ag, "name"));
		(void)table_cell(t, "%s", str(ag, "state"));
		(void)table_cell(t, "%s",
				 num(ag, "since")
					 ? ctl_age(age, c->now - num(ag,
								     "since"))
					 : "-");
		(void)table_cell(t, "%s", str(ag, "address"));
		(void)table_cell(t, "%s", str(ag, "mediaMode"));
		(void)table_cell(t, "%s", way(ag));
		(void)table_cell(t, "%lld", (long long)num(ag, "channels"));
		(void)table_cell(t, "%s", str(ag, "software"));
	}
	if (table_rows(t))
		table_print(t, c->out);
	else
		fputs("no agents (posternctl agent add NAME)\n", c->out);
	table_free(t);
}


/** posternctl agents */
int ctl_agents(struct ctl *c)
{
	json_t *all = json_array();
	int e	    = CTL_OK;

	for (size_t i = 0; i < c->nrelays; i++) {
		int one = list_of(c, c->relays[i], all);

		e = one ? one : e;
	}

	return ctl_print_all(c, all, e, print_list);
}


static int not_found(struct ctl *c, const char *name, int e)
{
	if (e == CTL_NOT_FOUND)
		fprintf(c->err, "posternctl: there is no agent %s\n", name);

	return e;
}


/* what there is of some agents only */
static void print_rest(struct ctl *c, const json_t *ag)
{
	const json_t *over = json_object_get(ag, "overBandwidth");

	if (num(ag, "bandwidth"))
		fprintf(c->out, "bandwidth %lld bit/s each way, %lld of it "
			"promised; %lld packets up and %lld down were too "
			"much\n", (long long)num(ag, "bandwidth"),
			(long long)num(ag, "reserved"),
			(long long)num(over, "up"),
			(long long)num(over, "down"));
	if (num(ag, "mediaKeepalive"))
		fprintf(c->out, "keepalive every %lld ms on silent streams; "
			"%lld mappings lost\n",
			(long long)num(ag, "mediaKeepalive"),
			(long long)num(ag, "mappingsLost"));
	if (num(ag, "channelsRefused") || num(ag, "controlErrors"))
		fprintf(c->out, "refused   %lld channels, %lld control "
			"messages\n", (long long)num(ag, "channelsRefused"),
			(long long)num(ag, "controlErrors"));
}


static int show(struct ctl *c, const char *name)
{
	json_t *ag = NULL;
	int e	   = CTL_NOT_FOUND;

	for (size_t i = 0; i < c->nrelays && e == CTL_NOT_FOUND; i++)
		e = ctl_ask_once(c, c->relays[i], "agent.get",
			json_pack("{s:s}", "name", name), &ag);
	if (e)
		return not_found(c, name, e);
	if (c->json)
		return ctl_print_json(c, ag);

	fprintf(c->out,
		"agent     %s\nproof     %s\nstate     %s\naddress   %s\n"
		"software  %s\n"
		"came      %lld times, %lld of them with the tunnel it had\n"
		"media     %s\nmode      %s\n"
		"channels  %lld\nbytes     %lld in, %lld out, %lld sent again\n",
		str(ag, "name"), str(ag, "proof"), str(ag, "state"),
		str(ag, "address"), str(ag, "software"),
		(long long)num(ag, "came"), (long long)num(ag, "resumed"),
		way(ag), str(ag, "mediaMode"), (long long)num(ag, "channels"),
		(long long)num(ag, "bytesIn"), (long long)num(ag, "bytesOut"),
		(long long)num(ag, "resent"));
	print_rest(c, ag);
	json_decref(ag);

	return CTL_OK;
}


/* what it shows that it is the agent with */
static void print_proof(struct ctl *c, const json_t *ag)
{
	if (json_object_get(ag, "secret"))
		fprintf(c->out, "secret = %s\n", str(ag, "secret"));
	else
		fprintf(c->out, "# for the name %s, by an authority the relay "
			"knows (client_ca)\n"
			"certificate = /etc/postern/agent.crt\n"
			"key = /etc/postern/agent.key\n", str(ag, "name"));
}


/* the ready agent.conf */
static int add(struct ctl *c, const char *name)
{
	json_t *ag = NULL;
	int e	   = ctl_ask_once(c, c->relays[0], "agent.add",
			 json_pack("{s:s,s:b,s:I}", "name", name,
				   "certificate", c->certificate, "bandwidth",
				   (json_int_t)(c->bandwidth > 0
							? c->bandwidth
							: 0)), &ag);

	if (e)
		return e;
	if (c->json)
		return ctl_print_json(c, ag);

	fprintf(c->out,
		"# /etc/postern/agent.conf: for this agent alone (chmod 600)\n"
		"[agent]\nname = %s\n", str(ag, "name"));
	print_proof(c, ag);
	fprintf(c->out,
		"\n[server]\naddress = %s\nfingerprint = %s\n\n"
		"[lan]\n# the address terminals have as their proxy\n"
		"# sip = 192.168.1.2:5060\n"
		"# and H.323 terminals as their gatekeeper\n"
		"# h323 = 192.168.1.2\n",
		str(ag, "server"),
		str(ag, "fingerprint"));
	json_decref(ag);

	return CTL_OK;
}


/* what may change while it is there */
static int set(struct ctl *c, const char *name)
{
	json_t *ag = NULL;
	int e	   = CTL_NOT_FOUND;

	if (c->bandwidth < 0) {
		fprintf(c->err, "posternctl: agent set: --bandwidth is "
			"expected\n");
		return CTL_USAGE;
	}
	for (size_t i = 0; i < c->nrelays && e == CTL_NOT_FOUND; i++)
		e = ctl_ask_once(c, c->relays[i], "agent.set",
			json_pack("{s:s,s:I}", "name", name, "bandwidth",
				  (json_int_t)c->bandwidth), &ag);
	if (e)
		return not_found(c, name, e);
	if (c->json)
		return ctl_print_json(c, ag);
	json_decref(ag);

	return CTL_OK;
}


static int revoke(struct ctl *c, const char *name)
{
	json_t *r = NULL;
	int e	  = CTL_NOT_FOUND;

	for (size_t i = 0; i < c->nrelays; i++) {
		int one = ctl_ask_once(c, c->relays[i], "agent.revoke",
			      json_pack("{s:s}", "name", name), &r);

		if (one != CTL_NOT_FOUND)
			e = one;
		if (!one && !c->json)
			fprintf(c->out, "%s: revoked%s\n", name,
				json_is_true(json_object_get(r, "ended"))
					? ", its tunnel is ended"
					: "");
		if (!one && c->json)
			(void)ctl_print_json(c, json_incref(r));
		json_decref(r);
		r = NULL;
	}

	return not_found(c, name, e);
}


/** posternctl agent NAME, agent add NAME, agent revoke NAME */
int ctl_agent(struct ctl *c, int argc, char *argv[])
{
	if (argc == 1)
		return show(c, argv[0]);
	if (!strcmp(argv[0], "add"))
		return add(c, argv[1]);
	if (!strcmp(argv[0], "set"))
		return set(c, argv[1]);
	if (!strcmp(argv[0], "revoke"))
		return revoke(c, argv[1]);

	fprintf(c->err, "posternctl: agent takes NAME, or \"add\", \"set\" or "
		"\"revoke\" and NAME, not \"%s\"\n", argv[0]);

	return CTL_USAGE;
}
