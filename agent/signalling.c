/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file signalling.c  Connections of H.323 terminals: call signalling, H.245
 *
 * Terminals connect to a door of ours, or to a port that the server has named
 * for one of them; and the server has us connect to them. Each is a byte
 * channel, and nothing of it is read. Owns the door, the ports and the
 * connections.
 */
#include "rpc/libre.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "bytes/ends.h"
#include "bytes/what.h"
#include "crossing.h"
#include "log/log.h"
#include "signalling.h"


#define ROOM "h323"

enum {
	BURST		= 8,
	PORTS_MAX	= 1024,
	CONNECTIONS_MAX = 2048,
	OF_ONE_MAX	= 512, /* a gateway may have many calls */
	EXPIRES_MAX	= 604800, /* s; the server ends them, as a rule */
	LASTS_MS	= 30000, /* a connection waits for another tunnel */
};

struct signalling {
	struct crossings connections;
	struct addr local;
	uint16_t min, max; /* ports the server may name */
	int fd;
	struct tunnel *tunnel; /* NULL: there is none */
	struct list ports;
};

/** Waits for one connection of a terminal */
struct port {
	struct le le;
	struct signalling *s;
	uint32_t id;
	int fd;
	struct addr at;
	struct addr terminal; /* without a port */
	struct tmr tmr;
};


static json_t *record(const struct addr *peer, const struct addr *local)
{
	json_t *o = audit_record("h323", peer);
	char buf[ADDR_STRLEN];

	if (o && local)
		(void)json_object_set_new(o, "local",
					  json_string(addr_str(local, buf)));

	return o;
}


static void fd_end(int *fd)
{
	if (*fd < 0)
		return;

	fd_close(*fd);
	(void)close(*fd);
	*fd = -1;
}


/* ---- a terminal connects ---- */

static const char *too_many(const struct signalling *s,
			    const struct addr *peer)
{
	if (crossings_of(&s->connections, peer) >= OF_ONE_MAX)
		return "too many connections of this address";
	if (list_count(&s->connections.all) >= CONNECTIONS_MAX)
		return "too many connections";

	return NULL;
}


/* id: 0: at the door */
static void admit(struct signalling *s, uint32_t id, const struct addr *at,
		  int fd, const struct addr *peer)
{
	struct what_h225 w = {.id = id, .from = *peer, .local = *at};
	const char *why	   = too_many(s, peer);
	char what[WHAT_LEN];
	size_t len;

	if (why || !policy_ask(s->connections.policy, POLICY_H323, peer,
			       &why)) {
		crossing_refuse(&s->connections, NULL, TUNNEL_OK,
				record(peer, at), why);
		end_refuse(fd);
		return;
	}
	(void)re_snprintf(w.key, sizeof(w.key), "%016llx", rand_u64());
	len = what_h225_encode(&w, what);
	(void)crossing_accept(&s->connections, s->tunnel, fd, peer, w.key,
			      what, len, record(peer, at));
}


static void on_door(int flags, void *arg)
{
	struct signalling *s = arg;
	unsigned i;
	(void)flags;

	for (i = 0; i < BURST; i++) {
		struct addr peer;
		int fd;

		if (end_accept(&fd, s->fd, &peer))
			return;
		admit(s, 0, &s->local, fd, &peer);
	}
}


/* ---- ports for one connection ---- */

static void port_destructor(void *arg)
{
	struct port *p = arg;

	list_unlink(&p->le);
	tmr_cancel(&p->tmr);
	if (p->fd >= 0)
		policy_give(p->s->connections.policy, 1);
	fd_end(&p->fd);
}


static void on_expired(void *arg)
{
	mem_deref(arg);
}


