/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file uplink.c  A registration at the gatekeeper above, and its sockets
 *
 * Each has one port here, for RAS over UDP and for call signalling over TCP:
 * that is its endpoint's address, as the gatekeeper knows it. Where it can be,
 * the port is the same after a restart, so that the gatekeeper finds the same
 * endpoint again. Owns the sockets.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <openssl/crypto.h>
#include "h323gw/security/secrets.h"
#include "uplink.h"


/* ---- finding them ---- */

static bool is_port(struct le *le, void *arg)
{
	return addr_port(&((struct uplink *)le->data)->own) ==
	       *(const uint16_t *)arg;
}


static struct uplink *by_port(const struct uplinks *us, uint16_t port)
{
	return list_ledata(hash_lookup(us->ports, port, is_port, &port));
}


struct uplink *uplink_at(const struct gk *gk, const struct addr *own)
{
	struct uplink *ul =
		gk->uplinks ? by_port(gk->uplinks, addr_port(own)) : NULL;

	return ul && addr_eq(&ul->own, own) ? ul : NULL;
}


/* ---- what comes in ---- */

static void odd(struct uplink *ul, enum gk_stat stat, struct log_limit *limit,
		const struct addr *from, const char *what)
{
	struct gk *gk = ul->gk;
	char text[ADDR_STRLEN];
	uint64_t suppressed;

	metrics_inc(gk->stats, stat);
	if (log_limit_pass(limit, tmr_jiffies(), &suppressed))
		log_notice(GK_ROOM, "upstream: %s: %s (%llu more like this)",
			   addr_str(from, text), what,
			   (unsigned long long)suppressed);
}


static void receive(struct uplink *ul, const struct addr *from,
		    const uint8_t *p, size_t len)
{
	struct uplinks *us = ul->gk->uplinks;

	metrics_inc(ul->gk->stats, STAT_UP_RECEIVED);
	switch (upstream_receive(ul->reg, from, p, len)) {

	case EBADMSG:
		odd(ul, STAT_UP_MALFORMED, &us->malformed, from,
		    "this is no RAS message");
		break;
	case EPERM:
		odd(ul, STAT_UP_STRANGERS, &us->strange, from,
		    "this is not the gatekeeper");
		break;
	default:
		break;
	}
}


static void on_readable(int flags, void *arg)
{
	struct uplink *ul = arg;
	uint8_t p[RAS_MESSAGE_MAX];
	unsigned i;
	(void)flags;

	mem_ref(ul);
	for (i = 0; i < UPLINK_BURST && ul->fd >= 0; i++) {
		struct addr from;
		socklen_t size = sizeof(from.u);
		ssize_t n;

		memset(&from, 0, sizeof(from));
		n = recvfrom(ul->fd, p, sizeof(p), MSG_DONTWAIT, &from.u.sa,
			     &size);
		if (n < 0)
			break;
		receive(ul, &from, p, (size_t)n);
	}
	mem_deref(ul);
}


static void send_by(struct uplink *ul, const struct addr *to, const uint8_t *p,
		    size_t len)
{
	metrics_inc(ul->gk->stats, STAT_UP_SENT);
	(void)sendto(ul->fd, p, len, 0, &to->u.sa, addr_socklen(to));
}


static void on_send(const struct addr *to, void *via, const uint8_t *p,
		    size_t len, void *arg)
{
	(void)arg;
	send_by(via, to, p, len);
}


/* requests that wait for their answer, of all registrations */
int uplink_pending(struct uplinks *us)
{
	return pending_alloc(&us->pending, on_send, us);
}


/* ---- the sockets ---- */

