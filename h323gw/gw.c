/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file gw.c  h323gw: its parts, wired together
 *
 * Owns all of them.
 */
#include <errno.h>
#include <string.h>
#include "rpc/libre.h"
#include "control.h"
#include "daemon/privilege.h"
#include "h323gw/call/calls.h"
#include "h323gw/gk/gk.h"
#include "gw.h"
#include "h323gw/link/link.h"
#include "log/log.h"
#include "h323gw/per/per.h"
#include "h323gw/writer/writer.h"


#define ROOM  "h323gw"
#define OWNER "h323gw"


static void gw_destructor(void *arg)
{
	struct gw *gw = arg;

	mem_deref(gw->server);
	mem_deref(gw->calls);
	if (gw->gk)
		gk_link_set(gw->gk, NULL);
	mem_deref(gw->link);
	mem_deref(gw->gk);
	writer_free(gw->writer);
	per_free(gw->per);
}


static int control_listen(struct gw *gw)
{
	const struct settings *s	  = gw->settings;
	const struct rpc_server_conf conf = {
		.path  = s->socket,
		.group = s->group[0] ? s->group : NULL,
	};
	int err;

	err = privilege_rundir(s->socket, s->user);
	if (!err)
		err = rpc_listen(&gw->server, &conf, NULL, gw_control, NULL,
				 gw);
	if (err)
		log_error(ROOM, "%s: %s", s->socket, strerror(err));

	return err;
}


int gw_alloc(struct gw **gwp, const struct settings *s)
{
	struct gw *gw = mem_zalloc(sizeof(*gw), gw_destructor);
	int err;

	if (!gw)
		return ENOMEM;
	gw->settings = s;
	err	     = per_alloc(&gw->per, NULL);
	if (!err)
		err = gk_alloc(&gw->gk, s, gw->per);
	if (!err)
		err = control_listen(gw);
	if (!err)
		err = gk_listen(gw->gk);
	if (!err)
		err = gw_calls_alloc(gw);
	if (!err)
		err = privilege_rundir(s->store, s->user);
	if (err)
		mem_deref(gw);
	else
		*gwp = gw;

	return err;
}


/* ---- the relay ---- */

static void on_up(bool restarted, void *arg)
{
	struct gw *gw = arg;

	log_notice(ROOM, "connected to the relay%s",
		   restarted ? ", which is another process" : "");
	if (restarted)
		gk_relay_changed(gw->gk);
	calls_relay_up(gw->calls);
}


static void on_down(int err, void *arg)
{
	(void)arg;

	log_warn(ROOM, "the relay is not there: %s", strerror(err));
}


static void on_channel(const struct link_channel *ch, int fd, void *arg)
{
	gw_calls_channel(arg, ch, fd);
}


static void on_event(const char *method, const json_t *params, void *arg)
{
	gw_calls_event(arg, method, params);
}


static const struct link_handlers link_handlers = {
	.uph	  = on_up,
	.downh	  = on_down,
	.channelh = on_channel,
	.eventh	  = on_event,
};


static int relay_start(struct gw *gw)
{
	int err;

	if (!gw->settings->relay[0])
		return 0;
	err = link_alloc(&gw->link, gw->settings->relay, OWNER, &link_handlers,
			 gw);
	if (!err) {
		gk_link_set(gw->gk, gw->link);
		calls_link_set(gw->calls, gw->link);
	}

	return err;
}


/* ---- the store ---- */

static int store_start(struct gw *gw)
{
	const struct store_conf conf = {.path = gw->settings->store,
					.name = OWNER};
	struct store *st	     = NULL;
	char text[512];
	int err;

	err = store_open(&st, &conf, text, sizeof(text));
	if (err) {
		log_error(ROOM, "%s: %s", conf.path, text);
		return err;
	}
	err = writer_alloc(&gw->writer, &conf);
	if (!err) {
		gk_writer_set(gw->gk, gw->writer);
		err = gk_restore(gw->gk, st);
	}
	if (!err)
		err = gw_calls_restore(gw, st);
	store_close(st);

	return err;
}


int gw_start(struct gw *gw)
{
	const int err = store_start(gw);

	return err ? err : relay_start(gw);
}


int gw_reload(struct gw *gw, const struct settings *s)
{
	const int err = gk_reload(gw->gk, s);

	if (!err) {
		gw->settings = s;
		gw_calls_reload(gw);
	}

	return err;
}
