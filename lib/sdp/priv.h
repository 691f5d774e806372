/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sdp/priv.h  What the files of lib/sdp share
 */
#ifndef POSTERN_SDP_PRIV_H
#define POSTERN_SDP_PRIV_H

#include <netinet/in.h>

/* libosip2 has a struct sdp_media too */
#define sdp_media osip_sdp_media
#include <osipparser2/osip_port.h>
#include <osipparser2/sdp_message.h>
#undef sdp_media

#include "sdp/sdp.h"

enum {
	SESSION = -1, /**< media index of a session-level line */
	NO_LINE = -1,
};

/** One line of the text, and what becomes of it */
struct sdp_line {
	uint32_t off;
	uint32_t len; /**< without its end */
	uint8_t eol;  /**< octets of its end: 2, 1, or 0 at the very end */
	bool cut;     /**< is left out */
	char type;    /**< 'm', 'c', 'a' …; 0: not of the form x=… */
	int16_t media;
	char *swap;  /**< text to stand there instead, or NULL */
	char *after; /**< whole lines to follow it, or NULL */
};

struct sdp_section {
	struct sdp_media pub;
	int m, i, c, last; /**< lines; last: of the section */
	bool set;	   /**< has a new transport */
	char new_addr[INET6_ADDRSTRLEN];
	int new_af;
};

struct sdp {
	char *text;
	size_t len;
	const char *eol;
	struct sdp_line *lines;
	size_t nlines;
	struct sdp_section sec[SDP_MEDIA_MAX];
	size_t nsec;
	int o, c, last; /**< session level: lines */
	bool ice_lite, lite_added;
	sdp_message_t *osip; /**< owns the strings of sec[].pub */
};

bool sdp_line_attr(const struct sdp *s, const struct sdp_line *l,
		   const char *name);
const char *sdp_addr_type(int af);
bool sdp_addr_hold(const char *addr);
int sdp_read(struct sdp *s);

#endif