static int open_udp(struct uplink *ul)
{
	int err;

	ul->fd = socket(addr_family(&ul->own),
			SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (ul->fd < 0)
		return errno;
	if (bind(ul->fd, &ul->own.u.sa, addr_socklen(&ul->own)))
		err = errno;
	else
		err = fd_listen(ul->fd, FD_READ, on_readable, ul);
	if (err) {
		(void)close(ul->fd);
		ul->fd = -1;
	}

	return err;
}


static void close_both(struct uplink *ul)
{
	ul->door = mem_deref(ul->door);
	if (ul->fd < 0)
		return;
	fd_close(ul->fd);
	(void)close(ul->fd);
	ul->fd = -1;
}


static int open_both(struct uplink *ul)
{
	struct gk *gk = ul->gk;
	int err	      = open_udp(ul);

	if (!err && gk->calls.listenh)
		err = gk->calls.listenh(&ul->door, &ul->own, gk->calls_arg);
	if (err)
		close_both(ul);

	return err;
}


/* the port that goes with its name, or the next that is free */
static int open_any(struct uplink *ul, const char *name)
{
	const struct settings_upstream *u = &ul->gk->settings->upstream;
	const uint32_t ports = (uint32_t)u->port_max - u->port_min + 1;
	uint32_t at = ports == 1 ? 0 : hash_joaat_str(name) % ports, i;
	int err = EADDRINUSE;

	for (i = 0; i < ports && err; i++, at = (at + 1) % ports) {
		const uint16_t port = (uint16_t)(u->port_min + at);

		if (by_port(ul->gk->uplinks, port))
			continue;
		addr_set_port(&ul->own, port);
		err = open_both(ul);
		if (err && err != EADDRINUSE)
			break;
	}

	return err;
}


/* ---- its life ---- */

static void destructor(void *arg)
{
	struct uplink *ul = arg;

	tmr_cancel(&ul->tmr);
	tmr_cancel(&ul->free);
	ul->reg = mem_deref(ul->reg);
	mem_deref(ul->client);
	pending_forget(ul->gk->uplinks->pending, ul);
	close_both(ul);
	hash_unlink(&ul->he);
	list_unlink(&ul->le);
}


int uplink_alloc(struct uplink **ulp, struct gk *gk, const char *name,
		 bool additive)
{
	struct uplinks *us = gk->uplinks;
	struct uplink *ul  = mem_zalloc(sizeof(*ul), destructor);
	const bool six =
		addr_family(&gk->settings->upstream.gatekeeper) == AF_INET6;
	int err;

	if (!ul)
		return ENOMEM;
	ul->gk	= gk;
	ul->fd	= -1;
	ul->own = gk->settings->gatekeeper.address[six];
	err	= open_any(ul, name);
	if (!err)
		err = upstream_reg_alloc(&ul->reg, us->up, &ul->own, additive,
					 ul);
	if (err) {
		mem_deref(ul);
		return err;
	}
	list_append(&us->all, &ul->le, ul);
	hash_append(us->ports, addr_port(&ul->own), &ul->he, ul);
	*ulp = ul;

	return 0;
}


static void on_free(void *arg)
{
	mem_deref(arg);
}


void uplink_free_later(struct uplink *ul)
{
	tmr_start(&ul->free, 0, on_free, ul);
}


/* ---- what its registration asks ---- */

static int64_t on_now(void *arg)
{
	return gk_now(arg);
}


static uint16_t on_seq(void *arg)
{
	const struct gk *gk = arg;

	return pending_seq(gk->uplinks->pending);
}


static void on_answer(const struct ras_response *r, void *arg)
{
	upstream_answered(arg, r);
}


static int on_ask(struct upstream_reg *reg, struct upstream_ask *ask,
		  const struct addr *to, uint16_t seq, const uint8_t *p,
		  size_t len, void *arg)
{
	struct gk *gk	  = arg;
	struct pending *pd = NULL;
	const int err	  = pending_send(&pd, gk->uplinks->pending, to,
				 upstream_reg_arg(reg), seq, p, len,
				 ask ? on_answer : NULL, ask);

	if (!err && ask)
		ask->host = pd;

	return err;
}


static void on_forget(struct upstream_ask *ask, void *arg)
{
	(void)arg;
	mem_deref(ask->host);
}


static void on_say(struct upstream_reg *reg, const struct addr *to,
		   const uint8_t *p, size_t len, void *arg)
{
	(void)arg;
	send_by(upstream_reg_arg(reg), to, p, len);
}


static bool on_response(const struct ras_response *r, void *arg)
{
	const struct gk *gk = arg;

	return pending_response(gk->uplinks->pending, r);
}


static void on_time(void *arg)
{
	upstream_timeout(((struct uplink *)arg)->reg);
}


static void on_timer(struct upstream_reg *reg, uint64_t ms, void *arg)
{
	struct uplink *ul = upstream_reg_arg(reg);
	(void)arg;

	if (ms)
		tmr_start(&ul->tmr, ms, on_time, ul);
	else
		tmr_cancel(&ul->tmr);
}


static void tell(const struct uplink *ul, const struct upstream_info *i)
{
	char own[ADDR_STRLEN], up[ADDR_STRLEN];
	const char *why = upstream_reason_name(i->reason);

	(void)addr_str(&i->own, own);
	(void)addr_str(&i->gatekeeper, up);
	switch (i->state) {

	case UPSTREAM_REGISTERED:
		log_info(GK_ROOM, "upstream: %s is registered at %s as %s",
			 own, up, i->endpointIdentifier);
		break;
	case UPSTREAM_REFUSED:
		metrics_inc(ul->gk->stats, STAT_UP_REFUSED);
		log_warn(GK_ROOM, "upstream: %s refuses %s: %s", up, own,
			 why ? why : "no reason told");
		break;
	case UPSTREAM_SILENT:
		metrics_inc(ul->gk->stats, STAT_UP_SILENT);
		log_warn(GK_ROOM, "upstream: %s does not answer %s", up, own);
		break;
	default:
		log_debug(GK_ROOM, "upstream: %s: %s", own,
			  upstream_state_name(i->state));
	}
}


static void on_changed(struct upstream_reg *reg, void *arg)
{
	struct uplink *ul = upstream_reg_arg(reg);
	struct gk *gk	  = arg;
	struct upstream_info i;
	uint64_t suppressed;

	upstream_reg_info(&i, reg);
	if (ul->registered && i.state != UPSTREAM_REGISTERED &&
	    i.state != UPSTREAM_LEAVING)
		metrics_inc(gk->stats, STAT_UP_LOST);
	ul->registered = i.state == UPSTREAM_REGISTERED;
	if ((i.state != UPSTREAM_REFUSED && i.state != UPSTREAM_SILENT) ||
	    log_limit_pass(&gk->uplinks->refused, tmr_jiffies(), &suppressed))
		tell(ul, &i);
	else
		metrics_inc(gk->stats, i.state == UPSTREAM_SILENT
					       ? STAT_UP_SILENT
					       : STAT_UP_REFUSED);
	if (i.state == UPSTREAM_GONE)
		uplink_free_later(ul);
}


static void on_refused(struct upstream_reg *reg, const char *name, void *arg)
{
	struct uplink *ul = upstream_reg_arg(reg);
	struct gk *gk	  = arg;
	uint64_t suppressed;

	metrics_inc(gk->stats, STAT_UP_REFUSED);
	if (log_limit_pass(&gk->uplinks->refused, tmr_jiffies(), &suppressed))
		log_warn(GK_ROOM, "upstream: %s is refused for port %u", name,
			 addr_port(&ul->own));
}


/* ---- passwords ---- */

struct finding {
	const struct secrets *secrets;
	const struct secret *found;
	char *name;
};


static void find_secret(const struct alias *a, bool prefix, bool told,
			void *arg)
{
	struct finding *f = arg;
	(void)told;

	if (prefix || f->found)
		return;
	f->found = secrets_find(f->secrets, a);
	if (f->found)
		str_ncpy(f->name, a->text, REACH_ENDPOINT_LEN);
}


static bool on_proof(struct upstream_proof *p, const struct upstream_reg *reg,
		     void *arg)
{
	struct gk *gk = arg;
	const struct settings_upstream *u = &gk->settings->upstream;
	struct finding f = {security_secrets(gk->security), NULL, p->name};

	if (u->user[0]) {
		f.found = secrets_by_name(f.secrets, u->user);
		str_ncpy(p->name, u->user, sizeof(p->name));
	}
	else if (secrets_count(f.secrets))
		upstream_names_each(reg, find_secret, &f);
	if (!f.found)
		return false;
	str_ncpy(p->password, secret_text(f.found), sizeof(p->password));
	p->methods = u->proof;

	return true;
}


void uplink_handlers(struct upstream_handlers *h)
{
	h->nowh	     = on_now;
	h->seqh	     = on_seq;
	h->askh	     = on_ask;
	h->forgeth   = on_forget;
	h->sayh	     = on_say;
	h->responseh = on_response;
	h->timerh    = on_timer;
	h->changedh  = on_changed;
	h->refusedh  = on_refused;
	h->proofh    = on_proof;
}
