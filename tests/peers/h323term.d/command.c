/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file command.c  Commands: a JSON object a line, or words
 *
 *	{"do": "call", "terminal": "a", "to": "1002", "fastStart": false}
 *	a call 1002 fastStart=false
 *
 * Words: the terminal, the command, its first argument, and options: NAME alone
 * is true, VALUE in NAME=VALUE JSON or text.
 */
#include <errno.h>
#include <string.h>
#include "call.h"
#include "conn.h"
#include "media.h"
#include "ras.h"


typedef int(term_h)(struct term *t, const json_t *args);
typedef int(call_h)(struct call *c, const json_t *args);


/* ---- of a terminal */

static int do_set(struct term *t, const json_t *args)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)args, name, value) {
		if (strcmp(name, "do") && strcmp(name, "terminal"))
			(void)json_object_set(t->conf, name, value);
	}

	return 0;
}


/** Speak from another port: "rasPort", or any */
static int do_rebind(struct term *t, const json_t *args)
{
	return ras_bind(t->ras, (uint16_t)option_number(args, "rasPort", 0));
}


/** Any request: {"message": {"registrationRequest": {...}}} */
static int do_ras(struct term *t, const json_t *args)
{
	json_t *body = NULL;
	const char *name = choice(option(args, "message"), &body);

	if (!name || !body)
		return EINVAL;

	return ras_request(t->ras, name, json_deep_copy(body), args, NULL,
			   NULL);
}


static int do_octets(struct term *t, const json_t *args)
{
	uint8_t buf[MESSAGE_MAX];
	const char *at_text = option_text(args, "at", NULL);
	struct sa to;
	size_t n;

	if (unhex(buf, sizeof(buf), &n, option_text(args, "hex", "")) ||
	    (at_text && address_get(&to, at_text)))
		return EINVAL;

	return ras_octets(t->ras, at_text ? &to : NULL, buf, n);
}


/** Says something that waits for no answer: {"at": ADDRESS, "message": ...} */
static int do_say(struct term *t, const json_t *args)
{
	json_t *body = NULL;
	const char *name = choice(option(args, "message"), &body);
	struct sa to;

	if (!name || !body || address_get(&to, option_text(args, "at", NULL)))
		return EINVAL;

	return ras_say(t->ras, &to, name, json_deep_copy(body));
}


static int do_resend(struct term *t, const json_t *args)
{
	(void)args;

	return ras_resend(t->ras);
}


static int do_gone(struct term *t, const json_t *args)
{
	(void)args;
	mem_deref(t);

	return 0;
}


/** What calls there are */
static int do_calls(struct term *t, const json_t *args)
{
	json_t *list = json_array();
	struct le *le;

	(void)args;
	for (le = list_head(&t->calls); le; le = le->next) {
		const struct call *c = le->data;

		if (c->state != CALL_ENDED)
			(void)json_array_append_new(list,
						    json_string(c->name));
	}
	event(t, "calls", "{s:o}", "calls", list);

	return 0;
}


static int do_load(struct term *t, const json_t *args)
{
	return load_start(t->app, t, args);
}


static const struct {
	const char *name;
	const char *first; /* what a word behind it is */
	term_h *h;
} term_commands[] = {
	{"set", NULL, do_set},
	{"gone", NULL, do_gone},
	{"discover", NULL, ras_discover},
	{"register", NULL, ras_register},
	{"unregister", NULL, ras_unregister},
	{"lrq", "to", ras_locate},
	{"irr", NULL, ras_report},
	{"rai", NULL, ras_resources},
	{"ras", NULL, do_ras},
	{"say", NULL, do_say},
	{"octets", "hex", do_octets},
	{"resend", NULL, do_resend},
	{"rebind", "rasPort", do_rebind},
	{"call", "to", caller_start},
	{"calls", NULL, do_calls},
	{"load", NULL, do_load},
};


/* ---- of a call: the one named "call", else the newest */

static int do_answer(struct call *c, const json_t *args)
{
	merge(c->conf, args);

	return callee_answer(c);
}


static int do_ring(struct call *c, const json_t *args)
{
	merge(c->conf, args);

	return callee_ring(c);
}


