/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file store_rights_test.c  Who may open, read and write the file, and where
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include "store_util.h"


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

	if (status == SKIP)
		skip();
	assert_int_equal(status, 0);
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
	struct store_contact c = contact("alice@example.com", "1", 1000);

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
	assert_int_equal(store_trim(f->store, 1000, NULL), EROFS);
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
		T(readonly_file_system),
		T(path_is_a_directory),
		T(directory_is_missing),
		T(readonly_directory),
		T(readonly_file),
		T(group_may_read_others_may_not),
		T(readonly_never_writes),
	};

	return cmocka_run_group_tests_name("store_rights", tests, NULL, NULL);
}
