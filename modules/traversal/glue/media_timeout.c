/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file media_timeout.c  Calls whose media stopped
 *
 * Routes and `dialog` want a message; a BYE of the call is made for them, as
 * the caller would have sent it, and goes nowhere.
 */
#include <stdio.h>
#include <stdlib.h>
#include "glue/compat.h"
#include "core/action.h"
#include "core/dprint.h"
#include "core/fmsg.h"
#include "core/kemi.h"
#include "core/msg_translator.h"
#include "core/receive.h"
#include "core/route.h"
#include "core/script_cb.h"
#include "modules/dialog/dlg_load.h"
#include "glue/call_record.h"
#include "glue/media_timeout.h"
#include "glue/monitor.h"
#include "glue/sessions.h"
#include "glue/stats.h"

enum {
	BYE_SIZE = 1536,
};

static const char event_name[] = "traversal:media-timeout";
static struct dlg_binds dlg;
static bool have_dlg;
static int route = -1;
static str callback;

int media_timeout_mod_init(const str *event_callback)
{
	route = route_lookup(&event_rt, (char *)event_name);
	if(route >= 0 && event_rt.rlist[route] == NULL)
		route = -1;
	callback = *event_callback;
	have_dlg = find_export("load_dlg", 0, 0) && load_dlg_api(&dlg) == 0;
	if(!have_dlg)
		LM_INFO("without the dialog module the parties get no BYE when their "
				"media stops\n");
	return 0;
}

/* RFC 3261 §12.2.1.1, as far as anybody will look at it */
static int make_bye(char buf[BYE_SIZE], const struct session *s)
{
	int n = snprintf(buf, BYE_SIZE,
			"BYE sip:media-timeout@invalid SIP/2.0\r\n"
			"Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK%s\r\n"
			"From: <sip:caller@invalid>;tag=%s\r\n"
			"To: <sip:callee@invalid>;tag=%s\r\n"
			"Call-ID: %s\r\n"
			"CSeq: 1 BYE\r\n"
			"Content-Length: 0\r\n\r\n",
			s->id, s->tag[SESSION_A], s->tag[SESSION_B], s->callid);

	return n < BYE_SIZE ? n : -1;
}

static void run_event(sip_msg_t *msg)
{
	struct run_act_ctx ctx;
	sr_kemi_eng_t *keng;
	str name = {(char *)event_name, sizeof(event_name) - 1};
	int backup = get_route_type();

	set_route_type(EVENT_ROUTE);
	init_run_actions_ctx(&ctx);
	if(route >= 0) {
		(void)run_top_route(event_rt.rlist[route], msg, &ctx);
	} else if(callback.len) {
		keng = sr_kemi_eng_get();
		if(keng
				&& sr_kemi_route(keng, msg, EVENT_ROUTE, &callback, &name) < 0)
			LM_ERR("KEMI function %.*s failed\n", callback.len, callback.s);
	}
	set_route_type(backup);
}

static void with_bye(const struct session *s, void (*what)(sip_msg_t *msg))
{
	char buf[BYE_SIZE];
	sip_msg_t msg;
	int n = make_bye(buf, s);

	if(n < 0 || build_sip_msg_from_buf(&msg, buf, n, inc_msg_no()) < 0) {
		LM_ERR("call %s: its Call-ID and tags make no message\n", s->callid);
		return;
	}
	if(parse_headers(&msg, HDR_EOH_F, 0) == 0)
		what(&msg);
	free_sip_msg(&msg);
}

static void terminate(sip_msg_t *msg)
{
	static str no_headers = str_init("");
	struct dlg_cell *d = dlg.get_dlg(msg);

	if(!d)
		return;
	if(dlg.terminate_dlg(d, &no_headers) < 0)
		LM_ERR("call %.*s: dialog could not end it\n",
				msg->callid->body.len, msg->callid->body.s);
	dlg.release_dlg(d);
}

void media_timeout_end(const struct session *s)
{
	if(have_dlg && s->confirmed)
		with_bye(s, terminate);
}

/* on hold the relay does not report; an offer not answered yet has no media */
void media_timeout(const char *id)
{
	struct session *s = session_alloc();

	if(!s || table_get(sessions_table(), id, s) || !s->confirmed) {
		free(s);
		return;
	}

	stats_inc(media_timeouts);
	LM_NOTICE("call %s: session %s: no media any more: the call ends\n",
			s->callid, s->id);
	with_bye(s, run_event);

	/* the route may have ended it itself */
	if(table_remove(sessions_table(), id, s) == 0) {
		record_end(s->call, "media-timeout", 0, "server");
		media_timeout_end(s);
		monitor_close(s, "media-timeout");
	}
	free(s);
}