static int do_hangup(struct call *c, const json_t *args)
{
	call_hangup(c, option_text(args, "reason", NULL),
		    option_number(args, "cause", 0));

	return 0;
}


static int do_reject(struct call *c, const json_t *args)
{
	call_hangup(c, option_text(args, "reason", "destinationRejection"),
		    option_number(args, "cause", 21));

	return 0;
}


/** The connection breaks */
static int do_cut(struct call *c, const json_t *args)
{
	(void)args;
	c->sig = conn_drop(c->sig);
	call_over(c, "cut", NULL, 0);

	return 0;
}


/** H.323 annex R: a new connection, "to" the gatekeeper, for a call that goes on
 *  without; then a StatusInquiry */
static int do_reconnect(struct call *c, const json_t *args)
{
	struct sa to;
	const int err = address_get(&to, option_text(args, "to", NULL));

	return err ? err : call_reconnect(c, &to);
}


/** Any message: "type", "body" of its UUIE (null: empty), "q931" */
static int do_signal(struct call *c, const json_t *args)
{
	const json_t *body = option(args, "body");
	const json_t *head = option(args, "q931");

	return call_send(c, option_text(args, "type", "facility"),
			 json_is_null(body)	? NULL
			 : body ? json_deep_copy(body)
				: json_object(),
			 head ? json_deep_copy(head) : NULL);
}


/** Octets on the signalling connection: what is in a TPKT, or "bare" */
static int do_signal_octets(struct call *c, const json_t *args)
{
	uint8_t buf[MESSAGE_MAX];
	size_t n;

	if (!c->sig || unhex(buf, sizeof(buf), &n, option_text(args, "hex", "")))
		return EINVAL;

	return option_is(args, "bare", false)
		       ? conn_send_octets(c->sig, buf, n)
		       : conn_send(c->sig, buf, n);
}


static int do_h245(struct call *c, const json_t *args)
{
	json_t *message = option(args, "message");

	if (!message)
		return EINVAL;
	h245_put(c->h245, json_deep_copy(message));

	return 0;
}


static int do_h245_begin(struct call *c, const json_t *args)
{
	(void)args;
	h245_begin(c->h245);

	return 0;
}


static int do_open(struct call *c, const json_t *args)
{
	return channel_open(c, kind_find(option_text(args, "kind", "")), args);
}


static int do_close(struct call *c, const json_t *args)
{
	return channel_close(c, option_number(args, "number", 1), false);
}


static int do_request_close(struct call *c, const json_t *args)
{
	return channel_close(c, option_number(args, "number", 1), true);
}


static int do_tcs(struct call *c, const json_t *args)
{
	return h245_capabilities(c->h245, option_is(args, "empty", false));
}


static int do_empty_tcs(struct call *c, const json_t *args)
{
	(void)args;

	return h245_capabilities(c->h245, true);
}


static int do_media(struct call *c, const json_t *args)
{
	session_events(c);
	if (option_is(args, "fresh", false))
		session_fresh(c);
	call_event(c, "mediaDone", NULL);

	return 0;
}


static int do_tone(struct call *c, const json_t *args)
{
	return session_tone(c, option_number(args, "hz", 1000));
}


static const struct {
	const char *name;
	const char *first;
	call_h *h;
} call_commands[] = {
	{"answer", NULL, do_answer},
	{"ring", NULL, do_ring},
	{"hangup", "reason", do_hangup},
	{"reject", "reason", do_reject},
	{"cut", NULL, do_cut},
	{"reconnect", "to", do_reconnect},
	{"signal", "type", do_signal},
	{"signalOctets", "hex", do_signal_octets},
	{"h245", NULL, do_h245},
	{"h245Begin", NULL, do_h245_begin},
	{"open", "kind", do_open},
	{"close", "number", do_close},
	{"request-close", "number", do_request_close},
	{"tcs", NULL, do_tcs},
	{"empty-tcs", NULL, do_empty_tcs},
	{"media", NULL, do_media},
	{"tone", "hz", do_tone},
	{"bandwidth", "bandwidth", ras_bandwidth},
	{"disengage", NULL, ras_disengage},
};


