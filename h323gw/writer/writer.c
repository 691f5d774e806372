/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file writer.c  What goes into the store, written by a thread of its own
 *
 * Owns the thread, its handle of the store, and the jobs.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "log/log.h"
#include "h323gw/writer/writer.h"


#define ROOM "writer"

enum job_type {
	CONTACT_PUT,
	CONTACT_DELETE,
	CALL_PUT,
	FLOW_PUT,
	SESSION_PUT,
	SECRET_PUT,
	AUDIT_ADD,
	JOB_TYPES
};

enum {
	STRINGS_MAX = 12, /* of one record */
};

/** Id and reason of a contact that goes */
struct contact_gone {
	const char *id, *reason;
};

struct job {
	struct job *next;
	uint64_t came; /* ms */
	enum job_type type;
	union {
		struct store_contact contact;
		struct contact_gone gone;
		struct store_call call;
		struct store_flow flow;
		struct store_session session;
		struct store_secret secret;
		struct store_audit audit;
	} u;
	char text[];
};

struct writer {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	/* under the mutex */
	struct job *first, **last;
	bool stop;
	bool trouble;	     /* the last batch failed */
	uint64_t writing;    /* when the first that is being written came; 0:
				nothing is */
	struct writer_stats stats;
	/* the thread's */
	struct store *store;
};

#define CONTACT(f) offsetof(struct store_contact, f)
#define CALL(f)	   offsetof(struct store_call, f)
#define FLOW(f)	   offsetof(struct store_flow, f)
#define SESSION(f) offsetof(struct store_session, f)
#define SECRET(f)  offsetof(struct store_secret, f)
#define AUDIT(f)   offsetof(struct store_audit, f)

/** Each record's size, and where its strings stand */
static const struct {
	size_t size, n;
	size_t at[STRINGS_MAX];
} records[JOB_TYPES] = {
	[CONTACT_PUT] = {sizeof(struct store_contact), 12,
			 {CONTACT(alias), CONTACT(aliasType), CONTACT(id),
			  CONTACT(callSignalAddress), CONTACT(received),
			  CONTACT(transport), CONTACT(agent), CONTACT(path),
			  CONTACT(userAgent), CONTACT(callId),
			  CONTACT(instance), CONTACT(hostData)}},
	[CONTACT_DELETE] = {sizeof(struct contact_gone), 2,
			    {offsetof(struct contact_gone, id),
			     offsetof(struct contact_gone, reason)}},
	[CALL_PUT] = {sizeof(struct store_call), 10,
		      {CALL(id), CALL(callIdentifier), CALL(caller),
		       CALL(callee), CALL(callerAddress), CALL(calleeAddress),
		       CALL(callerAgent), CALL(calleeAgent), CALL(endReason),
		       CALL(endedBy)}},
	[FLOW_PUT] = {sizeof(struct store_flow), 6,
		      {FLOW(call), FLOW(session), FLOW(relay), FLOW(media),
		       FLOW(from), FLOW(latched)}},
	[SESSION_PUT] = {sizeof(struct store_session), 5,
			 {SESSION(id), SESSION(owner), SESSION(relay),
			  SESSION(call), SESSION(state)}},
	[SECRET_PUT] = {sizeof(struct store_secret), 3,
			{SECRET(alias), SECRET(aliasType), SECRET(sealed)}},
	[AUDIT_ADD] = {sizeof(struct store_audit), 5,
		       {AUDIT(actor), AUDIT(action), AUDIT(object),
			AUDIT(result), AUDIT(detail)}},
};


/* ---- copies ---- */

static const char **string_at(void *record, size_t at)
{
	return (const char **)(void *)((char *)record + at);
}


static uint64_t now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);

	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}


/* the record with its strings behind it */
static struct job *job_make(enum job_type type, const void *record)
{
	size_t len[STRINGS_MAX], total = 0, i;
	struct job *j;
	char *p;

