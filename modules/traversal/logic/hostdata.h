/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file hostdata.h  What only Kamailio needs to take a contact back
 *
 * Goes into store_contact.hostData as JSON, opaque to everybody else. Written
 * by hand, as each REGISTER pays for it; read with jansson, once at a start.
 */
#ifndef TRAVERSAL_LOGIC_HOSTDATA_H
#define TRAVERSAL_LOGIC_HOSTDATA_H

#include <stddef.h>

struct hostdata
{
	const char *domain;	  /**< usrloc's table, "location" */
	const char *socket;	  /**< it came in on, "udp:192.0.2.1:5060"; or NULL */
	const char *received; /**< URI it was received from; or NULL */
	unsigned flags;
	unsigned cflags; /**< branch flags */
	unsigned methods;
	int serverId;
};

int hostdata_encode(char *buf, size_t size, const struct hostdata *h);

struct hostdata_doc; /**< owns the strings of what was decoded */

int hostdata_decode(
		struct hostdata_doc **dp, struct hostdata *h, const char *text);
void hostdata_free(struct hostdata_doc *d);

#endif
