/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sip.h  Where terminals speak SIP to the agent, as to their proxy
 */
#ifndef POSTERN_AGENT_SIP_H
#define POSTERN_AGENT_SIP_H

#include <jansson.h>
#include "addr/addr.h"
#include "audit.h"
#include "policy.h"
#include "tunnel/tunnel.h"

struct aware;
struct sip;

struct sip_config {
	struct addr local;	 /**< UDP and TCP */
	struct addr local_tls;	 /**< unset: no TLS */
	const char *certificate; /**< file, PEM, with its chain */
	const char *key;	 /**< file, PEM */
	struct policy *policy;	 /**< who may speak here, and be spoken to */
	struct aware *aware;	 /**< NULL: messages go on unread */
	const char *hide;	 /**< its key: hide.h */
	struct audit *audit;	 /**< is told who does */
};

int sip_alloc(struct sip **sp, const struct sip_config *conf);
void sip_open(struct sip *s, struct channel *ch, const char *what,
	      size_t len);
void sip_local(struct sip *s, const json_t *params);
void sip_tunnel(struct sip *s, struct tunnel *t);

#endif
