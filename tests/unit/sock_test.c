/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file sock_test.c  lib/sock: connections over the loopback, and none
 */
#include <setjmp.h>
#include <stdarg.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <cmocka.h>
#include "sock/sock.h"


static struct addr at_port(const char *ip, uint16_t port)
{
	struct addr a;

	assert_int_equal(addr_parse(&a, ip, port), 0);

	return a;
}


static struct addr where(int fd)
{
	struct addr a = {0};
	socklen_t len = sizeof(a.u);

	assert_int_equal(getsockname(fd, &a.u.sa, &len), 0);

	return a;
}


static void as_ours(int fd)
{
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}


static int outcome(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};

	assert_int_equal(poll(&p, 1, 10000), 1);

	return sock_error(fd);
}


static void a_connection(void **state)
{
	const struct addr any = at_port("127.0.0.1", 0);
	const struct addr own = at_port("127.0.0.2", 0);
	struct addr at;
	int listener, fd;
	(void)state;

	assert_int_equal(sock_listen(&listener, &any, 8), 0);
	as_ours(listener);
	at = where(listener);
	assert_int_not_equal(addr_port(&at), 0);

	assert_int_equal(sock_connect(&fd, NULL, &at), 0);
	as_ours(fd);
	assert_int_equal(outcome(fd), 0);
	close(fd);

	assert_int_equal(sock_connect(&fd, &own, &at), 0);
	assert_int_equal(outcome(fd), 0);
	at = where(fd);
	assert_true(addr_ip_eq(&at, &own));
	close(fd);
	close(listener);
}


static void nobody_there(void **state)
{
	const struct addr any = at_port("127.0.0.1", 0);
	struct addr at;
	int listener, fd, err;
	(void)state;

	assert_int_equal(sock_listen(&listener, &any, 8), 0);
	at = where(listener);
	close(listener);

	/* told at once, or by the socket, and by that once */
	err = sock_connect(&fd, NULL, &at);
	if (!err) {
		err = outcome(fd);
		assert_int_equal(sock_error(fd), 0);
		close(fd);
	}
	assert_int_equal(err, ECONNREFUSED);
}


static void what_is_not_ours(void **state)
{
	const struct addr other = at_port("192.0.2.1", 0);
	const struct addr any	= at_port("127.0.0.1", 0);
	struct addr at;
	int listener, fd;
	(void)state;

	assert_int_equal(sock_listen(&fd, &other, 8), EADDRNOTAVAIL);
	assert_int_equal(sock_connect(&fd, &other, &any), EADDRNOTAVAIL);

	assert_int_equal(sock_listen(&listener, &any, 8), 0);
	at = where(listener);
	assert_int_equal(sock_listen(&fd, &at, 8), EADDRINUSE);
	close(listener);
}


/* an IPv6 door leaves IPv4's to another */
static void of_one_family(void **state)
{
	const struct addr six = at_port("::", 0);
	struct addr at, four = at_port("0.0.0.0", 0);
	int fd6, fd4;
	(void)state;

	if (sock_listen(&fd6, &six, 8)) {
		skip();
		return;
	}
	at = where(fd6);
	addr_set_port(&four, addr_port(&at));
	assert_int_equal(sock_listen(&fd4, &four, 8), 0);
	close(fd4);
	close(fd6);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection),
		cmocka_unit_test(nobody_there),
		cmocka_unit_test(what_is_not_ours),
		cmocka_unit_test(of_one_family),
	};

	return cmocka_run_group_tests_name("sock", tests, NULL, NULL);
}
