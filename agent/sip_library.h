/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sip_library.h  libosip2, as the agent uses it
 */
#ifndef POSTERN_AGENT_SIP_LIBRARY_H
#define POSTERN_AGENT_SIP_LIBRARY_H

#include <stddef.h>
#include <osipparser2/osip_parser.h>

int sip_library_init(void);
int sip_library_read(osip_message_t *m, const char *head, size_t len);
int sip_library_call(const osip_message_t *m, char *call, size_t size);

#endif
