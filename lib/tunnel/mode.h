/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file mode.h  How media goes between agent and relay, and who allows what
 *
 * The agent says in HELLO what it may do, the server in WELCOME what is done.
 * What takes over where no UDP gets through is no mode of this kind: it stands
 * below whichever was agreed upon. Pure.
 */
#ifndef POSTERN_TUNNEL_MODE_H
#define POSTERN_TUNNEL_MODE_H

#include <jansson.h>

/** In the order they are preferred in */
enum media_mode {
	MEDIA_SEALED, /**< each datagram by itself: media/seal.h */
	MEDIA_TOKEN,  /**< bare, a socket known by a token: media/token.h */
	MEDIA_MODES,  /**< as many; and where there is none in common */
};

/** A set of them: 1 << enum media_mode for each */
typedef unsigned media_modes;

enum {
	MEDIA_MODES_ALL = (1 << MEDIA_MODES) - 1,
};

const char *media_mode_name(enum media_mode m);
enum media_mode media_mode_find(const char *name);
enum media_mode media_mode_choose(media_modes a, media_modes b);
json_t *media_modes_json(media_modes set);
int media_modes_read(media_modes *set, const json_t *list);

#endif
