/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file srv.h  Which hosts serve a domain: _postern._tcp (RFC 2782)
 */
#ifndef POSTERN_AGENT_SRV_H
#define POSTERN_AGENT_SRV_H

#include <stdint.h>

struct srv;

/** host NULL: there is no such record, or nobody who could be asked */
typedef void(srv_h)(const char *host, uint16_t port, void *arg);

int srv_find(struct srv **sp, const char *domain, srv_h *h, void *arg);

#endif
