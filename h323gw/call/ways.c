/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file ways.c  H.245 on connections of its own: theirs to us, ours to them
 *
 * Owns the listeners and the connections.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "h323gw/call/host.h"


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
	w->conn = NULL;
	w->up	= false;
}


void way_send(struct way *w, const uint8_t *p, size_t len)
{
	(void)conn_send(w->conn, p, len);
}


/* ---- what happens ---- */

static void on_message(const uint8_t *p, size_t len, void *arg)
{
	struct way *w = arg;

	call_h245(w->held->call, w->side, p, len);
}


static void on_close(int err, void *arg)
{
	struct way *w = arg;

	conn_drop(w->conn);
	w->conn = NULL;
	w->up	= false;
	call_h245_down(w->held->call, w->side, err);
}


static struct conn_handlers handlers(struct way *w)
{
	return (struct conn_handlers){on_message, on_close, w};
}


/* the first that comes up is it; another one, listened for or connecting, is
 * given up */
static void up(struct way *w, enum stat stat)
{
	w->up = true;
	waiting_stop(w);
	metrics_inc(w->held->cs->stats, stat);
	call_h245_up(w->held->call, w->side);
}


static void take(struct way *w, int fd, const struct link_channel *ch,
		 enum stat stat)
{
	const struct conn_handlers h = handlers(w);
	struct conn *c;

	if (w->up || !w->held->call) {
		(void)close(fd);
		return;
	}
	conn_drop(w->conn);
	w->conn = NULL;
	if (conn_take(&c, w->held->cs->conns, fd, NULL, &h)) {
		call_h245_down(w->held->call, w->side, ENOMEM);
		return;
	}
	w->conn = c;
	if (ch)
		again_lasts(c, ch);
	up(w, stat);
}


/* ---- theirs to us ---- */

static void on_accept(int fd, const struct addr *peer, void *arg)
{
	(void)peer;
	take(arg, fd, NULL, STAT_H245_LISTENED);
}


static void on_agent_accept(int err, const struct link_channel *ch, int fd,
			    void *arg)
{
	struct way *w = arg;

	w->agent_listener = NULL;
	if (!err)
		take(w, fd, ch, STAT_H245_LISTENED);
	else if (!w->up && !w->conn)
		call_h245_down(w->held->call, w->side, err);
}


static void on_agent_listen(int err, const struct addr *address, void *arg)
{
	struct way *w = arg;

	if (err)
		w->agent_listener = NULL;
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


int way_listen(struct way *w)
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

static void on_connected(int err, void *arg)
{
	struct way *w = arg;

	if (!err) {
		up(w, STAT_H245_CONNECTED);
		return;
	}
	conn_drop(w->conn);
	w->conn = NULL;
	call_h245_down(w->held->call, w->side, err);
}


static void on_channel(int err, const struct link_channel *ch, int fd,
		       void *arg)
{
	struct way *w = arg;

	w->req = NULL;
	if (err)
		call_h245_down(w->held->call, w->side, err);
	else
		take(w, fd, ch, STAT_H245_CONNECTED);
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


int way_connect(struct way *w, const struct addr *to)
{
	struct calls *cs	     = w->held->cs;
	const struct conn_handlers h = handlers(w);
	const struct reach *r	     = reach_of(w);

	if (w->conn)
		return EALREADY;
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
