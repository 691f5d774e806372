/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file aware.c  Where the agent knows SIP itself
 *
 * For a server whose proxy has no module of ours. A terminal's messages go
 * through a line, one after another: what they mean for a call's media is
 * worked out, the relay is asked for what that takes, and while it is asked
 * the line waits; then the addresses are rewritten, and the message goes on.
 *
 * Owns the calls, and what waits in lines. A line is its terminal's.
 */
#include "rpc/libre.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "aware.h"
#include "aware_call.h"
#include "call/relay_params.h"
#include "log/log.h"
#include "metrics/metrics.h"
#include "sip_head.h"
#include "tunnel/auth.h"
#include "tunnel/control.h"


#define ROOM "aware"

enum {
	JOBS_MAX    = 64, /* messages that wait in a line */
	ASK_MS	    = 5000,
	TICK_MS	    = 5000,
	SILENCE_S   = 60, /* of media, until the relay ends a session */
	ANSWER_SIZE = SIP_MESSAGE_MAX + SIP_ANSWER_GROWS,
};

enum {
	COUNT_CALLS,
	COUNT_NO_RELAY,
	COUNT_UNREADABLE,
	COUNT_LATE,
	COUNTS
};

static const struct metric counts[COUNTS] = {
	[COUNT_CALLS]	   = {"calls", "that began"},
	[COUNT_NO_RELAY]   = {"no_relay", "media no relay would carry"},
	[COUNT_UNREADABLE] = {"unreadable", "messages that can't be read"},
	[COUNT_LATE] = {"late", "messages dropped, since others waited"},
};

static const struct relay_conf relay_words = {
	.timeout = SILENCE_S,
	.dscp	 = -1,
};

struct aware {
	char agent[AUTH_NAME_MAX + 1];
	struct aware_calls *calls;
	struct control *control; /* NULL: there is no tunnel */
	struct metrics *counts;
	struct log_limit log;
	struct tmr tmr;
};

struct aware_line {
	struct aware *aw;
	struct aware_line_handlers h;
	void *arg;
	struct edge edge;
	bool placed; /* edge is known */
	bool asking; /* the first job waits for the relay */
	bool busy;
	struct list jobs;
};

/** A message on its way through */
struct job {
	struct le le;
	struct aware_line *line;
	bool up;
	struct aware_msg msg;
	struct aware_from who;
	enum session_side from;
	struct aware_call *call; /* NULL: it is of none */
	bool fresh;		 /* the call begins with it */
	struct session *after;	 /* the call's session, changed */
	struct aware_offer offer;
	struct control_ask *ask;
	bool reopening;
	size_t len;
	uint8_t p[];
};


static void complain(struct aware *aw, const char *callid, const char *why)
{
	uint64_t suppressed = 0;

	if (log_limit_pass(&aw->log, tmr_jiffies(), &suppressed))
		log_warn(ROOM, "call %.64s: %s", callid, why);
}


/* ---- sessions at the relay ---- */

static void say_close(struct aware *aw, const char *id)
{
	if (aw->control)
		(void)control_notify(aw->control, "session.close",
				     json_pack("{s:s}", "id", id));
}


static void call_close(struct aware *aw, struct aware_call *c)
{
	if (c->s->opened)
		say_close(aw, c->s->id);
	aware_call_end(c);
}


/* an agent that was started anew does not know its calls, but how they are
 * called */
static void close_unknown(struct aware *aw, const struct job *j)
{
	const struct aware_msg *m = &j->msg;
	char id[SESSION_ID_SIZE];

	if (!aware_call_id(id, m->callid, m->from_tag, j->up,
			   &j->who.terminal))
		say_close(aw, id);
	if (!aware_call_id(id, m->callid, m->to_tag, !j->up, &j->who.terminal))
		say_close(aw, id);
}


/* ---- messages go on ---- */

static void job_destructor(void *arg)
{
	struct job *j = arg;

	list_unlink(&j->le);
	mem_deref(j->ask);
	mem_deref(j->call);
	free(j->after);
	aware_msg_reset(&j->msg);
}


static void drop(struct job *j)
{
	if (!j->up && j->line->placed)
		j->line->h.droppedh(j->len, j->line->arg);
}


