/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file writer.c  The way to the writer, and the process itself
 *
 * Workers send datagrams into one end of a socketpair, the process reads the
 * other: it waits for the first record, sleeps while others gather, takes them
 * all, and has them written in one transaction (writer_store.c).
 *
 * Owns: the socketpair (made before any process is forked, the same in all), and
 * in shared memory the flag that asks for contacts to be read from usrloc.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "glue/compat.h"
#include "core/cfg/cfg_struct.h"
#include "core/dprint.h"
#include "core/mem/shm.h"
#include "core/pt.h"
#include "glue/clock.h"
#include "glue/stats.h"
#include "glue/writer.h"
#include "glue/writer_store.h"
#include "logic/record.h"

enum {
	QUEUE_BYTES = 8 * 1024 * 1024, /**< asked for; the system may give less */
	BURST = 32,					   /**< datagrams read by one system call */
	BUSY_BURST = 256, /**< so many in one round: don't sleep before the next */
	IDLE_MS = 5000,
};

static struct
{
	const char *path; /**< NULL: there is no store */
	int tx, rx;
	int *resync; /**< shm: contacts must be read again */
	bool trouble; /**< with the store, known and logged before the forks */
	volatile sig_atomic_t stop;
} writer = {.tx = -1, .rx = -1};

/* ---- workers ---- */

bool writer_enabled(void)
{
	return writer.path != NULL;
}

void writer_resync(void)
{
	if(writer.resync)
		__atomic_store_n(writer.resync, 1, __ATOMIC_RELEASE);
}

void writer_trouble(void)
{
	writer.trouble = true;
	writer_resync();
}

static bool resync_take(void)
{
	return __atomic_exchange_n(writer.resync, 0, __ATOMIC_ACQ_REL) != 0;
}

static bool is_contact(const struct record *r)
{
	return r->type == RECORD_CONTACT_PUT || r->type == RECORD_CONTACT_DELETE;
}

static int writer_send(const struct record *r)
{
	static uint8_t buf[RECORD_MAX];
	size_t len = 0;
	int err;

	if(!writer.path)
		return ENOTCONN;

	err = record_encode(buf, sizeof(buf), &len, r);
	if(err) {
		stats_inc(store_refused);
		return err;
	}
	if(send(writer.tx, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)len)
		return 0;

	err = errno == EWOULDBLOCK ? EAGAIN : errno;
	stats_inc(store_queue_full);
	if(is_contact(r))
		writer_resync();

	return err;
}

int writer_contact_put(const struct store_contact *c)
{
	const struct record r = {.type = RECORD_CONTACT_PUT, .u.contact = *c};

	return writer_send(&r);
}

int writer_contact_delete(
		enum store_kind kind, const char *id, const char *reason)
{
	const struct record r = {.type = RECORD_CONTACT_DELETE,
			.u.contact_delete = {.kind = kind, .id = id, .reason = reason}};

	return writer_send(&r);
}

int writer_call_put(const struct store_call *c)
{
	const struct record r = {.type = RECORD_CALL_PUT, .u.call = *c};

	return writer_send(&r);
}

int writer_flow_put(const struct store_flow *f)
{
	const struct record r = {.type = RECORD_FLOW_PUT, .u.flow = *f};

	return writer_send(&r);
}

int writer_session_put(const struct store_session *se)
{
	const struct record r = {.type = RECORD_SESSION_PUT, .u.session = *se};

	return writer_send(&r);
}

int writer_session_delete(const char *id)
{
	const struct record r = {
			.type = RECORD_SESSION_DELETE, .u.session_delete = {.id = id}};

	return writer_send(&r);
}

int writer_audit_add(const struct store_audit *a)
{
	const struct record r = {.type = RECORD_AUDIT_ADD, .u.audit = *a};

	return writer_send(&r);
}

/* ---- the process ---- */

static void on_term(int sig)
{
	(void)sig;
	writer.stop = 1;
}

