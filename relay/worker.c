/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file worker.c  Who moves packets: a thread with its own sockets
 *
 * The thread does three things: wait, hand each readable descriptor to its
 * handler, and stop where it is asked to. It waits for epoll, or for its ring
 * (uring.c), which then waits for epoll, too. Owns struct worker.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include "relay.h"
#include "uring.h"
#include "worker.h"


#define ROOM "worker"

enum {
	ROUND		  = 128,  /* descriptors a wait may give */
	AGENT_BUCKETS	  = 4096,
	REFUSED_LOG_BURST = 100,  /* lines about refused packets */
	REFUSED_LOG_RATE  = 10,	  /* a second, for each worker */
};


/**
 * Ask epoll, and do what there is to do
 *
 * @param w       Worker that calls
 * @param timeout Milliseconds, -1: until there is something
 * @param any     Set to whether there was something; may be NULL
 *
 * @return 0 or an errno
 */
int worker_poll(struct worker *w, int timeout, bool *any)
{
	struct epoll_event ev[ROUND];
	const int n = epoll_wait(w->epfd, ev, ROUND, timeout);
	int i;

	if (any)
		*any = n > 0;
	if (n < 0)
		return errno == EINTR ? 0 : errno;

	for (i = 0; i < n; i++) {
		struct watch *wt = ev[i].data.ptr;
		eventfd_t woken;

		/* each packet's leg is one that was not used lately */
		if (i + 1 < n)
			__builtin_prefetch(ev[i + 1].data.ptr, 1);
		if (wt)
			wt->readable(wt);
		else
			(void)eventfd_read(w->wakefd, &woken);
	}

	return 0;
}


/* libre's loop is the worker's thread */
static void served_by_loop(int flags, void *arg)
{
	(void)flags;

	(void)worker_poll(arg, 0, NULL);
}


static void park_here(struct worker *w)
{
	uring_flush(w->uring);
	atomic_store(&w->wanted, false);
	do {
		if (w->errand)
			w->errand(w, w->errand_arg);
		w->errand = NULL;
		(void)sem_post(&w->parked);
		while (sem_wait(&w->resume) && errno == EINTR)
			;
	} while (w->errand);
}


static void ring_begin(struct worker *w)
{
	const int err = w->uring ? uring_begin(w->uring) : 0;

	if (!err)
		return;

	log_error(ROOM, "worker %u: io_uring: %s", w->index, strerror(err));
	uring_free(w->uring);
	w->uring = NULL;
}


static void *run(void *arg)
{
	struct worker *w = arg;

	w->self = pthread_self();
	ring_begin(w);

	while (!w->quit) {
		const int err = uring_used(w->uring)
					? uring_serve(w->uring)
					: worker_poll(w, -1, NULL);

		if (err)
			log_error(ROOM, "worker %u: %s", w->index,
				  strerror(err));
		if (atomic_load(&w->wanted))
			park_here(w);
	}
	uring_free(w->uring);
	w->uring = NULL;

	return NULL;
}


/** The worker looks after this descriptor from now on; 0 or an errno */
int watch_start(struct watch *wt, struct worker *w)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = wt};

	if (wt->fd < 0 || wt->worker)
		return 0;

	wt->worker = w;
	if (epoll_ctl(w->epfd, EPOLL_CTL_ADD, wt->fd, &ev) < 0) {
		wt->worker = NULL;
		return errno;
	}

	return 0;
}


/** Close the descriptor; its worker is parked, or it is the worker's wish */
void watch_close(struct watch *wt)
{
	if (wt->fd >= 0)
		(void)close(wt->fd); /* which epoll notices */
	wt->fd	   = -1;
	wt->worker = NULL;
}


static void worker_free(struct worker *w)
{
	uring_free(w->uring);
	if (w->epfd >= 0) {
		fd_close(w->epfd);
		(void)close(w->epfd);
	}
	if (w->wakefd >= 0)
		(void)close(w->wakefd);
	(void)sem_destroy(&w->parked);
	(void)sem_destroy(&w->resume);
	mem_deref(w->agent_legs);
	metrics_free(w->stats);
	mem_deref(w);
}


