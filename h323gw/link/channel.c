/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Byte channels of agents, as the descriptors that the relay hands over. Owns
 * struct link_opening and struct link_listener.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "log/log.h"
#include "h323gw/link/priv.h"

#define ROOM "link"

struct link_listener {
	struct le le;
	struct link *link;
	struct link_request *req; /* channel.listen under way */
	struct tmr tmr;
	json_t *id;		  /* the relay's, once it listens */
	link_listen_h *listenh;
	link_fd_h *acceptedh;
	void *arg;
};

/* A channel.open under way */
struct opening {
	struct link_channel ch;
	char agent[128], key[LINK_KEY_LEN];
	link_fd_h *h;
	void *arg;
};


/* The descriptor becomes ours; -1: there is none */
static int take(int *fds, size_t nfds)
{
	int fd = nfds ? fds[0] : -1;
	int fl = fd >= 0 ? fcntl(fd, F_GETFL) : -1;

	if (fl < 0 || fcntl(fd, F_SETFL, fl | O_NONBLOCK) < 0)
		return -1;
	fds[0] = -1;
	return fd;
}


static json_t *hostport(const struct addr *a)
{
	char text[ADDR_STRLEN];

	return json_string(addr_str(a, text));
}


static void open_handler(const struct rpc_error *err, const json_t *result,
			 int *fds, size_t nfds, void *arg)
{
	struct opening *o = arg;
	int e = link_errno(err);
	int fd = e ? -1 : take(fds, nfds);
	(void)result;

	if (!e && fd < 0)
		e = EPROTO;
	o->h(e, e ? NULL : &o->ch, fd, o->arg);
}


int link_channel_open(struct link_request **reqp, struct link *l,
		      const char *agent, const struct addr *to, link_fd_h *h,
		      void *arg)
{
	struct opening *o;
	json_t *params;
	int err;

	if (!l || !agent || !to || !h)
		return EINVAL;
	o = mem_zalloc(sizeof(*o), NULL);
	if (!o)
		return ENOMEM;
	(void)re_snprintf(o->key, sizeof(o->key), "%016llx", rand_u64());
	str_ncpy(o->agent, agent, sizeof(o->agent));
	params = json_pack("{s:s, s:o, s:s}", "agent", agent, "to",
			   hostport(to), "key", o->key);
	if (!params) {
		err = ENOMEM;
		goto out;
	}
	o->ch = (struct link_channel){.kind = "open", .agent = o->agent,
				      .from = *to, .key = o->key};
	o->h = h;
	o->arg = arg;
	err = link_ask(reqp, l, "channel.open", params, true, o, open_handler,
		       o);
out:
	json_decref(params);
	mem_deref(o);
	return err;
}


static void listener_destructor(void *arg)
{
	struct link_listener *li = arg;
	json_t *params;

	tmr_cancel(&li->tmr);
	list_unlink(&li->le);
	mem_deref(li->req);
	if (li->link)
		--li->link->listenerc;
	if (li->id && li->link && li->link->rc) {
		params = json_pack("{s:O}", "id", li->id);
		(void)link_ask(NULL, li->link, "channel.close", params, false,
			       NULL, NULL, NULL);
		json_decref(params);
	}
	json_decref(li->id);
}


/* It has done its work, or failed */
static void listener_end(struct link_listener *li, int err,
			 const struct link_channel *ch, int fd)
{
	json_decref(li->id);
	li->id = NULL;
	tmr_cancel(&li->tmr);
	list_unlink(&li->le);
	li->acceptedh(err, ch, fd, li->arg);
	mem_deref(li);
}


static void expired_handler(void *arg)
{
	listener_end(arg, ETIMEDOUT, NULL, -1);
}


static void listen_handler(const struct rpc_error *err, const json_t *result,
			   int *fds, size_t nfds, void *arg)
{
	struct link_listener *li = arg;
	json_t *id = json_object_get(result, "id");
	struct addr at;
	int e = link_errno(err);
	(void)fds;
	(void)nfds;

	li->req = NULL;
	if (!e && (!id || link_addr_read(&at, result)))
		e = EPROTO;
	if (e) {
		list_unlink(&li->le);
		li->listenh(e, NULL, li->arg);
		mem_deref(li);
		return;
	}
	li->id = json_incref(id);
	/* the relay tells when its time is over */
	tmr_start(&li->tmr, (LINK_EXPIRES + 5) * 1000ULL, expired_handler, li);
	li->listenh(0, &at, li->arg);
}


