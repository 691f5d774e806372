/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ends.h  What a joint joins: a TCP socket, a byte channel of a tunnel
 */
#ifndef POSTERN_BYTES_ENDS_H
#define POSTERN_BYTES_ENDS_H

#include "addr/addr.h"
#include "bytes/joint.h"

/** Connected, or an errno: mem_deref() the end then */
typedef void(end_connect_h)(struct joint_end *e, int err, void *arg);

int end_socket(struct joint_end **ep, int fd);
int end_connect(struct joint_end **ep, const struct addr *local,
		const struct addr *peer, uint32_t timeout,
		end_connect_h *connecth, void *arg);
int end_channel(struct joint_end **ep, struct channel *ch);

/* an end of a channel that goes on in another one when the tunnel is gone */
int end_lasts(struct joint_end *e, uint32_t ms);
bool end_is_away(const struct joint_end *e);
uint64_t end_received(const struct joint_end *e);
void end_again(struct joint_end *e, struct channel *ch);

int end_listen(int *fdp, const struct addr *at);
int end_accept(int *fdp, int listener, struct addr *peer);
void end_refuse(int fd);

#endif
