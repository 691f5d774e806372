/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file aware_send.c  Where a message of aware mode goes
 *
 * On, with the addresses of the other side; back to who has sent it, as an
 * answer; or nowhere. Owns no state.
 */
#include "aware_priv.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "sip_head.h"

enum {
	ANSWER_SIZE = SIP_MESSAGE_MAX + SIP_ANSWER_GROWS,
};


/** Nowhere: what its channel brought it with is given back */
void aware_send_drop(struct aware_job *j)
{
	if (!j->up && j->line->placed)
		j->line->h.droppedh(j->len, j->line->arg);
}


/**
 * An answer to who has sent it, who sees addresses as he knows them
 *
 * @param j	 Message; only a request is answered
 * @param status Code and reason
 */
void aware_send_back(struct aware_job *j, const char *status)
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
	aware_send_drop(j);
}


static void hand_over(struct aware_job *j, const char *text, size_t len)
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
static int send_text(struct aware_job *j, const char *text, size_t len)
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


/**
 * To where it was going, with the addresses of the other side
 *
 * @param j	 Message
 * @param edited Its session description has edits
 */
void aware_send_on(struct aware_job *j, bool edited)
{
	char *text = NULL;
	size_t len = 0;
	int err	   = edited ? aware_msg_encode(&j->msg, &text, &len) : 0;

	if (!err)
		err = send_text(j, edited ? text : j->msg.p,
				edited ? len : j->msg.len);
	free(text);
	if (err) {
		aware_complain(j->line->aw, j->msg.callid, strerror(err));
		aware_send_drop(j);
	}
}
