/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file lasting.c  Connections that last longer than their descriptor
 *
 * That of a terminal behind an agent breaks when the relay is started anew; the
 * terminal's own connection, at the agent, does not. Both ends count octets and
 * keep the last they sent, so that nothing is missing when the agent has got it
 * through again. Owns the count, what was sent, and the wait.
 */
#include <endian.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "h323gw/conn/priv.h"


static void lasting_destructor(void *arg)
{
	struct lasting *l = arg;

	tmr_cancel(&l->tmr);
	hash_unlink(&l->le);
	mem_deref(l->tail);
}


static bool has_name(struct le *le, void *arg)
{
	return !strcmp(((const struct lasting *)le->data)->name, arg);
}


static struct lasting *find(const struct conns *cs, const char *name)
{
	char key[CONN_NAME_LEN];

	str_ncpy(key, name, sizeof(key));

	return list_ledata(hash_lookup(cs->lasting, hash_joaat_str(key),
				       has_name, key));
}


int conn_lasts(struct conn *c, const char *name)
{
	struct lasting *l;
	int err;

	if (strlen(name) >= CONN_NAME_LEN)
		return ENAMETOOLONG;
	if (c->last || find(c->cs, name))
		return EEXIST;
	l = mem_zalloc(sizeof(*l), lasting_destructor);
	if (!l)
		return ENOMEM;
	err = tail_alloc(&l->tail);
	if (err) {
		mem_deref(l);
		return err;
	}
	l->c = c;
	str_ncpy(l->name, name, sizeof(l->name));
	hash_append(c->cs->lasting, hash_joaat_str(name), &l->le, l);
	c->last = l;

	return 0;
}


void conns_away_handler(struct conns *cs, conn_away_h *h, void *arg)
{
	cs->awayh    = h;
	cs->away_arg = arg;
}


bool lasting_is_away(const struct conn *c)
{
	return c->last && c->last->away;
}


/* octets at p are on their way; the first may have been so before */
void lasting_sent(struct conn *c, const uint8_t *p, size_t len)
{
	struct lasting *l = c->last;
	size_t n;

	if (!l)
		return;
	n = min(len, l->again);
	l->again -= n;
	tail_add(l->tail, p + n, len - n);
}


/* it does not wait for another one any more */
void lasting_end(struct conn *c)
{
	struct lasting *l = c->last;

	if (!l)
		return;
	l->away = false;
	tmr_cancel(&l->tmr);
}


static void on_late(void *arg)
{
	struct lasting *l = arg;

	conn_over(l->c, ETIMEDOUT);
}


static void let_go(struct lasting *l)
{
	struct conn *c = l->c;

	conn_close_fd(c);
	tmr_cancel(&c->tmr);
	alive_end(c);
	c->flags   = 0;
	c->heard   = true;
	c->partial = false;
	/* what is not out of it is asked for once more */
	mbuf_advance(c->out, (ssize_t)l->again);
	l->again = 0;
	l->away	 = true;
	tmr_start(&l->tmr, CONN_LASTS_MS, on_late, l);
}


/* its descriptor has broken; false: it ends with it */
bool lasting_away(struct conn *c)
{
	struct lasting *l = c->last;

	if (!l || c->le.list)
		return false;
	let_go(l);
	if (c->cs->awayh)
		c->cs->awayh(l->name, c->cs->away_arg);

	return true;
}


void conns_gone(struct conns *cs, const char *name)
{
	struct lasting *l = find(cs, name);

	if (l && l->away)
		conn_over(l->c, 0);
}


/* before what waits: the count, and what the far end has not got */
static int queue_again(struct lasting *l, uint64_t received)
{
	const uint64_t count = htobe64(l->received);
	struct mbuf *old     = l->c->out, *mb;
	const uint8_t *p;
	size_t len;
	int err;

	err = tail_since(l->tail, received, &p, &len);
	if (err)
		return err;
	mb = mbuf_alloc(sizeof(count) + len + mbuf_get_left(old));
	if (!mb)
		return ENOMEM;
	(void)mbuf_write_mem(mb, (const uint8_t *)&count, sizeof(count));
	(void)mbuf_write_mem(mb, p, len);
	(void)mbuf_write_mem(mb, mbuf_buf(old), mbuf_get_left(old));
	mbuf_set_pos(mb, 0);
	mem_deref(old);
	l->c->out = mb;
	l->again  = sizeof(count) + len;

	return 0;
}


int conn_again(struct conns *cs, const char *name, uint64_t received, int fd)
{
	struct lasting *l = find(cs, name);
	struct conn *c;
	int err;

	if (!l) {
		(void)close(fd);
		return ENOENT;
	}
	/* the end of the old one is not seen yet */
	if (!l->away)
		let_go(l);
	c   = l->c;
	err = queue_again(l, received);
	if (err) {
		(void)close(fd);
		conn_over(c, err);
		return err;
	}
	lasting_end(c);
	c->fd = fd;
	conn_wait_for(c, FD_READ);
	alive_begin(c);
	if (conn_flush(c))
		(void)lasting_away(c);

	return 0;
}
