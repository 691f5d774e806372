/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file link_util.h  h323gw/link against a relay made here
 *
 * It does as a test tells it: answers or not, hands descriptors over, goes away
 * and comes back as another one.
 */
#ifndef TESTS_UNIT_LINK_UTIL_H
#define TESTS_UNIT_LINK_UTIL_H

#include "rpc/libre.h"
#include "h323gw/link/link.h"
#include "tests/unit/re_until.h"

struct world {
	char dir[32], path[64];
	/* the relay */
	struct rpc_server *rs;
	struct rpc_conn *client;
	const char *instance;
	bool silent;		/* it answers nothing but the greeting */
	int refuse;		/* with this code */
	unsigned asked, opened, closed_listeners, attached;
	char last[32];		/* method */
	/* the link */
	struct link *link;
	unsigned ups, downs;
	bool restarted;
	int fd, err, code;
	unsigned answers, events;
	char who[64], key[32], asked_key[32];
	uint64_t received;
	struct addr from;
	bool heard;		/* something came to a handler */
};


/* a condition is a function of the world */
#define until(w, done) assert_true(re_until(done, w))

bool is_up(const void *arg);
bool is_down(const void *arg);
bool has_heard(const void *arg);
bool was_asked(const void *arg);
bool was_closed(const void *arg);

/* a test's state, struct world: a link that is up */
int link_setup(void **state);
int link_teardown(void **state);
#define TEST(f) cmocka_unit_test_setup_teardown(f, link_setup, link_teardown)
void relay_start(struct world *w, const char *instance);
void relay_stop(struct world *w);
/* the relay hands a connection over; params are taken over */
void accepted(struct world *w, json_t *params);

/* handlers, into the world */
void result_handler(const struct rpc_error *err, const json_t *result,
		    int *fds, size_t nfds, void *arg);
void fd_handler(int err, const struct link_channel *ch, int fd, void *arg);
void listen_handler(int err, const struct addr *address, void *arg);

struct addr at(const char *text);
void from_is(const struct world *w, const char *text);

#endif
