/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @file hide.c  Private addresses in what is text to everybody else
 *
 * A Call-ID, a branch, a Warning may have an address in it that is nobody's
 * business outside. It goes out as
 *
 *	ip-0123456789abcdef0123456789abcdef.invalid
 *
 * (ib- for an IPv6 one with the brackets it has in a URI), which is the address
 * under a key of the agent's, and comes back as it was. So
 * that nothing need be remembered, both ways are the same: an address becomes
 * what stands for it, and what stands for an address becomes that. Where the
 * far side of the edge has addresses of that kind in its own texts, they too
 * are hidden from the terminal, and restored in what it sends back.
 *
 * Sixteen octets (IPv4 mapped into IPv6) are a block of a Feistel network
 * whose round function is SipHash-2-4 (Aumasson, Bernstein 2012). Owns nothing.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include "addr/literal.h"
#include "edge/priv.h"

enum {
	BLOCK = ADDR_BLOCK,
	ROUNDS = 6, /* four are enough (Luby, Rackoff 1988) */
	HEX = 2 * BLOCK,
	V4_AT = ADDR_BLOCK_V4,
};

static const char begins[] = "ip-", in_brackets[] = "ib-", ends[] = ".invalid";

enum {
	TOKEN = sizeof(begins) - 1 + HEX + sizeof(ends) - 1,
};

/* ---- the cipher ---- */

static uint64_t rotl(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[0] = rotl(v[0], 32);
	v[2] += v[3];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[2] = rotl(v[2], 32);
}

static uint64_t get64(const uint8_t *p)
{
	uint64_t x = 0;

	for (unsigned i = 8; i-- > 0;)
		x = x << 8 | p[i];
	return x;
}

static void put64(uint8_t *p, uint64_t x)
{
	for (unsigned i = 0; i < 8; i++)
		p[i] = (uint8_t)(x >> 8 * i);
}

