/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file message.h  What a message of a capture is, decoded
 */
#ifndef H323GW_DUMP_MESSAGE_H
#define H323GW_DUMP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "addr/addr.h"
#include "h323gw/per/per.h"
#include "h323gw/q931/q931.h"

enum message_protocol {
	MESSAGE_RAS,
	MESSAGE_H225, /* call signalling */
	MESSAGE_H245,
};

struct message {
	unsigned long frame;
	struct addr src, dst;	/* unset: not known */
	enum message_protocol protocol;
	const uint8_t *p;
	size_t len;
	struct q931 q931;	/* H225 */
	const uint8_t *uuie;	/* H225: NULL: there is none */
	size_t uuielen;
	struct per_msg *msg;	/* NULL: H225 without User-user */
	const char *why;	/* NULL: it could be read */
	struct per_fault fault;
};

int message_read(struct message *m, const struct per *per,
		 enum message_protocol protocol, const uint8_t *p, size_t len);
void message_reset(struct message *m);

const char *message_protocol_name(enum message_protocol protocol);
/* as the Recommendation spells it; "" where it has none */
const char *message_name(const struct message *m);
/* of a message nested in it; NULL: it is none, but a part */
const char *message_nested_name(const struct per *per,
				const struct per_nested *n);
/* is nothing in it but what the tables know, and the names of its standard? */
bool message_known(const struct message *m);
/* 0; EILSEQ: it does not encode to the same octets */
int message_roundtrip(const struct message *m, const struct per *per);

#endif
