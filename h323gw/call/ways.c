/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ways.c  H.245 on connections of its own: theirs to us, ours to them
 *
 * Both may be made at once. Then the end whose address is the smaller closes
 * the one it has made, and the other one is used (H.323 §8.2.1); but the other
 * end may not know that, so whatever it sends on either is heard.
 *
 * Owns the listeners and the connections.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "h323gw/call/host.h"


enum {
	CLASH = 2000, /* ms after ours is made: theirs may be on its way */
};


static const struct reach *reach_of(const struct way *w)
{
	return &call_info(w->held->call)->party[w->side].reach;
}


static void waiting_stop(struct way *w)
{
	tmr_cancel(&w->tmr);
	w->req		  = mem_deref(w->req);
	w->listener	  = mem_deref(w->listener);
	w->agent_listener = mem_deref(w->agent_listener);
}


void way_close(struct way *w)
{
	waiting_stop(w);
	conn_finish(w->conn);
	conn_finish(w->spare);
	w->conn = w->spare = NULL;
	w->up	= false;
}


static void way_send(struct way *w, const uint8_t *p, size_t len)
{
	(void)conn_send(w->conn, p, len);
}


/* ---- what happens ---- */

static void on_message(const uint8_t *p, size_t len, void *arg)
{
	struct way *w = arg;

	call_h245(w->held->call, w->side, p, len);
}


static struct conn_handlers handlers(struct way *w);
static bool theirs_instead(struct way *w);


static void on_close(int err, void *arg)
{
	struct way *w = arg;

	conn_drop(w->conn);
	w->conn = NULL;
	if (theirs_instead(w))
		return;
	w->up = false;
	call_h245_down(w->held->call, w->side, err);
}


static struct conn_handlers handlers(struct way *w)
{
	return (struct conn_handlers){on_message, on_close, w};
}


/* the connection they have made beside ours, if there is one */
static bool theirs_instead(struct way *w)
{
	const struct conn_handlers h = handlers(w);

	w->ours	 = false;
	w->conn	 = w->spare;
	w->spare = NULL;
	if (w->conn)
		conn_handlers_set(w->conn, &h);

	return w->conn != NULL;
}


static void on_spare_close(int err, void *arg)
{
	struct way *w = arg;
	(void)err;

	conn_drop(w->spare);
	w->spare = NULL;
}


static void on_clash_over(void *arg)
{
	waiting_stop(arg);
}


/* another one that is listened for may still come after ours */
static void up(struct way *w, enum stat stat)
{
	w->up = true;
	if (w->ours && (w->listener || w->agent_listener))
		tmr_start(&w->tmr, CLASH, on_clash_over, w);
	else
		waiting_stop(w);
	metrics_inc(w->held->cs->stats, stat);
	call_h245_up(w->held->call, w->side);
}


/* what they have made, beside ours; true: it takes its place */
static bool clash(struct way *w)
{
	metrics_inc(w->held->cs->stats, STAT_H245_CLASHES);
	if (h225_addr_cmp(&w->at, &w->to) > 0)
		return false;
	if (w->up)
		conn_finish(w->conn);
	else
		conn_drop(w->conn);
	w->req	= mem_deref(w->req);
	w->conn = NULL;

	return true;
}


static void spare(struct way *w, int fd, const struct link_channel *ch)
{
	const struct conn_handlers h = {on_message, on_spare_close, w};

	if (!conn_take(&w->spare, w->held->cs->conns, fd, NULL, &h) && ch)
		again_lasts(w->spare, ch);
}


/* a connection they have made, or a channel to them that we have asked for */
static void take(struct way *w, int fd, const struct link_channel *ch,
		 bool theirs)
{
	const struct conn_handlers h = handlers(w);
	const bool both = theirs && (w->conn || w->req);
	const bool was_up = w->up;

	if (!w->held->call || (theirs && w->spare) || (w->up && !w->ours)) {
		(void)close(fd);
		return;
	}
	if (both ? !clash(w) : w->conn != NULL) {
		spare(w, fd, ch);
		return;
	}
	if (conn_take(&w->conn, w->held->cs->conns, fd, NULL, &h)) {
		w->conn = NULL;
		w->up	= false;
		call_h245_down(w->held->call, w->side, ENOMEM);
		return;
	}
	w->ours = !theirs;
	if (ch)
		again_lasts(w->conn, ch);
	if (was_up)
		waiting_stop(w);
	else
		up(w, theirs ? STAT_H245_LISTENED : STAT_H245_CONNECTED);
}


/* ---- theirs to us ---- */

static void on_accept(int fd, const struct addr *peer, void *arg)
{
	(void)peer;
	take(arg, fd, NULL, true);
}


