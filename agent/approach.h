/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file approach.h  From a server's name to a connection that has greeted
 */
#ifndef POSTERN_AGENT_APPROACH_H
#define POSTERN_AGENT_APPROACH_H

#include <openssl/types.h>
#include "settings.h"
#include "tunnel/hello.h"
#include "tunnel/link.h"

struct approach;

struct approach_handlers {
	/** TLS stands: which tunnel goes on (session, received), if one does */
	void (*helloh)(struct hello *h, void *arg);
	/** WELCOME came; the link is the handler's, which sets its own
	 *  handlers */
	void (*welcomeh)(struct link *l, const struct addr *peer,
			 const struct welcome *w, void *arg);
	/** it came to nothing; retry: the server asks for so many seconds,
	 *  refused: it has answered, and said no */
	void (*failh)(const char *what, const char *why, uint32_t retry,
		      bool refused, void *arg);
};

int approach_begin(struct approach **ap, const struct settings *conf,
		   size_t server, const struct addr *peer, SSL_CTX *ctx,
		   const struct approach_handlers *h, void *arg);

#endif
