/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file store_fault_test.c  Full disks, damaged files, missing rights: one
 * clear error, one line in the log, and work goes on when the trouble is over
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "store_util.h"

#define T0 1790000000000LL

enum { NOBODY = 65534 };


/* One batch of contacts, numbered from `from` on */
static int put_many(struct store *s, unsigned from, unsigned n)
{
	int err = store_begin(s);
	char id[32];

	if (err)
		return err;

	for (unsigned i = from; i < from + n; i++) {
		struct store_contact c = contact("many@example.com", id, T0);

		(void)snprintf(id, sizeof(id), "contact-number-%u", i);
		(void)store_contact_put(s, &c);
	}

	return store_commit(s);
}


static void fill_until_it_fails(struct fixture *f, unsigned *from)
{
	int err = 0;

	for (unsigned i = 0; i < 100 && !err; i++, *from += 500)
		err = put_many(f->store, *from, 500);

	assert_int_equal(err, ENOSPC);
	assert_non_null(strstr(store_strerror(f->store), "no room"));
}


static void full_disk_by_limit(void **state)
{
	struct fixture *f = *state;
	struct rlimit old, small;
	unsigned from = 0;
	int64_t before;

	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(put_many(f->store, 0, 100), 0);

	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 2 << 20;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);

	fill_until_it_fails(f, &from);
	before = count_contacts(f->store, 0);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(put_many(f->store, from, 500), ENOSPC);
	assert_int_equal(f->log_lines, 1);
	assert_true(count_contacts(f->store, 0) == before);

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(put_many(f->store, from, 500), 0);
	assert_true(count_contacts(f->store, 0) == before + 500);
	assert_int_equal(f->log_lines, 2);
	assert_non_null(strstr(f->log_last, "works again after"));
	assert_string_equal(cli(f, "pragma integrity_check"), "ok");
}


/* In a child with mounts of its own: what it asserts ends it with a status */
static int in_own_mounts(struct fixture *f, const char *options,
			 void (*test)(struct fixture *f))
{
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		if (unshare(CLONE_NEWNS) ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		    mount("tmpfs", f->dir, "tmpfs", 0, options))
			_exit(77);
		test(f);
		fixture_close(f);
		_exit(0);
	}

	assert_true(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define NEED(cond)                                                             \
	do {                                                                   \
		if (!(cond)) {                                                 \
			(void)fprintf(stderr, "# line %d: " #cond "\n",        \
				      __LINE__);                               \
			_exit(1);                                              \
		}                                                              \
	} while (0)


static void tmpfs_fills(struct fixture *f)
{
	unsigned from = 0;
	int err = 0;

	NEED(fixture_open(f) == 0);
	for (; from < 100000 && !err; from += 500)
		err = put_many(f->store, from, 500);
	NEED(err == ENOSPC);
	NEED(put_many(f->store, from, 500) == ENOSPC);
	NEED(f->log_lines == 1);
	NEED(count_contacts(f->store, 0) >= 500);

	NEED(mount(NULL, f->dir, NULL, MS_REMOUNT, "size=64m") == 0);
	NEED(put_many(f->store, from, 500) == 0);
	NEED(f->log_lines == 2);
	NEED(!strcmp(cli(f, "pragma integrity_check"), "ok"));
}


static void full_disk(void **state)
{
	int status = in_own_mounts(*state, "size=2m", tmpfs_fills);

	if (status == 77)
		skip();
	assert_int_equal(status, 0);
}


static void tmpfs_turns_readonly(struct fixture *f)
{
	NEED(fixture_open(f) == 0);
	NEED(put_many(f->store, 0, 10) == 0);
	fixture_close(f);

	NEED(mount(NULL, f->dir, NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0);
	NEED(fixture_open(f) == EROFS);
	NEED(strstr(f->err, "ead-only"));
	NEED(mount(NULL, f->dir, NULL, MS_REMOUNT, NULL) == 0);
	NEED(fixture_open(f) == 0);
}


static void readonly_file_system(void **state)
{
	int status = in_own_mounts(*state, "size=16m", tmpfs_turns_readonly);

	if (status == 77)
		skip();
	assert_int_equal(status, 0);
}


/* Writes rubbish over the file, from an offset to its end */
static void damage(const struct fixture *f, off_t from)
{
	int fd = open(f->path, O_WRONLY);
	struct stat st;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	for (off_t at = from; at < st.st_size; at += 8)
		assert_int_equal(pwrite(fd, "rubbish!", 8, at), 8);
	assert_int_equal(close(fd), 0);
}


static void damaged_file(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(put_many(f->store, 0, 2000), 0);
	fixture_close(f);
	assert_true(sh("cp '%s' '%s.good'", f->path, f->path));
	damage(f, 128 * 1024);

	/* the schema is sound, so it opens; then each call says so */
	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(put_many(f->store, 0, 10), EBADMSG);
	assert_non_null(strstr(store_strerror(f->store), "corrupted"));
	assert_non_null(strstr(store_strerror(f->store), "backup"));
	assert_int_equal(put_many(f->store, 0, 10), EBADMSG);
	assert_int_equal(count_contacts(f->store, 0), -1);
	assert_int_equal(f->log_lines, 1);

	/* a backup takes its place while the program runs */
	assert_true(sh("rm -f '%s-wal' '%s-shm'; mv '%s.good' '%s'", f->path,
		       f->path, f->path, f->path));
	assert_int_equal(put_many(f->store, 0, 10), 0);
	assert_int_equal(count_contacts(f->store, 0), 2000);
	assert_int_equal(f->log_lines, 2);
}


static void not_a_database(void **state)
{
	struct fixture *f = *state;

	assert_true(sh("seq 1 5000 > '%s'", f->path));
	assert_int_equal(fixture_open(f), EBADMSG);
	assert_non_null(strstr(f->err, "no database"));
	assert_non_null(strstr(f->err, f->path));
	assert_int_equal(f->log_lines, 0); /* the caller has the sentence */

	assert_true(sh("rm '%s'", f->path));
	assert_int_equal(fixture_open(f), 0);
}


static void first_page_is_rubbish_while_open(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(put_many(f->store, 0, 10), 0);
	assert_true(sh("rm -f '%s-wal' '%s-shm' '%s'; seq 1 5000 > '%s'",
		       f->path, f->path, f->path, f->path));
	assert_int_equal(put_many(f->store, 0, 10), EBADMSG);
	assert_int_equal(put_many(f->store, 0, 10), EBADMSG);
	assert_int_equal(count_contacts(f->store, 0), -1);
	assert_int_equal(f->log_lines, 1);

	/* moved away, as the sentence advises: begins afresh */
	assert_true(sh("mv '%s' '%s.bad'", f->path, f->path));
	assert_int_equal(put_many(f->store, 0, 10), 0);
	assert_int_equal(count_contacts(f->store, 0), 10);
}


static void path_is_a_directory(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkdir(f->path, 0755), 0);
	assert_int_equal(fixture_open(f), EISDIR);
	assert_non_null(strstr(f->err, f->path));
}


static void directory_is_missing(void **state)
{
	struct fixture *f = *state;

	(void)snprintf(f->path, sizeof(f->path), "%s/no/registrations.db",
		       f->dir);
	assert_int_equal(fixture_open(f), ENOENT);
	assert_non_null(strstr(f->err, "directory does not exist"));
}


/* As a user without rights; root has them all */
static int as_nobody(struct fixture *f, void (*test)(struct fixture *f))
{
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		if (!geteuid() && (setgid(NOBODY) || setuid(NOBODY)))
			_exit(77);
		test(f);
		_exit(0);
	}

	assert_true(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}


static void open_is_denied(struct fixture *f)
{
	NEED(fixture_open(f) == EACCES);
	NEED(strstr(f->err, "permission"));
	NEED(strstr(f->err, f->path));
}


static void readonly_directory(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(chmod(f->dir, 0555), 0);
	assert_int_equal(as_nobody(f, open_is_denied), 0);
	assert_int_equal(chmod(f->dir, 0755), 0);
}


static void readonly_file(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_open(f), 0);
	fixture_close(f);
	assert_int_equal(chmod(f->dir, 0777), 0);
	assert_int_equal(chmod(f->path, 0444), 0);
	assert_int_equal(as_nobody(f, open_is_denied), 0);
}


