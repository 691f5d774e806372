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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	FIRST_PORT = 30000,
	LAST_PORT  = 30007,
	LINES_MAX  = 64,
	FDS_MAX    = 256,
};

static const char text[] =
	"[agent]\nname = fuzz\n"
	"secret = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	"[server]\naddress = 127.0.0.1:9\n"
	"fingerprint = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	"[lan]\nsip = 127.%u.%u.1:15060\nmedia = %d-%d\n"
	"[policy]\nallow = 127.0.0.0/8, 10.0.0.0/8\n";


static void log_nothing(enum log_level level, const char *room,
			const char *line, void *arg)
{
	(void)level;
	(void)room;
	(void)line;
	(void)arg;
}


static void check(bool good)
{
	if (!good)
		abort();
}


static void begin(struct settings *s)
{
	char buf[512];
	int n;

	log_handler_set(log_nothing, NULL);
	check(!libre_init() && !fd_setsize(FDS_MAX));
	/* of its own for each process */
	n = snprintf(buf, sizeof(buf), text, (unsigned)getpid() >> 8 & 255,
		     (unsigned)getpid() & 255, FIRST_PORT, LAST_PORT);
	check(!settings_read_buf(s, "fuzz", buf, (size_t)n, NULL, NULL));
}


static unsigned descriptors(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < FDS_MAX; fd++)
		n += dup2(fd, fd) == fd;

	return n;
}


static void say(struct agent *a, const char *p, size_t len)
{
	struct rpc_error err = {0};
	json_t *result	     = NULL;
	struct rpc_msg m;

	if (rpc_msg_decode(&m, p, len, &err))
		return;
	if (m.type == RPC_REQUEST || m.type == RPC_NOTIFICATION) {
		agent_request(m.method, m.params, &result, &err, a);
		check(result || err.code);
	}
	json_decref(result);
	rpc_msg_reset(&m);
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct settings s;
	const char *p = (const char *)data, *end = p + size;
	struct agent *a = NULL;
	unsigned n, before, lines = 0;

	if (!s.serverc)
		begin(&s);
	check(!agent_alloc(&a, &s));
	before = descriptors();
	while (p < end && lines++ < LINES_MAX) {
		const char *nl	 = memchr(p, '\n', (size_t)(end - p));
		const size_t len = (size_t)((nl ? nl : end) - p);

		say(a, p, len);
		p += len + 1;
	}
	n = descriptors();
	/* a port in the network; one towards the relay for some */
	check(n - before <= 2 * (LAST_PORT - FIRST_PORT + 1) + 2);
	mem_deref(a);

	return 0;
}