/* to who has sent it, as it came */
static void answer(struct job *j, const char *status)
{
	struct aware_line *l = j->line;
	uint8_t *buf	     = malloc(ANSWER_SIZE);
	size_t n;

	if (buf && l->placed &&
	    !sip_answer(buf, ANSWER_SIZE, &n, j->p, j->len, status)) {
		if (j->up)
			l->h.downh(buf, n, 0, l->arg);
		else
			l->h.uph(buf, n, l->arg);
	}
	free(buf);
	drop(j);
}


static void hand_over(struct job *j, const char *text, size_t len)
{
	const uint8_t *p     = (const uint8_t *)text;
	struct aware_line *l = j->line;

	if (!l->placed)
		return; /* the terminal has gone meanwhile */
	if (j->up)
		l->h.uph(p, len, l->arg);
	else
		l->h.downh(p, len, j->len, l->arg);
}


/* with the addresses of the other side */
static int send_text(struct job *j, const char *text, size_t len)
{
	const size_t size = len + EDGE_GROWS;
	char *out	  = malloc(size);
	size_t n	  = 0;
	int err		  = ENOMEM;

	if (out)
		err = (j->up ? edge_in : edge_out)(out, size, &n, text, len,
						   &j->line->edge);
	if (!err)
		hand_over(j, out, n);
	else if (err == ENOENT)
		hand_over(j, text, len);
	free(out);

	return err == ENOENT ? 0 : err;
}


static void job_send(struct job *j, bool edited)
{
	char *text = NULL;
	size_t len = 0;
	int err	   = edited ? aware_msg_encode(&j->msg, &text, &len) : 0;

	if (!err)
		err = edited ? send_text(j, text, len)
			     : send_text(j, j->msg.p, j->msg.len);
	free(text);
	if (err) {
		complain(j->line->aw, j->msg.callid, strerror(err));
		drop(j);
	}
}


/* ---- what a message does, once the relay has answered ---- */

static void job_end(struct job *j)
{
	const struct aware_msg *m = &j->msg;
	struct aware_call *c	  = j->call;

	if (!c) {
		if (!m->reply && m->method == AWARE_BYE)
			close_unknown(j->line->aw, j);
	} else if (!c->le.list) {
		return; /* it has ended meanwhile */
	} else if ((!m->reply && m->method == AWARE_BYE) ||
		   (m->reply && m->method == AWARE_INVITE && m->code >= 300 &&
		    !c->s->confirmed)) {
		call_close(j->line->aw, c);
	}
}


/* What no relay carries does not go past us, and no address of its sender's */
static void no_relay(struct job *j)
{
	struct aware *aw = j->line->aw;

	metrics_inc(aw->counts, COUNT_NO_RELAY);
	if (j->fresh && j->call->le.list)
		aware_call_end(j->call);
	if (!j->msg.reply && j->msg.method != AWARE_ACK) {
		answer(j, "503 Service Unavailable");
	} else if (media_refuse(j->msg.sdp)) {
		drop(j);
	} else {
		job_send(j, true);
		job_end(j);
	}
}


/* the session is as it is to be; 0 or an errno: no relay */
static int job_rewrite(struct job *j)
{
	const int err = j->msg.sdp
				? media_rewrite(j->after, j->from, j->msg.sdp)
				: ENOENT;

	if (err && err != ENOENT)
		return err;
	if (j->call->le.list &&
	    aware_call_commit(j->call, j->after, &j->offer))
		return ENOMEM;
	job_send(j, !err);
	job_end(j);

	return 0;
}


/* its turn is over, unless it waits; the line may have lost it meanwhile */
static void job_done(struct job *j, bool waits)
{
	if (!waits && j->le.list)
		mem_deref(j);
	mem_deref(j);
}


static void line_run(struct aware_line *l);
static int ask(struct job *j);


