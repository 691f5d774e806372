/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file kpath_guard.c  A process that takes the program out when the relay ends
 *
 * The relay gives up its rights and may be killed, so it can't clean up
 * itself. The guard keeps the one right that needs, waits until the relay's
 * end of a pipe closes, however that comes about, and ends. Owns nothing of
 * the relay's.
 */
#include "config.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <bpf/bpf.h>
#include "daemon/privilege.h"
#include "kpath_guard.h"


static void signals_ignore(void)
{
	static const int sigs[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE};
	size_t i;

	for (i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++)
		(void)signal(sigs[i], SIG_IGN);
}


static void guard(int fd, const struct kpath_prog *p, const char *user)
{
	char c;

	(void)prctl(PR_SET_NAME, "postern-guard", 0, 0, 0);
	signals_ignore();
	(void)setsid();
	(void)dup2(fd, 3);
	(void)close_range(4, ~0u, 0);

	if (privilege_drop_but(user, 1ull << CAP_NET_ADMIN))
		_exit(1);

	while (read(3, &c, 1) < 0 && errno == EINTR)
		;
	prog_detach(p->devicev, p->devicec, p->handle);
	_exit(0);
}


/**
 * Start the guard; it has what it needs, and no more
 *
 * @param fdp  Result: keep it open as long as the program shall stay
 * @param p    Attached
 * @param user Who it shall be, "": who we are
 *
 * @return 0 or an errno
 */
int guard_start(int *fdp, const struct kpath_prog *p, const char *user)
{
	int fd[2];
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC) < 0)
		return errno;

	pid = fork();
	if (pid < 0) {
		const int err = errno;

		(void)close(fd[0]);
		(void)close(fd[1]);
		return err;
	}
	if (!pid) {
		(void)close(fd[1]);
		guard(fd[0], p, user);
	}

	(void)close(fd[0]);
	*fdp = fd[1];

	return 0;
}


/**
 * Can the tables be used without rights? Since Linux 5.19 they can.
 *
 * @param p    Loaded
 * @param user Who we shall be, "": who we are
 *
 * @return true if so
 */
bool guard_tables_open(const struct kpath_prog *p, const char *user)
{
	const pid_t pid = fork();
	int status	= 0;

	if (pid < 0)
		return false;

	if (!pid) {
		const uint32_t zero = 0;
		uint64_t value;

		if (privilege_drop_but(user, 0))
			_exit(2);
		_exit(bpf_map_lookup_elem(p->passed, &zero, &value) ? 1 : 0);
	}

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;

	return WIFEXITED(status) && !WEXITSTATUS(status);
}
