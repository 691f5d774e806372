/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file upstream.h  Endpoints of ours at another gatekeeper (H.225.0 §7.8 ff.)
 *
 * The other side of RAS: we are the endpoint. A registration has an address of
 * its own here, which the gatekeeper takes for its endpoint's, names it is
 * registered by, and calls it was admitted for.
 *
 * Knows no sockets and no clock: what it wants of these it asks by handlers,
 * which do not call back before they return.
 */
#ifndef H323GW_UPSTREAM_UPSTREAM_H
#define H323GW_UPSTREAM_UPSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "rpc/libre.h"
#include "addr/addr.h"
#include "h323gw/h225/alias.h"
#include "h323gw/h225/id.h"
#include "h323gw/ras/ras.h"
#include "h323gw/zone/zone.h"

enum {
	UPSTREAM_ALTERNATES   = 4,    /* gatekeepers it names */
	UPSTREAM_BATCH	      = 16,   /* names in one message */
	UPSTREAM_BATCH_OCTETS = 2048, /* of them */
	UPSTREAM_NAMES_MAX    = 100000, /* of one registration */
	UPSTREAM_AGAIN_MS     = 5000, /* until the next try, doubling, to */
	UPSTREAM_AGAIN_MAX_MS = 300000,
	UPSTREAM_BACK_MS      = 1000, /* after URQ of the gatekeeper's */
	UPSTREAM_CALL_INFOS   = 8,    /* calls one IRR tells of */
	UPSTREAM_PASSWORD_MAX = 512,
};

struct upstream;
struct upstream_reg;
struct upstream_call;

enum upstream_state {
	UPSTREAM_IDLE,	      /**< there is nobody to register */
	UPSTREAM_DISCOVERING, /**< GRQ */
	UPSTREAM_REGISTERING, /**< a full RRQ */
	UPSTREAM_REGISTERED,
	UPSTREAM_REFUSED, /**< it is tried again later */
	UPSTREAM_SILENT,  /**< likewise: nobody answers */
	UPSTREAM_LEAVING, /**< URQ */
	UPSTREAM_GONE,	  /**< that is answered, too: release it */
};

/** What a registration's requests prove (H.235) */
struct upstream_proof {
	char name[REACH_ENDPOINT_LEN];
	char password[UPSTREAM_PASSWORD_MAX]; /**< is wiped after use */
	unsigned methods;		      /**< 1 << enum token_method */
};

/** A request that waits for its answer: within a registration or a call */
struct upstream_ask {
	void (*h)(const struct ras_response *r, void *arg);
	void *arg;
	void *host; /**< the host's own; NULL: nothing is asked */
};

/** What came of an ARQ */
struct upstream_admission {
	int reason; /**< 0: admitted; else ReleaseCompleteReason_PR_… */
	int cause;  /**< Q.850; 0: as goes with reason */
	struct addr dest;    /**< where Setup is to go */
	struct alias called; /**< instead of what was asked for; ALIAS_NONE */
	uint32_t bandwidth;  /**< 100 bit/s, if less than what was wanted; 0 */
};

struct upstream_handlers {
	/* ms since 1970 */
	int64_t (*nowh)(void *arg);
	/* a number for a new request */
	uint16_t (*seqh)(void *arg);
	/* Sends a request until it is answered, then upstream_answered(). The
	 * host keeps what it needs in ask->host */
	int (*askh)(struct upstream_reg *reg, struct upstream_ask *ask,
		    const struct addr *to, uint16_t seq, const uint8_t *p,
		    size_t len, void *arg);
	/* it waits no more */
	void (*forgeth)(struct upstream_ask *ask, void *arg);
	/* an answer, or what wants none */
	void (*sayh)(struct upstream_reg *reg, const struct addr *to,
		     const uint8_t *p, size_t len, void *arg);
	/* an answer of the gatekeeper's; false: to nothing that waits */
	bool (*responseh)(const struct ras_response *r, void *arg);
	/* upstream_timeout() after so many ms, once; 0: not at all */
	void (*timerh)(struct upstream_reg *reg, uint64_t ms, void *arg);
	/* its state is another */
	void (*changedh)(struct upstream_reg *reg, void *arg);
	/* a name is not registered: the gatekeeper refuses it */
	void (*refusedh)(struct upstream_reg *reg, const char *name,
			 void *arg);
	/* false: nothing is to be proved. May be NULL */
	bool (*proofh)(struct upstream_proof *p,
		       const struct upstream_reg *reg, void *arg);
	/* an ARQ is answered: not before upstream_call_admit() returns */
	void (*admittedh)(struct upstream_call *call,
			  const struct upstream_admission *a, void *arg);
	/* DRQ: the gatekeeper ends a call. Release it there, or later */
	void (*endedh)(struct upstream_call *call, void *arg);
	/* the gatekeeper grants a call another bandwidth, 100 bit/s */
	void (*bandwidthh)(struct upstream_call *call, uint32_t bandwidth,
			   void *arg);
};

