/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/rpc: connections and the server on libre's loop, over real sockets; the
 * blocking client against them, from a process of its own */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "rpc/libre.h"
#include "rpc/rpc.h"

/** What the handlers saw; one a test */
struct seen {
	struct rpc_server *rs;
	struct rpc_conn *server_side;
	unsigned requests, notifications, results, errors, closes, accepted;
	int code;	/* of the last error */
	int close_err;
	int fd;
	char beside[64]; /* the method of the notification it came beside */
	json_int_t n;
	unsigned stop_after; /* results and errors */
};

static char dir[] = "/tmp/postern-rpc-XXXXXX";
static char path[64];


static void timeout_handler(void *arg)
{
	*(bool *)arg = true;
	re_cancel();
}


/* runs the loop until re_cancel(); a test that hangs fails instead */
static void loop(void)
{
	bool late = false;
	struct tmr tmr;

	tmr_init(&tmr);
	tmr_start(&tmr, 20000, timeout_handler, &late);
	(void)re_main(NULL);
	tmr_cancel(&tmr);
	assert_false(late);
}


static void result_handler(const struct rpc_error *err, const json_t *result,
			   int *fds, size_t nfds, void *arg)
{
	struct seen *seen = arg;

	if (err) {
		++seen->errors;
		seen->code = err->code;
	}
	else {
		++seen->results;
		seen->n = json_integer_value(json_object_get(result, "n"));
	}
	if (nfds) {
		seen->fd = fds[0];
		fds[0] = -1;
	}
	if (seen->results + seen->errors >= seen->stop_after)
		re_cancel();
}


static void answer(struct rpc_conn *rc, const json_t *id, const char *method,
		   const json_t *params)
{
	struct rpc_error e;
	json_t *result;

	if (!strcmp(method, "silent"))
		return;
	if (!strcmp(method, "fail")) {
		rpc_error_set(&e, RPC_NOT_FOUND, "nothing here");
		assert_int_equal(rpc_reply_error(rc, id, &e), 0);
		return;
	}
	if (!strcmp(method, "fd")) {
		int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

		result = json_object();
		assert_int_equal(rpc_reply(rc, id, result, &fd, 1), 0);
		(void)close(fd);
	}
	else {
		/* an event in between must not be taken for the answer */
		(void)rpc_notify(rc, "event", NULL);
		result = json_pack("{s:I}", "n",
				   json_integer_value(
					   json_object_get(params, "n")) +
					   1);
		assert_int_equal(rpc_reply(rc, id, result, NULL, 0), 0);
	}
	json_decref(result);
}


static void request_handler(struct rpc_conn *rc, const json_t *id,
			    const char *method, const json_t *params, int *fds,
			    size_t nfds, void *arg)
{
	struct seen *seen = arg;

	seen->server_side = rc;
	if (nfds) {
		(void)snprintf(seen->beside, sizeof(seen->beside), "%s/%zu",
			       method, nfds);
		seen->fd = fds[0];
		fds[0]	 = -1;
	}
	if (id) {
		++seen->requests;
		answer(rc, id, method, params);
	}
	else {
		++seen->notifications;
		if (!strcmp(method, "stop"))
			re_cancel();
	}
}


static void close_handler(struct rpc_conn *rc, int err, void *arg)
{
	struct seen *seen = arg;
	(void)rc;

	++seen->closes;
	seen->close_err = err;
	re_cancel();
}


static void accept_handler(struct rpc_conn *rc, void *arg)
{
	(void)rc;
	++((struct seen *)arg)->accepted;
}


static int setup(void **state)
{
	struct rpc_server_conf conf = {.path = path, .mode = 0600};
	struct seen *seen = calloc(1, sizeof(*seen));

	seen->fd = -1;
	seen->stop_after = 1;
	*state = seen;
	return rpc_listen(&seen->rs, &conf, accept_handler, request_handler,
			  close_handler, seen);
}


static int teardown(void **state)
{
	struct seen *seen = *state;

	mem_deref(seen->rs);
	free(seen);
	return access(path, F_OK) == 0; /* the socket is removed */
}


static struct rpc_conn *dial(struct seen *seen)
{
	struct rpc_conn *rc = NULL;

	assert_int_equal(rpc_connect(&rc, path, NULL, close_handler, seen), 0);
	return rc;
}


