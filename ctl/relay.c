/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ctl/relay.c  The commands that ask relays
 *
 * Answers are as doc/relay-protocol.md has them; --json hands them on.
 */
#include <stdlib.h>
#include <string.h>
#include "ctl/ctl.h"

/** What is done with one session of one relay; non-zero stops */
typedef int(session_h)(struct ctl *c, const char *path, json_t *session,
		       void *arg);


static json_int_t num(const json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}


static const char *str(const json_t *o, const char *name)
{
	return ctl_text(json_string_value(json_object_get(o, name)));
}


/* "192.0.2.1:4000", "[2001:db8::1]:4000" or "-" */
static const char *endpoint(char buf[80], const json_t *o)
{
	const char *a = json_string_value(json_object_get(o, "address"));

	if (!a)
		return "-";
	(void)snprintf(buf, 80, strchr(a, ':') ? "[%s]:%d" : "%s:%d", a,
		       (int)num(o, "port"));
	return buf;
}


static int each_of_relay(struct ctl *c, const char *path, session_h *h,
			 void *arg)
{
	struct rpc_sync *rs;
	char after[160] = "";
	bool more = true;
	int e = ctl_connect(c, path, &rs);

	if (e)
		return e;

	while (!e && more) {
		json_t *params = json_pack("{s:s*}", "after",
					   *after ? after : NULL);
		json_t *result = NULL, *se;
		size_t i;

		e = ctl_ask(c, rs, path, "session.list", params, &result);
		json_decref(params);
		more = json_is_true(json_object_get(result, "more"));
		json_array_foreach(json_object_get(result, "sessions"), i, se)
		{
			(void)snprintf(after, sizeof(after), "%s",
				       str(se, "id"));
			if (!e)
				e = h(c, path, se, arg);
		}
		if (!e && !i)
			more = false;
		json_decref(result);
	}

	rpc_sync_close(rs);
	return e;
}


static int each_session(struct ctl *c, session_h *h, void *arg)
{
	int e = CTL_OK;

	for (size_t i = 0; i < c->nrelays; i++) {
		int one = each_of_relay(c, c->relays[i], h, arg);

		e = one ? one : e;
	}
	return e;
}


static json_int_t sum(const json_t *session, const char *member)
{
	json_int_t total = 0;
	const json_t *st;
	size_t i;

	json_array_foreach(json_object_get(session, "streams"), i, st)
	{
		total += num(json_object_get(st, "a"), member) +
			 num(json_object_get(st, "b"), member);
	}
	return total;
}


/* Who moves its packets: the kernel, the relay's sockets, or one each way */
static const char *path_of(const json_t *a, const json_t *b)
{
	return strcmp(str(a, "path"), str(b, "path")) ? "both"
						      : str(a, "path");
}


static int session_row(struct ctl *c, const char *path, json_t *se, void *arg)
{
	const json_t *st = json_array_get(json_object_get(se, "streams"), 0);
	const json_t *a = json_object_get(st, "a");
	const json_t *b = json_object_get(st, "b");
	struct table *t = arg;
	char age[32], ea[80], eb[80];
	int err = 0;

	(void)path;
	err |= table_cell(t, "%s", str(se, "id"));
	err |= table_cell(t, "%s", str(se, "label"));
	err |= table_cell(t, "%s",
			  ctl_age(age, c->now - num(se, "created")));
	err |= table_cell(t, "%s",
			  json_is_true(json_object_get(se, "hold")) ? "hold"
			  : ctl_age(age, 1000 * num(se, "idle")));
	err |= table_cell(t, "%s", endpoint(ea, json_object_get(a, "source")));
	err |= table_cell(t, "%s", endpoint(eb, json_object_get(b, "source")));
	err |= table_cell(t, "%s", path_of(a, b));
	err |= table_cell(t, "%lld", (long long)sum(se, "packets"));
	err |= table_cell(t, "%lld", (long long)sum(se, "dropped"));
	err |= table_cell(t, "%lld", (long long)sum(se, "lost"));
	return err ? CTL_FAILED : CTL_OK;
}


static int session_json(struct ctl *c, const char *path, json_t *se, void *arg)
{
	(void)c;
	(void)json_object_set_new(se, "relay", json_string(path));
	return json_array_append(arg, se) ? CTL_FAILED : CTL_OK;
}


