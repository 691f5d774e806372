/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file crossing.c  A connection in the private network, joined to the server
 *
 * Somebody there has connected to us, and we ask the server for a byte channel;
 * or the server has opened one, and we connect. From then on octets go both
 * ways, until both have said all. One that has a key goes on in another tunnel
 * when this one is gone. Owns the connection, its channel, and a socket of the
 * policy's.
 */
#include "rpc/libre.h"
#include <errno.h>
#include <string.h>
#include "crossing_priv.h"


enum {
	CONNECT_MS = 10000,
	ANSWER_MS  = 20000, /* the server has this to take a channel */
};

void crossing_closed(const struct crossing *c, const char *why)
{
	json_t *o = json_copy(c->record);

	(void)json_object_update_new(
		o, json_pack("{s:I,s:I}", "bytesUp",
			     (json_int_t)joint_octets(c->joint, 0),
			     "bytesDown",
			     (json_int_t)joint_octets(c->joint, 1)));
	audit_close(c->cs->audit, o, why);
}


/**
 * Refuse a channel, or a connection without one (NULL)
 *
 * @param cs     Rules
 * @param ch     Channel
 * @param reason What the server is told
 * @param record For the audit log, taken over
 * @param why    Likewise
 */
void crossing_refuse(const struct crossings *cs, struct channel *ch,
		     enum tunnel_reason reason, json_t *record,
		     const char *why)
{
	audit_refuse(cs->audit, record, why);
	if (ch)
		channel_reset(ch, reason);
}


/* the channel is no longer the crossing's */
static struct channel *let_go(struct crossing *c)
{
	static const struct channel_handlers none = {0};
	struct channel *ch			  = c->asked;

	c->asked = NULL;
	if (ch)
		channel_handlers_set(ch, &none, NULL);

	return ch;
}


static void crossing_destructor(void *arg)
{
	struct crossing *c = arg;
	struct channel *ch = let_go(c);

	list_unlink(&c->le);
	tmr_cancel(&c->tmr);
	policy_give(c->cs->policy, 1);
	if (ch)
		channel_reset(ch, TUNNEL_SHUTDOWN);
	if (c->joint && !joint_closed(c->joint))
		crossing_closed(c, tunnel_reason_name(TUNNEL_SHUTDOWN));
	mem_deref(c->socket);
	mem_deref(c->joint);
	mem_deref(c->channel);
	json_decref(c->record);
}


/* it ends before it was joined */
void crossing_give_up(struct crossing *c, enum tunnel_reason reason,
		    const char *why)
{
	struct channel *ch = let_go(c);

	/* whoever connected sees that it was cut */
	if (c->socket)
		c->socket->ops->cut(c->socket, reason);
	crossing_refuse(c->cs, ch, reason, json_incref(c->record), why);
	mem_deref(c);
}


static void on_joint_close(struct joint *j, enum tunnel_reason why, void *arg)
{
	struct crossing *c = arg;
	(void)j;

	crossing_closed(c, why == TUNNEL_OK ? NULL : tunnel_reason_name(why));
	mem_deref(c);
}


/* the channel was accepted, at whichever end */
static int join(struct crossing *c)
{
	struct joint_end *channel = NULL;
	int err			  = end_channel(&channel, c->asked);

	if (err)
		return err;

	c->asked = NULL;
	tmr_cancel(&c->tmr);
	if (c->key[0])
		err = end_lasts(channel, c->cs->lasts);
	if (!err)
		err = joint_alloc(&c->joint, c->socket, channel, c->cs->idle,
				  on_joint_close, c);
	if (err) {
		mem_deref(channel);
		return err;
	}
	if (c->key[0])
		c->channel = mem_ref(channel);
	mem_deref(channel);
	c->socket = mem_deref(c->socket);
	audit_open(c->cs->audit, json_incref(c->record));

	return 0;
}


static void on_accepted(struct channel *ch, void *arg)
{
	struct crossing *c = arg;
	const int err	   = join(c);
	(void)ch;

	if (err)
		crossing_give_up(c, TUNNEL_LIMIT, strerror(err));
}


