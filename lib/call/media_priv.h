/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file call/media_priv.h  What reading and showing media ask of an m= line
 */
#ifndef POSTERN_CALL_MEDIA_PRIV_H
#define POSTERN_CALL_MEDIA_PRIV_H

#include <strings.h>
#include "call/media.h"

static inline bool relayed(const struct sdp_media *m)
{
	return m->port != 0 || m->bundle_only;
}

/* TLS hides what the relay would put right */
static inline bool readable_msrp(const struct sdp_media *m)
{
	return m->path && !strcasecmp(m->proto, "TCP/MSRP");
}

#endif
