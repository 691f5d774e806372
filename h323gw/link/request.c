/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests to the relay: they wait while it is not there, are asked again if
 * the connection was lost before the answer, and fail when that takes too long.
 * Owns struct link_job, one a request; a struct link_request is the caller's
 * hold on it.
 */
#include <errno.h>
#include <string.h>
#include "h323gw/link/priv.h"

struct link_request {
	struct link_job *job;
};

struct link_job {
	struct le le;		/* waiting or sent */
	struct le all_le;
	struct link *link;
	struct link_request *req; /* NULL: nobody holds it */
	char *method;
	json_t *params;
	uint64_t deadline;
	bool is_sent;
	bool once;		/* not to be asked again */
	void *own;		/* goes with it */
	bool forgotten;		/* nobody wants the answer any more */
	rpc_result_h *h;
	void *arg;
};


static void late_handler(void *arg);


static void request_destructor(void *arg)
{
	struct link_request *r = arg;

	if (!r->job)
		return;
	r->job->req = NULL;
	r->job->forgotten = true;
	/* what is under way stays until its answer came */
	if (!r->job->is_sent)
		mem_deref(r->job);
}


static void job_destructor(void *arg)
{
	struct link_job *j = arg;

	if (j->req)
		j->req->job = NULL;
	list_unlink(&j->le);
	list_unlink(&j->all_le);
	if (j->link)
		--j->link->requests;
	json_decref(j->params);
	mem_deref(j->method);
	mem_deref(j->own);
}


static struct link_job *oldest(const struct link *l)
{
	struct link_job *x = list_ledata(list_head(&l->all[false]));
	struct link_job *y = list_ledata(list_head(&l->all[true]));

	return !x || (y && y->deadline < x->deadline) ? y : x;
}


/* The one timer stands at the oldest request's deadline. */
static void late_set(struct link *l)
{
	const struct link_job *j = oldest(l);
	uint64_t now = tmr_jiffies();

	if (!j)
		tmr_cancel(&l->late);
	else if (!tmr_isrunning(&l->late) ||
		 tmr_get_expire(&l->late) > (j->deadline > now ?
					     j->deadline - now : 0))
		tmr_start(&l->late, j->deadline > now ? j->deadline - now : 0,
			  late_handler, l);
}


/* Tell whoever asked, once; the hold on it goes after that. */
static void job_tell(struct link_job *j, const struct rpc_error *err,
		     const json_t *result, int *fds, size_t nfds)
{
	struct link_request *req = j->req;

	if (req)
		req->job = NULL;
	j->req = NULL;
	if (j->h && !j->forgotten) {
		j->forgotten = true;
		j->h(err, result, fds, nfds, j->arg);
	}
	mem_deref(req);
}


static void job_end(struct link_job *j, const struct rpc_error *err,
		    const json_t *result, int *fds, size_t nfds)
{
	/* out of sight of whatever the handler does */
	list_unlink(&j->le);
	list_unlink(&j->all_le);
	job_tell(j, err, result, fds, nfds);
	mem_deref(j);
}


/* Nobody wants the listener that was made meanwhile */
static void undo(struct link *l, const struct link_job *j,
		 const json_t *result)
{
	json_t *id = json_object_get(result, "id"), *params;

	if (!j->forgotten || strcmp(j->method, "channel.listen") || !id)
		return;
	params = json_pack("{s:O}", "id", id);
	(void)link_ask(NULL, l, "channel.close", params, false, NULL, NULL,
		       NULL);
	json_decref(params);
}


static void answer_handler(const struct rpc_error *err, const json_t *result,
			   int *fds, size_t nfds, void *arg)
{
	struct link_job *j = arg;
	struct link *l = j->link;

	/* the end of the connection is no answer: link_requests_lost() */
	if (rpc_conn_closed(l->rc))
		return;
	mem_ref(l);
	undo(l, j, result);
	job_end(j, err, result, fds, nfds);
	/* one more may be under way */
	link_requests_flush(l);
	mem_deref(l);
}


