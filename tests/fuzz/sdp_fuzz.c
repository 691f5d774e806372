/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/sdp: any octets. Unedited text must come out as it went in; edited text
 * must be readable again and say what it was told to. The first octet chooses
 * between a description and a message body to look for one in.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "sdp/sdp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void demand(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "sdp: %s\n", what);
		abort();
	}
}


static size_t lines(const char *p, size_t len)
{
	size_t n = 1;

	while (len--)
		n += *p++ == '\n';
	return n;
}


static void check_edited(const char *text, size_t len, size_t n)
{
	struct sdp *s;

	/* a text may grow beyond the limits of what is read */
	if (len > SDP_LEN_MAX || lines(text, len) > SDP_LINE_MAX)
		return;
	demand(!sdp_decode(&s, text, len), "edited text can't be read");
	demand(sdp_media_count(s) == n, "a section was lost");
	for (size_t i = 0; i < n; i++) {
		const struct sdp_media *m = sdp_media(s, i);

		demand(m->addr && (!strcmp(m->addr, "2001:db8::1") ||
				   !strcmp(m->addr, "::")),
		       "the old address is still there");
		demand(m->port == 0 || m->port == 30000, "the port");
		demand(m->candidates == 0, "a candidate");
		demand(m->setup == SDP_SETUP_PASSIVE, "who connects");
	}
	sdp_free(s);
}


static void one_sdp(const char *text, size_t len)
{
	const struct sdp_transport t = {
		.addr = "2001:db8::1", .af = AF_INET6, .port = 30000,
		.rtcp_port = 30001, .ice = SDP_ICE_REMOVE,
	};
	struct sdp *s;
	size_t n, outlen;
	char *out;

	if (sdp_decode(&s, text, len))
		return;

	demand(!sdp_encode(s, &out, &outlen), "encode");
	demand(outlen == len && !memcmp(out, text, len), "not the same");
	free(out);

	n = sdp_media_count(s);
	for (size_t i = 0; i < n; i++) {
		const int err = sdp_path_set(s, i, t.addr, t.af, t.port);

		demand(!sdp_transport_set(s, i, &t), "transport");
		demand(!err || err == EBADMSG, "path");
		demand(!sdp_setup_set(s, i, SDP_SETUP_PASSIVE), "setup");
	}
	demand(!sdp_origin_set(s, t.addr, t.af), "origin");
	demand(!sdp_encode(s, &out, &outlen), "encode edited");
	check_edited(out, outlen, n);
	free(out);
	sdp_free(s);
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data;
	const char *nl;
	size_t off, len;

	if (size && *p == 'v') {
		one_sdp(p, size);
		return 0;
	}

	nl = memchr(p, '\n', size);
	if (nl && !sdp_body_find(p, (size_t)(nl - p), nl + 1,
				 size - (size_t)(nl + 1 - p), &off, &len))
		demand(off + len <= size - (size_t)(nl + 1 - p), "span");
	return 0;
}
