/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file rpc/call.c  Requests of ours, until they are answered
 *
 * Owns the list of those whose answers are awaited. Each is told its answer
 * once: the other end's, that none came in time, or that the connection ended.
 */
#include <errno.h>
#include <stdlib.h>
#include "rpc/conn.h"

/** A request of ours without an answer */
struct pending {
	struct le le;
	struct tmr tmr;
	uint64_t id;
	rpc_result_h *resulth;
	void *arg;
};

static const char room[] = "rpc";


static void pending_destructor(void *data)
{
	struct pending *p = data;

	tmr_cancel(&p->tmr);
	list_unlink(&p->le);
}


static struct pending *pending_find(const struct rpc_conn *rc,
				    const json_t *id)
{
	struct le *le;

	if (!json_is_integer(id))
		return NULL;

	LIST_FOREACH(&rc->pendl, le)
	{
		struct pending *p = le->data;

		if (p->id == (uint64_t)json_integer_value(id))
			return p;
	}

	return NULL;
}


/* one came in: to who waits for it */
void rpc_call_answered(struct rpc_conn *rc, const struct rpc_msg *m, int *fds,
		       size_t nfds)
{
	struct pending *p = pending_find(rc, m->id);
	rpc_result_h *h;
	void *arg;

	if (!p) {
		uint64_t more;

		if (log_limit_pass(&rc->limit, tmr_jiffies(), &more))
			log_info(room, "an answer nobody waits for "
				 "(%lu more since the last)",
				 (unsigned long)more);
		return;
	}

	h = p->resulth;
	arg = p->arg;
	mem_deref(p);
	if (!h)
		return;
	if (m->type == RPC_ERROR)
		h(&m->error, NULL, fds, nfds, arg);
	else
		h(NULL, m->result, fds, nfds, arg);
}


/* the connection has ended: every caller still waiting is told */
void rpc_calls_end(struct rpc_conn *rc)
{
	struct rpc_error e;
	struct pending *p;

	rpc_error_set(&e, RPC_INTERNAL_ERROR, "connection closed");
	while ((p = list_ledata(list_head(&rc->pendl)))) {
		rpc_result_h *h = p->resulth;
		void *arg = p->arg;

		list_unlink(&p->le); /* rpc_call() may hold it still */
		mem_deref(p);
		if (h)
			h(&e, NULL, NULL, 0, arg);
	}
}


static void timeout_handler(void *arg)
{
	struct pending *p = arg;
	rpc_result_h *h = p->resulth;
	void *harg = p->arg;
	struct rpc_error e;

	mem_deref(p);
	rpc_error_set(&e, RPC_INTERNAL_ERROR, "no answer in time");
	if (h)
		h(&e, NULL, NULL, 0, harg);
}


static struct pending *pending_add(struct rpc_conn *rc, unsigned timeout_ms,
				   void *arg)
{
	struct pending *p = mem_zalloc(sizeof(*p), pending_destructor);

	if (!p)
		return NULL;

	p->id = ++rc->id;
	p->arg = arg;
	list_append(&rc->pendl, &p->le, p);
	if (timeout_ms)
		tmr_start(&p->tmr, timeout_ms, timeout_handler, p);

	return p;
}


/**
 * Send a request
 *
 * @param rc         Connection
 * @param method     Name
 * @param params     Borrowed, may be NULL
 * @param timeout_ms 0: wait as long as the connection lives
 * @param resulth    Called exactly once if 0 is returned, unless the
 *                   connection is dereferenced before
 * @param arg        Its argument
 *
 * @return 0, EBUSY (RPC_PENDING_MAX wait already), ENOTCONN, ENOMEM …
 */
int rpc_call(struct rpc_conn *rc, const char *method, const json_t *params,
	     unsigned timeout_ms, rpc_result_h *resulth, void *arg)
{
	struct pending *p;
	size_t len;
	char *line;
	int err;

	if (!rc || !method)
		return EINVAL;
	if (rc->closed)
		return ENOTCONN;
	if (list_count(&rc->pendl) >= RPC_PENDING_MAX)
		return EBUSY;

	err = rpc_request_encode(&line, &len, rc->id + 1, method, params);
	if (err)
		return err;

	p = pending_add(rc, timeout_ms, arg);
	if (!p) {
		free(line);
		return ENOMEM;
	}

	mem_ref(rc);
	mem_ref(p);
	err = rpc_out_send(rc, line, len, NULL, 0);
	p->resulth = resulth; /* not before: an error is our answer */
	mem_deref(p);
	if (err && !rc->closed)
		mem_deref(p);
	mem_deref(rc);
	return err;
}