/** posternctl sessions */
int ctl_sessions(struct ctl *c)
{
	static const char *const headings[] = {
		"SESSION", "CALL", "AGE", "IDLE", "A", "B", "PATH",
		"PACKETS", "DROPPED", "LOST",
	};
	struct table *t;
	int e;

	if (c->json) {
		json_t *all = json_array();

		e = each_session(c, session_json, all);
		return ctl_print_json(c, json_pack("{s:o}", "sessions", all))
			       ? CTL_FAILED
			       : e;
	}

	t = table_alloc(headings, 10);
	if (!t)
		return CTL_FAILED;
	for (size_t i = 7; i < 10; i++)
		table_right(t, i);
	e = each_session(c, session_row, t);
	if (table_rows(t) || !e)
		table_print(t, c->out);
	table_free(t);
	return e;
}


static void print_refused(struct ctl *c, const json_t *refused)
{
	const char *why;
	json_t *n;

	json_object_foreach((json_t *)(uintptr_t)refused, why, n)
	{
		if (json_integer_value(n))
			fprintf(c->out, "     refused %-10s %lld\n", why,
				(long long)json_integer_value(n));
	}
}


static void print_leg(struct ctl *c, const char *name, const json_t *leg)
{
	char local[80], remote[80], source[80];

	fprintf(c->out, "  %s  local %s  signalled %s  source %s\n", name,
		endpoint(local, json_object_get(leg, "local")),
		endpoint(remote, json_object_get(leg, "remote")),
		endpoint(source, json_object_get(leg, "source")));
	fprintf(c->out, "     %s, %s, %s, rtcp %s, path %s\n",
		str(leg, "policy"), str(leg, "state"), str(leg, "interface"),
		str(leg, "rtcp"), str(leg, "path"));
	fprintf(c->out, "     %lld packets, %lld octets; RTCP %lld; "
		"dropped %lld, lost %lld\n",
		(long long)num(leg, "packets"), (long long)num(leg, "bytes"),
		(long long)num(leg, "rtcpPackets"),
		(long long)num(leg, "dropped"), (long long)num(leg, "lost"));
	print_refused(c, json_object_get(leg, "refused"));
}


static void print_session(struct ctl *c, const char *path, const json_t *se)
{
	const json_t *st;
	char age[32];
	size_t i;

	fprintf(c->out, "session %s\ncall    %s\nrelay   %s\nowner   %s\n",
		str(se, "id"), str(se, "label"), path, str(se, "owner"));
	fprintf(c->out, "open    %s, %s%llds since the last packet, "
		"timeout %lld s\n",
		ctl_age(age, c->now - num(se, "created")),
		json_is_true(json_object_get(se, "hold")) ? "on hold, " : "",
		(long long)num(se, "idle"), (long long)num(se, "timeout"));
	json_array_foreach(json_object_get(se, "streams"), i, st)
	{
		fprintf(c->out, "stream %lld, %s\n",
			(long long)num(st, "index"), str(st, "media"));
		print_leg(c, "a", json_object_get(st, "a"));
		print_leg(c, "b", json_object_get(st, "b"));
	}
}


/* asks each relay until one knows the session */
static int ask_for(struct ctl *c, const char *method, json_t *params,
		   const char **path, json_t **result)
{
	int unreachable = CTL_OK;

	for (size_t i = 0; i < c->nrelays; i++) {
		struct rpc_sync *rs;
		int e = ctl_connect(c, c->relays[i], &rs);

		if (!e) {
			e = ctl_ask(c, rs, c->relays[i], method, params,
				    result);
			rpc_sync_close(rs);
		}
		if (e == CTL_UNREACHABLE)
			unreachable = e;
		else if (e != CTL_NOT_FOUND) {
			*path = c->relays[i];
			return e;
		}
	}

	return unreachable ? unreachable : CTL_NOT_FOUND;
}


static int session_command(struct ctl *c, const char *method, json_t *params,
			   const char *id)
{
	json_t *result = NULL;
	const char *path = "";
	int e = params ? ask_for(c, method, params, &path, &result)
		       : CTL_FAILED;

	json_decref(params);
	if (e == CTL_NOT_FOUND)
		fprintf(c->err, "posternctl: no session \"%s\" (posternctl "
			"sessions lists them)\n", id);
	if (e)
		return e;
	if (c->json)
		return ctl_print_json(c, result);

	print_session(c, path, result);
	json_decref(result);
	return CTL_OK;
}


/** posternctl session ID */
int ctl_session(struct ctl *c, const char *id)
{
	return session_command(c, "session.get", json_pack("{s:s}", "id", id),
			       id);
}


