/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ice.h  ICE-lite: answering connectivity checks (RFC 8445 §7.3)
 */
#ifndef POSTERN_RELAY_ICE_H
#define POSTERN_RELAY_ICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "request.h"

struct ice;
struct leg_sock;
struct mbuf;

/** What a check turned out to be */
struct ice_check {
	bool authentic;	  /**< MESSAGE-INTEGRITY is of our password */
	bool nominated;	  /**< USE-CANDIDATE */
	uint32_t priority;
};

int ice_alloc(struct ice **ip, const struct ice_req *req);
bool ice_is(const struct ice *ice, const struct ice_req *req);
int ice_answer(const struct ice *ice, const uint8_t *buf, size_t len,
	       const struct addr *src, struct ice_check *check,
	       struct mbuf *answer);
bool ice_admit(struct ice *ice, uint64_t now);

#endif