/* true: it waits again */
static bool job_answered(struct job *j, const json_t *result,
			 const struct rpc_error *err)
{
	struct aware *aw = j->line->aw;
	int e		 = result ? 0 : EREMOTEIO;

	/* it has closed the session: a longer hold, or it was started anew */
	if (e && err->code == RPC_NOT_FOUND && !j->reopening) {
		j->reopening	 = true;
		j->after->opened = false;
		if (!ask(j))
			return true;
	}
	if (e)
		complain(aw, j->msg.callid, err->message);
	else
		e = relay_result_read(j->after, result);
	j->after->opened = j->after->opened || !e;
	if (!e && !j->call->le.list)
		say_close(aw, j->after->id);
	if (e && !j->msg.sdp) { /* a refusal, say: it goes on */
		job_send(j, false);
		job_end(j);
	} else if (e || job_rewrite(j)) {
		no_relay(j);
	}

	return false;
}


static void on_answer(const json_t *result, const struct rpc_error *err,
		      void *arg)
{
	struct job *j	     = mem_ref(arg);
	struct aware_line *l = mem_ref(j->line);

	j->ask	  = mem_deref(j->ask);
	l->asking = false;
	l->busy	  = true;
	job_done(j, job_answered(j, result, err));
	l->busy = false;
	line_run(l);
	mem_deref(l);
}


/* 0: the line waits; ENOENT: there is nothing to ask for */
static int ask(struct job *j)
{
	struct aware *aw  = j->line->aw;
	const bool opened = j->after->opened;
	json_t *params	  = NULL;
	int err;

	if (opened)
		params = relay_update_params(j->call->s, j->after,
					     &relay_words);
	else if (session_streams_open(j->after))
		params = relay_open_params(j->after, &relay_words);
	if (!params)
		return ENOENT;
	if (!aw->control) {
		json_decref(params);
		return ENOTCONN;
	}
	err = control_ask(&j->ask, aw->control,
			  opened ? "session.update" : "session.open", params,
			  ASK_MS, on_answer, j);
	j->line->asking = !err;

	return err == ENOENT ? EIO : err;
}


/* ---- a message comes to its turn ---- */

static int find_call(struct job *j)
{
	struct aware *aw = j->line->aw;
	const bool begins =
		!j->msg.reply && j->msg.method == AWARE_INVITE;
	int err = 0;

	j->call = mem_ref(aware_call_find(aw->calls, &j->msg, &j->who,
					  &j->from));
	if (!j->call && begins) {
		j->from = SESSION_A;
		err = aware_call_new(&j->call, aw->calls, &j->msg, &j->who);
		(void)mem_ref(j->call);
		j->fresh = !err;
	}
	if (!err && j->fresh)
		metrics_inc(aw->counts, COUNT_CALLS);

	return err;
}


/* true: it waits for the relay */
static bool in_call(struct job *j)
{
	int err;

	j->after = session_alloc();
	if (!j->after)
		goto none;
	session_copy(j->after, j->call->s);
	err = aware_call_work(j->call, j->after, &j->offer, &j->msg, &j->who,
			      j->from);
	if (err && err != ENOENT)
		goto none;
	err = ask(j);
	if (!err)
		return true;
	if (err == ENOENT || !j->msg.sdp)
		err = job_rewrite(j);
	if (!err)
		return false;
 none:
	if (j->msg.sdp)
		no_relay(j);
	else
		drop(j);

	return false;
}


static void who_of(struct job *j)
{
	const struct edge *e = &j->line->edge;

	j->who = (struct aware_from){
		.up	  = j->up,
		.terminal = e->terminal,
		.door	  = e->door,
		.far	  = e->self,
		.agent	  = j->line->aw->agent,
	};
}


/* true: it waits for the relay */
static bool job_run(struct job *j)
{
	struct aware *aw = j->line->aw;
	int err		 = aware_msg_decode(&j->msg, j->p, j->len);

	who_of(j);
	if (err) {
		metrics_inc(aw->counts, COUNT_UNREADABLE);
		complain(aw, j->msg.callid, "a message can't be read");
		answer(j, err == E2BIG ? "413 Request Entity Too Large"
				       : "400 Bad Request");
		return false;
	}
	err = find_call(j);
	if (j->call)
		return in_call(j);

	/* the description of media that are no call's */
	if (err || (j->msg.sdp && media_refuse(j->msg.sdp))) {
		complain(aw, j->msg.callid, strerror(err ? err : ENOMEM));
		answer(j, "503 Service Unavailable");
		return false;
	}
	job_send(j, j->msg.sdp != NULL);
	job_end(j);

	return false;
}


