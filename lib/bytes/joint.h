/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file joint.h  Octets from one end to another, both ways
 *
 * An end is a TCP socket, a byte channel of a tunnel (ends.h), or a test's. The
 * joint passes on what comes, keeps what the other end can't take yet, asks for
 * no more until it has, and ends when both have said all, when one breaks, or
 * when nothing has moved for long.
 *
 * No sockets here. Memory is libre's.
 */
#ifndef POSTERN_BYTES_JOINT_H
#define POSTERN_BYTES_JOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tunnel/tunnel.h"

enum {
	JOINT_KEPT_MAX = TUNNEL_WINDOW, /**< octets, each way */
};

struct joint;
struct joint_end;
struct mbuf;

/** What a joint asks of an end. In these, an end says nothing to its joint */
struct joint_ops {
	/** take octets, and say how many; if not all: joint_writable() later */
	size_t (*write)(struct joint_end *e, const uint8_t *p, size_t len);
	/** no more octets will come */
	void (*fin)(struct joint_end *e);
	/** so many of the octets that came from here are on their way; all: of
	 *  them, and more may come */
	void (*consumed)(struct joint_end *e, size_t len, bool all);
	/** has the other side of it gone, before it was joined? */
	bool (*dead)(const struct joint_end *e);
	/** it is over, and the other end is to see that it was cut */
	void (*cut)(struct joint_end *e, enum tunnel_reason why);
};

/** First member of each kind of end */
struct joint_end {
	const struct joint_ops *ops;
	struct joint *joint; /**< NULL: none yet, or no more */
	unsigned side;
};

/** Both have said all (TUNNEL_OK), or why not. mem_deref() it here, or later */
typedef void(joint_close_h)(struct joint *j, enum tunnel_reason why,
			    void *arg);

/** Puts something else in place of octets; p NULL: no more come. Or an errno,
 *  which ends the joint */
typedef int(joint_filter_h)(struct mbuf *out, const uint8_t *p, size_t len,
			    void *arg);

/** Says how fast octets go on */
struct joint_pace {
	/** how many of so many octets may go now; if not all: in how many ms
	 *  to ask again */
	size_t (*mayh)(size_t len, uint32_t *wait, void *arg);
	/** so many have gone */
	void (*wenth)(size_t len, void *arg);
};

int joint_alloc(struct joint **jp, struct joint_end *a, struct joint_end *b,
		uint32_t idle, joint_close_h *closeh, void *arg);
void joint_filter(struct joint *j, unsigned side, joint_filter_h *filterh,
		  void *arg);
void joint_pace(struct joint *j, unsigned side, const struct joint_pace *pace,
		void *arg);
void joint_release(struct joint *j);
void joint_cut(struct joint *j, enum tunnel_reason why);
uint64_t joint_octets(const struct joint *j, unsigned side);
bool joint_closed(const struct joint *j);

/* what an end says */
void joint_put(struct joint_end *e, const uint8_t *p, size_t len);
bool joint_waits(const struct joint_end *e);
void joint_fin(struct joint_end *e);
void joint_writable(struct joint_end *e);
void joint_broken(struct joint_end *e, enum tunnel_reason why);

#endif
