/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * H.245 messages made by hand, for the tests of h323gw/media. Each returns a
 * new message; addresses are "ip:port", NULL: none.
 */
#ifndef TESTS_UNIT_H245_MAKE_H
#define TESTS_UNIT_H245_MAKE_H

#include "h323gw/per/per.h"

enum make_type {
	MAKE_NULL,
	MAKE_AUDIO,		/* g711Alaw64k */
	MAKE_VIDEO,		/* h263, 768 kbit/s */
	MAKE_H239,		/* extendedVideoCapability of it */
	MAKE_H235,		/* the audio, encrypted */
	MAKE_H224,
	MAKE_T38_UDP,
	MAKE_T38_TCP,
	MAKE_T120,
};

struct make_olc {
	unsigned lcn, session;
	enum make_type fwd, rev;
	const char *media, *control;	/* forward's, or reverse's if that
					   alone is there */
	const char *rmedia, *rcontrol;	/* reverse's, if both are there */
	const char *stack;
	bool originate;			/* t120SetupProcedure originateCall */
};

/* as a MultimediaSystemControlMessage, or bare for fastStart */
struct per_msg *make_olc(const struct per *per, const struct make_olc *o);
struct per_msg *make_fast(const struct per *per, const struct make_olc *o);

struct per_msg *make_ack(const struct per *per, unsigned lcn,
			 unsigned session, const char *media,
			 const char *control, const char *stack);
struct per_msg *make_reject(const struct per *per, unsigned lcn);
struct per_msg *make_close(const struct per *per, unsigned lcn);
struct per_msg *make_tcs(const struct per *per, bool empty);
struct per_msg *make_mc_location(const struct per *per, const char *at);
struct per_msg *make_mode_command(const struct per *per, unsigned session,
				  const char *media, const char *control);

#endif
