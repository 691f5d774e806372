/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file dial.c  A TCP connection to the quickest of several addresses
 *
 * One after the other, the next beginning before the last has failed (RFC 8305
 * §5); the first that stands is taken. Owns the descriptors under way.
 */
#include "rpc/libre.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "dial.h"
#include "sock/sock.h"


enum {
	TRIES_MAX  = 16,
	STAGGER_MS = 250, /* RFC 8305 §8 */
	GIVE_UP_MS = 10000,
};

struct try {
	struct dial *d;
	struct addr peer;
	int fd; /* -1: not under way */
};

struct dial {
	struct try tryv[TRIES_MAX];
	size_t tryc, next, open;
	struct tmr tmr;	   /* for the next */
	struct tmr end;
	int err;
	dial_h *h;
	void *arg;
};


static void try_close(struct try *t)
{
	if (t->fd < 0)
		return;

	fd_close(t->fd);
	(void)close(t->fd);
	t->fd = -1;
	--t->d->open;
}


static void dial_destructor(void *arg)
{
	struct dial *d = arg;
	size_t i;

	tmr_cancel(&d->tmr);
	tmr_cancel(&d->end);
	for (i = 0; i < d->tryc; i++)
		try_close(&d->tryv[i]);
}


static void done(struct dial *d, int fd, const struct addr *peer, int err)
{
	struct addr a = {0};
	size_t i;

	if (peer)
		a = *peer;
	tmr_cancel(&d->tmr);
	tmr_cancel(&d->end);
	for (i = 0; i < d->tryc; i++)
		try_close(&d->tryv[i]);
	d->h(fd, peer ? &a : NULL, err, d->arg);
}


static void next(void *arg);


static void failed(struct dial *d, int err)
{
	d->err = err;
	if (d->next < d->tryc)
		next(d);
	else if (!d->open)
		done(d, -1, NULL, d->err);
}


static void on_connected(int flags, void *arg)
{
	struct try *t = arg;
	const int fd  = t->fd, err = sock_error(fd);
	(void)flags;

	if (err) {
		try_close(t);
		failed(t->d, err);
		return;
	}

	fd_close(fd);
	t->fd = -1;
	--t->d->open;
	done(t->d, fd, &t->peer, 0);
}


static int try_begin(struct try *t)
{
	int err, fd;

	err = sock_connect(&fd, NULL, &t->peer);
	if (err)
		return err;
	err = fd_listen(fd, FD_WRITE, on_connected, t);
	if (err) {
		(void)close(fd);
		return err;
	}
	t->fd = fd;
	++t->d->open;

	return 0;
}


static void next(void *arg)
{
	struct dial *d = arg;
	int err	       = ECONNREFUSED;

	while (d->next < d->tryc) {
		err = try_begin(&d->tryv[d->next++]);
		if (!err) {
			if (d->next < d->tryc)
				tmr_start(&d->tmr, STAGGER_MS, next, d);
			return;
		}
	}
	d->err = err;
	if (!d->open)
		done(d, -1, NULL, err);
}


static void give_up(void *arg)
{
	done(arg, -1, NULL, ETIMEDOUT);
}


/**
 * Connect to one of several addresses
 *
 * @param dp    Result; mem_deref() it, before its handler was called or after
 * @param addrv Addresses, the one to prefer first
 * @param addrc How many; of more than 16 the rest is left out
 * @param h     Is called once, later
 * @param arg   For it
 *
 * @return 0 or ENOMEM
 */
int dial_begin(struct dial **dp, const struct addr *addrv, size_t addrc,
	       dial_h *h, void *arg)
{
	struct dial *d = mem_zalloc(sizeof(*d), dial_destructor);
	size_t i;

	if (!d)
		return ENOMEM;

	d->h   = h;
	d->arg = arg;
	d->tryc = addrc < TRIES_MAX ? addrc : TRIES_MAX;
	for (i = 0; i < d->tryc; i++)
		d->tryv[i] = (struct try){.d = d, .peer = addrv[i], .fd = -1};
	tmr_start(&d->tmr, 0, next, d);
	tmr_start(&d->end, GIVE_UP_MS, give_up, d);
	*dp = d;

	return 0;
}
