/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file relay/settings_priv.h  What the files that read the configuration share
 */
#ifndef POSTERN_RELAY_SETTINGS_PRIV_H
#define POSTERN_RELAY_SETTINGS_PRIV_H

#include "conf/complaint.h"
#include "settings.h"

/** Rows of the table */
enum key {
	NAME,
	SOCKET,
	GROUP,
	USER,
	LOG_LEVEL,
	WORKERS,
	KERNEL,
	KERNEL_STREAMS,
	IO_URING,
	MAX_SESSIONS,
	MAX_STREAMS,
	SESSION_TIMEOUT,
	ORPHAN_TIMEOUT,
	LEARNING_WINDOW,
	FIRST_WINDOW,
	RELATCH_SILENCE,
	IF_ADDRESS,
	IF_ADVERTISED,
	IF_PORTS,
	IF_DSCP,
	TUNNEL_LISTEN,
	TUNNEL_CERTIFICATE,
	TUNNEL_KEY,
	TUNNEL_CLIENT_CA,
	TUNNEL_STATE,
	TUNNEL_ADVERTISED,
	TUNNEL_SIP,
	TUNNEL_REGISTRAR,
	TUNNEL_AGENT_SESSIONS,
	TUNNEL_SIP_PORTS,
	TUNNEL_RAS,
	TUNNEL_RAS_PORTS,
	TUNNEL_MEDIA,
	TUNNEL_IN_TUNNEL,
	TUNNEL_SERVICES,
	TUNNEL_MODES,
	TUNNEL_LINGER,
	TUNNEL_KEEPALIVE,
	KEYS
};

void settings_copy(char *dst, size_t size, const char *src);
void settings_read_iface(struct settings *s, const struct conf_section *sec,
			 struct complaint *co);
void settings_check_overlap(const struct settings *s, const char *name,
			    struct complaint *co);
void settings_read_tunnel(struct settings *s, const struct conf_section *sec,
			  struct complaint *co);

#endif
