/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file hangup.c  SIGHUP, on libre's loop
 *
 * A signal handler may do next to nothing, so the signal is blocked and read
 * from a descriptor like anything else. Owns the descriptor.
 */
#include "rpc/libre.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#include <sys/signalfd.h>
#include "daemon/hangup.h"


struct hangup {
	void (*handler)(void *arg);
	void *arg;
	int fd;
};


static void destructor(void *arg)
{
	struct hangup *h = arg;

	if (h->fd < 0)
		return;
	fd_close(h->fd);
	(void)close(h->fd);
}


static void on_signal(int flags, void *arg)
{
	struct hangup *h = arg;
	struct signalfd_siginfo si;
	(void)flags;

	if (read(h->fd, &si, sizeof(si)) == (ssize_t)sizeof(si))
		h->handler(h->arg);
}


/**
 * Be told of SIGHUP, in the loop
 *
 * The signal is blocked from now on, in threads begun later too: so this comes
 * before them.
 *
 * @param hp      Result; mem_deref() it
 * @param handler Called for the signal
 * @param arg     Its argument
 *
 * @return 0 or an errno
 */
int hangup_alloc(struct hangup **hp, void (*handler)(void *arg), void *arg)
{
	struct hangup *h = mem_zalloc(sizeof(*h), destructor);
	sigset_t set;
	int err;

	if (!h)
		return ENOMEM;

	h->handler = handler;
	h->arg	   = arg;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGHUP);
	err   = pthread_sigmask(SIG_BLOCK, &set, NULL);
	h->fd = err ? -1 : signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (!err && h->fd < 0)
		err = errno;
	if (!err)
		err = fd_listen(h->fd, FD_READ, on_signal, h);
	if (err)
		mem_deref(h);
	else
		*hp = h;

	return err;
}