static void on_gone(struct channel *ch, enum tunnel_reason why, void *arg)
{
	struct crossing *c = arg;
	(void)ch;

	c->asked = NULL;
	crossing_give_up(c, why, tunnel_reason_name(why));
}


static const struct channel_handlers asked_handlers = {
	.accepth = on_accepted,
	.closeh	 = on_gone,
};


/* record: taken over */
static int crossing_new(struct crossing **cp, struct crossings *cs,
			const struct addr *peer, const char *key,
			json_t *record, const char **why)
{
	struct crossing *c;

	if (!policy_take(cs->policy, cs->protocol, 1, why))
		return EMFILE;
	c = mem_zalloc(sizeof(*c), crossing_destructor);
	if (!c) {
		policy_give(cs->policy, 1);
		*why = strerror(ENOMEM);
		return ENOMEM;
	}
	c->cs	  = cs;
	c->peer	  = *peer;
	c->record = json_incref(record);
	if (key && what_key_ok(key))
		memcpy(c->key, key, sizeof(c->key));
	list_append(&cs->all, &c->le, c);
	*cp = c;

	return 0;
}


/* ---- we connect ---- */

static void on_connect(struct joint_end *e, int err, void *arg)
{
	struct crossing *c = arg;
	(void)e;

	if (!err)
		err = channel_accept(c->asked, &asked_handlers, c);
	if (!err)
		err = join(c);
	if (err)
		crossing_give_up(c, TUNNEL_UNREACHABLE, strerror(err));
}


/**
 * Connect to somebody for the server, who was allowed to ask for it
 *
 * @param cs     Rules
 * @param ch     Channel, taken or refused
 * @param local  Address to connect from, without a port; NULL: any
 * @param to     Address and port
 * @param key    It goes on in another tunnel by this name; NULL or empty: it
 *               does not
 * @param record For the audit log, taken over
 */
void crossing_connect(struct crossings *cs, struct channel *ch,
		      const struct addr *local, const struct addr *to,
		      const char *key, json_t *record)
{
	const char *why	   = "";
	struct crossing *c = NULL;
	int err;

	if (crossing_new(&c, cs, to, key, record, &why)) {
		crossing_refuse(cs, ch, TUNNEL_LIMIT, record, why);
		return;
	}
	json_decref(record);
	err = end_connect(&c->socket, local, to, CONNECT_MS, on_connect, c);
	c->asked = ch;
	channel_handlers_set(ch, &asked_handlers, c);
	if (err)
		crossing_give_up(c, TUNNEL_UNREACHABLE, strerror(err));
}


/* ---- somebody has connected ---- */

static void on_late(void *arg)
{
	crossing_give_up(arg, TUNNEL_LIMIT, "the server is silent");
}


/**
 * Take a connection, and ask the server for a channel
 *
 * @param cs     Rules
 * @param t      Tunnel; NULL: there is none
 * @param fd     Connection, taken over
 * @param peer   Whose it is
 * @param key    As for crossing_connect()
 * @param what   What the channel is for
 * @param len    Its length
 * @param record For the audit log, taken over
 *
 * @return 0; an errno: it was refused
 */
int crossing_accept(struct crossings *cs, struct tunnel *t, int fd,
		    const struct addr *peer, const char *key,
		    const char *what, size_t len, json_t *record)
{
	const char *why	   = "there is no tunnel to the server";
	struct crossing *c = NULL;
	int err		   = t ? 0 : ENOTCONN;

	if (!err)
		err = crossing_new(&c, cs, peer, key, record, &why);
	if (err) {
		crossing_refuse(cs, NULL, TUNNEL_OK, record, why);
		end_refuse(fd);
		return err;
	}
	json_decref(record);
	err = end_socket(&c->socket, fd);
	if (!err)
		err = tunnel_open(&c->asked, t, CHANNEL_BYTES, what, len,
				  &asked_handlers, c);
	if (err)
		crossing_give_up(c, TUNNEL_LIMIT, strerror(err));
	else
		tmr_start(&c->tmr, ANSWER_MS, on_late, c);

	return err;
}