/* one after the other; a message that is handed over may bring another */
static void line_run(struct aware_line *l)
{
	struct le *le;

	if (l->busy)
		return;
	l->busy = true;
	mem_ref(l);
	while (l->placed && !l->asking && (le = list_head(&l->jobs))) {
		struct job *j = mem_ref(le->data);

		job_done(j, job_run(j));
	}
	l->busy = false;
	mem_deref(l);
}


/* ---- lines ---- */

static void line_destructor(void *arg)
{
	struct aware_line *l = arg;

	list_flush(&l->jobs);
	mem_deref(l->aw);
}


/**
 * A terminal's line
 *
 * @param lp  Result; mem_deref() it: what waits in it is gone
 * @param aw  Context
 * @param h   What becomes of its messages
 * @param arg For these
 *
 * @return 0 or ENOMEM
 */
int aware_line_alloc(struct aware_line **lp, struct aware *aw,
		     const struct aware_line_handlers *h, void *arg)
{
	struct aware_line *l = mem_zalloc(sizeof(*l), line_destructor);

	if (!l)
		return ENOMEM;
	l->aw  = mem_ref(aw);
	l->h   = *h;
	l->arg = arg;
	*lp    = l;

	return 0;
}


/** The relay has said where the terminal is to the registrar */
void aware_line_place(struct aware_line *l, const struct edge *e)
{
	l->edge	  = *e;
	l->placed = true;
	line_run(l);
}


/** Its channel is gone; what waited in it is, too */
void aware_line_lost(struct aware_line *l)
{
	list_flush(&l->jobs);
	l->asking = l->placed = false;
}


/**
 * A message comes to the line
 *
 * @param l   Line
 * @param up  From the terminal
 * @param p   Message
 * @param len Its length
 */
void aware_line_push(struct aware_line *l, bool up, const uint8_t *p,
		     size_t len)
{
	struct sip_head h;
	struct job *j = NULL;

	/* signs of life are for the next hop alone */
	if (sip_head_decode(&h, p, len))
		metrics_inc(l->aw->counts, COUNT_UNREADABLE);
	else if (list_count(&l->jobs) >= JOBS_MAX)
		metrics_inc(l->aw->counts, COUNT_LATE);
	else
		j = mem_zalloc(sizeof(*j) + len, job_destructor);
	if (!j) {
		if (!up)
			l->h.droppedh(len, l->arg);
		return;
	}
	j->line = l;
	j->up	= up;
	j->len	= len;
	memcpy(j->p, p, len);
	list_append(&l->jobs, &j->le, j);
	line_run(l);
}


/* ---- */

/* a relay that was started anew has forgotten them; one that was not finds
 * them as they are */
static void open_again(struct aware *aw)
{
	struct le *le = list_head(aware_calls_list(aw->calls));

	for (; le; le = le->next) {
		const struct aware_call *c = le->data;

		if (c->s->opened)
			(void)control_notify(
				aw->control, "session.open",
				relay_open_params(c->s, &relay_words));
	}
}


/** There is a tunnel, and the relay knows our ports; or (NULL) there is none */
void aware_tunnel(struct aware *aw, struct control *c)
{
	aw->control = c;
	if (c)
		open_again(aw);
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
		complain(aw, c->s->callid, "the relay has closed its session");
		aware_call_end(c);
	}

	return true;
}


/* what is neither answered nor refused, nobody waits for any more */
static void on_tick(void *arg)
{
	struct aware *aw   = arg;
	const uint64_t now = tmr_jiffies();
	struct le *le	   = list_head(aware_calls_list(aw->calls));

	tmr_start(&aw->tmr, TICK_MS, on_tick, aw);
	while (le) {
		struct aware_call *c = le->data;

		le = le->next;
		if (!c->s->confirmed && now - c->heard > AWARE_UNANSWERED)
			call_close(aw, c);
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
	err = aware_msg_init();
	if (!err)
		err = metrics_alloc(&aw->counts, counts, COUNTS);
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
