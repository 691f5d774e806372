/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file store_migrate_test.c  Old, newer, foreign schemas; programs that start
 * together
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>
#include "store_util.h"

enum {
	NEWEST	 = 3,  /* number of the last file in sql/migrations */
	PROGRAMS = 16, /* that start together */
	ROUNDS	 = 5,
};


static const char *top(void)
{
	const char *dir = getenv("top_srcdir");

	return dir ? dir : ".";
}


/* A file as version 1 left it, with a call in it */
static void make_old(const struct fixture *f)
{
	assert_true(sh("sqlite3 -bail '%s' '.read %s/sql/migrations/"
		       "001-tables.sql' 'pragma application_id = 1347375956'"
		       " 'pragma user_version = 1'"
		       " \"insert into calls (id, kind) values ('c1', 'sip')\"",
		       f->path, top()));
}


static void new_file_is_as_schema_sql_says(void **state)
{
	static char made[16384];
	struct fixture *f = *state;
	const char *all = "select type, name, tbl_name, sql from sqlite_schema"
			  " order by 1, 2; pragma application_id;"
			  " pragma user_version";

	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(store_schema_version(f->store), NEWEST);
	(void)snprintf(made, sizeof(made), "%s", cli(f, all));
	assert_non_null(strstr(made, "active_registrations"));
	fixture_close(f);

	assert_true(sh("rm '%s'*; sqlite3 -bail '%s' '.read %s/sql/"
		       "schema.sql'", f->path, f->path, top()));
	assert_string_equal(made, cli(f, all));

	/* and such a file is good to open */
	assert_int_equal(fixture_open(f), 0);
}


static void old_file_is_upgraded(void **state)
{
	struct fixture *f = *state;

	make_old(f);
	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(store_schema_version(f->store), NEWEST);
	assert_string_equal(cli(f, "select call from active_calls"), "c1");
	assert_int_equal(f->log_lines, 1);
	assert_non_null(strstr(f->log_last, "from version 1 to 3"));

	/* and only once */
	fixture_close(f);
	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(f->log_lines, 1);
}


static void newer_file_is_refused(void **state)
{
	struct fixture *f = *state;
	const struct store_conf conf = {.path = f->path, .readonly = true};

	assert_int_equal(fixture_open(f), 0);
	fixture_close(f);
	assert_non_null(cli(f, "pragma user_version = 99"));

	assert_int_equal(fixture_open(f), EPROTO);
	assert_non_null(strstr(f->err, "version 99"));
	assert_non_null(strstr(f->err, "up to 3"));
	assert_non_null(strstr(f->err, "upgrade this program"));
	assert_int_equal(store_open(&f->store, &conf, NULL, 0), EPROTO);
	assert_string_equal(cli(f, "pragma user_version"), "99");
}


/* An upgrade of the file while an old program runs: it finds out by itself */
static void running_program_meets_newer_file(void **state)
{
	struct fixture *f = *state;
	struct store_contact c = contact("alice@example.com", "1", 1000);

	assert_int_equal(fixture_open(f), 0);
	assert_true(sh("sqlite3 '%s' '.backup %s.new' && sqlite3 '%s.new'"
		       " 'pragma user_version = 99' && mv '%s.new' '%s' &&"
		       " rm -f '%s-wal' '%s-shm'", f->path, f->path, f->path,
		       f->path, f->path, f->path, f->path));
	assert_int_equal(store_contact_put(f->store, &c), EPROTO);
	assert_int_equal(store_contact_put(f->store, &c), EPROTO);
	assert_int_equal(f->log_lines, 1);
	assert_non_null(cli(f, "pragma user_version = 3"));
	assert_int_equal(store_contact_put(f->store, &c), 0);
}


static void readonly_never_migrates(void **state)
{
	struct fixture *f = *state;
	const struct store_conf conf = {.path = f->path, .readonly = true};

	assert_int_equal(store_open(&f->store, &conf, f->err,
				    sizeof(f->err)), ENOENT);
	assert_int_not_equal(access(f->path, F_OK), 0);

	make_old(f);
	assert_int_equal(store_open(&f->store, &conf, f->err,
				    sizeof(f->err)), EPROTO);
	assert_non_null(strstr(f->err, "version 1"));
	assert_non_null(strstr(f->err, "needs version 3"));
	assert_string_equal(cli(f, "pragma user_version"), "1");
}


static void foreign_database_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_non_null(cli(f, "create table guests (name)"));
	assert_int_equal(fixture_open(f), EBADMSG);
	assert_non_null(strstr(f->err, "another program"));
	assert_string_equal(cli(f, "select group_concat(name)"
				   " from sqlite_schema"), "guests");
}


/* A step that fails leaves the whole file at the old version */
static void failed_migration_changes_nothing(void **state)
{
	struct fixture *f = *state;

	make_old(f);
	assert_non_null(cli(f, "create view call_media as select 1 as x"));
	assert_int_not_equal(fixture_open(f), 0);
	assert_non_null(strstr(f->err, "call_media"));
	assert_string_equal(cli(f, "pragma user_version"), "1");
	assert_string_equal(cli(f, "select count(*) from sqlite_schema where"
				   " name = 'active_registrations'"), "0");

	assert_non_null(cli(f, "drop view call_media"));
	assert_int_equal(fixture_open(f), 0);
}


/* One of the programs: waits for the start, opens, writes, ends */
static void program(const char *path, int start, unsigned n)
{
	const struct store_conf conf = {.path = path};
	struct store_contact c = contact("all@example.com", "", 1000);
	struct store *s = NULL;
	char id[16], go, err[512];

	(void)snprintf(id, sizeof(id), "p%u", n);
	c.id = id;
	if (read(start, &go, 1) != 0) /* end of file: go */
		_exit(2);

	if (store_open(&s, &conf, err, sizeof(err))) {
		(void)fprintf(stderr, "# program %u: %s\n", n, err);
		_exit(3);
	}

	/* busy is no fault when 16 write at once */
	for (unsigned i = 0; store_contact_put(s, &c); i++) {
		if (i == 20)
			_exit(4);
	}

	store_close(s);
	_exit(0);
}


static void start_together(struct fixture *f)
{
	pid_t pids[PROGRAMS];
	int fds[2], status;

	assert_int_equal(pipe(fds), 0);
	for (unsigned i = 0; i < PROGRAMS; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (!pids[i]) {
			(void)close(fds[1]);
			program(f->path, fds[0], i);
		}
	}

	(void)close(fds[0]);
	(void)close(fds[1]);
	for (unsigned i = 0; i < PROGRAMS; i++) {
		assert_true(waitpid(pids[i], &status, 0) == pids[i]);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}

	assert_string_equal(cli(f, "select count(*) from contacts"), "16");
	assert_string_equal(cli(f, "pragma user_version"), "3");
}


static void many_start_with_no_file(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < ROUNDS; i++) {
		assert_true(sh("rm -f '%s'*", f->path));
		start_together(f);
	}
}


static void many_start_with_an_old_file(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < ROUNDS; i++) {
		assert_true(sh("rm -f '%s'*", f->path));
		make_old(f);
		start_together(f);
	}
}


int main(void)
{
#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(new_file_is_as_schema_sql_says),
		T(old_file_is_upgraded),
		T(newer_file_is_refused),
		T(running_program_meets_newer_file),
		T(readonly_never_migrates),
		T(foreign_database_is_refused),
		T(failed_migration_changes_nothing),
		T(many_start_with_no_file),
		T(many_start_with_an_old_file),
	};

	return cmocka_run_group_tests_name("store_migrate", tests, NULL, NULL);
}
