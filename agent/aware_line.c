/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file aware_line.c  A terminal's messages, one after another
 *
 * While the relay is asked for what a message takes, those behind it wait, up
 * and down alike. Owns the lines and what waits in them; a line is its
 * terminal's.
 */
#include "aware_priv.h"
#include <errno.h>
#include "sip_head.h"

enum {
	JOBS_MAX = 64, /* messages that wait in a line */
};


/* its turn is over, unless it waits; the line may have lost it meanwhile */
static void job_done(struct aware_job *j, bool waits)
{
	if (!waits && j->le.list)
		mem_deref(j);
	mem_deref(j);
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
		struct aware_job *j = mem_ref(le->data);

		job_done(j, aware_job_run(j));
	}
	l->busy = false;
	mem_deref(l);
}


/** The relay has answered what the first message was waiting for */
void aware_line_answered(struct aware_job *j, const json_t *result,
			 const struct rpc_error *err)
{
	struct aware_line *l = mem_ref(j->line);

	(void)mem_ref(j);
	j->ask	  = mem_deref(j->ask);
	l->asking = false;
	l->busy	  = true;
	job_done(j, aware_job_answered(j, result, err));
	l->busy = false;
	line_run(l);
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


/**
 * An answer in the terminal's name to what it was not there for: at once, for
 * its channel is about to end
 *
 * @param l   Line
 * @param p   Answer, with the addresses the terminal would have in it
 * @param len Its length
 */
void aware_line_pass(struct aware_line *l, const uint8_t *p, size_t len)
{
	struct aware_job *j = NULL;

	if (!aware_job_alloc(&j, l, true, p, len))
		aware_job_pass(j);
	mem_deref(j);
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
	struct aware_job *j = NULL;

	/* signs of life are for the next hop alone */
	if (sip_head_decode(&h, p, len))
		metrics_inc(l->aw->counts, AWARE_COUNT_UNREADABLE);
	else if (list_count(&l->jobs) >= JOBS_MAX)
		metrics_inc(l->aw->counts, AWARE_COUNT_LATE);
	else
		(void)aware_job_alloc(&j, l, up, p, len);
	if (!j) {
		if (!up)
			l->h.droppedh(len, l->arg);
		return;
	}
	list_append(&l->jobs, &j->le, j);
	line_run(l);
}
