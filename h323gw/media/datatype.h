/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an H.245 DataType means for a stream: how it travels, what it is called
 * at the relay, how much it may be. Pure.
 */
#ifndef H323GW_MEDIA_DATATYPE_H
#define H323GW_MEDIA_DATATYPE_H

#include <stdbool.h>
#include <stdint.h>

struct DataType;

enum datatype_carrier {
	CARRIER_RTP,
	CARRIER_UDP,		/* T.38's UDPTL: no RTP */
	CARRIER_TCP,		/* T.120, T.38 over TCP */
};

struct datatype {
	enum datatype_carrier carrier;
	const char *media;	/* "audio", "video", "text", "image",
				   "application" */
	uint32_t rate;		/* bit/s, 0: it does not say */
};

/* false: nullData, nothing flows */
bool datatype_get(struct datatype *t, const struct DataType *dt);

#endif
