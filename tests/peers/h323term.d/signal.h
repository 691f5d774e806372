/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file signal.h  Call signalling messages (H.225.0 §7) as JSON. Pure
 *
 *	{"q931": {"type": "setup", "callReference": 7, "fromDestination": true,
 *		  "display": "anna", "called": "1002", "calling": "1001",
 *		  "cause": 16, "callState": 10, "notification": 0,
 *		  "progress": 8, "keypad": "5", "bearer": "8890a5"},
 *	 "uuie": a H323-UserInformation}
 */
#ifndef H323TERM_SIGNAL_H
#define H323TERM_SIGNAL_H

#include "value.h"

int signal_encode(const struct per *per, const json_t *message, uint8_t *p,
		  size_t size, size_t *len, char *why);
int signal_decode(json_t **message, const struct per *per, const uint8_t *p,
		  size_t len, char *why);

#endif
