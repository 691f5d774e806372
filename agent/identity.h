/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file identity.h  What TLS is told: whom to trust, and what we show
 */
#ifndef POSTERN_AGENT_IDENTITY_H
#define POSTERN_AGENT_IDENTITY_H

#include <openssl/types.h>
#include "settings.h"

struct identity;

int identity_alloc(struct identity **ip, const struct settings *s, char *why,
		   size_t size);
SSL_CTX *identity_ctx(struct identity *id);

#endif
