/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file store_concurrency_test.c  Several programs on one file; kill -9; the
 * log's size
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "store_util.h"

#define T0 1790000000000LL

enum {
	CONTACTS = 200, /* in one batch */
	READERS	 = 3,
	READS	 = 25,
};


static int put_until(struct store *s, unsigned n, int64_t expires)
{
	int err = store_begin(s);
	char id[32];

	if (err)
		return err;

	for (unsigned i = 0; i < n; i++) {
		struct store_contact c = contact("many@example.com", id,
						 expires);

		(void)snprintf(id, sizeof(id), "contact-number-%u", i);
		err |= store_contact_put(s, &c);
	}

	return store_commit(s) | err;
}


static void locked_is_busy_and_then_over(void **state)
{
	struct fixture *f = *state;
	const struct store_conf conf = {.path = f->path,
					.busy_timeout_ms = 50};
	struct store_contact c = contact("alice@example.com", "1", T0);
	struct store *other = NULL;

	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(store_open(&other, &conf, NULL, 0), 0);
	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_contact_put(f->store, &c), 0);

	assert_int_equal(store_contact_put(other, &c), EBUSY);
	assert_non_null(strstr(store_strerror(other), "locked"));
	assert_int_equal(store_begin(other), EBUSY);
	assert_int_equal(f->log_lines, 1);
	assert_int_equal(count_contacts(other, 0), 0); /* reading goes on */

	assert_int_equal(store_commit(f->store), 0);
	assert_int_equal(store_contact_put(other, &c), 0);
	assert_int_equal(f->log_lines, 2);
	assert_int_equal(count_contacts(other, 0), 1);
	store_close(other);
}


/* What one handle remembers, another has changed */
static void two_writers_see_each_other(void **state)
{
	struct fixture *f = *state;
	const struct store_conf conf = {.path = f->path};
	struct store_contact c = contact("alice@example.com", "1", T0);
	struct store *other = NULL;

	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(store_open(&other, &conf, NULL, 0), 0);
	assert_int_equal(store_contact_put(f->store, &c), 0);
	assert_int_equal(store_contact_put(other, &c), 0);

	c.received = "192.0.2.1:40009";
	assert_int_equal(store_contact_put(other, &c), 0);
	c.received = "192.0.2.1:40001";
	assert_int_equal(store_contact_put(f->store, &c), 0);
	assert_string_equal(cli(f, "select received from contacts"),
			    "192.0.2.1:40001");

	assert_int_equal(store_contact_delete(other, STORE_SIP, "1", NULL), 0);
	assert_int_equal(store_contact_put(f->store, &c), 0);
	assert_string_equal(cli(f, "select count(*) from contacts join"
				   " refreshes f on f.contact = id"), "1");
	store_close(other);
}


/* Reads with sqlite3 while the parent writes whole batches */
static void reader(const struct fixture *f)
{
	for (unsigned i = 0; i < READS; i++) {
		const char *out = cli(f, "select count(*), min(expires) ="
					 " max(expires) from refreshes");

		/* always one batch as a whole, never a part, never locked */
		if (!out || strcmp(out, "200|1"))
			_exit(1);
	}
	_exit(0);
}


static void sqlite3_reads_while_a_program_writes(void **state)
{
	struct fixture *f = *state;
	pid_t pids[READERS];
	unsigned running = READERS;
	int status;

	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(put_until(f->store, CONTACTS, T0), 0);

	for (unsigned i = 0; i < READERS; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (!pids[i])
			reader(f);
	}

	for (int64_t t = 1; running; t++) {
		assert_int_equal(put_until(f->store, CONTACTS, T0 + t), 0);
		if (waitpid(-1, &status, WNOHANG) <= 0)
			continue;
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
		running--;
	}
	assert_int_equal(f->log_lines, 0);
}


/* Tells by a pipe what it has committed, then is killed within a batch */
static void write_and_die(const struct fixture *f, int tell)
{
	const struct store_conf conf = {.path = f->path};
	struct store_contact c = contact("lost@example.com", "lost", T0);
	struct store *s = NULL;
	unsigned n = CONTACTS;

	if (store_open(&s, &conf, NULL, 0) || put_until(s, n, T0))
		_exit(1);
	if (write(tell, &n, sizeof(n)) != sizeof(n))
		_exit(2);
	if (store_begin(s) || store_contact_put(s, &c))
		_exit(3);

	(void)raise(SIGKILL);
}


static void killed_program_loses_nothing_committed(void **state)
{
	struct fixture *f = *state;
	unsigned n = 0;
	int fds[2], status;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		write_and_die(f, fds[1]);

	assert_int_equal(read(fds[0], &n, sizeof(n)), sizeof(n));
	assert_true(waitpid(pid, &status, 0) == pid);
	assert_true(WIFSIGNALED(status));
	(void)close(fds[0]);
	(void)close(fds[1]);

	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(count_contacts(f->store, 0), n);
	assert_string_equal(cli(f, "select count(*) from registrations where"
				   " alias = 'lost@example.com'"), "0");
}


static off_t wal_size(const struct fixture *f)
{
	char name[128];
	struct stat st;

	(void)snprintf(name, sizeof(name), "%s-wal", f->path);
	return stat(name, &st) ? -1 : st.st_size;
}


static void log_stays_small(void **state)
{
	struct fixture *f = *state;
	off_t most = 0;

	assert_int_equal(fixture_open(f), 0);
	for (int64_t t = 0; t < 1500; t++) {
		struct store_contact c = contact("a@b", "1", T0 + t);

		c.received = t & 1 ? "192.0.2.1:1" : "192.0.2.1:2";
		assert_int_equal(put_until(f->store, CONTACTS, T0 + t), 0);
		assert_int_equal(store_contact_put(f->store, &c), 0);
		most = wal_size(f) > most ? wal_size(f) : most;
	}

	assert_true(most > 0);
	assert_true(most < 32 << 20);
	fixture_close(f);
	assert_true(wal_size(f) == 0);
}


int main(void)
{
#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(locked_is_busy_and_then_over),
		T(two_writers_see_each_other),
		T(sqlite3_reads_while_a_program_writes),
		T(killed_program_loses_nothing_committed),
		T(log_stays_small),
	};

	return cmocka_run_group_tests_name("store_concurrency", tests, NULL,
					   NULL);
}
