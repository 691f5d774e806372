/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file record.h  What workers tell the writer, as one datagram each
 *
 * A record is what the store is to do. The datagram never leaves the machine
 * and is read by the program that wrote it, so numbers are the host's; strings
 * carry their length and their NUL, so that a decoded record borrows from
 * the datagram and copies nothing:
 *
 *     +------+-------+---------------------+-----+----------------+
 *     | type | zero  | numbers (by type)   | len | octets ... NUL | ...
 *     +------+-------+---------------------+-----+----------------+
 *        1       1                            2      len + 1
 *
 * len is 65535, and nothing follows, where a string is NULL. No state.
 */
#ifndef TRAVERSAL_LOGIC_RECORD_H
#define TRAVERSAL_LOGIC_RECORD_H

#include <stddef.h>
#include <stdint.h>
#include "store/store.h"

enum {
	RECORD_MAX = 32 * 1024, /**< octets in one datagram */
};

enum record_type {
	RECORD_CONTACT_PUT = 1,
	RECORD_CONTACT_DELETE,
	RECORD_CALL_PUT,
	RECORD_FLOW_PUT,
	RECORD_SESSION_PUT,
	RECORD_SESSION_DELETE,
	RECORD_AUDIT_ADD,
	RECORD_TYPES
};

struct record
{
	enum record_type type;
	union {
		struct store_contact contact;
		struct
		{
			enum store_kind kind;
			const char *id;
			const char *reason;
		} contact_delete;
		struct store_call call;
		struct store_flow flow;
		struct store_session session;
		struct
		{
			const char *id;
		} session_delete;
		struct store_audit audit;
	} u;
};

int record_encode(
		uint8_t *buf, size_t size, size_t *len, const struct record *r);
int record_decode(struct record *r, const uint8_t *buf, size_t len);

#endif
