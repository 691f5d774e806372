/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file streams_util.h  Streams of a call under test
 *
 * Every message is encoded, decoded, looked at and rewritten as a call does it;
 * the relay is an array of ports.
 *
 * The caller is at 10.0.0.0/8 and the called at 192.168.0.0/16, the relay's
 * legs at 198.51.100.1 (a) and .2 (b), our own addresses .3 and .4.
 */
#ifndef TESTS_UNIT_STREAMS_UTIL_H
#define TESTS_UNIT_STREAMS_UTIL_H

#include "h323gw/media/streams.h"
#include "tests/unit/h245_make.h"

/** A test's state */
struct world {
	struct streams *s;
	struct per_msg *out;	/* the message as the other side gets it */
	struct per_msg *fast[8]; /* the same of a fastStart */
	unsigned ports;
};

struct rewriting {
	struct world *w;
	enum side from;
};

extern struct per *per; /* of the test that runs */

int streams_setup(void **state);
int streams_teardown(void **state);
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, streams_setup, streams_teardown)

struct addr at(const char *text);
/* what the relay would do: ports for what is new */
void relay(struct world *w);
/* a message goes from one side to the other; try: how streams take it */
int try(struct world *w, enum side from, struct per_msg *made);
void pass(struct world *w, enum side from, struct per_msg *made);
void fast(struct world *w, enum side from, const struct make_olc *v, size_t n,
	  bool answer);
bool rewrite(const struct per_addr *pa, struct per_ipport *to, void *arg);
/* the address in a field of what was passed */
void shows(const struct per_msg *msg, const char *field, const char *text);
/* the address of a side's for a stream */
void remote(const struct world *w, unsigned i, enum side x, const char *text,
	    unsigned rtcp);
/* how many are open */
unsigned streams(const struct world *w);

struct per_msg *audio_olc(unsigned lcn, const char *control);
/* both channels of a session between 10.0.0.1:5000 and 192.168.1.20:6000 */
void open_audio(struct world *w);

#endif