struct upstream_conf {
	const struct per *per;
	struct addr gatekeeper;	    /**< of its RAS */
	const char *gatekeeper_id;  /**< "": any; borrowed */
	bool discover;		    /**< ask for it first (GRQ) */
	uint32_t ttl;		    /**< s, that are asked for */
	const char *version;	    /**< of ours, as told; borrowed */
};

/* handlers are copied; conf may change later. mem_deref() it when all
 * registrations are released */
int upstream_alloc(struct upstream **up, const struct upstream_conf *conf,
		   const struct upstream_handlers *h, void *arg);
void upstream_conf_set(struct upstream *up, const struct upstream_conf *conf);


/* ---- registrations ---- */

/** What a registration is, as operators see it */
struct upstream_info {
	enum upstream_state state;
	struct addr own;	/**< our RAS address, and call signalling */
	struct addr gatekeeper; /**< that is spoken to */
	const char *endpointIdentifier;
	const char *gatekeeperIdentifier;
	uint32_t ttl;	/**< s, granted */
	int64_t since;	/**< ms since 1970: registered; 0: not */
	int64_t heard;	/**< the gatekeeper's last answer; 0: none yet */
	int reason;	/**< RegistrationRejectReason_PR_…, of the last RRJ */
	size_t namec;	/**< names there are; */
	size_t toldc;	/**< of them, registered */
};

/* own: RAS over UDP and call signalling over TCP there. additive: names that
 * come and go are told alone. mem_deref() it, silently */
int upstream_reg_alloc(struct upstream_reg **rp, struct upstream *up,
		       const struct addr *own, bool additive, void *arg);
void *upstream_reg_arg(const struct upstream_reg *reg);
/* begin after so many ms, unless it is under way */
void upstream_reg_start(struct upstream_reg *reg, uint64_t delay);
void upstream_reg_type(struct upstream_reg *reg, enum endpoint_type type);
/* URQ; UPSTREAM_GONE follows, or is there when this returns */
void upstream_reg_leave(struct upstream_reg *reg);
void upstream_reg_info(struct upstream_info *i,
		       const struct upstream_reg *reg);
const char *upstream_state_name(enum upstream_state s);
/* "duplicateAlias"; NULL: none */
const char *upstream_reason_name(int reason);
void upstream_timeout(struct upstream_reg *reg);
void upstream_answered(struct upstream_ask *ask, const struct ras_response *r);

/* octets that came to its RAS socket; EBADMSG: no message; EPERM: not from its
 * gatekeeper; ENOENT: it answers nothing */
int upstream_receive(struct upstream_reg *reg, const struct addr *from,
		     const uint8_t *p, size_t len);

/** Whose names some are; zero is empty */
struct upstream_owner {
	struct list names;
};

/* An owner's names anew: begin, put each, end, and upstream_reg_start() where
 * these may be the first. What others own is left alone;
 * a name that was another's is this owner's now. EINVAL: it can't be told to
 * others, as it holds an address; ENFILE */
void upstream_names_begin(struct upstream_owner *o);
int upstream_name_put(struct upstream_reg *reg, struct upstream_owner *o,
		      const struct alias *a, bool prefix);
void upstream_names_end(struct upstream_reg *reg, struct upstream_owner *o);
/* for operators */
typedef void(upstream_name_h)(const struct alias *a, bool prefix, bool told,
			      void *arg);
void upstream_names_each(const struct upstream_reg *reg, upstream_name_h *h,
			 void *arg);


/* ---- calls ---- */

/** A call as an ARQ tells of it. Borrowed */
struct upstream_call_query {
	const uint8_t *call_id, *conference_id;
	bool answer; /**< it was sent to us */
	const struct alias *called; /**< ours, if answer */
	size_t calledc;
	const struct addr *dest;   /**< destCallSignalAddress; NULL: none */
	const struct alias *caller; /**< srcInfo; ours, unless answer */
	size_t callerc;
	const struct addr *from; /**< srcCallSignalAddress; NULL: ours */
	uint32_t bandwidth;	 /**< wanted, 100 bit/s */
};

/* ARQ; ENOTCONN: it is not registered. admittedh follows. mem_deref() the
 * call when it is over: DRQ goes out if it was admitted */
int upstream_call_alloc(struct upstream_call **cp, struct upstream_reg *reg,
			const struct upstream_call_query *q, void *arg);
void *upstream_call_arg(const struct upstream_call *call);
void upstream_call_arg_set(struct upstream_call *call, void *arg);
const uint8_t *upstream_call_id(const struct upstream_call *call);
struct upstream_reg *upstream_call_reg(const struct upstream_call *call);
/* our endpointIdentifier, for Setup */
const char *upstream_call_endpoint(const struct upstream_call *call);
/* BRQ */
void upstream_call_bandwidth(struct upstream_call *call, uint32_t bandwidth);

#endif
