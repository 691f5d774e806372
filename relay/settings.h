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
#include "tunnel/mode.h"

enum {
	IFACES_MAX	= 32,
	WORKERS_MAX	= 64,
	SETTING_LEN_MAX = 64, /* of a name */
	SOCKET_PATH_MAX = 107,
	SETTING_PATH_MAX = 255,
	TUNNEL_LISTEN_MAX = 8,
	TUNNEL_SERVICES_MAX = 16,
};

/** Shall a way of moving packets be used? */
enum settings_path {
	PATH_AUTO, /**< where it can */
	PATH_ON,   /**< or don't start */
	PATH_OFF,
};

/** One [interface NAME]; the families it has */
struct settings_iface {
	char name[IFACE_NAME_MAX + 1];
	struct addr address[2];	   /**< IPv4, IPv6 */
	struct addr advertised[2]; /**< unset: the same */
	uint16_t port_min, port_max;
	uint8_t dscp;
};

/** UDP ports of terminals' local sockets */
struct settings_range {
	uint16_t min, max;
};

/** Where services of agents may listen */
struct settings_service {
	struct addr address; /**< without port */
	uint16_t port_min, port_max;
};

/** [tunnel]: where agents come in */
struct settings_tunnel {
	struct addr listen[TUNNEL_LISTEN_MAX];
	size_t listenc; /**< 0: no agents here */
	char certificate[SETTING_PATH_MAX + 1]; /**< "": one of our making */
	char key[SETTING_PATH_MAX + 1];
	char client_ca[SETTING_PATH_MAX + 1]; /**< "": secrets alone */
	char state[SETTING_PATH_MAX + 1];
	char advertised[SETTING_LEN_MAX + 1]; /**< "": the first of listen */
	struct settings_range sip_ports, ras_ports; /**< of terminals' */
	uint16_t media[2];	/**< UDP ports X and Y; 0: no media */
	bool media_link;	/**< media may go in-tunnel */
	media_modes modes;	/**< agents may use */
	struct addr sip;	/**< the proxy; unset: no SIP for agents */
	struct addr registrar;	/**< for aware ones; unset: not here */
	struct addr ras;	/**< the gatekeeper; unset: none for agents */
	uint32_t agent_sessions; /**< an aware one may have */
	struct settings_service services[TUNNEL_SERVICES_MAX];
	size_t servicec;	/**< 0: nowhere */
	uint32_t linger;			/**< ms */
	uint32_t keepalive;			/**< ms */
};

struct settings {
	char name[SETTING_LEN_MAX + 1];
	char socket[SOCKET_PATH_MAX + 1];
	char group[SETTING_LEN_MAX + 1]; /**< "": not said */
	char user[SETTING_LEN_MAX + 1];
	enum log_level log_level;
	uint32_t max_sessions, max_streams;
	enum settings_path kernel;
	uint32_t kernel_streams;  /**< on the kernel path at most */
	enum settings_path io_uring;
	uint32_t workers;	  /**< threads; 0: the loop does it */
	uint32_t session_timeout; /**< s, where the client says none */
	uint32_t orphan_timeout;  /**< s, 0: never */
	uint32_t learning_window; /**< ms */
	uint32_t first_window;	  /**< ms, 0: no end */
	uint32_t relatch_silence; /**< ms */
	struct settings_iface ifacev[IFACES_MAX];
	size_t ifacec;
	struct settings_tunnel tunnel;
};

int settings_read(struct settings *s, const char *path, conf_error_h *errorh,
		  void *arg);
int settings_read_buf(struct settings *s, const char *name, const char *text,
		      size_t len, conf_error_h *errorh, void *arg);
uint32_t settings_ports(const struct settings *s);
void settings_reference(FILE *f);

#endif
