/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sdp.h  Session descriptions: read what matters, change only that
 *
 * The text is kept; edits are splices at the lines they concern, so what is
 * not understood passes through byte for byte. Reading rests on libosip2's
 * parser. RFC 8866 (SDP), RFC 3264 (offer/answer), RFC 3605 (a=rtcp),
 * RFC 5761 (rtcp-mux), RFC 4145 (setup), RFC 4975 (MSRP), RFC 8843 (BUNDLE),
 * RFC 8839 (ICE), T.38 Annex D.
 * Knows nobody.
 */
#ifndef POSTERN_SDP_H
#define POSTERN_SDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SDP_LEN_MAX   = 64 * 1024,
	SDP_LINE_MAX  = 2000, /**< lines */
	SDP_MEDIA_MAX = 32,
};

enum sdp_dir {
	SDP_SENDRECV,
	SDP_SENDONLY,
	SDP_RECVONLY,
	SDP_INACTIVE,
};

/** Who connects, over TCP: a=setup (RFC 4145 §4) */
enum sdp_setup {
	SDP_SETUP_NONE, /**< it doesn't say: an offerer connects */
	SDP_SETUP_ACTIVE,
	SDP_SETUP_PASSIVE,
	SDP_SETUP_ACTPASS,
	SDP_SETUP_HOLDCONN,
};

/** One m= section, read with the session level behind it */
struct sdp_media {
	const char *media;	/**< "audio", "video", "image", "message" … */
	const char *proto;	/**< "RTP/AVP", "udptl", "TCP/MSRP" … */
	uint16_t port;		/**< 0: rejected or removed */
	unsigned nports;	/**< "m=audio 5000/2": 2 */
	const char *addr;	/**< c= that applies, as text; NULL: none */
	int af;			/**< AF_INET, AF_INET6 or 0 (host name) */
	uint16_t rtcp_port;	/**< from a=rtcp, else port + 1, mux: port */
	const char *rtcp_addr;	/**< from a=rtcp, else NULL */
	bool is_rtp, is_tcp, is_t38;
	bool rtcp_mux;		/**< a=rtcp-mux */
	enum sdp_dir dir;	/**< direction that applies */
	bool hold;		/**< any form: inactive, sendonly, 0.0.0.0 */
	bool bundled;		/**< its mid stands in a=group:BUNDLE */
	bool bundle_first;	/**< and it is the tagged (first) one */
	bool bundle_only;
	const char *mid;
	const char *ice_ufrag, *ice_pwd; /**< media level or session level */
	unsigned candidates;
	bool dtls;		/**< a=fingerprint applies */
	enum sdp_setup setup;
	const char *path;	/**< a=path (RFC 4975 §8.1), else NULL */
	bool cema;		/**< a=msrp-cema (RFC 6714 §4) */
};

struct sdp;

/* EBADMSG: not an SDP; E2BIG: a limit above; the text is copied */
int sdp_decode(struct sdp **sp, const char *text, size_t len);
void sdp_free(struct sdp *s);
size_t sdp_media_count(const struct sdp *s);
const struct sdp_media *sdp_media(const struct sdp *s, size_t i);
const char *sdp_origin_addr(const struct sdp *s);
uint64_t sdp_origin_version(const struct sdp *s);
bool sdp_ice_lite(const struct sdp *s);

/** What to do with ICE attributes on the way out */
enum sdp_ice {
	SDP_ICE_KEEP,	/**< leave alone */
	SDP_ICE_REMOVE, /**< take every ICE line out */
	SDP_ICE_LITE,	/**< take them out, put ours in as an ICE-lite agent */
};

/** The new transport of one m= section */
struct sdp_transport {
	const char *addr;	/**< numeric address */
	int af;			/**< AF_INET or AF_INET6 */
	uint16_t port;
	uint16_t rtcp_port;	/**< 0: none; port: muxed; else a=rtcp if not
				     port + 1 */
	bool rtcp_mux;		/**< keep or take out a=rtcp-mux */
	enum sdp_ice ice;
	const char *ufrag, *pwd; /**< SDP_ICE_LITE */
};

/* The edits. A held c= of 0.0.0.0 (or ::) stays a hold address in the new
 * family; port 0 stays 0. */
int sdp_transport_set(struct sdp *s, size_t i, const struct sdp_transport *t);
/* another value where there is an a=setup of the section's own, or one more
 * line; nothing if it says so already */
int sdp_setup_set(struct sdp *s, size_t i, enum sdp_setup setup);
/* host and port of the first URI in a=path: whom one connects to */
int sdp_path_set(struct sdp *s, size_t i, const char *addr, int af,
		 uint16_t port);
int sdp_origin_set(struct sdp *s, const char *addr, int af);
int sdp_bundle_split(struct sdp *s); /**< take BUNDLE apart, cleanly */
int sdp_attr_add(struct sdp *s, int i, const char *line); /**< -1: session */
void sdp_attr_cut(struct sdp *s, const char *name); /**< wherever it stands */
int sdp_private_cut(struct sdp *s);

/* new text with all edits applied; free() it */
int sdp_encode(const struct sdp *s, char **text, size_t *len);

/**
 * Where the SDP lies in a message body: the whole of it
 * (application/sdp), or one part of multipart/… (RFC 2046 §5.1).
 * ENOENT: there is none.
 */
int sdp_body_find(const char *content_type, size_t ctlen, const char *body,
		  size_t len, size_t *off, size_t *sdplen);

#endif