static void group_reads(struct fixture *f)
{
	const struct store_conf conf = {.path = f->path, .readonly = true};
	const char *out = cli(f, "select count(*) from active_registrations");

	NEED(out && !strcmp(out, "10"));
	NEED(store_open(&f->store, &conf, f->err, sizeof(f->err)) == 0);
	NEED(count_contacts(f->store, 0) == 10);
	NEED(put_many(f->store, 0, 1) == EROFS);
	fixture_close(f);
	NEED(fixture_open(f) == EACCES);
}


/* With a program running, and when the last one has ended */
static void group_may_read_others_may_not(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	char name[128];

	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(put_many(f->store, 0, 10), 0);
	assert_true(sh("sqlite3 '%s' 'update refreshes set expires = null'",
		       f->path));
	for (const char *end = ""; end;
	     end = !*end ? "-wal" : !strcmp(end, "-wal") ? "-shm" : NULL) {
		(void)snprintf(name, sizeof(name), "%s%s", f->path, end);
		assert_int_equal(stat(name, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0640);
	}

	if (geteuid())
		skip();
	assert_int_equal(chmod(f->dir, 0755), 0);
	assert_int_equal(as_nobody(f, open_is_denied), 0);
	assert_true(sh("chgrp %d '%s'*", NOBODY, f->path));
	assert_int_equal(as_nobody(f, group_reads), 0);
	fixture_close(f);
	assert_int_equal(as_nobody(f, group_reads), 0);
}


static void readonly_never_writes(void **state)
{
	struct fixture *f = *state;
	const struct store_conf conf = {.path = f->path, .readonly = true};
	struct store_contact c = contact("alice@example.com", "1", T0);

	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(put_many(f->store, 0, 10), 0);
	fixture_close(f);
	assert_true(sh("cat '%s' '%s-wal' | sha256sum > '%s/before'", f->path,
		       f->path, f->dir));

	assert_int_equal(store_open(&f->store, &conf, NULL, 0), 0);
	assert_int_equal(store_begin(f->store), EROFS);
	assert_int_equal(store_contact_put(f->store, &c), EROFS);
	assert_int_equal(store_contact_delete(f->store, STORE_SIP, "1", "x"),
			 EROFS);
	assert_int_equal(store_trim(f->store, T0, NULL), EROFS);
	assert_int_equal(count_contacts(f->store, 0), 10);
	fixture_close(f);
	assert_true(sh("cat '%s' '%s-wal' | sha256sum | cmp - '%s/before'",
		       f->path, f->path, f->dir));
	assert_int_equal(f->log_lines, 0);
}


int main(void)
{
#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(full_disk_by_limit),
		T(full_disk),
		T(readonly_file_system),
		T(damaged_file),
		T(not_a_database),
		T(first_page_is_rubbish_while_open),
		T(path_is_a_directory),
		T(directory_is_missing),
		T(readonly_directory),
		T(readonly_file),
		T(group_may_read_others_may_not),
		T(readonly_never_writes),
	};

	return cmocka_run_group_tests_name("store_fault", tests, NULL, NULL);
}
