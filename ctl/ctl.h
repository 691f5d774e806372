/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ctl.h  What the files of posternctl share
 */
#ifndef POSTERN_CTL_H
#define POSTERN_CTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <jansson.h>
#include "rpc/rpc.h"

enum ctl_exit {
	CTL_OK		= 0,
	CTL_FAILED	= 1, /**< the other end refused, the store is broken */
	CTL_USAGE	= 2,
	CTL_NOT_FOUND	= 3,
	CTL_UNREACHABLE = 4,
};

enum {
	CTL_RELAYS_MAX = 16,
	CTL_COLUMNS_MAX = 12,
	CTL_TIMEOUT_MS = 3000,
};

struct ctl {
	const char *relays[CTL_RELAYS_MAX];
	size_t nrelays;
	const char *store;
	const char *h323gw; /**< its control socket */
	bool json;
	bool all;	 /**< calls: ended ones too */
	int64_t bandwidth; /**< agent add, agent set: bit/s; -1: not said */
	bool certificate; /**< agent add: no secret */
	unsigned limit;	 /**< calls: at most */
	int64_t now;	 /**< ms since 1970 */
	FILE *out, *err;
};

/* options.c */
int ctl_options(struct ctl *c, int argc, char *argv[], int *first);
void ctl_usage(FILE *f);

/* table.c */
struct table;
struct table *table_alloc(const char *const headings[], size_t columns);
void table_free(struct table *t);
void table_right(struct table *t, size_t column);
int table_cell(struct table *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
size_t table_rows(const struct table *t);
void table_print(const struct table *t, FILE *f);
const char *ctl_age(char buf[32], int64_t ms);
const char *ctl_text(const char *s);

/* relay.c: the commands that ask a relay */
int ctl_status(struct ctl *c);
int ctl_sessions(struct ctl *c);
int ctl_session(struct ctl *c, const char *id);
int ctl_close(struct ctl *c, const char *id);
int ctl_drain(struct ctl *c, const char *onoff);

/* agent.c: the commands about agents */
int ctl_agents(struct ctl *c);
int ctl_agent(struct ctl *c, int argc, char *argv[]);

/* service.c: the commands about services behind agents */
int ctl_services(struct ctl *c);
int ctl_service(struct ctl *c, int argc, char *argv[]);

/* h323.c: what is asked of h323gw */
int ctl_h323(struct ctl *c, int argc, char *argv[]);

/* connect.c */
int ctl_connect(struct ctl *c, const char *path, struct rpc_sync **rs);
int ctl_ask(struct ctl *c, struct rpc_sync *rs, const char *path,
	    const char *method, const json_t *params, json_t **result);
int ctl_ask_once(struct ctl *c, const char *path, const char *method,
		 json_t *params, json_t **result);
int ctl_print_json(struct ctl *c, json_t *value);
int ctl_print_all(struct ctl *c, json_t *all, int status,
		  void (*print)(struct ctl *c, const json_t *all));

/* secret.c */
bool ctl_secret_read(struct ctl *c, const char *what, char *buf, size_t size);

/* tail.c */
int ctl_tail(struct ctl *c);

/* records.c: the commands that read the store */
int ctl_registrations(struct ctl *c, const char *alias);
int ctl_calls(struct ctl *c);
int ctl_store_status(struct ctl *c, json_t **status);

#endif
