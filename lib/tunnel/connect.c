/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file connect.c  Through an HTTP proxy: CONNECT (RFC 9110 §9.3.6)
 *
 * Pure functions; owns no state.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include "tunnel/connect.h"


enum {
	CREDENTIALS_MAX = 256,
	HEAD_LINE	= 12, /* "HTTP/1.1 200" */
};


/* RFC 7617; a user's name has no colon */
static int basic(char *out, size_t size, const char *user,
		 const char *password)
{
	char plain[CREDENTIALS_MAX];
	const int n = snprintf(plain, sizeof(plain), "%s:%s", user, password);
	int err	    = 0;

	if (n < 0 || (size_t)n >= sizeof(plain) || strchr(user, ':') ||
	    size < ((size_t)n + 2) / 3 * 4 + 1)
		err = EINVAL;
	else
		(void)EVP_EncodeBlock((unsigned char *)out,
				      (const unsigned char *)plain, n);
	OPENSSL_cleanse(plain, sizeof(plain));

	return err;
}


/**
 * The request for a way to a host
 *
 * @param buf      Result, a string; may hold the credentials
 * @param size     Its room
 * @param host     Name or numeric address, IPv6 without brackets
 * @param port     Port
 * @param user     For the proxy, "": it wants to know nobody
 * @param password The user's
 *
 * @return 0, EINVAL for a user's name with a colon or credentials that are too
 *         long, EOVERFLOW
 */
int connect_request(char *buf, size_t size, const char *host, uint16_t port,
		    const char *user, const char *password)
{
	const char *open = strchr(host, ':') ? "[" : "";
	const char *shut = open[0] ? "]" : "";
	char auth[(CREDENTIALS_MAX + 2) / 3 * 4 + 1] = "";
	int n, err;

	if (user[0]) {
		err = basic(auth, sizeof(auth), user, password);
		if (err)
			return err;
	}

	n = snprintf(buf, size,
		     "CONNECT %s%s%s:%u HTTP/1.1\r\n"
		     "Host: %s%s%s:%u\r\n"
		     "%s%s%s"
		     "\r\n",
		     open, host, shut, port, open, host, shut, port,
		     auth[0] ? "Proxy-Authorization: Basic " : "", auth,
		     auth[0] ? "\r\n" : "");
	OPENSSL_cleanse(auth, sizeof(auth));

	return n < 0 || (size_t)n >= size ? EOVERFLOW : 0;
}


/* where the empty line is: octets up to and with it, 0: not yet */
static size_t head_end(const uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i + 1 < len; i++) {
		if (p[i] != '\n')
			continue;
		if (p[i + 1] == '\n')
			return i + 2;
		if (i + 2 < len && p[i + 1] == '\r' && p[i + 2] == '\n')
			return i + 3;
	}

	return 0;
}


static void reason_copy(struct connect_answer *a, const uint8_t *p, size_t len)
{
	size_t n = 0;

	while (len && *p == ' ') {
		++p;
		--len;
	}
	while (n < len && n < CONNECT_REASON_MAX && p[n] >= 0x20 &&
	       p[n] < 0x7f) {
		a->reason[n] = (char)p[n];
		++n;
	}
	a->reason[n] = '\0';
}


/**
 * Read what a proxy answers
 *
 * @param a   Result, with 0
 * @param p   What came so far
 * @param len Its length
 *
 * @return 0: the head is complete; EAGAIN: more must come; EPROTO: that is no
 *         answer, or one that doesn't end
 */
int connect_answer_decode(struct connect_answer *a, const uint8_t *p,
			  size_t len)
{
	const size_t end = head_end(p, len);

	/* what can't become one is refused at once */
	if (memcmp(p, "HTTP/1.", len < 7 ? len : 7))
		return EPROTO;
	if (!end)
		return len >= CONNECT_ANSWER_MAX ? EPROTO : EAGAIN;
	if (end < HEAD_LINE || (p[7] != '0' && p[7] != '1') || p[8] != ' ' ||
	    p[9] < '1' || p[9] > '5' || p[10] < '0' || p[10] > '9' ||
	    p[11] < '0' || p[11] > '9')
		return EPROTO;

	a->status = (unsigned)((p[9] - '0') * 100 + (p[10] - '0') * 10 +
			       (p[11] - '0'));
	a->len	  = end;
	reason_copy(a, p + HEAD_LINE, end - HEAD_LINE);

	return 0;
}