static void a_request_is_answered(void **state)
{
	json_t *params = json_pack("{s:i}", "n", 41);
	struct seen *seen = *state;
	struct rpc_conn *rc = dial(seen);

	assert_int_equal(rpc_call(rc, "add", params, 0, result_handler, seen),
			 0);
	loop();
	assert_int_equal(seen->results, 1);
	assert_int_equal(seen->n, 42);
	assert_int_equal(seen->accepted, 1);
	json_decref(params);
	mem_deref(rc);
}


static void an_error_is_answered(void **state)
{
	struct seen *seen = *state;
	struct rpc_conn *rc = dial(seen);

	assert_int_equal(rpc_call(rc, "fail", NULL, 0, result_handler, seen),
			 0);
	loop();
	assert_int_equal(seen->errors, 1);
	assert_int_equal(seen->code, RPC_NOT_FOUND);
	mem_deref(rc);
}


static void many_requests_in_order(void **state)
{
	struct seen *seen = *state;
	struct rpc_conn *rc = dial(seen);

	seen->stop_after = RPC_PENDING_MAX;
	for (int i = 0; i < RPC_PENDING_MAX; i++) {
		json_t *params = json_pack("{s:i}", "n", i);

		assert_int_equal(rpc_call(rc, "add", params, 0,
					  result_handler, seen), 0);
		json_decref(params);
	}
	assert_int_equal(rpc_call(rc, "add", NULL, 0, result_handler, seen),
			 EBUSY);
	loop();
	assert_int_equal(seen->results, RPC_PENDING_MAX);
	assert_int_equal(seen->n, RPC_PENDING_MAX);
	mem_deref(rc);
}


static void no_answer_in_time(void **state)
{
	struct seen *seen = *state;
	struct rpc_conn *rc = dial(seen);

	assert_int_equal(rpc_call(rc, "silent", NULL, 20, result_handler,
				  seen), 0);
	loop();
	assert_int_equal(seen->errors, 1);
	assert_int_equal(seen->requests, 1);
	mem_deref(rc);
}


static void a_descriptor_comes_beside_the_answer(void **state)
{
	struct seen *seen = *state;
	struct rpc_conn *rc = dial(seen);
	struct stat st, null;

	assert_int_equal(rpc_call(rc, "fd", NULL, 0, result_handler, seen), 0);
	loop();
	assert_int_equal(fstat(seen->fd, &st), 0);
	assert_int_equal(stat("/dev/null", &null), 0);
	assert_int_equal(st.st_rdev, null.st_rdev);
	assert_true(fcntl(seen->fd, F_GETFD) & FD_CLOEXEC);
	(void)close(seen->fd);
	mem_deref(rc);
}


/* what was sent before and not read yet is received together with it */
static void a_descriptor_comes_beside_its_notification(void **state)
{
	struct seen *seen = *state;
	struct rpc_conn *rc = dial(seen);
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_int_equal(rpc_notify(rc, "before", NULL), 0);
	assert_int_equal(rpc_notify_fds(rc, "with", NULL, &fd, 1), 0);
	assert_int_equal(rpc_notify(rc, "after", NULL), 0);
	assert_int_equal(rpc_notify(rc, "stop", NULL), 0);
	(void)close(fd);
	loop();
	assert_int_equal(seen->notifications, 4);
	assert_string_equal(seen->beside, "with/1");
	assert_int_equal(fcntl(seen->fd, F_GETFD), FD_CLOEXEC);
	(void)close(seen->fd);
	mem_deref(rc);
}


static void waiting_callers_hear_of_the_end(void **state)
{
	struct seen *seen = *state;
	struct rpc_conn *rc = dial(seen);

	seen->stop_after = 1000; /* the close handler stops the loop */
	for (int i = 0; i < 3; i++)
		assert_int_equal(rpc_call(rc, "silent", NULL, 0,
					  result_handler, seen), 0);
	assert_int_equal(rpc_notify(rc, "stop", NULL), 0);
	loop();
	assert_int_equal(seen->requests, 3);
	seen->rs = mem_deref(seen->rs);
	loop();
	assert_int_equal(seen->errors, 3);
	assert_int_equal(seen->closes, 1);
	assert_int_equal(rpc_call(rc, "add", NULL, 0, result_handler, seen),
			 ENOTCONN);
	mem_deref(rc);
}


