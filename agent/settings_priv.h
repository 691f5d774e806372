/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file settings_priv.h  What the files that read the configuration share
 */
#ifndef POSTERN_AGENT_SETTINGS_PRIV_H
#define POSTERN_AGENT_SETTINGS_PRIV_H

#include "conf/complaint.h"
#include "settings.h"

/** Rows of the table */
enum key {
	NAME,
	SECRET,
	CERTIFICATE,
	KEY,
	USER,
	LOG_LEVEL,
	MODE,
	AWARE,
	AUDIT,
	SERVER,
	ORDER,
	IN_TUNNEL,
	ROTATE,
	PROXY,
	PROXY_USER,
	PROXY_PASSWORD,
	FINGERPRINT,
	CA_FILE,
	MODES,
	SIP,
	SIP_TLS,
	SIP_CERTIFICATE,
	SIP_KEY,
	H323,
	RAS_PORT,
	SIGNALLING_PORT,
	MEDIA,
	ALLOW,
	PROTOCOLS,
	SERVICES,
	SOCKETS_MAX,
	SIGNALLED_ONLY,
	KEYS
};

void settings_copy(char *dst, size_t size, const char *src);
void settings_read_lan(struct settings *s, const struct conf_section *sec,
		       struct complaint *co);
void settings_read_policy(struct settings *s, const struct conf_section *sec,
			  struct complaint *co);

#endif
