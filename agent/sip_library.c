/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sip_library.c  libosip2, as the agent uses it
 *
 * The library has a state of its own, which is made here. Owns nothing.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "sip_library.h"


/* it would write to standard error what it doesn't like */
static void quiet(const char *file, int line, osip_trace_level_t level,
		  const char *fmt, va_list ap)
{
	(void)file;
	(void)line;
	(void)level;
	(void)fmt;
	(void)ap;
}


/** Before anything is read; again does no harm. 0 or ENOMEM */
int sip_library_init(void)
{
	if (parser_init())
		return ENOMEM;
	(void)osip_trace_initialize_func(OSIP_FATAL, quiet);

	return 0;
}


/* a header's line, with this name */
static bool is_named(const char *line, const char *end, const char *name)
{
	const size_t n	= strlen(name);
	const char *p	= line + n;

	if ((size_t)(end - line) <= n || strncasecmp(line, name, n))
		return false;
	while (p < end && (*p == ' ' || *p == '\t'))
		++p;

	return p < end && *p == ':';
}


/* either octet ends a line, to the library */
static unsigned types(const char *p, const char *end)
{
	unsigned n = 0;

	while (p < end) {
		n += is_named(p, end, "Content-Type") ||
		     is_named(p, end, "c");
		while (p < end && *p != '\r' && *p != '\n')
			++p;
		while (p < end && (*p == '\r' || *p == '\n'))
			++p;
	}

	return n;
}


/**
 * Read a message's head
 *
 * Without the body, which the library would take to pieces and sometimes lose:
 * it misses that, so whether it finds fault says nothing.
 *
 * @param m    Result
 * @param head Start line and headers, with the empty line
 * @param len  Their length
 *
 * @return 0; EBADMSG: it has more than one Content-Type (RFC 3261 §7.3.1), of
 *	   which the library would lose one
 */
int sip_library_read(osip_message_t *m, const char *head, size_t len)
{
	if (types(head, head + len) > 1)
		return EBADMSG;
	(void)osip_message_parse(m, head, len);

	return 0;
}


/**
 * A message's Call-ID as it stands there: "number@host"
 *
 * @param m    Message
 * @param call Result; cut where it is longer
 * @param size Of that
 *
 * @return 0; EBADMSG: there is none; E2BIG: it is longer
 */
int sip_library_call(const osip_message_t *m, char *call, size_t size)
{
	const osip_call_id_t *id = m->call_id;
	int n;

	call[0] = '\0';
	if (!id || !id->number)
		return EBADMSG;
	n = snprintf(call, size, "%s%s%s", id->number, id->host ? "@" : "",
		     id->host ? id->host : "");

	return n > 0 && (size_t)n < size ? 0 : E2BIG;
}
