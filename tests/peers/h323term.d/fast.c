/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file fast.c  fastStart (H.323 §8.1.7): lists of channels to open at once
 */
#include <string.h>
#include "call.h"


/** Both directions of each kind: "fastKinds", audio by default */
json_t *fast_offer(struct call *c)
{
	json_t *list = json_array(), *olc;

	for (int k = 0; k < KINDS; k++) {
		const char *name = kind_name((enum kind)k);

		if (option(c->conf, "fastKinds")
			    ? !option_has(c->conf, "fastKinds", name)
			    : k != AUDIO)
			continue;
		for (int reverse = 0; reverse < 2; reverse++) {
			olc = channel_offer(c, (enum kind)k, reverse);
			if (olc)
				(void)json_array_append_new(list, olc);
		}
	}

	return list;
}


/** @return What of the offers is accepted; NULL: nothing */
json_t *fast_accept(struct call *c)
{
	json_t *list = json_array(), *olc, *answer;
	size_t i;

	json_array_foreach(c->offered, i, olc) {
		answer = json_is_object(olc) ? channel_accept_offer(c, olc)
					     : NULL;
		if (answer)
			(void)json_array_append_new(list, answer);
	}
	c->fast = json_array_size(list) > 0;
	if (c->fast)
		return list;
	json_decref(list);

	return NULL;
}


void fast_accepted(struct call *c, const json_t *olcs)
{
	json_t *olc;
	size_t i;

	c->fast = true;
	json_array_foreach(olcs, i, olc) {
		if (json_is_object(olc))
			channel_offer_accepted(c, olc);
	}
}
