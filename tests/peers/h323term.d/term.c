/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file term.c  A terminal: its addresses, its listener, who it says it is
 */
#include <errno.h>
#include <string.h>
#include "call.h"
#include "conn.h"
#include "ras.h"
#include "signal.h"


enum { BACKLOG = 1024 }; /* calls that come at once */

/** A connection on which no Setup has come yet */
struct caller {
	struct le le;
	struct term *term;
	struct conn *conn;
	bool gone;
};


/* ---- what others ask of it */

json_t *address_json(const struct sa *sa)
{
	char text[64];

	(void)re_snprintf(text, sizeof(text), "%J", sa);

	return json_pack("{s:s}", sa_af(sa) == AF_INET6 ? "ip6Address"
							: "ipAddress", text);
}


/** "192.0.2.1:1720", or without port; EINVAL */
int address_get(struct sa *sa, const char *text)
{
	if (!text)
		return EINVAL;
	if (!sa_decode(sa, text, strlen(text)))
		return 0;

	return sa_set_str(sa, text, 0);
}


/** H.225.0's TransportAddress, if it is one of IP */
int address_read(struct sa *sa, const json_t *j)
{
	json_t *text = NULL;

	sa_init(sa, AF_UNSPEC);
	(void)choice(j, &text);

	return address_get(sa, json_string_value(text));
}


json_t *guid_make(void)
{
	uint8_t guid[GUID_LEN];

	rand_bytes(guid, sizeof(guid));

	return hex(guid, sizeof(guid));
}


/** H.225.0's EndpointType; prefixes stand in registrations alone */
json_t *endpoint_type(const struct term *t, bool with_prefixes)
{
	json_t *type = json_pack("{s:b,s:b}", "mc", 0, "undefinedNode", 0);
	json_t *prefixes = option(t->conf, "prefixes"), *prefix;
	json_t *list = json_array();
	size_t i;

	json_array_foreach(prefixes, i, prefix) {
		(void)json_array_append_new(
			list, json_pack("{s:o}", "prefix",
					alias_make(prefix)));
	}
	if (prefixes && with_prefixes)
		(void)json_object_set_new(
			type, "gateway",
			json_pack("{s:[{s:{s:O}}]}", "protocol", "voice",
				  "supportedPrefixes", list));
	else if (prefixes)
		(void)json_object_set_new(type, "gateway", json_object());
	else if (option_is(t->conf, "mcu", false))
		(void)json_object_set_new(type, "mcu", json_object());
	else
		(void)json_object_set_new(type, "terminal", json_object());
	json_decref(list);

	return type;
}


/* ---- connections that come */

static void caller_destructor(void *data)
{
	struct caller *cr = data;

	list_unlink(&cr->le);
	(void)conn_drop(cr->conn);
}


static void on_message(const uint8_t *p, size_t len, void *arg)
{
	struct caller *cr = arg;
	struct term *t	  = cr->term;
	char why[WHY_LEN];
	json_t *message;

	if (!len || cr->gone)
		return;
	if (signal_decode(&message, t->app->per, p, len, why)) {
		complain(t, "call signalling: %s", why);
		return;
	}
	if (callee_setup(t, cr->conn, message))
		complain(t, "not a Setup of a call");
	else
		cr->gone = true;
	json_decref(message);
	if (!cr->gone)
		return;
	cr->conn = NULL; /* it is the call's */
	mem_deref(cr);
}


static void on_closed(int err, void *arg)
{
	(void)err;
	mem_deref(arg);
}


static void on_accept(const struct sa *peer, void *arg)
{
	struct term *t = arg;
	struct caller *cr;
	struct conn_handlers h = {
		.messageh = on_message, .closedh = on_closed};

	(void)peer;
	cr = mem_zalloc(sizeof(*cr), caller_destructor);
	if (!cr) {
		tcp_reject(t->listener);
		return;
	}
	cr->term = t;
	h.arg	 = cr;
	list_append(&t->callers, &cr->le, cr);
	if (conn_accept(&cr->conn, t->app, t->listener, t->conf, &h))
		mem_deref(cr);
}


/* ---- the terminal */

static void destructor(void *data)
{
	struct term *t = data;

	list_unlink(&t->le);
	list_flush(&t->calls);
	list_flush(&t->callers);
	mem_deref(t->listener);
	mem_deref(t->ras);
	mem_deref(t->name);
	json_decref(t->conf);
}


struct term *term_find(const struct app *app, const char *name)
{
	struct le *le;

	for (le = list_head(&app->terms); le && name; le = le->next) {
		struct term *t = le->data;

		if (!strcmp(t->name, name))
			return t;
	}

	return NULL;
}


static int listen_for_calls(struct term *t)
{
	int err = tcp_sock_alloc(&t->listener, &t->own, on_accept, t);

	if (!err)
		err = tcp_sock_bind(t->listener, &t->own);
	if (!err)
		err = tcp_sock_listen(t->listener, BACKLOG);

	return err ? err : tcp_sock_local_get(t->listener, &t->own);
}


static int open_sockets(struct term *t)
{
	int err;

	err = sa_set_str(&t->own,
			 option_text(t->conf, "address", "127.0.0.1"),
			 (uint16_t)option_number(t->conf, "port",
						 SIGNALLING_PORT));
	if (err)
		return err;
	if (option_is(t->conf, "listen", true))
		err = listen_for_calls(t);

	return err ? err : ras_alloc(&t->ras, t);
}


/** conf: "address", "port", "rasPort", "gatekeeper", "alias", and more */
int term_alloc(struct term **tp, struct app *app, const char *name,
	       const json_t *conf)
{
	struct term *t;
	int err;

	if (term_find(app, name))
		return EEXIST;
	t = mem_zalloc(sizeof(*t), destructor);
	if (!t)
		return ENOMEM;
	t->app	   = app;
	t->conf	   = options_over(conf, NULL);
	t->callref = rand_u16();
	list_append(&app->terms, &t->le, t);
	err = str_dup(&t->name, name);
	if (!err)
		err = open_sockets(t);
	if (err) {
		mem_deref(t);
		return err;
	}
	event(t, "ready", "{s:o,s:o}", "signalling", address_json(&t->own),
	      "ras", address_json(&t->ras->own));
	if (tp)
		*tp = t;

	return 0;
}
