/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file keepalive.h  When to ping which contact, and when to give it up
 *
 * Contacts are spread evenly over the interval and keep their place in it. How
 * long a NAT remembers is learnt for each NAT address: one contact behind it,
 * the scout, is pinged at longer and longer intervals while it answers; the
 * others follow at what is proven. A scout that is lost ends the search, a loss
 * at the proven interval shortens it. Contacts whose pings can't be answered
 * stay at the configured interval. No socket and no clock in here.
 */
#ifndef TRAVERSAL_LOGIC_KEEPALIVE_H
#define TRAVERSAL_LOGIC_KEEPALIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	KEEPALIVE_TICK_MS = 100,		 /**< resolution of the schedule */
	KEEPALIVE_CONTACTS_MAX = 1 << 20,
	KEEPALIVE_KEY_MAX = 255,		 /**< octets of a key or a NAT's name */
	KEEPALIVE_GOOD_ANSWERS = 3,		 /**< in a row prove an interval */
};

struct keepalive;

struct keepalive_conf
{
	unsigned interval_ms; /**< to start with */
	unsigned min_ms;	  /**< never pinged more often, but for a retry */
	unsigned max_ms;	  /**< nor more seldom; = interval_ms: no learning */
	unsigned retry_ms;	  /**< next ping after one without an answer */
	unsigned max_missed;  /**< so many in a row: given up; 0: never */
	uint64_t (*random_h)(void *arg);
	void *arg;
};

/** One contact as the host finds it */
struct keepalive_contact
{
	const char *key;	/**< names it */
	unsigned hash;		/**< the host's own, given back with each ping */
	const char *source; /**< address of its NAT (or its own), without port */
	unsigned port;		/**< and the port, which changes when a binding is lost */
	bool must_answer;	/**< given up even if it has never answered */
};

struct keepalive_ping
{
	const char *key;
	unsigned hash;
	uint32_t id;	/**< with nonce: for keepalive_answered() */
	uint64_t nonce;
	unsigned missed;	  /**< in a row, before this one */
	unsigned interval_ms; /**< it is at */
};

enum keepalive_sent {
	KEEPALIVE_SENT,		   /**< an answer may come */
	KEEPALIVE_UNANSWERABLE, /**< sent, and that is all one can know */
	KEEPALIVE_FAILED,	   /**< could not be sent: as if unanswered */
	KEEPALIVE_GONE,		   /**< the host has no such contact any more */
};

/** Sends one ping */
typedef enum keepalive_sent(keepalive_send_h)(
		const struct keepalive_ping *p, void *arg);
/** A contact was given up; it is forgotten on return */
typedef void(keepalive_dead_h)(const struct keepalive_ping *p, void *arg);

int keepalive_alloc(struct keepalive **kp, const struct keepalive_conf *conf);
void keepalive_free(struct keepalive *k);

int keepalive_contact_put(struct keepalive *k,
		const struct keepalive_contact *c, uint64_t now);
void keepalive_scan_done(struct keepalive *k);
void keepalive_run(struct keepalive *k, uint64_t now, keepalive_send_h *sendh,
		keepalive_dead_h *deadh, void *arg);
bool keepalive_answered(
		struct keepalive *k, uint32_t id, uint64_t nonce, uint64_t now);

unsigned keepalive_count(const struct keepalive *k);
unsigned keepalive_interval(const struct keepalive *k, const char *key);

#endif
