/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * agent: what a server says on the control channel, a line each, to a whole
 * agent. Whatever it is, no more ports are open than the agent has to give.
 */
#include "rpc/libre.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "agent/agent.h"
#include "control_pipe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	FIRST_PORT = 30000,
	LAST_PORT  = 30007,
	FDS_MAX    = 256,
};

static const char text[] =
	"[agent]\nname = fuzz\n"
	"secret = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	"[server]\naddress = 127.0.0.1:9\n"
	"fingerprint = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	"[lan]\nsip = 127.%u.%u.1:15060\nmedia = %d-%d\n"
	"h323 = 127.%u.%u.1\nras_port = 15061\nsignalling_port = 15062\n"
	"[policy]\nallow = 127.0.0.0/8, 10.0.0.0/8\n";


static void check(bool good)
{
	if (!good)
		abort();
}


static void begin(struct settings *s)
{
	const unsigned own = (unsigned)getpid();
	char buf[512];
	int n;

	log_handler_set(pipe_log, NULL);
	check(!libre_init() && !fd_setsize(FDS_MAX));
	/* of its own for each process */
	n = snprintf(buf, sizeof(buf), text, own >> 8 & 255, own & 255,
		     FIRST_PORT, LAST_PORT, own >> 8 & 255, own & 255);
	check(!settings_read_buf(s, "fuzz", buf, (size_t)n, NULL, NULL));
}


static unsigned descriptors(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < FDS_MAX; fd++)
		n += dup2(fd, fd) == fd;

	return n;
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct settings s;
	const char *p = (const char *)data, *end = p + size, *line;
	struct control_pipe c;
	struct agent *a = NULL;
	unsigned n, before, lines = 0;

	if (!s.serverc)
		begin(&s);
	check(!agent_alloc(&a, &s));
	before = descriptors();
	pipe_open(&c, agent_request, a);
	while (p < end && lines++ < PIPE_LINES_MAX) {
		const size_t len = pipe_line(&p, end, &line);

		pipe_say(&c, line, len);
	}
	n = descriptors();
	/* a port in the network; one towards the relay for some */
	check(n - before <= 2 * (LAST_PORT - FIRST_PORT + 1) + 2);
	pipe_close(&c);
	mem_deref(a);

	return 0;
}
