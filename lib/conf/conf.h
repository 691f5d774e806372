/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file conf.h  Configuration files: a table says what may stand in them
 *
 * A program hands in a table of its keys, one row each, indexed by an enum of
 * its own; what the file says is checked against it, and read back by that
 * enum. A file has sections; a section "interface *" of the table stands for
 * any number of sections with a name, "[interface public]".
 *
 *	enum { TIMEOUT, ADDRESS, KEYS };
 *
 *	static const struct conf_key keys[KEYS] = {
 *		[TIMEOUT] = {"relay", "timeout", CONF_DURATION,
 *			     .min = 1000, .max = 3600000, .def = "60s",
 *			     .help = "silence after which a session is idle"},
 *		[ADDRESS] = {"interface *", "address", CONF_IP,
 *			     .required = true,
 *			     .help = "local address"},
 *	};
 *
 *	err = conf_read(&conf, path, keys, KEYS, error_h, NULL);
 *	timeout = conf_int(conf_section(conf, "relay"), TIMEOUT);
 *	for (s = conf_next(conf, "interface", NULL); s;
 *	     s = conf_next(conf, "interface", s))
 *		use(conf_section_name(s), conf_addr(s, ADDRESS));
 */
#ifndef POSTERN_CONF_H
#define POSTERN_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "addr/addr.h"

enum {
	CONF_FILE_MAX	 = 1024 * 1024, /**< bytes */
	CONF_LINE_MAX	 = 1000,	/**< bytes */
	CONF_SECTION_MAX = 256,		/**< sections with a name */
	CONF_NAME_MAX	 = 63,		/**< bytes of a section's name */
	CONF_LIST_MAX	 = 64,		/**< items of a list */
	CONF_ERROR_MAX	 = 20,		/**< errors told, the rest counted */
};

enum conf_type {
	CONF_STRING,   /**< any text; min, max: its length in bytes */
	CONF_INT,      /**< decimal; min, max: its value */
	CONF_BOOL,     /**< yes/no, true/false, on/off */
	CONF_DURATION, /**< "500ms", "30s", "5m", "2h", "1d"; milliseconds */
	CONF_SIZE,     /**< "512", "64k", "10M", "1G"; bytes, by 1024 */
	CONF_ADDR,     /**< numeric address, port optional: "[::1]:5060" */
	CONF_IP,       /**< numeric address without port */
	CONF_PORTS,    /**< "30000-39999", or a single port */
	CONF_ENUM,     /**< one of values[] */
	CONF_LIST,     /**< texts, comma between; min, max: how many */
};

/** What may stand under a key */
struct conf_key {
	const char *section;	   /**< "relay"; "interface *": with a name */
	const char *key;
	enum conf_type type;
	int64_t min, max;	   /**< see the type; both 0: no limit */
	const char *const *values; /**< CONF_ENUM: names, then NULL */
	const char *def;	   /**< as one would write it; NULL: not set */
	bool required;		   /**< in its section, where that exists */
	bool secret;		   /**< never quoted in an error */
	const char *help;	   /**< one sentence for conf_reference() */
};

struct conf;
struct conf_section;

/** One error, "FILE:LINE: [section] key: …", without newline */
typedef void(conf_error_h)(const char *text, void *arg);

/* 0; EINVAL: the file is wrong; ENOENT, EACCES …: it cannot be read; ENOMEM.
 * errorh has got a sentence for each error. The table must outlive *cp. */
int conf_read(struct conf **cp, const char *path, const struct conf_key *keys,
	      size_t nkeys, conf_error_h *errorh, void *arg);
/* the same from memory; name stands for the file in errors */
int conf_read_buf(struct conf **cp, const char *name, const char *text,
		  size_t len, const struct conf_key *keys, size_t nkeys,
		  conf_error_h *errorh, void *arg);
void conf_free(struct conf *c);

/* an error of the program's own, in the same form, at the key's line */
void conf_error(const struct conf_section *s, size_t key, char *buf,
		size_t size, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* a section without name is always there: if not in the file, with defaults */
const struct conf_section *conf_section(const struct conf *c,
					const char *section);
/* sections with a name, in the order of the file; prev NULL: the first */
const struct conf_section *conf_next(const struct conf *c,
				     const char *section,
				     const struct conf_section *prev);
const char *conf_section_name(const struct conf_section *s);

/* The value under a key of the table, borrowed from the configuration. Not
 * set, or of another type: NULL, 0, false, an unset address, {0, 0}. */
bool conf_is_set(const struct conf_section *s, size_t key);
const char *conf_string(const struct conf_section *s, size_t key);
int64_t conf_int(const struct conf_section *s, size_t key); /* also
						duration, size; enum: index */
bool conf_bool(const struct conf_section *s, size_t key);
struct addr conf_addr(const struct conf_section *s, size_t key);

struct conf_ports {
	uint16_t min, max;
};

struct conf_ports conf_ports(const struct conf_section *s, size_t key);
size_t conf_list_count(const struct conf_section *s, size_t key);
const char *conf_list_item(const struct conf_section *s, size_t key, size_t i);

/* a commented configuration file with every key of the table */
void conf_reference(FILE *f, const struct conf_key *keys, size_t nkeys);

#endif
