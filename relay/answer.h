/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file answer.h  Sessions and legs as the control protocol shows them
 */
#ifndef POSTERN_RELAY_ANSWER_H
#define POSTERN_RELAY_ANSWER_H

#include <jansson.h>
#include "session.h"

int answer_opened(json_t **jp, const struct session *se, bool created);
int answer_removed(json_t **jp, const struct session *se,
		   const struct session_req *req);
int answer_session(json_t **jp, const struct session *se, uint64_t now);
int answer_status(json_t **jp, const struct relay *r);

#endif
