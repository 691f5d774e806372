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


static void hand_over(const struct aware_line *l, bool up, size_t credit,
		      const char *text, size_t len)
{
	const uint8_t *p = (const uint8_t *)text;

	if (!l->placed)
		return; /* the terminal has gone meanwhile */
	if (up)
		l->h.uph(p, len, l->arg);
	else
		l->h.downh(p, len, credit, l->arg);
}


/* with the addresses of the other side */
static int send_text(const struct aware_line *l, bool up, size_t credit,
		     const char *text, size_t len)
{
	const size_t size = len + EDGE_GROWS;
	char *out	  = malloc(size);
	size_t n	  = 0;
	int err		  = ENOMEM;

	if (out)
		err = (up ? edge_in : edge_out)(out, size, &n, text, len,
						&l->edge);
	if (!err)
		hand_over(l, up, credit, out, n);
	else if (err == ENOENT)
		hand_over(l, up, credit, text, len);
	free(out);

	return err == ENOENT ? 0 : err;
}


/**
 * An answer in the terminal's name to what it was not there for: at once, and
 * past all that is known of its call, since its channel is about to end
 */
void aware_line_pass(struct aware_line *l, const uint8_t *p, size_t len)
{
	const int err = send_text(l, true, 0, (const char *)p, len);

	if (err)
		aware_complain(l->aw, "?", strerror(err));
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
		err = send_text(j->line, j->up, j->len,
				edited ? text : j->msg.p,
				edited ? len : j->msg.len);
	free(text);
	if (err) {
		aware_complain(j->line->aw, j->msg.callid, strerror(err));
		aware_send_drop(j);
	}
}