/* Takes all that is queued; returns how many records */
static unsigned drain(struct writer_store *ws)
{
	static uint8_t bufs[BURST][RECORD_MAX];
	struct mmsghdr msgs[BURST];
	struct iovec iov[BURST];
	unsigned total = 0;
	int n;

	for(int i = 0; i < BURST; i++) {
		iov[i] = (struct iovec){.iov_base = bufs[i], .iov_len = RECORD_MAX};
		msgs[i] = (struct mmsghdr){
				.msg_hdr = {.msg_iov = &iov[i], .msg_iovlen = 1}};
	}

	do {
		n = recvmmsg(writer.rx, msgs, BURST, MSG_DONTWAIT, NULL);
		for(int i = 0; i < n; i++)
			writer_store_add(ws, bufs[i], msgs[i].msg_len);
		total += n > 0 ? (unsigned)n : 0;
	} while(n == BURST && !writer_store_full(ws));

	return total;
}

/* Waits for the first record, then lets others gather: two wake-ups for as many
 * records as come in between */
static void gather(struct writer_store *ws, bool busy)
{
	struct pollfd p = {.fd = writer.rx, .events = POLLIN};
	int ms = writer_store_wait(ws, clock_ms());

	if(ms < 0 || ms > IDLE_MS)
		ms = IDLE_MS;
	if(poll(&p, 1, busy ? 0 : ms) <= 0 || busy || writer.stop)
		return;
	(void)usleep(WRITER_DELAY_MS * 1000);
}

static void serve(struct writer_store *ws)
{
	bool busy = false;

	/* integrators find the database as soon as Kamailio runs */
	writer_store_run(ws, clock_ms());
	while(!writer.stop) {
		cfg_update();
		gather(ws, busy);
		busy = drain(ws) >= BUSY_BURST;
		if(resync_take())
			writer_store_resync_ask(ws);
		writer_store_run(ws, clock_ms());
	}

	(void)drain(ws);
	writer_store_finish(ws);
}

static void writer_process(void)
{
	struct sigaction sa = {.sa_handler = on_term};
	struct writer_store *ws = NULL;

	/* what has been taken from the queue is written before the end */
	(void)sigemptyset(&sa.sa_mask);
	(void)sigaction(SIGTERM, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	(void)sigaction(SIGINT, &sa, NULL);

	if(writer_store_alloc(&ws, writer.path, writer.trouble)) {
		LM_CRIT("no memory for the store's writer\n");
		exit(1);
	}
	serve(ws);
	writer_store_free(ws);
	exit(0);
}

/* ---- start and stop ---- */

static int sockets_open(void)
{
	int size = QUEUE_BYTES, sv[2];

	if(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv)) {
		LM_ERR("socketpair for the store's writer: %s\n", strerror(errno));
		return -1;
	}
	writer.tx = sv[0];
	writer.rx = sv[1];
	if(setsockopt(writer.tx, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		(void)setsockopt(
				writer.tx, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));

	return 0;
}

int writer_mod_init(const char *store_path)
{
	if(!store_path || !store_path[0])
		return 0;

	writer.resync = shm_malloc(sizeof(*writer.resync));
	if(!writer.resync) {
		SHM_MEM_ERROR;
		return -1;
	}
	*writer.resync = 0;
	if(sockets_open() < 0)
		return -1;
	writer.path = store_path;
	register_procs(1);
	cfg_register_child(1);

	return 0;
}

int writer_child_init(int rank)
{
	int pid;

	if(!writer.path || rank != PROC_MAIN)
		return 0;

	pid = fork_process(PROC_NOCHLDINIT, "traversal store writer", 0);
	if(pid < 0)
		return -1;
	if(pid == 0) {
		if(cfg_child_init())
			exit(1);
		writer_process();
	}

	return 0;
}

/* In the main process, when all others have ended: what they still sent */
void writer_destroy(void)
{
	struct writer_store *ws = NULL;
	struct pollfd p = {.fd = writer.rx, .events = POLLIN};

	if(!writer.path)
		return;
	if(_ksr_is_main && poll(&p, 1, 0) > 0
			&& !writer_store_alloc(&ws, writer.path, writer.trouble)) {
		(void)drain(ws);
		writer_store_finish(ws);
		writer_store_free(ws);
	}
	(void)close(writer.tx);
	(void)close(writer.rx);
	writer.path = NULL;
}
