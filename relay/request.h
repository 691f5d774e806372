/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file request.h  session.open and session.update, read from JSON
 *
 * Pure: JSON in, a struct or one precise sentence out. What depends on the
 * relay's state (does the interface exist, is the port free) is not asked
 * here. Strings are borrowed from the JSON.
 */
#ifndef POSTERN_RELAY_REQUEST_H
#define POSTERN_RELAY_REQUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <jansson.h>
#include "addr/addr.h"
#include "media/latch.h"
#include "rpc/rpc.h"

/* What a client may ask for */
enum {
	ID_LEN_MAX	= 128,
	OWNER_LEN_MAX	= 64,
	LABEL_LEN_MAX	= 256,
	MEDIA_LEN_MAX	= 32,
	IFACE_NAME_MAX	= 64,
	AGENT_NAME_MAX	= 64,
	ICE_UFRAG_MAX	= 256, /* RFC 8839 §5.4 */
	ICE_PWD_MAX	= 256,
	PATH_LEN_MAX	= 255, /* host and port in an MSRP URI */
	STREAMS_MAX	= 32,  /* of one session */
	STREAM_INDEX_MAX = 65535,
	TIMEOUT_MAX	= 86400,
};

/** Where RTCP is */
enum leg_rtcp {
	RTCP_SEPARATE, /**< the odd port of the pair */
	RTCP_MUX,      /**< RTP's port (RFC 5761) */
	RTCP_NONE,
};

/** Who connects, over TCP (RFC 4145 §4): the relay towards this party */
enum leg_setup {
	SETUP_PASSIVE, /**< the party connects to the leg's port */
	SETUP_ACTIVE,  /**< we connect to `remote` */
	SETUP_HOLDCONN, /**< nobody, for now */
};

/** Bits of the members of a leg */
enum {
	LEG_INTERFACE	= 1 << 0,
	LEG_FAMILY	= 1 << 1,
	LEG_RTCP	= 1 << 2,
	LEG_POLICY	= 1 << 3,
	LEG_SIGNALLING	= 1 << 4,
	LEG_REMOTE	= 1 << 5,
	LEG_HINT	= 1 << 6,
	LEG_ICE		= 1 << 7,
	LEG_DSCP	= 1 << 8,
	LEG_BANDWIDTH	= 1 << 9,
	LEG_LOCAL	= 1 << 10,
	LEG_AGENT	= 1 << 11,
	LEG_SETUP	= 1 << 12,
	LEG_PATH	= 1 << 13,
};

struct ice_req {
	const char *ufrag, *pwd;	     /**< ours */
	const char *remote_ufrag, *remote_pwd; /**< may be NULL */
};

struct leg_req {
	uint32_t set;	/**< members that are there (LEG_*), null included */
	uint32_t clear;	/**< of these, the ones that are null */
	const char *interface;
	const char *agent;	/**< NULL: the ports are the relay's */
	int family;
	enum leg_rtcp rtcp;
	enum latch_policy policy;
	struct addr signalling;
	struct addr remote, remote_rtcp;
	uint16_t hint, hint_rtcp;
	struct ice_req ice;
	uint8_t dscp;
	uint64_t bandwidth;	/**< bit/s */
	uint16_t local, local_rtcp;
	enum leg_setup setup;
	const char *path;	/**< NULL: not said, or null */
};

struct stream_req {
	unsigned index;
	bool remove;
	int tcp;		/**< 0, 1, -1: not said */
	const char *media;	/**< NULL: not said */
	struct leg_req leg[2];
};

struct session_req {
	const char *id, *owner, *label; /**< owner, label: NULL: not said */
	int timeout;		/**< s, -1: not said */
	int hold;		/**< 0, 1, -1: not said */
	struct stream_req streamv[STREAMS_MAX];
	size_t streamc;
};

int session_req_decode(struct session_req *r, const json_t *params,
		       struct rpc_error *err);

/* for the small requests */
int param_str(const json_t *obj, const char *at, const char *name, size_t max,
	      const char **value, struct rpc_error *err);
int param_uint(const json_t *obj, const char *at, const char *name,
	       uint64_t min, uint64_t max, uint64_t *value,
	       struct rpc_error *err);
int param_bool(const json_t *obj, const char *at, const char *name,
	       bool *value, struct rpc_error *err);
int param_id(const json_t *params, const char **id, struct rpc_error *err);

#endif
