/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file settings.h  The agent's configuration file, read and checked
 */
#ifndef POSTERN_AGENT_SETTINGS_H
#define POSTERN_AGENT_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "addr/addr.h"
#include "conf/conf.h"
#include "log/log.h"
#include "policy.h"
#include "tunnel/auth.h"
#include "tunnel/hello.h"
#include "tunnel/mode.h"

enum {
	SERVERS_MAX	 = 8,
	HOST_LEN_MAX	 = 253, /* RFC 1035 §2.3.4 */
	SETTING_PATH_MAX = 255,
	USER_LEN_MAX	 = 64,
	CREDENTIAL_MAX	 = 120,
	INTERFACE_MAX	 = 15, /* netdevice(7) */
	SERVER_PORT	 = 7443, /* where neither DNS nor anybody says */
};

struct settings_server {
	char host[HOST_LEN_MAX + 1]; /**< name or numeric address */
	uint16_t port;		     /**< 0: as DNS says (SRV) */
};

struct settings {
	char name[AUTH_NAME_MAX + 1];
	char secret[AUTH_TEXT]; /**< "": a certificate */
	char hide[HELLO_HIDE + 1]; /**< a key made of that: hide.h */
	char certificate[SETTING_PATH_MAX + 1];
	char key[SETTING_PATH_MAX + 1];
	char user[USER_LEN_MAX + 1];
	enum log_level log_level;
	struct settings_server serverv[SERVERS_MAX];
	size_t serverc;
	bool media_in_tunnel;		    /**< where UDP gets nowhere */
	bool spread;			    /**< begin with any of them */
	uint32_t rotate;		    /**< ms, 0: never */
	struct settings_server proxy;	    /**< no host: none */
	char proxy_user[CREDENTIAL_MAX + 1];
	char proxy_password[CREDENTIAL_MAX + 1];
	char fingerprint[AUTH_TEXT];	    /**< "": by authority */
	char ca_file[SETTING_PATH_MAX + 1]; /**< "": the system's */
	struct addr sip;		    /**< unset: no SIP */
	uint16_t sip_port, sip_tls_port;    /**< there; 0: none */
	struct addr sip_tls;		    /**< unset: not over TLS */
	char sip_certificate[SETTING_PATH_MAX + 1]; /**< for terminals */
	char sip_key[SETTING_PATH_MAX + 1];
	struct addr h323;		    /**< unset: no H.323; no port */
	uint16_t ras_port, signalling_port; /**< there */
	struct addr lan;		    /**< of all these, and of media;
						unset: of none, or not yet */
	char lan_on[INTERFACE_MAX + 1];	    /**< where it is an interface's;
						"": it is fixed */
	media_modes modes;		    /**< media may go to it in */
	uint16_t media_min, media_max;	    /**< ports, at lan */
	bool aware;			    /**< it knows SIP itself */
	bool personal;			    /**< loopback, one terminal */
	char audit[SETTING_PATH_MAX + 1];   /**< "": to the log */
	struct policy_conf policy;
};

int settings_read(struct settings *s, const char *path, conf_error_h *errorh,
		  void *arg);
int settings_read_buf(struct settings *s, const char *name, const char *text,
		      size_t len, conf_error_h *errorh, void *arg);
void settings_move(struct settings *s, const struct addr *now);
void settings_reference(FILE *f);

#endif
