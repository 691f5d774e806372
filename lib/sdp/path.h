/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sdp/path.h  Host and port in a list of MSRP URIs (RFC 4975 §6)
 *
 * In a=path, and in MSRP's own To-Path and From-Path.
 */
#ifndef POSTERN_SDP_PATH_H
#define POSTERN_SDP_PATH_H

#include <stdbool.h>
#include <string.h>

/**
 * Find host and port of the first URI: "msrp://user@host:port/session;tcp"
 *
 * @param p    Text, with or without blanks before it
 * @param end  Its end
 * @param from Gets where the host begins
 * @param to   Gets where the port, or the host without one, ends
 *
 * @return false: there is none
 */
static inline bool sdp_path_find(const char *p, const char *end,
				 const char **from, const char **to)
{
	const char *at;

	while (p < end && *p == ' ')
		++p;
	while (p + 2 < end && memcmp(p, "://", 3)) {
		if (*p == ' ')
			return false;
		++p;
	}
	if (p + 2 >= end)
		return false;
	*from = p + 3;
	for (*to = *from; *to < end && !memchr("/; ", **to, 3);)
		++*to;
	at = memchr(*from, '@', (size_t)(*to - *from));
	if (at)
		*from = at + 1;

	return *to > *from;
}

#endif
