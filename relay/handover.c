/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file handover.c  A byte channel of an agent's, given to a client
 *
 * The client has one end of a pair of sockets, which it may take for the TCP
 * connection it stands for; the other is joined to the channel. It lasts until
 * both sides have said all or one is gone, whatever becomes of the client's
 * connection to the control socket. Owns our ends and the joints.
 */
#include <errno.h>
#include <unistd.h>
#include "bytes/ends.h"
#include "handover.h"
#include "relay.h"


#define ROOM "channel"

enum {
	FDS_KEPT = 8, /* this part of all descriptors is for others */
	SIDE_UP	 = 0, /* the channel */
	SIDE_DOWN,
};

struct handed {
	struct le le; /* in its agent's list */
	struct agent *agent;
	struct joint *joint;
	struct addr peer;
};


static void handed_destructor(void *arg)
{
	struct handed *h = arg;

	list_unlink(&h->le);
	mem_deref(h->joint);
}


static void on_close(struct joint *j, enum tunnel_reason why, void *arg)
{
	struct handed *h      = arg;
	struct metrics *stats = h->agent->relay->stats;
	char buf[ADDR_STRLEN];

	metrics_add(stats, STAT_CALL_BYTES_UP, joint_octets(j, SIDE_UP));
	metrics_add(stats, STAT_CALL_BYTES_DOWN, joint_octets(j, SIDE_DOWN));
	if (agent_may_log(h->agent))
		log_info(ROOM, "agent %s: %s: closed: %s", h->agent->name,
			 addr_str(&h->peer, buf), tunnel_reason_name(why));
	mem_deref(h);
}


/** May an agent have one more? */
bool handover_may(const struct agent *ag)
{
	return list_count(&ag->handed) < HANDOVERS_MAX;
}


/* ours of the pair; calls and operators need descriptors too */
static int pair(struct joint_end **ep, int *fdp, uint32_t fds)
{
	int v[2], err;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
		       v) < 0)
		return errno;
	if (fds && (uint32_t)v[1] >= fds - fds / FDS_KEPT) {
		(void)close(v[0]);
		err = EMFILE;
	} else {
		err = end_socket(ep, v[0]);
	}
	if (err)
		(void)close(v[1]);
	else
		*fdp = v[1];

	return err;
}


static int join(struct handed *h, struct channel *ch, int *fdp)
{
	struct joint_end *socket = NULL, *channel = NULL;
	int fd	= -1;
	int err = pair(&socket, &fd, h->agent->relay->fds);

	if (!err)
		err = end_channel(&channel, ch);
	if (!err)
		err = joint_alloc(&h->joint, channel, socket, 0, on_close, h);
	mem_deref(channel);
	mem_deref(socket);
	if (!err)
		*fdp = fd;
	else if (fd >= 0)
		(void)close(fd);

	return err;
}


/**
 * Make a descriptor of a byte channel
 *
 * @param fdp  Result: a connected stream socket, to be given away and closed
 * @param ag   Agent
 * @param ch   Channel that was accepted, at whichever end. On error it is
 *	       still the caller's to reset, unless it has ended
 * @param peer Whose connection it is
 *
 * @return 0 or an errno
 */
int handover(int *fdp, struct agent *ag, struct channel *ch,
	     const struct addr *peer)
{
	struct handed *h = mem_zalloc(sizeof(*h), handed_destructor);
	int err;

	if (!h)
		return ENOMEM;

	h->agent = ag;
	h->peer	 = *peer;
	err	 = join(h, ch, fdp);
	if (err)
		mem_deref(h);
	else
		list_append(&ag->handed, &h->le, h);

	return err;
}
