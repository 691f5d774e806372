/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * h323gw/media: any H.245 messages and fastStart elements, from both sides, in
 * any order, each [flags][length, 2 octets][message]. Whatever they are,
 * streams and channels stay within bounds and agree with each other, and in
 * what is passed on there is no address but ours, and what the receiver said
 * of itself.
 */
#include "tests/fuzz/per_fuzz.h"
#include <MultimediaSystemControlMessage.h>
#include "h323gw/media/streams.h"

enum {
	FROM_B	 = 1,
	FAST	 = 2,
	ANSWER	 = 4,
	REFUSED	 = 8,	/* fastStart is, before the message */
	UNSETTLED = 16, /* the relay has not answered yet */
	LIMIT	 = 32,
	ROOM	 = 1 << 17,
	MESSAGES = 64,
};

struct job {
	struct streams *s;
	enum side from;
	unsigned ports;
};


static struct addr at(const char *text)
{
	struct addr a;

	demand(!addr_parse_hostport(&a, text), "no address");
	return a;
}


static struct streams *begin(void)
{
	const struct media_party a = {.signalling = at("10.0.0.1:1720"),
				      .own = at("198.51.100.3:1720")};
	const struct media_party b = {.signalling = at("192.168.1.20:1720"),
				      .nat = true};
	struct streams *s;

	demand(!streams_alloc(&s, "f", "f"), "no memory");
	demand(!streams_party_set(s, SIDE_A, &a), "party a");
	demand(!streams_party_set(s, SIDE_B, &b), "party b");
	return s;
}


/* The relay gives ports to what has none */
static void relay(struct job *j)
{
	struct session *se = j->s->se;
	char text[32];

	streams_settled(j->s, se);
	for (unsigned i = 0; i < se->streams_count; i++) {
		for (int x = 0; j->s->v[i].open && x < SIDES; x++) {
			struct session_leg *leg = &se->streams[i].leg[x];

			if (addr_is_set(&leg->local))
				continue;
			(void)snprintf(text, sizeof(text), "198.51.100.1:%u",
				       2 + 2 * (j->ports++ % 30000));
			leg->local = at(text);
			leg->local_rtcp = addr_port(&leg->local) + 1;
		}
	}
}


static void consistent(const struct streams *s)
{
	unsigned n = 0;

	demand(s->channelc <= MEDIA_CHANNELS_MAX, "too many channels");
	demand(s->se->streams_count <= SESSION_STREAMS_MAX &&
	       s->se->streams_count <= s->room, "too many streams");
	for (unsigned i = 0; i < s->channelc; i++) {
		demand(s->channel[i].stream < s->se->streams_count &&
		       s->v[s->channel[i].stream].open,
		       "a channel of no stream");
	}
	for (unsigned i = 0; i < s->se->streams_count; i++) {
		demand(s->v[i].open == (s->se->streams[i].state !=
					SESSION_STREAM_ENDED),
		       "open or not?");
		demand(!s->v[i].open || s->v[i].channels || s->v[i].offered,
		       "a stream that nobody uses");
		n += s->v[i].channels;
	}
	demand(n == s->channelc, "channels that don't add up");
}


static bool rewrite(const struct per_addr *pa, struct per_ipport *to,
		    void *arg)
{
	const struct job *j = arg;

	return streams_rewrite(j->s, j->from, pa, to);
}


/* Did the receiver say that of itself? */
static bool said(const struct job *j, const struct per_addr *pa)
{
	const enum side x = side_other(j->from);

	for (unsigned i = 0; i < SESSION_STREAMS_MAX; i++) {
		for (int c = 0; c < COMPS; c++) {
			const struct addr *a = &j->s->v[i].claim[x][c];

			if (addr_port(a) != pa->port)
				continue;
			if (addr_family(a) == AF_INET && pa->ip_len == 4 &&
			    !memcmp(&a->u.in.sin_addr, pa->ip, 4))
				return true;
			if (addr_family(a) == AF_INET6 && pa->ip_len == 16 &&
			    !memcmp(&a->u.in6.sin6_addr, pa->ip, 16))
				return true;
		}
	}
	return false;
}


static bool may_pass(const struct job *j, const struct per_addr *pa)
{
	static const uint8_t none[16], mapped[12] = {[10] = 0xff, [11] = 0xff};
	const uint8_t *ip = pa->ip;
	size_t len = pa->ip_len;

	if (len == 16 && !memcmp(ip, mapped, sizeof(mapped))) {
		ip += 12;
		len = 4;
	}
	if (pa->multicast || !memcmp(ip, none, len))
		return true;
	if (len == 16 ? ip[0] == 0xff : (ip[0] & 0xf0) == 0xe0)
		return true;
	if (len == 4 && !memcmp(ip, (const uint8_t[]){198, 51, 100}, 3))
		return true;
	return said(j, pa);
}


static void leaves(struct job *j, const struct per_type *type,
		   const uint8_t *buf, size_t len)
{
	static uint8_t out[ROOM];
	const struct per_addr *v;
	struct per_msg *msg;
	size_t n;

	if (per_rewrite(fuzz_per(), type, buf, len, rewrite, j, out,
			sizeof(out), &n, NULL) ||
	    per_decode(&msg, fuzz_per(), type, out, n, NULL))
		return;
	n = per_msg_addrs(msg, &v);
	for (size_t i = 0; i < n; i++)
		demand(may_pass(j, &v[i]), "the sender's address leaves");
	per_msg_free(msg);
}


static void message(struct job *j, uint8_t flags, const uint8_t *buf,
		    size_t len)
{
	const struct per_type *type = per_type_find(
		fuzz_per(), flags & FAST ? "OpenLogicalChannel"
					 : "MultimediaSystemControlMessage");
	const struct OpenLogicalChannel *olc;
	const struct media_olcs olcs = {&olc, 1};
	struct streams *before;
	struct per_msg *msg;
	bool awaited;
	int err;

	if (per_decode(&msg, fuzz_per(), type, buf, len, NULL))
		return;
	before = streams_clone(j->s);
	demand(before, "no memory");
	olc = per_msg_value(msg);
	if (flags & FAST)
		err = streams_fast(j->s, j->from, &olcs, flags & ANSWER);
	else if (streams_concern(per_msg_value(msg), &awaited))
		err = streams_h245(j->s, j->from, per_msg_value(msg));
	else
		err = 0;
	if (err) {
		streams_free(j->s);
		j->s = before;
	}
	else {
		streams_free(before);
	}
	consistent(j->s);
	if (!(flags & UNSETTLED))
		relay(j);
	leaves(j, type, buf, len);
	per_msg_free(msg);
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job j = {.s = begin()};

	for (unsigned i = 0; i < MESSAGES && size > 3; i++) {
		const uint8_t flags = data[0];
		size_t len = (size_t)data[1] << 8 | data[2];

		data += 3;
		size -= 3;
		if (len > size)
			len = size;
		j.from = flags & FROM_B ? SIDE_B : SIDE_A;
		if (flags & REFUSED)
			streams_fast_refused(j.s);
		j.s->limit = flags & LIMIT ? 1000 : 0;
		message(&j, flags, data, len);
		data += len;
		size -= len;
	}
	streams_free(j.s);
	return 0;
}
