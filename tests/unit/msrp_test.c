/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/bytes: MSRP, whose paths are put right: each text in pieces of every
 * size, for where a piece ends must not matter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <cmocka.h>
#include "rpc/libre.h"
#include "bytes/msrp.h"

#define TO   "10.0.0.5:4030"
#define FROM "192.0.2.1:30002"

static const struct {
	const char *name, *in, *out;
} cases[] = {
	{"a message, and its answer",
	 "MSRP a786hjs2 SEND\r\n"
	 "To-Path: msrp://198.51.100.1:30000/bob;tcp\r\n"
	 "From-Path: msrp://203.0.113.7:9/alice;tcp\r\n"
	 "Message-ID: 87652491\r\nByte-Range: 1-25/25\r\n"
	 "Content-Type: text/plain\r\n\r\n"
	 "To-Path: msrp://not.me:1/\r\n-------a786hjs\r\n"
	 "-------a786hjs2$\r\n"
	 "MSRP a786hjs2 200 OK\r\n"
	 "to-path:msrp://198.51.100.1/bob;tcp msrp://x:1/y;tcp\r\n"
	 "FROM-PATH:   msrps://u@host.example:2855;tcp\r\n"
	 "-------a786hjs2$\r\n",
	 "MSRP a786hjs2 SEND\r\n"
	 "To-Path: msrp://" TO "/bob;tcp\r\n"
	 "From-Path: msrp://" FROM "/alice;tcp\r\n"
	 "Message-ID: 87652491\r\nByte-Range: 1-25/25\r\n"
	 "Content-Type: text/plain\r\n\r\n"
	 "To-Path: msrp://not.me:1/\r\n-------a786hjs\r\n"
	 "-------a786hjs2$\r\n"
	 "MSRP a786hjs2 200 OK\r\n"
	 "to-path:msrp://" TO "/bob;tcp msrp://x:1/y;tcp\r\n"
	 "FROM-PATH:   msrps://u@" FROM ";tcp\r\n"
	 "-------a786hjs2$\r\n"},
	{"a body with lines of all kinds, in chunks",
	 "MSRP x SEND\r\nTo-Path: msrp://a:1/b;tcp\r\n\r\n"
	 "\r\n\n\r\r\n-------y$\r\n------x$\r\n-------x?\r\n-------x$ \r\n"
	 "-------x$\r\r\n-------x+\r\n"
	 "MSRP x SEND\r\nTo-Path: msrp://a:1/b;tcp\r\n\r\n"
	 "-------x#\r\nMSRP z REPORT\r\nTo-Path: msrp://a:1/b;tcp\r\n"
	 "-------z$\r\n",
	 "MSRP x SEND\r\nTo-Path: msrp://" TO "/b;tcp\r\n\r\n"
	 "\r\n\n\r\r\n-------y$\r\n------x$\r\n-------x?\r\n-------x$ \r\n"
	 "-------x$\r\r\n-------x+\r\n"
	 "MSRP x SEND\r\nTo-Path: msrp://" TO "/b;tcp\r\n\r\n"
	 "-------x#\r\nMSRP z REPORT\r\nTo-Path: msrp://" TO "/b;tcp\r\n"
	 "-------z$\r\n"},
	{"paths that are none",
	 "MSRP x SEND\r\nTo-Path: \r\nTo-Path: a\r\nFrom-Path: msrp://\r\n"
	 "From-Path: msrp:// msrp://a/\r\nTo-Path\r\n\r\n\r\n-------x$\r\n",
	 "MSRP x SEND\r\nTo-Path: \r\nTo-Path: a\r\nFrom-Path: msrp://\r\n"
	 "From-Path: msrp:// msrp://a/\r\nTo-Path\r\n\r\n\r\n-------x$\r\n"},
	{"no MSRP",
	 "\x16\x03\x01 TLS\r\nMSRP x SEND\r\nTo-Path: msrp://a:1/b;tcp\r\n",
	 "\x16\x03\x01 TLS\r\nMSRP x SEND\r\nTo-Path: msrp://a:1/b;tcp\r\n"},
	{"no name of a transaction",
	 "MSRP  SEND\r\nTo-Path: msrp://a:1/b;tcp\r\n",
	 "MSRP  SEND\r\nTo-Path: msrp://a:1/b;tcp\r\n"},
	{"a name that is too long",
	 "MSRP 123456789012345678901234567890123 SEND\r\n"
	 "To-Path: msrp://a:1/b;tcp\r\n",
	 "MSRP 123456789012345678901234567890123 SEND\r\n"
	 "To-Path: msrp://a:1/b;tcp\r\n"},
	{"short lines", "\r\n", "\r\n"},
	{"an end in the middle", "MSRP x SEND\r\nTo-Pa", "MSRP x SEND\r\nTo-Pa"},
	{"an end in the end", "MSRP x SEND\r\n\r\nhi\r\n-------x",
	 "MSRP x SEND\r\n\r\nhi\r\n-------x"},
};


