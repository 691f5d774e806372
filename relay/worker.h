/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file worker.h  Who moves packets: a thread with its own sockets
 *
 * Every session belongs to one worker, chosen by its id. The worker's thread
 * reads the sockets of the session's legs and writes what it learns from
 * packets: latches, counters, sources. Everything else (requests, timers,
 * agents' tunnels, the tables of sessions and ports) is the control thread's,
 * libre's loop. Packets therefore take no lock.
 *
 * Where the control thread needs what is a worker's, it parks the worker
 * first: between two rounds of its loop the worker stops, and goes on at
 * worker_resume(). Parking may be nested.
 *
 * Without threads (`workers` 0, one processor and tests) the only worker is
 * served by libre's loop, and parking does nothing.
 */
#ifndef POSTERN_RELAY_WORKER_H
#define POSTERN_RELAY_WORKER_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include "rpc/libre.h"
#include "log/log.h"
#include "metrics/metrics.h"

enum {
	WORKER_DATAGRAM_MAX = 65536,
};

struct relay;
struct uring;
struct watch;
struct worker;

/** The descriptor can be read: take one datagram, or a few */
typedef void(watch_h)(struct watch *w);

/** A descriptor a worker looks after */
struct watch {
	watch_h *readable;
	struct worker *worker; /**< NULL: nobody looks after it yet */
	int fd;		       /**< -1: none */
	uint32_t slot;	       /**< of the worker's ring; 0: epoll's */
};

/** Something to be done in a worker's thread */
typedef void(worker_errand_h)(struct worker *w, void *arg);

struct worker {
	struct relay *relay;
	struct list sessions;	 /**< the control thread's */
	struct hash *agent_legs; /**< struct agent_leg, by id */
	struct list agent_all;	 /**< the same, to go through all */
	struct metrics *stats;	 /**< enum relay_stat */
	struct log_limit refused_log;
	struct uring *uring;	 /**< NULL: epoll alone */
	worker_errand_h *errand; /**< while it is parked */
	void *errand_arg;
	pthread_t thread, self;	 /**< self: as the thread knows itself */
	sem_t parked, resume;
	_Atomic bool wanted;	 /**< it shall stop here */
	bool running, quit;
	unsigned index, depth;	 /**< depth: of parking */
	unsigned tokens;	 /**< legs in token mode: control thread's */
	int epfd, wakefd;
	uint8_t rx[WORKER_DATAGRAM_MAX];
};

int workers_alloc(struct relay *r, unsigned n);
int workers_start(struct relay *r);
void workers_stop(struct relay *r);
void workers_free(struct relay *r);

struct worker *worker_of(const struct relay *r, uint32_t hash);
void worker_park(struct worker *w);
void worker_resume(struct worker *w);
void worker_errand(struct worker *w, worker_errand_h *errandh, void *arg);
int worker_poll(struct worker *w, int timeout, bool *any);
void workers_park(struct relay *r);
void workers_resume(struct relay *r);

int watch_start(struct watch *wt, struct worker *w);
void watch_close(struct watch *wt);

#endif