/* raw octets to the server, what comes back as text */
static void say(struct seen *seen, const char *text, size_t len, char *back,
		size_t size)
{
	int sv[2];
	ssize_t n;
	struct rpc_conn *rc;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	assert_int_equal(rpc_conn_alloc(&rc, sv[0], request_handler,
					close_handler, seen), 0);
	if (fork() == 0) {
		(void)!write(sv[1], text, len);
		(void)shutdown(sv[1], SHUT_WR);
		_exit(0);
	}
	loop(); /* until the end of what was said */
	n = recv(sv[1], back, size - 1, MSG_DONTWAIT);
	back[n > 0 ? n : 0] = '\0';
	(void)close(sv[1]);
	mem_deref(rc);
	(void)wait(NULL);
}


static void garbage_is_answered_and_the_connection_goes_on(void **state)
{
	static const char text[] =
		"nonsense\n{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"add\","
		"\"params\":{\"n\":1}}\n";
	struct seen *seen = *state;
	char back[2048];

	say(seen, text, sizeof(text) - 1, back, sizeof(back));
	assert_non_null(strstr(back, "-32700"));
	assert_non_null(strstr(back, "\"id\":null"));
	assert_non_null(strstr(back, "{\"jsonrpc\":\"2.0\",\"id\":5,"
				     "\"result\":{\"n\":2}}"));
}


static void a_line_too_long_ends_the_connection(void **state)
{
	struct seen *seen = *state;
	char *text = malloc(RPC_LINE_MAX + 10);
	char back[2048];

	memset(text, 'x', RPC_LINE_MAX + 10);
	say(seen, text, RPC_LINE_MAX + 10, back, sizeof(back));
	assert_non_null(strstr(back, "-32600"));
	assert_int_equal(seen->close_err, E2BIG);
	assert_int_equal(seen->requests, 0);
	free(text);
}


static void a_reader_that_does_not_read_is_cut_off(void **state)
{
	struct seen *seen = *state;
	json_t *big = json_pack("{s:s%}", "x", "", (size_t)0);
	char *fill = malloc(100001);
	struct rpc_conn *rc;
	int sv[2], err = 0;
	unsigned n = 0;

	memset(fill, 'y', 100000);
	fill[100000] = '\0';
	json_object_set_new(big, "x", json_string(fill));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	assert_int_equal(rpc_conn_alloc(&rc, sv[0], NULL, close_handler, seen),
			 0);
	while (!err && ++n < 1000)
		err = rpc_notify(rc, "event", big);
	assert_int_equal(err, ENOBUFS);
	assert_int_equal(seen->closes, 1);
	assert_in_range(n, RPC_TXQ_MAX / 100000, RPC_TXQ_MAX / 100000 + 20);
	mem_deref(rc);
	(void)close(sv[1]);
	json_decref(big);
	free(fill);
}