static void on_port(int flags, void *arg)
{
	struct port *p	     = arg;
	struct signalling *s = p->s;
	struct addr peer;
	int fd;
	(void)flags;

	if (end_accept(&fd, p->fd, &peer))
		return;
	if (!addr_ip_eq(&peer, &p->terminal)) {
		crossing_refuse(&s->connections, NULL, TUNNEL_OK,
				record(&peer, &p->at),
				"it is not the terminal's address");
		end_refuse(fd);
		return;
	}
	fd_end(&p->fd);
	policy_give(s->connections.policy, 1);
	admit(s, p->id, &p->at, fd, &peer);
	mem_deref(p);
}


static struct port *find(const struct signalling *s, uint32_t id)
{
	struct le *le;

	for (le = list_head(&s->ports); le; le = le->next) {
		struct port *p = le->data;

		if (p->id == id)
			return p;
	}

	return NULL;
}


static bool may_listen(struct signalling *s, const struct addr *terminal,
		       struct rpc_error *err)
{
	struct policy *p = s->connections.policy;
	const char *why	 = "";

	if (!policy_ask(p, POLICY_H323, terminal, &why))
		rpc_error_set(err, RPC_REFUSED, "%s", why);
	else if (list_count(&s->ports) >= PORTS_MAX)
		rpc_error_set(err, RPC_BUSY, "there are too many ports");
	else if (!policy_take(p, POLICY_H323, 1, &why))
		rpc_error_set(err, RPC_BUSY, "%s", why);
	else
		return true;
	audit_refuse(s->connections.audit, record(terminal, NULL),
		     err->message);

	return false;
}


static void port_open(struct signalling *s, uint32_t id, uint16_t number,
		      const struct addr *terminal, uint32_t expires,
		      struct rpc_error *err)
{
	struct port *p;
	int e;

	if (!may_listen(s, terminal, err))
		return;
	p = mem_zalloc(sizeof(*p), port_destructor);
	if (!p) {
		policy_give(s->connections.policy, 1);
		rpc_error_set(err, RPC_INTERNAL_ERROR, "out of memory");
		return;
	}
	p->s	    = s;
	p->id	    = id;
	p->at	    = s->local;
	p->terminal = *terminal;
	addr_set_port(&p->at, number);
	e = end_listen(&p->fd, &p->at);
	if (e) {
		p->fd = -1;
		policy_give(s->connections.policy, 1);
	} else {
		e = fd_listen(p->fd, FD_READ, on_port, p);
	}
	if (e) {
		rpc_error_set(err, RPC_NO_RESOURCE, "port %u: %s", number,
			      strerror(e));
		mem_deref(p);
		return;
	}
	list_append(&s->ports, &p->le, p);
	tmr_start(&p->tmr, (uint64_t)expires * 1000, on_expired, p);
}


/* {"id","port","terminal","expires"} */
static void on_listen(struct signalling *s, uint32_t id, const json_t *params,
		      struct rpc_error *err)
{
	const json_int_t port =
		json_integer_value(json_object_get(params, "port"));
	const json_int_t expires =
		json_integer_value(json_object_get(params, "expires"));
	const char *text = json_string_value(json_object_get(params,
							     "terminal"));
	struct addr terminal;

	if (!text || addr_parse(&terminal, text, 0) ||
	    addr_family(&terminal) != addr_family(&s->local) || expires < 1 ||
	    expires > EXPIRES_MAX)
		rpc_error_set(err, RPC_INVALID_PARAMS,
			      "it is not to be understood");
	else if (port < s->min || port > s->max)
		rpc_error_set(err, RPC_REFUSED, "the port is none of ours");
	else if (find(s, id))
		rpc_error_set(err, RPC_EXISTS, "there is such a port");
	else
		port_open(s, id, (uint16_t)port, &terminal, (uint32_t)expires,
			  err);
}


/**
 * What the server says about ports
 *
 * @return false: it is no method of ours
 */
