/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file relay_util.h  A relay on loopback with a clock a test can turn
 *
 * 127.0.0.1 and ::1 are the relay; parties sit on other addresses of
 * 127.0.0.0/8, each as good as another host. A test reads a leg's socket
 * itself, where the loop would, once there is something.
 */
#ifndef POSTERN_TEST_RELAY_UTIL_H
#define POSTERN_TEST_RELAY_UTIL_H

#include "relay/control.h"

struct party {
	struct addr addr;
	int fd;
};

extern uint64_t util_now;

int util_setup(void **state);
int util_teardown(void **state);
struct relay *util_relay(void **state);

json_t *util_call(struct relay *r, const char *method, const char *params);
void util_refused(struct relay *r, const char *method, const char *params,
		  int code, const char *words);
struct leg *util_leg(struct relay *r, const char *id, unsigned stream,
		     char name);

void party_open(struct party *p, const char *ip);
void party_close(struct party *p);
void party_send(const struct party *p, const struct leg *leg,
		enum latch_component to, const void *buf, size_t len);
void party_rtp(const struct party *p, const struct leg *leg, uint32_t ssrc,
	       uint16_t seq);
void party_rtcp(const struct party *p, const struct leg *leg,
		enum latch_component to, uint32_t ssrc);
ssize_t party_recv(const struct party *p, void *buf, size_t size);
void party_gets(const struct party *p, size_t len);
void party_gets_nothing(const struct party *p);

#endif