static int worker_alloc(struct worker **wp, struct relay *r, unsigned index)
{
	static const struct log_limit limit =
		LOG_LIMIT(REFUSED_LOG_BURST, REFUSED_LOG_RATE);
	struct epoll_event ev = {.events = EPOLLIN};
	struct worker *w = mem_zalloc(sizeof(*w), NULL);
	int err;

	if (!w)
		return ENOMEM;

	w->relay       = r;
	w->index       = index;
	w->refused_log = limit;
	(void)sem_init(&w->parked, 0, 0);
	(void)sem_init(&w->resume, 0, 0);
	w->epfd	  = epoll_create1(EPOLL_CLOEXEC);
	w->wakefd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	err = w->epfd < 0 || w->wakefd < 0 ? errno : 0;
	if (!err && epoll_ctl(w->epfd, EPOLL_CTL_ADD, w->wakefd, &ev) < 0)
		err = errno;
	if (!err)
		err = stats_alloc(&w->stats);
	if (!err)
		err = hash_alloc(&w->agent_legs, AGENT_BUCKETS);
	if (err)
		worker_free(w);
	else
		*wp = w;

	return err;
}


/**
 * Make the workers; nothing runs yet
 *
 * @param r Relay
 * @param n Threads, 0: the loop does it
 *
 * @return 0 or an errno
 */
int workers_alloc(struct relay *r, unsigned n)
{
	const unsigned count = n ? min(n, (unsigned)WORKERS_MAX) : 1;
	int err = 0;

	r->threads = n != 0;
	while (r->workerc < count && !err) {
		err = worker_alloc(&r->workerv[r->workerc], r, r->workerc);
		if (!err)
			++r->workerc;
	}

	return err;
}


static int start(struct worker *w)
{
	sigset_t all, before;
	int err;

	/* signals are the control thread's */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&w->thread, NULL, run, w);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	w->running = !err;

	return err;
}


static int rings_alloc(struct relay *r)
{
	const enum settings_path want = r->conf.io_uring;
	unsigned i;
	int err = 0;

	if (want == PATH_OFF)
		return 0;

	for (i = 0; i < r->workerc && !err; i++)
		err = uring_alloc(&r->workerv[i]->uring, r->workerv[i]);
	if (!err)
		return 0;

	for (i = 0; i < r->workerc; i++) {
		uring_free(r->workerv[i]->uring);
		r->workerv[i]->uring = NULL;
	}
	if (want == PATH_ON) {
		log_error(ROOM, "io_uring: %s", strerror(err));
		return err;
	}
	log_notice(ROOM, "no io_uring (%s): sockets are read by epoll",
		   strerror(err));

	return 0;
}


/** Let them run; rights must have been given up; 0 or an errno */
int workers_start(struct relay *r)
{
	unsigned i;
	int err = 0;

	if (!r->threads)
		return fd_listen(r->workerv[0]->epfd, FD_READ, served_by_loop,
				 r->workerv[0]);

	err = rings_alloc(r);
	for (i = 0; i < r->workerc && !err; i++)
		err = start(r->workerv[i]);

	return err;
}


/** End the threads; what they had may be touched freely afterwards */
void workers_stop(struct relay *r)
{
	unsigned i;

	for (i = 0; i < r->workerc; i++) {
		struct worker *w = r->workerv[i];

		if (!w->running)
			continue;
		worker_park(w);
		w->quit = true;
		worker_resume(w);
		(void)pthread_join(w->thread, NULL);
		w->running = false;
	}
}


void workers_free(struct relay *r)
{
	while (r->workerc)
		worker_free(r->workerv[--r->workerc]);
}


/** @return The worker of what has this hash */
struct worker *worker_of(const struct relay *r, uint32_t hash)
{
	return r->workerv[hash % r->workerc];
}


/**
 * Stop a worker between two rounds; its sessions are the caller's until
 * worker_resume()
 *
 * @param w Worker
 */
void worker_park(struct worker *w)
{
	if (!w->running || w->depth++)
		return;

	atomic_store(&w->wanted, true);
	(void)eventfd_write(w->wakefd, 1);
	while (sem_wait(&w->parked) && errno == EINTR)
		;
}


/** Let a worker go on */
void worker_resume(struct worker *w)
{
	if (w->running && !--w->depth)
		(void)sem_post(&w->resume);
}


/**
 * Have something done in a worker's thread, and wait for it
 *
 * @param w       The calling worker, or one the caller has parked
 * @param errandh What
 * @param arg     Its argument
 */
void worker_errand(struct worker *w, worker_errand_h *errandh, void *arg)
{
	if (!w->running || pthread_equal(w->self, pthread_self())) {
		errandh(w, arg);
		return;
	}

	w->errand     = errandh;
	w->errand_arg = arg;
	(void)sem_post(&w->resume);
	while (sem_wait(&w->parked) && errno == EINTR)
		;
}


/** worker_park() for all of them */
void workers_park(struct relay *r)
{
	unsigned i;

	for (i = 0; i < r->workerc; i++)
		worker_park(r->workerv[i]);
}


/** worker_resume() for all of them */
void workers_resume(struct relay *r)
{
	unsigned i;

	for (i = 0; i < r->workerc; i++)
		worker_resume(r->workerv[i]);
}
