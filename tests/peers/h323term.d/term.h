/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file term.h  h323term: H.323 terminals for tests, many in one process
 *
 * Commands come as lines, events go as lines of JSON (README.md says which).
 * Of the gateway it shares the codec alone.
 *
 *	app -> term -> ras (registration, transactions)
 *	            -> call -> signalling connection
 *	                    -> h245 -> channel
 *	                    -> session (RTP) , pipe (octets)
 *
 * What a terminal does is decided by options: those of a command stand before
 * the terminal's, and these before what the code has by default.
 */
#ifndef H323TERM_H
#define H323TERM_H

#include <jansson.h>
#include "rpc/libre.h"
#include <re_tcp.h>
#include "value.h"

/* H.225.0 version 4, H.245 version 7: what most equipment in use is */
#define H225_OID "0.0.8.2250.0.4"
#define H245_OID "0.0.8.245.0.7"

enum {
	GUID_LEN	 = 16,
	SIGNALLING_PORT	 = 1720,
	RAS_PORT	 = 1719,
	DISCOVERY_PORT	 = 1718,
	BANDWIDTH_DEFAULT = 7680, /* 100 bit/s */
};

struct load;
struct ras;
struct h245;
struct conn;
struct conn_handlers;

struct app {
	struct per *per;
	struct list terms;
	struct list lingering;	/* connections that have said all they had */
	struct tmr tick;	/* of media */
	uint64_t ticks;
	struct load *load;
	bool quiet;		/* events of messages are left out */
	unsigned calls;		/* ever, for their names */
};

struct term {
	struct le le;
	struct app *app;
	char *name;
	json_t *conf;
	struct sa own;		/* where it is called */
	struct tcp_sock *listener;
	struct list callers;	/* connections that have said nothing yet */
	struct list calls;
	struct ras *ras;
	uint16_t callref;
};

/* ---- event.c */
void event(const struct term *t, const char *name, const char *fmt, ...);
void complain(const struct term *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* ---- options.c */
json_t *option(const json_t *conf, const char *name);
bool option_is(const json_t *conf, const char *name, bool dflt);
long option_number(const json_t *conf, const char *name, long dflt);
const char *option_text(const json_t *conf, const char *name,
			const char *dflt);
/* is this word in the option's list? */
bool option_has(const json_t *conf, const char *name, const char *word);
json_t *options_over(const json_t *base, const json_t *over);
/* "1001", "h323:anna", "anna@example.org", or an AliasAddress as it is */
json_t *alias_make(const json_t *j);
json_t *aliases_make(const json_t *list);
void merge(json_t *into, const json_t *more);
uint64_t now_us(void);

/* ---- term.c */
int term_alloc(struct term **tp, struct app *app, const char *name,
	       const json_t *conf);
struct term *term_find(const struct app *app, const char *name);
json_t *endpoint_type(const struct term *t, bool with_prefixes);
json_t *address_json(const struct sa *sa);
int address_get(struct sa *sa, const char *text);
int address_read(struct sa *sa, const json_t *j);
json_t *guid_make(void);

/* ---- command.c: a line; 0 or why not */
int command_line(struct app *app, char *line);
int command_do(struct app *app, const json_t *command);

/* ---- load.c */
int load_start(struct app *app, struct term *t, const json_t *args);
void load_call_over(struct load *l, const json_t *conf, uint64_t setup_us,
		    bool connected);

#endif
