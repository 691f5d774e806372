/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file audit.h  What the agent did, refused and ended, for whoever runs it
 */
#ifndef POSTERN_AGENT_AUDIT_H
#define POSTERN_AGENT_AUDIT_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include "addr/addr.h"

struct audit;

int audit_alloc(struct audit **ap, const char *path, const char *agent);
int audit_reopen(struct audit *a);
json_t *audit_record(const char *what, const struct addr *addr);
void audit_open(struct audit *a, json_t *record);
void audit_close(struct audit *a, json_t *record, const char *why);
void audit_refuse(struct audit *a, json_t *record, const char *why);
void audit_event(struct audit *a, const char *event, json_t *record,
		 const char *why);

#endif