static void on_agent_accept(int err, const struct link_channel *ch, int fd,
			    void *arg)
{
	struct way *w = arg;

	w->agent_listener = NULL;
	if (!err)
		take(w, fd, ch, true);
	else if (!w->up && !w->conn)
		call_h245_down(w->held->call, w->side, err);
}


static void on_agent_listen(int err, const struct addr *address, void *arg)
{
	struct way *w = arg;

	if (err)
		w->agent_listener = NULL;
	else
		w->at = *address;
	call_h245_listening(w->held->call, w->side, err, address);
}


static void on_listening(void *arg)
{
	struct way *w = arg;

	call_h245_listening(w->held->call, w->side, 0, &w->at);
}


/* who its connection comes from: the host its signalling is at */
static struct addr peer_of(const struct way *w)
{
	const struct sig *s = w->held->leg[w->side].sig;

	return s && !s->ours ? s->from : reach_of(w)->signalling;
}


static int way_listen(struct way *w)
{
	struct calls *cs       = w->held->cs;
	const struct reach *r  = reach_of(w);
	const struct addr who  = peer_of(w);
	struct addr own;
	int err;

	waiting_stop(w);
	if (r->agent[0])
		return cs->link ? link_channel_listen(&w->agent_listener,
						      cs->link, r->agent, &who,
						      on_agent_listen,
						      on_agent_accept, w)
				: ENOTCONN;
	own = call_info(w->held->call)->party[w->side].own;
	err = conn_listen_range(&w->listener, cs->conns, &own,
				cs->conf.h245_min, cs->conf.h245_max, &who,
				on_accept, w);
	if (err)
		return err;
	w->at = *conn_listener_addr(w->listener);
	tmr_start(&w->tmr, 0, on_listening, w);

	return 0;
}


/* ---- ours to them ---- */

/* it can't be made; theirs beside it may do */
static void not_connected(struct way *w, int err)
{
	conn_drop(w->conn);
	w->conn = NULL;
	if (theirs_instead(w))
		up(w, STAT_H245_LISTENED);
	else
		call_h245_down(w->held->call, w->side, err);
}


static void on_connected(int err, void *arg)
{
	struct way *w = arg;

	if (err)
		not_connected(w, err);
	else
		up(w, STAT_H245_CONNECTED);
}


static void on_channel(int err, const struct link_channel *ch, int fd,
		       void *arg)
{
	struct way *w = arg;

	w->req = NULL;
	if (err)
		not_connected(w, err);
	else
		take(w, fd, ch, false);
}


/* a party is not to send us to hosts that only we can reach */
static bool is_allowed(const struct way *w, const struct addr *to)
{
	const struct addr from = peer_of(w);

	if (addr_ip_eq(to, &from))
		return true;

	return !addr_is_any(to) && !addr_is_loopback(to) &&
	       !addr_is_multicast(to) && !addr_is_linklocal(to) &&
	       (!addr_is_private(to) || addr_is_private(&from));
}


static int way_connect(struct way *w, const struct addr *to)
{
	struct calls *cs	     = w->held->cs;
	const struct conn_handlers h = handlers(w);
	const struct reach *r	     = reach_of(w);

	if (w->conn)
		return EALREADY;
	w->to	= *to;
	w->ours = true;
	if (r->agent[0])
		return cs->link ? link_channel_open(&w->req, cs->link,
						    r->agent, to, on_channel,
						    w)
				: ENOTCONN;
	if (!is_allowed(w, to))
		return EACCES;

	return connect_from(&w->conn, cs,
			    &call_info(w->held->call)->party[w->side].own, to,
			    &h, on_connected);
}


/* ---- what the machine asks for ---- */

static int io_h245_listen(struct call *c, enum side s, void *arg)
{
	(void)c;

	return way_listen(&((struct held *)arg)->way[s]);
}


static int io_h245_connect(struct call *c, enum side s, const struct addr *to,
			   void *arg)
{
	(void)c;

	return way_connect(&((struct held *)arg)->way[s], to);
}


static void io_h245_send(struct call *c, enum side s, const uint8_t *p,
			 size_t len, void *arg)
{
	(void)c;
	way_send(&((struct held *)arg)->way[s], p, len);
}


static void io_h245_close(struct call *c, enum side s, void *arg)
{
	(void)c;
	way_close(&((struct held *)arg)->way[s]);
}


void ways_io(struct call_io *io)
{
	io->h245_listen	 = io_h245_listen;
	io->h245_connect = io_h245_connect;
	io->h245_send	 = io_h245_send;
	io->h245_close	 = io_h245_close;
}