void link_requests_flush(struct link *l)
{
	struct link_job *j;

	while (l->state == LINK_UP &&
	       (j = list_ledata(list_head(&l->waiting)))) {
		list_unlink(&j->le);
		list_append(&l->sent, &j->le, j);
		j->is_sent = true;
		if (!rpc_call(l->rc, j->method, j->params, 0, answer_handler,
			      j))
			continue;
		list_unlink(&j->le);
		list_prepend(&l->waiting, &j->le, j);
		j->is_sent = false;
		break;
	}
}


static void late_handler(void *arg)
{
	struct link *l = mem_ref(arg);
	const uint64_t now = tmr_jiffies();
	struct rpc_error err;
	struct link_job *j;

	rpc_error_set(&err, RPC_BUSY, "the relay did not answer in time");
	while ((j = oldest(l)) && j->deadline <= now) {
		if (!j->is_sent) {
			job_end(j, &err, NULL, NULL, 0);
			continue;
		}
		/* a relay that does not answer is as good as none */
		if (!j->once)
			link_lost(l, ETIMEDOUT);
		list_unlink(&j->all_le);
		job_tell(j, &err, NULL, NULL, 0);
	}
	late_set(l);
	mem_deref(l);
}


/* The connection has gone: what was under way waits again, before all that was
 * waiting, or has failed. */
void link_requests_lost(struct link *l)
{
	struct list failed = LIST_INIT;
	struct link_job *j;
	struct rpc_error err;

	while ((j = list_ledata(list_tail(&l->sent)))) {
		list_unlink(&j->le);
		j->is_sent = false;
		if (j->forgotten)
			mem_deref(j);
		else if (j->once)
			list_prepend(&failed, &j->le, j);
		else
			list_prepend(&l->waiting, &j->le, j);
	}
	rpc_error_set(&err, LINK_GONE, "the connection to the relay was lost");
	while ((j = list_ledata(list_head(&failed))))
		job_end(j, &err, NULL, NULL, 0);
	late_set(l);
}


/* The link itself is going: nobody is called. */
void link_requests_drop(struct link *l)
{
	struct link_job *j;

	while ((j = list_ledata(list_head(&l->sent))) ||
	       (j = list_ledata(list_head(&l->waiting)))) {
		j->link = NULL;
		mem_deref(j);
	}
}


int link_ask(struct link_request **reqp, struct link *l, const char *method,
	     const json_t *params, bool once, void *own, rpc_result_h *h,
	     void *arg)
{
	struct link_job *j;

	if (!l || !method)
		return EINVAL;
	if (l->requests >= LINK_WAITING_MAX)
		return ENOBUFS;
	j = mem_zalloc(sizeof(*j), job_destructor);
	if (!j)
		return ENOMEM;
	j->link = l;
	++l->requests;
	j->h = h;
	j->arg = arg;
	j->once = once;
	j->own = mem_ref(own);
	j->deadline = tmr_jiffies() +
		      (once ? LINK_CONNECT_MS : LINK_TIMEOUT_MS);
	j->params = json_deep_copy(params);
	if (str_dup(&j->method, method) || (params && !j->params))
		goto nomem;
	if (reqp) {
		j->req = mem_zalloc(sizeof(*j->req), request_destructor);
		if (!j->req)
			goto nomem;
		j->req->job = j;
		*reqp = j->req;
	}
	list_append(&l->waiting, &j->le, j);
	list_append(&l->all[once], &j->all_le, j);
	late_set(l);
	link_requests_flush(l);
	return 0;

nomem:
	mem_deref(j);
	return ENOMEM;
}


int link_call(struct link_request **reqp, struct link *l, const char *method,
	      const json_t *params, rpc_result_h *h, void *arg)
{
	return link_ask(reqp, l, method, params, false, NULL, h, arg);
}


/* not one that would wait for the next connection */
int link_alive(struct link_request **reqp, struct link *l, rpc_result_h *h,
	       void *arg)
{
	struct link_request *r = NULL;
	int err = ENOTCONN;

	if (link_is_up(l))
		err = link_ask(&r, l, "relay.status", NULL, true, NULL, h,
			       arg);
	if (!err && !r->job->is_sent)
		err = ENOTCONN;
	if (err)
		mem_deref(r);
	else
		*reqp = r;
	return err;
}
