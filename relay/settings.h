/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file settings.h  The relay's configuration file, read and checked
 */
#ifndef POSTERN_RELAY_SETTINGS_H
#define POSTERN_RELAY_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "addr/addr.h"
#include "conf/conf.h"
#include "log/log.h"
#include "request.h"

enum {
	IFACES_MAX	= 32,
	SETTING_LEN_MAX = 64, /* of a name */
	SOCKET_PATH_MAX = 107,
};

/** One [interface NAME]; the families it has */
struct settings_iface {
	char name[IFACE_NAME_MAX + 1];
	struct addr address[2];	   /**< IPv4, IPv6 */
	struct addr advertised[2]; /**< unset: the same */
	uint16_t port_min, port_max;
	uint8_t dscp;
};

struct settings {
	char name[SETTING_LEN_MAX + 1];
	char socket[SOCKET_PATH_MAX + 1];
	char group[SETTING_LEN_MAX + 1]; /**< "": not said */
	char user[SETTING_LEN_MAX + 1];
	enum log_level log_level;
	uint32_t max_sessions, max_streams;
	uint32_t session_timeout; /**< s, where the client says none */
	uint32_t orphan_timeout;  /**< s, 0: never */
	uint32_t learning_window; /**< ms */
	uint32_t first_window;	  /**< ms, 0: no end */
	uint32_t relatch_silence; /**< ms */
	struct settings_iface ifacev[IFACES_MAX];
	size_t ifacec;
};

int settings_read(struct settings *s, const char *path, conf_error_h *errorh,
		  void *arg);
int settings_read_buf(struct settings *s, const char *name, const char *text,
		      size_t len, conf_error_h *errorh, void *arg);
uint32_t settings_ports(const struct settings *s);
void settings_reference(FILE *f);

#endif