bool signalling_request(struct signalling *s, const char *method,
			const json_t *params, struct rpc_error *err)
{
	const json_t *v	    = json_object_get(params, "id");
	const json_int_t id = json_integer_value(v);

	if (strcmp(method, "h323.listen") && strcmp(method, "h323.close"))
		return false;
	if (!json_is_integer(v) || id < 1 || id > UINT32_MAX)
		rpc_error_set(err, RPC_INVALID_PARAMS, "id: a number");
	else if (!strcmp(method, "h323.listen"))
		on_listen(s, (uint32_t)id, params, err);
	else /* it may have served meanwhile */
		mem_deref(find(s, (uint32_t)id));

	return true;
}


/* ---- we connect ---- */

/**
 * The server opens a channel: are we to connect to a terminal?
 *
 * @return false: it is for something else
 */
bool signalling_open(struct signalling *s, struct channel *ch,
		     const char *what, size_t len)
{
	struct crossings *cs = &s->connections;
	struct addr from     = s->local;
	struct what_h225 w;
	const char *why = "";
	const int err	= what_h225_decode(&w, what, len);

	if (err == ENOENT)
		return false;
	addr_set_port(&from, 0);
	if (err || !addr_is_set(&w.to) || channel_kind(ch) != CHANNEL_BYTES ||
	    addr_family(&w.to) != addr_family(&from))
		crossing_refuse(cs, ch, TUNNEL_REFUSED, record(NULL, NULL),
				"it makes no sense");
	else if (!policy_ask(cs->policy, POLICY_H323, &w.to, &why))
		crossing_refuse(cs, ch, TUNNEL_REFUSED, record(&w.to, NULL),
				why);
	else if (list_count(&cs->all) >= CONNECTIONS_MAX)
		crossing_refuse(cs, ch, TUNNEL_LIMIT, record(&w.to, NULL),
				"too many connections");
	else
		crossing_connect(cs, ch, &from, &w.to, w.key,
				 record(&w.to, NULL));

	return true;
}


/* the server knows the connection by its key */
static size_t again(char what[WHAT_LEN], const struct addr *peer,
		    const char *key, uint64_t received)
{
	struct what_h225 w = {.from = *peer, .again = true,
			      .received = received};

	str_ncpy(w.key, key, sizeof(w.key));

	return what_h225_encode(&w, what);
}


/** There is a tunnel, or (NULL) none any more: its ports are gone. Connections
 *  go on in the next one, if that comes soon */
void signalling_tunnel(struct signalling *s, struct tunnel *t)
{
	list_flush(&s->ports);
	s->tunnel = t;
	crossings_tunnel(&s->connections, t);
}


static void signalling_destructor(void *arg)
{
	struct signalling *s = arg;

	fd_end(&s->fd);
	list_flush(&s->ports);
	list_flush(&s->connections.all);
	mem_deref(s->connections.policy);
	mem_deref(s->connections.audit);
}


/**
 * Open the door for terminals
 *
 * @param sp	 Result; mem_deref() it, which cuts all connections
 * @param local	 Address and port terminals connect to for calls
 * @param min	 First port the server may name
 * @param max	 Last port
 * @param policy Who may connect, and be connected to
 * @param audit	 Is told who does
 *
 * @return 0, or an errno with the reason in the log
 */
int signalling_alloc(struct signalling **sp, const struct addr *local,
		     uint16_t min, uint16_t max, struct policy *policy,
		     struct audit *audit)
{
	struct signalling *s = mem_zalloc(sizeof(*s), signalling_destructor);
	char buf[ADDR_STRLEN];
	int err;

	if (!s)
		return ENOMEM;

	s->local		= *local;
	s->min			= min;
	s->max			= max;
	s->fd			= -1;
	s->connections.policy	= mem_ref(policy);
	s->connections.audit	= mem_ref(audit);
	s->connections.protocol = POLICY_H323;
	s->connections.lasts	= LASTS_MS;
	s->connections.againh	= again;
	err			= end_listen(&s->fd, local);
	if (!err)
		err = fd_listen(s->fd, FD_READ, on_door, s);
	if (err) {
		log_error(ROOM, "tcp %s: %s", addr_str(local, buf),
			  strerror(err));
		mem_deref(s);
		return err;
	}
	*sp = s;

	return 0;
}
