/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * h323gw/ras: any octets to a gatekeeper that has registrations and a call.
 * Each message comes from one of a few places; what it changes stays for the
 * next. An answer must decode, and go to the IP address it came from.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "h323gw/ras/ras.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	ENDPOINTS = 64,
	PIECES	  = 16, /* messages of one input */
};

/** What the handlers have: who waits for a route */
struct world {
	struct per *per;
	struct zone *zone;
	struct ras *ras;
	gk_route_h *routeh;
	void *routeh_arg;
	bool later;
	int64_t now;
};


static void demand(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "ras: %s\n", what);
		abort();
	}
}


static int64_t on_now(void *arg)
{
	return ++((struct world *)arg)->now;
}


static bool on_allow(enum ras_wish wish, const struct ras_source *src,
		     void *arg)
{
	(void)wish;
	(void)src;
	(void)arg;

	return true;
}


static void on_registered(struct endpoint *ep, bool whole, void *arg)
{
	(void)whole;
	(void)arg;
	demand(ep->aliasc <= ENDPOINT_ALIASES_MAX, "too many aliases");
	demand(ep->ttl >= RAS_TTL_MIN, "no time to live");
}


static void on_dropped(struct endpoint *ep, void *arg)
{
	(void)ep;
	(void)arg;
}


static void on_unregistered(struct endpoint *ep, const char *why, void *arg)
{
	(void)ep;
	(void)why;
	(void)arg;
}


static void route(gk_route_h *h, void *harg, int reason)
{
	struct route r;

	memset(&r, 0, sizeof(r));
	r.reason = reason;
	h(&r, harg);
}


static int on_route(const struct route_query *q, gk_route_h *h, void *harg,
		    void *arg)
{
	struct world *w = arg;

	if (!w->later) {
		route(h, harg, q->calledc ? 0 : 2);
		return 0;
	}
	w->routeh     = h;
	w->routeh_arg = harg;

	return 0;
}


static void on_route_cancel(const void *harg, void *arg)
{
	(void)harg;
	(void)arg;
}


static void on_send(const struct ras_source *src, const struct addr *to,
		    const uint8_t *p, size_t len, void *arg)
{
	(void)p;
	(void)arg;
	demand(len > 0 && addr_ip_eq(&src->from, to), "to a third party");
}


static bool on_disengage(const uint8_t call_id[GUID_LEN], const char *id,
			 int reason, void *arg)
{
	(void)call_id;
	(void)id;
	(void)arg;

	return reason == 1;
}


static void on_bandwidth(const uint8_t call_id[GUID_LEN], const char *id,
			 uint32_t bandwidth, void *arg)
{
	(void)call_id;
	(void)id;
	(void)bandwidth;
	(void)arg;
}


static void on_gone(const char *id, void *arg)
{
	(void)id;
	(void)arg;
}


static const struct ras_handlers handlers = {
	.nowh	       = on_now,
	.allowh	       = on_allow,
	.registeredh   = on_registered,
	.droppedh      = on_dropped,
	.unregisteredh = on_unregistered,
	.routeh	       = on_route,
	.route_cancelh = on_route_cancel,
	.sendh	       = on_send,
	.disengageh    = on_disengage,
	.bandwidthh    = on_bandwidth,
	.goneh	       = on_gone,
};


static void open_world(struct world *w)
{
	const struct zone_conf zc = {.endpoints_max = ENDPOINTS,
				     .seed = {1, 2}};
	struct ras_conf conf = {.per = w->per, .identifier = "GnuGkTest",
				.ttl = 60, .replace = true, .seed = {3, 4}};

	demand(!zone_alloc(&w->zone, &zc), "no zone");
	conf.zone = w->zone;
	(void)addr_parse(&conf.own.ras[0], "192.0.2.254", 1719);
	(void)addr_parse(&conf.own.signalling[0], "192.0.2.254", 1720);
	demand(!ras_alloc(&w->ras, &conf, &handlers, w), "no RAS");
}


static void close_world(struct world *w)
{
	ras_free(w->ras);
	zone_free(w->zone);
	w->routeh = NULL;
}


/* an endpoint, and a call, that messages may speak of */
static void populate(struct world *w)
{
	const struct alias a = {ALIAS_DIALLED_DIGITS, 0, "1001"};
	struct gk_call c     = {.call_id = {1}};
	struct endpoint_address at;
	struct endpoint *ep;

	memset(&at, 0, sizeof(at));
	(void)addr_parse(&at.signalling, "127.0.0.1", 1720);
	at.ras = at.seen = at.signalling;
	demand(!zone_add(&ep, w->zone, "1", &at, 1), "no endpoint");
	demand(!zone_alias_add(ep, &a), "no alias");
	ep->ttl = 60;
	memcpy(c.endpoint[0], ep->id, sizeof(ep->id));
	demand(!ras_call_started(w->ras, &c), "no call");
}


static void one(struct world *w, uint8_t how, const uint8_t *p, size_t len)
{
	static struct ras_answer ans;
	struct ras_source src = {.multicast = how & 4};
	struct per_msg *msg;

	(void)addr_parse(&src.from, how & 1 ? "127.0.0.1" : "10.0.0.1", 1719);
	src.seen = src.from;
	if (how & 2)
		memcpy(src.agent, "office", 7);
	w->later = how & 8;

	ras_request(w->ras, &ans, &src, p, len);
	if (ans.len) {
		demand(addr_ip_eq(&ans.to, &src.from), "to a third party");
		demand(!per_decode(&msg, w->per,
				   per_type_find(w->per, "RasMessage"), ans.p,
				   ans.len, NULL),
		       "an answer that does not decode");
		per_msg_free(msg);
	}
	if (w->routeh && (how & 16)) {
		gk_route_h *h = w->routeh;

		w->routeh = NULL;
		route(h, w->routeh_arg, how & 32 ? 2 : 0);
	}
	/* others that wait are not answered any more */
	w->routeh = NULL;
	ras_call_expire(w->ras, w->now + (how & 64 ? 100000 : 0));
	demand(zone_count(w->zone) <= ENDPOINTS, "too many endpoints");
}


/* pieces: an octet how, two octets of length, a message */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world w;
	unsigned i;

	if (!w.per)
		demand(!per_alloc(&w.per, NULL), "no codec");
	open_world(&w);
	populate(&w);
	for (i = 0; i < PIECES && size > 3; i++) {
		size_t len = (size_t)data[1] << 8 | data[2];

		if (len > size - 3)
			len = size - 3;
		one(&w, data[0], data + 3, len);
		data += 3 + len;
		size -= 3 + len;
	}
	close_world(&w);

	return 0;
}
