/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file store.h  The registration store: registrations, calls, flows, audit
 *
 * One handle per process and thread. SIP and H.323 stand side by side in it.
 * No SQL and no type of the database below shows here: a second backend can
 * can come behind this header. All strings are UTF-8 (an octet that is none
 * becomes "?"), NUL-terminated, borrowed for the length of the call; NULL
 * means "not known". All times are
 * milliseconds since 1970 (UTC); 0 means "not known" (expires: "never").
 *
 * Errors: EBUSY (locked longer than busy_timeout), ENOSPC (disk full),
 * EBADMSG (the file is corrupted or no database of ours), EPROTO (its schema
 * is newer than this program), ENOENT, EISDIR, EACCES, EROFS, EIO, ENOMEM,
 * EINVAL. store_strerror() has the sentence for the operator; one line is
 * logged when the kind of error changes, not one per call. A handle outlives
 * every error: when the trouble is over, its next call works.
 */
#ifndef POSTERN_STORE_H
#define POSTERN_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;

struct store_conf {
	const char *path;	  /**< e.g. /var/lib/postern/registrations.db */
	unsigned busy_timeout_ms; /**< 0: 500 */
	bool readonly;		  /**< no migration, no writing */
	const char *name;	  /**< who writes, for the audit: "traversal";
				       NULL: "server" */
};

int store_open(struct store **sp, const struct store_conf *conf,
	       char *errbuf, size_t errsz);
void store_close(struct store *s);
const char *store_strerror(const struct store *s);
int store_schema_version(const struct store *s);

/* A batch: everything between begin and commit is written once, or not. After
 * an error of the database inside of it the rest of the batch is refused with
 * the same error, and commit returns it; put it all again in another batch. A
 * refused argument (EINVAL) does no harm to the batch. A batch holds the
 * write lock: keep it short. */
int store_begin(struct store *s);
int store_commit(struct store *s);
void store_rollback(struct store *s);


enum store_kind {
	STORE_SIP,
	STORE_H323,
};

/**
 * One contact of one registration. A registration is an alias of a kind; it
 * exists as long as it has a contact.
 */
struct store_contact {
	enum store_kind kind;
	const char *alias;	 /**< "alice@example.com", "5551234", h323-ID */
	const char *aliasType;	 /**< "aor"; "dialledDigits", "h323-ID" … */
	const char *id;		 /**< unique within kind: ruid; endpoint id */
	const char *callSignalAddress; /**< as the terminal claims it: Contact
					    URI; H.225.0 callSignalAddress */
	const char *received;	 /**< as seen: "192.0.2.1:40001" */
	const char *transport;	 /**< "udp", "tcp", "tls", "ws", "wss" */
	const char *agent;	 /**< agent id, NULL without one */
	const char *path;	 /**< RFC 3327 Path */
	const char *userAgent;
	int64_t expires;	 /**< absolute; 0: never */
	int64_t firstSeen;	 /**< kept from the first put if there is one */
	int64_t lastSeen;
	bool nat;		 /**< terminal is behind a NAT */
	/* RFC 3261 §10.2, RFC 5626: what a registrar needs to go on */
	const char *callId;
	int cseq;
	int q;			 /**< q × 1000; -1: none */
	const char *instance;	 /**< +sip.instance */
	unsigned regId;
	const char *hostData;	 /**< the host's own, opaque JSON */
};

typedef int(store_contact_h)(const struct store_contact *c, void *arg);

/* cheapest when only expires, lastSeen, callId and cseq differ from what
 * stands there */
int store_contact_put(struct store *s, const struct store_contact *c);
/* deleting what is not there is no error. With a reason ("unreachable",
 * "operator") an audit row is written; NULL (the terminal's own wish) writes none */
int store_contact_delete(struct store *s, enum store_kind kind,
			 const char *id, const char *reason);
/* deletes what expired at or before `now`, at most 1,000 contacts a call: call
 * again while *count is 1,000. Writes an audit row for each */
int store_contact_expire(struct store *s, enum store_kind kind, int64_t now,
			 unsigned *count);
/* all (alias NULL) or one alias's contacts that are active at `now`
 * (0: also expired ones); a handler's non-zero return stops and is returned */
