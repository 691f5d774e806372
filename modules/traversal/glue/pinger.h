/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file pinger.h  The process that keeps NAT bindings open
 *
 * logic/keepalive.c decides when which contact is pinged; here are the packets.
 * Owns: the schedule, and the socketpair on which workers report answers.
 */
#ifndef TRAVERSAL_GLUE_PINGER_H
#define TRAVERSAL_GLUE_PINGER_H

#include <stdbool.h>
#include "glue/compat.h"

enum pinger_method {
	PINGER_CRLF,	/**< UDP: two CRLF (RFC 5626 §3.5.1) */
	PINGER_STUN,	/**< UDP: a STUN Binding request (RFC 5626 §3.5.2) */
	PINGER_OPTIONS, /**< UDP: SIP OPTIONS; its answers tell who is there */
};

struct pinger_conf
{
	enum pinger_method method;
	unsigned interval; /**< s; 0: no keepalive */
	unsigned max;	   /**< s: learn up to it what the NAT allows */
	unsigned misses;   /**< in a row: the contact is removed; 0: never */
	bool all;		   /**< contacts that are behind no NAT, too */
};

/* -1: not one of "crlf", "stun", "options" */
int pinger_method(enum pinger_method *m, const char *name);
int pinger_mod_init(const struct pinger_conf *conf);
/* in child_init(PROC_INIT): looks out for answers to STUN */
void pinger_child_init(void);
/* in child_init(PROC_MAIN) */
int pinger_fork(void);
void pinger_destroy(void);

/* every reply Kamailio receives; 0: it was to a ping of ours, nobody else's
 * business; 1 */
int pinger_reply(sip_msg_t *reply);

#endif
