/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file store_fault_test.c  Full disks, damaged files, no memory: one clear
 * error, one line in the log, and work goes on when the trouble is over
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sqlite3.h>
#include "store_util.h"

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

	if (status == SKIP)
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


/* As doc/store.md says, while the program has the file open */
static void backup_and_restore_meanwhile(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(put_many(f->store, 0, 100), 0);
	assert_true(sh("sqlite3 '%s' '.timeout 5000' '.backup %s/copy'",
		       f->path, f->dir));
	assert_int_equal(put_many(f->store, 100, 100), 0);
	assert_true(sh("sqlite3 '%s' '.timeout 5000' '.restore %s/copy'",
		       f->path, f->dir));
	assert_int_equal(count_contacts(f->store, 0), 100);
	assert_int_equal(put_many(f->store, 100, 50), 0);
	assert_int_equal(count_contacts(f->store, 0), 150);
	assert_string_equal(cli(f, "pragma integrity_check"), "ok");
	assert_int_equal(f->log_lines, 0);
}


/* Wherever SQLite finds no memory: an error, or none, and never half a batch */
static void memory_runs_out(void **state)
{
	struct fixture *f = *state;
	unsigned failed = 0, from = 0;
	int64_t n;
	int err;

	assert_int_equal(fixture_open(f), 0);
	for (int more = 0; more < 256; more += 2, from += 20) {
		n = count_contacts(f->store, 0);
		(void)sqlite3_hard_heap_limit64(sqlite3_memory_used() +
						more * 1024);
		err = put_many(f->store, from, 20);
		(void)sqlite3_hard_heap_limit64(0);

		assert_true(err == 0 || err == ENOMEM);
		failed += err != 0;
		assert_int_equal(count_contacts(f->store, 0),
				 n + (err ? 0 : 20));
	}

	assert_true(failed > 0);
	assert_int_equal(put_many(f->store, from, 20), 0);
	assert_string_equal(cli(f, "pragma integrity_check"), "ok");
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


int main(void)
{
#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(full_disk_by_limit),
		T(full_disk),
		T(damaged_file),
		T(not_a_database),
		T(first_page_is_rubbish_while_open),
		T(backup_and_restore_meanwhile),
		T(memory_runs_out),
	};

	return cmocka_run_group_tests_name("store_fault", tests, NULL, NULL);
}