	for (i = 0; i < records[type].n; i++) {
		const char *s;

		memcpy(&s, (const char *)record + records[type].at[i],
		       sizeof(s));
		len[i] = s ? strlen(s) + 1 : 0;
		total += len[i];
	}
	j = malloc(sizeof(*j) + total);
	if (!j)
		return NULL;
	j->next = NULL;
	j->came = now_ms();
	j->type = type;
	memcpy(&j->u, record, records[type].size);
	p = j->text;
	for (i = 0; i < records[type].n; i++) {
		const char **s = string_at(&j->u, records[type].at[i]);

		if (!len[i])
			continue;
		memcpy(p, *s, len[i]);
		*s = p;
		p += len[i];
	}

	return j;
}


static int submit(struct writer *w, enum job_type type, const void *record)
{
	struct job *j = job_make(type, record);
	bool wake;

	if (!j)
		return ENOMEM;
	(void)pthread_mutex_lock(&w->mutex);
	if (w->stats.queued >= WRITER_QUEUE_MAX) {
		++w->stats.dropped;
		(void)pthread_mutex_unlock(&w->mutex);
		free(j);
		return ENOBUFS;
	}
	wake	 = !w->first;
	*w->last = j;
	w->last	 = &j->next;
	++w->stats.queued;
	(void)pthread_mutex_unlock(&w->mutex);
	if (wake)
		(void)pthread_cond_signal(&w->cond);

	return 0;
}


int writer_contact_put(struct writer *w, const struct store_contact *c)
{
	return submit(w, CONTACT_PUT, c);
}


int writer_contact_delete(struct writer *w, const char *id, const char *reason)
{
	const struct contact_gone g = {id, reason};

	return submit(w, CONTACT_DELETE, &g);
}


int writer_call_put(struct writer *w, const struct store_call *c)
{
	return submit(w, CALL_PUT, c);
}


int writer_flow_put(struct writer *w, const struct store_flow *f)
{
	return submit(w, FLOW_PUT, f);
}


int writer_session_put(struct writer *w, const struct store_session *s)
{
	return submit(w, SESSION_PUT, s);
}


int writer_secret_put(struct writer *w, const struct store_secret *s)
{
	return submit(w, SECRET_PUT, s);
}


int writer_audit_add(struct writer *w, const struct store_audit *a)
{
	return submit(w, AUDIT_ADD, a);
}


void writer_stats(struct writer *w, struct writer_stats *st)
{
	(void)pthread_mutex_lock(&w->mutex);
	*st = w->stats;
	(void)pthread_mutex_unlock(&w->mutex);
}


bool writer_behind(struct writer *w)
{
	uint64_t oldest;
	bool trouble;

	(void)pthread_mutex_lock(&w->mutex);
	oldest	= w->writing ? w->writing : w->first ? w->first->came : 0;
	trouble = w->trouble;
	(void)pthread_mutex_unlock(&w->mutex);

	return oldest && !trouble && now_ms() >= oldest + WRITER_BEHIND_MS;
}


/* ---- the thread ---- */

static int job_do(struct store *s, const struct job *j)
{
	switch (j->type) {

	case CONTACT_PUT:
		return store_contact_put(s, &j->u.contact);
	case CONTACT_DELETE:
		return store_contact_delete(s, STORE_H323, j->u.gone.id,
					    j->u.gone.reason);
	case CALL_PUT:
		return store_call_put(s, &j->u.call);
	case FLOW_PUT:
		return store_flow_put(s, &j->u.flow);
	case SESSION_PUT:
		return j->u.session.state
			       ? store_session_put(s, &j->u.session)
			       : store_session_delete(s, j->u.session.id);
	case SECRET_PUT:
		return j->u.secret.sealed
			       ? store_secret_put(s, &j->u.secret)
			       : store_secret_delete(s, STORE_H323,
						     j->u.secret.alias);
	default:
		return store_audit_add(s, &j->u.audit);
	}
}


/* what is refused for what it says will be so the next time, too: it is left
 * out; a trouble of the database dooms the whole batch */
static bool is_refused(int err)
{
	return err == EINVAL || err == ENOENT;
}


static int batch_write(struct store *s, const struct job *j, uint64_t *refused)
{
	int err = store_begin(s);

	*refused = 0;
	for (; j && !err; j = j->next) {
		err = job_do(s, j);
		if (is_refused(err)) {
			++*refused;
			err = 0;
		}
	}
	if (err) {
		store_rollback(s);
		return err;
	}

	return store_commit(s);
}


