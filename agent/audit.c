/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file audit.c  What the agent did, refused and ended, for whoever runs it
 *
 * One JSON object a line, to a file, or else to the log. Refusals are limited
 * in number, for anybody may cause them; how many were left out stands in the
 * next. Owns the file.
 */
#include "rpc/libre.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "audit.h"
#include "log/log.h"


#define ROOM "audit"

enum {
	FILE_MODE = 0640,
};

struct audit {
	char *path; /* NULL: to the log */
	char *agent;
	int fd;
	bool failing; /* it was said already */
	struct log_limit limit;
	struct log_limit log;
};


static void destructor(void *arg)
{
	struct audit *a = arg;

	if (a->fd >= 0)
		(void)close(a->fd);
	mem_deref(a->path);
	mem_deref(a->agent);
}


static void now_str(char *buf, size_t size)
{
	struct timespec now;
	struct tm tm;
	char when[32];

	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)gmtime_r(&now.tv_sec, &tm);
	(void)strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(buf, size, "%s.%03ldZ", when, now.tv_nsec / 1000000);
}


static void say(struct audit *a, char *text)
{
	const size_t len = strlen(text);
	ssize_t n;

	if (a->fd < 0) {
		log_notice(ROOM, "%s", text);
		return;
	}

	/* whole lines, in one piece */
	text[len] = '\n';
	n	  = write(a->fd, text, len + 1);
	if (n < 0 || (size_t)n != len + 1) {
		if (!a->failing)
			log_error(ROOM, "%s: %s", a->path,
				  n < 0 ? strerror(errno) : "it is full");
		a->failing = true;
	} else {
		a->failing = false;
	}
	text[len] = '\0';
}


/**
 * Write a record
 *
 * @param a	 Log; NULL: nothing happens
 * @param event  "open", "close", "refuse", …
 * @param record audit_record() with more or less in it; it is taken
 * @param why    Reason; NULL: none
 */
void audit_event(struct audit *a, const char *event, json_t *record,
		 const char *why)
{
	char when[64], *text;
	json_t *o;

	if (!a) {
		json_decref(record);
		return;
	}

	now_str(when, sizeof(when));
	o = json_pack("{s:s,s:s,s:s}", "time", when, "agent", a->agent,
		      "event", event);
	if (o && record)
		(void)json_object_update(o, record);
	if (o && why)
		(void)json_object_set_new(o, "why", json_string(why));
	text = o ? json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	if (text)
		say(a, text);
	else
		log_error(ROOM, "%s: no memory for the record", event);
	free(text);
	json_decref(o);
	json_decref(record);
}


/** Begin a record: what it is about, and whose address (NULL: nobody's) */
json_t *audit_record(const char *what, const struct addr *addr)
{
	char buf[ADDR_STRLEN];
	json_t *o = json_pack("{s:s}", "what", what);

	if (o && addr && addr_is_set(addr))
		(void)json_object_set_new(
			o, "address",
			json_string(addr_port(addr) ? addr_str(addr, buf)
						    : addr_ip_str(addr, buf)));

	return o;
}


/** Something is open now */
void audit_open(struct audit *a, json_t *record)
{
	audit_event(a, "open", record, NULL);
}


/** It is closed; why NULL: as it should be */
void audit_close(struct audit *a, json_t *record, const char *why)
{
	audit_event(a, "close", record, why);
}


/** Somebody was refused; also in the program's log */
void audit_refuse(struct audit *a, json_t *record, const char *why)
{
	const uint64_t now  = tmr_jiffies();
	const char *what    = json_string_value(json_object_get(record,
								"what"));
	const char *address = json_string_value(json_object_get(record,
								"address"));
	uint64_t kept = 0;

	if (!a || !log_limit_pass(&a->limit, now, &kept)) {
		json_decref(record);
		return;
	}
	if (kept)
		(void)json_object_set_new(record, "suppressed",
					  json_integer((json_int_t)kept));
	/* the log is not told twice */
	if (a->fd >= 0 && log_limit_pass(&a->log, now, &kept))
		log_warn(ROOM, "refused: %s%s%s: %s", what ? what : "?",
			 address ? " " : "", address ? address : "", why);
	audit_event(a, "refuse", record, why);
}


/**
 * Open the file, or again: it was moved away
 *
 * @return 0, also where there is no file; or an errno: the old one is kept
 */
int audit_reopen(struct audit *a)
{
	int fd;

	if (!a->path)
		return 0;

	fd = open(a->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY,
		  FILE_MODE);
	if (fd < 0) {
		const int err = errno;

		log_error(ROOM, "%s: %s", a->path, strerror(err));
		return err;
	}
	if (a->fd >= 0)
		(void)close(a->fd);
	a->fd = fd;

	return 0;
}


/**
 * Make a log; nothing is open before audit_reopen()
 *
 * @param ap    Result; mem_deref() it
 * @param path  File, appended to; "": to the program's log
 * @param agent What this agent is called
 *
 * @return 0 or ENOMEM
 */
int audit_alloc(struct audit **ap, const char *path, const char *agent)
{
	static const struct log_limit often = LOG_LIMIT(100, 10);
	static const struct log_limit seldom = LOG_LIMIT(20, 1);
	struct audit *a = mem_zalloc(sizeof(*a), destructor);
	int err;

	if (!a)
		return ENOMEM;

	a->fd	 = -1;
	a->limit = often;
	a->log	 = seldom;
	err	 = str_dup(&a->agent, agent);
	if (!err && path[0])
		err = str_dup(&a->path, path);
	if (err)
		mem_deref(a);
	else
		*ap = a;

	return err;
}
