/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file media_link.h  An agent's second connection, which carries media
 */
#ifndef POSTERN_RELAY_MEDIA_LINK_H
#define POSTERN_RELAY_MEDIA_LINK_H

#include <jansson.h>
#include "agents.h"

struct media_links;

int media_links_alloc(struct media_links **mp, struct relay *r);
int media_link_enter(struct media_links *ms, struct agent *ag, struct link *l,
		     const struct addr *peer);
void media_link_close(struct agent *ag, const char *why);
json_t *media_link_json(const struct agent *ag);

#endif