static void a_call_that_finds_the_end_is_told_by_its_value(void **state)
{
	struct seen *seen = *state;
	struct rpc_conn *rc;
	int sv[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	assert_int_equal(rpc_conn_alloc(&rc, sv[0], NULL, close_handler, seen),
			 0);
	assert_int_equal(rpc_call(rc, "add", NULL, 0, result_handler, seen),
			 0);
	(void)close(sv[1]);
	/* the one before is told by its handler, this one is not */
	assert_int_equal(rpc_call(rc, "add", NULL, 0, result_handler, seen),
			 EPIPE);
	assert_int_equal(seen->errors, 1);
	assert_int_equal(seen->closes, 1);
	mem_deref(rc);
}


static void a_living_server_keeps_its_socket(void **state)
{
	struct rpc_server_conf conf = {.path = path};
	struct rpc_server *other = NULL;
	struct stat st;
	(void)state;

	assert_int_equal(rpc_listen(&other, &conf, NULL, request_handler, NULL,
				    NULL), EADDRINUSE);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}


static void a_dead_servers_socket_is_taken_over(void **state)
{
	struct rpc_server_conf conf = {.path = path};
	struct seen *seen = *state;
	struct sockaddr_un {
		sa_family_t sun_family;
		char sun_path[108];
	} un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	seen->rs = mem_deref(seen->rs);
	strcpy(un.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	(void)close(fd); /* the file stays, nobody listens */
	assert_int_equal(rpc_listen(&seen->rs, &conf, accept_handler,
				    request_handler, close_handler, seen), 0);
}


static void a_file_in_the_way_is_not_removed(void **state)
{
	char name[80];
	struct rpc_server_conf conf = {.path = name};
	struct rpc_server *other = NULL;
	int fd;
	(void)state;

	(void)snprintf(name, sizeof(name), "%s/file", dir);
	fd = open(name, O_CREAT | O_WRONLY, 0600);
	assert_int_equal(rpc_listen(&other, &conf, NULL, request_handler, NULL,
				    NULL), EEXIST);
	assert_int_equal(access(name, F_OK), 0);
	(void)close(fd);
	(void)unlink(name);
}


/* a child asks with the blocking client; its exit status says how it went */
static void run_sync(struct seen *seen, int (*child)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(child());
	seen->stop_after = 1000;
	loop(); /* until the child's connection is closed */
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}


static int sync_child(void)
{
	json_t *params = json_pack("{s:i}", "n", 1), *result = NULL;
	struct rpc_error err;
	struct rpc_sync *s;
	struct rpc_msg m;
	int line = 0;

	if (rpc_sync_open(&s, path, 5000))
		return __LINE__ % 256;
	if (rpc_sync_call(s, "add", params, 5000, &result, &err) ||
	    json_integer_value(json_object_get(result, "n")) != 2)
		line = __LINE__;
	json_decref(result);
	/* the event that came before the answer was kept */
	if (!line && (rpc_sync_event(s, 0, &m) || strcmp(m.method, "event")))
		line = __LINE__;
	rpc_msg_reset(&m);
	if (!line && rpc_sync_event(s, 10, &m) != ETIMEDOUT)
		line = __LINE__;
	if (!line && (rpc_sync_call(s, "fail", NULL, 5000, NULL, &err) !=
			      EREMOTEIO ||
		      err.code != RPC_NOT_FOUND))
		line = __LINE__;
	/* no answer: the connection is given up, and says so from then on */
	if (!line && rpc_sync_call(s, "silent", NULL, 20, NULL, &err) !=
			     ETIMEDOUT)
		line = __LINE__;
	if (!line && (rpc_sync_fd(s) != -1 ||
		      rpc_sync_call(s, "add", params, 50, NULL, &err) !=
			      ETIMEDOUT))
		line = __LINE__;
	rpc_sync_close(s);
	json_decref(params);
	return line % 256;
}


static void the_blocking_client(void **state)
{
	struct seen *seen = *state;

	run_sync(seen, sync_child);
	assert_int_equal(seen->requests, 3);
}


static int nobody_child(void)
{
	struct rpc_sync *s = NULL;

	return rpc_sync_open(&s, "/nonexistent/x.sock", 100) == ENOENT ? 0 : 1;
}


static void the_blocking_client_without_a_server(void **state)
{
	(void)state;
	assert_int_equal(nobody_child(), 0);
}


static int group_setup(void **state)
{
	(void)state;
	if (libre_init() || !mkdtemp(dir))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/rpc.sock", dir);
	return 0;
}


static int group_teardown(void **state)
{
	(void)state;
	tmr_debug();
	mem_debug();
	libre_close();
	return rmdir(dir);
}


#define WITH_SERVER(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_SERVER(a_request_is_answered),
		WITH_SERVER(an_error_is_answered),
		WITH_SERVER(many_requests_in_order),
		WITH_SERVER(no_answer_in_time),
		WITH_SERVER(a_descriptor_comes_beside_the_answer),
		WITH_SERVER(a_descriptor_comes_beside_its_notification),
		WITH_SERVER(waiting_callers_hear_of_the_end),
		WITH_SERVER(garbage_is_answered_and_the_connection_goes_on),
		WITH_SERVER(a_line_too_long_ends_the_connection),
		WITH_SERVER(a_reader_that_does_not_read_is_cut_off),
		WITH_SERVER(a_call_that_finds_the_end_is_told_by_its_value),
		WITH_SERVER(a_living_server_keeps_its_socket),
		WITH_SERVER(a_dead_servers_socket_is_taken_over),
		WITH_SERVER(a_file_in_the_way_is_not_removed),
		WITH_SERVER(the_blocking_client),
		cmocka_unit_test(the_blocking_client_without_a_server),
	};

	return cmocka_run_group_tests_name("rpc_conn", tests, group_setup,
					   group_teardown);
}
