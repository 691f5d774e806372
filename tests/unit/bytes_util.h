/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file bytes_util.h  Joints under test: ends of the test's, and what became
 */
#ifndef TESTS_UNIT_BYTES_UTIL_H
#define TESTS_UNIT_BYTES_UTIL_H

#include "rpc/libre.h"
#include "tests/unit/re_until.h"
#include "bytes/ends.h"

/** An end that takes as much as it is told to */
struct fake {
	struct joint_end je;
	uint8_t got[4 * JOINT_KEPT_MAX];
	size_t len, takes, consumed;
	unsigned fins, cuts, drained;
	enum tunnel_reason why;
};

struct outcome {
	struct joint *j;
	unsigned closed;
	enum tunnel_reason why;
};

struct fake *fake_new(size_t takes);
/* a joint's end: into its outcome */
void on_close(struct joint *j, enum tunnel_reason why, void *arg);
void fill(uint8_t *p, size_t len, unsigned seed);
/* the loop, until somebody stops it or for some ms */
void turn(unsigned ms);

#endif
