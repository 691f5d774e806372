/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * relay: what an agent says on its control channel, a line each, while calls
 * through it are opened ("O") and closed ("C") in between. In what it says, id
 * 1 stands for the stream it was told of, id 2 for another agent's, in which it
 * has no say. Of sessions it may ask for a few itself.
 */
#include "rpc/libre.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "relay/agent_leg.h"
#include "relay/agent_session.h"
#include "relay/control.h"
#include "relay/session.h"
#include "relay/stream.h"
#include "relay/tunnels.h"
#include "control_pipe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	OWN_MAX		= 2, /* sessions of the agent's */
	OWN_STREAMS_MAX = 4 * OWN_MAX,
};

static const char public[] = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
static const char range[]  = "{\"address\":\"10.0.0.1\",\"portMin\":20000,"
			     "\"portMax\":20009}";
static const char call[] =
	"{\"id\":\"%s\",\"owner\":\"fuzz\",\"label\":\"x\",\"streams\":[{"
	"\"index\":0,\"media\":\"audio\",\"a\":{\"agent\":\"%s\","
	"\"signalling\":\"10.0.0.9\"},\"b\":{\"signalling\":\"127.0.0.1\"}}]}";

static struct relay *r;
static struct agent *mine, *other;
static char dir[] = "/tmp/postern-fuzz-XXXXXX";


static void check(bool good)
{
	if (!good)
		abort();
}


static void finish(void)
{
	static const char *const files[] = {"agents", "tunnel.crt",
					    "tunnel.key"};
	char path[96];

	r = mem_deref(r);
	for (unsigned i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		(void)unlink(path);
	}
	(void)rmdir(dir);
	(void)fd_setsize(0);
	libre_close();
}


static void say(struct agent *ag, const char *method, const char *params)
{
	struct rpc_error err = {0};
	json_t *o = json_loads(params, 0, NULL), *result = NULL;

	tunnels_request(method, o, &result, &err, ag);
	check(result && !err.code);
	json_decref(result);
	json_decref(o);
}


static void operate(const char *method, const char *params)
{
	json_t *o = json_loads(params, 0, NULL), *result = NULL;
	struct rpc_error err;

	control_dispatch(r, NULL, method, o, &result, &err);
	json_decref(result);
	json_decref(o);
}


static void open_call(const char *id, const struct agent *ag)
{
	char params[512];

	(void)snprintf(params, sizeof(params), call, id, ag->name);
	operate("session.open", params);
}


static void begin(void)
{
	static struct settings s;
	struct settings_iface *si = s.ifacev;

	log_handler_set(pipe_log, NULL);
	check(!libre_init() && mkdtemp(dir));
	strcpy(s.name, "fuzz");
	s.max_sessions	  = 10;
	s.max_streams	  = 10;
	s.orphan_timeout  = 3600;
	s.learning_window = LATCH_WINDOW_MS;
	s.relatch_silence = LATCH_SILENCE_MS;
	s.ifacec	  = 1;
	strcpy(si->name, "default");
	si->port_min = (uint16_t)(20000 + getpid() % 300 * 100);
	si->port_max = (uint16_t)(si->port_min + 99);
	check(!addr_parse(&si->address[0], "127.0.0.1", 0));
	check(!addr_parse(&s.tunnel.listen[0], "127.0.0.1", 0));
	check(!addr_parse(&s.tunnel.registrar, "127.0.0.1", 9));
	s.tunnel.agent_sessions = OWN_MAX;
	s.tunnel.listenc   = 1;
	s.tunnel.keepalive = 4000;
	(void)snprintf(s.tunnel.state, sizeof(s.tunnel.state), "%s", dir);

	check(!relay_alloc(&r, &s) && !tunnels_listen(&r->tunnels, r));
	check(!agents_add(&mine, tunnels_agents(r->tunnels), "mine", public,
			  0));
	check(!agents_add(&other, tunnels_agents(r->tunnels), "other", public,
			  0));
	say(other, "media.range", range);
	open_call("theirs", other);
	(void)atexit(finish);
}


static struct agent_leg *leg_of(const char *id)
{
	struct session *se = session_find(r, id);

	const struct stream *st = se ? list_ledata(list_head(&se->streams))
				     : NULL;

	return st ? st->leg[0].agent : NULL;
}


/* ids are chosen by chance: the fuzzer can't know them */
static void name_ids(json_t *params)
{
	const json_t *id = json_object_get(params, "id");
	const json_int_t n = json_integer_value(id);
	const struct agent_leg *al = n == 1   ? leg_of("mine")
				     : n == 2 ? leg_of("theirs")
					      : NULL;

	if (al)
		(void)json_object_set_new(params, "id",
					  json_integer(al->id));
}


static void on_request(const char *method, const json_t *params,
		       json_t **result, struct rpc_error *err, void *arg)
{
	name_ids((json_t *)(uintptr_t)params);
	tunnels_request(method, params, result, err, arg);
	check(*result || err->code);
}


/* no more than its share, and named so that others' are out of reach */
static void check_own(void)
{
	struct le *le = list_head(&r->session_list);
	unsigned n = 0, streams = 0;

	for (; le; le = le->next) {
		const struct session *se = le->data;

		if (!agent_session_is(se))
			continue;
		check(!strcmp(se->owner, "agent mine") &&
		      !strncmp(se->id, "mine/", 5));
		++n;
		streams += list_count(&se->streams);
	}
	check(n <= OWN_MAX && streams <= OWN_STREAMS_MAX);
}


static void line(struct control_pipe *c, const char *p, size_t len)
{
	if (len == 1 && *p == 'O')
		open_call("mine", mine);
	else if (len == 1 && *p == 'C')
		operate("session.close", "{\"id\":\"mine\",\"reason\":\"x\"}");
	else
		pipe_say(c, p, len);
	check(list_count(&mine->ifaces) <= AGENT_LEG_RANGES);
	check_own();
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data, *end = p + size, *at;
	const struct agent_leg *theirs;
	struct control_pipe c;
	unsigned lines = 0;
	uint32_t id;

	if (!r)
		begin();
	theirs = leg_of("theirs");
	check(theirs && theirs->agent == other);
	id = theirs->id;
	pipe_open(&c, on_request, mine);
	while (p < end && lines++ < PIPE_LINES_MAX) {
		const size_t len = pipe_line(&p, end, &at);

		line(&c, at, len);
	}
	check(leg_of("theirs") == theirs && theirs->id == id &&
	      theirs->agent == other && theirs->fd < 0);
	line(&c, "C", 1);
	agent_session_forget(mine);
	pipe_close(&c);
	agent_leg_gone(mine);

	return 0;
}
