/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file store_util.c  What the store's tests share: a directory, a log, CLI
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include "log/log.h"
#include "store_util.h"


bool sh(const char *fmt, ...)
{
	char cmd[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(cmd, sizeof(cmd), fmt, ap);
	va_end(ap);

	return system(cmd) == 0;
}


static void log_handler(enum log_level level, const char *room,
			const char *text, void *arg)
{
	struct fixture *f = arg;
	(void)level;
	(void)room;

	f->log_lines++;
	(void)snprintf(f->log_last, sizeof(f->log_last), "%s", text);
}


int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/store-test-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	(void)snprintf(f->path, sizeof(f->path), "%s/registrations.db",
		       f->dir);

	log_handler_set(log_handler, f);
	*state = f;
	return 0;
}


int fixture_teardown(void **state)
{
	struct fixture *f = *state;
	bool ok;

	fixture_close(f);
	log_handler_set(NULL, NULL);
	ok = sh("rm -rf '%s'", f->dir);
	free(f);

	return ok ? 0 : -1;
}


int fixture_open(struct fixture *f)
{
	const struct store_conf conf = {.path = f->path, .name = "test"};

	return store_open(&f->store, &conf, f->err, sizeof(f->err));
}


void fixture_close(struct fixture *f)
{
	store_close(f->store);
	f->store = NULL;
}


const char *cli(const struct fixture *f, const char *sql)
{
	static char out[16384];
	char cmd[4096];
	size_t n;
	FILE *p;

	(void)snprintf(cmd, sizeof(cmd), "sqlite3 -bail -cmd '.timeout 5000' '%s' \"%s\"", f->path,
		       sql);
	p = popen(cmd, "r");
	if (!p)
		return NULL;

	n = fread(out, 1, sizeof(out) - 1, p);
	out[n] = '\0';
	if (n && out[n - 1] == '\n')
		out[n - 1] = '\0';

	return pclose(p) ? NULL : out;
}


struct store_contact contact(const char *alias, const char *id,
			     int64_t expires)
{
	return (struct store_contact){
		.kind		   = STORE_SIP,
		.alias		   = alias,
		.aliasType	   = "aor",
		.id		   = id,
		.callSignalAddress = "sip:alice@10.0.0.5:5060",
		.received	   = "192.0.2.1:40001",
		.transport	   = "udp",
		.userAgent	   = "phone 1.0",
		.expires	   = expires,
		.lastSeen	   = expires - 60000,
		.nat		   = true,
		.callId		   = "abc@10.0.0.5",
		.cseq		   = 1,
		.q		   = -1,
	};
}


int64_t count_contacts(struct store *s, int64_t now)
{
	uint64_t n = 0;

	if (store_contact_count(s, STORE_SIP, now, &n))
		return -1;

	return (int64_t)n;
}


int put_many(struct store *s, unsigned from, unsigned n)
{
	int err = store_begin(s);
	char id[32];

	if (err)
		return err;

	for (unsigned i = from; i < from + n; i++) {
		struct store_contact c = contact("many@example.com", id, 0);

		(void)snprintf(id, sizeof(id), "contact-number-%u", i);
		(void)store_contact_put(s, &c);
	}

	return store_commit(s);
}


int in_own_mounts(struct fixture *f, const char *options,
		  void (*test)(struct fixture *f))
{
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		if (unshare(CLONE_NEWNS) ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		    mount("tmpfs", f->dir, "tmpfs", 0, options))
			_exit(SKIP);
		test(f);
		fixture_close(f);
		_exit(0);
	}

	assert_true(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}


int as_nobody(struct fixture *f, void (*test)(struct fixture *f))
{
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		if (!geteuid() && (setgid(NOBODY) || setuid(NOBODY)))
			_exit(SKIP);
		test(f);
		_exit(0);
	}

	assert_true(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
