/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file store.c  How many contacts the store puts in a second of CPU time
 *
 * usage: store [--quick] [-n CONTACTS] [DIRECTORY]
 *
 * New contacts, refreshes (expiry and CSeq differ), and changes (the address
 * differs too), in batches of 1, 10 and 1,000, the contacts in an order that
 * jumps about as real ones do.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "store/store.h"

enum what { NEW, REFRESH, CHANGE, KINDS };

static const char *const names[] = {"new", "refresh", "change"};
static const unsigned batches[] = {1, 10, 1000};

struct bench {
	struct store *store;
	unsigned contacts;
	unsigned stride; /**< has no divisor in common with contacts */
	int64_t now;
};


static double clock_s(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}


static int put_one(struct bench *b, unsigned n, enum what what)
{
	char alias[64], id[64], address[96], received[64], callId[64];
	struct store_contact c = {
		.kind = STORE_SIP, .alias = alias, .aliasType = "aor",
		.id = id, .callSignalAddress = address, .received = received,
		.transport = "udp", .userAgent = "Example Phone 9.1.2-r3",
		.expires = b->now + 3600000, .lastSeen = b->now,
		.nat = true, .callId = callId, .q = -1,
		.cseq = (int)(b->now & 0xffff),
		.hostData = "{\"flags\":0,\"methods\":8191,"
			    "\"socket\":\"udp:198.51.100.1:5060\"}",
	};

	(void)snprintf(alias, sizeof(alias), "user%06u@example.com", n);
	(void)snprintf(id, sizeof(id), "uloc-65a0b1c2-3d4-%x", n);
	(void)snprintf(address, sizeof(address),
		       "sip:user%06u@10.%u.%u.2:5060;transport=udp", n,
		       n >> 8 & 255, n & 255);
	(void)snprintf(received, sizeof(received), "192.0.2.%u:%u", n & 255,
		       what == CHANGE ? 1024 + (unsigned)(b->now & 0x7fff)
				      : 40000);
	(void)snprintf(callId, sizeof(callId), "%08x-%04x@10.0.0.2",
		       n * 2654435761u, (unsigned)(b->now & 0xffff));

	return store_contact_put(b->store, &c);
}


static int run(struct bench *b, enum what what, unsigned batch, unsigned puts,
	       unsigned first)
{
	const double wall = clock_s(CLOCK_MONOTONIC);
	const double cpu = clock_s(CLOCK_PROCESS_CPUTIME_ID);
	double w, c;
	int err = 0;

	for (unsigned i = 0; i < puts && !err;) {
		b->now += 50;
		err = store_begin(b->store);
		for (unsigned k = 0; k < batch && i < puts && !err; k++, i++) {
			unsigned n = what == NEW
					     ? first + i
					     : (unsigned)((uint64_t)i *
							  b->stride %
							  b->contacts);
			err = put_one(b, n, what);
		}
		if (!err)
			err = store_commit(b->store);
	}
	if (err) {
		(void)fprintf(stderr, "store: %s\n", store_strerror(b->store));
		return err;
	}

	w = clock_s(CLOCK_MONOTONIC) - wall;
	c = clock_s(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	(void)printf("%-8s batch %4u  %8.0f puts/s  %8.2f us CPU/put\n",
		     names[what], batch, puts / w, c * 1e6 / puts);
	return 0;
}


static int bench(struct bench *b)
{
	unsigned first = b->contacts;
	int err;

	/* the population, then more of the same in smaller batches */
	err = run(b, NEW, 1000, b->contacts, 0);
	for (unsigned i = 0; i < 2 && !err; i++) {
		err = run(b, NEW, batches[i], b->contacts / 10, first);
		first += b->contacts / 10;
	}

	for (unsigned what = REFRESH; what < KINDS && !err; what++) {
		for (unsigned i = 0; i < 3 && !err; i++)
			err = run(b, what, batches[i],
				  b->contacts * (i == 2 ? 2 : 1), 0);
	}

	return err;
}


int main(int argc, char *argv[])
{
	struct bench b = {.contacts = 50000, .now = 1790000000000LL};
	char dir[256], path[300], err[512];
	const char *parent = "/tmp";
	const struct store_conf conf = {.path = path};
	int e;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--quick"))
			b.contacts = 10000;
		else if (!strcmp(argv[i], "-n") && i + 1 < argc)
			b.contacts = (unsigned)strtoul(argv[++i], NULL, 10);
		else
			parent = argv[i];
	}
	if (b.contacts < 10)
		b.contacts = 10;
	b.stride = 7919; /* a prime */

	(void)snprintf(dir, sizeof(dir), "%s/store-bench-XXXXXX", parent);
	if (!mkdtemp(dir)) {
		(void)fprintf(stderr, "%s: %s\n", dir, strerror(errno));
		return 1;
	}
	(void)snprintf(path, sizeof(path), "%s/registrations.db", dir);

	e = store_open(&b.store, &conf, err, sizeof(err));
	if (e)
		(void)fprintf(stderr, "store: %s\n", err);
	else
		e = bench(&b);
	store_close(b.store);

	for (const char *const *end = (const char *const[]){"", "-wal", "-shm",
							    NULL};
	     *end; end++) {
		(void)snprintf(path, sizeof(path), "%s/registrations.db%s",
			       dir, *end);
		(void)unlink(path);
	}
	(void)rmdir(dir);
	return e ? 1 : 0;
}
