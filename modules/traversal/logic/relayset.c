/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file relayset.c  The relays an operator names, and which one a call gets
 *
 * Pure; owns nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "logic/relayset.h"

static int set_path(struct relayset *rs, const char *p, size_t len,
		const char **why)
{
	if(len >= 5 && !strncmp(p, "unix:", 5)) {
		p += 5;
		len -= 5;
	}
	if(len == 0 || *p != '/') {
		*why = "expected the absolute path of a relay's control socket, "
			   "unix:/run/postern/relay.sock";
		return EINVAL;
	}
	if(len >= RELAYSET_PATH_SIZE) {
		*why = "the path of a socket has 107 characters at most";
		return EINVAL;
	}
	(void)snprintf(rs->m[rs->n].path, RELAYSET_PATH_SIZE, "%.*s", (int)len, p);
	return 0;
}

static int set_name(struct relayset *rs, const char *p, size_t len,
		const char **why)
{
	if(len == 0 || len >= RELAYSET_NAME_SIZE) {
		*why = "name: expected 1 to 32 characters";
		return EINVAL;
	}
	(void)snprintf(rs->m[rs->n].name, RELAYSET_NAME_SIZE, "%.*s", (int)len, p);
	return 0;
}

static int set_weight(struct relayset *rs, const char *p, size_t len,
		const char **why)
{
	char *end;
	unsigned long w = strtoul(p, &end, 10);

	if(*p < '0' || *p > '9' || end != p + len || w > RELAYSET_WEIGHT_MAX) {
		*why = "weight: expected a number from 0 to 1000";
		return EINVAL;
	}
	rs->m[rs->n].weight = (unsigned)w;
	return 0;
}

static int set_option(struct relayset *rs, const char *p, size_t len,
		const char **why)
{
	if(len > 5 && !strncmp(p, "name=", 5))
		return set_name(rs, p + 5, len - 5, why);
	if(len > 7 && !strncmp(p, "weight=", 7))
		return set_weight(rs, p + 7, len - 7, why);

	*why = "expected name=… or weight=… after the ';'";
	return EINVAL;
}

/**
 * Add a relay
 *
 * Without a name it is called relay1, relay2 … in their order; its weight is 1
 * unless said. A relay of weight 0 is taken when all others are unusable.
 *
 * @param rs   Set
 * @param text The operator's words
 * @param why  Gets what was expected, when it is not that
 *
 * @return 0, EINVAL
 */
int relayset_add(struct relayset *rs, const char *text, const char **why)
{
	size_t len = strcspn(text, ";");
	int err;

	if(rs->n >= RELAYSET_MAX) {
		*why = "there are 16 relays already";
		return EINVAL;
	}

	(void)snprintf(
			rs->m[rs->n].name, RELAYSET_NAME_SIZE, "relay%u", rs->n + 1);
	rs->m[rs->n].weight = 1;
	err = set_path(rs, text, len, why);
	for(text += len; !err && *text == ';'; text += len) {
		++text;
		len = strcspn(text, ";");
		err = set_option(rs, text, len, why);
	}
	if(err)
		return err;

	if(relayset_find(rs, rs->m[rs->n].name) != RELAYSET_NONE) {
		*why = "another relay has this name";
		return EINVAL;
	}
	++rs->n;
	return 0;
}

/**
 * Choose a relay for a new call
 *
 * @param rs     Set
 * @param usable Bit i: relay i may be chosen
 * @param random Any number, evenly spread
 *
 * @return Its index, RELAYSET_NONE when none may be chosen
 */
int relayset_pick(const struct relayset *rs, uint32_t usable, uint64_t random)
{
	uint64_t total = 0, at;

	for(unsigned i = 0; i < rs->n; i++)
		total += usable & (1u << i) ? rs->m[i].weight : 0;

	if(total == 0) {
		for(unsigned i = 0; i < rs->n; i++) {
			if(usable & (1u << i))
				return (int)i;
		}
		return RELAYSET_NONE;
	}

	at = random % total;
	for(unsigned i = 0; i < rs->n; i++) {
		if(!(usable & (1u << i)))
			continue;
		if(at < rs->m[i].weight)
			return (int)i;
		at -= rs->m[i].weight;
	}
	return RELAYSET_NONE;
}

int relayset_find(const struct relayset *rs, const char *name)
{
	for(unsigned i = 0; i < rs->n; i++) {
		if(!strcmp(rs->m[i].name, name))
			return (int)i;
	}
	return RELAYSET_NONE;
}
