/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * agent: any octets as a terminal's stream: the same messages come out of it
 * however it is cut; each says how long it is and is none other than itself as
 * a stream again; what is made of one for a stream is just one message.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "rpc/libre.h"
#include "../../agent/sip_frame.h"
#include "../../agent/sip_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct got {
	uint64_t sum;
	unsigned messages, pings;
};


static void demand(bool ok)
{
	if (!ok)
		abort();
}


static int on_message(const uint8_t *p, size_t len, void *arg)
{
	struct got *g = arg;
	struct sip_head h;

	demand(!sip_head_decode(&h, p, len) && h.len + h.body == len);
	g->sum = g->sum * 31 + hash_joaat(p, len);
	++g->messages;

	return 0;
}


static void on_ping(void *arg)
{
	struct got *g = arg;

	++g->pings;
}


static const struct sip_frame_handlers handlers = {on_message, on_ping};


static int feed(struct got *g, const uint8_t *p, size_t len, size_t n)
{
	struct sip_frame *f;
	int err = 0;

	memset(g, 0, sizeof(*g));
	if (sip_frame_alloc(&f))
		abort();
	for (size_t i = 0; i < len && !err; i += n)
		err = sip_frame_input(f, p + i, len - i < n ? len - i : n,
				      &handlers, g);
	demand(err || sip_frame_begun(f) || !len || g->messages || g->pings ||
	       len < 4);
	mem_deref(f);

	return err;
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t out[SIP_MESSAGE_MAX + SIP_ANSWER_GROWS];
	struct got whole, part;
	struct addr a;
	size_t n = 0;

	if (size > 4096)
		return 0;

	demand(feed(&whole, data, size, size ? size : 1) ==
	       feed(&part, data, size, 1));
	demand(!memcmp(&whole, &part, sizeof(whole)));
	demand(feed(&part, data, size, 7) || whole.sum == part.sum);

	if (!sip_message_for_stream(out, sizeof(out), &n, data, size))
		demand(!feed(&part, out, n, n) && part.messages == 1);
	if (!sip_answer(out, sizeof(out), &n, data, size, "503 No"))
		demand(!feed(&part, out, n, n) && part.messages == 1);
	(void)sip_head_sent_by(&a, data, size);

	return 0;
}
