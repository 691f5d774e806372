/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file aware.c  Where the agent knows SIP itself
 *
 * For a server whose proxy has no module of ours. A terminal's messages go
 * through a line, one after another: what they mean for a call's media is
 * worked out, the relay is asked for what that takes, and while it is asked
 * the line waits; then the addresses are rewritten, and the message goes on.
 *
 * Owns the context: which tunnel there is, the calls, the counts.
 */
#include "aware_priv.h"
#include <errno.h>
#include <string.h>
#include "sip_library.h"


#define ROOM "aware"

enum {
	TICK_MS = 5000,
};

static const struct metric counts[AWARE_COUNTS] = {
	[AWARE_COUNT_CALLS]	 = {"calls", "that began"},
	[AWARE_COUNT_NO_RELAY]	 = {"no_relay", "media no relay would carry"},
	[AWARE_COUNT_UNREADABLE] = {"unreadable",
				    "messages that can't be read"},
	[AWARE_COUNT_LATE]	 = {"late",
				    "messages dropped, since others waited"},
};


/** Something is wrong with a call's message: logged, up to a rate */
void aware_complain(struct aware *aw, const char *callid, const char *why)
{
	uint64_t suppressed = 0;

	if (log_limit_pass(&aw->log, tmr_jiffies(), &suppressed))
		log_warn(ROOM, "call %.64s: %s", callid, why);
}


/** There is a tunnel, and the relay knows our ports; or (NULL) there is none */
void aware_tunnel(struct aware *aw, struct control *c)
{
	struct le *le = list_head(aware_calls_list(aw->calls));

	aw->control = c;
	for (; c && le; le = le->next)
		aware_relay_open(aw, le->data);
}


/**
 * The relay says something
 *
 * @return false: it is not for us
 */
bool aware_request(struct aware *aw, const char *method, const json_t *params)
{
	const char *id = json_string_value(json_object_get(params, "id"));
	struct aware_call *c;

	if (strcmp(method, "session.closed"))
		return false;
	c = id ? aware_call_by_id(aw->calls, id) : NULL;
	if (c) {
		aware_complain(aw, c->s->callid,
			       "the relay has closed its session");
		aware_call_end(c);
	}

	return true;
}


/* what is neither answered nor refused, nobody waits for any more; of what
 * has no media no relay says when it ends */
static void on_tick(void *arg)
{
	struct aware *aw   = arg;
	const uint64_t now = tmr_jiffies();
	struct le *le	   = list_head(aware_calls_list(aw->calls));

	tmr_start(&aw->tmr, TICK_MS, on_tick, aw);
	while (le) {
		struct aware_call *c = le->data;

		le = le->next;
		if (!(c->s->confirmed && c->s->opened) &&
		    now - c->heard > AWARE_UNANSWERED)
			aware_relay_end(aw, c);
	}
}


static int add_count(const struct metric *m, uint64_t value, void *arg)
{
	struct mbuf *mb = arg;

	return mbuf_printf(mb, "%s%s %Lu", mb->end ? ", " : "", m->name,
			   value);
}


static void aware_destructor(void *arg)
{
	struct aware *aw = arg;
	struct mbuf *mb	 = mbuf_alloc(256);

	if (mb && aw->counts && !metrics_each(aw->counts, add_count, mb))
		log_info(ROOM, "in all: %.*s", (int)mb->end,
			 (const char *)mb->buf);
	mem_deref(mb);
	tmr_cancel(&aw->tmr);
	mem_deref(aw->calls);
	metrics_free(aw->counts);
}


/**
 * Know SIP
 *
 * @param ap	Result; mem_deref() it
 * @param agent What the relay calls us
 *
 * @return 0 or an errno
 */
int aware_alloc(struct aware **ap, const char *agent)
{
	static const struct log_limit limit = LOG_LIMIT(20, 1);
	struct aware *aw = mem_zalloc(sizeof(*aw), aware_destructor);
	int err;

	if (!aw)
		return ENOMEM;

	aw->log = limit;
	(void)str_ncpy(aw->agent, agent, sizeof(aw->agent));
	err = sip_library_init();
	if (!err)
		err = metrics_alloc(&aw->counts, counts, AWARE_COUNTS);
	if (!err)
		err = aware_calls_alloc(&aw->calls);
	if (err) {
		mem_deref(aw);
		return err;
	}
	tmr_start(&aw->tmr, TICK_MS, on_tick, aw);
	*ap = aw;

	return 0;
}
