/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sip_library.c  libosip2, as the agent uses it
 *
 * The library has a state of its own, which is made here. Owns nothing.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
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
