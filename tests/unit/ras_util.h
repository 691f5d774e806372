/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ras_util.h  RAS without sockets: requests made, answers looked at
 */
#ifndef TESTS_UNIT_RAS_UTIL_H
#define TESTS_UNIT_RAS_UTIL_H

#include <RasMessage.h>
#include "h323gw/ras/ras.h"

enum {
	UTIL_ASKED = 8, /* routes that wait */
};

/** A gatekeeper without a world around it; what it asked of it */
struct util {
	struct per *per;
	struct zone *zone;
	struct ras *ras;
	struct ras_conf conf;
	int64_t now;
	bool deny[RAS_LOCATE + 1];
	int authentic;		/* what checkh says */
	unsigned registered, refreshed, dropped, unregistered, gone, sent,
		responses, disengaged, bandwidths;
	const char *why;	/* of the last that left */
	bool knows_call;	/* what disengageh says */
	uint32_t bandwidth;
	/* where calls go: at once, or when util_route() is called */
	bool later;
	int reason;
	struct route_query query; /* the last */
	struct alias called;	  /* of it: the first */
	gk_route_h *routeh;
	void *routeh_arg;
	unsigned cancelled;
	/* the answer */
	struct ras_answer answer;
	struct per_msg *msg;
	const RasMessage_t *m; /* NULL: none */
	/* the request that is being made */
	struct per_msg *out;
	RasMessage_t *o;
	struct ras_source src;
};

void util_open(struct util *u);
void util_close(struct util *u);
/* the same around a test, whose world is the program's `u` */
int util_setup(void **state);
int util_teardown(void **state);
#define UTIL_TEST(t)                                                           \
	cmocka_unit_test_prestate_setup_teardown(t, util_setup,                \
						 util_teardown, &u)
/* a new request; its value */
void *util_request(struct util *u, RasMessage_PR type);
/* parts of it */
void util_alias(struct util *u, void *list, enum alias_type type,
		const char *text);
void util_addr(struct util *u, void *list, const char *at);
void util_bmp(struct util *u, OCTET_STRING_t *os, const char *text);
void *util_zalloc(struct util *u, size_t size);
BOOLEAN_t *util_bool(struct util *u, bool value);
/* who it comes from */
void util_from(struct util *u, const char *address);
/* encodes it, has it answered, decodes the answer; the answer's type */
int util_send(struct util *u);
/* octets as they are */
int util_octets(struct util *u, const uint8_t *p, size_t len);
/* it is that address */
void util_assert_addr(const struct TransportAddress *ta, const char *text);
/* the route that waits is known */
void util_route(struct util *u, int reason);

/* a full RRQ of a terminal at that address, port 1720, with an h323-ID and a
 * number (NULL: none); not sent yet */
RegistrationRequest_t *util_rrq(struct util *u, const char *ip,
				const char *name, const char *number);
/* one that is confirmed; its endpoint */
struct endpoint *util_register(struct util *u, const char *ip,
			       const char *name, const char *number);
/* an ARQ of an endpoint, not sent yet; id: the call's last octet */
AdmissionRequest_t *util_arq(struct util *u, const struct endpoint *ep,
			     uint8_t id, const char *to);

#endif