/** posternctl close ID: answers with the final counters */
int ctl_close(struct ctl *c, const char *id)
{
	return session_command(
		c, "session.close",
		json_pack("{s:s, s:s}", "id", id, "reason", "operator"), id);
}


/** posternctl drain on|off */
int ctl_drain(struct ctl *c, const char *onoff)
{
	bool on = !strcmp(onoff, "on");
	int e = CTL_OK;

	if (!on && strcmp(onoff, "off")) {
		fprintf(c->err, "posternctl: drain takes \"on\" or \"off\", "
			"not \"%s\"\n", onoff);
		return CTL_USAGE;
	}

	for (size_t i = 0; i < c->nrelays; i++) {
		json_t *params = json_pack("{s:b}", "on", on);
		struct rpc_sync *rs;
		json_t *result = NULL;
		int one = ctl_connect(c, c->relays[i], &rs);

		if (!one) {
			one = ctl_ask(c, rs, c->relays[i], "relay.drain",
				      params, &result);
			rpc_sync_close(rs);
		}
		if (!one && c->json)
			(void)ctl_print_json(c, json_incref(result));
		else if (!one)
			fprintf(c->out, "%s: %s\n", c->relays[i],
				on ? "takes no new sessions"
				   : "takes new sessions");
		json_decref(params);
		json_decref(result);
		e = one ? one : e;
	}
	return e;
}


static int relay_status(struct ctl *c, const char *path, json_t **status)
{
	struct rpc_sync *rs;
	int e = ctl_connect(c, path, &rs);

	if (e)
		return e;
	e = ctl_ask(c, rs, path, "relay.status", NULL, status);
	rpc_sync_close(rs);
	if (!e)
		(void)json_object_set_new(*status, "socket",
					  json_string(path));
	return e;
}


static int print_relays(struct ctl *c, const json_t *relays)
{
	static const char *const headings[] = {
		"RELAY", "VERSION", "UP", "SESSIONS", "STREAMS", "PORTS FREE",
		"MEDIA BY", "STATE",
	};
	struct table *t = table_alloc(headings, 8);
	const json_t *r;
	char age[32];
	int err = 0;
	size_t i;

	if (!t)
		return CTL_FAILED;
	for (i = 3; i < 6; i++)
		table_right(t, i);
	json_array_foreach(relays, i, r)
	{
		err |= table_cell(t, "%s", str(r, "socket"));
		err |= table_cell(t, "%s", str(r, "version"));
		err |= table_cell(
			t, "%s", ctl_age(age, c->now - num(r, "startedAt")));
		err |= table_cell(t, "%lld", (long long)num(r, "sessions"));
		err |= table_cell(t, "%lld", (long long)num(r, "streams"));
		err |= table_cell(t, "%lld", (long long)num(r, "portsFree"));
		err |= table_cell(t, "%s%s", *str(r, "kernel") ? "kernel, " : "",
				  json_is_true(json_object_get(r, "ioUring"))
					  ? "io_uring"
					  : "epoll");
		err |= table_cell(t, "%s",
				  json_is_true(json_object_get(r, "draining"))
					  ? "draining"
					  : "serving");
	}
	if (table_rows(t))
		table_print(t, c->out);
	table_free(t);
	return err ? CTL_FAILED : CTL_OK;
}


/** posternctl status: what can be reached is shown, whatever can't */
int ctl_status(struct ctl *c)
{
	json_t *relays = json_array(), *store = NULL;
	int e = CTL_OK, one;

	for (size_t i = 0; i < c->nrelays; i++) {
		json_t *status = NULL;

		one = relay_status(c, c->relays[i], &status);
		if (!one)
			(void)json_array_append_new(relays, status);
		e = one ? one : e;
	}
	one = ctl_store_status(c, &store);
	e = one ? one : e;

	if (c->json)
		return ctl_print_json(c, json_pack("{s:o, s:o?}", "relays",
						   relays, "store", store))
			       ? CTL_FAILED
			       : e;

	one = print_relays(c, relays);
	if (store)
		fprintf(c->out, "%s%s: %lld SIP and %lld H.323 contacts, "
			"%lld calls going on\n",
			json_array_size(relays) ? "\n" : "", c->store,
			(long long)num(store, "sipContacts"),
			(long long)num(store, "h323Contacts"),
			(long long)num(store, "activeCalls"));
	json_decref(relays);
	json_decref(store);
	return one ? one : e;
}