/* SipHash-2-4 of nine octets: half a block, and the round's number */
static uint64_t siphash(const uint8_t key[EDGE_HIDE_KEY], uint64_t half,
			unsigned round)
{
	const uint64_t k0 = get64(key), k1 = get64(key + 8);
	const uint64_t m[2] = {half, (uint64_t)9 << 56 | round};
	uint64_t v[4] = {k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du,
			 k0 ^ 0x6c7967656e657261u, k1 ^ 0x7465646279746573u};

	for (unsigned i = 0; i < 2; i++) {
		v[3] ^= m[i];
		sip_round(v);
		sip_round(v);
		v[0] ^= m[i];
	}
	v[2] ^= 0xff;
	for (unsigned i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static void cipher(uint8_t b[BLOCK], const uint8_t key[EDGE_HIDE_KEY],
		   bool back)
{
	uint64_t l = get64(b), r = get64(b + 8), t;

	for (unsigned i = 0; i < ROUNDS; i++) {
		if (back) {
			t = r ^ siphash(key, l, ROUNDS - 1 - i);
			r = l;
			l = t;
		}
		else {
			t = l ^ siphash(key, r, i);
			l = r;
			r = t;
		}
	}
	put64(b, l);
	put64(b + 8, r);
}

/* ---- addresses ---- */

static bool block_is(const uint8_t b[BLOCK], const struct addr *a)
{
	if (addr_family(a) == AF_INET6)
		return !memcmp(b, &a->u.in6.sin6_addr, BLOCK);
	return addr_block_is_v4(b) && !memcmp(b + V4_AT, &a->u.in.sin_addr, 4);
}

/* or where the terminal is */
static bool is_private(const struct edge *e, const uint8_t b[BLOCK])
{
	return addr_block_private(b) || block_is(b, &e->terminal) ||
	       block_is(b, &e->door);
}

/* "[fd00::5]"; its octets, 0: none */
static size_t brackets_read(uint8_t b[BLOCK], const char *p, const char *end)
{
	const size_t n = addr_literal_v6(b, p + 1, end);

	return n && p + 1 + n < end && p[1 + n] == ']' ? n + 2 : 0;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* what stands for an address; its octets, 0: none */
static size_t token_read(uint8_t b[BLOCK], const char *p, const char *end)
{
	const size_t head = sizeof(begins) - 1;

	if (end - p < TOKEN ||
	    (memcmp(p, begins, head) && memcmp(p, in_brackets, head)) ||
	    memcmp(p + head + HEX, ends, sizeof(ends) - 1))
		return 0;
	for (unsigned i = 0; i < BLOCK; i++) {
		int hi = hex(p[head + 2 * i]), lo = hex(p[head + 2 * i + 1]);

		if (hi < 0 || lo < 0)
			return 0;
		b[i] = (uint8_t)(hi << 4 | lo);
	}
	return TOKEN;
}

/* ---- text ---- */

/** Where it goes: on, or nowhere but compared */
struct sink {
	struct text *to;  /* NULL: compared */
	const char *want; /* what should come */
	size_t left;
	bool differs;
};

static void emit(struct sink *s, const char *p, size_t len)
{
	if (s->to) {
		edge_put(s->to, p, len);
		return;
	}
	if (len > s->left || memcmp(s->want, p, len)) {
		s->differs = true;
		return;
	}
	s->want += len;
	s->left -= len;
}

static void emit_token(struct sink *s, const uint8_t b[BLOCK], bool brackets)
{
	static const char digits[] = "0123456789abcdef";
	char text[HEX];

	for (unsigned i = 0; i < BLOCK; i++) {
		text[2 * i] = digits[b[i] >> 4];
		text[2 * i + 1] = digits[b[i] & 15];
	}
	emit(s, brackets ? in_brackets : begins, sizeof(begins) - 1);
	emit(s, text, sizeof(text));
	emit(s, ends, sizeof(ends) - 1);
}

static void emit_address(struct sink *s, const uint8_t b[BLOCK], bool brackets)
{
	char text[INET6_ADDRSTRLEN];
	const bool v4 = addr_block_is_v4(b);

	if (inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? b + V4_AT : b, text,
		      sizeof(text))) {
		emit(s, "[", brackets);
		emit(s, text, strlen(text));
		emit(s, "]", brackets);
	}
}

/* an address at p, or what stands for one, as the other; 0: neither */
static size_t swap_one(struct sink *s, const struct edge *e, const char *p,
		       const char *end, bool within)
{
	uint8_t b[BLOCK];
	size_t n = token_read(b, p, end);

	if (n) {
		const bool brackets = p[1] == in_brackets[1];

		cipher(b, e->hide, true);
		if (!is_private(e, b) || (brackets && addr_block_is_v4(b)))
			return 0;
		emit_address(s, b, brackets);
		return n;
	}
	if (*p == '[')
		n = brackets_read(b, p, end);
	else if (!within)
		n = addr_literal_v6(b, p, end);
	if (!n)
		n = addr_literal_v4(b, p, end);
	if (!n || !is_private(e, b))
		return 0;
	cipher(b, e->hide, false);
	emit_token(s, b, *p == '[');
	return n;
}

static void swap(struct sink *s, const struct edge *e, const char *p,
		 const char *end)
{
	const char *begin = p;

	while (p < end) {
		const bool within = p > begin && addr_literal_char(p[-1]);
		const bool may = *p == 'i' || *p == '[' ||
				 addr_literal_char(*p);
		const size_t n = may ? swap_one(s, e, p, end, within) : 0;

		if (!n)
			emit(s, p, 1);
		p += n ? n : 1;
	}
}

/* Text with the addresses in it hidden, or shown again. Where these stand so
 * close together that it would not come back the same it stays as it is. */
void edge_put_text(struct work *w, const char *p, const char *end)
{
	struct text *t = &w->out;
	const size_t at = t->len, len = (size_t)(end - p);
	struct sink there = {.to = t};
	struct sink back = {.want = p, .left = len};

	if (!w->e->hides) {
		edge_put(t, p, len);
		return;
	}
	swap(&there, w->e, p, end);
	if (t->full)
		return;
	if (t->len - at == len && !memcmp(t->p + at, p, len))
		return;
	swap(&back, w->e, t->p + at, t->p + t->len);
	if (back.differs || back.left) {
		t->len = at;
		edge_put(t, p, len);
		return;
	}
	w->changed = true;
}

int edge_text(char *out, size_t size, size_t *outlen, const char *text,
	      size_t len, const struct edge *e)
{
	struct work w = {.e = e, .out = {.p = out, .size = size}};

	edge_put_text(&w, text, text + len);
	if (w.out.full)
		return ENOBUFS;
	*outlen = w.out.len;
	return w.changed ? 0 : ENOENT;
}

int edge_hide_decode(uint8_t key[EDGE_HIDE_KEY], const char *text)
{
	if (!text || strlen(text) != 2 * EDGE_HIDE_KEY)
		return EINVAL;
	for (unsigned i = 0; i < EDGE_HIDE_KEY; i++) {
		int hi = hex(text[2 * i]), lo = hex(text[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return EINVAL;
		key[i] = (uint8_t)(hi << 4 | lo);
	}
	return 0;
}