int store_contact_each(struct store *s, enum store_kind kind,
		       const char *alias, int64_t now, store_contact_h *h,
		       void *arg);
int store_contact_count(struct store *s, enum store_kind kind, int64_t now,
			uint64_t *n);


/** One call, both legs, either protocol. id is unique for ever. */
struct store_call {
	const char *id;
	enum store_kind kind;
	const char *callIdentifier; /**< SIP Call-ID; H.225.0 callIdentifier */
	const char *caller, *callee; /**< AoR or alias */
	const char *callerAddress, *calleeAddress; /**< signalling, as seen */
	const char *callerAgent, *calleeAgent;
	int64_t start, answer, end;
	const char *endReason;	/**< "bye", "cancel", "busy", "media-timeout" */
	int endCode;		/**< SIP status or Q.931 cause; 0: none */
	const char *endedBy;	/**< "caller", "callee", "operator", "server" */
};

typedef int(store_call_h)(const struct store_call *c, void *arg);

/* puts what is known: NULL and 0 leave what stands there */
int store_call_put(struct store *s, const struct store_call *c);
/* newest first; active_only: those without an end */
int store_call_each(struct store *s, bool active_only, unsigned limit,
		    store_call_h *h, void *arg);


/** What one party sent on one stream: one row per stream and direction */
struct store_flow {
	const char *call;	/**< store_call.id */
	const char *session;	/**< the relay's session id */
	const char *relay;	/**< name of the relay that moved it */
	unsigned stream;	/**< index of the m= line or logical channel */
	const char *media;	/**< "audio", "video", "image" … */
	const char *from;	/**< "caller" or "callee": who sent it */
	uint64_t packets, bytes; /**< received from that party and passed on */
	uint64_t dropped;	/**< refused by the latch or a limit */
	uint64_t lost;		/**< missing sequence numbers */
	const char *latched;	/**< source address learnt, "192.0.2.1:5004" */
	int64_t latchedAt;
	int64_t start, end;
};

typedef int(store_flow_h)(const struct store_flow *f, void *arg);

/* the last put of (call, session, stream, from) stands; NULL and 0 leave
 * media, relay, latched and the times. ENOENT when there is no such call */
int store_flow_put(struct store *s, const struct store_flow *f);
int store_flow_each(struct store *s, const char *call, store_flow_h *h,
		    void *arg);


/** A media session as its owner holds it, to open it again after a restart */
struct store_session {
	const char *id;
	const char *owner;	/**< "traversal", "h323gw" */
	const char *relay;
	const char *call;	/**< store_call.id */
	const char *state;	/**< the owner's own JSON */
	int64_t updated;
};

typedef int(store_session_h)(const struct store_session *se, void *arg);

int store_session_put(struct store *s, const struct store_session *se);
/* deleting what is not there is no error */
int store_session_delete(struct store *s, const char *id);
/* all (owner NULL) or one owner's */
int store_session_each(struct store *s, const char *owner,
		       store_session_h *h, void *arg);


/** What somebody proves himself with, as its keeper has sealed it */
struct store_secret {
	enum store_kind kind;
	const char *alias;
	const char *aliasType;
	const char *sealed;	/**< the keeper's own text */
	int64_t changed;
};

typedef int(store_secret_h)(const struct store_secret *se, void *arg);

int store_secret_put(struct store *s, const struct store_secret *se);
/* deleting what is not there is no error */
int store_secret_delete(struct store *s, enum store_kind kind,
			const char *alias);
int store_secret_each(struct store *s, enum store_kind kind,
		      store_secret_h *h, void *arg);


/** Who did what to what, and how it went */
struct store_audit {
	int64_t when;
	const char *actor;	/**< "operator", "traversal", agent id … */
	const char *action;	/**< "registration.remove" … */
	const char *object;
	const char *result;	/**< "ok", or the error */
	const char *detail;
};

/* when 0: now; actor NULL: store_conf.name; result NULL: "ok" */
int store_audit_add(struct store *s, const struct store_audit *a);

/* deletes calls that ended (with their flows) and audit rows older than
 * `before`, at most 1,000 of each a call: call again while *count is not 0 */
int store_trim(struct store *s, int64_t before, unsigned *count);

#endif
