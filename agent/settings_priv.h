/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file settings_priv.h  What the files that read the configuration share
 */
#ifndef POSTERN_AGENT_SETTINGS_PRIV_H
#define POSTERN_AGENT_SETTINGS_PRIV_H

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
	MEDIA,
	ALLOW,
	PROTOCOLS,
	SERVICES,
	SOCKETS_MAX,
	SIGNALLED_ONLY,
	KEYS
};

/** Where to complain, and whether we did */
struct complaint {
	conf_error_h *errorh;
	void *arg;
	bool made;
};


#define complain(co, sec, key, ...)                                            \
	do {                                                                   \
		char text_[256];                                               \
		conf_error((sec), (key), text_, sizeof(text_), __VA_ARGS__);   \
		if ((co)->errorh)                                              \
			(co)->errorh(text_, (co)->arg);                        \
		(co)->made = true;                                             \
	} while (0)

void settings_copy(char *dst, size_t size, const char *src);
void settings_read_lan(struct settings *s, const struct conf_section *sec,
		       struct complaint *co);
void settings_read_policy(struct settings *s, const struct conf_section *sec,
			  struct complaint *co);

#endif