static void pass(const char *name, const char *in, size_t len,
		 const char *out, size_t outlen, size_t piece)
{
	struct mbuf *mb = mbuf_alloc(64);
	struct msrp *m	= NULL;

	assert_int_equal(msrp_alloc(&m, TO, FROM), 0);
	for (size_t i = 0; i < len; i += piece)
		assert_int_equal(
			msrp_pass(m, mb, (const uint8_t *)in + i,
				  piece < len - i ? piece : len - i), 0);
	assert_int_equal(msrp_flush(m, mb), 0);
	if (mb->end != outlen || memcmp(mb->buf, out, outlen))
		fail_msg("%s, in pieces of %zu: %.*s", name, piece,
			 (int)mb->end, mb->buf);
	mem_deref(mb);
	mem_deref(m);
}


static void paths_are_put_right(void **state)
{
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const size_t len = strlen(cases[i].in);

		for (size_t piece = 1; piece <= len; piece++)
			pass(cases[i].name, cases[i].in, len, cases[i].out,
			     strlen(cases[i].out), piece);
	}
}


static void long_lines_pass(void **state)
{
	static const size_t lens[] = {MSRP_LINE_MAX - 2, MSRP_LINE_MAX - 1,
				      MSRP_LINE_MAX, 3 * MSRP_LINE_MAX};
	static char in[4 * MSRP_LINE_MAX], out[4 * MSRP_LINE_MAX];
	(void)state;

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		const char *head = "MSRP x SEND\r\n";
		size_t n = strlen(head), m;

		memcpy(in, head, n);
		memset(in + n, 'a', lens[i]);
		n += lens[i];
		memcpy(out, in, n);
		m = n;
		n += (size_t)sprintf(in + n, "\r\nTo-Path: msrp://a:1/b;tcp"
				     "\r\n-------x$\r\n");
		m += (size_t)sprintf(out + m, "\r\nTo-Path: msrp://" TO
				     "/b;tcp\r\n-------x$\r\n");
		for (size_t piece = 1; piece < n; piece = piece * 3 + 1)
			pass("long", in, n, out, m, piece);
	}
}


static void hosts_are_checked(void **state)
{
	char host[MSRP_HOST_MAX + 2] = "";
	struct msrp *m;
	(void)state;

	assert_int_equal(msrp_alloc(&m, "", FROM), EINVAL);
	assert_int_equal(msrp_alloc(&m, TO, ""), EINVAL);
	memset(host, 'a', MSRP_HOST_MAX + 1);
	assert_int_equal(msrp_alloc(&m, host, FROM), EINVAL);
	host[MSRP_HOST_MAX] = '\0';
	assert_int_equal(msrp_alloc(&m, host, FROM), 0);
	mem_deref(m);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_put_right),
		cmocka_unit_test(long_lines_pass),
		cmocka_unit_test(hosts_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
