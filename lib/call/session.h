/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file session.h  A media session as the signalling side holds it
 *
 * One session is one branch of one INVITE: two legs for each stream, `a`
 * towards the caller and `b` towards the called party. The struct is flat (no
 * pointers), so it is copied with one memcpy: out of shared memory, changed,
 * put back. A copy for changing has room for SESSION_STREAMS_MAX streams; a
 * stored one only for those it has.
 */
#ifndef POSTERN_CALL_SESSION_H
#define POSTERN_CALL_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "addr/addr.h"

enum {
	SESSION_ID_SIZE = 48,	  /**< relay's session id, with NUL */
	SESSION_CALL_SIZE = 33,	  /**< row in the store's calls, with NUL */
	SESSION_CALLID_MAX = 255, /**< octets of a Call-ID */
	SESSION_TAG_MAX = 127,	  /**< octets of a tag */
	SESSION_STREAMS_MAX = 16, /**< streams of one session, ever */
	SESSION_MEDIA_SIZE = 16,  /**< "audio", "application", with NUL */
	SESSION_UFRAG_SIZE = 40,  /**< ICE user fragment, with NUL */
	SESSION_PWD_SIZE = 80,	  /**< ICE password, with NUL */
	SESSION_IFACE_SIZE = 33,  /**< relay's interface, with NUL */
	SESSION_AGENT_SIZE = 65,  /**< agent's name, with NUL */
	SESSION_PATH_SIZE = 64,	  /**< host and port in a=path, with NUL */
};

enum session_side {
	SESSION_A, /**< caller: sent the INVITE that began it */
	SESSION_B, /**< called party of this branch */
	SESSION_SIDES,
	SESSION_NOBODY = SESSION_SIDES,
};

enum session_rtcp {
	SESSION_RTCP_SEPARATE, /**< even/odd pair */
	SESSION_RTCP_MUX,      /**< RFC 5761 */
	SESSION_RTCP_NONE,     /**< no RTP: T.38 over UDPTL … */
};

/** What the relay does towards a party, over TCP (RFC 4145) */
enum session_setup {
	SESSION_SETUP_PASSIVE, /**< the party connects */
	SESSION_SETUP_ACTIVE,  /**< it is connected to */
	SESSION_SETUP_HOLDCONN,
};

/** What a party signalled about where its media is */
struct session_remote {
	struct addr addr;   /**< unset: not reachable, or not known */
	uint16_t rtcp_port; /**< beside addr */
	uint16_t hint; /**< signalled port of a party behind a NAT; 0: none */
	uint16_t hint_rtcp;
	uint8_t setup;		      /**< enum session_setup; TCP */
	char path[SESSION_PATH_SIZE]; /**< MSRP: host, port; "": none */
	char ufrag[SESSION_UFRAG_SIZE]; /**< "": no ICE */
	char pwd[SESSION_PWD_SIZE];
};

struct session_leg {
	struct addr local; /**< the relay's, for this party's SDP */
	uint16_t local_rtcp;
	uint8_t rtcp; /**< enum session_rtcp */
	bool ice;     /**< we are an ICE-lite agent towards this party */
	bool hold;    /**< this party's SDP holds the stream */
	bool next_hold;
	bool next_set;		    /**< `next` waits for the answer */
	uint64_t bandwidth;	    /**< bit/s from this party; 0: any */
	struct session_remote cur;  /**< what the relay has been told */
	struct session_remote next; /**< offered, not answered yet */
};

enum session_stream_state {
	SESSION_STREAM_OFFERED, /**< opened for an offer not answered yet */
	SESSION_STREAM_ACTIVE,
	SESSION_STREAM_ENDED, /**< closed; its index isn't reused */
};

struct session_stream {
	uint16_t mline; /**< index of the m= line */
	uint8_t state;	/**< enum session_stream_state */
	bool tcp;	/**< its legs are connections */
	char media[SESSION_MEDIA_SIZE];
	struct session_leg leg[SESSION_SIDES];
};

struct session {
	/* who */
	char id[SESSION_ID_SIZE];
	char call[SESSION_CALL_SIZE];
	char callid[SESSION_CALLID_MAX + 1];
	char tag[SESSION_SIDES]
		[SESSION_TAG_MAX + 1]; /**< From, To of INVITE */
	int branch;		       /**< of the transaction */
	unsigned relay;		       /**< index in the relay set */
	uint32_t version;	       /**< the table's: counts the changes */
	int64_t created;	       /**< ms since 1970 */
	int64_t answered;

	/* where it stands */
	bool opened;	 /**< the relay knows it */
	bool confirmed;	 /**< a 2xx came: a call */
	bool late;	 /**< the INVITE being handled carried no offer */
	bool hold;	 /**< the relay was told so */
	uint8_t offerer; /**< enum session_side whose offer is open */

	/* facts of each side */
	uint8_t family[SESSION_SIDES]; /**< 4 or 6 */
	bool known[SESSION_SIDES]; /**< its SDP was applied: may send media */
	char iface[SESSION_SIDES][SESSION_IFACE_SIZE]; /**< "": the default */
	char agent[SESSION_SIDES]
		  [SESSION_AGENT_SIZE]; /**< "": met face to face */
	struct addr signalling[SESSION_SIDES];
	struct addr next_signalling;  /**< the offerer's, if it moved */
	uint64_t seen[SESSION_SIDES]; /**< digest of its last SDP applied */
	char ufrag[SESSION_SIDES][SESSION_UFRAG_SIZE]; /**< ours, towards it */
	char pwd[SESSION_SIDES][SESSION_PWD_SIZE];

	unsigned streams_count;
	struct session_stream streams[]; /**< the index is the relay's */
};

/** The other one */
static inline enum session_side session_other(enum session_side side)
{
	return side == SESSION_A ? SESSION_B : SESSION_A;
}

/* room for changing: SESSION_STREAMS_MAX streams; free() it */
struct session *session_alloc(void);
/* octets of a session with n streams */
size_t session_size(unsigned n);
/* into a struct with room for as many streams */
void session_copy(struct session *to, const struct session *from);

/* EINVAL: empty; E2BIG: too long for us */
int session_set_callid(struct session *s, const char *p, size_t len);
int session_set_tag(struct session *s, enum session_side side, const char *p,
		    size_t len);

/* the call a session's id (table_id()) was made from; EINVAL */
int session_id_call(const char *id, char call[SESSION_CALL_SIZE]);

/* a party is behind an agent: the session is at that agent's relay */
bool session_has_agent(const struct session *s);

struct session_stream *session_stream_at(struct session *s, unsigned mline);
bool session_on_hold(const struct session *s);
unsigned session_streams_open(const struct session *s);

/** What is looked for in a message within a dialog */
struct session_dialog {
	const char *callid;
	size_t callid_len;
	const char *from_tag, *to_tag;
	size_t from_tag_len, to_tag_len;
};

/* does the message belong to the session, and who sent it? SESSION_NOBODY */
enum session_side session_sender(const struct session *s,
				 const struct session_dialog *d);

/* FNV-1a, for the digest of a body and for the table */
uint64_t session_digest(const void *p, size_t len);

#endif