static void pause_ms(unsigned ms)
{
	const struct timespec ts = {ms / 1000, (long)(ms % 1000) * 1000000};

	(void)nanosleep(&ts, NULL);
}


/* the first of the queue, cut off; NULL: it is to end */
static struct job *batch_take(struct writer *w, size_t *n, bool *stop)
{
	struct job *first, *j;

	(void)pthread_mutex_lock(&w->mutex);
	while (!w->first && !w->stop)
		(void)pthread_cond_wait(&w->cond, &w->mutex);
	(void)pthread_mutex_unlock(&w->mutex);

	pause_ms(WRITER_PAUSE_MS);

	(void)pthread_mutex_lock(&w->mutex);
	first = j = w->first;
	for (*n = j ? 1 : 0; j && j->next && *n < WRITER_BATCH_MAX; ++*n)
		j = j->next;
	if (j) {
		w->first = j->next;
		if (!w->first)
			w->last = &w->first;
		j->next	   = NULL;
		w->writing = first->came;
	}
	*stop = w->stop;
	(void)pthread_mutex_unlock(&w->mutex);

	return first;
}


static void count(struct writer *w, size_t n, uint64_t refused, bool done)
{
	uint64_t took;

	(void)pthread_mutex_lock(&w->mutex);
	w->trouble = !done;
	if (done) {
		took	   = now_ms() - w->writing;
		w->writing = 0;
		if (took > w->stats.slowest)
			w->stats.slowest = took;
		w->stats.queued -= n;
		w->stats.written += n - refused;
		w->stats.dropped += refused;
		++w->stats.batches;
	}
	else
		++w->stats.failures;
	(void)pthread_mutex_unlock(&w->mutex);
}


static void jobs_free(struct job *j)
{
	while (j) {
		struct job *next = j->next;

		free(j);
		j = next;
	}
}


static bool is_stopping(struct writer *w)
{
	bool stop;

	(void)pthread_mutex_lock(&w->mutex);
	stop = w->stop;
	(void)pthread_mutex_unlock(&w->mutex);

	return stop;
}


/* again and again; when it is to end, once */
static void batch_do(struct writer *w, const struct job *batch, size_t n)
{
	uint64_t refused;

	while (batch_write(w->store, batch, &refused)) {
		count(w, n, 0, false);
		if (is_stopping(w))
			return;
		pause_ms(WRITER_RETRY_MS);
	}
	count(w, n, refused, true);
}


static void *run(void *arg)
{
	struct writer *w = arg;
	struct job *batch;
	bool stop;
	size_t n;

	while ((batch = batch_take(w, &n, &stop)) || !stop) {
		if (batch)
			batch_do(w, batch, n);
		jobs_free(batch);
	}

	return NULL;
}


int writer_alloc(struct writer **wp, const struct store_conf *conf)
{
	struct writer *w = calloc(1, sizeof(*w));
	char text[512];
	int err;

	if (!w)
		return ENOMEM;
	w->last = &w->first;
	err	= store_open(&w->store, conf, text, sizeof(text));
	if (err) {
		log_error(ROOM, "%s: %s", conf->path, text);
		free(w);
		return err;
	}
	(void)pthread_mutex_init(&w->mutex, NULL);
	(void)pthread_cond_init(&w->cond, NULL);
	err = pthread_create(&w->thread, NULL, run, w);
	if (err) {
		store_close(w->store);
		free(w);
		return err;
	}
	*wp = w;

	return 0;
}


void writer_free(struct writer *w)
{
	if (!w)
		return;
	(void)pthread_mutex_lock(&w->mutex);
	w->stop = true;
	(void)pthread_mutex_unlock(&w->mutex);
	(void)pthread_cond_signal(&w->cond);
	(void)pthread_join(w->thread, NULL);

	if (w->stats.queued)
		log_error(ROOM, "%llu entries could not be written",
			  (unsigned long long)w->stats.queued);
	jobs_free(w->first);
	store_close(w->store);
	(void)pthread_cond_destroy(&w->cond);
	(void)pthread_mutex_destroy(&w->mutex);
	free(w);
}
