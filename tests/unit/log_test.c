/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file log_test.c  Log lines: what is written, how it looks, how often
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "log/log.h"
#include "log/stderr.h"


struct lines {
	unsigned n;
	enum log_level level;
	char room[16];
	char text[2048];
};


static void lines_h(enum log_level level, const char *room, const char *text,
		    void *arg)
{
	struct lines *l = arg;

	l->n++;
	l->level = level;
	(void)snprintf(l->room, sizeof(l->room), "%s", room);
	(void)snprintf(l->text, sizeof(l->text), "%s", text);
}


static int reset(void **st)
{
	(void)st;
	log_handler_set(NULL, NULL);
	log_level_set(LOG_LEVEL_NOTICE);
	return 0;
}


static void test_level(void **st)
{
	struct lines l = {0};

	(void)st;
	log_handler_set(lines_h, &l);

	log_info("a", "not wanted");
	assert_int_equal(l.n, 0);
	log_notice("a", "number %d", 7);
	assert_int_equal(l.n, 1);
	assert_int_equal(l.level, LOG_LEVEL_NOTICE);
	assert_string_equal(l.room, "a");
	assert_string_equal(l.text, "number 7");

	log_level_set(LOG_LEVEL_DEBUG);
	assert_int_equal(log_level_get(), LOG_LEVEL_DEBUG);
	log_debug("a", "wanted");
	assert_int_equal(l.n, 2);

	log_level_set(LOG_LEVEL_ERROR);
	log_warn("a", "not wanted");
	assert_int_equal(l.n, 2);
	log_error("a", "always");
	assert_int_equal(l.n, 3);
}


static void test_level_decode(void **st)
{
	enum log_level level = LOG_LEVEL_INFO;

	(void)st;
	assert_int_equal(log_level_decode(&level, "debug"), 0);
	assert_int_equal(level, LOG_LEVEL_DEBUG);
	assert_int_equal(log_level_decode(&level, "warn"), 0);
	assert_int_equal(level, LOG_LEVEL_WARN);
	assert_int_equal(log_level_decode(&level, "warning"), 0);
	assert_int_equal(level, LOG_LEVEL_WARN);
	assert_int_equal(log_level_decode(&level, "loud"), EINVAL);
	assert_int_equal(log_level_decode(&level, ""), EINVAL);
	assert_int_equal(log_level_decode(&level, NULL), EINVAL);
	assert_int_equal(level, LOG_LEVEL_WARN);
	assert_string_equal(log_level_name(LOG_LEVEL_ERROR), "error");
	assert_string_equal(log_level_name((enum log_level)99), "?");
}


static void test_defused(void **st)
{
	struct lines l = {0};
	char big[3000];

	(void)st;
	log_handler_set(lines_h, &l);

	errno = EPIPE;
	log_error("a", "%s", "x\r\n2026 forged\x1b[2J\tz\x7f");
	assert_string_equal(l.text, "x??2026 forged?[2J z?");
	assert_int_equal(errno, EPIPE);

	log_error("a", "%s", "Grüße");
	assert_string_equal(l.text, "Grüße");

	memset(big, 'y', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	log_error("a", "%s", big);
	assert_int_equal(strlen(l.text), 1023);
}


static void test_format(void **st)
{
	const struct timespec t = {.tv_sec = 1790000000, .tv_nsec = 7999999};
	char buf[128], tiny[16];
	size_t n;

	(void)st;
	n = log_stderr_format(buf, sizeof(buf), false, &t, LOG_LEVEL_WARN,
			      "latch", "refused");
	assert_string_equal(
		buf, "2026-09-21T14:13:20.007Z warning latch: refused\n");
	assert_int_equal(n, strlen(buf));

	n = log_stderr_format(buf, sizeof(buf), true, &t, LOG_LEVEL_WARN,
			      "latch", "refused");
	assert_string_equal(buf, "<4>latch: refused\n");
	assert_int_equal(n, strlen(buf));

	n = log_stderr_format(tiny, sizeof(tiny), true, &t, LOG_LEVEL_DEBUG,
			      "latch", "too long for it");
	assert_int_equal(n, sizeof(tiny) - 1);
	assert_string_equal(tiny, "<7>latch: too \n");
}


/* what log_notice() writes with standard error replaced by a file */
static void written(char *buf, size_t size, bool journal)
{
	FILE *f = tmpfile();
	int saved = dup(STDERR_FILENO);
	char env[64];
	struct stat sb;
	size_t n;

	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &sb), 0);
	(void)snprintf(env, sizeof(env), "%llu:%llu",
		       (unsigned long long)sb.st_dev,
		       (unsigned long long)sb.st_ino + !journal);
	setenv("JOURNAL_STREAM", env, 1);

	assert_true(dup2(fileno(f), STDERR_FILENO) >= 0);
	log_notice("room", "hello");
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	close(saved);
	unsetenv("JOURNAL_STREAM");

	rewind(f);
	n = fread(buf, 1, size - 1, f);
	buf[n] = '\0';
	fclose(f);
}


static void test_journal(void **st)
{
	char buf[128];

	(void)st;
	written(buf, sizeof(buf), true);
	assert_string_equal(buf, "<5>room: hello\n");

	written(buf, sizeof(buf), false);
	assert_non_null(strstr(buf, "Z notice room: hello\n"));
	assert_int_equal(buf[10], 'T');
}


static void test_limit(void **st)
{
	struct log_limit l = LOG_LIMIT(2, 1);
	uint64_t n = 99;

	(void)st;
	assert_true(log_limit_pass(&l, 5000, &n));
	assert_int_equal(n, 0);
	assert_true(log_limit_pass(&l, 5000, &n));
	assert_false(log_limit_pass(&l, 5001, &n));
	assert_false(log_limit_pass(&l, 5002, NULL));

	/* a second later one more, and what was kept back is told once */
	assert_true(log_limit_pass(&l, 6002, &n));
	assert_int_equal(n, 2);
	assert_false(log_limit_pass(&l, 6003, &n));

	/* the bucket never holds more than the burst */
	assert_true(log_limit_pass(&l, 600000, &n));
	assert_int_equal(n, 1);
	assert_true(log_limit_pass(&l, 600000, &n));
	assert_int_equal(n, 0);
	assert_false(log_limit_pass(&l, 600000, &n));

	/* the clock goes back: nothing gained, nothing lost for ever */
	assert_false(log_limit_pass(&l, 1000, &n));
	assert_true(log_limit_pass(&l, 2000, &n));
	assert_int_equal(n, 2);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_level, reset),
		cmocka_unit_test_setup(test_level_decode, reset),
		cmocka_unit_test_setup(test_defused, reset),
		cmocka_unit_test(test_format),
		cmocka_unit_test_setup(test_journal, reset),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