int link_channel_listen(struct link_listener **lp, struct link *l,
			const char *agent, const struct addr *terminal,
			link_listen_h *listenh, link_fd_h *acceptedh,
			void *arg)
{
	struct link_listener *li;
	char ip[ADDR_STRLEN];
	json_t *params;
	int err;

	if (!lp || !l || !agent || !terminal || !listenh || !acceptedh)
		return EINVAL;
	if (l->listenerc >= LINK_LISTENERS_MAX)
		return ENOBUFS;
	li = mem_zalloc(sizeof(*li), listener_destructor);
	if (!li)
		return ENOMEM;
	li->link = l;
	++l->listenerc;
	li->listenh = listenh;
	li->acceptedh = acceptedh;
	li->arg = arg;
	list_append(&l->listeners, &li->le, li);
	params = json_pack("{s:s, s:s, s:i}", "agent", agent, "terminal",
			   addr_ip_str(terminal, ip), "expires",
			   LINK_EXPIRES);
	err = params ? link_ask(&li->req, l, "channel.listen", params, true,
				NULL, listen_handler, li)
		     : ENOMEM;
	json_decref(params);
	if (err)
		mem_deref(li);
	else
		*lp = li;
	return err;
}


static struct link_listener *by_id(const struct link *l, const json_t *id)
{
	struct le *le;

	LIST_FOREACH(&l->listeners, le)
	{
		struct link_listener *li = le->data;

		if (li->id && json_equal(li->id, id))
			return li;
	}
	return NULL;
}


static int channel_read(struct link_channel *ch, const json_t *params)
{
	const char *agent, *key;
	json_int_t received;

	memset(ch, 0, sizeof(*ch));
	agent = json_string_value(json_object_get(params, "agent"));
	key = json_string_value(json_object_get(params, "key"));
	received = json_integer_value(json_object_get(params, "received"));
	ch->kind = json_string_value(json_object_get(params, "kind"));
	ch->agent = agent ? agent : "";
	ch->key = key && strlen(key) < LINK_KEY_LEN ? key : "";
	ch->received = received > 0 ? (uint64_t)received : 0;
	if (link_addr_read(&ch->local, json_object_get(params, "local")))
		ch->local = (struct addr){0};
	if (!ch->kind)
		return EBADMSG;
	return link_addr_read(&ch->from, json_object_get(params, "from"));
}


/* channel.accepted: a connection came in, on a listener or unasked. */
void link_channel_accepted(struct link *l, const json_t *params, int *fds,
			   size_t nfds)
{
	struct link_listener *li = by_id(l, json_object_get(params, "id"));
	struct link_channel ch;
	int fd;

	if (channel_read(&ch, params)) {
		log_warn(ROOM, "channel.accepted: no kind or address in it");
		return;
	}
	/* without a taker rpc closes it */
	if (!li && (!strcmp(ch.kind, "listen") || !l->h.channelh))
		return;
	fd = take(fds, nfds);
	if (fd < 0)
		log_warn(ROOM, "channel.accepted: no descriptor beside it");
	else if (li)
		listener_end(li, 0, &ch, fd);
	else
		l->h.channelh(&ch, fd, l->arg);
}


/* channel.closed: nobody will come any more. */
void link_channel_closed(struct link *l, const json_t *params)
{
	struct link_listener *li = by_id(l, json_object_get(params, "id"));
	const char *why = json_string_value(json_object_get(params,
							    "reason"));

	if (li)
		listener_end(li, why && !strcmp(why, "expired") ? ETIMEDOUT
								: ENOTCONN,
			     NULL, -1);
}


/* The relay's listeners went with the connection to it. Those that were being
 * asked for hear of it by their request. */
void link_listeners_lost(struct link *l)
{
	struct list lost = LIST_INIT;
	struct link_listener *li;
	struct le *le = l->listeners.head;

	while (le) {
		li = le->data;
		le = le->next;
		if (!li->id)
			continue;
		list_unlink(&li->le);
		list_append(&lost, &li->le, li);
	}
	while ((li = list_ledata(list_head(&lost))))
		listener_end(li, ENOTCONN, NULL, -1);
}


/* The link goes; whoever holds a listener finds it dead. */
void link_listeners_drop(struct link *l)
{
	struct link_listener *li;

	while ((li = list_ledata(list_head(&l->listeners)))) {
		list_unlink(&li->le);
		tmr_cancel(&li->tmr);
		li->link = NULL;
	}
}
