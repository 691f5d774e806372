/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file q931.h  Call signalling messages (Q.931 §4, H.225.0 §7.2)
 *
 * A message is a header and information elements in their order, known or not.
 * Decoding copies nothing: elements lie in the octets that were decoded, which
 * must stay. What is decoded encodes to the same octets. Pure.
 */
#ifndef H323GW_Q931_H
#define H323GW_Q931_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	Q931_DISCRIMINATOR = 8,	 /**< Q.931 §4.2 */
	Q931_IES_MAX	   = 64, /**< of one message */
	Q931_CALLREF_MAX   = 4,	 /**< octets; H.225.0 has 2 */
	Q931_NUMBER_MAX	   = 128,
};

/** Message types (Q.931 table 4-2) */
enum q931_type {
	Q931_ALERTING		 = 0x01,
	Q931_CALL_PROCEEDING	 = 0x02,
	Q931_PROGRESS		 = 0x03,
	Q931_SETUP		 = 0x05,
	Q931_CONNECT		 = 0x07,
	Q931_SETUP_ACKNOWLEDGE	 = 0x0d,
	Q931_CONNECT_ACKNOWLEDGE = 0x0f,
	Q931_RELEASE		 = 0x4d,
	Q931_RELEASE_COMPLETE	 = 0x5a,
	Q931_FACILITY		 = 0x62,
	Q931_RESTART		 = 0x46,
	Q931_RESTART_ACKNOWLEDGE = 0x4e,
	Q931_NOTIFY		 = 0x6e,
	Q931_STATUS_INQUIRY	 = 0x75,
	Q931_INFORMATION	 = 0x7b,
	Q931_STATUS		 = 0x7d,
};

/** Information elements (Q.931 table 4-3), codeset 0 */
enum q931_ie_id {
	Q931_IE_BEARER_CAPABILITY  = 0x04,
	Q931_IE_CAUSE		   = 0x08,
	Q931_IE_CALL_STATE	   = 0x14,
	Q931_IE_CHANNEL_ID	   = 0x18,
	Q931_IE_FACILITY	   = 0x1c,
	Q931_IE_PROGRESS_INDICATOR = 0x1e,
	Q931_IE_NOTIFICATION	   = 0x27,
	Q931_IE_DISPLAY		   = 0x28,
	Q931_IE_KEYPAD		   = 0x2c,
	Q931_IE_SIGNAL		   = 0x34,
	Q931_IE_CONNECTED_NUMBER   = 0x4c,
	Q931_IE_CALLING_NUMBER	   = 0x6c,
	Q931_IE_CALLED_NUMBER	   = 0x70,
	Q931_IE_REDIRECTING_NUMBER = 0x74,
	Q931_IE_USER_USER	   = 0x7e,
	/* single octets: the upper half is the identifier */
	Q931_IE_SHIFT		 = 0x90,
	Q931_IE_MORE_DATA	 = 0xa0,
	Q931_IE_SENDING_COMPLETE = 0xa1,
};

struct q931_ie {
	uint8_t id;	  /**< first octet; of a single octet all of it */
	uint8_t codeset;
	bool single;
	const uint8_t *p; /**< contents */
	size_t len;
};

struct q931 {
	uint8_t callref_len;
	bool from_destination; /**< the call reference's flag */
	uint32_t callref;
	uint8_t type;	       /**< enum q931_type, or another */
	struct q931_ie iev[Q931_IES_MAX];
	size_t iec;
};

int q931_decode(struct q931 *q, const uint8_t *p, size_t len,
		const char **why);
int q931_encode(const struct q931 *q, uint8_t *p, size_t size, size_t *len);

const struct q931_ie *q931_find(const struct q931 *q, uint8_t id);
int q931_ie_set(struct q931 *q, uint8_t id, const uint8_t *p, size_t len);
void q931_ie_remove(struct q931 *q, uint8_t id);
const uint8_t *q931_user_user(const struct q931 *q, size_t *len);
const char *q931_type_name(uint8_t type);
const char *q931_ie_name(const struct q931_ie *ie);

/** What a number that stands in an element means */
enum q931_meaning {
	Q931_NUMBER_TYPE,
	Q931_NUMBER_PLAN,
	Q931_PRESENTATION,
	Q931_SCREENING,
	Q931_REASON,	     /**< of redirection */
	Q931_CODING,	     /**< coding standard */
	Q931_LOCATION,	     /**< of Cause and Progress indicator */
	Q931_CAUSE_VALUE,    /**< Q.850 table 1 */
	Q931_PROGRESS_VALUE,
	Q931_NOTIFICATION_VALUE,
	Q931_SIGNAL_VALUE,
	Q931_CAPABILITY,     /**< information transfer capability */
	Q931_MODE,	     /**< transfer mode */
	Q931_RATE,	     /**< information transfer rate */
	Q931_LAYER1,	     /**< user information layer 1 protocol */
	Q931_CALL_STATE,
	Q931_PROFILE,	     /**< Q.932 §8.2.3: of Facility */
};

const char *q931_meaning_name(enum q931_meaning meaning, uint8_t value);

/** Calling, Called, Connected, Redirecting Number (Q.931 §4.5.8, 4.5.10) */
struct q931_number {
	uint8_t type, plan;
	bool has_presentation;
	uint8_t presentation, screening;
	bool has_reason; /**< of redirection (Q.931 §4.6.7) */
	uint8_t reason;
	char digits[Q931_NUMBER_MAX + 1];
};

/** Cause (Q.850 §2.1) */
struct q931_cause {
	uint8_t coding, location, value;
	bool has_recommendation;
	uint8_t recommendation;
};

/** Bearer capability (Q.931 §4.5.5, as far as H.225.0 table 7-1 uses it) */
struct q931_bearer {
	uint8_t coding, capability, mode, rate;
	uint8_t multiplier; /**< 0: none */
	uint8_t layer1;	    /**< 0: none */
};

int q931_number_decode(struct q931_number *n, const struct q931_ie *ie);
int q931_cause_decode(struct q931_cause *c, const struct q931_ie *ie);
int q931_bearer_decode(struct q931_bearer *b, const struct q931_ie *ie);

/** Progress indicator (Q.931 §4.5.23) */
struct q931_progress {
	uint8_t coding, location, description;
};

/** Facility (Q.932 §8.2.3): what lies in it is for another protocol */
struct q931_facility {
	uint8_t profile;
	const uint8_t *p; /**< its components */
	size_t len;
};

int q931_progress_decode(struct q931_progress *p, const struct q931_ie *ie);
int q931_facility_decode(struct q931_facility *f, const struct q931_ie *ie);
int q931_single_decode(uint8_t *value, const struct q931_ie *ie);
int q931_call_state_decode(uint8_t *coding, uint8_t *state,
			   const struct q931_ie *ie);
size_t q931_text_len(const struct q931_ie *ie);

#endif
