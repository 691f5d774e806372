/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file uplink.h  The agent's tunnel to a server, kept up
 */
#ifndef POSTERN_AGENT_UPLINK_H
#define POSTERN_AGENT_UPLINK_H

#include "settings.h"
#include "tunnel/tunnel.h"

struct approach;
struct approach_handlers;
struct uplink;

struct uplink_handlers {
	/** a tunnel, for the first time or anew: what was before is gone */
	void (*uph)(struct tunnel *t, void *arg);
	/** a connection carries it: media go to this address, or (unset)
	 *  nowhere, and in token mode RTCP to the other one */
	void (*mediah)(const struct addr *server, const struct addr *rtcp,
		       void *arg);
	/** the tunnel with all its channels is gone */
	void (*downh)(void *arg);
	/** the server opens a channel */
	void (*openh)(struct tunnel *t, struct channel *ch, const char *what,
		      size_t len, void *arg);
};

int uplink_alloc(struct uplink **up, const struct settings *s,
		 const struct uplink_handlers *h, void *arg, char *why,
		 size_t size);
void uplink_start(struct uplink *u);
void uplink_renew(struct uplink *u);
void uplink_anew(struct uplink *u);
int uplink_addrs(const struct uplink *u, struct addr *local,
		 struct addr *peer);
int uplink_beside(const struct uplink *u, struct approach **ap,
		  const struct approach_handlers *h, void *arg);
bool uplink_carries_media(const struct uplink *u);
const char *uplink_session(const struct uplink *u);
struct tunnel *uplink_tunnel(const struct uplink *u);

#endif
