/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file conf_fuzz.c  Any bytes as a configuration file
 */
#include <stdlib.h>
#include <string.h>
#include "conf/conf.h"


enum {
	STRING,
	SECRET,
	INT,
	BOOL,
	DURATION,
	SIZE,
	ADDR,
	IP,
	PORTS,
	ENUM,
	LIST,
	NAMED,
	KEYS,
};

static const char *const values[] = {"one", "two", NULL};

static const struct conf_key keys[KEYS] = {
	[STRING]   = {"a", "string", CONF_STRING, .max = 20},
	[SECRET]   = {"a", "secret", CONF_STRING, .max = 20, .secret = true},
	[INT]	   = {"a", "int", CONF_INT, .min = -5, .max = 5, .def = "1"},
	[BOOL]	   = {"a", "bool", CONF_BOOL},
	[DURATION] = {"a", "duration", CONF_DURATION},
	[SIZE]	   = {"a", "size", CONF_SIZE},
	[ADDR]	   = {"b", "addr", CONF_ADDR},
	[IP]	   = {"b", "ip", CONF_IP},
	[PORTS]	   = {"b", "ports", CONF_PORTS},
	[ENUM]	   = {"b", "enum", CONF_ENUM, .values = values},
	[LIST]	   = {"b", "list", CONF_LIST, .min = 1, .max = 4},
	[NAMED]	   = {"c *", "int", CONF_INT, .required = true},
};


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void error_h(const char *text, void *arg)
{
	unsigned *n = arg;

	if (!text[0] || ++*n > CONF_ERROR_MAX + 1)
		abort();
}


static void use(const struct conf *c)
{
	const struct conf_section *a = conf_section(c, "a");
	const struct conf_section *b = conf_section(c, "b");
	const struct conf_section *s;
	size_t i;

	if (!a || !b || conf_int(a, INT) < -5 || conf_int(a, INT) > 5 ||
	    (conf_is_set(a, STRING) && strlen(conf_string(a, STRING)) > 20) ||
	    conf_int(a, DURATION) < 0 || conf_int(a, SIZE) < 0 ||
	    conf_int(b, ENUM) > 1 || conf_list_count(b, LIST) > 4 ||
	    conf_ports(b, PORTS).min > conf_ports(b, PORTS).max)
		abort();

	for (i = 0; i < conf_list_count(b, LIST); i++) {
		if (!conf_list_item(b, LIST, i)[0])
			abort();
	}

	for (s = conf_next(c, "c", NULL); s; s = conf_next(c, "c", s)) {
		if (!conf_section_name(s)[0] || !conf_is_set(s, NAMED))
			abort();
	}
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf *c = NULL;
	unsigned errors = 0;
	int err;

	err = conf_read_buf(&c, "fuzz", (const char *)data, size, keys, KEYS,
			    error_h, &errors);

	/* an error always comes with a sentence, and never without */
	if (!err != !errors || !err != !!c)
		abort();

	if (!err)
		use(c);

	conf_free(c);

	return 0;
}
