/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file signalled.h  Addresses for media that SIP messages have named
 */
#ifndef POSTERN_AGENT_SIGNALLED_H
#define POSTERN_AGENT_SIGNALLED_H

#include <stddef.h>
#include <stdint.h>
#include "addr/addr.h"

enum {
	SIGNALLED_MAX	    = 4096, /**< names of each kind; the oldest go */
	SIGNALLED_CALL_MAX  = 128, /**< octets of a Call-ID that are kept */
};

enum signalled_whose {
	SIGNALLED_THEIRS, /**< terminals have named it: theirs */
	SIGNALLED_OURS,	  /**< terminals were told of it: ours */
};

struct signalled;

int signalled_alloc(struct signalled **sp);
int signalled_message(struct signalled *s, enum signalled_whose whose,
		      const uint8_t *msg, size_t len);
const char *signalled_find(const struct signalled *s,
			   enum signalled_whose whose, const struct addr *a);
void signalled_forget(struct signalled *s, enum signalled_whose whose,
		      const struct addr *a);

#endif
