/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file loadgen.c  Both parties of all streams, on one clock
 *
 *	loadgen [-s SLICE-US] PLAN INTERVAL-US WARMUP-S SECONDS
 *		[OBJECT NAMESPACE-A DEVICE-A MAC-A
 *			NAMESPACE-B DEVICE-B MAC-B]
 *
 * Each party sends a packet of 172 octets for each stream every INTERVAL-US,
 * streams spread evenly over it, and stamps it; the kernel stamps it when it
 * comes in. What is due within SLICE-US, 1,000 unless told, goes together.
 * The parties are UDP sockets, or have a device each (wire.h), whose next hop's
 * MAC address is told. Prints "begin" and "end" around what is measured, then
 * one line of JSON: sent, and received of these, even after the end; delivered
 * between begin and end, whenever it was sent; delays in microseconds.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "party.h"
#include "plan.h"


enum {
	SLICE_US = 1000,
	DRAIN_MS = 300, /* for what is under way at the end */
	SIDE_ARGS = 3,
};

static struct {
	struct plan_stream *sv;
	size_t n;
	uint64_t interval, slice, start, from, to; /* ns */
	uint64_t due;	/**< packets each party has sent since the start */
	uint64_t sent;	/**< that count, by both */
	struct wire_seen seen; /**< when it was looked at last */
	uint64_t delivered;    /**< until "begin", then until "end" */
	struct party *pv[2];
} load;


static uint64_t now_ns(void)
{
	return party_clock(load.pv[0]);
}


/* All that is due by now */
static void send_due(uint64_t now)
{
	const uint64_t due = (now - load.start) * load.n / load.interval;
	const bool counts = now >= load.from && now < load.to;
	const size_t n = (size_t)(due - load.due);

	party_send(load.pv[0], load.due % load.n, n, counts);
	party_send(load.pv[1], load.due % load.n, n, counts);
	if (counts)
		load.sent += 2 * n;
	load.due = due;
}


/* Both parties' clock need not be the one that sleeps */
static void sleep_until(uint64_t when)
{
	const uint64_t now = now_ns();
	struct timespec ts;

	if (when <= now)
		return;

	ts.tv_sec  = (time_t)((when - now) / 1000000000);
	ts.tv_nsec = (long)((when - now) % 1000000000);
	(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
}


static void say(const char *word)
{
	(void)puts(word);
	(void)fflush(stdout);
}


static int look(void)
{
	memset(&load.seen, 0, sizeof(load.seen));

	return party_seen(load.pv[0], &load.seen) ?:
	       party_seen(load.pv[1], &load.seen);
}


/* At the begin and the end of what is measured */
static void mark(const char *word)
{
	if (!look())
		load.delivered = load.seen.all - load.delivered;
	say(word);
}


static void run(void)
{
	const uint64_t end = load.to + DRAIN_MS * 1000000ull;
	uint64_t now;
	bool begun = false, ended = false;

	for (now = now_ns(); now < end; now = now_ns()) {
		if (!begun && now >= load.from) {
			mark("begin");
			begun = true;
		}
		if (!ended && now >= load.to) {
			mark("end");
			ended = true;
		}
		if (now < load.to + DRAIN_MS * 500000ull)
			send_due(now);
		party_recv(load.pv[0]);
		party_recv(load.pv[1]);
		sleep_until(now - (now - load.start) % load.slice +
			    load.slice);
	}
}


/* The delay that so many thousandths are below, in us */
static double below(const struct wire_seen *seen, unsigned thousandths)
{
	const uint64_t want = seen->got * thousandths / 1000;
	uint64_t sum = 0;
	unsigned i;

	for (i = 0; i < DELAYS - 1; i++) {
		sum += seen->delay[i];
		if (sum > want)
			break;
	}

	return (double)delay_of(i) / 1e3;
}


static int report(void)
{
	const struct wire_seen *seen = &load.seen;
	int err = look();

	if (err)
		return err;

	(void)printf("{\"sent\": %llu, \"received\": %llu, "
		     "\"delivered\": %llu, \"seconds\": %.3f, "
		     "\"p50\": %.1f, \"p99\": %.1f, \"p999\": %.1f}\n",
		     (unsigned long long)load.sent,
		     (unsigned long long)seen->got,
		     (unsigned long long)load.delivered,
		     (double)(load.to - load.from) / 1e9, below(seen, 500),
		     below(seen, 990), below(seen, 999));

	return 0;
}


static int open_all(int argc, char *argv[])
{
	struct party_place at[2] = {{0}};
	int err, i;

	err = plan_read(&load.sv, &load.n, argv[1]);
	for (i = 0; i < 2 && !err; i++) {
		if (argc == 6 + 2 * SIDE_ARGS) {
			char **v = argv + 6 + i * SIDE_ARGS;

			at[i].object	= argv[5];
			at[i].namespace = v[0];
			at[i].device	= v[1];
			at[i].mac	= v[2];
		}
		err = party_open(&load.pv[i], &at[i], load.sv, load.n, i);
	}
	load.interval = strtoull(argv[2], NULL, 10) * 1000;

	return err ?: (load.interval ? 0 : EINVAL);
}


int main(int argc, char *argv[])
{
	int err = EINVAL;

	load.slice = SLICE_US * 1000;
	if (argc > 2 && !strcmp(argv[1], "-s")) {
		load.slice = strtoull(argv[2], NULL, 10) * 1000;
		argv += 2;
		argc -= 2;
	}

	if (load.slice && (argc == 5 || argc == 6 + 2 * SIDE_ARGS))
		err = open_all(argc, argv);
	if (!err) {
		load.start = now_ns() + load.slice;
		load.from  = load.start +
			     strtoull(argv[3], NULL, 10) * 1000000000;
		load.to	   = load.from +
			     strtoull(argv[4], NULL, 10) * 1000000000;
		sleep_until(load.start);
		run();
		err = report();
	}
	if (err)
		(void)fprintf(stderr, "loadgen: %s\n", strerror(err));

	party_close(load.pv[0]);
	party_close(load.pv[1]);
	free(load.sv);

	return err ? 1 : 0;
}
