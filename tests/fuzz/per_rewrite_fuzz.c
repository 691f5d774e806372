/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * h323gw/per: rewriting addresses in any octets. The first octet chooses the
 * type and what is done with the addresses. To themselves, nothing changes;
 * to others, they read as those; to another size, the message can be read.
 */
#include "tests/fuzz/per_fuzz.h"

enum how { ITSELF, OTHER, V6, MIXED };

struct job {
	enum how how;
	size_t n;
};


static bool change(const struct per_addr *a, struct per_ipport *to, void *arg)
{
	struct job *job = arg;

	demand(a->path_len > 0, "an address without a path");
	++job->n;
	switch (job->how) {

	case OTHER:
		memset(to->ip, 0x7f, sizeof(to->ip));
		to->port = 0x1234;
		return true;
	case MIXED:
		if (job->n & 1)
			return false;
		/* fall through */
	case V6:
		to->ip_len = 20 - a->ip_len;
		memset(to->ip, 0x7f, sizeof(to->ip));
		to->port = 0x1234;
		return true;
	default:
		return true;
	}
}


static void one_rewrite(const char *name, enum how how, const uint8_t *data,
			size_t size)
{
	static uint8_t out[PER_FUZZ_ROOM];
	const struct per *per = fuzz_per();
	const struct per_type *type = per_type_find(per, name);
	struct job job = {.how = how};
	const struct per_addr *a;
	struct per_msg *m;
	size_t n, count;
	int err;

	err = per_rewrite(per, type, data, size, change, &job, out,
			  sizeof(out), &n, NULL);
	if (per_decode(&m, per, type, data, size, NULL))
		return;
	demand(per_msg_addrs(m, NULL) == job.n, "not all addresses");
	per_msg_free(m);
	/* an IPv6 source route or a limit may be in the way */
	if (err && how != ITSELF)
		return;
	demand(!err, "it decodes, but can't be rewritten");
	if (how == ITSELF)
		demand(n == size && !memcmp(data, out, n), "it changed");
	demand(!per_decode(&m, per, type, out, n, NULL), "it can't be read");
	count = per_msg_addrs(m, &a);
	for (size_t i = 0; i < count && how == OTHER; i++)
		demand(a[i].port == 0x1234 && a[i].ip[0] == 0x7f,
		       "an old address is there");
	per_msg_free(m);
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const types[] = {
		"RasMessage", "H323-UserInformation",
		"MultimediaSystemControlMessage", "OpenLogicalChannel",
	};

	if (size)
		one_rewrite(types[data[0] & 3], data[0] >> 2 & 3, data + 1,
			    size - 1);
	return 0;
}