/* ---- of all */

static int do_terminal(struct app *app, const json_t *args)
{
	const char *name = option_text(args, "name", NULL);
	json_t *conf	 = json_deep_copy(args);
	int err;

	(void)json_object_del(conf, "do");
	err = name ? term_alloc(NULL, app, name, conf) : EINVAL;
	json_decref(conf);

	return err;
}


static bool do_for_all(struct app *app, const char *name, const json_t *args,
		       int *err)
{
	*err = 0;
	if (!strcmp(name, "terminal"))
		*err = do_terminal(app, args);
	else if (!strcmp(name, "quiet"))
		app->quiet = option_is(args, "on", true);
	else if (!strcmp(name, "sync"))
		event(NULL, "sync", NULL);
	else if (!strcmp(name, "quit"))
		re_cancel();
	else
		return false;

	return true;
}


/** @return 0; ENOSYS: no such command; ENOENT: no such terminal or call */
int command_do(struct app *app, const json_t *command)
{
	const char *name = option_text(command, "do", "");
	struct term *t	 = term_find(app, option_text(command, "terminal",
						      NULL));
	struct call *c;
	int err;

	if (do_for_all(app, name, command, &err))
		return err;
	if (!t)
		return ENOENT;
	for (size_t i = 0; i < ARRAY_SIZE(term_commands); i++) {
		if (!strcmp(name, term_commands[i].name))
			return term_commands[i].h(t, command);
	}
	for (size_t i = 0; i < ARRAY_SIZE(call_commands); i++) {
		if (strcmp(name, call_commands[i].name))
			continue;
		c = call_find(t, option_text(command, "call", NULL));
		return c ? call_commands[i].h(c, command) : ENOENT;
	}

	return ENOSYS;
}


/* ---- words */

static const char *first_of(const char *name)
{
	if (!strcmp(name, "terminal"))
		return "name";
	for (size_t i = 0; i < ARRAY_SIZE(term_commands); i++) {
		if (!strcmp(name, term_commands[i].name))
			return term_commands[i].first;
	}
	for (size_t i = 0; i < ARRAY_SIZE(call_commands); i++) {
		if (!strcmp(name, call_commands[i].name))
			return call_commands[i].first;
	}

	return NULL;
}


static json_t *value_of(const char *text)
{
	json_t *j = json_loads(text, JSON_DECODE_ANY, NULL);

	return j ? j : json_string(text);
}


static void put_word(json_t *command, char *word)
{
	const char *name  = option_text(command, "do", NULL);
	const char *first = name ? first_of(name) : NULL;
	char *value	  = strchr(word, '=');

	if (value && name) {
		*value++ = '\0';
		(void)json_object_set_new(command, word, value_of(value));
	}
	else if (!name && (!strcmp(word, "terminal") ||
			   !strcmp(word, "quit") || !strcmp(word, "sync") ||
			   !strcmp(word, "quiet") ||
			   option(command, "terminal")))
		(void)json_object_set_new(command, "do", json_string(word));
	else if (!name)
		(void)json_object_set_new(command, "terminal",
					  json_string(word));
	else if (first && !option(command, first))
		(void)json_object_set_new(command, first,
					  strcmp(first, "to")
						  ? value_of(word)
						  : json_string(word));
	else
		(void)json_object_set_new(command, word, json_true());
}


/** One line; what is wrong with it becomes an event */
int command_line(struct app *app, char *line)
{
	char *save = NULL, *word;
	json_t *command;
	int err;

	line[strcspn(line, "\r\n")] = '\0';
	line += strspn(line, " \t");
	if (!*line || *line == '#')
		return 0;
	command = *line == '{' ? json_loads(line, 0, NULL) : json_object();
	for (word = *line == '{' ? NULL : strtok_r(line, " \t", &save); word;
	     word = strtok_r(NULL, " \t", &save))
		put_word(command, word);
	err = command ? command_do(app, command) : EBADMSG;
	if (err)
		event(NULL, "failed", "{s:O?,s:s}", "command", command, "text",
		      strerror(err));
	json_decref(command);

	return err;
}
