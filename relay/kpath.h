/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file kpath.h  Settled streams, handed to a program in the kernel
 *
 * A stream is offered when both its legs are latched and nothing about them is
 * in motion; it is withdrawn before anything about them changes. In between,
 * the state of a live leg is the kernel's: kpath_refresh() brings it here
 * before somebody asks. Whoever calls is the session's worker, or has parked
 * it, unless said otherwise.
 */
#ifndef POSTERN_RELAY_KPATH_H
#define POSTERN_RELAY_KPATH_H

#include "config.h"
#include <stdbool.h>
#include "kpath_abi.h"
#include "media/latch.h"
#include "rpc/libre.h"

struct kpath;
struct leg;
struct relay;
struct stream;

/** One leg's side of it */
struct kpath_side {
	uint32_t *port[KP_COMPONENTS]; /**< entries that name it, or NULL */
	uint32_t slot;
	uint64_t gen;		 /**< which offer */
	struct kp_counters seen; /**< of these, what the leg has counted */
	bool live;		 /**< the kernel has its packets */
};

struct kpath_stream {
	struct le pending; /**< the control thread's */
	struct kpath_side side[2];
	uint64_t next;	   /**< ms: not offered before */
	uint32_t delay;	   /**< ms, grows where streams come back */
	unsigned tries;
	bool offered, slots;
};

#ifdef HAVE_BPF

int kpath_alloc(struct kpath **kp, struct relay *r, uint64_t *keep);
void kpath_tick(struct kpath *k, uint64_t now);
void kpath_stream_tick(struct stream *st, uint64_t now);
void kpath_withdraw(struct stream *st, uint64_t now);
void kpath_close(struct stream *st);
void kpath_refresh(struct leg *leg);
void kpath_strayed(struct leg *leg, enum latch_kind kind, uint64_t now);
bool kpath_is_live(const struct leg *leg);
const char *kpath_devices(const struct kpath *k);

#else

static inline int kpath_alloc(struct kpath **kp, struct relay *r,
			      uint64_t *keep)
{
	(void)kp;
	(void)r;
	*keep = 0;

	return 0;
}


static inline void kpath_tick(struct kpath *k, uint64_t now)
{
	(void)k;
	(void)now;
}


static inline void kpath_stream_tick(struct stream *st, uint64_t now)
{
	(void)st;
	(void)now;
}


static inline void kpath_withdraw(struct stream *st, uint64_t now)
{
	(void)st;
	(void)now;
}


static inline void kpath_close(struct stream *st)
{
	(void)st;
}


static inline void kpath_refresh(struct leg *leg)
{
	(void)leg;
}


static inline void kpath_strayed(struct leg *leg, enum latch_kind kind,
				 uint64_t now)
{
	(void)leg;
	(void)kind;
	(void)now;
}


static inline bool kpath_is_live(const struct leg *leg)
{
	(void)leg;

	return false;
}


static inline const char *kpath_devices(const struct kpath *k)
{
	(void)k;

	return "";
}

#endif

#endif
