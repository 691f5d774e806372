/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file churn.c  Opens and closes sessions at a rate
 *
 *	churn SOCKET PER-SECOND SECONDS INTERFACE-A ADDRESS-A
 *		INTERFACE-B ADDRESS-B
 *
 * Each session lives until SESSIONS others were opened. Prints how many were
 * opened and closed, and how long a request took. Owns all its state.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/socket.h>
#include <sys/un.h>

enum {
	SESSIONS = 100,
	LINE	 = 65536,
};

static uint64_t took_max, took_all, requests;


static uint64_t now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);

	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}


static int connect_to(const char *path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	const int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&un, sizeof(un)))
		return -1;

	return fd;
}


/* @return 0, EPROTO: an error came back, or an errno */
static int ask(int fd, const char *line, size_t len)
{
	static char answer[LINE];
	const uint64_t began = now_ns();
	uint64_t took;
	size_t n = 0;
	ssize_t r;

	if (write(fd, line, len) != (ssize_t)len)
		return EIO;

	do {
		r = read(fd, answer + n, sizeof(answer) - n - 1);
		if (r <= 0)
			return EIO;
		n += (size_t)r;
	} while (answer[n - 1] != '\n');
	answer[n] = '\0';

	took = now_ns() - began;
	took_max = took > took_max ? took : took_max;
	took_all += took;
	++requests;

	return strstr(answer, "\"error\"") ? EPROTO : 0;
}


static int session_open(int fd, unsigned long i, char **argv)
{
	char line[1024];
	int n;

	n = snprintf(line, sizeof(line),
		     "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"session.open\","
		     "\"params\":{\"id\":\"churn-%lu\",\"owner\":\"churn\","
		     "\"streams\":[{\"index\":0,\"media\":\"audio\","
		     "\"a\":{\"interface\":\"%s\",\"family\":\"ipv4\","
		     "\"signalling\":\"%s\"},"
		     "\"b\":{\"interface\":\"%s\",\"family\":\"ipv4\","
		     "\"signalling\":\"%s\"}}]}}\n",
		     i, argv[0], argv[1], argv[2], argv[3]);

	return ask(fd, line, (size_t)n);
}


static int session_close(int fd, unsigned long i)
{
	char line[256];
	int n;

	n = snprintf(line, sizeof(line),
		     "{\"jsonrpc\":\"2.0\",\"id\":1,"
		     "\"method\":\"session.close\","
		     "\"params\":{\"id\":\"churn-%lu\"}}\n", i);

	return ask(fd, line, (size_t)n);
}


int main(int argc, char *argv[])
{
	unsigned long i, rate, total;
	uint64_t start;
	int fd, err = 0;

	if (argc != 8)
		return 2;

	fd = connect_to(argv[1]);
	if (fd < 0) {
		perror("churn");
		return 1;
	}
	rate  = strtoul(argv[2], NULL, 10);
	total = rate * strtoul(argv[3], NULL, 10);
	start = now_ns();
	for (i = 0; i < total && !err; i++) {
		const uint64_t due = start + i * 1000000000 / rate;
		const struct timespec ts = {
			.tv_sec	 = (time_t)(due / 1000000000),
			.tv_nsec = (long)(due % 1000000000),
		};

		(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts,
				      NULL);
		err = session_open(fd, i, argv + 4);
		if (!err && i >= SESSIONS)
			err = session_close(fd, i - SESSIONS);
	}
	if (err) {
		(void)fprintf(stderr, "churn: session %lu: %s\n", i,
			      strerror(err));
		return 1;
	}

	(void)printf("{\"sessions\": %lu, \"seconds\": %.2f, "
		     "\"mean_us\": %.1f, \"max_us\": %.1f}\n", total,
		     (double)(now_ns() - start) / 1e9,
		     (double)took_all / (double)requests / 1e3,
		     (double)took_max / 1e3);

	return 0;
}
