/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file mode.c  How media goes between agent and relay, and who allows what
 *
 * Owns no state.
 */
#include <errno.h>
#include <string.h>
#include "tunnel/mode.h"


enum {
	NAMED_MAX = 16, /* in a list, known here or not */
};

static const char *const names[MEDIA_MODES] = {
	[MEDIA_SEALED] = "sealed",
	[MEDIA_TOKEN]  = "token",
};


/** As it is written; "none" for none */
const char *media_mode_name(enum media_mode m)
{
	return (unsigned)m < MEDIA_MODES ? names[m] : "none";
}


/** The mode that is called so; MEDIA_MODES: none */
enum media_mode media_mode_find(const char *name)
{
	unsigned i = 0;

	while (i < MEDIA_MODES && (!name || strcmp(names[i], name) != 0))
		++i;

	return (enum media_mode)i;
}


/** The best mode both may use; MEDIA_MODES: there is none */
enum media_mode media_mode_choose(media_modes a, media_modes b)
{
	unsigned i = 0;

	while (i < MEDIA_MODES && !(a & b & 1u << i))
		++i;

	return (enum media_mode)i;
}


/** A list of names; NULL: there is no memory */
json_t *media_modes_json(media_modes set)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < MEDIA_MODES; i++) {
		if (set & 1u << i)
			(void)json_array_append_new(list,
						    json_string(names[i]));
	}

	return list;
}


/**
 * Read a list of names; those not known here are left out of account
 *
 * @param set  Result
 * @param list NULL: whoever does not say it does sealed
 *
 * @return 0; EBADMSG: it is no such list
 */
int media_modes_read(media_modes *set, const json_t *list)
{
	*set = list ? 0 : 1u << MEDIA_SEALED;
	if (!list)
		return 0;
	if (!json_is_array(list) || json_array_size(list) > NAMED_MAX)
		return EBADMSG;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);

		if (!json_is_string(v))
			return EBADMSG;
		*set |= 1u << media_mode_find(json_string_value(v));
	}
	*set &= MEDIA_MODES_ALL;

	return 0;
}
