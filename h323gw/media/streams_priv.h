/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What streams.c offers to message.c, rewrite.c and rates.c.
 */
#ifndef H323GW_MEDIA_STREAMS_PRIV_H
#define H323GW_MEDIA_STREAMS_PRIV_H

#include "h323gw/media/streams.h"

struct H245TransportAddress;

/* one that such data of this session may share; -1: none */
int stream_find(const struct streams *s, const struct datatype *t,
		unsigned session_id);
/* E2BIG, ENOMEM */
int stream_add(struct streams *s, const struct datatype *t,
	       unsigned session_id, unsigned *ip);
void stream_end(struct streams *s, unsigned i);
void stream_claim(struct streams *s, enum side x, unsigned i,
		  enum component comp, const struct H245TransportAddress *ta,
		  bool firm);

struct channel *channel_find(struct streams *s, enum side opener,
			     unsigned lcn);
int channel_add(struct streams *s, enum side opener, unsigned lcn,
		unsigned stream, struct channel **chp);
void channel_drop(struct streams *s, struct channel *ch);

/* is it an address of ours that x was told? */
bool streams_is_local(const struct streams *s, enum side x,
		      const struct addr *a, unsigned *stream,
		      enum component *comp);

#endif
